"""The round trip is played once for all tests of it, whichever worker comes first."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from round_trip import RoundTrip


@pytest.fixture(scope="session")
def trip(tmp_path_factory: pytest.TempPathFactory) -> RoundTrip:
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    played = RoundTrip(shared / "nbgrader-round-trip")
    done = shared / "nbgrader-round-trip.json"
    with (shared / "nbgrader-round-trip.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            try:
                played.play()
                done.write_text(json.dumps({"logs": played.logs}))
            except BaseException as e:
                done.write_text(json.dumps({"failed": f"{type(e).__name__}: {e}"}))
                raise
    outcome = json.loads(done.read_text())
    assert "failed" not in outcome, outcome["failed"]
    played.logs = outcome["logs"]
    return played
