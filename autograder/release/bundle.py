"""What a student gets, by allow-list: the assignment's files and the part of the kit that checks them.

The files are put together in memory. The same sources give the same zip, byte for byte: sorted names, one
timestamp, one mode, no extra fields. Skeletons and notebooks come from their sources, not from the working
tree.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from autograder.course import KIT_ROOT, Assignment, Course, Exercise
from autograder.engine.errors import UsageError
from autograder.release.nbio import dump_notebook
from autograder.release.notebooks import assignment_notebooks
from autograder.release.strip import strip_source

__all__ = ["assignment_files", "kit_files", "zip_bytes"]

EPOCH = (1980, 1, 1, 0, 0, 0)
SHIPPED = (
    "deeprob/*.py",
    "deeprob/datasets/**/*.py",
    "deeprob/models/**/*.py",
    "deeprob/plotting/**/*.py",
    "deeprob/weights/*.pt",
    "deeprob/weights/README.md",
    "deeprob/widgets/**/*.py",
    "deeprob/exercises/__init__.py",
    "autograder/__init__.py",
    "autograder/__main__.py",
    "autograder/cli.py",
    "autograder/course.py",
    "autograder/doctor.py",
    "autograder/notebook.py",
    "autograder/own_check.py",
    "autograder/submit.py",
    "autograder/checks/__init__.py",
    "autograder/oracles/__init__.py",
    "autograder/engine/*.py",
    "autograder/reports/*.py",
    "data/README.md",
    "data/LICENSES.md",
    "data/SHA256SUMS",
    "course.toml",
    "pyproject.toml",
    "constraints.txt",
    "environment.yml",
    "LICENSE",
)
SHIPPED_OF_EXERCISE = (
    "autograder/checks/{}.py",
    "autograder/checks/{}/*.py",
    "autograder/oracles/{}.py",
    "autograder/oracles/{}/*.py",
)


def assignment_files(course: Course, assignment: Assignment, root: Path = KIT_ROOT) -> dict[str, bytes]:
    """The files of the assignment as they are handed out, flat: `knn.py`, ..., `knn.ipynb`, ...

    Raises:
        UsageError: a source is missing, or it breaks the rules of the markers.
    """
    files: dict[str, bytes] = {}
    for exercise in assignment.exercises:
        files[exercise.file] = _skeleton(exercise, root)
    for name, notebook in assignment_notebooks(course, assignment, root=root).items():
        files[f"{name}.ipynb"] = dump_notebook(notebook)
    return files


def kit_files(
    course: Course, assignment: Assignment, root: Path = KIT_ROOT, flat: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """The student kit, by path: what is on the list, and the assignment's files (`flat`) in their places.

    Skeletons of the earlier exercises that these import come along, for a student who has not written them.
    """
    patterns = [*SHIPPED, *(p.format(e.name) for e in assignment.exercises for p in SHIPPED_OF_EXERCISE)]
    files: dict[str, bytes] = {}
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            if path.is_file() and not path.is_symlink():
                files[path.relative_to(root).as_posix()] = path.read_bytes()
    readme = root / "docs" / "student.md"
    files["README.md"] = readme.read_bytes() if readme.exists() else f"# {course.title}\n".encode()
    for exercise in assignment.exercises:
        for earlier in course.used_by(exercise):
            files[f"deeprob/exercises/{earlier.file}"] = _skeleton(earlier, root)
    for name, data in (flat or assignment_files(course, assignment, root)).items():
        folder = "deeprob/exercises" if name.endswith(".py") else f"notebooks/{assignment.id}"
        files[f"{folder}/{name}"] = data
    return dict(sorted(files.items()))


def _skeleton(exercise: Exercise, root: Path) -> bytes:
    source = root / "autograder" / "reference" / "exercises" / exercise.file
    return strip_source(_text(source, root), exercise=exercise.name, path=str(source)).encode()


def zip_bytes(files: Mapping[str, bytes], top: str) -> bytes:
    """A zip with everything in one folder; the same bytes for the same files, whoever makes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{top}/{name}", EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name], compresslevel=9)
    return buffer.getvalue()


def _text(path: Path, root: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as e:
        raise UsageError(f"cannot read {path.relative_to(root)}: {e.strerror}") from e
