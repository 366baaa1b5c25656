"""Convolutional networks: layers that look at an image through a small window.

What you build here:

1. cross-correlation and convolution of one channel, and what one has to do with the gradient of the other;
2. the layers `Conv`, `MaxPool` and `AvgPool`, forward and backward, first in the plainest way;
3. `im2col` and `col2im`, which turn a convolution into one matrix product, and with them `FastConv`, `FastMaxPool`;
4. an initialization that keeps the scale of the numbers through many layers;
5. networks: `ThreeLayerConvNet` and `DeepConvNet` of any depth, and the settings that train them.

A layer is a class with two static methods. `forward` returns the output and a cache; `backward` gets the gradient of
the loss with respect to that output, `dout`, and the cache, and returns the gradients with respect to the inputs. What
the cache holds is up to you. It belongs to that one call: several calls of `forward` may come before their calls of
`backward`.

Write your code where a function says TODO. Everything else in this file is given and works as it is. Use torch
and Python alone: numpy, scipy, scikit-learn, `torch.nn`, autograd and torch's own convolutions and pools are not
allowed in this file. Functions of your own may be added; the arguments of those that are here stay as they are.

Shapes: N images of C channels, H rows and W columns are a tensor (N, C, H, W). F filters of HH rows and WW columns are
(F, C, HH, WW). With a zero padding of P on all four sides and a stride of S, the window fits in

    H' = 1 + floor((H + 2 * P - HH) / S)    rows, and
    W' = 1 + floor((W + 2 * P - WW) / S)    columns.

Where the stride does not divide evenly, the last rows and columns that no whole window reaches are not looked at; that
is no error, and their gradient is 0. Images and windows need not be square.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from deeprob.batchnorm import BatchNorm, SpatialBatchNorm
from deeprob.exercises.fully_connected_networks import Linear, Linear_ReLU, ReLU, softmax_loss

__all__ = [
    "AvgPool",
    "Conv",
    "Conv_BatchNorm_ReLU",
    "Conv_BatchNorm_ReLU_Pool",
    "Conv_ReLU",
    "Conv_ReLU_Pool",
    "DeepConvNet",
    "FastConv",
    "FastMaxPool",
    "Linear",
    "Linear_BatchNorm_ReLU",
    "Linear_ReLU",
    "MaxPool",
    "ReLU",
    "ThreeLayerConvNet",
    "col2im",
    "conv2d_true",
    "corr2d",
    "create_convolutional_solver_instance",
    "find_overfit_parameters",
    "im2col",
    "kaiming_initializer",
    "require_fit",
    "softmax_loss",
]

Tensor = torch.Tensor


def require_fit(size: Sequence[int], window: Sequence[int], stride: int = 1, pad: int = 0) -> None:
    """Given: raise ValueError unless the window fits into the padded image at least once.

    Args:
        size: (H, W) of the image.
        window: (HH, WW) of the kernel or pool.
        stride: at least 1.
        pad: rows and columns of zeros on each side, at least 0.

    Raises:
        ValueError: stride below 1, pad below 0, a window below 1 or larger than the padded image.
    """
    if stride < 1:
        raise ValueError(f"stride is {stride}, expected at least 1")
    if pad < 0:
        raise ValueError(f"pad is {pad}, expected at least 0")
    padded = tuple(n + 2 * pad for n in size)
    if any(not 1 <= k <= n for k, n in zip(window, padded, strict=True)):
        raise ValueError(f"a window of {tuple(window)} does not fit into an image of {padded}, padding included")


def corr2d(x: Tensor, k: Tensor) -> Tensor:
    """Cross-correlation of one channel: slide the kernel over the image, multiply and add up.

        out[i, j] = sum over a, b of x[i + a, j + b] * k[a, b]

    at all places where the whole kernel lies in the image ("valid"): no padding, stride 1. This is what a
    convolutional layer computes.

    Args:
        x: an image of shape (H, W), float32 or float64; not necessarily contiguous.
        k: a kernel of shape (HH, WW), the dtype of x; not necessarily square or contiguous.

    Returns:
        out of shape (H - HH + 1, W - WW + 1), with the dtype and device of x. The inputs are left unchanged.

    Raises:
        ValueError: the kernel is larger than the image (`require_fit` says so).

    Source: Goodfellow, Bengio and Courville, "Deep Learning", section 9.1; EECS 498/598, lecture 7.
    """
    # TODO: implement corr2d; its docstring says what it takes and returns.
    raise NotImplementedError("convolutional_networks.corr2d: not implemented yet")


def conv2d_true(x: Tensor, k: Tensor) -> Tensor:
    """Convolution of one channel as mathematics defines it: the kernel is turned by 180 degrees first.

        out[i, j] = sum over a, b of x[i + a, j + b] * k[HH - 1 - a, WW - 1 - b]

    at all places where the whole kernel lies in the image: no padding, stride 1.

    The two belong together. For out = corr2d(x, k) and its upstream gradient dout, the gradient with respect to the
    kernel is corr2d(x, dout), and the gradient with respect to the image is the convolution of dout, padded with
    HH - 1 rows and WW - 1 columns of zeros on each side, and k.

    Args:
        x: an image of shape (H, W), float32 or float64; not necessarily contiguous.
        k: a kernel of shape (HH, WW), the dtype of x; not necessarily square or contiguous.

    Returns:
        out of shape (H - HH + 1, W - WW + 1), with the dtype and device of x. The inputs are left unchanged.

    Raises:
        ValueError: the kernel is larger than the image (`require_fit` says so).

    Source: Goodfellow, Bengio and Courville, "Deep Learning", section 9.1; Dumoulin and Visin, "A guide to convolution
    arithmetic for deep learning", 2016.
    """
    # TODO: implement conv2d_true; its docstring says what it takes and returns.
    raise NotImplementedError("convolutional_networks.conv2d_true: not implemented yet")


class Conv:
    """A convolutional layer, in the plainest way: look at one place after the other. Loops are welcome here."""

    @staticmethod
    def forward(x: Tensor, w: Tensor, b: Tensor, conv_param: dict[str, int]) -> tuple[Tensor, Any]:
        """Slide F filters, each as deep as the image, over N images.

        With xp, the images with `pad` rows and columns of zeros on each of the four sides:

            out[n, f, i, j] = b[f] + sum over c, a, b of xp[n, c, i * stride + a, j * stride + b] * w[f, c, a, b]

        The filters are not flipped.

        Args:
            x: images of shape (N, C, H, W), float32 or float64; not necessarily contiguous.
            w: filters of shape (F, C, HH, WW), the dtype of x; not necessarily contiguous.
            b: biases of shape (F,).
            conv_param: `stride`, at least 1, and `pad`, at least 0; the same for rows and columns. Both are given.

        Returns:
            out: (N, F, H', W') with H' = 1 + floor((H + 2 * pad - HH) / stride), W' likewise; dtype and device of x.
            cache: whatever your `backward` needs; nothing else looks at it.
            The inputs, conv_param included, are left unchanged.

        Raises:
            ValueError: the filters have not as many channels as the images, or what `require_fit` refuses: a filter
                that does not fit, a stride below 1, a pad below 0.

        Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016; CS231n notes,
        "Convolutional networks".
        """
        # TODO: implement Conv.forward; its docstring says what it takes and returns.
        raise NotImplementedError("convolutional_networks.Conv.forward: not implemented yet")

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> tuple[Tensor, Tensor, Tensor]:
        """The gradients of the three inputs.

        Each entry of `out` is a sum of products, so each of its factors gets the other one, times the upstream
        gradient; a pixel under several windows adds up what comes from all of them:

            dw[f, c, a, b] = sum over n, i, j of dout[n, f, i, j] * xp[n, c, i * stride + a, j * stride + b]
            dxp[n, c, i * stride + a, j * stride + b] gets dout[n, f, i, j] * w[f, c, a, b] from each f, i, j, a, b
            db[f] = sum over n, i, j of dout[n, f, i, j]

        and dx is dxp without the padding.

        Args:
            dout: upstream gradient of shape (N, F, H', W'); not necessarily contiguous.
            cache: from `forward`.

        Returns:
            dx (N, C, H, W), dw (F, C, HH, WW), db (F,), with the dtype and device of x. dout and the cache are left
            unchanged: a second call with them gives the same.

        Source: Dumoulin and Visin, 2016, section 4; EECS 498/598, assignment 3.
        """
        # TODO: implement Conv.backward; its docstring says what it takes and returns.
        raise NotImplementedError("convolutional_networks.Conv.backward: not implemented yet")


class MaxPool:
    """The largest number of each window, channel by channel. Loops are welcome here."""

    @staticmethod
    def forward(x: Tensor, pool_param: dict[str, int]) -> tuple[Tensor, Any]:
        """Keep the largest number of each window.

            out[n, c, i, j] = max over a, b of x[n, c, i * stride + a, j * stride + b]

        with a from 0 to pool_height - 1 and b from 0 to pool_width - 1. There is no padding. The stride may be smaller
        than the window, which then overlap, or larger.

        Args:
            x: images of shape (N, C, H, W), float32 or float64, of any sign; not necessarily contiguous.
            pool_param: `pool_height`, `pool_width` and `stride` (the same for rows and columns). All are given.

        Returns:
            out: (N, C, H', W') with H' = 1 + floor((H - pool_height) / stride), W' likewise; dtype and device of x.
            cache: whatever your `backward` needs; nothing else looks at it.
            The inputs, pool_param included, are left unchanged.

        Raises:
            ValueError: what `require_fit` refuses: a window that does not fit or is below 1, a stride below 1.

        Source: Goodfellow, Bengio and Courville, "Deep Learning", section 9.3; EECS 498/598, lecture 7.
        """
        # TODO: implement MaxPool.forward; its docstring says what it takes and returns.
        raise NotImplementedError("convolutional_networks.MaxPool.forward: not implemented yet")

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> Tensor:
        """The upstream gradient goes to the entry that was the largest of its window.

            dx[n, c, p, q] = sum of dout[n, c, i, j] over the windows (i, j) whose largest entry is x[n, c, p, q]

        An entry can be the largest of several windows that overlap: it adds up. Where several entries of a window
        are equally large, give the gradient to one of them, or share it so that the shares of the window add up to
        dout[n, c, i, j]; any such choice is right.

        Args:
            dout: upstream gradient of shape (N, C, H', W'); not necessarily contiguous.
            cache: from `forward`.

        Returns:
            dx of shape (N, C, H, W), with the dtype and device of x. dout and the cache are left unchanged: a second
            call with them gives the same.

        Source: EECS 498/598, lecture 7 and assignment 3.
        """
        # TODO: implement MaxPool.backward; its docstring says what it takes and returns.
        raise NotImplementedError("convolutional_networks.MaxPool.backward: not implemented yet")


class AvgPool:
    """The mean of each window, channel by channel. Loops are welcome here."""

    @staticmethod
    def forward(x: Tensor, pool_param: dict[str, int]) -> tuple[Tensor, Any]:
        """Keep the mean of each window.

            out[n, c, i, j] = mean over a, b of x[n, c, i * stride + a, j * stride + b]

        with a from 0 to pool_height - 1 and b from 0 to pool_width - 1. There is no padding.

        Args:
            x: images of shape (N, C, H, W), float32 or float64; not necessarily contiguous.
            pool_param: `pool_height`, `pool_width` and `stride` (the same for rows and columns). All are given.

        Returns:
            out: (N, C, H', W') with H' = 1 + floor((H - pool_height) / stride), W' likewise; dtype and device of x.
            cache: whatever your `backward` needs; nothing else looks at it.
            The inputs, pool_param included, are left unchanged.

        Raises:
            ValueError: what `require_fit` refuses: a window that does not fit or is below 1, a stride below 1.

        Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998.
        """
        # TODO: implement AvgPool.forward; its docstring says what it takes and returns.
        raise NotImplementedError("convolutional_networks.AvgPool.forward: not implemented yet")

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> Tensor:
        """Each entry of a window gets an equal share of the upstream gradient.

            dx[n, c, p, q] = sum of dout[n, c, i, j] / (pool_height * pool_width) over the windows (i, j) that hold
                             x[n, c, p, q]

        Args:
            dout: upstream gradient of shape (N, C, H', W'); not necessarily contiguous.
            cache: from `forward`.

        Returns:
            dx of shape (N, C, H, W), with the dtype and device of x. dout and the cache are left unchanged: a second
            call with them gives the same.

        Source: LeCun, Bottou, Bengio and Haffner, 1998.
        """
        # TODO: implement AvgPool.backward; its docstring says what it takes and returns.
        raise NotImplementedError("convolutional_networks.AvgPool.backward: not implemented yet")


def im2col(x: Tensor, kernel: Sequence[int], stride: int, pad: int) -> Tensor:
    """All windows of the padded images, each laid out as a column.

    Column l = i * W' + j holds the window at row i and column j of the output. In it, the channels stand one below
    the other, in each channel the window's rows, in each row its columns:

        cols[n, c * HH * WW + a * WW + b, i * W' + j] = xp[n, c, i * stride + a, j * stride + b]

    so that w.reshape(F, -1) @ cols[n] is a whole convolution.

    Args:
        x: images of shape (N, C, H, W), float32 or float64; not necessarily contiguous.
        kernel: (HH, WW), a tuple or a list.
        stride: at least 1, the same for rows and columns.
        pad: rows and columns of zeros on each side, at least 0.

    Returns:
        cols of shape (N, C * HH * WW, H' * W'), with the dtype and device of x. x is left unchanged.

    Raises:
        ValueError: what `require_fit` refuses: a kernel that does not fit or is below 1, a stride below 1, a pad
            below 0.

    Not allowed: loops over images, channels or places. The number of torch operations and lines must not grow with N,
    C, H or W. A loop over the HH * WW entries of the kernel is fine; so are views such as those of `Tensor.unfold`.

    Source: Chellapilla, Puri and Simard, "High performance convolutional neural networks for document processing",
    2006.
    """
    # TODO: implement im2col; its docstring says what it takes and returns.
    raise NotImplementedError("convolutional_networks.im2col: not implemented yet")


def col2im(cols: Tensor, x_shape: Sequence[int], kernel: Sequence[int], stride: int, pad: int) -> Tensor:
    """The adjoint of `im2col`: each entry goes back to the pixel that it was copied from, and there they add up.

        xp[n, c, p, q] = sum of cols[n, c * HH * WW + a * WW + b, i * W' + j] over all i, j, a, b with
                         i * stride + a = p and j * stride + b = q

    and the result is xp without the padding. This is no inverse: a pixel that lies in three windows comes back three
    times as large, one that lies in none comes back as 0. It is how a gradient goes backward through `im2col`.

    Args:
        cols: (N, C * HH * WW, H' * W'), float32 or float64; not necessarily contiguous.
        x_shape: (N, C, H, W) of the images that `im2col` was given, a tuple or a list.
        kernel: (HH, WW), a tuple or a list.
        stride: at least 1.
        pad: at least 0.

    Returns:
        a tensor of shape x_shape, with the dtype and device of cols. cols is left unchanged.

    Raises:
        ValueError: what `require_fit` refuses: a kernel that does not fit or is below 1, a stride below 1, a pad
            below 0; or cols is not of the shape that belongs to x_shape.

    Not allowed: loops over images, channels or places. The number of torch operations and lines must not grow with N,
    C, H or W. A loop over the HH * WW entries of the kernel is fine.

    Source: Chellapilla, Puri and Simard, 2006.
    """
    # TODO: implement col2im; its docstring says what it takes and returns.
    raise NotImplementedError("convolutional_networks.col2im: not implemented yet")


class FastConv:
    """`Conv` as one matrix product, by `im2col`: no loop over images, channels, filters or places."""

    @staticmethod
    def forward(x: Tensor, w: Tensor, b: Tensor, conv_param: dict[str, int]) -> tuple[Tensor, Any]:
        """The same as `Conv.forward`: the same arguments, result and errors.

            out[n] = w.reshape(F, C * HH * WW) @ cols[n] + b, with cols = im2col(x, (HH, WW), stride, pad)

        Args:
            x: images of shape (N, C, H, W), float32 or float64; not necessarily contiguous.
            w: filters of shape (F, C, HH, WW), the dtype of x; not necessarily contiguous.
            b: biases of shape (F,).
            conv_param: `stride`, at least 1, and `pad`, at least 0. Both are given.

        Returns:
            out: (N, F, H', W') as from `Conv.forward`, and the cache. The inputs are left unchanged.

        Raises:
            ValueError: as from `Conv.forward`.

        Not allowed: loops over images, channels, filters or places. The number of torch operations and lines must not
        grow with N, C, F, H or W; it may with HH * WW.

        Source: Chellapilla, Puri and Simard, 2006; CS231n notes, "Convolutional networks" (implementation as matrix
        multiplication).
        """
        # TODO: implement FastConv.forward; its docstring says what it takes and returns.
        raise NotImplementedError("convolutional_networks.FastConv.forward: not implemented yet")

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> tuple[Tensor, Tensor, Tensor]:
        """The same as `Conv.backward`.

        With D[n] of shape (F, L), the upstream gradient of image n with its places in a row:

            dw = sum over n of D[n] @ cols[n]^T,    dcols[n] = w.reshape(F, C * HH * WW)^T @ D[n]

        and dx = col2im(dcols, ...).

        Args:
            dout: upstream gradient of shape (N, F, H', W'); not necessarily contiguous.
            cache: from `forward`.

        Returns:
            dx (N, C, H, W), dw (F, C, HH, WW), db (F,), with the dtype and device of x. dout and the cache are left
            unchanged: a second call with them gives the same.

        Not allowed: loops over images, channels, filters or places; see `forward`.

        Source: Chellapilla, Puri and Simard, 2006.
        """
        # TODO: implement FastConv.backward; its docstring says what it takes and returns.
        raise NotImplementedError("convolutional_networks.FastConv.backward: not implemented yet")


class FastMaxPool:
    """`MaxPool` without a loop over images, channels or places."""

    @staticmethod
    def forward(x: Tensor, pool_param: dict[str, int]) -> tuple[Tensor, Any]:
        """The same as `MaxPool.forward`: the same arguments, result and errors.

        Entry (a, b) of all windows together is a slice of x with steps of `stride`; the result is the largest of
        pool_height * pool_width such slices, entry by entry.

        Args:
            x: images of shape (N, C, H, W), float32 or float64, of any sign; not necessarily contiguous.
            pool_param: `pool_height`, `pool_width` and `stride`. All are given.

        Returns:
            out: (N, C, H', W') as from `MaxPool.forward`, and the cache. The inputs are left unchanged.

        Raises:
            ValueError: what `require_fit` refuses: a window that does not fit or is below 1, a stride below 1.

        Not allowed: loops over images, channels or places. The number of torch operations and lines must not grow with
        N, C, H or W; it may with pool_height * pool_width.

        Source: EECS 498/598, lecture 7.
        """
        # TODO: implement FastMaxPool.forward; its docstring says what it takes and returns.
        raise NotImplementedError("convolutional_networks.FastMaxPool.forward: not implemented yet")

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> Tensor:
        """The same as `MaxPool.backward`; the same freedom where several entries are equally large.

        Args:
            dout: upstream gradient of shape (N, C, H', W'); not necessarily contiguous.
            cache: from `forward`.

        Returns:
            dx of shape (N, C, H, W), with the dtype and device of x. dout and the cache are left unchanged: a second
            call with them gives the same.

        Not allowed: loops over images, channels or places; see `forward`.

        Source: EECS 498/598, lecture 7.
        """
        # TODO: implement FastMaxPool.backward; its docstring says what it takes and returns.
        raise NotImplementedError("convolutional_networks.FastMaxPool.backward: not implemented yet")


class Conv_ReLU:
    """Given: convolution, then ReLU."""

    @staticmethod
    def forward(x: Tensor, w: Tensor, b: Tensor, conv_param: dict[str, int]) -> tuple[Tensor, Any]:
        """(N, C, H, W) -> (N, F, H', W'); arguments as of `FastConv.forward`."""
        a, conv_cache = FastConv.forward(x, w, b, conv_param)
        out, relu_cache = ReLU.forward(a)
        return out, (conv_cache, relu_cache)

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> tuple[Tensor, Tensor, Tensor]:
        """(dx, dw, db)"""
        conv_cache, relu_cache = cache
        return FastConv.backward(ReLU.backward(dout, relu_cache), conv_cache)


class Conv_ReLU_Pool:
    """Given: convolution, ReLU, max pooling."""

    @staticmethod
    def forward(
        x: Tensor, w: Tensor, b: Tensor, conv_param: dict[str, int], pool_param: dict[str, int]
    ) -> tuple[Tensor, Any]:
        """Arguments as of `FastConv.forward` and `FastMaxPool.forward`."""
        a, layer_cache = Conv_ReLU.forward(x, w, b, conv_param)
        out, pool_cache = FastMaxPool.forward(a, pool_param)
        return out, (layer_cache, pool_cache)

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> tuple[Tensor, Tensor, Tensor]:
        """(dx, dw, db)"""
        layer_cache, pool_cache = cache
        return Conv_ReLU.backward(FastMaxPool.backward(dout, pool_cache), layer_cache)


class Linear_BatchNorm_ReLU:
    """Given: linear layer, batch normalization, ReLU."""

    @staticmethod
    def forward(
        x: Tensor, w: Tensor, b: Tensor, gamma: Tensor, beta: Tensor, bn_param: dict[str, Any]
    ) -> tuple[Tensor, Any]:
        """Arguments as of `Linear.forward` and `BatchNorm.forward`."""
        a, linear_cache = Linear.forward(x, w, b)
        normalized, bn_cache = BatchNorm.forward(a, gamma, beta, bn_param)
        out, relu_cache = ReLU.forward(normalized)
        return out, (linear_cache, bn_cache, relu_cache)

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """(dx, dw, db, dgamma, dbeta)"""
        linear_cache, bn_cache, relu_cache = cache
        da, dgamma, dbeta = BatchNorm.backward(ReLU.backward(dout, relu_cache), bn_cache)
        return (*Linear.backward(da, linear_cache), dgamma, dbeta)


class Conv_BatchNorm_ReLU:
    """Given: convolution, batch normalization of each channel, ReLU."""

    @staticmethod
    def forward(
        x: Tensor,
        w: Tensor,
        b: Tensor,
        gamma: Tensor,
        beta: Tensor,
        conv_param: dict[str, int],
        bn_param: dict[str, Any],
    ) -> tuple[Tensor, Any]:
        """Arguments as of `FastConv.forward` and `SpatialBatchNorm.forward`."""
        a, conv_cache = FastConv.forward(x, w, b, conv_param)
        normalized, bn_cache = SpatialBatchNorm.forward(a, gamma, beta, bn_param)
        out, relu_cache = ReLU.forward(normalized)
        return out, (conv_cache, bn_cache, relu_cache)

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """(dx, dw, db, dgamma, dbeta)"""
        conv_cache, bn_cache, relu_cache = cache
        da, dgamma, dbeta = SpatialBatchNorm.backward(ReLU.backward(dout, relu_cache), bn_cache)
        return (*FastConv.backward(da, conv_cache), dgamma, dbeta)


class Conv_BatchNorm_ReLU_Pool:
    """Given: convolution, batch normalization of each channel, ReLU, max pooling."""

    @staticmethod
    def forward(
        x: Tensor,
        w: Tensor,
        b: Tensor,
        gamma: Tensor,
        beta: Tensor,
        conv_param: dict[str, int],
        bn_param: dict[str, Any],
        pool_param: dict[str, int],
    ) -> tuple[Tensor, Any]:
        """Arguments as of `Conv_BatchNorm_ReLU.forward` and `FastMaxPool.forward`."""
        a, layer_cache = Conv_BatchNorm_ReLU.forward(x, w, b, gamma, beta, conv_param, bn_param)
        out, pool_cache = FastMaxPool.forward(a, pool_param)
        return out, (layer_cache, pool_cache)

    @staticmethod
    def backward(dout: Tensor, cache: Any) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """(dx, dw, db, dgamma, dbeta)"""
        layer_cache, pool_cache = cache
        return Conv_BatchNorm_ReLU.backward(FastMaxPool.backward(dout, pool_cache), layer_cache)


def kaiming_initializer(
    Din: int,
    Dout: int,
    K: int | None = None,
    relu: bool = True,
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Normal weights whose layer neither blows up nor shrinks what goes through it.

        standard deviation = sqrt(gain / fan_in)

    fan_in is how many numbers are added up for one output: Din for a linear layer, Din * K * K for a convolution. The
    gain is 2 where a ReLU follows, which throws one half away, else 1. The mean is 0.

    Args:
        Din: inputs of a linear layer, or channels that go into a convolution.
        Dout: outputs of a linear layer, or filters of a convolution.
        K: None for a linear layer, else the height and width of the filters.
        relu: whether a ReLU follows.
        device: where the weights live.
        dtype: their dtype.

    Returns:
        weights of shape (Din, Dout) for a linear layer, or (Dout, Din, K, K) for a convolution; new ones at each call.

    Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015.
    """
    # TODO: implement kaiming_initializer; its docstring says what it takes and returns.
    raise NotImplementedError("convolutional_networks.kaiming_initializer: not implemented yet")


class ThreeLayerConvNet:
    """conv - relu - 2x2 max pool - linear - relu - linear - softmax

    The convolution has stride 1 and a padding of (filter_size - 1) // 2, which keeps height and width for an odd
    filter_size; the pool has windows of 2 x 2 and stride 2.

    Attributes:
        params: W1 (F, C, filter_size, filter_size), b1 (F,), W2 (F * H' * W', hidden_dim), b2 (hidden_dim,),
            W3 (hidden_dim, num_classes), b3 (num_classes,), with (F, H', W') the shape of an image behind the pool.
            They are found by name: their order in the dict means nothing.
        reg: regularization strength.
        dtype: dtype of the parameters.
    """

    def __init__(
        self,
        input_dims: Sequence[int] = (3, 32, 32),
        num_filters: int = 32,
        filter_size: int = 7,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> None:
        """Make the parameters: weights weight_scale * normal, biases 0, all with the given dtype and device.

        Each network draws new numbers; the seed is the caller's to set.

        Args:
            input_dims: (C, H, W) of an image; H and W even, filter_size odd.
            num_filters: F, filters of the convolution.
            filter_size: their height and width.
            hidden_dim: units of the hidden linear layer.
            num_classes: how many scores.
            weight_scale: standard deviation of the weights.
            reg: regularization strength of `loss`.
            dtype: dtype of the parameters and of what is computed.
            device: where the parameters live.

        Source: EECS 498/598, assignment 3.
        """
        self.params: dict[str, Tensor] = {}
        self.reg = reg
        self.dtype = dtype
        self.conv_param = {"stride": 1, "pad": (filter_size - 1) // 2}
        self.pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        # TODO: implement ThreeLayerConvNet.__init__; its docstring says what it takes and returns.
        raise NotImplementedError("convolutional_networks.ThreeLayerConvNet: not implemented yet")

    def loss(self, X: Tensor, y: Tensor | None = None) -> Tensor | tuple[Tensor, dict[str, Tensor]]:
        """Scores, or the loss and the gradient of every parameter.

            loss = softmax_loss(scores, y) + reg * sum over W1, W2, W3 of sum(W * W)

        There is no factor of one half, and the biases are not regularized. Use the layers of this file and of project 2
        by their names (`Conv_ReLU_Pool.forward`, `Linear_ReLU.forward`, `softmax_loss`, ...).

        Args:
            X: images of shape (N, C, H, W); converted to the dtype of the network.
            y: labels (N,), or None to get the scores.

        Returns:
            scores (N, num_classes) when y is None, else
            loss: one number (0-dimensional), and
            grads: a dict with the keys of `params`; each gradient has the shape of its parameter.
            X, y and the parameters are left unchanged.

        Source: EECS 498/598, assignment 3.
        """
        X = X.to(self.dtype)
        # TODO: implement ThreeLayerConvNet.loss; its docstring says what it takes and returns.
        raise NotImplementedError("convolutional_networks.ThreeLayerConvNet.loss: not implemented yet")

    def save(self, path: str | Path) -> None:
        """Given: write the parameters to a file."""
        torch.save({"params": self.params, "reg": self.reg}, path)

    def load(
        self, path: str | Path, dtype: torch.dtype = torch.float32, device: str | torch.device = "cpu"
    ) -> None:
        """Given: read what `save` has written, as this dtype and on this device."""
        saved = torch.load(path, map_location=device, weights_only=True)
        self.params = {name: value.to(dtype) for name, value in saved["params"].items()}
        self.reg, self.dtype = saved["reg"], dtype


class DeepConvNet:
    """{conv - [batch norm] - relu - [2x2 max pool]} x (L - 1) - linear - softmax

    Every convolution has filters of 3 x 3, stride 1 and a padding of 1, which keeps height and width. The layers whose
    number (from 0) stands in `max_pools` end in a max pool with windows of 2 x 2 and stride 2.

    Attributes:
        params: for convolution i = 1 to L - 1 W{i} (F_i, F_{i-1}, 3, 3) and b{i} (F_i,), with batch norm also gamma{i}
            and beta{i} (F_i,); for the linear layer W{L} (F_{L-1} * H' * W', num_classes) and b{L} (num_classes,).
            They are found by name: their order in the dict means nothing.
        bn_params: with batch norm one dict for each convolution, else an empty list. It holds the `mode` and, after
            the first batch, the running statistics.
        num_layers: L, the convolutions and the linear layer.
        max_pools, batchnorm, reg, dtype: as given.
    """

    def __init__(
        self,
        input_dims: Sequence[int] = (3, 32, 32),
        num_filters: Sequence[int] = (8, 8, 8, 8, 8),
        max_pools: Sequence[int] = (0, 1, 2, 3, 4),
        batchnorm: bool = False,
        num_classes: int = 10,
        weight_scale: float | str = 1e-3,
        reg: float = 0.0,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> None:
        """Make the parameters, all with the given dtype and device.

        Weights are weight_scale * normal, or, where weight_scale is "kaiming", made by your `kaiming_initializer`: with
        relu=True for the convolutions, and with relu=False for the linear layer, which no ReLU follows. Biases and
        beta are 0, gamma is 1. Each network draws new numbers; the seed is the caller's to set.

        Args:
            input_dims: (C, H, W) of an image.
            num_filters: filters of each convolution; L - 1 of them, any number. With none, the images go straight into
                the linear layer.
            max_pools: numbers (from 0) of the layers that end in a pool; each divides height and width by 2, rounded
                down.
            batchnorm: normalize after each convolution.
            num_classes: how many scores.
            weight_scale: standard deviation of the weights, or "kaiming".
            reg: regularization strength of `loss`.
            dtype: dtype of the parameters and of what is computed.
            device: where the parameters live.

        Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", 2015;
        EECS 498/598, assignment 3.
        """
        self.params: dict[str, Tensor] = {}
        self.num_layers = len(num_filters) + 1
        self.max_pools = tuple(max_pools)
        self.batchnorm = batchnorm
        self.reg = reg
        self.dtype = dtype
        self.conv_param = {"stride": 1, "pad": 1}
        self.pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        self.bn_params: list[dict[str, Any]] = [{"mode": "train"} for _ in num_filters] if batchnorm else []
        # TODO: implement DeepConvNet.__init__; its docstring says what it takes and returns.
        raise NotImplementedError("convolutional_networks.DeepConvNet: not implemented yet")

    def loss(self, X: Tensor, y: Tensor | None = None) -> Tensor | tuple[Tensor, dict[str, Tensor]]:
        """Scores, or the loss and the gradient of every parameter.

            loss = softmax_loss(scores, y) + reg * sum over W1 to WL of sum(W * W)

        There is no factor of one half; biases, gamma and beta are not regularized. Batch norm runs in mode "train" when
        y is given and in mode "test" when it is not (given code has set it): a call without y leaves the running
        statistics as they are. Use the layers of this file and of project 2 by their names
        (`Conv_BatchNorm_ReLU_Pool.forward`, `Linear.forward`, `softmax_loss`, ...).

        Args:
            X: images of shape (N, C, H, W); converted to the dtype of the network.
            y: labels (N,), or None to get the scores.

        Returns:
            scores (N, num_classes) when y is None, else
            loss: one number (0-dimensional), and
            grads: a dict with the keys of `params`; each gradient has the shape of its parameter.
            X, y and the parameters are left unchanged.

        Source: EECS 498/598, assignment 3.
        """
        X = X.to(self.dtype)
        for bn_param in self.bn_params:
            bn_param["mode"] = "test" if y is None else "train"
        # TODO: implement DeepConvNet.loss; its docstring says what it takes and returns.
        raise NotImplementedError("convolutional_networks.DeepConvNet.loss: not implemented yet")

    def save(self, path: str | Path) -> None:
        """Given: write the parameters and running statistics to a file."""
        torch.save({"params": self.params, "bn_params": self.bn_params, "reg": self.reg}, path)

    def load(
        self, path: str | Path, dtype: torch.dtype = torch.float32, device: str | torch.device = "cpu"
    ) -> None:
        """Given: read what `save` has written, as this dtype and on this device."""
        saved = torch.load(path, map_location=device, weights_only=True)
        self.params = {name: value.to(dtype) for name, value in saved["params"].items()}
        self.bn_params = [
            {key: v.to(dtype) if isinstance(v, torch.Tensor) else v for key, v in param.items()}
            for param in saved["bn_params"]
        ]
        self.reg, self.dtype = saved["reg"], dtype


def find_overfit_parameters() -> tuple[float, float]:
    """A weight scale and a learning rate with which a network learns 50 images by heart.

    A network that cannot do this has a mistake, or its steps are too small or too large: it is the first thing to try
    with a new network.

    Returns:
        weight_scale: standard deviation of the weights at the start, a positive Python float.
        learning_rate: of Adam, a positive Python float.
        A DeepConvNet with 8, 16 and 32 filters, max_pools (0, 1, 2), no batch norm and reg 0, whose weights are drawn
        with your weight_scale, must have 95 % of the first 50 training images of the course's `digits` (1 x 8 x 8,
        pixels scaled to 0..1, the mean training image subtracted) right within 30 epochs of Adam in batches of 10.

    Source: CS231n notes, "Learning" (sanity checks: overfit a tiny subset).
    """
    # TODO: implement find_overfit_parameters; its docstring says what it takes and returns.
    raise NotImplementedError("convolutional_networks.find_overfit_parameters: not implemented yet")


def create_convolutional_solver_instance(
    data_dict: dict[str, Tensor], dtype: torch.dtype, device: str | torch.device
) -> Any:
    """A `Solver` with a `DeepConvNet`, of one convolution at least, that has all it needs to learn.

    Import what you need here, inside the function: `from deeprob.solver import Solver`, and the update rule from
    `deeprob.exercises.fully_connected_networks`. The caller calls `.train()`.

    Args:
        data_dict: `X_train` (N, C, H, W), `y_train` (N,), `X_val` (V, C, H, W), `y_val` (V,); images of any size;
            labels int64. Hand it on to the solver as it is; it is left unchanged.
        dtype, device: of the network and the solver.

    Returns:
        a `deeprob.solver.Solver` that has not been trained yet. On the course's `digits` (1038 training and 259
        validation images of 1 x 8 x 8, pixels scaled to 0..1, the mean training image subtracted) its model must have
        90 % of the validation images right after `.train()`, within at most 200 steps with batches of at most 100
        images. A few small layers are enough.

    Source: EECS 498/598, assignment 3.
    """
    # TODO: implement create_convolutional_solver_instance; its docstring says what it takes and returns.
    raise NotImplementedError("convolutional_networks.create_convolutional_solver_instance: not implemented yet")
