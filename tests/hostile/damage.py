"""What the tests of this folder share: malformed messages, and what steers a terminal."""

from __future__ import annotations

import copy
import json
import random
import unicodedata

import torch

from autograder.engine.student import Fake, FunctionRef, Ref
from autograder.engine.wire import HEAD, MAX_JSON, encode, frame_lengths

LIMIT = 1 << 20

REAL = [
    encode({"result": [torch.arange(12.0).reshape(3, 4).T, (1, 2.5, None, "x")], "changed": {"W": torch.eye(2)}}),
    encode({"callback": 0, "args": (torch.tensor([True, False]), Ref(1, "T")), "kwargs": {"k": 3}}),
    encode({"result": Ref(0, "KnnClassifier"), "usage": [12, 34, 5600]}),
    encode({"result": {"W1": torch.ones(2, 3, dtype=torch.float64), "b1": torch.zeros(3, dtype=torch.bfloat16)}}),
    encode({"is_method": False, "value": (torch.float32, torch.device("cpu"), FunctionRef("softmax_loss"))}),
    encode({"stop": "raised", "kind": "ValueError", "text": "no", "where": "knn.py, line 4, in f"}),
    encode({"result": (torch.tensor(2.5), torch.ones(4, 5, device="meta")), "changed": ((None, [1, {}]), {})}),
    encode({"result": {7: [50.0, 60.0], None: (1,)}}),
    encode(Fake(train=len, loss=max), lambda function: 3),
]
NUMBERS = [0, 1, -1, 2, 7, 255, 2**31, 2**39, 2**40, 2**53 + 1, 2**61 - 1, 2**63, 2**64, 10**77, 10**400, 0.5, 1e308]
WORDS = [
    "l", "t", "d", "T", "y", "v", "o", "f", "c", "k", "", "float32", "bool", "complex128", "object", "cpu", "cpu:0",
    "cpu:00", "cpu:", "cpu:127", "cuda", "cuda:0", "meta", "meta:0", "mps", "\ud800", "\0", "result", "changed",
    "usage", "callback", "stop", "forbidden", "x" * 5000,
]  # fmt: skip
NODES = [
    None, True, False, float("nan"), float("inf"), [], {}, [[]], [None, 1], ["l"], ["l", []], ["t", [1]],
    {"a": 1}, {"\ud800": 1, "?": 2}, {"T": {"T": 0}},
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
        while isinstance(node, list | dict) and node and dice.random() < 0.85:
            above, key = node, dice.choice(list(node) if isinstance(node, dict) else range(len(node)))
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
        elif kind < 0.9 and isinstance(above, dict):
            above[dice.choice(WORDS)] = copy.deepcopy(node)
        elif kind < 0.9:
            above.insert(key, copy.deepcopy(node))
        else:
            for _ in range(dice.choice((1, 2, 30))):
                more = {dice.choice(WORDS): node}
                node = dice.choice((["l", [node]], ["t", [node, node]], ["d", [[node, node]]], more))
                if isinstance(node, list) and isinstance(node[1][0], list) and dice.random() < 0.5:
                    break
            above[key] = node if len(json.dumps(node)) < 1 << 16 else None
        return json.dumps(root[0] if root else None).encode()


def steers(text: str) -> list[str]:
    """The characters of a text that a terminal or a browser obeys and does not show."""
    return [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c != "\n"]
