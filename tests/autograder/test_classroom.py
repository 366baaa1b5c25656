"""A class: the same grades however many at a time, and one broken submission costs nobody else."""

from __future__ import annotations

import json
import os
import re

import pytest
from rich.console import Console

from autograder import classroom
from autograder.classroom import grade_class
from autograder.course import KIT_ROOT
from autograder.engine.errors import GraderFault, UsageError
from autograder.engine.submission import Submission, read_submission

REFERENCE = (KIT_ROOT / "autograder/reference/exercises/knn.py").read_text(encoding="utf-8")
STUDENTS = {
    "ada": REFERENCE,
    "bob": REFERENCE + "\n\ndef knn_get_best_k(k_to_accuracies):\n    raise ValueError('\\ud800 <b>')\n",
    "eve": "import os\nos._exit(0)\n",
}


@pytest.fixture
def course_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPROB_SECRET", "the secret of the tests, long enough")
    for name, text in STUDENTS.items():
        folder = tmp_path / "submitted" / name / "p1_classifiers"
        folder.mkdir(parents=True)
        (folder / "knn.py").write_text(text, encoding="utf-8")
    return tmp_path


def grade(course_dir, *sources, jobs=1, out=None, sandbox="auto"):
    console = Console(file=(course_dir / "said.txt").open("a"), width=120)
    try:
        return grade_class(
            "p1", sources, course_dir=course_dir, jobs=jobs, device="cpu", sandbox=sandbox, out=out, console=console
        )
    finally:
        console.file.close()


def stored(folder):
    """Every result, byte for byte but for the seconds."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json"))}
    return {name: re.sub(r'"seconds": [\d.e-]+', '"seconds": 0', text) for name, text in texts.items()}


def test_two_at_a_time_give_what_one_at_a_time_gives_to_the_byte(course_dir):
    assert grade(course_dir) == 0
    assert grade(course_dir, jobs=2, out=course_dir / "parallel") == 0
    serial = stored(course_dir / "results" / "p1_classifiers")
    assert serial == stored(course_dir / "parallel")
    assert list(serial) == ["ada.json", "bob.json", "eve.json"]
    scores = {name: json.loads(text)["score"] for name, text in serial.items()}
    assert scores == {"ada.json": 50.0, "bob.json": 46.0, "eve.json": 0.0}
    assert "ValueError: ? <b>" in serial["bob.json"]
    eve = json.loads(serial["eve.json"])["questions"][0]["checks"][0]
    assert (eve["outcome"], eve["message"]) == ("crashed", "the process of the student's code ended with exit status 0")


def test_what_cannot_be_read_gets_a_result_that_says_so(course_dir):
    broken = course_dir / "zoe.zip"
    broken.write_bytes(b"no zip")
    assert grade(course_dir, str(broken), out=course_dir / "out") == 0
    result = json.loads((course_dir / "out" / "zoe.json").read_text())
    assert result["score"] == 0
    assert result["files"] == []
    check = result["questions"][0]["checks"][0]
    assert check["outcome"] == "not_attempted"
    assert "zoe.zip is not a zip file that can be read" in check["message"]


class Faulty:
    """A grader that fails on one student."""

    def __init__(self, whom):
        self.whom = whom

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None

    def grade(self, submission):
        if submission.name == "bob":
            raise self.whom
        return self.result(submission)


@pytest.mark.parametrize("error", [GraderFault("the check is broken"), ZeroDivisionError("division by zero")])
def test_a_fault_of_the_grader_on_one_is_no_zero_and_stops_no_other(course_dir, monkeypatch, capsys, error, p1, bench):
    grader = Faulty(error)
    grader.result = lambda submission: bench.grader.grade(submission, ("knn.knn_get_best_k",))
    monkeypatch.setattr(classroom, "_open", lambda setting: grader)
    assert grade(course_dir) == 1
    assert sorted(stored(course_dir / "results" / "p1_classifiers")) == ["ada.json", "eve.json"]
    err = capsys.readouterr().err
    assert "autograder: not graded, the grader failed: bob: " in err
    assert str(error) in err


def test_a_fault_says_that_an_earlier_result_stays(course_dir, monkeypatch, capsys, p1, bench):
    grader = Faulty(GraderFault("the check is broken"))
    grader.result = lambda submission: bench.grader.grade(submission, ("knn.knn_get_best_k",))
    monkeypatch.setattr(classroom, "_open", lambda setting: grader)
    earlier = course_dir / "results" / "p1_classifiers" / "bob.json"
    earlier.parent.mkdir(parents=True)
    earlier.write_text("{}")
    assert grade(course_dir) == 1
    assert f"the check is broken (the result of an earlier run stays: {earlier})" in capsys.readouterr().err
    assert earlier.read_text() == "{}"


def test_when_the_system_ends_a_grading_process_the_others_are_graded(monkeypatch):
    """Only the submission that brings its process down, also alone, is given up."""
    names = ["a", "b", "deadly", "c", "d"]
    runs = []

    def until(setting, submissions, jobs):
        runs.append([s.name for s in submissions])
        for submission in submissions:
            if submission.name == "deadly":
                return
            yield submission, "graded"

    monkeypatch.setattr(classroom, "_until_a_process_ends", until)
    submissions = [Submission(n, {}) for n in names]
    answers = {s.name: answer for s, answer in classroom._graded(None, submissions, jobs=2)}
    assert sorted(answers) == sorted(names)
    assert answers["deadly"] == "the system ended the process that graded it; is memory short?"
    assert all(answers[n] == "graded" for n in "abcd")
    assert runs == [names, ["deadly"], ["c"], ["d"]]


def test_wrong_use_is_told_before_anything_is_graded(course_dir, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "ada").mkdir()
    first, second = str(course_dir / "submitted" / "ada" / "p1_classifiers"), str(tmp_path / "x" / "ada")
    with pytest.raises(UsageError, match="two submissions are named ada; rename one of them"):
        grade(course_dir, first, second)
    with pytest.raises(UsageError, match="--sandbox none runs code in the grader itself"):
        grade(course_dir, first, sandbox="none")
    with pytest.raises(UsageError, match="--jobs -1: expected 1 or more"):
        grade(course_dir, first, jobs=-1)
    assert not (course_dir / "results").exists()


def test_a_weaker_sandbox_is_said_aloud(course_dir, monkeypatch, capsys):
    monkeypatch.setattr("autograder.engine.sandbox.bubblewrap_problem", lambda: "bubblewrap is not installed")
    monkeypatch.setattr(classroom, "bubblewrap_problem", lambda: "bubblewrap is not installed")
    assert classroom._level("auto", ["ada"]) == "process"
    assert capsys.readouterr().err == "autograder: sandbox process: bubblewrap is not installed\n"


def test_a_submission_reads_the_same_as_a_folder_or_a_name(course_dir, p1):
    path = course_dir / "submitted" / "ada" / "p1_classifiers"
    assert read_submission(path, p1) == read_submission(str(path), p1, "ada")


def test_half_characters_in_a_file_or_a_name_stop_nobody(course_dir):
    (course_dir / "submitted/bob/p1_classifiers/knn.py").write_text(
        'import torch\nx = getattr(torch.ops, "\\ud800")\n', encoding="utf-8"
    )
    odd = course_dir / os.fsdecode(b"od\xff")
    odd.mkdir()
    sources = [str(course_dir / "submitted" / name / "p1_classifiers") for name in ("ada", "bob")]
    assert grade(course_dir, *sources, str(odd), out=course_dir / "odd") == 0
    scores = {json.loads(text)["submission"]: json.loads(text)["score"] for text in stored(course_dir / "odd").values()}
    assert scores == {"ada": 50.0, "bob": 0.0, "od?": 0.0}
