"""What networks cost against how well they do: a chart of bubbles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from deeprob.models.published import PUBLISHED
from deeprob.module_text import short
from deeprob.plotting.style import COLOURS, GREY, YELLOW, panel

__all__ = ["Bubble", "complexity_chart", "published_bubbles"]

_FAMILIES = [colour for colour in COLOURS if colour != YELLOW]
_PALE = "#C9C9C9"
_LARGEST = 1300  # area of the largest bubble, in square points
_LETTER = (4.1, 8.0)  # width and height in points, at size 7.5

Rectangle = tuple[float, float, float, float]


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
