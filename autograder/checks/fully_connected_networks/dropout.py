"""Visible checks of dropout.

Which entries are dropped is the student's choice of a generator, so nothing is compared with a mask of ours: an entry
is right when it is 0 or exactly what a kept one must be, and counts may lie anywhere within 6.5 standard deviations.
"""

from __future__ import annotations

from typing import Any

import torch

from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import close, expect
from autograder.engine.student import Student
from autograder.oracles.fully_connected_networks import dropout as oracle

FORWARD = "fully_connected_networks.Dropout.forward"
BACKWARD = "fully_connected_networks.Dropout.backward"


@check(FORWARD, weight=2)
def kept_or_dropped(student: Student, draw: Draw) -> None:
    """in training every entry is 0 or x / (1 - p)"""
    expect_kept_or_dropped(student, nowhere_0(draw, 30, 20), 0.3)


@check(FORWARD, needs="kept_or_dropped", weight=3)
def drops_a_fraction_p(student: Student, draw: Draw) -> None:
    """drops a fraction p of the entries"""
    for p in (0.25, 0.7):
        expect_fraction(expect_kept_or_dropped(student, nowhere_0(draw, 200, 120), p), p)


@check(FORWARD, weight=2)
def test_time(student: Student, draw: Draw) -> None:
    """at test time the output is x"""
    x = draw.normal(6, 5)
    expected = x.double()
    out, _ = forward(student, x, 0.4, "test")
    expect(out, "out").equals(expected, torch.float32, "out has the shape of x")


@check(FORWARD, needs=("kept_or_dropped", "test_time"))
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves x unchanged, in training and at test time"""
    for mode in ("train", "test"):
        x = nowhere_0(draw, 5, 6)
        before = x.clone()
        forward(student, x, 0.4, mode)
        expect(x, "x").is_unchanged_from(before)


@check(BACKWARD, weight=3)
def gradient(student: Student, draw: Draw) -> None:
    """in training dout / (1 - p) where the entry was kept, 0 where it was dropped"""
    compare_gradient(student, nowhere_0(draw, 30, 20), nowhere_0(draw, 30, 20), 0.3)


@check(BACKWARD)
def test_time_gradient(student: Student, draw: Draw) -> None:
    """at test time the gradient is dout"""
    x, dout = nowhere_0(draw, 6, 5), draw.normal(6, 5)
    expected = dout.double()
    _, cache = forward(student, x, 0.4, "test")
    dx = student.Dropout.backward(dout, cache)
    expect(dx, "dx").equals(expected, torch.float32, "dx has the shape of x")


def nowhere_0(draw: Draw, *shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Numbers of both signs, their size from 0.5 to 1.5, so that a 0 in the output is a dropped entry."""
    signs = draw.integers(0, 2, *shape).to(dtype) * 2 - 1
    return signs * draw.uniform(*shape, low=0.5, high=1.5, dtype=dtype)


def forward(student: Student, x: torch.Tensor, p: float, mode: str, seed: int | None = None) -> tuple[object, Any]:
    """(out, cache) of the student's."""
    param: dict[str, object] = {"p": p, "mode": mode}
    if seed is not None:
        param["seed"] = seed
    out, cache = expect(student.Dropout.forward(x, param), "the result").unpacks_to(2, "(out, cache)")
    return out, cache


def expect_kept_or_dropped(student: Student, x: torch.Tensor, p: float, seed: int | None = None) -> torch.Tensor:
    """In mode train every entry is 0 or x / (1 - p); returns which are kept, a bool tensor of the shape of x.

    Compared as float32 always: a mask of float32 rounds the scale, which is right enough for float64 inputs, too.
    """
    scaled = x.double() / (1 - p)
    out, _ = forward(student, x, p, "train", seed)
    expect(out, f"out for p = {p:g}").is_tensor(tuple(x.shape), x.dtype, x.device, "out has the shape of x")
    assert isinstance(out, torch.Tensor)
    kept = out != 0
    expect(out.float(), f"out for p = {p:g}").equals(scaled * kept, torch.float32)
    return kept


def expect_fraction(kept: torch.Tensor, p: float) -> None:
    """As many entries are dropped as independent draws with probability p would."""
    dropped = kept.numel() - int(kept.sum())
    least, most = oracle.count_between(kept.numel(), p)
    expect(dropped, "dropped entries").holds(
        least <= dropped <= most,
        f"for p = {p:g}, {dropped} of {kept.numel()} entries are dropped ({100 * dropped / kept.numel():.1f} %), "
        f"expected {least} to {most}: p is the probability to drop an entry.",
        f"{least} to {most} dropped entries",
    )


def compare_gradient(student: Student, x: torch.Tensor, dout: torch.Tensor, p: float) -> None:
    """The gradient after the student's own forward."""
    before = x.clone()
    out, cache = forward(student, x, p, "train")
    expect_gradient(student, before, dout, p, out, cache)


def expect_gradient(
    student: Student, x: torch.Tensor, dout: torch.Tensor, p: float, out: object, cache: object
) -> None:
    """dx is dout / (1 - p) where `out` is not 0; a forward of another scale may have a backward of that scale.

    Which entries are kept is read from the student's output. Where all are, or none, there is nothing to compare with.
    Compared as float32, like the output.
    """
    shape = tuple(x.shape)
    expect(out, "out").is_tensor(shape, x.dtype, x.device, "out has the shape of x")
    assert isinstance(out, torch.Tensor)
    kept = out != 0
    expect(out, "out").holds(
        p == 0 or (bool(kept.any()) and not bool(kept.all())),
        f"Dropout.forward {'keeps' if bool(kept.any()) else 'drops'} every entry in mode train, so there is no "
        "gradient to compare with; get it right first.",
        "some entries kept, some dropped",
    )
    expect_slope(student, dout, p, out.double() / x.double(), cache)


def expect_slope(student: Student, dout: torch.Tensor, p: float, slope: torch.Tensor, cache: object) -> None:
    """dx is dout / (1 - p) where the slope is not 0; it may be dout * slope.

    Args:
        slope: out / x, the shape of x, float64.
    """
    shape, before = tuple(dout.shape), dout.double()
    right, alike = before * (slope != 0) / (1 - p), before * slope
    dx = student.Dropout.backward(dout, cache)
    expect(dx, "dx").is_tensor(shape, dout.dtype, dout.device, "dx has the shape of x")
    assert isinstance(dx, torch.Tensor)
    dx = dx.float()
    expect(dx, "dx").equals(alike if close(dx, alike) else right, torch.float32, "dx has the shape of x")
