"""A check that is begun during the one before says and sends the same as one that is not."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch
from greenlet import greenlet

from autograder.course import load_course
from autograder.engine.ahead import RunAhead
from autograder.engine.check import Check
from autograder.engine.errors import GraderFault
from autograder.engine.expect import expect
from autograder.engine.grade import Grader
from autograder.engine.pool import Stall
from autograder.engine.proxy import ProxyBackend
from autograder.engine.run import Session, run_checks
from autograder.engine.sandbox import best_level
from autograder.engine.submission import Submission, read_submission
from autograder.mutation import load_mutants, mutate

QUESTION = "knn.predict_labels"
SECRET = b"tests of running ahead"


class Process:
    """Answers each call with what it was called with, and notes what happens in which order."""

    def __init__(self):
        self.turn = self.meanwhile = lambda: None
        self.log: list[str] = []

    @contextmanager
    def open(self, seed):
        yield Backend(self)


class Backend:
    def __init__(self, process):
        self.process, self.connected = process, False

    def call(self, ref, name, args, kwargs, measured):
        if not self.connected:
            self.process.turn()
            self.connected = True
        self.process.log.append(f"asked {args[0]}")
        self.process.meanwhile()
        self.process.log.append(f"answered {args[0]}")
        return args[0], None


def make(name, run, *needs):
    wanted = tuple(f"{QUESTION}/{n}" for n in needs)
    return Check(f"{QUESTION}/{name}", QUESTION, f"title of {name}", "hidden", wanted, 1.0, run)


def asking(process, name, calls=1, right=True):
    def run(student, draw):
        process.log.append(f"begun {name}")
        for _ in range(calls):
            answer = student.predict_labels(name)
        expect(answer, "labels").holds((answer == name) is right, f"{name} is wrong.", "right")
        process.log.append(f"ended {name}")

    return make(name, run)


def carry_out(process, checks, **more):
    session = Session("ada", b"secret", "cpu", process.open, runner=RunAhead(process))
    return run_checks(session, tuple(checks), **more)


def test_the_next_check_begins_while_this_one_waits_and_asks_when_this_one_has_ended():
    process = Process()
    results = carry_out(process, [asking(process, "a", calls=2), asking(process, "b"), asking(process, "c")])
    assert [r.outcome for r in results] == ["passed"] * 3
    assert process.log == [
        "begun a", "asked a", "begun b", "answered a", "asked a", "answered a", "ended a",
        "asked b", "begun c", "answered b", "ended b", "asked c", "answered c", "ended c",
    ]  # fmt: skip


def test_a_check_that_waits_for_one_that_fails_is_blocked_and_never_asks():
    process = Process()
    waiting = asking(process, "b")
    waiting = Check(waiting.id, QUESTION, waiting.title, "hidden", (f"{QUESTION}/a",), 1.0, waiting.run)
    results = carry_out(process, [asking(process, "a", right=False), waiting, asking(process, "c")])
    assert [r.outcome for r in results] == ["failed", "blocked", "passed"]
    assert [line for line in process.log if line.startswith("asked")] == ["asked a", "asked c"]


def test_a_fault_of_a_check_that_was_begun_is_told_at_its_own_turn():
    process, told = Process(), []

    def broken(student, draw):
        raise ZeroDivisionError("an oracle's")

    with pytest.raises(GraderFault, match="b: ZeroDivisionError"):
        carry_out(process, [asking(process, "a"), make("b", broken)], on_check=told.append)
    assert [(r.id, r.outcome) for r in told] == [(f"{QUESTION}/a", "passed")]


def test_who_stops_the_grader_stops_it_at_once():
    process = Process()

    def stopped(student, draw):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(process, [asking(process, "a"), make("b", stopped), asking(process, "c")])
    assert process.log == ["begun a", "asked a"]


def test_a_grader_may_itself_run_in_a_greenlet():
    process = Process()
    outer = greenlet(lambda: carry_out(process, [asking(process, name) for name in "abc"]))
    assert [r.outcome for r in outer.switch()] == ["passed"] * 3
    assert outer.dead


def test_a_thousand_checks_in_a_row_are_no_deeper_than_one():
    process = Process()
    results = carry_out(process, [asking(process, str(i)) for i in range(1000)])
    assert all(r.passed for r in results)


def test_whether_gradients_are_recorded_is_each_checks_own_affair():
    process, seen = Process(), []

    def without(student, draw):
        with torch.no_grad():
            student.predict_labels("a")
            seen.append(torch.is_grad_enabled())

    def by_default(student, draw):
        seen.append(torch.is_grad_enabled())
        student.predict_labels("b")
        seen.append(torch.is_grad_enabled())

    checks = [make("a", without), make("b", without), make("c", by_default), make("d", by_default)]
    assert all(r.passed for r in carry_out(process, checks))
    assert seen == [False, True, False, True, True, True]
    assert torch.is_grad_enabled()


def test_the_time_in_which_a_check_waits_for_its_turn_is_not_its_own():
    process = Process()

    def slow(student, draw):
        student.predict_labels("a")
        time.sleep(0.3)

    first, second = carry_out(process, [make("a", slow), asking(process, "b")])
    assert first.seconds > 0.3
    assert second.seconds < 0.3


@pytest.fixture(scope="module")
def grader():
    course = load_course()
    with Grader(course, course.assignment("p1"), secret=SECRET, sandbox=best_level()) as grader:
        yield grader


def of_p1(grader, *names):
    """The reference and some mutants of kNN, one of them in each submission."""
    reference = read_submission("reference", grader.assignment)
    yield reference
    for mutant in load_mutants("knn"):
        if mutant.name.rsplit("/", 1)[-1] in names or not names:
            source = mutate(reference.files["knn.py"].decode(), mutant).encode()
            yield Submission("reference", {**reference.files, "knn.py": source})


def outcomes(result):
    return [(c.id, c.outcome, c.message) for q in result.questions for c in q.checks]


def test_results_are_those_of_one_check_after_the_other(grader, monkeypatch):
    submissions = [*of_p1(grader)][::9]
    ahead = [outcomes(grader.grade(s)) for s in submissions]
    monkeypatch.setattr(RunAhead, "_begin_following", lambda self: None)
    assert [outcomes(grader.grade(s)) for s in submissions] == ahead
    assert len({str(o) for o in ahead}) == len(submissions)


def test_a_slow_start_of_the_next_check_costs_this_one_no_time(grader, monkeypatch):
    begin = RunAhead._begin

    def slowly(self):
        if self._following:
            time.sleep(0.6)
        begin(self)

    monkeypatch.setattr(RunAhead, "_begin", slowly)
    monkeypatch.setattr(Stall, "check", in_half_a_second)
    reference = next(of_p1(grader))
    (question,) = grader.grade(reference, ("knn.knn_get_best_k",)).questions
    assert [c.outcome for c in question.checks] == ["passed"] * 3


@contextmanager
def in_half_a_second(stall, program, seed):
    yield ProxyBackend(stall, replace(stall.limits, seconds=0.5), program, seed)
