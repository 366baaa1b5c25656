"""Visible checks of max pooling, plain and fast, and of average pooling."""

from __future__ import annotations

import torch

from autograder.checks.convolutional_networks.windows import Places, distinct, layer_of
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.layers import cache_of, output_of
from autograder.engine.student import Student
from autograder.oracles.convolutional_networks import pool as oracle

MAX_FORWARD = ("convolutional_networks.MaxPool.forward", "convolutional_networks.FastMaxPool.forward")
MAX_BACKWARD = ("convolutional_networks.MaxPool.backward", "convolutional_networks.FastMaxPool.backward")
FORWARD = (*MAX_FORWARD, "convolutional_networks.AvgPool.forward")
BACKWARD = (*MAX_BACKWARD, "convolutional_networks.AvgPool.backward")
OUT_AXES = "images, channels, rows, columns"
DX_AXES = "dx has the shape of x"


@check(*FORWARD, weight=2)
def side_by_side(student: Student, draw: Draw) -> None:
    """windows of 2 x 2, stride 2"""
    expect_pooled(student, draw, Places((2, 3, 6, 6), (2, 2), 2))


@check(*FORWARD, needs="side_by_side")
def overlapping(student: Student, draw: Draw) -> None:
    """windows of 3 x 3, stride 2: they overlap"""
    expect_pooled(student, draw, Places((2, 2, 7, 7), (3, 3), 2))


@check(*FORWARD, needs="side_by_side")
def not_square(student: Student, draw: Draw) -> None:
    """images and windows that are not square"""
    expect_pooled(student, draw, Places((2, 3, 8, 9), (4, 3), 2))
    expect_pooled(student, draw, Places((2, 2, 9, 4), (3, 1), 1))


@check(*BACKWARD, weight=2)
def backward_side_by_side(student: Student, draw: Draw) -> None:
    """windows of 2 x 2, stride 2"""
    expect_gradient(student, draw, Places((2, 3, 6, 6), (2, 2), 2))


@check(*BACKWARD, needs="backward_side_by_side", weight=2)
def backward_overlapping(student: Student, draw: Draw) -> None:
    """windows of 3 x 3, stride 2: where they overlap, gradients add up"""
    expect_gradient(student, draw, Places((2, 2, 7, 7), (3, 3), 2))


@check(*BACKWARD, needs="backward_side_by_side")
def backward_not_square(student: Student, draw: Draw) -> None:
    """images and windows that are not square"""
    expect_gradient(student, draw, Places((2, 3, 8, 9), (4, 3), 2))
    expect_gradient(student, draw, Places((2, 2, 9, 4), (3, 1), 1))


def kind_of(student: Student) -> str:
    return "avg" if "AvgPool" in student.asked.type_name else "max"


def expect_pooled(
    student: Student,
    draw: Draw,
    places: Places,
    dtype: torch.dtype = torch.float32,
    shift: float = 0.0,
    scale: float = 1.0,
) -> None:
    """`forward` equals the oracle's on distinct numbers from -2 to 2, plus `shift`, times `scale`."""
    x = (distinct(draw, *places.images, dtype=dtype) + shift) * scale
    expected = oracle.pool(kind_of(student), x, places.window, places.stride)
    out, _ = output_of(layer_of(student).forward(x, places.pool_param))
    expect(out, "out").equals(expected, dtype, OUT_AXES)


def expect_gradient(
    student: Student,
    draw: Draw,
    places: Places,
    dtype: torch.dtype = torch.float32,
    strided: bool = False,
    shift: float | torch.Tensor = 0.0,
    scale: float | torch.Tensor = 1.0,
) -> None:
    """`backward` after `forward` equals the oracle's; the images as for `expect_pooled`."""
    kind = kind_of(student)
    x = (distinct(draw, *places.images, dtype=dtype) + shift) * scale
    dout = draw.normal(*oracle.pool(kind, x, places.window, places.stride).shape, dtype=dtype)
    if strided:
        x, dout = draw.strided(x), draw.strided(dout)
    expected = oracle.pool_gradient(kind, x, places.window, places.stride, dout)
    layer = layer_of(student)
    cache = cache_of(layer.forward(x, places.pool_param))
    expect(layer.backward(dout, cache), "dx").equals(expected, dtype, DX_AXES)
