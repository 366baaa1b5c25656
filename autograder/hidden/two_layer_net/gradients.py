"""Hidden checks of loss and gradients; the forward pass is given."""

from __future__ import annotations

from typing import Any

import torch

from autograder.checks.two_layer_net.gradients import BACKWARD, compare
from autograder.checks.two_layer_net.inputs import clear_cut, problem
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.meta import follows_device, on_meta
from autograder.engine.student import Student
from autograder.oracles import two_layer_net as oracle

EVERYTHING = ("loss", *oracle.NAMES)
RIGHT_VALUES = ("loss", "second_layer", "first_layer")


@check(BACKWARD, needs=RIGHT_VALUES)
def double_precision(student: Student, draw: Draw) -> None:
    """float64 parameters give a float64 loss and gradients of that accuracy"""
    params, X, y = problem(draw, 8, 5, 6, 4, torch.float64)
    compare(student, params, X, y, 0.1, EVERYTHING, torch.float64)


@check(BACKWARD, needs=RIGHT_VALUES)
def square_weights(student: Student, draw: Draw) -> None:
    """as many images as features, hidden units and classes, so that every transpose fits"""
    compare(student, *problem(draw, 5, 5, 5, 5), 0.25, EVERYTHING)


@check(BACKWARD, needs=RIGHT_VALUES)
def one_image(student: Student, draw: Draw) -> None:
    """a single image, a single hidden unit, two classes"""
    for n, h, c in ((1, 4, 3), (6, 1, 3), (6, 4, 2), (1, 1, 2)):
        compare(student, *problem(draw, n, 5, h, c), 0.25, EVERYTHING)


@check(BACKWARD, needs=RIGHT_VALUES)
def parameters_by_name(student: Student, draw: Draw) -> None:
    """parameters and gradients go by their names, whatever their order in the dict"""
    params, X, y = problem(draw, 8, 5, 6, 4)
    compare(student, dict(reversed(params.items())), X, y, 0.25, EVERYTHING)


@check(BACKWARD, needs=RIGHT_VALUES)
def missing_class(student: Student, draw: Draw) -> None:
    """a class that does not occur among the labels, and not ten classes"""
    params, X, _ = problem(draw, 6, 4, 5, 7)
    for low, high in ((0, 4), (3, 7)):
        there = {name: p.clone() for name, p in params.items()}, X.clone()
        compare(student, *there, draw.integers(low, high, 6), 0.1, EVERYTHING)
    compare(student, *problem(draw, 20, 4, 5, 13), 0.0, EVERYTHING)


@check(BACKWARD, needs=RIGHT_VALUES)
def not_contiguous(student: Student, draw: Draw) -> None:
    """parameters and X that are not contiguous in memory"""
    params, X, y = problem(draw, 7, 5, 6, 4)
    strided = {name: draw.strided(p) for name, p in params.items()}
    compare(student, strided, draw.strided(X), y, 0.1, EVERYTHING)


@check(BACKWARD, needs=RIGHT_VALUES)
def small_label_dtypes(student: Student, draw: Draw) -> None:
    """int32 and uint8 labels are class numbers"""
    for dtype in (torch.int32, torch.uint8):
        params, X, _ = problem(draw, 8, 5, 6, 3)
        compare(student, params, X, draw.labels(8, 3, dtype=dtype), 0.1, EVERYTHING)


@check(BACKWARD, needs=RIGHT_VALUES)
def hopeless_probability(student: Student, draw: Draw) -> None:
    """a true class with probability 0 costs as much as its score is short, not infinitely much"""
    params, X, _ = problem(draw, 4, 5, 6, 3)
    params["b2"] = params["b2"] + torch.tensor([0.0, 400.0, -400.0], device=draw.device)
    y = torch.tensor([2, 0, 1, 2], device=draw.device)
    compare(student, params, X, y, 0.0, EVERYTHING)


@check(BACKWARD, needs=RIGHT_VALUES)
def images_of_different_scale(student: Student, draw: Draw) -> None:
    """the scores of one image do not spoil those of another; all scores of an image far below 0"""
    params, _, y = problem(draw, 6, 5, 4, 3)
    X = clear_cut(draw, params, (1.0, 1e4, 1.0, 3e4, 1.0, 100.0))
    compare(student, params, X, y, 0.0, EVERYTHING)
    params, X, y = problem(draw, 6, 5, 4, 3)
    lower = {name: value.clone() for name, value in params.items()}
    lower["b2"] -= 1e4
    far_below = clear_cut(draw, lower, (100.0,) * 6), y.clone()
    params["b2"] -= 200
    compare(student, params, X, y, 0.0, EVERYTHING)
    compare(student, lower, *far_below, 0.0, EVERYTHING)


@check(BACKWARD, needs=RIGHT_VALUES)
def calls_do_not_add_up(student: Student, draw: Draw) -> None:
    """a second call knows nothing of the first, and reg is 0 by default"""
    params, X, y = problem(draw, 6, 5, 4, 3)
    compare(student, {name: p.clone() for name, p in params.items()}, X.clone(), y.clone(), 0.5, EVERYTHING)
    expected_loss, expected = oracle.loss_and_gradients(params, X, y, 0.0)
    sizes = oracle.sizes(params, X)
    result = student.nn_forward_backward(params, X, y)
    value, grads = expect(result, "the result of the second call").unpacks_to(2, "(loss, grads)")
    expect(value, "loss of the second call").is_number(expected_loss, scale=sizes["loss"])
    came = grads.get("W1") if isinstance(grads, dict) else None
    expect(came, "grads['W1'] of the second call").equals(expected["W1"], torch.float32, scale=sizes["W1"])


@check(BACKWARD, needs=RIGHT_VALUES)
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    params, X, y = problem(draw, 6, 5, 4, 3)
    there = {name: on_meta(p) for name, p in params.items()}, on_meta(X), on_meta(y)
    compare(student, params, X, y, 0.1, EVERYTHING)

    def parts() -> list[Any]:
        result = student.nn_forward_backward(*there, 0.1)
        pair = result if isinstance(result, tuple | list) else [result]
        return [v for part in pair for v in (part.values() if isinstance(part, dict) else [part])]

    follows_device(parts, "loss or grads")
