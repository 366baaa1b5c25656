"""Pictures of networks and of their training: paths down a surface, epochs, hidden units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes

from deeprob.plotting.style import COLOURS, DIVERGING, GREY, MARKERS, array, figure, panel, picture

__all__ = ["descent_paths", "epoch_curves", "hidden_units"]


def descent_paths(
    surface: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    paths: Mapping[str, Any],
    *,
    title: str,
    extent: tuple[float, float, float, float],
    lowest: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> None:
    """Ways of several optimizers down one surface, seen from above: a mark every ten steps.

    Args:
        surface: height of the places (x, y), tensors of one shape.
        paths: name -> (T, 2), the places one after the other.
        extent: left, right, bottom and top of the picture.
        lowest: where the surface is lowest, marked by a cross.
    """
    left, right, bottom, top = extent
    x, y = torch.meshgrid(torch.linspace(left, right, 121), torch.linspace(bottom, top, 91), indexing="xy")
    height = surface(x, y).numpy()
    height = np.sqrt(height - height.min())  # lines that are evenly spaced on a parabola
    ends = ", ".join(f"{name} ends at ({array(p)[-1][0]:.2f}, {array(p)[-1][1]:.2f})" for name, p in paths.items())
    with panel(ax, 6.4, 3.6, f"{title}: {ends}") as ax:
        ax.contourf(x.numpy(), y.numpy(), height, levels=16, cmap="Greys", alpha=0.55)
        ax.contour(x.numpy(), y.numpy(), height, levels=16, colors="white", linewidths=0.6)
        for (name, path), colour, marker in zip(paths.items(), COLOURS, MARKERS, strict=False):
            px, py = array(path).T
            ax.plot(px, py, color=colour, marker=marker, markersize=4.5, markevery=10, linewidth=1.4, label=name)
            ax.plot(px[-1:], py[-1:], marker, color=colour, markersize=9, markeredgecolor="white")
        if lowest is not None:
            ax.plot(*lowest, "x", color="white", markersize=10, markeredgewidth=3.5, zorder=4)
            ax.plot(*lowest, "x", color="black", markersize=9, markeredgewidth=1.8, zorder=4)
        ax.grid(False)
        ax.set(title=title, xlabel="parameter 1", ylabel="parameter 2", xlim=(left, right), ylim=(bottom, top))


def epoch_curves(
    accuracies: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    title: str,
    low: float | None = None,
    ax: Axes | None = None,
) -> None:
    """Accuracy after each epoch, of several runs: training dashed, validation solid. The gap is what was overfitted.

    Args:
        accuracies: name -> (training, validation), fractions from 0 to 1; one number for each epoch.
        low: lower end of the axis, in percent.
    """
    ends = ", ".join(f"{name} ends at {100 * t[-1]:.1f} / {100 * v[-1]:.1f} %" for name, (t, v) in accuracies.items())
    with panel(ax, 7.2, 3.2, f"{title}: training / validation of {ends}") as ax:
        for (name, (train, val)), colour in zip(accuracies.items(), COLOURS, strict=False):
            ax.plot([100 * a for a in train], "--", color=colour, linewidth=1.3)
            ax.plot([100 * a for a in val], color=colour, label=f"{name}: {100 * val[-1]:.1f} %")
        ax.plot([], [], "--", color=GREY, linewidth=1.3, label="training")
        ax.plot([], [], color=GREY, label="validation")
        ax.set(title=title, xlabel="epoch", ylabel="accuracy (%)", ylim=(low, None))
        if ax.get_ylim()[1] > 95:
            ax.set_ylim(top=100.8)
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))


def hidden_units(
    W: Any, shape: tuple[int, ...], *, title: str, captions: Sequence[str] | None = None, columns: int = 10
) -> None:
    """What each hidden unit of the first layer looks for. One channel: blue is positive, orange negative.

    Args:
        W: (D, H).
        shape: of an image, (H, W) or (C, H, W).
        captions: H short texts.
    """
    weights = array(W).T.reshape(-1, *shape)
    rows = -(-len(weights) // columns)
    line = 0.72 + (0.2 if captions else 0)
    with figure(0.76 * columns, line * rows + 0.35, alt=title, rows=rows, columns=columns, squeeze=False) as axes:
        for i, ax in enumerate(axes.flat):
            ax.axis("off")
            if i >= len(weights):
                continue
            limit = float(np.abs(weights[i]).max()) or 1.0
            if shape[0] == 3:
                ax.imshow(picture(weights[i] / (2 * limit) + 0.5))
            else:
                ax.imshow(picture(weights[i]), cmap=DIVERGING, vmin=-limit, vmax=limit)
            if captions:
                ax.set_title(captions[i], fontsize=7.5, loc="center", fontweight="normal", pad=2)
        axes[0, 0].figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
