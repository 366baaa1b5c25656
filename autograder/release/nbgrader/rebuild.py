"""The notebook that is graded and shown: the student's words and outputs, with grading data that are ours.

Ids, points, locked sources and the set of graded cells come from what was released. A graded cell that is
missing is put back, a second cell with the same id is kept as an ordinary one, a locked source that was
changed is restored, an answer in words is the student's. The result is always valid for nbgrader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nbformat import NotebookNode

from autograder.release.nbgrader.handed_in import HandedInCell
from autograder.release.nbio import make_notebook

__all__ = ["GradedCell", "rebuild"]


@dataclass(frozen=True)
class GradedCell:
    """A graded cell as it was released. `by_hand`: an answer in words."""

    id: str
    kind: str
    source: str
    points: float
    by_hand: bool
    checksum: str


def rebuild(
    released: NotebookNode, graded: Sequence[GradedCell], handed_in: Sequence[HandedInCell] | None
) -> tuple[NotebookNode, list[str]]:
    """Put the handed-in cells and the released graded cells together.

    Args:
        released: the notebook as it was released; shown when nothing was handed in.
        graded: its graded cells, in order, from the gradebook.
        handed_in: the student's cells, cleaned, or None.

    Returns:
        the notebook, and what had to be repaired, one sentence each.
    """
    if handed_in is None:
        handed_in = [_as_handed_in(cell) for cell in released.cells]
    by_id = {cell.id: cell for cell in graded}
    chosen = _choose(handed_in, by_id)
    notes: list[str] = []
    placed: list[tuple[str, dict[str, Any]]] = []
    for index, cell in enumerate(handed_in):
        if chosen.get(cell.claim) == index:
            placed.append((cell.claim, _graded(by_id[cell.claim], cell, notes)))
        else:
            if cell.claim in by_id:
                notes.append(f"a second cell with the id {cell.claim} was not graded")
            placed.append(("", _plain(cell)))
    _put_back(placed, graded, notes)
    cells = [{**cell, "id": f"cell-{number}"} for number, (_, cell) in enumerate(placed)]
    return make_notebook(cells), notes


def _choose(cells: Sequence[HandedInCell], graded: Mapping[str, GradedCell]) -> dict[str, int]:
    """Which of the cells that claim an id gets it: the first, or the first answer that was written."""
    chosen: dict[str, int] = {}
    for index, cell in enumerate(cells):
        ours = graded.get(cell.claim)
        if ours is None:
            continue
        first = chosen.get(cell.claim)
        if first is None or (ours.by_hand and cells[first].source == ours.source):
            chosen[cell.claim] = index
    return chosen


def _graded(ours: GradedCell, theirs: HandedInCell, notes: list[str]) -> dict[str, Any]:
    if ours.by_hand:
        if theirs.kind != ours.kind:
            notes.append(f"the answer {ours.id} was turned into a {theirs.kind} cell")
            source = "```\n" + theirs.source.replace("```", "'''") + "\n```"
            theirs = replace(theirs, kind=ours.kind, source=source, outputs=())
        return _plain(theirs) | {"metadata": _metadata(ours)}
    if theirs.source != ours.source or theirs.kind != ours.kind:
        notes.append(f"the locked cell {ours.id} had been changed; it was restored")
    restored = HandedInCell(ours.kind, ours.source)
    return _plain(restored) | {"metadata": _metadata(ours)}


def _put_back(placed: list[tuple[str, dict[str, Any]]], graded: Sequence[GradedCell], notes: list[str]) -> None:
    """Insert each missing graded cell behind the graded cell that it followed, or at the end."""
    present = {claim for claim, _ in placed}
    previous = ""
    for cell in graded:
        if cell.id not in present:
            notes.append(f"the cell {cell.id} was missing; it was put back")
            ids = [claim for claim, _ in placed]
            place = ids.index(previous) + 1 if previous in ids and previous else len(placed)
            empty = HandedInCell(cell.kind, cell.source)
            placed.insert(place, (cell.id, _plain(empty) | {"metadata": _metadata(cell)}))
        previous = cell.id


def _metadata(cell: GradedCell) -> dict[str, Any]:
    return {
        "nbgrader": {
            "cell_type": cell.kind,
            "checksum": cell.checksum,
            "grade": True,
            "grade_id": cell.id,
            "locked": not cell.by_hand,
            "points": cell.points,
            "schema_version": 3,
            "solution": cell.by_hand,
            "task": False,
        }
    }


def _plain(cell: HandedInCell) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": cell.kind, "metadata": {}, "source": cell.source}
    if cell.kind == "code":
        made |= {"execution_count": None, "outputs": [dict(output) for output in cell.outputs]}
    elif cell.attachments:
        made["attachments"] = {name: dict(bundle) for name, bundle in cell.attachments.items()}
    return made


def _as_handed_in(cell: NotebookNode) -> HandedInCell:
    claim = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    return HandedInCell(cell.cell_type, cell.source, claim)
