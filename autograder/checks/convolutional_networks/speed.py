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

SMALL, LARGE = (2, 2, 6, 6), (5, 4, 10, 12)
SMALL_ODD, LARGE_ODD = (2, 2, 7, 7), (5, 4, 11, 13)
KERNELS = ((1, 1), (2, 0))  # stride and padding of kernels of 3 x 3
POOLS = (((2, 2), 2), ((3, 3), 2))  # windows and stride: 2 x 2 leave a row over, 3 x 3 overlap


@check("convolutional_networks.im2col", needs="one_channel", weight=2)
def columns_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images nor with their size"""

    def measure(images: Images, stride: int, pad: int) -> Usage:
        return student.im2col.measure(draw.normal(*images), (3, 3), stride, pad)

    expect_columns(student, draw, Places(SMALL, (3, 3), 1, 1))
    for stride, pad in KERNELS:
        grows_not(partial(measure, stride=stride, pad=pad))


@check("convolutional_networks.col2im", needs="windows_side_by_side", weight=2)
def image_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images nor with their size"""

    def measure(images: Images, stride: int, pad: int) -> Usage:
        cols = columns(draw, Places(images, (3, 3), stride, pad))
        return student.col2im.measure(cols, images, (3, 3), stride, pad)

    expect_image(student, draw, Places(SMALL, (3, 3), 1, 1))
    for stride, pad in KERNELS:
        grows_not(partial(measure, stride=stride, pad=pad))


@check("convolutional_networks.FastConv.forward", needs="padded_by_one", weight=2)
def all_places_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images and filters nor with their size"""
    expect_output(student, draw, Places(SMALL, (3, 3), 1, 1))
    forward = layer_of(student).forward

    def measure(images: Images, stride: int, pad: int) -> Usage:
        return forward.measure(*conv_call(draw, images, stride, pad))

    for stride, pad in KERNELS:
        grows_not(partial(measure, stride=stride, pad=pad))


@check(
    "convolutional_networks.FastConv.backward",
    needs=("gradient_of_the_filters", "gradient_of_the_images"),
    weight=2,
)
def all_gradients_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images and filters nor with their size"""
    layer = layer_of(student)

    def measure(images: Images, stride: int, pad: int) -> Usage:
        x, w, b, conv_param = conv_call(draw, images, stride, pad)
        cache = cache_of(layer.forward(x, w, b, conv_param))
        dout = draw.normal(*conv_oracle.conv(x, w, b, stride, pad).shape)
        return layer.backward.measure(dout, cache)

    expect_gradients(student, draw, Places(SMALL, (3, 3), 1, 1))
    for stride, pad in KERNELS:
        grows_not(partial(measure, stride=stride, pad=pad))


@check("convolutional_networks.FastMaxPool.forward", needs="side_by_side", weight=2)
def all_windows_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images nor with their size"""
    expect_pooled(student, draw, Places(SMALL, (2, 2), 2))
    forward = layer_of(student).forward

    def measure(images: Images, window: tuple[int, int], stride: int) -> Usage:
        return forward.measure(draw.normal(*images), Places(images, window, stride).pool_param)

    for window, stride in POOLS:
        grows_not(partial(measure, window=window, stride=stride), SMALL_ODD, LARGE_ODD)


@check("convolutional_networks.FastMaxPool.backward", needs="backward_side_by_side", weight=2)
def all_shares_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images nor with their size"""
    layer = layer_of(student)

    def measure(images: Images, window: tuple[int, int], stride: int) -> Usage:
        x = draw.normal(*images)
        cache = cache_of(layer.forward(x, Places(images, window, stride).pool_param))
        dout = draw.normal(*pool_oracle.pool("max", x, window, stride).shape)
        return layer.backward.measure(dout, cache)

    expect_gradient(student, draw, Places(SMALL, (2, 2), 2))
    for window, stride in POOLS:
        grows_not(partial(measure, window=window, stride=stride), SMALL_ODD, LARGE_ODD)


def grows_not(measure: Callable[[Images], Usage], small: Images = SMALL, large: Images = LARGE) -> None:
    """What `measure` counts for images of a shape is the same for few and small as for many and large ones."""
    few, many = (f"{N} images of {C} x {H} x {W}" for N, C, H, W in (small, large))
    expect_no_growth(measure(small), measure(large), few, many)


def conv_call(draw: Draw, images: Images, stride: int, pad: int) -> tuple[Any, ...]:
    """Arguments of a convolution with filters of 3 x 3, one filter more than there are images."""
    places = Places(images, (3, 3), stride, pad, filters=images[0] + 1)
    return *places.conv_inputs(draw), places.conv_param
