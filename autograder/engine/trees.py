"""Lists, tuples and dicts within one another, as arguments and answers are: what is in them, and how to change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

__all__ = ["holds", "rebuilt", "tensors_in"]


def holds(value: Any, kinds: Any) -> bool:
    """Whether something of these kinds is in a list, tuple or dict, however deep."""
    if type(value) in (list, tuple, dict):
        return any(holds(v, kinds) for v in (value.values() if type(value) is dict else value))
    return isinstance(value, kinds)


def rebuilt(value: Any, change: Callable[[Any], Any]) -> Any:
    """A list, tuple or dict with each of its values changed."""
    if type(value) is dict:
        return {k: change(v) for k, v in value.items()}
    return type(value)(change(v) for v in value)


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """The tensors in a list, tuple or dict, however deep, in order; an object of another kind is not opened."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from tensors_in(part)
