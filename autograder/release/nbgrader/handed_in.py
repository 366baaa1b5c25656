"""A notebook as a student handed it in: any bytes -> harmless cells, or a sentence that says why not.

Nothing of the file is trusted: not its JSON, not its cells' kinds, ids or metadata, not its outputs. Of the
nbgrader metadata only one thing is kept, which graded cell a cell claims to be; `rebuild` decides what to
make of the claim.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.release.nbgrader.clean import (
    Budget,
    bounded,
    clean_attachments,
    clean_markdown,
    clean_outputs,
)

__all__ = ["HandedIn", "HandedInCell", "read_handed_in"]

FILE_BYTES = 64 * 1024 * 1024
SOURCE_CHARS = 400_000
CELLS = 1000


@dataclass(frozen=True)
class HandedInCell:
    """One cell: `claim` is the grade id that it says it has, or empty."""

    kind: str
    source: str
    claim: str = ""
    outputs: tuple[Mapping[str, Any], ...] = ()
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class HandedIn:
    """The cells, and what was wrong with the file; `cells` is None when nothing of it could be read."""

    cells: tuple[HandedInCell, ...] | None
    problems: tuple[str, ...] = ()


def read_handed_in(path: Path, released: Container[str] = ()) -> HandedIn:
    """Read a notebook file that anybody may have written.

    Args:
        path: the file.
        released: the markdown of the released cells: a cell that still says the same is not cleaned.

    Returns:
        Cells whose text and outputs are safe to show, or `cells=None` and one problem in words.
    """
    try:
        data = _read(path)
        notebook = json.loads(data)
    except FileNotFoundError:
        return HandedIn(None, (f"{path.name} was not handed in",))
    except RecursionError:
        return HandedIn(None, (f"{path.name} is no notebook: its JSON is nested too deeply",))
    except (OSError, ValueError) as e:
        return HandedIn(None, (f"{path.name} could not be read as a notebook: {bounded(str(e), 200)}",))
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        return HandedIn(None, (f"{path.name} is no notebook of format 4: it has no list of cells",))
    problems = () if len(cells) <= CELLS else (f"{path.name} has {len(cells)} cells; only {CELLS} are shown",)
    budget = Budget()
    return HandedIn(tuple(_cell(c, budget, released) for c in cells[:CELLS] if isinstance(c, dict)), problems)


def _read(path: Path) -> str:
    """The text of a plain file of bounded size: no link, no pipe, no device."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is not a plain file")
        if status.st_size > FILE_BYTES:
            raise ValueError(f"it has {status.st_size} bytes, at most {FILE_BYTES} are read")
        return file.read(FILE_BYTES).decode("utf-8")


def _cell(cell: Mapping[str, Any], budget: Budget, released: Container[str]) -> HandedInCell:
    raw = cell.get("source")
    raw = "".join(raw) if isinstance(raw, list) and all(isinstance(s, str) for s in raw) else raw
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    claim = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    claim = claim if isinstance(claim, str) else ""
    if cell.get("cell_type") == "code":
        source = bounded(raw, SOURCE_CHARS)
        return HandedInCell("code", source, claim, tuple(clean_outputs(cell.get("outputs"), budget)))
    attachments = clean_attachments(cell.get("attachments"), budget)
    ours = isinstance(raw, str) and raw in released
    source = str(raw) if ours else clean_markdown(bounded(raw, SOURCE_CHARS))
    return HandedInCell("markdown", source, claim, attachments=attachments)
