"""What a check's result depends on, as a key: the same key, the same result.

A key covers the student's files, the inputs, the device and level, the limits and rules of course.toml, the versions of
Python and torch, and every source file of the kit that can matter: those that the check, the engine and the diagnosis
import. Whatever changes in any of them, the check runs again.
"""

from __future__ import annotations

import ast
import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
import torch

from autograder.course import KIT_ROOT, Assignment, Course, Exercise, Question
from autograder.engine.check import Check, load_checks, modules_of
from autograder.engine.draw import check_seed
from autograder.engine.earlier import reference_path
from autograder.engine.submission import Submission

__all__ = ["Contents", "source_files"]

ENGINE = ("autograder.engine.grade", "autograder.engine.zygote", "autograder.replay")


class Contents:
    """The keys of an assignment's checks.

    Args:
        course, assignment: what is graded.
        secret: of the course, from which inputs are drawn.
        device, level: where the student's code runs.
    """

    def __init__(self, course: Course, assignment: Assignment, secret: bytes, device: str, level: str) -> None:
        self.course, self.assignment, self.secret = course, assignment, secret
        place = (device, torch.cuda.get_device_name() if device == "cuda" else "", level)
        self._common = (*place, platform.python_version(), torch.__version__, np.__version__, asdict(course.limits))
        self._checks: dict[str, list[tuple[Check, str]]] = {}  # by exercise, with what stays the same
        for exercise in assignment.exercises:
            checks = load_checks(course.exercise(exercise.name))
            self._checks[exercise.name] = [
                (c, self._fixed(exercise, q, c)) for q in exercise.questions for c in checks[q.id]
            ]

    @property
    def digest(self) -> str:
        """Of all that is the same for every submission: who has the same one grades alike."""
        return _digest([fixed for checks in self._checks.values() for _, fixed in checks])

    def keys(self, submission: Submission) -> dict[str, str]:
        """By check id, for the checks of the exercises whose file is there."""
        keys = {}
        for exercise in self.assignment.exercises:
            source = submission.files.get(exercise.file)
            if source is None:
                continue
            files = [source, *(submission.files.get(name, b"") for name in exercise.extra)]
            digests = [hashlib.sha256(data).hexdigest() for data in files]
            for check, fixed in self._checks[exercise.name]:
                seed = hashlib.sha256(check_seed(self.secret, submission.name, check.id)).hexdigest()
                keys[check.id] = _digest([fixed, *digests, seed])
        return keys

    def _fixed(self, exercise: Exercise, question: Question, check: Check) -> str:
        """What is the same for every submission."""
        mutants = tuple(m.__name__ for m in modules_of("mutants", exercise.name))
        files = source_files((check.run.__module__, *ENGINE, *mutants))
        earlier = [reference_path(e) for e in (*self.course.used_by(exercise), exercise)]
        code = [_file_digest(path) for path in (*files, *earlier)]
        return _digest([check.id, check.needs, exercise.forbidden, question.loops, self._common, code])


@cache
def source_files(modules: tuple[str, ...]) -> tuple[Path, ...]:
    """The kit's source files behind these modules: their own, and those of all that they import, in order of name."""
    found: dict[str, Path] = {}
    queue = list(modules)
    while queue:
        name = queue.pop()
        path = _path_of(name)
        if name in found or path is None:
            continue
        found[name] = path
        queue += _imported(path)
        queue += [name.rpartition(".")[0]] if "." in name else []
    return tuple(found[name] for name in sorted(found))


def _path_of(module: str) -> Path | None:
    """The file of a module of the kit; None for any other, and for a name that is no module."""
    if module.partition(".")[0] not in ("autograder", "deeprob"):
        return None
    base = KIT_ROOT.joinpath(*module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache
def _imported(path: Path) -> tuple[str, ...]:
    """Every name that may be a module in the import statements of a file, also inside functions."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(names)


@cache
def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(parts: Iterable[object]) -> str:
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()
