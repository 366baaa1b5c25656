"""From our sources to what students get, and nbgrader's side of it. Never ships.

    report = release(course, assignment, course_dir, check_only=False)

`release` and `ReleaseReport` are imported when first used: they need nbgrader, and grading does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograder.release.secret import course_secret

if TYPE_CHECKING:
    from autograder.release.build import ReleaseReport, release

__all__ = ["ReleaseReport", "course_secret", "release"]


def __getattr__(name: str) -> Any:
    if name in ("ReleaseReport", "release"):
        from autograder.release import build

        return getattr(build, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
