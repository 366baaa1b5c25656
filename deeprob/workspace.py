"""Where a student's files are: beside the notebook, in Google Drive, or in a clone of the kit.

    place      the exercise files                             when
    folder     beside the notebook                            fetched by nbgrader, or unpacked from the zip
    drive      MyDrive/deeprob/<assignment>/ in Google Drive  Google Colab
    temporary  /content/deeprob/<assignment>/                 Google Colab without a Drive: they vanish with it
    clone      deeprob/exercises/ of the kit                  anywhere else

On Colab the skeletons and notebooks are copied to that folder the first time; what is there is never
overwritten. A project that builds on an earlier one finds the student's own file of it: beside its files, in the
earlier project's folder beside this one, or in the kit. This module finds files. It does not grade, and knows nothing
of checks.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from deeprob.cards import Card, Row, show
from deeprob.course_file import Contents, read_contents
from deeprob.live_module import FileState, LiveModule, live_module

__all__ = ["Workspace", "WorkspaceError", "mount_drive", "on_colab"]

Place = Literal["folder", "drive", "temporary", "clone"]

KIT = Path(__file__).resolve().parent.parent
CONTENT = Path("/content")

_PLACES: dict[Place, str] = {
    "folder": "beside this notebook",
    "drive": "in your Google Drive",
    "temporary": "on this Colab machine only: they vanish when it stops. To keep them, allow Google Drive "
    "and run this cell again, or download them",
    "clone": "in your copy of the kit",
}


class WorkspaceError(Exception):
    """The student's files cannot be found; the message says where we looked and what to do next."""


@dataclass(frozen=True)
class Workspace:
    """The files of one assignment.

    Attributes:
        contents: what belongs to the assignment.
        folder: where `<exercise>.py` are.
        notebooks: where the notebooks are.
        place: how the folder was found, see above.
        created: files that were copied there just now.
        earlier: earlier exercises that these import, and the file of each, None where it was not found.
    """

    contents: Contents
    folder: Path
    notebooks: Path
    place: Place
    created: tuple[str, ...] = ()
    earlier: tuple[tuple[str, Path | None], ...] = ()

    @classmethod
    def open(cls, assignment: str, *, here: Path | None = None, quiet: bool = False) -> Workspace:
        """Find the files of an assignment and say in one card which ones will be used.

        Args:
            assignment: its id, such as `p1_classifiers`.
            here: the notebook's folder; by default the current one.
            quiet: show nothing.

        Raises:
            WorkspaceError: no such assignment, or no files.
        """
        here = (here or Path.cwd()).resolve()
        try:
            contents = read_contents(assignment, KIT / "course.toml")
        except KeyError as e:
            raise WorkspaceError(f"There is no assignment {assignment!r}; there is {e.args[0]}.") from None
        workspace = _find(contents, here)
        workspace = replace(workspace, earlier=_earlier(contents, here, workspace.folder))
        if not quiet:
            show(workspace.card())
        return workspace

    @property
    def assignment(self) -> str:
        return self.contents.assignment

    @property
    def exercises(self) -> tuple[str, ...]:
        """Names of the exercise modules, in the course's order."""
        return self.contents.exercises

    @property
    def kit(self) -> Path:
        """The folder of the kit itself."""
        return KIT

    def path(self, exercise: str) -> Path:
        """The file a student edits for this exercise."""
        _known(self.assignment, "exercise", exercise, self.exercises)
        return self.folder / f"{exercise}.py"

    def notebook(self, name: str) -> Path:
        """The file of a notebook."""
        names = [n for notebooks in self.contents.notebooks.values() for n in notebooks]
        _known(self.assignment, "notebook", name, names)
        return self.notebooks / f"{name}.ipynb"

    def notebooks_of(self, exercise: str) -> tuple[Path, ...]:
        """The files of an exercise's notebooks."""
        return tuple(self.notebook(name) for name in self.contents.notebooks[exercise])

    def exercise(self, name: str) -> LiveModule:
        """The live module of an exercise: its functions always come from the file as it is now.

        So do those of the earlier exercises that it imports.
        """
        uses = tuple(live_module(f"deeprob.exercises.{n}", path) for n, path in self.earlier if path is not None)
        return live_module(f"deeprob.exercises.{name}", self.path(name), uses)

    def state(self, exercise: str) -> FileState:
        """Path, time of change and short hash of the exercise file."""
        return FileState.of(self.path(exercise))

    def card(self) -> Card:
        """What `open` shows."""
        rows = [Row(f"{name}.py", str(self.path(name)), code=True) for name in self.exercises]
        rows += [_earlier_row(name, path, self.contents.earlier[name]) for name, path in self.earlier]
        if self.created:
            rows.append(Row("new", f"copied for you just now: {', '.join(self.created)}"))
        return Card("info", f"Your files are {_PLACES[self.place]}.", tuple(rows))

    def save_running_notebook(self, name: str) -> bool:
        """On Colab, write the notebook that is open in the browser into the workspace; True if so.

        Elsewhere the browser saves it itself. A different notebook of that name is kept beside it as
        `<name>.previous.ipynb`.
        """
        if not on_colab():
            return False
        content = _running_notebook()
        if not content:
            return False
        target = self.notebook(name)
        data = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        if target.is_file() and target.read_text(encoding="utf-8") != data:
            target.replace(target.with_name(f"{name}.previous.ipynb"))
        target.write_text(data, encoding="utf-8")
        return True

def _known(assignment: str, what: str, name: str, names: Sequence[str]) -> None:
    if name not in names:
        raise WorkspaceError(f"{assignment} has no {what} {name!r}; it has {', '.join(names)}.")


def on_colab() -> bool:
    return "COLAB_RELEASE_TAG" in os.environ or "COLAB_GPU" in os.environ


def mount_drive() -> Path | None:
    """Colab's Google Drive as a folder; None when there is none or the student declines."""
    home = CONTENT / "drive" / "MyDrive"
    if not home.is_dir() and on_colab():
        try:
            import_module("google.colab.drive").mount(str(CONTENT / "drive"))
        except Exception:  # declined, timed out, or not Colab after all: all mean that there is no Drive
            return None
    return home if home.is_dir() else None


def _find(contents: Contents, here: Path) -> Workspace:
    assignment, exercises = contents.assignment, contents.exercises
    if all((here / f"{name}.py").is_file() for name in exercises):
        return Workspace(contents, here, here, "folder")
    skeletons, notebooks = KIT / "deeprob" / "exercises", KIT / "notebooks" / assignment
    if on_colab():
        drive = mount_drive()
        folder = (drive or CONTENT) / "deeprob" / assignment
        created = _copy_missing(contents, skeletons, notebooks, folder)
        return Workspace(contents, folder, folder, "drive" if drive else "temporary", created)
    missing = [f"{name}.py" for name in exercises if not (skeletons / f"{name}.py").is_file()]
    if missing:
        raise WorkspaceError(
            f"{', '.join(missing)} found neither in {here} nor in {skeletons}. "
            f"Next step: put this notebook and {', '.join(missing)} into one folder."
        )
    return Workspace(contents, skeletons, notebooks, "clone")


def _copy_missing(contents: Contents, skeletons: Path, notebooks: Path, folder: Path) -> tuple[str, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    created = []
    sources = [skeletons / f"{name}.py" for name in contents.exercises]
    sources += [notebooks / f"{name}.ipynb" for names in contents.notebooks.values() for name in names]
    for source in sources:
        target = folder / source.name
        if source.is_file() and not target.exists():
            shutil.copyfile(source, target)
            created.append(target.name)
    return tuple(created)


def _earlier(contents: Contents, here: Path, folder: Path) -> tuple[tuple[str, Path | None], ...]:
    """Where the student's own files of earlier projects are: the first of the likely places that has one."""
    found = []
    for name, assignment in contents.earlier.items():
        places = [top / f"{name}.py" for top in (here, folder)]
        places += [top / assignment / f"{name}.py" for top in (here, here.parent, folder.parent)]
        places.append(KIT / "deeprob" / "exercises" / f"{name}.py")
        found.append((name, next((p for p in places if p.is_file()), None)))
    return tuple(found)


def _earlier_row(name: str, path: Path | None, assignment: str) -> Row:
    """What the card says of a file of an earlier project."""
    if path is None:
        return Row(f"{name}.py", f"your file of {assignment} was not found: put it beside this notebook")
    todo = len(re.findall(r"NotImplementedError\(", path.read_text(encoding="utf-8", errors="replace")))
    if not todo:
        return Row(f"{name}.py", str(path), code=True)
    return Row(
        f"{name}.py",
        f"{path}: of {assignment}, with {todo} functions not implemented yet. Most checks here do not need them, and "
        "grading uses our own; training a network does. If you have finished them elsewhere, put that file beside "
        "this notebook and run this cell again.",
    )


def _running_notebook() -> dict[str, Any] | None:
    try:
        message = import_module("google.colab._message")
        answer = message.blocking_request("get_ipynb", request="", timeout_sec=20)
    except Exception:  # a private interface of Colab: without it the student saves by hand
        return None
    return answer.get("ipynb") if isinstance(answer, dict) else None
