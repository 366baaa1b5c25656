"""The student's module in this process: in a notebook, in `autograder check`, and inside the worker itself."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import nullcontext
from types import ModuleType
from typing import Any

import torch

from autograder.engine import networks, stand_ins
from autograder.engine.changes import equal
from autograder.engine.errors import RuleBroken, StudentRaised, TimedOut
from autograder.engine.meta import MetaWrites, holds_meta
from autograder.engine.meter import ForbiddenCall, Usage, forbid, measure
from autograder.engine.student import KIT, Backend, FunctionRef, Ref
from autograder.engine.trees import rebuilt, tensors_in

__all__ = ["LiveBackend"]

MAX_TEXT = 500
MAX_DEPTH = 16
MAX_OTHERS = 200
_MISSING = object()


class LiveBackend(Backend):
    """Calls into a module of this process.

    Args:
        module: the student's module.
        forbidden: dotted names of torch functions that the exercise forbids.
        file: the module's file as its code objects name it, for steps and for where an exception was raised.
    """

    def __init__(self, module: ModuleType, forbidden: tuple[str, ...] = (), file: str | None = None) -> None:
        self.module, self.forbidden = module, forbidden
        self.file = file or str(getattr(module, "__file__", ""))
        self.objects: list[Any] = []
        self.others: list[tuple[Any, Any]] = []  # data, and the list, tuple or dict of another class
        self.replaced: dict[str, tuple[Any, str, Any]] = {}  # by dotted name: owner, attribute, what was there

    def call(
        self, ref: Ref | None, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], measured: bool
    ) -> tuple[Any, Usage | None]:
        function = self._named(name) if ref is None else self._find(self._object(ref), name)
        said = "the network" if ref is None and name.partition(".")[0] in KIT else name
        arguments = [self.inward(a) for a in args]
        keywords = {k: self.inward(v) for k, v in kwargs.items()}

        def run() -> Any:
            with forbid(self.forbidden), MetaWrites() if holds_meta((args, kwargs)) else nullcontext():
                return function(*arguments, **keywords)

        usage = None
        try:
            if measured:
                result, usage = measure(run, self.file)
            else:
                result = run()
        except ForbiddenCall as e:
            raise RuleBroken(f"{said} calls {e}, which this exercise does not allow: write it out yourself.") from None
        except TimedOut:  # the alarm of `local` rang
            raise
        except Exception as e:
            raise self.raised(e) from e
        except SystemExit as e:
            raise StudentRaised("SystemExit", "the code ends the program") from e
        return self.outward(result), usage

    def get(self, ref: Ref, name: str) -> tuple[bool, Any]:
        value = self._find(self._object(ref), name)
        if callable(value) and not isinstance(value, torch.Tensor):
            return True, None
        return False, self.outward(value)

    def set(self, ref: Ref, name: str, value: Any) -> None:
        try:
            setattr(self._object(ref), name, self.inward(value))
        except TimedOut:
            raise
        except Exception as e:
            raise self.raised(e) from e

    def given(self, functions: dict[str, Callable[..., Any] | FunctionRef | Ref]) -> None:
        for name, function in functions.items():
            function = self.inward(function)
            path, _, attribute = name.rpartition(".")
            owner = self._find(self.module, path) if path else self.module
            self.replaced.setdefault(name, (owner, attribute, vars(owner).get(attribute, _MISSING)))
            setattr(owner, attribute, staticmethod(function) if path else function)

    def close(self) -> None:
        for owner, attribute, original in self.replaced.values():
            if original is _MISSING:
                delattr(owner, attribute)
            else:
                setattr(owner, attribute, original)
        self.replaced.clear()
        self.objects.clear()
        self.others.clear()

    def outward(self, value: Any, depth: int = 0) -> Any:
        """What the student's code returned, with anything that is not plain data replaced by a Ref."""
        if value is None or isinstance(value, bool | str | torch.Tensor | torch.dtype | torch.device):
            return value
        if isinstance(value, int):
            return int(value)
        if isinstance(value, float):
            return float(value)
        if depth < MAX_DEPTH:
            if isinstance(value, list):
                return self._noted(value, [self.outward(v, depth + 1) for v in value])
            if isinstance(value, tuple):
                return self._noted(value, tuple(self.outward(v, depth + 1) for v in value))
            if isinstance(value, dict):
                data = {self.outward(k, depth + 1): self.outward(v, depth + 1) for k, v in value.items()}
                return self._noted(value, data)
        self.objects.append(value)
        recorder = isinstance(value, stand_ins.Recorder)
        return Ref(len(self.objects) - 1, f"function {value.__name__}" if recorder else type(value).__name__)

    def _noted(self, value: Any, data: Any) -> Any:
        """The data in a list, tuple or dict; one of another class is kept for where the same data come back.

        So a named tuple in a cache has its names in the backward pass. What holds no tensor is data as it is, but for
        tuples: `x.shape` is one.
        """
        of_another_class = type(value) is not type(data) and len(self.others) < MAX_OTHERS
        if of_another_class and (isinstance(value, tuple) or any(True for _ in tensors_in(data))):
            self.others.append((data, value))
        return data

    def inward(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return self._object(value)
        if isinstance(value, FunctionRef):
            return self._named(value.name)
        if type(value) not in (list, tuple, dict):
            return value
        for data, other in self.others:
            if type(data) is type(value) and equal(value, data):
                return other
        inside = rebuilt(value, self.inward)
        new, old = (v.values() if type(v) is dict else v for v in (inside, value))
        return value if all(a is b for a, b in zip(new, old, strict=True)) else inside

    def _object(self, ref: Ref) -> Any:
        return self.objects[ref.id]

    def _named(self, name: str) -> Any:
        """A function of the student's module, or of the kit's that run beside it."""
        module, _, function = name.partition(".")
        if module in KIT:
            return getattr({"networks": networks, "stand_ins": stand_ins}[module], function)
        return self._find(self.module, name)

    def _find(self, owner: Any, name: str) -> Any:
        try:
            found = owner
            for part in name.split("."):
                found = getattr(found, part)
            return found
        except TimedOut:
            raise
        except Exception as e:
            if not isinstance(e, AttributeError):
                raise self.raised(e) from e
            where = self.module.__name__.rsplit(".", 1)[-1] + ".py"
            if owner is self.module:
                raise StudentRaised("AttributeError", f"{where} defines no {name}") from None
            raise StudentRaised("AttributeError", f"{type(owner).__name__} has no attribute {name}") from None

    def raised(self, error: Exception) -> StudentRaised:
        """What is said of an exception of the student's code, with its place in the student's file."""
        try:
            text = str(error)
        except Exception:
            text = ""
        where = ""
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename == self.file:
                where = f"{self.module.__name__.rsplit('.', 1)[-1]}.py, line {frame.lineno}, in {frame.name}"
        kinds = [c for c in type(error).__mro__ if issubclass(c, Exception)]
        builtins = tuple(c.__name__ for c in kinds if c.__module__ == "builtins")
        return StudentRaised(kinds[0].__name__, text[:MAX_TEXT], where, builtins)
