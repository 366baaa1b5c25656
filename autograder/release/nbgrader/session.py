"""Grades each submission of an nbgrader run once, with one warm grader, whatever notebooks it has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from autograder.course import Assignment, Course, load_course
from autograder.engine.errors import GraderFault, UsageError
from autograder.engine.results import SubmissionResult
from autograder.engine.submission import Submission, read_submission
from autograder.release.secret import course_secret
from autograder.reports import save_result

__all__ = ["Engine", "GradingSession", "open_engine"]


class Engine(Protocol):
    """What a session needs of `autograder.engine.grade.Grader`."""

    def grade(self, submission: Submission) -> SubmissionResult: ...

    def __exit__(self, *exc: object) -> None: ...


def open_engine(
    course: Course, assignment: Assignment, course_dir: Path, sandbox: str = "auto", device: str = "cpu"
) -> Engine:
    """The real grader, with the course's secret and the diagnosis by mutants."""
    from autograder.engine.grade import Grader
    from autograder.replay import MutantDiagnosis

    secret = course_secret(course_dir)
    diagnose = MutantDiagnosis(course, secret, device)
    grader = Grader(course, assignment, secret=secret, sandbox=sandbox, device=device, diagnose=diagnose)
    return grader.__enter__()


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
        if sandbox == "none":
            raise UsageError("sandbox none runs students' code in the grader itself; use auto, bubblewrap or process")
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
                self._engines[assignment.id] = self._open(self.course, assignment, self.course_dir, **self._options)
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
