"""A class as CSV for a spreadsheet and as one JSON for a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from autograder.course import Assignment
from autograder.engine.results import SubmissionResult
from autograder.reports.words import plain

__all__ = ["class_csv", "class_json"]


def class_csv(assignment: Assignment, results: Sequence[SubmissionResult]) -> str:
    """One row a submission: score, then each question's points. No cell starts a formula."""
    questions = [q.id for q in assignment.questions]
    file = io.StringIO()
    # quoted, since some spreadsheets take a semicolon or a tab for the separator
    table = csv.writer(file, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    table.writerow(["submission", "assignment", "score", "max_score", *questions, "sandbox", "device", "seconds"])
    for result in results:
        earned = {q.id: q.points for q in result.questions}
        row = [result.submission, result.assignment, result.score, result.max_score]
        row += [earned.get(q, "") for q in questions]
        table.writerow([_cell(v) for v in (*row, result.sandbox, result.device, round(result.seconds, 3))])
    return file.getvalue()


def class_json(assignment: Assignment, results: Sequence[SubmissionResult]) -> str:
    """Every result in full, under the assignment's name."""
    data = {
        "assignment": assignment.id,
        "max_score": assignment.max_score,
        "submissions": [r.to_dict() for r in results],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _cell(value: object) -> object:
    """A spreadsheet runs what starts with one of these; an apostrophe in front makes it text."""
    if not isinstance(value, str):
        return value
    text = plain(value, 500).replace("\n", " ")
    return "'" + text if text.lstrip()[:1] in ("=", "+", "-", "@", "|", "%") else text
