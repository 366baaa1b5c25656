"""Messages between grader and worker: a JSON tree and raw buffers. Nothing is ever unpickled.

    frame:   b"dp01" | u32 length of the JSON | u64 length of the buffers | JSON | buffers
    values:  null, true, 1, 0.5, "text" as they are; all else is tagged:
             {"key": value, ...} dict whose keys are text, ["d", [[key, value], ...]] any other,
             ["l", [...]] list, ["t", [...]] tuple,
             ["T", dtype, shape, strides, device] tensor: its bytes are next in the buffers; no strides: contiguous,
             ["y", "float32"] dtype, ["v", "cpu"] device,
             ["o", id, type name] object that stays with the student, ["f", name] function of the student's,
             ["c", id] function of the check's, ["k", [[name, id], ...]] Fake of the check's

Every length, nesting, dtype and shape is checked before it is used: whatever bytes come in, `decode` returns plain data
or raises WireError.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Sequence, Sized
from typing import Any

import numpy as np
import torch

from autograder.engine.results import storable
from autograder.engine.student import Fake, FunctionRef, Ref

__all__ = ["HEAD", "Incoming", "WireError", "decode", "encode", "frame_lengths"]

MAGIC = b"dp01"
HEAD = struct.Struct("<4sIQ")
MAX_JSON = 2 << 20  # as Python objects it takes up to thirty times as much
SMALL, LARGE = 1 << 14, 1 << 20  # most messages are shorter than the first and come in one piece
MAX_DEPTH = 24
MAX_DIMS = 16
MAX_TEXT = 4096
MAX_TENSOR = 1 << 30
MAX_ENTRIES = 1 << 48  # of a tensor whose entries take no memory
MAX_INT = 1 << 256
MAX_ROWS = 4096  # of all dicts of a message: keys can be made to collide, and then each is compared with all others
DTYPES = {
    str(d).removeprefix("torch."): d
    for d in (
        torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.complex128,
        torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
    )
}  # fmt: skip
NAMES = {d: name for name, d in DTYPES.items()}
IN_NUMPY = {name: np.dtype(name) for name in ("float64", "float32", "int64", "int32", "uint8")}
IN_NUMPY["bool"] = np.dtype("uint8")  # a byte may come that is neither 0 nor 1
CPU = torch.device("cpu")
_as_json = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode


class WireError(Exception):
    """The bytes are no message, or the value cannot be sent."""


def encode(value: Any, register: Callable[[Any], int] | None = None) -> bytes:
    """One frame.

    Args:
        value: the tree to send.
        register: gives a number to a function of the check's, so that the other side can call it back.
    """
    packer = _Packer(register)
    text = _as_json(packer.pack(value, 0)).encode("ascii")
    return b"".join((HEAD.pack(MAGIC, len(text), packer.size), text, *packer.buffers))


def frame_lengths(head: bytes, limit: int) -> tuple[int, int]:
    """The two lengths in a frame's head, checked against `limit` bytes."""
    _need(len(head) == HEAD.size, "half a head")
    magic, text, buffers = HEAD.unpack(head)
    if magic != MAGIC:
        raise WireError("not a message")
    if text > MAX_JSON:
        raise WireError(f"an answer of {text / (1 << 20):.3g} MiB beside its tensors, over {MAX_JSON >> 20}")
    if text + buffers > limit:
        raise WireError(f"an answer of {(text + buffers) / (1 << 20):.3g} MiB, over the limit of {limit / (1 << 20):g}")
    return text, buffers


def decode(text: bytes, buffers: bytes, callback: Callable[[int], Any] | None = None, *, meta: bool = False) -> Any:
    """The tree in a frame.

    Args:
        text, buffers: the two parts of the frame.
        callback: makes a function out of the number of one; without it such a value is an error.
        meta: whether a tensor may be on `meta`, which has no numbers: most code cannot look at it.
    """
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise WireError("not JSON") from e
    unpacker = _Unpacker(buffers, callback, meta)
    value = unpacker.unpack(tree, 0)
    _need(unpacker.used == len(buffers), "more numbers than tensors")
    return value


class Incoming:
    """What comes over a socket, frame by frame.

    Args:
        receive: returns at least one byte and at most so many, or none at the end.
    """

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self.receive = receive
        self.held = b""  # received and not read yet

    def frame(self, limit: int) -> tuple[bytes, bytes] | None:
        """Text and buffers of the next frame, or None when the other side has closed before its end.

        Args:
            limit: how many bytes the two may have.

        Raises:
            WireError: the head is none, or says more than the limit.
        """
        if not self._at_least(HEAD.size):
            return None
        text, buffers = frame_lengths(self.held[: HEAD.size], limit)
        middle = HEAD.size + text
        end = middle + buffers
        if not self._at_least(end):
            return None
        data, self.held = self.held, self.held[end:]
        return data[HEAD.size : middle], data[middle:end]

    def _at_least(self, size: int) -> bool:
        """Whether so many bytes are held now."""
        if len(self.held) >= size:
            return True
        parts, count = [self.held], len(self.held)
        while count < size:
            part = self.receive(min(max(size - count, SMALL), LARGE))
            if not part:
                return False
            parts.append(part)
            count += len(part)
        self.held = b"".join(parts)
        return True


class _Packer:
    def __init__(self, register: Callable[[Any], int] | None) -> None:
        self.register = register
        self.buffers: list[bytes] = []
        self.size = 0

    def pack(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if depth > MAX_DEPTH:
            raise WireError(f"nested deeper than {MAX_DEPTH}")
        if kind is str:
            return value[:MAX_TEXT]
        if kind is int:
            return value if abs(value) < MAX_INT else ["o", -1, "int of more than 256 bits"]
        if isinstance(value, torch.Tensor):
            with torch._C.DisableTorchFunction():  # neither what an exercise forbids nor a subclass's own way
                return self._tensor(value)
        if isinstance(value, list | tuple):
            return ["l" if isinstance(value, list) else "t", [self.pack(v, depth + 1) for v in value]]
        if isinstance(value, dict):
            return self._dict(value, depth + 1)
        return self._other(value, depth)

    def _dict(self, value: dict[Any, Any], depth: int) -> Any:
        if all(type(k) is str and len(k) <= MAX_TEXT for k in value):
            return {k: self.pack(v, depth) for k, v in value.items()}
        return ["d", [[self.pack(k, depth), self.pack(v, depth)] for k, v in value.items()]]

    def _other(self, value: Any, depth: int) -> Any:
        for plain in (str, int, float):
            if isinstance(value, plain):  # of a class of its own
                return self.pack(plain(value), depth)
        if isinstance(value, torch.dtype):
            return ["y", str(value).removeprefix("torch.")]
        if isinstance(value, torch.device):
            return ["v", str(value)]
        if isinstance(value, Ref):
            return ["o", value.id, value.type_name[:200]]
        if isinstance(value, FunctionRef):
            return ["f", value.name]
        if self.register is not None and isinstance(value, Fake):
            return ["k", [[name, self.register(method)] for name, method in vars(value).items()]]
        if self.register is not None and callable(value):
            return ["c", self.register(value)]
        raise WireError(f"cannot send a {type(value).__name__}")

    def _tensor(self, x: torch.Tensor) -> Any:
        name = NAMES.get(x.dtype, "")
        if not name or x.layout is not torch.strided or x.dim() > MAX_DIMS or x.is_quantized:
            return ["o", -1, f"{type(x).__name__} ({x.layout}, {str(x.dtype).removeprefix('torch.')})"]
        shape = [*x.shape]
        if x.is_meta:
            return ["T", name, shape, [*x.stride()], "meta"]
        if x.nbytes > MAX_TENSOR:
            return ["o", -1, f"tensor of shape {tuple(shape)}"]
        x, strides = x.detach(), None
        if not x.is_contiguous() or x.is_conj() or x.is_neg():
            x = x.resolve_conj().resolve_neg()
            span, own = _span(shape, x.stride()), [*x.stride()]
            if span > 4 * x.numel() or _overlap(shape, own):  # a thin slice of something large, or expanded
                x = x.contiguous()
            elif not x.is_contiguous():
                strides = own
        device = "cpu" if x.is_cpu else str(x.device)
        if strides is not None:
            x = torch.as_strided(x, (_span(shape, strides),), (1,))
        if not x.is_cpu:
            x = x.cpu()
        if name not in IN_NUMPY:
            x = x.reshape(-1).view(torch.uint8)
        data = x.numpy().tobytes()
        self.buffers.append(data)
        self.size += len(data)
        return ["T", name, shape, strides, device]


class _Unpacker:
    def __init__(self, buffers: bytes, callback: Callable[[int], Any] | None, meta: bool) -> None:
        self.buffers, self.callback, self.meta = memoryview(buffers), callback, meta
        self.used = self.rows = 0

    def unpack(self, node: Any, depth: int) -> Any:
        kind = type(node)
        if node is None or kind is bool or kind is float:
            return node
        if kind is str:
            return _clean(node)
        if kind is int:
            _need(abs(node) < MAX_INT, "an int of more than 256 bits")
            return node
        if depth > MAX_DEPTH:
            raise WireError(f"nested deeper than {MAX_DEPTH}")
        if kind is dict:
            self._count(node)
            return {_clean(k): self.unpack(v, depth + 1) for k, v in node.items()}
        _need(len(node) >= 2 and type(node[0]) is str, "an untagged value")
        tag, first = node[0], node[1]
        if tag == "T" and len(node) == 5:
            return self._tensor(first, node[2], node[3], node[4])
        if tag == "o" and len(node) == 3 and _is_int(first) and type(node[2]) is str:
            return Ref(first, _clean(node[2])[:200])
        if len(node) == 2:
            if tag in ("l", "t") and type(first) is list:
                items = [self.unpack(v, depth + 1) for v in first]
                return items if tag == "l" else tuple(items)
            if tag == "d" and type(first) is list:
                return self._dict(first, depth)
            if tag == "y" and type(first) is str:
                _need(first in DTYPES, "an unknown dtype")
                return DTYPES[first]
            if tag == "v":
                return torch.device("meta") if first == "meta" else _device(first)  # the name alone holds no tensor
            if tag == "f" and type(first) is str:
                return FunctionRef(_clean(first)[:200])
            if self.callback is not None:
                if tag == "c" and _is_int(first):
                    return self.callback(first)
                if tag == "k" and type(first) is list:
                    return Fake(**{name: self.callback(number) for name, number in map(_method, first)})
        raise WireError(f"an unknown tag {tag[:20]!r}")

    def _count(self, rows: Sized) -> None:
        self.rows += len(rows)
        _need(self.rows <= MAX_ROWS, f"more than {MAX_ROWS} dict rows")

    def _dict(self, rows: list[Any], depth: int) -> dict[Any, Any]:
        self._count(rows)
        result = {}
        for row in rows:
            _need(isinstance(row, list) and len(row) == 2, "a dict row that is no pair")
            key = self.unpack(row[0], depth + 1)
            try:
                result[key] = self.unpack(row[1], depth + 1)
            except TypeError as e:
                raise WireError("a dict key that cannot be one") from e
        return result

    def _tensor(self, name: Any, shape: Any, strides: Any, device: Any) -> torch.Tensor:
        _need(type(name) is str and name in DTYPES, "an unknown dtype")
        dtype = DTYPES[name]
        _need(_are_sizes(shape) and (strides is None or _are_sizes(strides)), "a wrong shape")
        _need(strides is None or len(shape) == len(strides), "a wrong shape")
        entries = math.prod(shape) if strides is None else _span(shape, strides)
        if device == "meta" or not entries:
            _need(math.prod(max(n, 1) for n in shape) < MAX_ENTRIES, "a wrong shape")
        if device == "meta":
            _need(self.meta and strides is not None and entries < 1 << 32, "a tensor without numbers")
            return torch.empty_strided(shape, strides, dtype=dtype, device="meta")
        # a few bytes must not stand for gigabytes, and what is written to an entry changes no other
        _need(strides is None or not _overlap(shape, strides), "entries that share memory")
        begin, self.used = self.used, self.used + entries * dtype.itemsize
        _need(self.used <= len(self.buffers), "more numbers than were sent")
        where = CPU if device == "cpu" else _device(device)
        if not entries:
            return torch.empty(shape, dtype=dtype, device=where)
        data, layout = bytearray(self.buffers[begin : self.used]), shape if strides is None else (entries,)
        if name in IN_NUMPY:
            x = torch.from_numpy(np.ndarray(layout, IN_NUMPY[name], data))
            if dtype is torch.bool:
                x = x != 0
        else:
            x = torch.frombuffer(data, dtype=dtype).view(layout)
        if where is not CPU:
            x = x.to(where)
        return x if strides is None else torch.as_strided(x, shape, strides)


def _are_sizes(sizes: Any) -> bool:
    """Whether these are a shape or strides."""
    if type(sizes) is not list or len(sizes) > MAX_DIMS:
        return False
    return all([type(n) is int and 0 <= n < 1 << 40 for n in sizes])  # noqa: C419  (a generator takes twice as long)


def _span(shape: Sequence[int], strides: Sequence[int]) -> int:
    """Entries from a tensor's first to its last."""
    if 0 in shape:
        return 0
    return 1 + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))


def _overlap(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether entries may share memory: some axis steps no further than the axes inside it reach."""
    reach = 0
    for stride, n in sorted((s, n) for n, s in zip(shape, strides, strict=True) if n > 1):
        if stride <= reach:
            return True
        reach += (n - 1) * stride
    return False


def _device(name: Any) -> torch.device:
    _need(isinstance(name, str) and len(name) <= 12, "an unknown device")
    kind, _, number = name.partition(":")
    index = int(number) if number.isascii() and number.isdigit() else 0
    _need(name in (kind, f"{kind}:{index}") and kind in ("cpu", "cuda") and index < 64, "an unknown device")
    if kind == "cuda":
        _need(torch.cuda.is_available() and index < torch.cuda.device_count(), "an unknown device")
    return torch.device(name)


def _clean(text: str) -> str:
    """Text that can be stored and shown."""
    text = text[:MAX_TEXT]
    return text if text.isascii() else storable(text)


def _method(row: Any) -> tuple[str, int]:
    _need(isinstance(row, list) and len(row) == 2 and isinstance(row[0], str) and _is_int(row[1]), "no method")
    return _clean(row[0]), row[1]


def _is_int(x: Any) -> bool:
    return isinstance(x, int) and not isinstance(x, bool)


def _need(condition: bool, what: str) -> None:
    if not condition:
        raise WireError(what)
