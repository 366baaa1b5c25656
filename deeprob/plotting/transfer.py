"""Pictures of transfer learning: the two by two table of how much data and how similar a task."""

from __future__ import annotations

from collections.abc import Mapping

from deeprob.plotting.style import COLOURS, figure

__all__ = ["transfer_table"]


def transfer_table(
    results: Mapping[tuple[str, str], Mapping[str, float]], *, title: str, ylabel: str = "test accuracy (%)"
) -> None:
    """Bars for each way to train, one panel for each task and amount of data; the best of a panel is written bold.

    Args:
        results: (task, amount) -> {way: accuracy}; a row of panels a task, a column an amount.
    """
    rows = list(dict.fromkeys(task for task, _ in results))
    columns = list(dict.fromkeys(amount for _, amount in results))
    words = "; ".join(
        f"{task}, {amount}: " + ", ".join(f"{way} {value:.0f} %".replace("\n", " ") for way, value in ways.items())
        for (task, amount), ways in results.items()
    )
    size = {"rows": len(rows), "columns": len(columns), "squeeze": False, "sharex": True, "sharey": True}
    with figure(3.9 * len(columns), 1.95 * len(rows) + 0.5, alt=f"{title}: {words}", **size) as axes:
        for i, task in enumerate(rows):
            for j, amount in enumerate(columns):
                ax, ways = axes[i, j], results.get((task, amount), {})
                drawn = ax.bar(list(ways), list(ways.values()), color=COLOURS[: len(ways)], width=0.65)
                for bar, value in zip(drawn, ways.values(), strict=True):
                    weight = "bold" if value == max(ways.values()) else "normal"
                    middle = bar.get_x() + bar.get_width() / 2
                    ax.text(middle, value + 1.5, f"{value:.0f}", ha="center", fontsize=9, fontweight=weight)
                ax.set_title(f"{task}, {amount}", fontsize=9.5, fontweight="normal")
                ax.set_ylim(0, 112)
                ax.set_yticks([0, 25, 50, 75, 100])
                ax.grid(axis="x", visible=False)
                ax.tick_params(axis="x", labelsize=8.5)
        axes[0, 0].figure.supylabel(ylabel, fontsize=10)
        axes[0, 0].figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
