"""A check: a small function `(student, draw)` that calls the student's code and states what must hold.

    @check("knn.predict_labels", needs="majority_of_the_nearest")
    def ties_go_to_the_smallest_label(student, draw):
        '''a tie between labels goes to the smallest one'''
        ...

The docstring is the line a student reads. `student.asked` is the function the question asks for, so one check can serve
several questions. Visible checks live in `autograder/checks`, hidden ones in `autograder/hidden`, a module an exercise.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, TypeVar

from autograder.course import Exercise, Question
from autograder.engine.errors import GraderFault

__all__ = ["Check", "check", "load_checks", "modules_of"]

CheckFunction = Callable[[Any, Any], None]
F = TypeVar("F", bound=CheckFunction)


@dataclass(frozen=True)
class Check:
    """One property of one question.

    Attributes:
        id: `knn.predict_labels/ties_go_to_the_smallest_label`.
        question: `knn.predict_labels`.
        title: the docstring's first line.
        visibility: `visible` or `hidden`.
        needs: ids of checks that must have passed, else this one is `blocked`.
        weight: its share of the question's points, relative to the other checks.
        run: the function.
    """

    id: str
    question: str
    title: str
    visibility: Literal["visible", "hidden"]
    needs: tuple[str, ...]
    weight: float
    run: CheckFunction


@dataclass(frozen=True)
class _Mark:
    questions: tuple[str, ...]
    needs: tuple[str, ...]
    weight: float


def check(*questions: str, needs: str | tuple[str, ...] = (), weight: float = 1.0) -> Callable[[F], F]:
    """Declare a check of one or more questions.

    Args:
        questions: ids such as `"knn.predict_labels"`.
        needs: names of checks of the same question that must pass first.
        weight: share of the question's points, relative to its other checks.
    """

    def mark(function: F) -> F:
        wanted = (needs,) if isinstance(needs, str) else needs
        function.__check__ = _Mark(questions, wanted, weight)  # type: ignore[attr-defined]
        return function

    return mark


def load_checks(exercise: Exercise, hidden: bool = True) -> dict[str, tuple[Check, ...]]:
    """All checks of an exercise by question id, visible before hidden, in the order in which they are written.

    Args:
        exercise: the exercise.
        hidden: also load the hidden checks, where this copy of the kit has them.

    Raises:
        GraderFault: a check without a title, of an unknown question, or one that needs an unknown check.
    """
    found: dict[str, list[Check]] = {q.id: [] for q in exercise.questions}
    for module in modules_of("checks", exercise.name):
        _collect(module, "visible", found)
    if hidden and has_hidden_checks(exercise):
        for module in modules_of("hidden", exercise.name):
            _collect(module, "hidden", found)
    for checks in found.values():
        known: set[str] = set()
        for c in checks:
            missing = set(c.needs) - known
            if missing:
                raise GraderFault(f"{c.id} needs {', '.join(sorted(missing))}, which does not come before it")
            if c.id in known:
                raise GraderFault(f"two checks are named {c.id}")
            known.add(c.id)
    return {question: tuple(checks) for question, checks in found.items()}


def modules_of(folder: str, exercise: str) -> tuple[ModuleType, ...]:
    """`autograder.<folder>.<exercise>`, or, where that is a package, its modules in alphabetical order."""
    module = importlib.import_module(f"autograder.{folder}.{exercise}")
    if not hasattr(module, "__path__"):
        return (module,)
    names = sorted(info.name for info in pkgutil.iter_modules(module.__path__))
    return tuple(importlib.import_module(f"{module.__name__}.{name}") for name in names)


def has_hidden_checks(exercise: Exercise) -> bool:
    """Whether this copy of the kit is an instructor's."""
    return (
        importlib.util.find_spec("autograder.hidden") is not None
        and importlib.util.find_spec(f"autograder.hidden.{exercise.name}") is not None
    )


def _collect(module: ModuleType, visibility: Literal["visible", "hidden"], found: dict[str, list[Check]]) -> None:
    for name, function in vars(module).items():
        mark = getattr(function, "__check__", None)
        if not isinstance(mark, _Mark) or function.__module__ != module.__name__:
            continue
        title = (function.__doc__ or "").strip().splitlines()
        if not title:
            raise GraderFault(f"{module.__name__}.{name} has no docstring; it is the line a student reads")
        for question in mark.questions:
            if question not in found:
                raise GraderFault(f"{module.__name__}.{name} checks {question}, which course.toml does not name")
            needs = tuple(f"{question}/{n}" for n in mark.needs)
            found[question].append(
                Check(f"{question}/{name}", question, title[0], visibility, needs, mark.weight, function)
            )


def score(question: Question, checks: tuple[Check, ...], passed: set[str]) -> float:
    """The points of a question: its share of the weight of the checks that passed, to a hundredth."""
    total = sum(c.weight for c in checks)
    if not total:
        raise GraderFault(f"{question.id} has no checks")
    got = sum(c.weight for c in checks if c.id in passed)
    return round(question.points * got / total, 2)
