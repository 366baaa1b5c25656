"""The pipe: whatever a worker sends is refused by the protocol's own exception or read as plain data, and never passes.

Messages are made by damaging real ones with a seeded generator: 200,000 through the decoder, 3,000 through checks whose
worker answers with nothing else.
"""

from __future__ import annotations

import contextlib
import copy
import json
import random
import resource
import time
import tracemalloc

import pytest
import torch

from autograder.course import load_course
from autograder.engine.check import load_checks
from autograder.engine.errors import CheckStopped
from autograder.engine.proxy import Program, ProxyBackend
from autograder.engine.run import Session, run_check
from autograder.engine.student import Fake, FunctionRef, Ref
from autograder.engine.wire import HEAD, MAX_JSON, MAX_TEXT, WireError, decode, encode, frame_lengths

MESSAGES = 200_000
LIMIT = 1 << 20
PLAIN = (type(None), bool, float, torch.dtype, torch.device, Ref, FunctionRef)

REAL = [
    encode({"result": [torch.arange(12.0).reshape(3, 4).T, (1, 2.5, None, "x")], "changed": {"W": torch.eye(2)}}),
    encode({"callback": 0, "args": (torch.tensor([True, False]), Ref(1, "T")), "kwargs": {"k": 3}}),
    encode({"result": Ref(0, "KnnClassifier"), "usage": [12, 34, 5600]}),
    encode({"result": {"W1": torch.ones(2, 3, dtype=torch.float64), "b1": torch.zeros(3, dtype=torch.bfloat16)}}),
    encode({"is_method": False, "value": (torch.float32, torch.device("cpu"), FunctionRef("softmax_loss"))}),
    encode({"stop": "raised", "kind": "ValueError", "text": "no", "where": "knn.py, line 4, in f"}),
    encode({"result": (torch.tensor(2.5), torch.ones(4, 5, device="meta")), "changed": ((None, [1, {}]), {})}),
    encode(Fake(train=len, loss=max), lambda function: 3),
]
NUMBERS = [0, 1, -1, 2, 7, 255, 2**31, 2**39, 2**40, 2**53 + 1, 2**61 - 1, 2**63, 2**64, 10**77, 10**400, 0.5, 1e308]
WORDS = [
    "l", "t", "d", "T", "y", "v", "o", "f", "c", "k", "", "float32", "bool", "complex128", "object", "cpu", "cpu:0",
    "cpu:00", "cpu:", "cpu:127", "cuda", "cuda:0", "meta", "meta:0", "mps", "\ud800", "\0", "result", "changed",
    "usage", "callback", "stop", "forbidden", "x" * 5000,
]  # fmt: skip
NODES = [
    None, True, False, float("nan"), float("inf"), [], {}, [[]], {"a": 1}, [None, 1], ["l"], ["l", []], ["t", [1]],
    ["d", [[["l", []], 1]]], ["d", [[["t", []], 1], [["t", []], 2]]], ["d", [[1]]], ["o", -1, "x"], ["v", "meta"],
    ["T", "float32", [0], None, "cpu"], ["T", "float32", [2**39] * 3, [0] * 3, "meta"],
    ["T", "int8", [1] * 17, None, "cpu"], ["T", "bool", [2**39], [0], "cpu"],
    ["T", "float64", [0, 2**39, 2**39], None, "cpu"], ["k", [["a", 0]]], ["k", [1]], ["k", [[1, 2]]],
]  # fmt: skip


class Damage:
    """Makes malformed messages out of real ones; the same seed makes the same."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.real = []
        for frame in REAL:
            text, _ = frame_lengths(frame[: HEAD.size], LIMIT)
            self.real.append((frame[HEAD.size :][:text], frame[HEAD.size + text :]))

    def frame(self) -> bytes:
        """Head, text and buffers, of which at least one is not as it was."""
        dice = self.dice
        text, buffers = dice.choice(self.real)
        for _ in range(dice.choice((1, 1, 2, 3))):
            kind = dice.random()
            if kind < 0.6:
                text = self.tree(text)
            elif kind < 0.75:
                text = self.some_bytes(text)
            elif kind < 0.85:
                buffers = self.some_bytes(buffers)
            elif kind < 0.95:
                buffers = (buffers + bytes(64))[: dice.randrange(len(buffers) + 64)]
            else:
                text = b"[" * dice.choice((30, 900, 20_000)) + text
        lengths = [len(text), len(buffers)]
        if dice.random() < 0.05:
            lengths[dice.randrange(2)] = dice.choice([0, 1, len(text) - 1, len(text) + 1, MAX_JSON + 1, 2**32 - 1])
        magic = b"dp01" if dice.random() < 0.98 else dice.randbytes(4)
        return HEAD.pack(magic, *lengths) + text + buffers

    def some_bytes(self, data: bytes) -> bytes:
        begin = self.dice.randrange(len(data) + 1)
        return data[:begin] + self.dice.randbytes(self.dice.randrange(4)) + data[begin + self.dice.randrange(4) :]

    def tree(self, text: bytes) -> bytes:
        """The same JSON with one value in another's place, gone, doubled, or wrapped."""
        dice = self.dice
        try:
            tree = json.loads(text)
        except (ValueError, RecursionError):
            return text
        root = [tree]
        above, key, node = root, 0, tree
        while isinstance(node, list) and node and dice.random() < 0.85:
            above, key = node, dice.randrange(len(node))
            node = node[key]
        kind = dice.random()
        if isinstance(node, int | float) and kind < 0.5:
            above[key] = dice.choice(
                (dice.choice(NUMBERS), node + 1, -node, node / 2 if abs(node) < 2**99 else 0.5, str(node), [node])
            )
        elif isinstance(node, str) and kind < 0.5:
            above[key] = dice.choice((dice.choice(WORDS), node * 2, node[1:]))
        elif kind < 0.7:
            above[key] = dice.choice((dice.choice(NODES), dice.choice(NUMBERS), dice.choice(WORDS)))
        elif kind < 0.8:
            del above[key]
        elif kind < 0.9:
            above.insert(key, copy.deepcopy(node))
        else:
            for _ in range(dice.choice((1, 2, 30))):
                node = dice.choice((["l", [node]], ["t", [node, node]], ["d", [[node, node]]]))
                if isinstance(node[1][0], list) and dice.random() < 0.5:
                    break
            above[key] = node if len(json.dumps(node)) < 1 << 16 else None
        return json.dumps(root[0] if root else None).encode()


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
    "texts": b'["l", [' + b'"",' * 600_000 + b"0]]",
    "numbers": b'["l", [' + b"1e9," * 500_000 + b"0]]",
    "objects": b'["l", [' + b'["o",0,""],' * 180_000 + b"0]]",
    "tensors_of_nothing": b'["l", [' + b'["T","bool",[0],null,"cpu"],' * 20_000 + b"0]]",
    "large_tensors_of_nothing": b'["l", [' + b'["T","float64",[0,1073741823],null,"cpu"],' * 20_000 + b"0]]",
}


@pytest.mark.parametrize("name", DENSE)
def test_dense_messages_take_little_memory_and_little_time(name):
    assert len(DENSE[name]) <= MAX_JSON
    tracemalloc.start()
    begin = time.process_time()
    try:
        with contextlib.suppress(WireError):
            decode(DENSE[name], b"")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40 * len(DENSE[name])
    assert time.process_time() - begin < 10


@pytest.mark.parametrize(
    "rows", [[[k * (2**61 - 1), 0] for k in range(20_000)], [[["t", [k]], 0] for k in range(20_000)]]
)
def test_keys_that_collide_do_not_hold_the_grader_up(rows):
    with pytest.raises(WireError, match="more than 4096 dict rows"):
        decode(json.dumps(["d", rows]).encode(), b"")
    begin = time.process_time()
    assert len(decode(json.dumps(["d", rows[:4096]]).encode(), b"")) == 4096
    assert time.process_time() - begin < 3
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
    """A worker's socket on which each request is answered by one malformed message, and then by the end."""

    def __init__(self, damage: Damage) -> None:
        self.damage, self.waiting = damage, b""

    def settimeout(self, seconds: float) -> None: ...

    def sendall(self, request: bytes) -> None:
        self.waiting += self.damage.frame()

    def recv(self, size: int) -> bytes:
        part, self.waiting = self.waiting[:size], self.waiting[size:]
        return part


def test_a_worker_that_answers_garbage_never_passes_and_ends_every_check_with_an_outcome():
    limits, program = load_course().limits, Program((), ())
    damage, frames, outcomes = Damage(99), 0, set()

    @contextlib.contextmanager
    def opened(seed: int):
        yield ProxyBackend(Garbage(damage), limits, program, seed, lambda: "ended", True)  # type: ignore[arg-type]

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
        lambda b: b.get(Ref(0, "T"), "x"),
        lambda b: b.set(Ref(0, "T"), "x", torch.ones(2)),
        lambda b: b.given({"f": len}),
    ]
    for i in range(6000):
        backend = ProxyBackend(Garbage(damage), limits, Program((), ()), 1, lambda: "ended", True)  # type: ignore[arg-type]
        try:
            ask[i % len(ask)](backend)
        except CheckStopped as stop:
            raised.add(type(stop).__name__)
    assert {"WorkerDied", "StudentRaised"} <= raised
