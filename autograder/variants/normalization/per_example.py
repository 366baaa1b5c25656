"""Right answers to layer, instance and group norm."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "on_top_of_one_another",
        "layer norm by batch norm of the transposed, instance norm by group norm, group norm by layer norm of "
        "rows, folding by batch norm",
        {
            "LayerNorm.forward": """
                ones, zeros = x.new_ones(x.shape[0]), x.new_zeros(x.shape[0])
                x_hat, inner = BatchNorm.forward(x.T, ones, zeros, {"mode": "train", "eps": ln_param.get("eps", 1e-5)})
                x_hat = x_hat.T
                return gamma * x_hat + beta, (inner, x_hat, gamma)
            """,
            "LayerNorm.backward": """
                inner, x_hat, gamma = cache
                dx, _, _ = BatchNorm.backward((dout * gamma).T, inner)
                return dx.T, (dout * x_hat).sum(0), dout.sum(0)
            """,
            "InstanceNorm.forward": """
                return GroupNorm.forward(x, gamma, beta, {"num_groups": x.shape[1], **in_param})
            """,
            "InstanceNorm.backward": "return GroupNorm.backward(dout, cache)",
            "GroupNorm.forward": """
                N, C, H, W = x.shape
                G = gn_param["num_groups"]
                if C % G != 0:
                    raise ValueError("C is not a multiple of num_groups")
                rows = x.reshape(N * G, -1)
                ones, zeros = x.new_ones(rows.shape[1]), x.new_zeros(rows.shape[1])
                x_hat, inner = LayerNorm.forward(rows, ones, zeros, {"eps": gn_param.get("eps", 1e-5)})
                x_hat = x_hat.reshape(x.shape)
                return x_hat * gamma.view(1, -1, 1, 1) + beta.view(1, -1, 1, 1), [inner, x_hat, gamma, G]
            """,
            "GroupNorm.backward": """
                inner, x_hat, gamma, G = cache
                rows = (dout * gamma.view(1, -1, 1, 1)).reshape(dout.shape[0] * G, -1)
                dx = LayerNorm.backward(rows, inner)[0].reshape(dout.shape)
                return dx, (dout * x_hat).sum((0, 2, 3)), dout.sum((0, 2, 3))
            """,
            "fold_batchnorm": """
                conv = w.dim() == 4
                rows = w.flatten(1).T if conv else w  # (inputs, outputs)
                centred = {"mode": "test", "eps": eps, "running_var": running_var}
                scaled, _ = BatchNorm.forward(rows, gamma, torch.zeros_like(beta), dict(centred))
                bias, _ = BatchNorm.forward(b[None], gamma, beta, centred | {"running_mean": running_mean})
                return scaled.T.reshape(w.shape) if conv else scaled, bias.squeeze(0)
            """,
        },
    ),
    Variant(
        "one_at_a_time",
        "loops over examples, channels and groups; the graph of the forward pass node by node",
        {
            "LayerNorm.forward": """
                eps, rows, kept = ln_param.get("eps", 1e-5), [], []
                for row in x:
                    centred = row - row.sum() / row.numel()
                    std = ((centred * centred).sum() / row.numel() + eps) ** 0.5
                    rows.append(centred / std * gamma + beta)
                    kept.append((centred, std))
                return torch.stack(rows), {"kept": kept, "gamma": gamma}
            """,
            "LayerNorm.backward": """
                gamma, D = cache["gamma"], dout.shape[1]
                dx, dgamma, dbeta = [], torch.zeros_like(gamma), torch.zeros_like(gamma)
                for upstream, (centred, std) in zip(dout, cache["kept"]):
                    dgamma += upstream * centred / std
                    dbeta += upstream
                    g = upstream * gamma
                    dvar = -0.5 * (g * centred).sum() / std**3
                    dcentred = g / std + 2 / D * centred * dvar
                    dx.append(dcentred - dcentred.sum() / D)
                return torch.stack(dx), dgamma, dbeta
            """,
            "InstanceNorm.forward": """
                eps, out = in_param.get("eps", 1e-5), torch.zeros_like(x)
                x_hat, std = torch.zeros_like(x), x.new_zeros(x.shape[:2])
                for n in range(x.shape[0]):
                    for c in range(x.shape[1]):
                        var, mean = torch.var_mean(x[n, c], correction=0)
                        std[n, c] = (var + eps).sqrt()
                        x_hat[n, c] = (x[n, c] - mean) / std[n, c]
                        out[n, c] = gamma[c] * x_hat[n, c] + beta[c]
                return out, [x_hat, std, gamma]
            """,
            "InstanceNorm.backward": """
                x_hat, std, gamma = cache
                dx = torch.empty_like(dout)
                for n in range(dout.shape[0]):
                    for c in range(dout.shape[1]):
                        g = dout[n, c]
                        dx[n, c] = gamma[c] / std[n, c] * (g - g.mean() - x_hat[n, c] * (g * x_hat[n, c]).mean())
                return dx, torch.einsum("nchw,nchw->c", dout, x_hat), torch.einsum("nchw->c", dout)
            """,
            "GroupNorm.forward": """
                G, eps = gn_param["num_groups"], gn_param.get("eps", 1e-5)
                if G < 1 or x.shape[1] % G:
                    raise ValueError(f"{x.shape[1]} channels do not make {G} groups")
                parts, stds = [], []
                for part in x.chunk(G, dim=1):
                    centred = part - part.mean((1, 2, 3), keepdim=True)
                    std = torch.sqrt((centred**2).mean((1, 2, 3), keepdim=True) + eps)
                    parts.append(centred / std)
                    stds.append(std)
                out = torch.cat(parts, dim=1) * gamma.view(-1, 1, 1) + beta.view(-1, 1, 1)
                return out, (tuple(parts), tuple(stds), gamma)
            """,
            "GroupNorm.backward": """
                parts, stds, gamma = cache
                dx = []
                for x_hat, std, g in zip(parts, stds, (dout * gamma.view(-1, 1, 1)).chunk(len(parts), dim=1)):
                    mean = g.mean((1, 2, 3), keepdim=True)
                    spread = (g * x_hat).mean((1, 2, 3), keepdim=True)
                    dx.append((g - mean - x_hat * spread) / std)
                dgamma = (dout * torch.cat(parts, dim=1)).sum((0, 2, 3))
                return torch.cat(dx, dim=1), dgamma, dout.sum((0, 2, 3))
            """,
        },
    ),
    Variant(
        "flat_in_float64",
        "everything flattened to rows and computed in float64; x_hat computed again in backward, an object for a cache",
        {
            "LayerNorm.forward": """
                class Kept:
                    def __init__(self, **values):
                        self.__dict__.update(values)

                wide = x.double()
                mean = wide.mean(-1, keepdim=True)
                var = (wide * wide).mean(-1, keepdim=True) - mean * mean
                inv = torch.rsqrt(var.clamp(min=0) + ln_param.get("eps", 1e-5))
                out = ((wide - mean) * inv * gamma.double() + beta.double()).to(x.dtype)
                return out, Kept(x=wide, mean=mean, inv=inv, gamma=gamma.double())
            """,
            "LayerNorm.backward": """
                g, x_hat = dout.double(), (cache.x - cache.mean) * cache.inv
                sums = (g * x_hat).sum(0), g.sum(0)
                g = g * cache.gamma
                D = g.shape[1]
                dx = cache.inv / D * (D * g - g.sum(1, keepdim=True) - x_hat * (g * x_hat).sum(1, keepdim=True))
                return tuple(t.to(dout.dtype) for t in (dx, *sums))
            """,
            "InstanceNorm.forward": """
                N, C, H, W = x.shape
                rows = x.double().reshape(N * C, H * W)
                std, mean = torch.std_mean(rows, 1, correction=0, keepdim=True)
                std = (std**2 + in_param.get("eps", 1e-5)).sqrt()
                x_hat = ((rows - mean) / std).reshape(N, C, H, W)
                out = torch.einsum("nchw,c->nchw", x_hat, gamma.double()) + beta.double().reshape(C, 1, 1)
                return out.to(x.dtype), {"x_hat": x_hat, "std": std, "gamma": gamma.double()}
            """,
            "InstanceNorm.backward": """
                N, C, H, W = dout.shape
                x_hat, g = cache["x_hat"], dout.double()
                dgamma, dbeta = (g * x_hat).sum((0, 2, 3)), g.sum((0, 2, 3))
                rows, hats = (t.reshape(N * C, H * W) for t in (g * cache["gamma"].reshape(C, 1, 1), x_hat))
                rows = rows - rows.mean(1, keepdim=True)
                dx = (rows - hats * (rows * hats).mean(1, keepdim=True)) / cache["std"]
                return [t.to(dout.dtype) for t in (dx.reshape(N, C, H, W), dgamma, dbeta)]
            """,
            "GroupNorm.forward": """
                N, C, H, W = x.shape
                G = gn_param["num_groups"]
                if G * (C // G) != C:
                    raise ValueError("groups of equal size, please")
                rows = x.double().flatten(1).unflatten(1, (G, -1))
                mean = rows.mean(2, keepdim=True)
                std = (rows.var(2, correction=0, keepdim=True) + gn_param.get("eps", 1e-5)).sqrt()
                x_hat = ((rows - mean) / std).flatten(1).reshape(N, C, H * W)
                out = x_hat * gamma.double()[:, None] + beta.double()[:, None]
                return out.reshape(N, C, H, W).to(x.dtype), (x_hat, std, gamma.double())
            """,
            "GroupNorm.backward": """
                x_hat, std, gamma = cache
                N, C, HW = x_hat.shape
                g = dout.double().reshape(N, C, HW)
                sums = torch.einsum("ncp,ncp->c", g, x_hat), g.sum((0, 2))
                rows = (g * gamma[:, None]).reshape(N, std.shape[1], -1)
                hats = x_hat.reshape(rows.shape)
                dx = (rows - rows.mean(2, keepdim=True) - hats * (rows * hats).mean(2, keepdim=True)) / std
                return tuple(t.to(dout.dtype) for t in (dx.reshape(dout.shape), *sums))
            """,
        },
    ),
    Variant(
        "closed_form",
        "x times a scale plus a shift for each example; the gradient as a scale of dout, of x and a shift",
        {
            "LayerNorm.forward": """
                std = ((x - x.mean(1, keepdim=True)).pow(2).mean(1, keepdim=True) + ln_param.get("eps", 1e-5)).sqrt()
                x_hat = x.sub(x.mean(1, keepdim=True)).div(std)
                return torch.addcmul(beta.expand_as(x), gamma.expand_as(x), x_hat), (x, gamma, std)
            """,
            "LayerNorm.backward": """
                x, gamma, std = cache
                centred = x - x.mean(1, keepdim=True)
                dgamma = torch.einsum("nd,nd,n->d", dout, centred, 1 / std[:, 0])
                g = dout * gamma
                b = torch.einsum("nd,nd->n", g, centred)[:, None] / (x.shape[1] * std**3)
                return g / std - g.mean(1, keepdim=True) / std - centred * b, dgamma, dout.sum(dim=0)
            """,
            "InstanceNorm.forward": """
                flat = x.flatten(2).double()
                var, mean = torch.var_mean(flat, 2, correction=0)
                inv = (var + in_param.get("eps", 1e-5)).rsqrt()
                a = gamma * inv
                shift = beta - a * mean
                out = x.double() * a[..., None, None] + shift[..., None, None]
                x_hat = (x.double() - mean[..., None, None]) * inv[..., None, None]
                return out.to(x.dtype), (x_hat.to(x.dtype), a.to(x.dtype))
            """,
            "InstanceNorm.backward": """
                x_hat, a = cache
                dgamma, dbeta = dout.mul(x_hat).sum((0, 2, 3)), dout.sum((0, 2, 3))
                share = dout - dout.mean((2, 3), True) - x_hat * dout.mul(x_hat).mean((2, 3), True)
                return share * a[:, :, None, None], dgamma, dbeta
            """,
            "GroupNorm.forward": """
                if x.shape[1] % gn_param["num_groups"]:
                    raise ValueError("num_groups must divide C")
                size = x.shape[1] // gn_param["num_groups"]
                split = x.unfold(1, size, size)  # (N, G, H, W, C / G)
                var, mean = torch.var_mean(split, dim=(2, 3, 4), correction=0)
                std = (var + gn_param.get("eps", 1e-5)).sqrt().repeat_interleave(size, dim=1)
                mean = mean.repeat_interleave(size, dim=1)
                x_hat = (x - mean[:, :, None, None]) / std[:, :, None, None]
                return gamma.view(1, -1, 1, 1) * x_hat + beta.view(1, -1, 1, 1), (x_hat, gamma, std, size)
            """,
            "GroupNorm.backward": """
                x_hat, gamma, std, size = cache
                g = dout * gamma.view(1, -1, 1, 1)
                means = []
                for t in (g, g * x_hat):
                    per_channel = t.mean((2, 3))
                    per_group = per_channel.unfold(1, size, size).mean(2)
                    means.append(per_group.repeat_interleave(size, dim=1)[:, :, None, None])
                dx = (g - means[0] - x_hat * means[1]) / std[:, :, None, None]
                return dx, (dout * x_hat).sum((0, 2, 3)), dout.sum((0, 2, 3))
            """,
        },
    ),
)
