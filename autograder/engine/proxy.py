"""The student's module in a worker: every call goes over one socket, and only validated data come back."""

from __future__ import annotations

import contextlib
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from autograder.course import Limits
from autograder.engine.changes import copied, copy_back, data_only, equal
from autograder.engine.errors import (
    CheckStopped,
    RuleBroken,
    StudentRaised,
    TimedOut,
    WorkerDied,
)
from autograder.engine.limits import bounded_memory, limit_behind
from autograder.engine.meta import holds_meta
from autograder.engine.meter import Usage
from autograder.engine.order import Order
from autograder.engine.program import Program
from autograder.engine.student import KIT, Backend, FunctionRef, Ref
from autograder.engine.wire import Incoming, WireError, decode, encode

__all__ = ["Place", "ProxyBackend"]

MAX_CALLBACKS = 5000
ANSWERS_A_CHECK = 4  # all answers of a check together, in sizes of the largest allowed
OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "CUDA out of memory", "Cannot allocate memory")


class Place(Protocol):
    """Where a process serves one check after the other.

    Attributes:
        connection: the socket of the process that serves, if one does.
        loaded: the program that it was told to load.
        order: of the checks.
    """

    connection: socket.socket | None
    loaded: Program | None
    order: Order

    def connect(self) -> socket.socket:
        """The socket of a process for a check, the one that serves or a new one; asked once a check."""
        ...

    def status(self) -> str:
        """How the process ended, in words."""
        ...


@dataclass
class _Request:
    """A message and its number: what does not bear the number was not said in answer.

    Attributes:
        sent_on: where it was sent before its turn.
        unsent: what was not taken there.
    """

    number: int
    frame: bytes
    sent_on: socket.socket | None = None
    unsent: bytes = b""


def _answer(
    reply: dict[str, Any], name: str, args: tuple[Any, ...], kwargs: dict[str, Any], measured: bool
) -> tuple[Any, Usage | None]:
    """What a call returned and used; what it changed in its arguments is brought up to date.

    The kit's own functions change nothing that they are given, whoever may say so.
    """
    if "changed" in reply and name.partition(".")[0] not in KIT:
        try:
            copy_back((args, kwargs), reply["changed"])
        except (RuntimeError, TypeError) as e:  # torch's words on a change that no code makes in place
            raise WorkerDied(f"its arguments cannot have been changed so: {e}") from e
    if not measured:
        return reply.get("result"), None
    numbers = reply.get("usage")
    if not (isinstance(numbers, list) and len(numbers) == 3 and all(type(n) is int for n in numbers)):
        raise WorkerDied("the answer lacks its usage")
    return reply.get("result"), Usage(*numbers)


class ProxyBackend(Backend):
    """Calls into a worker. The clock runs only while the worker is at work.

    Args:
        place: where it is.
        limits: of the check.
        program: what it loads.
        seed: from which the random numbers of the student's code start.
    """

    def __init__(self, place: Place, limits: Limits, program: Program, seed: int) -> None:
        self._place, self._limits, self._program = place, limits, program
        self._connection: socket.socket | None = None
        self._left = limits.seconds
        self._deadline = time.monotonic() + self._left
        self._functions: list[Callable[..., Any]] = []
        self._calls = 0
        self._incoming = Incoming(self._received)
        self._meta = False  # whether the check has sent tensors without numbers, and may get some back
        self._bytes_left = ANSWERS_A_CHECK * limits.answer_mib << 20
        self._first: _Request | None = None  # once it waits for the check's turn
        self._seed: int | None = seed  # sent with the first request, which begins the check
        self._given: dict[str, Callable[..., Any] | FunctionRef | Ref] = {}  # sent with the next

    def call(
        self, ref: Ref | None, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], measured: bool
    ) -> tuple[Any, Usage | None]:
        self._meta = self._meta or holds_meta((args, kwargs))
        reply = self._ask(
            {"do": "call", "ref": ref, "name": name, "args": args, "kwargs": kwargs, "measured": measured}
        )
        return _answer(reply, name if ref is None else "", args, kwargs, measured)

    def call_each(
        self,
        ref: Ref | None,
        name: str,
        cases: Sequence[tuple[Any, ...]],
        kwargs: dict[str, Any],
        measured: bool,
        past_errors: bool,
    ) -> list[tuple[Any, Usage | None] | CheckStopped]:
        self._meta = self._meta or holds_meta((cases, kwargs))
        request = {"do": "each", "ref": ref, "name": name, "cases": list(cases), "kwargs": kwargs}
        said = self._ask({**request, "measured": measured, "past_errors": past_errors}).get("answers")
        if not isinstance(said, list) or len(said) > len(cases) or not all(isinstance(a, dict) for a in said):
            raise WorkerDied("the answer holds no list of answers")
        answers: list[tuple[Any, Usage | None] | CheckStopped] = []
        for args, reply in zip(cases, said, strict=False):
            stop = self._stopped(reply) if "stop" in reply else None
            answers.append(stop or _answer(reply, name if ref is None else "", args, kwargs, measured))
            if stop and not (past_errors and isinstance(stop, StudentRaised)):
                return answers
        if len(answers) < len(cases):
            raise WorkerDied("the answer holds another number of answers")
        return answers

    def get(self, ref: Ref, name: str) -> tuple[bool, Any]:
        reply = self._ask({"do": "get", "ref": ref, "name": name})
        return reply.get("is_method") is True, reply.get("value")

    def set(self, ref: Ref, name: str, value: Any) -> None:
        self._ask({"do": "set", "ref": ref, "name": name, "value": value})

    def given(self, functions: dict[str, Callable[..., Any] | FunctionRef | Ref]) -> None:
        self._given.update(functions)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request, together with what has to happen before it."""
        if self._seed is not None:
            request["begin"], self._seed = self._seed, None
        if self._given:
            request["given"], self._given = self._given, {}
        number = secrets.randbits(48)
        numbered = _Request(number, encode({"number": number, **request}, self._register))
        if self._connection is None:
            self._first = numbered
            self._place.order.await_turn(self)
            self._connection = self._place.connect()
        else:
            self._place.order.asks()
        reply = self._exchange(numbered)
        self._place.order.answered()
        return reply

    def send_early(self) -> None:
        """Send the first request before its turn, as much of it as is taken at once."""
        connection = self._place.connection
        if connection is None or self._first is None or self._limits.fresh_process:
            return
        self._first.sent_on, self._first.unsent = connection, self._with_load(self._first.frame)
        with contextlib.suppress(OSError):  # at its turn the rest is sent, and what is wrong is said then
            connection.settimeout(0)
            self._first.unsent = self._first.unsent[connection.send(self._first.unsent) :]

    def is_ahead(self) -> bool:
        """Whether the process may be at work for this check, whose turn has not come."""
        sent_on = self._first.sent_on if self._first else None
        return sent_on is not None and sent_on is self._place.connection

    def _with_load(self, frame: bytes) -> bytes:
        """The frame, behind another one that has no answer of its own where the process has not loaded the program."""
        if self._place.loaded is self._program:
            return frame
        self._place.loaded = self._program
        modules = [
            (name, file, torch.frombuffer(bytearray(code), dtype=torch.uint8))
            for name, file, code in self._program.modules
        ]
        return encode({"do": "load", "modules": modules, "forbidden": list(self._program.forbidden)}) + frame

    def _exchange(self, request: _Request) -> dict[str, Any]:
        """One request and its answer, with the calls of the check's functions in between, all on the clock."""
        self._deadline = time.monotonic() + self._left
        try:
            early = request.sent_on is not None and request.sent_on is self._connection
            self._send(request.unsent if early else self._with_load(request.frame))
            since = time.monotonic()
            self._place.order.meanwhile()
            self._deadline += time.monotonic() - since  # an answer that has come may have to wait for it
            while True:
                reply = self._receive()
                if reply.get("number") != request.number:
                    raise WireError("it does not answer what was asked")
                if "callback" not in reply:
                    break
                self._send(encode(self._call_back(reply), self._register))
        except WireError as e:
            raise WorkerDied(f"the answer could not be read: {e}") from e
        finally:
            self._left = self._deadline - time.monotonic()
        if "stop" in reply:
            raise self._stopped(reply)
        return reply

    def _call_back(self, reply: dict[str, Any]) -> dict[str, Any]:
        """Run a function of the check's on what the student's code gave it.

        What it raises is raised there, what it changes in its arguments changes there.
        """
        number, args, kwargs = reply["callback"], reply.get("args"), reply.get("kwargs")
        known = type(number) is int and 0 <= number < len(self._functions)
        if not known or not isinstance(args, tuple) or not isinstance(kwargs, dict):
            raise WireError("a call of an unknown function")
        self._calls += 1
        if self._calls > MAX_CALLBACKS:
            raise WorkerDied(f"more than {MAX_CALLBACKS} calls of the functions that it was given")
        given = (args, kwargs)
        before = copied(given)
        try:
            with bounded_memory(self._limits.memory_mib):  # the student's code says how much there is to compute
                answer = {"result": self._functions[number](*args, **kwargs)}
            return answer if equal(given, before) else {**answer, "changed": data_only(given)}
        except Exception as e:
            return {"raised": [type(e).__name__, str(e)[:500]]}

    def _stopped(self, reply: dict[str, Any]) -> CheckStopped:
        said = (reply.get(k) for k in ("kind", "text", "where"))
        kind, text, where = (x[:600] if isinstance(x, str) else "" for x in said)
        builtins = reply.get("builtins")
        names = tuple(x[:600] for x in builtins if isinstance(x, str)) if isinstance(builtins, list) else ()
        if reply["stop"] == "forbidden":
            return RuleBroken(text)
        if kind == "MemoryError" or any(sign in text for sign in OUT_OF_MEMORY):
            return WorkerDied(f"memory over {self._limits.memory_mib / 1024:g} GiB")
        limit = limit_behind(text, self._limits.file_mib)
        return StudentRaised(kind, f"{text} (limit: {limit})" if limit else text, where, names)

    def _register(self, function: Callable[..., Any]) -> int:
        self._functions.append(function)
        return len(self._functions) - 1

    def _send(self, frame: bytes) -> None:
        self._within(lambda connection: connection.sendall(frame))

    def _receive(self) -> dict[str, Any]:
        frame = self._incoming.frame(min(self._limits.answer_mib << 20, self._bytes_left))
        if frame is None:
            raise WorkerDied(self._why_it_ended())
        self._bytes_left -= len(frame[0]) + len(frame[1])
        message = decode(*frame, meta=self._meta)
        if self._incoming.held:
            raise WireError("more than one answer")
        if not isinstance(message, dict):
            raise WireError("no dict")
        return message

    def _received(self, size: int) -> bytes:
        part: bytes = self._within(lambda connection: connection.recv(size))
        return part

    def _within(self, step: Callable[[socket.socket], Any]) -> Any:
        """One socket operation, before the check's time is up."""
        assert self._connection is not None
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimedOut(f"timeout after {self._limits.seconds:g} s")
        try:
            self._connection.settimeout(left)
            return step(self._connection)
        except TimeoutError:
            raise TimedOut(f"timeout after {self._limits.seconds:g} s") from None
        except OSError:
            raise WorkerDied(self._why_it_ended()) from None

    def _why_it_ended(self) -> str:
        status = self._place.status()
        if " over " in status:
            return status
        return f"the process that ran the code {status}"
