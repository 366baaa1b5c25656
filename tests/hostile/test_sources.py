"""The grader parses a submission and never runs it: no source faults the reader or takes it much longer than Python."""

from __future__ import annotations

import ast
import contextlib
import time
from encodings.aliases import aliases

import pytest

from autograder.engine import rules
from autograder.engine.newer import newer_python
from autograder.engine.program import compiled
from autograder.engine.submission import MAX_SOURCE, Submission

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
TIMES, SECONDS = 12, 3.0  # as much processor time as Python's own parser takes, and a little
N = MAX_SOURCE - 4000


def lines(make, size: int) -> bytes:
    """Numbered lines of about so many bytes together."""
    found, length = [], 0
    while length < size:
        found.append(make(len(found)))
        length += len(found[-1]) + 1
    return "\n".join(found).encode()


DEF = b"def compute_distances_no_loops(x_train, x_test):\n"
DENSE = {
    "signs": b"x=" + b"-" * N + b"1",
    "sums": b"x=1" + b"+1" * (N // 2),
    "sums_below_the_limit": DEF + lines(lambda i: " 1" + "+a" * 400, N),
    "brackets": b"x=" + b"(" * N,
    "dots": b"x=a" + b".b" * (N // 2),
    "dots_below_the_limit": lines(lambda i: "a" + ".b" * 800, N),
    "dots_in_the_function": DEF + lines(lambda i: " torch" + ".b" * 800, N),
    "calls": b"x=a" + b"()" * (N // 2),
    "methods": DEF + lines(lambda i: " x" + ".b()" * 200, N),
    "getattr_of_getattr": DEF + lines(lambda i: " " + "getattr(" * 90 + "torch" + ",'b')" * 90, N),
    "subscripts": b"x=a" + b"[0]" * (N // 3),
    "lambdas": b"x=" + b"lambda:" * (N // 7) + b"1",
    "conditions": b"if a:\n x\n" + b"elif a:\n x\n" * (N // 12),
    "comparisons": b"x=a" + b"<a" * (N // 2),
    "decorators": b"@a\n" * (N // 3 - 20) + b"def f():pass",
    "functions_in_a_chain": lines(lambda i: f"def f{i}():f{i + 1}()", N),
    "functions_in_a_ring": lines(lambda i: f"def f{i}():f{i * 7 % 1000}(),f{i * 31 % 1000}()", N),
    "loops_in_a_chain": DEF + b" f0()\n" + lines(lambda i: f"def f{i}():\n for x in y: f{i + 1}()", N // 8),
    "assignments": b"a," * (N // 2 - 10) + b"b=c",
    "imports": b"import a.b as c\n" * (N // 16),
    "texts": b"x=" + b"'a' " * (N // 4),
    "long_number": b"x=" + b"9" * N,
    "powers": b"x=9**9**9**9\ny=1<<10**10\nz='a'*10**10\n" * 1000,
    "patterns": b"match a:\n case " + b"[" * 150 + b"]" * 150 + b":1",
    "deep_functions": "\n".join(" " * i + f"def f{i}():" for i in range(98)).encode() + b"1",
    "continued_lines": b"\\\n" * (N // 2),
    "nulls": b"\0" * N,
    "format_strings": b"x=f'" + b"{a}" * (N // 12) + b"'",
}  # fmt: skip


@pytest.mark.parametrize("name", DENSE)
def test_a_dense_source_is_read_or_refused_in_little_time(p1, name):
    exercise = next(e for e in p1.exercises if e.name == "knn")
    question = next(q for q in exercise.questions if q.name == "compute_distances_no_loops")
    assert len(DENSE[name]) <= MAX_SOURCE
    begin = time.process_time()
    with contextlib.suppress(*UNREADABLE):
        ast.parse(DENSE[name])
    parsed = time.process_time()
    with contextlib.suppress(*UNREADABLE):
        rules.broken_rule(DENSE[name], exercise, question)
    assert time.process_time() - parsed < TIMES * (parsed - begin) + SECONDS
    with contextlib.suppress(*UNREADABLE):
        compiled(DENSE[name], exercise.file)


@pytest.mark.parametrize("part", [b"{", b"{a"])
def test_a_line_that_a_newer_python_might_read_is_soon_looked_at(part):
    source = b"x=f'" + part * (N // len(part)) + b"}"
    with pytest.raises(SyntaxError) as raised:
        compile(source, "knn.py", "exec")
    begin = time.process_time()
    newer_python(source, raised.value)
    assert time.process_time() - begin < SECONDS


def test_every_encoding_that_python_knows_is_read_or_refused(p1):
    exercise = next(e for e in p1.exercises if e.name == "knn")
    bodies = (b"x = 1\n", b"\xff\xfe=\x00\x80\n", b"'" + b"a" * 5000 + b"'\n", bytes(range(1, 256)) * 3)
    read = refused = 0
    for name in sorted({*aliases.values(), "idna", "punycode", "undefined", "unicode_escape", "utf_8_sig", "oem", ""}):
        for body in bodies:
            source = b"# -*- coding: " + name.encode() + b" -*-\n" + body
            try:
                rules.broken_rule(source, exercise, exercise.questions[0])
                compiled(source, exercise.file)
                read += 1
            except UNREADABLE:
                refused += 1
    assert read > 50
    assert refused > 50


@pytest.mark.parametrize("name", ["signs", "dots", "brackets", "nulls", "long_number", "lambdas"])
def test_a_source_that_cannot_be_read_is_an_error_of_the_student(bench, name):
    submission = Submission("ada", {"knn.py": DENSE[name]})
    (result,) = bench.grader.grade(submission, ("knn.predict_labels",)).questions
    assert result.points == 0
    assert result.checks[0].outcome == "error"
    assert "knn.py" in result.checks[0].message
