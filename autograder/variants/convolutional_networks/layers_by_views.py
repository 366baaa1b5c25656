"""Right answers to the layers with views and indices of all windows."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "window_views",
        "all windows as one view of six axes, added up by einsum",
        {
            "corr2d": """
                require_fit(x.shape, k.shape)
                return torch.einsum("ijab,ab->ij", x.unfold(0, k.shape[0], 1).unfold(1, k.shape[1], 1), k)
            """,
            "conv2d_true": "return corr2d(x.rot90(2), k).rot90(2)",
            "Conv.forward": """
                s, p = conv_param["stride"], conv_param["pad"]
                if w.shape[1] != x.shape[1]:
                    raise ValueError("x and w have different channels")
                require_fit(x.shape[2:], w.shape[2:], s, p)
                xp = torch.constant_pad_nd(x, (p, p, p, p))
                windows = xp.unfold(2, w.shape[2], s).unfold(3, w.shape[3], s)
                out = torch.einsum("ncijab,fcab->nfij", windows, w) + b.reshape(1, -1, 1, 1)
                return out, {"windows": windows, "w": w, "size": tuple(xp.shape), "stride": s, "pad": p}
            """,
            "Conv.backward": """
                w, s, p = cache["w"], cache["stride"], cache["pad"]
                dw = torch.einsum("ncijab,nfij->fcab", cache["windows"], dout)
                dxp = torch.zeros(cache["size"], dtype=w.dtype, device=w.device)
                H, W = dxp.shape[2:]
                for a in range(w.shape[2]):
                    for b in range(w.shape[3]):
                        part = torch.einsum("nfij,fc->ncij", dout, w[:, :, a, b])
                        for i in range(dout.shape[2]):
                            for j in range(dout.shape[3]):
                                dxp[:, :, a + i * s, b + j * s] += part[:, :, i, j]
                return dxp[:, :, p : H - p, p : W - p], dw, torch.einsum("nfij->f", dout)
            """,
            "FastConv.forward": """
                s, p = conv_param["stride"], conv_param["pad"]
                if w.shape[1] != x.shape[1]:
                    raise ValueError("x and w have different channels")
                require_fit(x.shape[2:], w.shape[2:], s, p)
                xp = torch.constant_pad_nd(x, (p, p, p, p))
                windows = xp.unfold(2, w.shape[2], s).unfold(3, w.shape[3], s)
                return torch.einsum("ncijab,fcab->nfij", windows, w) + b[:, None, None], (windows, w, x.shape, s, p)
            """,
            "FastConv.backward": """
                windows, w, shape, s, p = cache
                dw = torch.einsum("ncijab,nfij->fcab", windows, dout)
                dcols = torch.einsum("nfij,fcab->ncabij", dout, w)
                dx = col2im(dcols.reshape(shape[0], -1, dout[0, 0].numel()), shape, w.shape[2:], s, p)
                return dx, dw, dout.sum((0, 2, 3))
            """,
            "MaxPool.forward": """
                h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
                require_fit(x.shape[2:], (h, w), s)
                out, index = x.unfold(2, h, s).unfold(3, w, s).flatten(4).max(dim=4)
                return out, (index, x.shape, w, s)
            """,
            "MaxPool.backward": """
                index, shape, w, s = cache
                H_out, W_out = dout.shape[2:]
                rows = torch.arange(H_out, device=dout.device)[:, None] * s + index // w
                columns = torch.arange(W_out, device=dout.device) * s + index % w
                dx = dout.new_zeros(shape).flatten(2)
                dx.scatter_add_(2, (rows * shape[3] + columns).flatten(2), dout.flatten(2))
                return dx.view(shape)
            """,
            "AvgPool.forward": """
                h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
                require_fit(x.shape[2:], (h, w), s)
                return x.unfold(2, h, s).unfold(3, w, s).mean((4, 5)), (x.shape, h, w, s)
            """,
            "AvgPool.backward": """
                shape, h, w, s = cache
                share = dout / h / w
                dx = dout.new_zeros(shape)
                for a in range(h):
                    for b in range(w):
                        H_end, W_end = a + s * dout.shape[2], b + s * dout.shape[3]
                        part = dx[:, :, a:H_end:s, b:W_end:s]
                        part += share[:, :, : part.shape[2], : part.shape[3]]
                return dx
            """,
            "FastMaxPool.forward": """
                h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
                require_fit(x.shape[2:], (h, w), s)
                out, index = x.unfold(2, h, s).unfold(3, w, s).flatten(4).max(dim=4)
                return out, (index, x.shape, w, s)
            """,
            "FastMaxPool.backward": """
                index, shape, w, s = cache
                H_out, W_out = dout.shape[2:]
                rows = torch.arange(H_out, device=dout.device)[:, None] * s + index // w
                columns = torch.arange(W_out, device=dout.device) * s + index % w
                dx = dout.new_zeros(shape).flatten(2)
                dx.scatter_add_(2, (rows * shape[3] + columns).flatten(2), dout.flatten(2))
                return dx.view(shape)
            """,
        },
    ),
    Variant(
        "kernel_offsets",
        "a loop over the entries of the kernel, each a product of one slice of the images",
        {
            "corr2d": """
                require_fit(x.shape, k.shape)
                H, W = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
                return sum(
                    k[a, b] * x[a : a + H, b : b + W] for a in range(k.shape[0]) for b in range(k.shape[1])
                )
            """,
            "im2col": """
                N, C, H, W = x.shape
                HH, WW = kernel
                require_fit((H, W), kernel, stride, pad)
                H_out, W_out = (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1
                zeros = x.new_zeros(N, C, H, pad)
                xp = torch.cat([zeros, x, zeros], dim=3)
                zeros = x.new_zeros(N, C, pad, W + 2 * pad)
                xp = torch.cat([zeros, xp, zeros], dim=2)
                cols = x.new_empty(N, C, HH, WW, H_out, W_out)
                for a in range(HH):
                    for b in range(WW):
                        cols[:, :, a, b] = xp[:, :, a : a + H_out * stride : stride, b : b + W_out * stride : stride][
                            :, :, :H_out, :W_out
                        ]
                return cols.flatten(4).flatten(1, 3)
            """,
            "FastConv.forward": """
                s, p = conv_param["stride"], conv_param["pad"]
                N, C, H, W = x.shape
                F, D, HH, WW = w.shape
                if C != D:
                    raise ValueError("channels")
                require_fit((H, W), (HH, WW), s, p)
                xp = x.new_zeros(N, C, H + 2 * p, W + 2 * p)
                xp[:, :, p : H + p, p : W + p] = x
                out = b[None, :, None, None]
                for i in range(HH):
                    for j in range(WW):
                        part = xp[:, :, i : i + xp.shape[2] - HH + 1 : s, j : j + xp.shape[3] - WW + 1 : s]
                        out = out + torch.einsum("nchw,fc->nfhw", part, w[:, :, i, j])
                return out, (xp, w, s, p)
            """,
            "FastConv.backward": """
                xp, w, s, p = cache
                HH, WW = w.shape[2:]
                H, W = xp.shape[2:]
                dxp, dw = torch.zeros_like(xp), torch.zeros_like(w)
                for i in range(HH):
                    for j in range(WW):
                        rows, columns = slice(i, i + H - HH + 1, s), slice(j, j + W - WW + 1, s)
                        dw[:, :, i, j] = torch.einsum("nfhw,nchw->fc", dout, xp[:, :, rows, columns])
                        dxp[:, :, rows, columns] += torch.einsum("nfhw,fc->nchw", dout, w[:, :, i, j])
                return dxp[:, :, p : H - p, p : W - p], dw, dout.sum(3).sum(2).sum(0)
            """,
        },
    ),
    Variant(
        "index_arithmetic",
        "the index of every pixel of every window, computed once; gather forward, index_add backward",
        {
            "im2col": """
                N, C, H, W = x.shape
                HH, WW = kernel
                require_fit((H, W), kernel, stride, pad)
                H_out, W_out = (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1
                xp = x.new_zeros(N, C, H + 2 * pad, W + 2 * pad)
                xp[:, :, pad : H + pad, pad : W + pad] = x
                at = lambda n: torch.arange(n, device=x.device)
                rows = at(HH)[:, None, None, None] + stride * at(H_out)[:, None]
                columns = at(WW)[:, None, None] + stride * at(W_out)
                return xp[:, :, rows, columns].reshape(N, C * HH * WW, H_out * W_out)
            """,
            "col2im": """
                N, C, H, W = x_shape
                HH, WW = kernel
                require_fit((H, W), kernel, stride, pad)
                H_out, W_out = (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1
                if tuple(cols.shape) != (N, C * HH * WW, H_out * W_out):
                    raise ValueError("the columns are not those of such images")
                at = lambda n: torch.arange(n, device=cols.device)
                rows = at(HH)[:, None, None, None] + stride * at(H_out)[:, None]
                columns = at(WW)[:, None, None] + stride * at(W_out)
                place = rows * (W + 2 * pad) + columns
                xp = cols.new_zeros(N * C, (H + 2 * pad) * (W + 2 * pad))
                xp.index_add_(1, place.flatten(), cols.reshape(N * C, -1))
                return xp.view(N, C, H + 2 * pad, W + 2 * pad)[:, :, pad : H + pad, pad : W + pad].contiguous()
            """,
            "MaxPool.backward": """
                x, h, w, s = cache
                N, C, H, W = x.shape
                dx = torch.zeros(N * C, H * W, dtype=x.dtype, device=x.device)
                flat = x.reshape(N * C, H, W)
                for i in range(dout.shape[2]):
                    for j in range(dout.shape[3]):
                        window = flat[:, i * s : i * s + h, j * s : j * s + w].reshape(N * C, -1)
                        k = window.argmax(1)
                        place = (i * s + k // w) * W + j * s + k % w
                        dx[torch.arange(N * C, device=x.device), place] += dout[:, :, i, j].reshape(-1)
                return dx.reshape(N, C, H, W)
            """,
        },
    ),
    Variant(
        "strided_by_hand",
        "as_strided views of a contiguous padded copy, and own words for what does not fit",
        {
            "corr2d": """
                H, W = x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1
                if min(H, W) < 1:
                    raise ValueError("no place for the kernel")
                (a, b), shape = x.stride(), (H, W, *k.shape)
                return (x.as_strided(shape, (a, b, a, b), x.storage_offset()) * k).flatten(2).sum(2)
            """,
            "im2col": """
                N, C, H, W = x.shape
                HH, WW = kernel
                if stride <= 0 or pad < 0 or not (0 < HH <= H + 2 * pad and 0 < WW <= W + 2 * pad):
                    raise ValueError("it does not fit")
                H, W = H + 2 * pad, W + 2 * pad
                xp = torch.zeros((N, C, H, W), dtype=x.dtype, device=x.device)
                xp.narrow(2, pad, H - 2 * pad).narrow(3, pad, W - 2 * pad).copy_(x)
                shape = (N, C, HH, WW, (H - HH) // stride + 1, (W - WW) // stride + 1)
                view = xp.as_strided(shape, (C * H * W, H * W, W, 1, stride * W, stride))
                return view.reshape(N, C * HH * WW, -1)
            """,
            "col2im": """
                N, C, H, W = x_shape
                HH, WW = kernel
                if stride <= 0 or pad < 0 or not (0 < HH <= H + 2 * pad and 0 < WW <= W + 2 * pad):
                    raise ValueError("it does not fit")
                H_out, W_out = (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1
                if list(cols.shape) != [N, C * HH * WW, H_out * W_out]:
                    raise ValueError("it does not fit")
                # Spread each slice to stride 1, then every entry of the kernel is a shift.
                parts = cols.reshape(N, C, HH * WW, H_out, W_out)
                spread = cols.new_zeros(N, C, HH * WW, H + 2 * pad - HH + 1, W + 2 * pad - WW + 1)
                spread[..., ::stride, ::stride] = parts
                xp = cols.new_zeros(N, C, H + 2 * pad, W + 2 * pad)
                for t in range(HH * WW):
                    a, b = divmod(t, WW)
                    xp[:, :, a : a + spread.shape[3], b : b + spread.shape[4]].add_(spread[:, :, t])
                return xp.narrow(2, pad, H).narrow(3, pad, W)
            """,
        },
    ),
)
