"""Code that takes out of its arguments what a check needs later fails the check; the grader is not at fault."""

from __future__ import annotations

import pytest
import torch

from autograder.course import load_course
from autograder.engine.trees import form_of, has_form
from tests.conftest import COPIED

DISTURB = COPIED + """
def _disturb(value):
    if isinstance(value, dict):
        for part in value.values():
            _disturb(part)
        for key in list(value)[:1]:
            del value[key]
        for key in value:
            value[key] = "?"
    elif isinstance(value, list | tuple):
        for part in value:
            _disturb(part)
        if isinstance(value, list):
            value[:] = ["?"] * (len(value) - 1)
    elif isinstance(value, torch.Tensor):
        value.data = value.new_empty(0)


def _disturbing(function, skip):
    def disturbing(*args, **kwargs):
        result = _copied(function(*args, **kwargs))
        _disturb((args[skip:], kwargs))
        return result

    return disturbing


def _disturb_methods(owner):
    for name, method in list(vars(owner).items()):
        if isinstance(method, staticmethod):
            setattr(owner, name, staticmethod(_disturbing(method.__func__, 0)))
        elif callable(method) and not isinstance(method, type):
            setattr(owner, name, _disturbing(method, 1))


if isinstance({owner}, type):
    _disturb_methods({owner})
else:
    {owner} = _disturbing({owner}, 0)
"""
# These take numbers and names, or nothing.
NOT_HERE = {f"architectures.{name}" for name in ("conv_output_size", "pool_output_size", "lenet5", "vgg", "resnet")}
QUESTIONS = [q.id for a in load_course().assignments for q in a.questions if q.id not in NOT_HERE]


@pytest.mark.parametrize("question", QUESTIONS)
def test_disturbed_arguments_are_no_fault_of_the_grader(bench_in_process, question):
    owner = question.split(".")[1]
    assert bench_in_process.grade(DISTURB.replace("{owner}", owner), question)  # a fault would be raised


def test_a_form_is_kept_whatever_the_numbers_and_with_more_keys():
    value = {"W": torch.zeros(2, 3), "sizes": [1, (2, "x")]}
    form = form_of(value)
    value["W"].fill_(7)
    value["sizes"][0] = 5
    assert has_form({**value, "more": 1}, form)
    for other in ({"W": value["W"]}, {**value, "W": torch.zeros(3)}, {**value, "sizes": [1]}, {**value, "W": 3}, [1]):
        assert not has_form(other, form)
