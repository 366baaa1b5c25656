"""Expected values for the accounting: torch's own layers, run on tensors that have a shape and no numbers, and asked.

Sizes are those of what they give out, parameters those that they hold, multiply-adds are counted while they run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

__all__ = ["Cost", "conv_size", "cost", "field", "pool_size", "table"]

Layer = Mapping[str, Any]


@dataclass(frozen=True)
class Cost:
    """What a layer gives out for one image, and what it costs."""

    output_shape: tuple[int, ...]
    memory_kb: float
    parameters: int
    multiply_adds: int


def conv_size(size: int, kernel: int, stride: int = 1, pad: int = 0) -> int:
    """Side of the output of a convolution."""
    weight = torch.empty(1, 1, kernel, device="meta")
    return int(F.conv1d(_empty(1, size), weight, stride=stride, padding=pad).shape[-1])


def pool_size(size: int, kernel: int, stride: int | None = None, pad: int = 0, ceil_mode: bool = False) -> int:
    """Side of the output of a pool."""
    return int(F.max_pool1d(_empty(1, size), kernel, stride, pad, ceil_mode=ceil_mode).shape[-1])


def field(layers: Sequence[Layer]) -> int:
    """The receptive field: a transposed convolution leads from one output to all pixels that it sees."""
    x = _empty(1, 1)
    for layer in reversed(layers):
        stride = layer.get("stride", 1 if layer["kind"] == "conv" else layer["kernel"])
        x = F.conv_transpose1d(x, torch.empty(1, 1, layer["kernel"], device="meta"), stride=stride)
    return int(x.shape[-1])


def cost(layer: Layer) -> Cost:
    """What `layer_cost` must say of a layer with its `input_shape`.

    Raises:
        ValueError, RuntimeError: the layer does not fit its input.
    """
    module, x = _module(layer), _empty(*layer["input_shape"])
    with FlopCounterMode(display=False) as counter:
        out = module(x)
    multiply_adds = counter.get_total_flops() // 2
    if layer["kind"] in ("max_pool", "avg_pool"):
        multiply_adds = out.numel() * layer["kernel"] ** 2
    if layer["kind"] == "global_avg_pool":
        multiply_adds = x.numel()
    parameters = sum(p.numel() for p in module.parameters())
    return Cost(tuple(out.shape[1:]), out.numel() * out.element_size() / 1024, parameters, multiply_adds)


def table(layers: Sequence[Layer], input_shape: Sequence[int]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """(rows, totals) of `network_table`."""
    image = Cost(tuple(input_shape), 0, 0, 0)
    costs = list(accumulate(layers, lambda c, layer: cost({**layer, "input_shape": c.output_shape}), initial=image))[1:]
    names = [layer.get("name", layer["kind"] + str(i)) for i, layer in enumerate(layers, 1)]
    rows = [{"name": name, **vars(c)} for name, c in zip(names, costs, strict=True)]
    return rows, {name: sum(getattr(c, name) for c in costs) for name in ("memory_kb", "parameters", "multiply_adds")}


def _empty(*shape: int) -> torch.Tensor:
    """One image, or row of features, without numbers."""
    return torch.empty(1, *shape, device="meta")


def _module(layer: Layer) -> nn.Module:
    kind, shape = layer["kind"], layer["input_shape"]
    if kind in ("conv", "max_pool", "avg_pool", "global_avg_pool") and len(shape) != 3:
        raise ValueError(f"{kind} on {tuple(shape)}")
    if kind == "linear" and len(shape) != 1:
        raise ValueError(f"linear on {tuple(shape)}")
    bias = layer.get("bias", True)
    window = layer.get("kernel"), layer.get("stride"), layer.get("pad", 0), layer.get("ceil_mode", False)
    if kind == "conv":
        sizes = layer["kernel"], layer.get("stride", 1), layer.get("pad", 0)
        groups = layer.get("groups", 1)
        return nn.Conv2d(shape[0], layer["channels"], *sizes, groups=groups, bias=bias, device="meta")
    if kind == "max_pool":
        return nn.MaxPool2d(*window[:3], ceil_mode=window[3])  # type: ignore[arg-type]
    if kind == "avg_pool":
        return nn.AvgPool2d(*window)  # type: ignore[arg-type]
    if kind == "linear":
        return nn.Linear(shape[0], layer["features"], bias=bias, device="meta")
    modules = {"global_avg_pool": nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten()}
    if kind not in modules:
        raise ValueError(f"no kind {kind!r}")
    return modules[kind]
