"""Grades each submission of an nbgrader run once, with one warm grader, whatever notebooks it has."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from autograder.course import Assignment, Course, load_course
from autograder.engine.device import resolve_device
from autograder.engine.errors import GraderFault
from autograder.engine.results import SubmissionResult
from autograder.engine.submission import Submission, read_submission
from autograder.ledger import Ledger
from autograder.level import allowed_level
from autograder.release.secret import course_secret
from autograder.reports import save_result
from autograder.setting import Setting

__all__ = ["Engine", "GradingSession", "open_engine"]


class Engine(Protocol):
    """What a session needs of a grader."""

    def grade(self, submission: Submission) -> SubmissionResult: ...

    def __exit__(self, *exc: object) -> None: ...


class LedgerGrader:
    """A warm grader with the course's secret and ledger: what an earlier run knows is not run again."""

    def __init__(self, setting: Setting, course_dir: Path) -> None:
        self._contents = setting.contents()
        with ExitStack() as opened:
            self._ledger = opened.enter_context(Ledger(course_dir))
            self._grader = opened.enter_context(setting.grader())
            self._opened = opened.pop_all()

    def grade(self, submission: Submission) -> SubmissionResult:
        entry = self._ledger.entry(self._contents.keys(submission))
        return self._grader.grade(submission, known=entry.known, on_check=entry.add)

    def __exit__(self, *exc: object) -> None:
        self._opened.close()


def open_engine(assignment: Assignment, course_dir: Path, sandbox: str = "auto", device: str = "cpu") -> Engine:
    """The real grader.

    Raises:
        UsageError: no such sandbox or device here, a sandbox too weak, or a ledger in use.
    """
    level = allowed_level(sandbox)
    return LedgerGrader(Setting(assignment.id, course_secret(course_dir), resolve_device(device), level), course_dir)


class GradingSession:
    """The grader of one nbgrader run, opened when first needed.

    Args:
        course_dir: nbgrader's course folder; results are also written to its
            `results/<assignment>/<student>.json`.
        course: what course.toml says; by default the kit's.
        engine: opens the grader; another one in tests.
        sandbox, device: of the grader.
    """

    def __init__(
        self,
        course_dir: Path,
        *,
        course: Course | None = None,
        engine: Callable[..., Engine] = open_engine,
        sandbox: str = "auto",
        device: str = "cpu",
    ) -> None:
        self.course_dir, self.course = course_dir, course or load_course()
        self._open, self._options = engine, {"sandbox": sandbox, "device": device}
        self._engines: dict[str, Engine] = {}
        self._last: tuple[tuple[str, ...], SubmissionResult] | None = None

    def result(self, folder: Path, assignment_id: str, student: str) -> SubmissionResult:
        """The submission's result; graded at the first notebook, remembered for the others.

        Raises:
            GraderFault: the grader itself failed; the submission must not get a score from it.
        """
        assignment = self.course.assignment(assignment_id)
        submission = read_submission(folder, assignment, name=student)
        key = (student, assignment.id, *(f"{r.path}:{r.sha256}" for r in submission.records))
        if self._last is None or self._last[0] != key:
            if assignment.id not in self._engines:
                self._engines[assignment.id] = self._open(assignment, self.course_dir, **self._options)
            try:
                result = self._engines[assignment.id].grade(submission)
            except GraderFault:
                self.close()  # the next submission gets a fresh grader
                raise
            if not any(q.checks for q in result.questions):
                raise GraderFault(f"no check was executed for {student}")
            save_result(result, self.course_dir / "results" / result.assignment)
            self._last = (key, result)
        return self._last[1]

    def close(self) -> None:
        """End the worker processes."""
        while self._engines:
            self._engines.popitem()[1].__exit__(None, None, None)
