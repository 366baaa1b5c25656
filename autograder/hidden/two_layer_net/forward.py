"""Hidden checks of the forward pass."""

from __future__ import annotations

import torch

from autograder.checks.two_layer_net.forward import FORWARD, forward_of
from autograder.checks.two_layer_net.inputs import Tensors, problem
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.meta import follows_device, on_meta
from autograder.engine.student import Student
from autograder.oracles import two_layer_net as oracle

RIGHT_VALUES = ("hidden_layer", "scores")


@check(FORWARD, needs=RIGHT_VALUES)
def double_precision(student: Student, draw: Draw) -> None:
    """float64 parameters give float64 results of that accuracy"""
    params, X, _ = problem(draw, 7, 5, 6, 4, torch.float64)
    compare_forward(student, params, X, torch.float64)


@check(FORWARD, needs=RIGHT_VALUES)
def other_shapes(student: Student, draw: Draw) -> None:
    """one image, one hidden unit, as many units as features and classes"""
    for n, d, h, c in ((1, 4, 6, 3), (5, 3, 1, 4), (4, 4, 4, 4)):
        params, X, _ = problem(draw, n, d, h, c)
        compare_forward(student, params, X)


@check(FORWARD, needs=RIGHT_VALUES)
def not_contiguous(student: Student, draw: Draw) -> None:
    """parameters and X that are not contiguous in memory"""
    params, X, _ = problem(draw, 7, 5, 6, 4)
    compare_forward(student, {name: draw.strided(p) for name, p in params.items()}, draw.strided(X))


@check(FORWARD, needs=RIGHT_VALUES)
def parameters_by_name(student: Student, draw: Draw) -> None:
    """parameters go by their names, whatever their order in the dict"""
    params, X, _ = problem(draw, 7, 5, 6, 4)
    compare_forward(student, dict(reversed(params.items())), X)


@check(FORWARD, needs=RIGHT_VALUES)
def all_units_closed(student: Student, draw: Draw) -> None:
    """images that open no hidden unit, and images that open all of them; large hidden units"""
    params, X, _ = problem(draw, 6, 5, 4, 3)
    for shift in (-50.0, 50.0, 2e4):
        compare_forward(student, {**params, "b1": params["b1"] + shift}, X.clone())


@check(FORWARD, needs=RIGHT_VALUES)
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    params, X, _ = problem(draw, 6, 5, 4, 3)
    there = {name: on_meta(p) for name, p in params.items()}, on_meta(X)
    compare_forward(student, params, X)
    follows_device(lambda: student.nn_forward_pass(*there), "scores or hidden")


def compare_forward(student: Student, params: Tensors, X: torch.Tensor, dtype: torch.dtype = torch.float32) -> None:
    """Scores and hidden layer equal the oracle's."""
    expected, sizes = oracle.outputs(params, X), oracle.sizes(params, X)
    came, hidden = forward_of(student.nn_forward_pass(params, X))
    expect(hidden, "hidden").equals(expected[1], dtype, scale=sizes["hidden"])
    expect(came, "scores").equals(expected[0], dtype, scale=sizes["scores"])
