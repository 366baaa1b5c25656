"""`autograder grade` and `regrade`: a whole class, one after the other, several at a time, or on many machines.

A submission that cannot be read gets a result that says so; a fault of the grader on one is reported at the end. Either
way all the others are graded. What the ledger knows is not run again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from autograder.course import Assignment, load_course
from autograder.engine.device import resolve_device
from autograder.engine.errors import SubmissionError, UsageError
from autograder.engine.isolation import describe
from autograder.engine.results import SubmissionResult
from autograder.engine.submission import Submission, name_of, read_submission
from autograder.ledger import Ledger
from autograder.level import allowed_level
from autograder.release.secret import course_secret
from autograder.reports.changes import Change, changes
from autograder.reports.files import read_result, result_path, save_result
from autograder.reports.terminal import change_table, grading_progress, score_table
from autograder.reports.words import plain
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
    names: list[str] = field(default_factory=list)  # of those that have a result
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
    if graded.names:
        stored = (read_result(name, graded.folder) for name in sorted(graded.names))
        console.print(score_table(graded.assignment, filter(None, stored)))
        console.print(f"results in {graded.folder}", highlight=False)
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
    changed: list[Change] = []

    def compare(result: SubmissionResult, folder: Path) -> None:
        change = changes(read_result(result.submission, folder), result)
        if change:
            changed.append(change)
        if not preview:
            save_result(result, folder)

    graded = _grade(assignment, sources, options, console, compare)
    if changed:
        console.print(change_table(graded.assignment, sorted(changed, key=lambda c: c.submission)))
    same = len(graded.names) - len(changed)
    console.print(f"{len(changed)} of {len(graded.names)} submissions change, {same} stay as they are.")
    if preview:
        console.print("Nothing was written; without --preview the results are.")
    else:
        console.print(f"results in {graded.folder}", highlight=False)
    return _say_faults(graded)


def _grade(
    name: str,
    sources: Sequence[str],
    options: ClassOptions,
    console: Console,
    keep: Callable[[SubmissionResult, Path], object],
) -> _Graded:
    """Grade all; `keep` gets each result as it comes, and the folder of results. No result stays in memory."""
    assignment = load_course().assignment(name)
    if options.jobs < 1:
        raise UsageError(f"--jobs {options.jobs}: expected 1 or more")
    level = allowed_level(options.sandbox, own=bool(sources) and all(s in OWN for s in sources))
    setting = Setting(assignment.id, course_secret(options.course_dir), resolve_device(options.device), level)
    named = _named(assignment, sources or _submitted(options.course_dir, assignment))
    console.print(f"sandbox {level}: {'; '.join(describe(level).lines)}", highlight=False)
    graded = _Graded(assignment, setting, options.out or options.course_dir / "results" / assignment.id)
    with Ledger(options.course_dir, options.fresh) as ledger, grading_progress(len(named), console) as progress:
        tasks = _tasks(setting, named, ledger)
        for submission, answer in _answers(setting, tasks, min(options.jobs, len(named)), options.cluster):
            progress.graded(submission)
            if isinstance(answer, SubmissionResult):
                keep(answer, graded.folder)
                graded.names.append(submission)
            else:
                graded.faults.append(f"{submission}: {answer}{_earlier(submission, graded.folder)}")
    return graded


def _tasks(setting: Setting, named: Mapping[str, str], ledger: Ledger) -> Iterator[Task]:
    """Each submission when its turn comes: a class with all its notebooks is more than memory should hold."""
    assignment, contents = load_course().assignment(setting.assignment), setting.contents()
    for name, source in named.items():
        try:
            submission = read_submission(source, assignment, name)
        except SubmissionError as e:
            submission = Submission(name, {}, tuple(f"{file}: {e}" for file in assignment.files))
        entry = ledger.entry(contents.keys(submission))
        yield Task(submission, entry.known, entry.add)


def _answers(setting: Setting, tasks: Iterator[Task], jobs: int, cluster: str) -> Iterator[tuple[str, Answer]]:
    """Each submission's name and answer, as it is done."""
    if cluster:
        from autograder.cluster import run_on_cluster

        yield from run_on_cluster(setting, tasks, cluster)
    elif jobs == 1:
        with setting.grader() as grader:
            for task in tasks:
                yield task.submission.name, grade_one(grader, task.submission, task.known, task.on_check)
    else:
        yield from run_in_slots(setting, tasks, jobs)


def _earlier(submission: str, folder: Path) -> str:
    path = result_path(submission, folder)
    return f" (the result of an earlier run stays: {path})" if path.exists() else ""


def _say_faults(graded: _Graded) -> int:
    for fault in sorted(graded.faults):
        print(f"autograder: not graded, the grader failed: {plain(fault)}", file=sys.stderr)
    return 1 if graded.faults else 0


def _submitted(course_dir: Path, assignment: Assignment) -> list[str]:
    found = sorted(str(p) for p in (course_dir / "submitted").glob(f"*/{assignment.id}"))
    if not found:
        raise UsageError(
            f"nothing to grade: there is no {course_dir / 'submitted'}/*/{assignment.id}; "
            "name folders or zips, or collect with nbgrader first"
        )
    return found


def _named(assignment: Assignment, sources: Sequence[str]) -> dict[str, str]:
    """Where each submission is, by its name."""
    named: dict[str, str] = {}
    for source in sources:
        if source not in OWN and not os.path.exists(source):
            raise UsageError(f"there is no submission at {source}; expected a folder, a zip, reference or skeleton")
        name = name_of(source, assignment)
        if name in named:
            raise UsageError(f"two submissions are named {name}; rename one of them")
        named[name] = source
    return named
