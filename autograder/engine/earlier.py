"""The reference of the exercises that an exercise imports.

Project 3 builds on the layers of project 2. In grading these are ours, so that a mistake in project 2 costs its points
there and nowhere else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from autograder.course import KIT_ROOT, Course, Exercise
from autograder.engine.errors import GraderFault
from autograder.engine.worker import load_module, register

__all__ = ["earlier_sources", "load_earlier", "reference_path", "registered"]


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


def load_earlier(course: Course, exercise: Exercise) -> dict[str, ModuleType]:
    """The references of the exercises that this one uses, executed, each by the name of its module."""
    sources = earlier_sources(course, exercise)
    with registered({earlier.module: None for earlier, _ in sources}):
        return {earlier.module: load_module(earlier.module, earlier.file, source) for earlier, source in sources}


@contextmanager
def registered(modules: Mapping[str, ModuleType | None]) -> Iterator[None]:
    """While this is open, `import` finds these modules under these names."""
    before = {name: sys.modules.get(name) for name in modules}
    try:
        for name, module in modules.items():
            register(name, module)
        yield
    finally:
        for name, module in before.items():
            register(name, module)
