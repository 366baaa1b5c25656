"""Registers an assignment in nbgrader's gradebook: due date, notebooks, graded cells and their points."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from nbgrader.utils import parse_utc
from traitlets.config.loader import PyFileConfigLoader

from autograder.course import Assignment, Course
from autograder.engine.errors import UsageError
from autograder.release.nbio import parse_notebook

__all__ = ["CourseFolder", "gradebook_differences", "open_course_folder", "register"]


@dataclass(frozen=True)
class CourseFolder:
    """Where nbgrader keeps things, as the folder's own nbgrader_config.py says."""

    root: Path
    source: Path
    release: Path
    db_url: str


def open_course_folder(root: Path, assignment: Assignment) -> CourseFolder:
    """Read the folder's configuration; nbgrader's own defaults where it is silent."""
    root = root.resolve()
    config: Any = None
    if (root / "nbgrader_config.py").exists():
        config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    directory = CourseDirectory(config=config, root=str(root))
    return CourseFolder(
        root=root,
        source=Path(directory.format_path(directory.source_directory, ".", assignment.id)),
        release=Path(directory.format_path(directory.release_directory, ".", assignment.id)),
        db_url=directory.db_url,
    )


def register(folder: CourseFolder, course: Course, assignment: Assignment, notebooks: Mapping[str, bytes]) -> None:
    """Create or update the assignment and its cells; grades that are there stay.

    Raises:
        UsageError: graded cells would be added or removed although there are submissions.
    """
    with _gradebook(folder, course) as gradebook:
        gradebook.update_or_create_assignment(assignment.id, duedate=_due(assignment), course_id=course.id)
        known = {n.name: n for n in gradebook.find_assignment(assignment.id).notebooks}
        for name in set(known) - set(notebooks):
            if known[name].submissions:
                raise UsageError(f"{name}.ipynb has submissions and cannot leave {assignment.id}; keep it")
            gradebook.remove_notebook(name, assignment.id)
    for name, data in notebooks.items():
        about = {"notebook": name, "assignment": assignment.id, "db_url": folder.db_url}
        try:
            SaveCells().preprocess(parse_notebook(data), {"nbgrader": about})
        except RuntimeError as e:
            raise UsageError(
                f"{name}.ipynb has other graded cells than before, and there are submissions: {e}; "
                "give the assignment a new id in course.toml, or remove its submissions from the gradebook"
            ) from e


def gradebook_differences(
    folder: CourseFolder, course: Course, assignment: Assignment, notebooks: Mapping[str, bytes]
) -> list[str]:
    """What of the registration is missing or old, one sentence each; nothing is written."""
    path = folder.db_url.removeprefix("sqlite:///")
    if folder.db_url.startswith("sqlite:///") and not Path(path).exists():
        return [f"{Path(path).name}: there is no gradebook yet"]
    different = []
    with _gradebook(folder, course) as gradebook:
        try:
            registered = gradebook.find_assignment(assignment.id)
        except MissingEntry:
            return [f"gradebook: {assignment.id} is not registered"]
        due = parse_utc(assignment.due) if assignment.due else None
        if registered.duedate != due:
            different.append(f"gradebook: due {registered.duedate}, expected {due} (UTC)")
        for name, data in notebooks.items():
            different += _cell_differences(gradebook, assignment, name, data)
    return different


def _cell_differences(gradebook: Any, assignment: Assignment, name: str, data: bytes) -> list[str]:
    expected = {
        cell.metadata.nbgrader.grade_id: (cell.metadata.nbgrader.points, cell.metadata.nbgrader.checksum)
        for cell in parse_notebook(data).cells
        if "nbgrader" in cell.metadata
    }
    try:
        notebook = gradebook.find_notebook(name, assignment.id)
    except MissingEntry:
        return [f"gradebook: {name}.ipynb is not registered"]
    sources = {cell.name: cell.checksum for cell in notebook.source_cells}
    found = {cell.name: (cell.max_score, sources.get(cell.name)) for cell in notebook.grade_cells}
    wrong = sorted(id for id in expected.keys() | found.keys() if expected.get(id) != found.get(id))
    return [f"gradebook: {name}.ipynb, cell {id} differs" for id in wrong]


def _due(assignment: Assignment) -> Any:
    return parse_utc(assignment.due) if assignment.due else None


@contextmanager
def _gradebook(folder: CourseFolder, course: Course) -> Iterator[Any]:
    """The open gradebook; nbgrader asks the bare command `alembic` for the version of a new database."""
    path = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), path))
    try:
        with Gradebook(folder.db_url, course.id) as gradebook:
            yield gradebook
    finally:
        os.environ["PATH"] = path
