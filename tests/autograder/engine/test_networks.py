"""What a check does to a student's network is the same in this process and in a worker."""

from __future__ import annotations

import io
import pickle

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from autograder.engine import networks
from autograder.engine.errors import StudentRaised
from autograder.engine.live import LiveBackend
from autograder.engine.networks import filled
from autograder.engine.program import Program, compiled
from autograder.engine.student import Student
from autograder.engine.worker import load_module

CODE = """
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, channels, unused=False):
        super().__init__()
        self.conv = nn.Conv2d(channels, 4, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(4)
        if unused:
            self.extra = nn.Linear(2, 2)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


def not_a_network():
    return [1, 2]


def breaks():
    block = Block(3)
    block.forward = lambda x: x[99]
    return block


def on_the_cpu():
    return nn.Parameter(torch.zeros(2, device="cpu"))


def frozen(net):
    for p in net.stem.parameters():
        p.requires_grad_(False)
    net.stem.eval()
    return net
"""
FILE = "toy.py"


@pytest.fixture(params=["live", "worker"])
def student(request):
    if request.param == "live":
        backend = LiveBackend(load_module("deeprob.exercises.toy", FILE, CODE.encode()), (), FILE)
        yield Student(backend, "toy", "Block")
        backend.close()
        return
    bench = request.getfixturevalue("bench")
    program = Program((("deeprob.exercises.toy", FILE, compiled(CODE.encode(), FILE)),), ())
    stall = bench.grader._pool.open_stall()
    try:
        with stall.check(program, 1) as backend:
            yield Student(backend, "toy", "Block")
    finally:
        stall.close()


def right(values, x, training):
    z = F.conv2d(x, values["conv.weight"], padding=1)
    statistics = values["bn.running_mean"].clone(), values["bn.running_var"].clone()
    return F.relu(F.batch_norm(z, *statistics, values["bn.weight"], values["bn.bias"], training))


def test_its_tensors_are_listed_filled_and_run(student):
    net = student.Block(3)
    entries = student.networks.tensors(net)
    assert entries[0] == ("conv.weight", (4, 3, 3, 3), "parameter", True)
    assert entries[3] == ("bn.running_mean", (4,), "buffer", False)
    assert student.networks.layers(net) == [("conv", "Conv2d"), ("bn", "BatchNorm2d")]
    student.networks.fill(net, 5)
    values = filled(entries, 5)
    x = torch.randn(2, 3, 5, 4)
    for training in (False, True):
        out = student.networks.forward(net, x, training=training)
        assert torch.allclose(out, right(values, x, training), atol=1e-5)
    moved = student.networks.state(net)
    assert not torch.equal(moved["bn.running_mean"], values["bn.running_mean"])
    assert moved["bn.num_batches_tracked"] == 1


def test_gradients_are_those_of_autograd(student):
    net = student.Block(3, unused=True)
    values = student.networks.state(net)
    values["conv.weight"].requires_grad_()
    x, upstream = torch.randn(2, 3, 4, 4), torch.randn(2, 4, 4, 4)
    out, dx, grads = student.networks.gradients(net, x, upstream)
    leaf = x.clone().requires_grad_()
    expected = right(values, leaf, training=True)
    weight, image = torch.autograd.grad(expected, [values["conv.weight"], leaf], upstream)
    assert torch.allclose(out, expected, atol=1e-5)
    assert torch.allclose(dx, image, atol=1e-5)
    assert torch.allclose(grads["conv.weight"], weight, atol=1e-5)
    assert grads["extra.weight"] is None


def test_values_are_loaded_by_key_and_from_a_file(student):
    net = student.Block(3)
    student.networks.load(net, {"bn.weight": torch.full((4,), 2.0)})
    values = student.networks.state(net)
    assert values["bn.weight"].tolist() == [2, 2, 2, 2]
    file = io.BytesIO()
    torch.save({**values, "bn.bias": torch.ones(4)}, file)
    student.networks.load_file(net, torch.frombuffer(bytearray(file.getvalue()), dtype=torch.uint8))
    assert student.networks.state(net)["bn.bias"].tolist() == [1, 1, 1, 1]
    with pytest.raises(StudentRaised):
        student.networks.load_file(net, torch.zeros(10, dtype=torch.uint8))


def test_a_pickle_is_not_opened(tmp_path):
    class Touches:
        def __reduce__(self):
            return open, (str(tmp_path / "opened"), "w")

    for data in (pickle.dumps(Touches(), protocol=2), pickle.dumps({"0.weight": Touches()}, protocol=2)):
        with pytest.raises(pickle.UnpicklingError):
            networks.load_file(nn.Sequential(nn.Linear(2, 2)), torch.frombuffer(bytearray(data), dtype=torch.uint8))
    assert list(tmp_path.iterdir()) == []


def test_costs_are_counted_without_numbers(student):
    net = student.networks.on_meta(student.Block, 3)
    assert student.networks.multiply_adds(net, (1, 3, 8, 8)) == 8 * 8 * 4 * 27
    assert student.networks.shape_on_meta(net, (2, 3, 5, 7)) == (2, 4, 5, 7)
    assert student.networks.tensors(net)[0][1] == (4, 3, 3, 3)


def test_a_plain_network_is_built_for_the_student_to_work_on(student):
    layers = [
        ("stem", [("conv", "Conv2d", (3, 4, 3), {"padding": 1}), ("bn", "BatchNorm2d", (4,)), ("relu", "ReLU")]),
        ("pool", "AdaptiveAvgPool2d", (1,)),
        ("flat", "Flatten"),
        ("head", "Linear", (4, 2)),
    ]
    net = student.networks.build(layers)
    assert student.networks.forward(net, torch.randn(3, 3, 6, 6)).shape == (3, 2)
    net = student.frozen(net)
    trained = {key: t for key, _, _, t in student.networks.tensors(net)}
    assert not trained["stem.conv.weight"]
    assert trained["head.weight"]
    modes = student.networks.modes(net)
    assert (modes["stem.bn"], modes["head"]) == (False, False)
    student.networks.set_mode(net, training=True)
    assert student.networks.modes(net)["head"]


def test_what_is_no_network_is_the_students_error(student):
    with pytest.raises(StudentRaised, match=r"expected a torch\.nn\.Module, got list"):
        student.networks.tensors(student.not_a_network())
    with pytest.raises(StudentRaised, match="IndexError"):
        student.networks.forward(student.breaks(), torch.zeros(1, 3, 4, 4))


def test_filled_values_belong_to_the_key_and_are_of_sensible_size():
    net = nn.Sequential(nn.Conv2d(64, 32, 3), nn.BatchNorm2d(32))
    networks.fill(net, 1)
    assert 0.9 < float(net[0].weight.detach().var()) * 64 * 9 / 2 < 1.1
    assert float(net[1].running_var.min()) >= 0.5
    assert torch.equal(net.state_dict()["0.weight"], filled(networks.tensors(net), 1)["0.weight"])
    assert not torch.equal(net.state_dict()["0.weight"], filled(networks.tensors(net), 2)["0.weight"])
