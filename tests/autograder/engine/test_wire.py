"""Messages: what goes in comes out, and whatever bytes come in, decode gives plain data or WireError."""

from __future__ import annotations

import json
import math
import tracemalloc

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograder.engine.student import Fake, FunctionRef, Ref
from autograder.engine.wire import HEAD, MAX_DEPTH, WireError, decode, encode, frame_lengths

LIMIT = 1 << 20
QUICK = settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def parts(frame: bytes, limit: int = LIMIT) -> tuple[bytes, bytes]:
    text, buffers = frame_lengths(frame[: HEAD.size], limit)
    body = frame[HEAD.size :]
    assert len(body) == text + buffers
    return body[:text], body[text:]


def there_and_back(value):
    return decode(*parts(encode(value)))


TENSORS = {
    "float32": torch.arange(6.0).reshape(2, 3),
    "float64": torch.tensor([math.pi], dtype=torch.float64),
    "float16": torch.tensor([0.5, -2.0], dtype=torch.float16),
    "bfloat16": torch.tensor([[1.0, 3.0]], dtype=torch.bfloat16),
    "complex64": torch.tensor([1 + 2j]),
    "int64": torch.tensor([-(2**62), 2**62]),
    "uint8": torch.tensor([0, 255], dtype=torch.uint8),
    "bool": torch.tensor([[True, False], [False, True]]),
    "empty": torch.empty(0, 3),
    "empty_bfloat16": torch.empty(2, 0, dtype=torch.bfloat16),
    "int16_without_dimension": torch.tensor(-7, dtype=torch.int16),
    "bfloat16_transposed": torch.arange(6).reshape(2, 3).bfloat16().T,
    "no_dimension": torch.tensor(2.5),
    "transposed": torch.arange(12.0).reshape(3, 4).T,
    "every_second_column": torch.arange(12.0).reshape(3, 4)[:, ::2],
    "a_thin_slice": torch.arange(1000.0).reshape(10, 100)[:, 3],
    "expanded": torch.tensor([[1.0], [2.0]]).expand(2, 50),
    "windows_that_overlap": torch.arange(10.0).unfold(0, 4, 1),
    "conjugate": torch.tensor([1 + 2j, 3 - 1j]).conj(),
    "negative_bit": torch.tensor([1 + 2j]).conj().imag,
    "requires_grad": torch.ones(3, requires_grad=True),
}


@pytest.mark.parametrize("name", TENSORS)
def test_a_tensor_comes_back_with_its_dtype_shape_and_values(name):
    sent = TENSORS[name].detach()
    came = there_and_back(TENSORS[name])
    assert (came.dtype, came.shape, came.device) == (sent.dtype, sent.shape, sent.device)
    assert torch.equal(came, sent)
    assert not came.requires_grad


def test_the_layout_of_a_tensor_that_is_not_contiguous_is_kept():
    assert there_and_back(TENSORS["transposed"]).stride() == (1, 4)
    assert there_and_back(TENSORS["every_second_column"]).stride() == (4, 2)


def test_a_tensor_that_came_can_be_written_to():
    came = there_and_back(torch.zeros(2, 2))
    came += 1
    assert came.sum() == 4


def test_infinity_and_nan_survive():
    came = there_and_back([torch.tensor([math.inf, -math.inf, math.nan]), math.inf, math.nan])
    assert came[0].isinf().sum() == 2
    assert came[0].isnan().sum() == 1
    assert came[1] == math.inf
    assert came[2] != came[2]


def test_plain_data_come_back_as_they_are():
    value = {
        "a": [1, (2.5, "x"), None, True], 3: {"b": (), "": []}, (1, 2): torch.float64,
        "devices": [torch.device("cpu"), torch.device("meta")], "big": 2**200,
        "function": FunctionRef("predict_labels"), "object": Ref(3, "KnnClassifier"),
    }  # fmt: skip
    assert there_and_back(value) == value


def test_a_number_or_tensor_too_large_to_send_becomes_an_object():
    assert there_and_back(2**256) == Ref(-1, "int of more than 256 bits")
    assert there_and_back(torch.eye(3).to_sparse()).type_name.startswith("Tensor (torch.sparse")


def test_text_is_bounded_and_has_no_half_characters():
    assert there_and_back("x" * 10_000) == "x" * 4096
    assert there_and_back("a\ud800b") == "a?b"
    assert decode(b'["o", 0, "\\ud800"]', b"") == Ref(0, "?")
    assert decode(b'{"\\ud800": "\\ud800"}', b"") == {"?": "?"}
    assert there_and_back({"x" * 5000: 1}) == {"x" * 4096: 1}


def test_functions_are_sent_by_number_and_called_back_by_number():
    functions = []

    def register(function):
        functions.append(function)
        return len(functions) - 1

    frame = encode([len, Fake(train=max)], register)
    with pytest.raises(WireError, match="unknown tag 'c'"):
        decode(*parts(frame))
    numbers = []
    decode(*parts(frame), numbers.append)
    assert numbers == [0, 1]
    assert functions == [len, max]


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", lambda: 0])
def test_what_cannot_be_sent_is_an_error_of_the_protocol(value):
    with pytest.raises(WireError, match="cannot send a "):
        encode(value)


def test_nesting_is_bounded_both_ways():
    value: list = []
    for _ in range(MAX_DEPTH + 1):
        value = [value]
    with pytest.raises(WireError, match="nested deeper than 24"):
        encode(value)
    with pytest.raises(WireError, match="nested deeper than 24"):
        decode(b'["l", [' * 40 + b"1" + b"]]" * 40, b"")
    with pytest.raises(WireError):
        decode(b"[" * 200_000, b"")


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (HEAD.pack(b"dp02", 2, 0), "not a message"),
        (HEAD.pack(b"dp01", 2, LIMIT), "over the limit of 1"),
        (HEAD.pack(b"dp01", 0xFFFFFFFF, 0), r"an answer of 4\.1e\+03 MiB"),
        (HEAD.pack(b"dp01", 2, 2**64 - 1), "over the limit"),
    ],
)
def test_a_head_is_checked_before_anything_is_read(head, says):
    with pytest.raises(WireError, match=says):
        frame_lengths(head, LIMIT)


def tensor(dtype="float32", shape=(2,), strides=(1,), device="cpu"):
    return json.dumps(["T", dtype, list(shape), strides and list(strides), device]).encode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (tensor(dtype="object"), "an unknown dtype"),
        (tensor(dtype=["float32"]), "an unknown dtype"),
        (tensor(shape=(-2,)), "a wrong shape"),
        (tensor(shape=(2.0,)), "a wrong shape"),
        (tensor(shape=(True,)), "a wrong shape"),
        (tensor(shape=(1,) * 17, strides=(1,) * 17), "a wrong shape"),
        (tensor(shape=(2, 1)), "a wrong shape"),
        (tensor(shape=(0, 2**39, 2**39), strides=(1, 1, 2**39)), "a wrong shape"),
        (tensor(shape=(0, 2**39, 2**39), strides=None), "a wrong shape"),
        (tensor(strides="1"), "a wrong shape"),
        (tensor(strides=(2,)), "more numbers than were sent"),
        (tensor(shape=(2**39,)), "more numbers than were sent"),
        (tensor(shape=(2**39,) * 16, strides=None), "more numbers than were sent"),
        (tensor(shape=(2**39,), strides=(0,)), "entries that share memory"),
        (tensor(shape=(2, 2), strides=(1, 0)), "entries that share memory"),
        (tensor(shape=(4,)), "more numbers than were sent"),
        (tensor(shape=(1,)), "more numbers than tensors"),
        (b"1", "more numbers than tensors"),
        (tensor(device="meta"), "a tensor without numbers"),
        (tensor(device="meta", strides=None), "a tensor without numbers"),
        (tensor(device="cpu:x"), "an unknown device"),
        (tensor(device="cpu:"), "an unknown device"),
        (tensor(device="cpu:00"), "an unknown device"),
        (tensor(device="cpu:300"), "an unknown device"),
        (tensor(device="cuda:99999"), "an unknown device"),
        (b'["y", "object"]', "an unknown dtype"),
        (b'["d", [[["l", []], 1]]]', "a dict key that cannot be one"),
        (b'["d", [[1]]]', "a dict row that is no pair"),
        (b"[]", "an untagged value"),
        (b"[1]", "an untagged value"),
        (b'["z", 1]', "an unknown tag 'z'"),
        (b'["o", true, "x"]', "an unknown tag 'o'"),
        (b"{", "not JSON"),
        (b"{" + b", ".join(b'"%d": 1' % i for i in range(4097)) + b"}", "more than 4096 dict rows"),
        (b"\xff", "not JSON"),
        (b"9" * 5000, "not JSON"),
        (b"9" * 100, "an int of more than 256 bits"),
        (b'["d", [' + b'[["l", []], 1],' * 4096 + b"[1, 1]]]", "more than 4096 dict rows"),
    ],
)
def test_a_message_that_lies_is_refused(text, says):
    with pytest.raises(WireError, match=says):
        decode(text, b"\0" * 8)


FRAMES = [
    encode({"result": [torch.arange(12.0).reshape(3, 4).T, (1, 2.5, None, "x")], "changed": {"W": torch.eye(2)}}),
    encode({"callback": 0, "args": (torch.tensor([True, False]), Ref(1, "T")), "kwargs": {"k": 3}}),
]
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8),
    st.sampled_from(["l", "t", "d", "T", "y", "v", "o", "f", "c", "k", "float32", "bool", "cpu", "cuda:0", 0, 1, 8]),
)  # fmt: skip
trees = st.recursive(scalars, lambda t: st.lists(t, max_size=7) | st.dictionaries(st.text(max_size=4), t, max_size=3))
sizes = st.lists(st.one_of(st.integers(0, 9), st.integers(-1, 2**42)), max_size=5)


def refused_or_plain(text: bytes, buffers: bytes) -> None:
    try:
        value = decode(text, buffers)
    except WireError:
        return
    encode(value)  # plain data: it can be sent again


@QUICK
@given(st.sampled_from(FRAMES), st.data())
def test_a_damaged_frame_is_refused_or_read_as_plain_data(frame, data):
    damaged = bytearray(frame)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    if len(damaged) < HEAD.size:
        return  # the reader waits for a whole head
    try:
        text, buffers = frame_lengths(bytes(damaged[: HEAD.size]), LIMIT)
    except WireError:
        return
    body = bytes(damaged[HEAD.size :])
    refused_or_plain(body[:text], body[text : text + buffers])


@QUICK
@given(trees, st.binary(max_size=64))
@example(["T", "float32", [0], [0], "cpu"], b"")
@example(["d", [[["T", "bool", [], None, "cpu"], 1]]], b"\2")
def test_any_tree_is_refused_or_read_as_plain_data(tree, buffers):
    refused_or_plain(json.dumps(tree).encode(), buffers)


@QUICK
@given(st.sampled_from(["float32", "bool", "int64", "complex128"]), sizes, st.none() | sizes, st.integers(0, 64))
def test_any_shape_is_refused_or_holds_no_more_than_its_bytes(dtype, shape, strides, length):
    try:
        value = decode(tensor(dtype, shape, strides, "cpu"), bytes(length))
    except WireError:
        return
    assert value.numel() * value.element_size() <= length


def test_a_tensor_without_numbers_has_a_shape_that_torch_can_hold():
    assert decode(tensor(shape=(2**20, 2**20), strides=(0, 0), device="meta"), b"", meta=True).numel() == 2**40
    for shape in ((2**24, 2**24), (2**39,) * 16, (0, 2**39, 2**39)):
        with pytest.raises(WireError, match="a wrong shape"):
            decode(tensor(shape=shape, strides=(0,) * len(shape), device="meta"), b"", meta=True)


def test_half_a_head_and_a_method_without_a_number_are_errors_of_the_protocol():
    with pytest.raises(WireError, match="half a head"):
        frame_lengths(b"dp01", LIMIT)
    for row in (b"1", b'["train"]', b'["train", "0"]', b"[1, 0]"):
        with pytest.raises(WireError, match="no method"):
            decode(b'["k", [' + row + b"]]", b"", lambda number: len)


def test_memory_stays_bounded_by_the_message():
    many = b'["l", [' + b", ".join([tensor(shape=(2**20,), strides=(0,))] * 1000) + b"]]"
    tracemalloc.start()
    with pytest.raises(WireError):
        decode(many, bytes(4))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30 * len(many)


def test_entries_that_share_memory_are_sent_apart_and_never_taken():
    windows = torch.arange(8.0).as_strided((2, 2), (3, 3))
    came = there_and_back(windows)
    assert torch.equal(came, windows)
    came.zero_()  # each entry is its own
    with pytest.raises(WireError, match="entries that share memory"):
        decode(json.dumps(["T", "float32", [2, 2], [3, 3], "cpu"]).encode(), b"\0" * 28)
    assert there_and_back(torch.zeros(0, 1).expand(0, 5)).shape == (0, 5)
