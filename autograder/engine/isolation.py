"""What a level of isolation holds on this machine, in words: tried out at the start, not assumed.

    describe("bubblewrap").lines
    -> ("network: none", "files: ...", "processes: ...", "system calls: filtered", "memory: ...")

The trial starts the sandbox, takes the steps that a check's process takes, and reports which the kernel granted.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass, fields
from functools import cache

from autograder.engine import cgroup, namespaces, seccomp
from autograder.engine.errors import GraderFault
from autograder.engine.limits import WATCH_SECONDS
from autograder.engine.sandbox import environment, python_in

__all__ = ["Isolation", "describe", "in_words", "look"]

SECONDS = 30
USERS = "the user's"


@dataclass(frozen=True)
class Isolation:
    """What the student's code can reach, one line of words for each."""

    level: str
    network: str
    files: str
    processes: str
    system_calls: str
    memory: str

    @property
    def lines(self) -> tuple[str, ...]:
        """All but the level, as `network: none`."""
        return tuple(f"{f.name.replace('_', ' ')}: {getattr(self, f.name)}" for f in fields(self)[1:])


@cache
def describe(level: str) -> Isolation:
    """What `bubblewrap`, `process` or `none` holds here.

    Raises:
        GraderFault: the sandbox does not start.
    """
    if level == "none":
        return Isolation("none", USERS, USERS, USERS, "not filtered", "not limited")
    with tempfile.TemporaryDirectory(prefix="deeprob-") as folder:
        try:
            done = subprocess.run(
                python_in(level, "from autograder.engine.isolation import look; look()"),
                env=environment("" if level == "bubblewrap" else folder),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=True,
            )
            seen = json.loads(done.stdout)
        except (OSError, ValueError, subprocess.SubprocessError) as e:
            raise GraderFault(f"the sandbox {level} does not start: {e}") from e
    return in_words(
        level, seen["alone"], seen["own_files"], seen["filter"], os.geteuid() == 0, cgroup.group() is not None
    )


def in_words(level: str, alone: bool, own_files: bool, no_filter: str, root: bool, walled: bool) -> Isolation:
    """What a trial found, in words.

    Args:
        alone: each submission gets namespaces of its own.
        own_files: and a folder of its own, of bounded size.
        no_filter: why system calls are not filtered, or empty.
        root: the grader runs as root.
        walled: memory is limited by a control group too.
    """
    folder = f"a private /tmp of {namespaces.TMP_BYTES >> 20} MiB"
    calls = f"not filtered: {no_filter}" if no_filter else "filtered"
    memory = f"of each process limited, of all together watched every {WATCH_SECONDS:g} s"
    memory += ", and by a control group" if walled else ""
    if level == "bubblewrap":
        files = f"Python and torch, read-only; {folder}"
        processes = "its own" if alone else "those of this sandbox, also of the submission that is next"
        return Isolation(level, "none", files, processes, calls, memory)
    user = "root" if root else "the user"
    files = f"all that {user} can read and write" + (f"; {folder}" if own_files else "")
    processes = "its own" if alone else f"all of {user}'s"
    network = "the user's" if no_filter else "none, but the local sockets of this machine"
    return Isolation(level, network, files, processes, calls, memory)


def look() -> None:
    """Inside the sandbox: take the steps of a check's process, and print what was granted."""
    alone = namespaces.enter_namespaces()
    if os.fork() == 0:
        own_files = False
        if alone:
            namespaces.mount_own_proc()
            own_files = namespaces.mount_fresh_tmp((os.environ["TMPDIR"],))
        namespaces.drop_capabilities()
        print(json.dumps({"alone": alone, "own_files": own_files, "filter": seccomp.install()}), flush=True)
        os._exit(0)
    os.wait()
