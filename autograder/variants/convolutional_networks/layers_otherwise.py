"""Right answers to the layers where the specification leaves a choice, or where mathematics does."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "tables_kept",
        "where the windows lie is worked out once for each size, and kept on the function or class",
        {
            "im2col": """
                (N, C, H, W), (HH, WW) = x.shape, kernel
                require_fit((H, W), (HH, WW), stride, pad)
                tables = im2col.__dict__.setdefault("tables", {})
                key = (H, W, HH, WW, stride, pad, str(x.device))
                if key not in tables:
                    rows = torch.arange(0, H + 2 * pad - HH + 1, stride, device=x.device)
                    columns = torch.arange(0, W + 2 * pad - WW + 1, stride, device=x.device)
                    rows = rows[:, None] + torch.arange(HH, device=x.device)[:, None, None, None]
                    columns = columns + torch.arange(WW, device=x.device)[:, None, None]
                    tables[key] = (rows * (W + 2 * pad) + columns).flatten()
                xp = torch.constant_pad_nd(x, (pad, pad, pad, pad))
                return xp.flatten(2).index_select(2, tables[key]).view(N, C * HH * WW, -1)
            """,
            "FastConv.forward": """
                stride, pad = (conv_param[key] for key in ("stride", "pad"))
                if x.shape[1] != w.shape[1]:
                    raise ValueError("channels")
                require_fit(x.shape[2:], w.shape[2:], stride, pad)
                xp = torch.constant_pad_nd(x, (pad, pad, pad, pad))
                tables = vars(Conv).get("tables") or {}
                Conv.tables = tables
                (H, W), (HH, WW) = xp.shape[2:], w.shape[2:]
                key = (H, W, HH, WW, stride, str(x.device))
                if key not in tables:
                    places = torch.arange(H * W, device=x.device).view(H, W).unfold(0, HH, stride).unfold(1, WW, stride)
                    tables[key] = places.permute(2, 3, 0, 1).contiguous()
                at = tables[key]
                windows = xp.flatten(2)[:, :, at]
                out = torch.einsum("ncabij,fcab->nfij", windows, w).add_(b[:, None, None])
                return out, (windows, at, w, xp.shape, pad)
            """,
            "FastConv.backward": """
                windows, at, w, (N, C, H, W), pad = cache
                shares = torch.einsum("nfij,fcab->ncabij", dout, w).reshape(N, C, -1)
                dxp = shares.new_zeros(N, C, H * W).index_add_(2, at.flatten(), shares).view(N, C, H, W)
                dw = torch.einsum("nfij,ncabij->fcab", dout, windows)
                return dxp[:, :, pad : H - pad, pad : W - pad], dw, torch.einsum("nfij->f", dout)
            """,
            "FastMaxPool.forward": """
                h, w, s = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
                (N, C, H, W) = x.shape
                require_fit((H, W), (h, w), s)
                tables = vars(MaxPool).get("tables") or {}
                MaxPool.tables = tables
                key = (H, W, h, w, s, str(x.device))
                if key not in tables:
                    places = torch.arange(H * W, device=x.device).view(H, W).unfold(0, h, s).unfold(1, w, s)
                    tables[key] = places.flatten(2).contiguous()
                out, largest = x.reshape(N, C, H * W)[:, :, tables[key]].max(dim=4)
                chosen = tables[key].expand(N, C, -1, -1, -1).gather(4, largest[..., None])
                return out, (chosen.flatten(2), x.shape)
            """,
            "FastMaxPool.backward": """
                chosen, shape = cache
                return dout.new_zeros(shape).flatten(2).scatter_add_(2, chosen, dout.flatten(2)).view(shape)
            """,
        },
    ),
    Variant(
        "equal_shares",
        "equally large entries of a window share its gradient",
        {
            "MaxPool.backward": """
                x, h, w, s = cache
                dx = torch.zeros_like(x)
                for i in range(dout.shape[2]):
                    for j in range(dout.shape[3]):
                        window = x[:, :, i * s : i * s + h, j * s : j * s + w]
                        mask = (window == window.amax((2, 3), keepdim=True)).to(x.dtype)
                        mask = mask / mask.sum((2, 3), keepdim=True)
                        dx[:, :, i * s : i * s + h, j * s : j * s + w] += mask * dout[:, :, i : i + 1, j : j + 1]
                return dx
            """,
            "FastMaxPool.backward": """
                x, out, h, w, s = cache
                windows = x.unfold(2, h, s).unfold(3, w, s)
                mask = windows == out[..., None, None]
                share = mask * (dout / mask.sum((4, 5)))[..., None, None]
                dx = torch.zeros_like(x)
                for a in range(h):
                    for b in range(w):
                        dx[:, :, a : a + x.shape[2] - h + 1 : s, b : b + x.shape[3] - w + 1 : s] += share[..., a, b]
                return dx
            """,
        },
    ),
    Variant(
        "last_of_the_equal",
        "of equally large entries the last has the gradient; masks are kept in the cache",
        {
            "MaxPool.forward": """
                h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
                N, C, H, W = x.shape
                require_fit((H, W), (h, w), s)
                rows, masks = [], []
                for i in range(0, H - h + 1, s):
                    row = []
                    for j in range(0, W - w + 1, s):
                        window = x[:, :, i : i + h, j : j + w].flatten(2).flip(2)
                        best, place = window.max(dim=2)
                        mask = (torch.arange(h * w, device=x.device) == place[..., None]).flip(2)
                        row.append(best)
                        masks.append((i, j, mask.reshape(N, C, h, w)))
                    rows.append(torch.stack(row, dim=-1))
                return torch.stack(rows, dim=2), [x.shape, masks]
            """,
            "MaxPool.backward": """
                shape, masks = cache
                dx = torch.zeros(shape, dtype=dout.dtype, device=dout.device)
                upstream = dout.flatten(2)
                for k, (i, j, mask) in enumerate(masks):
                    h, w = mask.shape[2:]
                    dx[:, :, i : i + h, j : j + w] += mask * upstream[:, :, k, None, None]
                return dx
            """,
            "FastMaxPool.backward": """
                x, out, h, w, s = cache
                dx, free = torch.zeros_like(x), torch.ones_like(out, dtype=torch.bool)
                for a in reversed(range(h)):
                    for b in reversed(range(w)):
                        part = slice(a, a + x.shape[2] - h + 1, s), slice(b, b + x.shape[3] - w + 1, s)
                        hit = (x[:, :, part[0], part[1]] == out) & free
                        dx[:, :, part[0], part[1]] += torch.where(hit, dout, 0)
                        free = free & ~hit
                return dx
            """,
        },
    ),
    Variant(
        "frequencies",
        "cross-correlation as a product of Fourier transforms",
        {
            "corr2d": """
                require_fit(x.shape, k.shape)
                size = tuple(x.shape)
                spectrum = torch.fft.rfft2(x) * torch.fft.rfft2(k, s=size).conj()
                out = torch.fft.irfft2(spectrum, s=size)
                return out[: x.shape[0] - k.shape[0] + 1, : x.shape[1] - k.shape[1] + 1]
            """,
            "conv2d_true": """
                require_fit(x.shape, k.shape)
                size = tuple(x.shape)
                out = torch.fft.irfft2(torch.fft.rfft2(x) * torch.fft.rfft2(k, s=size), s=size)
                return out[k.shape[0] - 1 :, k.shape[1] - 1 :]
            """,
        },
    ),
)
