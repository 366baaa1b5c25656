"""A check's key: the same where nothing that matters changed, another wherever something did."""

from __future__ import annotations

import dataclasses

import pytest

from autograder import contents
from autograder.contents import Contents, source_files
from autograder.course import KIT_ROOT
from autograder.engine.submission import Submission

SECRET = b"the secret of the tests, long enough"
FILES = {"knn.py": b"x = 1\n", "linear_classifier.py": b"y = 2\n"}


@pytest.fixture
def keys(course, p1):
    def keys_of(name="ada", files=FILES, course=course, secret=SECRET, device="cpu", level="bubblewrap"):
        return Contents(course, course.assignment(p1.id), secret, device, level).keys(Submission(name, files))

    return keys_of


def test_the_same_things_have_the_same_keys_and_every_check_its_own(keys):
    assert keys() == keys()
    assert len(set(keys().values())) == len(keys()) > 100


@pytest.mark.parametrize("other", [{"name": "bob"}, {"secret": b"y" * 32}, {"level": "process"}], ids=str)
def test_another_student_secret_or_level_has_other_keys(keys, other):
    assert not set(keys().values()) & set(keys(**other).values())


def test_a_changed_file_changes_its_own_exercise_alone(keys):
    before, after = keys(), keys(files={**FILES, "knn.py": b"x = 2\n"})
    changed = {id for id in before if before[id] != after[id]}
    assert changed == {id for id in before if id.startswith("knn.")}
    assert not any(id.startswith("knn.") for id in keys(files={"linear_classifier.py": b"y = 2\n"}))


def test_a_file_beside_the_module_belongs_to_the_exercise(course):
    contents = Contents(course, course.assignment("p5"), SECRET, "cpu", "bubblewrap")
    with_file = {"architectures.py": b"x = 1\n", "shapes_network.pt": b"weights"}
    keys = [contents.keys(Submission("ada", with_file | other)) for other in ({}, {"shapes_network.pt": b"others"})]
    keys.append(contents.keys(Submission("ada", {"architectures.py": b"x = 1\n"})))
    assert all(len({k[id] for k in keys}) == 3 for id in keys[0])


def test_a_changed_rule_or_limit_changes_keys(keys, course, p1):
    limits = dataclasses.replace(course, limits=dataclasses.replace(course.limits, seconds=11))
    assert not set(keys().values()) & set(keys(course=limits).values())
    knn, linear = p1.exercises
    assignment = dataclasses.replace(p1, exercises=(dataclasses.replace(knn, forbidden=("torch.cdist",)), linear))
    stricter = dataclasses.replace(course, assignments=(assignment,))
    before, after = keys(), keys(course=stricter)
    assert {id.split(".")[0] for id in before if before[id] != after[id]} == {"knn"}


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("autograder/hidden/knn.py", {"knn", "hidden"}),
        ("autograder/checks/knn.py", {"knn"}),  # which the hidden ones import
        ("autograder/oracles/knn.py", {"knn"}),
        ("autograder/mutants/linear_classifier.py", {"linear_classifier"}),
        ("autograder/reference/exercises/knn.py", {"knn"}),
        ("deeprob/datasets/digits.py", {"linear_classifier"}),  # imported inside a function of the oracle
        ("autograder/engine/expect.py", {"knn", "linear_classifier"}),
        ("autograder/engine/worker.py", {"knn", "linear_classifier"}),
        ("autograder/checks/convolutional_networks/conv.py", set()),
        ("autograder/reports/html.py", set()),
    ],
)
def test_a_changed_source_file_changes_what_depends_on_it(keys, monkeypatch, file, changes, course, p1):
    assert (KIT_ROOT / file).is_file()
    before = keys()
    real = contents._file_digest
    monkeypatch.setattr(contents, "_file_digest", lambda path: real(path) + "!" * (path == KIT_ROOT / file))
    after = keys()
    changed = {id for id in before if before[id] != after[id]}
    wanted = {id for id in before if id.split(".")[0] in changes}
    if "hidden" in changes:
        assert changed
        assert changed < wanted
    else:
        assert changed == wanted


def test_a_module_brings_its_packages_and_all_that_it_imports_and_nothing_of_others():
    names = [str(path.relative_to(KIT_ROOT)) for path in source_files(("autograder.hidden.knn",))]
    assert names == sorted(names)
    assert {"autograder/__init__.py", "autograder/hidden/knn.py", "autograder/oracles/knn.py"} <= set(names)
    assert "autograder/classroom.py" not in names
