"""Hidden checks of prediction."""

from __future__ import annotations

from typing import Any

import torch

from autograder.checks.two_layer_net.inputs import Tensors, problem
from autograder.checks.two_layer_net.prediction import PREDICT
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.meta import follows_device, on_meta, some_tensor
from autograder.engine.student import Student


@check(PREDICT, needs="highest_score")
def scores_of_loss_func(student: Student, draw: Draw) -> None:
    """the scores of the loss_func that it is given, also that of another network: many images, many classes"""
    weight, X = draw.normal(5, 23), draw.normal(230, 5)
    expected = (X.double() @ weight.double()).argmax(dim=1)
    params, _, _ = problem(draw, 9, 5, 4, 7)
    labels = student.nn_predict({**params, "W3": weight}, linear_scores("W3"), X)
    expect(labels, "labels").equals(expected)


@check(PREDICT, needs="highest_score")
def other_scores(student: Student, draw: Draw) -> None:
    """negative, large and close scores, one image, not contiguous, float64; inputs unchanged"""
    X, weight = draw.normal(9, 5, dtype=torch.float64), draw.normal(5, 6, dtype=torch.float64)
    X = draw.strided(torch.cat([X, torch.ones_like(X[:, :1])], dim=1))
    weight = draw.strided(torch.cat([weight, torch.full_like(weight[:1], -50.0)]))
    params = {"W": weight}
    before = weight.clone(), X.clone()
    expected, lowest = (X @ weight).argmax(dim=1), (X @ weight).argmin(dim=1)
    loss_func = linear_scores("W")
    expect(student.nn_predict(params, loss_func, X), "labels").equals(expected)
    expect(params.get("W"), "the parameters").is_unchanged_from(before[0])
    expect(X, "X").is_unchanged_from(before[1])
    expect(student.nn_predict({"W": weight.clone()}, loss_func, X[:1].clone()), "labels").equals(expected[:1])
    expect(student.nn_predict({"W": 1e4 * weight}, loss_func, X), "labels").equals(expected)
    expect(student.nn_predict({"W": -weight}, loss_func, X.clone()), "labels").equals(lowest)
    close = torch.tensor([[1.0, 1.0 + 1e-12, 1.0 - 1e-12]], dtype=torch.float64, device=draw.device)
    expect(student.nn_predict({"W": close}, loss_func, torch.ones_like(close[:, :1])), "labels").equals(
        torch.tensor([1], device=draw.device)
    )


@check(PREDICT, needs="highest_score")
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """makes its labels on the device of X"""
    weight, X = draw.normal(5, 7), draw.normal(9, 5)
    there = {"W": on_meta(weight)}, linear_scores("W"), on_meta(X)
    follows_device(lambda: some_tensor(student.nn_predict(*there), "labels"), "labels")


def linear_scores(name: str) -> Any:
    """The loss function of a network with one weight, of which only the scores are asked for."""

    def scores(params: Tensors, X: torch.Tensor, y: object = None, reg: float = 0.0) -> Any:
        if y is not None:
            raise ValueError("no labels are needed here: call loss_func(params, X), which returns the scores")
        return X @ params[name]

    return scores
