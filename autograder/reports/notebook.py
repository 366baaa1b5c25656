"""What a notebook's cards say: results and faults in a student's words. No I/O but reading the student's own files."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from autograder.course import Question
from autograder.engine.results import CheckResult
from autograder.submit import HandIn
from deeprob.cards import Card, Row, Tone
from deeprob.workspace import Workspace

__all__ = ["exercise", "fault", "handed_in", "not_loaded", "not_ready", "question", "summary"]

_WORDS = {
    "failed": "not yet right",
    "error": "raises an exception",
    "forbidden": "uses what this question does not allow",
    "timeout": "takes too long",
    "crashed": "crashed",
    "blocked": "waits for the checks before it",
    "not_attempted": "not implemented yet",
}


def question(asked: Question, results: Sequence[CheckResult], workspace: Workspace) -> Card:
    """One question: a line when it passed, else its first failed check in full and the others in a line each."""
    count = f"{len(results)} visible check{'s' if len(results) > 1 else ''}"
    failed = [r for r in results if not r.passed]
    if not failed:
        return Card("good", f"{asked.id}: passed, {count}")
    first, place = failed[0], _place(asked, workspace)
    if first.outcome == "not_attempted":
        next_step = Row("next step", f"write it and save; see {place}")
        return Card("todo", f"{asked.id}: not implemented yet", (next_step,))
    also = [f"{r.title}: {_WORDS[r.outcome]}" for r in failed[1:] if r.outcome != "blocked"]
    waiting = len(failed) - 1 - len(also)
    if waiting:
        also.append(f"{waiting} more {'checks wait' if waiting > 1 else 'check waits'} for this one")
    if not first.diagnosis:
        first = replace(first, diagnosis=next((r.diagnosis for r in failed if r.diagnosis), ""))
    rows = [Row("check", first.title), *_finding_rows(first), Row("look at", place)]
    if also:
        rows.append(Row("also", "\n".join(also)))
    passed = len(results) - len(failed)
    return Card("bad", f"{asked.id}: {_WORDS[first.outcome]}, {passed} of {count} passed", tuple(rows))


def exercise(name: str, parts: Sequence[Card], small: str) -> Card:
    """The questions of one exercise; `small` names the file that was checked."""
    if len(parts) == 1:
        return replace(parts[0], small=small)
    passed = sum(part.tone == "good" for part in parts)
    tone: Tone = "good" if passed == len(parts) else "info"
    brief = tuple(part if part.tone == "bad" else replace(part, rows=()) for part in parts)
    return Card(tone, f"{name}: {passed} of {len(parts)} questions pass their visible checks.", (), brief, small)


def summary(selection: str, parts: Sequence[Card]) -> Card:
    """Several exercises."""
    tone: Tone = "good" if all(c.tone == "good" for c in parts) else "info"
    title = f"{selection}: all visible checks pass." if tone == "good" else f"{selection}: not finished yet."
    return Card(tone, title, (), tuple(parts))


def not_loaded(name: str, error: Exception, path: Path, small: str) -> Card:
    """The student's file does not parse, raises when it is run, or is gone."""
    return Card("bad", f"{name}.py cannot be loaded.", _load_rows(error, path), small=small)


def fault(what: str, error: Exception) -> Card:
    """The grader is broken, or something it stands on: never the student's fault."""
    rows = (
        Row("says", f"{type(error).__name__}: {error}"),
        Row(
            "next step",
            "this is no mistake of yours and costs you nothing: tell your instructor what this card says",
        ),
    )
    return Card("fault", f"{what}: the grader itself failed.", rows)


def not_ready(problems: Sequence[str]) -> Card:
    """Hand-in: what is still missing."""
    rows = tuple(Row("", problem.split(", or give --")[0]) for problem in problems)
    return Card("todo", "Not ready to hand in yet.", rows)


def handed_in(result: HandIn, saved: bool) -> Card:
    """Hand-in: where the file is, or what is missing; `saved` when the open notebook was saved on the way."""
    if result.path is None:
        return not_ready(result.problems)
    rows = [Row("file", str(result.path), code=True), Row("holds", ", ".join(result.files))]
    rows += [Row("note", warning) for warning in result.warnings]
    if not saved:
        rows.append(Row("note", "the notebook goes in as it was last saved: save it before you run this cell"))
    return Card("good", "Ready: hand in this file.", tuple(rows))


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
            Row("where", f"{error.filename or path}, line {error.lineno}"),
            Row("line", (error.text or "").strip(), code=True),
            Row("says", f"{type(error).__name__}: {error.msg}"),
        )
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    where = (Row("where", f"{path}, line {lines[-1]}"),) if lines else ()
    return (*where, Row("says", f"{type(error).__name__}: {error}"))


def _place(asked: Question, workspace: Workspace) -> str:
    """Where this question is explained and where its code stands."""
    sections = (_section(path, asked.id) for path in workspace.notebooks_of(asked.exercise))
    section = next(filter(None, sections), "")
    line = _line_of(workspace.path(asked.exercise), asked.name)
    code = f"{asked.name} in {asked.exercise}.py" + (f", line {line}" if line else "")
    return f"the section “{section}” of the notebook, and {code}" if section else code


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
