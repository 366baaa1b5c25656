"""What a module computes, as a graph: which layer takes what from which, and the shapes in between.

    for node in module_graph(block, (64, 56, 56)):
        print(node.name, node.text, node.inputs, node.shape)

The graph comes from the module itself, which torch.fx follows through its `forward` in eval mode; so additions and
concatenations are in it, also those that are no layer. A module that cannot be followed, because it decides by the
values of a tensor, becomes the row of its children in the order in which they run.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx, nn

from deeprob.module_text import module_text
from deeprob.network_costs import on_meta, run_on_meta

__all__ = ["Node", "finest_depth", "module_graph"]

_FUNCTIONS = {
    "add": "+",
    "iadd": "+",
    "add_": "+",
    "cat": "concat",
    "chunk": "split",
    "mul": "×",
    "relu": "ReLU",
    "relu_": "ReLU",
    "max_pool2d": "max pool",
    "avg_pool2d": "average pool",
    "adaptive_avg_pool2d": "average over places",
}
_KINDS = {
    "conv": ("Conv",),
    "linear": ("Linear",),
    "norm": ("BatchNorm", "GroupNorm", "LayerNorm", "InstanceNorm", "LocalResponseNorm"),
    "activation": ("ReLU", "ELU", "SiLU", "Sigmoid", "Tanh", "Hardswish", "gelu", "silu", "sigmoid", "tanh"),
    "pool": ("Pool", "pool", "average", "mean"),
    "join": ("+", "concat", "×", "Join"),
    "rest": ("Dropout", "Flatten", "dropout", "flatten", "view", "reshape"),
}


@dataclass(frozen=True)
class Node:
    """A layer, a part that is not looked into, or a function, in the order in which they run.

    Attributes:
        name: of its own, even where a module runs twice.
        module: the module's name in the network, or the empty string for a function.
        text: in a few words.
        kind: input, conv, linear, norm, activation, pool, join, rest or part.
        shape: of the result, without N.
        inputs: names of the nodes whose results it takes.
    """

    name: str
    module: str
    text: str
    kind: str
    shape: tuple[int, ...]
    inputs: tuple[str, ...]


def module_graph(module: nn.Module, input_shape: Sequence[int], depth: int | None = None) -> list[Node]:
    """The graph of a module for one image.

    Args:
        module: on any device; it is not changed.
        input_shape: of one image, (C, H, W).
        depth: how deep to look: 1 shows the module's children as they are; none goes down to the layers.

    Raises:
        ValueError: the module does not take such an image.
    """
    net = on_meta(module).eval()
    root = nn.Sequential(net)  # so that the arguments of its forward, but for the image, keep their defaults
    try:
        graph = _Tracer(depth).trace(root)
        recorder = _Recorder(fx.GraphModule(root, graph), input_shape)
    except Exception:  # the forward may be a student's; where it is wrong, running it says so
        return _children_in_order(net, input_shape)
    return recorder.nodes


def finest_depth(module: nn.Module, most: int) -> int:
    """The depth that shows most of a module, with at most this many layers, parts and joins; at least 1."""
    root = nn.Sequential(on_meta(module).eval())
    deepest = max((name.count(".") for name, _ in root.named_modules() if name), default=0)
    for depth in range(2, deepest + 1):
        try:
            graph = _Tracer(depth).trace(root)
        except Exception:  # cannot be followed, see module_graph
            return 1
        if sum(_counts(node, root) for node in graph.nodes) > most:
            return depth - 1
    return max(deepest, 1)


def _counts(node: fx.Node, root: nn.Module) -> bool:
    if node.op == "call_module":
        return _kind_of(root.get_submodule(str(node.target))) in ("conv", "linear", "pool", "part", "join")
    return node.op == "call_function" and _kind(_function_text(node)) in ("pool", "join")


class _Tracer(fx.Tracer):
    """Looks into modules as far as `depth` says, and never into those without children."""

    def __init__(self, depth: int | None) -> None:
        super().__init__()
        self._depth = depth

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        level = module_qualified_name.count(".")  # 0 for the network
        if self._depth is not None and 1 <= self._depth <= level:
            return not _is_empty(m)
        return not any(m.children()) and not _is_empty(m)


class _Recorder(fx.Interpreter):
    """Runs the graph on meta; what gives a tensor becomes a node, the rest (shapes, items) is looked through."""

    def __init__(self, module: fx.GraphModule, input_shape: Sequence[int]) -> None:
        super().__init__(module)
        self.nodes: list[Node] = []
        self._sources: dict[str, tuple[str, ...]] = {}  # fx node -> nodes that its value comes from
        floating = (p.dtype for p in module.parameters() if p.is_floating_point())
        with torch.no_grad():
            self.run(torch.empty((1, *input_shape), dtype=next(floating, torch.float32), device="meta"))

    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        sources = tuple(dict.fromkeys(s for given in n.all_input_nodes for s in self._sources[given.name]))
        looked_through = not isinstance(value, torch.Tensor) or n.target is operator.getitem or self._is_identity(n)
        if n.op in ("output", "get_attr") or (looked_through and not _holds_tensors(value)):
            self._sources[n.name] = ()
        elif looked_through and not self._splits(n):
            self._sources[n.name] = sources
        else:
            module = str(n.target).removeprefix("0").removeprefix(".") if n.op == "call_module" else ""
            text, kind = self._words(n)
            first = value if isinstance(value, torch.Tensor) else value[0]
            self.nodes.append(Node(n.name, module, text, kind, tuple(first.shape[1:]), sources))
            self._sources[n.name] = (n.name,)
        return value

    def _is_identity(self, n: fx.Node) -> bool:
        return n.op == "call_module" and isinstance(self.module.get_submodule(str(n.target)), nn.Identity)

    def _splits(self, n: fx.Node) -> bool:
        return n.target in ("chunk", "split") or n.target in (torch.chunk, torch.split)

    def _words(self, n: fx.Node) -> tuple[str, str]:
        if n.op == "placeholder":
            return "input", "input"
        if n.op == "call_module":
            module = self.module.get_submodule(str(n.target))
            return module_text(module), _kind_of(module)
        text = _function_text(n)
        return text.replace("_", " "), _kind(text)


def _function_text(node: fx.Node) -> str:
    target = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
    return _FUNCTIONS.get(target, target)


def _is_empty(module: nn.Module) -> bool:
    return isinstance(module, nn.Sequential) and len(module) == 0


def _holds_tensors(value: Any) -> bool:
    return isinstance(value, torch.Tensor) or (
        isinstance(value, (tuple, list)) and bool(value) and all(isinstance(v, torch.Tensor) for v in value)
    )


def _kind_of(module: nn.Module) -> str:
    return "part" if any(module.children()) else _kind(type(module).__name__)


def _kind(name: str) -> str:
    return next((kind for kind, words in _KINDS.items() if any(word in name for word in words)), "rest")


def _children_in_order(net: nn.Module, input_shape: Sequence[int]) -> list[Node]:
    nodes = [Node("input", "", "input", "input", tuple(input_shape), ())]

    def note(name: str, module: nn.Module, out: Any) -> None:
        shape = tuple(out.shape[1:]) if isinstance(out, torch.Tensor) else ()
        inputs = (nodes[-1].name,)
        nodes.append(Node(f"{name}_{len(nodes)}", name, module_text(module), _kind_of(module), shape, inputs))

    for name, child in net.named_children():
        child.register_forward_hook(lambda module, args, out, name=name: note(name, module, out))
    run_on_meta(net, input_shape)
    return nodes
