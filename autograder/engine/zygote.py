"""The warm process: imports torch once, then forks.

    zygote (torch imported, one thread)
      └── stall, one a submission: in a process namespace of its own, where the kernel grants one
            └── check: limits set, runs `worker.serve` for as long as checks pass, killed with all it started at the end

Zygote and stall never run a line of a submission. They talk to the grader over a control socket each; each
of its processes gets a new socket, passed along as a file descriptor, so that nothing left behind by one speaks for the
next.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
import traceback

import torch

from autograder.engine import sandbox, worker

__all__ = ["COMMAND_BYTES", "command", "main"]

COMMAND_BYTES = 256
WATCH_SECONDS = 0.1


def command(text: bytes) -> bytes:
    """A command to a stall, padded to one size so that two never run together."""
    return text.ljust(COMMAND_BYTES)


def main(control_number: int) -> None:
    """Serve the grader on this inherited socket: `S` plus a descriptor opens a stall."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _warm_up()
    sandbox.harden()
    control = socket.socket(fileno=control_number)
    control.sendall(b"R")
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            break
        if os.fork() == 0:
            control.close()
            _open_stall(socket.socket(fileno=descriptors[0]))
        os.close(descriptors[0])
        sandbox.reap()
    os._exit(0)


def _warm_up() -> None:
    """Do once what every check would otherwise do for the first time after its fork."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x = torch.randn(8, 8, requires_grad=True)
    (x @ x.T).softmax(1).sum().backward()
    worker.get_ready("cpu")
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(null, number)
    gc.collect()
    gc.freeze()


def _open_stall(control: socket.socket) -> None:
    """Never returns."""
    os.setsid()
    sandbox.die_with_parent()
    alone = sandbox.enter_namespaces()
    if alone:
        pid = os.fork()
        if pid:
            control.close()
            os.waitpid(pid, 0)
            os._exit(0)
        sandbox.mount_own_proc()
    sandbox.harden()
    try:
        _Stall(control, alone).run()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


class _Stall:
    """One submission's place: keeps one check's process ready, gives it its connection, clears up after it.

    Args:
        alone: it has namespaces of its own, and the rights in them.
    """

    def __init__(self, control: socket.socket, alone: bool) -> None:
        self.control, self.alone = control, alone
        self.limits: dict[str, float] = {}
        self.child, self.door = 0, control
        self.broken = ""  # the limit that the running check broke
        self.busy = False
        self.first = True
        self.own_kib = sandbox.resident_kib()

    def run(self) -> None:
        message, _ = self._receive()
        if not message:
            return
        self.limits = json.loads(message)
        self._prepare()
        while True:
            message, descriptors = self._receive()
            if message == b"C" and descriptors:
                with contextlib.suppress(OSError):
                    socket.send_fds(self.door, [b"C"], descriptors[:1])
                os.close(descriptors[0])
                self.busy = True
            elif message == b"W":
                self.control.sendall((self.broken or _status_of(self.child)).encode())
            elif message == b"E":
                self.door.close()
                self._prepare()
            else:
                sandbox.kill_everything_else()
                return

    def _receive(self) -> tuple[bytes, list[int]]:
        """The next command; while a check runs, its processes are counted."""
        while self.busy and not select.select([self.control], [], [], WATCH_SECONDS)[0]:
            self.broken = self.broken or sandbox.over_limit(
                int(self.limits["memory_mib"]), int(self.limits["processes"]), self.own_kib
            )
            if self.broken:
                sandbox.kill_everything_else()
                self.busy = False
        message, descriptors, _, _ = socket.recv_fds(self.control, COMMAND_BYTES, 1)
        return message.rstrip(), descriptors

    def _prepare(self) -> None:
        """Nothing of the last check stays, no process, no file; then fork the next one's process."""
        sandbox.kill_everything_else()
        home = os.environ.get("TMPDIR", "/tmp")
        folders = (home, "/dev/shm") if home == "/tmp" else (home,)
        if self.first or any(_used(folder) for folder in folders):
            if not (self.alone and sandbox.mount_fresh_tmp(folders)):
                for folder in folders:
                    _empty(folder)
            self.first = False
        self.broken, self.busy = "", False
        self.child, self.door = _fork_check(self.control, self.limits, touch=not self.child)


def _fork_check(control: socket.socket, limits: dict[str, float], touch: bool) -> tuple[int, socket.socket]:
    """(pid, where to send its connection) of a process that is ready for a check.

    Args:
        touch: it has time to touch what checks will need; a check waits already for one that takes another's place.
    """
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        control.close()
        ours.close()
        _run_check(theirs, limits, touch)
    theirs.close()
    return pid, ours


def _run_check(door: socket.socket, limits: dict[str, float], touch: bool) -> None:
    """Never returns."""
    try:
        os.dup2(0, 2)
        sandbox.drop_capabilities()
        os.chdir(os.environ.get("TMPDIR", "/tmp"))
        cuda = bool(limits["cuda"])
        sandbox.apply_limits(limits["seconds"], int(limits["memory_mib"]), int(limits["file_mib"]), cuda)
        if touch or cuda:
            worker.get_ready("cuda" if cuda else "cpu")
        _, descriptors, _, _ = socket.recv_fds(door, 1, 1)
        door.close()
        if descriptors:
            worker.serve(socket.socket(fileno=descriptors[0]))
    finally:
        os._exit(0)


def _status_of(child: int) -> str:
    """How the check's process ended, in words."""
    for _ in range(100):
        try:
            pid, status = os.waitpid(child, os.WNOHANG)
        except ChildProcessError:
            return "ended"
        if pid:
            if os.WIFSIGNALED(status):
                return f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
            return f"ended with exit status {os.WEXITSTATUS(status)}"
        time.sleep(0.01)
    return "closed its connection"


def _used(folder: str) -> bool:
    """Whether there is anything in a folder, or it cannot be looked into."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return True


def _empty(folder: str) -> None:
    """Remove all that is in a folder, whatever its rights and however deep; without recursion."""
    queue = [folder]
    found: list[str] = []
    while queue:
        place = queue.pop()
        with contextlib.suppress(OSError):
            os.chmod(place, 0o700)
            for entry in os.scandir(place):
                if entry.is_dir(follow_symlinks=False):
                    queue.append(entry.path)
                    found.append(entry.path)
                else:
                    with contextlib.suppress(OSError):
                        os.unlink(entry.path)
    for place in reversed(found):
        with contextlib.suppress(OSError):
            os.rmdir(place)


if __name__ == "__main__":
    sys.exit("zygote: started by the grader, not by hand")
