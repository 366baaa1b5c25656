"""Pictures of numbers: timings, accuracies, cross-validation, losses, decision regions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from deeprob.plotting.style import BLUE, COLOURS, MARKERS, RED, SKY, array, panel

__all__ = ["bars", "cross_validation_curve", "decision_regions", "learning_curves", "timing_bars"]


def timing_bars(seconds: Mapping[str, float], *, title: str, ax: Axes | None = None) -> None:
    """How long each of several ways takes, on a logarithmic axis."""
    names, values = list(seconds), [1000 * s for s in seconds.values()]
    text = ", ".join(f"{n} {_duration(v)}" for n, v in zip(names, values, strict=True))
    with panel(ax, 6.4, 0.5 * len(names) + 0.9, f"{title}: {text}") as ax:
        ax.barh(names, values, color=COLOURS[: len(names)], height=0.6)
        ax.set_xscale("log")
        ax.set_xlim(min(values) / 3, max(values) * 6)
        for i, value in enumerate(values):
            ax.annotate(_duration(value), (value, i), xytext=(5, 0), textcoords="offset points", va="center")
        ax.invert_yaxis()
        ax.grid(axis="y", visible=False)
        ax.set(title=title, xlabel="time (ms, logarithmic)")


def _duration(milliseconds: float) -> str:
    return f"{milliseconds:.3g} ms" if milliseconds < 999.5 else f"{milliseconds / 1000:.3g} s"


def bars(
    values: Mapping[str, float],
    *,
    title: str,
    ylabel: str,
    limit: float | None = None,
    ax: Axes | None = None,
) -> None:
    """A few numbers side by side, each written on its bar."""
    text = ", ".join(f"{n} {v:.1f}" for n, v in values.items())
    with panel(ax, 1.5 * len(values) + 1.8, 3, f"{title}: {text}") as ax:
        drawn = ax.bar(list(values), list(values.values()), color=COLOURS[: len(values)], width=0.6)
        ax.bar_label(drawn, fmt="%.1f", padding=2)
        ax.grid(axis="x", visible=False)
        ax.set(title=title, ylabel=ylabel, ylim=(0, limit or 1.15 * max(values.values())))


def cross_validation_curve(
    k_to_accuracies: Mapping[int, Sequence[float]],
    *,
    title: str,
    best: int | None = None,
    ax: Axes | None = None,
) -> None:
    """Accuracy for each k: a dot for each fold, the mean as a line, one standard deviation as the bar."""
    ks = sorted(k_to_accuracies)
    folds = np.array([k_to_accuracies[k] for k in ks], dtype=float)
    mean, spread = folds.mean(1), folds.std(1)
    place = np.arange(len(ks))
    with panel(ax, 6.8, 3.2, f"{title}: best mean {mean.max():.1f} % at k = {ks[int(mean.argmax())]}") as ax:
        for column in folds.T:
            ax.plot(place, column, "o", color=SKY, markersize=4, alpha=0.8, markeredgewidth=0)
        ax.errorbar(
            place,
            mean,
            spread,
            color=BLUE,
            capsize=3,
            marker="o",
            markersize=3,
            label="mean of the folds ± 1 sd",
        )
        if best is not None:
            ax.axvline(ks.index(best), color=RED, linestyle="--", linewidth=1.2, label=f"k = {best}")
        ax.set_xticks(place, [str(k) for k in ks])
        ax.set(title=title, xlabel="number of neighbours k", ylabel="accuracy on the fold (%)")
        ax.legend(loc="lower left")


def learning_curves(
    histories: Mapping[str, Sequence[float]],
    *,
    title: str,
    ylabel: str = "loss of the batch",
    smooth: int = 20,
    log: bool = False,
    ax: Axes | None = None,
) -> None:
    """Loss over iterations: each iteration pale, the mean of the last `smooth` ones strong."""
    ends = ", ".join(f"{name} ends at {np.mean(h[-smooth:]):.3g}" for name, h in histories.items())
    with panel(ax, 7.6, 3.2, f"{title}: {ends}") as ax:
        for (name, history), colour in zip(histories.items(), COLOURS, strict=False):
            values = np.asarray(history, dtype=float)
            ax.plot(values, color=colour, alpha=0.22, linewidth=0.8)
            if len(values) >= smooth:
                running = np.convolve(values, np.ones(smooth) / smooth, mode="valid")
                ax.plot(np.arange(smooth - 1, len(values)), running, color=colour, label=name)
        if log:
            ax.set_yscale("log")
        ax.set(title=title, xlabel="iteration", ylabel=ylabel)
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))


def decision_regions(
    predict: Callable[[torch.Tensor], torch.Tensor],
    points: torch.Tensor,
    labels: torch.Tensor,
    *,
    title: str,
    steps: int = 120,
    ax: Axes | None = None,
) -> None:
    """Which class a classifier gives to every place in the plane, and the points it has learned from.

    Args:
        predict: from places (M, 2) to labels (M,).
        points: (N, 2).
        labels: (N,).
    """
    low, high = points.min(0).values - 0.4, points.max(0).values + 0.4
    xs, ys = (
        torch.linspace(float(low[0]), float(high[0]), steps),
        torch.linspace(float(low[1]), float(high[1]), steps),
    )
    places = torch.stack(torch.meshgrid(xs, ys, indexing="xy"), dim=-1).reshape(-1, 2).to(points.dtype)
    field, truth = array(predict(places)).reshape(steps, steps), array(labels).astype(int)
    with panel(ax, 4.4, 3.6, title) as ax:
        extent = (float(xs[0]), float(xs[-1]), float(ys[0]), float(ys[-1]))
        ax.imshow(
            field,
            origin="lower",
            extent=extent,
            aspect="auto",
            cmap=ListedColormap(COLOURS),
            alpha=0.35,
            vmin=-0.5,
            vmax=len(COLOURS) - 0.5,
        )
        for c in np.unique(truth):
            chosen = array(points)[truth == c]
            ax.scatter(
                chosen[:, 0],
                chosen[:, 1],
                s=22,
                color=COLOURS[c],
                marker=MARKERS[c],
                edgecolor="white",
                linewidth=0.6,
            )
        ax.grid(False)
        ax.set(title=title, xlabel="feature 1", ylabel="feature 2")
