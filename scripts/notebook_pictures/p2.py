"""The pictures of the P2 notebooks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from autograder.reference.exercises import fully_connected_networks as fc
from autograder.reference.exercises import two_layer_net
from deeprob import plotting
from deeprob.datasets import load, split_validation
from deeprob.plotting.style import BLUE, COLOURS, DIVERGING, RED
from deeprob.solver import Solver, SolverError
from deeprob.widgets import SURFACES, computation_graph_explorer, dropout_explorer, optimizer_explorer

Data = dict[str, torch.Tensor]


def pictures() -> Iterator[tuple[str, Figure]]:
    yield "computation_graph", _explorer(computation_graph_explorer(), 8.0, 3.8)
    yield "optimizer_race", _explorer(optimizer_explorer(), 8.6, 3.6)
    yield "dropout", _explorer(dropout_explorer(), 8.2, 3.4)
    yield "two_layer_opening", _two_layer_opening()
    yield "fully_connected_opening", _fully_connected_opening()
    yield "optimizers_opening", _optimizers_opening()


def _explorer(explorer: Any, width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    explorer.draw(figure, explorer.values)
    return figure


def _digits() -> Data:
    part, held = split_validation(load("digits"), 0.2)
    mean = part.floats().flatten(1).mean(0)
    data = {"X_train": part.floats().flatten(1) - mean, "y_train": part.labels}
    return data | {"X_val": held.floats().flatten(1) - mean, "y_val": held.labels}


def _two_layer_opening() -> Figure:
    figure = Figure(figsize=(9, 4.9), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 1))
    _regions(top)
    left, right = bottom.subfigures(1, 2, width_ratios=(1, 1.05))
    data = _digits()
    torch.manual_seed(0)
    net = two_layer_net.TwoLayerNet(64, 40, 10, std=0.1)
    net.train(*data.values(), learning_rate=1.0, learning_rate_decay=0.98, reg=1e-4, num_iters=1000, batch_size=100)
    for ax, weight in zip(left.subplots(4, 5).flat, net.params["W1"].T.reshape(-1, 8, 8), strict=False):
        limit = float(weight.abs().max())
        ax.imshow(weight, cmap=DIVERGING, vmin=-limit, vmax=limit)
        ax.axis("off")
    left.suptitle("What hidden units look for", x=0.02, ha="left", fontsize=11, fontweight="bold")
    _search(right, data)
    return figure


def _regions(part: Any) -> None:
    torch.manual_seed(0)
    ring = torch.arange(120) % 2
    radius, angle = torch.tensor([0.6, 2.0])[ring], torch.rand(120) * 2 * math.pi
    points = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1) + 0.25 * torch.randn(120, 2)
    for ax, H in zip(part.subplots(1, 3, sharey=True), (1, 3, 16), strict=True):
        torch.manual_seed(0)
        net = two_layer_net.TwoLayerNet(2, H, 2, std=0.5)
        net.train(points, ring, points, ring, learning_rate=0.3, learning_rate_decay=1.0, num_iters=1500)
        title = f"{H} hidden unit{'s' if H > 1 else ''}"
        plotting.decision_regions(net.predict, points, ring, title=title, ax=ax)
        ax.label_outer()


def _search(part: Any, data: Data) -> None:
    torch.manual_seed(1)
    tries = []
    for _ in range(30):
        u = torch.rand(2).tolist()
        rate, hidden = 10 ** (-1 + 2 * u[0]), round(2 ** (2 + 5 * u[1]))
        tries.append((rate, hidden))
    accuracies = []
    for rate, hidden in tries:
        torch.manual_seed(0)
        one = ([rate], [hidden], [1e-4], [0.95])
        accuracies.append(100 * two_layer_net.find_best_net(data, lambda one=one: one)[2])
    best = max(range(30), key=accuracies.__getitem__)
    axes = part.subplots(1, 2, sharey=True)
    for ax, column, name in zip(axes, (0, 1), ("learning rate", "hidden units"), strict=True):
        places = [t[column] for t in tries]
        ax.plot(places, accuracies, "o", color=COLOURS[5], markeredgecolor=BLUE, alpha=0.8)
        ax.plot(places[best], accuracies[best], "D", color=RED)
        ax.set_xscale("log", base=10 if column == 0 else 2)
        ax.set(xlabel=name)
    axes[1].xaxis.set_major_formatter("{x:g}")
    axes[0].set_ylabel("validation accuracy (%)")
    part.suptitle("Thirty random tries", x=0.02, ha="left", fontsize=11, fontweight="bold")


def _fully_connected_opening() -> Figure:
    figure = Figure(figsize=(9, 4.9), layout="constrained")
    axes = figure.subplot_mosaic([["chain", "chain"], ["fifty", "focal"]], height_ratios=(1, 1.5))
    _chain(axes["chain"])
    data = _digits()
    few = {**data, "X_train": data["X_train"][:50], "y_train": data["y_train"][:50]}
    scales = torch.logspace(-2, 0, 13).tolist()
    for depth, rate, style in ((3, 0.5, "o-"), (5, 0.2, "s--")):
        reached = [_learned(few, depth, scale, rate) for scale in scales]
        axes["fifty"].plot(scales, reached, style, label=f"{depth} layers")
    axes["fifty"].set_xscale("log")
    axes["fifty"].set(title="Fifty images by heart", xlabel="scale of the first weights", ylabel="accuracy (%)")
    axes["fifty"].legend()
    q = torch.linspace(0.02, 0.999, 200, dtype=torch.float64)
    scores = torch.stack([(q / (1 - q)).log(), torch.zeros_like(q)], dim=1)
    for gamma, style in zip((0, 1, 2, 5), ("-", "--", "-.", ":"), strict=True):
        losses = [float(fc.focal_loss(row[None], torch.tensor([0]), gamma)[0]) for row in scores]
        axes["focal"].plot(q, losses, style, label=f"γ = {gamma}")
    axes["focal"].set(title="Focal loss", xlabel="probability of the true class", ylabel="loss", ylim=(0, 3))
    axes["focal"].legend()
    return figure


def _learned(few: Data, depth: int, scale: float, rate: float) -> float:
    torch.manual_seed(0)
    net = fc.FullyConnectedNet((depth - 1) * [100], 64, 10, weight_scale=scale)
    solver = Solver(net, few, fc.sgd, {"learning_rate": rate}, num_epochs=20, batch_size=25, verbose=False)
    try:
        solver.train()
    except SolverError:  # diverged
        return 0.0
    return 100 * max(solver.train_acc_history)


def _chain(ax: Axes) -> None:
    """Layers as boxes, forward arrows above, backward arrows below."""
    names = ("Linear", "ReLU", "Linear", "ReLU", "Linear", "loss")
    for i, name in enumerate(names):
        box = FancyBboxPatch((i + 0.24, -0.2), 0.52, 0.4, boxstyle="round,pad=0.06", facecolor="#F2F2F2")
        box.set(edgecolor="#444444")
        ax.add_patch(box)
        ax.text(i + 0.5, 0, name, ha="center", va="center", fontweight="bold")
    for i in range(len(names)):
        forward = {"arrowstyle": "-|>", "color": BLUE, "linewidth": 1.6}
        ax.annotate("", (i + 0.2, 0.12), (i - 0.2, 0.12), arrowprops=forward)
        if i:
            backward = {"arrowstyle": "-|>", "color": RED, "linewidth": 1.6}
            ax.annotate("", (i - 0.2, -0.12), (i + 0.2, -0.12), arrowprops=backward)
    ax.text(-0.24, 0.12, "images", ha="right", va="center", color=BLUE)
    ax.text(3, 0.42, "forward: values, and a cache for later", ha="center", color=BLUE)
    ax.text(3, -0.56, "backward: gradients, layer by layer", ha="center", color=RED)
    ax.set(xlim=(-0.9, 6.1), ylim=(-0.7, 0.65), title="A network is a chain of layers")
    ax.axis("off")


def _optimizers_opening() -> Figure:
    figure = Figure(figsize=(9, 5.0), layout="constrained")
    axes = figure.subplot_mosaic([["race", "loss"], ["noisy", "noisy"]], height_ratios=(1.15, 1))
    ravine = SURFACES["ravine"]
    rules: dict[str, tuple[Callable[..., Any], float, float]] = {
        "SGD": (fc.sgd, 0.1, 0.05),
        "momentum": (fc.sgd_momentum, 0.1, 0.05),
        "RMSProp": (fc.rmsprop, 0.2, 0.001),
        "Adam": (fc.adam, 0.2, 0.001),
    }
    paths = {}
    for name, (rule, rate, _) in rules.items():
        w, config, places = torch.tensor(ravine.start, dtype=torch.float64), {"learning_rate": rate}, []
        for _ in range(60):
            places.append(w)
            w, config = rule(w, ravine.gradient(w), config)
        paths[name] = torch.stack(places)
    plotting.descent_paths(
        ravine.height, paths, title="Down a ravine", extent=ravine.extent, lowest=(0, 0), ax=axes["race"]
    )
    axes["race"].legend(fontsize=8, loc="lower left")
    plotting.learning_curves(_race(rules), title="Six layers on shapes", ylabel="loss", ax=axes["loss"])
    axes["loss"].get_legend().remove()
    plotting.epoch_curves(_noisy(), title="Digits with wrong labels", low=50, ax=axes["noisy"])
    axes["noisy"].legend(loc="lower right", ncols=2)
    return figure


def _race(rules: dict[str, tuple[Callable[..., Any], float, float]]) -> dict[str, list[float]]:
    part, held = split_validation(load("shapes").first(4000), 0.2)
    mean = part.floats().mean(0)
    data = {"X_train": part.floats() - mean, "y_train": part.labels}
    data |= {"X_val": held.floats() - mean, "y_val": held.labels}
    histories = {}
    for name, (rule, _, rate) in rules.items():
        torch.manual_seed(0)
        net = fc.FullyConnectedNet(5 * [128], weight_scale=0.05)
        solver = Solver(net, data, rule, {"learning_rate": rate}, num_epochs=8, verbose=False)
        solver.train()
        histories[name] = solver.loss_history
    return histories


def _noisy() -> dict[str, tuple[list[float], list[float]]]:
    data = _digits()
    torch.manual_seed(0)
    redrawn = torch.rand(len(data["y_train"])) < 0.3
    data["y_train"] = torch.where(redrawn, torch.randint(10, redrawn.shape), data["y_train"])
    found = {}
    for p in (0.0, 0.5):
        torch.manual_seed(0)
        net = fc.FullyConnectedNet([256, 256], 64, 10, weight_scale=0.1, dropout=p)
        solver = Solver(net, data, fc.adam, {"learning_rate": 1e-3}, num_epochs=60, verbose=False)
        solver.train()
        found["without dropout" if p == 0 else "dropout 0.5"] = solver.train_acc_history, solver.val_acc_history
    return found
