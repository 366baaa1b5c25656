"""The pictures of the P4 notebooks."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from sklearn.datasets import load_sample_image
from torch import nn
from torch.nn import functional

from autograder.reference.exercises import normalization as norm
from deeprob import plotting
from deeprob.datasets import load, split_validation
from deeprob.normalization_layers import Normalization
from deeprob.plotting.style import BLUE, GREY, RED
from deeprob.widgets import normalization_axes_explorer
from deeprob.widgets.normalization import sharing


def pictures() -> Iterator[tuple[str, Figure]]:
    yield "axes_explorer", _static(normalization_axes_explorer(), kind="group", groups=3, image=1, channel=4)
    yield "batchnorm_graph", _batchnorm_graph()
    yield "networks_opening", _networks_opening()
    yield "normalization_opening", _normalization_opening()


def _static(explorer: Any, **values: Any) -> Figure:
    figure = Figure(figsize=(explorer.width, explorer.height), layout="constrained")
    explorer.draw(figure, explorer.values | values)
    return figure


def _batchnorm_graph() -> Figure:
    """The nodes of batch norm, and the three ways back to x."""
    figure = Figure(figsize=(8, 2.5), layout="constrained")
    ax = figure.subplots()
    nodes = {"x": (0, 0), "μ": (1.3, -0.85), "x − μ": (2.6, 0), "σ²": (3.9, -0.85), "1 / √(σ² + ε)": (5.5, -0.85)}
    nodes |= {"x̂": (7, 0), "γ x̂ + β": (8.5, 0)}
    edges = [("x", "μ"), ("x", "x − μ"), ("μ", "x − μ"), ("x − μ", "σ²"), ("σ²", "1 / √(σ² + ε)")]
    edges += [("x − μ", "x̂"), ("1 / √(σ² + ε)", "x̂"), ("x̂", "γ x̂ + β")]
    boxes = {name: _box(ax, name, *place) for name, place in nodes.items()}
    look = {"arrowstyle": "-|>", "linewidth": 1.4, "shrinkA": 0, "shrinkB": 1}
    for start, end in edges:
        way = {**look, "color": BLUE, "patchA": boxes[start], "patchB": boxes[end]}
        ax.annotate("", nodes[end], nodes[start], arrowprops=way)
    back = {"directly": ((6.9, 0.3), (2.7, 0.3), 0.12), "through the variance": ((3.75, -1.1), (2.75, -0.25), -0.75)}
    back["through the mean"] = ((1.1, -1.05), (-0.05, -0.3), -0.4)
    for start, end, bend in back.values():
        way = {**look, "color": RED, "connectionstyle": f"arc3,rad={bend}"}
        ax.annotate("", end, start, arrowprops=way)
    words = {"color": RED, "fontsize": 9}
    ax.text(4.8, 0.72, "directly", ha="center", **words)
    ax.text(2.45, -1.2, "through the variance", ha="center", va="top", **words)
    ax.text(0.15, -1.2, "through the mean", ha="center", va="top", **words)
    ax.set(xlim=(-0.9, 9.4), ylim=(-1.55, 1.0))
    ax.axis("off")
    return figure


def _box(ax: Axes, name: str, x: float, y: float) -> FancyBboxPatch:
    wide = 0.055 * len(name) + 0.17
    box = FancyBboxPatch((x - wide, y - 0.17), 2 * wide, 0.34, boxstyle="round,pad=0.06", facecolor="#F2F2F2")
    box.set(edgecolor="#444444", zorder=3)
    ax.add_patch(box)
    ax.text(x, y, name, ha="center", va="center", fontweight="bold", zorder=4)
    return box


def _deep_net(depth: int, width: int, scale: float, normalize: bool) -> nn.Sequential:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    D = 64
    for _ in range(depth - 1):
        linear = nn.Linear(D, width)
        nn.init.normal_(linear.weight, std=scale * (2 / D) ** 0.5)
        nn.init.zeros_(linear.bias)
        layers += [linear, Normalization(norm.BatchNorm, width), nn.ReLU()] if normalize else [linear, nn.ReLU()]
        D = width
    return nn.Sequential(*layers, nn.Linear(D, 10))


def _train(net: nn.Module, X: torch.Tensor, y: torch.Tensor, rate: float, steps: int) -> None:
    optimizer, generator = torch.optim.SGD(net.parameters(), lr=rate), torch.Generator().manual_seed(0)
    for _ in range(steps):
        chosen = torch.randint(len(X), (100,), generator=generator)
        optimizer.zero_grad()
        functional.cross_entropy(net(X[chosen]), y[chosen]).backward()
        optimizer.step()


def _accuracy(net: nn.Module, x: torch.Tensor, y: torch.Tensor, size: int = 500) -> float:
    with torch.no_grad():
        answers = torch.cat([net(batch).argmax(1) for batch in x.split(size)])
    return 100 * float((answers == y).float().mean())


def _normalization_opening() -> Figure:
    part, held = split_validation(load("digits"), 0.2)
    mean = part.floats().flatten(1).mean(0)
    (X, y), (X_val, y_val), (X_test, y_test) = (
        (split.floats().flatten(1) - mean, split.labels) for split in (part, held, load("digits", "test"))
    )
    figure = Figure(figsize=(9, 5.3), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 1.1))
    left, right = top.subplots(1, 2)
    _scales(left, X)
    _modes(right, X, y, X_test, y_test)
    rates, scales, panels = (0.01, 0.1, 0.3, 1, 3), (0.25, 0.5, 1, 2, 4), ("with batch norm", "without")
    live = plotting.LiveGrid("", rows=rates, columns=scales, panels=panels)
    for name, rate, scale in live.runs():
        net = _deep_net(8, 50, scale, name == panels[0])
        _train(net, X, y, rate, 60)
        live.add(name, rate, scale, _accuracy(net.eval(), X_val, y_val))
    live.draw(bottom)
    bottom.suptitle("Fifty runs: validation accuracy (%)", x=0.01, ha="left", fontsize=11, fontweight="bold")
    return figure


def _scales(ax: Axes, X: torch.Tensor) -> None:
    curves: dict[str, list[float]] = {}
    for normalize in (True, False):
        a, found = X, []
        with torch.no_grad():
            for layer in _deep_net(20, 64, 0.5, normalize):
                a = layer(a)
                if isinstance(layer, nn.ReLU):
                    found.append(float(a.std()))
        curves["with batch norm" if normalize else "without"] = found
    plotting.layer_scales(curves, title="What arrives in twenty layers", ylabel="standard deviation", ax=ax)
    ax.legend(loc="lower left")


def _modes(ax: Axes, X: torch.Tensor, y: torch.Tensor, X_test: torch.Tensor, y_test: torch.Tensor) -> None:
    net, sizes = _deep_net(4, 64, 1.0, True), (1, 2, 4, 8, 16, 32, 64, 128)
    _train(net, X, y, 0.3, 300)
    for name, mode, style in (("test mode", False, "o-"), ("train mode", True, "s-")):
        asked = copy.deepcopy(net).train(mode)
        ax.plot(sizes, [_accuracy(asked, X_test, y_test, size) for size in sizes], style, label=name)
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set(title="One network, two modes", xlabel="images in a batch", ylabel="test accuracy (%)")
    ax.legend(loc="lower right")


def _networks_opening() -> Figure:
    figure = Figure(figsize=(9, 3.9), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 1.05))
    kinds = {"batch norm": "batch", "layer norm": "layer", "instance norm": "instance", "group norm": "group"}
    for ax, (name, kind) in zip(top.subplots(1, 4), kinds.items(), strict=True):
        plotting.draw_cube(ax, sharing(kind, 2, 0, 4))
        ax.set_title(name, loc="center")
    names = ("china.jpg", "flower.jpg")
    pagoda, flower = (torch.tensor(load_sample_image(name)).permute(2, 0, 1)[None] / 255 for name in names)
    pagoda, flower = pagoda[..., :420, :560], flower[..., :420, :560]
    spread, middle = flower.std((0, 2, 3)), flower.mean((0, 2, 3))
    swapped, _ = norm.InstanceNorm.forward(pagoda, spread, middle, {})
    dark = (0.25 * pagoda + torch.tensor([0.3, 0.1, 0.0]).view(1, 3, 1, 1)).clamp(0, 1)
    even, _ = norm.InstanceNorm.forward(dark, torch.full((3,), 0.22), torch.full((3,), 0.5), {})
    shown = {"badly lit": dark, "after instance norm": even, "a flower": flower, "its colours, passed on": swapped}
    for ax, (name, image) in zip(bottom.subplots(1, 4), shown.items(), strict=True):
        ax.imshow(image[0].permute(1, 2, 0).clamp(0, 1).numpy())
        ax.axis("off")
        ax.set_title(name, fontsize=10, fontweight="normal", color=GREY)
    return figure
