"""The command line: exit codes, one sentence for each mistake, never a traceback."""

from __future__ import annotations

import json
import shutil

import pytest

from autograder import cli
from autograder.course import KIT_ROOT
from autograder.engine.errors import GraderFault


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def command(*words: str) -> tuple[int, str, str]:
        code = cli.main(list(words))
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return command


WRONG_USE = {
    "nothing": ([], "the following arguments are required: command"),
    "unknown_command": (["mark"], "invalid choice: 'mark'"),
    "unknown_option": (["grade", "p1", "--fast"], "unrecognized arguments: --fast"),
    "no_assignment": (["grade"], "the following arguments are required: assignment"),
    "unknown_assignment": (["grade", "p7"], "unknown assignment 'p7'; there is p1"),
    "jobs_no_number": (["grade", "p1", "--jobs", "many"], "argument --jobs: invalid int value: 'many'"),
    "jobs_zero": (["grade", "p1", "--jobs", "0"], "--jobs 0: expected 1 or more"),
    "unknown_device": (["grade", "p1", "reference", "--device", "tpu"], "unknown device 'tpu'; expected cpu"),
    "unknown_sandbox": (["grade", "p1", "reference", "--sandbox", "chroot"], "unknown sandbox 'chroot'; expected"),
    "no_submission_there": (["grade", "p1", "nowhere"], "there is no submission at nowhere; expected a folder"),
    "name_of_5000_characters": (["grade", "p1", "x" * 5000], "there is no submission at xxx"),
    "nothing_collected": (["grade", "p1"], "nothing to grade: there is no "),
    "twice_the_same": (["grade", "p1", "reference", "reference"], "two submissions are named reference"),
    "others_without_sandbox": (["grade", "p1", ".", "--sandbox", "none"], "only for reference and skeleton"),
    "check_unknown": (["check", "knn.predict"], "unknown question 'knn.predict'; did you mean"),
    "check_nothing_here": (["check"], "none of the course's files are in this folder"),
    "check_no_file": (["check", "knn"], "there is no knn.py in "),
    "check_device": (["check", "knn", "--device", "gpu"], "unknown device 'gpu'"),
    "report_no_results": (["report", "p1"], "no results in "),
    "report_unknown_format": (["report", "p1", "--format", "pdf"], "pdf"),
    "report_unknown_assignment": (["report", "p9"], "unknown assignment 'p9'"),
    "prove_unknown": (["prove", "p9"], "unknown assignment, exercise or question 'p9'"),
    "prove_unknown_sandbox": (["prove", "p1", "--sandbox", "x"], "unknown sandbox 'x'"),
    "release_unknown": (["release", "p9"], "unknown assignment 'p9'"),
    "submit_unknown": (["submit", "p9"], "unknown assignment 'p9'"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG_USE)
def test_wrong_use_is_told_in_a_sentence_and_ends_with_2(run, mistake):
    words, says = WRONG_USE[mistake]
    code, out, err = run(*words)
    assert code == 2, (out, err)
    assert says in err
    assert err.count("\n") <= 3
    assert out == ""


@pytest.mark.parametrize("words", [["--help"], ["grade", "--help"], ["check", "--help"], ["prove", "--help"]])
def test_help_ends_with_0(run, words):
    code, out, err = run(*words)
    assert code == 0
    assert out.startswith("usage: autograder")
    assert err == ""


def test_submit_with_nothing_to_hand_in_says_so(run):
    code, _, err = run("submit", "p1")
    assert code in (1, 2)
    assert "knn.py" in err


def test_check_passes_on_the_reference_and_writes_json(run, tmp_path):
    shutil.copy(KIT_ROOT / "autograder/reference/exercises/knn.py", tmp_path)
    code, out, err = run("check", "knn.knn_get_best_k", "--json", "results.json")
    assert (code, err) == (0, "")
    assert "passed        knn.knn_get_best_k" in out
    results = json.loads((tmp_path / "results.json").read_text())
    assert [r["outcome"] for r in results] == ["passed", "passed"]
    assert all(r["visibility"] == "visible" for r in results)


def test_check_fails_with_1_on_the_skeleton(run, tmp_path):
    shutil.copy(KIT_ROOT / "deeprob/exercises/knn.py", tmp_path)
    code, out, _ = run("check", "knn.knn_get_best_k")
    assert code == 1
    assert "not yet       knn.knn_get_best_k" in out
    assert "0 of 2 visible checks passed" in out


def test_a_json_file_that_cannot_be_written_is_told(run, tmp_path):
    shutil.copy(KIT_ROOT / "autograder/reference/exercises/knn.py", tmp_path)
    code, _, err = run("check", "knn.knn_get_best_k", "--json", "no/such/folder.json")
    assert code == 2
    assert "cannot write no/such/folder.json: No such file or directory" in err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (
            GraderFault("the pipe broke"),
            1,
            "the grader itself failed, and nobody's grade follows from it: the pipe broke",
        ),
        (KeyboardInterrupt(), 1, "stopped; what was finished is kept"),
        (
            ModuleNotFoundError("x", name="nbgrader"),
            1,
            "the package nbgrader is missing; `python -m autograder doctor`",
        ),
        (ModuleNotFoundError("x", name="autograder.prove"), 2, "autograder.prove is not part of the students' kit"),
        (BrokenPipeError(), 1, ""),
    ],
)
def test_what_goes_wrong_inside_is_a_sentence_too(run, monkeypatch, error, code, says):
    def fail():
        raise error

    monkeypatch.setattr("autograder.doctor.examine", fail)
    got, _, err = run("doctor")
    assert got == code
    assert says in err


def test_doctor_lists_what_is_there(run):
    code, out, _ = run("doctor")
    assert code in (0, 1)
    assert "ok      Python 3." in out
    assert "torch 2." in out
    assert "sandbox: " in out
