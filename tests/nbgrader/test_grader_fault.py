"""When the grader itself fails on a submission, nbgrader says so, grades the others, and nobody gets a zero from it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.course import KIT_ROOT, load_course
from autograder.release import release

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

ENGINE = """
from autograder.engine.errors import GraderFault
from autograder.engine.results import CheckResult, QuestionResult, SubmissionResult


class Engine:
    def __init__(self, assignment):
        self.assignment = assignment

    def grade(self, submission):
        if submission.name == "bo":
            raise GraderFault("an oracle is broken")
        check = (CheckResult("x/y", "a title", "visible", "failed", "no"),)
        questions = tuple(QuestionResult(q.id, q.points / 4, q.points, check) for q in self.assignment.questions)
        about = (submission.name, self.assignment.id, submission.records, "cpu", "process", "s")
        return SubmissionResult(*about, 25.0, 100.0, 0.0, questions)

    def __exit__(self, *exc):
        pass


c.ShowFindings.engine = lambda assignment, course_dir, **options: Engine(assignment)
"""


def test_the_others_are_graded_and_the_exit_code_tells(tmp_path: Path) -> None:
    course = load_course()
    assert release(course, course.assignment("p1"), tmp_path).ok
    with (tmp_path / "nbgrader_config.py").open("a") as config:
        config.write(ENGINE)
    for student in ("ada", "bo", "chen"):
        shutil.copytree(tmp_path / "release/p1_classifiers", tmp_path / "submitted" / student / "p1_classifiers")
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", "p1_classifiers"],
        cwd=tmp_path,
        env=os.environ | {"HOME": str(tmp_path), "PYTHONPATH": str(KIT_ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "an oracle is broken" in done.stderr
    assert "There was an error processing assignment 'p1_classifiers' for student 'bo'" in done.stderr
    assert not (tmp_path / "autograded/bo/p1_classifiers").exists()
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        for student in ("ada", "chen"):
            assert gradebook.find_submission("p1_classifiers", student).score == pytest.approx(25.0)
        submission = gradebook.find_submission("p1_classifiers", "bo")
        assert {g.auto_score for n in submission.notebooks for g in n.grades} == {None}
