"""A computation graph: values go forward, gradients come back, one node at a time.

Each edge carries the derivative of its right end by its left end. A node's gradient is the sum, over the edges that
leave it, of the gradient at the right end times the number on the edge: that is the whole chain rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from deeprob.plotting.style import BLUE, GREY, RED
from deeprob.widgets.explorer import Explorer

__all__ = ["EXPRESSIONS", "ComputationGraphExplorer", "computation_graph_explorer"]

INPUTS = ("x", "w", "b", "t")


@dataclass(frozen=True)
class Node:
    """One operation: its name, what it is computed from, its sign in the picture, and where it stands there."""

    name: str
    parents: tuple[str, ...]
    sign: str
    place: tuple[float, float]
    function: Callable[..., torch.Tensor]


@dataclass(frozen=True)
class Expression:
    """A function of some inputs as nodes in the order of computation; the last one is the result L."""

    inputs: Mapping[str, tuple[float, float]]  # name -> place
    nodes: tuple[Node, ...]

    def forward(self, values: Mapping[str, float]) -> dict[str, torch.Tensor]:
        """Every value by name, as tensors that remember how they were made."""
        tensors = {n: torch.tensor(float(values[n]), dtype=torch.float64, requires_grad=True) for n in self.inputs}
        for node in self.nodes:
            tensors[node.name] = node.function(*(tensors[p] for p in node.parents))
        return tensors

    def slopes(self, tensors: Mapping[str, torch.Tensor]) -> dict[tuple[str, str], float]:
        """(parent, node) -> the derivative of the node by this parent alone, the number on the edge."""
        found = {}
        for node in self.nodes:
            apart = [tensors[p].detach().requires_grad_() for p in node.parents]
            slopes = torch.autograd.grad(node.function(*apart), apart)
            found |= {(p, node.name): float(s) for p, s in zip(node.parents, slopes, strict=True)}
        return found

    def gradients(self, slopes: Mapping[tuple[str, str], float], steps: int) -> dict[str, float]:
        """dL/d(value) by name, as far as it has come when it has gone back through `steps` nodes."""
        found = {self.nodes[-1].name: 1.0}
        for node in self.back(steps):
            for parent in node.parents:
                found[parent] = found.get(parent, 0.0) + found[node.name] * slopes[parent, node.name]
        return found

    def back(self, steps: int) -> tuple[Node, ...]:
        """The first nodes that a gradient from the result goes through."""
        return tuple(reversed(self.nodes))[:steps]


def _add(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return a + b


def _subtract(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return a - b


def _multiply(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return a * b


EXPRESSIONS: dict[str, Expression] = {
    "a neuron: L = (max(0, w·x + b) − t)²": Expression(
        {"w": (0, 3), "x": (0, 2), "b": (0, 1), "t": (0, 0)},
        (
            Node("m", ("w", "x"), "×", (1.2, 2.5), _multiply),
            Node("z", ("m", "b"), "+", (2.35, 1.75), _add),
            Node("h", ("z",), "max(0, ·)", (3.5, 1.75), torch.relu),
            Node("d", ("h", "t"), "−", (4.65, 0.9), _subtract),
            Node("L", ("d",), "( )²", (5.8, 0.9), torch.square),
        ),
    ),
    "a sum, then a product: L = (x + b)·w": Expression(
        {"x": (0, 3), "b": (0, 1.7), "w": (0, 0.4)},
        (
            Node("s", ("x", "b"), "+", (2.7, 2.25), _add),
            Node("L", ("s", "w"), "×", (5.4, 1.2), _multiply),
        ),
    ),
    "x used twice: L = w·x + x": Expression(
        {"w": (0, 3), "x": (0, 1)},
        (
            Node("m", ("w", "x"), "×", (2.7, 2.4), _multiply),
            Node("L", ("m", "x"), "+", (5.4, 1.2), _add),
        ),
    ),
    "logistic loss: L = log(1 + exp(−(w·x + b)))": Expression(
        {"w": (0, 3), "x": (0, 2), "b": (0, 0.6)},
        (
            Node("m", ("w", "x"), "×", (1.2, 2.5), _multiply),
            Node("z", ("m", "b"), "+", (2.35, 1.6), _add),
            Node("e", ("z",), "exp(−·)", (3.5, 1.6), lambda z: torch.exp(-z)),
            Node("o", ("e",), "1 + ·", (4.65, 1.6), lambda e: 1 + e),
            Node("L", ("o",), "log", (5.8, 1.6), torch.log),
        ),
    ),
}


class ComputationGraphExplorer(Explorer):
    """Controls: `expression` (a key of EXPRESSIONS), the inputs `x`, `w`, `b`, `t`, and `back`: nodes gone back."""

    width, height = 7.2, 3.6

    def __init__(self) -> None:
        super().__init__()
        self._fit_controls()

    def controls(self) -> Mapping[str, Any]:
        first = next(iter(EXPRESSIONS))
        wide = ipywidgets.Layout(width="300px")
        controls: dict[str, Any] = {
            "expression": ipywidgets.Dropdown(options=list(EXPRESSIONS), value=first, layout=wide)
        }
        for name, value in zip(INPUTS, (2.0, 1.5, -1.0, 0.5), strict=True):
            controls[name] = ipywidgets.FloatSlider(value=value, min=-3, max=3, step=0.1, description=name)
        steps = len(EXPRESSIONS[first].nodes)
        controls["back"] = ipywidgets.IntSlider(value=steps, min=0, max=steps, description="steps back")
        return controls

    def draw(self, fig: Figure, values: Mapping[str, Any]) -> None:
        expression, back = EXPRESSIONS[values["expression"]], values["back"]
        tensors = expression.forward(values)
        slopes = expression.slopes(tensors)
        gradients, done = expression.gradients(slopes, back), expression.back(back)
        ax = fig.subplots()
        ax.set(xlim=(-0.45, 6.2), ylim=(-0.85, 3.5))
        ax.axis("off")
        signs = {name: name for name in expression.inputs} | {n.name: n.sign for n in expression.nodes}
        places = {**expression.inputs, **{n.name: n.place for n in expression.nodes}}
        boxes = {
            name: _node(ax, place, signs[name], tensors[name].item(), gradients.get(name))
            for name, place in places.items()
        }
        for node in expression.nodes:
            for parent in node.parents:
                slope = slopes[parent, node.name] if node in done else None
                _edge(ax, places[parent], places[node.name], boxes[parent], boxes[node.name], slope)
        whole = back == len(expression.nodes)
        way = "all the way back" if whole else f"{back} of {len(expression.nodes)} steps back"
        ax.set(title=f"L = {_number(tensors['L'].item())}: forward to the right, {way}")
        for x, text, colour in ((4.0, "value", BLUE), (4.5, "gradient", RED), (5.15, "slope of an edge", GREY)):
            ax.text(x, -0.8, text, color=colour, fontsize=9)

    def describe(self, values: Mapping[str, Any]) -> str:
        expression, back = EXPRESSIONS[values["expression"]], values["back"]
        if not back:
            return "Forward only. The gradient of L by itself is 1; the first step back begins there."
        slopes, node = expression.slopes(expression.forward(values)), expression.back(back)[-1]
        upstream = expression.gradients(slopes, back)[node.name]
        signs = {name: name for name in expression.inputs} | {n.name: n.sign for n in expression.nodes}
        parts = []
        for parent in node.parents:
            slope = slopes[parent, node.name]
            share = f"{_number(upstream)} · {_number(slope)} = {_number(upstream * slope)}"
            parts.append(f"{signs[parent]} gets {share}")
        return (
            f"Step {back} of {len(expression.nodes)}: the gradient {_number(upstream)} goes back through "
            f"{node.sign}; {', '.join(parts)}."
        )

    def _changed(self, change: Any) -> None:
        if change["owner"] is self.widgets["expression"]:
            self._fit_controls()
        self.redraw()

    def _fit_controls(self) -> None:
        """Show the inputs that the expression has, and let `back` reach through all of its nodes."""
        expression, back = EXPRESSIONS[self.widgets["expression"].value], self.widgets["back"]
        for name in INPUTS:
            self.widgets[name].layout.display = None if name in expression.inputs else "none"
        back.max = len(expression.nodes)
        back.value = back.max


def _number(value: float) -> str:
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "−")


def _node(
    ax: Axes, place: tuple[float, float], sign: str, value: float, gradient: float | None
) -> FancyBboxPatch:
    x, y = place
    box = FancyBboxPatch((x - 0.24, y - 0.15), 0.48, 0.3, boxstyle="round,pad=0.06", facecolor="#F2F2F2")
    box.set(edgecolor="#444444", linewidth=1)
    ax.add_patch(box)
    ax.text(x, y, sign, ha="center", va="center", fontsize=8.5 if len(sign) > 4 else 12, fontweight="bold")
    ax.text(x, y + 0.26, _number(value), ha="center", va="bottom", color=BLUE)
    if gradient is not None:
        ax.text(x, y - 0.26, _number(gradient), ha="center", va="top", color=RED)
    return box


def _edge(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    from_box: FancyBboxPatch,
    to_box: FancyBboxPatch,
    slope: float | None,
) -> None:
    arrow = {"arrowstyle": "-|>", "color": GREY, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops={**arrow, "patchA": from_box, "patchB": to_box})
    if slope is not None:
        middle = (0.5 * (start[0] + end[0]), 0.5 * (start[1] + end[1]))
        ground = {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none"}
        ax.text(*middle, _number(slope), color=GREY, fontsize=8.5, ha="center", va="center", bbox=ground)


def computation_graph_explorer() -> ComputationGraphExplorer:
    """The explorer, as the last line of a cell."""
    return ComputationGraphExplorer()
