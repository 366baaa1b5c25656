"""The late penalty: a share of the points earned for each day begun, never more than they are."""

from __future__ import annotations

import pytest

from autograder.release.nbgrader.late import DAY, late_penalty


@pytest.mark.parametrize(
    ("seconds", "penalty"),
    [(0, 0.0), (1, 8.0), (DAY, 8.0), (DAY + 1, 16.0), (9.5 * DAY, 80.0), (100 * DAY, 80.0)],
)
def test_each_day_begun_costs_a_tenth_of_what_was_earned(seconds: float, penalty: float) -> None:
    assert late_penalty(80.0, seconds, 10) == pytest.approx(penalty)


def test_no_points_no_penalty() -> None:
    assert late_penalty(0.0, DAY, 10) == 0.0
