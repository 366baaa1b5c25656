"""Hidden checks of the update rules."""

from __future__ import annotations

from typing import Any

import torch

from autograder.checks.fully_connected_networks.optimizers import (
    ADAM,
    ADAPTIVE,
    MOMENTUM,
    RULES,
    answer,
    expect_memory,
    in_the_middle,
    other_settings,
    rule_of,
    run,
)
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.meta import follows_device, on_meta
from autograder.engine.student import Student
from autograder.hidden.fully_connected_networks.layers import tensors
from autograder.oracles.fully_connected_networks import optimizers as oracle


@check(*RULES, needs="one_step")
def defaults(student: Student, draw: Draw) -> None:
    """the default settings, for config None, an empty one and one with a learning rate alone"""
    rule = rule_of(student)
    dw = draw.normal(3, 4)
    configs: tuple[dict[str, Any] | None, ...] = (None, {}, {"learning_rate": 0.3})
    for config in configs:
        w = torch.zeros_like(dw)  # so that the step itself is compared, however small
        first, memory = oracle.step(rule, w, dw, config or {})
        second, _ = oracle.step(rule, w, -2 * dw, {**(config or {}), **memory})
        next_w, returned = answer(student.asked(w, dw.clone(), config))
        expect(next_w, f"next_w for config = {config}").equals(first, torch.float32, "next_w has the shape of w")
        next_w, _ = answer(student.asked(torch.zeros_like(dw), -2 * dw, returned))
        expect(next_w, f"next_w after a second step for config = {config}").equals(second, torch.float32)


@check(*RULES, needs=("one_step", "memory"))
def settings_are_kept(student: Student, draw: Draw) -> None:
    """the returned config has the settings as they were given, or the defaults"""
    rule = rule_of(student)
    given = other_settings(rule, draw)
    for config in (None, given):
        wanted = {**oracle.DEFAULTS[rule], **(config or {})}
        w, dw = draw.normal(3, 2), draw.normal(3, 2)
        _, memory = oracle.step(rule, w, dw, wanted)
        _, returned = answer(student.asked(w, dw, None if config is None else dict(config)))
        for name, value in wanted.items():
            expect(returned.get(name), f'config["{name}"]').is_number(value)
        expect_memory(returned, memory)


@check(*RULES, needs="from_the_start")
def two_parameters(student: Student, draw: Draw) -> None:
    """two parameters in turn: each has a memory of its own"""
    rule = rule_of(student)
    weights: list[Any] = [draw.normal(3, 2), draw.normal(3, 2)]
    configs: list[Any] = [{"learning_rate": 0.25}, {"learning_rate": 0.5}]
    remembered: list[dict[str, Any]] = [dict(c) for c in configs]
    for i in range(6):
        k = i % 2
        dw = draw.normal(3, 2)
        expected, memory = oracle.step(rule, weights[k], dw, remembered[k])
        remembered[k].update(memory)
        weights[k], configs[k] = answer(student.asked(weights[k].clone(), dw, configs[k]))
        expect(weights[k], f"next_w of parameter {k + 1}, step {i // 2 + 1}").equals(expected, torch.float32)


@check(*RULES, needs="one_step")
def any_shape(student: Student, draw: Draw) -> None:
    """biases, one number, filters; not contiguous"""
    rule = rule_of(student)
    for shape in ((6,), (1,), (2, 3, 2, 2)):
        run(student, draw, other_settings(rule, draw), 2, shape)
    w, dw, config = in_the_middle(student, draw)
    expected, memory = oracle.step(rule, w, dw, config)
    strided = {k: draw.strided(v) if isinstance(v, torch.Tensor) else v for k, v in config.items()}
    next_w, returned = answer(student.asked(draw.strided(w), draw.strided(dw), strided))
    expect(next_w, "next_w").equals(expected, torch.float32, "next_w has the shape of w")
    expect_memory(returned, memory)


@check(*RULES, needs="one_step")
def double_precision(student: Student, draw: Draw) -> None:
    """float64 parameters give float64 ones of that accuracy"""
    w, dw, config = in_the_middle(student, draw, torch.float64)
    expected, memory = oracle.step(rule_of(student), w, dw, config)
    next_w, returned = answer(student.asked(w, dw, config))
    expect(next_w, "next_w").equals(expected, torch.float64, "next_w has the shape of w")
    expect_memory(returned, memory, torch.float64)


@check(*ADAPTIVE, needs="one_step")
def gradients_of_0(student: Student, draw: Draw) -> None:
    """where the gradient is 0 from the start, nothing moves and nothing is divided by 0; tiny gradients count fully"""
    rule = rule_of(student)
    dw = torch.tensor([[0.0, 0.5, 0.0], [1e-5, -1e-5, 0.0]], device=draw.device)
    w = torch.zeros_like(dw)
    expected, _ = oracle.step(rule, w, dw, {})
    next_w, _ = answer(student.asked(w, dw, None))
    expect(next_w, "next_w").equals(expected, torch.float32, "next_w has the shape of w")


@check(MOMENTUM, needs="one_step")
def without_momentum(student: Student, draw: Draw) -> None:
    """with momentum 0 it is plain gradient descent; with gradient 0 it rolls on"""
    w, dw, velocity = draw.normal(3, 4), draw.normal(3, 4), draw.normal(3, 4)
    for gradient, momentum in ((dw, 0.0), (torch.zeros_like(dw), 0.75)):
        config = {"learning_rate": 0.25, "momentum": momentum, "velocity": velocity.clone()}
        expected, _ = oracle.step("sgd_momentum", w, gradient, config)
        next_w, _ = answer(student.asked(w.clone(), gradient.clone(), config))
        expect(next_w, f"next_w for momentum {momentum:g}").equals(expected, torch.float32)


@check(*ADAPTIVE, needs="one_step")
def without_memory(student: Student, draw: Draw) -> None:
    """decay_rate or betas of 0 are settings like any other"""
    rule = rule_of(student)
    for names in (("decay_rate",),) if rule == "rmsprop" else (("beta1",), ("beta2",), ("beta1", "beta2")):
        w, dw, config = in_the_middle(student, draw)
        config |= dict.fromkeys(names, 0.0) | {"epsilon": 0.25}
        expected, memory = oracle.step(rule, w, dw, config)
        next_w, returned = answer(student.asked(w, dw, config))
        expect(next_w, f"next_w for {' and '.join(names)} of 0").equals(expected, torch.float32)
        expect_memory(returned, memory)


@check(ADAM, needs=("one_step", "memory"))
def after_many_steps(student: Student, draw: Draw) -> None:
    """the correction for the start at 0 fades by itself, after however many steps"""
    for t in (draw.number(12, 20), draw.number(300, 400)):
        w, dw, config = in_the_middle(student, draw)
        config |= {"beta1": 0.98, "beta2": 0.999, "t": t}
        expected, memory = oracle.step("adam", w, dw, config)
        next_w, returned = answer(student.asked(w, dw, config))
        expect(next_w, f"next_w after {t + 1} steps").equals(expected, torch.float32)
        expect_memory(returned, memory)


@check(*RULES, needs="one_step")
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of the parameter"""
    w, dw, config = in_the_middle(student, draw)
    there = {k: on_meta(v) if isinstance(v, torch.Tensor) else v for k, v in config.items()}

    def step() -> object:
        next_w, returned = answer(student.asked(on_meta(w), on_meta(dw), there))
        return tensors(next_w, *(returned.get(name) for name in oracle.MEMORY[rule_of(student)] if name != "t"))

    follows_device(step, "next_w or config")
