"""Visible checks of local response norm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any

import torch

from autograder.checks.normalization.gradients import right_corners, with_its_strides
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.layers import cache_of, output_of
from autograder.engine.student import Student
from autograder.oracles.normalization import response as oracle

Pass = tuple[torch.Tensor, torch.Tensor, dict[str, Any]]  # x, dout, the settings
FORWARD = "normalization.LocalResponseNorm.forward"
BACKWARD = "normalization.LocalResponseNorm.backward"
SHAPE = (2, 7, 3, 2)
USUAL = {"size": 5, "alpha": 0.8, "beta": 0.75, "k": 2.0}
AXES = {"out": "out has the shape of x", "dx": "dx has the shape of x"}


@check(FORWARD, weight=2)
def window_of_five(student: Student, draw: Draw) -> None:
    """a window of five channels"""
    expect_response(student, draw.normal(*SHAPE), USUAL)


@check(FORWARD, needs="window_of_five")
def other_windows(student: Student, draw: Draw) -> None:
    """windows of three and of four channels: an even one has one more before than after"""
    for size in (3, 4):
        expect_response(student, draw.normal(*SHAPE), USUAL | {"size": size})


@check(FORWARD, needs="window_of_five")
def other_settings(student: Student, draw: Draw) -> None:
    """other alpha, beta and k, also 0"""
    expect_response(student, draw.normal(*SHAPE), {"size": 5, "alpha": 1.7, "beta": 0.4, "k": 1.3})
    expect_response(student, draw.normal(*SHAPE), {"size": 3, "alpha": 0.5, "beta": 1.5, "k": 0.6})
    expect_response(student, draw.normal(*SHAPE), {"size": 5, "alpha": 0.9, "beta": 0.5, "k": 0.0})
    expect_response(student, draw.normal(*SHAPE), {"size": 3, "alpha": 0.5, "beta": 0.0, "k": 3.0})
    expect_response(student, draw.normal(*SHAPE, std=100.0), {"size": 3, "alpha": 0.0, "beta": 0.5, "k": 3.0})


@check(FORWARD, needs="window_of_five")
def default_settings(student: Student, draw: Draw) -> None:
    """no settings: size 5, alpha 1e-4, beta 0.75, k 2"""
    expect_response(student, draw.normal(*SHAPE, std=100.0), {})


@check(BACKWARD, weight=3)
def gradient_of_five(student: Student, draw: Draw) -> None:
    """dx with a window of five channels"""
    expect_gradients(student, draw, pass_of(draw, USUAL))


@check(BACKWARD, needs="gradient_of_five", weight=2)
def gradient_of_other_windows(student: Student, draw: Draw) -> None:
    """windows of three and of four channels: an even one lies around other channels than those that it holds"""
    expect_gradients(student, draw, *(pass_of(draw, USUAL | {"size": size}) for size in (3, 4)))


@check(BACKWARD, needs="gradient_of_five")
def gradient_with_other_settings(student: Student, draw: Draw) -> None:
    """other alpha, beta and k"""
    params = ({"size": 5, "alpha": 1.7, "beta": 0.4, "k": 1.3}, {"size": 3, "alpha": 0.5, "beta": 1.5, "k": 0.6})
    expect_gradients(student, draw, *(pass_of(draw, param) for param in params))


def expect_response(student: Student, x: torch.Tensor, param: dict[str, Any]) -> None:
    """`forward` equals the oracle's."""
    expected = oracle.response(x, param)
    out, _ = output_of(student.LocalResponseNorm.forward(x, dict(param)))
    expect(out, "out").equals(expected, x.dtype, AXES["out"])


def pass_of(
    draw: Draw,
    param: dict[str, Any],
    shape: tuple[int, ...] = SHAPE,
    dtype: torch.dtype = torch.float32,
    change: Callable[[torch.Tensor], torch.Tensor] = torch.clone,
) -> Pass:
    """Inputs of a forward and a backward pass."""
    x, dout = draw.normal(*shape, dtype=dtype), draw.normal(*shape, mean=0.4, dtype=dtype)
    return change(x), change(dout), param


def expect_gradients(student: Student, draw: Draw, *passes: Pass) -> None:
    """`backward` after `forward` equals the oracle's; what `forward` gets wrong in a corner alone costs there."""
    for x, dout, param in _apart_from_forward(student, draw, passes):
        expected = oracle.gradient(x, param, dout)
        cache = cache_of(student.LocalResponseNorm.forward(x, dict(param)))
        expect(student.LocalResponseNorm.backward(dout, cache), "dx").equals(expected, x.dtype, AXES["dx"])


def _apart_from_forward(student: Student, draw: Draw, passes: Sequence[Pass]) -> Sequence[Pass]:
    """The passes that `forward` gets right; all of them where it is wrong as a rule. No backward pass comes before."""

    def judge(one: Pass) -> None:
        x, _, param = one
        expect_response(student, with_its_strides(x), param)

    return [*compress(passes, right_corners(judge, pass_of(draw, USUAL), passes))]
