"""Reports show results as they are, and no string of a submission can act in them."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from autograder.course import Assignment, load_course
from autograder.engine.errors import UsageError
from autograder.engine.results import CheckResult, FileRecord, Outcome, QuestionResult, SubmissionResult
from autograder.reports import load_results, question_card, report, save_result
from autograder.reports.gradescope import gradescope_json
from autograder.reports.html import class_page, submission_page
from autograder.reports.tables import class_csv, class_json
from autograder.reports.terminal import grading_progress, score_table
from autograder.reports.words import file_stem, plain, points

EVIL = "<script>alert(1)</script>\x1b[2J\u202e\"onload='x'"
HIDDEN_NOTE = "It looks as if the distances are not squared."


def check(outcome: Outcome, title: str = "the shape", message: str = "", hidden: bool = False) -> CheckResult:
    diagnosis = HIDDEN_NOTE if outcome == "failed" else ""
    return CheckResult(f"x/{title}", title, "hidden" if hidden else "visible", outcome, message, diagnosis, 0.01)


def result(name: str, outcome: Outcome = "passed", message: str = "") -> SubmissionResult:
    assignment = load_course().assignment("p1")
    questions = []
    for q in assignment.questions:
        checks = (check("passed"), check(outcome, "ties", message, hidden=True))
        earned = q.points if outcome == "passed" else q.points / 2
        questions.append(QuestionResult(q.id, earned, q.points, checks))
    score = sum(q.points for q in questions)
    files = (FileRecord("knn.py", "ab" * 32),)
    return SubmissionResult(
        name, assignment.id, files, "cpu", "bubblewrap", "cd" * 8, score, 100.0, 1.5, tuple(questions)
    )


@pytest.fixture
def assignment() -> Assignment:
    return load_course().assignment("p1")


@pytest.fixture
def results() -> list[SubmissionResult]:
    return [result("ada"), result("bo", "failed", "labels[0] is 7, expected 2."), result("=cmd()", "error", EVIL)]


class Tags(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_page_shows_points_messages_and_likely_mistakes(
    assignment: Assignment, results: list[SubmissionResult]
) -> None:
    words = Tags(submission_page(assignment, results[1])).words
    for text in (
        "bo",
        "50 / 100",
        "knn.predict_labels",
        "labels[0] is 7, expected 2.",
        HIDDEN_NOTE,
        "bubblewrap",
        "hidden",
    ):
        assert text in words


def test_the_class_page_counts_who_missed_what(assignment: Assignment, results: list[SubmissionResult]) -> None:
    words = " ".join(Tags(class_page(assignment, results)).words.split())
    assert HIDDEN_NOTE in words
    assert "66.67" in words  # the mean
    assert "ties" in words


@pytest.mark.parametrize(
    "make", [submission_page, lambda a, r: class_page(a, [r]), lambda a, r: question_card(r.questions[0])]
)
def test_no_string_of_a_submission_acts_in_html(assignment: Assignment, make: object) -> None:
    questions = tuple(
        QuestionResult(q.id, 0.0, q.points, (CheckResult("x", EVIL, "visible", "failed", EVIL, EVIL),))
        for q in assignment.questions
    )
    evil = SubmissionResult(EVIL, EVIL, (FileRecord(EVIL, EVIL),), EVIL, EVIL, EVIL, 0.0, 100.0, 0.1, questions)
    page = make(assignment, evil)  # type: ignore[operator]
    seen = Tags(page)
    assert "script" not in seen.tags
    assert not [name for name in seen.attributes if name.startswith("on")]
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "<script>alert(1)</script>" in seen.words


def test_pages_load_nothing_and_follow_the_colour_scheme(
    assignment: Assignment, results: list[SubmissionResult]
) -> None:
    page = class_page(assignment, results)
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    assert "http://" not in page
    assert "https://" not in page
    assert not Tags(page).tags & {"script", "link", "img", "iframe"}


def test_long_messages_are_bounded(assignment: Assignment) -> None:
    page = submission_page(assignment, result("ada", "failed", "x" * 10**6))
    assert len(page) < 200_000


def test_csv_has_a_row_a_submission_and_starts_no_formula(
    assignment: Assignment, results: list[SubmissionResult]
) -> None:
    rows = list(csv.DictReader(io.StringIO(class_csv(assignment, results))))
    assert [row["submission"] for row in rows] == ["ada", "bo", "'=cmd()"]
    assert rows[0]["score"] == "100.0"
    assert rows[1]["knn.predict_labels"] == "5.0"
    for name in ("+1", "-1", "@x", " =1", "\t=1", "|x"):
        (row,) = csv.DictReader(io.StringIO(class_csv(assignment, [result(name)])))
        assert row["submission"].startswith("'")


def test_json_is_every_result_in_full(assignment: Assignment, results: list[SubmissionResult]) -> None:
    data = json.loads(class_json(assignment, results))
    assert [SubmissionResult.from_dict(d) for d in data["submissions"]] == results


def test_gradescope_gets_partial_credit_and_hides_hidden_checks(results: list[SubmissionResult]) -> None:
    data = json.loads(gradescope_json(results[1]))
    assert data["score"] == 50.0
    scored = [t for t in data["tests"] if "score" in t]
    assert sum(t["score"] for t in scored) == pytest.approx(data["score"])
    assert sum(t["max_score"] for t in scored) == 100.0
    shown = "".join(t["output"] for t in data["tests"] if t["visibility"] == "visible")
    assert "ties" not in shown
    assert HIDDEN_NOTE not in shown
    assert {t["visibility"] for t in data["tests"]} == {"visible", "after_published"}


def test_results_are_saved_read_and_reported(
    assignment: Assignment, results: list[SubmissionResult], tmp_path: Path
) -> None:
    for r in results:
        save_result(r, tmp_path)
    assert load_results(tmp_path, assignment) == sorted(results, key=lambda r: r.submission)
    pages = report(assignment, tmp_path, "html")
    assert pages[0] == tmp_path / "report/html/index.html"
    index = pages[0].read_text()
    assert all(f'href="{page.name}"' in index for page in pages[1:])
    assert len({page.name for page in pages}) == 4
    assert report(assignment, tmp_path, "csv", tmp_path / "x.csv")[0].read_bytes().count(b"\r\n") == 4
    assert len(report(assignment, tmp_path, "gradescope")) == 3
    assert report(assignment, tmp_path, "json")[0].name == "p1_classifiers.json"
    assert load_results(tmp_path, assignment) == sorted(results, key=lambda r: r.submission)


def test_no_results_a_broken_one_and_an_unknown_format_are_errors(assignment: Assignment, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="run `python -m autograder grade` first"):
        report(assignment, tmp_path, "csv")
    with pytest.raises(UsageError, match="unknown format 'pdf'; expected one of html, csv, json, gradescope"):
        report(assignment, tmp_path, "pdf")
    (tmp_path / "ada.json").write_text("{}")
    with pytest.raises(UsageError, match=r"ada\.json is no result of `grade`"):
        report(assignment, tmp_path, "csv")


def test_the_table_shows_scores_and_does_not_obey_names(
    assignment: Assignment, results: list[SubmissionResult]
) -> None:
    console = Console(file=io.StringIO(), width=160, force_terminal=False)
    console.print(score_table(assignment, [*results, result("[red]x[/red]\x1b[2J")]))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "of 100" in text
    assert "17 failed" in text
    assert "[red]x[/red][2J" in text
    assert "\x1b" not in text


def unread(name: str, reason: str) -> SubmissionResult:
    """No check was run, for one reason; the questions have three checks each."""
    whole = result(name)
    checks = tuple(check("not_attempted", title, reason) for title in ("a", "b", "c"))
    questions = tuple(QuestionResult(q.id, 0.0, q.max_points, checks) for q in whole.questions)
    return SubmissionResult(name, whole.assignment, (), "cpu", "bubblewrap", "ef" * 8, 0.0, 100.0, 0.1, questions)


def test_what_could_not_be_run_is_said_below_the_table_once(assignment: Assignment) -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=False)
    console.print(score_table(assignment, [unread("bo", "bo.zip is no zip file"), result("a-name-of-a-student")]))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "not run" in text
    assert text.count("bo: bo.zip is no zip file") == 1
    assert " 1.5" in text  # all columns fit into 80 characters


def test_the_class_page_counts_unread_files_apart(assignment: Assignment) -> None:
    crashed = [QuestionResult(q.id, 0.0, q.points, (check("error", "t", "line 1"),) * 3) for q in assignment.questions]
    broken = SubmissionResult("bo", assignment.id, (), "cpu", "none", "ef" * 8, 0.0, 100.0, 0.1, tuple(crashed))
    words = Tags(class_page(assignment, [broken])).words
    assert "No attempted check failed." in words
    assert "could not be run at all: knn 1, linear_classifier 1." in words


def test_many_checks_that_stopped_for_one_reason_are_one_line(assignment: Assignment) -> None:
    question = unread("bo", "knn.py is missing").questions[0]
    words = Tags(question_card(question)).words
    assert "3 checks: not attempted" in words
    assert words.count("knn.py is missing") == 1
    assert "a; b; c" in words
    assert "3 checks: not attempted" in Tags(submission_page(assignment, unread("bo", "x"))).words


def test_progress_is_silent_without_a_terminal() -> None:
    console = Console(file=io.StringIO(), force_terminal=False)
    with grading_progress(2, console) as progress:
        progress.graded("[bold]ada")
    assert console.file.getvalue() == ""  # type: ignore[attr-defined]


def test_the_card_names_the_mistake_and_the_points(results: list[SubmissionResult]) -> None:
    words = Tags(question_card(results[1].questions[3])).words
    assert words.startswith("knn.predict_labels5 / 10")
    assert "Likely mistake:" in words
    assert HIDDEN_NOTE in words
    assert "(hidden check)" in words
    assert "1 passed: the shape" in words


def test_file_names_are_harmless_and_never_shared() -> None:
    names = ["ada", "a/b", "a b", "a_b", "../x", "", "index", "Index", "a\x00b", "\ud800"]
    stems = [file_stem(name) for name in names]
    assert stems[0] == "ada"
    assert len({stem.lower() for stem in stems}) == len(names)
    assert all("/" not in stem and not stem.startswith(".") for stem in stems)


def test_plain_words_and_points() -> None:
    assert plain("a\x1b[31mb\x07\u202ec\td\r") == "a[31mbc d "
    assert plain("\ud800") == "?"
    assert [points(x) for x in (4.0, 4.5, 3.333, 0.0, 100.0)] == ["4", "4.5", "3.33", "0", "100"]
