"""`release` writes what its sources say, compares without writing, and refuses to let a leak out."""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.course import KIT_ROOT, Assignment, Course, load_course
from autograder.engine.errors import UsageError
from autograder.release import release
from autograder.release.build import ReleaseReport

pytestmark = [pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"), pytest.mark.xdist_group("build")]


@dataclass
class Place:
    """A copy of the kit and an empty course folder."""

    kit: Path
    folder: Path
    course: Course
    assignment: Assignment

    def release(self, check_only: bool = False) -> ReleaseReport:
        return release(self.course, self.assignment, self.folder, check_only, self.kit)

    def snapshot(self) -> dict[str, bytes]:
        roots = (self.kit, self.folder)
        return {str(p): p.read_bytes() for r in roots for p in sorted(r.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kit = tmp_path_factory.mktemp("template") / "kit"
    kit.mkdir()
    for part in ("autograder", "deeprob"):
        shutil.copytree(KIT_ROOT / part, kit / part, ignore=shutil.ignore_patterns("__pycache__", "datasets"))
    for file in ("course.toml", "pyproject.toml", "nbgrader_config.py"):
        shutil.copy(KIT_ROOT / file, kit / file)
    return kit


@pytest.fixture(scope="module")
def released_template(template: Path) -> Path:
    """A kit and a course folder, released once; the tests work on copies."""
    home = template.parent / "released"
    shutil.copytree(template, home / "kit")
    (home / "course").mkdir()
    course = load_course()
    assert release(course, course.assignment("p1"), home / "course", False, home / "kit").ok
    return home


@pytest.fixture
def released(released_template: Path, tmp_path: Path) -> Place:
    shutil.copytree(released_template, tmp_path / "home")
    course = load_course()
    return Place(tmp_path / "home/kit", tmp_path / "home/course", course, course.assignment("p1"))


@pytest.fixture
def place(template: Path, tmp_path: Path) -> Place:
    shutil.copytree(template, tmp_path / "kit")
    (tmp_path / "course").mkdir()
    course = load_course()
    return Place(tmp_path / "kit", tmp_path / "course", course, course.assignment("p1"))


def test_a_release_is_complete_and_then_up_to_date(released: Place) -> None:
    for step in ("source", "release"):
        names = {p.name for p in (released.folder / step / "p1_classifiers").iterdir()}
        assert names == set(released.assignment.files)
    config = (released.folder / "nbgrader_config.py").read_bytes()
    assert config == (released.kit / "nbgrader_config.py").read_bytes()
    before = released.snapshot()
    again = released.release(check_only=True)
    assert (again.ok, again.differences, again.leaks) == (True, (), ())
    assert str(again) == "p1_classifiers: the release is as its sources say"
    assert released.snapshot() == before
    with zipfile.ZipFile(again.bundle) as archive:
        assert len(archive.namelist()) == again.files


def test_a_second_release_writes_the_same_zip(released: Place) -> None:
    bundle = released.folder / "dist/p1_classifiers.zip"
    first = bundle.read_bytes()
    bundle.unlink()
    assert released.release().bundle.read_bytes() == first


def test_the_gradebook_knows_points_due_date_and_sources(released: Place) -> None:
    with Gradebook(f"sqlite:///{released.folder / 'gradebook.db'}") as gradebook:
        assignment = gradebook.find_assignment("p1_classifiers")
        assert assignment.duedate == released.assignment.due.astimezone(UTC).replace(tzinfo=None)
        assert assignment.max_score == 112.0
        cells = {c.name: c.max_score for n in assignment.notebooks for c in n.grade_cells}
        sources = {c.name: c.source for n in assignment.notebooks for c in n.source_cells}
    assert len(cells) == 17 + 4
    assert cells["knn-compute_distances_no_loops"] == 12.0
    assert sources["linear_classifier-svm_loss_naive"] == 'check("linear_classifier.svm_loss_naive")'


def test_check_names_every_difference_and_writes_nothing(released: Place) -> None:
    (released.folder / "release/p1_classifiers/knn.py").write_text("def predict_labels(): pass\n")
    (released.kit / "deeprob/exercises/knn.py").write_text("x\n")
    (released.folder / "dist/p1_classifiers.zip").unlink()
    before = released.snapshot()
    changed = replace(released.assignment, due=datetime(2031, 1, 1, tzinfo=UTC))
    report = release(released.course, changed, released.folder, True, released.kit)
    assert not report.ok
    assert set(report.differences) == {
        "deeprob/exercises/knn.py",
        "release/p1_classifiers/knn.py",
        "dist/p1_classifiers.zip",
        "gradebook: due 2027-02-06 04:59:00, expected 2031-01-01 00:00:00 (UTC)",
    }
    assert "4 differences; run `release` without --check" in str(report)
    assert released.snapshot() == before


def test_check_of_a_fresh_folder_says_what_is_missing(place: Place) -> None:
    report = place.release(check_only=True)
    assert not report.ok
    assert "gradebook.db: there is no gradebook yet" in report.differences
    assert "nbgrader_config.py is missing" in report.differences
    assert list(place.folder.iterdir()) == []


def test_a_leak_stops_the_release(place: Place) -> None:
    solution = (place.kit / "autograder/reference/exercises/knn.py").read_text()
    (place.kit / "deeprob/helpful.py").write_text(solution)
    before = place.snapshot()
    report = place.release()
    assert not report.ok
    assert "deeprob/helpful.py: content: " in str(report)
    assert str(report).startswith("p1_classifiers: not released, ")
    after = place.snapshot()
    assert {p for p in after if p not in before} == {str(place.folder / "nbgrader_config.py")}


def test_a_stray_file_in_the_release_folder_is_audited(released: Place) -> None:
    stray = released.folder / "release/p1_classifiers/.ipynb_checkpoints/knn-checkpoint.ipynb"
    stray.parent.mkdir()
    stray.write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    report = released.release(check_only=True)
    assert ".ipynb_checkpoints/knn-checkpoint.ipynb: cache: .ipynb_checkpoints" in str(report)


def test_points_that_change_reach_the_gradebook(released: Place) -> None:
    exercise = released.assignment.exercises[0]
    questions = (replace(exercise.questions[0], points=7.0), *exercise.questions[1:])
    changed = replace(
        released.assignment, exercises=(replace(exercise, questions=questions), released.assignment.exercises[1])
    )
    course = replace(released.course, assignments=(changed,))
    assert "gradebook: knn.ipynb, cell knn-compute_distances_two_loops differs" in (
        release(course, changed, released.folder, True, released.kit).differences
    )
    release(course, changed, released.folder, False, released.kit)
    with Gradebook(f"sqlite:///{released.folder / 'gradebook.db'}") as gradebook:
        cell = gradebook.find_grade_cell("knn-compute_distances_two_loops", "knn", "p1_classifiers")
        assert cell.max_score == 7.0


def test_a_source_that_breaks_its_rules_is_an_error_and_writes_nothing(place: Place) -> None:
    path = place.kit / "autograder/reference/exercises/knn.py"
    path.write_text(path.read_text().replace("### END SOLUTION", "### END SOLUTON", 1))
    with pytest.raises(Exception, match=r"knn\.py"):
        place.release()
    assert list(place.folder.iterdir()) == []


def test_a_missing_notebook_text_is_an_error(place: Place) -> None:
    (place.kit / "autograder/reference/notebooks/p1_classifiers/knn.py").unlink()
    with pytest.raises(UsageError, match=r"autograder/reference/notebooks/p1_classifiers/knn\.py: No such file"):
        place.release()
