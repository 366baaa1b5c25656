"""Right answers, damaged on their way: each check ends with an outcome of its own, never with a fault of the grader.

The reference serves real checks in a thread of this process. In some of its answers another value stands in the
place of one of the result or of the changed arguments, so that they reach further into the checks than garbage does.
"""

from __future__ import annotations

import contextlib
import copy
import json
import random
import socket
import threading
from collections import Counter
from dataclasses import replace

import pytest

from autograder.course import load_course
from autograder.engine import worker
from autograder.engine.check import load_checks
from autograder.engine.earlier import earlier_sources, registered
from autograder.engine.order import Order
from autograder.engine.program import Program, compiled
from autograder.engine.proxy import ProxyBackend
from autograder.engine.run import Session, run_check
from autograder.engine.wire import HEAD, frame_lengths
from tests.conftest import reference_source

RUNS = 400  # of each exercise
VALUES = [
    None, True, 0, 1, -1, 7, 2**31, 2**63, 10**60, 0.0, -0.5, float("nan"), float("inf"), 1e308, "", "x", "float32",
    ["l", []], ["t", []], ["d", []], ["l", [None]], ["t", [1, 2, 3]], {"a": 1}, ["d", [[None, 3], [1, "x"]]],
    ["y", "float32"], ["v", "cpu"], ["o", -1, "x"], ["o", 10**30, "x"], ["f", "f"], ["T", "int64", [0], None, "cpu"],
    ["T", "bool", [0, 7], None, "cpu"], ["T", "float32", [2**30, 0], None, "cpu"],
]  # fmt: skip
CHANGED = [*VALUES, ["t", [["t", [{"running_mean": 1}, ["l", []], None]], {"k": None}]]]
COURSE = load_course()


def places(node: object, at: tuple[int | str, ...] = ()):
    yield at
    for i in range(len(node)) if isinstance(node, list) else node if isinstance(node, dict) else ():
        yield from places(node[i], (*at, i))


class Place:
    """Where the reference serves."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection, self.loaded, self.order = connection, None, Order()

    def connect(self) -> socket.socket:
        return self.connection

    def status(self) -> str:
        return "ended"


class Damaging:
    """A worker's side of the socket: what goes out may be damaged."""

    def __init__(self, theirs: socket.socket, dice: random.Random, share: float) -> None:
        self.theirs, self.dice, self.share, self.recv = theirs, dice, share, theirs.recv
        self.sent = self.damaged = 0

    def sendall(self, frame: bytes) -> None:
        text, _ = frame_lengths(frame[: HEAD.size], 1 << 40)
        tree = json.loads(frame[HEAD.size :][:text])
        buffers = bytearray(frame[HEAD.size + text :])
        self.sent += 1
        if self.dice.random() < self.share:
            self.damaged += 1
            self.damage(tree, buffers)
        new = json.dumps(tree).encode()
        self.theirs.sendall(HEAD.pack(b"dp01", len(new), len(buffers)) + new + buffers)

    def damage(self, tree: dict, buffers: bytearray) -> None:
        dice = self.dice
        kind = dice.random()
        if kind < 0.25 and buffers:
            for _ in range(4):
                buffers[dice.randrange(len(buffers))] = dice.randrange(256)
        elif kind < 0.4:
            tree["changed"] = copy.deepcopy(dice.choice(CHANGED))
        else:
            *way, last = dice.choice([at for at in places(tree) if at and at[0] != "number"] or [("result",)])
            node = tree
            for i in way:
                node = node[i]
            node[last] = copy.deepcopy(dice.choice(VALUES))


def programs():
    """Each exercise's reference, with its checks."""
    for assignment in COURSE.assignments:
        for exercise in assignment.exercises:
            earlier = [(e.module, e.file, compiled(source, e.file)) for e, source in earlier_sources(COURSE, exercise)]
            code = compiled(reference_source(exercise.name).encode(), exercise.file)
            program = Program((*earlier, (exercise.module, exercise.file, code)), exercise.forbidden)
            yield program, [check for checks in load_checks(exercise).values() for check in checks]


@pytest.mark.parametrize(
    ("program", "checks"), [pytest.param(*both, id=both[0].modules[-1][1].removesuffix(".py")) for both in programs()]
)
def test_damaged_answers_end_a_check_and_fault_no_grader(program, checks):
    dice, limits = random.Random(11), replace(COURSE.limits, seconds=20)
    outcomes: Counter[str] = Counter()
    sides: list[Damaging] = []

    @contextlib.contextmanager
    def opened(seed: int):
        ours, theirs = socket.socketpair()
        side = Damaging(theirs, dice, dice.choice((0.1, 0.3, 1.0)))
        sides.append(side)

        def serve() -> None:
            with contextlib.suppress(OSError, AssertionError, SystemExit, IndexError):
                worker.serve(side)  # type: ignore[arg-type]
            theirs.close()

        thread = threading.Thread(target=serve)
        thread.start()
        backend = ProxyBackend(Place(ours), limits, program, seed)
        try:
            yield backend
        finally:
            ours.close()
            thread.join()

    quick = [c for c in checks if "other_numbers" not in c.id]
    with registered({name: None for name, _, _ in program.modules}):  # the reference's modules are gone afterwards
        for _ in range(RUNS):
            outcomes[run_check(Session("x", b"secret", "cpu", opened), dice.choice(quick)).result.outcome] += 1
    assert sum(side.damaged for side in sides) > RUNS / 3
    assert outcomes["crashed"] + outcomes["failed"] > outcomes["passed"] / 4
