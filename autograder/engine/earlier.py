"""The reference of the exercises that an exercise imports.

Project 3 builds on the layers of project 2. In grading these are ours, so that a mistake in project 2 costs its points
there and nowhere else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.course import KIT_ROOT, Course, Exercise
from autograder.engine.errors import GraderFault
from autograder.engine.worker import load_module, register

__all__ = ["earlier_sources", "loaded_before", "reference_path"]


def reference_path(exercise: Exercise) -> Path:
    """The marked solution of an exercise, in an instructor's copy of the kit."""
    return KIT_ROOT / "autograder" / "reference" / "exercises" / exercise.file


def earlier_sources(course: Course, exercise: Exercise) -> tuple[tuple[Exercise, bytes], ...]:
    """The exercises that are loaded before this one, each with the source of its reference.

    Raises:
        GraderFault: a reference cannot be read.
    """
    found = []
    for earlier in course.used_by(exercise):
        path = reference_path(earlier)
        try:
            found.append((earlier, path.read_bytes()))
        except OSError as e:
            raise GraderFault(f"{exercise.name} needs the reference of {earlier.name}: {path}: {e.strerror}") from e
    return tuple(found)


@contextmanager
def loaded_before(course: Course, exercise: Exercise) -> Iterator[None]:
    """While this is open, `import` finds the references of the exercises that this one uses."""
    sources = earlier_sources(course, exercise)
    before = {earlier.module: sys.modules.get(earlier.module) for earlier, _ in sources}
    try:
        for earlier, source in sources:
            load_module(earlier.module, earlier.file, source)
        yield
    finally:
        for name, module in before.items():
            register(name, module)
