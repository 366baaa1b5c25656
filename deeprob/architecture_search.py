"""Looks for a network by trying: cells, how to draw and change them, and two ways to search under a budget.

A cell is a small graph of four nodes. Node 0 is the input, node 3 the output, and each node is the sum of what the
edges from the earlier nodes bring. On each of the six edges one of five operations is done, so a cell is six words:

    cell = ("conv3", "skip", "conv1", "none", "none", "conv3")   # the edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3
    net = decode(cell)                                           # stem, three stages of this cell, average, scores

There are 5 ** 6 = 15,625 cells. Searches ask `evaluate(cell)` how good one is, which trains it, and never look at a
cell that takes more multiply-adds than the budget.

Source: the space is that of Dong and Yang, "NAS-Bench-201", 2020; the evolution is that of Real and others,
"Regularized evolution for image classifier architecture search", 2019.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

__all__ = [
    "EDGES", "OPERATIONS", "Cell", "CellModule", "Trial", "count_multiply_adds", "count_parameters", "decode",
    "evolutionary_search", "is_connected", "mutated", "random_cell", "random_search",
]  # fmt: skip

Cell = tuple[str, ...]

OPERATIONS = ("none", "skip", "pool3", "conv1", "conv3")
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
NODES = 4


@dataclass(frozen=True)
class Trial:
    """One cell that was tried.

    Attributes:
        multiply_adds: of its network, for an image.
        accuracy: on the validation images, in percent.
        parent: number of the trial that it is a child of, counted from 0; None for a cell drawn at random.
    """

    cell: Cell
    multiply_adds: int
    accuracy: float
    parent: int | None = None


def random_cell(rng: random.Random) -> Cell:
    """A connected cell, each as likely as any other."""
    while True:
        cell = tuple(rng.choice(OPERATIONS) for _ in EDGES)
        if is_connected(cell):
            return cell


def mutated(cell: Cell, rng: random.Random) -> Cell:
    """The cell with another operation on one of its edges, and connected still."""
    while True:
        edge = rng.randrange(len(EDGES))
        operation = rng.choice([o for o in OPERATIONS if o != cell[edge]])
        child = (*cell[:edge], operation, *cell[edge + 1 :])
        if is_connected(child):
            return child


def is_connected(cell: Cell) -> bool:
    """Whether anything of the input reaches the output."""
    reached = {0}
    for (start, end), operation in zip(EDGES, cell, strict=True):  # edges come in the order of their ends
        if start in reached and operation != "none":
            reached.add(end)
    return NODES - 1 in reached


class CellModule(nn.Module):
    """A cell as a layer (N, C, H, W) -> (N, C, H, W). A convolution is followed by batch norm, a node by a ReLU."""

    def __init__(self, cell: Cell, channels: int) -> None:
        super().__init__()
        self.cell = cell
        self.edges = nn.ModuleList(_operation(name, channels) for name in cell)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        nodes: list[torch.Tensor | None] = [x, None, None, None]
        for (start, end), name, edge in zip(EDGES, self.cell, self.edges, strict=True):
            source = nodes[start]
            if name == "none" or source is None:
                continue
            brought = edge(source.relu() if start else source)
            nodes[end] = brought if nodes[end] is None else nodes[end] + brought
        out = nodes[-1]
        return (torch.zeros_like(x) if out is None else out).relu()


def decode(
    cell: Cell, channels: int = 16, cells_per_stage: int = 1, num_classes: int = 10, stem_stride: int = 2
) -> nn.Sequential:
    """The network of a cell: a 3x3 convolution, three stages of cells, and an average.

    Args:
        cell: six operations.
        channels: of the first stage; the second has twice, the third four times as many, at half the size each.
        cells_per_stage: how often the cell is repeated.
        num_classes: how many scores.
        stem_stride: of the first convolution; 2 makes everything four times as cheap.
    """
    stages: list[tuple[str, nn.Module]] = [("stem", _conv(3, channels, stem_stride))]
    for number in (1, 2, 3):
        width = channels * 2 ** (number - 1)
        if number > 1:
            stages.append((f"reduce{number}", _conv(width // 2, width, 2)))
        stages.append((f"stage{number}", nn.Sequential(*(CellModule(cell, width) for _ in range(cells_per_stage)))))
    net = nn.Sequential()
    for name, module in stages:
        net.add_module(name, module)
    net.add_module("pool", nn.AdaptiveAvgPool2d(1))
    net.add_module("row", nn.Flatten())
    net.add_module("head", nn.Linear(4 * channels, num_classes))
    return net


def count_multiply_adds(net: nn.Module, shape: tuple[int, ...] = (3, 32, 32)) -> int:
    """Multiply-adds of the convolutions and linear layers for one image."""
    counter, mode = FlopCounterMode(display=False), net.training
    with torch.no_grad(), counter:
        net.eval()(torch.zeros(1, *shape))
    net.train(mode)
    return int(counter.get_total_flops()) // 2


def count_parameters(net: nn.Module) -> int:
    """How many numbers a network learns."""
    return sum(p.numel() for p in net.parameters())


def random_search(
    evaluate: Callable[[Cell], float],
    trials: int,
    budget: int,
    *,
    seed: int = 0,
    watch: Callable[[Trial], None] = lambda trial: None,
    cost: Callable[[Cell], int] = lambda cell: count_multiply_adds(decode(cell)),
) -> list[Trial]:
    """Try cells drawn at random, none of them twice.

    Args:
        evaluate: cell -> accuracy in percent.
        trials: how many cells to evaluate.
        budget: the most multiply-adds a cell's network may take.
        seed: which draw.
        watch: called after each trial.
        cost: cell -> multiply-adds.
    """
    rng, found, seen = random.Random(seed), [], set[Cell]()
    while len(found) < trials:
        cell = random_cell(rng)
        if cell not in seen and cost(cell) <= budget:
            found.append(Trial(cell, cost(cell), evaluate(cell)))
            watch(found[-1])
        seen.add(cell)
    return found


def evolutionary_search(
    evaluate: Callable[[Cell], float],
    trials: int,
    budget: int,
    *,
    population: int = 8,
    sample: int = 3,
    seed: int = 0,
    watch: Callable[[Trial], None] = lambda trial: None,
    cost: Callable[[Cell], int] = lambda cell: count_multiply_adds(decode(cell)),
) -> list[Trial]:
    """Begin with cells drawn at random; then again and again let the best of a few have a child, and the oldest die.

    Args:
        population: how many cells live at a time.
        sample: how many of them are drawn, of which the best is the parent.

    The others are as in `random_search`; the first `population` trials are random.
    """
    rng = random.Random(seed)
    found = random_search(evaluate, min(population, trials), budget, seed=seed, watch=watch, cost=cost)
    seen, alive = {trial.cell for trial in found}, list(range(len(found)))
    while len(found) < trials:
        parent = max(rng.sample(alive, min(sample, len(alive))), key=lambda number: found[number].accuracy)
        child = mutated(found[parent].cell, rng)
        while child in seen or cost(child) > budget:
            child = mutated(child, rng)
        seen.add(child)
        found.append(Trial(child, cost(child), evaluate(child), parent))
        watch(found[-1])
        alive = [*alive[1:], len(found) - 1]
    return found


def _conv(c_in: int, c_out: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    convolution = nn.Conv2d(c_in, c_out, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(c_out), nn.ReLU())


def _operation(name: str, channels: int) -> nn.Module:
    if name in ("conv1", "conv3"):
        return _conv(channels, channels, kernel=int(name[-1]))[:2]
    if name == "pool3":
        return nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    if name in ("skip", "none"):
        return nn.Identity()
    raise ValueError(f"there is no operation {name!r}, only {', '.join(OPERATIONS)}")
