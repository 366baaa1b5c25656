"""Known mistakes in `SpatialBatchNorm`, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

FORWARD = "normalization.SpatialBatchNorm.forward"
BACKWARD = "normalization.SpatialBatchNorm.backward"
ROWS = "x.permute(0, 2, 3, 1).reshape(-1, C)"
CALL = "out, cache = BatchNorm.forward(rows, gamma, beta, bn_param)"
BACK = "out.reshape(N, H, W, C).permute(0, 3, 1, 2)"
UP = "dout.permute(0, 2, 3, 1).reshape(-1, C)"
DX = "dx.reshape(N, H, W, C).permute(0, 3, 1, 2)"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        FORWARD,
        "reshape_without_permute",
        "It looks as if x is reshaped to (N * H * W, C) without moving the channels last, which mixes channels and "
        "pixels; permute first.",
        ((ROWS, "x.reshape(-1, C)"), (BACK, "out.reshape(N, C, H, W)")),
    ),
    Mutant(
        FORWARD,
        "squares_around_one_mean",
        "It looks as if E[x^2] - E[x]^2 is computed after one number is subtracted from all channels; where they lie "
        "far from one another it is rounding alone. Take the mean of (x - mean)^2, each channel with its own mean.",
        body="""
            mode, eps, momentum = batchnorm_settings(x, bn_param)
            C, shape = x.shape[1], (1, -1, 1, 1)
            mean, var = bn_param["running_mean"], bn_param["running_var"]
            if mode == "train":
                z, mean = x - x.mean(), x.mean(dim=(0, 2, 3))
                var = ((z * z).mean(dim=(0, 2, 3)) - z.mean(dim=(0, 2, 3)) ** 2).clamp(min=0)
                bn_param["running_mean"] = momentum * bn_param["running_mean"] + (1 - momentum) * mean
                bn_param["running_var"] = momentum * bn_param["running_var"] + (1 - momentum) * var
            std = (var + eps).sqrt()
            x_hat = (x - mean.view(shape)) / std.view(shape)
            rows = x_hat.permute(0, 2, 3, 1).reshape(-1, C)
            return gamma.view(shape) * x_hat + beta.view(shape), (mode, rows, gamma, std)
        """,
    ),
    Mutant(
        FORWARD,
        "squeezed_statistics",
        "It looks as if squeeze takes an axis of length 1 from the running statistics; with one channel they are (1,).",
        ((CALL, CALL + '\nbn_param |= {k: bn_param[k].squeeze() for k in ("running_mean", "running_var")}'),),
    ),
    Mutant(
        FORWARD,
        "momentum_rounded",
        "It looks as if momentum is rounded; hand it on from bn_param as it is.",
        (
            (
                CALL,
                'rounded = bn_param | {"momentum": round(bn_param.get("momentum", 0.9), 1)}\n'
                "out, cache = BatchNorm.forward(rows, gamma, beta, rounded)\n"
                'bn_param |= {name: rounded[name] for name in ("running_mean", "running_var")}',
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "not_permuted_back",
        "It looks as if the result is reshaped to (N, C, H, W) without moving the channels back to their place.",
        ((BACK, "out.reshape(N, C, H, W)"),),
    ),
    Mutant(
        FORWARD,
        "channels_last",
        "It looks as if the result is left as (N, H, W, C); move the channels back.",
        ((BACK, "out.reshape(N, H, W, C)"),),
    ),
    Mutant(
        FORWARD,
        "rows_and_columns_swapped",
        "It looks as if rows and columns of the image are exchanged on the way back.",
        ((BACK, "out.reshape(N, H, W, C).permute(0, 3, 1, 2).transpose(2, 3).reshape(N, C, H, W)"),),
    ),
    Mutant(
        FORWARD,
        "each_pixel_a_feature",
        "It looks as if each pixel has statistics of its own, over the images alone; a channel has one mean and one "
        "variance over all images and places.",
        body="""
            mode, eps, momentum = batchnorm_settings(x, bn_param)
            shape, mean, var = (1, -1, 1, 1), x.mean(dim=0), x.var(dim=0, correction=0)
            if mode == "test":
                mean, var = bn_param["running_mean"].view(shape), bn_param["running_var"].view(shape)
            else:
                new = {"running_mean": mean.mean(dim=(1, 2)), "running_var": var.mean(dim=(1, 2))}
                for name, value in new.items():
                    bn_param[name] = momentum * bn_param[name] + (1 - momentum) * value
            return gamma.view(shape) * (x - mean) / (var + eps).sqrt() + beta.view(shape), None
        """,
    ),
    Mutant(
        FORWARD,
        "each_image_by_itself",
        "It looks as if each image has statistics of its own, as in instance norm; the mean is over the images, too.",
        body="""
            mode, eps, momentum = batchnorm_settings(x, bn_param)
            shape, mean, var = (1, -1, 1, 1), x.mean(dim=(2, 3)), x.var(dim=(2, 3), correction=0)
            if mode == "train":
                for name, value in (("running_mean", mean.mean(dim=0)), ("running_var", var.mean(dim=0))):
                    bn_param[name] = momentum * bn_param[name] + (1 - momentum) * value
            else:
                mean, var = bn_param["running_mean"][None], bn_param["running_var"][None]
            x_hat = (x - mean[..., None, None]) / (var[..., None, None] + eps).sqrt()
            return gamma.view(shape) * x_hat + beta.view(shape), None
        """,
    ),
    Mutant(
        FORWARD,
        "settings_copied",
        "It looks as if batch norm gets a copy of bn_param, so that the running statistics are lost after the call.",
        ((CALL, CALL.replace("bn_param", "dict(bn_param)")),),
    ),
    Mutant(
        FORWARD,
        "always_training",
        "It looks as if the mode is always train; hand bn_param on as it is.",
        ((CALL, CALL.replace("bn_param)", 'bn_param | {"mode": "train"})') + '\nif bn_param["mode"] == "train":\n'
          "    BatchNorm.forward(rows, gamma, beta, bn_param)"),),
    ),
    Mutant(
        FORWARD,
        "default_settings_only",
        "It looks as if eps and momentum of bn_param are not handed on to batch norm.",
        (
            (
                CALL,
                'own = {k: v for k, v in bn_param.items() if k not in ("eps", "momentum")}\n'
                + CALL.replace("bn_param", "own")
                + '\nbn_param.update({k: own[k] for k in ("running_mean", "running_var")})',
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "unbiased_variance",
        "It looks as if the variance is divided by one less than the number of pixels; it is divided by N * H * W.",
        body="""
            mode, eps, momentum = batchnorm_settings(x, bn_param)
            shape, mean, var = (1, -1, 1, 1), bn_param["running_mean"], bn_param["running_var"]
            if mode == "train":
                mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3))
                bn_param["running_mean"] = momentum * bn_param["running_mean"] + (1 - momentum) * mean
                bn_param["running_var"] = momentum * bn_param["running_var"] + (1 - momentum) * var
            x_hat = (x - mean.view(shape)) / (var.view(shape) + eps).sqrt()
            return gamma.view(shape) * x_hat + beta.view(shape), None
        """,
    ),
    Mutant(
        FORWARD,
        "view_of_x",
        "It looks as if .view is called on a tensor that is not contiguous in memory; use reshape.",
        ((ROWS, "x.view(N, C, -1).permute(0, 2, 1).reshape(-1, C)"),),
    ),
    Mutant(
        FORWARD,
        "float32_result",
        "It looks as if the result is always float32; it has the dtype of x.",
        ((BACK, BACK + ".float()"),),
    ),
    Mutant(
        FORWARD,
        "changed_in_place",
        "It looks as if x is changed in place; make new tensors.",
        (
            (
                f"return {BACK}, cache",
                "x.copy_(out.reshape(N, H, W, C).permute(0, 3, 1, 2))\nreturn x.clone(), cache",
            ),
        ),
    ),
    Mutant(
        BACKWARD,
        "reshape_without_permute",
        "It looks as if dout is reshaped to (N * H * W, C) without moving the channels last; permute first, as in "
        "forward.",
        ((UP, "dout.reshape(-1, C)"), (DX, "dx.reshape(N, C, H, W)")),
    ),
    Mutant(
        BACKWARD,
        "not_permuted_back",
        "It looks as if dx is reshaped to (N, C, H, W) without moving the channels back to their place.",
        ((DX, "dx.reshape(N, C, H, W)"),),
    ),
    Mutant(
        BACKWARD,
        "channels_last",
        "It looks as if dx is left as (N, H, W, C); move the channels back.",
        ((DX, "dx.reshape(N, H, W, C)"),),
    ),
    Mutant(
        BACKWARD,
        "rows_and_columns_swapped",
        "It looks as if rows and columns of dout are exchanged.",
        ((UP, "dout.permute(0, 3, 2, 1).reshape(-1, C)"),),
    ),
    Mutant(
        BACKWARD,
        "constant_statistics",
        "It looks as if mean and variance are taken for constants; the gradient goes through them, too.",
        body="""
            shape, (mode, x_hat, gamma, std) = (1, -1, 1, 1), cache
            N, C, H, W = dout.shape
            x_hat = x_hat.reshape(N, H, W, C).permute(0, 3, 1, 2)
            dgamma, dbeta = (dout * x_hat).sum(dim=(0, 2, 3)), dout.sum(dim=(0, 2, 3))
            return dout * gamma.view(shape) / std.view(shape), dgamma, dbeta
        """,
    ),
    Mutant(
        BACKWARD,
        "divided_by_the_images",
        "It looks as if sums over all pixels are divided by N, the number of images; there are N * H * W examples.",
        body="""
            mode, x_hat, gamma, std = cache
            N, C, H, W = dout.shape
            rows = dout.permute(0, 2, 3, 1).reshape(-1, C)
            dgamma, dbeta = (rows * x_hat).sum(dim=0), rows.sum(dim=0)
            dx = gamma / std * (rows - dbeta / N - x_hat * dgamma / N)
            if mode == "test":
                dx = rows * gamma / std
            return dx.reshape(N, H, W, C).permute(0, 3, 1, 2), dgamma, dbeta
        """,
    ),
    Mutant(
        BACKWARD,
        "means_of_the_images",
        "It looks as if dgamma and dbeta are means over images or places; they are sums over all of them.",
        ((f"return {DX}, dgamma, dbeta", f"return {DX}, dgamma / N, dbeta / N"),),
    ),
    Mutant(
        BACKWARD,
        "dgamma_and_dbeta_exchanged",
        "It looks as if dgamma and dbeta are exchanged: the order is dx, dgamma, dbeta.",
        (("dx, dgamma, dbeta = BatchNorm", "dx, dbeta, dgamma = BatchNorm"),),
    ),
    Mutant(
        BACKWARD,
        "view_of_dout",
        "It looks as if .view is called on a tensor that is not contiguous in memory; use reshape.",
        ((UP, "dout.view(N, C, -1).permute(0, 2, 1).reshape(-1, C)"),),
    ),
)
