"""Grades submissions: checks run in sandboxed processes, one submission after the other; each question gets its points.

with Grader(course, assignment, secret=secret) as grader:
    result = grader.grade(read_submission("submitted/ada/p1_classifiers", assignment))
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NoReturn

import torch

from autograder.course import Assignment, Course, Exercise, Question
from autograder.engine import rules
from autograder.engine.ahead import Habits, RunAhead
from autograder.engine.check import Check, load_checks, score
from autograder.engine.device import full_precision, resolve_device
from autograder.engine.earlier import earlier_sources, registered
from autograder.engine.errors import GraderFault
from autograder.engine.live import LiveBackend
from autograder.engine.local import import_failure
from autograder.engine.newer import newer_python
from autograder.engine.pool import Stall, WorkerPool
from autograder.engine.program import Program, compiled
from autograder.engine.quiet import unheard
from autograder.engine.results import CheckResult, QuestionResult, SubmissionResult
from autograder.engine.run import Diagnosis, OpenBackend, Session, likely, must_run, run_checks, unable
from autograder.engine.sandbox import resolve_level
from autograder.engine.seeding import seeded
from autograder.engine.student import Backend
from autograder.engine.submission import Submission
from autograder.engine.worker import load_program

__all__ = ["Grader", "seed_name"]


class Grader:
    """A warm grader of one assignment; a context manager.

    Args:
        course, assignment: what is graded.
        secret: the course's, from which all inputs are drawn.
        sandbox: `auto`, `bubblewrap`, `process` or `none`.
        device: `cpu` or `cuda`.
        diagnose: names the mistake behind a check that failed; None for none.

    Raises:
        UsageError: a sandbox or a device that cannot be had here.
    """

    def __init__(
        self,
        course: Course,
        assignment: Assignment,
        *,
        secret: bytes,
        sandbox: str = "auto",
        device: str = "cpu",
        diagnose: Diagnosis | None = None,
    ) -> None:
        self.course, self.assignment, self.secret, self.diagnose = course, assignment, secret, diagnose
        self.level = resolve_level(sandbox)
        self.device = resolve_device(device)
        self.checks: dict[str, tuple[Check, ...]] = {}
        for exercise in assignment.exercises:
            self.checks.update(load_checks(course.exercise(exercise.name)))  # also where the assignment is a part
        for question in assignment.questions:
            if not self.checks[question.id]:
                raise GraderFault(f"{question.id} has no checks")
        self._habits = Habits()
        self._before: dict[str, tuple[tuple[str, str, bytes], ...]] = {}
        self._pool = WorkerPool(self.level, course.limits, self.device == "cuda") if self.level != "none" else None

    def __enter__(self) -> Grader:
        torch.set_num_threads(1)
        return self

    def __exit__(self, *exc: object) -> None:
        if self._pool:
            self._pool.stop()

    def grade(
        self,
        submission: Submission,
        questions: tuple[str, ...] = (),
        known: Mapping[str, CheckResult] = MappingProxyType({}),
        on_check: Callable[[CheckResult], None] | None = None,
    ) -> SubmissionResult:
        """Grade one submission.

        Args:
            submission: its files.
            questions: only these question ids; by default all.
            known: results from an earlier run, by check id, of the same files, checks and seed; these do not run.
            on_check: told at once of the result of every check that ran.

        Raises:
            GraderFault: the grader failed; the next submission gets processes of its own.
        """
        with full_precision():
            return self._grade(submission, questions, known, on_check)

    def _grade(
        self,
        submission: Submission,
        questions: tuple[str, ...],
        known: Mapping[str, CheckResult],
        on_check: Callable[[CheckResult], None] | None,
    ) -> SubmissionResult:
        start = time.perf_counter()
        results = []
        work = _Work(submission, known, on_check, self._pool, self._habits)
        wanted = [(e, q) for e in self.assignment.exercises for q in e.questions if not questions or q.id in questions]
        try:
            following = self._plan(work, *wanted[0]) if wanted else None
            for place, (_, question) in enumerate(wanted, 1):
                plan, following = following, self._plan(work, *wanted[place]) if place < len(wanted) else None
                assert plan is not None
                results.append(self._question(question, plan.carry_out(work, following)))
        except GraderFault:
            if self._pool:
                self._pool.stop()
            raise
        finally:
            work.close()
        return SubmissionResult(
            submission=submission.name,
            assignment=self.assignment.id,
            files=submission.records,
            device=self.device,
            sandbox=self.level,
            seed=seed_name(self.secret, submission.name),
            score=round(sum(q.points for q in results), 2),
            max_score=sum(q.max_points for q in results),
            seconds=time.perf_counter() - start,
            questions=tuple(results),
        )

    def _question(self, question: Question, checks: list[CheckResult]) -> QuestionResult:
        passed = {c.id for c in checks if c.passed}
        points = score(question, self.checks[question.id], passed)
        return QuestionResult(question.id, points, question.points, tuple(checks))

    def _plan(self, work: _Work, exercise: Exercise, question: Question) -> _Plan:
        checks, submission = self.checks[question.id], work.submission
        source = submission.files.get(exercise.file)
        if source is None:
            problem = next((p for p in submission.problems if p.startswith(exercise.file)), "")
            return _Plan(checks, unable(checks, "not_attempted", problem or f"{exercise.file} is missing"))
        if not must_run(checks, work.known):  # what ran once kept the rules
            session = Session(submission.name, self.secret, self.device, _nowhere)
            return _Plan(checks, run_checks(session, checks, work.known))
        try:
            broken = rules.broken_rule(source, exercise, question)
            code = compiled(source, exercise.file)
        except SyntaxError as e:
            self._blame_no_student_for_an_old_python(source, e, exercise.file)
            return _Plan(checks, unable(checks, "error", import_failure(e, exercise.file)))
        except (ValueError, RecursionError, MemoryError) as e:
            return _Plan(checks, unable(checks, "error", f"{exercise.file} cannot be read as Python: {e}"))
        if broken:
            return _Plan(checks, unable(checks, "forbidden", broken))
        program = Program((*self._earlier(exercise), (exercise.module, exercise.file, code)), exercise.forbidden)
        extra = {name: submission.files[name] for name in exercise.extra if name in submission.files}
        opener, stall, runner = _opener(program, work.place()), work.stall, work.runner
        session = Session(submission.name, self.secret, self.device, opener, self.diagnose, stall, extra, runner)
        return _Plan(checks, session=session)

    def _blame_no_student_for_an_old_python(self, source: bytes, error: SyntaxError, file: str) -> None:
        reads_it = newer_python(source, error)
        if reads_it:
            ours = f"Python {sys.version_info.major}.{sys.version_info.minor}"
            raise GraderFault(
                f"{import_failure(error, file)}: so says {ours}, which grades, but {reads_it} may read it. "
                "Nobody's grade follows from this: grade with the Python that the students use."
            )

    def _earlier(self, exercise: Exercise) -> tuple[tuple[str, str, bytes], ...]:
        """The modules that a worker loads before the student's: the references of earlier exercises."""
        if exercise.name not in self._before:
            self._before[exercise.name] = tuple(
                (earlier.module, earlier.file, compiled(source, earlier.file))
                for earlier, source in earlier_sources(self.course, exercise)
            )
        return self._before[exercise.name]


@dataclass
class _Work:
    """One submission on its way through the grader; it takes a place in the pool when a check has to run."""

    submission: Submission
    known: Mapping[str, CheckResult]
    on_check: Callable[[CheckResult], None] | None
    pool: WorkerPool | None
    habits: Habits
    stall: Stall | None = None
    runner: RunAhead | None = None

    def place(self) -> Stall | None:
        if self.stall is None and self.pool:
            self.stall = self.pool.open_stall()
            self.stall.order = self.runner = RunAhead(self.stall, self.habits)
        return self.stall

    def close(self) -> None:
        if self.runner:
            self.runner.close()
        if self.stall:
            self.stall.close()


@dataclass
class _Plan:
    """What there is to do for one question: its results where no check has to run, else the session they run in."""

    checks: tuple[Check, ...]
    results: list[CheckResult] = field(default_factory=list)
    session: Session | None = None

    def carry_out(self, work: _Work, following: _Plan | None) -> list[CheckResult]:
        if self.session is None:
            return self.results
        then = following.beginning(work.known) if following else []
        return run_checks(self.session, self.checks, work.known, work.on_check, then)

    def beginning(self, known: Mapping[str, CheckResult]) -> list[tuple[Session, Check]]:
        """The checks that run, if all is well."""
        return likely(self.session, self.checks, known, set()) if self.session else []


def seed_name(secret: bytes, submission: str) -> str:
    """What a result records of its seed: enough to see that two runs drew the same inputs, not to draw them."""
    return hashlib.sha256(b"seed\0" + secret + submission.encode()).hexdigest()[:16]


def _nowhere(seed: int) -> NoReturn:
    raise GraderFault("a check whose result is known was about to run")


def _opener(program: Program, stall: Stall | None) -> OpenBackend:
    if stall is not None:
        return lambda seed: stall.check(program, seed)
    return lambda seed: _in_process(program, seed)


@contextmanager
def _in_process(program: Program, seed: int) -> Iterator[Backend]:
    """Sandbox `none`: the code runs here, as in a notebook but unheard; afterwards its modules are gone again."""
    with unheard(), seeded(seed), registered({name: None for name, _, _ in program.modules}):
        backend = LiveBackend(load_program(program.modules), program.forbidden, program.modules[-1][1])
        try:
            yield backend
        finally:
            backend.close()
