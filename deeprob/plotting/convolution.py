"""Pictures of convolution: grids of numbers, filters, feature maps, and where a layer's values spread to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from deeprob.plotting.style import COLOURS, DIVERGING, GREY, array, figure, picture

__all__ = ["draw_numbers", "filters", "histograms", "number_grids", "signed_maps"]


def draw_numbers(
    ax: Axes,
    values: Any,
    *,
    at: tuple[float, float] = (0, 0),
    limit: float | None = None,
    hidden: Any = None,
    margin: int = 0,
    fontsize: float = 9,
) -> None:
    """A matrix as cells with their numbers, one unit a cell, row 0 at the top of an axis that points down.

    Args:
        values: (H, W).
        at: left and upper edge.
        limit: blue is as deep as it gets at `limit`, orange at `-limit`; by default at the largest value.
        hidden: (H, W), True for cells that stay empty.
        margin: how many cells at the border are padding: grey.
    """
    matrix = array(values)
    (rows, columns), (left, top) = matrix.shape, at
    blank = np.zeros(matrix.shape, dtype=bool) if hidden is None else array(hidden)
    # 1.8: the deepest colours stay pale enough for black numbers
    most = 1.8 * (limit or float(np.abs(matrix).max()) or 1.0)
    extent = (left, left + columns, top + rows, top)
    shown = np.ma.masked_array(matrix, blank)
    ax.imshow(shown, extent=extent, cmap=DIVERGING, vmin=-most, vmax=most)
    for i, j in np.ndindex(rows, columns):
        padding = margin and not (margin <= i < rows - margin and margin <= j < columns - margin)
        ground = "#DDDDDD" if padding and not matrix[i, j] else "none"
        ax.add_patch(Rectangle((left + j, top + i), 1, 1, facecolor=ground, edgecolor="#B5B5B5", linewidth=0.6))
        if not blank[i, j]:
            colour = GREY if padding else "#111111"
            look = {"ha": "center", "va": "center", "fontsize": fontsize, "color": colour}
            ax.text(left + j + 0.5, top + i + 0.5, _number(matrix[i, j]), **look)


def number_grids(grids: Mapping[str, Any], *, title: str, signs: Sequence[str] = (), size: float = 0.42) -> None:
    """A few matrices side by side, each with its name, such as input, kernel and output.

    Args:
        grids: name -> (H, W).
        signs: what stands between two of them, such as ("∗", "=").
        size: of a cell, in inches.
    """
    matrices = {name: array(values) for name, values in grids.items()}
    rows, gap = max(m.shape[0] for m in matrices.values()), 1.4
    columns = sum(m.shape[1] for m in matrices.values()) + gap * (len(matrices) - 1)
    words = ", ".join(f"{name} [{'; '.join(' '.join(map(_number, row)) for row in m)}]" for name, m in matrices.items())
    wide = max(size * columns + 0.3, 0.088 * len(title) + 0.3)
    with figure(wide, size * rows + 0.75, alt=f"{title}: {words}") as ax:
        ax.set_title(title, pad=18)
        left = 0.0
        for k, (name, matrix) in enumerate(matrices.items()):
            top = (rows - matrix.shape[0]) / 2
            draw_numbers(ax, matrix, at=(left, top))
            ax.text(left + matrix.shape[1] / 2, top - 0.15, name, ha="center", va="bottom", fontsize=9)
            left += matrix.shape[1] + gap
            if k < len(signs):
                ax.text(left - gap / 2, rows / 2, signs[k], ha="center", va="center", fontsize=14)
        ax.set(xlim=(-0.1, max(columns, (wide - 0.3) / size) + 0.1), ylim=(rows + 0.1, -0.7), aspect="equal")
        ax.axis("off")


def _number(value: float) -> str:
    return f"{value + 0.0:.3g}".replace("-", "−")  # + 0.0 makes 0 of -0


def filters(w: Any, *, title: str, columns: int = 8, size: float = 0.62) -> None:
    """The filters of a first layer as pictures: grey is zero; each is scaled to its own largest weight.

    Args:
        w: (F, C, HH, WW). C = 3 shows colours; otherwise the mean over the channels, blue and orange.
    """
    weights = array(w)
    rows = -(-len(weights) // columns)
    width = max(columns * (size + 0.08), 0.088 * len(title) + 0.3)
    alt = f"{title}: {len(weights)} filters"
    with figure(width, rows * (size + 0.08) + 0.4, alt=alt, rows=rows, columns=columns, squeeze=False) as axes:
        for ax in axes.flat:
            ax.axis("off")
        for ax, weight in zip(axes.flat, weights, strict=False):
            limit = np.abs(weight).max() or 1.0
            if weight.shape[0] == 3:
                ax.imshow(picture(weight / (2 * limit) + 0.5))
            else:
                mean = weight.mean(0)
                ax.imshow(mean, cmap=DIVERGING, vmin=-np.abs(mean).max(), vmax=np.abs(mean).max())
        axes[0, 0].figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")


def signed_maps(
    maps: Any, captions: Sequence[str] | None = None, *, title: str, columns: int = 4, size: float = 1.6
) -> None:
    """Maps with positive and negative values: blue and orange, white is zero, each on a scale of its own.

    Args:
        maps: (N, H, W), or a list of (H, W) of different sizes; (3, H, W) and uint8 are shown as they are.
        captions: N texts.
    """
    pictures = [array(m) for m in maps]
    rows, line = -(-len(pictures) // columns), 0.24 if captions else 0.04
    tall = max(p.shape[-2] / p.shape[-1] for p in pictures)
    width = max(columns * (size + 0.1), 0.088 * len(title) + 0.3)
    height = rows * (size * tall + line) + 0.4
    with figure(width, height, alt=title, rows=rows, columns=columns, squeeze=False) as axes:
        for i, ax in enumerate(axes.flat):
            ax.axis("off")
            if i < len(pictures):
                signed_map(ax, pictures[i])
                if captions:
                    ax.set_title(captions[i], fontsize=8.5, loc="center", fontweight="normal", pad=2)
        axes[0, 0].figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")


def signed_map(ax: Axes, values: np.ndarray) -> None:
    """One map of `signed_maps` in an axis."""
    if values.ndim == 3 or values.dtype == np.uint8:
        ax.imshow(picture(values), cmap="gray")
        return
    sizes = np.abs(values)
    limit = float(np.quantile(sizes, 0.99)) or float(sizes.max()) or 1.0  # a few very large values are cut off
    ax.imshow(values, cmap=DIVERGING, vmin=-limit, vmax=limit)


def histograms(rows: Mapping[str, Sequence[Any]], *, title: str, xlabel: str, limit: float = 3.0) -> None:
    """How values are distributed from layer to layer: one row of small histograms for each setting.

    Args:
        rows: setting -> values of layer 1, 2, ...: tensors of any shape.
        limit: values beyond are counted in the outermost bins.
    """
    layers = max(len(values) for values in rows.values())
    ends = ", ".join(f"{name} ends with {array(v[-1]).std():.2g}" for name, v in rows.items())
    alt, shape = f"{title}: standard deviation of {ends}", {"rows": len(rows), "columns": layers, "squeeze": False}
    with figure(1.25 * layers + 0.9, 0.95 * len(rows) + 0.8, alt=alt, sharex=True, **shape) as axes:
        for line, colour, (name, values) in zip(axes, COLOURS, rows.items(), strict=False):
            for k, (ax, value) in enumerate(zip(line, values, strict=False)):
                data = array(value).ravel()
                ax.hist(np.clip(data, -limit, limit), bins=40, range=(-limit, limit), color=colour)
                ax.set_yticks([])
                ax.grid(False)
                ax.set_title(f"layer {k + 1}: {data.std():.2g}", fontsize=8, fontweight="normal", loc="center", pad=3)
            line[0].set_ylabel(name, fontsize=8.5)
        whole = axes[0, 0].figure
        whole.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        whole.supxlabel(xlabel, fontsize=9)
