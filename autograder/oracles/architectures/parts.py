"""What a network is made of, and torch's own functions on tensors that stand for its layers.

A `Part` is a layer with parameters: the checks find it in a student's network by its shape, whatever its name there.
A `Pass` computes with the values of such parts, given by role: `{"conv1.weight": ..., "bn1.running_mean": ...}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F

__all__ = ["Part", "Pass", "batch_norm", "convolution", "linear"]

Tensor = torch.Tensor
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Part:
    """A layer with parameters.

    Attributes:
        role: what it is called here, `"conv1"`.
        shape: of its weight: four numbers for a convolution, two for a linear layer, one for a batch norm.
        bias: whether it has one.
        behind: of a batch norm, the role of the convolution that it follows, where it follows one.
    """

    role: str
    shape: Shape
    bias: bool = False
    behind: str = ""

    @property
    def kind(self) -> str:
        return {4: "convolution", 2: "linear layer", 1: "batch norm"}[len(self.shape)]

    @property
    def entries(self) -> dict[str, Shape]:
        """Shapes of what it holds, by name, in floating point."""
        shapes = {"weight": self.shape}
        if self.bias:
            shapes["bias"] = self.shape[:1]
        if self.kind == "batch norm":
            shapes |= {"running_mean": self.shape, "running_var": self.shape}
        return shapes

    @property
    def parameters(self) -> int:
        return sum(torch.Size(shape).numel() for name, shape in self.entries.items() if not name.startswith("running"))


def convolution(role: str, c_in: int, c_out: int, kernel: int, groups: int = 1, bias: bool = False) -> Part:
    return Part(role, (c_out, c_in // groups, kernel, kernel), bias)


def batch_norm(role: str, channels: int, behind: str = "") -> Part:
    return Part(role, (channels,), True, behind)


def linear(role: str, features: int, outputs: int) -> Part:
    return Part(role, (outputs, features), True)


class Pass:
    """One forward pass.

    Args:
        values: of the parts, by role and name.
        training: whether batch norms use the statistics of the batch.
        eps: of the batch norms.

    Attributes:
        running: the running statistics after the pass, by role and name.
        multiply_adds: of the convolutions and linear layers so far, counted once.
    """

    def __init__(self, values: Mapping[str, Tensor], training: bool = False, eps: float = 1e-5) -> None:
        self.values, self.training, self.eps = values, training, eps
        self.running: dict[str, Tensor] = {}
        self.multiply_adds = 0

    def conv(self, role: str, x: Tensor, stride: int = 1, groups: int = 1) -> Tensor:
        """The convolution with a pad of half its kernel."""
        weight = self.values[f"{role}.weight"]
        bias = self.values.get(f"{role}.bias")
        out = F.conv2d(x, weight, bias, stride=stride, padding=weight.shape[-1] // 2, groups=groups)
        self.multiply_adds += out.numel() * weight[0].numel()
        return out

    def norm(self, role: str, x: Tensor) -> Tensor:
        weight, bias = self.values[f"{role}.weight"], self.values[f"{role}.bias"]
        mean, var = (self.values[f"{role}.{name}"].detach().clone() for name in ("running_mean", "running_var"))
        out = F.batch_norm(x, mean, var, weight, bias, self.training, eps=self.eps)
        self.running |= {f"{role}.running_mean": mean, f"{role}.running_var": var}
        return out

    def linear(self, role: str, x: Tensor) -> Tensor:
        weight = self.values[f"{role}.weight"]
        self.multiply_adds += x.shape[0] * weight.numel()
        return F.linear(x, weight, self.values[f"{role}.bias"])
