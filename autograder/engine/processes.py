"""The processes below this one: who they are, and their end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "Process",
    "descendants",
    "kill_everything_else",
    "kill_the_namespace",
    "reap",
    "wait_for_all_but_the_last",
]

PF_FORKNOEXEC = 0x40


@dataclass(frozen=True)
class Process:
    """What is watched of a process: whether it runs another program by now, and how many threads it has."""

    executed: bool
    threads: int


def _numbers_in_proc() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def kill_everything_else() -> None:
    """Kill and reap every process that descends from this one, also those that left its session."""
    if os.getpid() == 1:
        while True:
            kill_the_namespace()
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return
    while children := descendants():
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue
        reap()


def kill_the_namespace() -> None:
    """Kill every other process of this one's namespace, at once: no process forks its way out of a signal to all."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)


def wait_for_all_but_the_last(child: int) -> None:
    """Wait for the end of this child and of all else that has been killed, until only a newer child is left."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)
    while len(descendants()) > 1:
        reap()
        time.sleep(0.001)
    reap()


def descendants() -> dict[int, Process]:
    """The processes that descend from this one, by number."""
    parent: dict[int, int] = {}
    seen: dict[int, Process] = {}
    for pid in _numbers_in_proc():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if fields[0] != "Z" or int(fields[17]) > 1:  # its first thread may have ended before the others
            parent[pid], seen[pid] = int(fields[1]), Process(not int(fields[6]) & PF_FORKNOEXEC, int(fields[17]))
    me, found = int(os.readlink("/proc/self")), {}  # the number that /proc knows, which may be another namespace's
    for pid in parent:
        above = pid
        while above in parent and above != me:
            above = parent[above]
        if above == me and pid != me:
            found[pid] = seen[pid]
    return found


def reap() -> None:
    """Collect children that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
