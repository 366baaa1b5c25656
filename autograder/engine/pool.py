"""The processes that the student's code runs in: one warm zygote, a place in it for each submission.

A `WorkerPool` keeps the zygote; `open_stall` gives one submission its place; `Stall.check` gives one check a
`ProxyBackend` that talks to the process which serves that submission.
"""

from __future__ import annotations

import contextlib
import json
import select
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import IO

from autograder.course import Limits
from autograder.engine import sandbox
from autograder.engine.errors import GraderFault
from autograder.engine.order import Order
from autograder.engine.program import Program
from autograder.engine.proxy import ProxyBackend
from autograder.engine.zygote import PROBLEM_BYTES, READY, command

__all__ = ["Stall", "WorkerPool"]

START_SECONDS = 120.0


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
            self.stop()  # what ended one may have reached others
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
            env=sandbox.environment(self._folder, self.cuda),
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
    With the limit `fresh_process` no process serves a second check.
    """

    def __init__(self, control: socket.socket, limits: Limits) -> None:
        self._control, self.limits = control, limits
        self.connection: socket.socket | None = None
        self.loaded: Program | None = None  # what the process that serves was told to load
        self.reused = False  # whether it had served before the last check
        self.order = Order()

    @contextmanager
    def check(self, program: Program, seed: int) -> Iterator[ProxyBackend]:
        """A backend for one check."""
        yield ProxyBackend(self, self.limits, program, seed)

    def connect(self) -> socket.socket:
        """The socket of the process that serves.

        Raises:
            GraderFault: the stall is gone, which no submission can bring about.
        """
        if self.limits.fresh_process:
            self.end_process()
        self.reused = self.connection is not None
        return self.connection or self._connect()

    def alive(self) -> bool:
        """Whether the stall is still there; one that waits says nothing, so what can be read is its end."""
        return not select.select([self._control], [], [], 0)[0]

    def has_answered(self) -> bool:
        """Whether something can be read from the process that serves."""
        return self.connection is None or bool(select.select([self.connection], [], [], 0)[0])

    def _connect(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self._control, [command(b"C")], [theirs.fileno()])
        except OSError as e:
            ours.close()
            raise GraderFault(f"the worker's parent is gone: {e}") from e
        finally:
            theirs.close()
        self.connection = ours
        self.order.meanwhile()
        self._await_readiness(ours)
        return ours

    def _await_readiness(self, connection: socket.socket) -> None:
        """Until the new process says that it is ready: before that, whatever goes wrong is nobody's mistake.

        To start on a GPU takes seconds, which are on no check's clock.
        """
        connection.settimeout(START_SECONDS)
        try:
            said = connection.recv(PROBLEM_BYTES)
        except OSError as e:
            said = str(e).encode()
        if said != READY:
            self.connection = None
            connection.close()
            why = said.decode(errors="replace") or "it ended"
            raise GraderFault(f"the process for a check did not get ready: {why}")

    def end_process(self) -> None:
        """End the process that serves, where one does, and all that it started; its files go too."""
        self.loaded, self.reused = None, False
        if self.connection is not None:
            self.connection.close()
            self.connection = None
            with contextlib.suppress(OSError):
                self._control.sendall(command(b"E"))

    def status(self) -> str:
        """How the check's process ended; the stall is trusted, so without its answer nobody knows."""
        try:
            self._control.settimeout(5)
            self._control.sendall(command(b"W"))
            said = self._control.recv(200).decode("ascii", "replace")
        except OSError as e:
            raise GraderFault(f"the worker's parent is gone: {e}") from e
        finally:
            self._control.settimeout(None)
        if not said:
            raise GraderFault("the worker's parent is gone")
        return said

    def close(self) -> None:
        """End the process, if one still serves, and give the place up."""
        self.end_process()
        self._control.close()
