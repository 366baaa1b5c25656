"""Whole submissions: points, partial credit, and files that are missing or are no Python."""

from __future__ import annotations

import dataclasses

import pytest

from autograder.engine.device import resolve_device
from autograder.engine.errors import UsageError
from autograder.engine.grade import Grader, seed_name
from autograder.engine.submission import Submission, read_submission

LABELS = "knn.predict_labels"


def test_the_reference_has_all_points_and_the_skeleton_none(bench, p1):
    reference = bench.grader.grade(read_submission("reference", p1))
    assert reference.score == reference.max_score == p1.max_score == 100
    assert [q.id for q in reference.questions] == [q.id for q in p1.questions]
    assert all(c.outcome == "passed" and c.message == "" for q in reference.questions for c in q.checks)
    skeleton = bench.grader.grade(read_submission("skeleton", p1))
    assert skeleton.score == 0
    outcomes = {c.outcome for q in skeleton.questions for c in q.checks}
    assert outcomes == {"not_attempted", "blocked"}


def test_partial_credit_is_the_weight_of_what_passed(bench):
    code = """
    def predict_labels(dists, y_train, k=1):
        return y_train[dists.argmin(dim=0)].long()
    """
    results = bench.grade(code, LABELS)
    passed = {name for name, r in results.items() if r.passed}
    assert {"nearest_neighbour", "one_neighbour_by_default", "labels_inputs_unchanged"} <= passed
    assert "majority_of_k" not in passed
    assert 0 < bench.points(code, LABELS) < 10


def test_a_file_that_is_missing_costs_its_questions_and_no_others(bench):
    result = bench.grader.grade(
        bench.submission(), ("knn.knn_get_best_k", "linear_classifier.predict_linear_classifier")
    )
    assert [q.points for q in result.questions] == [4, 0]
    assert {(c.outcome, c.message) for c in result.questions[1].checks} == {
        ("not_attempted", "linear_classifier.py is missing")
    }


def test_why_a_file_was_not_taken_is_said(bench):
    submission = Submission("ada", {}, ("knn.py: is a symbolic link, which is not followed",))
    (result,) = bench.grader.grade(submission, (LABELS,)).questions
    assert {c.message for c in result.checks} == {"knn.py: is a symbolic link, which is not followed"}


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (b"def f(:\n", "knn.py, line 1: invalid syntax"),
        (b"x = 1\n  y = 2\n", "knn.py, line 2: unexpected indent"),
        (b"x = 1\0", "null bytes"),
        ("é = 1".encode("latin-1"), "codec can't decode byte 0xe9"),
        (b"# coding: nonsense\n", "knn.py: unknown encoding: nonsense"),
        ("x = 1".encode("utf-16"), "knn.py"),
        (b"-" * 100_000 + b"1", "knn.py cannot be read as Python"),
        (b"PK\x03\x04\x00", "knn.py"),
    ],
)
def test_a_file_that_is_no_python_is_an_error_with_its_place(bench, source, says):
    (result,) = bench.grader.grade(Submission("ada", {"knn.py": source}), (LABELS,)).questions
    assert result.points == 0
    for check in result.checks:
        assert check.outcome == "error"
        assert says in check.message
        assert "<unknown>" not in check.message


@pytest.mark.parametrize(
    "source", [b"", b"\xef\xbb\xbf# with a mark of byte order\n", "# coding: latin-1\n# é".encode("latin-1")]
)
def test_a_file_without_the_function_says_so(bench, source):
    (result,) = bench.grader.grade(Submission("ada", {"knn.py": source}), (LABELS,)).questions
    assert result.checks[0].outcome == "error"
    assert result.checks[0].message == "AttributeError: knn.py defines no predict_labels"


def test_a_file_that_raises_when_it_is_imported_says_where(bench):
    results = bench.grade("import not_there", LABELS)
    assert results["nearest_neighbour"].outcome == "error"
    assert results["nearest_neighbour"].message.startswith(
        "ModuleNotFoundError: No module named 'not_there' (knn.py, line "
    )


def test_a_file_may_import_earlier_exercises_in_every_way(bench):
    code = """
    import deeprob.exercises.fully_connected_networks as fc
    import deeprob.exercises.fully_connected_networks
    from deeprob.exercises import fully_connected_networks
    from deeprob.exercises.fully_connected_networks import Linear

    corr2d = {fc.Linear: corr2d}[deeprob.exercises.fully_connected_networks.Linear]
    corr2d = {fully_connected_networks.Linear: corr2d}[Linear]
    """
    results = bench.grade(code, "convolutional_networks.corr2d")
    assert {r.outcome for r in results.values()} == {"passed"}


def test_a_forbidden_call_and_a_loop_cost_the_question_with_one_sentence(bench):
    results = bench.grade(
        """
        def compute_distances_no_loops(x_train, x_test):
            return torch.cdist(x_train.flatten(1), x_test.flatten(1)) ** 2
        """,
        "knn.compute_distances_no_loops",
    )
    assert {r.outcome for r in results.values()} == {"forbidden"}
    assert "torch.cdist is not allowed in knn" in results["memory"].message


def test_results_are_told_as_they_come_and_the_same_again(bench):
    told = []
    submission = bench.submission()
    first = bench.grader.grade(submission, (LABELS,), on_check=told.append)
    again = bench.grader.grade(submission, (LABELS,))
    assert told == list(first.questions[0].checks)
    strip = [(c.id, c.outcome, c.message) for c in first.questions[0].checks]
    assert strip == [(c.id, c.outcome, c.message) for c in again.questions[0].checks]
    assert first.seed == again.seed == seed_name(bench.grader.secret, "ada")
    assert first.sandbox == bench.grader.level
    assert first.device == "cpu"


def test_what_is_known_does_not_run_and_what_is_not_does(bench):
    submission = bench.submission("def predict_labels(dists, y_train, k=1):\n    return y_train[dists.argmax(dim=0)]")
    first = bench.grader.grade(submission, (LABELS,)).questions[0].checks
    known = {c.id: c for c in first if c.outcome != "blocked"}
    told = []
    again = bench.grader.grade(submission, (LABELS,), known=known, on_check=told.append)
    assert again.questions[0].checks == first
    assert told == []
    failed = next(c for c in first if c.outcome == "failed")
    claimed = {**known, failed.id: dataclasses.replace(failed, outcome="passed")}  # what it blocked has to run now
    blocked = [c.id for c in first if c.outcome == "blocked"]
    assert blocked
    bench.grader.grade(submission, (LABELS,), known=claimed, on_check=told.append)
    assert {c.id for c in told} <= set(blocked)
    assert told


def test_all_of_it_known_starts_no_process(bench, monkeypatch):
    submission = bench.submission()
    first = bench.grader.grade(submission, (LABELS,)).questions[0].checks
    monkeypatch.setattr(bench.grader._pool, "open_stall", None)
    again = bench.grader.grade(submission, (LABELS,), known={c.id: c for c in first})
    assert again.questions[0].checks == first


def test_a_signal_to_everybody_near_ends_nothing_of_the_graders(bench):
    """The process group above a check's process holds the one that clears up after it."""
    code = """
    def knn_get_best_k(k_to_accuracies):
        import os, signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for pid in (0, -1, os.getppid(), os.getpgid(0), os.getsid(0)):
            try:
                os.kill(pid, signal.SIGTERM)
            except OSError:
                pass
    """
    before, attacked = bench.grader.grade(bench.submission(code), (LABELS, "knn.knn_get_best_k")).questions
    assert before.points == before.max_points
    assert attacked.checks[0].outcome == "failed"  # again, in a new process


def test_wrong_levels_and_devices_are_wrong_use(course, p1):
    with pytest.raises(UsageError, match="unknown sandbox 'chroot'; expected one of auto, bubblewrap, process, none"):
        Grader(course, p1, secret=b"s", sandbox="chroot")
    with pytest.raises(UsageError, match="unknown device 'tpu'; expected cpu or cuda"):
        resolve_device("tpu")


def test_the_name_of_the_seed_tells_nothing_of_the_secret():
    assert seed_name(b"secret", "ada") != seed_name(b"secret", "bob")
    assert len(seed_name(b"secret", "ada")) == 16
