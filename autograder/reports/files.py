"""Stored results in, reports out: `python -m autograder report p1 --format html|csv|json|gradescope`."""

from __future__ import annotations

import json
from pathlib import Path

from autograder.course import Assignment
from autograder.engine.errors import UsageError
from autograder.engine.results import SubmissionResult
from autograder.reports.gradescope import gradescope_json
from autograder.reports.html import class_page, submission_page
from autograder.reports.tables import class_csv, class_json
from autograder.reports.words import file_stem

__all__ = ["FORMATS", "load_results", "read_result", "report", "result_path", "save_result"]

FORMATS = ("html", "csv", "json", "gradescope")


def save_result(result: SubmissionResult, folder: Path) -> Path:
    """Write one result as `<folder>/<submission>.json`, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path = result_path(result.submission, folder)
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(result.to_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)
    return path


def result_path(submission: str, folder: Path) -> Path:
    """Where the result of a submission is written."""
    return folder / f"{file_stem(submission)}.json"


def load_results(folder: Path, assignment: Assignment | None = None) -> list[SubmissionResult]:
    """Every result that `grade` wrote into the folder, by name.

    Raises:
        UsageError: no folder, no result in it, or a file that is no result.
    """
    results = []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        result = _read(path)
        if assignment is None or result.assignment == assignment.id:
            results.append(result)
    if not results:
        raise UsageError(f"no results in {folder}; run `python -m autograder grade` first")
    return sorted(results, key=lambda r: r.submission)


def read_result(submission: str, folder: Path) -> SubmissionResult | None:
    """The stored result of a submission; None when there is none.

    Raises:
        UsageError: the file is no result.
    """
    path = result_path(submission, folder)
    return _read(path) if path.exists() else None


def _read(path: Path) -> SubmissionResult:
    try:
        return SubmissionResult.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as e:
        raise UsageError(f"{path} is no result of `grade` ({type(e).__name__}: {e}); remove it or grade again") from e


def report(assignment: Assignment, results_dir: Path, format: str, out: Path | None = None) -> list[Path]:
    """Write a report of all results in a folder.

    Args:
        assignment: whose results.
        results_dir: where `grade` wrote them.
        format: `html` (a folder of pages, `index.html` for the class), `csv`, `json`, or `gradescope` (a folder
            with one `results.json` content for each submission).
        out: the file or folder to write; by default `results_dir/report/...`, named by format.

    Returns:
        What was written, the page or file to open first.
    """
    if format not in FORMATS:
        raise UsageError(f"unknown format {format!r}; expected one of {', '.join(FORMATS)}")
    results = load_results(results_dir, assignment)
    base = results_dir / "report"
    if format == "html":
        folder = out or base / "html"
        pages = {"index": class_page(assignment, results)}
        pages |= {file_stem(r.submission): submission_page(assignment, r, "index.html") for r in results}
        return [_write(folder / f"{stem}.html", text) for stem, text in pages.items()]
    if format == "gradescope":
        folder = out or base / "gradescope"
        return [_write(folder / f"{file_stem(r.submission)}.json", gradescope_json(r)) for r in results]
    if format == "csv":
        return [_write(out or base / f"{assignment.id}.csv", class_csv(assignment, results))]
    return [_write(out or base / f"{assignment.id}.json", class_json(assignment, results))]


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as e:
        raise UsageError(f"cannot write {path}: {e.strerror}") from e
    return path
