"""The right parts that checks give to a student's code refuse work that no honest call asks for."""

from __future__ import annotations

import pytest
import torch

from autograder.checks.knn import with_right_parts
from autograder.oracles import linear_classifier as oracle


@pytest.fixture
def parts():
    given = {}

    class Student:
        def given(self, **functions):
            given.update(functions)

    with_right_parts(Student())
    return given


@pytest.mark.parametrize("shapes", [
    ((5000, 1), (5000, 1)),
    ((3000, 1), (3000, 1000)),  # broadcast to 9e9 numbers
    ((100_000, 0), (100_000, 0)),
])  # fmt: skip
def test_distances_of_more_images_than_were_given_are_refused(parts, shapes):
    with pytest.raises(ValueError, match="more than were given"):
        parts["compute_distances_no_loops"](torch.zeros(shapes[0]), torch.zeros(shapes[1]))


@pytest.mark.parametrize(("shape", "label"), [((10, 10), 1_000_000), ((0, 100_000_000), 0), ((10, 10), -1)])
def test_labels_that_were_not_given_are_refused(parts, shape, label):
    with pytest.raises(ValueError, match="labels that were not given"):
        parts["predict_labels"](torch.zeros(shape), torch.full((10,), label), 1)


def test_scores_of_more_images_than_were_given_are_refused():
    for W, X in ((torch.zeros(1, 5000), torch.zeros(5000, 1)), (torch.zeros(9000, 1, 1), torch.zeros(9000, 1, 1, 1))):
        with pytest.raises(ValueError, match="more than were given"):
            oracle.predict(W, X)
