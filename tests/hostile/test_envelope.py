"""What is around the code gains nothing: the files handed in, their names and encodings, and all that shows them."""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import io
import json
import marshal
import os
import re
import shutil
import socket
import stat
import tempfile
import unicodedata
import warnings
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from autograder import classroom, cli
from autograder.engine.results import CheckResult, FileRecord, QuestionResult, SubmissionResult
from autograder.engine.submission import Submission, read_submission
from autograder.reports.card import question_card
from autograder.reports.files import load_results, report, save_result
from autograder.reports.gradescope import gradescope_json
from autograder.reports.html import class_page, submission_page
from autograder.reports.tables import class_csv
from autograder.reports.terminal import grading_progress, score_table
from autograder.reports.words import file_stem
from tests.conftest import reference_source

HONEST = "linear_classifier.predict_linear_classifier"
FILE = "linear_classifier.py"
REFERENCE = reference_source("linear_classifier")
SKELETON = Path("deeprob/exercises/linear_classifier.py")

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


def steers(text: str) -> list[str]:
    """The characters of a text that a terminal or a browser obeys and does not show."""
    return [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c != "\n"]


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
        pytest.param(";", marks=pytest.mark.xfail(strict=True, reason="reports/tables.py does not quote the cell")),
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


def zipped(path: Path, entries: list[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of duplicate names
        for name, data in entries:
            archive.writestr(name, data)
    return path


def test_of_two_entries_of_one_name_the_recorded_one_is_graded(tmp_path, p1):
    path = zipped(tmp_path / "ada.zip", [("knn.py", b"first"), ("knn.py", b"second")])
    submission = read_submission(path, p1)
    assert submission.files == {"knn.py": b"second"}  # as unzip would leave it
    assert [r.sha256[:8] for r in submission.records] == ["16367aac"]


def test_names_that_differ_in_case_are_other_files(tmp_path, p1):
    entries = [("KNN.PY", b"a"), ("knn.py", b"b"), ("Knn.py", b"c"), ("knn.py ", b"d"), ("\u212ann.py", b"e")]
    assert read_submission(zipped(tmp_path / "ada.zip", entries), p1).files == {"knn.py": b"b"}


@pytest.mark.parametrize(
    "name",
    [
        "../knn.py",
        "..\\knn.py",
        "/knn.py",
        "C:\\knn.py",
        "./knn.py",
        "a/../knn.py",
        "knn.py/",
        "~/knn.py",
        "//x/knn.py",
        "x" * 5000,
        "x/" * 2000 + "knn.py",
        "\0knn.py",
        "knn.py\0.txt",
    ],
)
def test_a_zip_writes_nothing_wherever_its_names_lead(tmp_path, p1, name):
    inside = tmp_path / "in"
    inside.mkdir()
    entry = zipfile.ZipInfo("placeholder")
    entry.filename = name
    before = set(tmp_path.rglob("*"))
    submission = read_submission(
        zipped(inside / "ada.zip", [(entry, b"x = 1"), ("linear_classifier.py", b"y = 2")]), p1
    )
    assert set(tmp_path.rglob("*")) - before == {inside / "ada.zip"}
    assert submission.files["linear_classifier.py"] == b"y = 2"
    assert set(submission.files) <= {"linear_classifier.py", "knn.py"}


@pytest.mark.parametrize("kind", [stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK, stat.S_IFLNK, stat.S_IFDIR])
def test_an_entry_that_says_it_is_no_file_makes_none(tmp_path, p1, kind):
    entry = zipfile.ZipInfo("knn.py")
    entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
    submission = read_submission(zipped(tmp_path / "ada.zip", [(entry, b"/dev/zero")]), p1)
    assert submission.files.get("knn.py", b"/dev/zero") == b"/dev/zero"
    assert [p.name for p in tmp_path.iterdir()] == ["ada.zip"]


def test_a_device_or_a_socket_in_a_folder_is_not_read(tmp_path, p1):
    made = "knn.py: is not a file"
    with socket.socket(socket.AF_UNIX) as place:
        place.bind(str(tmp_path / "knn.py"))
        assert read_submission(tmp_path, p1).problems[0] == made
    (tmp_path / "knn.py").unlink()
    with contextlib.suppress(PermissionError):  # only root makes devices
        os.mknod(tmp_path / "knn.py", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
        assert read_submission(tmp_path, p1).problems[0] == made


@pytest.mark.xfail(strict=True, reason="engine/submission.py lets the PermissionError out, which ends the whole class")
def test_a_folder_that_cannot_be_looked_into_is_a_problem_of_its_files_and_stops_nobody(p1):
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        place.chmod(0o755)
        (place / "ada" / p1.id).mkdir(parents=True)
        (place / "ada" / p1.id / "knn.py").write_text("x = 1")
        (place / "ada" / p1.id).chmod(0)
        user = os.geteuid()
        if user == 0:  # whom nothing is forbidden
            os.seteuid(65534)
        try:
            submission = read_submission(place / "ada", p1)
        finally:
            os.seteuid(user)
        assert submission.files == {}
        assert "knn.py" in submission.problems[0]
    finally:
        (place / "ada" / p1.id).chmod(0o700)
        shutil.rmtree(place)


def test_modules_that_are_handed_in_beside_the_file_are_never_imported(bench, p1, tmp_path):
    names = [
        "torch.py", "numpy.py", "json.py", "marshal.py", "sitecustomize.py", "usercustomize.py", "conftest.py",
        "pyproject.toml", "setup.cfg", "x.pth", "course.toml", "autograder/__init__.py", "autograder/engine/live.py",
        "deeprob/__init__.py", "deeprob/exercises/__init__.py", "deeprob/exercises/knn.py", ".course_secret",
        "torch/__init__.py", "linear_classifier/__init__.py", "results.json", "gradebook.db",
    ]  # fmt: skip
    for name in names:
        path = tmp_path / "ada" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("raise SystemExit('mine')")
    (tmp_path / "ada" / FILE).write_text(REFERENCE)
    submission = read_submission(tmp_path / "ada", p1)
    assert set(submission.files) == {FILE, "knn.py"}  # knn.py as it lies in the kit
    assert bench.grader.grade(submission, (HONEST,)).score == 3


@pytest.mark.parametrize("place", ["__pycache__/linear_classifier.cpython-311.pyc", "linear_classifier.pyc"])
def test_a_stale_compiled_file_is_never_run(bench, p1, tmp_path, place):
    code = marshal.dumps(compile(REFERENCE, FILE, "exec"))
    path = tmp_path / "ada" / place
    path.parent.mkdir(parents=True)
    path.write_bytes(importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8) + code)
    shutil.copy(SKELETON, tmp_path / "ada" / FILE)
    (result,) = bench.grader.grade(read_submission(tmp_path / "ada", p1), (HONEST,)).questions
    assert result.points == 0
    assert result.checks[0].outcome == "not_attempted"


ENCODED = {
    "utf_16": (REFERENCE.encode("utf-16"), "error", "linear_classifier.py"),
    "utf_16_without_mark": (REFERENCE.encode("utf-16-le"), "error", "null bytes|linear_classifier.py"),
    "utf_32": (REFERENCE.encode("utf-32"), "error", "linear_classifier.py"),
    "latin_1": (REFERENCE.encode() + b"\nx = 'caf\xe9'\n", "error", "linear_classifier.py"),
    "latin_1_in_a_comment": (REFERENCE.encode() + b"\n# caf\xe9\n", "passed", "^$"),
    "latin_1_and_says_so": (b"# coding: latin-1\n" + REFERENCE.encode("ascii", "ignore") + b"# \xe9\n", "passed", "^$"),
    "mark": (REFERENCE.encode("utf-8-sig"), "passed", "^$"),
    "mark_and_another_name": (b"\xef\xbb\xbf# coding: latin-1\n" + REFERENCE.encode(), "error", "encoding|linear"),
    "old_mac_lines": (REFERENCE.encode().replace(b"\n", b"\r"), "passed", "^$"),
    "windows_lines": (REFERENCE.encode().replace(b"\n", b"\r\n"), "passed", "^$"),
    "null": (REFERENCE.encode() + b"\0", "error", "null bytes|linear_classifier.py"),
    "unknown_name": (b"# coding: klingon\n" + REFERENCE.encode(), "error", "unknown encoding|linear_classifier.py"),
    "not_of_text": (b"# coding: zlib\n" + REFERENCE.encode(), "error", "linear_classifier.py"),
    "rot13": (b"# coding: rot13\n" + REFERENCE.encode(), "error", "linear_classifier.py"),
    "utf_7": (b"# coding: utf-7\n+AGUAeABpAHQAKAAwACk-\n", "error", "exit|SystemExit|linear_classifier.py"),
    "idna": (b"# coding: idna\n" + b"x" * 5000, "error", "linear_classifier.py"),
    "nothing": (b"", "error", "defines no predict_linear_classifier"),
    "only_the_mark": (b"\xef\xbb\xbf", "error", "defines no predict_linear_classifier"),
    "only_bytes": (bytes(range(256)) * 100, "error", "linear_classifier.py"),
    "end_of_file_of_dos": (b"\x1a" + REFERENCE.encode(), "error", "linear_classifier.py"),
    "overlong": (b"x = '\xc0\xaf\xe0\x80\xaf'\n" + REFERENCE.encode(), "error", "linear_classifier.py"),
    "half_characters": (b"x = '\xed\xa0\x80'\n" + REFERENCE.encode(), "error", "linear_classifier.py"),
    "letters_that_look_alike": ("def ｐredict_linear_classifier(W, X): return 0\n".encode(), "failed", "labels is 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", ENCODED)
def test_a_file_in_another_encoding_is_read_as_python_reads_it_or_said_to_be_unreadable(bench, name):
    data, outcome, says = ENCODED[name]
    (result,) = bench.grader.grade(Submission("ada", {FILE: data}), (HONEST,)).questions
    first = result.checks[0]
    assert first.outcome == outcome, first
    assert re.search(says, first.message), first.message
    assert steers(first.message) == []
    assert bench.grader.grade(Submission("next", {FILE: REFERENCE.encode()}), (HONEST,)).score == 3


@pytest.mark.xfail(strict=True, reason="classroom.py prints names as they are")
def test_faults_named_after_a_submission_do_not_steer_the_terminal(p1, capsys):
    graded = classroom._Graded(p1, None, Path("results"), [], [f"{EVIL['ansi']}: the oracle failed"])  # type: ignore[arg-type]
    classroom._say_faults(graded)
    assert steers(capsys.readouterr().err) == []


@pytest.mark.xfail(strict=True, reason="cli.py prints messages as they are")
def test_a_name_in_a_message_of_the_command_line_does_not_steer_the_terminal(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    paths = [tmp_path / folder / "ada\x1b[2J\x1b]0;owned\x07" for folder in "ab"]
    for path in paths:
        path.mkdir(parents=True)
    assert cli.main(["grade", "p1", *map(str, paths)]) == 2
    said = capsys.readouterr().err
    assert "two submissions are named" in said
    assert steers(said) == []
