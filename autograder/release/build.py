"""`python -m autograder release p1`: all that a release consists of, made from its sources or compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.course import KIT_ROOT, Assignment, Course
from autograder.release.audit import Leak, audit, known_secrets
from autograder.release.bundle import assignment_files, kit_files, zip_bytes
from autograder.release.gradebook import CourseFolder, gradebook_differences, open_course_folder, register
from autograder.release.secret import SECRET_FILE, course_secret

__all__ = ["ReleaseReport", "release"]


@dataclass(frozen=True)
class ReleaseReport:
    """What was released, or what differs.

    Attributes:
        assignment: its id.
        folder: nbgrader's folder with the released assignment.
        bundle: the zip for students without nbgrader.
        files: how many files the bundle has.
        differences: what was not as its sources say: written anew, or with `check_only` left alone.
        leaks: what must not leave the house; nothing is written when there is one.
        check_only: nothing was to be written.
    """

    assignment: str
    folder: Path
    bundle: Path
    files: int
    differences: tuple[str, ...]
    leaks: tuple[Leak, ...]
    check_only: bool = False

    @property
    def ok(self) -> bool:
        return not self.leaks and not (self.check_only and self.differences)

    def __str__(self) -> str:
        if self.leaks:
            lines = [f"{self.assignment}: not released, {len(self.leaks)} leaks:"]
            return "\n".join(lines + [f"  {leak}" for leak in self.leaks])
        if self.check_only:
            if not self.differences:
                return f"{self.assignment}: the release is as its sources say"
            lines = [f"{self.assignment}: {len(self.differences)} differences; run `release` without --check:"]
            return "\n".join(lines + [f"  {difference}" for difference in self.differences])
        lines = [f"{self.assignment}: {len(self.differences)} files and entries brought up to date"]
        lines += [f"  for nbgrader:     {self.folder}", f"  for all others:   {self.bundle} ({self.files} files)"]
        return "\n".join(lines)


def release(
    course: Course,
    assignment: Assignment,
    course_dir: Path,
    check_only: bool = False,
    root: Path = KIT_ROOT,
) -> ReleaseReport:
    """Build the release of an assignment, look for leaks, write it and register it in the gradebook.

    Writes the skeletons and notebooks of the kit, `source/` and `release/` of nbgrader's course folder, the
    zip in `dist/`, and nbgrader_config.py where the folder has none. The kit's generated files are part of
    it.

    Raises:
        UsageError: a source that breaks its rules, or a gradebook that cannot take the change.
    """
    course_dir = course_dir.resolve()
    flat = assignment_files(course, assignment, root)
    kit = kit_files(course, assignment, root, flat)
    config = course_dir / "nbgrader_config.py"
    config_text = (root / "nbgrader_config.py").read_bytes()
    if not check_only and not config.exists():
        _write(config, config_text)
    folder = open_course_folder(course_dir, assignment)
    bundle = course_dir / "dist" / f"{assignment.id}.zip"
    wanted = _wanted(flat, assignment, root, folder) | {bundle: zip_bytes(kit, assignment.id)}
    different = [path for path, data in wanted.items() if not _same(path, data)]
    leaks = _leaks(root, folder, kit, flat, course_dir)
    names = [_relative(path, root, course_dir) for path in different]
    notebooks = {name.removesuffix(".ipynb"): data for name, data in flat.items() if name.endswith(".ipynb")}
    names += gradebook_differences(folder, course, assignment, notebooks)
    if check_only and not config.exists():
        names.append("nbgrader_config.py is missing")
    if not check_only and not leaks:
        register(folder, course, assignment, notebooks)
        for path in different:
            _write(path, wanted[path])
        course_secret(course_dir)
    return ReleaseReport(assignment.id, folder.release, bundle, len(kit), tuple(names), tuple(leaks), check_only)


def _wanted(flat: Mapping[str, bytes], assignment: Assignment, root: Path, folder: CourseFolder) -> dict[Path, bytes]:
    """Every generated file and its content: the kit's own, nbgrader's source and release."""
    wanted: dict[Path, bytes] = {}
    for name, data in flat.items():
        home = root / ("deeprob/exercises" if name.endswith(".py") else f"notebooks/{assignment.id}")
        wanted |= {home / name: data, folder.source / name: data, folder.release / name: data}
    return wanted


def _leaks(
    root: Path, folder: CourseFolder, kit: Mapping[str, bytes], flat: Mapping[str, bytes], course_dir: Path
) -> list[Leak]:
    """Leaks in what we are about to write, and in what lies in the release folder besides."""
    values = {str(course_dir): "the path of the course folder"}
    if (course_dir / SECRET_FILE).exists():
        values[course_secret(course_dir).decode("utf-8", "replace")] = "the course's secret"
    secrets = known_secrets(root, kit, values)
    besides = {
        path.relative_to(folder.release).as_posix(): path.read_bytes()
        for path in (sorted(folder.release.rglob("*")) if folder.release.is_dir() else ())
        if path.is_file() and path.relative_to(folder.release).as_posix() not in flat
    }
    return audit(kit, secrets) + audit(besides, secrets)


def _same(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(data)
    partial.chmod(0o644)
    partial.replace(path)


def _relative(path: Path, root: Path, course_dir: Path) -> str:
    for base in (course_dir, root):
        if path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return str(path)
