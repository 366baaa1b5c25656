"""Where a student's files are: beside the notebook, in Google Drive, or in a clone of the kit.

    place        the exercise files                             when
    folder       beside the notebook                            fetched by nbgrader, or unpacked from the zip
    drive        MyDrive/deeprob/<assignment>/ in Google Drive  Google Colab
    temporary    /content/deeprob/<assignment>/                 Google Colab without a Drive: the files
    vanish with it clone        deeprob/exercises/ of the kit                  anywhere else

On Colab the skeletons and notebooks are copied to that folder the first time; what is there is never
overwritten. This module finds files. It does not grade, and knows nothing of checks.
"""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from deeprob.cards import Card, Row, show
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
        assignment: `p1_classifiers`.
        exercises: names of the exercise modules, in the course's order.
        folder: where `<exercise>.py` are.
        notebooks: where `<exercise>.ipynb` are.
        place: how the folder was found, see above.
        created: files that were copied there just now.
    """

    assignment: str
    exercises: tuple[str, ...]
    folder: Path
    notebooks: Path
    place: Place
    created: tuple[str, ...] = ()

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
        exercises = _exercises(assignment)
        workspace = _find(assignment, exercises, here)
        if not quiet:
            show(workspace.card())
        return workspace

    @property
    def kit(self) -> Path:
        """The folder of the kit itself."""
        return KIT

    def path(self, exercise: str) -> Path:
        """The file a student edits for this exercise."""
        self._known(exercise)
        return self.folder / f"{exercise}.py"

    def notebook(self, exercise: str) -> Path:
        self._known(exercise)
        return self.notebooks / f"{exercise}.ipynb"

    def exercise(self, name: str) -> LiveModule:
        """The live module of an exercise: its functions always come from the file as it is now."""
        return live_module(f"deeprob.exercises.{name}", self.path(name))

    def state(self, exercise: str) -> FileState:
        """Path, time of change and short hash of the exercise file."""
        return FileState.of(self.path(exercise))

    def card(self) -> Card:
        """What `open` shows."""
        rows = [Row(f"{name}.py", str(self.path(name)), code=True) for name in self.exercises]
        if self.created:
            rows.append(Row("new", f"copied for you just now: {', '.join(self.created)}"))
        return Card("info", f"Your files are {_PLACES[self.place]}.", tuple(rows))

    def save_running_notebook(self, exercise: str) -> bool:
        """On Colab, write the notebook that is open in the browser into the workspace; True if so.

        Elsewhere the browser saves it itself. A different notebook of that name is kept beside it as
        `<exercise>.previous.ipynb`.
        """
        if not on_colab():
            return False
        content = _running_notebook()
        if not content:
            return False
        target = self.notebook(exercise)
        data = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        if target.is_file() and target.read_text(encoding="utf-8") != data:
            target.replace(target.with_name(f"{exercise}.previous.ipynb"))
        target.write_text(data, encoding="utf-8")
        return True

    def _known(self, exercise: str) -> None:
        if exercise not in self.exercises:
            raise WorkspaceError(
                f"{self.assignment} has no exercise {exercise!r}; it has {', '.join(self.exercises)}."
            )


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


def _exercises(assignment: str) -> tuple[str, ...]:
    table = tomllib.loads((KIT / "course.toml").read_text(encoding="utf-8"))["exercises"]
    names = tuple(name for name, row in table.items() if row["assignment"] == assignment)
    if not names:
        known = sorted({row["assignment"] for row in table.values()})
        raise WorkspaceError(f"There is no assignment {assignment!r}; there is {', '.join(known)}.")
    return names


def _find(assignment: str, exercises: tuple[str, ...], here: Path) -> Workspace:
    if all((here / f"{name}.py").is_file() for name in exercises):
        return Workspace(assignment, exercises, here, here, "folder")
    skeletons, notebooks = KIT / "deeprob" / "exercises", KIT / "notebooks" / assignment
    if on_colab():
        drive = mount_drive()
        folder = (drive or CONTENT) / "deeprob" / assignment
        created = _copy_missing(exercises, skeletons, notebooks, folder)
        return Workspace(assignment, exercises, folder, folder, "drive" if drive else "temporary", created)
    missing = [f"{name}.py" for name in exercises if not (skeletons / f"{name}.py").is_file()]
    if missing:
        raise WorkspaceError(
            f"{', '.join(missing)} found neither in {here} nor in {skeletons}. "
            f"Next step: put this notebook and {', '.join(missing)} into one folder."
        )
    return Workspace(assignment, exercises, skeletons, notebooks, "clone")


def _copy_missing(
    exercises: tuple[str, ...], skeletons: Path, notebooks: Path, folder: Path
) -> tuple[str, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    created = []
    for name in exercises:
        for source in (skeletons / f"{name}.py", notebooks / f"{name}.ipynb"):
            target = folder / source.name
            if source.is_file() and not target.exists():
                shutil.copyfile(source, target)
                created.append(target.name)
    return tuple(created)


def _running_notebook() -> dict[str, Any] | None:
    try:
        message = import_module("google.colab._message")
        answer = message.blocking_request("get_ipynb", request="", timeout_sec=20)
    except Exception:  # a private interface of Colab: without it the student saves by hand
        return None
    return answer.get("ipynb") if isinstance(answer, dict) else None
