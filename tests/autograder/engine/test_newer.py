"""A file that only a newer Python reads is a fault of the grader, never a student's zero."""

from __future__ import annotations

import pytest

from autograder.engine import newer
from autograder.engine.errors import GraderFault
from autograder.engine.newer import newer_python
from autograder.engine.submission import Submission

NEW = {
    "same_quotes": ("x = f\"{row[\"loss\"]}\"\n", "f-string: unmatched '['"),
    "joined": ("x = f'{','.join(names)}'\n", "f-string: expecting '}'"),
    "backslash": ("x = f\"{'\\n'.join(names)}\"\n", "f-string expression part cannot include a backslash"),
    "over_lines": ('x = f"{a\n}"\n', "unterminated string literal (detected at line 1)"),
    "type_parameter": ("def f[T](x: T): return x\n", "expected '('"),
    "type_statement": ("type Rows = list[int]\n", "invalid syntax"),
}
OLD = {
    "colon": ("def f()\n  pass\n", "expected ':'"),
    "open": ('print(f"{x}"\n', "'(' was never closed"),
    "empty": ('x = f"{}"\n', "f-string: empty expression not allowed"),
    "string": ('x = "abc\n', "unterminated string literal (detected at line 1)"),
    "after_f": ('x = f"{a} b\n', "unterminated string literal (detected at line 1)"),
    "indent": ("def f():\npass\n", "expected an indented block after function definition on line 1"),
}


def error(source: str, message: str) -> SyntaxError:
    """As Python 3.11 says it, whichever Python runs this test."""
    return SyntaxError(message, ("knn.py", 1, 1, source.splitlines(keepends=True)[0], 1, 2))


@pytest.fixture
def alone(monkeypatch):
    monkeypatch.setattr(newer.shutil, "which", lambda name: None)


@pytest.mark.parametrize("case", NEW)
def test_syntax_of_a_newer_python_is_suspected_where_none_can_be_asked(alone, case):
    source, message = NEW[case]
    assert newer_python(source.encode(), error(source, message), (3, 11)) == "a newer Python"


@pytest.mark.parametrize("case", OLD)
def test_an_error_in_any_python_is_the_students(alone, case):
    source, message = OLD[case]
    assert newer_python(source.encode(), error(source, message), (3, 11)) == ""


def test_a_python_that_knows_the_syntax_does_not_suspect_it(alone):
    source, message = NEW["type_statement"]
    assert newer_python(source.encode(), error(source, message), (3, 12)) == ""
    assert newer_python(b"try: pass\nexcept A, B: pass", error("except A, B: pass", "multiple"), (3, 13))


def test_another_python_of_this_machine_is_asked(monkeypatch, tmp_path):
    """An interpreter that answers: the newest decides."""
    answers = {"python3.12": "no", "python3.13": "yes"}
    for name, answer in answers.items():
        (tmp_path / name).write_text(f"#!/bin/sh\ncat > /dev/null\necho {answer}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert newer_python(b"x =", error("x =", "invalid syntax"), (3, 11)) == "Python 3.13"
    (tmp_path / "python3.13").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python3.14").write_text("#!/bin/sh\ncat > /dev/null\necho no\n")
    (tmp_path / "python3.14").chmod(0o755)
    source, message = NEW["same_quotes"]
    assert newer_python(source.encode(), error(source, message), (3, 11)) == ""


def test_grading_such_a_file_is_a_fault_that_says_what_to_do(bench, monkeypatch):
    monkeypatch.setattr("autograder.engine.grade.newer_python", lambda source, error: "Python 3.99")
    submission = Submission("ada", {"knn.py": b"def f(:\n", "linear_classifier.py": b""})
    with pytest.raises(GraderFault, match=r"knn\.py, line 1: .*Python 3\.99 may read it.*the Python that the students"):
        bench.grader.grade(submission)


def test_a_plain_syntax_error_is_still_the_students(bench):
    (question,) = bench.grader.grade(Submission("ada", {"knn.py": b"def f(:\n"}), ("knn.predict_labels",)).questions
    assert {c.outcome for c in question.checks} == {"error"}
