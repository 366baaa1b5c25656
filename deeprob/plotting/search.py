"""A search for hyper-parameters that can be watched: one picture, drawn anew as results come in.

    with plotting.LiveSearch("Random search") as live:
        for rate in rates:
            live.add({"learning rate": rate}, accuracy_of(rate))
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from deeprob.plotting.live import LivePicture
from deeprob.plotting.style import BLUE, RED, SKY, STYLE

__all__ = ["LiveSearch"]

_FEW = 6  # values are drawn at equal distances when there are no more than this


class LiveSearch(LivePicture):
    """One panel for each hyper-parameter: its values against the validation accuracy. The best try is red.

    Args:
        title: the picture's title.

    Attributes:
        tries: [(settings, accuracy in percent)], in the order in which they came.
    """

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.tries: list[tuple[dict[str, float], float]] = []

    @property
    def best(self) -> tuple[dict[str, float], float]:
        """Settings and accuracy of the best try, the first if there are several."""
        return max(self.tries, key=lambda one: one[1])

    def add(self, settings: Mapping[str, float], accuracy: float) -> None:
        """Note one try, and draw it, unless that was done a moment ago.

        Args:
            settings: name of each hyper-parameter -> its value.
            accuracy: in percent.
        """
        self.tries.append((dict(settings), accuracy))
        self.redraw()

    def has_results(self) -> bool:
        return bool(self.tries)

    def describe(self) -> str:
        settings, accuracy = self.best
        words = ", ".join(f"{name} {value:g}" for name, value in settings.items())
        return f"{self.title}: best of {len(self.tries)} is {accuracy:.1f} % with {words}"

    def figure(self) -> Figure:
        names = list(self.tries[0][0])
        with matplotlib.rc_context(STYLE):
            fig = Figure(figsize=(2.1 * len(names) + 0.8, 2.7), layout="constrained")
            for ax, name in zip(fig.subplots(1, len(names), sharey=True, squeeze=False)[0], names, strict=True):
                self._draw(ax, name)
            fig.axes[0].set_ylabel("validation accuracy (%)")
            head = f"{self.title}: {len(self.tries)} tried, best {self.best[1]:.1f} %"
            fig.suptitle(head, x=0.01, ha="left", fontsize=11, fontweight="bold")
        return fig

    def _draw(self, ax: Axes, name: str) -> None:
        values, accuracies = [s[name] for s, _ in self.tries], [a for _, a in self.tries]
        known = sorted(set(values))
        places: list[float] = list(values)
        if len(known) <= _FEW:
            places = [known.index(v) for v in values]
            ax.set_xticks(range(len(known)), [f"{v:g}" for v in known])
            ax.set_xlim(-0.5, len(known) - 0.5)
        elif known[0] > 0 and known[-1] / known[0] > 4:
            counts = all(isinstance(v, int) for v in values)
            ax.set_xscale("log", base=2 if counts else 10)
            ax.xaxis.set_minor_formatter(NullFormatter())
            if counts:
                ax.xaxis.set_major_formatter("{x:g}")
        best = max(range(len(accuracies)), key=accuracies.__getitem__)
        ax.plot(places, accuracies, "o", color=SKY, markersize=6, markeredgecolor=BLUE, alpha=0.8)
        ax.plot(places[best], accuracies[best], "D", color=RED, markersize=7)
        ax.set(xlabel=name)
