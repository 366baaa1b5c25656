"""Pictures of what networks cost: memory, parameters and multiply-adds by layer, and complexity against error."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from deeprob.models.published import PUBLISHED
from deeprob.module_text import shape_text
from deeprob.network_costs import NetworkCosts
from deeprob.plotting.style import BLUE, COLOURS, GREY, ORANGE, SKY, YELLOW, figure, panel

__all__ = [
    "Bubble",
    "complexity_chart",
    "cost_bars",
    "describe_costs",
    "draw_costs",
    "memory_text",
    "published_bubbles",
    "short",
]

_ROW, _HEAD = 0.19, 0.75  # inches
_FAMILIES = [colour for colour in COLOURS if colour != YELLOW]
_PALE = "#C9C9C9"
_LARGEST = 1300  # area of the largest bubble, in square points
_LETTER = (4.1, 8.0)  # width and height in points, at size 7.5


def short(number: float) -> str:
    """1234567 -> "1.23 M": three digits and a unit."""
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(number) >= 0.9995 * size:
            return f"{number / size:.3g}{unit}" if abs(number) < 999.5 * size else f"{number / size:.0f}{unit}"
    return f"{number:.3g}"


def memory_text(kb: float) -> str:
    """In KB or MB of 1024: 756.25 -> "756 KB", 49782 -> "48.6 MB"."""
    return f"{kb:.3g} KB" if kb < 999.5 else f"{kb / 1024:.3g} MB"


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


@dataclass(frozen=True)
class Bubble:
    """A network in the chart: what it costs, and a value such as its error; networks of a family share a colour."""

    name: str
    family: str
    parameters: int
    multiply_adds: int
    value: float


def published_bubbles(*, accuracy: bool = False) -> list[Bubble]:
    """The published ImageNet networks with their top-5 error, or with `accuracy` what is left to 100, in percent."""
    return [
        Bubble(
            one.name,
            one.family,
            one.parameters,
            round(one.multiply_adds * 1e9),
            100 - one.top5_error if accuracy else one.top5_error,
        )
        for one in PUBLISHED
    ]


def complexity_chart(
    bubbles: Sequence[Bubble],
    *,
    title: str,
    ylabel: str = "top-5 error (%)",
    highlight: str | None = None,
    size: tuple[float, float] = (8.8, 5.0),
    ax: Axes | None = None,
) -> None:
    """Multiply-adds (logarithmic) against a value; the area of a bubble is the number of parameters.

    Args:
        bubbles: such as `published_bubbles()`.
        highlight: a family; the others turn grey.
        size: of the picture in inches, or of the one that `ax` is in.
    """
    alt = "; ".join(f"{b.name} {b.value:.3g} at {short(b.multiply_adds)}" for b in bubbles)
    with panel(ax, *size, f"{title}: {ylabel} and multiply-adds: {alt}") as ax:
        area = _LARGEST / max(b.parameters for b in bubbles)
        families = list(dict.fromkeys(b.family for b in bubbles))
        for family, colour in zip(families, cycle(_FAMILIES)):
            shown = highlight in (None, family)
            colour = colour if shown else _PALE
            members = sorted((b for b in bubbles if b.family == family), key=lambda b: b.multiply_adds)
            x, y = [b.multiply_adds for b in members], [b.value for b in members]
            ax.plot(x, y, color=colour, linewidth=1, alpha=0.5, zorder=2)
            sizes = [area * b.parameters for b in members]
            ax.scatter(
                x, y, sizes, color=colour, alpha=0.65, edgecolor="white", linewidth=0.8, zorder=3 if shown else 2.5
            )
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: short(x)))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.margins(0.13, 0.13)
        ax.set(title=title, xlabel="multiply-adds for one image", ylabel=ylabel)
        _write_names(ax, bubbles, area, size, highlight)
        _draw_legends(ax, families, max(b.parameters for b in bubbles), area)


def _write_names(
    ax: Axes, bubbles: Sequence[Bubble], area: float, size: tuple[float, float], highlight: str | None
) -> None:
    """A name beside each bubble, where it covers least of what is there already; a thin line leads to far ones."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    wide, high = 72 * size[0] * 0.76, 72 * size[1] * 0.8  # of the panel inside its labels, about
    along = wide / math.log(right / left)
    places = {
        b: (along * math.log(b.multiply_adds / left), high * (b.value - bottom) / (top - bottom)) for b in bubbles
    }
    radius = {b: math.sqrt(area * b.parameters / math.pi) for b in bubbles}
    taken = [(x - radius[b], y - radius[b], x + radius[b], y + radius[b]) for b, (x, y) in places.items()]
    for bubble in sorted(bubbles, key=lambda b: -b.parameters):
        x, y = places[bubble]
        r, w, h = radius[bubble], _LETTER[0] * len(bubble.name), _LETTER[1]
        best, least = (r + 3, -h / 2), math.inf
        for distance in (3, 14, 26):
            for angle in range(0, 360, 30):
                across, up = math.cos(math.radians(angle)), math.sin(math.radians(angle))
                # the corner, or the side, of the name that is nearest to the bubble lies in this direction
                dx = (r + distance) * across - w / 2 + w / 2 * max(-1, min(1, 1.6 * across))
                dy = (r + distance) * up - h / 2 + h / 2 * max(-1, min(1, 1.6 * up))
                new = (x + dx, y + dy, x + dx + w, y + dy + h)
                cost = 4 * (distance - 3) + sum(_overlap(new, old) for old in taken) + _outside(new, wide, high)
                if cost < least:
                    best, least, far = (dx, dy), cost, distance > 3
        taken.append((x + best[0], y + best[1], x + best[0] + w, y + best[1] + h))
        leader = {"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "shrinkA": 1, "shrinkB": r} if far else None
        ax.annotate(
            bubble.name,
            (bubble.multiply_adds, bubble.value),
            best,
            textcoords="offset points",
            fontsize=7.5,
            color="#222222" if highlight in (None, bubble.family) else GREY,
            zorder=4,
            arrowprops=leader,
        )


Rectangle = tuple[float, float, float, float]


def _overlap(one: Rectangle, other: Rectangle) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)


def _outside(one: Rectangle, wide: float, high: float) -> float:
    return 100 * (max(-one[0], 0) + max(-one[1], 0) + max(one[2] - wide, 0) + max(one[3] - high, 0))


def _draw_legends(ax: Axes, families: Sequence[str], largest: int, area: float) -> None:
    colours = [
        Line2D([], [], marker="o", linestyle="", color=colour, markersize=6, label=family)
        for family, colour in zip(families, cycle(_FAMILIES))
    ]
    first = ax.legend(handles=colours, loc="upper left", bbox_to_anchor=(1.02, 1), fontsize=8, borderaxespad=0)
    ax.add_artist(first)
    first.set_clip_on(False)  # else it is not given room
    unit = 10 ** math.floor(math.log10(largest))
    sizes = [
        Line2D([], [], marker="o", linestyle="", color=_PALE, markersize=math.sqrt(area * count), label=short(count))
        for count in (unit / 10, unit / 2, unit)
    ]
    ax.legend(
        handles=sizes,
        title="parameters",
        title_fontsize=8,
        loc="lower left",
        bbox_to_anchor=(1.02, 0),
        fontsize=8,
        borderaxespad=0,
        labelspacing=2.2,
        handletextpad=1.6,
        borderpad=0.9,
    )
