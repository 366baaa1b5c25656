"""Visible checks of the linear layer and ReLU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles.fully_connected_networks import layers as oracle

LINEAR_FORWARD = "fully_connected_networks.Linear.forward"
LINEAR_BACKWARD = "fully_connected_networks.Linear.backward"
RELU_FORWARD = "fully_connected_networks.ReLU.forward"
RELU_BACKWARD = "fully_connected_networks.ReLU.backward"
FORWARD = (LINEAR_FORWARD, RELU_FORWARD)
BACKWARD = (LINEAR_BACKWARD, RELU_BACKWARD)


@check(*FORWARD, weight=2)
def values(student: Student, draw: Draw) -> None:
    """the output, where every example is one row"""
    case(student, draw, 5, (7,), 4).expect_output(student)


@check(*FORWARD, needs="values")
def images(student: Student, draw: Draw) -> None:
    """the output, where examples have three axes"""
    case(student, draw, 4, (3, 2, 5), 6).expect_output(student)


@check(*FORWARD, needs="values")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves its inputs unchanged"""
    problem = case(student, draw, 3, (4, 2), 5)
    before = [x.clone() for x in problem.inputs]
    problem.forward(student)
    for name, now, then in zip("xwb", problem.inputs, before, strict=False):
        expect(now, name).is_unchanged_from(then)


@check(*BACKWARD, weight=3)
def input_gradient(student: Student, draw: Draw) -> None:
    """dx, the gradient with respect to x"""
    case(student, draw, 4, (2, 3), 5).expect_gradients(student, only="dx")


@check(LINEAR_BACKWARD, weight=3)
def weight_gradient(student: Student, draw: Draw) -> None:
    """dw, the gradient with respect to w"""
    case(student, draw, 4, (2, 3), 5).expect_gradients(student, only="dw")


@check(LINEAR_BACKWARD, weight=3)
def bias_gradient(student: Student, draw: Draw) -> None:
    """db, the gradient with respect to b"""
    case(student, draw, 4, (2, 3), 5).expect_gradients(student, only="db")


def is_relu(student: Student) -> bool:
    return "ReLU" in student.asked.type_name


@dataclass(frozen=True)
class Case:
    """Inputs of one of the two layers, an upstream gradient, and what the layer makes of them in float64.

    Attributes:
        inputs: x, w, b of `Linear`, or x of `ReLU`.
        dout: the shape of the output.
        out: the output.
        gradients: dx, dw, db, or dx.
    """

    inputs: tuple[torch.Tensor, ...]
    dout: torch.Tensor
    out: torch.Tensor
    gradients: tuple[torch.Tensor, ...]

    def forward(self, student: Student) -> tuple[object, Any]:
        """(out, cache) of the student's."""
        layer = student.ReLU if len(self.inputs) == 1 else student.Linear
        out, cache = expect(layer.forward(*self.inputs), "the result").unpacks_to(2, "(out, cache)")
        return out, cache

    def backward(self, student: Student, cache: Any) -> tuple[object, ...]:
        """The student's gradients."""
        if len(self.inputs) == 1:
            return (student.ReLU.backward(self.dout, cache),)
        return expect(student.Linear.backward(self.dout, cache), "the result").unpacks_to(3, "(dx, dw, db)")

    def expect_output(self, student: Student) -> None:
        out, _ = self.forward(student)
        expect(out, "out").equals(self.out, self.dout.dtype, "examples are rows, outputs are columns")

    def expect_gradients(self, student: Student, only: str = "") -> None:
        """The gradients after the student's own forward; `only` names one of them."""
        _, cache = self.forward(student)
        self.expect_equal(self.backward(student, cache), only)

    def expect_equal(self, came: tuple[object, ...], only: str = "") -> None:
        for name, gradient, want in zip(("dx", "dw", "db"), came, self.gradients, strict=False):
            if name == only or not only:
                expect(gradient, name).equals(want, self.dout.dtype, f"{name} has the shape of {name[1]}")


def case(
    student: Student, draw: Draw, n: int, shape: tuple[int, ...], m: int, dtype: torch.dtype = torch.float32
) -> Case:
    """A batch of n examples of this shape, for the layer that is asked for; m outputs of `Linear`."""
    if is_relu(student):
        return relu_case(off_the_kink(draw, n, *shape, dtype=dtype), draw.normal(n, *shape, dtype=dtype))
    d = torch.Size(shape).numel()
    x, w, b = draw.normal(n, *shape, dtype=dtype), draw.normal(d, m, dtype=dtype), draw.normal(m, dtype=dtype)
    return linear_case(x, w, b, draw.normal(n, m, dtype=dtype))


def linear_case(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor, dout: torch.Tensor) -> Case:
    return Case((x, w, b), dout, oracle.linear(x, w, b), oracle.linear_gradients(x, w, b, dout))


def relu_case(x: torch.Tensor, dout: torch.Tensor) -> Case:
    return Case((x,), dout, oracle.relu(x), (oracle.relu_gradient(x, dout),))


def off_the_kink(draw: Draw, *shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Numbers of both signs, their size from 0.1 to 2.1, so that no rounding decides the sign."""
    signs = draw.integers(0, 2, *shape).to(dtype) * 2 - 1
    return signs * draw.uniform(*shape, low=0.1, high=2.1, dtype=dtype)
