"""Normalization: layers that keep the numbers inside a network at a steady size.

What you build here:

1. `BatchNorm` for features and `SpatialBatchNorm` for images: two modes, running statistics, and a gradient that goes
   through mean and variance, derived twice;
2. `LayerNorm`, `InstanceNorm` and `GroupNorm`: the same arithmetic over other axes, without running statistics;
3. `LocalResponseNorm`, which came before all of them;
4. `fold_batchnorm`, which makes a trained batch norm disappear into the layer before it.

A layer is a class with static methods. `forward` returns the output and a cache; `backward` gets the gradient of the
loss with respect to that output, `dout`, and the cache, and returns the gradients with respect to the inputs. What the
cache holds is up to you. It belongs to that one call: several calls of `forward`, in either mode, may come before their
calls of `backward`. A layer may be written on top of another one of this file; call it by the name of its class,
`BatchNorm.forward(...)`.

All variances here are biased: the mean of the squared differences from the mean, a division by the number of entries
and not by one less. Compute them from these differences. The short cut E[x^2] - E[x]^2 subtracts two large numbers and
in float32 is nothing but rounding where the mean is large; entries around 10,000 must be normalized, too.

Write your code where a function says TODO. Everything else in this file is given and works as it is. Use torch
and Python alone: numpy, scipy, scikit-learn, `torch.nn`, autograd and torch's own normalization layers are not allowed
in this file, nor the convolutions and pools of `torch.nn` under their names in torch, such as `torch.conv1d` and
`torch.avg_pool1d`. Functions of your own may be added.

Shapes: N examples of D features are a tensor (N, D); N images of C channels, H rows and W columns are (N, C, H, W).
gamma and beta, one number each for a feature or channel, are learned: they scale and shift what has been normalized.
"""

from __future__ import annotations

from typing import Any

import torch

__all__ = [
    "BatchNorm",
    "GroupNorm",
    "InstanceNorm",
    "LayerNorm",
    "LocalResponseNorm",
    "SpatialBatchNorm",
    "batchnorm_settings",
    "fold_batchnorm",
]

Tensor = torch.Tensor
EPS = 1e-5


def batchnorm_settings(x: Tensor, bn_param: dict[str, Any]) -> tuple[str, float, float]:
    """Given: (mode, eps, momentum) of a batch norm; running statistics that are missing start as zeros and ones.

    Args:
        x: (N, D) or (N, C, H, W).
        bn_param: `mode`, and perhaps `eps`, `momentum`, `running_mean`, `running_var`. After the call, the last two
            are there.

    Raises:
        ValueError: the mode is neither "train" nor "test".
    """
    if bn_param["mode"] not in ("train", "test"):
        raise ValueError(f"mode is {bn_param['mode']!r}, expected 'train' or 'test'")
    bn_param.setdefault("running_mean", x.new_zeros(x.shape[1]))
    bn_param.setdefault("running_var", x.new_ones(x.shape[1]))
    return bn_param["mode"], bn_param.get("eps", EPS), bn_param.get("momentum", 0.9)


class BatchNorm:
    """Normalize each feature over the examples of the batch."""

    @staticmethod
    def forward(x: Tensor, gamma: Tensor, beta: Tensor, bn_param: dict[str, Any]) -> tuple[Tensor, Any]:
        """Normalize each feature, then scale it by gamma and shift it by beta.

            x_hat = (x - mean) / sqrt(var + eps),    out = gamma * x_hat + beta

        eps stands under the root. In mode "train", mean and var (biased) are those of the batch, for each feature over
        the N examples, and the running statistics in bn_param move towards them:

            running_mean = momentum * running_mean + (1 - momentum) * mean
            running_var = momentum * running_var + (1 - momentum) * var

        In mode "test", mean and var are the running ones, which stay as they are. With one example, var is 0 and
        "train" gives out = beta.

        Args:
            x: (N, D), float32 or float64; not necessarily contiguous.
            gamma: (D,), the scale, the dtype of x.
            beta: (D,), the shift, the dtype of x.
            bn_param: `mode`, "train" or "test"; `eps` (1e-5), `momentum` (0.9), `running_mean` (D,) (zeros) and
                `running_var` (D,) (ones): those in brackets hold where the key is missing; `batchnorm_settings` sees
                to it. The new running statistics stand in this dict afterwards, with the dtype and device of x;
                whether you change the old tensors or put new ones there is up to you. mode, eps and momentum stay.

        Returns:
            out: (N, D), with the dtype and device of x.
            cache: whatever your `backward` and `backward_alt` need; nothing else looks at it.
            x, gamma and beta are left unchanged.

        Source: Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal
        covariate shift", 2015, algorithm 1; EECS 498/598, assignment 3.
        """
        ### BEGIN SOLUTION
        mode, eps, momentum = batchnorm_settings(x, bn_param)
        if mode == "train":
            mean = x.mean(dim=0)  # (D,)
            var = (x - mean).square().mean(dim=0)  # (D,)
            bn_param["running_mean"] = momentum * bn_param["running_mean"] + (1 - momentum) * mean
            bn_param["running_var"] = momentum * bn_param["running_var"] + (1 - momentum) * var
        else:
            mean, var = bn_param["running_mean"], bn_param["running_var"]
        std = (var + eps).sqrt()
        x_hat = (x - mean) / std  # (N, D)
        out = gamma * x_hat + beta
        return out, (mode, x_hat, gamma, std)
        ### END SOLUTION

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> tuple[Tensor, Tensor, Tensor]:
        """The gradients, step by step through the graph of `forward`.

            x -> mean,    x, mean -> centred = x - mean -> var -> std = sqrt(var + eps),
            centred, std -> x_hat -> out

        Go through it from the right to the left. In mode "train" an entry of x has an effect on the output in three
        ways: by itself, by the mean, and by the variance; what comes back along all of them adds up. In mode "test"
        mean and var are constants, and only the first way is left.

        Args:
            dout: upstream gradient of shape (N, D); not necessarily contiguous.
            cache: from `forward`, in whichever mode it was.

        Returns:
            dx (N, D), dgamma (D,), dbeta (D,), with the dtype and device of x: the gradients of sum(dout * out). dgamma
            and dbeta are sums over the batch, not means. dout and the cache are left unchanged: a second call with
            them gives the same.

        Source: Ioffe and Szegedy, 2015, section 3.
        """
        ### BEGIN SOLUTION
        mode, x_hat, gamma, std = cache
        dgamma, dbeta = (dout * x_hat).sum(dim=0), dout.sum(dim=0)
        dx_hat = dout * gamma  # (N, D)
        if mode == "test":
            return dx_hat / std, dgamma, dbeta
        N, centred = len(dout), x_hat * std  # centred = x - mean
        dstd = -(dx_hat * centred).sum(dim=0) / std**2  # (D,)
        dvar = dstd / (2 * std)
        dcentred = dx_hat / std + 2 * centred * dvar / N
        dmean = -dcentred.sum(dim=0)
        return dcentred + dmean / N, dgamma, dbeta
        ### END SOLUTION

    @staticmethod
    def backward_alt(dout: Tensor, cache: Any) -> tuple[Tensor, Tensor, Tensor]:
        """The same gradients by the simplified formula.

        Put the steps of `backward` together on paper. What is left in mode "train" is

            dx = gamma / sqrt(var + eps) * (dout - a - x_hat * b)

        with two rows a and b of shape (D,) that you find: what is taken away are the parts of dout that the mean and
        the variance would swallow. In mode "test" both are 0. This function does not call `BatchNorm.backward`.

        Args:
            dout: upstream gradient of shape (N, D); not necessarily contiguous.
            cache: from `forward`, the same as for `backward`.

        Returns:
            dx (N, D), dgamma (D,), dbeta (D,), as `backward` returns them. dout and the cache are left unchanged.

        Source: EECS 498/598, assignment 3.
        """
        ### BEGIN SOLUTION
        mode, x_hat, gamma, std = cache
        dgamma, dbeta = (dout * x_hat).sum(dim=0), dout.sum(dim=0)
        if mode == "test":
            return gamma / std * dout, dgamma, dbeta
        N = len(dout)
        return gamma / std * (dout - dbeta / N - x_hat * dgamma / N), dgamma, dbeta
        ### END SOLUTION


class SpatialBatchNorm:
    """Normalize each channel over all examples and all places."""

    @staticmethod
    def forward(x: Tensor, gamma: Tensor, beta: Tensor, bn_param: dict[str, Any]) -> tuple[Tensor, Any]:
        """Batch normalization of images: a channel is a feature, each pixel of each image an example of it.

            out[n, c, i, j] = gamma[c] * (x[n, c, i, j] - mean[c]) / sqrt(var[c] + eps) + beta[c]

        In mode "train", mean[c] and var[c] (biased) are over all n, i and j; running statistics, modes and bn_param are
        those of `BatchNorm.forward`, which may be called here: with (N * H * W, C) as its input.

        Args:
            x: (N, C, H, W), float32 or float64; not necessarily contiguous.
            gamma, beta: (C,), the dtype of x.
            bn_param: as in `BatchNorm.forward`, with running statistics of shape (C,) and the same defaults.

        Returns:
            out: (N, C, H, W), with the dtype and device of x.
            cache: whatever your `backward` needs; nothing else looks at it.
            x, gamma and beta are left unchanged.

        Source: Ioffe and Szegedy, 2015, section 3.2.
        """
        ### BEGIN SOLUTION
        N, C, H, W = x.shape
        rows = x.permute(0, 2, 3, 1).reshape(-1, C)  # (N * H * W, C)
        out, cache = BatchNorm.forward(rows, gamma, beta, bn_param)
        return out.reshape(N, H, W, C).permute(0, 3, 1, 2), cache
        ### END SOLUTION

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> tuple[Tensor, Tensor, Tensor]:
        """The gradients of `SpatialBatchNorm.forward`, in the mode of the forward pass.

        Those of `BatchNorm.backward` or `BatchNorm.backward_alt`, which may be called here, for N * H * W examples:

            dgamma[c] = sum over n, i, j of dout[n, c, i, j] * x_hat[n, c, i, j]

        Args:
            dout: upstream gradient of shape (N, C, H, W); not necessarily contiguous.
            cache: from `forward`.

        Returns:
            dx (N, C, H, W), dgamma (C,), dbeta (C,), with the dtype and device of x. dout and the cache are left
            unchanged: a second call with them gives the same.

        Source: Ioffe and Szegedy, 2015, section 3.2.
        """
        ### BEGIN SOLUTION
        N, C, H, W = dout.shape
        rows = dout.permute(0, 2, 3, 1).reshape(-1, C)  # (N * H * W, C)
        dx, dgamma, dbeta = BatchNorm.backward(rows, cache)
        return dx.reshape(N, H, W, C).permute(0, 3, 1, 2), dgamma, dbeta
        ### END SOLUTION


class LayerNorm:
    """Normalize each example over its features."""

    @staticmethod
    def forward(x: Tensor, gamma: Tensor, beta: Tensor, ln_param: dict[str, Any]) -> tuple[Tensor, Any]:
        """Normalize each example by the mean and variance of its own D features.

            out[n, d] = gamma[d] * (x[n, d] - mean[n]) / sqrt(var[n] + eps) + beta[d]

        There is no batch in it: no modes and no running statistics. gamma and beta still belong to the features.

        Args:
            x: (N, D), float32 or float64; not necessarily contiguous.
            gamma, beta: (D,), the dtype of x.
            ln_param: `eps`, 1e-5 where the key is missing. Other keys, such as the `mode` that a network hands to
                all its layers, mean nothing here.

        Returns:
            out: (N, D), with the dtype and device of x.
            cache: whatever your `backward` needs; nothing else looks at it.
            The inputs, ln_param included, are left unchanged.

        Source: Ba, Kiros and Hinton, "Layer normalization", 2016.
        """
        ### BEGIN SOLUTION
        eps = ln_param.get("eps", EPS)
        mean = x.mean(dim=1, keepdim=True)  # (N, 1)
        var = (x - mean).square().mean(dim=1, keepdim=True)
        std = (var + eps).sqrt()
        x_hat = (x - mean) / std  # (N, D)
        out = gamma * x_hat + beta
        return out, (x_hat, gamma, std)
        ### END SOLUTION

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> tuple[Tensor, Tensor, Tensor]:
        """The gradients of `LayerNorm.forward`.

        Mean and variance depend on x as in batch norm, but along the other axis. gamma differs from feature to feature
        and stands inside the means over the features:

            dx_hat[n, d] = dout[n, d] * gamma[d],    dgamma[d] = sum over n of dout[n, d] * x_hat[n, d]

        Args:
            dout: upstream gradient of shape (N, D); not necessarily contiguous.
            cache: from `forward`.

        Returns:
            dx (N, D), dgamma (D,), dbeta (D,), with the dtype and device of x. dout and the cache are left unchanged: a
            second call with them gives the same.

        Source: Ba, Kiros and Hinton, 2016.
        """
        ### BEGIN SOLUTION
        x_hat, gamma, std = cache
        dgamma, dbeta = (dout * x_hat).sum(dim=0), dout.sum(dim=0)
        dx_hat = dout * gamma  # (N, D)
        through_mean = dx_hat.mean(dim=1, keepdim=True)
        through_var = x_hat * (dx_hat * x_hat).mean(dim=1, keepdim=True)
        return (dx_hat - through_mean - through_var) / std, dgamma, dbeta
        ### END SOLUTION


class InstanceNorm:
    """Normalize each channel of each image over its places."""

    @staticmethod
    def forward(x: Tensor, gamma: Tensor, beta: Tensor, in_param: dict[str, Any]) -> tuple[Tensor, Any]:
        """Normalize each channel of each image by the mean and variance of its own H * W pixels.

            out[n, c, i, j] = gamma[c] * (x[n, c, i, j] - mean[n, c]) / sqrt(var[n, c] + eps) + beta[c]

        There are no modes and no running statistics. With a single pixel, var is 0 and out = beta.

        Args:
            x: (N, C, H, W), float32 or float64; not necessarily contiguous.
            gamma, beta: (C,), the dtype of x.
            in_param: `eps`, 1e-5 where the key is missing. Other keys, such as a `mode`, mean nothing here.

        Returns:
            out: (N, C, H, W), with the dtype and device of x.
            cache: whatever your `backward` needs; nothing else looks at it.
            The inputs, in_param included, are left unchanged.

        Source: Ulyanov, Vedaldi and Lempitsky, "Instance normalization: the missing ingredient for fast stylization",
        2016.
        """
        ### BEGIN SOLUTION
        eps = in_param.get("eps", EPS)
        mean = x.mean(dim=(2, 3), keepdim=True)  # (N, C, 1, 1)
        var = (x - mean).square().mean(dim=(2, 3), keepdim=True)
        std = (var + eps).sqrt()
        x_hat = (x - mean) / std  # (N, C, H, W)
        out = gamma[:, None, None] * x_hat + beta[:, None, None]
        return out, (x_hat, gamma, std)
        ### END SOLUTION

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> tuple[Tensor, Tensor, Tensor]:
        """The gradients of `InstanceNorm.forward`.

            dgamma[c] = sum over n, i, j of dout[n, c, i, j] * x_hat[n, c, i, j]

        while dx stays within one channel of one image: only its own pixels had a part in its mean and variance.

        Args:
            dout: upstream gradient of shape (N, C, H, W); not necessarily contiguous.
            cache: from `forward`.

        Returns:
            dx (N, C, H, W), dgamma (C,), dbeta (C,), with the dtype and device of x. dout and the cache are left
            unchanged: a second call with them gives the same.

        Source: Ulyanov, Vedaldi and Lempitsky, 2016.
        """
        ### BEGIN SOLUTION
        x_hat, gamma, std = cache
        dgamma, dbeta = (dout * x_hat).sum(dim=(0, 2, 3)), dout.sum(dim=(0, 2, 3))
        dx_hat = dout * gamma[:, None, None]  # (N, C, H, W)
        through_mean = dx_hat.mean(dim=(2, 3), keepdim=True)
        through_var = x_hat * (dx_hat * x_hat).mean(dim=(2, 3), keepdim=True)
        return (dx_hat - through_mean - through_var) / std, dgamma, dbeta
        ### END SOLUTION


class GroupNorm:
    """Normalize groups of channels of each image."""

    @staticmethod
    def forward(x: Tensor, gamma: Tensor, beta: Tensor, gn_param: dict[str, Any]) -> tuple[Tensor, Any]:
        """Normalize each group of channels of each image by the mean and variance of all pixels of the group.

            out[n, c, i, j] = gamma[c] * (x[n, c, i, j] - mean[n, g]) / sqrt(var[n, g] + eps) + beta[c]

        with g, the group of channel c. Groups are of equal size and consist of consecutive channels: with C = 6 and
        num_groups = 2 they are channels 0, 1, 2 and channels 3, 4, 5. One group is a layer norm of the whole image, C
        groups are an instance norm. gamma and beta belong to the channels, not to the groups.

        Args:
            x: (N, C, H, W), float32 or float64; not necessarily contiguous.
            gamma, beta: (C,), the dtype of x.
            gn_param: `num_groups`, at least 1, which is always given; `eps`, 1e-5 where the key is missing. Other keys,
                such as a `mode`, mean nothing here.

        Returns:
            out: (N, C, H, W), with the dtype and device of x.
            cache: whatever your `backward` needs; nothing else looks at it.
            The inputs, gn_param included, are left unchanged.

        Raises:
            ValueError: C is not a multiple of num_groups.

        Source: Wu and He, "Group normalization", 2018.
        """
        ### BEGIN SOLUTION
        num_groups, eps = gn_param["num_groups"], gn_param.get("eps", EPS)
        N, C, H, W = x.shape
        if C % num_groups:
            raise ValueError(f"{C} channels cannot be divided into {num_groups} groups of equal size")
        groups = x.reshape(N, num_groups, C // num_groups, H, W)
        mean = groups.mean(dim=(2, 3, 4), keepdim=True)  # (N, G, 1, 1, 1)
        var = (groups - mean).square().mean(dim=(2, 3, 4), keepdim=True)
        std = (var + eps).sqrt()
        x_hat = ((groups - mean) / std).reshape(N, C, H, W)
        out = gamma[:, None, None] * x_hat + beta[:, None, None]
        return out, (x_hat, gamma, std)
        ### END SOLUTION

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> tuple[Tensor, Tensor, Tensor]:
        """The gradients of `GroupNorm.forward`.

        gamma differs from channel to channel and stands inside the means over a group:

            dx_hat[n, c, i, j] = dout[n, c, i, j] * gamma[c]
            dgamma[c] = sum over n, i, j of dout[n, c, i, j] * x_hat[n, c, i, j]

        Args:
            dout: upstream gradient of shape (N, C, H, W); not necessarily contiguous.
            cache: from `forward`.

        Returns:
            dx (N, C, H, W), dgamma (C,), dbeta (C,), with the dtype and device of x. dout and the cache are left
            unchanged: a second call with them gives the same.

        Source: Wu and He, 2018.
        """
        ### BEGIN SOLUTION
        x_hat, gamma, std = cache
        N, C, H, W = dout.shape
        dgamma, dbeta = (dout * x_hat).sum(dim=(0, 2, 3)), dout.sum(dim=(0, 2, 3))
        dx_hat = (dout * gamma[:, None, None]).reshape(N, std.shape[1], -1, H, W)  # (N, G, C / G, H, W)
        x_hat = x_hat.reshape(dx_hat.shape)
        through_mean = dx_hat.mean(dim=(2, 3, 4), keepdim=True)
        through_var = x_hat * (dx_hat * x_hat).mean(dim=(2, 3, 4), keepdim=True)
        return ((dx_hat - through_mean - through_var) / std).reshape(N, C, H, W), dgamma, dbeta
        ### END SOLUTION


class LocalResponseNorm:
    """Divide each pixel by the size of its neighbours in the channels before and after it."""

    @staticmethod
    def forward(x: Tensor, lrn_param: dict[str, Any]) -> tuple[Tensor, Any]:
        """Each number is divided by a power of what stands at its place in the neighbouring channels.

            scale[n, c, i, j] = k + alpha / size * sum of x[n, c', i, j]^2 over the window of c
            out = x / scale^beta

        The window of channel c holds the channels c' from c - floor(size / 2) to c + floor((size - 1) / 2): `size` of
        them, an even size has one more before c than after it. Channels that do not exist count as 0; the division is
        by `size` all the same. (The paper has alpha without the division; torch has it.)

        Args:
            x: (N, C, H, W), float32 or float64; not necessarily contiguous.
            lrn_param: `size` (5), at least 1, perhaps more than C; `alpha` (1e-4), `beta` (0.75), `k` (2.0): those in
                brackets hold where the key is missing.

        Returns:
            out: (N, C, H, W), with the dtype and device of x.
            cache: whatever your `backward` needs; nothing else looks at it.
            The inputs, lrn_param included, are left unchanged.

        Source: Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks",
        2012, section 3.3.
        """
        ### BEGIN SOLUTION
        size, alpha = lrn_param.get("size", 5), lrn_param.get("alpha", 1e-4)
        beta, k = lrn_param.get("beta", 0.75), lrn_param.get("k", 2.0)
        scale = torch.full_like(x, k)
        C = x.shape[1]
        for c in range(C):
            first, last = max(c - size // 2, 0), c + (size - 1) // 2
            scale[:, c] += alpha / size * x[:, first : last + 1].square().sum(dim=1)
        return x / scale**beta, (x, scale, size, alpha, beta)
        ### END SOLUTION

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> Tensor:
        """The gradient of `LocalResponseNorm.forward`.

        x[n, c] has an effect on out[n, c] as what is divided, and on every out[n, c'] in whose window c lies by what
        it is divided by. What comes back along all of these ways adds up. Mind whose window lies around whom: with an
        even size, c lies in other windows than the channels of its own.

        Args:
            dout: upstream gradient of shape (N, C, H, W); not necessarily contiguous.
            cache: from `forward`.

        Returns:
            dx of shape (N, C, H, W), with the dtype and device of x. dout and the cache are left unchanged: a second
            call with them gives the same.

        Source: Krizhevsky, Sutskever and Hinton, 2012, section 3.3.
        """
        ### BEGIN SOLUTION
        x, scale, size, alpha, beta = cache
        dx = dout * scale.pow(-beta)
        dscale = -beta * dout * x / scale ** (beta + 1)
        C = x.shape[1]
        for c in range(C):
            first, last = max(c - size // 2, 0), c + (size - 1) // 2
            window = slice(first, last + 1)
            dx[:, window] += 2 * alpha / size * x[:, window] * dscale[:, c : c + 1]
        return dx
        ### END SOLUTION


def fold_batchnorm(
    w: Tensor,
    b: Tensor,
    gamma: Tensor,
    beta: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    eps: float = EPS,
) -> tuple[Tensor, Tensor]:
    """The layer that does what a linear layer or a convolution and the batch norm behind it do together.

    In mode "test" batch norm multiplies each output of the layer by a number and adds another one: for the layer that
    is only another weight and another bias. For all x,

        layer(x, w_folded, b_folded) = gamma * (layer(x, w, b) - running_mean) / sqrt(running_var + eps) + beta

    Args:
        w: (D, M) of a linear layer out = x @ w + b, or (F, C, HH, WW) of a convolution; float32 or float64. Mind the
            axis: outputs are the last axis of the one and the first of the other.
        b: (M,) or (F,).
        gamma, beta, running_mean, running_var: of the batch norm, (M,) or (F,).
        eps: of the batch norm.

    Returns:
        w, b: new tensors of the same shapes, dtype and device. The inputs are left unchanged.

    Source: Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only
    inference", 2018, section 3.2.
    """
    ### BEGIN SOLUTION
    scale = gamma / (running_var + eps).sqrt()
    folded = w * scale if w.dim() == 2 else w * scale[:, None, None, None]
    return folded, (b - running_mean) * scale + beta
    ### END SOLUTION
