"""Every exception of the grader, as one tree.

DeeprobError
├── UsageError            the caller asked for something that cannot be; exit code 2
├── SubmissionError       a submission that cannot be read; said to the student, costs nobody else
├── GraderFault           the grader itself is broken; never a student's zero
└── CheckStopped          ends one check with an outcome
    ├── Failed                an expectation did not hold                       failed
    ├── StudentRaised         the student's code raised                         error, not_attempted, blocked
    ├── RuleBroken            a forbidden call, or a loop over the budget       forbidden
    ├── TimedOut              no answer within the limit                        timeout
    └── WorkerDied            the process ended, or broke the protocol          crashed
"""

from __future__ import annotations

__all__ = [
    "CheckStopped",
    "DeeprobError",
    "GraderFault",
    "RuleBroken",
    "StudentRaised",
    "SubmissionError",
    "TimedOut",
    "UsageError",
    "WorkerDied",
]


class DeeprobError(Exception):
    """Base of all errors that this project raises on purpose; the message is meant for a person."""


class UsageError(DeeprobError):
    """A wrong argument, a wrong name, a course file that does not hold together."""


class SubmissionError(DeeprobError):
    """A submission that cannot be read: not a zip, a file missing, a file that is no text."""


class GraderFault(DeeprobError):
    """The grader failed: a check, an oracle or the sandbox is broken. Nobody's grade follows from it."""


class CheckStopped(DeeprobError):
    """Ends the check that is running; `outcome` is what goes into the result."""

    outcome = "failed"


class StudentRaised(CheckStopped):
    """The student's code raised an exception.

    Args:
        kind: the exception's type name, such as `"IndexError"`.
        text: its message, bounded.
        where: `"knn.py, line 41, in predict_labels"`, or empty.
        builtins: the built-in exceptions that it is one of, nearest first:
            `("IndexError", "LookupError", "Exception")`.
    """

    def __init__(self, kind: str, text: str, where: str = "", builtins: tuple[str, ...] = ()) -> None:
        self.kind, self.text, self.where, self.builtins = kind, text, where, builtins
        super().__init__(self.said + (f" ({where})" if where else ""))

    @property
    def said(self) -> str:
        """The exception as Python writes it, without its place."""
        return f"{self.kind}: {self.text}" if self.text else self.kind

    outcome = "error"


class RuleBroken(CheckStopped):
    outcome = "forbidden"


class TimedOut(CheckStopped):
    outcome = "timeout"


class WorkerDied(CheckStopped):
    outcome = "crashed"
