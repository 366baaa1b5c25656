"""Inputs and expectations that the checks of all layers with gamma and beta share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch

from autograder.engine.draw import Draw
from autograder.engine.errors import StudentRaised
from autograder.engine.expect import Failed, describe, expect
from autograder.engine.layers import output_of
from autograder.engine.student import Call, Student, StudentFunction
from autograder.oracles.normalization import layers as oracle
from autograder.oracles.normalization.right_layers import right_layers

__all__ = ["AXES", "Case", "Problem", "expect_output", "forward_of", "kind_of", "layer_of", "on_right_layers", "usual"]

AXES = {
    "out": "out has the shape of x",
    "dx": "dx has the shape of x",
    "dgamma": "dgamma has the shape of gamma",
    "dbeta": "dbeta has the shape of beta",
}
SHAPES = {
    "BatchNorm": (7, 5), "SpatialBatchNorm": (3, 4, 5, 2), "LayerNorm": (5, 7), "InstanceNorm": (3, 4, 5, 2),
    "GroupNorm": (3, 6, 4, 2),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What a layer is asked to do.

    Attributes:
        kind: the layer's class.
        shape: of x.
        eps: None leaves it to the layer's default.
        mode, momentum: of a batch norm.
        num_groups: of a group norm.
        mean, std: of the entries of x, which differ from channel to channel and from example to example besides.
    """

    kind: str
    shape: tuple[int, ...]
    eps: float | None = 1e-5
    mode: str = "train"
    momentum: float = 0.9
    num_groups: int = 3
    mean: float = 0.0
    std: float = 1.0
    dtype: torch.dtype = torch.float32

    @property
    def has_modes(self) -> bool:
        return "Batch" in self.kind

    def inputs(self, draw: Draw) -> Problem:
        """x, gamma, beta, dout, and the layer's settings; gamma is never near 1 or 0, beta never near 0."""
        x = draw.normal(*self.shape, dtype=torch.float64)
        ones = (1,) * (len(self.shape) - 2)
        x = x * draw.uniform(1, self.shape[1], *ones, low=0.6, high=1.4, dtype=torch.float64)
        x = x + draw.normal(*self.shape[:2], *ones, dtype=torch.float64) * 0.5
        x = (self.mean + self.std * x).to(self.dtype)
        c = self.shape[1]
        gamma, beta = (
            draw.uniform(c, low=low, high=2 * low, dtype=self.dtype) * (1 - 2 * draw.integers(0, 2, c).to(self.dtype))
            for low in (1.3, 0.5)
        )
        dout = draw.normal(*self.shape, mean=0.4, dtype=self.dtype)
        return Problem(self, x, gamma, beta, dout, self._settings(draw))

    def _settings(self, draw: Draw) -> dict[str, Any]:
        param: dict[str, Any] = {} if self.eps is None else {"eps": self.eps}
        if self.kind == "GroupNorm":
            param["num_groups"] = self.num_groups
        if self.has_modes:
            c = self.shape[1]
            param |= {"mode": self.mode, "momentum": self.momentum}
            param["running_mean"] = draw.normal(c, mean=self.mean, std=self.std, dtype=self.dtype)
            param["running_var"] = draw.uniform(c, low=1.5, high=3.0, dtype=self.dtype) * self.std**2
        return param


@dataclass(frozen=True)
class Problem:
    """Inputs of one call, in the order in which the layers take them, and what must come out."""

    case: Case
    x: torch.Tensor
    gamma: torch.Tensor
    beta: torch.Tensor
    dout: torch.Tensor
    param: dict[str, Any]

    @property
    def args(self) -> tuple[Any, ...]:
        return self.x, self.gamma, self.beta, self.param

    @property
    def scale(self) -> float:
        """How large the numbers are that add up to dx, at most."""
        return float((self.gamma.abs().max() * self.dout.abs().max()).item() / self.param.get("eps", 1e-5) ** 0.5)

    def scales(self, dx: float | None = None) -> dict[str, float | None]:
        """How large the numbers are that add up to each gradient: those of dgamma and dbeta may nearly cancel out."""
        axes = [a for a in range(self.dout.dim()) if a != 1]
        added = float(self.dout.abs().sum(axes).max())
        return {"dx": dx, "dgamma": added, "dbeta": added}

    @property
    def tensors(self) -> dict[str, torch.Tensor]:
        return {"x": self.x, "gamma": self.gamma, "beta": self.beta}

    def changed(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Problem:
        """The same with other tensors, those of the settings included."""
        x, gamma, beta, dout = (change(t) for t in (self.x, self.gamma, self.beta, self.dout))
        param = {k: change(v) if isinstance(v, torch.Tensor) else v for k, v in self.param.items()}
        return Problem(self.case, x, gamma, beta, dout, param)

    def layer(self) -> oracle.Layer:
        case, eps = self.case, self.param.get("eps", 1e-5)
        if case.has_modes:
            test = self.param["mode"] == "test"
            statistics = (self.param["running_mean"].clone(), self.param["running_var"].clone())
            return oracle.batch(eps, statistics if test else None)
        if case.kind == "GroupNorm":
            return oracle.group(eps, case.num_groups)
        return {"LayerNorm": oracle.layer, "InstanceNorm": oracle.instance}[case.kind](eps)

    def output(self) -> torch.Tensor:
        return oracle.output(self.layer(), self.x, self.gamma, self.beta)

    def gradients(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        return oracle.gradients(self.layer(), self.x, self.gamma, self.beta, self.dout)

    def running(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The running statistics after a call of `forward`."""
        old = self.param["running_mean"].clone(), self.param["running_var"].clone()
        return oracle.running(old, self.x, self.case.momentum) if self.param["mode"] == "train" else old


def kind_of(student: Student) -> str:
    """The class whose method is asked for."""
    return str(student.asked.type_name.split()[-1].split(".")[0])


def usual(student: Student, **changes: Any) -> Case:
    """What the layer that is asked for mostly gets."""
    kind = kind_of(student)
    return replace(Case(kind, SHAPES[kind]), **changes)


def layer_of(student: Student) -> StudentFunction:
    layer: StudentFunction = getattr(student, kind_of(student))
    return layer


def _not_here(*_: Any) -> None:
    raise ValueError("backward_alt calls BatchNorm.backward: derive the simplified formula and write it out")


def on_right_layers(run: Callable[[Student, Draw], None]) -> Callable[[Student, Draw], None]:
    """A check of a layer that may be written on top of others: where it fails, once more on top of right ones.

    So a mistake in `BatchNorm` costs nothing in `SpatialBatchNorm`. At first the student's own are in place, since a
    layer may look into the cache of the other one. `backward_alt` has to do without `backward`.
    """

    @functools.wraps(run)
    def judged(student: Student, draw: Draw) -> None:
        kind = kind_of(student)
        if student.asked.type_name.endswith("backward_alt"):
            student.given(**{"BatchNorm.backward": _not_here})
        try:
            run(student, draw)
        except (Failed, StudentRaised) as first:
            student.given(**right_layers(kind))
            try:
                run(student, draw)
            except StudentRaised as second:  # perhaps because it met with the cache of another author
                raise first if isinstance(first, Failed) else second from None

    return judged


def forward_of(student: Student, problem: Problem) -> Any:
    """What `forward` returns; what it left in its arguments is noted for the diagnosis, which looks at answers."""
    result = layer_of(student).forward(*problem.args)
    left = problem.tensors | problem.param
    noted = {k: v.detach().clone() if isinstance(v, torch.Tensor) else describe(v) for k, v in left.items()}
    student.transcript.append(Call("the arguments after the call", noted))
    return result


def expect_output(student: Student, problem: Problem, scale: float | None = None) -> None:
    """`forward` equals the oracle's."""
    expected = problem.output()
    out, _ = output_of(forward_of(student, problem))
    expect(out, "out").equals(expected, problem.case.dtype, AXES["out"], scale)
