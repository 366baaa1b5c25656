"""Right answers to local response norm and to folding."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "cumulative_sums",
        "windows as differences of cumulative sums in float64; folding by einsum",
        {
            "LocalResponseNorm.forward": """
                size, alpha = lrn_param.get("size", 5), lrn_param.get("alpha", 1e-4)
                beta, k = lrn_param.get("beta", 0.75), lrn_param.get("k", 2.0)
                before, after, C = size // 2, (size - 1) // 2, x.shape[1]
                c = torch.arange(C, device=x.device)
                first, last = (c - before).clamp(min=0), (c + after + 1).clamp(max=C)
                total = torch.cumsum(x.double() ** 2, dim=1)
                total = torch.cat([torch.zeros_like(total[:, :1]), total], dim=1)
                scale = k + alpha / size * (total[:, last] - total[:, first])
                out = (x.double() * torch.exp(-beta * torch.log(scale))).to(x.dtype)
                return out, {"x": x.double(), "scale": scale, "size": size, "alpha": alpha, "beta": beta}
            """,
            "LocalResponseNorm.backward": """
                x, scale, size, alpha, beta = (cache[k] for k in ("x", "scale", "size", "alpha", "beta"))
                before, after, C = size // 2, (size - 1) // 2, x.shape[1]
                ratio = dout.double() * x * scale ** (-beta - 1)
                total = torch.cumsum(ratio, dim=1)
                total = torch.cat([torch.zeros_like(total[:, :1]), total], dim=1)
                c = torch.arange(C, device=x.device)
                first, last = (c - after).clamp(min=0), (c + before + 1).clamp(max=C)
                dx = dout.double() * scale**-beta - 2 * alpha * beta / size * x * (total[:, last] - total[:, first])
                return dx.to(dout.dtype)
            """,
            "fold_batchnorm": """
                inv = torch.rsqrt(running_var.double() + eps)
                factor = (gamma.double() * inv).to(w.dtype)
                if w.dim() == 4:
                    new_w = torch.einsum("fchw,f->fchw", w, factor)
                else:
                    new_w = torch.einsum("dm,m->dm", w, factor)
                return new_w, factor * b + (beta - factor * running_mean)
            """,
        },
    ),
    Variant(
        "padded_windows",
        "channels padded with zeros and unfolded; the transposed windows in backward; folding over moved axes",
        {
            "LocalResponseNorm.forward": """
                settings = {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 2.0, **lrn_param}
                size, alpha, beta, k = (settings[name] for name in ("size", "alpha", "beta", "k"))
                pad = (0, 0, 0, 0, size // 2, (size - 1) // 2)
                squares = torch.constant_pad_nd(x * x, pad)
                scale = squares.unfold(1, size, 1).mean(-1) * alpha + k
                return x * scale.pow(-beta), [x, scale, settings]
            """,
            "LocalResponseNorm.backward": """
                x, scale, settings = cache
                size, alpha, beta = settings["size"], settings["alpha"], settings["beta"]
                out = x * scale.pow(-beta)
                share = torch.constant_pad_nd(dout * out / scale, (0, 0, 0, 0, (size - 1) // 2, size // 2))
                return dout / scale.pow(beta) - 2 * beta * alpha * x * share.unfold(1, size, 1).mean(-1)
            """,
            "fold_batchnorm": """
                std = (running_var + eps) ** 0.5
                outputs = w if w.dim() == 4 else w.transpose(0, 1)
                rows = outputs.reshape(len(b), -1) / std[:, None] * gamma[:, None]
                rows = rows.reshape(outputs.shape)
                return (rows if w.dim() == 4 else rows.transpose(0, 1)), (b - running_mean) / std * gamma + beta
            """,
        },
    ),
    Variant(
        "band_matrix",
        "the window as a matrix of zeros and ones between channels; folding output by output",
        {
            "LocalResponseNorm.forward": """
                size, alpha = lrn_param.get("size", 5), lrn_param.get("alpha", 1e-4)
                beta, k = lrn_param.get("beta", 0.75), lrn_param.get("k", 2.0)
                c = torch.arange(x.shape[1], device=x.device)
                step = c[None, :] - c[:, None]
                band = ((step >= -(size // 2)) & (step <= (size - 1) // 2)).to(x.dtype)
                scale = k + alpha / size * torch.einsum("cd,ndhw->nchw", band, x.square())
                return x / scale.pow(beta), (x, scale, band, 2 * alpha * beta / size, beta)
            """,
            "LocalResponseNorm.backward": """
                x, scale, band, factor, beta = cache
                ratio = dout * x / scale.pow(beta + 1)
                return dout / scale.pow(beta) - factor * x * torch.einsum("cd,nchw->ndhw", band, ratio)
            """,
            "fold_batchnorm": """
                new_w, new_b = w.clone(), torch.empty_like(b)
                for i in range(len(b)):
                    scale = gamma[i] / torch.sqrt(running_var[i] + eps)
                    if w.dim() == 2:
                        new_w[:, i] *= scale
                    else:
                        new_w[i] *= scale
                    new_b[i] = scale * (b[i] - running_mean[i]) + beta[i]
                return [new_w, new_b]
            """,
        },
    ),
    Variant(
        "shifted_channels",
        "one shifted copy of the squares for each place of the window",
        {
            "LocalResponseNorm.forward": """
                size, alpha = lrn_param.get("size", 5), lrn_param.get("alpha", 1e-4)
                beta, k = lrn_param.get("beta", 0.75), lrn_param.get("k", 2.0)
                C, squares, total = x.shape[1], x**2, torch.zeros_like(x)
                for step in range(-(size // 2), (size - 1) // 2 + 1):
                    lo, hi = max(0, -step), min(C, C - step)
                    if lo < hi:
                        total[:, lo:hi] += squares[:, lo + step : hi + step]
                base = k + alpha * total / size
                return x / base**beta, (x, base, (size, alpha, beta))
            """,
            "LocalResponseNorm.backward": """
                x, base, (size, alpha, beta) = cache
                C, ratio = x.shape[1], dout * x * base ** -(beta + 1)
                dx = dout * base**-beta
                for step in range(-(size // 2), (size - 1) // 2 + 1):
                    lo, hi = max(0, -step), min(C, C - step)
                    if lo < hi:
                        dx[:, lo + step : hi + step] -= (
                            2 * alpha * beta / size * x[:, lo + step : hi + step] * ratio[:, lo:hi]
                        )
                return dx
            """,
        },
    ),
)
