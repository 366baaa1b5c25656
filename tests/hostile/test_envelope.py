"""What is around the code gains nothing: folders, zips, the names in them, what lies beside the file, its encoding."""

from __future__ import annotations

import contextlib
import importlib.util
import marshal
import os
import re
import shutil
import socket
import stat
import tempfile
import warnings
import zipfile
from pathlib import Path

import pytest

from autograder.engine.submission import Submission, read_submission
from tests.conftest import reference_source
from tests.hostile.damage import steers

HONEST = "linear_classifier.predict_linear_classifier"
FILE = "linear_classifier.py"
REFERENCE = reference_source("linear_classifier")
SKELETON = Path("deeprob/exercises/linear_classifier.py")


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
