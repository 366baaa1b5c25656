"""A class: the same grades however many at a time, and one broken submission costs nobody else."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time

import pytest
from rich.console import Console

from autograder import level, slots
from autograder.classroom import ClassOptions, grade_class, regrade_class
from autograder.course import KIT_ROOT
from autograder.engine import run
from autograder.engine.check import load_checks
from autograder.engine.errors import GraderFault, UsageError
from autograder.engine.sandbox import best_level
from autograder.engine.submission import read_submission
from autograder.ledger import Ledger
from autograder.level import allowed_level
from autograder.setting import Setting

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


def options(course_dir, jobs=1, out=None, sandbox="auto", **more):
    return ClassOptions(course_dir, jobs=jobs, out=out, sandbox=level_here(sandbox), **more)


def level_here(sandbox):
    return best_level() if sandbox == "auto" else sandbox


def grade(course_dir, *sources, **more):
    with (course_dir / "said.txt").open("a") as said:
        return grade_class("p1", sources, options(course_dir, **more), Console(file=said, width=120))


def regrade(course_dir, preview=False, **more):
    """What is said, on one line."""
    said = io.StringIO()
    assert (
        regrade_class("p1", (), options(course_dir, **more), preview=preview, console=Console(file=said, width=160))
        == 0
    )
    return " ".join(said.getvalue().split())


def stored(folder):
    """Every result, byte for byte but for the seconds."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json"))}
    return {name: re.sub(r'"seconds": [\d.e-]+', '"seconds": 0', text) for name, text in texts.items()}


def test_two_at_a_time_give_what_one_at_a_time_gives_to_the_byte(course_dir):
    assert grade(course_dir) == 0
    assert grade(course_dir, jobs=2, out=course_dir / "parallel", fresh=True) == 0
    serial = stored(course_dir / "results" / "p1_classifiers")
    assert serial == stored(course_dir / "parallel")
    assert list(serial) == ["ada.json", "bob.json", "eve.json"]
    scores = {name: json.loads(text)["score"] for name, text in serial.items()}
    assert scores == {"ada.json": 50.0, "bob.json": 46.0, "eve.json": 0.0}
    assert "ValueError: ? <b>" in serial["bob.json"]
    eve = json.loads(serial["eve.json"])["questions"][0]["checks"][0]
    assert (eve["outcome"], eve["message"]) == ("crashed", "the process that ran the code ended with exit status 0")


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

    def grade(self, submission, **told):
        if submission.name == "bob":
            raise self.whom
        return self.result(submission)


@pytest.mark.parametrize("error", [GraderFault("the check is broken"), ZeroDivisionError("division by zero")])
def test_a_fault_of_the_grader_on_one_is_no_zero_and_stops_no_other(course_dir, monkeypatch, capsys, error, p1, bench):
    grader = Faulty(error)
    grader.result = lambda submission: bench.grader.grade(submission, ("knn.knn_get_best_k",))
    monkeypatch.setattr(Setting, "grader", lambda setting: grader)
    assert grade(course_dir) == 1
    assert sorted(stored(course_dir / "results" / "p1_classifiers")) == ["ada.json", "eve.json"]
    err = capsys.readouterr().err
    assert "autograder: not graded, the grader failed: bob: " in err
    assert str(error) in err


def test_a_fault_says_that_an_earlier_result_stays(course_dir, monkeypatch, capsys, p1, bench):
    grader = Faulty(GraderFault("the check is broken"))
    grader.result = lambda submission: bench.grader.grade(submission, ("knn.knn_get_best_k",))
    monkeypatch.setattr(Setting, "grader", lambda setting: grader)
    earlier = course_dir / "results" / "p1_classifiers" / "bob.json"
    earlier.parent.mkdir(parents=True)
    earlier.write_text("{}")
    assert grade(course_dir) == 1
    assert f"the check is broken (the result of an earlier run stays: {earlier})" in capsys.readouterr().err
    assert earlier.read_text() == "{}"


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


def test_a_weaker_sandbox_has_to_be_asked_for_by_name(monkeypatch):
    monkeypatch.setattr("autograder.engine.sandbox.bubblewrap_problem", lambda: "bubblewrap is not installed")
    monkeypatch.setattr(level, "bubblewrap_problem", lambda: "bubblewrap is not installed")
    with pytest.raises(UsageError, match=r"bubblewrap is not installed\. Without it .* say so: --sandbox process"):
        allowed_level("auto")
    assert allowed_level("process") == allowed_level("auto", own=True) == "process"


def count_runs(monkeypatch):
    ran = []
    real = run.run_check
    monkeypatch.setattr(run, "run_check", lambda session, check: ran.append(check.id) or real(session, check))
    return ran


def test_grading_again_runs_only_what_changed(course_dir, monkeypatch, p1):
    """ada hands in anew, eve's process has crashed and is given another chance, bob is as he was."""
    assert grade(course_dir) == 0
    first = stored(course_dir / "results" / "p1_classifiers")
    ran = count_runs(monkeypatch)
    (course_dir / "submitted/eve/p1_classifiers/knn.py").unlink()
    (course_dir / "submitted/eve/p1_classifiers").rmdir()
    assert grade(course_dir, out=course_dir / "again") == 0
    assert ran == []
    assert {k: v for k, v in first.items() if k != "eve.json"} == stored(course_dir / "again")
    (course_dir / "submitted/ada/p1_classifiers/knn.py").write_text(REFERENCE + "\n", encoding="utf-8")
    assert grade(course_dir, out=course_dir / "again") == 0
    everything = [c.id for checks in load_checks(p1.exercise("knn")).values() for c in checks]
    assert ran == everything
    del ran[:]
    assert grade(course_dir, out=course_dir / "again", fresh=True) == 0
    assert len(ran) > len(everything)  # bob too


def test_a_preview_says_who_changes_and_why_and_writes_nothing(course_dir, monkeypatch):
    assert grade(course_dir) == 0
    results = course_dir / "results" / "p1_classifiers"
    before = stored(results)
    said = regrade(course_dir, preview=True)
    assert said.startswith(f"sandbox {best_level()}: network: ")
    assert said.endswith(
        "0 of 3 submissions change, 3 stay as they are. Nothing was written; without --preview the results are."
    )
    wrong = json.loads((results / "ada.json").read_text())
    question = wrong["questions"][0]
    question["checks"][0]["outcome"], question["points"], wrong["score"] = "failed", 0, 41.5  # by a wrong check
    (results / "ada.json").write_text(json.dumps(wrong))
    (results / "bob.json").unlink()
    ran = count_runs(monkeypatch)
    said = regrade(course_dir, preview=True)
    assert "ada 41.5 50 +8.5" in said
    assert f"{question['checks'][0]['id']}: failed -> passed" in said
    assert "bob 46 had no result" in said
    assert "2 of 3 submissions change, 1 stay as they are." in said
    assert {name.split(".")[0] for name in ran} == {"knn"}  # eve, who crashed, again
    assert json.loads((results / "ada.json").read_text()) == wrong
    assert "Nothing was written" not in regrade(course_dir)
    assert stored(results) == before


def test_another_grading_of_the_course_at_the_same_time_is_refused(course_dir):
    with Ledger(course_dir), pytest.raises(UsageError, match=r"ledger\.db is in use: this course is being graded"):
        grade(course_dir)


def test_a_ledger_that_is_none_is_named(course_dir):
    (course_dir / "ledger.db").write_bytes(b"no database" * 1000)
    with pytest.raises(UsageError, match=r"ledger\.db cannot be used .*remove it: then all is graded anew"):
        grade(course_dir)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_was_finished_survives_when_the_grader_is_killed(course_dir, jobs):
    """kill -9 in the middle: every check that was told is in the ledger, and the resumed run equals one in one go."""
    command = [sys.executable, "-m", "autograder", "grade", "p1", "--course", course_dir, "--jobs", str(jobs)]
    process = subprocess.Popen(
        [*command, "--sandbox", best_level()], cwd=KIT_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    while process.poll() is None and rows(course_dir) < 20:
        time.sleep(0.02)
    assert process.poll() is None, "it ended before it could be killed"
    process.kill()
    process.wait()
    kept = rows(course_dir)
    assert kept >= 20
    assert grade(course_dir, jobs=jobs) == 0
    resumed = stored(course_dir / "results" / "p1_classifiers")
    assert grade(course_dir, fresh=True, out=course_dir / "fresh") == 0
    assert resumed == stored(course_dir / "fresh")


def rows(course_dir):
    """How many results are in the ledger, as another process sees it that opens a copy."""
    try:
        for name in ("ledger.db", "ledger.db-wal"):
            shutil.copy(course_dir / name, course_dir / f"seen-{name}")
        (course_dir / "seen-ledger.db-wal").rename(course_dir / "seen.db-wal")
        (course_dir / "seen-ledger.db").rename(course_dir / "seen.db")
        with sqlite3.connect(course_dir / "seen.db") as db:
            return db.execute("select count(*) from results").fetchone()[0]
    except (OSError, sqlite3.Error):
        return 0


def test_a_slot_that_the_system_ends_costs_nobody_a_result(course_dir, monkeypatch):
    """Twice ended, its submission is given up and named; the others are graded."""
    killed = []
    real = slots._Slot.give

    def give(self, task):
        real(self, task)
        if task.submission.name == "bob":
            killed.append(self)
            self.process.kill()

    monkeypatch.setattr(slots._Slot, "give", give)
    assert grade(course_dir, jobs=2) == 0
    assert killed
    scores = {n: json.loads(t)["score"] for n, t in stored(course_dir / "results" / "p1_classifiers").items()}
    assert scores == {"ada.json": 50.0, "bob.json": 46.0, "eve.json": 0.0}


def test_a_submission_that_ends_every_slot_is_given_up_and_named(course_dir, monkeypatch, capsys):
    real = slots._Slot._send

    def send(self):
        real(self)
        if self.task.submission.name == "bob":
            self.process.kill()

    monkeypatch.setattr(slots._Slot, "_send", send)
    assert grade(course_dir, jobs=2) == 1
    assert sorted(stored(course_dir / "results" / "p1_classifiers")) == ["ada.json", "eve.json"]
    assert (
        "not graded, the grader failed: bob: the system ended the process that graded it, twice"
        in capsys.readouterr().err
    )


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
