"""The doctor says what is missing and how to get it, and never raises."""

from __future__ import annotations

import importlib.metadata

import pytest

from autograder import doctor
from autograder.doctor import Finding, examine
from autograder.engine.errors import GraderFault
from autograder.engine.isolation import Isolation


def find(words: str) -> Finding:
    return next(f for f in examine() if words in f.what)


def test_a_finding_is_one_line_and_what_to_do():
    assert str(Finding(True, "torch 2.8")) == "ok      torch 2.8"
    assert str(Finding(True, "sandbox: process", "install bubblewrap")) == (
        "note    sandbox: process\n        install bubblewrap"
    )
    assert str(Finding(False, "torch: not installed", "pip install torch")) == (
        "missing torch: not installed\n        pip install torch"
    )


def test_everything_that_the_kit_needs_is_looked_at():
    whats = " ".join(f.what for f in examine())
    for word in (*doctor.PACKAGES, *doctor.INSTRUCTOR_PACKAGES, "Python", "disk", "sandbox"):
        assert word in whats


@pytest.mark.parametrize(
    ("version", "ok", "what"),
    [
        (None, False, "torch: not installed"),
        ("2.5.1+cpu", False, "torch 2.5.1+cpu, older than 2.6"),
        ("2.6.0", True, "torch 2.6.0"),
        ("2.11.0a0+git", True, "torch 2.11.0a0+git"),
        ("10", True, "torch 10"),
    ],
)
def test_versions_are_compared_as_numbers(monkeypatch, version, ok, what):
    real = importlib.metadata.version

    def fake(name):
        if name != "torch":
            return real(name)
        if version is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(doctor.importlib.metadata, "version", fake)
    found = find("torch")
    assert (found.ok, found.what) == (ok, what)
    assert ok or "pip install 'torch>=2.6'" in found.remedy


def test_a_missing_bubblewrap_is_a_note_not_an_illness(monkeypatch):
    monkeypatch.setattr("autograder.engine.sandbox.bubblewrap_problem", lambda: "bubblewrap is not installed")
    found = find("sandbox")
    assert (found.ok, found.what) == (True, "sandbox: process")
    assert "bubblewrap is not installed" in found.remedy


def test_a_full_disk_is_told(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: type("Use", (), {"free": 100 << 20})())
    assert str(find("disk")) == (
        "missing 100 MiB of disk left\n        free at least 500 MiB: data sets and results need room"
    )


def test_what_the_sandbox_holds_here_is_told_line_by_line():
    lines = [f.what for f in examine() if f.what.startswith("isolation, ")]
    assert [line.split(": ")[0].removeprefix("isolation, ") for line in lines] == [
        "network", "files", "processes", "system calls", "memory",
    ]  # fmt: skip


def test_a_kernel_without_a_filter_is_noted(monkeypatch):
    bare = Isolation("bubblewrap", "none", "its own", "its own", "not filtered: the kernel takes no filter", "limited")
    monkeypatch.setattr("autograder.engine.isolation.describe", lambda level: bare)
    assert str(find("system calls")) == (
        "note    isolation, system calls: not filtered: the kernel takes no filter\n"
        "        the namespaces alone hold the student's code"
    )
    assert find("isolation, network").remedy == ""


def test_a_sandbox_that_does_not_start_has_to_be_mended(monkeypatch):
    def fail(level):
        raise GraderFault("the sandbox bubblewrap does not start: no room")

    monkeypatch.setattr("autograder.engine.isolation.describe", fail)
    found = find("isolation")
    assert not found.ok
    assert found.remedy == "the sandbox bubblewrap does not start: no room; nobody's work can be graded here"
