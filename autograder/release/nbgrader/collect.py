"""nbgrader's collect, without following what a student left in the exchange.

A student owns the folder that was handed in. A symbolic link in it would be read with the instructor's
rights, and a link to a solution would be handed in as the student's own work. Only plain files are
collected.
"""

from __future__ import annotations

import os
import shutil
import stat
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect

__all__ = ["PlainCollect"]


class PlainCollect(ExchangeCollect):  # type: ignore[misc]
    """Collects plain files and folders; names what it left out."""

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        size = self.get_size(src)
        if size > 1000 * self.coursedir.max_dir_size:
            raise RuntimeError(f"{src} has {size} bytes; at most {self.coursedir.max_dir_size} kB are collected")
        shutil.copytree(src, dest, ignore=self._not_plain)
        self._time_of_arrival(src, dest)

    def _time_of_arrival(self, src: str, dest: str) -> None:
        """timestamp.txt as the folder's name has it: a file that is missing or says otherwise is put right."""
        arrived = os.path.basename(src).rsplit("+", 3)[2]
        path = Path(dest, "timestamp.txt")
        if not path.exists() or path.read_bytes().strip() != arrived.encode():
            self.log.warning("timestamp.txt was not %s: %s", arrived, src)
            path.unlink(missing_ok=True)
            path.write_text(arrived, encoding="utf-8")

    def _not_plain(self, folder: str, names: list[str]) -> list[str]:
        left_out = []
        for name in names:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            plain = stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)
            if not plain:
                self.log.warning("Not collected, no plain file: %s", path)
            elif status.st_size > 1000 * self.coursedir.max_file_size:
                self.log.warning("Not collected, too large: %s", path)
                plain = False
            if not plain or any(fnmatch(name, pattern) for pattern in self.coursedir.ignore):
                left_out.append(name)
        return left_out
