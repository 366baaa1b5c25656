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
    ### BEGIN SOLUTION
    require_fit(x.shape, k.shape)
    (H, W), (HH, WW) = x.shape, k.shape
    out = x.new_zeros(H - HH + 1, W - WW + 1)
    for i in range(H - HH + 1):
        for j in range(W - WW + 1):
            out[i, j] = (x[i : i + HH, j : j + WW] * k).sum()
    return out
    ### END SOLUTION


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
    ### BEGIN SOLUTION
    return corr2d(x, k.flip(0, 1))
    ### END SOLUTION


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
        ### BEGIN SOLUTION
        stride, pad = conv_param["stride"], conv_param["pad"]
        (N, C, H, W), (F, depth, HH, WW) = x.shape, w.shape
        if depth != C:
            raise ValueError(f"the filters have {depth} channels, expected {C}, those of the images")
        require_fit((H, W), (HH, WW), stride, pad)
        H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
        xp = x.new_zeros(N, C, H + 2 * pad, W + 2 * pad)
        xp[:, :, pad : pad + H, pad : pad + W] = x
        out = x.new_zeros(N, F, H_out, W_out)
        for i in range(H_out):
            for j in range(W_out):
                top, left = i * stride, j * stride
                window = xp[:, :, top : top + HH, left : left + WW]  # (N, C, HH, WW)
                out[:, :, i, j] = window.flatten(1) @ w.flatten(1).T + b  # (N, CHHWW) @ (CHHWW, F) + (F,)
        return out, (x, w, stride, pad)
        ### END SOLUTION

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
        ### BEGIN SOLUTION
        x, w, stride, pad = cache
        (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
        xp = x.new_zeros(N, C, H + 2 * pad, W + 2 * pad)
        xp[:, :, pad : pad + H, pad : pad + W] = x
        dxp, dw, db = torch.zeros_like(xp), torch.zeros_like(w), dout.sum(dim=(0, 2, 3))
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                rows, columns = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
                upstream = dout[:, :, i, j]  # (N, F)
                dw += (upstream.T @ xp[:, :, rows, columns].flatten(1)).view(F, C, HH, WW)
                dxp[:, :, rows, columns] += (upstream @ w.flatten(1)).view(N, C, HH, WW)
        return dxp[:, :, pad : pad + H, pad : pad + W], dw, db
        ### END SOLUTION


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
        ### BEGIN SOLUTION
        height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
        N, C, H, W = x.shape
        require_fit((H, W), (height, width), stride)
        H_out, W_out = 1 + (H - height) // stride, 1 + (W - width) // stride
        out = x.new_zeros(N, C, H_out, W_out)
        for i in range(H_out):
            for j in range(W_out):
                top, left = i * stride, j * stride
                out[:, :, i, j] = x[:, :, top : top + height, left : left + width].amax(dim=(2, 3))
        return out, (x, height, width, stride)
        ### END SOLUTION

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
        ### BEGIN SOLUTION
        x, height, width, stride = cache
        dx = torch.zeros_like(x)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                rows, columns = slice(i * stride, i * stride + height), slice(j * stride, j * stride + width)
                window = x[:, :, rows, columns].flatten(2)  # (N, C, height * width)
                largest = window.argmax(dim=2, keepdim=True)
                share = torch.zeros_like(window).scatter_(2, largest, dout[:, :, i, j, None])
                dx[:, :, rows, columns] += share.unflatten(2, (height, width))
        return dx
        ### END SOLUTION


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
        ### BEGIN SOLUTION
        height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
        N, C, H, W = x.shape
        require_fit((H, W), (height, width), stride)
        H_out, W_out = 1 + (H - height) // stride, 1 + (W - width) // stride
        out = x.new_zeros(N, C, H_out, W_out)
        for i in range(H_out):
            for j in range(W_out):
                top, left = i * stride, j * stride
                out[:, :, i, j] = x[:, :, top : top + height, left : left + width].mean(dim=(2, 3))
        return out, (x, height, width, stride)
        ### END SOLUTION

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
        ### BEGIN SOLUTION
        x, height, width, stride = cache
        dx = torch.zeros_like(x)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                rows, columns = slice(i * stride, i * stride + height), slice(j * stride, j * stride + width)
                dx[:, :, rows, columns] += dout[:, :, i, j, None, None] / (height * width)
        return dx
        ### END SOLUTION


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
    ### BEGIN SOLUTION
    (N, C, H, W), (HH, WW) = x.shape, kernel
    require_fit((H, W), (HH, WW), stride, pad)
    xp = x.new_zeros(N, C, H + 2 * pad, W + 2 * pad)
    xp[:, :, pad : pad + H, pad : pad + W] = x
    windows = xp.unfold(2, HH, stride).unfold(3, WW, stride)  # a view: (N, C, H', W', HH, WW)
    return windows.permute(0, 1, 4, 5, 2, 3).reshape(N, C * HH * WW, -1)
    ### END SOLUTION


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
    ### BEGIN SOLUTION
    (N, C, H, W), (HH, WW) = x_shape, kernel
    require_fit((H, W), (HH, WW), stride, pad)
    H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    if cols.shape != (N, C * HH * WW, H_out * W_out):
        raise ValueError(f"cols has shape {tuple(cols.shape)}, expected {(N, C * HH * WW, H_out * W_out)}")
    windows = cols.reshape(N, C, HH, WW, H_out, W_out)
    xp = cols.new_zeros(N, C, H + 2 * pad, W + 2 * pad)
    H_end, W_end = H + 2 * pad - HH + 1, W + 2 * pad - WW + 1  # windows begin before these
    for a in range(HH):
        for b in range(WW):  # entry (a, b) of all windows: no two of them are the same pixel
            xp[:, :, a : a + H_end : stride, b : b + W_end : stride] += windows[:, :, a, b]
    return xp[:, :, pad : pad + H, pad : pad + W]
    ### END SOLUTION


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
        ### BEGIN SOLUTION
        stride, pad = conv_param["stride"], conv_param["pad"]
        (N, C, H, W), (F, depth, HH, WW) = x.shape, w.shape
        if depth != C:
            raise ValueError(f"the filters have {depth} channels, expected {C}, those of the images")
        cols = im2col(x, (HH, WW), stride, pad)  # (N, CHHWW, L)
        H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
        out = w.flatten(1) @ cols + b[:, None]  # (F, CHHWW) @ (N, CHHWW, L) + (F, 1)
        return out.view(N, F, H_out, W_out), (x.shape, cols, w, stride, pad)
        ### END SOLUTION

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
        ### BEGIN SOLUTION
        x_shape, cols, w, stride, pad = cache
        D = dout.flatten(2)  # (N, F, L)
        dw = (D @ cols.transpose(1, 2)).sum(dim=0).view(w.shape)
        dx = col2im(w.flatten(1).T @ D, x_shape, w.shape[2:], stride, pad)
        return dx, dw, D.sum(dim=(0, 2))
        ### END SOLUTION


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
        ### BEGIN SOLUTION
        height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
        H, W = x.shape[2:]
        require_fit((H, W), (height, width), stride)
        H_end, W_end = H - height + 1, W - width + 1  # windows begin before these
        out = x[:, :, :H_end:stride, :W_end:stride].clone()
        for a in range(height):
            for b in range(width):
                out = torch.maximum(out, x[:, :, a : a + H_end : stride, b : b + W_end : stride])
        return out, (x, out, height, width, stride)
        ### END SOLUTION

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
        ### BEGIN SOLUTION
        x, out, height, width, stride = cache
        H_end, W_end = x.shape[2] - height + 1, x.shape[3] - width + 1
        dx, left = torch.zeros_like(x), dout.clone()  # what of dout has not been given away yet
        for a in range(height):
            for b in range(width):
                rows, columns = slice(a, a + H_end, stride), slice(b, b + W_end, stride)
                share = left * (x[:, :, rows, columns] == out)
                dx[:, :, rows, columns] += share
                left -= share
        return dx
        ### END SOLUTION


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
    ### BEGIN SOLUTION
    gain = 2.0 if relu else 1.0
    if K is None:
        fan_in, shape = Din, (Din, Dout)
    else:
        fan_in, shape = Din * K * K, (Dout, Din, K, K)
    return torch.randn(shape, dtype=dtype, device=device) * (gain / fan_in) ** 0.5
    ### END SOLUTION


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
        ### BEGIN SOLUTION
        C, H, W = input_dims
        places = (H // 2) * (W // 2)
        shapes = {
            "1": (num_filters, C, filter_size, filter_size),
            "2": (num_filters * places, hidden_dim),
            "3": (hidden_dim, num_classes),
        }
        for layer, shape in shapes.items():
            outputs = shape[0] if layer == "1" else shape[1]
            self.params["W" + layer] = weight_scale * torch.randn(shape, dtype=dtype, device=device)
            self.params["b" + layer] = torch.zeros(outputs, dtype=dtype, device=device)
        ### END SOLUTION

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
        ### BEGIN SOLUTION
        p = self.params
        a, conv_cache = Conv_ReLU_Pool.forward(X, p["W1"], p["b1"], self.conv_param, self.pool_param)
        hidden, hidden_cache = Linear_ReLU.forward(a, p["W2"], p["b2"])
        scores, scores_cache = Linear.forward(hidden, p["W3"], p["b3"])
        if y is None:
            return scores

        loss, dscores = softmax_loss(scores, y)
        grads = {}
        dhidden, grads["W3"], grads["b3"] = Linear.backward(dscores, scores_cache)
        da, grads["W2"], grads["b2"] = Linear_ReLU.backward(dhidden, hidden_cache)
        _, grads["W1"], grads["b1"] = Conv_ReLU_Pool.backward(da, conv_cache)
        for name in ("W1", "W2", "W3"):
            loss = loss + self.reg * (p[name] * p[name]).sum()
            grads[name] = grads[name] + 2 * self.reg * p[name]
        return loss, grads
        ### END SOLUTION

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
        ### BEGIN SOLUTION
        C, H, W = input_dims
        place = {"dtype": dtype, "device": device}
        for i, F in enumerate(num_filters, start=1):
            if weight_scale == "kaiming":
                self.params[f"W{i}"] = kaiming_initializer(C, F, K=3, relu=True, **place)
            else:
                self.params[f"W{i}"] = weight_scale * torch.randn(F, C, 3, 3, **place)
            self.params[f"b{i}"] = torch.zeros(F, **place)
            if batchnorm:
                self.params[f"gamma{i}"] = torch.ones(F, **place)
                self.params[f"beta{i}"] = torch.zeros(F, **place)
            if i - 1 in self.max_pools:
                H, W = H // 2, W // 2
            C = F
        L = self.num_layers
        if weight_scale == "kaiming":
            self.params[f"W{L}"] = kaiming_initializer(C * H * W, num_classes, relu=False, **place)
        else:
            self.params[f"W{L}"] = weight_scale * torch.randn(C * H * W, num_classes, **place)
        self.params[f"b{L}"] = torch.zeros(num_classes, **place)
        ### END SOLUTION

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
        ### BEGIN SOLUTION
        p, L = self.params, self.num_layers
        a, caches = X, []
        for i in range(1, L):
            weights, pooled = (p[f"W{i}"], p[f"b{i}"]), i - 1 in self.max_pools
            if self.batchnorm:
                scale = (p[f"gamma{i}"], p[f"beta{i}"], self.conv_param, self.bn_params[i - 1])
                if pooled:
                    a, cache = Conv_BatchNorm_ReLU_Pool.forward(a, *weights, *scale, self.pool_param)
                else:
                    a, cache = Conv_BatchNorm_ReLU.forward(a, *weights, *scale)
            elif pooled:
                a, cache = Conv_ReLU_Pool.forward(a, *weights, self.conv_param, self.pool_param)
            else:
                a, cache = Conv_ReLU.forward(a, *weights, self.conv_param)
            caches.append(cache)
        scores, scores_cache = Linear.forward(a, p[f"W{L}"], p[f"b{L}"])
        if y is None:
            return scores

        loss, dscores = softmax_loss(scores, y)
        grads = {}
        da, grads[f"W{L}"], grads[f"b{L}"] = Linear.backward(dscores, scores_cache)
        for i in range(L - 1, 0, -1):
            pooled = i - 1 in self.max_pools
            if self.batchnorm:
                layer = Conv_BatchNorm_ReLU_Pool if pooled else Conv_BatchNorm_ReLU
                da, dw, db, dgamma, dbeta = layer.backward(da, caches[i - 1])
                grads[f"gamma{i}"], grads[f"beta{i}"] = dgamma, dbeta
            else:
                layer = Conv_ReLU_Pool if pooled else Conv_ReLU
                da, dw, db = layer.backward(da, caches[i - 1])
            grads[f"W{i}"], grads[f"b{i}"] = dw, db
        for i in range(1, L + 1):
            W = p[f"W{i}"]
            loss = loss + self.reg * (W * W).sum()
            grads[f"W{i}"] = grads[f"W{i}"] + 2 * self.reg * W
        return loss, grads
        ### END SOLUTION

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
    ### BEGIN SOLUTION
    return 0.15, 5e-3
    ### END SOLUTION


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
    ### BEGIN SOLUTION
    from deeprob.exercises.fully_connected_networks import adam
    from deeprob.solver import Solver

    model = DeepConvNet(
        input_dims=tuple(data_dict["X_train"].shape[1:]),
        num_filters=(8, 16),
        max_pools=(0, 1),
        num_classes=int(data_dict["y_train"].max()) + 1,
        weight_scale="kaiming",
        dtype=dtype,
        device=device,
    )
    return Solver(
        model,
        data_dict,
        update_rule=adam,
        optim_config={"learning_rate": 5e-3},
        batch_size=64,
        num_epochs=8,
        verbose=False,
        device=device,
    )
    ### END SOLUTION
