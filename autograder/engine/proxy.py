"""The student's module in a worker: every call goes over one socket, and only validated data come back.

A `WorkerPool` keeps the warm zygote; `open_stall` gives one submission its place; `Stall.check` gives one check a
`ProxyBackend` that talks to the process which serves that submission.
"""

from __future__ import annotations

import contextlib
import json
import marshal
import select
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from typing import IO, Any

import torch

from autograder.course import Limits
from autograder.engine import sandbox
from autograder.engine.changes import copied, copy_back, data_only, equal
from autograder.engine.errors import (
    CheckStopped,
    GraderFault,
    RuleBroken,
    StudentRaised,
    TimedOut,
    WorkerDied,
)
from autograder.engine.meta import holds_meta
from autograder.engine.meter import Usage
from autograder.engine.student import Ref
from autograder.engine.wire import HEAD, Incoming, WireError, decode, encode, frame_lengths
from autograder.engine.zygote import command

__all__ = ["Program", "ProxyBackend", "Stall", "WorkerPool", "compiled"]

START_SECONDS = 120.0
MAX_CALLBACKS = 5000
ANSWERS_A_CHECK = 4  # all answers of a check together, in sizes of the largest allowed
OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "CUDA out of memory", "Cannot allocate memory")


@dataclass(frozen=True)
class Program:
    """What a worker loads.

    Attributes:
        modules: (module name, file as shown, code) in order, the last being the student's; the code is compiled and
            marshalled once, by `compiled`, and never executed on this side.
        forbidden: dotted names of torch functions.
    """

    modules: tuple[tuple[str, str, bytes], ...]
    forbidden: tuple[str, ...]


@lru_cache(maxsize=8)
def compiled(source: bytes, file: str) -> bytes:
    """A module's code as `Program` takes it.

    Raises:
        SyntaxError, ValueError: the source does not compile.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return marshal.dumps(compile(source, file, "exec", dont_inherit=True))


class WorkerPool:
    """One warm zygote at one isolation level; a context manager.

    Args:
        level: `bubblewrap` or `process`.
        limits: of one check.
        cuda: the student's code gets the GPU.
    """

    def __init__(self, level: str, limits: Limits, cuda: bool = False) -> None:
        self.level, self.limits, self.cuda = level, limits, cuda
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._folder = ""
        self._spare: Stall | None = None

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def open_stall(self) -> Stall:
        """A place for one submission; the next one is made ready meanwhile.

        Starts the zygote when there is none (any more).
        """
        ready, self._spare = self._spare, None
        if ready is not None and not ready.alive():
            ready.close()
            ready = None
        ready = ready or self._new_stall()
        self._spare = self._new_stall()
        return ready

    def _new_stall(self) -> Stall:
        for attempt in (1, 2):
            if self._process is None or self._process.poll() is not None or self._control is None:
                self.stop()
                self._start()
            ours, theirs = socket.socketpair()
            assert self._control is not None
            try:
                socket.send_fds(self._control, [b"S"], [theirs.fileno()])
                ours.sendall(command(json.dumps({**asdict(self.limits), "cuda": self.cuda}).encode()))
                return Stall(ours, self.limits)
            except OSError:
                ours.close()
                self.stop()
                if attempt == 2:
                    raise GraderFault("the worker process ends as soon as it is started") from None
            finally:
                theirs.close()
        raise AssertionError

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        command, self._folder = sandbox.zygote_command(self.level, theirs.fileno(), self.cuda)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed in stop)
        self._process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            env=sandbox.environment(self._folder),
            cwd=self._folder or "/",
            start_new_session=True,
        )
        theirs.close()
        ours.settimeout(START_SECONDS)
        try:
            ready = ours.recv(1)
        except TimeoutError:
            ready = b""
        if ready != b"R":
            self._errors.seek(0)
            said = self._errors.read()[-2000:].decode(errors="replace").strip()
            self.stop()
            raise GraderFault(f"the worker process did not start ({self.level}): {said or 'it said nothing'}")
        ours.settimeout(None)
        self._control = ours

    def stop(self) -> None:
        if self._spare is not None:
            self._spare.close()
            self._spare = None
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(1)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._errors is not None:
            self._errors.close()
            self._errors = None
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""


class Stall:
    """One submission's place in the zygote.

    A process serves check after check for as long as they pass, since a fork costs more than most checks. The runner
    ends it after one that does not, and repeats in a new process a check that did not pass in a used one. So nothing
    that a check leaves behind can cost a point, and it gains none, because no expected value ever reaches a worker.
    """

    def __init__(self, control: socket.socket, limits: Limits) -> None:
        self._control, self.limits = control, limits
        self._connection: socket.socket | None = None
        self._loaded = False
        self.reused = False  # whether the last check ran in a process that had served before

    @contextmanager
    def check(self, program: Program, seed: int) -> Iterator[ProxyBackend]:
        """A backend for one check.

        Raises:
            GraderFault: the stall is gone, which no submission can bring about.
        """
        self.reused = self._connection is not None
        connection = self._connection or self._connect()
        backend = ProxyBackend(connection, self.limits, program, seed, self._status, self._loaded)
        try:
            yield backend
        finally:
            self._loaded = backend.loaded

    def alive(self) -> bool:
        """Whether the stall is still there; one that waits says nothing, so what can be read is its end."""
        return not select.select([self._control], [], [], 0)[0]

    def next_question(self) -> None:
        """The next check loads the student's file anew."""
        self._loaded = False

    def _connect(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self._control, [command(b"C")], [theirs.fileno()])
        except OSError as e:
            ours.close()
            raise GraderFault(f"the worker's parent is gone: {e}") from e
        finally:
            theirs.close()
        self._connection = ours
        return ours

    def end_process(self) -> None:
        """End the process that serves, where one does, and all that it started; its files go too."""
        self._loaded = False
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            with contextlib.suppress(OSError):
                self._control.sendall(command(b"E"))

    def _status(self) -> str:
        try:
            self._control.settimeout(5)
            self._control.sendall(command(b"W"))
            return self._control.recv(200).decode("ascii", "replace")
        except OSError:
            return "ended"
        finally:
            self._control.settimeout(None)

    def close(self) -> None:
        """End the process, if one still serves, and give the place up."""
        self.end_process()
        self._control.close()


class ProxyBackend:
    """Calls into a worker. The clock runs only while the worker is at work."""

    def __init__(
        self,
        connection: socket.socket,
        limits: Limits,
        program: Program,
        seed: int,
        status: Callable[[], str],
        loaded: bool,
    ) -> None:
        self._connection, self._limits, self._status = connection, limits, status
        self._left = limits.seconds
        self._deadline = time.monotonic() + self._left
        self._functions: list[Callable[..., Any]] = []
        self._calls = 0
        self._incoming = Incoming(self._received)
        self._meta = False  # whether the check has sent tensors without numbers, and may get some back
        self._bytes_left = ANSWERS_A_CHECK * limits.answer_mib << 20
        modules = [
            (name, file, torch.frombuffer(bytearray(code), dtype=torch.uint8)) for name, file, code in program.modules
        ]
        self._load = {"do": "load", "modules": modules, "forbidden": list(program.forbidden)}
        self._seed: int | None = seed  # sent with the first request, which begins the check
        self.loaded = loaded

    def call(
        self, ref: Ref | None, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], measured: bool
    ) -> tuple[Any, Usage | None]:
        self._meta = self._meta or holds_meta((args, kwargs))
        reply = self._ask(
            {"do": "call", "ref": ref, "name": name, "args": args, "kwargs": kwargs, "measured": measured}
        )
        if "changed" in reply:
            copy_back((args, kwargs), reply["changed"])
        usage = None
        if measured:
            numbers = reply.get("usage")
            if not (isinstance(numbers, list) and len(numbers) == 3 and all(type(n) is int for n in numbers)):
                raise WorkerDied("the answer lacks its usage")
            usage = Usage(*numbers)
        return reply.get("result"), usage

    def get(self, ref: Ref, name: str) -> tuple[bool, Any]:
        reply = self._ask({"do": "get", "ref": ref, "name": name})
        return reply.get("is_method") is True, reply.get("value")

    def set(self, ref: Ref, name: str, value: Any) -> None:
        self._ask({"do": "set", "ref": ref, "name": name, "value": value})

    def given(self, functions: dict[str, Callable[..., Any]]) -> None:
        self._ask({"do": "given", "functions": functions})

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if not self.loaded:
            self._exchange(self._load)
            self.loaded = True
        if self._seed is not None:
            request = {**request, "begin": self._seed}
            self._seed = None
        return self._exchange(request)

    def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request and its answer, with the calls of the check's functions in between, all on the clock."""
        self._deadline = time.monotonic() + self._left
        try:
            self._send(request)
            while True:
                reply = self._receive()
                if "callback" not in reply:
                    break
                self._send(self._call_back(reply))
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
            answer = {"result": self._functions[number](*args, **kwargs)}
            return answer if equal(given, before) else {**answer, "changed": data_only(given)}
        except Exception as e:
            return {"raised": [type(e).__name__, str(e)[:500]]}

    def _stopped(self, reply: dict[str, Any]) -> CheckStopped:
        said = (reply.get(k) for k in ("kind", "text", "where"))
        kind, text, where = (x[:600] if isinstance(x, str) else "" for x in said)
        if reply["stop"] == "forbidden":
            return RuleBroken(text)
        if kind == "MemoryError" or any(sign in text for sign in OUT_OF_MEMORY):
            return WorkerDied(f"memory over {self._limits.memory_mib / 1024:g} GiB")
        return StudentRaised(kind, text, where)

    def _register(self, function: Callable[..., Any]) -> int:
        self._functions.append(function)
        return len(self._functions) - 1

    def _send(self, message: dict[str, Any]) -> None:
        self._within(lambda: self._connection.sendall(encode(message, self._register)))

    def _receive(self) -> dict[str, Any]:
        limit = min(self._limits.answer_mib << 20, self._bytes_left)
        text, buffers = frame_lengths(self._incoming.read(HEAD.size), limit)
        self._bytes_left -= text + buffers
        message = decode(self._incoming.read(text), self._incoming.read(buffers), meta=self._meta)
        if self._incoming.held:
            raise WireError("more than one answer")
        if not isinstance(message, dict):
            raise WireError("no dict")
        return message

    def _received(self, size: int) -> bytes:
        part: bytes = self._within(partial(self._connection.recv, size))
        if not part:
            raise WorkerDied(self._why_it_ended())
        return part

    def _within(self, step: Callable[[], Any]) -> Any:
        """One socket operation, before the check's time is up."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimedOut(f"timeout after {self._limits.seconds:g} s")
        self._connection.settimeout(left)
        try:
            return step()
        except TimeoutError:
            raise TimedOut(f"timeout after {self._limits.seconds:g} s") from None
        except OSError:
            raise WorkerDied(self._why_it_ended()) from None

    def _why_it_ended(self) -> str:
        status = self._status()
        if " over " in status:
            return status
        if status == "killed by SIGXCPU":
            return "CPU time used up"
        return f"the process of the student's code {status}"
