"""`autograder grade`: a whole class, one after the other or several at a time.

A submission that cannot be read gets a result that says so; a fault of the grader on one is reported at the end. Either
way all the others are graded.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from autograder.course import Assignment, load_course
from autograder.engine.device import resolve_device
from autograder.engine.errors import DeeprobError, GraderFault, SubmissionError, UsageError
from autograder.engine.grade import Grader
from autograder.engine.results import SubmissionResult, storable
from autograder.engine.sandbox import bubblewrap_problem, resolve_level
from autograder.engine.submission import Submission, read_submission
from autograder.release.secret import course_secret
from autograder.replay import MutantDiagnosis
from autograder.reports.files import result_path, save_result
from autograder.reports.terminal import grading_progress, score_table

__all__ = ["grade_class"]


@dataclass(frozen=True)
class Setting:
    """How a class is graded; what every grading process needs to know."""

    assignment: str
    secret: bytes
    device: str
    sandbox: str


@dataclass
class _Outcome:
    results: list[SubmissionResult] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def grade_class(
    assignment_name: str,
    sources: Sequence[str],
    *,
    course_dir: Path,
    jobs: int,
    device: str,
    sandbox: str,
    out: Path | None,
    console: Console | None = None,
) -> int:
    """Grade, write one JSON a submission, print the table.

    Returns:
        0, or 1 when a submission could not be graded because the grader failed.

    Raises:
        UsageError: nothing to grade, two submissions of one name, a wrong option.
    """
    console = console or Console()
    assignment = load_course().assignment(assignment_name)
    if jobs < 1:
        raise UsageError(f"--jobs {jobs}: expected 1 or more")
    setting = Setting(assignment.id, course_secret(course_dir), resolve_device(device), _level(sandbox, sources))
    submissions = _read_all(assignment, sources or _submitted(course_dir, assignment))
    folder = out or course_dir / "results" / assignment.id
    outcome = _Outcome()
    with grading_progress(len(submissions), console) as progress:
        for submission, answer in _graded(setting, submissions, jobs):
            progress.starts(submission.name)
            if isinstance(answer, SubmissionResult):
                save_result(answer, folder)
                outcome.results.append(answer)
            else:
                earlier = result_path(submission.name, folder)
                stays = f" (the result of an earlier run stays: {earlier})" if earlier.exists() else ""
                outcome.faults.append(f"{submission.name}: {answer}{stays}")
            progress.done()
    outcome.results.sort(key=lambda r: r.submission)
    if outcome.results:
        console.print(score_table(assignment, outcome.results))
        console.print(f"sandbox: {setting.sandbox}; results in {folder}", highlight=False)
    for fault in outcome.faults:
        print(f"autograder: not graded, the grader failed: {fault}", file=sys.stderr)
    return 1 if outcome.faults else 0


def _level(sandbox: str, sources: Sequence[str]) -> str:
    level = resolve_level(sandbox)
    own = bool(sources) and all(s in ("reference", "skeleton") for s in sources)
    if level == "none" and not own:
        raise UsageError("--sandbox none runs code in the grader itself: only for reference and skeleton")
    if sandbox == "auto" and level != "bubblewrap":
        print(f"autograder: sandbox {level}: {bubblewrap_problem()}", file=sys.stderr)
    return level


def _submitted(course_dir: Path, assignment: Assignment) -> list[str]:
    found = sorted(str(p) for p in (course_dir / "submitted").glob(f"*/{assignment.id}"))
    if not found:
        raise UsageError(
            f"nothing to grade: there is no {course_dir / 'submitted'}/*/{assignment.id}; "
            "name folders or zips, or collect with nbgrader first"
        )
    return found


def _read_all(assignment: Assignment, sources: Sequence[str]) -> list[Submission]:
    submissions: dict[str, Submission] = {}
    for source in sources:
        if source not in ("reference", "skeleton") and not os.path.exists(source):
            raise UsageError(f"there is no submission at {source}; expected a folder, a zip, reference or skeleton")
        try:
            submission = read_submission(source, assignment)
        except SubmissionError as e:
            problems = tuple(f"{file}: {e}" for file in assignment.files)
            submission = Submission(storable(Path(source).stem), {}, problems)
        if submission.name in submissions:
            raise UsageError(f"two submissions are named {submission.name}; rename one of them")
        submissions[submission.name] = submission
    return list(submissions.values())


def _graded(
    setting: Setting, submissions: list[Submission], jobs: int
) -> Iterator[tuple[Submission, SubmissionResult | str]]:
    if jobs == 1 or len(submissions) == 1:
        with ExitStack() as stack:
            grader = stack.enter_context(_open(setting))
            for submission in submissions:
                yield submission, _grade_one(grader, submission)
        return
    while submissions:
        graded = []
        for submission, answer in _until_a_process_ends(setting, submissions, jobs):
            graded.append(submission.name)
            yield submission, answer
        left = [s for s in submissions if s.name not in graded]
        for suspect in left[:jobs]:  # one of these was being graded when a process was ended: each of them alone
            answers = [answer for _, answer in _until_a_process_ends(setting, [suspect], 1)]
            yield suspect, answers[0] if answers else "the system ended the process that graded it; is memory short?"
        submissions = left[jobs:]


def _until_a_process_ends(
    setting: Setting, submissions: list[Submission], jobs: int
) -> Iterator[tuple[Submission, SubmissionResult | str]]:
    """Grade several at a time, until all are graded or the system ends a grading process."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(submissions)), context, _start_process, (setting,)) as pool:
        waiting: list[tuple[Submission, Future[SubmissionResult | str]]] = [
            (s, pool.submit(_grade_in_process, s)) for s in submissions
        ]
        try:
            for submission, future in waiting:
                with suppress(BrokenProcessPool):
                    yield submission, future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # stopped half-way, nothing more begins


def _open(setting: Setting) -> Grader:
    course = load_course()
    return Grader(
        course,
        course.assignment(setting.assignment),
        secret=setting.secret,
        sandbox=setting.sandbox,
        device=setting.device,
        diagnose=MutantDiagnosis(course, setting.secret, setting.device),
    )


def _grade_one(grader: Grader, submission: Submission) -> SubmissionResult | str:
    """The result, or how the grader failed."""
    try:
        return grader.grade(submission)
    except GraderFault as e:
        return str(e)
    except DeeprobError:
        raise
    except Exception as e:
        return f"{type(e).__name__}: {e}"


_PROCESS: dict[str, Grader] = {}


def _start_process(setting: Setting) -> None:
    """In each grading process: one warm grader, closed with the process."""
    import atexit

    grader = _open(setting).__enter__()
    _PROCESS["grader"] = grader
    atexit.register(grader.__exit__, None, None, None)


def _grade_in_process(submission: Submission) -> SubmissionResult | str:
    return _grade_one(_PROCESS["grader"], submission)
