"""Hidden checks of the blocks and of the Inception module: unusual sizes, copies, modes, precision, devices."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from autograder.checks.architectures.blocks import ALL, BLOCKS, INCEPTION, RESNEXT
from autograder.checks.architectures.modules import (
    Case,
    expect_gradients,
    expect_output,
    expect_running,
    kept,
    make,
    projected,
    usual,
)
from autograder.checks.architectures.roles import entries_of
from autograder.checks.architectures.whole import on_meta
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles.architectures.models import resnet_blocks

NAMES = ("c_in", "c1", "c3_reduce", "c3", "c5_reduce", "c5", "c_pool")


@check(*ALL, needs="values")
def unusual_sizes(student: Student, draw: Draw) -> None:
    """images of one pixel, of one row, a single image"""
    for size in ((3, 1, 1), (2, 1, 6), (1, 5, 2)):
        expect_output(student, usual(student, size=size).inputs(draw), name=f"the output for images of size {size[1:]}")


@check(*ALL, needs="values")
def not_contiguous(student: Student, draw: Draw) -> None:
    """an input that is not contiguous in memory"""
    problem = usual(student).inputs(draw)
    expect_output(student, replace(problem, x=draw.strided(problem.x)))


@check(*ALL, needs="values")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves its input unchanged, in both modes"""
    problem = usual(student).inputs(draw)
    for training in (False, True):
        before = problem.x.clone()
        student.networks.forward(make(student, problem).net, problem.x, training=training)
        expect(problem.x, "x").is_unchanged_from(before)


@check(*BLOCKS, needs="values_where_the_shape_stays")
def kept_inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves its input unchanged where the shape stays, in both modes"""
    problem = kept(student).inputs(draw)
    for training in (False, True):
        before = problem.x.clone()
        expected, _ = problem.output(training)
        out = student.networks.forward(make(student, problem).net, problem.x, training=training)
        expect(problem.x, "x").is_unchanged_from(before)
        expect(out, "the output").equals(expected)


@check(*ALL, needs="values")
def evaluation_changes_nothing(student: Student, draw: Draw) -> None:
    """in evaluation mode the same input gives the same output twice, and statistics stay"""
    problem = usual(student).inputs(draw)
    expected, running = problem.output()
    placed = make(student, problem)
    for time in ("the first time", "the second time"):
        out = student.networks.forward(placed.net, problem.x.clone())
        expect(out, f"the output {time}").equals(expected)
    expect_running(student, placed, running, "after evaluation")


@check(*ALL, needs="running_statistics")
def training_after_training(student: Student, draw: Draw) -> None:
    """two batches of training, then evaluation"""
    problem = usual(student).inputs(draw)
    _, once = problem.output(training=True)
    later = problem.with_values(once)
    _, twice = later.output(training=True)
    expected, _ = later.with_values(twice).output()
    placed = make(student, problem)
    for _ in range(2):
        student.networks.forward(placed.net, problem.x.clone(), training=True)
    expect_running(student, placed, twice, "after two batches of training")
    out = student.networks.forward(placed.net, problem.x)
    expect(out, "the output in evaluation mode after two batches of training").equals(expected)


@check(*ALL, needs="values")
def instances_are_independent(student: Student, draw: Draw) -> None:
    """two instances share nothing, and the state_dict of one makes the other its copy"""
    problem = usual(student).inputs(draw)
    expected, _ = problem.output()
    other = problem.with_values({key: value + 1 for key, value in problem.values.items()})
    first, second = make(student, problem), make(student, other)
    out = student.networks.forward(first.net, problem.x.clone())
    expect(out, "the output of the first instance").equals(expected)
    student.networks.load(second.net, student.networks.state(first.net))
    out = student.networks.forward(second.net, problem.x)
    expect(out, "the output of the copy").equals(expected)


@check(*ALL, needs="values_in_training")
def double_precision(student: Student, draw: Draw) -> None:
    """float64 gives an output of that accuracy, in training mode"""
    expect_output(student, replace(usual(student), dtype=torch.float64).inputs(draw), training=True)


@check(*ALL, needs="values")
def device_of_the_module(student: Student, draw: Draw) -> None:
    """makes its tensors on the device where the module is"""
    problem = usual(student).inputs(draw)
    net = student.networks.on_meta(getattr(student, problem.case.name), **problem.case.options)
    came = student.networks.shape_on_meta(expect(net, problem.case.text).is_object(), problem.case.shape)
    expected = tuple(problem.upstream.shape)
    expect(came, "the shape of the output").holds(
        came == expected, f"the output has shape {came!r} on the device meta, expected {expected}.", str(expected)
    )


@check(*ALL, needs="gradients")
def gradients_in_evaluation(student: Student, draw: Draw) -> None:
    """the gradients in evaluation mode"""
    expect_gradients(student, replace(usual(student), dtype=torch.float64).inputs(draw), training=False)


@check(*BLOCKS, needs=("gradients", "values_where_part_of_the_shape_changes"))
def gradients_where_part_of_the_shape_changes(student: Student, draw: Draw) -> None:
    """the gradients where the channels alone change, or height and width alone"""
    for case in (projected(student, downsample=False), kept(student, downsample=True)):
        expect_gradients(student, replace(case, dtype=torch.float64).inputs(draw))


@check(*BLOCKS, needs="values")
def fewer_channels(student: Student, draw: Draw) -> None:
    """an output with fewer channels than the input"""
    more = usual(student).options["c_out"] + 9
    expect_output(student, kept(student, c_in=more).inputs(draw))


@check(RESNEXT, needs=("layers_of_other_groups", "values"))
def values_of_other_groups(student: Student, draw: Draw) -> None:
    """the output with two wide groups, with one, and with the default ones"""
    for options in ({"groups": 2, "width_per_group": 24}, {"groups": 1, "width_per_group": 48}, {}):
        c_out = 128 if not options else 96
        expect_output(student, Case("ResNeXtBlock", {"c_in": 6, "c_out": c_out} | options, (2, 5, 4)).inputs(draw))


@check(RESNEXT, needs=("layers_of_other_groups", "multiply_adds_where_the_shape_changes"))
def costs_of_whole_networks(student: Student, draw: Draw) -> None:
    """the blocks of ResNeXt-50 have 22,970,368 parameters, those of Wide ResNet-50-2 66,824,704"""
    for options, expected in (({}, 22_970_368), ({"groups": 1, "width_per_group": 128}, 66_824_704)):
        came = 0
        for c_in, c_out, downsample in resnet_blocks(50):
            net = on_meta(student, student.ResNeXtBlock, "the block", c_in, c_out, downsample, **options)
            entries = entries_of(student, net, "the block")
            came += sum(math.prod(shape) for _, shape, kind, _ in entries if kind == "parameter")
        expect(came, "the number of parameters").holds(
            came == expected, f"16 blocks have {came:,} parameters, expected {expected:,}.", f"{expected:,}"
        )


@check(INCEPTION, needs="values")
def other_channels(student: Student, draw: Draw) -> None:
    """branches of other widths"""
    expect_output(student, Case("Inception", dict(zip(NAMES, (6, 9, 2, 4, 3, 1, 5), strict=True))).inputs(draw))


@check(INCEPTION, needs="multiply_adds_where_the_shape_changes")
def inception_3a(student: Student, draw: Draw) -> None:
    """the first module of GoogLeNet at its full size, its channels given by position"""
    sizes = (192, 64, 96, 128, 16, 32, 32)
    module = Case("Inception", dict(zip(NAMES, sizes, strict=True))).module
    expected = 28 * 28 * sum(torch.Size(part.shape).numel() for part in module.parts if part.kind == "convolution")
    net = expect(student.networks.on_meta(student.Inception, *sizes), "the module").is_object()
    came = student.networks.multiply_adds(net, (1, 192, 28, 28))
    expect(came, "the number of multiply-adds").holds(
        type(came) is int and came == expected, f"it takes {came} multiply-adds, expected {expected}.", str(expected)
    )
