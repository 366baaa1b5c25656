"""Memory in pages of 2 MiB instead of 4 KiB, for a process that is forked again and again.

A fork copies the table of all pages, and the end of a process walks it: with torch imported that are 50,000 entries
and 13 ms, in large pages a hundred and 3 ms.
"""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

from autograder.engine.syscalls import libc

__all__ = ["collapse"]

MADV_COLLAPSE = 25  # Linux 6.1
SIZE = 2 << 20
ANONYMOUS = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0 *(\[heap\])?")


def collapse() -> int:
    """Move this process's own memory to large pages, where the kernel knows how; returns how many bytes it moved."""
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        return 0
    moved = 0
    for found in filter(None, map(ANONYMOUS.fullmatch, lines)):
        first, end = -(-int(found[1], 16) // SIZE) * SIZE, int(found[2], 16) // SIZE * SIZE
        if first < end and not libc().madvise(ctypes.c_void_p(first), ctypes.c_size_t(end - first), MADV_COLLAPSE):
            moved += end - first
    return moved
