"""Reads a submission: a folder, a zip, or the words `reference` and `skeleton`. Only declared files are taken."""

from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

from autograder.course import KIT_ROOT, Assignment, Exercise
from autograder.engine.errors import SubmissionError
from autograder.engine.results import FileRecord, storable

__all__ = ["MAX_FILE", "MAX_SOURCE", "Submission", "name_of", "places", "read_submission", "reference_extra"]

MAX_FILE = 16 << 20  # a notebook with its pictures
MAX_SOURCE = 128 << 10  # a module: the grader parses it, which takes a hundred times as much memory
MAX_ZIP_ENTRIES = 10_000


@dataclass(frozen=True)
class Submission:
    """The declared files of a submission that are there, by name, and what is wrong with the rest.

    Attributes:
        name: whose it is, as shown.
        files: `{"knn.py": bytes, ...}`.
        problems: one sentence for each declared file that is missing or cannot be read.
    """

    name: str
    files: dict[str, bytes]
    problems: tuple[str, ...] = ()

    @property
    def records(self) -> tuple[FileRecord, ...]:
        return tuple(FileRecord(n, hashlib.sha256(data).hexdigest()) for n, data in sorted(self.files.items()))


def read_submission(source: Path | str, assignment: Assignment, name: str | None = None) -> Submission:
    """Read the assignment's files from a submission.

    Args:
        source: a folder or a zip file, or the word `reference` or `skeleton`.
        assignment: what is handed in.
        name: whose it is; by default `name_of` the source.

    Raises:
        SubmissionError: no such folder or file, or a zip that is none.
    """
    if source in ("reference", "skeleton"):
        return _own(str(source), assignment)
    path, name = Path(source), storable(name or name_of(source, assignment))
    if os.path.isdir(path):  # unlike Path.is_dir, False for a name that is too long
        return _collect(name, assignment, lambda place: _from_folder(path, place))
    if os.path.isfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                return _from_zip(name, assignment, archive)
        except Exception as e:  # zipfile raises whatever a damaged directory leads it to, also UnicodeDecodeError
            raise SubmissionError(f"{path} is not a zip file that can be read ({e}); ask for it again") from e
    raise SubmissionError(f"there is no submission at {path}; expected a folder or a zip file")


def name_of(source: Path | str, assignment: Assignment) -> str:
    """Whose submission this is: a word as it is, else the name of the zip, the folder, or the student's folder."""
    path = Path(source)
    if source in ("reference", "skeleton"):
        return str(source)
    if os.path.isdir(path):
        whole = path.resolve()
        return storable(whole.parent.name if path.name == assignment.id else whole.name)
    return storable(path.stem)


def places(file: str, assignment: Assignment) -> tuple[str, ...]:
    """Where a declared file may lie in a submission, the first that exists being taken."""
    home = f"notebooks/{assignment.id}" if file.endswith(".ipynb") else "deeprob/exercises"
    return (file, f"{assignment.id}/{file}", f"{home}/{file}")


def _most(place: str) -> int:
    return MAX_SOURCE if place.endswith(".py") else MAX_FILE


def _own(word: str, assignment: Assignment) -> Submission:
    files = {}
    for exercise in assignment.exercises:
        folder = "autograder/reference/exercises" if word == "reference" else "deeprob/exercises"
        path = KIT_ROOT / folder / exercise.file
        try:
            files[exercise.file] = path.read_bytes()
        except OSError as e:
            raise SubmissionError(f"this copy of the kit has no {word}: cannot read {path} ({e.strerror})") from e
        if word == "reference":
            files |= reference_extra(exercise)
    return Submission(word, files)


def reference_extra(exercise: Exercise) -> dict[str, bytes]:
    """What the reference hands in beside the module, by name."""
    return {name: (KIT_ROOT / "autograder/reference/files" / name).read_bytes() for name in exercise.extra}


class _Unreadable(Exception):
    """Why a file that is there was not taken."""


def _collect(name: str, assignment: Assignment, read: object) -> Submission:
    files: dict[str, bytes] = {}
    problems = []
    for file in assignment.files:
        try:
            for place in places(file, assignment):
                data = read(place)  # type: ignore[operator]
                if data is not None:
                    files[file] = data
                    break
            else:
                if file not in assignment.extra:
                    problems.append(f"{file} is missing")
        except _Unreadable as e:
            problems.append(f"{file}: {e}")
    return Submission(name, files, tuple(problems))


def _from_folder(folder: Path, place: str) -> bytes | None:
    path = folder / place
    try:
        for part in [path, *path.parents]:
            if part == folder:
                break
            if part.is_symlink():
                raise _Unreadable("is a symbolic link, which is not followed")
        if not path.exists():
            return None
    except OSError as e:
        raise _Unreadable(f"cannot be looked at ({e.strerror})") from e
    if not path.is_file():
        raise _Unreadable("is not a file")
    if path.stat().st_size > _most(place):
        raise _Unreadable(f"is larger than {_most(place) >> 10} KiB")
    try:
        return path.read_bytes()
    except OSError as e:
        raise _Unreadable(f"cannot be read: {e.strerror}") from e


def _from_zip(name: str, assignment: Assignment, archive: zipfile.ZipFile) -> Submission:
    entries = archive.infolist()
    if len(entries) > MAX_ZIP_ENTRIES:
        raise zipfile.BadZipFile(f"{len(entries)} entries")
    by_name = {entry.filename: entry for entry in entries}
    tops = {entry.filename.split("/", 1)[0] for entry in entries}
    top = tops.pop() + "/" if len(tops) == 1 and all("/" in e.filename for e in entries) else ""

    def read(place: str) -> bytes | None:
        entry = by_name.get(place) or by_name.get(top + place)
        if entry is None or entry.is_dir():
            return None
        if (entry.external_attr >> 16) & 0o170000 == 0o120000:
            raise _Unreadable("is a symbolic link, which is not followed")
        try:
            with archive.open(entry) as file:
                data = file.read(_most(place) + 1)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError) as e:
            raise _Unreadable(f"cannot be unpacked: {e}") from e
        except Exception as e:  # zlib.error and its kin, by decompressor
            raise _Unreadable(f"cannot be unpacked: {type(e).__name__}") from e
        if len(data) > _most(place):
            raise _Unreadable(f"is larger than {_most(place) >> 10} KiB")
        return data

    return _collect(name, assignment, read)
