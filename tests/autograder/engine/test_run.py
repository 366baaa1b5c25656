"""What happens in a check becomes an outcome and one sentence."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
import torch

from autograder.engine.check import Check
from autograder.engine.errors import GraderFault, RuleBroken, StudentRaised, TimedOut, WorkerDied
from autograder.engine.expect import expect
from autograder.engine.run import Session, run_check, run_checks, unable
from autograder.engine.student import Backend

QUESTION = "knn.predict_labels"


def make(name, run, *needs, visibility="visible"):
    wanted = tuple(f"{QUESTION}/{n}" for n in needs)
    return Check(f"{QUESTION}/{name}", QUESTION, f"title of {name}", visibility, wanted, 1.0, run)


class Answers(Backend):
    """A backend that answers every call with the same value, or raises it."""

    def __init__(self, value=None):
        self.value = value

    def call(self, ref, name, args, kwargs, measured):
        if isinstance(self.value, BaseException):
            raise self.value
        return self.value, None


def session(value=None, diagnose=None):
    return Session("ada", b"secret", "cpu", lambda seed: nullcontext(Answers(value)), diagnose)


def asks(student, draw):
    value = student.predict_labels(torch.ones(2, 3), k=1)
    expect(value, "labels").equals(torch.tensor([1, 2]))


def test_a_check_that_ends_has_passed_and_says_nothing():
    result = run_check(session(torch.tensor([1, 2])), make("a", asks)).result
    assert (result.outcome, result.message, result.diagnosis, result.passed) == ("passed", "", "", True)
    assert result.seconds > 0


def test_a_failed_expectation_is_told_with_the_call_and_the_generic_diagnosis():
    result = run_check(session(torch.tensor([0, 0])), make("a", asks)).result
    assert result.outcome == "failed"
    assert result.message == "labels[0] is 0, expected 1; 2 of 2 entries are wrong."
    assert result.diagnosis == "Every entry is 0: the result is made but never filled."
    assert result.finding.called == "knn.predict_labels(tensor (2, 3) float32, k=1)"
    assert result.finding.first_wrong == "labels[0] is 0, expected 1"


class Disturbs(Answers):
    """A backend that changes the dict it is given."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def call(self, ref, name, args, kwargs, measured):
        self.change(args[0])
        return None, None


def looks_at_its_own(student, draw):
    params = {"W": torch.ones(2)}
    student.predict_labels(params)
    assert params["W"].sum() == 1 / (len(params) - len(params))


@pytest.mark.parametrize("change", [dict.clear, lambda p: p.update(W="?"), lambda p: p.update(W=torch.ones(3))])
def test_a_check_that_stumbles_over_changed_arguments_has_failed(change):
    session = Session("ada", b"secret", "cpu", lambda seed: nullcontext(Disturbs(change)))
    result = run_check(session, make("a", looks_at_its_own)).result
    assert (result.outcome, result.message) == (
        "failed",
        "knn.predict_labels(dict of 1) leaves its arguments with keys missing or other shapes or types: "
        "work on copies.",
    )


@pytest.mark.parametrize("change", [lambda p: p.update(b=0), lambda p: p["W"].fill_(2)])
def test_a_check_that_stumbles_over_no_such_thing_is_a_fault_of_the_grader(change):
    session = Session("ada", b"secret", "cpu", lambda seed: nullcontext(Disturbs(change)))
    with pytest.raises(GraderFault, match="ZeroDivisionError"):
        run_check(session, make("a", looks_at_its_own))


@pytest.mark.parametrize(
    ("raised", "outcome", "message"),
    [
        (StudentRaised("NotImplementedError", "knn.predict_labels: not implemented yet"), "not_attempted",
         "not implemented yet"),
        (StudentRaised("NotImplementedError", "knn.compute_distances_no_loops: not implemented yet"), "blocked",
         "waits for knn.compute_distances_no_loops, which is not implemented yet"),
        (StudentRaised("NotImplementedError", "knn.predict_labels_too: not implemented yet"), "blocked",
         "waits for knn.predict_labels_too, which is not implemented yet"),
        (StudentRaised("NotImplementedError", "later"), "error", "NotImplementedError: later"),
        (StudentRaised("ValueError", "knn.predict_labels: not implemented yet"), "error",
         "ValueError: knn.predict_labels: not implemented yet"),
        (StudentRaised("AssertionError", "", "knn.py, line 4, in f"), "error", "AssertionError (knn.py, line 4, in f)"),
        (StudentRaised("IndexError", "out of range", "knn.py, line 4, in predict_labels"), "error",
         "IndexError: out of range (knn.py, line 4, in predict_labels)"),
        (RuleBroken("predict_labels calls torch.cdist"), "forbidden", "predict_labels calls torch.cdist"),
        (TimedOut("timeout after 10 s"), "timeout", "timeout after 10 s"),
        (WorkerDied("killed by SIGSEGV"), "crashed", "killed by SIGSEGV"),
    ],
)  # fmt: skip
def test_what_stops_a_check_names_its_outcome(raised, outcome, message):
    result = run_check(session(raised), make("a", asks)).result
    assert (result.outcome, result.message) == (outcome, message)


def test_a_method_of_the_class_asked_for_is_not_attempted_either():
    check = Check("knn.KnnClassifier/a", "knn.KnnClassifier", "t", "visible", (), 1.0, asks)
    raised = StudentRaised("NotImplementedError", "knn.KnnClassifier.predict: not implemented yet")
    assert run_check(session(raised), check).result.outcome == "not_attempted"


@pytest.mark.parametrize("error", [ZeroDivisionError("in the check"), KeyError("x"), AssertionError()])
def test_a_broken_check_is_a_fault_of_the_grader_never_a_zero(error):
    def broken(student, draw):
        raise error

    with pytest.raises(GraderFault, match=rf"^knn\.predict_labels/a: {type(error).__name__}"):
        run_check(session(), make("a", broken))


def test_a_check_whose_needs_did_not_pass_is_blocked_with_their_title():
    ran = []
    checks = (
        make("a", lambda s, d: ran.append("a")),
        make("b", lambda s, d: expect(1, "x").holds(False, "no"), "a"),
        make("c", lambda s, d: ran.append("c"), "a", "b"),
        make("d", lambda s, d: ran.append("d"), "c"),
    )
    results = run_checks(session(), checks)
    assert [r.outcome for r in results] == ["passed", "failed", "blocked", "blocked"]
    assert [r.message for r in results[2:]] == ["waits for: title of b", "waits for: title of c"]
    assert ran == ["a"]


def test_the_diagnosis_is_asked_for_failures_and_errors_only_and_falls_back():
    asked = []

    def diagnose(check, attempt):
        asked.append((check.id, attempt.result.outcome, attempt.submission, len(attempt.transcript)))
        return ""

    for value in (torch.tensor([1, 2]), torch.tensor([0, 0]), StudentRaised("E", "x"), TimedOut("t"), WorkerDied("d")):
        run_checks(session(value, diagnose), (make("a", asks),))
    assert [a[1:] for a in asked] == [("failed", "ada", 1), ("error", "ada", 1)]
    (result,) = run_checks(session(torch.tensor([0, 0]), diagnose), (make("a", asks),))
    assert result.diagnosis.startswith("Every entry is 0")
    (result,) = run_checks(session(torch.tensor([0, 0]), lambda c, a: "doubled"), (make("a", asks),))
    assert result.diagnosis == "doubled"


def test_messages_are_bounded():
    result = run_check(session(StudentRaised("E", "x" * 5000)), make("a", asks)).result
    assert len(result.message) == 600
    assert result.message.endswith("...")


def test_a_check_draws_the_same_inputs_again_and_others_for_another_student():
    drawn = []
    check = make("a", lambda s, d: drawn.append(d.normal(3)))
    for name in ("ada", "ada", "bob"):
        run_check(Session(name, b"secret", "cpu", lambda seed: nullcontext(Answers())), check)
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_checks_that_cannot_run_share_outcome_and_message():
    results = unable((make("a", asks), make("b", asks, visibility="hidden")), "error", "knn.py, line 3: bad")
    assert [(r.outcome, r.message, r.visibility) for r in results] == [
        ("error", "knn.py, line 3: bad", "visible"),
        ("error", "knn.py, line 3: bad", "hidden"),
    ]
