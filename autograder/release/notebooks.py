"""Percent-format text -> the notebook a student gets: one way, no outputs, the same bytes every time.

The text under `autograder/reference/notebooks/<assignment>/<notebook>.py` is the source. In it
- a code cell that is exactly `check("knn.predict_labels")` becomes the locked cell that nbgrader grades;
- a markdown cell with the metadata `written="knn.inline_metric"` becomes an answer that is graded by hand;
- lines between `### BEGIN SOLUTION` and `### END SOLUTION` stay with us;
- `{{badge}}`, `{{repository}}`, `{{branch}}`, `{{notebook}}`, `{{assignment}}` are filled in;
- `![alt](images/name.png)` takes the picture from the folder `images` beside the text into the notebook;
- one code cell asks for `STUDENT_NAME = ""` and `STUDENT_ID = ""`.
Where an exercise has several notebooks, each of its questions has its cell in one of them. Points come from course.toml
alone. Nothing is executed here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from autograder.course import KIT_ROOT, Assignment, Course, Exercise, load_course
from autograder.engine.errors import UsageError
from autograder.release.fill_in import Notebook, fill_in, put_in_pictures
from autograder.release.nbio import dump_notebook, make_notebook, node

__all__ = ["NotebookError", "assignment_notebooks", "build_notebook", "generate", "grade_id", "notebook_sources"]

REFERENCE = Path("autograder", "reference", "notebooks")
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
ANSWER = "*Write your answer here.*"
CODE_TODO = ("# TODO: your code here.", "...")
KEPT_METADATA = ("tags", "cellView", "jupyter", "collapsed", "deletable", "editable")
CHECK = re.compile(r'check\("([A-Za-z_][\w.]*)"\)')
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class NotebookError(UsageError):
    """The notebook's text breaks a rule of the format; the message names file and cell."""


def grade_id(question: str) -> str:
    """nbgrader's id of a question: `knn.predict_labels` -> `knn-predict_labels` (it allows no dot)."""
    return question.replace(".", "-")


def notebook_sources(assignment: Assignment, root: Path = KIT_ROOT) -> dict[str, Path]:
    """Notebook name -> percent-format text, for the exercises of the assignment."""
    folder = root / REFERENCE / assignment.id
    return {name: folder / f"{name}.py" for e in assignment.exercises for name in e.notebooks}


def assignment_notebooks(
    course: Course, assignment: Assignment, *, root: Path = KIT_ROOT, solutions: bool = False
) -> dict[str, NotebookNode]:
    """All notebooks of an assignment by name, built from their texts.

    Raises:
        NotebookError: a text is missing or breaks a rule, or a question has no cell or two.
    """
    built: dict[str, NotebookNode] = {}
    for name, source in notebook_sources(assignment, root).items():
        try:
            text = source.read_text(encoding="utf-8")
        except OSError as e:
            raise NotebookError(f"{source.relative_to(root)}: {e.strerror}: the text of a notebook") from e
        exercise = assignment.exercise_of(name)
        built[name] = build_notebook(text, exercise, course, name=name, solutions=solutions, root=root)
    for exercise in assignment.exercises:
        _each_question_once(exercise, built, f"{assignment.id}/")
    return built


def _each_question_once(exercise: Exercise, built: Mapping[str, NotebookNode], where: str) -> None:
    asked = [q.id for q in exercise.questions] + [w.id for w in exercise.written]
    places: dict[str, list[str]] = {grade_id(id): [] for id in asked}
    for name in exercise.notebooks:
        for cell in built[name].cells:
            if "nbgrader" in cell.metadata:
                places[cell.metadata["nbgrader"]["grade_id"]].append(f"{where}{name}.py")
    wrong = {id: found for id, found in places.items() if len(found) != 1}
    if wrong:
        id, found = next(iter(wrong.items()))
        texts = " and ".join(found) or "none of " + ", ".join(f"{where}{name}.py" for name in exercise.notebooks)
        raise NotebookError(f"the cell of {id} stands in {texts}; expected one place")


def generate(
    check_only: bool = False, *, only: str = "", course: Course | None = None, root: Path = KIT_ROOT
) -> list[str]:
    """Write `notebooks/<assignment>/<notebook>.ipynb` for every notebook of the course.

    Args:
        check_only: compare, write nothing.
        only: an assignment; by default all.
        course: by default the course of the kit.
        root: the kit.

    Returns:
        The paths, relative to the kit, that differed from what they must be.
    """
    course = course or load_course()
    different = []
    for assignment in (course.assignment(only),) if only else course.assignments:
        for name, built in assignment_notebooks(course, assignment, root=root).items():
            target = root / "notebooks" / assignment.id / f"{name}.ipynb"
            data = dump_notebook(built)
            if not target.exists() or target.read_bytes() != data:
                different.append(target.relative_to(root).as_posix())
                if not check_only:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(data)
    return different


def build_notebook(
    text: str,
    exercise: Exercise,
    course: Course,
    *,
    name: str = "",
    solutions: bool = False,
    root: Path = KIT_ROOT,
) -> NotebookNode:
    """The notebook that a percent-format text describes.

    Args:
        text: the source.
        exercise: the exercise that it belongs to: where it is the only notebook, all questions must be in it.
        course: for the repository and the assignment.
        name: of the notebook; by default the exercise's first.
        solutions: keep the solution regions (to run the notebook with the reference).
        root: the kit, for the pictures.

    Raises:
        NotebookError: a rule of the format is broken.
    """
    assignment = course.assignment_of(exercise.name)
    name = name or exercise.notebooks[0]
    where = f"{assignment.id}/{name}.py"
    path = f"notebooks/{assignment.id}/{name}.ipynb"
    about = Notebook(course.repository, course.branch, assignment.id, path)
    parsed = jupytext.reads(text, fmt="py:percent")
    builder = _Builder(where, exercise, solutions)
    cells = []
    for number, cell in enumerate(parsed.cells, 1):
        source = fill_in(cell.source, about, f"{where}, cell {number}")
        if cell.cell_type == "markdown":
            source = put_in_pictures(source, root / REFERENCE / assignment.id, f"{where}, cell {number}")
        cells.append(builder.cell(number, cell.cell_type, source, dict(cell.metadata)))
    builder.finish(cells, text)
    return make_notebook(cells)


@dataclass
class _Builder:
    """Turns cells one by one and remembers what has been seen."""

    where: str
    exercise: Exercise
    solutions: bool

    def __post_init__(self) -> None:
        self.ids: set[str] = set()
        self.graded: set[str] = set()
        self.points = {q.id: q.points for q in self.exercise.questions}
        self.written = {w.id: w.points for w in self.exercise.written}

    def error(self, number: int, what: str) -> NotebookError:
        return NotebookError(f"{self.where}, cell {number}: {what}")

    def cell(self, number: int, kind: str, source: str, given: dict[str, Any]) -> dict[str, Any]:
        if kind not in ("code", "markdown"):
            raise self.error(number, f"a {kind} cell; expected code or markdown")
        metadata = {k: given[k] for k in KEPT_METADATA if k in given}
        answer = given.get("written")
        check = CHECK.fullmatch(source.strip()) if kind == "code" else None
        question = check.group(1) if check else None
        preferred = given.get("id")
        if not self.solutions:
            source = _strip(source, kind, lambda what: self.error(number, what))
        if answer is not None:
            self._claim(number, answer, self.written, "written question")
            if kind != "markdown":
                raise self.error(number, f"the answer {answer!r} must be a markdown cell")
            metadata["deletable"] = False
            metadata["nbgrader"] = _nbgrader(answer, self.written[answer], by_hand=True)
            preferred = preferred or f"answer-{answer.split('.', 1)[1]}"
        elif question in self.points:
            self._claim(number, question, self.points, "question")
            metadata |= {"deletable": False, "editable": False}
            metadata["nbgrader"] = _nbgrader(question, self.points[question], by_hand=False)
            preferred = preferred or f"check-{question.split('.', 1)[1].replace('.', '-')}"
        elif question is not None and "." in question:
            raise self.error(number, f"unknown question {question!r}; there is {', '.join(self.points)}")
        built: dict[str, Any] = {"cell_type": kind, "metadata": metadata, "source": source}
        if kind == "code":
            built |= {"execution_count": None, "outputs": []}
        built["id"] = self._id(number, preferred, kind, source)
        if "nbgrader" in metadata:
            metadata["nbgrader"]["cell_type"] = kind
            metadata["nbgrader"]["checksum"] = compute_checksum(node(built))
        return built

    def _claim(self, number: int, id: str, known: Mapping[str, float], what: str) -> None:
        if id not in known:
            raise self.error(number, f"unknown {what} {id!r}; there is {', '.join(known) or 'none'}")
        if id in self.graded:
            raise self.error(number, f"a second cell for {id}")
        self.graded.add(id)

    def _id(self, number: int, preferred: Any, kind: str, source: str) -> str:
        if preferred is not None:
            if not CELL_ID.fullmatch(str(preferred)) or preferred in self.ids:
                raise self.error(number, f"the id {preferred!r} is taken or has other than letters, digits, - and _")
            self.ids.add(str(preferred))
            return str(preferred)
        for again in range(1000):
            id = hashlib.sha256(f"{kind}\n{source}\n{again}".encode()).hexdigest()[:12]
            if id not in self.ids:
                break
        self.ids.add(id)
        return id

    def finish(self, cells: list[dict[str, Any]], text: str) -> None:
        missing = [id for id in (*self.points, *self.written) if id not in self.graded]
        if missing and len(self.exercise.notebooks) == 1:
            raise NotebookError(f"{self.where}: no cell for {', '.join(missing)}")
        if text.count("{{badge}}") != 1 or not cells or "colab.research" not in cells[0]["source"]:
            raise NotebookError(f"{self.where}: {{{{badge}}}} must stand once, in the first cell")
        code = "\n".join(c["source"] for c in cells if c["cell_type"] == "code")
        for name in ("STUDENT_NAME", "STUDENT_ID"):
            if not re.search(rf'^{name} = ""\s*(#.*)?$', code, re.MULTILINE):
                raise NotebookError(f'{self.where}: no code cell says {name} = "" at the start of a line')


def _nbgrader(question: str, points: float, *, by_hand: bool) -> dict[str, Any]:
    return {
        "grade": True,
        "grade_id": grade_id(question),
        "locked": not by_hand,
        "points": points,
        "schema_version": 3,
        "solution": by_hand,
        "task": False,
    }


def _strip(source: str, kind: str, error: Any) -> str:
    """The cell without its solution regions; strict about everything that looks like a marker."""
    kept: list[str] = []
    inside = False
    for line in source.splitlines():
        word = line.strip()
        if word == BEGIN:
            if inside:
                raise error(f"{BEGIN} inside a region")
            inside = True
            indent = line[: len(line) - len(line.lstrip())]
            kept += [indent + todo for todo in CODE_TODO] if kind == "code" else [ANSWER]
        elif word == END:
            if not inside:
                raise error(f"{END} without {BEGIN}")
            inside = False
        elif re.match(r"#.*SOLUTION", word) or re.search(r"(BEGIN|END)\W{0,3}SOLUTION", word, re.IGNORECASE):
            raise error(f"a misspelt marker: {word!r}; expected {BEGIN} or {END}")
        elif not inside:
            kept.append(line)
    if inside:
        raise error(f"{BEGIN} without {END}")
    return "\n".join(kept)
