"""The course's secret is made once, kept for its owner alone, and can come from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.engine.errors import UsageError
from autograder.release.secret import course_secret


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEEPROB_SECRET", raising=False)


def test_it_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    secret = course_secret(tmp_path)
    assert len(secret) == 64
    assert course_secret(tmp_path) == secret
    assert (tmp_path / ".course_secret").stat().st_mode & 0o777 == 0o600


def test_two_courses_have_two(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert course_secret(tmp_path / "a") != course_secret(tmp_path / "b")


def test_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPROB_SECRET", "from the vault of the course")
    assert course_secret(tmp_path) == b"from the vault of the course"
    assert list(tmp_path.iterdir()) == []


def test_a_secret_that_could_be_guessed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPROB_SECRET", "deeprob")
    with pytest.raises(UsageError, match="DEEPROB_SECRET holds no secret of at least 16 characters"):
        course_secret(tmp_path)


def test_an_empty_file_and_a_missing_folder_are_errors(tmp_path: Path) -> None:
    (tmp_path / ".course_secret").write_text("\n")
    with pytest.raises(UsageError, match="delete it to have a new one made"):
        course_secret(tmp_path)
    with pytest.raises(UsageError, match="cannot write the course's secret"):
        course_secret(tmp_path / "none")
