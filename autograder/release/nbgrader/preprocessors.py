"""The two steps that stand in nbgrader's autograde pipeline in place of running the student's notebook.

`RebuildNotebook` (sanitising) makes of whatever was handed in a valid notebook with our graded cells.
`ShowFindings` (autograding) gives every graded cell the points and the findings of this engine, in the form
that nbgrader's own `SaveAutoGrades` reads: an execute_result whose plain text is the points. No kernel is
started.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Any as AnyTrait
from traitlets import Unicode

from autograder.engine.errors import GraderFault
from autograder.engine.results import QuestionResult
from autograder.release.nbgrader.handed_in import HandedIn
from autograder.release.nbgrader.rebuild import GradedCell, rebuild
from autograder.release.nbgrader.session import GradingSession, open_engine
from autograder.release.nbio import node, parse_notebook
from autograder.release.notebooks import grade_id
from autograder.reports.card import question_card
from autograder.reports.words import points

__all__ = ["RebuildNotebook", "ShowFindings"]

Resources = dict[str, Any]


class RebuildNotebook(NbGraderPreprocessor):  # type: ignore[misc]
    """Puts the student's cells and the released graded cells together."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        about = resources["nbgrader"]
        handed_in: HandedIn = about["handed_in"]
        released = parse_notebook(Path(about["released"]).read_bytes())
        graded = graded_cells(about["db_url"], about["assignment"], about["notebook"])
        rebuilt, notes = rebuild(released, graded, handed_in.cells)
        problems = [*handed_in.problems, *notes]
        for problem in problems:
            self.log.warning("%s, %s: %s", about["student"], about["notebook"], problem)
        if problems:
            rebuilt.cells.insert(0, _notice(problems, handed_in.cells is None))
        return rebuilt, resources


class ShowFindings(NbGraderPreprocessor):  # type: ignore[misc]
    """Grades the submission and writes each question's findings and points below its check cell."""

    sandbox = Unicode("auto", help="auto, bubblewrap or process").tag(config=True)
    device = Unicode("cpu", help="cpu or cuda").tag(config=True)
    engine = AnyTrait(open_engine, help="opens the grader").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        about = resources["nbgrader"]
        session: GradingSession = about["session"](engine=self.engine, sandbox=self.sandbox, device=self.device)
        result = session.result(Path(about["submitted"]), about["assignment"], about["student"])
        questions = {grade_id(q.id): q for q in result.questions}
        for cell in nb.cells:
            nbgrader = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code" and nbgrader.get("grade"):
                cell.outputs = [_output(nbgrader, questions)]
        tell = self.log.info if result.sandbox == "bubblewrap" else self.log.warning
        tell("%s, %s: sandbox %s, %s", about["student"], about["notebook"], result.sandbox, result.device)
        return nb, resources


def graded_cells(db_url: str, assignment: str, notebook: str) -> list[GradedCell]:
    """What the gradebook says of a notebook's graded cells, in the notebook's order."""
    with Gradebook(db_url) as gradebook:
        registered = gradebook.find_notebook(notebook, assignment)
        by_hand = {cell.name for cell in registered.solution_cells}
        sources = {cell.name: cell for cell in registered.source_cells}
        return [
            GradedCell(
                id=cell.name,
                kind=cell.cell_type,
                source=sources[cell.name].source,
                points=cell.max_score,
                by_hand=cell.name in by_hand,
                checksum=sources[cell.name].checksum,
            )
            for cell in registered.grade_cells
        ]


def _output(nbgrader: Mapping[str, Any], questions: Mapping[str, QuestionResult]) -> NotebookNode:
    question = questions.get(nbgrader["grade_id"])
    if question is None:
        raise GraderFault(f"the gradebook has a cell {nbgrader['grade_id']}, but course.toml has no such question")
    if question.max_points != nbgrader["points"]:
        raise GraderFault(
            f"{question.id} is worth {points(nbgrader['points'])} points in the gradebook and "
            f"{points(question.max_points)} in course.toml; run `python -m autograder release` again"
        )
    data = {"text/plain": repr(float(question.points)), "text/html": question_card(question)}
    return node({"output_type": "execute_result", "execution_count": None, "data": data, "metadata": {}})


def _notice(problems: list[str], unreadable: bool) -> NotebookNode:
    """A cell at the top that tells the student what was not as expected."""
    lines = ["**About this notebook as it was handed in**", ""]
    lines += [f"- {_quoted(problem)}." for problem in problems[:20]]
    if unreadable:
        lines += [
            "",
            "Below is the notebook as it was released. The points of the Python file do not depend on it; "
            "answers in words count as not given.",
        ]
    return node({"id": "notice", "cell_type": "markdown", "metadata": {}, "source": "\n".join(lines)})


def _quoted(text: str) -> str:
    """Words that may hold a student's characters, as markdown that does nothing."""
    return "".join(c if c.isalnum() or c in " .,:;_-+/'()" else " " for c in text)
