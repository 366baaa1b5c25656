"""One block or Inception module with its numbers, for the checks: what must come out, and what did.

problem = usual(student).inputs(draw)
expect_output(student, problem, training=True)
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import torch

from autograder.checks.architectures.roles import by_key, roles, superfluous
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles.architectures.blocks import BLOCKS, Module, block, inception
from autograder.oracles.architectures.parts import Pass

__all__ = [
    "Case", "Placed", "Problem", "expect_gradients", "expect_multiply_adds", "expect_output", "expect_running", "kept",
    "make", "name_of", "projected", "usual",
]  # fmt: skip

Tensor = torch.Tensor
INCEPTION = {"c_in": 5, "c1": 3, "c3_reduce": 4, "c3": 6, "c5_reduce": 2, "c5": 7, "c_pool": 8}


@dataclass(frozen=True)
class Case:
    """A block of some size.

    Attributes:
        name: of the class.
        options: what it is made with.
        size: N, H and W of the input.
        dtype: of everything.
    """

    name: str
    options: dict[str, Any]
    size: tuple[int, int, int] = (4, 7, 6)
    dtype: torch.dtype = torch.float32

    @property
    def module(self) -> Module:
        return block(self.name, **self.options) if self.name in BLOCKS else inception(**self.options)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Of the input."""
        return (self.size[0], self.options["c_in"], *self.size[1:])

    @property
    def text(self) -> str:
        return f"{self.name}({', '.join(f'{key}={value}' for key, value in self.options.items())})"

    def inputs(self, draw: Draw) -> Problem:
        values = {}
        for part in self.module.parts:
            for name, shape in part.entries.items():
                key = f"{part.role}.{name}"
                if len(shape) > 1:
                    fan_in = torch.Size(shape[1:]).numel()
                    values[key] = draw.normal(*shape, std=(2 / fan_in) ** 0.5, dtype=self.dtype)
                elif name in ("weight", "running_var"):
                    values[key] = draw.uniform(*shape, low=0.5, high=1.5, dtype=self.dtype)
                else:
                    values[key] = draw.normal(*shape, std=0.3, dtype=self.dtype)
        x = draw.normal(*self.shape, mean=0.2, dtype=self.dtype)
        upstream = draw.normal(*self.shape[:1], 1, 1, 1, dtype=self.dtype)
        problem = Problem(self, values, x, upstream)
        return replace(problem, upstream=draw.normal(*problem.output()[0].shape, dtype=self.dtype))


@dataclass(frozen=True)
class Problem:
    """A case with its numbers.

    Attributes:
        values: of its parts, by role and name.
        x: the input.
        upstream: the gradient of the output.
    """

    case: Case
    values: dict[str, Tensor]
    x: Tensor
    upstream: Tensor

    def output(self, training: bool = False) -> tuple[Tensor, dict[str, Tensor]]:
        """The output and the running statistics after it, from float64."""
        with torch.no_grad():
            net = self._pass({key: value.double() for key, value in self.values.items()}, training)
            out = self.case.module.compute(net, self.x.double())
        dtype = self.case.dtype
        return out.to(dtype), {key: value.to(dtype) for key, value in net.running.items()}

    def gradients(self, training: bool = True) -> tuple[Tensor, dict[str, Tensor]]:
        """Of x and of all parameters, by role and name."""
        x = self.x.double().requires_grad_()
        values = {key: value.double() for key, value in self.values.items()}
        trained = {key: v.requires_grad_() for key, v in values.items() if "running" not in key}
        out = self.case.module.compute(self._pass(values, training), x)
        found = torch.autograd.grad(out, [x, *trained.values()], self.upstream.double())
        gradients = [g.to(self.case.dtype) for g in found]
        return gradients[0], dict(zip(trained, gradients[1:], strict=True))

    def multiply_adds(self) -> int:
        net = self._pass(self.values, False)
        with torch.no_grad():
            self.case.module.compute(net, self.x)
        return net.multiply_adds

    def _pass(self, values: dict[str, Tensor], training: bool) -> Pass:
        return Pass(values, training, self.case.module.eps)

    def with_values(self, values: dict[str, Tensor]) -> Problem:
        return replace(self, values=self.values | values)


@dataclass(frozen=True)
class Placed:
    """A student's network that has the values of a problem.

    Attributes:
        net: the network, where it lives.
        prefixes: of its keys, by role.
    """

    net: Any
    prefixes: dict[str, str] = field(default_factory=dict)


def name_of(student: Student) -> str:
    return student.asked.type_name.removeprefix("function ")


def kept(student: Student, **options: Any) -> Case:
    """A block whose output has the shape of its input, as it is most often made."""
    channels = {"BottleneckBlock": 12, "ResNeXtBlock": 16}.get(name_of(student), 5)
    groups = {"groups": 4, "width_per_group": 32} if name_of(student) == "ResNeXtBlock" else {}
    size = options.pop("size", (4, 7, 6))
    return Case(name_of(student), {"c_in": channels, "c_out": channels, **groups, **options}, size)


def projected(student: Student, downsample: bool = True, **options: Any) -> Case:
    """A block whose output has more channels than its input and, with `downsample`, half its height and width."""
    c_in = {"BottleneckBlock": 7, "ResNeXtBlock": 7}.get(name_of(student), 3)
    return kept(student, c_in=c_in, downsample=downsample, **options)


def usual(student: Student, **options: Any) -> Case:
    """The block that shows most, or the Inception module."""
    if name_of(student) == "Inception":
        size = options.pop("size", (4, 7, 6))
        return Case("Inception", INCEPTION | options, size)
    return projected(student, **options)


def make(student: Student, problem: Problem) -> Placed:
    """The student's module, with the values of the problem."""
    case = problem.case
    net = expect(getattr(student, case.name)(**case.options), case.text).is_object()
    found = roles(student, net, case.module.parts, case.text)
    if case.dtype == torch.float64:
        expect(net.double(), f"{case.text}.double()").is_object()
    if problem.x.device.type != "cpu":
        expect(net.to(problem.x.device), f"{case.text} on {problem.x.device}").is_object()
    extra = superfluous(student, net, case.module.parts, found)
    no_bias = {key: problem.x.new_zeros(channels) for key, channels in extra.items()}
    student.networks.load(net, by_key(problem.values, found) | no_bias)
    return Placed(net, found)


def expect_output(student: Student, problem: Problem, training: bool = False, name: str = "the output") -> Placed:
    """The output is right; where the module is afterwards."""
    expected, _ = problem.output(training)
    placed = make(student, problem)
    out = student.networks.forward(placed.net, problem.x, training=training)
    expect(out, name).equals(expected, axes="(N, channels, H, W)")
    return placed


def expect_running(student: Student, placed: Placed, expected: dict[str, Tensor], when: str) -> None:
    """The running statistics have moved as they must, or have not."""
    state = student.networks.state(placed.net)
    expect(state, "the state_dict").holds(isinstance(state, dict), "the state_dict could not be read.")
    for key, value in by_key(expected, placed.prefixes).items():
        expect(state.get(key), f"{key} {when}").equals(value)


def expect_gradients(student: Student, problem: Problem, training: bool = True) -> None:
    """The gradients of x and of all parameters are right."""
    dx, expected = problem.gradients(training)
    placed = make(student, problem)
    result = student.networks.gradients(placed.net, problem.x, problem.upstream, training=training)
    _, came, grads = expect(result, "the result").unpacks_to(3, "(output, gradient of x, gradients of parameters)")
    expect(grads, "the gradients").holds(isinstance(grads, dict), "the gradients could not be read.")
    _expect_gradient(came, dx, "the gradient of x")
    for key, value in by_key(expected, placed.prefixes).items():
        _expect_gradient(grads.get(key), value, f"the gradient of {key}")


def _expect_gradient(came: Any, expected: Tensor, name: str) -> None:
    expect(came, name).holds(
        came is not None,
        f"{name} is missing: no gradient arrives there.",
        f"a gradient of shape {tuple(expected.shape)}",
    )
    expect(came, name).equals(expected)


def expect_multiply_adds(student: Student, problem: Problem) -> None:
    """The module takes as many multiply-adds as it should, counted on `meta`."""
    case, expected = problem.case, problem.multiply_adds()
    net = expect(student.networks.on_meta(getattr(student, case.name), **case.options), case.text).is_object()
    came = student.networks.multiply_adds(net, case.shape)
    expect(came, "the number of multiply-adds").holds(
        type(came) is int and came == expected,
        f"{case.text} takes {came} multiply-adds for an input of {case.shape}, expected {expected}.",
        str(expected),
    )
