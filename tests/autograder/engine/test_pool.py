"""The processes behind a grader: a fault or a dead stall costs the next submission nothing, and nothing is left."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.engine.errors import GraderFault, WorkerDied
from autograder.engine.grade import Grader
from autograder.engine.pool import WorkerPool
from autograder.engine.program import Program, compiled
from autograder.engine.sandbox import best_level

BEST_K = "knn.knn_get_best_k"
SECRET = b"the secret of the tests, 32 bytes"


@pytest.fixture
def pool(course):
    with WorkerPool("process", course.limits) as pool:
        yield pool


def end(stall) -> None:
    """As if the system had ended the stall: it goes when nothing more can come."""
    stall._control.shutdown(socket.SHUT_WR)
    deadline = time.monotonic() + 20
    while stall.alive() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_a_spare_stall_that_has_ended_is_not_given_out(pool):
    pool.open_stall().close()
    spare = pool._spare
    end(spare)
    assert not spare.alive()
    stall = pool.open_stall()
    assert stall is not spare
    assert stall.alive()
    stall.close()


@pytest.mark.parametrize("level", ["process", best_level()])
def test_what_fails_before_the_students_code_is_loaded_is_a_fault_and_nobodys_zero(course, bench, level):
    limits = replace(course.limits, file_mib=1 << 60)  # which no system can be told
    with (
        Grader(replace(course, limits=limits), course.assignment("p1"), secret=SECRET, sandbox=level) as grader,
        pytest.raises(GraderFault, match="the process for a check did not get ready: OverflowError"),
    ):
        grader.grade(bench.submission(), (BEST_K,))


def test_too_many_threads_name_the_limit(pool):
    code = b"""
import threading, time

def wait():
    threading.stack_size(1 << 16)
    for _ in range(400):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    time.sleep(60)
"""
    stall = pool.open_stall()
    program = Program((("knn", "knn.py", compiled(code, "knn.py")),), ())
    with stall.check(program, 1) as backend, pytest.raises(WorkerDied, match=r"^threads over 256$"):
        backend.call(None, "wait", (), {}, False)
    stall.close()


def test_after_a_fault_the_next_submission_gets_processes_of_its_own(course, p1, bench):
    with Grader(course, p1, secret=SECRET, sandbox="process") as grader:
        open_stall = grader._pool.open_stall

        def dead_stall():
            stall = open_stall()
            end(stall)
            return stall

        grader._pool.open_stall = dead_stall
        with pytest.raises(GraderFault):
            grader.grade(bench.submission(), (BEST_K,))
        grader._pool.open_stall = open_stall
        assert grader._pool._process is None
        result = grader.grade(bench.submission(), (BEST_K,))
        assert result.score == result.max_score


@pytest.mark.parametrize("error", [KeyboardInterrupt, GraderFault])
def test_a_grader_that_is_interrupted_leaves_no_process_and_no_folder(course, p1, bench, error):
    def interrupt(check):
        raise error

    with pytest.raises(error), Grader(course, p1, secret=SECRET, sandbox="process") as grader:  # noqa: PT012
        grader.grade(bench.submission(), (BEST_K,))
        process, folder = grader._pool._process, Path(grader._pool._folder)
        assert folder.is_dir()
        grader.grade(bench.submission(), (BEST_K,), on_check=interrupt)
    assert process.poll() is not None
    assert not folder.exists()
