"""Visible checks of the update rules: momentum, RMSProp, Adam."""

from __future__ import annotations

from typing import Any

import torch

from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles.fully_connected_networks import optimizers as oracle

MOMENTUM = "fully_connected_networks.sgd_momentum"
RMSPROP = "fully_connected_networks.rmsprop"
ADAM = "fully_connected_networks.adam"
RULES = (MOMENTUM, RMSPROP, ADAM)
ADAPTIVE = (RMSPROP, ADAM)


@check(*RULES, weight=3)
def one_step(student: Student, draw: Draw) -> None:
    """the parameter after a step, with given settings and memory"""
    w, dw, config = in_the_middle(student, draw)
    expected, _ = oracle.step(rule_of(student), w, dw, config)
    next_w, _ = answer(student.asked(w, dw, config))
    expect(next_w, "next_w").equals(expected, torch.float32, "next_w has the shape of w")


@check(*RULES, needs="one_step", weight=2)
def memory(student: Student, draw: Draw) -> None:
    """what the returned config remembers for the next step"""
    w, dw, config = in_the_middle(student, draw)
    _, expected = oracle.step(rule_of(student), w, dw, config)
    _, returned = answer(student.asked(w, dw, config))
    expect_memory(returned, expected)


@check(*RULES, needs="one_step", weight=2)
def from_the_start(student: Student, draw: Draw) -> None:
    """five steps from an empty memory, each with the config that the step before returned"""
    rule = rule_of(student)
    settings = other_settings(rule, draw)
    run(student, draw, settings, steps=5)


@check(*ADAPTIVE, needs="one_step")
def epsilon(student: Student, draw: Draw) -> None:
    """epsilon as it is given, outside the root"""
    w, dw, config = in_the_middle(student, draw)
    config["epsilon"] = draw.real(0.3, 0.5)
    expected, _ = oracle.step(rule_of(student), w, dw, config)
    next_w, _ = answer(student.asked(w, dw, config))
    expect(next_w, "next_w").equals(expected, torch.float32, "next_w has the shape of w")


@check(*RULES, needs="one_step")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves w and dw unchanged"""
    w, dw, config = in_the_middle(student, draw)
    before = w.clone(), dw.clone()
    answer(student.asked(w, dw, config))
    expect(w, "w").is_unchanged_from(before[0])
    expect(dw, "dw").is_unchanged_from(before[1])


def rule_of(student: Student) -> str:
    return next(rule for rule in oracle.DEFAULTS if student.asked.type_name.endswith(rule))


def other_settings(rule: str, draw: Draw) -> dict[str, Any]:
    """Settings far from the defaults, with steps about as large as the parameters."""
    settings = {"learning_rate": draw.real(0.2, 0.4)}
    if rule == "sgd_momentum":
        settings["momentum"] = draw.real(0.4, 0.6)
    elif rule == "rmsprop":
        settings["decay_rate"] = draw.real(0.6, 0.7)
    else:
        settings |= {"beta1": draw.real(0.5, 0.6), "beta2": draw.real(0.75, 0.85)}
    return settings


def in_the_middle(
    student: Student, draw: Draw, dtype: torch.dtype = torch.float32
) -> tuple[torch.Tensor, torch.Tensor, dict[str, Any]]:
    """w, dw (4, 5) and a config as it is after some steps."""
    rule = rule_of(student)
    config = other_settings(rule, draw)
    if rule == "sgd_momentum":
        config["velocity"] = draw.normal(4, 5, dtype=dtype)
    elif rule == "rmsprop":
        config["cache"] = draw.uniform(4, 5, low=0.1, high=2.0, dtype=dtype)
    else:
        config["m"] = draw.normal(4, 5, dtype=dtype)
        config["v"] = draw.uniform(4, 5, low=0.1, high=2.0, dtype=dtype)
        config["t"] = draw.number(2, 4)
    return draw.normal(4, 5, dtype=dtype), draw.normal(4, 5, dtype=dtype), config


def answer(result: object) -> tuple[object, dict[object, object]]:
    next_w, config = expect(result, "the result").unpacks_to(2, "(next_w, config)")
    hint = ": return it with next_w." if config is None else "."
    expect(config, "config").holds(
        isinstance(config, dict),
        f"the config that is returned is {config!r:.40}, expected a dict{hint}",
        "a dict with the settings and the memory",
    )
    assert isinstance(config, dict)
    return next_w, config


def expect_memory(
    config: dict[object, object], expected: dict[str, Any], dtype: torch.dtype = torch.float32
) -> None:
    for name, want in expected.items():
        entry = expect(config.get(name), f'config["{name}"]')
        if isinstance(want, torch.Tensor):
            entry.equals(want, dtype, f"{name} has the shape of w")
        else:
            entry.is_number(want)


def run(
    student: Student, draw: Draw, config: dict[str, Any] | None, steps: int, shape: tuple[int, ...] = (3, 4)
) -> None:
    """Steps in a row. Each is compared with the step that is right from where the student's parameter was."""
    rule = rule_of(student)
    w: Any = draw.normal(*shape)
    handed_on: Any = None if config is None else dict(config)
    remembered: dict[str, Any] = dict(config or {})
    for i in range(1, steps + 1):
        dw = draw.normal(*shape)
        expected, memory = oracle.step(rule, w, dw, remembered)
        remembered.update(memory)
        w, handed_on = answer(student.asked(w.clone(), dw, handed_on))
        expect(w, f"next_w after step {i}").equals(expected, torch.float32, "next_w has the shape of w")
