"""Right parts of the accounting, to put in the place of a student's own: a wrong size costs once, not in each table."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import Any, TypeVar

from autograder.oracles.architectures import accounting as oracle

__all__ = ["nameless_layer_cost", "right_parts"]

T = TypeVar("T")


def right_parts(asked: str) -> dict[str, Callable[..., Any]]:
    """The functions on which the one that is asked for may be built: those that stand above it."""
    parts: dict[str, Callable[..., Any]] = {
        "conv_output_size": _conv_output_size,
        "pool_output_size": _pool_output_size,
        "layer_cost": _layer_cost,
    }
    return dict(takewhile(lambda part: part[0] != asked, parts.items()))


def _conv_output_size(size: int, kernel: int, stride: int = 1, pad: int = 0) -> int:
    if min(size, kernel, stride) < 1 or pad < 0:
        raise ValueError("an argument is smaller than it can be")
    return _fitted(lambda: oracle.conv_size(size, kernel, stride, pad))


def _pool_output_size(size: int, kernel: int, stride: int | None = None, pad: int = 0, ceil_mode: bool = False) -> int:
    _conv_output_size(size, kernel, kernel if stride is None else stride, pad)  # with ceil_mode, torch refuses less
    return _fitted(lambda: oracle.pool_size(size, kernel, stride, pad, ceil_mode))


def _layer_cost(layer: dict[str, Any]) -> tuple[tuple[int, ...], float, int, int]:
    def both() -> oracle.Cost:
        oracle.cost({**layer, "ceil_mode": False})
        return oracle.cost(layer)

    try:
        found = _fitted(both)
    except ValueError as error:
        raise ValueError(f"{layer.get('name', layer.get('kind'))}: {error}") from None
    return found.output_shape, found.memory_kb, found.parameters, found.multiply_adds


def nameless_layer_cost(layer: dict[str, Any]) -> tuple[tuple[int, ...], float, int, int]:
    """A right `layer_cost` whose errors do not say the layer's name."""
    return _layer_cost({key: value for key, value in layer.items() if key != "name"})


def _fitted(compute: Callable[[], T]) -> T:
    """What torch refuses is a ValueError here."""
    try:
        return compute()
    except RuntimeError as error:
        raise ValueError(f"it does not fit: {str(error)[:200]}") from None
