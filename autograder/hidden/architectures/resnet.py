"""Hidden checks of `resnet`."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from autograder.checks.architectures.resnet import OWN, RESNET, SMALL, small
from autograder.checks.architectures.roles import roles
from autograder.checks.architectures.whole import expect_costs, filled_by_role, on_device, on_meta
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles.architectures.blocks import block
from autograder.oracles.architectures.models import RESNETS, resnet, resnet_blocks
from autograder.oracles.architectures.parts import Part, Pass, batch_norm, convolution, linear


@check(RESNET, needs=("costs", "values"))
def values_of_18(student: Student, draw: Draw) -> None:
    """resnet(18) with your own blocks: the scores of small images"""
    expect_values(student, draw, 18)


@check(RESNET, needs=("costs", "values"))
def values_of_50(student: Student, draw: Draw) -> None:
    """resnet(50) with your own blocks: the scores of small images"""
    expect_values(student, draw, 50)


@check(RESNET, needs=("costs", "layers_of_other_depths"))
def costs_of_other_depths(student: Student, draw: Draw) -> None:
    """with your own blocks: parameters and multiply-adds of 34, 101 and 152"""
    for depth in (34, 101, 152):
        net = on_meta(student, student.resnet, f"resnet({depth})", depth)
        expect_costs(student, net, f"resnet({depth})", *RESNETS[depth])


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
    """in evaluation mode the same images give the same scores twice, and stay as they are"""
    module, net = resnet(18), small(student)
    x = draw.normal(1, 3, 33, 40)
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


def expect_scores(out: Any, shape: tuple[int, ...]) -> torch.Tensor:
    expect(out, "the scores").is_tensor(shape, torch.float32)
    return torch.as_tensor(out)


def expect_values(student: Student, draw: Draw, depth: int) -> None:
    what = f"resnet({depth})"
    modules = [block(OWN[depth], *size) for size in resnet_blocks(depth)]
    inner = [moved(part, i) for i, module in enumerate(modules) for part in module.parts]
    stem = convolution("conv1", 3, 64, 7), batch_norm("bn1", 64, behind="conv1")
    parts = (*stem, *inner, linear("fc", resnet_blocks(depth)[-1][1], 1000))
    x = draw.normal(2, 3, 40, 52)
    net = expect(on_meta(student, student.resnet, what, depth).to_empty(device="cpu"), what).is_object()
    on_device(net, draw.device)
    numbers = filled_by_role(student, net, parts, draw.number(0, 1 << 20), what, draw.device)
    one_pass = Pass(numbers)
    out = F.relu(one_pass.norm("bn1", one_pass.conv("conv1", x.double(), 2)))
    out = F.max_pool2d(out, 3, stride=2, padding=1)
    for i, module in enumerate(modules):
        prefix = f"{i} "
        out = module.compute(Pass({k.removeprefix(prefix): v for k, v in numbers.items() if k.startswith(prefix)}), out)
    expected = one_pass.linear("fc", out.mean(dim=(2, 3))).float()
    expect(student.networks.forward(net, x), "the scores").equals(expected)


def moved(part: Part, number: int) -> Part:
    """The part of block `number`."""
    return Part(f"{number} {part.role}", part.shape, part.bias, part.behind and f"{number} {part.behind}")
