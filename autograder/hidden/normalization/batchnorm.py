"""Hidden checks of batch norm, of features and of images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch

from autograder.checks.normalization.batchnorm import (
    BACKWARD,
    FORWARD,
    RUNNING,
    RUNNING_AXES,
    expect_running,
    running_equals,
)
from autograder.checks.normalization.cases import (
    AXES,
    Problem,
    expect_output,
    forward_of,
    kind_of,
    layer_of,
    on_right_layers,
    usual,
)
from autograder.checks.normalization.gradients import (
    apart_from_forward,
    expect_gradients,
    expect_passes,
    expect_second_call,
    judge_backwards,
)
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.layers import cache_on_meta, expect_on_the_device, expect_unchanged, output_of
from autograder.engine.meta import on_meta
from autograder.engine.student import Student

BOTH_MODES = ("normalized_by_the_batch", "normalized_by_running_statistics")
DX = ("gradient_of_x", "gradient_of_x_in_test_mode")
ALL = ("gradient_of_beta", "gradient_of_gamma", *DX)
PASSES = ("test", "train", "train")  # no test mode after training, where `forward` may have strayed
SIZES = {
    "BatchNorm": ((5, 5), (6, 1), (40, 3)),
    "SpatialBatchNorm": ((3, 3, 3, 3), (1, 3, 4, 2), (4, 1, 2, 3), (8, 3, 1, 1)),
}
ONE = {"BatchNorm": (1, 6), "SpatialBatchNorm": (1, 6, 1, 1)}
SEVERAL = {"BatchNorm": ((7, 5), (9, 5)), "SpatialBatchNorm": ((3, 4, 5, 2), (5, 4, 2, 3))}  # as many pixels
FAR = {"BatchNorm": (16, 6), "SpatialBatchNorm": (4, 6, 2, 2)}


@check(*FORWARD, needs=BOTH_MODES)
@on_right_layers
def unusual_sizes(student: Student, draw: Draw) -> None:
    """as many examples as features, one feature, a single image, images of one pixel"""
    for shape in SIZES[kind_of(student)]:
        for mode in ("train", "test"):
            problem = usual(student, shape=shape, mode=mode).inputs(draw)
            expect_output(student, problem)
            for name in RUNNING:
                expect(problem.param.get(name), name).is_tensor(shape[1:2], torch.float32, axes=RUNNING_AXES)


@check(*FORWARD, needs=BOTH_MODES)
@on_right_layers
def batch_of_one(student: Student, draw: Draw) -> None:
    """a single example: beta in mode train, no NaN, and running statistics as ever"""
    for eps in (1e-5, 0.1):
        case = usual(student, shape=ONE[kind_of(student)], eps=eps)
        problem = case.inputs(draw)
        expected, statistics = problem.output(), problem.running()
        out, _ = output_of(forward_of(student, problem))
        expect(out, "out").equals(expected, torch.float32, AXES["out"])
        running_equals(problem.param, statistics, torch.float32)
        expect_output(student, replace(case, mode="test").inputs(draw))


@check(*FORWARD, needs="normalized_by_the_batch")
@on_right_layers
def dead_feature(student: Student, draw: Draw) -> None:
    """a feature that is 0 for every example, as behind a dead ReLU"""
    problem = usual(student).inputs(draw)
    problem.x[:, 1] = 0
    expect_output(student, problem)


@check(*FORWARD, needs="normalized_by_the_batch")
@on_right_layers
def far_from_zero(student: Student, draw: Draw) -> None:
    """float32 entries around 10,000 and -10,000 whose variance is 1: E[x^2] - E[x]^2 would be rounding alone"""
    problem = usual(student, shape=FAR[kind_of(student)], mean=1e4).inputs(draw)
    problem.x[:, ::2] -= 2e4  # every other feature lies on the other side of zero
    statistics = problem.running()
    expect_output(student, problem, scale=1e4)
    running_equals(problem.param, statistics, torch.float32)


@check(*FORWARD, needs="normalized_by_the_batch")
@on_right_layers
def double_precision(student: Student, draw: Draw) -> None:
    """float64 gives a float64 result of that accuracy, in both modes, and such running statistics"""
    for mode in ("train", "test"):
        expect_output(student, usual(student, mode=mode, dtype=torch.float64).inputs(draw))
    expect_running(student, usual(student, dtype=torch.float64).inputs(draw))


@check(*FORWARD, needs=BOTH_MODES)
@on_right_layers
def not_contiguous(student: Student, draw: Draw) -> None:
    """tensors that are not contiguous in memory"""
    for mode in ("train", "test"):
        expect_output(student, usual(student, mode=mode).inputs(draw).changed(draw.strided))


@check(*FORWARD, needs=BOTH_MODES)
@on_right_layers
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves x, gamma, beta and the settings unchanged, and in mode test the running statistics, too"""
    for mode in ("train", "test"):
        problem = usual(student, mode=mode, eps=1e-3, momentum=0.7).inputs(draw)
        before = {name: value.clone() for name, value in problem.tensors.items()}
        settings = {k: v for k, v in problem.param.items() if k not in RUNNING}
        statistics = {name: problem.param[name].clone() for name in RUNNING} if mode == "test" else {}
        forward_of(student, problem)
        expect_unchanged(before | statistics, problem.tensors | {k: problem.param.get(k) for k in statistics})
        now = {k: problem.param.get(k) for k in settings}
        expect_unchanged({"bn_param": settings}, {"bn_param": now})


@check(*FORWARD, needs="running_statistics")
@on_right_layers
def two_layers(student: Student, draw: Draw) -> None:
    """two layers in turn, each with a bn_param of its own"""
    layers = [usual(student, momentum=momentum).inputs(draw) for momentum in (0.8, 0.3)]
    kept = [dict(problem.param) for problem in layers]  # the layers' own are the student's to change
    for problem, ours in 2 * [*zip(layers, kept, strict=True)]:
        fresh = replace(problem.case.inputs(draw), param=ours)
        statistics = fresh.running()
        forward_of(student, replace(fresh, param=problem.param))
        running_equals(problem.param, statistics, torch.float32)
        ours |= dict(zip(RUNNING, statistics, strict=True))
    for problem, ours in zip(layers, kept, strict=True):
        problem.param["mode"] = ours["mode"] = "test"
        fresh = replace(problem.case.inputs(draw), param=ours)
        expected = fresh.output()
        out, _ = output_of(forward_of(student, replace(fresh, param=problem.param)))
        expect(out, "out").equals(expected, torch.float32, AXES["out"])


@check(*FORWARD, needs=BOTH_MODES)
@on_right_layers
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs, running statistics too"""
    for mode, missing in (("train", ()), ("test", ()), ("train", RUNNING)):
        problem = usual(student, mode=mode).inputs(draw).changed(on_meta)
        param = {k: v for k, v in problem.param.items() if k not in missing}
        forward = partial(layer_of(student).forward, problem.x, problem.gamma, problem.beta, param)
        expect_on_the_device(partial(_out_and_statistics, forward, param), ", ".join(("out", *RUNNING)))


@check(*BACKWARD, needs=ALL)
@on_right_layers
def backward_unusual_sizes(student: Student, draw: Draw) -> None:
    """as many examples as features, one feature, a single image, images of one pixel"""
    shapes = SIZES[kind_of(student)]
    cases = [usual(student, shape=shape, mode=mode, eps=0.1) for shape in shapes for mode in ("train", "test")]
    for problem in apart_from_forward(student, draw, *(case.inputs(draw) for case in cases)):
        expect_gradients(student, problem, scale=problem.scale)


@check(*BACKWARD, needs=ALL)
@on_right_layers
def backward_batch_of_one(student: Student, draw: Draw) -> None:
    """a single example: dx is 0 in mode train, and not in mode test"""
    cases = [usual(student, shape=ONE[kind_of(student)], mode=mode) for mode in ("train", "test")]
    for problem in apart_from_forward(student, draw, *(case.inputs(draw) for case in cases)):
        expect_gradients(student, problem, scale=problem.scale if problem.case.mode == "train" else None)


@check(*BACKWARD, needs=ALL)
@on_right_layers
def gamma_of_zero(student: Student, draw: Draw) -> None:
    """a feature whose gamma is 0"""
    for mode in ("train", "test"):
        problem = usual(student, mode=mode).inputs(draw)
        problem.gamma[1] = 0
        expect_gradients(student, problem)


@check(*BACKWARD, needs=ALL)
@on_right_layers
def backward_double_precision(student: Student, draw: Draw) -> None:
    """float64 gives float64 gradients of that accuracy, in both modes"""
    problems = [usual(student, mode=mode, dtype=torch.float64).inputs(draw) for mode in ("train", "test")]
    for problem in apart_from_forward(student, draw, *problems):
        expect_gradients(student, problem)


@check(*BACKWARD, needs=ALL)
@on_right_layers
def backward_not_contiguous(student: Student, draw: Draw) -> None:
    """tensors and an upstream gradient that are not contiguous in memory"""
    problems = [usual(student, mode=mode).inputs(draw).changed(draw.strided) for mode in ("train", "test")]
    for problem in apart_from_forward(student, draw, *problems):
        expect_gradients(student, problem)


@check(*BACKWARD, needs=DX)
@on_right_layers
def several_passes(student: Student, draw: Draw) -> None:
    """a cache belongs to one forward pass and its mode, whatever passes come before its backward pass"""
    settings = (("train", 1e-5), ("test", 0.1), ("train", 0.1), ("test", 1e-5))
    shapes = 2 * SEVERAL[kind_of(student)]
    cases = [usual(student, mode=m, eps=eps, shape=s) for (m, eps), s in zip(settings, shapes, strict=True)]
    expect_passes(student, apart_from_forward(student, draw, *(case.inputs(draw) for case in cases)))
    expect_passes_with_one_param(student, [usual(student).inputs(draw) for _ in PASSES])


def expect_passes_with_one_param(student: Student, problems: Sequence[Problem]) -> None:
    """Forward passes with one bn_param, whose mode and statistics go on changing, before their backward passes."""
    param = dict(problems[0].param)
    ours = [replace(p, param=param | {"mode": mode}) for p, mode in zip(problems, PASSES, strict=True)]
    expected = [problem.gradients() for problem in ours]
    inputs = [(problem.x, problem.gamma, problem.beta) for problem in problems]
    results = student.stand_ins.passes_with_one_param(layer_of(student).forward, inputs, param, list(PASSES))
    judge_backwards(student, ours, list(results), expected)


@check(*BACKWARD, needs=DX)
@on_right_layers
def backward_inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves dout and the cache unchanged: a second call gives the same"""
    for mode in ("train", "test"):
        expect_second_call(student, usual(student, mode=mode).inputs(draw))


@check(*BACKWARD, needs=DX)
@on_right_layers
def gradients_on_the_device(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    for mode in ("train", "test"):
        problem = usual(student, mode=mode).inputs(draw).changed(on_meta)
        cache = cache_on_meta(layer_of(student).forward, *problem.args)
        if cache:
            result = partial(student.asked, problem.dout, *cache)
            expect_on_the_device(partial(_three, result), "dx, dgamma, dbeta")


def _out_and_statistics(call: Any, param: dict[str, Any]) -> tuple[Any, ...]:
    return output_of(call())[0], *(param.get(name) for name in RUNNING)


def _three(call: Any) -> tuple[Any, ...]:
    return expect(call(), "the result").unpacks_to(3, "(dx, dgamma, dbeta)")
