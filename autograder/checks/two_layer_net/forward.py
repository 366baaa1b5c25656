"""Visible checks of the forward pass."""

from __future__ import annotations

import torch

from autograder.checks.two_layer_net.inputs import expect_params_unchanged, problem
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles import two_layer_net as oracle

FORWARD = "two_layer_net.nn_forward_pass"


@check(FORWARD)
def hidden_layer(student: Student, draw: Draw) -> None:
    """the hidden layer, after the ReLU"""
    params, X, _ = problem(draw, 8, 6, 5, 4)
    expected, size = oracle.outputs(params, X)[1], oracle.sizes(params, X)["hidden"]
    _, hidden = forward_of(student.nn_forward_pass(params, X))
    expect(hidden, "hidden").equals(expected, torch.float32, "rows are images, columns are hidden units", size)


@check(FORWARD, weight=2)
def scores(student: Student, draw: Draw) -> None:
    """the scores of all classes, negative ones too"""
    params, X, _ = problem(draw, 8, 6, 5, 4)
    expected, size = oracle.outputs(params, X)[0], oracle.sizes(params, X)["scores"]
    came, _ = forward_of(student.nn_forward_pass(params, X))
    expect(came, "scores").equals(expected, torch.float32, "rows are images, columns are classes", size)


@check(FORWARD, needs=("hidden_layer", "scores"))
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves the parameters and X unchanged"""
    params, X, _ = problem(draw, 6, 5, 4, 3)
    before = {name: tensor.clone() for name, tensor in params.items()}, X.clone()
    student.nn_forward_pass(params, X)
    expect_params_unchanged(params, before[0])
    expect(X, "X").is_unchanged_from(before[1])


def forward_of(result: object) -> tuple[object, object]:
    came, hidden = expect(result, "the result").unpacks_to(2, "(scores, hidden)")
    return came, hidden
