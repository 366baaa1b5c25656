"""Building the hand-in: one zip with the assignment's files, checked before it is written. Standard library only.

    hand_in = submit("p1", student="ada", name="Ada Lovelace")
    hand_in.path        # p1_classifiers_ada.zip

Nothing is executed and nothing is sent anywhere. What is checked is what would cost points or time later:
every declared file is there, Python files parse, notebooks are notebooks and saved, name and id are filled
in, and the whole is small enough. `python -m autograder grade p1 FILE.zip` takes the zip as it is.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course import Assignment, Course, Exercise, load_course
from autograder.engine.errors import SubmissionError
from autograder.engine.submission import MAX_FILE, MAX_SOURCE, places

__all__ = ["HandIn", "submit"]

STUDENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class HandIn:
    """What was built. `path` is None when something was not ready; `problems` says what, `warnings` what to look at."""

    path: Path | None
    student: str
    files: tuple[str, ...]
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"Ready to hand in: {self.path}"] if self.path else ["Not ready to hand in yet:"]
        lines += [f"  - {problem}" for problem in self.problems]
        lines += [f"  note: {warning}" for warning in self.warnings]
        return "\n".join(lines)

    __repr__ = __str__


def submit(
    assignment: str,
    folder: Path | str | None = None,
    out: Path | str | None = None,
    *,
    student: str = "",
    name: str = "",
    course: Course | None = None,
    strict: bool = True,
) -> HandIn:
    """Check an assignment's files and write the zip to hand in.

    Args:
        assignment: `p1` or `p1_classifiers`.
        folder: where the files are, flat or as in the kit; by default the current one or the one above that has them.
        out: folder of the zip; by default `folder`.
        student: the student id; by default what the notebooks' `STUDENT_ID` says.
        name: the student's name; by default what `STUDENT_NAME` says.
        course: by default the kit's.
        strict: raise when something is not ready, instead of returning what is wrong.

    Raises:
        SubmissionError: something is not ready; the message has one line for each problem.
    """
    which = (course or load_course()).assignment(assignment)
    home = Path(folder) if folder is not None else _home(which)
    found = _find(which, home)
    problems: list[str] = []
    warnings: list[str] = []
    files: dict[str, bytes] = {}
    notebooks: dict[str, list[dict[str, Any]]] = {}
    for file in which.files:
        if file in which.extra and file not in found:
            warnings.append(f"{file} is not there; the question that asks for it will earn nothing")
            continue
        try:
            files[file] = _read(file, found.get(file), home)
            if file.endswith(".py"):
                warnings += _check_python(file, files[file])
            elif file not in which.extra:
                notebooks[file] = _cells(file, files[file])
        except SubmissionError as e:
            problems.append(str(e))
    for exercise in which.exercises:
        warnings += _unanswered(exercise, notebooks)
    student = _identity("STUDENT_ID", student, notebooks, problems)
    name = _identity("STUDENT_NAME", name, notebooks, problems)
    if student and not STUDENT_ID.fullmatch(student):
        problems.append(f"STUDENT_ID {student!r}: use letters, digits and . _ @ - only, at most 64")
    if problems:
        hand_in = HandIn(None, student, tuple(files), tuple(problems), tuple(warnings))
        if strict:
            raise SubmissionError(str(hand_in))
        return hand_in
    target = Path(out if out is not None else home) / f"{which.id}_{student}.zip"
    _write(target, which, student, name, files)
    return HandIn(target, student, tuple(files), (), tuple(warnings))


def _home(assignment: Assignment) -> Path:
    """The folder, from the current one up, that has most of the assignment's files; the nearest of them."""
    here = Path.cwd()
    return max((here, *here.parents[:4]), key=lambda folder: len(_find(assignment, folder)))


def _find(assignment: Assignment, home: Path) -> dict[str, Path]:
    found = {}
    for file in assignment.files:
        for place in places(file, assignment):
            if (home / place).is_file():
                found[file] = home / place
                break
    return found


def _read(file: str, path: Path | None, home: Path) -> bytes:
    if path is None:
        raise SubmissionError(f"{file}: not found in {home}; go to your assignment's folder or name it")
    try:
        size = path.stat().st_size
        limit, hint = (
            (MAX_SOURCE, "")
            if file.endswith(".py")
            else (MAX_FILE, "; clear its outputs and save it" if file.endswith(".ipynb") else "")
        )
        if size > limit:
            raise SubmissionError(f"{file}: {size >> 10} KiB, at most {limit >> 10} KiB are taken{hint}")
        return path.read_bytes()
    except OSError as e:
        raise SubmissionError(f"{file}: cannot be read ({e.strerror}); close what holds it and try again") from e


def _check_python(file: str, data: bytes) -> list[str]:
    """Raise when the file does not parse; name the functions that are as they were handed out."""
    try:
        tree = ast.parse(data)
    except SyntaxError as e:
        place = f"line {e.lineno}" if e.lineno else "somewhere"
        raise SubmissionError(f"{file}, {place}: not valid Python ({e.msg}); correct it and save the file") from e
    except (ValueError, RecursionError, MemoryError) as e:
        raise SubmissionError(f"{file}: cannot be read as Python ({e})") from e
    todo = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    names = sorted({n for t in todo for n in re.findall(r"['\"]([\w.]+): not implemented yet['\"]", t)})
    return [f"{file}: not implemented yet: {', '.join(names)}"] if names else []


def _cells(file: str, data: bytes) -> list[dict[str, Any]]:
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError) as e:
        raise SubmissionError(f"{file}: not a notebook ({e}); save it again from Jupyter or Colab") from e
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise SubmissionError(f"{file}: a notebook of format 4 was expected; save it again from Jupyter or Colab")
    return [cell for cell in cells if isinstance(cell, dict)]


def _unanswered(exercise: Exercise, notebooks: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    """Answers in words that still say what was handed out, and graded cells that are gone."""
    files = [f"{name}.ipynb" for name in exercise.notebooks]
    if not all(file in notebooks for file in files):
        return []
    found = {_grade_id(cell): (file, _source(cell)) for file in files for cell in notebooks[file]}
    notes = []
    for written in exercise.written:
        file, source = found.get(written.id.replace(".", "-"), (" or ".join(files), None))
        if source is None:
            notes.append(f"{file}: the cell of the answer {written.id} is gone; put it back or it counts as empty")
        elif "*Write your answer here.*" in source:
            notes.append(f"{file}: {written.id} is not answered")
    return notes


def _identity(variable: str, given: str, notebooks: Mapping[str, list[dict[str, Any]]], problems: list[str]) -> str:
    """The value of `STUDENT_ID` or `STUDENT_NAME`: as given, or as the saved notebooks say, if they agree."""
    if given.strip():
        return given.strip()
    said = {file: _assigned(variable, cells) for file, cells in notebooks.items()}
    values = {value for value in said.values() if value}
    if len(values) == 1:
        return values.pop()
    if values:
        problems.append(f"{variable} differs: " + ", ".join(f"{v!r} in {f}" for f, v in said.items() if v))
    elif variable == "STUDENT_ID":
        problems.append("STUDENT_ID is empty: fill it in at the top of a notebook and save it, or give --student")
    else:
        problems.append("STUDENT_NAME is empty: fill it in at the top of a notebook and save it, or give --name")
    return ""


def _assigned(variable: str, cells: list[dict[str, Any]]) -> str:
    """The last string that a code cell assigns to the variable, at its top level."""
    value = ""
    for cell in cells:
        if cell.get("cell_type") != "code" or variable not in _source(cell):
            continue
        try:
            body = ast.parse(_source(cell)).body
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in body:
            if (
                isinstance(node, ast.Assign)
                and any(isinstance(t, ast.Name) and t.id == variable for t in node.targets)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                value = node.value.value.strip()
    return value


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return "".join(s for s in source if isinstance(s, str)) if isinstance(source, list) else str(source)


def _grade_id(cell: Mapping[str, Any]) -> str:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return str(nbgrader.get("grade_id", "")) if isinstance(nbgrader, dict) else ""


def _write(target: Path, assignment: Assignment, student: str, name: str, files: Mapping[str, bytes]) -> None:
    """The zip, whole or not at all."""
    record = {
        "assignment": assignment.id,
        "student": student,
        "name": name,
        "files": {file: hashlib.sha256(data).hexdigest() for file, data in files.items()},
    }
    contents = dict(files) | {"submission.json": (json.dumps(record, indent=2) + "\n").encode()}
    partial = target.with_suffix(".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for file, data in contents.items():
                entry = zipfile.ZipInfo(file, EPOCH)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
                archive.writestr(entry, data)
        partial.replace(target)
    except OSError as e:
        with suppress(OSError):
            partial.unlink()
        raise SubmissionError(f"cannot write {target}: {e.strerror}; choose another folder with --out") from e
