"""course.toml, read once, validated, frozen: Course -> Assignment -> Exercise -> Question.

Everything that names an assignment, an exercise or a question anywhere in the kit gets it from here.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from autograder.engine.errors import UsageError

__all__ = ["Assignment", "Course", "Exercise", "Limits", "Question", "WrittenQuestion", "load_course"]

KIT_ROOT = Path(__file__).resolve().parent.parent


class CourseError(UsageError):
    """course.toml says something that cannot be; the message names the place."""


@dataclass(frozen=True)
class Limits:
    """What one check may use, and whether it gets a process of its own."""

    seconds: float
    memory_mib: int
    processes: int
    file_mib: int
    answer_mib: int
    fresh_process: bool = False


@dataclass(frozen=True)
class Question:
    """One function or class to implement. `loops` is the deepest nesting of loops allowed, None for any."""

    id: str  # "knn.predict_labels"
    points: float
    loops: int | None = None

    @property
    def name(self) -> str:
        return self.id.split(".", 1)[1]

    @property
    def exercise(self) -> str:
        return self.id.split(".", 1)[0]


@dataclass(frozen=True)
class WrittenQuestion:
    """An answer in words in the exercise's notebook, graded by hand."""

    id: str
    points: float


@dataclass(frozen=True)
class Exercise:
    """One module with TODOs and its notebooks.

    Attributes:
        name: of the module.
        notebooks: their names; together they hold a check cell for each question. By default one, named as the module.
        uses: earlier exercises that the module imports; grading puts the reference of them in their place.
        forbidden: dotted names.
        extra: files handed in beside the module and the notebooks, such as trained weights; a submission may lack them.
        questions, written: what is worth points.
    """

    name: str
    notebooks: tuple[str, ...]
    uses: tuple[str, ...]
    extra: tuple[str, ...]
    forbidden: tuple[str, ...]
    questions: tuple[Question, ...]
    written: tuple[WrittenQuestion, ...]

    @property
    def file(self) -> str:
        return f"{self.name}.py"

    @property
    def module(self) -> str:
        return f"deeprob.exercises.{self.name}"


@dataclass(frozen=True)
class Assignment:
    """What is released and collected as one folder."""

    id: str  # "p1_classifiers"
    short: str  # "p1"
    title: str
    due: datetime | None
    late_percent_per_day: float
    exercises: tuple[Exercise, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(q for e in self.exercises for q in e.questions)

    @property
    def max_score(self) -> float:
        return sum(q.points for q in self.questions)

    @property
    def files(self) -> tuple[str, ...]:
        """The files a submission consists of; nothing else is taken from it."""
        modules = tuple(e.file for e in self.exercises)
        return modules + tuple(f"{n}.ipynb" for e in self.exercises for n in e.notebooks) + self.extra

    @property
    def extra(self) -> tuple[str, ...]:
        """Those files that a submission may lack: what belongs to one question, not to the whole."""
        return tuple(f for e in self.exercises for f in e.extra)

    def exercise(self, name: str) -> Exercise:
        return _one(self.exercises, "name", name, f"exercise of {self.short}")

    def exercise_of(self, notebook: str) -> Exercise:
        """The exercise that this notebook (a name without `.ipynb`) belongs to."""
        return next(e for e in self.exercises if notebook in e.notebooks)


@dataclass(frozen=True)
class Course:
    id: str
    title: str
    repository: str
    branch: str
    limits: Limits
    assignments: tuple[Assignment, ...]

    def assignment(self, name: str) -> Assignment:
        """The assignment with this id ("p1_classifiers") or short name ("p1")."""
        for assignment in self.assignments:
            if name in (assignment.id, assignment.short):
                return assignment
        return _one(self.assignments, "short", name, "assignment")

    def exercise(self, name: str) -> Exercise:
        return _one(tuple(e for a in self.assignments for e in a.exercises), "name", name, "exercise")

    def question(self, id: str) -> Question:
        return _one(tuple(q for a in self.assignments for q in a.questions), "id", id, "question")

    def part(self, name: str) -> Assignment:
        """The assignment of this name; for an exercise or a question its assignment with nothing else in it."""
        chosen = {q.id for q in self.select(name)}
        assignment = next(a for a in self.assignments if any(q.id in chosen for q in a.questions))
        parts = (
            replace(e, questions=tuple(q for q in e.questions if q.id in chosen))
            for e in assignment.exercises
            if any(q.id in chosen for q in e.questions)
        )
        return replace(assignment, exercises=tuple(parts))

    def used_by(self, exercise: Exercise) -> tuple[Exercise, ...]:
        """The earlier exercises that this one imports, and those that they import, in the order of the course."""
        names = set(exercise.uses)
        for name in exercise.uses:
            names |= {e.name for e in self.used_by(self.exercise(name))}
        return tuple(e for a in self.assignments for e in a.exercises if e.name in names)

    def assignment_of(self, exercise: str) -> Assignment:
        return next(a for a in self.assignments if any(e.name == exercise for e in a.exercises))

    def select(self, name: str) -> tuple[Question, ...]:
        """The questions that `p1`, `p1_classifiers`, `knn` or `knn.predict_labels` stands for."""
        for a in self.assignments:
            if name in (a.id, a.short):
                return a.questions
            for e in a.exercises:
                if name == e.name:
                    return e.questions
                if name.startswith(e.name + "."):
                    return (_one(e.questions, "id", name, "question"),)
        known = [n for a in self.assignments for n in (a.id, a.short, *(e.name for e in a.exercises))]
        known += [q.id for a in self.assignments for q in a.questions]  # for one whose exercise is misspelt
        raise UsageError(_unknown("assignment, exercise or question", name, known))


def load_course(path: Path | None = None) -> Course:
    """Read and validate a course file.

    Args:
        path: the file; by default the `course.toml` beside the kit.

    Raises:
        CourseError: a missing file, a syntax error, an unknown or missing key, a value out of range.
    """
    path = path or KIT_ROOT / "course.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise CourseError(f"cannot read {path}: {e.strerror}") from e
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise CourseError(f"{path}: {e}") from e
    reader = _Reader(path, "", data)
    course = reader.table("course")
    limits = reader.table("limits")
    exercises = [(name, table) for name, table in reader.table("exercises").tables()]
    assignments = [(name, table) for name, table in reader.table("assignments").tables()]
    reader.done()
    by_assignment: dict[str, list[Exercise]] = {name: [] for name, _ in assignments}
    for name, table in exercises:
        owner = table.get("assignment", str)
        if owner not in by_assignment:
            raise table.error("assignment", _unknown("assignment", owner, list(by_assignment)))
        by_assignment[owner].append(_exercise(name, table))
    result = Course(
        id=course.get("id", str),
        title=course.get("title", str),
        repository=course.get("repository", str),
        branch=course.get("branch", str),
        limits=Limits(
            seconds=limits.number("seconds"),
            memory_mib=int(limits.number("memory_mib")),
            processes=int(limits.number("processes")),
            file_mib=int(limits.number("file_mib")),
            answer_mib=int(limits.number("answer_mib")),
            fresh_process=limits.get("fresh_process", bool, False),
        ),
        assignments=tuple(_assignment(name, table, by_assignment[name]) for name, table in assignments),
    )
    course.done()
    limits.done()
    _validate_names(path, result)
    shorts = [a.short for a in result.assignments]
    if len(set(shorts)) != len(shorts):
        raise CourseError(f"{path}: two assignments share a short name: {', '.join(shorts)}")
    return result


def _validate_names(path: Path, course: Course) -> None:
    """What an exercise uses comes before it; no two exercises share a notebook."""
    before: list[str] = []
    taken: dict[str, str] = {}
    for exercise in (e for a in course.assignments for e in a.exercises):
        where = f"{path}: exercises.{exercise.name}"
        for name in exercise.uses:
            if name not in before:
                raise CourseError(f"{where}.uses: {_unknown('earlier exercise', name, before)}")
        for notebook in exercise.notebooks:
            if notebook in taken:
                raise CourseError(f"{where}.notebooks: {notebook} is a notebook of {taken[notebook]} already")
            taken[notebook] = exercise.name
        before.append(exercise.name)


def _assignment(name: str, table: _Reader, exercises: list[Exercise]) -> Assignment:
    if not exercises:
        raise table.error("", "no exercise names this assignment")
    due = table.get("due", datetime, None)
    if due is not None and due.tzinfo is None:
        raise table.error("due", "expected a time with an offset, such as 2027-02-05T23:59:00-05:00")
    assignment = Assignment(
        id=name,
        short=table.get("short", str),
        title=table.get("title", str),
        due=due,
        late_percent_per_day=table.number("late_percent_per_day", 0, at_least=0, at_most=100),
        exercises=tuple(exercises),
    )
    table.done()
    return assignment


def _exercise(name: str, table: _Reader) -> Exercise:
    questions = []
    for question, row in table.table("questions").tables():
        loops = row.get("loops", int, None)
        if loops is not None and loops < 0:
            raise row.error("loops", f"expected a number from 0 up, got {loops}")
        questions.append(Question(f"{name}.{question}", row.number("points"), loops))
        row.done()
    written = []
    for question, row in table.table("written", optional=True).tables():
        written.append(WrittenQuestion(f"{name}.{question}", row.number("points")))
        row.done()
    if not questions:
        raise table.error("questions", "expected at least one question")
    exercise = Exercise(
        name,
        table.names("notebooks", (name,)),
        table.names("uses"),
        _files_beside(table),
        table.names("forbidden"),
        tuple(questions),
        tuple(written),
    )
    table.done()
    return exercise


def _files_beside(table: _Reader) -> tuple[str, ...]:
    names = table.names("files")
    for name in names:
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)+", name) or name.endswith((".py", ".ipynb")):
            raise table.error("files", f"expected names of files such as weights.pt, got {name!r}")
    return names


_MISSING: Any = object()
Item = TypeVar("Item")


class _Reader:
    """A TOML table that knows where it stands and complains about keys nobody asked for."""

    def __init__(self, path: Path, where: str, data: dict[str, Any]) -> None:
        self.path, self.where, self.data = path, where, dict(data)

    def error(self, key: str, what: str) -> CourseError:
        place = ".".join(filter(None, (self.where, key)))
        return CourseError(f"{self.path}: {place}: {what}")

    def get(self, key: str, kind: type, default: Any = _MISSING) -> Any:
        value = self.data.pop(key, default)
        if value is _MISSING:
            raise self.error(key, f"missing; expected {kind.__name__}")
        if value is not default and (not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool)):
            raise self.error(key, f"expected {kind.__name__}, got {value!r}")
        return value

    def names(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        value = self.get(key, list, list(default))
        if not all(isinstance(v, str) and v for v in value) or len(set(value)) < len(value):
            raise self.error(key, f"expected a list of different names, got {value!r}")
        return tuple(value)

    def number(self, key: str, default: Any = _MISSING, *, at_least: float = 1e-9, at_most: float = 1e9) -> float:
        value = self.data.pop(key, default)
        if value is _MISSING:
            raise self.error(key, "missing; expected a number")
        if isinstance(value, bool) or not isinstance(value, int | float) or not at_least <= value <= at_most:
            raise self.error(key, f"expected a number from {at_least:g} to {at_most:g}, got {value!r}")
        return float(value)

    def table(self, key: str, optional: bool = False) -> _Reader:
        value = self.get(key, dict, {} if optional else _MISSING)
        return _Reader(self.path, ".".join(filter(None, (self.where, key))), value)

    def tables(self) -> list[tuple[str, _Reader]]:
        names = list(self.data)
        for name in names:
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?", name):
                raise self.error(name, "expected a Python name")
        return [(name, self.table(name)) for name in names]

    def done(self) -> None:
        if self.data:
            raise self.error(next(iter(self.data)), "unknown key")


def _one(items: tuple[Item, ...], key: str, value: str, what: str) -> Item:
    for item in items:
        if getattr(item, key) == value:
            return item
    raise UsageError(_unknown(what, value, [getattr(item, key) for item in items]))


def _unknown(what: str, value: str, known: list[str]) -> str:
    near = difflib.get_close_matches(value, known, 1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there is {', '.join(known[:8])}" + ", ..." * (len(known) > 8)
    return f"unknown {what} {value!r}{hint}"
