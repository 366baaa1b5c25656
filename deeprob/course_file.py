"""What course.toml says of one assignment, as far as a student's own files are concerned."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Contents", "read_contents"]


@dataclass(frozen=True)
class Contents:
    """The modules and notebooks of an assignment.

    Attributes:
        assignment: `p3_convolution`.
        notebooks: by exercise, the names of its notebooks.
        earlier: earlier exercises that these import, and the assignment of each.
    """

    assignment: str
    notebooks: dict[str, tuple[str, ...]]
    earlier: dict[str, str]

    @property
    def exercises(self) -> tuple[str, ...]:
        return tuple(self.notebooks)


def read_contents(assignment: str, path: Path) -> Contents:
    """Read the course file at `path`.

    Raises:
        KeyError: there is no such assignment; its argument lists those that there are.
    """
    table = tomllib.loads(path.read_text(encoding="utf-8"))["exercises"]
    mine = {name: row for name, row in table.items() if row["assignment"] == assignment}
    if not mine:
        raise KeyError(", ".join(sorted({row["assignment"] for row in table.values()})))
    needed = list(dict.fromkeys(used for row in mine.values() for used in row.get("uses", ())))
    for name in needed:  # grows while it is gone through
        needed += [used for used in table[name].get("uses", ()) if used not in needed]
    return Contents(
        assignment,
        {name: tuple(row.get("notebooks", (name,))) for name, row in mine.items()},
        {name: table[name]["assignment"] for name in table if name in needed and name not in mine},
    )
