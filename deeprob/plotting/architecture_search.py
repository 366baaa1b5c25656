"""Pictures of architecture search: cells as graphs, and a search that can be watched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from deeprob.architecture_search import EDGES, Cell, Trial
from deeprob.plotting.live import LivePicture
from deeprob.plotting.style import BLUE, COLOURS, GREEN, MARKERS, ORANGE, PINK, RED, STYLE, figure

__all__ = ["LiveTrials", "cell_graphs", "draw_cell"]

_PLACES = {0: (0.0, 0.0), 1: (1.0, 0.75), 2: (2.0, -0.75), 3: (3.0, 0.0)}
_INKS = {"conv3": BLUE, "conv1": GREEN, "pool3": ORANGE, "skip": PINK}
_BENDS = {(0, 2): 0.2, (1, 3): -0.2}
_LABELS = {(0, 3): 0.72, (1, 2): 0.28}  # how far along an edge its word stands, where the middle is taken


def cell_graphs(cells: dict[str, Cell], *, title: str) -> None:
    """Cells side by side, each as its four nodes and the operations between them; name -> cell."""
    words = "; ".join(f"{name}: {_in_words(cell)}" for name, cell in cells.items())
    size = {"columns": len(cells), "squeeze": False}
    with figure(3.0 * len(cells) + 0.3, 2.2, alt=f"{title}: {words}", **size) as axes:
        for ax, (name, cell) in zip(axes[0], cells.items(), strict=True):
            draw_cell(ax, cell, title=name)
        axes[0, 0].figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")


def draw_cell(ax: Axes, cell: Cell, *, title: str = "") -> None:
    """One cell in a panel; edges without an operation are left out."""
    for edge, operation in zip(EDGES, cell, strict=True):
        if operation == "none":
            continue
        start, end = (_PLACES[node] for node in edge)
        look = {"arrowstyle": "-|>", "color": _INKS[operation], "linewidth": 1.6, "shrinkA": 8, "shrinkB": 8}
        bend = _BENDS.get(edge, 0.0)
        ax.annotate("", end, start, arrowprops={**look, "connectionstyle": f"arc3,rad={bend}"})
        # in its middle an arc is half its rad to the right of the straight way
        dx, dy, part = end[0] - start[0], end[1] - start[1], _LABELS.get(edge, 0.5)
        x, y = start[0] + part * dx + bend * dy / 2, start[1] + part * dy - bend * dx / 2
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        ax.text(x, y, operation, fontsize=7.5, color=_INKS[operation], ha="center", va="center", bbox=box, zorder=3)
    for node, (x, y) in _PLACES.items():
        text = {0: "in", 3: "out"}.get(node, str(node))
        ax.plot(x, y, "o", color="#F2F2F2", markeredgecolor="#444444", markersize=17, zorder=4)
        ax.text(x, y, text, fontsize=7.5, ha="center", va="center", zorder=5)
    ax.set(xlim=(-0.45, 3.45), ylim=(-1.25, 1.25))
    ax.set_title(title, fontsize=9.5, fontweight="normal")
    ax.axis("off")


def _in_words(cell: Cell) -> str:
    parts = [f"{a} to {b} {operation}" for (a, b), operation in zip(EDGES, cell, strict=True) if operation != "none"]
    return ", ".join(parts)


class LiveTrials(LivePicture):
    """Searches as they run: each trial and the best so far, and what each cell costs.

        with plotting.LiveTrials("Title", budget=75_000) as live:
            random_search(evaluate, 30, 75_000, watch=live.watch("random"))

    Attributes:
        searches: name -> its trials, in order.
    """

    def __init__(self, title: str, budget: int) -> None:
        super().__init__(title)
        self.budget = budget
        self.searches: dict[str, list[Trial]] = {}

    def watch(self, name: str) -> Any:
        """A function that notes a trial of this search, and draws all, unless that was done a moment ago."""
        trials = self.searches.setdefault(name, [])

        def note(trial: Trial) -> None:
            trials.append(trial)
            self.redraw()

        return note

    def has_results(self) -> bool:
        return any(self.searches.values())

    def describe(self) -> str:
        parts = [
            f"{name} best {max(t.accuracy for t in trials):.1f} % of {len(trials)} cells"
            for name, trials in self.searches.items()
            if trials
        ]
        return f"{self.title}: {'; '.join(parts) or 'no trial yet'}"

    def figure(self) -> Figure:
        with matplotlib.rc_context(STYLE):
            fig = Figure(figsize=(8.6, 3.1), layout="constrained")
            left, right = fig.subplots(1, 2, sharey=True)
            for (name, trials), colour, marker in zip(self.searches.items(), COLOURS, MARKERS, strict=False):
                self._draw(left, right, name, trials, colour, marker)
            right.axvline(self.budget, color=RED, linestyle="--", linewidth=1.2)
            where = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "ha": "right"}
            right.annotate("budget", (self.budget, 0.02), (-4, 0), fontsize=8, color=RED, **where)
            left.set(xlabel="trial", ylabel="validation accuracy (%)")
            right.set(xlabel="multiply-adds for one image")
            right.xaxis.set_major_formatter(lambda x, _: f"{x / 1000:g} k")
            left.xaxis.set_major_locator(MaxNLocator(integer=True))
            left.legend(loc="lower right", fontsize=8)
            fig.suptitle(self.title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        return fig

    def _draw(self, left: Axes, right: Axes, name: str, trials: Sequence[Trial], colour: str, marker: str) -> None:
        values = [t.accuracy for t in trials]
        best = [max(values[: k + 1]) for k in range(len(values))]
        numbers = range(1, len(values) + 1)
        look = {"linestyle": "", "marker": marker, "markersize": 4, "color": colour, "alpha": 0.45}
        left.plot(numbers, values, **look)
        left.step(numbers, best, where="post", color=colour, label=f"{name}: best so far")
        right.plot([t.multiply_adds for t in trials], values, **look)
