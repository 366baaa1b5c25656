"""With the real nbgrader: the scores are this engine's, nothing handed in is executed, nothing hidden gets out."""

from __future__ import annotations

import ast
import csv
import io
import re

import pytest
from nbgrader.api import Gradebook
from round_trip import ASSIGNMENT, PNG, RoundTrip

from autograder.course import KIT_ROOT, load_course

pytestmark = pytest.mark.xdist_group("round-trip")  # one process makes what the tests share

STUDENTS = ("broken", "late", "partial", "scriptonly", "tampered")
WRITTEN = 12.0


@pytest.fixture(scope="session")
def grades(trip: RoundTrip) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(io.StringIO((trip.course / "grades.csv").read_text()))
    return {row["student_id"]: row for row in rows}


@pytest.mark.parametrize("student", STUDENTS)
def test_the_exported_score_is_the_engines(trip: RoundTrip, grades: dict[str, dict[str, str]], student: str) -> None:
    result = trip.result(student)
    assert float(grades[student]["raw_score"]) == pytest.approx(result["score"], abs=0.005)
    assert float(grades[student]["max_score"]) == 100 + WRITTEN
    assert result["score"] == pytest.approx(sum(q["points"] for q in result["questions"]), abs=0.01)


def test_every_student_is_graded(grades: dict[str, dict[str, str]]) -> None:
    assert sorted(grades) == sorted(STUDENTS)


def test_partial_credit_arrives_cell_by_cell(trip: RoundTrip) -> None:
    expected = {q["id"].replace(".", "-"): q["points"] for q in trip.result("partial")["questions"]}
    with Gradebook(f"sqlite:///{trip.course / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, "partial")
        saved = {g.name: g.auto_score for n in submission.notebooks for g in n.grades if g.cell.cell_type == "code"}
    assert saved == pytest.approx(expected)
    assert 0 < saved["knn-predict_labels"] < 10
    assert saved["knn-compute_distances_no_loops"] == 12


def test_written_answers_wait_for_a_person_and_empty_ones_get_nothing(trip: RoundTrip) -> None:
    with Gradebook(f"sqlite:///{trip.course / 'gradebook.db'}") as gradebook:
        for student, score, waits in (("partial", None, True), ("late", 0, False), ("scriptonly", 0, False)):
            submission = gradebook.find_submission(ASSIGNMENT, student)
            grade = next(g for n in submission.notebooks for g in n.grades if g.name == "knn-inline_metric")
            assert (grade.auto_score, bool(grade.needs_manual_grade)) == (score, waits)


def test_late_work_loses_a_share_of_what_it_earned_for_each_day_begun(grades: dict[str, dict[str, str]]) -> None:
    late = grades["late"]
    assert float(late["raw_score"]) == 50.0
    assert float(late["late_submission_penalty"]) == pytest.approx(10.0)
    assert float(late["score"]) == pytest.approx(40.0)
    assert all(float(grades[s]["late_submission_penalty"]) == 0 for s in STUDENTS if s != "late")


def test_a_broken_notebook_costs_no_code_points_and_stops_nobody(
    trip: RoundTrip, grades: dict[str, dict[str, str]]
) -> None:
    assert float(grades["broken"]["score"]) == 50.0
    assert float(grades["scriptonly"]["score"]) == 50.0
    words = trip.feedback("broken")
    assert "knn.ipynb could not be read as a notebook" in words
    assert "The points of the Python file do not depend on it" in words
    assert "linear_classifier.ipynb was not handed in" in trip.feedback("broken", "linear_classifier")
    assert "linear_classifier.py, line 1" in trip.feedback("broken", "linear_classifier")
    assert "knn.ipynb was not handed in" in trip.feedback("scriptonly")


def test_a_tampered_notebook_gains_nothing_and_is_put_right(trip: RoundTrip, grades: dict[str, dict[str, str]]) -> None:
    assert float(grades["tampered"]["score"]) == 0.0
    cells = [c["metadata"]["nbgrader"] for c in trip.autograded("tampered")["cells"] if c["metadata"].get("nbgrader")]
    exercise = load_course().exercise("knn")
    expected = {q.id.replace(".", "-"): q.points for q in (*exercise.questions, *exercise.written)}
    assert {c["grade_id"]: c["points"] for c in cells} == expected
    assert len(cells) == len(expected)
    assert "the locked cell knn-compute_distances_no_loops had been changed" in trip.feedback("tampered")
    assert "it was put back" in trip.feedback("tampered")


def test_what_was_handed_in_stays_as_it_was(trip: RoundTrip) -> None:
    folder = trip.submitted("scriptonly")
    assert not list(folder.glob("*.ipynb"))
    assert (trip.submitted("broken") / "knn.ipynb").read_text() == '{"cells": [<script>'


def test_a_link_in_the_exchange_is_not_collected_and_earns_nothing(trip: RoundTrip) -> None:
    assert "Not collected, no plain file" in trip.logs["collect"]
    assert not (trip.submitted("partial") / "linear_classifier.py").exists()
    points = {q["id"]: q["points"] for q in trip.result("partial")["questions"]}
    assert sum(p for id, p in points.items() if id.startswith("linear_classifier.")) == 0


def test_a_time_that_was_changed_in_the_exchange_is_put_right(trip: RoundTrip) -> None:
    stamp = (trip.submitted("partial") / "timestamp.txt").read_text()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? UTC", stamp)
    assert "timestamp.txt was not" in trip.logs["collect"]


def test_outputs_and_plots_that_were_handed_in_stay(trip: RoundTrip) -> None:
    page = trip.feedback("partial")
    for kept in (f"data:image/png;base64,{PNG}", "kept table", "kept words"):
        assert kept in page


@pytest.mark.parametrize("student", STUDENTS)
def test_nothing_a_student_wrote_runs_in_the_feedback(trip: RoundTrip, student: str) -> None:
    for notebook in ("knn", "linear_classifier"):
        page = trip.feedback(student, notebook)
        scripts = re.findall(r"<script[^>]*>", page)
        assert all("mathjax" in script for script in scripts), scripts
        assert "<svg" not in page
        assert not re.search(r"<[^>]*\son(click|load|error)\s*=", page)
        assert "javascript:alert" not in re.sub(r"&[a-z]+;", "", "".join(re.findall(r"<a [^>]*>", page)))
        assert "alert(&#39;in javascript" not in page


def test_no_notebook_is_executed(trip: RoundTrip) -> None:
    assert "Path(" in str(trip.autograded("partial"))
    assert not trip.executed.exists()
    assert "Executing" not in trip.logs["autograde"]


def test_the_students_own_code_is_kept_beside_the_notebook(trip: RoundTrip) -> None:
    kept = (trip.course / "autograded" / "late" / ASSIGNMENT / "knn.py").read_bytes()
    assert kept == (trip.submitted("late") / "knn.py").read_bytes()


def test_feedback_shows_findings_and_the_likely_mistake(trip: RoundTrip) -> None:
    page = trip.feedback("partial")
    failed = [c for q in trip.result("partial")["questions"] for c in q["checks"] if c["outcome"] == "failed"]
    assert failed
    mistake = next(c["diagnosis"] for c in failed if c["diagnosis"])
    assert mistake.split(";")[0] in page
    assert "Likely mistake:" in page
    assert "not run since an earlier check failed" in page or "not right yet" in page


@pytest.mark.parametrize("student", STUDENTS)
def test_feedback_holds_no_code_of_hidden_checks_and_no_solution(trip: RoundTrip, student: str) -> None:
    private = set()
    for folder in ("hidden", "reference/exercises", "mutants"):
        for path in (KIT_ROOT / "autograder" / folder).glob("*.py"):
            text = path.read_text()
            strings = {
                n.value for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Constant) and isinstance(n.value, str)
            }
            lines = {line.strip() for line in text.splitlines() if len(line.strip()) > 40}
            private |= {line for line in lines if not any(line.strip("\"', ") in s for s in strings)}
    own = "".join(path.read_text() for path in trip.submitted(student).glob("*.py"))
    for notebook in ("knn", "linear_classifier"):
        page = trip.feedback(student, notebook)
        assert not [line for line in private if line in page and line not in own]


def test_formgraders_button_grades_with_this_engine_and_its_page_runs_nothing(trip: RoundTrip) -> None:
    shown = trip.formgrader("tampered")
    assert shown["answer"]["success"], shown["answer"]
    assert "Executing" not in shown["answer"]["log"]
    assert not trip.executed.exists()
    assert "deeprob-card" in shown["page"]
    assert "1000" not in re.findall(r"id=\"knn-compute_distances_two_loops\".{0,80}", shown["page"])[0]


def test_the_result_names_the_sandbox_and_the_files(trip: RoundTrip) -> None:
    result = trip.result("late")
    assert result["sandbox"] in ("bubblewrap", "process")
    assert {f["path"] for f in result["files"]} == set(load_course().assignment("p1").files)


def test_grading_again_gives_the_same(trip: RoundTrip) -> None:
    before = trip.result("scriptonly")
    trip.nbgrader(trip.course, "autograde", ASSIGNMENT, "--force", "--student=scriptonly")
    after = trip.result("scriptonly")
    assert after["seed"] == before["seed"]
    assert [q["points"] for q in after["questions"]] == [q["points"] for q in before["questions"]]
    assert "feedback" not in trip.logs["autograde"]
