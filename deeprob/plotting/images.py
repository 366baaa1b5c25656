"""Pictures of images and matrices: image grids, templates, distances, confusions, search grids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from deeprob.plotting.style import DIVERGING, GREY, array, class_names, figure, panel, picture

__all__ = ["confusion_matrix", "distance_matrix", "image_grid", "search_grid", "templates"]


def image_grid(
    images: Any,
    captions: Sequence[str] | None = None,
    *,
    title: str = "",
    columns: int = 10,
    size: float = 0.8,
) -> None:
    """Images in rows, each with a caption.

    Args:
        images: (N, C, H, W) or (N, H, W), uint8, or floating point in 0..1.
        captions: N texts.
        columns: images in a row.
        size: of an image, in inches.
    """
    pictures = [picture(array(image)) for image in images]
    rows = -(-len(pictures) // columns)
    line = 0.22 * max((str(c).count("\n") + 1 for c in captions or [""]), default=1) if captions else 0.05
    width = max(columns * (size + 0.1), 0.075 * len(title) + 0.4)
    with figure(
        width,
        rows * (size + line) + 0.35 * bool(title),
        alt=title or "images",
        rows=rows,
        columns=columns,
        squeeze=False,
    ) as axes:
        for i, ax in enumerate(axes.flat):
            ax.axis("off")
            if i < len(pictures):
                ax.imshow(pictures[i], cmap="gray_r" if pictures[i].ndim == 2 else None)
                if captions:
                    ax.set_title(captions[i], fontsize=8, loc="center", fontweight="normal", pad=2)
        if title:
            axes[0, 0].figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")


def templates(
    W: Any, shape: tuple[int, ...], *, title: str, classes: Sequence[Any] | None = None, columns: int = 5
) -> None:
    """The columns of W as images. One channel: blue raises the score, orange lowers it. Three: as colours.

    Args:
        W: (D, C) or (D + 1, C) with the biases as last row.
        shape: of an image, (H, W) or (C, H, W).
    """
    weights = array(W)[: int(np.prod(shape))].T.reshape(-1, *shape)
    names = class_names(classes, len(weights))
    rows = -(-len(weights) // columns)
    with figure(1.25 * columns, 1.45 * rows + 0.35, alt=title, rows=rows, columns=columns, squeeze=False) as axes:
        for ax in axes.flat:
            ax.axis("off")
        for ax, weight, name in zip(axes.flat, weights, names, strict=False):
            limit = np.abs(weight).max() or 1.0
            if weight.ndim == 3 and weight.shape[0] == 3:
                ax.imshow(picture(weight / (2 * limit) + 0.5))
            else:
                ax.imshow(picture(weight), cmap=DIVERGING, vmin=-limit, vmax=limit)
            ax.set_title(name, fontsize=9, loc="center", fontweight="normal", pad=3)
        axes[0, 0].figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")


def distance_matrix(dists: Any, *, title: str, ax: Axes | None = None) -> None:
    """Distances (training images, test images) as a picture; dark is near."""
    values = array(dists)
    with panel(ax, 6.4, 3.6, f"{title}: matrix of {values.shape[0]} by {values.shape[1]} distances") as ax:
        image = ax.imshow(values, aspect="auto")
        ax.grid(False)
        ax.set(title=title, xlabel="test image j", ylabel="training image i")
        ax.figure.colorbar(image, ax=ax, label="squared distance")


def confusion_matrix(
    y_true: Any, y_pred: Any, *, title: str, classes: Sequence[Any] | None = None, ax: Axes | None = None
) -> None:
    """How often class r (row) was taken for class c (column). The diagonal is right and left pale."""
    true, predicted = array(y_true).astype(int), array(y_pred).astype(int)
    count = max(int(true.max()), int(predicted.max()), len(classes or []) - 1) + 1
    table = np.zeros((count, count), dtype=int)
    np.add.at(table, (true, predicted), 1)
    wrong = table * (1 - np.eye(count, dtype=int))
    names = class_names(classes, count)
    r, c = np.unravel_index(wrong.argmax(), wrong.shape)
    alt = f"{title}; most frequent mistake: {names[r]} taken for {names[c]}, {wrong.max()} times"
    side = 0.34 * count + 1.6
    with panel(ax, side + 0.4, side - 0.3, alt) as ax:
        ax.imshow(wrong, cmap="Oranges", vmin=0, vmax=max(1, wrong.max() * 1.4))
        for i, j in np.argwhere(table > 0):
            ax.text(
                j,
                i,
                str(table[i, j]),
                ha="center",
                va="center",
                fontsize=8,
                color=GREY if i == j else "#111111",
            )
        turned = max(map(len, names)) > 3
        ax.set_xticks(range(count), names, rotation=45 if turned else 0, ha="right" if turned else "center")
        ax.set_yticks(range(count), names)
        ax.grid(False)
        ax.set(title=title, xlabel="predicted class", ylabel="true class")


def search_grid(results: Mapping[tuple[float, float], float], *, title: str, ax: Axes | None = None) -> None:
    """Validation accuracy (%) for each pair (learning rate, regularization strength)."""
    rates, strengths = sorted({lr for lr, _ in results}), sorted({reg for _, reg in results})
    table = np.array([[results.get((lr, reg), np.nan) for reg in strengths] for lr in rates])
    lr, reg = max(results, key=lambda pair: results[pair])
    alt = f"{title}: best {results[lr, reg]:.1f} % at learning rate {lr:g}, regularization {reg:g}"
    with panel(ax, 0.9 * len(strengths) + 1.6, 0.5 * len(rates) + 1.2, alt) as ax:
        ax.imshow(table, aspect="auto", cmap="Blues", vmin=np.nanmin(table) - 2, vmax=np.nanmax(table) + 4)
        for (i, j), value in np.ndenumerate(table):
            best = (rates[i], strengths[j]) == (lr, reg)
            ax.text(j, i, f"{value:.1f}", ha="center", va="center", fontweight="bold" if best else "normal")
        ax.set_xticks(range(len(strengths)), [f"{s:g}" for s in strengths])
        ax.set_yticks(range(len(rates)), [f"{r:g}" for r in rates])
        ax.grid(False)
        ax.set(title=title, xlabel="regularization strength", ylabel="learning rate")
