"""The pipe: whatever a worker sends is refused by the protocol's own exception or read as plain data, and never passes.

Messages are made by damaging real ones with a seeded generator: 200,000 through the decoder, 3,000 through checks whose
worker answers with nothing else.
"""

from __future__ import annotations

import contextlib
import json
import resource
import tracemalloc

import pytest
import torch

from autograder.course import load_course
from autograder.engine.check import load_checks
from autograder.engine.errors import CheckStopped
from autograder.engine.order import Order
from autograder.engine.program import Program
from autograder.engine.proxy import ProxyBackend
from autograder.engine.run import Session, run_check
from autograder.engine.student import Fake, FunctionRef, Ref
from autograder.engine.wire import HEAD, MAX_JSON, MAX_TEXT, WireError, decode, frame_lengths
from tests.hostile.damage import LIMIT, Damage

MESSAGES = 200_000
PLAIN = (type(None), bool, float, torch.dtype, torch.device, Ref, FunctionRef)


def read(frame: bytes, callback=None, meta: bool = False):
    text, buffers = frame_lengths(frame[: HEAD.size], LIMIT)
    body = frame[HEAD.size :]
    return decode(body[:text], body[text : text + buffers], callback, meta=meta)


def bytes_of_plain(value: object, callback: object) -> int:
    """How many bytes the tensors in a value hold.

    Raises:
        AssertionError: there is something else in it than plain data.
    """
    kind = type(value)
    if kind is torch.Tensor:
        assert value.layout is torch.strided
        assert not value.requires_grad
        assert value.numel() < 1 << 48
        return 0 if value.is_meta else value.untyped_storage().nbytes()
    if kind is list or kind is tuple:
        return sum(bytes_of_plain(v, callback) for v in value)
    if kind is dict:
        return sum(bytes_of_plain(k, callback) + bytes_of_plain(v, callback) for k, v in value.items())
    if kind is str:
        assert len(value) <= MAX_TEXT
        value.encode()
    elif kind is int:
        assert abs(value) < 1 << 256
    elif kind is Fake:
        assert callback
        assert all(v == "a function" for v in vars(value).values())
    else:
        assert kind in PLAIN or (callback and value == "a function"), kind
    return 0


def test_two_hundred_thousand_malformed_messages_are_refused_or_read_as_plain_data():
    damage, seen, refused = Damage(2026), 0, 0
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for i in range(MESSAGES):
        frame = damage.frame()
        callback = (lambda number: "a function") if i % 4 == 0 else None
        try:
            value = read(frame, callback, meta=i % 2 == 0)
        except WireError:
            refused += 1
            continue
        seen += 1
        assert bytes_of_plain(value, callback) <= len(frame)
    assert seen > MESSAGES / 10  # the damage reaches beyond the head and the JSON
    assert refused > MESSAGES / 3
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resident
    assert grown_kib < 64 << 10


def test_the_memory_of_a_message_is_a_small_multiple_of_its_length():
    damage = Damage(7)
    tracemalloc.start()
    try:
        for _ in range(2000):
            frame = damage.frame()
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            with contextlib.suppress(WireError):
                read(frame)
            assert tracemalloc.get_traced_memory()[1] - before < 40 * len(frame) + (64 << 10)
    finally:
        tracemalloc.stop()


DENSE = {
    "empty_lists": b"[" + b"[]," * 600_000 + b"0]",
    "lists": b'["l", [' + b'["l",[]],' * 200_000 + b"0]]",
    "tuples_in_tuples": b'["t", [' + b'["t",[["t",[]]]],' * 100_000 + b"0]]",
    "dicts": b'["l", [' + b'{"":0},' * 290_000 + b"0]]",
    "dicts_in_dicts": b'["l", [' + b'{"":{"":{}}},' * 160_000 + b"0]]",
    "texts": b'["l", [' + b'"",' * 600_000 + b"0]]",
    "numbers": b'["l", [' + b"1e9," * 500_000 + b"0]]",
    "objects": b'["l", [' + b'["o",0,""],' * 180_000 + b"0]]",
    "tensors_of_nothing": b'["l", [' + b'["T","bool",[0],null,"cpu"],' * 20_000 + b"0]]",
    "large_tensors_of_nothing": b'["l", [' + b'["T","float64",[0,1073741823],null,"cpu"],' * 20_000 + b"0]]",
}


@pytest.mark.parametrize("name", DENSE)
def test_dense_messages_take_little_memory(name):
    assert len(DENSE[name]) <= MAX_JSON
    tracemalloc.start()
    try:
        with contextlib.suppress(WireError):
            decode(DENSE[name], b"")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40 * len(DENSE[name])


@pytest.mark.parametrize(
    "rows", [[[k * (2**61 - 1), 0] for k in range(20_000)], [[["t", [k]], 0] for k in range(20_000)]]
)
def test_keys_that_collide_do_not_hold_the_grader_up(rows):
    with pytest.raises(WireError, match="more than 4096 dict rows"):
        decode(json.dumps(["d", rows]).encode(), b"")
    assert len(decode(json.dumps(["d", rows[:4096]]).encode(), b"")) == 4096
    halves = ["l", [["d", rows[:2100]], ["d", rows[:2100]]]]
    with pytest.raises(WireError, match="more than 4096 dict rows"):
        decode(json.dumps(halves).encode(), b"")


CHECKS = [
    check
    for assignment in load_course().assignments
    for exercise in assignment.exercises
    for checks in load_checks(exercise).values()
    for check in checks
]


class Garbage:
    """A place whose socket answers each request by one malformed message, and then by the end.

    Most of them bear the request's number, so that they are read further.
    """

    loaded = PROGRAM = Program((), ())

    def __init__(self, damage: Damage) -> None:
        self.damage, self.waiting, self.number = damage, b"", 0
        self.connection, self.order = None, Order()

    def connect(self) -> Garbage:
        return self

    def status(self) -> str:
        return "ended"

    def settimeout(self, seconds: float) -> None: ...

    def sendall(self, request: bytes) -> None:
        text, _ = frame_lengths(request[: HEAD.size], 1 << 40)
        self.number = json.loads(request[HEAD.size :][:text]).get("number", self.number)
        frame = self.damage.frame()
        magic, text, buffers = HEAD.unpack(frame[: HEAD.size])
        if frame[HEAD.size :].startswith(b'{"') and self.damage.dice.random() < 0.9:
            number = b'{"number": %d, ' % self.number
            frame = HEAD.pack(magic, min(text + len(number) - 1, 2**32 - 1), buffers) + number + frame[HEAD.size + 1 :]
        self.waiting += frame

    def recv(self, size: int) -> bytes:
        part, self.waiting = self.waiting[:size], self.waiting[size:]
        return part


def test_a_worker_that_answers_garbage_never_passes_and_ends_every_check_with_an_outcome():
    limits, program = load_course().limits, Garbage.PROGRAM
    damage, frames, outcomes = Damage(99), 0, set()

    @contextlib.contextmanager
    def opened(seed: int):
        yield ProxyBackend(Garbage(damage), limits, program, seed)  # type: ignore[arg-type]

    while frames < 3000:
        for check in CHECKS:
            result = run_check(
                Session("garbage", b"secret", "cpu", opened), check
            ).result  # a GraderFault fails the test
            frames += 1
            outcomes.add(result.outcome)
            assert not result.passed or check.needs, (check.id, result)
            assert result.passed or result.message
    assert {"crashed", "failed", "error"} <= outcomes


def test_a_backend_raises_nothing_but_what_stops_a_check():
    limits, damage, raised = load_course().limits, Damage(5), set()
    ask = [
        lambda b: b.call(None, "f", (torch.ones(2, 3), {"W": torch.ones(2)}, [1, (2.5, None)], len), {"k": 1}, True),
        lambda b: b.call(Ref(0, "T"), "f", (torch.ones(2, device="meta"),), {}, False),
        lambda b: b.call_each(None, "f", [(torch.ones(2),), (len,)], {"k": 1}, True, i % 4 < 2),
        lambda b: b.get(Ref(0, "T"), "x"),
        lambda b: b.set(Ref(0, "T"), "x", torch.ones(2)),
        lambda b: b.given({"f": len}),
    ]
    for i in range(6000):
        backend = ProxyBackend(Garbage(damage), limits, Garbage.PROGRAM, 1)  # type: ignore[arg-type]
        try:
            ask[i % len(ask)](backend)
        except CheckStopped as stop:
            raised.add(type(stop).__name__)
    assert {"WorkerDied", "StudentRaised"} <= raised
