"""Visible checks of `resnet`: what is built of the given `ConvBlock` is judged whatever the student's own blocks do.

So is what is built of their own: where it fails, `ConvBlock` takes the place of the block that the depth asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NoReturn

import torch

from autograder.checks.architectures.roles import all_entries, by_key, entries_of, expect_biases, roles
from autograder.checks.architectures.whole import expect_costs, expect_shape, filled_by_role, on_device, on_meta
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.errors import StudentRaised
from autograder.engine.expect import Failed, expect
from autograder.engine.layers import expect_refused
from autograder.engine.student import Student
from autograder.oracles.architectures.models import RESNETS, public_keys, resnet, resnet_blocks
from autograder.oracles.architectures.parts import Pass

RESNET = "architectures.resnet"
OWN = {18: "ResidualBlock", 34: "ResidualBlock", 50: "BottleneckBlock", 101: "BottleneckBlock", 152: "BottleneckBlock"}
SMALL = "resnet(18, block=ConvBlock)"


@check(RESNET, weight=2)
def layers(student: Student, draw: Draw) -> None:
    """depth 18: stem, two blocks a stage, linear layer, all in their sizes"""
    expect_layers(student, 18)


@check(RESNET, needs="layers")
def layers_of_other_depths(student: Student, draw: Draw) -> None:
    """depths 50, 34, 101 and 152: as many blocks as the table says, wide ones from 50 on"""
    for depth in (50, 34, 101, 152):
        expect_layers(student, depth)


@check(RESNET, needs="layers", weight=3)
def values(student: Student, draw: Draw) -> None:
    """the scores of small images in evaluation mode"""
    module, net = resnet(18), small(student)
    x = draw.normal(2, 3, 46, 70)
    on_device(net, draw.device)
    numbers = filled_by_role(student, net, module.parts, draw.number(0, 1 << 20), SMALL, draw.device)
    expected = module.compute(Pass(numbers), x.double()).float()
    expect(student.networks.forward(net, x), "the scores").equals(expected)


@check(RESNET, needs="layers")
def halved_stages(student: Student, draw: Draw) -> None:
    """the multiply-adds: the first block of layer2, layer3 and layer4 halves height and width, no other one"""
    net = on_meta(student, student.resnet, SMALL, 18, block=student.ConvBlock)
    blocks, side = resnet_blocks(18), 16
    expected = 32 * 32 * 64 * 3 * 49 + blocks[-1][1] * 1000
    for c_in, c_out, downsample in blocks:
        side = side // 2 if downsample else side
        expected += side * side * c_in * c_out * 9
    came = student.networks.multiply_adds(net, (1, 3, 64, 64))
    expect(came, "the number of multiply-adds").holds(
        type(came) is int and came == expected,
        f"{SMALL} takes {came!r} multiply-adds for an image of 64 x 64, expected {expected}.",
        str(expected),
    )


@check(RESNET, needs="values", weight=2)
def training(student: Student, draw: Draw) -> None:
    """the scores in training mode, and the running statistics after it"""
    module, net = resnet(18), small(student)
    x = draw.normal(3, 3, 64, 64, dtype=torch.float64)
    on_device(net, draw.device, torch.float64)
    numbers = filled_by_role(student, net, module.parts, draw.number(0, 1 << 20), SMALL, draw.device)
    one_pass = Pass(numbers, training=True)
    expected = module.compute(one_pass, x)
    expect(student.networks.forward(net, x, training=True), "the scores in training").equals(expected)
    state = student.networks.state(net)
    expect(state, "the state_dict").holds(isinstance(state, dict), "the state_dict could not be read.")
    for key, value in by_key(one_pass.running, roles(student, net, module.parts, SMALL)).items():
        expect(state.get(key), f"{key} after a batch of training").equals(value)


@check(RESNET, needs="layers", weight=2)
def own_blocks(student: Student, draw: Draw) -> None:
    """without `block`: ResidualBlock for 18 and 34, BottleneckBlock for 50, 101 and 152"""
    known: dict[tuple[str, int, int, bool], list[tuple[int, ...]]] = {}

    def made_of(depth: int, name: str) -> None:
        what = f"resnet({depth})"
        expected: list[tuple[int, ...]] = []
        for size in resnet_blocks(depth):
            if (name, *size) not in known:
                known[name, *size] = weights(student, on_meta(student, getattr(student, name), name, *size), name)
            expected += known[name, *size]
        came = weights(student, on_meta(student, student.resnet, what, depth), what)
        expected = sorted([(64, 3, 7, 7), *expected, (1000, resnet_blocks(depth)[-1][1])])
        expect(came, "the weights").holds(
            sorted(came) == expected,
            f"{what} has {len(came)} convolutions and linear layers, of other sizes or in another number than "
            f"{len(expected)} of a stem, blocks of {OWN[depth]} and a linear layer.",
        )

    judge_depths(student, OWN, made_of)


@check(RESNET, needs="layers")
def names(student: Student, draw: Draw) -> None:
    """stem, stages and linear layer have the names of public weights, for 18 and 50"""
    for depth in (18, 50):
        net = on_meta(student, student.resnet, f"resnet({depth}, block=ConvBlock)", depth, block=student.ConvBlock)
        came = [key for key, *_ in all_entries(student, net)]
        expected = public_keys(depth)
        missing = [key for key in expected if key not in set(came)]
        more = [key for key in came if key not in set(expected)]
        expect(came, "the keys").holds(
            not missing and not more,
            f"the keys of resnet({depth}, block=ConvBlock) are not those of public weights: "
            + ", ".join([f"no {key}" for key in missing[:2]] + [f"{key} instead" for key in more[:2]])
            + ".",
        )


@check(RESNET, needs="own_blocks")
def costs(student: Student, draw: Draw) -> None:
    """with your own blocks: 11,689,512 and 25,557,032 parameters, 1.814 and 4.089 G multiply-adds for 18 and 50"""
    judge_depths(student, (18, 50), partial(expect_costs_of, student))


@check(RESNET, needs="layers")
def any_size(student: Student, draw: Draw) -> None:
    """images of any size, and as many scores as num_classes says"""
    net = on_meta(student, student.resnet, SMALL, 18, num_classes=7, block=student.ConvBlock)
    for shape in ((2, 3, 224, 224), (1, 3, 32, 32), (3, 3, 65, 130)):
        expect_shape(student, net, "resnet(18, num_classes=7, block=ConvBlock)", shape, (shape[0], 7))


@check(RESNET, needs="layers")
def unknown_depth(student: Student, draw: Draw) -> None:
    """raises ValueError for another depth"""
    expect_refused(student.networks.on_meta, ((f"depth {n}", (student.resnet, n)) for n in (20, 0, 51)))


def judge_depths(student: Student, depths: Iterable[int], judge: Callable[[int, str], None]) -> None:
    """Judge networks of the student's own blocks; where one fails, with `ConvBlock` in the place of that block.

    So a block that is wrong or missing costs nothing here. The other kind of block is then refused.

    Args:
        judge: of a depth and the name of the block that its network is made of.
    """
    for depth in depths:
        try:
            judge(depth, OWN[depth])
        except (Failed, StudentRaised) as first:
            other = {"ResidualBlock": "BottleneckBlock", "BottleneckBlock": "ResidualBlock"}[OWN[depth]]
            student.given(**{OWN[depth]: student.ConvBlock})
            student.given(**{other: _of_other_depths})
            try:
                judge(depth, "ConvBlock")
            except (Failed, StudentRaised):
                raise first from None


def _of_other_depths(*args: Any, **kwargs: Any) -> NoReturn:
    raise ValueError("this block belongs to other depths")


def expect_costs_of(student: Student, depth: int, block: str) -> None:
    """Parameters and multiply-adds of a whole network, of published ones or of those of `ConvBlock`."""
    what = f"resnet({depth})"
    expected = costs_of_conv_blocks(depth) if block == "ConvBlock" else RESNETS[depth]
    expect_costs(student, on_meta(student, student.resnet, what, depth), what, *expected)


def costs_of_conv_blocks(depth: int) -> tuple[int, int]:
    """Parameters and multiply-adds with `ConvBlock` in the place of all blocks, 224 x 224."""
    blocks, side = resnet_blocks(depth), 56
    top = blocks[-1][1]
    parameters, multiply_adds = 64 * 3 * 49 + 2 * 64 + 1000 * top + 1000, 112 * 112 * 64 * 3 * 49 + 1000 * top
    for c_in, c_out, downsample in blocks:
        side = side // 2 if downsample else side
        parameters += 9 * c_in * c_out + 2 * c_out
        multiply_adds += side * side * 9 * c_in * c_out
    return parameters, multiply_adds


def small(student: Student) -> Any:
    return expect(student.resnet(18, block=student.ConvBlock), SMALL).is_object()


def expect_layers(student: Student, depth: int) -> None:
    what, parts = f"resnet({depth}, block=ConvBlock)", resnet(depth).parts
    net = on_meta(student, student.resnet, what, depth, block=student.ConvBlock)
    roles(student, net, parts, what)
    expect_biases(student, net, parts, what)


def weights(student: Student, net: Any, what: str) -> list[tuple[int, ...]]:
    """Shapes of the weights of convolutions and linear layers."""
    return [shape for _, shape, kind, _ in entries_of(student, net, what) if kind == "parameter" and len(shape) > 1]
