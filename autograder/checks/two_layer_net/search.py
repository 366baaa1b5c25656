"""Visible checks of the search. Nets are the check's, with known accuracies, so that training costs nothing."""

from __future__ import annotations

from typing import Any

import torch

from autograder.checks.two_layer_net.nets import KnownNets
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles import two_layer_net as oracle

SEARCH = "two_layer_net.nn_get_search_params"
BEST = "two_layer_net.find_best_net"
LISTS = ("learning_rates", "hidden_sizes", "regularization_strengths", "learning_rate_decays")


@check(SEARCH)
def at_most_25_combinations(student: Student, draw: Draw) -> None:
    """four lists that make at most 25 combinations"""
    search_params(student)


@check(SEARCH, needs="at_most_25_combinations")
def a_combination_that_learns(student: Student, draw: Draw) -> None:
    """with at least one combination, 90 % of the validation digits after 500 iterations"""
    rates, sizes, strengths, decays = search_params(student)
    accuracy = oracle.best_validation_accuracy(rates, [int(h) for h in sizes], strengths, decays, enough=0.9)
    count = len(rates) * len(sizes) * len(strengths) * len(decays)
    expect(accuracy, "validation accuracy").holds(
        accuracy >= 0.9,
        f"the best of your {count} combinations reaches {100 * accuracy:.0f} % on the validation digits, expected at "
        "least 90 %.",
        "90 % or more",
    )


@check(BEST, weight=2)
def best_on_validation(student: Student, draw: Draw) -> None:
    """the net with the highest validation accuracy, with what its training returned and that accuracy"""
    nets = KnownNets(draw, ([0.5, 0.25], [3, 5], [0.125], [0.75, 1.0]))
    nets.expect_best(nets.search(student))


@check(BEST, needs="best_on_validation")
def one_net_a_combination(student: Student, draw: Draw) -> None:
    """one new net for each combination of the four lists"""
    nets = KnownNets(draw, ([0.5, 0.25], [3, 5], [0.125, 0.0], [0.75, 1.0]))
    nets.search(student)
    nets.expect_each_once()


def search_params(student: Student) -> tuple[list[float], list[float], list[float], list[float]]:
    """The four lists, each of them right by itself and not too many combinations together."""
    lists = expect(student.nn_get_search_params(), "the result").unpacks_to(4, f"({', '.join(LISTS)})")
    rates = numbers(lists[0], LISTS[0], 2)
    sizes = numbers(lists[1], LISTS[1], 2)
    strengths = numbers(lists[2], LISTS[2], 1)
    decays = numbers(lists[3], LISTS[3], 1)
    whole = not any(isinstance(h, float) for h in lists[1])  # torch takes no 16.0 for a size
    for name, row, ok, wanted in (
        (LISTS[0], rates, min(rates) >= 1e-12, "positive numbers"),
        (LISTS[1], sizes, all(1 <= h <= 200 and h == int(h) for h in sizes) and whole, "integers from 1 to 200"),
        (LISTS[2], strengths, min(strengths) >= 0, "numbers that are not negative"),
        (LISTS[3], decays, all(0 < d <= 1 for d in decays), "numbers above 0 and at most 1"),
    ):
        expect(row, name).holds(ok, f"{name} is {row!s:.60}, expected {wanted}.", wanted)
    count = len(rates) * len(sizes) * len(strengths) * len(decays)
    expect(count, "combinations").holds(
        count <= 25, f"they make {count} combinations, expected at most 25.", "at most 25 combinations"
    )
    return rates, sizes, strengths, decays


def numbers(values: Any, name: str, least: int) -> list[float]:
    """A list of at least so many different numbers."""
    if isinstance(values, torch.Tensor) and values.dim() == 1:
        values = values.tolist()
    wanted = "a list of at least " + ("1 number" if least == 1 else f"{least} different numbers")
    is_list = isinstance(values, list | tuple) and len(values) >= least
    expect(values, name).holds(is_list, f"{name} is {values!r:.60}, expected {wanted}.", wanted)
    row = [expect(v, f"{name}[{i}]").as_number() for i, v in enumerate(values)]
    expect(values, name).holds(len(set(row)) >= least, f"{name} is {row!s:.60}, expected {wanted}.", wanted)
    return row
