"""The hand-in: what is ready becomes a zip that `grade` takes; what is not is said in one line each."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from autograder.course import load_course
from autograder.engine.errors import SubmissionError
from autograder.engine.submission import read_submission
from autograder.submit import submit

FILES = ("knn.py", "linear_classifier.py", "knn.ipynb", "linear_classifier.ipynb")


def notebook(student: str = "ada", name: str = "Ada L.", answered: bool = True, exercise: str = "knn") -> str:
    head = f"STUDENT_NAME = {name!r}  # yours\nSTUDENT_ID = {student!r}\n"
    cells = [
        {"cell_type": "code", "source": [head], "metadata": {}, "outputs": [], "execution_count": None},
        {"cell_type": "code", "source": "%matplotlib inline\nSTUDENT_ID", "metadata": {}, "outputs": []},
    ]
    for written in load_course().exercise(exercise).written:
        source = "Because." if answered else "*Write your answer here.*"
        settings = {"grade_id": written.id.replace(".", "-"), "grade": True}
        cells.append({"cell_type": "markdown", "source": source, "metadata": {"nbgrader": settings}})
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "p1_classifiers"
    home.mkdir()
    for file in FILES[:2]:
        (home / file).write_text("def f():\n    return 1\n")
    for file in FILES[2:]:
        (home / file).write_text(notebook(exercise=file.removesuffix(".ipynb")))
    return home


def problems(folder: Path, **given: str) -> str:
    with pytest.raises(SubmissionError) as caught:
        submit("p1", folder, **given)
    message = str(caught.value)
    assert message.startswith("Not ready to hand in yet:\n  - ")
    assert not list(folder.glob("*.zip"))
    return message


def test_what_is_ready_becomes_a_zip_that_grade_takes(folder: Path) -> None:
    hand_in = submit("p1", folder)
    assert hand_in.path == folder / "p1_classifiers_ada.zip"
    assert hand_in.files == FILES
    assert (hand_in.problems, hand_in.warnings) == ((), ())
    submission = read_submission(hand_in.path, load_course().assignment("p1"))
    assert submission.problems == ()
    assert submission.files == {file: (folder / file).read_bytes() for file in FILES}
    with zipfile.ZipFile(hand_in.path) as archive:
        record = json.loads(archive.read("submission.json"))
    assert (record["student"], record["name"], record["assignment"]) == ("ada", "Ada L.", "p1_classifiers")
    assert record["files"]["knn.py"] == hashlib.sha256((folder / "knn.py").read_bytes()).hexdigest()


def test_the_zip_is_the_same_every_time(folder: Path) -> None:
    first = submit("p1", folder).path
    assert first is not None
    before = first.read_bytes()
    submit("p1", folder)
    assert first.read_bytes() == before


def test_the_files_are_found_where_the_kit_has_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = tmp_path / "kit"
    for place, suffix in (("deeprob/exercises", "*.py"), ("notebooks/p1_classifiers", "*.ipynb")):
        (kit / place).mkdir(parents=True)
        for path in folder.glob(suffix):
            path.rename(kit / place / path.name)
    monkeypatch.chdir(kit / "notebooks/p1_classifiers")
    hand_in = submit("p1", out=tmp_path)
    assert hand_in.path == tmp_path / "p1_classifiers_ada.zip"
    assert hand_in.files == FILES


def test_every_problem_has_a_line(folder: Path) -> None:
    (folder / "knn.py").unlink()
    (folder / "linear_classifier.py").write_text("def f(:\n")
    (folder / "knn.ipynb").write_text("{")
    (folder / "linear_classifier.ipynb").write_text('{"worksheets": []}')
    message = problems(folder)
    assert f"knn.py: not found in {folder}" in message
    assert "linear_classifier.py, line 1: not valid Python" in message
    assert "knn.ipynb: not a notebook" in message
    assert "linear_classifier.ipynb: a notebook of format 4 was expected" in message
    assert "STUDENT_ID is empty: fill it in at the top of a notebook and save it, or give --student" in message
    assert "STUDENT_NAME is empty" in message
    assert message.count("\n  - ") == 6


def test_ids_come_from_one_notebook_or_from_the_call(folder: Path) -> None:
    (folder / "linear_classifier.ipynb").write_text(notebook("", "", exercise="linear_classifier"))
    assert submit("p1", folder).student == "ada"
    assert submit("p1", folder, student=" bo ", name="Bo").student == "bo"
    (folder / "knn.ipynb").write_text(notebook("", ""))
    for path in folder.glob("*.zip"):
        path.unlink()
    assert "STUDENT_ID is empty" in problems(folder)


def test_two_ids_are_a_problem(folder: Path) -> None:
    (folder / "knn.ipynb").write_text(notebook("bo"))
    assert "STUDENT_ID differs: 'bo' in knn.ipynb, 'ada' in linear_classifier.ipynb" in problems(folder)


@pytest.mark.parametrize("student", ["../x", "a/b", "a b", "-x", "x" * 65, "a+b"])
def test_an_id_that_is_no_file_name_is_a_problem(folder: Path, student: str) -> None:
    assert "use letters, digits and . _ @ - only" in problems(folder, student=student)


def test_a_file_that_is_too_large_is_a_problem(folder: Path) -> None:
    with (folder / "knn.ipynb").open("ab") as file:
        file.truncate(17 << 20)
    (folder / "knn.py").write_text("# much\n" * 50_000)
    message = problems(folder)
    assert "knn.ipynb: 17408 KiB, at most 16384 KiB are taken; clear its outputs" in message
    assert "knn.py: 341 KiB, at most 128 KiB are taken" in message


def test_what_is_open_is_a_warning_and_no_obstacle(folder: Path) -> None:
    (folder / "knn.py").write_text('def f():\n    raise NotImplementedError("knn.f: not implemented yet")\n')
    (folder / "knn.ipynb").write_text(notebook(answered=False))
    hand_in = submit("p1", folder)
    assert hand_in.path is not None
    assert "knn.py: not implemented yet: knn.f" in hand_in.warnings
    assert "knn.ipynb: knn.inline_metric is not answered" in hand_in.warnings
    assert str(hand_in).startswith("Ready to hand in: ")


def test_a_missing_answer_cell_is_a_warning(folder: Path) -> None:
    data = json.loads((folder / "knn.ipynb").read_text())
    data["cells"] = data["cells"][:2]
    (folder / "knn.ipynb").write_text(json.dumps(data))
    assert any("the cell of the answer knn.inline_metric is gone" in w for w in submit("p1", folder).warnings)


def test_not_strict_returns_the_problems(folder: Path) -> None:
    (folder / "knn.py").unlink()
    hand_in = submit("p1", folder, strict=False)
    assert hand_in.path is None
    assert len(hand_in.problems) == 1


def test_a_folder_that_cannot_be_written_is_said(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(SubmissionError, match=r"cannot write .*; choose another folder with --out"):
        submit("p1", folder, folder / "file" / "out")


def test_a_file_beside_the_module_is_handed_in_or_its_absence_is_a_warning(tmp_path: Path) -> None:
    assignment = load_course().assignment("p5")
    for file in assignment.files:
        text = notebook(exercise="architectures") if file.endswith(".ipynb") else "def f():\n    return 1\n"
        (tmp_path / file).write_text(text)
    assert "shapes_network.pt" in submit("p5", tmp_path).files
    (tmp_path / "shapes_network.pt").unlink()
    hand_in = submit("p5", tmp_path)
    assert "shapes_network.pt" not in hand_in.files
    assert any(w.startswith("shapes_network.pt is not there") for w in hand_in.warnings)
