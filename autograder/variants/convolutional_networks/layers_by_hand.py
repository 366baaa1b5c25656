"""Right answers to the layers, written out place by place."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "slow_loops",
        "loops over images, filters and places, one number at a time",
        {
            "corr2d": """
                if k.shape[0] > x.shape[0] or k.shape[1] > x.shape[1]:
                    raise ValueError("the kernel is larger than the image")
                rows = []
                for i in range(x.shape[0] - k.shape[0] + 1):
                    row = []
                    for j in range(x.shape[1] - k.shape[1] + 1):
                        total = 0.0
                        for a in range(k.shape[0]):
                            for b in range(k.shape[1]):
                                total = total + x[i + a, j + b] * k[a, b]
                        row.append(total)
                    rows.append(torch.stack(row))
                return torch.stack(rows)
            """,
            "conv2d_true": """
                (H, W), (HH, WW) = x.shape, k.shape
                if not (HH <= H and WW <= W):
                    raise ValueError("the kernel is larger than the image")
                out = torch.zeros(H - HH + 1, W - WW + 1, dtype=x.dtype, device=x.device)
                for a in range(HH):
                    for b in range(WW):
                        out += x[a : a + H - HH + 1, b : b + W - WW + 1] * k[HH - 1 - a, WW - 1 - b]
                return out
            """,
            "Conv.forward": """
                s, p = conv_param["stride"], conv_param["pad"]
                N, C, H, W = x.shape
                F, D, HH, WW = w.shape
                if C != D:
                    raise ValueError("channels")
                require_fit([H, W], [HH, WW], s, p)
                big = torch.zeros(N, C, H + 2 * p, W + 2 * p, dtype=x.dtype, device=x.device)
                big[:, :, p : H + p, p : W + p] += x
                out = torch.empty(N, F, int((H + 2 * p - HH) / s) + 1, int((W + 2 * p - WW) / s) + 1).to(x)
                for n in range(N):
                    for f in range(F):
                        for i in range(out.shape[2]):
                            for j in range(out.shape[3]):
                                window = big[n, :, i * s : i * s + HH, j * s : j * s + WW]
                                out[n, f, i, j] = (window * w[f]).sum() + b[f]
                return out, [x, w, b, conv_param]
            """,
            "Conv.backward": """
                x, w, b, conv_param = cache
                s, p = conv_param["stride"], conv_param["pad"]
                N, C, H, W = x.shape
                F, _, HH, WW = w.shape
                big = torch.zeros(N, C, H + 2 * p, W + 2 * p, dtype=x.dtype, device=x.device)
                big[:, :, p : H + p, p : W + p] = x
                dbig, dw, db = torch.zeros_like(big), torch.zeros_like(w), torch.zeros_like(b)
                for n in range(N):
                    for f in range(F):
                        for i in range(dout.shape[2]):
                            for j in range(dout.shape[3]):
                                g = dout[n, f, i, j]
                                db[f] += g
                                dw[f] += g * big[n, :, i * s : i * s + HH, j * s : j * s + WW]
                                dbig[n, :, i * s : i * s + HH, j * s : j * s + WW] += g * w[f]
                return dbig[:, :, p : p + H, p : p + W].clone(), dw, db
            """,
            "MaxPool.forward": """
                h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
                N, C, H, W = x.shape
                require_fit((H, W), (h, w), s)
                out = torch.full((N, C, (H - h) // s + 1, (W - w) // s + 1), float("-inf")).to(x)
                for n in range(N):
                    for c in range(C):
                        for i in range(out.shape[2]):
                            for j in range(out.shape[3]):
                                for a in range(h):
                                    for b in range(w):
                                        out[n, c, i, j] = torch.maximum(out[n, c, i, j], x[n, c, i * s + a, j * s + b])
                return out, (x, pool_param)
            """,
            "MaxPool.backward": """
                x, pool_param = cache
                h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
                dx = x * 0
                for n in range(x.shape[0]):
                    for c in range(x.shape[1]):
                        for i in range(dout.shape[2]):
                            for j in range(dout.shape[3]):
                                window = x[n, c, i * s : i * s + h, j * s : j * s + w]
                                k = int(torch.argmax(window))
                                dx[n, c, i * s + k // w, j * s + k % w] += dout[n, c, i, j]
                return dx
            """,
            "AvgPool.forward": """
                h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
                N, C, H, W = x.shape
                require_fit((H, W), (h, w), s)
                out = torch.zeros(N, C, (H - h) // s + 1, (W - w) // s + 1).to(x)
                for n in range(N):
                    for c in range(C):
                        for i in range(out.shape[2]):
                            for j in range(out.shape[3]):
                                for a in range(h):
                                    for b in range(w):
                                        out[n, c, i, j] += x[n, c, i * s + a, j * s + b] / (h * w)
                return out, (x.shape, x.dtype, pool_param)
            """,
            "AvgPool.backward": """
                shape, dtype, pool_param = cache
                h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
                dx = torch.zeros(*shape, dtype=dtype, device=dout.device)
                for n in range(shape[0]):
                    for c in range(shape[1]):
                        for i in range(dout.shape[2]):
                            for j in range(dout.shape[3]):
                                for a in range(h):
                                    for b in range(w):
                                        dx[n, c, i * s + a, j * s + b] += dout[n, c, i, j] / (h * w)
                return dx
            """,
        },
    ),
    Variant(
        "object_caches",
        "the cache is an object of a class of its own",
        {
            "Conv.forward": """
                from types import SimpleNamespace

                stride, pad = conv_param["stride"], conv_param["pad"]
                (N, C, H, W), (F, depth, HH, WW) = x.shape, w.shape
                if depth != C:
                    raise ValueError(f"{depth} channels, expected {C}")
                require_fit((H, W), (HH, WW), stride, pad)
                xp = x.new_zeros(N, C, H + 2 * pad, W + 2 * pad)
                xp[:, :, pad : pad + H, pad : pad + W].copy_(x)
                rows = []
                for i in range(0, H + 2 * pad - HH + 1, stride):
                    row = []
                    for j in range(0, W + 2 * pad - WW + 1, stride):
                        window = xp[:, None, :, i : i + HH, j : j + WW]
                        row.append((window * w).sum((2, 3, 4)) + b)
                    rows.append(torch.stack(row, dim=2))
                return torch.stack(rows, dim=2), SimpleNamespace(x=x, xp=xp, w=w, stride=stride, pad=pad)
            """,
            "Conv.backward": """
                x, xp, w, stride, pad = cache.x, cache.xp, cache.w, cache.stride, cache.pad
                (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
                dxp, dw = torch.zeros_like(xp), torch.zeros_like(w)
                for f in range(F):
                    for i in range(dout.shape[2]):
                        for j in range(dout.shape[3]):
                            part = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
                            g = dout[:, f, i, j].reshape(N, 1, 1, 1)
                            dw[f] += (g * xp[:, :, part[0], part[1]]).sum(0)
                            dxp[:, :, part[0], part[1]] += g * w[f]
                dx = dxp[:, :, pad:-pad, pad:-pad] if pad > 0 else dxp
                return dx, dw, dout.sum(dim=(0, 2, 3))
            """,
            "AvgPool.forward": """
                from types import SimpleNamespace

                h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
                require_fit(x.shape[2:], (h, w), s)
                out = torch.stack([
                    torch.stack([
                        x[:, :, i : i + h, j : j + w].sum((2, 3)) / (h * w) for j in range(0, x.shape[3] - w + 1, s)
                    ], dim=2)
                    for i in range(0, x.shape[2] - h + 1, s)
                ], dim=2)
                return out, SimpleNamespace(shape=x.shape, h=h, w=w, s=s)
            """,
            "AvgPool.backward": """
                shape, h, w, s = cache.shape, cache.h, cache.w, cache.s
                dx = dout.new_zeros(shape)
                for i in range(dout.shape[2]):
                    for j in range(dout.shape[3]):
                        share = dout[:, :, i : i + 1, j : j + 1] / float(h * w)
                        dx[:, :, i * s : i * s + h, j * s : j * s + w] += share
                return dx
            """,
        },
    ),
    Variant(
        "dual_backward",
        "dx as a convolution of the spread-out and padded upstream gradient, dw as a cross-correlation",
        {
            "Conv.backward": """
                x, w, stride, pad = cache
                (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
                xp = x.new_zeros(N, C, H + 2 * pad, W + 2 * pad)
                xp[:, :, pad : H + pad, pad : W + pad] = x
                spread = x.new_zeros(N, F, H + 2 * pad - HH + 1, W + 2 * pad - WW + 1)
                spread[:, :, ::stride, ::stride] = dout
                dw = torch.zeros_like(w)
                for a in range(HH):
                    for b in range(WW):
                        under = xp[:, :, a : a + spread.shape[2], b : b + spread.shape[3]]
                        dw[:, :, a, b] = torch.tensordot(spread, under, dims=([0, 2, 3], [0, 2, 3]))
                full = x.new_zeros(N, F, xp.shape[2] + HH - 1, xp.shape[3] + WW - 1)
                full[:, :, HH - 1 : HH - 1 + spread.shape[2], WW - 1 : WW - 1 + spread.shape[3]] = spread
                turned = w.flip(2, 3)
                dxp = torch.zeros_like(xp)
                for i in range(xp.shape[2]):
                    for j in range(xp.shape[3]):
                        dxp[:, :, i, j] = torch.einsum("nfab,fcab->nc", full[:, :, i : i + HH, j : j + WW], turned)
                return dxp[:, :, pad : H + pad, pad : W + pad], dw, dout.sum((0, 2, 3))
            """,
        },
    ),
)
