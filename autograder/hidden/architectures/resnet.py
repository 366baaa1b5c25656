"""Hidden checks of `resnet`."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
import torch.nn.functional as F

from autograder.checks.architectures.resnet import RESNET, SMALL, expect_costs_of, judge_depths, small
from autograder.checks.architectures.roles import roles
from autograder.checks.architectures.whole import filled_by_key, filled_by_role, on_device, on_meta, part_of
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.errors import StudentRaised
from autograder.engine.expect import Failed, expect
from autograder.engine.student import Student
from autograder.oracles.architectures.models import BLOCKS_OF, resnet, resnet_blocks
from autograder.oracles.architectures.parts import Pass, batch_norm, convolution, linear


@check(RESNET, needs=("own_blocks", "values"))
def values_of_18(student: Student, draw: Draw) -> None:
    """resnet(18): the scores of small images, from your own blocks one after another"""
    judge_depths(student, [18], partial(expect_values, student, draw))


@check(RESNET, needs=("own_blocks", "values"))
def values_of_50(student: Student, draw: Draw) -> None:
    """resnet(50): the scores of small images, from your own blocks one after another"""
    try:
        expect_values(student, draw, 50, "BottleneckBlock")
    except (Failed, StudentRaised):
        if halves(student, "BottleneckBlock"):
            raise
        judge_depths(student, [18], partial(expect_values, student, draw))  # a block that does not run costs nothing


@check(RESNET, needs=("costs", "layers_of_other_depths"))
def costs_of_other_depths(student: Student, draw: Draw) -> None:
    """with your own blocks: parameters and multiply-adds of 34, 101 and 152"""
    judge_depths(student, (34, 101, 152), partial(expect_costs_of, student))


@check(RESNET, needs="values")
def gradient_of_the_images(student: Student, draw: Draw) -> None:
    """the gradient of the images, through all blocks"""
    module, net = resnet(18), small(student)
    on_device(net, draw.device, torch.float64)
    x, upstream = draw.normal(2, 3, 40, 33, dtype=torch.float64), draw.normal(2, 1000, dtype=torch.float64)
    numbers = filled_by_role(student, net, module.parts, draw.number(0, 1 << 20), SMALL, draw.device)
    image = x.clone().requires_grad_()
    (dx,) = torch.autograd.grad(module.compute(Pass(numbers), image), image, upstream)
    expect(net.requires_grad_(False), "the network").is_object()
    result = student.networks.gradients(net, x, upstream, training=False)
    _, came, _ = expect(result, "the result").unpacks_to(3, "(scores, gradient of x, gradients of parameters)")
    expect(came, "the gradient of the images").equals(dx)


@check(RESNET, needs="values")
def evaluation_changes_nothing(student: Student, draw: Draw) -> None:
    """in evaluation mode the same images, long ones here, give the same scores twice, and stay as they are"""
    module, net = resnet(18), small(student)
    x = draw.normal(1, 3, 33, 250)
    before = x.clone()
    on_device(net, draw.device)
    numbers = filled_by_role(student, net, module.parts, draw.number(0, 1 << 20), SMALL, draw.device)
    expected = module.compute(Pass(numbers), x.double()).float()
    for time in ("the first time", "the second time"):
        expect(student.networks.forward(net, x), f"the scores {time}").equals(expected)
    expect(x, "x").is_unchanged_from(before)


@check(RESNET, needs="layers")
def networks_are_independent(student: Student, draw: Draw) -> None:
    """two networks share nothing, and the state_dict of one loads into the other"""
    parts = resnet(18, 3).parts
    first, second = (student.resnet(18, num_classes=3, block=student.ConvBlock) for _ in range(2))
    for net in (first, second):
        on_device(expect(net, SMALL).is_object(), draw.device)
        roles(student, net, parts, SMALL)
    x = draw.normal(2, 3, 33, 33)
    student.networks.fill(first, 1)
    expected = expect_scores(student.networks.forward(first, x), (2, 3))
    student.networks.fill(second, 2)
    again = student.networks.forward(first, x)
    expect(again, "the scores of the first network after the second one got other numbers").equals(expected)
    student.networks.load(second, student.networks.state(first))
    expect(student.networks.forward(second, x), "the scores of the copy").equals(expected)


def halves(student: Student, name: str) -> bool:
    """Whether a block of the student's can be made, runs, and halves what it should."""
    try:
        net = on_meta(student, getattr(student, name), name, 64, 256, True)
        return bool(student.networks.shape_on_meta(net, (1, 64, 6, 6)) == (1, 256, 3, 3))
    except (Failed, StudentRaised):
        return False


def expect_scores(out: Any, shape: tuple[int, ...]) -> torch.Tensor:
    expect(out, "the scores").is_tensor(shape, torch.float32)
    return torch.as_tensor(out)


def expect_values(student: Student, draw: Draw, depth: int, block: str) -> None:
    """The scores are those of stem, the network's own blocks one after another, mean and linear layer."""
    what, blocks = f"resnet({depth})", resnet_blocks(depth)
    x = draw.normal(2, 3, 40, 70)
    net = expect(on_meta(student, student.resnet, what, depth).to_empty(device="cpu"), what).is_object()
    on_device(net, draw.device)
    parts = convolution("conv1", 3, 64, 7), batch_norm("bn1", 64), linear("fc", blocks[-1][1], 1000)
    shapes = {f"{part.role}.{name}": shape for part in parts for name, shape in part.entries.items()}
    values = filled_by_key(student, net, shapes, draw.number(0, 1 << 20), what)
    one_pass = Pass({key: value.double().to(draw.device) for key, value in values.items()})
    out = F.max_pool2d(F.relu(one_pass.norm("bn1", one_pass.conv("conv1", x.double(), 2))), 3, stride=2, padding=1)
    places = [f"layer{stage}.{i}" for stage, count in enumerate(BLOCKS_OF[depth], 1) for i in range(count)]
    for name, (_, c_out, downsample) in zip(places, blocks, strict=True):
        block = expect(part_of(net, name).requires_grad_(True), name).is_object()
        height, width = ((n + downsample) // (1 + downsample) for n in out.shape[2:])
        came = student.networks.forward(block, out.float())
        expect(came, f"the output of {name}").is_tensor((2, c_out, height, width), torch.float32, draw.device)
        out = came.double()
    expected = one_pass.linear("fc", out.mean(dim=(2, 3))).float()
    expect(student.networks.forward(net, x), "the scores").equals(expected)
