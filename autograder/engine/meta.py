"""Finds tensors made on a hard-coded device, also where there is no second device.

A call on `meta` tensors, which have a shape and a device but no numbers, shows where the results live: code that
writes `torch.zeros(n)` where it needs `torch.zeros(n, device=x.device)` returns a tensor on the CPU, or mixes two
devices. What needs the numbers themselves (`.item()`, a branch on a value, a shape that depends on the data) cannot be
decided this way; then nothing is held against anybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from autograder.engine.errors import StudentRaised
from autograder.engine.expect import Failed, describe
from autograder.engine.results import Finding

__all__ = ["MetaWrites", "follows_device", "holds_meta", "on_meta", "some_tensor"]

MIXED = re.compile(r"is not on the expected device|to be (on|in) the same device|at least two devices")
FIX = "make tensors where the inputs are: `x.new_zeros(shape)`, or `device=x.device`."


def on_meta(x: torch.Tensor) -> torch.Tensor:
    """The tensor's shape and dtype on the device `meta`, without its numbers."""
    return x.to("meta")


def some_tensor(value: object, name: str) -> object:
    """The value, after a look that it is a tensor at all: of one on meta there is no more to see.

    Raises:
        Failed: it is none.
    """
    if not isinstance(value, torch.Tensor):
        came = describe(value)
        raise Failed(f"{name} is {came}, expected a tensor.", Finding(came=came, expected="a tensor"))
    return value


def follows_device(call: Callable[[], Any], name: str = "the result", first: int | None = None) -> None:
    """The results of a call on meta tensors are on meta, too; passes where meta cannot decide.

    Args:
        call: calls the student's code with tensors of `on_meta`.
        name: of the result, as the student knows it.
        first: look at the first entries of a tuple alone, as where the last is a cache.

    Raises:
        Failed: a result lives elsewhere, or tensors of two devices were combined.
    """
    try:
        result = call()
    except StudentRaised as stop:
        if not MIXED.search(stop.text):
            return
        where = f" ({stop.where})" if stop.where else ""
        raise Failed(
            f"tensors of two devices are combined{where}: one is made on the CPU wherever the inputs are; {FIX}",
            Finding(came=stop.said, expected="all tensors on the device of the inputs"),
        ) from None
    for value in _tensors(result, first):
        if value.device.type != "meta":
            raise Failed(
                f"{name} holds a tensor made on {value.device.type}, not on the device of the inputs; {FIX}",
                Finding(came=f"{name}: {describe(value)}", expected="tensors on the device of the inputs"),
            )


def _tensors(result: Any, first: int | None) -> list[torch.Tensor]:
    values = [result]
    if isinstance(result, tuple | list):
        values = list(result[:first])
    elif isinstance(result, dict):
        values = list(result.values())
    return [v for v in values if isinstance(v, torch.Tensor)]


class MetaWrites(TorchFunctionMode):
    """Lets a tensor with numbers take one without into it, as a CPU tensor takes one from a GPU; nothing is written."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in _WRITES and len(args) > 1 and _is_meta(args[-1]) and not _is_meta(args[0]):
            return None if func is torch.Tensor.__setitem__ else args[0]
        return func(*args, **(kwargs or {}))


_WRITES = (torch.Tensor.__setitem__, torch.Tensor.copy_)


def _is_meta(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.is_meta


def holds_meta(value: Any) -> bool:
    """Whether a meta tensor is among these arguments, however deep, or the device itself, `device="meta"`."""
    if isinstance(value, torch.Tensor):
        return value.is_meta
    if isinstance(value, list | tuple):
        return any(map(holds_meta, value))
    if isinstance(value, dict):
        return any(map(holds_meta, value.values()))
    return isinstance(value, str) and value == "meta"
