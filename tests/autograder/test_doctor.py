"""The doctor says what is missing and how to get it, and never raises."""

from __future__ import annotations

import importlib.metadata

import pytest

from autograder import doctor
from autograder.doctor import Finding, examine


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
