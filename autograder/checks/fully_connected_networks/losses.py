"""Visible checks of the losses on scores: softmax, SVM, focal."""

from __future__ import annotations

import torch

from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect, expect_no_growth
from autograder.engine.student import Student
from autograder.oracles.fully_connected_networks import losses as oracle

SOFTMAX = "fully_connected_networks.softmax_loss"
SVM = "fully_connected_networks.svm_loss"
FOCAL = "fully_connected_networks.focal_loss"
LOSSES = (SOFTMAX, SVM, FOCAL)
EXPONENTIAL = (SOFTMAX, FOCAL)


@check(*LOSSES, weight=3)
def loss(student: Student, draw: Draw) -> None:
    """the loss"""
    x, y = problem(draw, 9, 4)
    expected, _ = oracle.loss_and_gradient(kind_of(student), x, y)
    value, _ = answer(student.asked(x, y))
    expect(value, "loss").is_number(expected)


@check(*LOSSES, needs="loss", weight=4)
def gradient(student: Student, draw: Draw) -> None:
    """the gradient with respect to the scores"""
    x, y = problem(draw, 9, 4)
    _, expected = oracle.loss_and_gradient(kind_of(student), x, y)
    _, dx = answer(student.asked(x, y))
    expect(dx, "dx").equals(expected, torch.float32, "dx has the shape of x")


@check(FOCAL, needs="gradient")
def other_gammas(student: Student, draw: Draw) -> None:
    """loss and gradient for gamma = 0, 1, 1.5 and 4"""
    for gamma in (0, 1.0, 1.5, 4):
        compare(student, *problem(draw, 8, 5), gamma=gamma)


@check(*EXPONENTIAL, needs="gradient")
def large_scores(student: Student, draw: Draw) -> None:
    """scores around 200 and of 10,000 do not overflow"""
    x, y = problem(draw, 6, 4)
    compare(student, x + 200, y)
    compare(student, *clear_cut(draw, 8, 4, 1e4))


@check(*LOSSES, needs="gradient")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves x and y unchanged"""
    x, y = problem(draw, 6, 3)
    before = x.clone(), y.clone()
    student.asked(x, y)
    expect(x, "x").is_unchanged_from(before[0])
    expect(y, "y").is_unchanged_from(before[1])


@check(*LOSSES, needs="gradient")
def no_growth(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the examples nor with the classes"""
    small = student.asked.measure(*problem(draw, 5, 3))
    large = student.asked.measure(*problem(draw, 30, 12))
    expect_no_growth(small, large, "5 examples and 3 classes", "30 examples and 12 classes")


def kind_of(student: Student) -> str:
    return next(kind for kind in ("softmax", "svm", "focal") if kind in student.asked.type_name)


def problem(
    draw: Draw, n: int, c: int, dtype: torch.dtype = torch.float32, *, size: float = 1.0, occurring: int = 0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores (n, c) of this size and labels (n,), of which only the first `occurring` occur.

    There are margins on both sides of the hinge, and none so close to it that rounding decides the side.
    """
    while True:
        x = size * draw.normal(n, c, dtype=dtype).clamp(-2.5, 2.5)  # nothing so sure that rounding is all of the loss
        y = draw.integers(0, occurring, n) if occurring else draw.labels(n, c)
        if bool((x.double() - x.double().gather(1, y[:, None]) + 1).abs().min() > 1e-4 * size):
            return x, y


def clear_cut(draw: Draw, n: int, c: int, size: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores up to about `size` and labels; the scores of an example lie so far apart that one has all probability.

    Closer ones would leave it to the rounding of numbers of this size what the probabilities are.
    """
    ranks = torch.stack([draw.permutation(c) for _ in range(n)]).float() - c // 2
    x = size / (c // 2) * ranks + draw.normal(n, c)
    y = draw.labels(n, c)
    y[0], y[1] = x[0].argmax(), x[1].argmin()  # one that is sure and right, one that is sure and wrong
    return x, y


def answer(result: object) -> tuple[object, object]:
    loss, dx = expect(result, "the result").unpacks_to(2, "(loss, dx)")
    return loss, dx


def compare(
    student: Student, x: torch.Tensor, y: torch.Tensor, dtype: torch.dtype = torch.float32, gamma: float | None = None
) -> None:
    """Loss and gradient of the function asked for equal the oracle's; gamma is given where it is not None."""
    if gamma is None:
        expected = oracle.loss_and_gradient(kind_of(student), x, y)
        value, dx = answer(student.asked(x, y))
    else:
        expected = oracle.loss_and_gradient(kind_of(student), x, y, gamma)
        value, dx = answer(student.asked(x, y, gamma))
    named = "" if gamma is None else f" for gamma = {gamma:g}"
    expect(value, f"loss{named}").is_number(expected[0], dtype)
    expect(dx, f"dx{named}").equals(expected[1], dtype, "dx has the shape of x")
