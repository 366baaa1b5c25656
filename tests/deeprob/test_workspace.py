"""Where the student's files are found, and modules that follow their files."""

from __future__ import annotations

import hashlib
import importlib
import os
import pickle
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

import deeprob.exercises
from deeprob import workspace as module
from deeprob.live_module import FileState, live_module
from deeprob.workspace import Workspace, WorkspaceError

NAMES = ("knn", "linear_classifier")


@pytest.fixture(autouse=True)
def _own_modules():
    """Each test registers its own live modules; the imports of other tests are not disturbed."""
    before = {n: m for n, m in sys.modules.items() if n.startswith("deeprob.exercises")}
    path, names = list(deeprob.exercises.__path__), dict(vars(deeprob.exercises))
    yield
    for name in [n for n in sys.modules if n.startswith("deeprob.exercises.")]:
        del sys.modules[name]
    sys.modules.update(before)
    deeprob.exercises.__path__[:] = path
    for name in set(vars(deeprob.exercises)) - set(names):
        delattr(deeprob.exercises, name)
    for name, value in names.items():
        setattr(deeprob.exercises, name, value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text("def answer():\n    return 1\n")
    return tmp_path


def edit(path: Path, text: str, *, mtime: float | None = None) -> None:
    path.write_text(text)
    if mtime is not None:
        os.utime(path, (mtime, mtime))


def test_files_beside_the_notebook_come_first(folder: Path):
    workspace = Workspace.open("p1_classifiers", here=folder, quiet=True)
    assert workspace.place == "folder"
    assert workspace.exercises == NAMES
    assert workspace.path("knn") == folder / "knn.py"
    assert workspace.notebook("knn") == folder / "knn.ipynb"


def test_elsewhere_the_files_of_the_clone_are_used(tmp_path: Path):
    workspace = Workspace.open("p1_classifiers", here=tmp_path, quiet=True)
    assert workspace.place == "clone"
    assert workspace.path("knn") == module.KIT / "deeprob" / "exercises" / "knn.py"
    assert workspace.notebook("knn") == module.KIT / "notebooks" / "p1_classifiers" / "knn.ipynb"


def test_opening_says_in_one_display_which_files_are_used(folder: Path, capsys):
    Workspace.open("p1_classifiers", here=folder)
    out = capsys.readouterr().out
    assert "Your files are beside this notebook." in out
    assert str(folder / "knn.py") in out


def test_a_wrong_assignment_or_exercise_is_named(folder: Path):
    with pytest.raises(WorkspaceError, match=r"no assignment 'p9'; there is .*p1_classifiers"):
        Workspace.open("p9", here=folder, quiet=True)
    workspace = Workspace.open("p1_classifiers", here=folder, quiet=True)
    with pytest.raises(WorkspaceError, match="no exercise 'cnn'; it has knn, linear_classifier"):
        workspace.path("cnn")


def test_no_files_anywhere_says_where_it_looked(tmp_path: Path, monkeypatch):
    (tmp_path / "course.toml").write_bytes((module.KIT / "course.toml").read_bytes())
    monkeypatch.setattr(module, "KIT", tmp_path)
    with pytest.raises(WorkspaceError, match=r"knn\.py, linear_classifier\.py found neither in .* Next step"):
        Workspace.open("p1_classifiers", here=tmp_path, quiet=True)


class FakeDrive(ModuleType):
    """google.colab.drive: makes the folder, or raises as when the student declines."""

    def __init__(self, accept: bool) -> None:
        super().__init__("google.colab.drive")
        self.accept = accept

    def mount(self, path: str) -> None:
        if not self.accept:
            raise ValueError("mount failed")
        (Path(path) / "MyDrive").mkdir(parents=True)


@pytest.fixture
def colab(tmp_path: Path, monkeypatch):
    def make(accept: bool) -> Path:
        content = tmp_path / "content"
        content.mkdir()
        monkeypatch.setenv("COLAB_RELEASE_TAG", "release")
        monkeypatch.setattr(module, "CONTENT", content)
        monkeypatch.setitem(sys.modules, "google.colab.drive", FakeDrive(accept))
        return content

    return make


def test_on_colab_the_skeletons_go_to_drive_once_and_are_never_overwritten(colab):
    content = colab(accept=True)
    first = Workspace.open("p1_classifiers", here=content, quiet=True)
    assert first.place == "drive"
    assert first.folder == content / "drive" / "MyDrive" / "deeprob" / "p1_classifiers"
    assert {"knn.py", "linear_classifier.py"} <= set(first.created)
    first.path("knn").write_text("mine = True\n")
    second = Workspace.open("p1_classifiers", here=content, quiet=True)
    assert second.created == ()
    assert second.path("knn").read_text() == "mine = True\n"


def test_without_drive_it_goes_on_and_says_that_files_vanish(colab, capsys):
    content = colab(accept=False)
    workspace = Workspace.open("p1_classifiers", here=content)
    assert workspace.place == "temporary"
    assert workspace.folder == content / "deeprob" / "p1_classifiers"
    assert "they vanish when it stops" in capsys.readouterr().out


def test_on_colab_the_open_notebook_is_saved_and_the_old_one_kept(colab, monkeypatch):
    content = colab(accept=False)
    message = ModuleType("google.colab._message")
    message.blocking_request = lambda *args, **kwargs: {"ipynb": {"cells": [], "nbformat": 4}}
    monkeypatch.setitem(sys.modules, "google.colab._message", message)
    workspace = Workspace.open("p1_classifiers", here=content, quiet=True)
    workspace.notebook("knn").write_text("old")
    assert workspace.save_running_notebook("knn")
    assert '"nbformat": 4' in workspace.notebook("knn").read_text()
    assert (workspace.folder / "knn.previous.ipynb").read_text() == "old"


def test_elsewhere_no_notebook_is_written(folder: Path):
    workspace = Workspace.open("p1_classifiers", here=folder, quiet=True)
    assert not workspace.save_running_notebook("knn")
    assert not workspace.notebook("knn").exists()


def test_an_edit_takes_effect_at_the_next_use(folder: Path):
    knn = Workspace.open("p1_classifiers", here=folder, quiet=True).exercise("knn")
    assert knn.answer() == 1
    edit(folder / "knn.py", "def answer():\n    return 22\n")
    assert knn.answer() == 22


def test_an_edit_within_the_same_time_stamp_and_size_is_seen(folder: Path):
    now = time.time()
    edit(folder / "knn.py", "def answer():\n    return 1\n", mtime=now)
    knn = live_module("deeprob.exercises.knn", folder / "knn.py")
    assert knn.answer() == 1
    edit(folder / "knn.py", "def answer():\n    return 2\n", mtime=now)
    assert knn.answer() == 2


def test_an_unchanged_file_runs_once(folder: Path):
    edit(folder / "knn.py", "import builtins\nruns = []\nruns.append(1)\n", mtime=time.time() - 100)
    knn = live_module("deeprob.exercises.knn", folder / "knn.py")
    runs = knn.runs
    assert knn.runs is runs
    assert runs == [1]


def test_what_the_file_no_longer_defines_is_gone(folder: Path):
    knn = live_module("deeprob.exercises.knn", folder / "knn.py")
    assert knn.answer() == 1
    edit(folder / "knn.py", "other = 3\n")
    assert knn.other == 3
    with pytest.raises(AttributeError, match="answer"):
        _ = knn.answer
    assert "other" in dir(knn)
    assert "answer" not in dir(knn)


def test_a_syntax_error_names_file_and_line_and_the_next_save_heals_it(folder: Path):
    knn = live_module("deeprob.exercises.knn", folder / "knn.py")
    old = knn.answer
    edit(folder / "knn.py", "x = 1\ndef answer(:\n    return 1\n")
    for _ in range(2):
        with pytest.raises(SyntaxError) as raised:
            _ = knn.answer
        assert (raised.value.filename, raised.value.lineno) == (str(folder / "knn.py"), 2)
    assert old() == 1
    edit(folder / "knn.py", "def answer():\n    return 5\n")
    assert knn.answer() == 5


def test_an_error_at_the_top_level_leaves_functions_taken_before_working(folder: Path):
    edit(folder / "knn.py", "base = 40\ndef answer():\n    return base + 2\n")
    knn = live_module("deeprob.exercises.knn", folder / "knn.py")
    old = knn.answer
    edit(folder / "knn.py", "base = 1\n1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        _ = knn.answer
    assert old() == 42


def test_a_missing_file_says_what_to_do(folder: Path):
    knn = live_module("deeprob.exercises.knn", folder / "knn.py")
    (folder / "knn.py").unlink()
    with pytest.raises(FileNotFoundError, match=r"knn\.py cannot be read .* Next step: run the set-up cell"):
        _ = knn.answer


def test_a_file_may_import_itself(folder: Path):
    edit(folder / "knn.py", "import deeprob.exercises.knn as me\nvalue = 1\ndef same():\n    return me.value\n")
    assert live_module("deeprob.exercises.knn", folder / "knn.py").same() == 1


def test_other_code_imports_the_students_module(folder: Path):
    workspace = Workspace.open("p1_classifiers", here=folder, quiet=True)
    live = workspace.exercise("knn")
    from deeprob.exercises import knn

    assert knn is live
    assert importlib.import_module("deeprob.exercises.knn") is live
    assert workspace.exercise("knn") is live


def test_its_functions_and_objects_can_be_pickled(folder: Path):
    edit(folder / "knn.py", "class Model:\n    size = 3\ndef answer():\n    return 1\n")
    knn = live_module("deeprob.exercises.knn", folder / "knn.py")
    assert pickle.loads(pickle.dumps(knn.answer)) is knn.answer
    assert pickle.loads(pickle.dumps(knn.Model())).size == 3


def test_importlib_reload_reads_the_students_file(folder: Path):
    knn = live_module("deeprob.exercises.knn", folder / "knn.py")
    assert importlib.reload(knn).answer() == 1


def test_a_file_is_named_by_path_time_and_hash(folder: Path):
    state = FileState.of(folder / "knn.py")
    assert state.digest == hashlib.sha256((folder / "knn.py").read_bytes()).hexdigest()[:8]
    assert str(state) == f"{folder / 'knn.py'} · changed {state.changed:%H:%M:%S} · {state.digest}"


@pytest.fixture
def third(tmp_path: Path) -> Path:
    """A folder of project 3 whose module takes a function from the module of project 2."""
    folder = tmp_path / "p3_convolution"
    folder.mkdir()
    text = "from deeprob.exercises.fully_connected_networks import layer\n\ndef net():\n    return layer() + 1\n"
    (folder / "convolutional_networks.py").write_text(text)
    return folder


@pytest.mark.parametrize("place", ["p3_convolution", "p2_networks"])
def test_a_project_finds_the_students_file_of_an_earlier_one(third: Path, place):
    mine = third.parent / place / "fully_connected_networks.py"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("def layer():\n    return 1\n")
    workspace = Workspace.open("p3_convolution", here=third, quiet=True)
    assert workspace.earlier == (("fully_connected_networks", mine),)
    module = workspace.exercise("convolutional_networks")
    assert module.net() == 2
    edit(mine, "def layer():\n    return 41\n")
    assert module.net() == 42  # its own file is as it was


def test_an_error_in_an_earlier_file_names_that_file(third: Path):
    mine = third / "fully_connected_networks.py"
    mine.write_text("def layer(:\n")
    with pytest.raises(SyntaxError) as caught:
        Workspace.open("p3_convolution", here=third, quiet=True).exercise("convolutional_networks").net()
    assert caught.value.filename == str(mine)


def test_an_earlier_file_that_is_not_finished_is_told_with_what_to_do(third: Path, capsys):
    workspace = Workspace.open("p3_convolution", here=third)
    assert workspace.earlier[0][1] == module.KIT / "deeprob" / "exercises" / "fully_connected_networks.py"
    out = capsys.readouterr().out
    assert "functions not implemented yet" in out
    assert "put that file beside this notebook" in " ".join(out.split())


def test_an_earlier_file_that_is_nowhere_is_told(third: Path, tmp_path, monkeypatch, capsys):
    (tmp_path / "course.toml").write_bytes((module.KIT / "course.toml").read_bytes())
    monkeypatch.setattr(module, "KIT", tmp_path)
    assert Workspace.open("p3_convolution", here=third).earlier == (("fully_connected_networks", None),)
    assert "your file of p2_networks was not found" in " ".join(capsys.readouterr().out.split())


def test_an_exercise_with_several_notebooks_has_all_of_them(tmp_path: Path):
    (tmp_path / "two_layer_net.py").write_text("")
    (tmp_path / "fully_connected_networks.py").write_text("")
    workspace = Workspace.open("p2_networks", here=tmp_path, quiet=True)
    names = [path.name for path in workspace.notebooks_of("fully_connected_networks")]
    assert names == ["fully_connected_networks.ipynb", "optimizers_and_dropout.ipynb"]
    with pytest.raises(WorkspaceError, match="no notebook 'adam'; it has two_layer_net, fully_conn"):
        workspace.notebook("adam")
