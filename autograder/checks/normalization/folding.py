"""Visible checks of folding a batch norm into the layer before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from autograder.checks.normalization.cases import on_right_layers
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles.normalization import folding as oracle

FOLD = "normalization.fold_batchnorm"
LINEAR, CONVOLUTION = (6, 4), (5, 3, 2, 3)


@dataclass(frozen=True)
class Folding:
    """A layer and the batch norm behind it, as tensors by name."""

    tensors: dict[str, torch.Tensor]

    @property
    def args(self) -> tuple[torch.Tensor, ...]:
        return tuple(self.tensors.values())

    def changed(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Folding:
        return Folding({name: change(t) for name, t in self.tensors.items()})

    def folded(self, eps: float) -> tuple[torch.Tensor, torch.Tensor]:
        return oracle.folded(self.tensors["w"], self.tensors["b"], self.tensors, eps)


@check(FOLD, weight=2)
@on_right_layers
def convolution(student: Student, draw: Draw) -> None:
    """a convolution and its batch norm"""
    expect_folded(student, problem(draw, CONVOLUTION))


@check(FOLD, weight=2)
@on_right_layers
def linear_layer(student: Student, draw: Draw) -> None:
    """a linear layer and its batch norm, also with as many inputs as outputs"""
    for shape in (LINEAR, (4, 4)):
        expect_folded(student, problem(draw, shape))


@check(FOLD, needs=("convolution", "linear_layer"))
@on_right_layers
def large_eps(student: Student, draw: Draw) -> None:
    """eps = 0.1 stands under the root, and eps = 0 adds nothing"""
    for shape in (CONVOLUTION, LINEAR):
        expect_folded(student, problem(draw, shape, var=0.1), eps=0.1)
        expect_folded(student, problem(draw, shape, var=2e-5), eps=0.0)


@check(FOLD, needs=("convolution", "linear_layer"))
@on_right_layers
def default_eps(student: Student, draw: Draw) -> None:
    """eps is 1e-5 where it is not given"""
    for shape in (CONVOLUTION, LINEAR):
        expect_folded(student, problem(draw, shape, var=2e-5))


def problem(draw: Draw, shape: tuple[int, ...], var: float = 1.0, dtype: torch.dtype = torch.float32) -> Folding:
    """Weights of this shape; gamma is never near 1 or 0, and the running variances are about `var`."""
    outputs = shape[1] if len(shape) == 2 else shape[0]
    sign = 1 - 2 * draw.integers(0, 2, outputs).to(dtype)
    return Folding({
        "w": draw.normal(*shape, dtype=dtype),
        "b": draw.normal(outputs, dtype=dtype),
        "gamma": draw.uniform(outputs, low=1.3, high=2.6, dtype=dtype) * sign,
        "beta": draw.uniform(outputs, low=0.5, high=1.0, dtype=dtype),
        "running_mean": draw.normal(outputs, dtype=dtype),
        "running_var": draw.uniform(outputs, low=1.5 * var, high=3 * var, dtype=dtype),
    })  # fmt: skip


def expect_folded(student: Student, folding: Folding, eps: float | None = None) -> None:
    """Both tensors equal the oracle's."""
    dtype = folding.tensors["w"].dtype
    expected = folding.folded(1e-5 if eps is None else eps)
    largest = float(expected[0].abs().max())
    result = student.fold_batchnorm(*folding.args, *(() if eps is None else (eps,)))
    w, b = expect(result, "the result").unpacks_to(2, "(w, b)")
    expect(w, "w").equals(expected[0], dtype, "w keeps its shape")
    expect(b, "b").equals(expected[1], dtype, "b keeps its shape", largest)
