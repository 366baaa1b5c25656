"""nbgrader's Autograde step, made to survive any submission.

Left alone, nbgrader skips a submission that has no notebook at all, fails a submission whose notebook is
not JSON, and gives a missing notebook zero although the points are those of the Python file. Here each
registered notebook of a submission is always processed: `read_handed_in` says what it found. Everything
else is nbgrader's own converter.
"""

from __future__ import annotations

import fnmatch
import glob
import os
from pathlib import Path
from typing import Any

import nbgrader.apps.api
import nbgrader.apps.autogradeapp
import nbgrader.converters
from nbconvert.exporters import NotebookExporter
from nbgrader.converters.autograde import Autograde

from autograder.engine.errors import UsageError
from autograder.release.nbgrader.handed_in import read_handed_in
from autograder.release.nbgrader.session import GradingSession
from autograder.release.nbio import make_notebook, parse_notebook

__all__ = ["CourseAutograde", "HandedInExporter", "install"]


class HandedInExporter(NotebookExporter):
    """Reads a handed-in notebook without trusting it, and tells the preprocessors where everything is."""

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> Any:
        converter: Any = self.parent
        about = resources["nbgrader"]
        coursedir = converter.coursedir
        released = Path(coursedir.format_path(coursedir.source_directory, ".", about["assignment"]))
        about["released"] = str(released / f"{about['notebook']}.ipynb")
        about["submitted"] = coursedir.format_path(coursedir.submitted_directory, about["student"], about["assignment"])
        about["session"] = _SessionOf(converter)
        if not converter._sanitizing:
            return super().from_filename(filename, resources=resources, **kw)
        ours = parse_notebook(Path(about["released"]).read_bytes())
        words = {c.source for c in ours.cells if c.cell_type == "markdown"}
        about["handed_in"] = read_handed_in(Path(filename), words)
        convert: Any = self.from_notebook_node
        return convert(make_notebook([]), resources=resources, **kw)


class _SessionOf:
    """The converter's grading session; nbconvert copies resources deeply, and this must stay one object."""

    def __init__(self, converter: Any) -> None:
        self.converter = converter

    def __deepcopy__(self, memo: object) -> _SessionOf:
        return self

    def __call__(self, **options: Any) -> GradingSession:
        session: GradingSession | None = getattr(self.converter, "_grading_session", None)
        if session is None:
            session = GradingSession(Path(self.converter.coursedir.root), **options)
            self.converter._grading_session = session
        return session


class CourseAutograde(Autograde):  # type: ignore[misc]
    """Autograde that also takes submissions whose notebooks are missing, and ends its grader."""

    def start(self) -> None:
        try:
            super().start()
        finally:
            session = getattr(self, "_grading_session", None)
            if session is not None:
                session.close()
                self._grading_session = None

    def init_notebooks(self) -> None:
        """nbgrader's list of notebooks, with those that are registered and were not handed in."""
        found = {folder: self._expected(folder) for folder in self._folders()}
        if not any(found.values()):
            super().init_notebooks()  # says that there is nothing to grade
            return
        self.assignments = found
        self.notebooks: list[str] = []

    def _folders(self) -> list[str]:
        pattern = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        return sorted(folder for folder in glob.glob(pattern) if os.path.isdir(folder))

    def _expected(self, folder: str) -> list[str]:
        released = self.coursedir.format_path(self.coursedir.source_directory, ".", self.coursedir.assignment_id)
        names = [os.path.basename(path) for path in glob.glob(os.path.join(released, "*.ipynb"))]
        pattern = f"{self.coursedir.notebook_id}.ipynb"
        return [os.path.join(folder, name) for name in sorted(names) if fnmatch.fnmatch(name, pattern)]


def install() -> None:
    """Put `CourseAutograde` where nbgrader's command and formgrader's button find their converter."""
    for module in (nbgrader.converters, nbgrader.apps.autogradeapp, nbgrader.apps.api):
        if not hasattr(module, "Autograde"):
            raise UsageError(f"{module.__name__} has no Autograde; this kit knows nbgrader 0.9")
        module.Autograde = CourseAutograde
