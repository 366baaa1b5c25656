"""All notebooks, run from top to bottom as a student runs them: with the reference and with the skeleton."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import nbclient
import nbformat
import pytest

from autograder.course import KIT_ROOT, Assignment, load_course
from autograder.engine.submission import reference_extra
from autograder.release.notebooks import build_notebook, notebook_sources

COURSE = load_course()
NAMES = [name for a in COURSE.assignments for e in a.exercises for name in e.notebooks]
FOLDERS = {
    "reference": KIT_ROOT / "autograder" / "reference" / "exercises",
    "skeleton": KIT_ROOT / "deeprob" / "exercises",
}

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def assignment_of(notebook: str) -> Assignment:
    return next(a for a in COURSE.assignments if any(notebook in e.notebooks for e in a.exercises))


def build(folder: Path, name: str, solutions: str) -> nbformat.NotebookNode:
    """The assignment's folder as a student has it, and the notebook that will run there."""
    assignment = assignment_of(name)
    needed = {e for own in assignment.exercises for e in (own, *COURSE.used_by(own))}
    for exercise in needed:
        shutil.copyfile(FOLDERS[solutions] / exercise.file, folder / exercise.file)
        for file, data in reference_extra(exercise).items() if solutions == "reference" else ():
            (folder / file).write_bytes(data)
    source = notebook_sources(assignment)[name].read_text(encoding="utf-8")
    exercise = assignment.exercise_of(name)
    notebook = build_notebook(source, exercise, COURSE, name=name, solutions=solutions == "reference")
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return notebook


LONG = [("architectures", "reference"), ("architecture_search", "reference"), ("transfer_learning", "reference")]


def marks(*run: str) -> list[pytest.MarkDecorator]:
    """One process of the tests runs a notebook, once, for all its tests; what trains for minutes, `make prove` runs."""
    return [pytest.mark.xdist_group("-".join(run)), *([pytest.mark.long] if run in LONG else [])]


RUNS = [pytest.param((n, k), marks=marks(n, k), id=f"{n}-{k}") for k in FOLDERS for n in NAMES]


@pytest.fixture(scope="module", params=RUNS)
def ran(request, tmp_path_factory):
    """(name, kind of solutions, the executed notebook). An error in a cell raises here."""
    name, kind = request.param
    folder = tmp_path_factory.mktemp(f"{name}_{kind}")
    notebook = build(folder, name, kind)
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return name, kind, notebook


def outputs(notebook, cell_id: str | None = None):
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell_id in (None, cell.id):
            yield from cell.outputs


def text(output) -> str:
    return output.get("text", "") or output.get("data", {}).get("text/plain", "")


def test_no_cell_fails_and_nothing_goes_to_stderr(ran, request):
    name, kind, notebook = ran
    if "PYTEST_XDIST_WORKER" in os.environ:  # pytest 9.2 and pytest-xdist 3.8 do not go together: no groups
        assert request.node.nodeid.endswith(f"@{name}-{kind}")
    assert [o for o in outputs(notebook) if o.output_type == "error"] == []
    assert [o.text for o in outputs(notebook) if o.get("name") == "stderr"] == []


def test_each_question_shows_its_card(ran):
    name, kind, notebook = ran
    shown = set()
    for question in assignment_of(name).exercise_of(name).questions:
        for card in outputs(notebook, f"check-{question.name.replace('.', '-')}"):
            shown.add(question.id)
            wanted = ": passed, " if kind == "reference" else (": not implemented yet", ": waits for ")
            assert text(card).startswith(f"{question.id}: ")
            assert text(card).removeprefix(question.id).startswith(wanted)
            assert "text/html" in card.data
    cells = [c for c in notebook.cells if c.cell_type == "code" and "nbgrader" in c.metadata]
    graded = {c.metadata.nbgrader.grade_id for c in cells}
    assert {id.replace(".", "-") for id in shown} == graded


def test_each_experiment_shows_something_with_the_reference(ran):
    _, kind, notebook = ran
    if kind == "reference":
        for cell in notebook.cells:
            if cell.id.endswith("-plot") or cell.id == "explorer":
                assert any("image/png" in o.get("data", {}) for o in cell.outputs), cell.id
            elif cell.id.endswith("-experiment") and f"{cell.id.removesuffix('experiment')}plot" not in [
                c.id for c in notebook.cells
            ]:
                assert cell.outputs, cell.id


def test_experiments_with_the_skeleton_show_friendly_cards(ran):
    _, kind, notebook = ran
    if kind == "skeleton":
        for cell in notebook.cells:
            if cell.id.endswith("-experiment"):
                assert any(
                    "is not implemented yet; this cell needs it" in text(o) or "This cell needs" in text(o)
                    for o in cell.outputs
                ), cell.id


def test_every_picture_has_a_description(ran):
    _, _, notebook = ran
    pictures = [o for o in outputs(notebook) if "image/png" in o.get("data", {})]
    assert pictures
    for output in pictures:
        assert text(output).startswith(("[picture: ", "[explorer: "))


def test_the_last_cells_check_everything_and_build_the_hand_in(ran):
    _, kind, notebook = ran
    (everything,) = outputs(notebook, "check-all")
    passes = "all visible checks pass" in text(everything) or re.search(r"(\d+) of \1 questions pass", text(everything))
    assert bool(passes) == (kind == "reference"), text(everything)
    (hand_in,) = outputs(notebook, "hand-in")
    assert "Not ready to hand in yet." in text(hand_in)
    assert "STUDENT_ID" in text(hand_in)


def test_the_edited_file_counts_without_restarting(tmp_path):
    notebook = build(tmp_path, "knn", "reference")
    setup = next(c for c in notebook.cells if c.id == "setup")
    code = nbformat.v4.new_code_cell
    notebook.cells = [
        setup,
        code('check("knn.knn_get_best_k")'),
        code("p = workspace.path('knn'); p.write_text(p.read_text().replace('mean > best', 'mean < best'))"),
        code('check("knn.knn_get_best_k")'),
    ]
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    before, after = text(notebook.cells[1].outputs[0]), text(notebook.cells[3].outputs[0])
    assert ": passed, " in before
    assert ": not yet right, " in after
    assert before.split(" · ")[-1] != after.split(" · ")[-1]  # the hash of what was checked
