"""`check("knn.predict_labels")` in a notebook: the visible checks on the student's file as it is, as a card.

A passed question is one quiet line; a failed one says what was called, what came, what was expected, the
likely mistake and where to look. Nothing is graded here, and nothing is printed to stderr.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import torch

from autograder.course import Course, Question, load_course
from autograder.engine.errors import GraderFault, SubmissionError, UsageError
from autograder.engine.local import check_live
from autograder.engine.meter import measure
from autograder.engine.results import CheckResult
from deeprob.cards import Card, Row, Tone, show
from deeprob.guard import install_guard
from deeprob.live_module import refresh
from deeprob.plotting import use_style
from deeprob.workspace import Workspace

__all__ = ["Checker", "start"]

RunChecks = Callable[[Course, str, Mapping[str, ModuleType], str], list[CheckResult]]


def start(assignment: str) -> tuple[Workspace, Checker]:
    """What the set-up cell calls: finds the student's files, says which, and makes `check`."""
    use_style()
    install_guard()
    measure(lambda: torch.zeros(1), "")  # loads what torch loads at its first use, so that checks answer at once
    workspace = Workspace.open(assignment)
    return workspace, Checker(workspace)


class Checker:
    """`check(selection)`, `check.all()` and `check.hand_in(...)` for one workspace.

    Args:
        workspace: where the student's files are.
        course: by default the course of the kit.
        run: runs the checks; the engine's by default.
    """

    def __init__(self, workspace: Workspace, course: Course | None = None, run: RunChecks | None = None) -> None:
        self.workspace, self.course, self._run = workspace, course or load_course(), run or check_live

    def __call__(self, selection: str, device: str | None = None) -> None:
        """Check `"knn.predict_labels"`, `"knn"` or `"p1"`, and show what came out.

        Args:
            selection: a question, an exercise or an assignment.
            device: `cpu` (the default), `cuda`, or `auto` for the GPU where there is one.
        """
        show(self.card(selection, _device(device)))

    def all(self, device: str = "auto") -> None:
        """Every visible check of the assignment, on this machine's own device."""
        self(self.workspace.assignment, device)

    def hand_in(self, student: str, name: str = "", notebook: str = "") -> None:
        """Build the file to hand in, and say where it is or what is missing.

        Args:
            student: the student's id, as the course knows it.
            name: the student's name.
            notebook: the exercise whose notebook is open: on Colab it is saved first.
        """
        show(self._hand_in_card(student, name, notebook))

    def card(self, selection: str, device: str = "cpu") -> Card:
        """The card that a call shows."""
        try:
            questions = self.course.select(selection)
        except UsageError as e:
            return Card("info", str(e))
        cards = []
        for exercise in dict.fromkeys(q.exercise for q in questions):
            chosen = [q for q in questions if q.exercise == exercise]
            cards.append(self._exercise_card(exercise, chosen, device))
        return cards[0] if len(cards) == 1 else _summary(selection, cards)

    def _exercise_card(self, exercise: str, questions: list[Question], device: str) -> Card:
        small = ""
        try:
            small = f"{self.workspace.state(exercise)}" + (f" · on {device}" if device != "cpu" else "")
            module = self.workspace.exercise(exercise)
            refresh(module)
        except Exception as e:  # whatever the student's file raises when it is run, or that it is gone
            return Card(
                "bad",
                f"{exercise}.py cannot be loaded.",
                _load_rows(e, self.workspace.path(exercise)),
                small=small,
            )
        parts = []
        for question in questions:
            try:
                with _one_thread():
                    results = self._run(self.course, question.id, {exercise: module}, device)
            except Exception as e:  # a fault of the grader, never the student's
                return _fault_card(question.id, e)
            if not results:
                return _fault_card(question.id, GraderFault("no check was run"))
            parts.append(self._question_card(question, results))
        if len(parts) == 1:
            return replace(parts[0], small=small)
        parts = [p if p.tone == "bad" else replace(p, rows=()) for p in parts]
        passed = sum(p.tone == "good" for p in parts)
        tone: Tone = "good" if passed == len(parts) else "info"
        return Card(
            tone,
            f"{exercise}: {passed} of {len(parts)} questions pass their visible checks.",
            (),
            tuple(parts),
            small,
        )

    def _question_card(self, question: Question, results: list[CheckResult]) -> Card:
        count = f"{len(results)} visible check{'s' if len(results) > 1 else ''}"
        if all(r.passed for r in results):
            return Card("good", f"{question.id}: passed, {count}")
        first = next(r for r in results if not r.passed)
        if first.outcome == "not_attempted":
            next_step = Row("next step", f"{self._place(question)}: write it there and save")
            return Card("todo", f"{question.id}: not implemented yet", (next_step,))
        rows: tuple[Row, ...] = (
            Row("check", first.title),
            *_finding_rows(first),
            Row("look at", self._place(question)),
        )
        others = [r for r in results if not r.passed and r is not first]
        also = [f"{r.title}: {_WORDS[r.outcome]}" for r in others if r.outcome != "blocked"]
        waiting = len(others) - len(also)
        if waiting:
            also.append(f"{waiting} more {'checks wait' if waiting > 1 else 'check waits'} for this one")
        if also:
            rows += (Row("also", "\n".join(also)),)
        passed = sum(r.passed for r in results)
        return Card("bad", f"{question.id}: {_WORDS[first.outcome]}, {passed} of {count} passed", rows)

    def _place(self, question: Question) -> str:
        """Where this question is explained and where its code stands."""
        places = []
        section = _section(self.workspace.notebook(question.exercise), question.id)
        if section:
            places.append(f"the section “{section}” of the notebook")
        line = _line_of(self.workspace.path(question.exercise), question.name)
        places.append(f"{question.name} in {question.exercise}.py" + (f", line {line}" if line else ""))
        return ", and ".join(places)

    def _hand_in_card(self, student: str, name: str, notebook: str) -> Card:
        try:
            from autograder.submit import submit

            saved = self.workspace.save_running_notebook(notebook) if notebook else False
            folder = self.workspace.folder if self.workspace.place != "clone" else self.workspace.kit
            result = submit(self.workspace.assignment, folder, student=student, name=name, strict=False)
        except SubmissionError as e:
            return Card("todo", "Not ready to hand in yet.", tuple(Row("", line) for line in str(e).splitlines()))
        except Exception as e:
            return _fault_card("hand-in", e)
        if result.path is None:
            return Card("todo", "Not ready to hand in yet.", tuple(Row("", p.split(", or give --")[0]) for p in result.problems))
        rows = [Row("file", str(result.path), code=True), Row("holds", ", ".join(map(str, result.files)))]
        rows += [Row("note", warning) for warning in result.warnings]
        if not saved:
            rows.append(Row("note", "the notebook goes in as it was last saved: save it before you run this cell"))
        return Card("good", "Ready: hand in this file.", tuple(rows))


_WORDS = {
    "failed": "not yet right",
    "error": "raises an exception",
    "forbidden": "uses what this question does not allow",
    "timeout": "takes too long",
    "crashed": "crashed",
    "blocked": "waits for the checks before it",
    "not_attempted": "not implemented yet",
}


def _finding_rows(result: CheckResult) -> tuple[Row, ...]:
    finding, rows, wrong = result.finding, [], ""
    if finding is not None:
        wrong = "\n".join(
            filter(
                None,
                (finding.first_wrong, finding.largest_error and f"largest error {finding.largest_error}"),
            )
        )
        for label, text in (
            ("called", finding.called),
            ("came", finding.came),
            ("expected", finding.expected),
        ):
            if text:
                rows.append(Row(label, text, code=True))
        if wrong:
            rows.append(Row("wrong at", wrong, code=True))
    if result.message and not wrong:
        rows.append(Row("finding", result.message))
    if result.diagnosis:
        rows.append(Row("likely", result.diagnosis))
    return tuple(rows)


def _load_rows(error: Exception, path: Path) -> tuple[Row, ...]:
    if isinstance(error, SyntaxError):
        return (
            Row("where", f"{path}, line {error.lineno}"),
            Row("line", (error.text or "").strip(), code=True),
            Row("says", f"{type(error).__name__}: {error.msg}"),
        )
    import traceback

    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    where = (Row("where", f"{path}, line {lines[-1]}"),) if lines else ()
    return (*where, Row("says", f"{type(error).__name__}: {error}"))


def _fault_card(what: str, error: Exception) -> Card:
    rows = (
        Row("says", f"{type(error).__name__}: {error}"),
        Row(
            "next step",
            "this is no mistake of yours and costs you nothing: tell your instructor what this card says",
        ),
    )
    return Card("fault", f"{what}: the grader itself failed.", rows)


def _summary(selection: str, cards: list[Card]) -> Card:
    tone: Tone = "good" if all(c.tone == "good" for c in cards) else "info"
    title = f"{selection}: all visible checks pass." if tone == "good" else f"{selection}: not finished yet."
    return Card(tone, title, (), tuple(cards))


@contextmanager
def _one_thread() -> Iterator[None]:
    """The inputs of checks are small: on a busy machine, more threads wait for one another for seconds."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _device(device: str | None) -> str:
    if device != "auto":
        return device or "cpu"
    return "cuda" if torch.cuda.is_available() else "cpu"


def _section(notebook: Path, question: str) -> str:
    """The heading above the check cell of this question; empty when the notebook cannot be read."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return ""
    heading = ""
    for cell in cells:
        source = "".join(cell.get("source", ""))
        if cell.get("cell_type") == "markdown":
            found = re.findall(r"^#+ +(.+)$", source, re.MULTILINE)
            heading = found[-1] if found else heading
        elif f'check("{question}")' in source:
            return heading.strip()
    return ""


def _line_of(path: Path, name: str) -> int:
    """The line of `def name` or `class name`; 0 when there is none."""
    pattern = re.compile(rf"(def|class) {re.escape(name.split('.')[-1])}\b")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    return next((n for n, line in enumerate(lines, 1) if pattern.match(line.strip())), 0)
