"""What tests of the grader share: the course, and warm graders that take a submission with some functions replaced."""

from __future__ import annotations

import textwrap
from contextlib import ExitStack
from dataclasses import replace

import pytest
import torch

from autograder.course import KIT_ROOT, Assignment, Course, load_course
from autograder.engine.grade import Grader
from autograder.engine.results import CheckResult
from autograder.engine.sandbox import best_level
from autograder.engine.submission import Submission

SECRET = b"the secret of the tests, 32 bytes"


def pytest_collection_modifyitems(config, items):
    """Tests for a GPU are not collected where there is none, so that a skip never counts as a pass."""
    if torch.cuda.is_available():
        return
    left_out = [item for item in items if item.get_closest_marker("cuda")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def course() -> Course:
    return load_course()


@pytest.fixture(scope="session")
def p1(course: Course) -> Assignment:
    return course.assignment("p1")


# For a student's code that spoils what it was given: its right answer, kept from that.
COPIED = """
def _copied(value):
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, dict):
        return {k: _copied(v) for k, v in value.items()}
    return type(value)(map(_copied, value)) if type(value) in (list, tuple) else value
"""


def reference_source(exercise: str) -> str:
    return (KIT_ROOT / "autograder" / "reference" / "exercises" / f"{exercise}.py").read_text(encoding="utf-8")


class Bench:
    """Warm graders at one level, for the reference with code appended that defines functions anew."""

    def __init__(self, course: Course, level: str, **limits: float) -> None:
        self.course, self.level = replace(course, limits=replace(course.limits, **limits)), level
        self.stack = ExitStack()
        self.graders: dict[str, Grader] = {}

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stack.close()

    @property
    def grader(self) -> Grader:
        """The grader of project 1."""
        return self.grader_of("knn")

    def grader_of(self, exercise: str) -> Grader:
        assignment = self.course.assignment_of(exercise)
        if assignment.short not in self.graders:
            grader = Grader(self.course, assignment, secret=SECRET, sandbox=self.level)
            self.graders[assignment.short] = self.stack.enter_context(grader)
        return self.graders[assignment.short]

    def submission(self, code: str = "", exercise: str = "knn", name: str = "ada") -> Submission:
        source = reference_source(exercise) + "\n\n" + textwrap.dedent(code)
        return Submission(name, {f"{exercise}.py": source.encode("utf-8", "surrogatepass")})

    def grade(self, code: str, question: str, name: str = "ada") -> dict[str, CheckResult]:
        """Results of one question, by the checks' short names."""
        exercise = question.split(".")[0]
        (result,) = self.grader_of(exercise).grade(self.submission(code, exercise, name), (question,)).questions
        return {c.id.split("/")[1]: c for c in result.checks}

    def points(self, code: str, question: str) -> float:
        exercise = question.split(".")[0]
        return self.grader_of(exercise).grade(self.submission(code, exercise), (question,)).score


@pytest.fixture(scope="session")
def bench(course):
    """The best level of this machine, with short limits."""
    bench = Bench(course, best_level(), seconds=4.0, memory_mib=512, file_mib=4)
    with bench:
        yield bench


@pytest.fixture(scope="session")
def bench_in_process(course):
    """Level `none`: the student's code in this process, as in a notebook."""
    bench = Bench(course, "none", seconds=4.0)
    with bench:
        yield bench


@pytest.fixture(scope="session")
def make_bench(course):
    """Makes a bench of its own limits, to be entered."""
    return lambda level, **limits: Bench(course, level, **limits)
