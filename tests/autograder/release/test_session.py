"""A submission is graded once for all its notebooks, again when its files change, and never without a sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.course import Assignment, Course
from autograder.engine import run
from autograder.engine.errors import GraderFault, UsageError
from autograder.engine.results import CheckResult, QuestionResult, SubmissionResult
from autograder.engine.sandbox import best_level
from autograder.engine.submission import Submission, read_submission
from autograder.release.nbgrader.session import GradingSession


class CountingEngine:
    """Gives every question half its points, and counts."""

    def __init__(self, checks: int = 1) -> None:
        self.checks, self.graded, self.closed = checks, [], 0
        self.assignment: Assignment | None = None

    def open(self, assignment: Assignment, course_dir: Path, **options: str) -> CountingEngine:
        self.assignment = assignment
        return self

    def grade(self, submission: Submission) -> SubmissionResult:
        assert self.assignment is not None
        self.graded.append(submission.name)
        check = CheckResult("x/y", "a title", "visible", "failed", "no")
        questions = tuple(
            QuestionResult(q.id, q.points / 2, q.points, (check,) * self.checks) for q in self.assignment.questions
        )
        records = submission.records
        return SubmissionResult(
            submission.name, self.assignment.id, records, "cpu", "process", "s", 50.0, 100.0, 0.0, questions
        )

    def __exit__(self, *exc: object) -> None:
        self.closed += 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "submitted/ada/p1_classifiers"
    home.mkdir(parents=True)
    (home / "knn.py").write_text("x = 1\n")
    return home


def test_the_second_notebook_gets_the_first_ones_result(folder: Path, tmp_path: Path) -> None:
    engine = CountingEngine()
    session = GradingSession(tmp_path, engine=engine.open)
    first = session.result(folder, "p1_classifiers", "ada")
    assert session.result(folder, "p1_classifiers", "ada") is first
    assert engine.graded == ["ada"]
    stored = json.loads((tmp_path / "results/p1_classifiers/ada.json").read_text())
    assert SubmissionResult.from_dict(stored) == first
    session.close()
    session.close()
    assert engine.closed == 1


def test_changed_files_and_other_students_are_graded_anew(folder: Path, tmp_path: Path) -> None:
    engine = CountingEngine()
    session = GradingSession(tmp_path, engine=engine.open)
    session.result(folder, "p1_classifiers", "ada")
    (folder / "knn.py").write_text("x = 2\n")
    session.result(folder, "p1_classifiers", "ada")
    session.result(folder, "p1_classifiers", "bo")
    assert engine.graded == ["ada", "ada", "bo"]


def test_a_run_without_checks_is_a_fault_and_no_zero(folder: Path, tmp_path: Path) -> None:
    session = GradingSession(tmp_path, engine=CountingEngine(checks=0).open)
    with pytest.raises(GraderFault, match="no check was executed for ada"):
        session.result(folder, "p1_classifiers", "ada")
    assert not (tmp_path / "results").exists()


def test_after_a_fault_the_next_submission_gets_a_fresh_grader(folder: Path, tmp_path: Path) -> None:
    opened: list[CountingEngine] = []

    class Failing(CountingEngine):
        def grade(self, submission: Submission) -> SubmissionResult:
            raise GraderFault("the worker's parent is gone")

    def open_engine(assignment: Assignment, course_dir: Path, **options: str) -> CountingEngine:
        opened.append(CountingEngine() if opened else Failing())
        return opened[-1].open(assignment, course_dir)

    session = GradingSession(tmp_path, engine=open_engine)
    with pytest.raises(GraderFault, match="the worker's parent is gone"):
        session.result(folder, "p1_classifiers", "ada")
    assert opened[0].closed == 1
    assert session.result(folder, "p1_classifiers", "bo").score == 50.0
    assert len(opened) == 2


def test_students_are_not_graded_without_a_sandbox(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--sandbox none runs code in the grader itself"):
        GradingSession(tmp_path, sandbox="none").result(folder, "p1_classifiers", "ada")
    assert not (tmp_path / "results").exists()


def test_what_the_ledger_knows_is_not_run_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, course: Course
) -> None:
    monkeypatch.setenv("DEEPROB_SECRET", "the secret of the tests, long enough")
    (folder / "knn.py").write_bytes(read_submission("reference", course.assignment("p1")).files["knn.py"])
    ran: list[str] = []
    real = run.run_check
    monkeypatch.setattr(run, "run_check", lambda session, check: ran.append(check.id) or real(session, check))
    results = []
    for _ in range(2):
        session = GradingSession(tmp_path, sandbox=best_level())
        results.append(session.result(folder, "p1_classifiers", "ada"))
        session.close()
    assert results[0].questions == results[1].questions
    assert results[0].score == 50
    assert len(ran) == len(set(ran)) > 0
