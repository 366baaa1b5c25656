"""Visible checks of batch norm, of features and of images."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from autograder.checks.normalization.cases import AXES, Problem, expect_output, forward_of, on_right_layers, usual
from autograder.checks.normalization.gradients import apart_from_forward, expect_gradients
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.layers import output_of
from autograder.engine.student import Student

FORWARD = ("normalization.BatchNorm.forward", "normalization.SpatialBatchNorm.forward")
BACKWARD = (
    "normalization.BatchNorm.backward", "normalization.BatchNorm.backward_alt",
    "normalization.SpatialBatchNorm.backward",
)  # fmt: skip
MODES = ("train", "train", "test", "train", "test")
RUNNING = ("running_mean", "running_var")
RUNNING_AXES = "one number a feature or channel"


@check(*FORWARD, weight=3)
@on_right_layers
def normalized_by_the_batch(student: Student, draw: Draw) -> None:
    """mode train: normalized by mean and variance of the batch, times gamma, plus beta"""
    expect_output(student, usual(student).inputs(draw))


@check(*FORWARD, weight=2)
@on_right_layers
def normalized_by_running_statistics(student: Student, draw: Draw) -> None:
    """mode test: normalized by running_mean and running_var, whatever the batch"""
    expect_output(student, usual(student, mode="test").inputs(draw))


@check(*FORWARD, weight=2)
@on_right_layers
def running_statistics(student: Student, draw: Draw) -> None:
    """mode train: running_mean and running_var in bn_param keep 0.9 of the old and take 0.1 of the batch's"""
    expect_running(student, usual(student).inputs(draw))


@check(*FORWARD, needs="running_statistics")
@on_right_layers
def other_momentum(student: Student, draw: Draw) -> None:
    """a momentum of 0.64, of 0 and of 1"""
    for momentum in (0.64, 0.0, 1.0):
        expect_running(student, usual(student, momentum=momentum).inputs(draw))


@check(*FORWARD, needs="normalized_by_the_batch")
@on_right_layers
def place_of_eps(student: Student, draw: Draw) -> None:
    """eps = 0.1 stands under the root, and eps = 0 adds nothing, in both modes"""
    for mode in ("train", "test"):
        expect_output(student, usual(student, eps=0.1, std=0.3, mode=mode).inputs(draw))
        expect_output(student, usual(student, eps=0.0, std=0.004, mode=mode).inputs(draw))


@check(*FORWARD, needs=("normalized_by_the_batch", "normalized_by_running_statistics", "running_statistics"))
@on_right_layers
def default_settings(student: Student, draw: Draw) -> None:
    """bn_param with nothing but a mode: eps 1e-5, momentum 0.9, running statistics 0 and 1, in test mode too"""
    for mode, std in (("train", 0.004), ("test", 1.0)):  # the first is small enough for eps to count
        problem = usual(student, eps=None, std=std, mode=mode).inputs(draw)
        spelt_out = replace(problem, param={"mode": mode, **_start(problem.x)})
        expected, statistics = spelt_out.output(), spelt_out.running()
        bare = replace(problem, param={"mode": mode})
        out, _ = output_of(forward_of(student, bare))
        expect(out, f"out in mode {mode}").equals(expected, torch.float32, AXES["out"])
        if mode == "train":
            running_equals(bare.param, statistics, torch.float32)


@check(*FORWARD, needs=("normalized_by_the_batch", "normalized_by_running_statistics", "running_statistics"), weight=2)
@on_right_layers
def one_call_after_another(student: Student, draw: Draw) -> None:
    """train, train, test, train, test with one bn_param: the statistics are carried on, and rest in test mode"""
    case = usual(student, momentum=0.7)
    first = case.inputs(draw)
    param, kept = (first.param | _start(first.x) for _ in range(2))  # the student's, and ours
    for number, mode in enumerate(MODES, 1):
        param["mode"] = kept["mode"] = mode
        problem = replace(replace(case, mean=1.0, std=1.5).inputs(draw), param=kept)
        out, statistics = problem.output(), problem.running()
        came, _ = output_of(forward_of(student, replace(problem, param=param)))
        expect(came, f"out of call {number}, {mode},").equals(out, torch.float32, AXES["out"])
        running_equals(param, statistics, torch.float32, f" after call {number}, {mode},")
        kept |= dict(zip(RUNNING, statistics, strict=True))


@check(*BACKWARD)
@on_right_layers
def gradient_of_beta(student: Student, draw: Draw) -> None:
    """dbeta, in both modes"""
    for mode in ("train", "test"):
        expect_gradients(student, usual(student, mode=mode).inputs(draw), "dbeta")


@check(*BACKWARD, weight=2)
@on_right_layers
def gradient_of_gamma(student: Student, draw: Draw) -> None:
    """dgamma, in both modes"""
    for mode in ("train", "test"):
        expect_gradients(student, usual(student, mode=mode).inputs(draw), "dgamma")


@check(*BACKWARD, weight=4)
@on_right_layers
def gradient_of_x(student: Student, draw: Draw) -> None:
    """dx in mode train: mean and variance depend on x"""
    expect_gradients(student, usual(student).inputs(draw), "dx")


@check(*BACKWARD, weight=2)
@on_right_layers
def gradient_of_x_in_test_mode(student: Student, draw: Draw) -> None:
    """dx in mode test: mean and variance are constants"""
    expect_gradients(student, usual(student, mode="test").inputs(draw), "dx")


@check(*BACKWARD, needs="gradient_of_x")
@on_right_layers
def backward_large_eps(student: Student, draw: Draw) -> None:
    """eps = 0.1 and entries of that size, in both modes"""
    problems = [usual(student, eps=0.1, std=0.3, mode=mode).inputs(draw) for mode in ("train", "test")]
    for problem in apart_from_forward(student, draw, *problems):
        expect_gradients(student, problem, "dx")


def expect_running(student: Student, problem: Problem) -> None:
    """The running statistics in bn_param after a call equal the oracle's, and the call returns a tensor."""
    statistics = problem.running()
    out, _ = output_of(forward_of(student, problem))
    expect(out, "out").is_tensor(tuple(problem.x.shape), problem.case.dtype, problem.x.device, AXES["out"])
    running_equals(problem.param, statistics, problem.case.dtype)


def running_equals(
    param: dict[str, Any], expected: tuple[torch.Tensor, ...], dtype: torch.dtype, when: str = ""
) -> None:
    for name, want in zip(RUNNING, expected, strict=True):
        expect(param.get(name), name + when).equals(want, dtype, RUNNING_AXES)


def _start(x: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"running_mean": x.new_zeros(x.shape[1]), "running_var": x.new_ones(x.shape[1])}
