"""Tables and progress on a terminal, for `grade` and `report`; nothing a student wrote can steer the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from autograder.course import Assignment
from autograder.engine.results import SubmissionResult
from autograder.reports.changes import Change, CheckChange
from autograder.reports.words import never_run, plain, points

__all__ = ["GradingProgress", "change_table", "grading_progress", "score_table"]


def score_table(assignment: Assignment, results: Iterable[SubmissionResult]) -> Table:
    """One row a submission: points, points by exercise, and what stopped checks; below, what could not be run."""
    table = _table(plain(assignment.title, 100))
    table.add_column("submission", overflow="fold", min_width=10)
    table.add_column(f"points\nof {points(assignment.max_score)}", justify="right", no_wrap=True)
    for exercise in assignment.exercises:
        most = points(sum(q.points for q in exercise.questions))
        table.add_column(f"{exercise.name}\nof {most}", justify="right", no_wrap=True)
    table.add_column("stopped by", overflow="fold", min_width=12)
    table.add_column("s", justify="right", no_wrap=True, min_width=4)
    reasons: list[str] = []
    for result in results:
        reasons += _reasons(result)
        style = "green" if result.score >= result.max_score else ("red" if not result.score else "")
        table.add_row(
            Text(plain(result.submission, 80)),
            Text(points(result.score), style=style),
            *(Text(_earned(result, exercise.name)) for exercise in assignment.exercises),
            Text("not run, see below" if never_run(result) else outcomes(result)),
            f"{result.seconds:.1f}",
        )
    if reasons:
        table.caption, table.caption_justify = Text("\n".join(("", *reasons))), "left"
    return table


def _reasons(result: SubmissionResult) -> list[str]:
    """`ada: knn.py is missing`: why they could not; a reason that several files share, once."""
    said = dict.fromkeys(reason.removeprefix(f"{name}.py: ") for name, reason in never_run(result).items())
    return [f"{plain(result.submission, 80)}: {plain(reason, 300)}" for reason in said]


def outcomes(result: SubmissionResult) -> str:
    """`3 failed, 1 crashed`: what stopped checks, without those that were not run for it; empty when all passed."""
    counted = Counter(c.outcome for q in result.questions for c in q.checks)
    del counted["passed"], counted["blocked"]
    return ", ".join(f"{n} {outcome.replace('_', ' ')}" for outcome, n in counted.most_common())


def change_table(assignment: Assignment, changed: Sequence[Change]) -> Table:
    """One row a submission whose result changes: points before and after, and the checks that end otherwise."""
    table = _table(f"{plain(assignment.title, 100)}: what grading again changes")
    table.add_column("submission", overflow="fold", min_width=10)
    for name in ("before", "after", "by"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("because of", overflow="fold", min_width=30)
    for change in changed:
        if change.before is None:
            table.add_row(Text(plain(change.submission, 80)), "", points(change.after), "", "had no result")
            continue
        by = round(change.after - change.before, 2)
        table.add_row(
            Text(plain(change.submission, 80)),
            points(change.before),
            points(change.after),
            Text(f"{'+' if by > 0 else ''}{points(by)}", style="green" if by > 0 else "red" if by < 0 else ""),
            Text("\n".join(_why(c) for c in change.checks) or "points in course.toml"),
        )
    return table


def _why(change: CheckChange) -> str:
    before, after = (c.outcome.replace("_", " ") if c else "not there" for c in (change.before, change.after))
    return f"{plain(change.check.id, 120)}: {before} -> {after}"


def _table(title: str) -> Table:
    return Table(
        title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, show_edge=False, pad_edge=False
    )


class GradingProgress:
    """The bar of a running `grade`: one step a submission."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._task = progress, progress.add_task("", total=total)

    def graded(self, submission: str) -> None:
        self._progress.update(self._task, advance=1, description=plain(submission, 40).replace("[", "("))


@contextmanager
def grading_progress(total: int, console: Console | None = None) -> Iterator[GradingProgress]:
    """A progress bar on stderr that goes away at the end; silent where there is no terminal."""
    console = console or Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield GradingProgress(progress, total)


def _earned(result: SubmissionResult, exercise: str) -> str:
    return points(sum(q.points for q in result.questions if q.id.split(".")[0] == exercise))
