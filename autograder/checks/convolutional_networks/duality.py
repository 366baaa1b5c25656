"""Visible checks of cross-correlation and convolution of one channel."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles.convolutional_networks import duality as oracle

CORRELATION = "convolutional_networks.corr2d"
CONVOLUTION = "convolutional_networks.conv2d_true"
BOTH = (CORRELATION, CONVOLUTION)
AXES = "(H - HH + 1, W - WW + 1)"


@check(*BOTH, weight=2)
def square(student: Student, draw: Draw) -> None:
    """a square image and a square kernel"""
    expect_answer(student, draw.normal(6, 6), draw.normal(3, 3))


@check(*BOTH, needs="square")
def worked_example(student: Student, draw: Draw) -> None:
    """the example with the numbers 0 to 8"""
    x, k = (torch.arange(float(n * n), device=draw.device).view(n, n) for n in (3, 2))
    expect_answer(student, x, k)


@check(*BOTH, needs="square")
def not_square(student: Student, draw: Draw) -> None:
    """an image and a kernel that are not square"""
    expect_answer(student, draw.normal(5, 8), draw.normal(2, 4))
    expect_answer(student, draw.normal(7, 4), draw.normal(3, 2))


@check(CORRELATION, needs="square")
def gradient_of_the_kernel(student: Student, draw: Draw) -> None:
    """corr2d of image and upstream gradient is the gradient with respect to the kernel"""
    x, k, dout = draw.normal(6, 7), draw.normal(3, 2), draw.normal(4, 6)
    _, expected = oracle.correlation_gradients(x, k, dout)
    expect(student.corr2d(x, dout), "corr2d(x, dout)").equals(expected, torch.float32, "the shape of the kernel")


@check(CONVOLUTION, needs="square")
def gradient_of_the_image(student: Student, draw: Draw) -> None:
    """conv2d_true of padded upstream gradient and kernel is the gradient with respect to the image"""
    x, k, dout = draw.normal(6, 7), draw.normal(3, 2), draw.normal(4, 6)
    expected, _ = oracle.correlation_gradients(x, k, dout)
    student.given(corr2d=oracle.right_corr2d)
    dx = student.conv2d_true(F.pad(dout, (1, 1, 2, 2)), k)
    expect(dx, "conv2d_true(padded dout, k)").equals(expected, torch.float32, "the shape of the image")


def expect_answer(student: Student, x: torch.Tensor, k: torch.Tensor, dtype: torch.dtype = torch.float32) -> None:
    """The function that is asked for equals the oracle's."""
    if student.asked.type_name.endswith("corr2d"):
        expected = oracle.correlation(x, k)
    else:
        expected = oracle.convolution(x, k)
        student.given(corr2d=oracle.right_corr2d)
    expect(student.asked(x, k), "out").equals(expected, dtype, AXES)
