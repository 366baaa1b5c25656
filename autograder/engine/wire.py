"""Messages between grader and worker: a JSON tree and raw buffers. Nothing is ever unpickled.

    frame:   b"dp01" | u32 length of the JSON | u64 length of the buffers | JSON | buffers
    values:  null, true, 1, 0.5, "text" as they are; all else is tagged:
             ["l", [...]] list, ["t", [...]] tuple, ["d", [[key, value], ...]] dict,
             ["T", dtype, shape, strides, device, offset, bytes] tensor, ["y", "float32"] dtype, ["v", "cpu"] device,
             ["o", id, type name] object that stays with the student, ["f", name] function of the student's,
             ["c", id] function of the check's, ["k", [[name, id], ...]] Fake of the check's

Every length, nesting, dtype and shape is checked before it is used: whatever bytes come in, `decode` returns plain data
or raises WireError.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

import torch

from autograder.engine.results import storable
from autograder.engine.student import Fake, FunctionRef, Ref

__all__ = ["HEAD", "Incoming", "WireError", "decode", "encode", "frame_lengths"]

MAGIC = b"dp01"
HEAD = struct.Struct("<4sIQ")
MAX_JSON = 8 << 20
SMALL, LARGE = 1 << 14, 1 << 20  # most messages are shorter than the first and come in one piece
MAX_DEPTH = 24
MAX_DIMS = 16
MAX_TEXT = 4096
MAX_TENSOR = 1 << 30
DTYPES = {
    str(d).removeprefix("torch."): d
    for d in (
        torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.complex128,
        torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
    )
}  # fmt: skip
PLAIN = {"float64", "float32", "int64", "int32", "uint8", "bool"}


class WireError(Exception):
    """The bytes are no message, or the value cannot be sent."""


def encode(value: Any, register: Callable[[Any], int] | None = None) -> bytes:
    """One frame.

    Args:
        value: the tree to send.
        register: gives a number to a function of the check's, so that the other side can call it back.
    """
    packer = _Packer(register)
    text = json.dumps(packer.pack(value, 0)).encode("ascii")
    return b"".join((HEAD.pack(MAGIC, len(text), packer.size), text, *packer.buffers))


def frame_lengths(head: bytes, limit: int) -> tuple[int, int]:
    """The two lengths in a frame's head, checked against `limit` bytes."""
    magic, text, buffers = HEAD.unpack(head)
    if magic != MAGIC:
        raise WireError("not a message")
    if text > MAX_JSON or text + buffers > limit:
        raise WireError(f"an answer of {text + buffers} bytes, over the limit of {limit}")
    return text, buffers


def decode(text: bytes, buffers: bytes, callback: Callable[[int], Any] | None = None, *, meta: bool = True) -> Any:
    """The tree in a frame.

    Args:
        text, buffers: the two parts of the frame.
        callback: makes a function out of the number of one; without it such a value is an error.
        meta: whether a tensor may be on `meta`: one without numbers, at which most code cannot look.
    """
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise WireError("not JSON") from e
    return _Unpacker(buffers, callback, meta).unpack(tree, 0)


class Incoming:
    """What comes over a socket, by the piece.

    Args:
        receive: returns at least one byte and at most so many, or none at the end.
    """

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self.receive = receive
        self.held = bytearray()  # received and not read yet

    def read(self, size: int) -> bytes:
        """The next `size` bytes, or none when the other side has closed before them."""
        while len(self.held) < size:
            part = self.receive(min(max(size - len(self.held), SMALL), LARGE))
            if not part:
                return b""
            self.held += part
        data = bytes(self.held[:size])
        del self.held[:size]
        return data


class _Packer:
    def __init__(self, register: Callable[[Any], int] | None) -> None:
        self.register = register
        self.buffers: list[bytes] = []
        self.size = 0

    def pack(self, value: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise WireError(f"nested deeper than {MAX_DEPTH}")
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            if abs(value) >= 1 << 256:
                return ["o", -1, "int of more than 256 bits"]
            return int(value)
        if isinstance(value, float):
            return float(value)
        if isinstance(value, str):
            return str(value)[:MAX_TEXT]
        if isinstance(value, torch.Tensor):
            with torch._C.DisableTorchFunction():  # neither what an exercise forbids nor a subclass's own way
                return self._tensor(value)
        if isinstance(value, list | tuple):
            return ["l" if isinstance(value, list) else "t", [self.pack(v, depth + 1) for v in value]]
        if isinstance(value, dict):
            return ["d", [[self.pack(k, depth + 1), self.pack(v, depth + 1)] for k, v in value.items()]]
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
        name = str(x.dtype).removeprefix("torch.")
        if name not in DTYPES or x.layout != torch.strided or x.dim() > MAX_DIMS or x.is_quantized:
            return ["o", -1, f"{type(x).__name__} ({x.layout}, {name})"]
        device = str(x.device)
        if device == "meta":
            return self._buffer(name, x, list(x.stride()), device, b"")
        if x.numel() * x.element_size() > MAX_TENSOR:
            return ["o", -1, f"tensor of shape {tuple(x.shape)}"]
        x = x.detach()
        if x.is_contiguous() and name in PLAIN and device == "cpu" and not x.is_neg():  # nearly always
            return self._buffer(name, x, list(x.stride()), device, x.numpy().tobytes())
        x = x.resolve_conj().resolve_neg()
        span = 1 + sum((n - 1) * s for n, s in zip(x.shape, x.stride(), strict=True)) if x.numel() else 0
        strides = list(x.stride())
        if span > 4 * x.numel() or _overlap(x.shape, strides):  # a thin slice of something large, or expanded
            x = x.contiguous()
            span, strides = x.numel(), list(x.stride())
        flat = torch.as_strided(x, (span,), (1,)).cpu().contiguous()
        data = flat.view(torch.uint8).numpy().tobytes() if span else b""
        return self._buffer(name, x, strides, device, data)

    def _buffer(self, name: str, x: torch.Tensor, strides: list[int], device: str, data: bytes) -> Any:
        self.buffers.append(data)
        offset, self.size = self.size, self.size + len(data)
        return ["T", name, list(x.shape), strides, device, offset, len(data)]


class _Unpacker:
    def __init__(self, buffers: bytes, callback: Callable[[int], Any] | None, meta: bool) -> None:
        self.buffers, self.callback, self.meta = buffers, callback, meta
        self.used = 0

    def unpack(self, node: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise WireError(f"nested deeper than {MAX_DEPTH}")
        if isinstance(node, str):
            return _clean(node)
        if node is None or isinstance(node, bool | int | float):
            return node
        _need(isinstance(node, list) and len(node) >= 2 and isinstance(node[0], str), "an untagged value")
        tag, *rest = node
        if tag in ("l", "t") and len(rest) == 1 and isinstance(rest[0], list):
            items = [self.unpack(v, depth + 1) for v in rest[0]]
            return items if tag == "l" else tuple(items)
        if tag == "d" and len(rest) == 1 and isinstance(rest[0], list):
            return self._dict(rest[0], depth)
        if tag == "T" and len(rest) == 6:
            return self._tensor(*rest)
        if tag == "y" and len(rest) == 1 and isinstance(rest[0], str):
            _need(rest[0] in DTYPES, "an unknown dtype")
            return DTYPES[rest[0]]
        if tag == "v" and len(rest) == 1:
            return _device(rest[0])
        if tag == "o" and len(rest) == 2 and _is_int(rest[0]) and isinstance(rest[1], str):
            return Ref(rest[0], _clean(rest[1])[:200])
        if tag == "f" and len(rest) == 1 and isinstance(rest[0], str):
            return FunctionRef(_clean(rest[0])[:200])
        if self.callback is not None:
            if tag == "c" and len(rest) == 1 and _is_int(rest[0]):
                return self.callback(rest[0])
            if tag == "k" and len(rest) == 1 and isinstance(rest[0], list):
                return Fake(**{name: self.callback(number) for name, number in rest[0]})
        raise WireError(f"an unknown tag {tag[:20]!r}")

    def _dict(self, rows: list[Any], depth: int) -> dict[Any, Any]:
        result = {}
        for row in rows:
            _need(isinstance(row, list) and len(row) == 2, "a dict row that is no pair")
            key = self.unpack(row[0], depth + 1)
            try:
                result[key] = self.unpack(row[1], depth + 1)
            except TypeError as e:
                raise WireError("a dict key that cannot be one") from e
        return result

    def _tensor(self, name: Any, shape: Any, strides: Any, device: Any, offset: Any, length: Any) -> torch.Tensor:
        _need(isinstance(name, str) and name in DTYPES, "an unknown dtype")
        for sizes in (shape, strides):
            _need(isinstance(sizes, list) and len(sizes) <= MAX_DIMS, "a wrong shape")
            _need(all(_is_int(n) and 0 <= n < 1 << 40 for n in sizes), "a wrong shape")
        _need(len(shape) == len(strides), "a wrong shape")
        _need(_is_int(offset) and _is_int(length) and length >= 0 and offset == self.used, "a wrong buffer")
        _need(offset + length <= len(self.buffers), "a wrong buffer")
        self.used += length
        dtype = DTYPES[name]
        numel = math.prod(shape)
        span = 1 + sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) if numel else 0
        if device == "meta":
            _need(self.meta and not length and span < 1 << 32, "a tensor without numbers")
            return torch.empty_strided(shape, strides, dtype=dtype, device="meta")
        _need(span * dtype.itemsize == length, "a wrong buffer length")
        # a few bytes must not stand for gigabytes, and what is written to an entry changes no other
        _need(not numel or not _overlap(shape, strides), "entries that share memory")
        _need(math.prod(max(n, 1) for n in shape) < 1 << 48, "a wrong shape")
        where = _device(device)
        if not numel:
            return torch.empty(shape, dtype=dtype, device=where)
        data = bytearray(self.buffers[offset : offset + length])
        if dtype == torch.bool:
            flat = torch.frombuffer(data, dtype=torch.uint8) != 0
        else:
            flat = torch.frombuffer(data, dtype=dtype)
        if where.type != "cpu":
            flat = flat.to(where)
        return torch.as_strided(flat, shape, strides) if len(shape) != 1 or strides != [1] else flat


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
    _need(
        kind in ("cpu", "cuda") and (not number or (number.isascii() and number.isdigit())),
        "an unknown device",
    )
    if kind == "cuda":
        _need(torch.cuda.is_available() and int(number or 0) < torch.cuda.device_count(), "an unknown device")
    return torch.device(name)


def _clean(text: str) -> str:
    """Text that can be stored and shown."""
    return storable(text[:MAX_TEXT])


def _is_int(x: Any) -> bool:
    return isinstance(x, int) and not isinstance(x, bool)


def _need(condition: bool, what: str) -> None:
    if not condition:
        raise WireError(what)
