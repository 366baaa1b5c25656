"""Grades the same submissions in one run by stock nbgrader, by otter, and by this grader: in one slot, in two, bare.

nbgrader and otter get the same questions as test cells and test files that run the same checks in the student's kernel,
as a course without this grader would. Submissions are the reference, variants and mutants in turn, as in a class.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import torch
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course import KIT_ROOT, Assignment, Course, Exercise, load_course
from autograder.engine.grade import Grader
from autograder.engine.sandbox import best_level
from autograder.engine.submission import Submission, read_submission
from autograder.mutation import load_mutants, load_variants, mutate, vary
from autograder.setting import Setting
from autograder.slots import Task, run_in_slots
from benchmarks import otter

SECRET = b"the benchmark draws the same inputs every time"
WARM = 5  # submissions after which a grader is warm: it rearranges its memory once it sees that there is a class
OTTERS = 4  # it takes long
TEST_CELL = """from autograder.engine.local import check_module
results = check_module(course, exercise, course.question({question!r}), module, hidden=True)
wrong = [r.message for r in results if not r.passed]
assert not wrong, wrong"""
FIRST_CELL = """import torch
torch.set_num_threads(1)
from autograder.course import load_course
from autograder.engine.worker import load_module
course = load_course()
exercise = course.exercise({exercise!r})
module = load_module(exercise.module, exercise.file, open(exercise.file, 'rb').read())"""


def run(count: int) -> None:
    """Print seconds a submission for each way, and the ratios."""
    torch.set_num_threads(1)
    course = load_course()
    assignment = course.assignment("p1")
    submissions = make_class(assignment, count)
    plain = [ours(course, assignment, submissions, "none")]
    sandboxed = [ours(course, assignment, submissions, "auto")]
    stock = nbgrader(assignment, submissions)
    plain.append(ours(course, assignment, submissions, "none"))
    sandboxed.append(ours(course, assignment, submissions, "auto"))
    slots = two_slots(assignment, submissions)
    stock, checks, grader = stock / count, min(plain) / count, min(sandboxed) / count
    print(f"{count} submissions of p1, seconds a submission:")
    print(f"  stock nbgrader autograde      {stock:7.3f}")
    if otter.installed():
        few = submissions[:OTTERS]
        theirs = otter.otter(assignment, few) / len(few)
        print(f"  otter run, {len(few)} of them         {theirs:7.3f}   {theirs / grader:.0f} times as long as here")
    else:
        print("  otter run: not installed; pip install -e '.[bench]'")
    print(f"  this grader, one slot         {grader:7.3f}   {stock / grader:.1f} times nbgrader; aim 20")
    print(f"  this grader, two slots        {slots:7.3f}   {stock / slots:.1f} times nbgrader; aim 35")
    print(f"  the checks alone, no sandbox  {checks:7.3f}   the sandbox costs {grader - checks:.3f} s; aim 0.03")


def make_class(assignment: Assignment, count: int) -> list[Submission]:
    """The reference, variants and mutants in turn, both files each."""
    reference = read_submission("reference", assignment)
    others = []
    for exercise in assignment.exercises:
        source = reference.files[exercise.file].decode()
        texts = [mutate(source, m) for m in load_mutants(exercise.name)]
        texts += [vary(source, v) for v in load_variants(exercise.name)]
        others += [{**reference.files, exercise.file: text.encode()} for text in texts]
    turn = itertools.cycle(others[::13])
    result = []
    for i in range(count):
        files = reference.files if i % 5 == 0 else next(turn)
        result.append(Submission(f"student{i:03}", dict(files)))
    return result


def ours(course: Course, assignment: Assignment, submissions: list[Submission], sandbox: str) -> float:
    """Seconds for all submissions with a warm grader."""
    with Grader(course, assignment, secret=SECRET, sandbox=sandbox) as grader:
        for submission in submissions[:WARM]:
            grader.grade(submission)
        start = time.perf_counter()
        for submission in submissions:
            grader.grade(submission)
        return time.perf_counter() - start


def two_slots(assignment: Assignment, submissions: list[Submission]) -> float:
    """Seconds a submission with two warm slots, which name mistakes as `grade` does: in the second of two classes."""
    warm = [replace(submission, name=f"warm{i}") for i, submission in enumerate(submissions)]
    tasks = (Task(s) for s in (*warm, *submissions))
    start, done = 0.0, 0
    for done, _ in enumerate(run_in_slots(Setting(assignment.id, SECRET, "cpu", best_level()), tasks, 2), 1):
        if done == len(warm):
            start = time.perf_counter()
    return (time.perf_counter() - start) / (done - len(warm))


def nbgrader(assignment: Assignment, submissions: list[Submission]) -> float:
    """Seconds that `nbgrader autograde` takes for all submissions, in a course folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="deeprob-bench-"))
    try:
        source = folder / "source" / assignment.id
        source.mkdir(parents=True)
        (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
        for exercise in assignment.exercises:
            nbformat.write(stock_notebook(exercise), source / f"{exercise.notebooks[0]}.ipynb")
        _nbgrader(folder, "generate_assignment", assignment.id)
        for submission in submissions:
            place = folder / "submitted" / submission.name / assignment.id
            shutil.copytree(folder / "release" / assignment.id, place)
            for name, data in submission.files.items():
                (place / name).write_bytes(data)
        start = time.perf_counter()
        _nbgrader(folder, "autograde", assignment.id)
        return time.perf_counter() - start
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def stock_notebook(exercise: Exercise) -> nbformat.NotebookNode:
    """One test cell a question, which runs all of its checks in the kernel."""
    cells = [new_code_cell(FIRST_CELL.format(exercise=exercise.name))]
    for question in exercise.questions:
        cell = new_code_cell(TEST_CELL.format(question=question.id))
        cell.metadata["nbgrader"] = {
            "grade": True, "solution": False, "locked": True, "task": False, "schema_version": 3,
            "grade_id": question.id.replace(".", "-"), "points": question.points,
        }  # fmt: skip
        cells.append(cell)
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def _nbgrader(folder: Path, *command: str) -> None:
    tools = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(KIT_ROOT)}
    done = subprocess.run(
        [tools / "nbgrader", *command, "--log-level=ERROR"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"nbgrader {' '.join(command)} failed:\n{done.stderr[-2000:]}")
