"""No word of a submission acts where it is shown: in HTML, in tables, on a terminal, at Gradescope, in file names."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from autograder import classroom, cli
from autograder.engine.results import CheckResult, FileRecord, QuestionResult, SubmissionResult
from autograder.reports.card import question_card
from autograder.reports.files import load_results, report, save_result
from autograder.reports.gradescope import gradescope_json
from autograder.reports.html import class_page, submission_page
from autograder.reports.tables import class_csv
from autograder.reports.terminal import grading_progress, score_table
from autograder.reports.words import file_stem
from tests.hostile.damage import steers

HONEST = "linear_classifier.predict_linear_classifier"
EVIL = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>'\"><svg/onload=alert(1)>",
    "ansi": "ada\x1b[2J\x1b]0;owned\x07\x1b]8;;http://x\x1b\\\x9b31m\b\b\b\r\x7f",
    "markup": "[bold red]ada[/] [link=http://x]x[/link] [/] \\[x [@click=app.quit]",
    "formula": "=cmd|' /C calc'!A0",
    "formula_behind": "\ufeff\u200b\t +1+1",
    "direction": "ada\u202eyp.nnk\u2066\u200f",
    "lines": "ada\n=1+1\r\n\u2028@x\u2029,\"\n<b>",
    "null": "ada\0bo",
    "half_characters": "ada\ud800\udfff",
    "path": "../../../../etc/cron.d/ada",
    "dots": "..",
    "nothing": "",
    "device": "CON.txt",
    "format": "{0} %s %(x)s ${HOME} `id`",
    "long": "x" * 5000,
    "long_evil": "<script>\x1b[2J" * 1000,
    "template": "{{7*7}} {% include '/etc/passwd' %}",
}  # fmt: skip


class Tags(HTMLParser):
    """What a browser would act on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src", "action")}


def evil_result(assignment, word: str, name: str | None = None) -> SubmissionResult:
    """A result in which all that a submission can write is the word."""
    checks = [
        CheckResult("x/" + word, word, visibility, outcome, word, word)
        for visibility in ("visible", "hidden")
        for outcome in ("failed", "error", "passed")
    ]
    questions = tuple(QuestionResult(q.id, 0.0, q.points, tuple(checks)) for q in assignment.questions)
    files = (FileRecord(word, word),)
    whose = word if name is None else name
    return SubmissionResult(
        whose, assignment.id, files, "cpu", "bubblewrap", "ab" * 8, 0.0, assignment.max_score, 0.1, questions
    )


@pytest.mark.parametrize("name", EVIL)
def test_no_word_of_a_submission_acts_in_html(p1, name):
    evil, harmless = evil_result(p1, EVIL[name]), evil_result(p1, "harmless")
    for make in (
        lambda r: submission_page(p1, r, "index.html"),
        lambda r: class_page(p1, [r]),
        lambda r: question_card(r.questions[0]),
    ):
        shown, usual = Tags(make(evil)), Tags(make(harmless))
        assert shown.tags <= usual.tags
        assert shown.attributes <= usual.attributes
        assert all("//" not in link and not link.startswith(("javascript:", "data:")) for link in shown.links)
        assert steers(make(evil)) == []
        assert len(make(evil)) < 1 << 20


@pytest.mark.parametrize("name", EVIL)
def test_no_word_of_a_submission_steers_a_terminal(p1, name):
    file = io.StringIO()
    console = Console(file=file, width=160, force_terminal=False)
    console.print(score_table(p1, [evil_result(p1, EVIL[name]), evil_result(p1, "harmless")]))
    assert steers(file.getvalue()) == []
    assert "harmless" in file.getvalue()
    assert len(file.getvalue()) < 20_000


def test_a_name_shown_on_a_progress_bar_is_text():
    file = io.StringIO()
    console = Console(file=file, width=200, force_terminal=True, color_system=None, legacy_windows=False)
    with grading_progress(len(EVIL), console) as progress:
        for word in EVIL.values():
            progress.graded(word)
    assert "\x1b]" not in file.getvalue()
    assert "\x9b" not in file.getvalue()
    assert "\x07" not in file.getvalue()


@pytest.mark.parametrize("name", EVIL)
def test_no_word_of_a_submission_is_a_formula_or_a_second_row(p1, name):
    text = class_csv(p1, [evil_result(p1, EVIL[name]), evil_result(p1, "harmless")])
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 3
    assert len({len(row) for row in rows}) == 1
    for cell in rows[1]:
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "|", "%"))
        assert steers(cell) == []
        assert len(cell) <= 501


@pytest.mark.parametrize(
    "separator",
    [
        ";",
        "\t",
    ],
)
def test_a_name_is_one_cell_also_where_a_spreadsheet_takes_another_separator(p1, separator):
    text = class_csv(p1, [evil_result(p1, "x", name=f"ada{separator}=1+1")])
    cells = next(csv.reader(text.splitlines()[1:], delimiter=separator))
    assert not any(cell.startswith("=") for cell in cells)


@pytest.mark.parametrize("name", EVIL)
def test_gradescope_gets_plain_bounded_text(p1, name):
    data = json.loads(gradescope_json(evil_result(p1, EVIL[name])).encode("utf-8"))
    assert data["score"] == 0
    for test in data["tests"]:
        assert test["output_format"] == "text"  # never html or markdown
        assert steers(test["output"]) == []
        assert len(test["output"]) < 20_000
        assert test.get("score", 0) == 0


@pytest.mark.parametrize("name", EVIL)
def test_files_of_a_result_stay_in_their_folder_and_names_are_never_shared(p1, name, tmp_path):
    folder = tmp_path / "a" / "b" / "results"
    if name == "half_characters":  # a name is made storable where it is read
        EVIL[name].encode("utf-8", "surrogatepass")
    else:
        save_result(evil_result(p1, EVIL[name]), folder)
    save_result(evil_result(p1, "harmless"), folder)
    for form in ("html", "gradescope", "csv", "json"):
        report(p1, folder, form)
    everything = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert all(p.is_relative_to(folder) for p in everything)
    assert all(len(p.name) < 120 for p in everything)
    assert {r.submission for r in load_results(folder, p1)} >= {"harmless"}
    assert file_stem(EVIL[name]).lower() != file_stem(EVIL[name].upper() + "x").lower()


def test_what_student_code_writes_is_harmless_wherever_it_is_shown(bench, p1, tmp_path):
    code = (
        "def predict_linear_classifier(W, X):\n"
        f"    raise type({EVIL['html']!r} * 50, (ValueError,), {{}})({' '.join(EVIL.values())!r})\n"
    )
    result = bench.grader.grade(bench.submission(code, "linear_classifier", name=EVIL["html"]), (HONEST,))
    assert result.questions[0].checks[0].outcome == "error"
    save_result(result, tmp_path)
    for path in (*report(p1, tmp_path, "html"), *report(p1, tmp_path, "gradescope"), *report(p1, tmp_path, "csv")):
        text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
        assert steers(text) == []
        assert path.suffix != ".html" or not Tags(text).tags & {"script", "img", "svg"}
        assert len(text) < 1 << 20


def test_faults_named_after_a_submission_do_not_steer_the_terminal(p1, capsys):
    graded = classroom._Graded(p1, None, Path("results"), [], [f"{EVIL['ansi']}: the oracle failed"])  # type: ignore[arg-type]
    classroom._say_faults(graded)
    assert steers(capsys.readouterr().err) == []


def test_a_name_in_a_message_of_the_command_line_does_not_steer_the_terminal(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    paths = [tmp_path / folder / "ada\x1b[2J\x1b]0;owned\x07" for folder in "ab"]
    for path in paths:
        path.mkdir(parents=True)
    assert cli.main(["grade", "p1", *map(str, paths)]) == 2
    said = capsys.readouterr().err
    assert "two submissions are named" in said
    assert steers(said) == []


def test_an_object_in_place_of_an_answer_is_shown_by_its_type(bench):
    code = "class Mine: pass\n\ndef knn_get_best_k(k_to_accuracies):\n    return [Mine()]\n"
    said = bench.grade(code, "knn.knn_get_best_k")["highest_mean"].message
    assert "0x" not in said
    assert "Mine" in said
