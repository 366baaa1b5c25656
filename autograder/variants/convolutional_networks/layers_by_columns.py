"""Right answers to the layers by `im2col` and matrix products."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "pools_by_columns",
        "channels as images of one channel, im2col, and the largest of each column",
        {
            "MaxPool.forward": """
                h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
                N, C, H, W = x.shape
                cols = im2col(x.reshape(N * C, 1, H, W), (h, w), s, 0)
                best, place = cols.max(dim=1)
                out = best.view(N, C, (H - h) // s + 1, (W - w) // s + 1)
                return out, (place, tuple(x.shape), (h, w), s)
            """,
            "MaxPool.backward": """
                place, shape, window, s = cache
                N, C, H, W = shape
                cols = dout.new_zeros(N * C, window[0] * window[1], place.shape[1])
                cols.scatter_(1, place[:, None], dout.reshape(N * C, 1, -1))
                return col2im(cols, (N * C, 1, H, W), window, s, 0).view(shape)
            """,
            "AvgPool.forward": """
                h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
                N, C, H, W = x.shape
                cols = im2col(x.reshape(N * C, 1, H, W), (h, w), s, 0)
                return cols.mean(1).view(N, C, (H - h) // s + 1, (W - w) // s + 1), (tuple(x.shape), (h, w), s)
            """,
            "AvgPool.backward": """
                (N, C, H, W), (h, w), s = cache
                cols = (dout.reshape(N * C, 1, -1) / (h * w)).expand(-1, h * w, -1)
                return col2im(cols, (N * C, 1, H, W), (h, w), s, 0).reshape(N, C, H, W)
            """,
            "FastMaxPool.forward": """
                h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
                N, C, H, W = x.shape
                cols = im2col(x.reshape(N * C, 1, H, W), (h, w), s, 0)
                best, place = cols.max(dim=1)
                out = best.view(N, C, (H - h) // s + 1, (W - w) // s + 1)
                return out, (place, tuple(x.shape), (h, w), s)
            """,
            "FastMaxPool.backward": """
                place, shape, window, s = cache
                N, C, H, W = shape
                cols = dout.new_zeros(N * C, window[0] * window[1], place.shape[1])
                cols.scatter_(1, place[:, None], dout.reshape(N * C, 1, -1))
                return col2im(cols, (N * C, 1, H, W), window, s, 0).view(shape)
            """,
        },
    ),
    Variant(
        "one_large_matrix",
        "the columns of all images side by side, one matrix product for the batch",
        {
            "FastConv.forward": """
                N, C, H, W = x.shape
                F, C2, HH, WW = w.shape
                if C != C2:
                    raise ValueError("the channels differ")
                s, p = conv_param["stride"], conv_param["pad"]
                cols = im2col(x, (HH, WW), s, p).permute(1, 0, 2).reshape(C * HH * WW, -1)
                H_out, W_out = (H - HH + 2 * p) // s + 1, (W - WW + 2 * p) // s + 1
                out = torch.addmm(b[:, None], w.reshape(F, -1), cols)
                return out.reshape(F, N, H_out, W_out).transpose(0, 1), (x, w, b, conv_param)
            """,
            "FastConv.backward": """
                x, w, b, conv_param = cache
                s, p = conv_param["stride"], conv_param["pad"]
                cols = im2col(x, w.shape[2:], s, p)
                N, K, L = cols.shape
                D = dout.permute(1, 0, 2, 3).reshape(len(w), N * L)
                dw = D.mm(cols.transpose(0, 1).reshape(K, N * L).t()).view_as(w)
                dcols = w.reshape(len(w), K).t().mm(D).view(K, N, L).transpose(0, 1)
                return col2im(dcols, x.shape, w.shape[2:], s, p), dw, D.sum(1)
            """,
        },
    ),
    Variant(
        "fast_from_the_start",
        "Conv and MaxPool have no loops over places, and the fast layers call them",
        {
            "Conv.forward": """
                s, p = conv_param["stride"], conv_param["pad"]
                if w.size(1) != x.size(1):
                    raise ValueError("the channels differ")
                cols = im2col(x, w.shape[2:], s, p)
                H = 1 + (x.size(2) + 2 * p - w.size(2)) // s
                out = torch.matmul(w.reshape(w.size(0), -1), cols).view(x.size(0), w.size(0), H, -1)
                return out + b.view(-1, 1, 1), (x, w, cols, s, p)
            """,
            "Conv.backward": """
                x, w, cols, s, p = cache
                g = dout.reshape(dout.size(0), dout.size(1), -1)
                dw = torch.bmm(g, cols.transpose(1, 2)).sum(0).reshape(w.shape)
                dx = col2im(torch.matmul(w.reshape(w.size(0), -1).t(), g), tuple(x.shape), w.shape[2:], s, p)
                return dx, dw, g.sum(2).sum(0)
            """,
            "MaxPool.forward": """
                h, w, s = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
                require_fit(x.shape[2:], (h, w), s)
                best = None
                for a in range(h):
                    for b in range(w):
                        part = x[:, :, a : x.size(2) - h + a + 1 : s, b : x.size(3) - w + b + 1 : s]
                        best = part if best is None else torch.where(part > best, part, best)
                return best.clone(), (x, best, h, w, s)
            """,
            "MaxPool.backward": """
                x, best, h, w, s = cache
                dx, given = torch.zeros_like(x), torch.zeros_like(best)
                for a in range(h):
                    for b in range(w):
                        rows = slice(a, x.size(2) - h + a + 1, s)
                        columns = slice(b, x.size(3) - w + b + 1, s)
                        hit = (x[:, :, rows, columns] == best).to(x.dtype) * (1 - given)
                        dx[:, :, rows, columns] += hit * dout
                        given = given + hit
                return dx
            """,
            "FastConv.forward": "return Conv.forward(x, w, b, conv_param)",
            "FastConv.backward": "return Conv.backward(dout, cache)",
            "FastMaxPool.forward": "return MaxPool.forward(x, pool_param)",
            "FastMaxPool.backward": "return MaxPool.backward(dout, cache)",
        },
    ),
    Variant(
        "layers_in_double",
        "everything is computed in float64 and comes back in the dtype of the input",
        {
            "corr2d": """
                require_fit(x.shape, k.shape)
                windows = x.double().unfold(0, k.shape[0], 1).unfold(1, k.shape[1], 1)
                return (windows * k.double()).sum((2, 3)).to(x.dtype)
            """,
            "Conv.forward": """
                s, p = conv_param["stride"], conv_param["pad"]
                if w.shape[1] != x.shape[1]:
                    raise ValueError("x and w have different channels")
                cols = im2col(x.double(), w.shape[2:], s, p)
                H, W = ((n + 2 * p - k) // s + 1 for n, k in zip(x.shape[2:], w.shape[2:]))
                out = w.double().flatten(1) @ cols + b.double()[:, None]
                return out.unflatten(2, (H, W)).to(x.dtype), (cols, x.shape, w, s, p)
            """,
            "Conv.backward": """
                cols, shape, w, s, p = cache
                D = dout.double().flatten(2)
                dw = torch.matmul(D, cols.mT).sum(0).reshape(w.shape)
                dx = col2im(torch.matmul(w.double().flatten(1).mT, D), shape, w.shape[2:], s, p)
                return dx.to(w.dtype), dw.to(w.dtype), D.sum((0, 2)).to(w.dtype)
            """,
            "AvgPool.forward": """
                h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
                require_fit(x.shape[2:], (h, w), s)
                total = torch.zeros(*x.shape[:2], x.shape[2] + 1, x.shape[3] + 1, dtype=torch.float64, device=x.device)
                total[:, :, 1:, 1:] = x.double().cumsum(2).cumsum(3)
                band = total[:, :, h:] - total[:, :, :-h]
                sums = band[:, :, :, w:] - band[:, :, :, :-w]
                return (sums[:, :, ::s, ::s] / (h * w)).to(x.dtype), (x, h, w, s)
            """,
        },
    ),
)
