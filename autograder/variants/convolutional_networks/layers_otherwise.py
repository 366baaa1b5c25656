"""Right answers to the layers where the specification leaves a choice, or where mathematics does."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
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
