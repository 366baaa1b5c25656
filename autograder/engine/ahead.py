"""The next check is begun while the student's code is at work on this one.

A check draws its inputs and works out what is right before it first calls the student's code. That takes the grader as
long as the calls take the student's process, so the two overlap: while one check waits for an answer, the next one
runs as far as its own first call and waits there for its turn. Nothing is sent before that turn: the student's process
serves one check after the other, as without this.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import torch
from greenlet import GreenletExit, getcurrent, greenlet

from autograder.engine import run
from autograder.engine.check import Check
from autograder.engine.run import Attempt, Session

__all__ = ["RunAhead"]


class Process(Protocol):
    """The student's process: it calls `turn` when a check has something to send and `meanwhile` when that is sent."""

    turn: Callable[[], None]
    meanwhile: Callable[[], None]


class RunAhead:
    """Runs the checks of one submission one after the other, each one begun during the one before."""

    def __init__(self, process: Process) -> None:
        self._following: tuple[Session, Check] | None = None
        self._begun: _Begun | None = None
        self._at_turn: _Begun | None = None
        process.turn, process.meanwhile = self._wait_for_turn, self._begin_following

    def __call__(self, session: Session, check: Check, following: tuple[Session, Check] | None) -> Attempt:
        begun = self._begun
        if begun and begun.check is check:
            self._begun, self._at_turn, self._following = None, begun, following
            return begun.finish(self._begin)
        if not begun or not following or begun.check is not following[1]:  # otherwise this check runs again
            self.close()
            self._following = following
        return run.run_check(session, check)

    def close(self) -> None:
        """Forget a check that was begun and whose turn does not come."""
        self._following = None
        if self._begun:
            self._begun.drop()
            self._begun = None

    def _begin_following(self) -> None:
        if not self._following:
            return
        if self._at_turn and self._at_turn.side is getcurrent():
            _step_aside()  # for `finish`: begun from here, each check would start deeper than the last
        else:
            self._begin()

    def _begin(self) -> None:
        if self._following:
            self._begun, self._following = _Begun(*self._following), None
            self._begun.go_on()

    def _wait_for_turn(self) -> None:
        if self._begun and self._begun.side is getcurrent():
            self._begun.wait()


class _Begun:
    """A check that runs as far as it can before its turn."""

    def __init__(self, session: Session, check: Check) -> None:
        self.session, self.check = session, check
        self.attempt: Attempt | None = None
        self.error: Exception | None = None
        self.waited = 0.0
        self.side = greenlet(self._run)

    def finish(self, begin_following: Callable[[], None]) -> Attempt:
        """Its turn has come; it comes back once for the next one to be begun.

        Raises:
            GraderFault: the check or the oracle failed.
        """
        self.go_on()
        while not self.side.dead:
            begin_following()
            self.go_on()
        if self.error:
            raise self.error
        assert self.attempt is not None
        result = self.attempt.result
        return replace(self.attempt, result=replace(result, seconds=result.seconds - self.waited))

    def go_on(self) -> None:
        """Run it until it steps aside or ends."""
        if self.side.dead:
            return
        self.side.parent = getcurrent()
        with torch.enable_grad():  # whoever waits may have turned it off, and that is a matter of the thread
            self.side.switch()

    def wait(self) -> None:
        """Called by the check itself: let the others go on until its turn comes."""
        since = time.perf_counter()
        _step_aside()
        self.waited = time.perf_counter() - since

    def drop(self) -> None:
        if not self.side.dead:
            self.side.parent = getcurrent()
            self.side.throw()

    def _run(self) -> None:
        try:
            self.attempt = run.run_check(self.session, self.check)
        except GreenletExit:  # dropped
            pass
        except Exception as e:
            self.error = e


def _step_aside() -> None:
    """Let whoever runs this check go on until it is run again."""
    recorded = torch.is_grad_enabled()
    getcurrent().parent.switch()
    torch.set_grad_enabled(recorded)
