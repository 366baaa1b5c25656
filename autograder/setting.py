"""How a class is graded: all that a process which grades needs to know, wherever it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from autograder.contents import Contents
from autograder.course import Assignment, load_course
from autograder.engine.errors import DeeprobError, GraderFault
from autograder.engine.grade import Grader
from autograder.engine.results import CheckResult, SubmissionResult
from autograder.engine.submission import Submission
from autograder.replay import MutantDiagnosis

__all__ = ["Setting", "grade_one"]


@dataclass(frozen=True)
class Setting:
    """What is graded, from which secret, where.

    Attributes:
        assignment: its id.
        secret: the course's.
        device: `cpu` or `cuda`.
        sandbox: the level, not `auto`.
    """

    assignment: str
    secret: bytes
    device: str
    sandbox: str

    def grader(self) -> Grader:
        """A grader, not yet warm, that names mistakes."""
        course = load_course()
        return Grader(
            course,
            course.assignment(self.assignment),
            secret=self.secret,
            sandbox=self.sandbox,
            device=self.device,
            diagnose=MutantDiagnosis(course, self.secret, self.device),
        )

    def contents(self) -> Contents:
        """The keys of its checks."""
        course = load_course()
        return Contents(course, self._assignment, self.secret, self.device, self.sandbox)

    @property
    def _assignment(self) -> Assignment:
        return load_course().assignment(self.assignment)


def grade_one(
    grader: Grader,
    submission: Submission,
    known: Mapping[str, CheckResult],
    on_check: Callable[[CheckResult], None] | None,
) -> SubmissionResult | str:
    """The result, or how the grader failed."""
    try:
        return grader.grade(submission, known=known, on_check=on_check)
    except GraderFault as e:
        return str(e)
    except DeeprobError:
        raise
    except Exception as e:
        return f"{type(e).__name__}: {e}"
