"""What a call changed in its arguments, on the way from one process to the other and back.

The side that runs a function keeps a copy of the arguments, compares after the call, and sends those that changed with
the result; the other side brings its own objects up to date. So a tensor that is changed in place, or a dict that gets
an entry, looks the same to the caller as in one process: whether the student's code was called or calls a function of
the check's.
"""

from __future__ import annotations

from typing import Any

import torch

from autograder.engine.trees import rebuilt

__all__ = ["copied", "copy_back", "data_only", "equal"]


def copied(value: Any) -> Any:
    """The data in the arguments as they are before the call, in tensors of their own."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    return rebuilt(value, copied) if type(value) in (list, tuple, dict) else value


def equal(now: Any, before: Any) -> bool:
    """Whether the data in the arguments are as they were; a NaN counts as changed, which does no harm."""
    if isinstance(now, torch.Tensor):
        same = isinstance(before, torch.Tensor) and (now.shape, now.dtype) == (before.shape, before.dtype)
        return same and (now.is_meta or torch.equal(now, before))
    if isinstance(now, list | tuple):
        return isinstance(before, list | tuple) and len(now) == len(before) and all(map(equal, now, before))
    if isinstance(now, dict):
        return isinstance(before, dict) and list(now) == list(before) and all(equal(now[k], before[k]) for k in now)
    return now is before or (type(now) is type(before) and now == before) or not _is_data(now)


def data_only(value: Any) -> Any:
    """Arguments without the functions and objects among them, which cannot change."""
    if isinstance(value, list | tuple):
        return type(value)(data_only(v) for v in value)
    if isinstance(value, dict):
        return {k: data_only(v) for k, v in value.items()}
    return value if _is_data(value) else None


def _is_data(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str | torch.Tensor | torch.dtype | torch.device)


def copy_back(old: Any, new: Any, anew: bool = False) -> None:
    """Bring what a call changed in its arguments into the caller's own objects.

    Args:
        anew: a tensor in a dict or list that has changed is put there as a new one, for a function that replaces
            entries; whoever holds the old tensor keeps its numbers.
    """
    if isinstance(old, torch.Tensor) and isinstance(new, torch.Tensor):
        if old.is_meta or new.is_meta:
            return  # without numbers nothing can have changed
        if old.shape == new.shape and old.dtype == new.dtype:
            old.copy_(new)
        else:
            old.data = new
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in [k for k in old if k not in new]:
            del old[key]
        for key, value in new.items():
            old[key] = _merged(old.get(key), value, anew)
    elif isinstance(old, list) and isinstance(new, list):
        old[:] = [_merged(old[i] if i < len(old) else None, value, anew) for i, value in enumerate(new)]
    elif isinstance(old, tuple) and isinstance(new, tuple):
        for a, b in zip(old, new, strict=False):
            copy_back(a, b, anew)


def _merged(old: Any, new: Any, anew: bool) -> Any:
    """The caller's own object brought up to date where it can be, else the new value."""
    if type(old) is type(new) and isinstance(old, torch.Tensor | dict | list | tuple):
        if anew and isinstance(old, torch.Tensor) and not equal(new, old):
            return new
        copy_back(old, new, anew)
        return old
    if new is None and old is not None and not isinstance(old, bool | int | float | str):
        return old
    return new
