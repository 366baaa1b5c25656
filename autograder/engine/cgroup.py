"""A wall around the memory of a check, by the kernel's own count, where the grader may make a control group (v2).

What is watched from outside (limits.over_limit) is exact and says so, but looks every 0.1 s and sees resident memory
alone. A group also counts files in /tmp, pipes and what the kernel keeps, and strikes at once: all processes in it are
killed together. It allows twice the limit, since a check that has ended may still be giving its memory back when the
next one begins.

One group serves a grader's process. Processes join it when a check begins, so that nothing of the grader's is in it.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path

__all__ = ["Wall", "behind", "group"]

SLACK = 2
NAME = "deeprob-"
JOIN = 'exec {0}>"$1/memory.max" {1}>"$1/cgroup.procs" {2}<"$1/memory.events"; shift; exec "$@"'


@cache
def group() -> Path | None:
    """The folder of this grader's group, made when first asked for, removed at the end; None where none can be made."""
    try:
        place = home(Path("/proc/self/mountinfo").read_text(), Path("/proc/self/cgroup").read_text())
    except OSError:
        return None
    made = make(place) if place else None
    if made:
        Finalize(None, remove, (made,), exitpriority=0)  # also in a process of multiprocessing, where atexit is not run
    return made


def home(mountinfo: str, own: str) -> Path | None:
    """Where groups of this process may be made: the nearest one above it that hands the memory controller down."""
    mounts = [line.split(" - ") for line in mountinfo.splitlines() if " - cgroup2 " in line]
    roots = [Path(fields.split()[4]) for fields, _ in mounts if fields.split()[3] == "/"]
    names = [line[3:] for line in own.splitlines() if line.startswith("0::/")]
    if not roots or not names:
        return None
    place = roots[0] / names[0].lstrip("/")
    for folder in (place, *place.parents):
        with contextlib.suppress(OSError):
            if "memory" in (folder / "cgroup.subtree_control").read_text().split() and os.access(folder, os.W_OK):
                return folder
        if folder == roots[0]:
            break
    return None


def make(place: Path) -> Path | None:
    """A group for checks below `place`; those that graders which were killed have left are removed."""
    for left in place.glob(f"{NAME}*"):
        if not Path(f"/proc/{left.name.removeprefix(NAME)}").exists():
            remove(left / "check")
    folder = place / f"{NAME}{os.getpid()}" / "check"
    try:
        folder.mkdir(parents=True)
        (folder.parent / "cgroup.subtree_control").write_text("+memory")
        (folder / "memory.oom.group").write_text("1")
    except OSError:
        remove(folder)
        return None
    with contextlib.suppress(OSError):
        (folder / "memory.swap.max").write_text("0")
    return folder


def remove(folder: Path) -> None:
    for place in (folder, folder.parent):
        with contextlib.suppress(OSError):
            place.rmdir()


def behind(folder: Path, taken: int) -> tuple[list[str], tuple[int, int, int]]:
    """(what stands before a command so that it inherits the group's files, their descriptors, none of them `taken`)."""
    first, second, third = [number for number in range(3, 10) if number != taken][:3]
    return ["/bin/sh", "-c", JOIN.format(first, second, third), "sh", str(folder)], (first, second, third)


@dataclass(frozen=True)
class Wall:
    """The group as the inherited descriptors of its files, where its folder cannot be seen."""

    limit: int
    processes: int
    events: int

    def allow(self, memory_mib: int) -> None:
        with contextlib.suppress(OSError):
            os.write(self.limit, str(SLACK * memory_mib << 20).encode())

    def enter(self) -> None:
        """This process and all that it starts are in the group; it can do nothing more with it."""
        with contextlib.suppress(OSError):  # a kernel that lets no other namespace in: memory is watched all the same
            os.write(self.processes, b"0")
        for descriptor in (self.limit, self.processes, self.events):
            os.close(descriptor)

    def strikes(self) -> int:
        """How often the kernel has killed a process here for want of memory."""
        words = os.pread(self.events, 4096, 0).decode().split()
        return int(words[words.index("oom_kill") + 1])
