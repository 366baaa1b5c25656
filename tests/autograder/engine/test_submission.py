"""What is taken from a folder or a zip, and what is said of the rest."""

from __future__ import annotations

import io
import os
import random
import stat
import zipfile

import pytest

from autograder.engine.errors import SubmissionError
from autograder.engine.submission import MAX_FILE, MAX_SOURCE, read_submission

FILES = {
    "knn.py": b"knn = 1\n", "linear_classifier.py": b"linear = 1\n",
    "knn.ipynb": b"{}", "linear_classifier.ipynb": b"{ }",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "ada"
    place.mkdir()
    for name, data in FILES.items():
        (place / name).write_bytes(data)
    return place


def make_zip(path, entries, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def test_a_flat_folder_is_read_and_only_declared_files_are_taken(folder, p1):
    (folder / "torch.py").write_text("evil")
    (folder / "conftest.py").write_text("evil")
    submission = read_submission(folder, p1)
    assert submission.name == "ada"
    assert submission.files == FILES
    assert submission.problems == ()
    assert [r.path for r in submission.records] == sorted(FILES)
    assert all(len(r.sha256) == 64 for r in submission.records)


def test_the_name_is_the_students_where_nbgrader_keeps_the_assignment_below(folder, p1):
    below = folder.parent / "submitted" / "bob" / "p1_classifiers"
    below.parent.mkdir(parents=True)
    folder.rename(below)
    assert read_submission(below, p1).name == "bob"
    assert read_submission(below, p1, name="carol").name == "carol"


def test_files_are_found_as_they_lie_in_the_kit_and_flat_ones_win(tmp_path, p1):
    home = tmp_path / "deeprob" / "exercises"
    home.mkdir(parents=True)
    (home / "knn.py").write_text("in the kit")
    (home / "linear_classifier.py").write_text("in the kit")
    (tmp_path / "knn.py").write_text("flat")
    submission = read_submission(tmp_path, p1)
    assert submission.files == {"knn.py": b"flat", "linear_classifier.py": b"in the kit"}
    assert submission.problems == ("knn.ipynb is missing", "linear_classifier.ipynb is missing")


@pytest.mark.parametrize("top", ["", "ada/", "deep folder/"])
def test_a_zip_is_read_flat_or_with_one_folder_around_it(tmp_path, p1, top):
    path = make_zip(tmp_path / "ada.zip", {top + n: d for n, d in FILES.items()})
    submission = read_submission(path, p1)
    assert submission.name == "ada"
    assert submission.files == FILES


def test_names_in_a_zip_are_never_paths_of_this_machine(tmp_path, p1):
    path = make_zip(tmp_path / "ada.zip", {"../knn.py": b"a", "/knn.py": b"b", "..\\knn.py": b"c", "x/../knn.py": b"d"})
    assert read_submission(path, p1).files == {}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ada.zip"]


def test_wrong_names_are_missing_files(tmp_path, p1):
    path = make_zip(tmp_path / "ada.zip", {"KNN.py": b"a", "knn (1).py": b"b", "x/knn.py": b"c", "y/knn.py": b"d"})
    submission = read_submission(path, p1)
    assert submission.files == {}
    assert submission.problems[0] == "knn.py is missing"


def test_symbolic_links_are_not_followed(folder, p1, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("not yours")
    (folder / "knn.py").unlink()
    (folder / "knn.py").symlink_to(secret)
    submission = read_submission(folder, p1)
    assert "knn.py" not in submission.files
    assert submission.problems == ("knn.py: is a symbolic link, which is not followed",)
    inside = folder.parent / "eve"
    inside.mkdir()
    (inside / "p1_classifiers").symlink_to(folder)
    assert all("symbolic link" in p for p in read_submission(inside, p1).problems)


def test_symbolic_links_in_a_zip_are_not_followed(tmp_path, p1):
    path = tmp_path / "eve.zip"
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("knn.py")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    assert read_submission(path, p1).problems[0] == "knn.py: is a symbolic link, which is not followed"


def test_folders_pipes_and_large_files_are_not_read(folder, p1):
    for name in ("knn.py", "knn.ipynb"):
        (folder / name).unlink()
    (folder / "knn.py").mkdir()
    os.mkfifo(folder / "knn.ipynb")
    with (folder / "linear_classifier.py").open("wb") as file:
        file.truncate(MAX_SOURCE + 1)
    with (folder / "linear_classifier.ipynb").open("wb") as file:
        file.truncate(MAX_FILE + 1)
    submission = read_submission(folder, p1)
    assert submission.files == {}
    assert submission.problems == (
        "knn.py: is not a file",
        "linear_classifier.py: is larger than 128 KiB",
        "knn.ipynb: is not a file",
        "linear_classifier.ipynb: is larger than 16384 KiB",
    )


def test_a_zip_bomb_is_read_no_further_than_the_largest_file(tmp_path, p1):
    path = make_zip(tmp_path / "bomb.zip", {"knn.py": bytes(80 << 20), "linear_classifier.py": b"fine"})
    submission = read_submission(path, p1)
    assert submission.files == {"linear_classifier.py": b"fine"}
    assert submission.problems[0] == "knn.py: is larger than 128 KiB"


def test_a_zip_of_too_many_entries_is_refused(tmp_path, p1):
    path = make_zip(tmp_path / "many.zip", {f"{i}": b"" for i in range(10_001)}, zipfile.ZIP_STORED)
    with pytest.raises(SubmissionError, match=r"many\.zip is not a zip file that can be read \(10001 entries\)"):
        read_submission(path, p1)


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04" + bytes(50), b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_is_told(tmp_path, p1, data):
    path = tmp_path / "ada.zip"
    path.write_bytes(data)
    with pytest.raises(SubmissionError, match=r"ada\.zip is not a zip file that can be read \(.*\); ask for it again"):
        read_submission(path, p1)


def test_a_damaged_zip_gives_files_or_problems_or_a_submission_error_and_nothing_else(tmp_path, p1):
    whole = io.BytesIO()
    make_zip(whole, {**FILES, "knn.py": b"x = 1\n" * 200})
    dice = random.Random(7)
    for i in range(400):
        damaged = bytearray(whole.getvalue())
        for _ in range(dice.randint(1, 6)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        path = tmp_path / "ada.zip"
        path.write_bytes(damaged[: dice.randint(1, len(damaged))] if i % 4 == 0 else damaged)
        try:
            submission = read_submission(path, p1)
        except SubmissionError:
            continue
        assert set(submission.files) <= set(FILES)


def test_an_encrypted_entry_is_a_problem_of_that_file(tmp_path, p1):
    path = make_zip(tmp_path / "ada.zip", FILES)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    submission = read_submission(path, p1)
    assert len(submission.files) == 3
    assert submission.problems[0].startswith("knn.py: cannot be unpacked: ")


@pytest.mark.parametrize("name", ["nowhere", "x" * 5000, "a\0b"])
def test_nothing_there_is_told(tmp_path, p1, name):
    with pytest.raises(SubmissionError, match=r"there is no submission at .*; expected a folder or a zip file"):
        read_submission(tmp_path / name, p1)


def test_reference_and_skeleton_are_words(p1):
    reference, skeleton = read_submission("reference", p1), read_submission("skeleton", p1)
    assert set(reference.files) == set(skeleton.files) == {"knn.py", "linear_classifier.py"}
    assert b"BEGIN SOLUTION" in reference.files["knn.py"]
    assert b"not implemented yet" in skeleton.files["knn.py"]
    assert b"SOLUTION" not in skeleton.files["knn.py"]


def test_a_zip_with_names_in_no_encoding_is_told(tmp_path, p1):
    path = tmp_path / "ada.zip"
    make_zip(path, {"knn\u00e9.py": b"x = 1"})
    path.write_bytes(path.read_bytes().replace("knn\u00e9.py".encode(), b"knn\xff\xfe.py"))
    with pytest.raises(SubmissionError, match="is not a zip file that can be read"):
        read_submission(path, p1)


def test_a_file_beside_the_module_is_taken_where_there_is_one_and_not_missed(tmp_path, course):
    p5 = course.assignment("p5")
    assert p5.extra == ("shapes_network.pt",)
    for file in p5.files:
        if file not in p5.extra:
            (tmp_path / file).write_text(file)
    without = read_submission(tmp_path, p5)
    assert (without.problems, sorted(without.files)) == ((), sorted(set(p5.files) - set(p5.extra)))
    home = tmp_path / "deeprob" / "exercises"
    home.mkdir(parents=True)
    (home / "shapes_network.pt").write_bytes(b"weights")
    assert read_submission(tmp_path, p5).files["shapes_network.pt"] == b"weights"
    (tmp_path / "shapes_network.pt").write_bytes(bytes((16 << 20) + 1))
    assert read_submission(tmp_path, p5).problems == ("shapes_network.pt: is larger than 16384 KiB",)
    assert read_submission("reference", p5).files["shapes_network.pt"]
