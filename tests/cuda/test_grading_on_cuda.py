"""Checks and grading on `cuda`: on a GPU where torch sees one, and everywhere else on a pretended one.

`pytest tests/cuda` collects these tests only where there is a GPU; `pytest -p tests.cuda.pretended tests/cuda` always.
"""

from __future__ import annotations

import pytest
import torch

from autograder.cli import main
from autograder.course import KIT_ROOT, load_course
from autograder.engine.draw import Draw
from autograder.engine.earlier import registered
from autograder.engine.grade import Grader
from autograder.engine.local import check_live
from autograder.engine.sandbox import best_level
from autograder.engine.submission import Submission, read_submission
from autograder.engine.worker import load_module
from autograder.notebook import Checker
from deeprob.workspace import Workspace

pytestmark = pytest.mark.cuda

COURSE = load_course()
NAMES = [exercise.module for assignment in COURSE.assignments for exercise in assignment.exercises]
ASSIGNMENTS = [a.short for a in COURSE.assignments]
REFERENCES = KIT_ROOT / "autograder" / "reference" / "exercises"
SECRET = b"cuda" * 8
MADE_ON_THE_CPU = """
def compute_distances_no_loops(x_train, x_test):
    a, b = x_train.flatten(1).float(), x_test.flatten(1).float()
    a, b = a - a.mean(0), b - a.mean(0)
    return ((a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T).cpu()


def predict_labels(dists, y_train, k=1):
    return torch.zeros(dists.shape[1], dtype=torch.int64)
"""
TWO_DEVICES = """
def predict_labels(dists, y_train, k=1):
    return y_train[dists.argmin(dim=0)] + torch.zeros(dists.shape[1], dtype=torch.int64)
"""


@pytest.fixture(scope="module")
def grader():
    with Grader(COURSE, COURSE.assignment("p1"), secret=SECRET, sandbox=best_level(), device="cuda") as grader:
        yield grader


def reference_of(exercise: str) -> str:
    return (REFERENCES / f"{exercise}.py").read_text(encoding="utf-8")


def grade(grader, code: str, *questions: str):
    """The questions' results, in the order in which they are named here."""
    submission = Submission("ada", {"knn.py": (reference_of("knn") + code).encode()})
    graded = {q.id: q for q in grader.grade(submission, questions).questions}
    return [graded[question] for question in questions]


@pytest.mark.parametrize("short", ASSIGNMENTS)
def test_the_reference_has_all_points_and_the_skeleton_none(short):
    assignment = COURSE.assignment(short)
    with Grader(COURSE, assignment, secret=SECRET, sandbox=best_level(), device="cuda") as grader:
        result = grader.grade(read_submission("reference", assignment))
        lost = [(c.id, c.message) for q in result.questions for c in q.checks if not c.passed]
        assert lost == []
        assert result.device == "cuda"
        assert result.score == result.max_score
        assert grader.grade(read_submission("skeleton", assignment)).score == 0


@pytest.mark.parametrize("short", ASSIGNMENTS)
def test_visible_checks_pass_in_the_notebooks_own_process(short, tmp_path):
    assignment, modules = COURSE.assignment(short), {}
    for name, content in read_submission("reference", assignment).files.items():
        (tmp_path / name).write_bytes(content)
    with registered(dict.fromkeys(NAMES)):
        for exercise in assignment.exercises:
            for needed in (*COURSE.used_by(exercise), exercise):
                source = reference_of(needed.name).encode()
                modules[needed.name] = load_module(needed.module, str(tmp_path / needed.file), source)
        results = check_live(COURSE, short, modules, "cuda")
    assert len(results) > 10
    assert [(r.id, r.message) for r in results if not r.passed] == []


def test_results_left_on_the_cpu_are_said_to_be(grader):
    for question in grade(grader, MADE_ON_THE_CPU, "knn.compute_distances_no_loops", "knn.predict_labels"):
        assert question.points == 0
        assert "is on cpu, expected cuda" in question.checks[0].message


def test_tensors_of_two_devices_are_said_to_be(grader):
    (question,) = grade(grader, TWO_DEVICES, "knn.predict_labels")
    assert question.points == 0
    assert question.checks[0].outcome == "error"
    assert "same device" in question.checks[0].message


def test_a_crash_ends_one_check_and_the_next_gets_a_new_process(grader):
    code = "\n\ndef knn_get_best_k(accuracies):\n    import os\n    os._exit(3)\n"
    crashed, whole = grade(grader, code, "knn.knn_get_best_k", "knn.predict_labels")
    assert crashed.checks[0].outcome == "crashed"
    assert whole.points == whole.max_points


def test_inputs_are_those_of_the_cpu():
    on_gpu, on_cpu = Draw(b"seed", "cuda").normal(3, 4), Draw(b"seed").normal(3, 4)
    assert on_gpu.device.type == "cuda"
    assert torch.equal(on_gpu.cpu(), on_cpu)


def test_the_last_cell_of_a_notebook_takes_the_gpu_without_being_told(tmp_path, monkeypatch):
    (tmp_path / "knn.py").write_text(reference_of("knn"), encoding="utf-8")
    (tmp_path / "linear_classifier.py").write_text(reference_of("linear_classifier"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    shown = []
    monkeypatch.setattr("autograder.notebook.show", shown.append)
    with registered(dict.fromkeys(NAMES)):
        Checker(Workspace.open("p1_classifiers")).all()
    assert "on cuda" in repr(shown[0])


def test_the_command_line_checks_and_grades_on_it(tmp_path, monkeypatch, capsys):
    (tmp_path / "knn.py").write_text(reference_of("knn"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with registered(dict.fromkeys(NAMES)):
        assert main(["check", "knn", "--device", "cuda"]) == 0
    assert "visible checks passed" in capsys.readouterr().out
