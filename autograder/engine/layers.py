"""Expectations that the checks of all layers share: outputs and caches, devices, inputs, refusals.

    out, cache = output_of(student.Conv.forward(x, w, b, param))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

from autograder.engine.changes import copied
from autograder.engine.errors import StudentRaised
from autograder.engine.expect import describe, expect
from autograder.engine.meta import follows_device, on_meta
from autograder.engine.student import StudentFunction

__all__ = ["cache_of", "cache_on_meta", "expect_on_the_device", "expect_refused", "expect_unchanged", "output_of"]


def output_of(result: Any) -> tuple[Any, Any]:
    """(out, cache) of a forward pass."""
    out, cache = expect(result, "the result").unpacks_to(2, "(out, cache)")
    return out, cache


def cache_of(result: Any) -> Any:
    """The cache of a forward pass, to be handed on unread."""
    return output_of(result)[1]


def cache_on_meta(forward: Callable[..., Any], *args: Any) -> tuple[Any, ...]:
    """The cache of a forward pass on `meta`, alone in a tuple; an empty one where meta cannot decide."""
    try:
        result = forward(*(on_meta(a) if isinstance(a, torch.Tensor) else a for a in args))
    except StudentRaised:  # of the forward pass, which is judged elsewhere
        return ()
    return (cache_of(result),)


def expect_on_the_device(call: Callable[[], tuple[Any, ...]], names: str) -> None:
    """The results of a call on `meta` are tensors and live there; passes where meta cannot decide.

    Args:
        names: of the results, `"dx, dw, db"`.
    """

    def tensors() -> tuple[Any, ...]:
        results = call()
        for name, value in zip(names.split(", "), results, strict=True):
            expect(value, name).holds(
                isinstance(value, torch.Tensor), f"{name} is {describe(value)}, expected a tensor.", "a tensor"
            )
        return results

    follows_device(tensors, names)


def expect_unchanged(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Tensors and dicts of parameters have the values that they had before the call."""
    for name, then in before.items():
        now = after[name]
        if isinstance(then, torch.Tensor):
            expect(after[name], name).is_unchanged_from(then)
        else:
            expect(now, name).holds(
                type(now) is dict and _in_words(now) == _in_words(then),
                f"{name} was changed: take a copy before you change it.",
                str(then),
            )


def _in_words(settings: dict[Any, Any]) -> dict[Any, Any]:
    """Plain values as they are, all else in words: nobody can say whether a tensor equals a number."""
    plain = int | float | str | None
    return {k: v if isinstance(v, plain) else describe(v) for k, v in settings.items()}


def expect_refused(function: StudentFunction, cases: Iterable[tuple[str, tuple[Any, ...]]]) -> list[StudentRaised]:
    """It raises a ValueError, of whatever subclass, for each of these arguments.

    Args:
        cases: what does not fit, in words, and the arguments.

    Returns:
        what it raised.
    """
    if not isinstance(function, StudentFunction):  # data in the place of a method: said as of any call of it
        raise TypeError(f"{describe(function)} object is not callable")
    wanted, refused = "a ValueError", []
    words, arguments = zip(*cases, strict=True)
    for what, outcome in zip(words, function.outcomes(*map(copied, arguments)), strict=True):
        if not isinstance(outcome, StudentRaised):
            raise expect(outcome, "the result").fail(f"{what}: it returns a result, expected a ValueError.", wanted)
        if outcome.kind == "NotImplementedError":
            raise outcome
        expect(None, "the result").holds(
            "ValueError" in outcome.builtins, f"{what}: it raises {outcome}, expected a ValueError.", wanted
        )
        refused.append(outcome)
    return refused
