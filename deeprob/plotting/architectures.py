"""Pictures of what networks cost: memory, parameters and multiply-adds, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes

from deeprob.module_text import memory_text, shape_text, short
from deeprob.network_costs import NetworkCosts
from deeprob.plotting.style import BLUE, GREY, ORANGE, SKY, figure

__all__ = ["cost_bars", "describe_costs", "draw_costs"]

_ROW, _HEAD = 0.19, 0.75  # inches


def cost_bars(costs: NetworkCosts, *, title: str, max_rows: int = 28) -> None:
    """A table of the layers with bars for memory, parameters and multiply-adds; their sums stand above.

    Args:
        costs: of `network_costs`.
        max_rows: layers are taken together, module by module, until there are at most so many rows.
    """
    shown = costs.at_most(max_rows)
    alt = f"{title}: {describe_costs(costs)}"
    height = _ROW * len(shown.rows) + _HEAD + 0.3
    with figure(9.0, height, alt=alt, columns=4, width_ratios=(2.3, 1, 1, 1)) as axes:
        draw_costs(list(axes), shown)
        axes[0].figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")


def draw_costs(axes: Sequence[Axes], costs: NetworkCosts) -> None:
    """The table in the first of four panels, the bars in the others."""
    words, *bars = axes
    rows = costs.rows
    words.axis("off")
    words.set(xlim=(0, 1), ylim=(len(rows) - 0.4, -0.6))
    for x, text in ((0.0, "name"), (0.36, "layer"), (0.99, "output")):
        align = "right" if x > 0.9 else "left"
        words.text(x, -0.75, text, fontsize=7.5, color=GREY, ha=align, va="bottom")
    for k, row in enumerate(rows):
        words.text(0, k, row.name, fontsize=7.5, va="center", fontweight="bold")
        words.text(0.36, k, row.text, fontsize=7.5, va="center")
        words.text(0.99, k, shape_text(row.output_shape), fontsize=7.5, va="center", ha="right")
    _draw_bars(bars[0], [row.memory_kb for row in rows], f"memory: {memory_text(costs.memory_kb)}", SKY, memory_text)
    _draw_bars(bars[1], [row.parameters for row in rows], f"parameters: {short(costs.parameters)}", ORANGE)
    operations = f"multiply-adds: {short(costs.multiply_adds)}"
    _draw_bars(bars[2], [row.multiply_adds for row in rows], operations, BLUE)


def describe_costs(costs: NetworkCosts) -> str:
    """The sums, and where most of each is."""
    rows = costs.at_most(28).rows
    parts = [f"{memory_text(costs.memory_kb)} memory", f"{short(costs.parameters)} parameters"]
    parts.append(f"{short(costs.multiply_adds)} multiply-adds")
    most = []
    for name in ("memory_kb", "parameters", "multiply_adds"):
        total = getattr(costs, name)
        row = max(rows, key=lambda row: getattr(row, name))
        who = f"{row.text} ({row.name})" if row.name.isdigit() else row.name or row.text
        most.append(f"{who} {100 * getattr(row, name) / total:.0f} %" if total else "none")
    return f"{', '.join(parts)}. Most of each: {', '.join(most)}."


def _draw_bars(
    ax: Axes, values: Sequence[float], title: str, colour: str, text: Callable[[float], str] = short
) -> None:
    top = max(max(values, default=0), 1)
    ax.barh(range(len(values)), values, color=colour, height=0.72)
    for k, value in enumerate(values):
        if value:
            ax.text(value + 0.02 * top, k, text(value), fontsize=6.5, va="center", color="#222222")
    ax.set(xlim=(0, 1.35 * top), ylim=(len(values) - 0.4, -0.6), yticks=[], xticks=[])
    ax.set_title(title, fontsize=8.5)
    ax.grid(False)
    ax.spines["bottom"].set_visible(False)
