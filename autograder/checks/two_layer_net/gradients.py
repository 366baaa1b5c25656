"""Visible checks of loss and gradients; the forward pass is given."""

from __future__ import annotations

import torch

from autograder.checks.two_layer_net.inputs import Tensors, clear_cut, expect_params_unchanged, problem
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles import two_layer_net as oracle

BACKWARD = "two_layer_net.nn_forward_backward"


@check(BACKWARD)
def scores_without_labels(student: Student, draw: Draw) -> None:
    """without labels, the scores alone"""
    student.given(nn_forward_pass=oracle.forward)
    params, X, _ = problem(draw, 7, 5, 6, 3)
    expected, size = oracle.outputs(params, X)[0], oracle.sizes(params, X)["scores"]
    came = student.nn_forward_backward(params, X)
    expect(came, "the result").equals(expected, torch.float32, "rows are images, columns are classes", size)


@check(BACKWARD)
def loss(student: Student, draw: Draw) -> None:
    """the softmax loss without regularization"""
    compare(student, *problem(draw, 9, 6, 5, 4), 0.0, ("loss",))


@check(BACKWARD, weight=2)
def second_layer(student: Student, draw: Draw) -> None:
    """the gradient of the second layer, W2 and b2"""
    compare(student, *problem(draw, 9, 6, 5, 4), 0.0, ("W2", "b2"))


@check(BACKWARD, weight=3)
def first_layer(student: Student, draw: Draw) -> None:
    """the gradient of the first layer, W1 and b1"""
    compare(student, *problem(draw, 9, 6, 5, 4), 0.0, ("W1", "b1"))


@check(BACKWARD, needs="loss")
def regularization(student: Student, draw: Draw) -> None:
    """reg * (sum(W1 * W1) + sum(W2 * W2)) in the loss"""
    compare(student, *problem(draw, 7, 5, 4, 3), 0.5, ("loss",))


@check(BACKWARD, needs=("second_layer", "first_layer"))
def regularization_gradient(student: Student, draw: Draw) -> None:
    """the gradients with regularization, of the weights alone"""
    compare(student, *problem(draw, 7, 5, 4, 3), 0.5)


@check(BACKWARD, needs=("loss", "second_layer", "first_layer"))
def large_scores(student: Student, draw: Draw) -> None:
    """scores of 10,000 do not overflow"""
    params, X, y = problem(draw, 8, 5, 6, 4)
    params["W2"] = params["W2"] * 1e4
    X = clear_cut(draw, params, (1.0,) * 8)
    compare(student, params, X, y, 0.0, ("loss", *params))


@check(BACKWARD, needs=("loss", "second_layer", "first_layer"))
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves the parameters, X and y unchanged: the step is made in nn_train"""
    params, X, y = problem(draw, 6, 5, 4, 3)
    before = {name: tensor.clone() for name, tensor in params.items()}, X.clone(), y.clone()
    student.given(nn_forward_pass=oracle.forward)
    student.nn_forward_backward(params, X, y, 0.1)
    expect_params_unchanged(params, before[0])
    expect(X, "X").is_unchanged_from(before[1])
    expect(y, "y").is_unchanged_from(before[2])


def compare(
    student: Student,
    params: Tensors,
    X: torch.Tensor,
    y: torch.Tensor,
    reg: float,
    wanted: tuple[str, ...] = oracle.NAMES,
    dtype: torch.dtype = torch.float32,
) -> None:
    """The wanted ones among loss and gradients equal the oracle's, with a right forward pass."""
    expected_loss, expected = oracle.loss_and_gradients(params, X, y, reg)
    sizes = oracle.sizes(params, X)
    student.given(nn_forward_pass=oracle.forward)
    result = student.nn_forward_backward(params, X, y, reg)
    value, grads = expect(result, "the result").unpacks_to(2, "(loss, grads)")
    if "loss" in wanted:
        expect(value, "loss").is_number(expected_loss, dtype, sizes["loss"])
    for name in (name for name in wanted if name != "loss"):
        came = named(grads)[name]
        axes = f"a gradient has the shape of its {name}"
        expect(came, f"grads[{name!r}]").equals(expected[name], dtype, axes, sizes[name])


def named(grads: object) -> dict[str, object]:
    """The gradients, a dict with the keys of the parameters."""
    names = ", ".join(sorted(map(str, grads))) if isinstance(grads, dict) else "no keys"
    expect(grads, "grads").holds(
        isinstance(grads, dict) and set(grads) == set(oracle.NAMES),
        f"grads has {names[:60] or 'no keys'}, expected a dict with the keys W1, b1, W2, b2.",
        "a dict with W1, b1, W2, b2",
    )
    assert isinstance(grads, dict)
    return grads
