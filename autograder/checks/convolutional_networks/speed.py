"""Visible checks of what works on all images and places at once: its operations are counted, never timed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from autograder.checks.convolutional_networks.conv import expect_gradients, expect_output
from autograder.checks.convolutional_networks.im2col import columns, expect_columns, expect_image
from autograder.checks.convolutional_networks.pool import expect_gradient, expect_pooled
from autograder.checks.convolutional_networks.windows import Places, layer_of
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect_no_growth
from autograder.engine.layers import cache_of
from autograder.engine.meter import Usage
from autograder.engine.student import Student
from autograder.oracles.convolutional_networks import conv as conv_oracle
from autograder.oracles.convolutional_networks import pool as pool_oracle

Images = tuple[int, int, int, int]

Window = tuple[int, int]

# No other check has images of these sizes: a table that is worked out once for each size is counted for both.
SMALL, LARGE = (2, 2, 6, 8), (5, 4, 10, 14)
SMALL_ODD, LARGE_ODD = (2, 2, 7, 9), (5, 4, 11, 15)
SEEN = (2, 2, 5, 7)  # the size at which the answer is looked at
KERNELS = (((3, 3), 1, 1), ((3, 3), 2, 0), ((2, 3), 3, 0))  # windows, stride and padding
POOLS = (  # windows, stride and images: they leave a row over; they do not; they overlap
    ((2, 2), 2, SMALL_ODD, LARGE_ODD),
    ((2, 2), 2, SMALL, LARGE),
    ((3, 2), 1, SMALL_ODD, LARGE_ODD),
)


@check("convolutional_networks.im2col", needs="one_channel", weight=2)
def columns_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images nor with their size"""

    def measure(images: Images, kernel: Window, stride: int, pad: int) -> Usage:
        return student.im2col.measure(draw.normal(*images), kernel, stride, pad)

    expect_columns(student, draw, Places(SEEN, (3, 3), 1, 1))
    for kernel, stride, pad in KERNELS:
        grows_not(partial(measure, kernel=kernel, stride=stride, pad=pad))


@check("convolutional_networks.col2im", needs="windows_side_by_side", weight=2)
def image_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images nor with their size"""

    def measure(images: Images, kernel: Window, stride: int, pad: int) -> Usage:
        cols = columns(draw, Places(images, kernel, stride, pad))
        return student.col2im.measure(cols, images, kernel, stride, pad)

    expect_image(student, draw, Places(SEEN, (3, 3), 1, 1))
    for kernel, stride, pad in KERNELS:
        grows_not(partial(measure, kernel=kernel, stride=stride, pad=pad))


@check("convolutional_networks.FastConv.forward", needs="padded_by_one", weight=2)
def all_places_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images and filters nor with their size"""
    expect_output(student, draw, Places(SEEN, (3, 3), 1, 1))
    forward = layer_of(student).forward

    def measure(images: Images, kernel: Window, stride: int, pad: int) -> Usage:
        return forward.measure(*conv_call(draw, images, kernel, stride, pad))

    for kernel, stride, pad in KERNELS:
        grows_not(partial(measure, kernel=kernel, stride=stride, pad=pad))


@check(
    "convolutional_networks.FastConv.backward",
    needs=("gradient_of_the_filters", "gradient_of_the_images"),
    weight=2,
)
def all_gradients_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images and filters nor with their size"""
    layer = layer_of(student)

    def measure(images: Images, kernel: Window, stride: int, pad: int) -> Usage:
        x, w, b, conv_param = conv_call(draw, images, kernel, stride, pad)
        cache = cache_of(layer.forward(x, w, b, conv_param))
        dout = draw.normal(*conv_oracle.conv(x, w, b, stride, pad).shape)
        return layer.backward.measure(dout, cache)

    expect_gradients(student, draw, Places(SEEN, (3, 3), 1, 1))
    for kernel, stride, pad in KERNELS:
        grows_not(partial(measure, kernel=kernel, stride=stride, pad=pad))


@check("convolutional_networks.FastMaxPool.forward", needs="side_by_side", weight=2)
def all_windows_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images nor with their size"""
    expect_pooled(student, draw, Places(SEEN, (2, 2), 2))
    forward = layer_of(student).forward

    def measure(images: Images, window: Window, stride: int) -> Usage:
        return forward.measure(draw.normal(*images), Places(images, window, stride).pool_param)

    for window, stride, small, large in POOLS:
        grows_not(partial(measure, window=window, stride=stride), small, large)


@check("convolutional_networks.FastMaxPool.backward", needs="backward_side_by_side", weight=2)
def all_shares_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images nor with their size"""
    layer = layer_of(student)

    def measure(images: Images, window: Window, stride: int) -> Usage:
        x = draw.normal(*images)
        cache = cache_of(layer.forward(x, Places(images, window, stride).pool_param))
        dout = draw.normal(*pool_oracle.pool("max", x, window, stride).shape)
        return layer.backward.measure(dout, cache)

    expect_gradient(student, draw, Places(SEEN, (2, 2), 2))
    for window, stride, small, large in POOLS:
        grows_not(partial(measure, window=window, stride=stride), small, large)


def grows_not(measure: Callable[[Images], Usage], small: Images = SMALL, large: Images = LARGE) -> None:
    """What `measure` counts for images of a shape is the same for few and small as for many and large ones."""
    few, many = (f"{N} images of {C} x {H} x {W}" for N, C, H, W in (small, large))
    expect_no_growth(measure(small), measure(large), few, many)


def conv_call(draw: Draw, images: Images, kernel: Window, stride: int, pad: int) -> tuple[Any, ...]:
    """Arguments of a convolution with one filter more than there are images."""
    places = Places(images, kernel, stride, pad, filters=images[0] + 1)
    return *places.conv_inputs(draw), places.conv_param
