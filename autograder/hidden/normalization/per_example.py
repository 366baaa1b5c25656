"""Hidden checks of the layers that normalize each example by itself: layer, instance and group norm."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from autograder.checks.normalization.cases import (
    Case,
    expect_output,
    forward_of,
    kind_of,
    layer_of,
    on_right_layers,
    usual,
)
from autograder.checks.normalization.gradients import (
    apart_from_forward,
    expect_gradients,
    expect_passes,
    expect_second_call,
)
from autograder.checks.normalization.per_example import BACKWARD, FORWARD, GROUP_FORWARD
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.layers import (
    cache_on_meta,
    expect_on_the_device,
    expect_refused,
    expect_unchanged,
    output_of,
)
from autograder.engine.meta import on_meta
from autograder.engine.student import Student

ALL = ("gradient_of_beta", "gradient_of_gamma", "gradient_of_x")
SIZES: dict[str, tuple[tuple[tuple[int, ...], int], ...]] = {  # shape, groups
    "LayerNorm": (((4, 4), 0), ((1, 6), 0), ((5, 1), 0), ((2, 40), 0)),
    "InstanceNorm": (((4, 4, 4, 4), 0), ((1, 3, 2, 5), 0), ((3, 1, 4, 2), 0), ((3, 4, 1, 1), 0)),
    "GroupNorm": (((4, 4, 4, 4), 2), ((1, 6, 2, 5), 3), ((3, 1, 4, 2), 1), ((3, 4, 1, 1), 4), ((2, 12, 1, 1), 3)),
}
FAR = {"LayerNorm": (6, 16), "InstanceNorm": (2, 3, 4, 4), "GroupNorm": (2, 6, 2, 4)}


@check(*FORWARD, needs="normalized")
@on_right_layers
def unusual_sizes(student: Student, draw: Draw) -> None:
    """axes of equal lengths, a single example, a single feature or channel, images of one pixel"""
    for case in sizes_of(student):
        expect_output(student, case.inputs(draw))


@check(*FORWARD, needs="normalized")
@on_right_layers
def equal_entries(student: Student, draw: Draw) -> None:
    """an example whose entries are all 0 gives beta, and no NaN"""
    problem = usual(student).inputs(draw)
    problem.x[1] = 0
    expect_output(student, problem)


@check(*FORWARD, needs="normalized")
@on_right_layers
def far_from_zero(student: Student, draw: Draw) -> None:
    """float32 entries around 10,000 and -10,000 whose variance is 1: E[x^2] - E[x]^2 would be rounding alone"""
    problem = usual(student, shape=FAR[kind_of(student)], mean=1e4).inputs(draw)
    problem.x[::2] -= 2e4  # every other example lies on the other side of zero
    expect_output(student, problem, scale=1e4)


@check(*FORWARD, needs="normalized")
@on_right_layers
def modes_mean_nothing(student: Student, draw: Draw) -> None:
    """settings that name a mode, as networks hand it to all their layers: the result is the same in both"""
    for mode in ("train", "test"):
        problem = usual(student).inputs(draw)
        problem.param["mode"] = mode
        expect_output(student, problem)


@check(*FORWARD, needs="normalized")
@on_right_layers
def double_precision(student: Student, draw: Draw) -> None:
    """float64 gives a float64 result of that accuracy"""
    expect_output(student, usual(student, dtype=torch.float64).inputs(draw))


@check(*FORWARD, needs="normalized")
@on_right_layers
def not_contiguous(student: Student, draw: Draw) -> None:
    """tensors that are not contiguous in memory"""
    expect_output(student, usual(student).inputs(draw).changed(draw.strided))


@check(*FORWARD, needs="normalized")
@on_right_layers
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves x, gamma, beta and the settings unchanged"""
    for eps in (1e-3, None):
        problem = usual(student, eps=eps).inputs(draw)
        before = {name: value.clone() for name, value in problem.tensors.items()}
        settings = dict(problem.param)
        forward_of(student, problem)
        now = problem.tensors | {"the settings": problem.param}
        expect_unchanged(before | {"the settings": settings}, now)


@check(*FORWARD, needs="normalized")
@on_right_layers
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    forward = partial(layer_of(student).forward, *usual(student).inputs(draw).changed(on_meta).args)
    expect_on_the_device(lambda: output_of(forward())[:1], "out")


@check(GROUP_FORWARD, needs="normalized")
@on_right_layers
def groups_that_do_not_fit(student: Student, draw: Draw) -> None:
    """raises ValueError where the channels cannot be divided into groups of equal size"""
    problem = usual(student).inputs(draw)
    tensors = problem.x, problem.gamma, problem.beta
    cases = ((f"6 channels in {groups} groups", (*tensors, {"num_groups": groups})) for groups in (4, 12))
    expect_refused(layer_of(student).forward, cases)


@check(*BACKWARD, needs=ALL)
@on_right_layers
def backward_unusual_sizes(student: Student, draw: Draw) -> None:
    """axes of equal lengths, a single example, a single feature or channel, images of one pixel"""
    for problem in apart_from_forward(student, draw, *(case.inputs(draw) for case in sizes_of(student))):
        expect_gradients(student, problem, scale=problem.scale)


@check(*BACKWARD, needs=ALL)
@on_right_layers
def gamma_of_zero(student: Student, draw: Draw) -> None:
    """a feature or channel whose gamma is 0"""
    problem = usual(student).inputs(draw)
    problem.gamma[1] = 0
    expect_gradients(student, problem)


@check(*BACKWARD, needs=ALL)
@on_right_layers
def backward_double_precision(student: Student, draw: Draw) -> None:
    """float64 gives float64 gradients of that accuracy"""
    for problem in apart_from_forward(student, draw, usual(student, dtype=torch.float64).inputs(draw)):
        expect_gradients(student, problem)


@check(*BACKWARD, needs=ALL)
@on_right_layers
def backward_not_contiguous(student: Student, draw: Draw) -> None:
    """tensors and an upstream gradient that are not contiguous in memory"""
    for problem in apart_from_forward(student, draw, usual(student).inputs(draw).changed(draw.strided)):
        expect_gradients(student, problem)


@check(*BACKWARD, needs="gradient_of_x")
@on_right_layers
def several_passes(student: Student, draw: Draw) -> None:
    """a cache belongs to one forward pass, whatever passes come before its backward pass"""
    cases = [usual(student, eps=eps, num_groups=groups) for eps, groups in ((1e-5, 2), (0.1, 3), (1e-5, 1))]
    expect_passes(student, apart_from_forward(student, draw, *(case.inputs(draw) for case in cases)))


@check(*BACKWARD, needs="gradient_of_x")
@on_right_layers
def backward_inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves dout and the cache unchanged: a second call gives the same"""
    expect_second_call(student, usual(student).inputs(draw))


@check(*BACKWARD, needs="gradient_of_x")
@on_right_layers
def gradients_on_the_device(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    problem = usual(student).inputs(draw).changed(on_meta)
    cache = cache_on_meta(layer_of(student).forward, *problem.args)
    if cache:
        expect_on_the_device(lambda: three(student.asked(problem.dout, *cache)), "dx, dgamma, dbeta")


def sizes_of(student: Student) -> list[Case]:
    """Where a group has one or two entries, dx is next to nothing: eps is large, for its sake."""
    return [usual(student, shape=s, num_groups=groups, eps=0.1) for s, groups in SIZES[kind_of(student)]]


def three(result: Any) -> tuple[Any, ...]:
    return expect(result, "the result").unpacks_to(3, "(dx, dgamma, dbeta)")
