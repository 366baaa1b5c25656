"""Graders side by side: each slot is a process of its own with a warm grader, and one loop hears them all.

A slot that the system ends costs nobody else anything: its submission is tried once more in a new one, beginning after
the last check that was reported.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from autograder.engine.results import CheckResult, SubmissionResult
from autograder.engine.submission import Submission
from autograder.setting import Setting, grade_one

__all__ = ["Answer", "Task", "run_in_slots"]

Answer = SubmissionResult | str  # a result, or how the grader failed
GIVEN_UP = "the system ended the process that graded it, twice; is memory short?"
CONTEXT = multiprocessing.get_context("spawn")


@dataclass
class Task:
    """A submission to grade, what is known of it, and whom to tell of each new result."""

    submission: Submission
    known: Mapping[str, CheckResult] = field(default_factory=dict)
    on_check: Callable[[CheckResult], None] | None = None


def run_in_slots(setting: Setting, tasks: Iterator[Task], jobs: int) -> Iterator[tuple[str, Answer]]:
    """Grade several submissions at a time; yields the name and answer of each as it is done."""
    slots = [_Slot(setting) for _ in range(jobs)]
    try:
        for slot, task in zip(slots, tasks, strict=False):
            slot.give(task)
        while busy := {slot.connection: slot for slot in slots if slot.task}:
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                slot = busy[ready]
                done = slot.hear()
                if done:
                    following = next(tasks, None)
                    if following:
                        slot.give(following)
                    yield done
    finally:
        for slot in slots:
            slot.close()


class _Slot:
    """One process, and the task that it is at."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.task: Task | None = None
        self.heard: dict[str, CheckResult] = {}
        self.again = False
        self._start()

    def _start(self) -> None:
        self.connection, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=_serve, args=(theirs, self.setting), daemon=True)
        self.process.start()
        theirs.close()

    def give(self, task: Task) -> None:
        self.task, self.heard, self.again = task, dict(task.known), False
        self._send()

    def _send(self) -> None:
        assert self.task is not None
        with suppress(OSError):  # an ended process is noticed when it is heard
            self.connection.send((self.task.submission, self.heard))

    def hear(self) -> tuple[str, Answer] | None:
        """The submission's name and answer, when this was the last word about it."""
        assert self.task is not None
        try:
            word: CheckResult | Answer = self.connection.recv()
        except (EOFError, OSError):
            return self._ended()
        if isinstance(word, CheckResult):
            self.heard[word.id] = word
            if self.task.on_check:
                self.task.on_check(word)
            return None
        return self._done(word)

    def _done(self, answer: Answer) -> tuple[str, Answer]:
        assert self.task is not None
        name, self.task = self.task.submission.name, None
        return name, answer

    def _ended(self) -> tuple[str, Answer] | None:
        self.close()
        self._start()
        if self.again:
            return self._done(GIVEN_UP)
        self.again = True
        self._send()
        return None

    def close(self) -> None:
        """End the process; at the end of its pipe it goes by itself, unless it is at work."""
        self.connection.close()
        self.process.join(0 if self.task else 2)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _serve(connection: Connection[Any, Any], setting: Setting) -> None:
    """A slot's process: grades what comes until nothing more comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the parent's to handle
    with setting.grader() as grader, suppress(EOFError, OSError):
        while True:
            submission, known = connection.recv()
            connection.send(grade_one(grader, submission, known, connection.send))
