"""Visible checks of the layers that normalize each example by itself: layer, instance and group norm."""

from __future__ import annotations

from autograder.checks.normalization.cases import expect_output, on_right_layers, usual
from autograder.checks.normalization.gradients import apart_from_forward, expect_gradients
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.student import Student

GROUP_FORWARD, GROUP_BACKWARD = "normalization.GroupNorm.forward", "normalization.GroupNorm.backward"
FORWARD = ("normalization.LayerNorm.forward", "normalization.InstanceNorm.forward", GROUP_FORWARD)
BACKWARD = ("normalization.LayerNorm.backward", "normalization.InstanceNorm.backward", GROUP_BACKWARD)


@check(*FORWARD, weight=3)
@on_right_layers
def normalized(student: Student, draw: Draw) -> None:
    """each example by its own mean and variance, times gamma, plus beta"""
    expect_output(student, usual(student).inputs(draw))


@check(*FORWARD, needs="normalized")
@on_right_layers
def place_of_eps(student: Student, draw: Draw) -> None:
    """eps = 0.1 stands under the root, and eps = 0 adds nothing"""
    expect_output(student, usual(student, eps=0.1, std=0.3).inputs(draw))
    expect_output(student, usual(student, eps=0.0, std=0.004).inputs(draw))


@check(*FORWARD, needs="normalized")
@on_right_layers
def default_eps(student: Student, draw: Draw) -> None:
    """eps is 1e-5 where the settings do not name it"""
    expect_output(student, usual(student, eps=None, std=0.004).inputs(draw))


@check(GROUP_FORWARD, needs="normalized", weight=2)
@on_right_layers
def numbers_of_groups(student: Student, draw: Draw) -> None:
    """one group, two groups, and as many groups as channels"""
    for num_groups in (1, 2, 6):
        expect_output(student, usual(student, num_groups=num_groups).inputs(draw))


@check(*BACKWARD)
@on_right_layers
def gradient_of_beta(student: Student, draw: Draw) -> None:
    """dbeta"""
    expect_gradients(student, usual(student).inputs(draw), "dbeta")


@check(*BACKWARD, weight=2)
@on_right_layers
def gradient_of_gamma(student: Student, draw: Draw) -> None:
    """dgamma"""
    expect_gradients(student, usual(student).inputs(draw), "dgamma")


@check(*BACKWARD, weight=4)
@on_right_layers
def gradient_of_x(student: Student, draw: Draw) -> None:
    """dx: mean and variance depend on x"""
    expect_gradients(student, usual(student).inputs(draw), "dx")


@check(*BACKWARD, needs="gradient_of_x")
@on_right_layers
def backward_large_eps(student: Student, draw: Draw) -> None:
    """eps = 0.1 and entries of that size"""
    for problem in apart_from_forward(student, draw, usual(student, eps=0.1, std=0.3).inputs(draw)):
        expect_gradients(student, problem, "dx")


@check(GROUP_BACKWARD, needs="gradient_of_x", weight=2)
@on_right_layers
def backward_numbers_of_groups(student: Student, draw: Draw) -> None:
    """one group, two groups, and as many groups as channels"""
    problems = [usual(student, num_groups=num_groups).inputs(draw) for num_groups in (1, 2, 6)]
    for problem in apart_from_forward(student, draw, *problems):
        expect_gradients(student, problem, "dx")
