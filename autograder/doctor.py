"""`autograder doctor`: what this machine has, what is missing, and how to get it."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.course import KIT_ROOT

__all__ = ["Finding", "examine"]

PACKAGES = {
    "torch": "2.6", "numpy": "1.26", "matplotlib": "3.8", "scikit-learn": "1.4", "pillow": "10", "ipywidgets": "7.7",
    "tqdm": "4.66", "rich": "13",
}  # fmt: skip
INSTRUCTOR_PACKAGES = {"nbgrader": "0.9.5", "jupytext": "1.16", "nbformat": "5.10"}


@dataclass(frozen=True)
class Finding:
    """One line; what is not `ok` has to be mended, what is ok may still have a remark in `remedy`."""

    ok: bool
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        mark = "ok     " if self.ok and not self.remedy else ("note   " if self.ok else "missing")
        return f"{mark} {self.what}" + (f"\n        {self.remedy}" if self.remedy else "")


def examine() -> Iterator[Finding]:
    """Everything that the kit needs or can use, one finding each."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(True, f"Python {version}")
    for name, least in PACKAGES.items():
        yield _package(name, least, f"pip install '{name}>={least}'")
    yield _device()
    yield _room()
    if not (KIT_ROOT / "autograder" / "release").is_dir():
        return
    for name, least in INSTRUCTOR_PACKAGES.items():
        yield _package(name, least, "pip install -e '.[grader]' in the kit's folder, or `make setup`")
    if shutil.which("alembic") or (Path(sys.executable).parent / "alembic").exists():
        remedy = f"activate the environment before you call nbgrader: {Path(sys.executable).parent} is not on PATH"
        yield Finding(True, "alembic, for nbgrader", "" if shutil.which("alembic") else remedy)
    yield from _sandbox()


def _package(name: str, least: str, remedy: str) -> Finding:
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(False, f"{name}: not installed", remedy)
    if _numbers(version) < _numbers(least):
        return Finding(False, f"{name} {version}, older than {least}", remedy)
    return Finding(True, f"{name} {version}")


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split("+")[0].split(".")[:2]
    return tuple(int("".join(c for c in part if c.isdigit()) or 0) for part in parts)


def _device() -> Finding:
    try:
        import torch
    except ImportError:
        return Finding(False, "no device: torch is missing", "see torch above")
    if torch.cuda.is_available():
        return Finding(True, f"GPU: {torch.cuda.get_device_name(0)}")
    return Finding(True, "CPU only; everything works without a GPU")


def _room() -> Finding:
    free = shutil.disk_usage(KIT_ROOT).free >> 20
    if free < 500:
        return Finding(False, f"{free} MiB of disk left", "free at least 500 MiB: data sets and results need room")
    return Finding(True, f"{free / 1024:.0f} GiB of disk left")


def _sandbox() -> Iterator[Finding]:
    from autograder.engine.errors import GraderFault
    from autograder.engine.isolation import describe
    from autograder.engine.sandbox import best_level, bubblewrap_problem

    problem, level = bubblewrap_problem(), best_level()
    yield Finding(True, f"sandbox: {level}", f"{problem}; with it, grading isolates far better" if problem else "")
    try:
        isolation = describe(level)
    except GraderFault as e:
        yield Finding(False, "isolation", f"{e}; nobody's work can be graded here")
        return
    for line in isolation.lines:
        unfiltered = line.startswith("system calls: not")
        yield Finding(True, f"isolation, {line}", "the namespaces alone hold the student's code" if unfiltered else "")
