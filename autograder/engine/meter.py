"""What a call costs and which forbidden functions it reaches, counted and not timed.

Operations and bytes are seen by a torch dispatch mode, loops by Python's trace events in the student's file, forbidden
calls by a torch function mode. Counts are the same on every machine, so the verdict is too.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._python_dispatch import TorchDispatchMode

from autograder.engine.trees import tensors_in

__all__ = ["HARMLESS", "ForbiddenCall", "Usage", "forbid", "in_new_threads", "matching", "measure", "with_kin"]

HARMLESS = ("torch.nn.functional.one_hot",)  # writes labels another way, whatever else of torch.nn is forbidden
# What does the work of a forbidden function under another name: a part of torch, and what students have of the kit.
KIN = {
    "torch.autograd": (
        "torch.Tensor.grad_fn", "torch._make_dual", "functorch", "deeprob.gradient_check.compute_numeric_gradient",
    ),
    "torch.batch_norm": ("torch.native_batch_norm_backward", "deeprob.batchnorm"),
    "torch.cdist": ("torch._cdist_forward", "torch._euclidean_dist"),
}  # fmt: skip
LAZY = (torch.nn.UninitializedParameter, torch.nn.UninitializedBuffer)  # of nn.LazyLinear, before its first input
CALLING_BACK = ("apply_", "map_", "map2_", "register_hook", "register_post_accumulate_grad_hook")
_OF_TENSORS = torch.Tensor.__torch_function__.__func__  # type: ignore[attr-defined]
_OF_PARAMETERS = torch.nn.Parameter.__torch_function__


@dataclass(frozen=True)
class Usage:
    """What one call used.

    Attributes:
        operations: torch operations that were dispatched.
        steps: lines of the student's file that were executed, loops counted each time around.
        peak_bytes: the most memory that new tensors held at one time.
    """

    operations: int
    steps: int
    peak_bytes: int


class ForbiddenCall(Exception):
    """Raised inside the student's call when it reaches a forbidden function."""


class _Watch(TorchFunctionMode):
    def __init__(self, forbidden: tuple[str, ...]) -> None:
        super().__init__()
        self.forbidden = forbidden

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        entry, calls_back = _about(func, self.forbidden)
        if entry is not None:
            raise ForbiddenCall(entry)
        for kind in types:
            if kind not in LAZY and not _is_of_torch(kind.__torch_function__):
                raise ForbiddenCall("__torch_function__")  # of a class of the student's: what it calls is not seen
        if calls_back:
            args, kwargs = [self._watched(a) for a in args], {k: self._watched(v) for k, v in (kwargs or {}).items()}
        return func(*args, **(kwargs or {}))

    def _watched(self, value: Any) -> Any:
        """A function that is given to torch, watched: while torch runs, this mode is off."""
        if isinstance(value, torch.Tensor) or not callable(value):
            return value

        def call(*args: Any, **kwargs: Any) -> Any:
            with self:
                return value(*args, **kwargs)

        return call


def _is_of_torch(handler: Any) -> bool:
    return getattr(handler, "__func__", None) is _OF_TENSORS or handler is _OF_PARAMETERS


@cache
def _about(func: Any, forbidden: tuple[str, ...]) -> tuple[str | None, bool]:
    """The entry that covers a torch function, and whether it calls back a function that it is given.

    To find a function's name takes longer than most functions.
    """
    known = resolve_name(func) or f"{getattr(func, '__module__', '')}.{getattr(func, '__qualname__', '')}"
    name = known.replace("torch._VariableFunctionsClass.", "torch.")
    name = f"torch.{name.removeprefix('aten.')}" if name.startswith("aten.") else name
    return matching(name, with_kin(forbidden)), getattr(func, "__name__", "") in CALLING_BACK


@cache
def with_kin(forbidden: tuple[str, ...]) -> tuple[str, ...]:
    """What is forbidden, and what does the same work under another name."""
    return (*forbidden, *(name for entry in forbidden for name in KIN.get(entry, ())))


def matching(name: str, forbidden: tuple[str, ...]) -> str | None:
    """The entry of `forbidden` that covers this dotted name, or None. An entry covers all names below it."""
    plain = f"torch.{name.rpartition('.torch.')[2]}" if name.startswith("torch.") and ".torch." in name else name
    plain = plain.replace("torch.functional.", "torch.")
    if plain in HARMLESS:
        return None
    for entry in forbidden:
        if plain == entry or plain.startswith(entry + "."):
            return entry
    return None


class _Count(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations = self.live_bytes = self.peak_bytes = 0
        self.seen: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.operations += 1
        given = {id_of(t) for t in tensors_in((args, kwargs))}
        result = func(*args, **(kwargs or {}))
        for tensor in tensors_in(result):
            key = id_of(tensor)
            if key not in given and key not in self.seen:
                self._hold(tensor.untyped_storage(), key)
        return result

    def _hold(self, storage: Any, key: int) -> None:
        size = storage.nbytes()
        self.seen.add(key)
        self.live_bytes += size
        self.peak_bytes = max(self.peak_bytes, self.live_bytes)
        weakref.finalize(storage, self._release, key, size).atexit = False

    def _release(self, key: int, size: int) -> None:
        self.seen.discard(key)
        self.live_bytes -= size


def id_of(tensor: torch.Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


@contextmanager
def forbid(forbidden: tuple[str, ...]) -> Iterator[None]:
    """While this is open, a torch function named in `forbidden` raises ForbiddenCall."""
    if not forbidden:
        yield
        return
    with _Watch(forbidden), in_new_threads(lambda: _Watch(forbidden)):
        yield


@contextmanager
def in_new_threads(watch: Callable[[], AbstractContextManager[Any]]) -> Iterator[None]:
    """A thread that is started while this is open runs within a `watch` of its own: a mode is its thread's alone."""
    start = threading.Thread.start

    def watched_start(thread: threading.Thread) -> None:
        run = thread.run

        def watched_run() -> None:
            with watch():
                run()

        thread.run = watched_run  # type: ignore[method-assign]
        start(thread)

    threading.Thread.start = watched_start  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]


def measure(call: Callable[[], Any], file: str) -> tuple[Any, Usage]:
    """Run `call` and count what it uses.

    Args:
        call: a function of no arguments.
        file: the student's file as its code objects name it; only steps in that file count.

    Returns:
        (what the call returned, its usage)
    """
    steps = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal steps
        if frame.f_code.co_filename != file:
            return None
        steps += 1
        return trace

    count = _Count()
    before = sys.gettrace()

    @contextmanager
    def counted() -> Iterator[None]:
        sys.settrace(trace)
        with count:
            yield

    try:
        with in_new_threads(counted), counted():
            result = call()
    finally:
        sys.settrace(before)
    return result, Usage(count.operations, steps, count.peak_bytes)
