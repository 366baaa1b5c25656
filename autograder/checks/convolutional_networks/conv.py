"""Visible checks of the convolutional layer, plain and fast."""

from __future__ import annotations

import torch

from autograder.checks.convolutional_networks.windows import Places, layer_of
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.layers import cache_of, output_of
from autograder.engine.student import Student
from autograder.oracles.convolutional_networks import conv as oracle

FORWARD = ("convolutional_networks.Conv.forward", "convolutional_networks.FastConv.forward")
BACKWARD = ("convolutional_networks.Conv.backward", "convolutional_networks.FastConv.backward")
GRADIENTS = ("dx", "dw", "db")
AXES = {
    "out": "images, filters, rows, columns",
    "dx": "dx has the shape of x",
    "dw": "dw has the shape of w",
    "db": "db has the shape of b",
}


@check(*FORWARD, weight=2)
def padded_by_one(student: Student, draw: Draw) -> None:
    """filters of 3 x 3, stride 1, padding 1"""
    expect_output(student, draw, Places((2, 3, 5, 5), (3, 3), 1, 1))


@check(*FORWARD, needs="padded_by_one")
def worked_example(student: Student, draw: Draw) -> None:
    """the example with the numbers 0 to 8, with padding 1 and with stride 3"""
    x = torch.arange(9.0, device=draw.device).view(1, 1, 3, 3)
    w = torch.arange(4.0, device=draw.device).view(1, 1, 2, 2)
    b = torch.zeros(1, device=draw.device)
    for stride in (1, 3):
        expected = oracle.conv(x, w, b, stride, 1)
        out, _ = output_of(layer_of(student).forward(x.clone(), w.clone(), b.clone(), {"stride": stride, "pad": 1}))
        expect(out, "out").equals(expected, torch.float32, AXES["out"])


@check(*FORWARD, needs="padded_by_one")
def no_padding(student: Student, draw: Draw) -> None:
    """padding 0"""
    expect_output(student, draw, Places((2, 3, 6, 6), (3, 3), 1, 0))


@check(*FORWARD, needs="padded_by_one")
def larger_stride(student: Student, draw: Draw) -> None:
    """stride 2"""
    expect_output(student, draw, Places((2, 2, 7, 7), (3, 3), 2, 1))


@check(*FORWARD, needs="padded_by_one")
def not_square(student: Student, draw: Draw) -> None:
    """images and filters that are not square"""
    expect_output(student, draw, Places((2, 3, 5, 8), (2, 4), 1, 1))
    expect_output(student, draw, Places((2, 2, 8, 5), (4, 3), 2, 1))


@check(*BACKWARD, weight=2)
def gradient_of_the_biases(student: Student, draw: Draw) -> None:
    """db: a bias is added at every place of every image"""
    expect_gradients(student, draw, Places((3, 2, 5, 5), (3, 3), 1, 1), "db")
    expect_gradients(student, draw, Places((2, 2, 5, 8), (3, 3), 1, 1), "db")


@check(*BACKWARD, weight=3)
def gradient_of_the_filters(student: Student, draw: Draw) -> None:
    """dw with stride 1 and padding 1"""
    expect_gradients(student, draw, Places((3, 2, 5, 5), (3, 3), 1, 1), "dw")


@check(*BACKWARD, weight=3)
def gradient_of_the_images(student: Student, draw: Draw) -> None:
    """dx with stride 1 and padding 1: windows that overlap add up"""
    expect_gradients(student, draw, Places((3, 2, 5, 5), (3, 3), 1, 1), "dx")


@check(*BACKWARD, needs=("gradient_of_the_filters", "gradient_of_the_images"))
def backward_no_padding(student: Student, draw: Draw) -> None:
    """padding 0"""
    expect_gradients(student, draw, Places((2, 3, 6, 6), (3, 3), 1, 0))


@check(*BACKWARD, needs=("gradient_of_the_filters", "gradient_of_the_images"))
def backward_larger_stride(student: Student, draw: Draw) -> None:
    """stride 2, windows that overlap"""
    expect_gradients(student, draw, Places((2, 2, 7, 7), (3, 3), 2, 1))


@check(*BACKWARD, needs=("gradient_of_the_filters", "gradient_of_the_images"))
def backward_not_square(student: Student, draw: Draw) -> None:
    """images and filters that are not square"""
    expect_gradients(student, draw, Places((2, 3, 5, 8), (2, 4), 1, 1))
    expect_gradients(student, draw, Places((2, 2, 8, 5), (4, 3), 2, 1))


def expect_output(student: Student, draw: Draw, places: Places, dtype: torch.dtype = torch.float32) -> None:
    """`forward` of the layer equals the oracle's."""
    x, w, b = places.conv_inputs(draw, dtype)
    expected = oracle.conv(x, w, b, places.stride, places.pad)
    out, _ = output_of(layer_of(student).forward(x, w, b, places.conv_param))
    expect(out, "out").equals(expected, dtype, AXES["out"])


def expect_gradients(
    student: Student,
    draw: Draw,
    places: Places,
    *names: str,
    dtype: torch.dtype = torch.float32,
    strided: bool = False,
) -> None:
    """`backward` after `forward` equals the oracle's.

    Args:
        names: the gradients that count, by default dx and dw: a wrong db has a check of its own and costs only that.
    """
    x, w, b = places.conv_inputs(draw, dtype)
    dout = draw.normal(*oracle.conv(x, w, b, places.stride, places.pad).shape, dtype=dtype)
    if strided:
        x, w, b, dout = (draw.strided(t) for t in (x, w, b, dout))
    expected = oracle.conv_gradients(x, w, b, places.stride, places.pad, dout)
    layer = layer_of(student)
    cache = cache_of(layer.forward(x, w, b, places.conv_param))
    gradients = expect(layer.backward(dout, cache), "the result").unpacks_to(3, "(dx, dw, db)")
    for name, came, want in zip(GRADIENTS, gradients, expected, strict=True):
        if name in (names or ("dx", "dw")):
            expect(came, name).equals(want, dtype, AXES[name])
