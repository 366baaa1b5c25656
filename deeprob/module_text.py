"""A module in a few words, as tables and diagrams name it: "conv 3×3, stride 2", "max pool 2×2", "3 × DenseLayer".

Also shapes and large numbers, as people write them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

__all__ = ["memory_text", "module_text", "shape_text", "short"]

_NAMES = {
    "BatchNorm1d": "batch norm",
    "BatchNorm2d": "batch norm",
    "GroupNorm": "group norm",
    "LayerNorm": "layer norm",
    "InstanceNorm2d": "instance norm",
    "LocalResponseNorm": "response norm",
    "Dropout": "dropout",
    "Dropout2d": "dropout",
    "Flatten": "flatten",
    "Linear": "linear",
    "ChannelShuffle": "shuffle",
    "Join": "mean",
}


def module_text(module: nn.Module) -> str:
    """What a module does, in a few words."""
    match module:
        case nn.Conv2d():
            return f"conv {_times(module.kernel_size)}{_stride(module.stride)}{_groups(module)}"
        case nn.MaxPool2d() | nn.AvgPool2d():
            name = "max pool" if isinstance(module, nn.MaxPool2d) else "average pool"
            stride = module.kernel_size if module.stride is None else module.stride
            return f"{name} {_times(module.kernel_size)}{_stride(stride)}"
        case nn.AdaptiveAvgPool2d() if set(_pair(module.output_size)) == {1}:
            return "average over places"
        case nn.AdaptiveAvgPool2d():
            return f"average pool to {_times(module.output_size)}"
        case nn.Sequential() if len({type(child) for child in module}) == 1 and any(module[0].children()):
            count = f"{len(module)} × " if len(module) > 1 else ""
            return f"{count}{type(module[0]).__name__}"
        case nn.Sequential() if len(module) > 1:
            return f"{len(module)} layers"
    return _NAMES.get(type(module).__name__, type(module).__name__)


def shape_text(shape: Sequence[int]) -> str:
    """(64, 56, 56) -> "64 × 56 × 56"."""
    return " × ".join(str(size) for size in shape)


def short(number: float) -> str:
    """1234567 -> "1.23 M": three digits and a unit."""
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(number) >= 0.9995 * size:
            return f"{number / size:.3g}{unit}" if abs(number) < 999.5 * size else f"{number / size:.0f}{unit}"
    return f"{number:.3g}"


def memory_text(kb: float) -> str:
    """In KB or MB of 1024: 756.25 -> "756 KB", 49782 -> "48.6 MB"."""
    return f"{kb:.3g} KB" if kb < 999.5 else f"{kb / 1024:.3g} MB"


def _pair(size: Any) -> tuple[Any, ...]:
    return tuple(size) if isinstance(size, (tuple, list)) else (size, size)


def _times(size: Any) -> str:
    return "×".join(str(side) for side in _pair(size))


def _stride(stride: Any) -> str:
    sides = _pair(stride)
    if set(sides) == {1}:
        return ""
    return f", stride {sides[0]}" if len(set(sides)) == 1 else f", stride {_times(sides)}"


def _groups(module: nn.Conv2d) -> str:
    if module.groups == 1:
        return ""
    return ", depthwise" if module.groups == module.in_channels else f", {module.groups} groups"
