"""Lists, tuples and dicts within one another, as arguments and answers are: what is in them, and how to change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

__all__ = ["form_of", "has_form", "holds", "rebuilt", "tensors_in"]


def form_of(value: Any) -> Any:
    """The value without its numbers: shapes, dtypes, lengths, keys and types, for `has_form`."""
    if isinstance(value, torch.Tensor):
        return value.shape, value.dtype
    if isinstance(value, list | tuple):
        return [form_of(v) for v in value]
    if isinstance(value, dict):
        return {k: form_of(v) for k, v in value.items()}
    return type(value)


def has_form(value: Any, form: Any) -> bool:
    """Whether the value is of this form; a dict may have got more keys."""
    if isinstance(form, list) and isinstance(value, list | tuple):
        return len(value) == len(form) and all(map(has_form, value, form))
    if isinstance(form, dict) and isinstance(value, dict):
        return all(k in value and has_form(value[k], form[k]) for k in form)
    return bool(form_of(value) == form)


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
