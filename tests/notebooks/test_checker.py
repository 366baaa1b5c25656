"""`check(...)`: what the card says for each outcome, whose fault it is, and that it answers at once."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
import torch

import deeprob.exercises
from autograder.course import KIT_ROOT, load_course
from autograder.engine.errors import GraderFault
from autograder.engine.results import CheckResult, Finding
from autograder.notebook import Checker
from deeprob.cards import Card
from deeprob.workspace import Workspace

COURSE = load_course()
REFERENCE = KIT_ROOT / "autograder" / "reference" / "exercises"
QUESTION = "knn.predict_labels"


@pytest.fixture
def workspace(tmp_path: Path):
    """The reference as the student's files, and the notebook beside it; modules are put back afterwards."""
    modules = {n: m for n, m in sys.modules.items() if n.startswith("deeprob.exercises")}
    names, path = dict(vars(deeprob.exercises)), list(deeprob.exercises.__path__)
    for name in ("knn", "linear_classifier"):
        shutil.copyfile(REFERENCE / f"{name}.py", tmp_path / f"{name}.py")
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "## 5. The vote\n", "words"]},
        {"cell_type": "code", "source": [f'check("{QUESTION}")']},
    ]
    (tmp_path / "knn.ipynb").write_text(json.dumps({"cells": cells}))
    yield Workspace.open("p1_classifiers", here=tmp_path, quiet=True)
    for name in [n for n in sys.modules if n.startswith("deeprob.exercises.")]:
        del sys.modules[name]
    sys.modules.update(modules)
    deeprob.exercises.__path__[:] = path
    for name in set(vars(deeprob.exercises)) - set(names):
        delattr(deeprob.exercises, name)


def result(outcome: str, title: str = "a tie", **more) -> CheckResult:
    return CheckResult(f"{QUESTION}/x", title, "visible", outcome, **more)


def card_for(workspace: Workspace, *results: CheckResult) -> Card:
    return Checker(workspace, COURSE, lambda *_: list(results)).card(QUESTION)


def line_of(workspace: Workspace, text: str) -> int:
    lines = workspace.path("knn").read_text().splitlines()
    return next(n for n, line in enumerate(lines, 1) if line.startswith(text))


def test_a_passed_question_is_one_line_with_file_time_and_hash(workspace):
    card = card_for(workspace, result("passed"), result("passed"))
    assert repr(card) == f"{QUESTION}: passed, 2 visible checks · {workspace.state('knn')}"


def test_a_failed_one_says_all_there_is_to_know(workspace):
    finding = Finding("knn.predict_labels(...)", "float32 (5,)", "int64 (5,)", "labels[0] is 2, expected 1", "1 at [0]")
    failed = result("failed", message="labels is wrong.", diagnosis="It looks as if k is ignored.", finding=finding)
    text = repr(card_for(workspace, failed, result("blocked"), result("passed")))
    assert text.splitlines()[0] == f"{QUESTION}: not yet right, 1 of 3 visible checks passed"
    for wanted in (
        "check     a tie",
        "called    knn.predict_labels(...)",
        "came      float32 (5,)",
        "expected  int64 (5,)",
        "wrong at  labels[0] is 2, expected 1\n            largest error 1 at [0]",
        "likely    It looks as if k is ignored.",
        f"the section “5. The vote” of the notebook, and predict_labels in knn.py, line "
        f"{line_of(workspace, 'def predict_labels')}",
        "also      1 more check waits for this one",
        str(workspace.state("knn")),
    ):
        assert wanted in text


def test_without_a_finding_the_message_is_shown(workspace):
    text = repr(card_for(workspace, result("forbidden", message="knn.py, line 3, uses numpy.")))
    assert f"{QUESTION}: uses what this question does not allow" in text
    assert "finding  knn.py, line 3, uses numpy." in text


def test_other_failures_are_named_with_their_outcome(workspace):
    text = repr(card_for(workspace, result("failed"), result("timeout", "k = N")))
    assert "also     k = N: takes too long" in text


def test_a_question_not_begun_is_friendly(workspace):
    card = card_for(workspace, result("not_attempted"), result("blocked"))
    assert card.tone == "todo"
    assert card.title == f"{QUESTION}: not implemented yet"
    assert "the section “5. The vote” of the notebook" in repr(card)


@pytest.mark.parametrize("fault", [GraderFault("oracle is broken"), ZeroDivisionError("oops")])
def test_a_fault_of_the_grader_is_not_the_students(workspace, fault):
    def run(*_):
        raise fault

    card = Checker(workspace, COURSE, run).card(QUESTION)
    assert card.tone == "fault"
    assert card.title == f"{QUESTION}: the grader itself failed."
    assert f"{type(fault).__name__}: {fault}" in repr(card)
    assert "no mistake of yours" in repr(card)


def test_no_checks_is_a_fault_and_not_a_pass(workspace):
    assert card_for(workspace).tone == "fault"


def test_a_wrong_name_gets_the_nearest_right_one(workspace):
    assert "did you mean 'knn.predict_labels'?" in repr(Checker(workspace).card("knn.predict_label"))


def test_a_file_that_does_not_parse_is_shown_with_its_line(workspace):
    workspace.path("knn").write_text("import torch\ndef f(:\n")
    text = repr(Checker(workspace).card("knn"))
    assert text.startswith("knn.py cannot be loaded.")
    assert f"{workspace.path('knn')}, line 2" in text
    assert "def f(:" in text
    assert "SyntaxError" in text


def test_a_file_that_raises_when_it_is_run_is_shown_with_its_line(workspace):
    workspace.path("knn").write_text("import torch\n\nx = 1 / 0\n")
    text = repr(Checker(workspace).card("knn"))
    assert f"{workspace.path('knn')}, line 3" in text
    assert "ZeroDivisionError: division by zero" in text


def test_a_missing_file_says_what_to_do(workspace):
    workspace.path("knn").unlink()
    assert "Next step: run the set-up cell again" in repr(Checker(workspace).card("knn"))


def test_an_exercise_is_summed_up_and_only_failures_are_spelt_out(workspace):
    path = workspace.path("knn")
    path.write_text(path.read_text().replace("if mean > best_mean:", "if mean < best_mean:"))
    card = Checker(workspace).card("knn")
    assert card.title == "knn: 6 of 7 questions pass their visible checks."
    assert [part.tone for part in card.parts] == ["good"] * 6 + ["bad"]
    assert [bool(part.rows) for part in card.parts] == [False] * 6 + [True]


def test_the_whole_assignment_passes_with_the_reference(workspace):
    card = Checker(workspace).card("p1")
    assert (card.tone, card.title) == ("good", "p1: all visible checks pass.")
    assert sum(len(part.parts) for part in card.parts) == len(COURSE.assignment("p1").questions)


def test_the_device_is_said_where_it_is_not_the_cpu(workspace):
    seen = []
    checker = Checker(workspace, COURSE, lambda *a: seen.append(a[3]) or [result("passed")])
    checker(QUESTION, device="cuda")
    checker(QUESTION)
    checker(QUESTION, device="auto")
    assert seen == ["cuda", "cpu", "cuda" if torch.cuda.is_available() else "cpu"]
    assert "on cuda" in repr(checker.card(QUESTION, "cuda"))


def test_a_device_that_is_not_there_is_no_fault_of_the_grader(workspace):
    card = Checker(workspace).card(QUESTION, "tpu")
    assert (card.tone, card.title) == ("info", "unknown device 'tpu'; expected cpu or cuda")
    if not torch.cuda.is_available():
        assert "torch sees no CUDA device here" in repr(Checker(workspace).card(QUESTION, "cuda"))


def test_a_call_prints_one_card_and_returns_nothing(workspace, capsys):
    assert Checker(workspace)(QUESTION) is None
    out, err = capsys.readouterr()
    assert out.count(QUESTION) == 1
    assert err == ""


def test_hand_in_says_what_is_missing(workspace, capsys):
    Checker(workspace).hand_in(student="", name="")
    out = capsys.readouterr().out
    assert "Not ready to hand in yet." in out
    assert "STUDENT_ID" in out


def test_hand_in_builds_the_file_and_says_where_it_is(tmp_path, workspace, capsys):
    source = KIT_ROOT / "notebooks" / "p1_classifiers"
    for name in ("knn", "linear_classifier"):
        shutil.copyfile(source / f"{name}.ipynb", tmp_path / f"{name}.ipynb")
    Checker(workspace).hand_in(student="ada", name="Ada Lovelace")
    out = capsys.readouterr().out
    assert "Ready: hand in this file." in out
    assert str(tmp_path / "p1_classifiers_ada.zip") in out
    assert (tmp_path / "p1_classifiers_ada.zip").is_file()
