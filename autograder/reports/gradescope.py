"""A result as the `results.json` that Gradescope's autograder reads.

One test a question, so that partial credit arrives as it is. Gradescope shows a test to the student as its
`visibility` says: what hidden checks found is put into a test of its own that appears after the grades are
published.
"""

from __future__ import annotations

import json
from typing import Any

from autograder.engine.results import CheckResult, QuestionResult, SubmissionResult
from autograder.reports.words import OUTCOME_WORDS, plain, points

__all__ = ["gradescope_json"]


def gradescope_json(result: SubmissionResult, hidden: str = "after_published") -> str:
    """Gradescope's record of one submission.

    Args:
        result: the submission, graded.
        hidden: visibility of what hidden checks decide: `after_published` or `hidden`.
    """
    tests = [test for question in result.questions for test in _tests(question, hidden)]
    data = {
        "score": round(result.score, 6),
        "execution_time": round(result.seconds),
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {"sandbox": result.sandbox, "device": result.device, "seed": result.seed},
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _tests(question: QuestionResult, hidden: str) -> list[dict[str, Any]]:
    visible = [c for c in question.checks if c.visibility == "visible"]
    secret = [c for c in question.checks if c.visibility == "hidden"]
    tests: list[dict[str, Any]] = [
        {
            "name": f"{question.id}: visible checks",
            "number": question.id,
            "status": "passed" if all(c.passed for c in visible) else "failed",
            "output": _output(visible),
            "output_format": "text",
            "visibility": "visible",
        }
    ]
    tests.append(
        {
            "name": f"{question.id}: points",
            "number": f"{question.id}.points",
            "score": round(question.points, 6),
            "max_score": question.max_points,
            "status": "passed" if question.points >= question.max_points else "failed",
            "output": _output(secret) or f"{points(question.points)} of {points(question.max_points)} points",
            "output_format": "text",
            "visibility": hidden if secret else "visible",
        }
    )
    return tests


def _output(checks: list[CheckResult]) -> str:
    lines = []
    for check in checks:
        lines.append(f"{plain(check.title, 300)}: {OUTCOME_WORDS[check.outcome]}")
        lines += [f"    {plain(text, 1000)}" for text in (check.message, check.diagnosis) if text]
    return "\n".join(lines)
