"""Expectations of backward passes that the checks of all layers with gamma and beta share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import compress
from types import MappingProxyType
from typing import Any, TypeVar

import torch

from autograder.checks.normalization.cases import AXES, Problem, expect_output, layer_of, usual
from autograder.engine.draw import Draw
from autograder.engine.errors import StudentRaised
from autograder.engine.expect import Failed, expect
from autograder.engine.layers import cache_of, expect_unchanged
from autograder.engine.student import Call, Student

__all__ = [
    "apart_from_forward", "expect_gradients", "expect_passes", "expect_second_call", "judge_backwards",
    "right_corners", "with_its_strides",
]  # fmt: skip

T = TypeVar("T")
GRADIENTS = ("dx", "dgamma", "dbeta")
FOUND = "forward passes to be followed by backward"


def expect_gradients(student: Student, problem: Problem, *names: str, scale: float | None = None) -> None:
    """The backward pass that is asked for equals the oracle's, after the student's own forward pass.

    Args:
        names: the gradients that count, by default all.
        scale: size of the numbers that were added to get dx, where it is more than its own.
    """
    expected, scales = problem.gradients(), problem.scales(scale)
    cache = cache_of(layer_of(student).forward(*problem.args))
    gradients_of(student.asked(problem.dout, cache), expected, problem.case.dtype, *names, scales=scales)


def apart_from_forward(student: Student, draw: Draw, *problems: Problem) -> list[Problem]:
    """The problems that `forward` gets right; all of them where it is wrong as a rule, and not in these corners alone.

    So a mistake of `forward` that has a check of its own there costs nothing in `backward`. The forward passes are
    judged before any backward pass: the student's code cannot know yet that it is not `forward` that is asked for. So
    a check that runs once more, on right layers, goes by what was found the first time.
    """
    rule, copies = usual(student).inputs(draw), [problem.changed(with_its_strides) for problem in problems]
    found = next((call.result for call in student.transcript if call.text == FOUND), None)
    if found is None:
        found = right_corners(partial(expect_output, student), rule, copies)
        student.transcript.append(Call(FOUND, found))
    return [*compress(problems, found)]


def right_corners(judge: Callable[[T], None], rule: T, corners: Sequence[T]) -> list[bool]:
    """Which of the corners are right; all count where it is wrong as a rule, and not in them alone."""
    found = [_passes(judge, corner) for corner in corners]
    return found if all(found) or _passes(judge, rule) else [True for _ in corners]


def _passes(judge: Callable[..., None], *args: Any) -> bool:
    try:
        judge(*args)
    except (Failed, StudentRaised):
        return False
    return True


def with_its_strides(x: torch.Tensor) -> torch.Tensor:
    """A copy that lies in memory as x does, also where that is not contiguous."""
    return torch.empty_strided(x.shape, x.stride(), dtype=x.dtype, device=x.device).copy_(x)


def gradients_of(
    result: Any,
    expected: tuple[torch.Tensor, ...],
    dtype: torch.dtype,
    *names: str,
    scales: Mapping[str, float | None] = MappingProxyType({}),
) -> None:
    """The result of a backward pass is (dx, dgamma, dbeta) with these values, of which only `names` may count."""
    gradients = expect(result, "the result").unpacks_to(3, "(dx, dgamma, dbeta)")
    for name, came, want in zip(GRADIENTS, gradients, expected, strict=True):
        if name in (names or GRADIENTS):
            expect(came, name).equals(want, dtype, AXES[name], scales.get(name))


def expect_passes(student: Student, problems: Sequence[Problem]) -> None:
    """All forward passes, then their backward passes from the last to the first: each cache is of one pass alone.

    The forward passes go out together, so that their caches come back as they are after the last of them.
    """
    expected = [problem.gradients() for problem in problems]
    results = layer_of(student).forward.each(*(problem.args for problem in problems))
    judge_backwards(student, problems, list(results), expected)


def judge_backwards(
    student: Student, problems: Sequence[Problem], results: Sequence[Any], expected: Sequence[tuple[torch.Tensor, ...]]
) -> None:
    """The backward passes from the last to the first: dx, and what else is right for the last, which nothing followed.

    Args:
        results: of the forward passes, after the last of them.
        expected: the gradients.
    """
    caches, scales = [cache_of(result) for result in results], [problem.scales() for problem in problems]
    names: set[str] = set()
    for problem, cache, want, scale in reversed([*zip(problems, caches, expected, scales, strict=True)]):
        result = student.asked(problem.dout, cache)
        names = names or {"dx"} | _right_names(result, want, problem.case.dtype, scale)
        gradients_of(result, want, problem.case.dtype, *names, scales=scale)


def expect_second_call(student: Student, problem: Problem) -> None:
    """A second call with the same dout and cache gives the same: dx, and what else was right the first time."""
    expected, before, scales = problem.gradients(), problem.dout.clone(), problem.scales()
    cache = cache_of(layer_of(student).forward(*problem.args))
    inputs = {name: value.clone() for name, value in problem.tensors.items()}  # as `forward` leaves them
    first = student.asked(problem.dout, cache)
    expect(problem.dout, "dout").is_unchanged_from(before)
    right = {"dx"} | _right_names(first, expected, problem.case.dtype, scales)
    gradients_of(student.asked(problem.dout, cache), expected, problem.case.dtype, *right, scales=scales)
    expect_unchanged(inputs, problem.tensors)


def _right_names(
    result: Any, expected: tuple[torch.Tensor, ...], dtype: torch.dtype, scales: Mapping[str, float | None]
) -> set[str]:
    """The gradients that are right, by name."""
    judge = partial(gradients_of, result, expected, dtype, scales=scales)
    return {name for name in GRADIENTS if _passes(judge, name)}
