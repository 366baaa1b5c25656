"""The boxes of a block diagram: which layers share one, and how high it is.

A convolution and what follows it alone (batch norm, activation, dropout) share a box; where batch norm comes first, it
opens the box.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from deeprob.module_graph import Node

__all__ = ["Box", "boxes", "stripe_height"]

_HEIGHTS = {"conv": 0.27, "linear": 0.27, "pool": 0.25, "part": 0.4, "join": 0.24, "input": 0.2}  # inches
_THIN = 0.18
_WEIGHTS, _ELEMENTWISE = ("conv", "linear"), ("norm", "activation", "rest")


@dataclass
class Box:
    """Nodes that are drawn as one box, one stripe each.

    Attributes:
        inputs: the boxes whose results it takes.
        x, y: its centre, set by `layout`.
    """

    nodes: list[Node]
    inputs: list[Box] = field(default_factory=list)
    outputs: list[Box] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0
    level: float = 0.0
    column: int = -1

    @property
    def height(self) -> float:
        return sum(stripe_height(node) for node in self.nodes)

    @property
    def kind(self) -> str:
        return self.nodes[0].kind

    @property
    def shape(self) -> tuple[int, ...]:
        return self.nodes[-1].shape


def stripe_height(node: Node) -> float:
    return _HEIGHTS.get(node.kind, _THIN)


def boxes(nodes: Sequence[Node]) -> list[Box]:
    """The boxes, in the order in which they run, each linked with its inputs and outputs."""
    uses = Counter(name for node in nodes for name in node.inputs)
    found: list[Box] = []
    box_of: dict[str, Box] = {}
    for node in nodes:
        inputs = [box_of[name] for name in node.inputs]
        if len(inputs) == 1 and uses[node.inputs[0]] == 1 and _fits(inputs[0], node):
            box = inputs[0]
            box.nodes.append(node)
        else:
            box = Box([node], inputs)
            found.append(box)
            for one in inputs:
                one.outputs.append(box)
        box_of[node.name] = box
    return found


def _fits(box: Box, node: Node) -> bool:
    kinds = [n.kind for n in box.nodes]
    if any(kind not in (*_WEIGHTS, *_ELEMENTWISE) for kind in (*kinds, node.kind)):
        return False
    has_weights = any(kind in _WEIGHTS for kind in kinds)
    if node.kind in _WEIGHTS:
        return not has_weights
    leading = next((kind for kind in kinds if kind != "rest"), "rest")
    return leading not in ("norm", "activation") or not has_weights
