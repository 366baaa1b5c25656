"""`autograder check`: the visible checks on the student's own files, in a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from autograder.course import Assignment, Course, Exercise, Question, load_course
from autograder.engine.check import load_checks
from autograder.engine.device import resolve_device
from autograder.engine.errors import UsageError
from autograder.engine.local import check_module, import_failure
from autograder.engine.results import CheckResult
from autograder.engine.run import unable
from autograder.engine.submission import places
from autograder.engine.worker import load_module
from autograder.reports.words import OUTCOME_WORDS, plain, stopped_together

__all__ = ["check_own_files", "find_file"]

WAITS = re.compile(r"waits for [\w.]+, which is not implemented yet")


def check_own_files(what: str | None, device: str, say: Callable[[str], None]) -> list[CheckResult]:
    """Check `p1`, `knn` or `knn.predict_labels`, or, for None, the exercises that lie in this folder.

    Args:
        say: gets one line at a time.

    Raises:
        UsageError: an unknown name or device, or a file that is not there.
    """
    course = load_course()
    resolve_device(device)
    questions = course.select(what) if what else _here(course)
    results: list[CheckResult] = []
    modules: dict[str, ModuleType | str] = {}
    for question in questions:
        exercise = course.exercise(question.exercise)
        if exercise.name not in modules:
            path = find_file(course.assignment_of(exercise.name), exercise)
            say(f"{path}")
            modules[exercise.name] = _load_earlier(course, exercise) or _load(exercise, path)
            if isinstance(modules[exercise.name], str):
                say(f"  raised an error when it was loaded: {plain(modules[exercise.name], 600)}")
        module = modules[exercise.name]
        if isinstance(module, str):
            results += unable(load_checks(exercise, hidden=False)[question.id], "error", module)
            continue
        checks = check_module(course, exercise, question, module, device)
        results += checks
        _say_question(question.id, checks, say)
    passed = sum(r.passed for r in results)
    say(f"{passed} of {len(results)} visible checks passed")
    return results


def _load_earlier(course: Course, exercise: Exercise) -> str:
    """Load one's own files of the exercises that this one imports; why one of them cannot be loaded, or nothing.

    Where there is none, `import` finds the kit's skeleton.
    """
    for earlier in course.used_by(exercise):
        try:
            path = find_file(course.assignment_of(earlier.name), earlier)
        except UsageError:
            continue
        loaded = _load(earlier, path)
        if isinstance(loaded, str):
            return f"{exercise.file} imports {earlier.file} ({path}): {loaded}"
    return ""


def find_file(assignment: Assignment, exercise: Exercise) -> Path:
    """The exercise's file, from this folder up: flat, or as in the kit."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        for place in places(exercise.file, assignment):
            if (folder / place).is_file():
                return folder / place
    raise UsageError(f"there is no {exercise.file} in {here}; go to the folder with your files")


def _here(course: Course) -> tuple[Question, ...]:
    for assignment in course.assignments:
        try:
            for exercise in assignment.exercises:
                find_file(assignment, exercise)
        except UsageError:
            continue
        return assignment.questions
    raise UsageError("none of the course's files are in this folder; go to the folder with your files")


def _load(exercise: Exercise, path: Path) -> ModuleType | str:
    """The module, or why it cannot be imported."""
    try:
        return load_module(exercise.module, str(path), path.read_bytes())
    except (Exception, SystemExit) as e:
        return import_failure(e, exercise.file)


def _say_question(question: str, checks: list[CheckResult], say: Callable[[str], None]) -> None:
    if all(c.passed for c in checks):
        say(f"  passed        {question}")
        return
    stopped = [c for c in checks if c.outcome not in ("passed", "blocked", "not_attempted")]
    if not stopped:
        say(f"  not yet       {question}")
        for reason in dict.fromkeys(c.message for c in checks if WAITS.match(c.message)):
            say(f"      {plain(reason, 300)}")
        return
    say(f"  {OUTCOME_WORDS[stopped[0].outcome].split(':')[0]:13} {question}")
    for group in stopped_together(stopped):
        c = group[0]
        say(f"      {c.title}" if len(group) == 1 else f"      {len(group)} checks, for one reason")
        say(f"        {plain(c.message, 600)}")
        if c.finding and c.finding.called:
            say(f"        called: {plain(c.finding.called, 300)}")
        if c.diagnosis:
            say(f"        likely mistake: {c.diagnosis}")
