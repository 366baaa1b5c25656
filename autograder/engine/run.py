"""Runs the checks of a submission against stand-ins, in order, and turns what happens into results.

Pure but for the clock: where the student's code lives is the caller's business (`local`, `grade`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol

from torch import Tensor

from autograder.engine.check import Check
from autograder.engine.diagnose import relation
from autograder.engine.draw import Draw, check_seed
from autograder.engine.errors import CheckStopped, GraderFault, StudentRaised
from autograder.engine.expect import Failed
from autograder.engine.results import CheckResult, Finding, Outcome, storable
from autograder.engine.student import Backend, Call, Student

__all__ = ["Attempt", "Session", "must_run", "run_check", "run_checks", "unable"]

NOT_YET = re.compile(r"([\w.]+): not implemented yet")
MAX_MESSAGE = 600

OpenBackend = Callable[[int], AbstractContextManager[Backend]]  # given a seed, a process of its own or the live module


@dataclass(frozen=True)
class Attempt:
    """One check, run: whose, its result, for the diagnosis the calls and the value found wrong."""

    submission: str
    result: CheckResult
    transcript: list[Call]
    came: Tensor | None = None


Diagnosis = Callable[[Check, Attempt], str]


class Process(Protocol):
    """The process that serves checks, where there is one: whether it had served before, and how to end it."""

    reused: bool

    def end_process(self) -> None: ...


class Runner(Protocol):
    """Runs a check, and may begin the one that is likely to follow it, in a session of its own."""

    def __call__(self, session: Session, check: Check, following: Sequence[tuple[Session, Check]]) -> Attempt: ...


@dataclass(frozen=True)
class Session:
    """Whose checks run where.

    Attributes:
        submission: whose; part of the seeds.
        secret: of the course, for the seeds.
        device: `cpu` or `cuda`.
        open: opens the student's module for one check.
        diagnose: names the likely mistake behind an attempt that did not pass.
        process: the process in which it is opened, where it is one.
        files: what was handed in beside the module, by name.
        runner: runs the checks, where it is not `run_check` alone.
    """

    submission: str
    secret: bytes
    device: str
    open: OpenBackend
    diagnose: Diagnosis | None = None
    process: Process | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    runner: Runner | None = None


def run_checks(
    session: Session,
    checks: tuple[Check, ...],
    known: Mapping[str, CheckResult] = MappingProxyType({}),
    on_check: Callable[[CheckResult], None] | None = None,
    then: Sequence[tuple[Session, Check]] = (),
) -> list[CheckResult]:
    """Run the checks of one question; a check whose needs did not pass is `blocked`.

    Args:
        session: whose, and where.
        checks: those of the question.
        known: results from an earlier run, by id; these checks do not run again.
        on_check: told of every result that is new.
        then: what is likely to follow the last of these.
    """
    results: list[CheckResult] = []
    passed: set[str] = set()
    titles = {c.id: c.title for c in checks}
    for place, check in enumerate(checks, 1):
        missing = [titles[n] for n in check.needs if n not in passed]
        if missing:
            result = _result(check, "blocked", f"waits for: {missing[0]}")
        elif check.id in known:
            result = known[check.id]
        else:
            if_passed, if_not = (likely(session, checks[place:], known, p) for p in ({*passed, check.id}, passed))
            result = _diagnosed(session, check, _settled(session, check, [*if_passed, *then], [*if_not, *then]))
            if on_check:
                on_check(result)
        if result.passed:
            passed.add(check.id)
        results.append(result)
    return results


def likely(
    session: Session, checks: tuple[Check, ...], known: Mapping[str, CheckResult], passed: set[str]
) -> list[tuple[Session, Check]]:
    """Those of the checks that will run if they all pass."""
    result, hoped = [], set(passed)
    for check in checks:
        if hoped.issuperset(check.needs):
            if check.id not in known:
                result.append((session, check))
            if check.id not in known or known[check.id].passed:
                hoped.add(check.id)
    return result


def must_run(checks: tuple[Check, ...], known: Mapping[str, CheckResult]) -> bool:
    """Whether a check of the question has to run: one that is not known and not blocked."""
    passed = {c.id for c in checks if c.id in known and known[c.id].passed}
    return any(c.id not in known and passed.issuperset(c.needs) for c in checks)


def _diagnosed(session: Session, check: Check, attempt: Attempt) -> CheckResult:
    result = attempt.result
    if session.diagnose and result.outcome in ("failed", "error"):
        return replace(result, diagnosis=session.diagnose(check, attempt) or result.diagnosis)
    return result


def _settled(
    session: Session,
    check: Check,
    if_passed: Sequence[tuple[Session, Check]],
    if_not: Sequence[tuple[Session, Check]],
) -> Attempt:
    """A check's verdict: what does not pass in a process that has served before is run again in a new one.

    What raises the skeleton's own "not implemented yet" does so in any process. A process in which a check has failed
    serves on, since what fails in it later is run again.

    Args:
        if_passed, if_not: the checks that are likely to follow; what is run again is likely not to pass.
    """
    attempt = session.runner(session, check, if_passed) if session.runner else run_check(session, check)
    outcome, process = attempt.result.outcome, session.process
    if process is None or outcome in ("passed", "not_attempted"):
        return attempt
    if process.reused:
        process.end_process()
        return _settled(session, check, if_not, if_not)
    if outcome not in ("failed", "error", "blocked", "forbidden"):
        process.end_process()
    return attempt


def run_check(session: Session, check: Check) -> Attempt:
    """Run one check.

    Raises:
        GraderFault: the check, the oracle or the sandbox failed; it is nobody's grade.
    """
    seed = check_seed(session.secret, session.submission, check.id)
    draw = Draw(seed, session.device)
    exercise, asked = check.question.split(".", 1)
    start = time.perf_counter()
    student, came = None, None
    try:
        with session.open(int.from_bytes(seed[:4], "big")) as backend:
            student = Student(backend, exercise, asked, session.files)
            check.run(student, draw)
        result = _result(check, "passed")
    except CheckStopped as stop:
        result = _stopped(check, stop, student.transcript if student else [])
        came = stop.came if isinstance(stop, Failed) else None
    except GraderFault:
        raise
    except Exception as e:
        mistake = _of_the_students(e, student) if student else None
        if mistake is None:
            raise GraderFault(f"{check.id}: {type(e).__name__}: {e}") from e
        result = _stopped(check, mistake, student.transcript if student else [])
    result = replace(result, seconds=time.perf_counter() - start)
    return Attempt(session.submission, result, student.transcript if student else [], came)


def _of_the_students(error: Exception, student: Student) -> CheckStopped | None:
    """The student's mistake behind what a check raised, where no check could foresee what it was given.

    It called what it had just looked at, and that was data and no method; it compared a value, in whose place there was
    a tensor of several; or it went on with arguments that a call had left in another form.
    """
    text = str(error)
    uncalled = text.endswith("object is not callable") or text == "the first argument must be callable"
    looked_at = student.transcript[-1].text if student.transcript else ""
    if isinstance(error, TypeError) and uncalled and re.fullmatch(r"\w+\.\w+", looked_at):
        return StudentRaised("TypeError", f"{looked_at} is no method: {error}")
    if isinstance(error, RuntimeError) and text.startswith("Boolean value of Tensor with"):
        return Failed("a tensor of several values, or of none, stands where one value is expected.")
    if student.disturbed:
        return Failed(
            f"{student.disturbed} leaves its arguments with keys missing or other shapes or types: work on copies.",
            Finding(came="changed arguments", expected="the arguments as they were"),
        )
    return None


def unable(checks: tuple[Check, ...], outcome: Outcome, message: str) -> list[CheckResult]:
    """Results for checks that cannot be run, as when the file is missing."""
    return [_result(check, outcome, message) for check in checks]


def _stopped(check: Check, stop: CheckStopped, transcript: list[Call]) -> CheckResult:
    called = _called(transcript)
    if isinstance(stop, StudentRaised):
        return _raised(check, stop, called)
    diagnosis, finding = "", Finding(called=called)
    if isinstance(stop, Failed):
        f = stop.finding
        finding = Finding(called, f.came, f.expected, f.first_wrong, f.largest_error)
        diagnosis = relation(stop)
    outcome: Outcome = stop.outcome  # type: ignore[assignment]
    return _result(check, outcome, str(stop), diagnosis, finding)


def _called(transcript: list[Call]) -> str:
    """The last call of the student's code; the kit's own functions that run beside it are none."""
    return next((call.text for call in reversed(transcript) if not call.text.startswith("stand_ins.")), "")


def _raised(check: Check, stop: StudentRaised, called: str) -> CheckResult:
    todo = NOT_YET.fullmatch(stop.text) if stop.kind == "NotImplementedError" else None
    if todo and (todo[1] == check.question or todo[1].startswith(check.question + ".")):
        return _result(check, "not_attempted", "not implemented yet")
    if todo:
        return _result(check, "blocked", f"waits for {todo[1]}, which is not implemented yet")
    return _result(check, "error", str(stop), "", Finding(called=called, came=stop.said))


def _result(
    check: Check, outcome: Outcome, message: str = "", diagnosis: str = "", finding: Finding | None = None
) -> CheckResult:
    message = storable(message)
    if len(message) > MAX_MESSAGE:
        message = message[: MAX_MESSAGE - 3] + "..."
    return CheckResult(check.id, check.title, check.visibility, outcome, message, diagnosis, 0.0, finding)
