"""The device check on meta tensors: finds hard-coded devices, and holds nothing against what it cannot decide."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import torch

from autograder.engine.expect import Failed, expect
from autograder.engine.live import LiveBackend
from autograder.engine.meta import follows_device, on_meta
from autograder.engine.program import Program, compiled
from autograder.engine.student import Student
from autograder.engine.wire import HEAD, WireError, decode, encode
from autograder.engine.worker import load_module

CODE = """
import torch

def right(x, n):
    out = x.new_zeros(len(x), n)
    for i in range(n):
        out[:, i] = x.sum(dim=1)
    return out, (x, torch.arange(3))

def filled_on_the_cpu(x, n):
    out = torch.zeros(len(x), n)
    for i in range(n):
        out[:, i] = x.sum(dim=1)
    return out, None

def filled_and_moved(x, n):
    return filled_on_the_cpu(x, n)[0].to(x.device), None

def copied_on_the_cpu(x, n):
    out = torch.zeros(len(x), n)
    out.copy_(x[:, :n])
    return out, None

def mixed(x, n):
    return x + torch.zeros(x.shape), None

def random_mask(x, n):
    return x * (torch.rand(x.shape) > 0.5), None

def small_number(x, n):
    return x * torch.tensor(2.0), None

def rows_by_number(x, n):
    return x[torch.arange(2)], None

def asks_for_numbers(x, n):
    return torch.zeros(2) if x.sum() > 0 else torch.ones(2), None

def to_a_list(x, n):
    return torch.tensor(x.tolist()), None

def shape_of_the_data(x, n):
    return torch.zeros(len(x.nonzero())), None

def raises(x, n):
    raise ValueError("no")

def nothing(x, n):
    return None

def hands_meta_back(x):
    return torch.empty(2, 3, device="meta")
"""


@pytest.fixture(params=["live", "worker"])
def student(request, bench):
    """The module in this process and in a worker, as a function that opens it."""

    @contextmanager
    def opened():
        if request.param == "live":
            backend = LiveBackend(load_module("meta_code", "meta_code.py", CODE.encode()), file="meta_code.py")
            yield Student(backend, "meta_code", "right")
            backend.close()
            return
        stall = bench.grader._pool.open_stall()
        program = Program((("meta_code", "meta_code.py", compiled(CODE.encode(), "meta_code.py")),), ())
        with stall.check(program, 1) as backend:
            yield Student(backend, "meta_code", "right")
        stall.close()

    with opened() as student:
        yield student


@pytest.mark.parametrize("name", ["filled_on_the_cpu", "copied_on_the_cpu"])
def test_a_result_made_on_the_cpu_is_found(student, name):
    with pytest.raises(Failed, match="out holds a tensor made on cpu, not on the device of the inputs"):
        follows_device(lambda: getattr(student, name)(on_meta(torch.ones(4, 3)), 2), "out", first=1)


@pytest.mark.parametrize("name", ["mixed", "random_mask"])
def test_tensors_of_two_devices_are_found_with_the_line(student, name):
    with pytest.raises(Failed, match=r"two devices are combined \(meta_code.py, line \d+, in " + name):
        follows_device(lambda: getattr(student, name)(on_meta(torch.ones(4, 3)), 2), first=1)


@pytest.mark.parametrize("name", ["right", "filled_and_moved", "small_number", "rows_by_number"])
def test_what_works_on_a_gpu_passes(student, name):
    follows_device(lambda: getattr(student, name)(on_meta(torch.ones(4, 3)), 2), first=1)


@pytest.mark.parametrize("name", ["asks_for_numbers", "to_a_list", "shape_of_the_data", "raises", "nothing"])
def test_what_meta_cannot_decide_is_held_against_nobody(student, name):
    follows_device(lambda: getattr(student, name)(on_meta(torch.ones(4, 3)), 2), first=1)


def test_a_meta_tensor_as_an_answer_never_passes(student):
    from autograder.engine.errors import CheckStopped

    for look in (lambda x: expect(x, "x").equals(torch.ones(2, 3)), lambda x: expect(x, "x").is_number(1.0)):
        with pytest.raises(CheckStopped, match=r"x is on meta|is a tensor on meta|without numbers|shape \(2, 3\)"):
            look(student.hands_meta_back(torch.ones(2)))


def test_the_wire_takes_meta_only_where_meta_was_sent():
    frame = encode({"x": torch.empty(2, 3, device="meta")})
    text = frame[HEAD.size :]
    x = decode(text, b"", meta=True)["x"]
    assert (x.device.type, tuple(x.shape)) == ("meta", (2, 3))
    with pytest.raises(WireError, match="without numbers"):
        decode(text, b"")
