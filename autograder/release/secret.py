"""The course's secret, which all inputs are drawn from: `<course>/.course_secret`, or DEEPROB_SECRET."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from autograder.engine.errors import UsageError

__all__ = ["SECRET_FILE", "course_secret"]

SECRET_FILE = ".course_secret"


def course_secret(course_dir: Path) -> bytes:
    """The secret of the course in this folder; made, for its owner alone, when there is none yet.

    A regrade draws the same inputs as long as the secret stays: back it up with the gradebook.
    """
    given = os.environ.get("DEEPROB_SECRET")
    if given:
        return _long_enough(given, "DEEPROB_SECRET", "set a longer one")
    path = course_dir / SECRET_FILE
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32) + "\n")
    except FileExistsError:
        pass
    except OSError as e:
        raise UsageError(f"cannot write the course's secret {path}: {e.strerror}") from e
    return _long_enough(path.read_text(encoding="utf-8").strip(), str(path), "delete it to have a new one made")


def _long_enough(secret: str, where: str, remedy: str) -> bytes:
    """Results name a hash of the secret: a short one could be found by trying."""
    if len(secret) < 16:
        raise UsageError(f"{where} holds no secret of at least 16 characters; {remedy}")
    return secret.encode()
