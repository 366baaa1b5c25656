"""Whole networks of a student's, for the checks: made on `meta` or filled with numbers known on both sides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from autograder.checks.architectures.roles import all_entries, entries_of, roles
from autograder.engine.expect import expect
from autograder.engine.networks import filled
from autograder.engine.student import Student, StudentFunction
from autograder.oracles.architectures.parts import Part

__all__ = ["expect_costs", "expect_shape", "filled_by_key", "filled_by_role", "on_device", "on_meta", "part_of"]

Tensor = torch.Tensor


def on_meta(student: Student, function: Any, what: str, *args: Any, **kwargs: Any) -> Any:
    """The network without numbers."""
    return expect(student.networks.on_meta(function, *args, **kwargs), what).is_object()


def on_device(net: Any, device: torch.device, dtype: torch.dtype = torch.float32) -> None:
    """Move a network of numbers to where the inputs are."""
    if dtype == torch.float64:
        expect(net.double(), "the network in float64").is_object()
    if device.type != "cpu":
        expect(net.to(device), "the network").is_object()


def filled_by_role(
    student: Student, net: Any, parts: Sequence[Part], seed: int, what: str, device: torch.device
) -> dict[str, Tensor]:
    """Fill the network, and the same values by role and name, in float64."""
    found = roles(student, net, parts, what)
    shapes = {f"{found[part.role]}.{name}": shape for part in parts for name, shape in part.entries.items()}
    keys = {f"{found[part.role]}.{name}": f"{part.role}.{name}" for part in parts for name in part.entries}
    values = filled_by_key(student, net, shapes, seed, what)
    return {keys[key]: value.double().to(device) for key, value in values.items()}


def filled_by_key(
    student: Student, net: Any, shapes: Mapping[str, tuple[int, ...]], seed: int, what: str
) -> dict[str, Tensor]:
    """Fill the network, and the values of the entries that have these shapes.

    The shapes are not those that the student's process claims, so that a claim costs nothing here.
    """
    entries = all_entries(student, net, what)
    missing = shapes.keys() - {key for key, *_ in entries}
    expect(missing, "missing entries").holds(
        not missing, f"the state_dict of {what} has no {', '.join(sorted(missing)[:3])}."
    )
    known = [(key, shapes.get(key, ()), kind, trained) for key, _, kind, trained in entries]
    values = {key: value for key, value in filled(known, seed).items() if key in shapes}
    student.networks.fill(net, seed)
    if len(entries) > len(entries_of(student, net, what)):  # of two names for a layer, the second one has won
        student.networks.load(net, values)
    return values


def part_of(net: Any, name: str) -> StudentFunction:
    """An attribute of a network that is a module: it can be called, and so can its methods."""
    part = getattr(net, name)
    if not isinstance(part, StudentFunction):
        raise expect(part, name).fail(f"the attribute {name} is no module.", "a torch.nn.Sequential")
    return part


def expect_costs(student: Student, net: Any, what: str, parameters: int, multiply_adds: int) -> None:
    """Parameters, and multiply-adds of an image of 224 x 224, to the unit."""
    entries = entries_of(student, net, what)
    came = sum(math.prod(shape) for _, shape, kind, _ in entries if kind == "parameter")
    expect(came, "the number of parameters").holds(
        came == parameters, f"{what} has {came:,} parameters, expected {parameters:,}.", f"{parameters:,}"
    )
    counted = student.networks.multiply_adds(net, (1, 3, 224, 224))
    expect(counted, "the number of multiply-adds").holds(
        type(counted) is int and counted == multiply_adds,
        f"{what} takes {counted!r} multiply-adds for an image of 224 x 224, expected {multiply_adds}.",
        str(multiply_adds),
    )


def expect_shape(student: Student, net: Any, what: str, shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    """The shape of the output of a network on `meta`."""
    came = student.networks.shape_on_meta(net, shape)
    expect(came, "the shape of the output").holds(
        isinstance(came, tuple) and came == expected,
        f"{what} makes an output of shape {came!r} from an input of {shape}, expected {expected}.",
        str(expected),
    )
