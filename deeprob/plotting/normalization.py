"""Pictures of normalization: the cube of an activation, scales from layer to layer, a grid of runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator

from deeprob.plotting.live import LivePicture
from deeprob.plotting.style import COLOURS, GREY, MARKERS, SEQUENTIAL, STYLE, array, panel

__all__ = ["LiveGrid", "draw_cube", "layer_scales"]

_DEPTH = (0.5, 0.36)  # how far right and up one step into the picture goes

Point = tuple[float, float]


def draw_cube(ax: Axes, shared: Any, *, colours: Sequence[str] = ("#0072B2", "#56B4E9", "#004B76")) -> None:
    """An activation (N, C, HW) as a cube of glass in which some cells are solid: those that share a mean.

    Args:
        shared: (N, C, HW), True for solid cells.
        colours: front, top and right side of a solid cell.
    """
    cells = array(shared).astype(bool)
    N, C, P = cells.shape
    for at in ({"n": N}, {"h": 0}, {"c": 0}):  # behind the solid cells
        _draw_face(ax, cells.shape, at, alpha=0.55)
    for n in range(N - 1, -1, -1):
        for p in range(P - 1, -1, -1):  # place 0 is at the top
            for c in np.flatnonzero(cells[n, :, p]):
                _draw_cell(ax, n, int(c), P - 1 - p, colours)
    for at in ({"n": 0}, {"h": P}, {"c": C}):
        _draw_face(ax, cells.shape, at, alpha=0.3)
    middle_of_depth = _point(N / 2, C, 0)
    words = {"fontsize": 8.5, "color": GREY}
    ax.text(C / 2, -0.25, "C channels", ha="center", va="top", **words)
    ax.text(-0.25, P / 2, "H · W places", ha="right", va="center", rotation=90, **words)
    ax.text(middle_of_depth[0] + 0.3, middle_of_depth[1] - 0.1, "N images", ha="left", va="top", **words)
    right, top = _point(N, C, P)
    ax.set(xlim=(-1.0, right + 1.4), ylim=(-1.1, top + 0.2), aspect="equal")
    ax.axis("off")


def _point(n: float, c: float, h: float) -> Point:
    return c + n * _DEPTH[0], h + n * _DEPTH[1]


def _draw_face(ax: Axes, shape: tuple[int, ...], at: Mapping[str, int], alpha: float) -> None:
    """The lines of the grid on one side of the cube."""
    ends = dict(zip("nch", shape, strict=True))
    first, second = (axis for axis in "nch" if axis not in at)
    for along, across in ((first, second), (second, first)):
        for k in range(ends[across] + 1):
            line = [_point(**{**at, across: k, along: end}) for end in (0, ends[along])]
            ax.plot(*zip(*line, strict=True), color="#A8A8A8", linewidth=0.6, alpha=alpha)


def _draw_cell(ax: Axes, n: int, c: int, h: int, colours: Sequence[str]) -> None:
    corners = {
        "front": ((n, c, h), (n, c + 1, h), (n, c + 1, h + 1), (n, c, h + 1)),
        "top": ((n, c, h + 1), (n, c + 1, h + 1), (n + 1, c + 1, h + 1), (n + 1, c, h + 1)),
        "side": ((n, c + 1, h), (n + 1, c + 1, h), (n + 1, c + 1, h + 1), (n, c + 1, h + 1)),
    }
    for face, colour in zip(corners.values(), colours, strict=True):
        places = [_point(*corner) for corner in face]
        ax.add_patch(Polygon(places, facecolor=colour, edgecolor="white", linewidth=0.5, zorder=2))


def layer_scales(
    scales: Mapping[str, Sequence[float]], *, title: str, ylabel: str, height: float = 3.0, ax: Axes | None = None
) -> None:
    """A size for each layer, such as the standard deviation of what it gives, on a logarithmic axis.

    Args:
        scales: name of the network -> a number for layer 1, 2, ...; the layer of the first is at the left.
    """
    ends = ", ".join(f"{name} from {values[0]:.2g} to {values[-1]:.2g}" for name, values in scales.items())
    with panel(ax, 7.2, height, f"{title}: {ends}") as ax:
        for (name, values), colour, marker in zip(scales.items(), COLOURS, MARKERS, strict=False):
            layers = range(1, len(values) + 1)
            shown = [v if v > 0 and np.isfinite(v) else np.nan for v in values]
            ax.plot(layers, shown, color=colour, marker=marker, markersize=4, label=name)
        ax.set_yscale("log")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set(title=title, xlabel="layer", ylabel=ylabel)
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))


class LiveGrid(LivePicture):
    """Accuracies over two settings, for a few kinds of network side by side; drawn anew as runs end.

        with plotting.LiveGrid("Title", rows=rates, columns=scales, panels=("without", "with")) as live:
            live.add("without", rates[0], scales[0], 83.2)

    Args:
        title: the picture's title.
        rows, columns: the values of the settings; the first row is at the bottom.
        panels: the kinds of network.
        names: of the two settings, rows and columns.

    Attributes:
        values: panel -> (rows, columns), in percent; NaN where no run has ended yet.
    """

    def __init__(
        self,
        title: str,
        *,
        rows: Sequence[float],
        columns: Sequence[float],
        panels: Sequence[str],
        names: tuple[str, str] = ("learning rate", "scale of the first weights"),
    ) -> None:
        super().__init__(title)
        self.rows, self.columns, self.names = list(rows), list(columns), names
        self.values = {name: np.full((len(self.rows), len(self.columns)), np.nan) for name in panels}

    def add(self, name: str, row: float, column: float, accuracy: float) -> None:
        """Note one run, and draw the grid, unless it was drawn a moment ago."""
        self.values[name][self.rows.index(row), self.columns.index(column)] = accuracy
        self.redraw()

    def runs(self) -> Iterator[tuple[str, float, float]]:
        """All (panel, row, column), one after the other."""
        for name in self.values:
            for row in self.rows:
                for column in self.columns:
                    yield name, row, column

    def has_results(self) -> bool:
        return any(not np.isnan(values).all() for values in self.values.values())

    def describe(self) -> str:
        parts = []
        for name, values in self.values.items():
            done = values[~np.isnan(values)]
            if done.size:
                parts.append(f"{name} best {done.max():.0f} %, above 80 % in {(done > 80).sum()} of {done.size} runs")
        return f"{self.title}: {'; '.join(parts) or 'no run has ended yet'}"

    def figure(self) -> Figure:
        with matplotlib.rc_context(STYLE):
            wide, high = 0.55 * len(self.columns) + 0.35, 0.34 * len(self.rows) + 1.1
            fig = Figure(figsize=(wide * len(self.values) + 1.1, high), layout="constrained")
            self.draw(fig)
            fig.suptitle(self.title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        return fig

    def draw(self, fig: Any) -> None:
        """The panels, in a figure or a part of one."""
        axes = fig.subplots(1, len(self.values), sharey=True, squeeze=False)[0]
        for ax, (name, values) in zip(axes, self.values.items(), strict=True):
            ax.imshow(values, cmap=SEQUENTIAL, vmin=0, vmax=100, origin="lower", aspect="auto")
            for (i, j), value in np.ndenumerate(values):
                if not np.isnan(value):
                    colour = "white" if value < 55 else "black"
                    ax.text(j, i, f"{value:.0f}", ha="center", va="center", fontsize=8, color=colour)
            ax.grid(False)
            ax.set_title(name, fontsize=9.5, fontweight="normal", loc="center")
            ax.set_xticks(range(len(self.columns)), [f"{v:g}" for v in self.columns], fontsize=8)
            ax.set_yticks(range(len(self.rows)), [f"{v:g}" for v in self.rows], fontsize=8)
        axes[0].set_ylabel(self.names[0], fontsize=9)
        fig.supxlabel(self.names[1], fontsize=9)
