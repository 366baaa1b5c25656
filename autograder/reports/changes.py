"""What grading again changes: for each submission the points, and the checks that end otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.engine.results import CheckResult, SubmissionResult

__all__ = ["Change", "CheckChange", "changes"]


@dataclass(frozen=True)
class CheckChange:
    """A check that ends otherwise; `before` or `after` is None where there was no such check."""

    before: CheckResult | None
    after: CheckResult | None

    @property
    def check(self) -> CheckResult:
        check = self.after or self.before
        assert check is not None
        return check


@dataclass(frozen=True)
class Change:
    """A submission whose points or outcomes change; `before` is None where it had no result."""

    submission: str
    before: float | None
    after: float
    checks: tuple[CheckChange, ...]


def changes(before: SubmissionResult | None, after: SubmissionResult) -> Change | None:
    """What differs between two results of a submission, or None.

    Words alone (a message, a diagnosis) are no change; an outcome is.
    """
    if before is None:
        return Change(after.submission, None, after.score, ())
    old, new = _checks(before), _checks(after)
    checks = tuple(
        CheckChange(old.get(id), new.get(id))
        for id in dict.fromkeys((*new, *old))
        if _outcome(old.get(id)) != _outcome(new.get(id))
    )
    if not checks and before.score == after.score:
        return None
    return Change(after.submission, before.score, after.score, checks)


def _checks(result: SubmissionResult) -> dict[str, CheckResult]:
    return {c.id: c for q in result.questions for c in q.checks}


def _outcome(check: CheckResult | None) -> str:
    return check.outcome if check else ""
