"""Hidden checks of cross-correlation and convolution of one channel."""

from __future__ import annotations

import torch

from autograder.checks.convolutional_networks.duality import BOTH, CONVOLUTION, expect_answer
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.layers import expect_on_the_device, expect_refused, expect_unchanged
from autograder.engine.meta import on_meta
from autograder.engine.student import Student
from autograder.oracles.convolutional_networks import duality as oracle


@check(*BOTH, needs="square")
def unusual_sizes(student: Student, draw: Draw) -> None:
    """a kernel as large as the image, as tall, as wide; one pixel; one row"""
    for image, kernel in (((4, 5), (4, 5)), ((4, 5), (4, 2)), ((4, 5), (2, 5)), ((3, 4), (1, 1)), ((1, 6), (1, 3))):
        expect_answer(student, draw.normal(*image), draw.normal(*kernel))


@check(*BOTH, needs="square")
def double_precision(student: Student, draw: Draw) -> None:
    """a float64 image gives a float64 result of that accuracy"""
    x, k = draw.normal(6, 6, dtype=torch.float64), draw.normal(3, 3, dtype=torch.float64)
    expect_answer(student, x, k, torch.float64)


@check(*BOTH, needs="square")
def not_contiguous(student: Student, draw: Draw) -> None:
    """an image and a kernel that are not contiguous in memory"""
    expect_answer(student, draw.strided(draw.normal(6, 6)), draw.strided(draw.normal(3, 3)))


@check(*BOTH, needs="square")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves image and kernel unchanged"""
    given_right_parts(student)
    x, k = draw.normal(6, 6), draw.normal(3, 3)
    before = {"x": x.clone(), "k": k.clone()}
    student.asked(x, k)
    expect_unchanged(before, {"x": x, "k": k})


@check(*BOTH, needs="square")
def what_does_not_fit(student: Student, draw: Draw) -> None:
    """raises ValueError where the kernel does not fit"""
    given_right_parts(student)
    x, tall, wide, both = draw.normal(4, 5), draw.normal(5, 2), draw.normal(2, 6), draw.normal(6, 7)
    expect_refused(student.asked, [
        ("a kernel of 5 rows, an image of 4", (x, tall)),
        ("a kernel of 6 columns, an image of 5", (x, wide)),
        ("a kernel of 6 x 7, an image of 4 x 5", (x, both)),
    ])  # fmt: skip


@check(*BOTH, needs="square")
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    given_right_parts(student)
    x, k = on_meta(draw.normal(6, 6)), on_meta(draw.normal(3, 3))
    expect_on_the_device(lambda: (student.asked(x, k),), "out")


@check(CONVOLUTION, needs="square")
def symmetric_kernel(student: Student, draw: Draw) -> None:
    """a kernel that looks the same when it is turned gives what cross-correlation gives"""
    given_right_parts(student)
    k = draw.normal(3, 3)
    x, k = draw.normal(6, 6), k + k.rot90(2)
    expected = oracle.correlation(x, k)
    expect(student.asked(x, k), "out").equals(expected, torch.float32)


def given_right_parts(student: Student) -> None:
    if not student.asked.type_name.endswith("corr2d"):
        student.given(corr2d=oracle.right_corr2d)
