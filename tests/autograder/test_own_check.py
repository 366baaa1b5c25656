"""`autograder check`: finds the file, runs the visible checks, says what it saw."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from autograder.course import KIT_ROOT
from autograder.engine.errors import UsageError
from autograder.own_check import check_own_files, find_file

REFERENCE = (KIT_ROOT / "autograder/reference/exercises/knn.py").read_text(encoding="utf-8")
QUESTION = "knn.knn_get_best_k"


@pytest.fixture
def check(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(code: str, what: str = QUESTION):
        (tmp_path / "knn.py").write_text(REFERENCE + "\n\n" + code, encoding="utf-8", errors="surrogatepass")
        lines: list[str] = []
        return check_own_files(what, "cpu", lines.append), "\n".join(lines)

    return run


def test_a_right_answer_is_one_quiet_line(check, tmp_path):
    results, said = check("")
    assert [r.outcome for r in results] == ["passed", "passed"]
    assert said == f"{tmp_path / 'knn.py'}\n  passed        {QUESTION}\n2 of 2 visible checks passed"


def test_a_wrong_answer_says_what_was_called_and_what_came(check):
    results, said = check("def knn_get_best_k(k_to_accuracies):\n    return 3")
    assert [r.outcome for r in results] == ["failed", "blocked"]
    assert re.search(r"      the k with the highest mean accuracy\n        best_k is 3, expected \d+\.\n", said)
    assert "        called: knn.knn_get_best_k(dict of 4)" in said
    assert said.endswith("0 of 2 visible checks passed")


def test_what_stops_several_checks_is_said_once(check):
    results, said = check("def predict_labels(a:\n", "knn")
    assert {r.outcome for r in results} == {"error"}
    assert said.count("'(' was never closed") == 1
    _, said = check("import numpy as np\ndef predict_labels(d, y, k=1):\n    return np.max(d)", "knn.predict_labels")
    assert said.count("numpy is not allowed") == 1
    assert "      3 checks, for one reason" in said


@pytest.mark.parametrize(
    ("code", "outcome", "says"),
    [
        ("def knn_get_best_k(a):\n    return a[0]", "error", "KeyError: 0 (knn.py, line "),
        ("def knn_get_best_k(a):\n    raise NotImplementedError('knn.knn_get_best_k: not implemented yet')",
         "not_attempted", "  not yet       knn.knn_get_best_k"),
        ("import numpy as np\ndef knn_get_best_k(a):\n    return np.max(a)", "forbidden", "numpy is not allowed"),
        ("def knn_get_best_k(a:\n", "error", "knn.py, line "),
        ("import not_there", "error", "ModuleNotFoundError: No module named 'not_there'"),
        ("raise SystemExit", "error", "SystemExit"),
        ("1 / 0", "error", "ZeroDivisionError: division by zero"),
        ("def knn_get_best_k(a):\n    raise ValueError('\\x1b[31m\\ud800')", "error", "ValueError: "),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_in_words(check, code, outcome, says):
    results, said = check(code)
    assert results[0].outcome == outcome
    assert says in said
    assert "\x1b" not in said
    said.encode("utf-8")  # can be printed


@pytest.mark.parametrize("after", [0, 1])
def test_what_waits_for_another_function_says_for_which(check, after):
    """Also where the first checks pass before one comes to it."""
    todo = "raise NotImplementedError('knn.predict_labels: not implemented yet')"
    code = "solved = knn_get_best_k\ncalls = []\ndef knn_get_best_k(a):\n    calls.append(1)\n"
    results, said = check(f"{code}    if len(calls) > {after}:\n        {todo}\n    return solved(a)")
    assert [r.outcome for r in results][after] == "blocked"
    assert f"  not yet       {QUESTION}\n      waits for knn.predict_labels, which is not implemented yet\n" in said
    assert said.endswith(f"{after} of 2 visible checks passed")


def test_hidden_checks_are_not_run(check):
    results, _ = check("", "knn.predict_labels")
    assert {r.visibility for r in results} == {"visible"}


def test_the_file_is_found_from_a_folder_below(tmp_path, monkeypatch, p1):
    home = tmp_path / "deeprob" / "exercises"
    below = tmp_path / "notebooks" / "p1_classifiers"
    home.mkdir(parents=True)
    below.mkdir(parents=True)
    (home / "knn.py").write_text("")
    monkeypatch.chdir(below)
    assert find_file(p1, p1.exercise("knn")) == home / "knn.py"


def test_no_file_is_wrong_use(tmp_path, monkeypatch, p1):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"there is no knn\.py in .*; go to the folder with your files"):
        check_own_files("knn", "cpu", print)
    with pytest.raises(UsageError, match="none of the course's files are in this folder"):
        check_own_files(None, "cpu", print)


def test_code_that_never_ends_is_stopped_and_called_a_timeout(check, monkeypatch):
    from autograder import own_check

    course = own_check.load_course()
    quick = replace(course, limits=replace(course.limits, seconds=0.5))
    monkeypatch.setattr(own_check, "load_course", lambda: quick)
    results, said = check("def knn_get_best_k(k_to_accuracies):\n    while True:\n        pass")
    assert [r.outcome for r in results] == ["timeout", "blocked"]
    assert "timeout after 0.5 s" in said


def test_checks_run_on_one_thread_and_leave_the_threads_as_they_were(check):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        code = "def knn_get_best_k(k_to_accuracies):\n    raise ValueError(f'{torch.get_num_threads()} threads')"
        _, said = check(code)
        assert "ValueError: 1 threads" in said
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_what_a_student_uses_imports_where_there_is_no_unix():
    code = """
import sys
for name in ("resource", "fcntl", "pwd", "grp", "termios"):
    sys.modules[name] = None  # as on Windows
import autograder.cli, autograder.doctor, autograder.notebook, autograder.own_check, autograder.submit
assert "autograder.engine.sandbox" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=KIT_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
