"""Mutants and variants: the reference with a mistake put in, and the reference written another way.

A mutant proves that the checks see a mistake, and names it when the answers of a student are the mutant's.
A variant proves that the checks accept any right answer. Both are kept as differences from the reference,
in `autograder/mutants/<exercise>.py` and `autograder/variants/<exercise>.py`; this module applies them to
its source. They change nothing but the marked solutions: signatures, docstrings and given code stay.
"""

from __future__ import annotations

import ast
import importlib.util
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from autograder.engine.check import modules_of
from autograder.engine.errors import DeeprobError
from autograder.release.strip import Region, find_regions

__all__ = ["Mutant", "MutationError", "Variant", "load_mutants", "load_variants", "mutate", "vary"]

T = TypeVar("T")


class MutationError(DeeprobError):
    """A mutant or variant that does not fit its reference; the message names it and says what to change."""


@dataclass(frozen=True)
class Mutant:
    """One known mistake in one question.

    Attributes:
        question: `knn.predict_labels`.
        id: `k_ignored`, unique in its question.
        explains: one sentence to the student that names the mistake.
        edits: (old, new) replacements in the question's solution; each old must occur there exactly once.
        body: a whole solution instead, dedented.
    """

    question: str
    id: str
    explains: str
    edits: tuple[tuple[str, str], ...] = ()
    body: str = ""

    @property
    def name(self) -> str:
        return f"{self.question}/{self.id}"


@dataclass(frozen=True)
class Variant:
    """Other right solutions for some functions of one exercise.

    Attributes:
        id: `einsum`.
        about: what is different, in a few words.
        bodies: a dedented solution by function name, `predict_labels` or `KnnClassifier.predict`.
    """

    id: str
    about: str
    bodies: dict[str, str] = field(default_factory=dict)


def mutate(source: str, mutant: Mutant) -> str:
    """The source of the reference with the mutant's mistake.

    Raises:
        MutationError: no such question, a text to replace that is not there once, no Python in the end.
    """
    question = mutant.question.split(".", 1)[1]
    regions = [r for r in _regions(source) if r.name == question or r.name.startswith(question + ".")]
    if not regions:
        raise MutationError(f"mutant {mutant.name}: the reference marks no solution in {question}.")
    if bool(mutant.edits) == bool(mutant.body):
        raise MutationError(f"mutant {mutant.name} has edits and a body, or neither; give one of the two.")
    if mutant.body:
        if len(regions) > 1:
            raise MutationError(f"mutant {mutant.name}: {question} has several solutions; use edits.")
        return _checked(_replaced(source, {regions[0]: mutant.body}), f"mutant {mutant.name}", source)
    solutions = {r: _solution(source, r) for r in regions}
    for old, new in mutant.edits:
        places = [r for r, text in solutions.items() for _ in range(text.count(old))]
        if len(places) != 1:
            raise MutationError(
                f"mutant {mutant.name}: {old!r} occurs {len(places)} times in the solution of {question}, "
                "expected once; write more or less of it."
            )
        solutions[places[0]] = solutions[places[0]].replace(old, new)
    return _checked(_replaced(source, solutions), f"mutant {mutant.name}", source)


def vary(source: str, variant: Variant) -> str:
    """The source of the reference with the variant's solutions.

    Raises:
        MutationError: a function the reference does not mark, no body at all, no Python in the end.
    """
    regions = {r.name: r for r in _regions(source)}
    unknown = sorted(set(variant.bodies) - set(regions))
    if unknown or not variant.bodies:
        raise MutationError(
            f"variant {variant.id}: the reference marks no solution in {', '.join(unknown) or 'nothing'}; "
            f"it does in {', '.join(regions)}."
        )
    bodies = {regions[name]: body for name, body in variant.bodies.items()}
    return _checked(_replaced(source, bodies), f"variant {variant.id}", source)


def load_mutants(exercise: str) -> tuple[Mutant, ...]:
    """The mutants of an exercise, in the order in which a diagnosis tries them; none in a student's copy.

    Raises:
        MutationError: a mutant of another exercise, two with one name.
    """
    mutants: tuple[Mutant, ...] = _load("mutants", "MUTANTS", exercise)
    for mutant in mutants:
        if mutant.question.split(".")[0] != exercise:
            raise MutationError(f"mutant {mutant.name} stands among those of {exercise}.")
    _unique(mutants, lambda mutant: mutant.name, "mutants")
    return mutants


def load_variants(exercise: str) -> tuple[Variant, ...]:
    """The variants of an exercise; none in a student's copy.

    Raises:
        MutationError: two with one id.
    """
    variants: tuple[Variant, ...] = _load("variants", "VARIANTS", exercise)
    _unique(variants, lambda variant: variant.id, "variants")
    return variants


def _load(folder: str, name: str, exercise: str) -> tuple[T, ...]:
    package = f"autograder.{folder}"
    if importlib.util.find_spec(package) is None:
        return ()
    if importlib.util.find_spec(f"{package}.{exercise}") is None:
        return ()
    return tuple(item for module in modules_of(folder, exercise) for item in getattr(module, name))


def _unique(items: tuple[T, ...], name: Callable[[T], str], what: str) -> None:
    names = [name(item) for item in items]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise MutationError(f"two {what} are named {', '.join(twice)}.")


@cache
def _regions(source: str) -> tuple[Region, ...]:
    return find_regions(source)


def _solution(source: str, region: Region) -> str:
    """The lines between the markers, dedented."""
    return textwrap.dedent("\n".join(source.split("\n")[region.begin : region.end - 1]))


def _replaced(source: str, solutions: dict[Region, str]) -> str:
    lines = source.split("\n")
    for region in sorted(solutions, key=lambda r: r.begin, reverse=True):
        body = textwrap.dedent(solutions[region]).strip("\n")
        lines[region.begin : region.end - 1] = textwrap.indent(body, region.indent).split("\n")
    return "\n".join(lines)


def _checked(result: str, what: str, source: str) -> str:
    try:
        ast.parse(result)
    except SyntaxError as e:
        raise MutationError(f"{what} is no valid Python: {e.msg} (line {e.lineno}: {(e.text or '').strip()})") from e
    if "".join(result.split()) == "".join(source.split()):
        raise MutationError(f"{what} changes nothing.")
    return result
