"""What a network costs: its table, beside what a slide says, and where in the network the costs sit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from deeprob.plotting.style import BLUE, COLOURS, GREEN, MARKERS, ORANGE, figure, panel

__all__ = ["CostTable", "cost_profiles", "draw_profiles", "fields_by_layer", "output_sizes"]

Rows = Sequence[Mapping[str, Any]]

_COLUMNS = {
    "memory_kb": ("memory", GREEN),
    "multiply_adds": ("multiply-adds", BLUE),
    "parameters": ("parameters", ORANGE),
}
_HEAD = ("layer", "output", "memory (KB)", "parameters", "multiply-adds (M)")
_SLIDE_HEAD = ("memory (KB)", "parameters (k)", "multiply-adds (M)")


class CostTable:
    """The rows and totals of `network_table`, shown as a table at the end of a cell.

    Args:
        rows, totals: as `network_table` returns them.
        slide: name of a row -> (memory, parameters, multiply-adds) as a lecture printed them, "together" for the sums;
            they stand at the right, and nothing is compared.
        note: a line below the table.
    """

    def __init__(
        self,
        rows: Rows,
        totals: Mapping[str, Any],
        slide: Mapping[str, tuple[str, str, str]] | None = None,
        note: str = "",
    ) -> None:
        self.slide, self.note = slide, note
        together = {"name": "together", "output_shape": (), **totals}
        self.lines = [self._cells(row) for row in (*rows, together)]

    def _cells(self, row: Mapping[str, Any]) -> list[str]:
        memory, operations = row["memory_kb"], row["multiply_adds"] / 1e6
        shape = " × ".join(map(str, row["output_shape"]))
        cells = [row["name"], shape, f"{memory:,.2f}", f"{row['parameters']:,}", f"{operations:,.2f}"]
        return cells + list(self.slide.get(row["name"], ("", "", ""))) if self.slide else cells

    @property
    def head(self) -> list[str]:
        return [*_HEAD, *(f"slide: {name}" for name in _SLIDE_HEAD)] if self.slide else list(_HEAD)

    def __repr__(self) -> str:
        lines = [self.head, *self.lines]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.head))]
        aligned = (
            "  ".join(c.ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
            for line in lines
        )
        return "\n".join((*aligned, self.note)).rstrip()

    def _repr_html_(self) -> str:
        last = len(self.lines) - 1
        head = "".join(_cell(name, i, "th") for i, name in enumerate(self.head))
        body = "".join(
            f'<tr style="background:transparent;{"border-top:1px solid #999;" if k == last else ""}">'
            + "".join(_cell(text, i, "td") for i, text in enumerate(line))
            + "</tr>"
            for k, line in enumerate(self.lines)
        )
        note = f'<div style="opacity:0.75;font-size:0.9em;">{escape(self.note)}</div>' if self.note else ""
        return f'<table style="color:inherit;border-collapse:collapse;">{head}{body}</table>{note}'


def _cell(text: str, column: int, tag: str) -> str:
    side = "left" if column < 2 else "right"
    ground = "background:rgba(230,159,0,0.14);" if column >= len(_HEAD) else ""
    style = f"text-align:{side};white-space:nowrap;padding:2px 12px 2px 4px;{ground}"
    return f'<{tag} style="{style}">{escape(text)}</{tag}>'


def cost_profiles(networks: Mapping[str, Rows], *, title: str) -> None:
    """Where the costs of a few networks sit: a column for each network, a panel for each kind of cost.

    Args:
        networks: name -> rows of `network_table`; those without multiply-adds, as of flatten, are left out.
    """
    alt = "; ".join(f"{name}: {_most(rows)}" for name, rows in networks.items())
    with figure(8.6, 4.6, alt=f"{title}. {alt}", rows=3, columns=len(networks), squeeze=False) as axes:
        draw_profiles(axes, networks)
        axes[0, 0].figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")


def draw_profiles(axes: Any, networks: Mapping[str, Rows]) -> None:
    """The bars of `cost_profiles` into (3, networks) panels."""
    for column, (network, rows) in enumerate(networks.items()):
        shown = [row for row in rows if row["multiply_adds"]]
        for ax, (key, (name, colour)) in zip(axes[:, column], _COLUMNS.items(), strict=True):
            total = sum(row[key] for row in shown) or 1
            shares = [100 * row[key] / total for row in shown]
            ax.bar(range(len(shown)), shares, color=colour, width=0.75)
            ax.set(ylim=(0, 1.2 * max(shares, default=1)), xticks=range(len(shown)), xticklabels=[])
            ax.grid(axis="x", visible=False)
            ax.set_title(f"{network}: {name}" if ax is axes[0, column] else name, fontsize=9.5)
            if column == 0:
                ax.set_ylabel("share (%)", fontsize=9)
        names = [row["name"] for row in shown]
        axes[-1, column].set_xticks(range(len(shown)), names, rotation=90, fontsize=7)


def _most(rows: Rows) -> str:
    """Which layer has the largest share of each cost."""
    parts = []
    for key, (name, _) in _COLUMNS.items():
        total = sum(row[key] for row in rows) or 1
        row = max(rows, key=lambda row: row[key])
        parts.append(f"most {name} in {row['name']}, {100 * row[key] / total:.0f} %")
    return ", ".join(parts)


def fields_by_layer(
    fields: Mapping[str, Sequence[int]], *, title: str, size: int | None = None, ax: Axes | None = None
) -> None:
    """How the receptive field grows from layer to layer.

    Args:
        fields: name of the network -> field after layer 1, 2, ...
        size: side of the image, drawn as a line.
    """
    ends = ", ".join(f"{name} {values[-1]} after {len(values)} layers" for name, values in fields.items())
    with panel(ax, 7.4, 3.0, f"{title}: {ends}") as ax:
        for (name, values), colour, marker in zip(fields.items(), COLOURS, MARKERS, strict=False):
            ax.plot(range(1, len(values) + 1), values, color=colour, marker=marker, markersize=4, label=name)
        if size is not None:
            ax.axhline(size, color="#6E6E6E", linestyle="--", linewidth=1.2, label=f"the image, {size} pixels")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set(title=title, xlabel="layer", ylabel="receptive field (pixels)", ylim=(0, None))
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))


def output_sizes(
    sizes: Mapping[str, Mapping[int, int]], *, title: str, marked: Sequence[int] = (), ax: Axes | None = None
) -> None:
    """Output size over input size, as stairs, for a few settings.

    Args:
        sizes: name of the setting -> {size of the input: size of the output}.
        marked: inputs that get a line and a label.
    """
    told = "; ".join(
        f"{name}: " + ", ".join(f"{size} pixels give {found[size]}" for size in marked if size in found)
        for name, found in sizes.items()
    )
    with panel(ax, 7.4, 3.0, f"{title}. {told}") as ax:
        for (name, found), colour in zip(sizes.items(), COLOURS, strict=False):
            ax.step(list(found), list(found.values()), where="mid", color=colour, label=name)
            ax.plot(list(found), list(found.values()), "o", color=colour, markersize=4)
        for size in marked:
            ax.axvline(size, color="#6E6E6E", linestyle="--", linewidth=1)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True))
        ax.set(title=title, xlabel="input size (pixels)", ylabel="output size")
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
