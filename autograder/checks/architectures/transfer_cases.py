"""Small networks of torch's own layers, on both sides: what the checks of transfer give to the student's functions.

A case says of what layers a network is, which parts are frozen, and, as a person would say it, which modules rest (are
in eval mode) while the others train. `there` builds it beside the student's code, `here` on this side, with the same
values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from autograder.checks.architectures import roles
from autograder.engine import networks
from autograder.engine.draw import Draw
from autograder.engine.expect import describe, expect
from autograder.engine.seeding import seeded
from autograder.engine.student import Student, StudentObject

__all__ = [
    "CLASSIFIER", "CONVNET", "DEEP", "DROPOUT", "PLAIN", "Case", "Entries", "Rest", "entries_of", "expect_entries",
    "expect_resting", "expect_state", "modes_of", "part_of", "state_of",
]  # fmt: skip

Entries = dict[str, tuple[tuple[int, ...], bool]]  # key -> shape, whether it is trainable
Rest = tuple[str, ...]


def _part(name: str, c_in: int, c_out: int, stride: int = 1) -> tuple[str, list[Any]]:
    settings = {"stride": stride, "padding": 1, "bias": False}
    convolution = ("conv", "Conv2d", (c_in, c_out, 3), settings)
    return name, [convolution, ("bn", "BatchNorm2d", (c_out,)), ("relu", "ReLU")]


_END = [("pool", "AdaptiveAvgPool2d", (1,)), ("flatten", "Flatten")]
CONVNET = [_part("stem", 3, 6), _part("body", 6, 8, 2), *_END, ("head", "Linear", (8, 5))]
PLAIN = [("flatten", "Flatten"), ("hidden", "Linear", (48, 7)), ("relu", "ReLU"), ("head", "Linear", (7, 5))]
CLASSIFIER = [
    ("features", [_part("first", 3, 4), _part("second", 4, 6, 2)]),
    *_END,
    ("classifier", [
        ("hidden", "Linear", (6, 9)), ("relu", "ReLU"), ("dropout", "Dropout", (0.5,)), ("scores", "Linear", (9, 5)),
        ("names", "Identity"),
    ]),
]  # fmt: skip
DEEP = [
    ("body", [("flatten", "Flatten"), ("hidden", "Linear", (48, 6))]),
    ("top", [("block", [("relu", "ReLU"), ("inner", [("scores", "Linear", (6, 5))])])]),
]  # fmt: skip
DROPOUT = [  # with p = 1 a dropout that is in train mode lets nothing through
    ("stem", [*_part("block", 3, 6)[1], ("dropout", "Dropout", (1.0,))]),
    *_END,
    ("middle", [("linear", "Linear", (6, 6)), ("dropout", "Dropout", (1.0,))]),
    ("head", "Linear", (6, 5)),
]


@dataclass(frozen=True)
class Case:
    """A network.

    Attributes:
        layers: as `networks.build` takes them.
        frozen: names of modules none of whose parameters requires a gradient.
        resting: names of modules that are in eval mode while the rest trains.
        dtype: of its parameters.
        seed: of its values.
    """

    layers: Sequence[Any] = tuple(CONVNET)
    frozen: Rest = ()
    resting: Rest = ()
    dtype: torch.dtype = torch.float32
    seed: int = 1

    def drawn(self, draw: Draw) -> Case:
        """The case with values of this check."""
        return replace(self, seed=draw.number(1, 10**6))

    def here(self, draw: Draw) -> nn.Module:
        with seeded(0):  # the student's code may run in this process, and draws what it would draw elsewhere
            network = networks.build(self.layers)
            networks.fill(network, self.seed)
        for name in self.frozen:
            network.get_submodule(name).requires_grad_(False)
        return network.to(draw.device, self.dtype)

    def there(self, student: Student, draw: Draw) -> StudentObject:
        network: StudentObject = expect(student.networks.build(list(self.layers)), "the model").is_object()
        student.networks.fill(network, self.seed)
        for name in self.frozen:
            part_of(network, name).requires_grad_(False)
        if self.dtype == torch.float64:
            network.double()
        if draw.device.type != "cpu":
            network.to(str(draw.device))
        return network


def part_of(network: StudentObject, name: str) -> StudentObject:
    """A module inside a network that is beside the student's code."""
    part: StudentObject = expect(network.get_submodule(name), name).is_object()
    return part


def entries_of(student: Student, network: Any) -> Entries:
    """Shape and trainability of every entry of the state_dict, as the student's side says it."""
    return {key: (shape, trained) for key, shape, _, trained in roles.entries_of(student, network, "the model")}


def expect_entries(came: Entries, expected: Entries, what: str = "the model") -> None:
    """The same keys, shapes, and trainable parameters."""
    for key in sorted(came.keys() | expected.keys()):
        here = "has" if key in came else "lacks"
        there = "should have it" if key in expected else "should not"
        expect(sorted(came), what).holds(
            (key in came) == (key in expected), f"{what} {here} {key}, and {there}.", ", ".join(expected)
        )
    for key, (shape, trainable) in expected.items():
        expect(came[key][0], key).holds(
            came[key][0] == shape, f"{key} has the shape {came[key][0]}, expected {shape}.", str(shape)
        )
        came_word, word = ("trainable" if flag else "frozen" for flag in (came[key][1], trainable))
        expect(came_word, key).holds(came[key][1] == trainable, f"{key} is {came_word}, expected {word}.", word)


def state_of(student: Student, network: Any) -> dict[str, Any]:
    """The state_dict as the student's side says it."""
    expect(network, "the model").is_object()
    state = student.networks.state(network)
    expect(state, "the model's state_dict").holds(type(state) is dict, f"the state_dict is {describe(state)}.")
    return dict(state)


def expect_state(
    came: Mapping[str, Any], expected: Mapping[str, torch.Tensor], *, exact: bool = False, when: str = ""
) -> None:
    """The floating point entries have these values; exactly where nothing may have moved.

    Args:
        when: said behind the name of an entry that is wrong, `" after 3 steps"`.
    """
    for key, value in expected.items():
        tensor = came.get(key)
        if exact:
            expect(tensor, f"{key}{when}").holds(
                isinstance(tensor, torch.Tensor) and _equal(tensor, value), f"{key} has changed{when}.", "as it was"
            )
        elif value.dtype.is_floating_point:
            dtype = tensor.dtype if isinstance(tensor, torch.Tensor) else torch.float32
            expect(tensor, f"{key}{when}").equals(value, dtype)


def _equal(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.dtype == b.dtype and a.device == b.device and a.shape == b.shape and bool((a == b).all())


def modes_of(student: Student, network: Any) -> dict[str, bool]:
    """By module's name whether it is in train mode, as the student's side says it."""
    modes = student.networks.modes(network)
    return {k: v is True for k, v in modes.items()} if type(modes) is dict else {}


def expect_resting(modes: Mapping[str, bool], parts: Sequence[str], why: str) -> None:
    """These modules and all inside them are in eval mode."""
    for part in parts:
        expect(sorted(modes), "the modules").holds(part in modes, f"the model has no module {part}.", part)
    for name, training in modes.items():
        if any(name == part or name.startswith(part + ".") for part in parts):
            expect(name, "the module").holds(not training, f"{name} is in train mode{why}.", "eval mode")
