"""What grading yields: frozen records, and their JSON. No logic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = [
    "OUTCOMES",
    "CheckResult",
    "FileRecord",
    "Finding",
    "Outcome",
    "QuestionResult",
    "SubmissionResult",
    "storable",
]

Outcome = Literal["passed", "failed", "not_attempted", "error", "timeout", "crashed", "forbidden", "blocked"]
OUTCOMES: tuple[str, ...] = Outcome.__args__  # type: ignore[attr-defined]


def storable(text: str) -> str:
    """The text without half characters (lone surrogates), which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True)
class Finding:
    """What a failed expectation saw, line by line, for the card in the notebook; never part of a stored result.

    Attributes:
        called: the call as a student would write it, `knn.predict_labels(dists (5, 3) float32, ...)`.
        came: what came back, in words.
        expected: what was expected, in words.
        first_wrong: the first wrong place, `dists[0, 2] is 1.5, expected 2.25`, or empty.
        largest_error: `largest error 0.75 at [1, 3]`, or empty.
    """

    called: str = ""
    came: str = ""
    expected: str = ""
    first_wrong: str = ""
    largest_error: str = ""


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one check.

    Attributes:
        id: `knn.predict_labels/ties_go_to_the_smallest_label`.
        title: the line a student reads, the check's docstring.
        visibility: `visible` or `hidden`.
        outcome: one of `OUTCOMES`.
        message: one sentence on what was seen; empty when it passed.
        diagnosis: the likely mistake in words; empty when unknown.
        seconds: wall clock.
        finding: details for display, not stored.
    """

    id: str
    title: str
    visibility: Literal["visible", "hidden"]
    outcome: Outcome
    message: str = ""
    diagnosis: str = ""
    seconds: float = 0.0
    finding: Finding | None = field(default=None, compare=False)

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"

    def to_dict(self) -> dict[str, Any]:
        return {k: v for k, v in asdict(self).items() if k != "finding"}


@dataclass(frozen=True)
class QuestionResult:
    id: str
    points: float
    max_points: float
    checks: tuple[CheckResult, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "points": self.points,
            "max_points": self.max_points,
            "checks": [c.to_dict() for c in self.checks],
        }


@dataclass(frozen=True)
class FileRecord:
    path: str
    sha256: str


@dataclass(frozen=True)
class SubmissionResult:
    """One submission, graded. `to_dict` is the JSON that `grade` writes, `from_dict` reads it back."""

    submission: str
    assignment: str
    files: tuple[FileRecord, ...]
    device: str
    sandbox: str
    seed: str
    score: float
    max_score: float
    seconds: float
    questions: tuple[QuestionResult, ...]

    def to_dict(self) -> dict[str, Any]:
        data = {k: getattr(self, k) for k in self.__dataclass_fields__}
        data["files"] = [asdict(f) for f in self.files]
        data["questions"] = [q.to_dict() for q in self.questions]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SubmissionResult:
        questions = tuple(
            QuestionResult(q["id"], q["points"], q["max_points"], tuple(CheckResult(**c) for c in q["checks"]))
            for q in data["questions"]
        )
        files = tuple(FileRecord(**f) for f in data["files"])
        return cls(**{**data, "files": files, "questions": questions})
