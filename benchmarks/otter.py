"""`otter run` on the same submissions: one test file a question, which runs the same checks in the student's kernel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course import KIT_ROOT, Assignment, Question
from autograder.engine.submission import Submission

TEST = """from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points}

@test_case(points=None, hidden=True)
def checks(course, modules):
    from autograder.engine.local import check_module
    exercise = course.exercise({exercise!r})
    results = check_module(course, exercise, course.question({question!r}), modules[exercise.name], hidden=True)
    wrong = [r.message for r in results if not r.passed]
    assert not wrong, wrong
"""
CELL = """import shutil
import torch
torch.set_num_threads(1)
from autograder.course import load_course
from autograder.engine.worker import load_module
course = load_course()
modules = {{}}
for exercise in course.assignment({assignment!r}).exercises:
    shutil.copy({folder!r} + "/" + exercise.file, exercise.file)
    modules[exercise.name] = load_module(exercise.module, exercise.file, open(exercise.file, 'rb').read())"""


def installed() -> bool:
    return find_spec("otter") is not None


def otter(assignment: Assignment, submissions: list[Submission]) -> float:
    """Seconds that `otter run` takes for all submissions, one command each, as it is used."""
    home = Path(tempfile.mkdtemp(prefix="deeprob-bench-"))
    try:
        (home / "tests").mkdir()
        for question in assignment.questions:
            (home / "tests" / f"{_name(question)}.py").write_text(_test(question), encoding="utf-8")
        _otter(home, "generate", "-t", "tests", "--no-config", "--no-requirements", "--no-environment")
        for submission in submissions:
            _lay_out(home / submission.name, assignment, submission)
        start = time.perf_counter()
        for submission in submissions:
            folder = home / submission.name
            _otter(folder, "run", "-a", "../autograder.zip", "-o", ".", "--no-logo", "submission.ipynb")
        seconds = time.perf_counter() - start
        _must_have_graded(home / submissions[0].name, assignment)
        return seconds
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _test(question: Question) -> str:
    return TEST.format(name=_name(question), points=question.points, exercise=question.exercise, question=question.id)


def _name(question: Question) -> str:
    return question.id.replace(".", "_")


def _lay_out(folder: Path, assignment: Assignment, submission: Submission) -> None:
    folder.mkdir()
    for name, data in submission.files.items():
        (folder / name).write_bytes(data)
    cell = new_code_cell(CELL.format(assignment=assignment.id, folder=str(folder)))
    notebook = new_notebook(cells=[cell])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "submission.ipynb")


def _must_have_graded(folder: Path, assignment: Assignment) -> None:
    """The first submission is the reference: it has all points, else something else than grading was timed."""
    tests = json.loads((folder / "results.json").read_text(encoding="utf-8"))["tests"]
    score = sum(test.get("score", 0) for test in tests)
    if score != assignment.max_score:
        raise RuntimeError(f"otter gives the reference {score} of {assignment.max_score} points: {tests}")


def _otter(folder: Path, *command: str) -> None:
    tools = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(KIT_ROOT)}
    done = subprocess.run(
        [tools / "otter", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"otter {' '.join(command)} failed:\n{done.stderr[-2000:]}")
