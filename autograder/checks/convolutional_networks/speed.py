"""Visible checks of what works on all images and places at once: its operations are counted, never timed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from autograder.checks.convolutional_networks.conv import expect_gradients, expect_output
from autograder.checks.convolutional_networks.im2col import expect_columns, expect_image
from autograder.checks.convolutional_networks.pool import expect_gradient, expect_pooled
from autograder.checks.convolutional_networks.windows import Places, layer_of
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect_no_growth
from autograder.engine.layers import cache_of
from autograder.engine.meter import Usage
from autograder.engine.student import Student
from autograder.oracles.convolutional_networks import im2col as oracle

FEW, MANY = "2 images of 2 x 6 x 6", "5 images of 4 x 10 x 12"
SMALL, LARGE = (2, 2, 6, 6), (5, 4, 10, 12)


@check("convolutional_networks.im2col", needs="one_channel", weight=2)
def columns_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images nor with their size"""
    expect_columns(student, draw, Places(SMALL, (3, 3), 1, 1))
    grows_not(lambda images: student.im2col.measure(draw.normal(*images), (3, 3), 1, 1))


@check("convolutional_networks.col2im", needs="windows_side_by_side", weight=2)
def image_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images nor with their size"""

    def measure(images: tuple[int, int, int, int]) -> Usage:
        cols = draw.normal(*oracle.im2col(torch.empty(images), (3, 3), 1, 1).shape)
        return student.col2im.measure(cols, images, (3, 3), 1, 1)

    expect_image(student, draw, Places(SMALL, (3, 3), 1, 1))
    grows_not(measure)


@check("convolutional_networks.FastConv.forward", needs="padded_by_one", weight=2)
def all_places_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images and filters nor with their size"""
    expect_output(student, draw, Places(SMALL, (3, 3), 1, 1))
    forward = layer_of(student).forward
    grows_not(lambda images: forward.measure(*conv_call(draw, images)))


@check(
    "convolutional_networks.FastConv.backward",
    needs=("gradient_of_the_filters", "gradient_of_the_images"),
    weight=2,
)
def all_gradients_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images and filters nor with their size"""
    layer = layer_of(student)

    def measure(images: tuple[int, int, int, int]) -> Usage:
        x, w, b, conv_param = conv_call(draw, images)
        cache = cache_of(layer.forward(x, w, b, conv_param))
        return layer.backward.measure(draw.normal(images[0], len(w), *images[2:]), cache)

    expect_gradients(student, draw, Places(SMALL, (3, 3), 1, 1))
    grows_not(measure)


@check("convolutional_networks.FastMaxPool.forward", needs="side_by_side", weight=2)
def all_windows_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images nor with their size"""
    expect_pooled(student, draw, Places(SMALL, (2, 2), 2))
    forward = layer_of(student).forward
    grows_not(lambda images: forward.measure(draw.normal(*images), Places(images, (2, 2), 2).pool_param))


@check("convolutional_networks.FastMaxPool.backward", needs="backward_side_by_side", weight=2)
def all_shares_at_once(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images nor with their size"""
    layer = layer_of(student)

    def measure(images: tuple[int, int, int, int]) -> Usage:
        cache = cache_of(layer.forward(draw.normal(*images), Places(images, (2, 2), 2).pool_param))
        return layer.backward.measure(draw.normal(*images[:2], images[2] // 2, images[3] // 2), cache)

    expect_gradient(student, draw, Places(SMALL, (2, 2), 2))
    grows_not(measure)


def grows_not(measure: Callable[[tuple[int, int, int, int]], Usage]) -> None:
    """What `measure` counts for images of a shape is the same for few and small as for many and large ones."""
    expect_no_growth(measure(SMALL), measure(LARGE), FEW, MANY)


def conv_call(draw: Draw, images: tuple[int, int, int, int]) -> tuple[Any, ...]:
    """Arguments of a convolution that keeps height and width, with one filter more than there are images."""
    places = Places(images, (3, 3), 1, 1, filters=images[0] + 1)
    return *places.conv_inputs(draw), places.conv_param
