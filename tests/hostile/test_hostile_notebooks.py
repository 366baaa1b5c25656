"""Whatever a notebook says of its cells, ids, points and locks, ours come out of it; and no bytes stop the reader."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.release.nbgrader.handed_in import read_handed_in
from autograder.release.nbgrader.rebuild import GradedCell, rebuild
from autograder.release.nbio import make_notebook
from tests.hostile.damage import steers

GRADED = [
    GradedCell("knn-a", "code", 'check("knn.a")', 6.0, False, "1" * 32),
    GradedCell("knn-why", "markdown", "*Write your answer here.*", 3.0, True, "2" * 32),
    GradedCell("knn-b", "code", 'check("knn.b")', 4.0, False, "3" * 32),
]
WORDS = [
    "knn-a",
    "knn-b",
    "knn-why",
    "knn-c",
    "",
    "x" * 5000,
    "<script>",
    "../x",
    "\ud800",
    "\x1b[2J",
    None,
    3,
    [],
    {"a": 1},
]
VALUES = [True, False, None, 0, -1, 1e308, 10**30, "100", [], {}, float("nan"), "2020-01-01 00:00:00 UTC"]
KEYS = [
    "grade_id",
    "points",
    "grade",
    "solution",
    "locked",
    "task",
    "checksum",
    "schema_version",
    "cell_type",
    "remove",
]


def released() -> Any:
    cells = []
    for i, g in enumerate(GRADED):
        cell = {"id": f"c{i}", "cell_type": g.kind, "source": g.source, "metadata": {"nbgrader": {"grade_id": g.id}}}
        cells.append(cell | ({"outputs": [], "execution_count": None} if g.kind == "code" else {}))
    return make_notebook(cells)


def forged(dice: random.Random) -> dict[str, Any]:
    """A notebook whose author tried everything."""
    cells = []
    for _ in range(dice.randrange(9)):
        claim = {key: dice.choice(VALUES + WORDS) for key in dice.sample(KEYS, dice.randrange(len(KEYS)))}
        claim["grade_id"] = dice.choice(WORDS)
        cells.append(
            {
                "cell_type": dice.choice(["code", "markdown", "raw", "heading", 3, None]),
                "id": dice.choice(WORDS),
                "metadata": dice.choice(
                    [{"nbgrader": claim, "deletable": True, "tags": WORDS}, {"nbgrader": 1}, [], None]
                ),
                "source": dice.choice(["6.0", ["a", "b"], 3, None, "<script>alert(1)</script>", 'check("knn.a")']),
                "outputs": dice.choice(
                    [[], 3, [{"output_type": "execute_result", "data": {"text/plain": "6.0"}}], [7]]
                ),
                "execution_count": dice.choice(VALUES),
            }
        )
    return {"cells": cells, "metadata": dice.choice([{"nbgrader": VALUES}, [], None]), "nbformat": dice.choice(VALUES)}


def test_ids_points_and_locks_are_ours_whatever_a_notebook_says(tmp_path: Path) -> None:
    dice, path = random.Random(3), tmp_path / "knn.ipynb"
    for _ in range(1500):
        path.write_text(json.dumps(forged(dice)))
        handed_in = read_handed_in(path)
        assert handed_in.cells is not None
        notebook, notes = rebuild(released(), GRADED, handed_in.cells)
        nbformat.validate(notebook)
        settings = [c.metadata.nbgrader for c in notebook.cells if "nbgrader" in c.metadata]
        assert sorted(s.grade_id for s in settings) == ["knn-a", "knn-b", "knn-why"]
        for cell in notebook.cells:
            ours = next((g for g in GRADED if g.id == cell.metadata.get("nbgrader", {}).get("grade_id")), None)
            if ours is not None:
                ask = cell.metadata.nbgrader
                assert (ask.points, ask.checksum, ask.grade) == (ours.points, ours.checksum, True)
                assert ours.by_hand or (cell.source == ours.source and ask.locked)
            assert "deletable" not in cell.metadata
        assert len({c.id for c in notebook.cells}) == len(notebook.cells)
        assert all(len(note) < 300 and not steers(note) for note in notes)


WHOLE = json.dumps({"cells": [{"cell_type": "code", "source": "1"}]})
BYTES = {
    "utf_16": (WHOLE.encode("utf-16"), False),
    "utf_32": (WHOLE.encode("utf-32"), False),
    "latin_1": (WHOLE.replace("1", "\xe9").encode("latin-1"), False),
    "null": (WHOLE.encode() + b"\0", False),
    "long_number": (b'{"cells": [' + b"9" * 5000 + b"]}", False),
    "no_number": (b'{"cells": [NaN, Infinity, -Infinity, 1e999]}', True),
    "half_characters": (b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}', True),
    "the_same_key_twice": (b'{"cells": 3, "cells": []}', True),
    "python": (b"import os; os.system('x')", False),
    "yaml": (b"cells: []", False),
    "pickle": (b"\x80\x04cos\nsystem\n(S'id'\ntR.", False),
    "zip": (b"PK\x03\x04", False),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_are_a_notebook_or_a_sentence(tmp_path: Path, name: str) -> None:
    data, readable = BYTES[name]
    path = tmp_path / "knn.ipynb"
    path.write_bytes(data)
    handed_in = read_handed_in(path)
    assert (handed_in.cells is not None) == readable
    for problem in handed_in.problems:
        assert problem.startswith("knn.ipynb")
        assert len(problem) < 400
        problem.encode("utf-8")
    notebook, _ = rebuild(released(), GRADED, handed_in.cells)
    nbformat.validate(notebook)
