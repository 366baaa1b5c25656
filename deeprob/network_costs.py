"""What a network costs, layer by layer: memory, parameters and multiply-adds of any `nn.Module`.

    costs = network_costs(resnet, (3, 224, 224))
    print(costs)                     # a table
    costs.parameters, costs.multiply_adds, costs.rows[0].output_shape

The network runs once on the meta device, where tensors have a shape and no numbers: even ResNet-152 takes less than
a second and no memory. The network itself stays as it is, on whatever device.

What is counted, for one image in eval mode:
- multiply-adds of convolutions and linear layers, once each, without biases (`FlopCounterMode` counts them twice).
  Batch norm, activations and pools are left out, as in the numbers that are published.
- memory of each layer's output in KB of float32, but for layers that can work in place (batch norm, activations,
  dropout) or only look at the same numbers in another shape: they add none.
- parameters where they are first used. Parts that do not run, such as heads for training, are not there.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from deeprob.module_text import module_text, shape_text

__all__ = ["LayerCost", "NetworkCosts", "Part", "network_costs", "on_meta", "run_on_meta"]

_ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Hardswish, nn.Sigmoid, nn.Tanh)
_IN_PLACE = (*_ACTIVATIONS, nn.BatchNorm1d, nn.BatchNorm2d, nn.Dropout, nn.Dropout2d, nn.Identity, nn.Flatten)


@dataclass(frozen=True)
class LayerCost:
    """One row: a layer, or several layers together.

    Attributes:
        name: as in `named_modules`, such as `layer1.0.conv2`.
        type: the class's name.
        text: what it does, in a few words.
        output_shape: without N.
    """

    name: str
    type: str
    text: str
    output_shape: tuple[int, ...]
    memory_kb: float
    parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class Part:
    """A module that has children: its type, what it does, and the shape of what it is given, without N."""

    type: str
    text: str
    input_shape: tuple[int, ...]


@dataclass(frozen=True)
class NetworkCosts:
    """The rows of a network in the order in which they run, and their sums.

    Attributes:
        parts: by name, such as `layer1` or `layer1.0`, those that ran.
    """

    rows: tuple[LayerCost, ...]
    parts: dict[str, Part]

    @property
    def memory_kb(self) -> float:
        return sum(row.memory_kb for row in self.rows)

    @property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        return sum(row.multiply_adds for row in self.rows)

    def part(self, name: str) -> NetworkCosts:
        """The costs of one part, with the names that its layers have inside it.

        Raises:
            KeyError: there is no such part.
        """
        self.parts[name]
        inside, start = f"{name}.", len(name) + 1
        rows = (replace(row, name=row.name[start:]) for row in self.rows if row.name.startswith(inside))
        parts = {key[start:]: part for key, part in self.parts.items() if key.startswith(inside)}
        return NetworkCosts(tuple(rows), parts)

    def grouped(self, depth: int) -> NetworkCosts:
        """Rows of the same part at this depth taken together: 1 for the children of the network."""
        rows: list[LayerCost] = []
        for row in self.rows:
            name = ".".join(row.name.split(".")[:depth])
            if rows and rows[-1].name == name and name in self.parts:
                rows[-1] = _together(rows[-1], row)
            else:
                part = self.parts.get(name, row)
                rows.append(replace(row, name=name, type=part.type, text=part.text))
        return replace(self, rows=tuple(rows))

    def without_free(self) -> NetworkCosts:
        """Only rows that cost something."""
        return replace(
            self, rows=tuple(row for row in self.rows if row.memory_kb or row.parameters or row.multiply_adds)
        )

    def at_most(self, count: int) -> NetworkCosts:
        """The finest grouping with at most `count` rows; the children of the network when even they are more."""
        depths = range(max((row.name.count(".") for row in self.rows), default=0) + 1, 0, -1)
        for depth in depths:
            costs = self.grouped(depth).without_free()
            if len(costs.rows) <= count:
                return costs
        return self.grouped(1)

    def __str__(self) -> str:
        """A table with aligned columns, and the sums at its end."""
        header = ("name", "type", "output", "memory KB", "parameters", "multiply-adds")
        lines = [(r.name, r.type, shape_text(r.output_shape), *_numbers(r)) for r in self.rows]
        table = [header, *lines, ("together", "", "", *_numbers(self))]
        widths = [max(len(line[k]) for line in table) for k in range(len(header))]
        return "\n".join(
            "  ".join(cell.ljust(widths[k]) if k < 3 else cell.rjust(widths[k]) for k, cell in enumerate(line))
            for line in table
        )


def network_costs(net: nn.Module, input_shape: Sequence[int]) -> NetworkCosts:
    """The costs of a network for one image.

    Args:
        net: on any device, also on meta; it is not changed.
        input_shape: of one image, (C, H, W), without N.

    Raises:
        ValueError: the network does not take such an image.
    """
    net = on_meta(net).eval()
    with FlopCounterMode(display=False) as counter:
        recorder = _Recorder(net, counter)
        run_on_meta(net, input_shape)
    return NetworkCosts(tuple(recorder.rows), recorder.parts)


def on_meta(net: nn.Module) -> nn.Module:
    """A copy of a network on the meta device: none of its numbers is copied."""
    tensors = [*net.parameters(), *net.buffers()]
    empty = {id(t): t.detach().to("meta") for t in tensors}
    memo: dict[int, Any] = {
        id(t): nn.Parameter(empty[id(t)], t.requires_grad) if isinstance(t, nn.Parameter) else empty[id(t)]
        for t in tensors
    }
    return copy.deepcopy(net, memo)


def run_on_meta(net: nn.Module, input_shape: Sequence[int]) -> Any:
    """The output of a network on meta for one image (C, H, W).

    Raises:
        ValueError: the network fails on it; says how.
        NotImplementedError: a part of it is not written yet.
    """
    floating = (p.dtype for p in net.parameters() if p.is_floating_point())
    x = torch.empty((1, *input_shape), dtype=next(floating, torch.float32), device="meta")
    try:
        with torch.no_grad():
            return net(x)
    except NotImplementedError:
        raise
    except Exception as e:  # the network may be a student's
        reason = (str(e).splitlines() or [""])[0]
        raise ValueError(f"the network does not take an image of shape {tuple(input_shape)}: {reason}") from e


class _Recorder:
    """Writes a row for each module that has no children, or that computes something beside them, as it runs."""

    def __init__(self, net: nn.Module, counter: FlopCounterMode) -> None:
        self.rows: list[LayerCost] = []
        self.parts: dict[str, Part] = {}
        self._counter = counter
        self._open: list[tuple[int, int]] = []  # of each running module: operations at its start, those of its children
        self._seen: set[int] = set()
        for name, module in net.named_modules():
            module.register_forward_pre_hook(lambda module, args, name=name: self._start(name, module, args))
            module.register_forward_hook(lambda module, args, out, name=name: self._end(name, module, out))

    def _start(self, name: str, module: nn.Module, args: Any) -> None:
        self._open.append((self._counter.get_total_flops(), 0))
        if name and any(module.children()):
            shape = tuple(args[0].shape[1:]) if args and isinstance(args[0], torch.Tensor) else ()
            self.parts[name] = Part(type(module).__name__, module_text(module), shape)

    def _end(self, name: str, module: nn.Module, out: Any) -> None:
        before, inside = self._open.pop()
        total = self._counter.get_total_flops() - before
        if self._open:
            begin, others = self._open[-1]
            self._open[-1] = (begin, others + total)
        new = [p for p in module.parameters(recurse=False) if id(p) not in self._seen]
        self._seen.update(id(p) for p in new)
        if any(module.children()) and not new and total == inside:
            return
        shape, numbers = _size(out)
        memory = 0.0 if isinstance(module, _IN_PLACE) or any(module.children()) else numbers * 4 / 1024
        parameters = sum(p.numel() for p in new)
        text = module_text(module)
        row = LayerCost(name, type(module).__name__, text, shape, memory, parameters, (total - inside) // 2)
        self.rows.append(row)


def _size(out: Any) -> tuple[tuple[int, ...], int]:
    """Shape without N, and how many numbers an image has; of several tensors the first and all of them."""
    tensors = [out] if isinstance(out, torch.Tensor) else [t for t in out if isinstance(t, torch.Tensor)]
    return tuple(tensors[0].shape[1:]), sum(t.numel() for t in tensors)


def _together(first: LayerCost, second: LayerCost) -> LayerCost:
    return replace(
        first,
        output_shape=second.output_shape,
        memory_kb=first.memory_kb + second.memory_kb,
        parameters=first.parameters + second.parameters,
        multiply_adds=first.multiply_adds + second.multiply_adds,
    )


def _numbers(costs: LayerCost | NetworkCosts) -> tuple[str, str, str]:
    return f"{costs.memory_kb:,.1f}", f"{costs.parameters:,}", f"{costs.multiply_adds:,}"
