"""`check("knn.predict_labels")` in a notebook: the visible checks on the student's file as it is, as a card.

What a card says is written in `autograder.reports.notebook`. Nothing is graded here, and nothing is printed to
stderr.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType

import torch

from autograder.course import Course, Question, load_course
from autograder.engine.errors import GraderFault, SubmissionError, UsageError
from autograder.engine.local import check_live
from autograder.engine.meter import measure
from autograder.engine.results import CheckResult
from autograder.reports import notebook as cards
from autograder.submit import submit
from deeprob.cards import Card, show
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
        parts = []
        for exercise in dict.fromkeys(q.exercise for q in questions):
            chosen = [q for q in questions if q.exercise == exercise]
            parts.append(self._exercise_card(exercise, chosen, device))
        return parts[0] if len(parts) == 1 else cards.summary(selection, parts)

    def _exercise_card(self, exercise: str, questions: list[Question], device: str) -> Card:
        small = ""
        try:
            small = f"{self.workspace.state(exercise)}" + (f" · on {device}" if device != "cpu" else "")
            module = self.workspace.exercise(exercise)
            refresh(module)
        except Exception as e:  # whatever the student's file raises when it is run, or that it is gone
            return cards.not_loaded(exercise, e, self.workspace.path(exercise), small)
        parts = []
        for question in questions:
            try:
                results = self._run(self.course, question.id, {exercise: module}, device)
            except UsageError as e:
                return Card("info", str(e))
            except Exception as e:  # a fault of the grader, never the student's
                return cards.fault(question.id, e)
            if not results:
                return cards.fault(question.id, GraderFault("no check was run"))
            parts.append(cards.question(question, results, self.workspace))
        return cards.exercise(exercise, parts, small)

    def _hand_in_card(self, student: str, name: str, notebook: str) -> Card:
        try:
            saved = self.workspace.save_running_notebook(notebook) if notebook else False
            folder = self.workspace.kit if self.workspace.place == "clone" else self.workspace.folder
            result = submit(self.workspace.assignment, folder, student=student, name=name, strict=False)
        except SubmissionError as e:
            return cards.not_ready(str(e).splitlines())
        except Exception as e:
            return cards.fault("hand-in", e)
        return cards.handed_in(result, saved)


def _device(device: str | None) -> str:
    if device != "auto":
        return device or "cpu"
    return "cuda" if torch.cuda.is_available() else "cpu"
