"""Right answers with other caches, and with layers on top of others than one would think."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "closures",
        "the cache is a function that knows how to go back",
        {
            "BatchNorm.forward": """
                mode, eps, momentum = batchnorm_settings(x, bn_param)
                training = mode == "train"
                mean, var = bn_param["running_mean"], bn_param["running_var"]
                if training:
                    mean, var = x.mean(dim=0), torch.mean((x - x.mean(dim=0)) ** 2, dim=0)
                    for name, new in {"running_mean": mean, "running_var": var}.items():
                        bn_param[name] = bn_param[name] * momentum + new * (1.0 - momentum)
                inv = 1 / torch.sqrt(var + eps)
                x_hat = (x - mean) * inv

                def back(dout):
                    dgamma, dbeta = torch.sum(dout * x_hat, dim=0), torch.sum(dout, dim=0)
                    share = dbeta / len(x) + x_hat * (dgamma / len(x)) if training else 0
                    return gamma * inv * (dout - share), dgamma, dbeta

                return gamma * x_hat + beta, back
            """,
            "BatchNorm.backward": "return cache(dout)",
            "BatchNorm.backward_alt": "return cache(dout)",
            "SpatialBatchNorm.forward": """
                N, C, H, W = x.shape
                rows = torch.einsum("nchw->nhwc", x).reshape(N * H * W, C)
                out, back = BatchNorm.forward(rows, gamma, beta, bn_param)
                images = lambda rows: torch.einsum("nhwc->nchw", rows.reshape(N, H, W, C))
                return images(out), [back, images]
            """,
            "SpatialBatchNorm.backward": """
                inner, images = cache
                dx, *rest = BatchNorm.backward(torch.einsum("nchw->nhwc", dout).reshape(-1, dout.shape[1]), inner)
                return [images(dx), *rest]
            """,
            "LayerNorm.forward": """
                mean = x.mean(1)[:, None]
                inv = 1 / torch.sqrt(((x - mean) ** 2).mean(1)[:, None] + ln_param.get("eps", 1e-5))
                x_hat = (x - mean) * inv

                def back(dout):
                    g = dout * gamma
                    g = g - g.mean(1)[:, None] - x_hat * (g * x_hat).mean(1)[:, None]
                    return g * inv, (dout * x_hat).sum(0), dout.sum(0)

                return x_hat * gamma + beta, back
            """,
            "LayerNorm.backward": "return cache(dout)",
        },
    ),
    Variant(
        "jacobians",
        "means as products with a matrix, gradients by the whole Jacobian of each feature, example or group",
        {
            "BatchNorm.forward": """
                mode, eps, momentum = batchnorm_settings(x, bn_param)
                if mode == "train":
                    average = x.new_full((1, x.shape[0]), 1 / x.shape[0])
                    mean = (average @ (x - x[:1]) + x[:1])[0]
                    var = (average @ (x - mean).square())[0]
                    bn_param["running_mean"] = torch.lerp(mean, bn_param["running_mean"], momentum)
                    bn_param["running_var"] = torch.lerp(var, bn_param["running_var"], momentum)
                else:
                    mean, var = bn_param["running_mean"], bn_param["running_var"]
                std = torch.hypot(var.sqrt(), torch.full_like(var, eps**0.5))
                x_hat = (x - mean) / std
                return torch.einsum("nd,d->nd", x_hat, gamma) + beta, (x_hat, gamma / std, mode)
            """,
            "BatchNorm.backward": """
                x_hat, factor, mode = cache
                N = x_hat.shape[0]
                jacobian = torch.eye(N, dtype=dout.dtype, device=dout.device).expand(x_hat.shape[1], N, N)
                if mode == "train":
                    jacobian = jacobian - 1 / N - torch.einsum("nd,md->dnm", x_hat, x_hat) / N
                dx = factor * torch.einsum("dnm,nd->md", jacobian, dout)
                return dx, torch.diagonal(dout.T @ x_hat), dout.new_ones(N) @ dout
            """,
            "BatchNorm.backward_alt": """
                x_hat, factor, mode = cache
                sums = torch.stack([dout * x_hat, dout]).sum(dim=1)
                if mode == "train":
                    basis = torch.stack([x_hat, torch.ones_like(x_hat)])
                    dout = dout - torch.einsum("knd,kd->nd", basis, sums) / len(dout)
                return dout * factor, sums[0], sums[1]
            """,
            "LayerNorm.forward": """
                D = x.shape[1]
                away = torch.eye(D, dtype=x.dtype, device=x.device) - 1 / D
                centred = (x - x[:, :1]) @ away
                std = torch.sqrt(torch.einsum("nd,nd->n", centred, centred) / D + ln_param.get("eps", 1e-5))
                x_hat = centred / std[:, None]
                return gamma * x_hat + beta, {"x_hat": x_hat, "std": std, "gamma": gamma}
            """,
            "LayerNorm.backward": """
                x_hat, std, gamma = cache["x_hat"], cache["std"], cache["gamma"]
                D = x_hat.shape[1]
                outer = torch.einsum("nd,ne->nde", x_hat, x_hat)
                jacobian = torch.eye(D, dtype=dout.dtype, device=dout.device) - 1 / D - outer / D
                dx = torch.einsum("ne,nde,n->nd", dout * gamma, jacobian, 1 / std)
                return dx, torch.einsum("nd,nd->d", dout, x_hat), dout.sum(0)
            """,
            "GroupNorm.forward": """
                N, C, H, W = x.shape
                G = gn_param["num_groups"]
                if C % G != 0:
                    raise ValueError("the channels do not make groups of equal size")
                member = torch.arange(C, device=x.device) * G // C
                one_hot = (member[:, None] == torch.arange(G, device=x.device)).to(x.dtype)
                start = x[:, :: C // G, :1, :1]  # one pixel of each group, so that its sums stay small
                moved = x - start.repeat_interleave(C // G, dim=1)
                pixels = C // G * H * W
                mean = torch.einsum("nchw,cg->ng", moved, one_hot) / pixels
                centred = moved - (mean @ one_hot.T)[:, :, None, None]
                var = torch.einsum("nchw,nchw,cg->ng", centred, centred, one_hot) / pixels
                std = ((var + gn_param.get("eps", 1e-5)).sqrt() @ one_hot.T)[:, :, None, None]
                x_hat = centred / std
                out = x_hat * gamma.view(C, 1, 1) + beta.view(C, 1, 1)
                return out, (x_hat, std, gamma, one_hot, pixels)
            """,
            "GroupNorm.backward": """
                x_hat, std, gamma, one_hot, pixels = cache
                g = dout * gamma.view(-1, 1, 1)
                means = []
                for other in (torch.ones_like(x_hat), x_hat):
                    sums = torch.einsum("nchw,nchw,cg->ng", g, other, one_hot)
                    means.append((sums / pixels @ one_hot.T)[:, :, None, None])
                dx = (g - means[0] - x_hat * means[1]) / std
                return dx, torch.einsum("nchw,nchw->c", dout, x_hat), torch.einsum("nchw->c", dout)
            """,
        },
    ),
    Variant(
        "other_foundations",
        "batch norm by layer norm, layer norm by group norm, group norm by instance norm",
        {
            "BatchNorm.forward": """
                mode, eps, momentum = batchnorm_settings(x, bn_param)
                if mode == "test":
                    std = torch.sqrt(bn_param["running_var"] + eps)
                    x_hat = (x - bn_param["running_mean"]) / std
                    return gamma * x_hat + beta, {"x_hat": x_hat, "factor": gamma / std}
                N = x.shape[0]
                x_hat, inner = LayerNorm.forward(x.T, x.new_ones(N), x.new_zeros(N), {"eps": eps})
                mean = x.mean(0)
                new = {"running_mean": mean, "running_var": ((x - mean) ** 2).mean(0)}
                bn_param |= {k: momentum * bn_param[k] + (1 - momentum) * v for k, v in new.items()}
                return gamma * x_hat.T + beta, {"x_hat": x_hat.T, "gamma": gamma, "inner": inner}
            """,
            "BatchNorm.backward": """
                sums = (dout * cache["x_hat"]).sum(0), dout.sum(0)
                if "factor" in cache:
                    return dout * cache["factor"], *sums
                return LayerNorm.backward((dout * cache["gamma"]).T, cache["inner"])[0].T, *sums
            """,
            "BatchNorm.backward_alt": """
                sums = (dout * cache["x_hat"]).sum(0), dout.sum(0)
                if "factor" in cache:
                    return dout * cache["factor"], *sums
                return LayerNorm.backward((dout * cache["gamma"]).T, cache["inner"])[0].T, *sums
            """,
            "LayerNorm.forward": """
                images = x[:, :, None, None]
                out, cache = GroupNorm.forward(images, gamma, beta, {"num_groups": 1, "eps": ln_param.get("eps", 1e-5)})
                return out[:, :, 0, 0], cache
            """,
            "LayerNorm.backward": """
                dx, dgamma, dbeta = GroupNorm.backward(dout[..., None, None], cache)
                return dx.flatten(1), dgamma, dbeta
            """,
            "GroupNorm.forward": """
                N, C, H, W = x.shape
                G = gn_param["num_groups"]
                if C % G:
                    raise ValueError(f"{G} groups do not divide {C} channels")
                tall = x.reshape(N, G, C // G * H, W)
                eps = gn_param.get("eps", 1e-5)
                x_hat, inner = InstanceNorm.forward(tall, x.new_ones(G), x.new_zeros(G), {"eps": eps})
                x_hat = x_hat.reshape(N, C, H, W)
                out = torch.einsum("nchw,c->nchw", x_hat, gamma) + beta[None, :, None, None]
                return out, (inner, x_hat, gamma, tall.shape)
            """,
            "GroupNorm.backward": """
                inner, x_hat, gamma, tall = cache
                dx, _, _ = InstanceNorm.backward((dout * gamma[None, :, None, None]).reshape(tall), inner)
                return dx.reshape(dout.shape), (dout * x_hat).sum((0, 2, 3)), dout.sum((0, 2, 3))
            """,
            "InstanceNorm.forward": """
                N, C, H, W = x.shape
                columns = x.reshape(N * C, H * W)
                mean = columns.mean(1, keepdim=True)
                std = ((columns - mean).square().mean(1, keepdim=True) + in_param.get("eps", 1e-5)) ** 0.5
                x_hat = ((columns - mean) / std).reshape(x.shape)
                return x_hat * gamma[:, None, None] + beta[:, None, None], (x_hat, gamma, std.reshape(N, C, 1, 1))
            """,
            "InstanceNorm.backward": """
                x_hat, gamma, std = cache
                g = dout - dout.mean((2, 3), keepdim=True)
                g = g - x_hat * (g * x_hat).mean((2, 3), keepdim=True)
                return g * gamma[:, None, None] / std, (dout * x_hat).sum((0, 2, 3)), dout.sum((0, 2, 3))
            """,
        },
    ),
)
