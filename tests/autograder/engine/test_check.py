"""Checks are found, ordered and validated; points follow from their weights."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType

import pytest

import autograder.checks
from autograder.course import Question
from autograder.engine.check import Check, check, has_hidden_checks, load_checks, score
from autograder.engine.errors import GraderFault


@pytest.fixture
def exercise(course, monkeypatch):
    """An exercise `toy` with one question `toy.add`; returns (exercise, a function that declares its checks)."""
    monkeypatch.setattr("autograder.engine.check.has_hidden_checks", lambda e: "autograder.hidden.toy" in sys.modules)

    def declare(visibility: str, **functions) -> None:
        module = ModuleType(f"autograder.{visibility}.toy")
        vars(module).update(functions)
        for function in functions.values():
            function.__module__ = module.__name__
        monkeypatch.setitem(sys.modules, module.__name__, module)

    toy = replace(course.exercise("knn"), name="toy", questions=(Question("toy.add", 10.0),))
    return toy, declare


def one(title: str | None = "a title", question: str = "toy.add", **options):
    @check(question, **options)
    def function(student, draw): ...

    function.__doc__ = title
    return function


def test_visible_checks_come_before_hidden_ones_in_the_order_written(exercise):
    toy, declare = exercise
    declare("hidden", zz=one(needs="b"), aa=one())
    declare("checks", b=one("first line\n\n  more"), a=one(needs=("b",), weight=2))
    checks = load_checks(toy)["toy.add"]
    assert [c.id for c in checks] == ["toy.add/b", "toy.add/a", "toy.add/zz", "toy.add/aa"]
    assert [c.visibility for c in checks] == ["visible", "visible", "hidden", "hidden"]
    assert checks[0].title == "first line"
    assert checks[1].needs == ("toy.add/b",)
    assert checks[1].weight == 2
    assert [c.id for c in load_checks(toy, hidden=False)["toy.add"]] == ["toy.add/b", "toy.add/a"]


@pytest.mark.parametrize(
    ("functions", "says"),
    [
        ({"a": one(needs="b"), "b": one()}, "toy.add/a needs toy.add/b, which does not come before it"),
        ({"a": one(needs="ghost")}, "toy.add/a needs toy.add/ghost, which does not come before it"),
        ({"a": one(None)}, "autograder.checks.toy.a has no docstring; it is the line a student reads"),
        ({"a": one("  \n ")}, "has no docstring"),
        ({"a": one(question="toy.subtract")}, "checks toy.subtract, which course.toml does not name"),
    ],
)
def test_a_check_that_does_not_hold_together_is_a_fault_of_the_grader(exercise, functions, says):
    toy, declare = exercise
    declare("checks", **functions)
    with pytest.raises(GraderFault, match=says):
        load_checks(toy)


def test_two_checks_of_one_name_are_a_fault(exercise):
    toy, declare = exercise
    declare("checks", a=one())
    declare("hidden", a=one())
    with pytest.raises(GraderFault, match=r"two checks are named toy\.add/a"):
        load_checks(toy)


def test_this_copy_of_the_kit_has_hidden_checks(course):
    assert all(has_hidden_checks(e) for a in course.assignments for e in a.exercises)


def weighted(*weights: float) -> tuple[Check, ...]:
    return tuple(Check(f"toy.add/{i}", "toy.add", "t", "visible", (), w, one()) for i, w in enumerate(weights))


def test_points_are_the_share_of_the_weight_that_passed():
    question, checks = Question("toy.add", 10.0), weighted(1, 2, 3)
    assert score(question, checks, set()) == 0
    assert score(question, checks, {"toy.add/2"}) == 5
    assert score(question, checks, {"toy.add/0", "toy.add/1"}) == 5
    assert score(question, checks, {"toy.add/0"}) == 1.67
    assert score(question, checks, {c.id for c in checks} | {"toy.add/another"}) == 10


def test_a_question_without_checks_is_a_fault_not_a_zero():
    with pytest.raises(GraderFault, match=r"toy\.add has no checks"):
        score(Question("toy.add", 10.0), (), set())


def test_a_package_of_checks_is_read_module_by_module_and_imports_count_once(exercise, tmp_path, monkeypatch):
    toy, _ = exercise
    package = tmp_path / "toy"
    package.mkdir()
    (package / "__init__.py").write_text("")
    head = "from autograder.engine.check import check\n"
    text = head + "@check('toy.add')\ndef {0}(student, draw):\n    'the title of {0}'\n"
    (package / "b.py").write_text(text.format("second") + "from autograder.checks.toy.a import first\n")
    (package / "a.py").write_text(text.format("first"))
    monkeypatch.setattr(autograder.checks, "__path__", [*autograder.checks.__path__, str(tmp_path)])
    try:
        assert [c.id for c in load_checks(toy)["toy.add"]] == ["toy.add/first", "toy.add/second"]
    finally:
        for name in [n for n in sys.modules if n.startswith("autograder.checks.toy")]:
            del sys.modules[name]
