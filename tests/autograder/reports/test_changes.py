"""What grading again changes, between two results and on the terminal."""

from __future__ import annotations

import dataclasses
import io

import pytest
from rich.console import Console

from autograder.course import Assignment, load_course
from autograder.engine.results import CheckResult, QuestionResult, SubmissionResult
from autograder.reports.changes import changes
from autograder.reports.terminal import change_table


@pytest.fixture
def assignment() -> Assignment:
    return load_course().assignment("p1")


@pytest.fixture
def graded(assignment: Assignment) -> SubmissionResult:
    check = CheckResult("knn.predict_labels/a", "a title", "visible", "passed")
    other = CheckResult("knn.predict_labels/b", "a title", "hidden", "failed", "no")
    question = QuestionResult("knn.predict_labels", 5.0, 10.0, (check, other))
    return SubmissionResult("ada", assignment.id, (), "cpu", "process", "s", 5.0, 100.0, 0.0, (question,))


def with_check(result: SubmissionResult, points: float = 0.0, **changed: object) -> SubmissionResult:
    """The result with its first check changed, and so many points more."""
    first, *rest = result.questions
    check = dataclasses.replace(first.checks[0], **changed)  # type: ignore[arg-type]
    question = dataclasses.replace(first, checks=(check, *first.checks[1:]), points=first.points + points)
    return dataclasses.replace(result, questions=(question, *rest), score=result.score + points)


def test_the_same_outcomes_and_points_are_no_change(graded: SubmissionResult) -> None:
    assert changes(graded, graded) is None
    assert changes(graded, with_check(graded, message="other words", seconds=9.0)) is None
    assert changes(graded, dataclasses.replace(graded, sandbox="none", seconds=1.0)) is None


def test_another_outcome_is_a_change_even_without_points(graded: SubmissionResult) -> None:
    change = changes(graded, with_check(graded, outcome="timeout"))
    assert change is not None
    (check,) = change.checks
    assert (check.before.outcome, check.after.outcome) == ("passed", "timeout")  # type: ignore[union-attr]
    assert change.before == change.after


def test_checks_that_came_or_went_and_points_alone_are_changes(graded: SubmissionResult) -> None:
    new = CheckResult("knn.predict_labels/c", "a title", "hidden", "failed")
    first, *rest = graded.questions
    longer = dataclasses.replace(first, checks=(*first.checks, new))
    change = changes(graded, dataclasses.replace(graded, questions=(longer, *rest)))
    assert change is not None
    assert [(c.before, c.after) for c in change.checks] == [(None, new)]
    back = changes(dataclasses.replace(graded, questions=(longer, *rest)), graded)
    assert back is not None
    assert [(c.before, c.after) for c in back.checks] == [(new, None)]
    worth_more = changes(graded, dataclasses.replace(graded, score=graded.score + 1))
    assert worth_more is not None
    assert worth_more.checks == ()


def test_the_table_says_who_by_how_much_and_why(graded: SubmissionResult, assignment: Assignment) -> None:
    down = with_check(graded, -2.5, outcome="failed")
    console = Console(file=io.StringIO(), width=160)
    changed = [changes(graded, down), changes(down, graded), changes(None, graded)]
    odd = dataclasses.replace(changed[0], submission="[red]\x1b[2J<eve>")  # type: ignore[type-var]
    console.print(change_table(assignment, [c for c in (*changed, odd) if c]))
    said = " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]
    id = graded.questions[0].checks[0].id
    assert f"-2.5 {id}: passed -> failed" in said
    assert f"+2.5 {id}: failed -> passed" in said
    assert "had no result" in said
    assert "[red][2J<eve>" in said
    assert "\x1b[2J" not in said
