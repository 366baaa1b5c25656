"""The opening pictures of the P5 notebooks about networks: architectures, transfer learning, architecture search."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import torch
from matplotlib.figure import Figure

from autograder.reference.exercises import architectures as arch
from deeprob import plotting
from deeprob.architecture_search import EDGES, OPERATIONS, count_multiply_adds, decode, random_cell
from deeprob.datasets import load
from deeprob.models import small_resnet
from deeprob.plotting.architecture_search import draw_cell
from deeprob.plotting.style import BLUE, COLOURS, RED
from deeprob.training import accuracy, train
from deeprob.transfer import digits_task, shapes_task, trained_network, untrained_network


def pictures() -> Iterator[tuple[str, Figure]]:
    yield "architectures_opening", _architectures_opening()
    yield "search_opening", _search_opening()
    yield "transfer_opening", _transfer_opening()


def _architectures_opening() -> Figure:
    """Losses of deep networks with and without a shortcut, and the published networks."""
    figure = Figure(figsize=(11.5, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.75))
    split = load("digits")
    X, y = (split.floats() - 0.5).expand(-1, 3, -1, -1).contiguous(), split.labels
    for colour, block, word in ((RED, arch.PlainBlock, "plain"), (BLUE, arch.ResidualBlock, "residual")):
        torch.manual_seed(0)
        net = small_resnet(block, 7, (8, 16, 32))
        losses = train(net, X, y, epochs=6, batch_size=32, learning_rate=0.05, verbose=False).losses
        left.plot(losses, color=colour, alpha=0.25, linewidth=0.8)
        left.plot(np.arange(19, len(losses)), np.convolve(losses, np.ones(20) / 20, "valid"), color=colour, label=word)
    left.set(title="44 layers on handwriting", xlabel="iteration", ylabel="training loss")
    left.legend(loc="lower left")
    plotting.complexity_chart(
        plotting.published_bubbles(), title="What each generation bought", size=(7.2, 4.2), ax=right
    )
    return figure


def _search_opening() -> Figure:
    """Three cells, and the costs of three hundred."""
    figure = Figure(figsize=(10, 2.7), layout="constrained")
    axes = figure.subplots(1, 4, width_ratios=(1, 1, 1, 1.15))
    rng = random.Random(7)
    cells = [random_cell(rng) for _ in range(300)]
    for ax, cell, title in zip(axes, cells, ("a cell", "another", "a third"), strict=False):
        draw_cell(ax, cell, title=title)
    costs = [count_multiply_adds(decode(cell, 4, stem_stride=1), (3, 8, 8)) / 1000 for cell in cells]
    axes[3].hist(costs, bins=20, color=COLOURS[0])
    axes[3].axvline(75, color=RED, linestyle="--", linewidth=1.2)
    total = len(OPERATIONS) ** len(EDGES)
    axes[3].set(title=f"{total:,} of them, and a budget", xlabel="thousand multiply-adds", ylabel="cells of 300")
    return figure


def _transfer_opening() -> Figure:
    """The table of the notebook, as measured."""
    figure = Figure(figsize=(9.6, 2.6), layout="constrained")
    axes = figure.subplots(1, 4, sharey=True)
    panels = [("similar, ten a class", shapes_task().first(10), 40, 16), ("similar, all", shapes_task(), 3, 50)]
    panels += [("different, ten a class", digits_task().first(10), 40, 16), ("different, all", digits_task(), 6, 50)]
    for ax, (title, task, epochs, size) in zip(axes, panels, strict=True):
        reached = {}
        for way, rate in (("probe", 0.05), ("last\nstage", 0.02), ("all", 0.02), ("scratch", 0.05)):
            torch.manual_seed(0)
            net = _start(way, len(task.classes))
            arch.fine_tune(net, task.X, task.y, epochs=epochs, batch_size=size, learning_rate=rate)
            reached[way] = accuracy(net, task.X_test, task.y_test)
        bars = ax.bar(list(reached), list(reached.values()), color=COLOURS[:4], width=0.65)
        ax.bar_label(bars, fmt="%.0f", padding=1, fontsize=8)
        ax.grid(axis="x", visible=False)
        ax.tick_params(axis="x", labelsize=8)
        ax.set(ylim=(0, 112), yticks=(0, 25, 50, 75, 100))
        ax.set_title(title, fontsize=9.5)
    axes[0].set_ylabel("test accuracy (%)")
    return figure


def _start(way: str, classes: int) -> torch.nn.Module:
    if way == "scratch":
        return untrained_network(classes)
    if way == "probe":
        return arch.linear_probe(trained_network(), classes)
    net = arch.replace_head(trained_network(), classes)
    if way != "all":
        arch.freeze(net, "stage2")
    return net
