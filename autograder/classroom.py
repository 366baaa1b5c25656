"""`autograder grade` and `regrade`: a whole class, one after the other, several at a time, or on many machines.

A submission that cannot be read gets a result that says so; a fault of the grader on one is reported at the end. Either
way all the others are graded. What the ledger knows is not run again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from autograder.course import Assignment, load_course
from autograder.engine.device import resolve_device
from autograder.engine.errors import SubmissionError, UsageError
from autograder.engine.results import SubmissionResult, storable
from autograder.engine.submission import Submission, read_submission
from autograder.ledger import Ledger
from autograder.level import allowed_level
from autograder.release.secret import course_secret
from autograder.reports.changes import changes
from autograder.reports.files import read_result, result_path, save_result
from autograder.reports.terminal import change_table, grading_progress, score_table
from autograder.setting import Setting, grade_one
from autograder.slots import Answer, Task, run_in_slots

__all__ = ["ClassOptions", "grade_class", "regrade_class"]

OWN = ("reference", "skeleton")


@dataclass(frozen=True)
class ClassOptions:
    """What `grade` and `regrade` are asked for.

    Attributes:
        course_dir: nbgrader's course folder.
        jobs: how many submissions at a time.
        device, sandbox: as on the command line.
        out: where results are; by default `results/<assignment>` in the course.
        cluster: the address of a Dask scheduler, or empty.
        fresh: run what the ledger knows, too.
    """

    course_dir: Path
    jobs: int = 1
    device: str = "cpu"
    sandbox: str = "auto"
    out: Path | None = None
    cluster: str = ""
    fresh: bool = False


@dataclass
class _Graded:
    """What came of a class."""

    assignment: Assignment
    setting: Setting
    folder: Path
    results: list[SubmissionResult] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def grade_class(assignment: str, sources: Sequence[str], options: ClassOptions, console: Console | None = None) -> int:
    """Grade, write one JSON a submission, print the table.

    Returns:
        0, or 1 when a submission could not be graded because the grader failed.

    Raises:
        UsageError: nothing to grade, two submissions of one name, a wrong option.
    """
    console = console or Console()
    graded = _grade(assignment, sources, options, console, save_result)
    if graded.results:
        console.print(score_table(graded.assignment, graded.results))
        console.print(f"sandbox: {graded.setting.sandbox}; results in {graded.folder}", highlight=False)
    return _say_faults(graded)


def regrade_class(
    assignment: str,
    sources: Sequence[str],
    options: ClassOptions,
    *,
    preview: bool = False,
    console: Console | None = None,
) -> int:
    """Grade again and print who changes, by how much and because of which check.

    Args:
        preview: write no result; the ledger keeps what ran, so that the real one is quick.
    """
    console = console or Console()
    graded = _grade(assignment, sources, options, console)
    before = {r.submission: read_result(r.submission, graded.folder) for r in graded.results}
    changed = [c for c in (changes(before[r.submission], r) for r in graded.results) if c]
    if changed:
        console.print(change_table(graded.assignment, changed))
    same = len(graded.results) - len(changed)
    console.print(f"{len(changed)} of {len(graded.results)} submissions change, {same} stay as they are.")
    if preview:
        console.print("Nothing was written; without --preview the results are.")
    else:
        for result in graded.results:
            save_result(result, graded.folder)
        console.print(f"sandbox: {graded.setting.sandbox}; results in {graded.folder}", highlight=False)
    return _say_faults(graded)


def _grade(
    name: str,
    sources: Sequence[str],
    options: ClassOptions,
    console: Console,
    save: Callable[[SubmissionResult, Path], object] = lambda result, folder: None,
) -> _Graded:
    """Grade all; `save` gets each result as it comes."""
    assignment = load_course().assignment(name)
    if options.jobs < 1:
        raise UsageError(f"--jobs {options.jobs}: expected 1 or more")
    level = allowed_level(options.sandbox, own=bool(sources) and all(s in OWN for s in sources))
    setting = Setting(assignment.id, course_secret(options.course_dir), resolve_device(options.device), level)
    submissions = _read_all(assignment, sources or _submitted(options.course_dir, assignment))
    graded = _Graded(assignment, setting, options.out or options.course_dir / "results" / assignment.id)
    contents = setting.contents()
    with Ledger(options.course_dir, options.fresh) as ledger, grading_progress(len(submissions), console) as progress:
        tasks = []
        for submission in submissions:
            entry = ledger.entry(contents.keys(submission))
            tasks.append(Task(submission, entry.known, entry.add))
        for submission, answer in _answers(setting, tasks, options):
            progress.graded(submission.name)
            if isinstance(answer, SubmissionResult):
                save(answer, graded.folder)
                graded.results.append(answer)
            else:
                graded.faults.append(f"{submission.name}: {answer}{_earlier(submission.name, graded.folder)}")
    graded.results.sort(key=lambda r: r.submission)
    return graded


def _answers(setting: Setting, tasks: list[Task], options: ClassOptions) -> Iterator[tuple[Submission, Answer]]:
    if options.cluster:
        from autograder.cluster import run_on_cluster

        yield from run_on_cluster(setting, tasks, options.cluster)
    elif options.jobs == 1 or len(tasks) == 1:
        with setting.grader() as grader:
            for task in tasks:
                yield task.submission, grade_one(grader, task.submission, task.known, task.on_check)
    else:
        yield from run_in_slots(setting, tasks, options.jobs)


def _earlier(submission: str, folder: Path) -> str:
    path = result_path(submission, folder)
    return f" (the result of an earlier run stays: {path})" if path.exists() else ""


def _say_faults(graded: _Graded) -> int:
    for fault in sorted(graded.faults):
        print(f"autograder: not graded, the grader failed: {fault}", file=sys.stderr)
    return 1 if graded.faults else 0


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
        if source not in OWN and not os.path.exists(source):
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
