"""What is said of a level is what a process on it meets."""

from __future__ import annotations

import pytest

from autograder.engine.cgroup import group
from autograder.engine.errors import GraderFault
from autograder.engine.isolation import Isolation, describe, in_words
from autograder.engine.sandbox import best_level

FILES, MEMORY = "a private /tmp of 256 MiB", "of each process limited, of all together watched every 0.1 s"


def test_the_best_level_of_this_machine_is_tried_out(bench):
    said = describe(best_level())
    body = """
        import os

        def knn_get_best_k(k_to_accuracies):
            filtered = "Seccomp:\\t2" in open("/proc/self/status").read()
            raise ValueError(f"{filtered} {os.statvfs(os.environ['TMPDIR']).f_files}")
        """
    seen = bench.grade(body, "knn.knn_get_best_k")["highest_mean"].message
    assert ("True" in seen) == (said.system_calls == "filtered")
    assert (" 16384" in seen) == (FILES in said.files and said.level == "bubblewrap")
    assert said.memory == MEMORY + (", and by a control group" if group() else "")


def test_lines_name_everything_but_the_level():
    assert describe("none").lines == (
        "network: the user's",
        "files: the user's",
        "processes: the user's",
        "system calls: not filtered",
        "memory: not limited",
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            ("bubblewrap", True, True, "", False, False),
            ("none", f"Python and torch, read-only; {FILES}", "its own", "filtered"),
        ),
        (
            ("bubblewrap", False, False, "the kernel takes no filter (EINVAL)", True, False),
            (
                "none",
                f"Python and torch, read-only; {FILES}",
                "those of this sandbox, also of the submission that is next",
                "not filtered: the kernel takes no filter (EINVAL)",
            ),
        ),
        (
            ("process", True, True, "", False, False),
            (
                "none, but the local sockets of this machine",
                f"all that the user can read and write; {FILES}",
                "its own",
                "filtered",
            ),
        ),
        (
            ("process", False, False, "no", True, False),
            ("the user's", "all that root can read and write", "all of root's", "not filtered: no"),
        ),
    ],
)
def test_what_was_found_in_words(found, words):
    assert in_words(*found) == Isolation(found[0], *words, MEMORY)


def test_a_control_group_is_named():
    assert in_words("process", True, True, "", False, True).memory == f"{MEMORY}, and by a control group"


def test_a_sandbox_that_does_not_start_is_a_fault_of_the_grader(monkeypatch):
    describe.cache_clear()
    monkeypatch.setattr("autograder.engine.isolation.python_in", lambda level, statement: ["/bin/false"])
    with pytest.raises(GraderFault, match=r"^the sandbox process does not start: "):
        describe("process")
