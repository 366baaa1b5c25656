"""An assignment whose exercise has several notebooks and imports an earlier one, through the real nbgrader."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.course import KIT_ROOT, load_course
from autograder.release import release

pytestmark = [pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"), pytest.mark.xdist_group("several")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course folder in which project 3 is released and one student's half of it is graded."""
    folder = tmp_path_factory.mktemp("p3")
    course = load_course()
    assignment = replace(course.assignment("p3"), due=None)
    report = release(replace(course, assignments=(*course.assignments[:-1], assignment)), assignment, folder)
    assert report.ok, str(report)
    home = folder / "submitted" / "ada" / assignment.id
    shutil.copytree(folder / "release" / assignment.id, home)
    shutil.copy(KIT_ROOT / "autograder/reference/exercises/convolutional_networks.py", home)
    (home / "convolutional_networks.ipynb").unlink()
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", assignment.id],
        cwd=folder,
        env=os.environ | {"PATH": path, "HOME": str(folder), "PYTHONPATH": str(KIT_ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def test_the_points_of_all_notebooks_arrive_also_of_one_that_is_missing(folder: Path) -> None:
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as gradebook:
        submission = gradebook.find_submission("p3_convolution", "ada")
        assert submission.score == pytest.approx(100)
        scores = {n.name: n.max_score for n in submission.notebooks}
    assert set(scores) == {"convolution", "convolutional_networks"}
    assert sum(scores.values()) == pytest.approx(109)  # with the answers in words


def test_each_question_is_graded_in_its_own_notebook(folder: Path) -> None:
    home = folder / "autograded" / "ada" / "p3_convolution"
    first, second = ((home / f"{n}.ipynb").read_text() for n in ("convolution", "convolutional_networks"))
    assert "convolutional_networks-Conv-forward" in first
    assert "convolutional_networks-Conv-forward" not in second
    assert "convolutional_networks-MaxPool-backward" in second
