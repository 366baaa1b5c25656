"""Any file called a notebook is read without trust, and becomes a valid notebook with our graded cells."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from autograder.release.nbgrader.handed_in import HandedInCell, read_handed_in
from autograder.release.nbgrader.rebuild import GradedCell, rebuild
from autograder.release.nbio import make_notebook

GRADED = [
    GradedCell("knn-a", "code", 'check("knn.a")', 6.0, False, "1" * 32),
    GradedCell("knn-why", "markdown", "*Write your answer here.*", 3.0, True, "2" * 32),
    GradedCell("knn-b", "code", 'check("knn.b")', 4.0, False, "3" * 32),
]


def released() -> Any:
    cells = [{"id": "intro", "cell_type": "markdown", "metadata": {}, "source": "Hello <b>all</b>"}]
    for i, g in enumerate(GRADED):
        cell = {"id": f"c{i}", "cell_type": g.kind, "source": g.source, "metadata": {"nbgrader": {"grade_id": g.id}}}
        cells.append(cell | ({"outputs": [], "execution_count": None} if g.kind == "code" else {}))
    return make_notebook(cells)


def as_released() -> list[HandedInCell]:
    return [HandedInCell(g.kind, g.source, g.id) for g in GRADED]


def ids(notebook: Any) -> list[str]:
    return [c.metadata.nbgrader.grade_id for c in notebook.cells if "nbgrader" in c.metadata]


def write(path: Path, data: object) -> Path:
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"cells": [', "could not be read as a notebook"),
        ("", "could not be read as a notebook"),
        ("[]", "no list of cells"),
        ('{"cells": 3}', "no list of cells"),
        ('{"worksheets": []}', "no list of cells"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_notebook_is_said_to_be_none(tmp_path: Path, content: str, problem: str) -> None:
    handed_in = read_handed_in(write(tmp_path / "knn.ipynb", content))
    assert handed_in.cells is None
    assert problem in handed_in.problems[0]
    assert "knn.ipynb" in handed_in.problems[0]


def test_a_missing_file_a_link_and_a_pipe_are_not_followed(tmp_path: Path) -> None:
    assert "was not handed in" in read_handed_in(tmp_path / "knn.ipynb").problems[0]
    target = write(tmp_path / "target.ipynb", {"cells": []})
    (tmp_path / "link.ipynb").symlink_to(target)
    assert read_handed_in(tmp_path / "link.ipynb").cells is None
    os.mkfifo(tmp_path / "pipe.ipynb")
    assert "not a plain file" in read_handed_in(tmp_path / "pipe.ipynb").problems[0]
    (tmp_path / "folder.ipynb").mkdir()
    assert read_handed_in(tmp_path / "folder.ipynb").cells is None


@pytest.mark.parametrize(
    "cell",
    [
        {},
        {"cell_type": "code"},
        {"cell_type": 3, "source": {"a": 1}, "metadata": "x", "outputs": "y"},
        {"cell_type": "code", "source": ["a", 3], "metadata": {"nbgrader": "x"}, "outputs": [[]]},
        {"cell_type": "markdown", "metadata": {"nbgrader": {"grade_id": ["knn-a"], "points": "many"}}},
        {"cell_type": "raw", "source": "x", "attachments": [1]},
    ],
)
def test_a_strange_cell_becomes_an_ordinary_one(tmp_path: Path, cell: dict[str, Any]) -> None:
    handed_in = read_handed_in(write(tmp_path / "knn.ipynb", {"cells": [cell, 5, None]}))
    assert handed_in.cells is not None
    assert len(handed_in.cells) == 1
    notebook, _ = rebuild(released(), GRADED, handed_in.cells)
    assert ids(notebook) == [g.id for g in GRADED]


def test_released_words_stay_as_they_are_and_others_are_cleaned(tmp_path: Path) -> None:
    cells = [{"cell_type": "markdown", "source": ["Hello <b>", "all</b>"]}, {"cell_type": "markdown", "source": "<b>x"}]
    handed_in = read_handed_in(write(tmp_path / "knn.ipynb", {"cells": cells}), {"Hello <b>all</b>"})
    assert handed_in.cells is not None
    assert [c.source for c in handed_in.cells] == ["Hello <b>all</b>", "< b>x"]


def test_an_honest_notebook_needs_no_repair() -> None:
    cells = [
        *as_released(),
        HandedInCell("code", "plot()", outputs=({"output_type": "stream", "name": "stdout", "text": "hi"},)),
    ]
    notebook, notes = rebuild(released(), GRADED, cells)
    assert notes == []
    assert notebook.cells[-1].outputs[0].text == "hi"
    settings = notebook.cells[0].metadata.nbgrader
    assert (settings.points, settings.grade, settings.locked, settings.checksum) == (6.0, True, True, "1" * 32)


def test_nothing_handed_in_shows_what_was_released() -> None:
    notebook, notes = rebuild(released(), GRADED, None)
    assert notes == []
    assert notebook.cells[0].source == "Hello <b>all</b>"
    assert ids(notebook) == ["knn-a", "knn-why", "knn-b"]


def test_a_changed_locked_cell_is_restored() -> None:
    cells = as_released()
    cells[0] = HandedInCell("code", "12.0", "knn-a", ({"output_type": "stream", "name": "stdout", "text": "full"},))
    notebook, notes = rebuild(released(), GRADED, cells)
    assert notebook.cells[0].source == 'check("knn.a")'
    assert notebook.cells[0].outputs == []
    assert notes == ["the locked cell knn-a had been changed; it was restored"]


def test_missing_cells_come_back_in_their_place() -> None:
    notebook, notes = rebuild(
        released(), GRADED, [HandedInCell("code", 'check("knn.a")', "knn-a"), HandedInCell("code", "x")]
    )
    assert ids(notebook) == ["knn-a", "knn-why", "knn-b"]
    assert notebook.cells[-1].source == "x"
    assert notes == [
        "the cell knn-why was missing; it was put back",
        "the cell knn-b was missing; it was put back",
    ]


def test_of_two_answers_the_written_one_is_graded() -> None:
    cells = [*as_released(), HandedInCell("markdown", "Because.", "knn-why")]
    notebook, notes = rebuild(released(), GRADED, cells)
    graded = {c.metadata.nbgrader.grade_id: c.source for c in notebook.cells if "nbgrader" in c.metadata}
    assert graded["knn-why"] == "Because."
    assert sorted(ids(notebook)) == ["knn-a", "knn-b", "knn-why"]
    assert notes == ["a second cell with the id knn-why was not graded"]


def test_an_answer_turned_into_code_is_still_read_by_a_person() -> None:
    cells = as_released()
    cells[1] = HandedInCell("code", "print('because')", "knn-why")
    notebook, _ = rebuild(released(), GRADED, cells)
    answer = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "knn-why")
    assert (answer.cell_type, answer.source) == ("markdown", "```\nprint('because')\n```")
