"""The folders that a check may write in: whether it did, and how they are emptied, whatever it left there."""

from __future__ import annotations

import contextlib
import os

__all__ = ["empty", "used"]


def used(folder: str) -> bool:
    """Whether there is anything in a folder, or it cannot be looked into."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return True


def empty(folder: str) -> None:
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
