"""The likely mistake, from the numbers alone."""

from __future__ import annotations

import math

import pytest
import torch

from autograder.engine.diagnose import relation
from autograder.engine.expect import Failed

RIGHT = torch.tensor([[1.0, 9.0, 4.0], [2.0, 16.0, 0.25]])
SQUARE = torch.tensor([[1.0, 2.0], [3.0, 4.0]])


def words(came, expected=RIGHT) -> str:
    return relation(Failed("", came=came, expected=expected))


@pytest.mark.parametrize(
    ("came", "expected", "says"),
    [
        (RIGHT.T, RIGHT, "The values are right but rows and columns are swapped."),
        (SQUARE.T, SQUARE, "The values are right but rows and columns are swapped."),
        (torch.zeros(2, 3), RIGHT, "Every entry is 0: the result is made but never filled."),
        (-RIGHT, RIGHT, "The sign is wrong: every entry is the negative of what is expected."),
        (RIGHT.sqrt(), RIGHT, "Every entry is the square root of what is expected."),
        (RIGHT.square(), RIGHT, "Every entry is the square of what is expected."),
        (RIGHT * 2, RIGHT, "Every entry is 2 times what is expected: a constant factor is missing or too many."),
        (RIGHT / 7, RIGHT, "Every entry is 1/7 times what is expected: a constant factor is missing or too many."),
        (RIGHT + 0.5, RIGHT, "Every entry is off by the same number, 0.5."),
        (torch.tensor([1.0, math.inf]), torch.ones(2), "A NaN or infinity usually comes from an exponential that "
         "overflows, a logarithm of 0 or a division by 0."),
        (RIGHT * torch.tensor([1.0, 1.0, 2.0]), RIGHT, ""),
        (torch.ones(3), RIGHT, ""),
        (torch.empty(0), torch.empty(0), ""),
        (torch.tensor([True]), torch.tensor([False]), ""),
        (torch.tensor([7, 7, 7]), torch.tensor([2, 2, 2]), ""),
        (torch.tensor([0, 0]), torch.tensor([2, 1]), "Every entry is 0: the result is made but never filled."),
        (None, None, ""),
    ],
)  # fmt: skip
def test_a_simple_relation_is_named_and_none_is_invented(came, expected, says):
    assert words(came, expected) == says


def test_a_gradient_with_a_graph_is_looked_at_as_numbers():
    assert words((-RIGHT).requires_grad_()) == "The sign is wrong: every entry is the negative of what is expected."


def test_other_dtypes_and_one_number_are_borne():
    assert words(torch.tensor(3), torch.tensor(6)) == ""
    assert words(torch.tensor([2, 4]), torch.tensor([1, 2])) == ""
