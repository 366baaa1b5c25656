"""Visible check of prediction."""

from __future__ import annotations

from autograder.checks.two_layer_net.inputs import problem
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles import two_layer_net as oracle

PREDICT = "two_layer_net.nn_predict"


@check(PREDICT)
def highest_score(student: Student, draw: Draw) -> None:
    """the class with the highest score, as int64"""
    student.given(nn_forward_pass=oracle.forward, nn_forward_backward=oracle.scores_alone)
    params, X, _ = problem(draw, 12, 5, 6, 4)
    expected = oracle.predict(params, X)
    expect(student.nn_predict(params, oracle.scores_alone, X), "labels").equals(expected)
