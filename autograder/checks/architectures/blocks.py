"""Visible checks of the blocks and of the Inception module: their layers, values, statistics and gradients."""

from __future__ import annotations

from dataclasses import replace

import torch

from autograder.checks.architectures.modules import (
    Case,
    expect_gradients,
    expect_multiply_adds,
    expect_output,
    expect_running,
    kept,
    make,
    name_of,
    projected,
    usual,
)
from autograder.checks.architectures.roles import expect_biases, roles
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student

PLAIN, RESIDUAL = "architectures.PlainBlock", "architectures.ResidualBlock"
BOTTLENECK, RESNEXT = "architectures.BottleneckBlock", "architectures.ResNeXtBlock"
PREACT, INCEPTION = "architectures.PreActBlock", "architectures.Inception"
SKIPPING = (RESIDUAL, BOTTLENECK, PREACT, RESNEXT)
BLOCKS = (PLAIN, *SKIPPING)
ALL = (INCEPTION, *BLOCKS)


@check(*ALL, weight=2)
def layers(student: Student, draw: Draw) -> None:
    """its convolutions and batch norms, all registered, as many and as large as asked for"""
    expect_layers(student, usual(student))


@check(*BLOCKS)
def layers_where_the_shape_stays(student: Student, draw: Draw) -> None:
    """the same where c_in and c_out are equal and nothing is halved: the shortcut has no layer"""
    expect_layers(student, kept(student))


@check(*BLOCKS, needs="layers")
def layers_where_part_of_the_shape_changes(student: Student, draw: Draw) -> None:
    """the same where the channels alone change, or height and width alone"""
    expect_layers(student, projected(student, downsample=False))
    expect_layers(student, kept(student, downsample=True))


@check(RESNEXT, needs="layers")
def layers_of_other_groups(student: Student, draw: Draw) -> None:
    """32 groups of 4 channels by default, more where c_out is larger, and four of 10"""
    for options in ({"c_out": 256}, {"c_out": 512}, {"c_out": 96, "groups": 4, "width_per_group": 10}):
        expect_layers(student, Case("ResNeXtBlock", {"c_in": 64} | options))


@check(*ALL, needs="layers")
def biases(student: Student, draw: Draw) -> None:
    """no convolution has a bias: the batch norm behind it has one"""
    for case in every_kind(student):
        module = case.module
        expect_biases(student, getattr(student, case.name)(**case.options), module.parts, case.text)


@check(*ALL, needs="layers")
def shape(student: Student, draw: Draw) -> None:
    """the shape of the output, for images of odd height and width, too"""
    for size in ((2, 9, 7), (1, 8, 5)):
        problem = usual(student, size=size).inputs(draw)
        out = student.networks.forward(make(student, problem).net, problem.x)
        expect(out, f"the output for an input of {problem.case.shape}").is_tensor(
            tuple(problem.upstream.shape), torch.float32, draw.device
        )


@check(*ALL, needs="layers", weight=3)
def values(student: Student, draw: Draw) -> None:
    """the output in evaluation mode, with the running statistics"""
    expect_output(student, usual(student).inputs(draw))


@check(*BLOCKS, needs="layers_where_the_shape_stays", weight=2)
def values_where_the_shape_stays(student: Student, draw: Draw) -> None:
    """the output in evaluation mode where c_in and c_out are equal and nothing is halved"""
    expect_output(student, kept(student).inputs(draw))


@check(*BLOCKS, needs="layers_where_part_of_the_shape_changes")
def values_where_part_of_the_shape_changes(student: Student, draw: Draw) -> None:
    """the output in evaluation mode where the channels alone change, or height and width alone"""
    for case in (projected(student, downsample=False), kept(student, downsample=True)):
        expect_output(student, case.inputs(draw), name=f"the output of {case.text}")


@check(INCEPTION, needs="layers")
def other_large_kernel(student: Student, draw: Draw) -> None:
    """large_kernel = 3 and 7 in branch3"""
    for kernel in (3, 7):
        case = usual(student, large_kernel=kernel)
        expect_output(student, case.inputs(draw), name=f"the output with large_kernel={kernel}")


@check(*ALL, needs="layers", weight=2)
def values_in_training(student: Student, draw: Draw) -> None:
    """the output in training mode, with the statistics of the batch"""
    expect_output(student, usual(student).inputs(draw), training=True)


@check(*ALL, needs="values_in_training")
def running_statistics(student: Student, draw: Draw) -> None:
    """the running statistics of every batch norm after a batch of training"""
    problem = usual(student).inputs(draw)
    _, running = problem.output(training=True)
    placed = expect_output(student, problem, training=True)
    expect_running(student, placed, running, "after a batch of training")


@check(*ALL, needs="values_in_training", weight=3)
def gradients(student: Student, draw: Draw) -> None:
    """the gradients of the input and of every parameter, in training mode"""
    expect_gradients(student, replace(usual(student), dtype=torch.float64).inputs(draw))


@check(*BLOCKS, needs="values_where_the_shape_stays", weight=2)
def gradients_where_the_shape_stays(student: Student, draw: Draw) -> None:
    """the gradients where c_in and c_out are equal and nothing is halved"""
    expect_gradients(student, replace(kept(student), dtype=torch.float64).inputs(draw))


@check(*SKIPPING, needs="layers_where_the_shape_stays")
def branch_of_zeros(student: Student, draw: Draw) -> None:
    """where the main path gives 0, the shortcut alone is left"""
    problem = kept(student).inputs(draw)
    last = {"PreActBlock": "conv2", "ResidualBlock": "bn2"}.get(name_of(student), "bn3")
    zeros = {key: torch.zeros_like(v) for key, v in problem.values.items() if key in (f"{last}.weight", f"{last}.bias")}
    problem = problem.with_values(zeros)
    expected = problem.x.clone() if name_of(student) == "PreActBlock" else problem.x.clamp(min=0)
    for training in (False, True):
        out = student.networks.forward(make(student, problem).net, problem.x.clone(), training=training)
        expect(out, "the output").equals(expected)


@check(*BLOCKS, needs="layers_where_the_shape_stays")
def multiply_adds(student: Student, draw: Draw) -> None:
    """its multiply-adds where the shape stays: 18 H W C^2 of two convolutions 3x3, 17 H W C^2 of a bottleneck"""
    expect_multiply_adds(student, kept(student, size=(1, 10, 12)).inputs(draw))


@check(*ALL, needs="layers")
def multiply_adds_where_the_shape_changes(student: Student, draw: Draw) -> None:
    """its multiply-adds where the number of channels changes and, in a block, height and width are halved"""
    expect_multiply_adds(student, usual(student, size=(1, 10, 12)).inputs(draw))


def expect_layers(student: Student, case: Case) -> None:
    roles(student, getattr(student, case.name)(**case.options), case.module.parts, case.text)


def every_kind(student: Student) -> list[Case]:
    return [usual(student)] if name_of(student) == "Inception" else [usual(student), kept(student)]
