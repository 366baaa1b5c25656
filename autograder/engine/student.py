"""The stand-in for the student's module that a check talks to.

`student.predict_labels(dists, y)` calls the student's function wherever it is: in this process (`live.LiveBackend`) or
in a sandboxed worker (`proxy.ProxyBackend`). Both follow the same rules, so a check cannot tell them apart:

- what the student's code changes in its arguments (a tensor in place, a dict) is seen by the caller afterwards;
- plain data come back as they are, any other object stays where it is and comes back as a `StudentObject`;
- a function given as an argument is called back; a `Fake` is an object whose methods are the check's functions;
- an exception of the student's code arrives as `StudentRaised`.

Every call, and every attribute that is looked at, is recorded in `student.transcript`, with which the diagnosis
compares a mistake with known ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Protocol

import torch

from autograder.engine.errors import CheckStopped, StudentRaised
from autograder.engine.expect import describe
from autograder.engine.meter import Usage
from autograder.engine.trees import form_of, has_form, holds, rebuilt

__all__ = ["KIT", "Backend", "Call", "Fake", "FunctionRef", "Ref", "Student", "StudentFunction", "StudentObject"]

KIT = ("networks", "stand_ins")  # modules of `autograder.engine` whose functions run where the student's code is


@dataclass(frozen=True)
class Ref:
    """An object that stays with the student's code; `id` is its place in the backend's table."""

    id: int
    type_name: str


@dataclass(frozen=True)
class FunctionRef:
    """A function of the student's own module, passed as an argument."""

    name: str


class Fake:
    """An object for the student's code to use whose methods are functions of the check."""

    def __init__(self, **methods: Callable[..., Any]) -> None:
        self.__dict__.update(methods)


@dataclass(frozen=True)
class Call:
    """One call and what came of it: `result`, or the exception in `raised`."""

    text: str
    result: Any = None
    raised: str = ""


class Backend(Protocol):
    def call(
        self, ref: Ref | None, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], measured: bool
    ) -> tuple[Any, Usage | None]: ...

    def call_each(
        self,
        ref: Ref | None,
        name: str,
        cases: Sequence[tuple[Any, ...]],
        kwargs: dict[str, Any],
        measured: bool,
        past_errors: bool,
    ) -> list[tuple[Any, Usage | None] | CheckStopped]:
        """What comes of calling a function with each of these arguments; the last may be what stopped it.

        Args:
            past_errors: an exception of the student's code stands in the place of its answer, and the calls go on.
        """
        answers: list[tuple[Any, Usage | None] | CheckStopped] = []
        for args in cases:
            try:
                answers.append(self.call(ref, name, args, kwargs, measured))
            except CheckStopped as stop:
                answers.append(stop)
                if not (past_errors and isinstance(stop, StudentRaised)):
                    break
        return answers

    def get(self, ref: Ref, name: str) -> tuple[bool, Any]:
        """(whether it is a method, its value if it is not)"""
        ...

    def set(self, ref: Ref, name: str, value: Any) -> None: ...

    def given(self, functions: dict[str, Callable[..., Any] | FunctionRef | Ref]) -> None:
        """Put the check's functions in the place of these functions of the student's module."""
        ...


class Student:
    """The student's module.

    Args:
        backend: where it lives.
        exercise: its name, for what is said of a call.
        asked: the name of the function or class that the question asks for.
        files: what was handed in beside the module, by name.

    Attributes:
        networks: the functions of `autograder.engine.networks`, run where the student's networks are.
        stand_ins: those of `autograder.engine.stand_ins`, for the student's code to use.
        disturbed: the first call that left its arguments in another form: a key gone, another shape or type.
        methods: those that an object was found to have, (its type's name, the method's).
    """

    def __init__(
        self, backend: Backend, exercise: str, asked: str, files: Mapping[str, bytes] = MappingProxyType({})
    ) -> None:
        self._backend = backend
        self._exercise = exercise
        self.files = files
        self.networks, self.stand_ins = (StudentFunction(self, None, module) for module in KIT)
        self.asked = StudentFunction(self, None, asked)
        self.transcript: list[Call] = []
        self.disturbed = ""
        self.methods: set[tuple[str, str]] = set()

    def __getattr__(self, name: str) -> StudentFunction:
        if name.startswith("_"):
            raise AttributeError(name)
        return StudentFunction(self, None, name)

    def given(self, **functions: Callable[..., Any] | StudentFunction | StudentObject) -> None:
        """Until the check ends, the student's code finds these functions in the place of its own.

        So one mistake costs once: a classifier is judged with right distances even where the student's are wrong.
        A dotted name, `given(**{"Linear.forward": f})`, replaces a static method of a class.
        """
        where_the_code_is = (StudentFunction, StudentObject)
        self._backend.given(
            {
                name: self._plain(f) if isinstance(f, where_the_code_is) else self._recorded(name, f)
                for name, f in functions.items()
            }
        )

    def _recorded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The check's function, with what the student's code gives it noted in the transcript.

        In a notebook it is called while the student's code is watched; it may use what an exercise forbids.
        """

        def called_back(*args: Any, **kwargs: Any) -> Any:
            self.transcript.append(Call(f"{name}, called back", _snapshot((args, kwargs))))
            with torch._C.DisableTorchFunction(), torch.enable_grad():
                result = function(*args, **kwargs)
            if isinstance(result, Fake):
                return Fake(**{method: self._recorded(method, f) for method, f in vars(result).items()})
            return result

        return called_back

    def _plain(self, value: Any) -> Any:
        """The argument as the backends take it: stand-ins replaced by what they stand for."""
        if isinstance(value, StudentObject):
            return value._ref
        if isinstance(value, StudentFunction):
            return FunctionRef(value._name)
        if callable(value) and not isinstance(value, Fake | torch.Tensor):
            return self._recorded(getattr(value, "__name__", "function"), value)
        if type(value) in (list, tuple, dict) and holds(value, StudentObject | StudentFunction):
            return rebuilt(value, self._plain)
        return value

    def _call(
        self, ref: Ref | None, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], measured: bool
    ) -> tuple[Any, Usage | None]:
        text = self._text(ref, name, args, kwargs)
        plain = [self._plain(a) for a in args], {k: self._plain(v) for k, v in kwargs.items()}
        form = form_of(plain)
        try:
            answer: tuple[Any, Usage | None] | CheckStopped
            answer = self._backend.call(ref, name, tuple(plain[0]), plain[1], measured)
        except CheckStopped as stop:
            answer = stop
        self._compare(text, form, plain)
        return self._told(text, answer)

    def _call_each(
        self,
        ref: Ref | None,
        name: str,
        cases: tuple[tuple[Any, ...], ...],
        kwargs: dict[str, Any],
        measured: bool = False,
        past_errors: bool = False,
    ) -> Iterator[Callable[[], tuple[Any, Usage | None]]]:
        """For each case a function that tells what came of it, or raises that; they are to be called in order."""
        texts = [self._text(ref, name, args, kwargs) for args in cases]
        plain = [tuple(self._plain(a) for a in args) for args in cases]
        tensors = [id(a) for args in cases for a in args if isinstance(a, torch.Tensor)]
        if len(set(tensors)) < len(tensors):
            raise ValueError("two cases share a tensor: what one changes in it, the other would see")
        forms = list(map(form_of, plain))
        keywords = {k: self._plain(v) for k, v in kwargs.items()}
        answers = self._backend.call_each(ref, name, plain, keywords, measured, past_errors)
        for text, form, now in zip(texts, forms, plain, strict=True):
            self._compare(text, form, now)
        return (partial(self._told, text, answer) for text, answer in zip(texts, answers, strict=False))

    def _compare(self, text: str, form: Any, now: Any) -> None:
        if not self.disturbed and not has_form(now, form):
            self.disturbed = text

    def _told(self, text: str, answer: tuple[Any, Usage | None] | CheckStopped) -> tuple[Any, Usage | None]:
        """Note what came of a call; raise it where the call was stopped."""
        if isinstance(answer, CheckStopped):
            raised = answer.said if isinstance(answer, StudentRaised) else type(answer).__name__
            self.transcript.append(Call(text, raised=raised))
            raise answer
        result, usage = answer
        self.transcript.append(Call(text, _snapshot(result)))
        return self._present(result), usage

    def _present(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return StudentObject(self, value)
        if type(value) in (list, tuple, dict):
            return rebuilt(value, self._present)
        return value

    def _text(self, ref: Ref | None, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        where = f"{ref.type_name}." if ref else "" if name.partition(".")[0] in KIT else f"{self._exercise}."
        words = [describe(a) for a in args] + [f"{k}={describe(v)}" for k, v in kwargs.items()]
        return f"{where}{name}({', '.join(words)})"


class StudentFunction:
    """A function, class or method of the student's; what stands in a class is reached by a dot."""

    def __init__(self, student: Student, ref: Ref | None, name: str) -> None:
        self._student, self._ref, self._name = student, ref, name

    @property
    def type_name(self) -> str:
        return f"function {self._name}"

    def __repr__(self) -> str:
        return f"<{self.type_name}>"

    def __getattr__(self, name: str) -> StudentFunction:
        if name.startswith("_"):
            raise AttributeError(name)
        return StudentFunction(self._student, self._ref, f"{self._name}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._student._call(self._ref, self._name, args, kwargs, measured=False)[0]

    def measure(self, *args: Any, **kwargs: Any) -> Usage:
        """Call it and return what the call used."""
        usage = self._student._call(self._ref, self._name, args, kwargs, measured=True)[1]
        assert usage is not None
        return usage

    def each(self, *cases: tuple[Any, ...], **kwargs: Any) -> Iterator[Any]:
        """Call it with each of these arguments, and return what it answers, in order.

        All go out in one message, which is faster than one call after the other; so no case waits for another's answer,
        and none shares a tensor with another. What stops a call is raised in its place, and no further call is made.
        """
        return (tell()[0] for tell in self._student._call_each(self._ref, self._name, cases, kwargs))

    def measure_each(self, *cases: tuple[Any, ...], **kwargs: Any) -> list[Usage]:
        """What a call with each of these arguments uses."""
        used = [tell()[1] for tell in self._student._call_each(self._ref, self._name, cases, kwargs, measured=True)]
        return [usage for usage in used if usage is not None]

    def outcomes(self, *cases: tuple[Any, ...], **kwargs: Any) -> Iterator[Any]:
        """What it answers to each of these arguments, as `each`; an exception does not keep it from the next call.

        The exception, a `StudentRaised`, stands in the place of the answer.
        """
        for tell in self._student._call_each(self._ref, self._name, cases, kwargs, past_errors=True):
            try:
                yield tell()[0]
            except StudentRaised as stop:
                yield stop


class StudentObject:
    """An object of the student's: attributes are data or methods, and can be set."""

    def __init__(self, student: Student, ref: Ref) -> None:
        object.__setattr__(self, "_student", student)
        object.__setattr__(self, "_ref", ref)

    @property
    def type_name(self) -> str:
        return str(self._ref.type_name)

    def __repr__(self) -> str:
        return f"<{self.type_name}>"  # no address: the same submission says the same

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        method = StudentFunction(self._student, self._ref, name)
        if (self.type_name, name) in self._student.methods:
            return method
        is_method, value = self._student._backend.get(self._ref, name)
        if is_method:
            self._student.methods.add((self.type_name, name))
            return method
        self._student.transcript.append(Call(f"{self.type_name}.{name}", _snapshot(value)))
        return self._student._present(value)

    def __setattr__(self, name: str, value: Any) -> None:
        self._student._backend.set(self._ref, name, self._student._plain(value))


def _snapshot(value: Any) -> Any:
    """A copy for the transcript that later in-place changes do not reach; of an object only what it is.

    An object is a Ref where it comes from a worker, and the object itself where it does not.
    """
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if type(value) in (list, tuple, dict):
        return rebuilt(value, _snapshot)
    if isinstance(value, torch.Size):  # as it comes from a worker
        return tuple(value)
    if isinstance(value, Ref):
        return value.type_name
    plain = value is None or isinstance(value, bool | int | float | str | torch.dtype | torch.device)
    return value if plain else type(value).__name__
