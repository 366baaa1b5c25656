"""The grader and the student's process are at work at the same time.

A check draws its inputs and works out what is right, asks the student's code, and judges what it says. One after the
other, one side would always wait for the other, so:

- While a check waits for an answer, the next ones are begun: each runs as far as its own first request and waits there
  for its turn.
- Once a check has its last answer, the first request of the next goes out, and only then is that answer judged. Which
  answer is the last is known from earlier submissions that passed. Should the check have another request all the same,
  the process ends and the check runs again in a new one.

The student's process notices nothing: it serves one check after the other, and has one request to answer at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Protocol

import torch
from greenlet import GreenletExit, getcurrent, greenlet

from autograder.engine import run
from autograder.engine.check import Check
from autograder.engine.order import Asking, Order
from autograder.engine.run import Attempt, Session

__all__ = ["AHEAD", "Habits", "RunAhead"]

AHEAD = 4  # checks begun before their turn, at most


class Process(Protocol):
    """The student's process."""

    def has_answered(self) -> bool: ...

    def end_process(self) -> None: ...


@dataclass
class Habits:
    """How many requests a check has when it passes, as seen so far; 0 where that varies."""

    requests: dict[str, int] = field(default_factory=dict)

    def learn(self, check: Check, requests: int) -> None:
        if self.requests.setdefault(check.id, requests) != requests:
            self.requests[check.id] = 0


class _Again(BaseException):
    """The check has another request, and the first one of the next check has been sent."""


class RunAhead(Order):
    """Runs the checks of one submission in turn.

    Args:
        process: of the submission.
        habits: of the checks, kept from one submission to the next.
    """

    def __init__(self, process: Process, habits: Habits) -> None:
        self._process, self._habits = process, habits
        self._running: _Begun | None = None
        self._begun: list[_Begun] = []  # in the order in which their turns come
        self._following: list[tuple[Session, Check]] = []
        self._requests = 0
        self._repeats = False

    def __call__(self, session: Session, check: Check, following: Sequence[tuple[Session, Check]]) -> Attempt:
        """Run a check, and begin those that are likely to follow it, each in a session of its own."""
        running = next((b for b in self._begun if b.check is check), None) or _Begun(session, check)
        order = [c for _, c in following]
        begun = [b for b in self._begun if b.check in order]
        next_ones = [b for b, _ in takewhile(lambda pair: pair[0].check is pair[1], zip(begun, order, strict=False))]
        self._drop([b for b in self._begun if b is not running and b not in next_ones])
        self._begun, self._following = next_ones, [*following[len(next_ones) :]]
        self._repeats = self._running is not None and self._running.check is check
        self._running, self._requests = running, 0
        attempt = running.finish(self._use_the_time)
        if attempt is None:
            self._habits.learn(check, 0)
            self._process.end_process()
            return self(session, check, following)
        if attempt.result.passed:
            self._habits.learn(check, self._requests)
        return attempt

    def close(self) -> None:
        """Forget the checks that were begun and whose turn does not come."""
        self._drop(self._begun)
        self._following = []
        if self._running:
            self._running.drop()

    def await_turn(self, asking: Asking) -> None:
        """A check has its first request."""
        begun = next((b for b in self._begun if b.side is getcurrent()), None)
        if begun:
            begun.wait(asking)

    def asks(self) -> None:
        """A check has another request."""
        if self._begun and self._begun[0].is_ahead():
            raise _Again

    def meanwhile(self) -> None:
        """The process has got something to do."""
        if self._following and self._running and self._running.side is getcurrent():
            self._running.step_aside()

    def answered(self) -> None:
        """A check has an answer."""
        self._requests += 1
        if self._repeats or not self._running or not self._begun:
            return  # what is repeated is likely to fail, and what follows it may then be blocked
        if self._habits.requests.get(self._running.check.id) == self._requests:
            self._begun[0].send_early()

    def _use_the_time(self) -> None:
        """Begin checks until the answer is there; one in any case, since it is to go out as soon as there is one."""
        while self._following and len(self._begun) < AHEAD and not (self._begun and self._process.has_answered()):
            self._begun.append(_Begun(*self._following.pop(0)))
            self._begun[-1].go_on()

    def _drop(self, unwanted: list[_Begun]) -> None:
        for begun in unwanted:
            if begun.is_ahead():
                self._process.end_process()
            begun.drop()
        self._begun = [b for b in self._begun if b not in unwanted]


class _Begun:
    """A check that may have to wait."""

    def __init__(self, session: Session, check: Check) -> None:
        self.session, self.check = session, check
        self.asking: Asking | None = None  # once it waits for its turn
        self.attempt: Attempt | None = None
        self.error: Exception | None = None
        self.waited = 0.0
        self.side = greenlet(self._run)

    def finish(self, meanwhile: Callable[[], None]) -> Attempt | None:
        """Its turn has come. None: it has to run again.

        Args:
            meanwhile: called whenever it waits for an answer.

        Raises:
            GraderFault: the check or the oracle failed.
        """
        self.go_on()
        while not self.side.dead:
            meanwhile()
            self.go_on()
        if self.error:
            raise self.error
        if self.attempt is None:
            return None
        result = self.attempt.result
        return replace(self.attempt, result=replace(result, seconds=result.seconds - self.waited))

    def go_on(self) -> None:
        """Run it until it steps aside or ends."""
        if self.side.dead:
            return
        self.side.parent = getcurrent()
        with torch.enable_grad():  # whoever waits may have turned it off, and that is a matter of the thread
            self.side.switch()

    def wait(self, asking: Asking) -> None:
        """Called by the check itself: let the others go on until its turn comes."""
        self.asking = asking
        self.step_aside()

    def step_aside(self) -> None:
        """Called by the check itself: let whoever runs it go on until it is run again."""
        since, recorded = time.perf_counter(), torch.is_grad_enabled()
        getcurrent().parent.switch()
        torch.set_grad_enabled(recorded)
        self.waited += time.perf_counter() - since

    def send_early(self) -> None:
        if self.asking and not self.side.dead:
            self.asking.send_early()

    def is_ahead(self) -> bool:
        return self.asking is not None and self.asking.is_ahead()

    def drop(self) -> None:
        if not self.side.dead:
            self.side.parent = getcurrent()
            self.side.throw()

    def _run(self) -> None:
        try:
            self.attempt = run.run_check(self.session, self.check)
        except (GreenletExit, _Again):  # dropped, or to be run again
            pass
        except Exception as e:
            self.error = e
