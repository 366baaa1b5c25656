"""The late penalty of course.toml: a percentage of the points earned for each day begun."""

from __future__ import annotations

import math

from nbgrader.plugins import LateSubmissionPlugin

from autograder.course import load_course

__all__ = ["DailyPenalty", "late_penalty"]

DAY = 24 * 60 * 60


def late_penalty(score: float, seconds_late: float, percent_per_day: float) -> float:
    """Points to take off.

    >>> late_penalty(80.0, 1.0, 10)
    8.0
    >>> late_penalty(80.0, 11 * DAY, 10)
    80.0
    """
    days = math.ceil(seconds_late / DAY)
    return score * min(1.0, days * percent_per_day / 100)


class DailyPenalty(LateSubmissionPlugin):  # type: ignore[misc]
    """nbgrader's plugin for it; it is called once a notebook, with that notebook's points."""

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float:
        assignment = load_course().assignment(self.parent.assignment_id)
        return round(late_penalty(score, total_seconds_late, assignment.late_percent_per_day), 2)
