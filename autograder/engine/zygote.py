"""The warm process: imports torch once, then forks.

    zygote (torch imported, one thread)
      └── stall, one a submission: in a process namespace of its own, where the kernel grants one
            └── check: limits set, system calls filtered; runs `worker.serve` for as long as checks pass, and is
                  killed with all that it started at the end

Zygote and stall never run a line of a submission. They talk to the grader over a control socket each; each
of its processes gets a new socket, passed along as a file descriptor, so that nothing left behind by one speaks for the
next.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import os
import select
import signal
import socket
import sys
import time
import traceback

import torch

from autograder.engine import folders, hugepages, namespaces, processes, seccomp, worker
from autograder.engine.cgroup import Wall
from autograder.engine.limits import WATCH_SECONDS, apply_limits, how_it_ended, memory_over, over_limit, resident_kib
from autograder.engine.sandbox import SCRATCH

__all__ = ["COMMAND_BYTES", "PROBLEM_BYTES", "READY", "command", "main"]

COMMAND_BYTES = 256
READY = b"\0"  # what a check's process says first; anything else is why it is not
PROBLEM_BYTES = 300
A_CLASS = 4  # stalls; to move memory takes half a second, which fewer do not earn back


def command(text: bytes) -> bytes:
    """A command to a stall, padded to one size so that two never run together."""
    return text.ljust(COMMAND_BYTES)


def main(control_number: int, group: tuple[int, ...] = ()) -> None:
    """Serve the grader on this inherited socket: `S` plus a descriptor opens a stall.

    Args:
        group: inherited descriptors of a `Wall`, where there is one.
    """
    wall = Wall(*group) if group else None
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _warm_up()
    namespaces.harden()
    control = socket.socket(fileno=control_number)
    control.sendall(b"R")
    for opened in itertools.count(1):
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            break
        if os.fork() == 0:
            control.close()
            _open_stall(socket.socket(fileno=descriptors[0]), wall)
        os.close(descriptors[0])
        processes.reap()
        if opened == A_CLASS:
            hugepages.collapse()
    os._exit(0)


def _warm_up() -> None:
    """Do once what every check would otherwise do for the first time after its fork.

    But nothing backward: where torch sees a GPU, autograd starts a thread for it, and no process that is forked after
    that can go backward.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)
    worker.get_ready("cpu")
    seccomp.program()
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(null, number)
    gc.collect()
    gc.freeze()


def _open_stall(control: socket.socket, wall: Wall | None) -> None:
    """Never returns."""
    os.setsid()
    namespaces.die_with_parent()
    alone = namespaces.enter_namespaces()
    if alone:
        pid = os.fork()
        if pid:
            control.close()
            os.waitpid(pid, 0)
            os._exit(0)
        os.setsid()
        namespaces.mount_own_proc()
    namespaces.harden()
    try:
        _Stall(control, alone, wall).run()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


class _Stall:
    """One submission's place: keeps one check's process ready, gives it its connection, clears up after it.

    Args:
        alone: it has namespaces of its own, and the rights in them.
        wall: around the memory of the running check, where there is one.
    """

    def __init__(self, control: socket.socket, alone: bool, wall: Wall | None) -> None:
        self.control, self.alone, self.wall = control, alone, wall
        self.strikes = 0  # of the wall, until the running check began
        self.limits: dict[str, float] = {}
        self.child, self.door = 0, control
        self.broken = ""  # the limit that the running check broke
        self.busy = False
        self.first = True
        self.own_kib = resident_kib()

    def run(self) -> None:
        message, _ = self._receive()
        if not message:
            return
        self.limits = json.loads(message)
        if self.wall:
            self.wall.allow(int(self.limits["memory_mib"]))
        self._prepare()
        while True:
            message, descriptors = self._receive()
            if message == b"C" and descriptors:
                self.strikes = self.wall.strikes() if self.wall else 0
                with contextlib.suppress(OSError):
                    socket.send_fds(self.door, [b"C"], descriptors[:1])
                os.close(descriptors[0])
                self.busy = True
            elif message == b"W":
                self.control.sendall((self.broken or self._how_it_ended()).encode())
            elif message == b"E":
                self.door.close()
                self._prepare()
            else:
                processes.kill_everything_else()
                return

    def _receive(self) -> tuple[bytes, list[int]]:
        """The next command; while a check runs, its processes are counted."""
        while self.busy and not select.select([self.control], [], [], WATCH_SECONDS)[0]:
            self.broken = self.broken or over_limit(
                int(self.limits["memory_mib"]), int(self.limits["processes"]), self.own_kib, bool(self.limits["cuda"])
            )
            if self.broken:
                processes.kill_everything_else()
                self.busy = False
        message, descriptors, _, _ = socket.recv_fds(self.control, COMMAND_BYTES, 1)
        return message.rstrip(), descriptors

    def _prepare(self) -> None:
        """Nothing of the last check stays, no process, no file; fork the next one's process."""
        last, forked = self.child, False
        if self.alone and last:
            processes.kill_the_namespace()
            with contextlib.suppress(OSError):  # too many have not ended yet
                self._fork()  # while the memory of the last is given back, which takes as long
                forked = True
        if forked:
            processes.wait_for_all_but_the_last(last)
        else:
            processes.kill_everything_else()
        self._clear_up()
        if not forked:
            self._fork()

    def _clear_up(self) -> None:
        home = os.environ["TMPDIR"]
        both = (home, "/dev/shm")
        if self.alone and (self.first or any(folders.used(folder) for folder in both)):
            self.alone = namespaces.mount_fresh_tmp(both)
        if not self.alone and not self.first:  # at first another submission may be at work in the same folders
            for folder in both if home == SCRATCH else (home,):  # else /dev/shm is the machine's
                folders.empty(folder)
        self.first = False

    def _fork(self) -> None:
        self.broken, self.busy = "", False
        self.child, self.door = _fork_check(self.control, self.limits, touch=not self.child, wall=self.wall)

    def _how_it_ended(self) -> str:
        """How the check's process ended, in words."""
        for _ in range(100):
            try:
                pid, status = os.waitpid(self.child, os.WNOHANG)
            except ChildProcessError:
                return "ended"
            if pid:
                if self.wall and self.wall.strikes() > self.strikes:
                    return memory_over(int(self.limits["memory_mib"]))
                return how_it_ended(status, self.limits["seconds"], int(self.limits["file_mib"]))
            time.sleep(0.01)
        return "closed its connection"


def _fork_check(
    control: socket.socket, limits: dict[str, float], touch: bool, wall: Wall | None
) -> tuple[int, socket.socket]:
    """(pid, where to send its connection) of a process that is ready for a check.

    Args:
        touch: it has time to touch what checks will need; a check waits already for one that takes another's place.
    """
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        control.close()
        ours.close()
        _run_check(theirs, limits, touch, wall)
    theirs.close()
    return pid, ours


def _run_check(door: socket.socket, limits: dict[str, float], touch: bool, wall: Wall | None) -> None:
    """Never returns."""
    problem = ""
    try:
        try:
            _get_ready(limits, touch)
        except Exception as e:
            problem = f"{type(e).__name__}: {e}"
        _, descriptors, _, _ = socket.recv_fds(door, 1, 1)
        door.close()
        if descriptors:
            connection = socket.socket(fileno=descriptors[0])
            try:
                os.chdir(os.environ.get("TMPDIR", "/tmp"))  # as it is now that the last check has been cleared up
                if wall:
                    wall.enter()
            except OSError as e:
                problem = problem or str(e)
            connection.sendall(READY if not problem else problem.encode(errors="replace")[:PROBLEM_BYTES])
            if not problem:
                worker.serve(connection)
    finally:
        os._exit(0)


def _get_ready(limits: dict[str, float], touch: bool) -> None:
    """All that a check's process does before it has its connection."""
    os.setsid()  # a signal to its own group reaches nothing above it
    os.dup2(0, 2)
    namespaces.die_with_parent()  # nothing runs that nobody watches
    namespaces.drop_capabilities()
    cuda = bool(limits["cuda"])
    apply_limits(limits["seconds"], int(limits["memory_mib"]), int(limits["file_mib"]), cuda)
    if touch or cuda:
        worker.get_ready("cuda" if cuda else "cpu")
    seccomp.install()  # where the kernel takes none, the namespaces are the wall


if __name__ == "__main__":
    sys.exit("zygote: started by the grader, not by hand")
