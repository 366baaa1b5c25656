"""`make demo`: the main job, played from the release of p1 to each student's feedback, with the real nbgrader.

Everything happens in one fresh folder: `course/` is the instructor's, `students/<id>/` are homes, `exchange/` is
nbgrader's exchange between them. No network, nothing outside the folder is touched.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from autograder.course import KIT_ROOT, Assignment, Course, load_course
from autograder.demo_class import Student, demo_class, fill_in_notebook
from autograder.engine.errors import GraderFault, UsageError
from autograder.engine.sandbox import best_level
from autograder.release import release
from autograder.reports import load_results
from autograder.reports.terminal import score_table

__all__ = ["demo"]

MARK = ".deeprob-demo"
CONFIG = """
from autograder.release.nbgrader import configure

c = get_config()
configure(c)
c.Exchange.root = {exchange!r}
c.ShowFindings.sandbox = {sandbox!r}
c.ExchangeCollect.check_owner = False  # all students of the demo are one user of this machine
"""


def demo(folder: Path | None = None, say: Callable[[str], None] = print, console: Console | None = None) -> int:
    """Play the demo.

    Args:
        folder: a folder of a demo before, or one that does not exist; by default `demo` in the kit.
        say: told what is being done.

    Returns:
        0 when every step worked and nbgrader's scores are the engine's, 1 otherwise.
    """
    start = time.perf_counter()
    root = (folder or KIT_ROOT / "demo").resolve()
    _wipe(root)
    course = load_course()
    assignment = replace(course.assignment("p1"), due=datetime.now(UTC).replace(microsecond=0) + timedelta(days=7))
    course = replace(course, assignments=(assignment,))
    stage = _Stage(root, course, assignment, say)
    stage.release()
    students = stage.students()
    stage.hand_in(students)
    stage.grade()
    results = load_results(stage.course_dir / "results" / assignment.id, assignment)
    (console or Console()).print(score_table(assignment, results))
    agree = stage.compare({r.submission: r.score for r in results})
    stage.point_out(students)
    say(f"The demo took {time.perf_counter() - start:.0f} s.")
    return 0 if agree and len(results) == len(students) else 1


class _Stage:
    """The folder of one demo and the steps played in it."""

    def __init__(self, root: Path, course: Course, assignment: Assignment, say: Callable[[str], None]) -> None:
        self.root, self.course, self.assignment, self.say = root, course, assignment, say
        self.course_dir, self.exchange = root / "course", root / "exchange"
        for path in (self.course_dir, self.exchange, root / "students"):
            path.mkdir(parents=True)
        self.exchange.chmod(0o777)
        self._configure(self.course_dir)

    def release(self) -> None:
        self.say(f"1. Release of {self.assignment.id}: strip, audit for leaks, register in the gradebook.")
        report = release(self.course, self.assignment, self.course_dir)
        if not report.ok:
            raise GraderFault(str(report))
        self.say(f"   {report.files} files in {self._short(report.bundle)}")
        self._nbgrader(self.course_dir, "release_assignment", self.assignment.id)

    def students(self) -> list[Student]:
        released = self.course_dir / "release" / self.assignment.id
        return demo_class(self.assignment, {file: (released / file).read_bytes() for file in self.assignment.files})

    def hand_in(self, students: Sequence[Student]) -> None:
        self.say(f"2. {len(students)} students fetch, work and submit through nbgrader's exchange.")
        picture = _picture()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda student: self._one_student(student, picture), students))
        for student in students:
            self.say(f"   {student.id:8} {student.about}")
        self._nbgrader(self.course_dir, "collect", self.assignment.id)

    def _one_student(self, student: Student, picture: bytes) -> None:
        home = self.root / "students" / student.id
        home.mkdir()
        self._configure(home)
        self._nbgrader(home, "fetch_assignment", self.assignment.id)
        for file, data in student.files.items():
            if file.endswith(".ipynb"):
                data = fill_in_notebook(data, student, picture)
            (home / self.assignment.id / file).write_bytes(data)
        self._nbgrader(home, "submit", self.assignment.id, f"--student={student.id}")

    def grade(self) -> None:
        self.say("3. nbgrader autograde: this engine grades each submission in its sandbox.")
        results = self.course_dir / "results" / self.assignment.id
        told: set[str] = set()
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(self._nbgrader, self.course_dir, "autograde", self.assignment.id)
            while not running.done() or told != {path.stem for path in results.glob("*.json")}:
                for path in sorted(results.glob("*.json")):
                    if path.stem not in told:
                        told.add(path.stem)
                        self.say(f"   {path.stem} is graded")
                time.sleep(0.2)
            running.result()
        self.say("4. nbgrader generate_feedback and export.")
        self._nbgrader(self.course_dir, "generate_feedback", self.assignment.id)
        self._nbgrader(self.course_dir, "export", "--to=grades.csv")

    def compare(self, scores: dict[str, float]) -> bool:
        """Whether nbgrader's gradebook has the engine's scores."""
        rows = csv.DictReader(io.StringIO((self.course_dir / "grades.csv").read_text(encoding="utf-8")))
        exported = {row["student_id"]: float(row["score"]) for row in rows}
        wrong = {s: (score, exported.get(s)) for s, score in scores.items() if abs(exported.get(s, -1) - score) > 0.01}
        if wrong:
            self.say(f"   The gradebook differs from the engine: {json.dumps(wrong)}")
        else:
            self.say(f"   The gradebook ({self._short(self.course_dir / 'grades.csv')}) has the same scores.")
        return not wrong

    def point_out(self, students: Sequence[Student]) -> None:
        self.say("5. Feedback for each student:")
        for student in students:
            folder = self.course_dir / "feedback" / student.id / self.assignment.id
            pages = ", ".join(path.name for path in sorted(folder.glob("*.html"))) or "none"
            self.say(f"   {student.id:8} {self._short(folder)}: {pages}")

    def _configure(self, folder: Path) -> None:
        config = CONFIG.format(exchange=str(self.exchange), sandbox=best_level())
        (folder / "nbgrader_config.py").write_text(config, encoding="utf-8")

    def _nbgrader(self, folder: Path, *command: str) -> None:
        """Run nbgrader as its user would, in the user's own folder and home."""
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        environment = os.environ | {"PATH": path, "HOME": str(folder), "PYTHONPATH": str(KIT_ROOT)}
        environment |= {"JUPYTERHUB_USER": folder.name, "PYTHONWARNINGS": "ignore"}
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "XDG_DATA_HOME"):
            environment.pop(name, None)
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command], cwd=folder, env=environment, capture_output=True, text=True
        )
        (self.root / "nbgrader.log").open("a", encoding="utf-8").write(
            f"$ nbgrader {' '.join(command)}\n{done.stderr}\n"
        )
        if done.returncode:
            last = "\n".join(done.stderr.splitlines()[-15:])
            raise GraderFault(f"nbgrader {' '.join(command)} ended with {done.returncode}:\n{last}")

    def _short(self, path: Path) -> str:
        return str(path.relative_to(self.root.parent)) if path.is_relative_to(self.root.parent) else str(path)


def _wipe(root: Path) -> None:
    """Empty the folder of an earlier demo; leave alone what is not one."""
    if root.exists():
        if any(root.iterdir()) and not (root / MARK).exists():
            raise UsageError(f"{root} exists and is no demo of this kit; name another folder or remove it")
        for path in root.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(root)
    root.mkdir(parents=True)
    (root / MARK).write_text("made by `make demo`, wiped by the next one\n", encoding="utf-8")


def _picture() -> bytes:
    """A plot as notebooks have them: it must still be there when answers are graded by hand."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 2.4), layout="constrained")
    axes = figure.add_subplot(xlabel="k", ylabel="accuracy (%)", title="cross-validation, as the student ran it")
    axes.plot((1, 3, 5, 8, 10, 12, 15, 20), (97.2, 97.5, 97.1, 96.4, 96.1, 95.7, 95.2, 94.1), marker="o")
    buffer = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
