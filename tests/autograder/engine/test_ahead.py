"""A check that is begun during the one before says and sends the same as one that is not."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch
from greenlet import greenlet

from autograder.course import load_course
from autograder.engine.ahead import AHEAD, Habits, RunAhead
from autograder.engine.check import Check
from autograder.engine.errors import GraderFault
from autograder.engine.expect import expect
from autograder.engine.grade import Grader
from autograder.engine.order import Order
from autograder.engine.pool import Stall
from autograder.engine.program import Program, compiled
from autograder.engine.proxy import ProxyBackend
from autograder.engine.run import Session, run_checks
from autograder.engine.sandbox import best_level
from autograder.engine.student import Backend
from autograder.engine.submission import Submission, read_submission
from autograder.mutation import load_mutants, mutate

QUESTION = "knn.predict_labels"
SECRET = b"tests of running ahead"


class Process:
    """Answers each call with what it was called with, and notes what happens in which order."""

    def __init__(self, quick=False):
        self.order = Order()
        self.quick, self.ended = quick, 0
        self.log: list[str] = []

    @contextmanager
    def open(self, seed):
        yield Calls(self)

    def has_answered(self):
        return self.quick

    def end_process(self):
        self.log.append("process ended")
        self.ended += 1


class Calls(Backend):
    def __init__(self, process):
        self.process, self.connected, self.first, self.early = process, False, "", None

    def call(self, ref, name, args, kwargs, measured):
        (name,) = args
        if not self.connected:
            self.first = name
            self.process.order.await_turn(self)
            self.connected = True
        else:
            self.process.order.asks()
        if not self.is_ahead():
            self.process.log.append(f"asked {name}")
        self.early = None
        self.process.order.meanwhile()
        self.process.log.append(f"answered {name}")
        self.process.order.answered()
        return name, None

    def send_early(self):
        self.process.log.append(f"asked {self.first} early")
        self.early = self.process.ended

    def is_ahead(self):
        return self.early == self.process.ended


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


def carry_out(process, checks, habits=None, **more):
    process.order = RunAhead(process, habits or Habits())
    session = Session("ada", b"secret", "cpu", process.open, runner=process.order)
    return run_checks(session, tuple(checks), **more)


def test_the_next_checks_begin_while_this_one_waits_and_ask_when_this_one_has_ended():
    process = Process()
    results = carry_out(process, [asking(process, "a", calls=2), asking(process, "b"), asking(process, "c")])
    assert [r.outcome for r in results] == ["passed"] * 3
    assert process.log == [
        "begun a", "asked a", "begun b", "begun c", "answered a", "asked a", "answered a", "ended a",
        "asked b", "answered b", "ended b", "asked c", "answered c", "ended c",
    ]  # fmt: skip


def test_only_one_check_is_begun_where_the_answer_is_there_already_and_no_more_than_four_where_it_is_not():
    process = Process(quick=True)
    carry_out(process, [asking(process, name) for name in "abc"])
    assert process.log[:4] == ["begun a", "asked a", "begun b", "answered a"]
    process = Process()
    carry_out(process, [asking(process, name) for name in "abcdefgh"])
    assert process.log[: 2 + AHEAD] == ["begun a", "asked a", *(f"begun {name}" for name in "bcde")]
    assert process.log[2 + AHEAD : 7 + AHEAD] == ["answered a", "ended a", "asked b", "begun f", "answered b"]


def test_the_next_check_asks_before_the_last_answer_is_judged_once_it_is_known_which_is_the_last():
    process, habits = Process(), Habits()
    checks = [asking(process, "a", calls=2), asking(process, "b"), asking(process, "c")]
    first = carry_out(process, checks, habits)
    process.log.clear()
    second = carry_out(process, checks, habits)
    assert [r.outcome for r in first] == [r.outcome for r in second] == ["passed"] * 3
    assert process.log == [
        "begun a", "asked a", "begun b", "begun c", "answered a", "asked a", "answered a", "asked b early", "ended a",
        "answered b", "asked c early", "ended b", "answered c", "ended c",
    ]  # fmt: skip


def test_a_check_that_has_another_request_than_is_known_runs_again_in_a_new_process_and_is_not_foreseen_again():
    process, habits = Process(), Habits()
    carry_out(process, [asking(process, "a"), asking(process, "b")], habits)
    for ended in (1, 1):
        process.log.clear()
        results = carry_out(process, [asking(process, "a", calls=2), asking(process, "b")], habits)
        assert [r.outcome for r in results] == ["passed"] * 2
        assert process.ended == ended
    assert "asked b early" not in process.log
    assert process.log[-3:] == ["asked b", "answered b", "ended b"]


def test_a_check_that_asked_early_and_whose_turn_does_not_come_costs_the_process():
    process, habits = Process(), Habits()
    waiting = replace(asking(process, "b"), needs=(f"{QUESTION}/a",))
    carry_out(process, [asking(process, "a"), waiting, asking(process, "c")], habits)
    process.log.clear()
    results = carry_out(process, [asking(process, "a", right=False), waiting, asking(process, "c")], habits)
    assert [r.outcome for r in results] == ["failed", "blocked", "passed"]
    assert process.log[-6:] == ["answered a", "asked b early", "process ended", "asked c", "answered c", "ended c"]


class Reused(Process):
    """Has served before, until it is ended."""

    reused = True

    def end_process(self):
        super().end_process()
        self.reused = False


def test_after_a_check_that_is_repeated_nothing_is_asked_early():
    process, habits = Reused(), Habits()
    carry_out(process, [asking(process, "a"), asking(process, "b")], habits)
    process.log.clear()
    order = RunAhead(process, habits)
    process.order = order
    session = Session("ada", b"secret", "cpu", process.open, process=process, runner=order)
    results = run_checks(session, (asking(process, "a", right=False), asking(process, "b")))
    assert [r.outcome for r in results] == ["failed", "passed"]
    again = process.log[process.log.index("process ended") :]
    assert again[:4] == ["process ended", "begun a", "asked a", "answered a"]
    assert "asked b early" not in again


def test_while_a_check_is_repeated_those_begin_that_follow_if_it_fails_again():
    process = Reused()
    waiting = replace(asking(process, "b"), needs=(f"{QUESTION}/a",))
    process.order = RunAhead(process, Habits())
    session = Session("ada", b"secret", "cpu", process.open, process=process, runner=process.order)
    results = run_checks(session, (asking(process, "a", right=False), waiting, asking(process, "c")))
    assert [r.outcome for r in results] == ["failed", "blocked", "passed"]
    again = process.log[process.log.index("process ended") + 1 :]
    assert again == ["begun a", "asked a", "answered a", "asked c", "answered c", "ended c"]


def test_where_the_repeated_check_passes_those_that_wait_for_it_have_their_turn_before_those_that_were_begun():
    process, habits = Reused(), Habits()
    waiting = replace(asking(process, "b"), needs=(f"{QUESTION}/a",))
    again = make("a", lambda student, draw: asking(process, "a", right=not process.reused).run(student, draw))
    for _ in range(2):  # the second time it is known how many requests each has
        process.log.clear()
        process.reused = True
        process.order = RunAhead(process, habits)
        session = Session("ada", b"secret", "cpu", process.open, process=process, runner=process.order)
        results = run_checks(session, (again, waiting, asking(process, "c")))
        assert [r.outcome for r in results] == ["passed"] * 3
        ended = [line for line in process.log if line.startswith("ended")]
        assert ended == ["ended a", "ended b", "ended c"]
        answers = [line.removesuffix(" early") for line in process.log if line.startswith(("asked", "answered"))]
        assert answers[-6:] == ["asked a", "answered a", "asked b", "answered b", "asked c", "answered c"]


def test_a_check_that_waits_for_one_that_fails_is_blocked_and_never_asks():
    process = Process()
    waiting = replace(asking(process, "b"), needs=(f"{QUESTION}/a",))
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
            seen.append(("without", torch.is_grad_enabled()))

    def by_default(student, draw):
        seen.append(("by default", torch.is_grad_enabled()))
        student.predict_labels("b")
        seen.append(("by default", torch.is_grad_enabled()))

    checks = [make("a", without), make("b", without), make("c", by_default), make("d", by_default)]
    assert all(r.passed for r in carry_out(process, checks))
    assert sorted(seen) == [("by default", True)] * 4 + [("without", False)] * 2
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
    assert [outcomes(grader.grade(s)) for s in submissions] == ahead  # by now it is known who asks how often
    monkeypatch.setattr(RunAhead, "_use_the_time", lambda self: None)
    assert [outcomes(grader.grade(s)) for s in submissions] == ahead
    assert len({str(o) for o in ahead}) == len(submissions)


def test_a_slow_start_of_the_next_check_costs_this_one_no_time(grader, monkeypatch):
    begin = RunAhead._use_the_time

    def slowly(self):
        if self._following:
            time.sleep(0.6)
        begin(self)

    monkeypatch.setattr(RunAhead, "_use_the_time", slowly)
    monkeypatch.setattr(Stall, "check", in_half_a_second)
    reference = next(of_p1(grader))
    (question,) = grader.grade(reference, ("knn.knn_get_best_k",)).questions
    assert {c.outcome for c in question.checks} == {"passed"}


@contextmanager
def in_half_a_second(stall, program, seed):
    yield ProxyBackend(stall, replace(stall.limits, seconds=0.5), program, seed)


class Eager(Order):
    """Sends every first request before its turn."""

    def __init__(self):
        self.whole = []

    def await_turn(self, asking):
        asking.send_early()
        assert asking.is_ahead()
        self.whole.append(not asking._first.unsent)


@pytest.mark.parametrize("size", [3, 1 << 20])
def test_a_request_that_was_sent_early_is_completed_at_its_turn_and_answered_once(grader, size):
    code = compiled(b"import torch\ndef double(x):\n    return 2 * x, torch.rand(())\n", "toy.py")
    programs = [Program((("deeprob.exercises.toy", "toy.py", code),), ()) for _ in range(2)]
    x, stall = torch.arange(float(size)), grader._pool.open_stall()

    def doubled(program, seed):
        with stall.check(program, seed) as backend:
            answers = [backend.call(None, "double", (x,), {}, False)[0] for _ in range(2)]
            assert all(torch.equal(twice, 2 * x) for twice, _ in answers)
            return [float(random) for _, random in answers]

    try:
        expected = [doubled(programs[0], seed) for seed in (1, 2)]
        stall.order = order = Eager()
        assert [doubled(program, seed) for program in programs for seed in (1, 2)] == expected * 2
    finally:
        stall.close()
    assert order.whole == [size == 3] * 4


@pytest.fixture(scope="module")
def one_by_one(grader):
    """The same with a new process for every check."""
    course = replace(grader.course, limits=replace(grader.course.limits, fresh_process=True))
    with Grader(course, grader.assignment, secret=SECRET, sandbox=grader.level) as fresh:
        yield fresh


def test_a_process_that_serves_check_after_check_says_what_new_ones_say(grader, one_by_one):
    for submission in [*of_p1(grader)][4::17]:
        assert outcomes(grader.grade(submission)) == outcomes(one_by_one.grade(submission))


def test_what_a_check_leaves_in_torch_is_there_in_the_next_only_where_a_process_serves_both(grader, one_by_one):
    reference = next(of_p1(grader))
    code = reference.files["knn.py"] + (
        b"\ntorch.loads, right = getattr(torch, 'loads', 0) + 1, predict_labels\n"
        b"def predict_labels(*args, **kwargs):\n"
        b"    return right(*args, **kwargs) + (torch.loads == 1)\n"
    )
    submission = Submission("reference", {**reference.files, "knn.py": code})
    questions = ("knn.compute_distances_two_loops", QUESTION)
    points = [[q.points > 0 for q in g.grade(submission, questions).questions] for g in (grader, one_by_one)]
    assert points == [[True, True], [True, False]]
