"""The ledger: the result of every check that has run, by the key of what it depends on, in one SQLite file.

Grading again runs only what has no entry: a changed file, a changed check, a new submission. Each result is written
as soon as it is there, so a grading that is killed loses the checks in flight and nothing else. One process writes.

with Ledger(course_dir) as ledger:
    entry = ledger.entry(contents.keys(submission))
    grader.grade(submission, known=entry.known, on_check=entry.add)
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from autograder.engine.errors import UsageError
from autograder.engine.results import CheckResult

__all__ = ["LEDGER_FILE", "Entry", "Ledger"]

LEDGER_FILE = "ledger.db"
TABLE = "create table if not exists results (key text primary key, result text not null) without rowid"
MACHINE = ("timeout", "crashed")  # may have been the machine's fault: these run again
AT_ONCE = 500  # SQLite takes a bounded number of parameters


class Ledger:
    """The ledger of a course; a context manager.

    Args:
        course_dir: its folder; the file is made when there is none.
        fresh: know nothing of earlier runs; what is graded now takes the place of what was there.

    Raises:
        UsageError: another process has it open, or the file is no ledger or cannot be written.
    """

    def __init__(self, course_dir: Path, fresh: bool = False) -> None:
        self.path, self.fresh = course_dir / LEDGER_FILE, fresh
        try:
            self._db = sqlite3.connect(self.path, timeout=0, isolation_level=None)
            self._db.execute("pragma locking_mode = exclusive")  # held until it is closed, or its process ends
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = normal")
            self._db.execute(TABLE)
            self._db.execute("delete from results where key = ''")  # takes the lock
        except sqlite3.Error as e:
            raise self._broken(e) from e

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()

    def entry(self, keys: Mapping[str, str]) -> Entry:
        """The part of it that is about one submission.

        Args:
            keys: by check id, from `Contents.keys`.
        """
        return Entry(self, keys, {} if self.fresh else self._known(keys))

    def _known(self, keys: Mapping[str, str]) -> dict[str, CheckResult]:
        wanted = list(keys.values())
        found: dict[str, CheckResult] = {}
        try:
            for i in range(0, len(wanted), AT_ONCE):
                part = wanted[i : i + AT_ONCE]
                marks = ",".join("?" * len(part))
                rows = self._db.execute(f"select result from results where key in ({marks})", part)
                results = [CheckResult(**json.loads(text)) for (text,) in rows]
                found |= {r.id: r for r in results if r.outcome not in MACHINE}
        except (sqlite3.Error, ValueError, TypeError) as e:
            raise self._broken(e) from e
        return found

    def add(self, key: str, result: CheckResult) -> None:
        try:
            text = json.dumps(result.to_dict(), ensure_ascii=False)
            self._db.execute("insert or replace into results values (?, ?)", (key, text))
        except sqlite3.Error as e:
            raise self._broken(e) from e

    def _broken(self, error: Exception) -> UsageError:
        if "locked" in str(error):
            return UsageError(f"{self.path} is in use: this course is being graded already; wait until that has ended")
        return UsageError(
            f"{self.path} cannot be used ({error}); make room or mend its rights, or remove it: then all is graded anew"
        )


class Entry:
    """What the ledger knows of one submission, and what it is told.

    Attributes:
        known: results by check id.
    """

    def __init__(self, ledger: Ledger, keys: Mapping[str, str], known: dict[str, CheckResult]) -> None:
        self._ledger, self._keys, self.known = ledger, keys, known

    def add(self, result: CheckResult) -> None:
        """Write a result down, for good."""
        self.known[result.id] = result
        self._ledger.add(self._keys[result.id], result)
