"""Every string of a result, made safe to show: bounded, no control characters, escaped for its place."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable

from autograder.engine.results import CheckResult, QuestionResult, SubmissionResult, storable

__all__ = [
    "MANY",
    "OUTCOME_WORDS",
    "escape",
    "file_stem",
    "likely_mistakes",
    "never_run",
    "percent",
    "plain",
    "points",
    "stopped_by",
    "stopped_together",
]

OUTCOME_WORDS = {
    "passed": "passed",
    "failed": "not right yet",
    "not_attempted": "not attempted",
    "error": "raised an error",
    "timeout": "took too long",
    "crashed": "crashed",
    "forbidden": "uses what is not allowed",
    "blocked": "not run since an earlier check failed",
}
LIMIT = 2000
MANY = 3  # so many checks that stopped for one reason are shown as one


def plain(text: object, limit: int = LIMIT) -> str:
    """One string on one or more lines, of at most `limit` characters, with nothing a terminal would obey."""
    words = storable(str(text))
    words = re.sub(r"[^\S\n]", " ", words)
    words = "".join(c for c in words if c == "\n" or (c.isprintable() and c not in "\u2028\u2029"))
    return words if len(words) <= limit else words[: limit - 4] + " ..."


def escape(text: object, limit: int = LIMIT) -> str:
    """The same, for HTML text and quoted attributes."""
    return html.escape(plain(text, limit), quote=True)


def points(value: float) -> str:
    """`4`, `4.5`, `3.33`."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def file_stem(name: str) -> str:
    """A file name for a submission: its own name where that is harmless, otherwise one with a hash."""
    safe = re.sub(r"[^A-Za-z0-9_.@-]+", "_", name).lstrip(".")[:80]
    if safe == name and safe.lower() not in ("", "index"):
        return safe
    return f"{safe or 'submission'}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def likely_mistakes(question: QuestionResult) -> tuple[str, ...]:
    """The diagnoses of a question's checks, each once, in order."""
    return tuple(dict.fromkeys(c.diagnosis for c in question.checks if c.diagnosis and not c.passed))


def stopped_together(checks: Iterable[CheckResult]) -> list[list[CheckResult]]:
    """The checks that did not pass, grouped by outcome and message; those not run are one last group."""
    groups: dict[tuple[str, str], list[CheckResult]] = {}
    for check in sorted((c for c in checks if not c.passed), key=lambda c: c.outcome == "blocked"):
        message = "" if check.outcome == "blocked" else check.message
        groups.setdefault((check.outcome, message), []).append(check)
    return list(groups.values())


def never_run(result: SubmissionResult) -> dict[str, str]:
    """Exercise -> why not one of its checks was run: no file, a file that does not parse, something not allowed."""
    reasons: dict[str, set[str]] = {}
    for question in result.questions:
        whole = {c.message for c in question.checks} if not any(map(_was_run, question.checks)) else {""}
        reasons.setdefault(question.id.split(".")[0], set()).update(whole)
    return {exercise: said.pop() for exercise, said in reasons.items() if len(said) == 1 and said != {""}}


def _was_run(check: CheckResult) -> bool:
    return check.outcome not in ("not_attempted", "error", "forbidden")


def stopped_by(result: SubmissionResult) -> Iterable[tuple[QuestionResult, CheckResult]]:
    """Every check that did not pass, with its question."""
    return ((q, c) for q in result.questions for c in q.checks if not c.passed)
