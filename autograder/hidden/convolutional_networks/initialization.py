"""Hidden checks of the Kaiming initialization."""

from __future__ import annotations

import torch

from autograder.checks.convolutional_networks.initialization import KAIMING, expect_normal, expect_spread
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.meta import follows_device
from autograder.engine.student import Student

BOTH_FORMS = ("linear_layer", "convolution")


@check(KAIMING, needs=BOTH_FORMS)
def normal_numbers(student: Student, draw: Draw) -> None:
    """the numbers are normal, and others at each call"""
    for shape, variance, options in (
        ((150, 400), 2 / 150, {}),
        ((800, 8, 3, 3), 2 / 72, {"K": 3}),
        ((200, 300), 1 / 200, {"relu": False}),
        ((700, 9, 3, 3), 1 / 81, {"K": 3, "relu": False}),
    ):
        sizes = (shape[0], shape[1]) if len(shape) == 2 else (shape[1], shape[0])
        first = expect_spread(student.kaiming_initializer(*sizes, **options, device=draw.device), shape, variance)
        expect_normal(first)
        second = expect_spread(student.kaiming_initializer(*sizes, **options, device=draw.device), shape, variance)
        expect(second, "the result of a second call").holds(
            float((first == second).double().mean()) < 0.5,
            "a second call returns the numbers of the first: nothing may set the seed of the random numbers.",
            "new numbers",
        )


@check(KAIMING, needs=BOTH_FORMS)
def given_dtype(student: Student, draw: Draw) -> None:
    """float64 where that is asked for, with and without ReLU"""
    options = {"device": draw.device, "dtype": torch.float64}
    w = student.kaiming_initializer(60, 500, **options)
    expect_spread(w, (60, 500), 2 / 60, dtype=torch.float64)
    w = student.kaiming_initializer(6, 500, K=3, relu=False, **options)
    expect_spread(w, (500, 6, 3, 3), 1 / 54, dtype=torch.float64)


@check(KAIMING, needs=BOTH_FORMS)
def given_device(student: Student, draw: Draw) -> None:
    """the device that is asked for"""
    expect_spread(student.kaiming_initializer(40, 50, device=draw.device), (40, 50), 2 / 40, device=draw.device)
    follows_device(lambda: student.kaiming_initializer(6, 4, device="meta"))
    follows_device(lambda: student.kaiming_initializer(6, 4, K=3, device="meta"))


@check(KAIMING, needs=BOTH_FORMS)
def other_sizes(student: Student, draw: Draw) -> None:
    """filters of 1 x 1, one channel, one input, one output"""
    for (Din, Dout, K), shape, fan_in in (
        ((5, 4000, 1), (4000, 5, 1, 1), 5),
        ((1, 2000, 3), (2000, 1, 3, 3), 9),
        ((700, 1, 5), (1, 700, 5, 5), 17500),
        ((1, 9000, None), (1, 9000), 1),
        ((9000, 1, None), (9000, 1), 9000),
    ):
        expect_spread(student.kaiming_initializer(Din, Dout, K, device=draw.device), shape, 2 / fan_in)
