"""The limits of a check: those that the kernel keeps, those that are watched, and the words that name them."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.engine.namespaces import TMP_BYTES, TMP_FILES
from autograder.engine.processes import descendants

__all__ = [
    "WATCH_SECONDS", "apply_limits", "bounded_memory", "how_it_ended", "limit_behind", "memory_over", "over_limit",
    "resident_kib",
]  # fmt: skip

OPEN_FILES = 256
THREADS = 256  # of all processes together
ADDRESSES = 16 << 30  # reserved and not used: threads and libraries do; tables for them are memory that nobody counts
DRIVER_MIB = 4096  # what the driver and libraries of a GPU may take of the machine's memory in a process
WATCH_SECONDS = 0.1
CRASHES: dict[int, str] = {
    signal.SIGSEGV: "a memory error",
    signal.SIGBUS: "a memory error",
    signal.SIGFPE: "an arithmetic error",
    signal.SIGILL: "an instruction that the processor does not know",
    signal.SIGABRT: "a library gave up",
    signal.SIGSYS: "a system call that is not allowed",
}


def apply_limits(seconds: float, memory_mib: int, file_mib: int, cuda: bool = False) -> None:
    """Limit this process and what it starts; memory is what it may take beyond what it has now.

    With CUDA, whose driver reserves far more than it uses, memory is only watched (`over_limit`), and CPU time is not
    limited.
    """
    limits = [
        (resource.RLIMIT_FSIZE, file_mib << 20),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 1),  # of 0, a kernel that hands cores to a program takes no notice
    ]
    if not cuda:
        limits.append((resource.RLIMIT_CPU, _cpu_seconds(seconds)))
    if sys.platform == "linux" and not cuda:
        limits.append((resource.RLIMIT_DATA, (memory_mib << 20) + _size_now(5)))
        limits.append((resource.RLIMIT_AS, (memory_mib << 20) + _size_now(0) + ADDRESSES))
    for which, value in limits:
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))


@contextmanager
def bounded_memory(memory_mib: int) -> Iterator[None]:
    """While this is open, this process gets so much more memory; what asks for more raises, as where there is none."""
    if sys.platform != "linux":
        yield
        return
    before, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = _size_now(5) + (memory_mib << 20)
    known = [limit for limit in (before, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([most, *known]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, hard))


def _size_now(column: int) -> int:
    """Bytes of a column of /proc/self/statm: 0 all addresses, 5 private data."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[column]) * resource.getpagesize()
    except OSError:
        return 1 << 30


def over_limit(memory_mib: int, processes: int, own_kib: int, cuda: bool = False) -> str:
    """Which limit the processes below this one break together, in words; empty when none.

    RLIMIT_NPROC does not bind root, and RLIMIT_DATA binds each process alone, so the sum is watched.

    Args:
        own_kib: resident size of a process that has done nothing yet, which is shared with this one; what runs another
            program shares nothing.
        cuda: the GPU's driver is among them.
    """
    below = descendants()
    if len(below) > processes:
        return f"processes over {processes}"
    if sum(process.threads for process in below.values()) > THREADS:
        return f"threads over {THREADS}"
    pages = 0
    for pid, process in below.items():
        try:
            resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            continue
        pages += resident if process.executed else max(0, resident - own_kib * 1024 // resource.getpagesize())
    if pages * resource.getpagesize() > memory_mib + (DRIVER_MIB if cuda else 0) << 20:
        return memory_over(memory_mib)
    return ""


def memory_over(memory_mib: int) -> str:
    return f"memory over {memory_mib / 1024:g} GiB"


def resident_kib() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024
    except OSError:
        return 0


def limit_behind(text: str, file_mib: int) -> str:
    """The limit that an exception of the student's code met, by what the system says of it; empty when none."""
    met = {
        errno.EMFILE: f"open files over {OPEN_FILES}",
        errno.EFBIG: f"file over {file_mib} MiB",
        errno.ENOSPC: f"files over {TMP_BYTES >> 20} MiB, or over {TMP_FILES} of them",
    }
    return next((limit for number, limit in met.items() if os.strerror(number) in text), "")


def how_it_ended(status: int, seconds: float, file_mib: int) -> str:
    """What `waitpid` says of a check's process, in a student's words; a limit names itself."""
    if not os.WIFSIGNALED(status):
        return f"ended with exit status {os.WEXITSTATUS(status)}"
    number = os.WTERMSIG(status)
    if number == signal.SIGXCPU:
        return f"CPU time over {_cpu_seconds(seconds)} s"
    if number == signal.SIGXFSZ:
        return f"file over {file_mib} MiB"
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return f"crashed ({name}, {CRASHES[number]})" if number in CRASHES else f"was killed ({name})"


def _cpu_seconds(seconds: float) -> int:
    """Twice the wall clock, since threads may use more than one processor."""
    return int(seconds * 2) + 2
