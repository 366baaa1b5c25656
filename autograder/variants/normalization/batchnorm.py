"""Right answers to batch norm, of features and of images."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "torch_var",
        "torch.var with correction=0, running statistics changed in place, a dict for a cache, x_hat computed again",
        {
            "BatchNorm.forward": """
                mode, eps, momentum = batchnorm_settings(x, bn_param)
                running_mean, running_var = bn_param["running_mean"], bn_param["running_var"]
                if mode == "train":
                    mean, var = x.mean(0), x.var(0, correction=0)
                    running_mean.mul_(momentum).add_((1 - momentum) * mean)
                    running_var.mul_(momentum).add_((1 - momentum) * var)
                else:
                    mean, var = running_mean.clone(), running_var.clone()
                inv_std = torch.rsqrt(var + eps)
                cache = {"x": x, "mean": mean, "inv_std": inv_std, "gamma": gamma, "train": mode == "train"}
                return (x - mean) * (inv_std * gamma) + beta, cache
            """,
            "BatchNorm.backward": """
                x_hat = (cache["x"] - cache["mean"]) * cache["inv_std"]
                d = dout * cache["gamma"]
                if cache["train"]:
                    d = d - d.mean(0, keepdim=True) - x_hat * (d * x_hat).mean(0, keepdim=True)
                return d * cache["inv_std"], torch.einsum("nd,nd->d", dout, x_hat), dout.sum(0)
            """,
            "BatchNorm.backward_alt": """
                x, inv_std, N = cache["x"], cache["inv_std"], dout.shape[0]
                x_hat = (x - cache["mean"]) * inv_std
                dgamma, dbeta = (dout * x_hat).sum(0), dout.sum(0)
                if not cache["train"]:
                    return dout * (cache["gamma"] * inv_std), dgamma, dbeta
                dx = (1.0 / N) * cache["gamma"] * inv_std * (N * dout - dbeta - x_hat * dgamma)
                return dx, dgamma, dbeta
            """,
            "SpatialBatchNorm.forward": """
                mode, eps, momentum = batchnorm_settings(x, bn_param)
                running_mean, running_var = bn_param["running_mean"], bn_param["running_var"]
                if mode == "train":
                    var, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
                    running_mean.copy_(torch.lerp(mean, running_mean, momentum))
                    running_var.copy_(torch.lerp(var, running_var, momentum))
                else:
                    mean, var = running_mean.clone(), running_var.clone()
                shape = (1, -1, 1, 1)
                x_hat = (x - mean.view(shape)) / torch.sqrt(var.view(shape) + eps)
                cache = dict(x_hat=x_hat, gamma=gamma, std=torch.sqrt(var + eps), mode=mode)
                return x_hat * gamma.reshape(shape) + beta.reshape(shape), cache
            """,
            "SpatialBatchNorm.backward": """
                x_hat, axes, shape = cache["x_hat"], (0, 2, 3), (1, -1, 1, 1)
                dgamma, dbeta = (dout * x_hat).sum(axes), dout.sum(axes)
                dx = dout
                if cache["mode"] == "train":
                    m = dout.numel() // dout.shape[1]
                    dx = dout - (dbeta / m).view(shape) - x_hat * (dgamma / m).view(shape)
                return dx * (cache["gamma"] / cache["std"]).view(shape), dgamma, dbeta
            """,
        },
    ),
    Variant(
        "feature_by_feature",
        "a loop over features or channels, a list for a cache",
        {
            "BatchNorm.forward": """
                mode, eps, momentum = batchnorm_settings(x, bn_param)
                out, parts = torch.empty_like(x), []
                new_mean, new_var = bn_param["running_mean"].clone(), bn_param["running_var"].clone()
                for d in range(x.shape[1]):
                    column = x[:, d]
                    mean, var = new_mean[d].clone(), new_var[d].clone()
                    if mode == "train":
                        mean = column.sum() / len(column)
                        var = ((column - mean) ** 2).sum() / len(column)
                        new_mean[d] = momentum * new_mean[d] + (1 - momentum) * mean
                        new_var[d] = momentum * new_var[d] + (1 - momentum) * var
                    scale = gamma[d] / (var + eps) ** 0.5
                    out[:, d] = scale * column + (beta[d] - scale * mean) if mode == "test" else (
                        scale * (column - mean) + beta[d])
                    parts.append([column - mean, (var + eps) ** 0.5, gamma[d]])
                bn_param.update(running_mean=new_mean, running_var=new_var)
                return out, [mode, parts]
            """,
            "BatchNorm.backward": """
                mode, parts = cache
                dx, dgamma, dbeta = torch.empty_like(dout), [], []
                for d, (centred, std, gamma) in enumerate(parts):
                    upstream = dout[:, d]
                    dgamma.append((upstream * centred / std).sum())
                    dbeta.append(upstream.sum())
                    g = upstream * gamma / std
                    if mode == "train":
                        n = len(g)
                        dvar = (upstream * gamma * centred).sum() * -0.5 * std**-3
                        dmean = -g.sum() + dvar * (-2 * centred).sum() / n
                        g = g + dvar * 2 * centred / n + dmean / n
                    dx[:, d] = g
                return dx, torch.stack(dgamma), torch.stack(dbeta)
            """,
            "BatchNorm.backward_alt": """
                mode, parts = cache
                columns = []
                for d, (centred, std, gamma) in enumerate(parts):
                    g, x_hat = dout[:, d], centred / std
                    dgamma, dbeta = g @ x_hat, g.sum()
                    if mode == "train":
                        g = g - g.mean() - x_hat * (g * x_hat).mean()
                    columns.append((g * gamma / std, dgamma, dbeta))
                dx, dgamma, dbeta = zip(*columns)
                return torch.stack(dx, dim=1), torch.stack(dgamma), torch.stack(dbeta)
            """,
            "SpatialBatchNorm.forward": """
                mode, eps, momentum = batchnorm_settings(x, bn_param)
                channels, caches = [], []
                rm, rv = bn_param["running_mean"], bn_param["running_var"]
                new = {"running_mean": [], "running_var": []}
                for c in range(x.shape[1]):
                    one = {"mode": mode, "eps": eps, "momentum": momentum}
                    one["running_mean"], one["running_var"] = rm[c : c + 1].clone(), rv[c : c + 1].clone()
                    column = x[:, c].reshape(-1, 1)
                    out, cache = BatchNorm.forward(column, gamma[c : c + 1], beta[c : c + 1], one)
                    channels.append(out.reshape(x[:, c].shape))
                    caches.append(cache)
                    for name in new:
                        new[name].append(one[name])
                for name in new:
                    bn_param[name] = torch.cat(new[name])
                return torch.stack(channels, dim=1), caches
            """,
            "SpatialBatchNorm.backward": """
                dx, dgamma, dbeta = [], [], []
                for c, cache in enumerate(cache):
                    a, b, d = BatchNorm.backward_alt(dout[:, c].reshape(-1, 1), cache)
                    dx.append(a.reshape(dout[:, c].shape))
                    dgamma.append(b)
                    dbeta.append(d)
                return torch.stack(dx, dim=1), torch.cat(dgamma), torch.cat(dbeta)
            """,
        },
    ),
    Variant(
        "in_float64",
        "one pass in float64, E[x^2] - E[x]^2 of the differences from the first example, an object for a cache",
        {
            "BatchNorm.forward": """
                mode, eps, momentum = batchnorm_settings(x, bn_param)

                class Cache:
                    pass

                cache = Cache()
                wide = x.double()
                if mode == "train":
                    moved = wide - wide[0]
                    mean = moved.mean(0)
                    var = ((moved * moved).mean(0) - mean * mean).clamp(min=0)
                    mean = mean + wide[0]
                    for name, new in (("running_mean", mean), ("running_var", var)):
                        old = bn_param[name]
                        bn_param[name] = (momentum * old.double() + (1 - momentum) * new).to(old.dtype)
                else:
                    mean, var = bn_param["running_mean"].double(), bn_param["running_var"].double()
                cache.mode, cache.std, cache.gamma = mode, (var + eps).sqrt(), gamma.double()
                cache.x_hat = (wide - mean) / cache.std
                return (cache.gamma * cache.x_hat + beta.double()).to(x.dtype), cache
            """,
            "BatchNorm.backward": """
                g, x_hat = dout.double() * cache.gamma, cache.x_hat
                sums = (dout.double() * x_hat).sum(0), dout.double().sum(0)
                if cache.mode == "train":
                    n = g.shape[0]
                    projector = torch.eye(n, dtype=g.dtype, device=g.device) - 1 / n
                    g = projector @ g - x_hat * torch.einsum("nd,nd->d", g, x_hat) / n
                return tuple(t.to(dout.dtype) for t in (g / cache.std, *sums))
            """,
            "BatchNorm.backward_alt": """
                g, x_hat = dout.double(), cache.x_hat
                dgamma, dbeta = torch.einsum("nd,nd->d", g, x_hat), torch.einsum("nd->d", g)
                if cache.mode == "train":
                    g = g - (dbeta + x_hat * dgamma) / len(g)
                return [t.to(dout.dtype) for t in (cache.gamma * g / cache.std, dgamma, dbeta)]
            """,
            "SpatialBatchNorm.forward": """
                flat = x.transpose(0, 1).flatten(1).T
                out, cache = BatchNorm.forward(flat, gamma, beta, bn_param)
                N, C, H, W = x.shape
                return out.T.reshape(C, N, H, W).transpose(0, 1), (cache, (N, C, H, W))
            """,
            "SpatialBatchNorm.backward": """
                inner, (N, C, H, W) = cache
                dx, dgamma, dbeta = BatchNorm.backward_alt(dout.transpose(0, 1).reshape(C, -1).T, inner)
                return dx.T.reshape(C, N, H, W).transpose(0, 1), dgamma, dbeta
            """,
        },
    ),
    Variant(
        "staged",
        "the graph of the forward pass node by node, every node in the cache; channels last by movedim",
        {
            "BatchNorm.forward": """
                mode, eps, momentum = batchnorm_settings(x, bn_param)
                if mode == "test":
                    rm, rv = bn_param["running_mean"].clone(), bn_param["running_var"].clone()
                    x_hat = (x - rm) / torch.sqrt(rv + eps)
                    return x_hat * gamma + beta, (False, x_hat, gamma, torch.sqrt(rv + eps))
                N, D = x.shape
                mu = 1.0 / N * torch.sum(x, dim=0)
                xmu = x - mu
                sq = xmu**2
                var = 1.0 / N * torch.sum(sq, dim=0)
                sqrtvar = torch.sqrt(var + eps)
                ivar = 1.0 / sqrtvar
                xhat = xmu * ivar
                bn_param["running_mean"] = momentum * bn_param["running_mean"] + (1.0 - momentum) * mu
                bn_param["running_var"] = momentum * bn_param["running_var"] + (1.0 - momentum) * var
                return gamma * xhat + beta, (True, xhat, gamma, xmu, ivar, sqrtvar, var, eps)
            """,
            "BatchNorm.backward": """
                if not cache[0]:
                    _, x_hat, gamma, std = cache
                    return dout * (gamma / std), (dout * x_hat).sum(0), dout.sum(0)
                _, xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
                N, D = dout.shape
                dbeta = torch.sum(dout, dim=0)
                dgamma = torch.sum(dout * xhat, dim=0)
                dxhat = dout * gamma
                divar = torch.sum(dxhat * xmu, dim=0)
                dxmu1 = dxhat * ivar
                dsqrtvar = -1.0 / (sqrtvar**2) * divar
                dvar = 0.5 * 1.0 / torch.sqrt(var + eps) * dsqrtvar
                dsq = 1.0 / N * dvar * torch.ones_like(dout)
                dxmu2 = 2 * xmu * dsq
                dx1 = dxmu1 + dxmu2
                dmu = -1 * torch.sum(dxmu1 + dxmu2, dim=0)
                dx2 = 1.0 / N * dmu * torch.ones_like(dout)
                return dx1 + dx2, dgamma, dbeta
            """,
            "BatchNorm.backward_alt": """
                train, x_hat, gamma = cache[:3]
                dgamma, dbeta = torch.sum(dout * x_hat, 0), torch.sum(dout, 0)
                if not train:
                    return dout * gamma / cache[3], dgamma, dbeta
                N = dout.size(0)
                return gamma * cache[4] / N * (N * dout - x_hat * dgamma - dbeta), dgamma, dbeta
            """,
            "SpatialBatchNorm.forward": """
                last = x.movedim(1, -1)
                out, cache = BatchNorm.forward(last.flatten(0, 2), gamma, beta, bn_param)
                return out.reshape(last.shape).movedim(-1, 1).contiguous(), cache
            """,
            "SpatialBatchNorm.backward": """
                last = dout.movedim(1, -1)
                train, x_hat, gamma = cache[:3]
                flat = last.flatten(0, 2)
                dgamma, dbeta = (flat * x_hat).sum(0), flat.sum(0)
                if train:
                    dx = gamma * cache[4] * (flat - flat.mean(0) - x_hat * (flat * x_hat).mean(0))
                else:
                    dx = flat * gamma / cache[3]
                return dx.view(last.shape).movedim(-1, 1), dgamma, dbeta
            """,
        },
    ),
    Variant(
        "welford",
        "mean and variance example by example, backward by backward_alt, no helper for the defaults",
        {
            "BatchNorm.forward": """
                mode = bn_param["mode"]
                eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
                rm = bn_param.get("running_mean", torch.zeros_like(gamma))
                rv = bn_param.get("running_var", torch.ones_like(gamma))
                mean, var = rm, rv
                if mode == "train":
                    mean, total = torch.zeros_like(x[0]), torch.zeros_like(x[0])
                    for n in range(x.shape[0]):
                        delta = x[n] - mean
                        mean = mean + delta / (n + 1)
                        total = total + delta * (x[n] - mean)
                    var = total / x.shape[0]
                    rm = rm + (1 - momentum) * (mean - rm)
                    rv = rv + (1 - momentum) * (var - rv)
                bn_param["running_mean"], bn_param["running_var"] = rm.detach(), rv.detach()
                std = torch.sqrt(var + eps)
                x_hat = (x - mean.unsqueeze(0)).div(std.unsqueeze(0))
                return torch.addcmul(beta, gamma, x_hat), (x_hat, gamma / std, mode == "test")
            """,
            "BatchNorm.backward": "return BatchNorm.backward_alt(dout, cache)",
            "BatchNorm.backward_alt": """
                x_hat, factor, fixed = cache
                dgamma, dbeta = (dout * x_hat).sum(0), dout.sum(0)
                if fixed:
                    return dout * factor, dgamma, dbeta
                centred = dout - dout.mean(0)
                return factor * (centred - x_hat * (centred * x_hat).mean(0)), dgamma, dbeta
            """,
        },
    ),
    Variant(
        "python_numbers",
        "statistics feature by feature as Python numbers; those of images from torch.cov, in the student's own dict",
        {
            "BatchNorm.forward": """
                mode, eps, momentum = batchnorm_settings(x, bn_param)
                old_mean, old_var = bn_param["running_mean"].tolist(), bn_param["running_var"].tolist()
                means, variances = list(old_mean), list(old_var)
                if mode == "train":
                    columns = x.t().tolist()
                    means = [sum(column) / len(column) for column in columns]
                    variances = [
                        sum((v - m) ** 2 for v in column) / len(column)
                        for column, m in zip(columns, means, strict=True)
                    ]
                    pairs = (("running_mean", old_mean, means), ("running_var", old_var, variances))
                    for name, old, new in pairs:
                        kept = [momentum * o + (1 - momentum) * n for o, n in zip(old, new, strict=True)]
                        bn_param[name] = x.new_tensor(kept)
                std = x.new_tensor([(v + eps) ** 0.5 for v in variances])
                x_hat = (x - x.new_tensor(means)) / std
                return gamma * x_hat + beta, (mode, x_hat, gamma, std)
            """,
            "SpatialBatchNorm.forward": """
                mode, eps, momentum = batchnorm_settings(x, bn_param)
                N, C, H, W = x.shape
                mean, var = bn_param["running_mean"], bn_param["running_var"]
                if mode == "train":
                    rows = x.transpose(0, 1).reshape(C, -1)
                    mean, var = rows.mean(1), torch.cov(rows, correction=0).reshape(C, C).diagonal()
                    bn_param["running_mean"] = bn_param["running_mean"] * momentum + (1 - momentum) * mean
                    bn_param["running_var"] = bn_param["running_var"] * momentum + (1 - momentum) * var
                std = torch.sqrt(var + eps)
                x_hat = (x - mean[:, None, None]) / std[:, None, None]
                rows = x_hat.permute(0, 2, 3, 1).flatten(0, 2)
                return gamma[:, None, None] * x_hat + beta[:, None, None], (mode, rows, gamma, std)
            """,
        },
    ),
)
