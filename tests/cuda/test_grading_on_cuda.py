"""Grading with `--device cuda`: collected only where torch sees a GPU."""

import pytest
import torch

from autograder.course import load_course
from autograder.engine.grade import Grader
from autograder.engine.sandbox import best_level
from autograder.engine.submission import Submission, read_submission

pytestmark = pytest.mark.cuda

MADE_ON_THE_CPU = """
def compute_distances_no_loops(x_train, x_test):
    a, b = x_train.flatten(1).float(), x_test.flatten(1).float()
    a, b = a - a.mean(0), b - a.mean(0)
    return ((a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T).cpu()


def predict_labels(dists, y_train, k=1):
    return torch.zeros(dists.shape[1], dtype=torch.int64)
"""


@pytest.fixture(scope="module")
def grader():
    course = load_course()
    with Grader(
        course, course.assignment("p1"), secret=b"cuda" * 8, sandbox=best_level(), device="cuda"
    ) as grader:
        yield grader


def test_reference_has_all_points(grader):
    result = grader.grade(read_submission("reference", grader.assignment))
    lost = [(c.id, c.message) for q in result.questions for c in q.checks if not c.passed]
    assert lost == []
    assert result.device == "cuda"


def test_skeleton_has_none(grader):
    assert grader.grade(read_submission("skeleton", grader.assignment)).score == 0


def test_results_left_on_the_cpu_are_said_to_be(grader):
    source = read_submission("reference", grader.assignment).files["knn.py"] + MADE_ON_THE_CPU.encode()
    questions = ("knn.compute_distances_no_loops", "knn.predict_labels")
    for question in grader.grade(Submission("ada", {"knn.py": source}), questions).questions:
        assert question.points == 0
        assert "is on cpu, expected cuda" in question.checks[0].message


def test_a_crash_ends_one_check_and_the_next_gets_a_new_process(grader):
    crash = b"\n\ndef knn_get_best_k(accuracies):\n    import os\n    os._exit(3)\n"
    source = read_submission("reference", grader.assignment).files["knn.py"] + crash
    questions = ("knn.knn_get_best_k", "knn.predict_labels")
    crashed, whole = grader.grade(Submission("ada", {"knn.py": source}), questions).questions
    assert crashed.checks[0].outcome == "crashed"
    assert whole.points == whole.max_points


def test_inputs_are_those_of_the_cpu():
    from autograder.engine.draw import Draw

    on_gpu, on_cpu = Draw(b"seed", "cuda").normal(3, 4), Draw(b"seed").normal(3, 4)
    assert on_gpu.device.type == "cuda"
    assert torch.equal(on_gpu.cpu(), on_cpu)
