"""The look of every picture in the course: colours, style, and how a figure is shown.

Colours are Okabe and Ito's, which colour-blind readers tell apart. Figures have a white ground of their
own, so that they read well on dark pages too, and carry a text that describes them for those who cannot see
them (`alt`). Nothing here touches pyplot: a cell that fails half-way leaves no half-drawn figure behind.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
import torch
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "DIVERGING",
    "MARKERS",
    "array",
    "bundle",
    "class_names",
    "figure",
    "panel",
    "picture",
    "png",
    "show",
    "use_style",
]

BLUE, ORANGE, GREEN, PINK = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
SKY, RED, YELLOW, GREY = "#56B4E9", "#D55E00", "#F0E442", "#6E6E6E"
COLOURS = (BLUE, ORANGE, GREEN, PINK, RED, SKY, YELLOW, GREY, "#332288", "#882255")
MARKERS = "osD^vPX*<>"
SEQUENTIAL = "cividis"
DIVERGING = LinearSegmentedColormap.from_list("deeprob", [ORANGE, "#FFFFFF", BLUE])

STYLE: Any = {
    "axes.edgecolor": "#444444",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.labelcolor": "#222222",
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.dpi": 144,
    "figure.facecolor": "white",
    "font.size": 10,
    "grid.color": "#E3E3E3",
    "image.cmap": SEQUENTIAL,
    "image.interpolation": "nearest",
    "legend.edgecolor": "none",
    "legend.framealpha": 0.9,
    "lines.linewidth": 1.8,
    "savefig.facecolor": "white",
}
_PIXELS_PER_INCH = 96


def use_style() -> None:
    """Give figures that you draw with matplotlib yourself the same look."""
    matplotlib.rcParams.update(STYLE)


def png(fig: Figure, dpi: float | None = None) -> bytes:
    """The figure as a PNG file."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=dpi or fig.dpi)
    return buffer.getvalue()


@contextmanager
def figure(
    width: float = 7, height: float = 3.2, *, alt: str, rows: int = 1, columns: int = 1, **options: Any
) -> Iterator[Any]:
    """A figure that is shown when the block ends: `with figure(alt="...") as ax: ax.plot(...)`.

    Args:
        width, height: in inches.
        alt: what the picture shows, in words.
        rows, columns: with more than one panel, the block gets an array of axes.
        options: for `Figure.subplots`, such as `sharey=True`.
    """
    with matplotlib.rc_context(STYLE):
        fig = Figure(figsize=(width, height), layout="constrained")
        yield fig.subplots(rows, columns, **options)
        show(fig, alt)


def show(fig: Figure, alt: str) -> None:
    """Display a figure as a picture with `alt` as its description; outside IPython, nothing happens."""
    import IPython

    if IPython.get_ipython() is None:
        return
    display: Any = IPython.display.display
    data, metadata = bundle(fig, alt)
    display(data, raw=True, metadata=metadata)


def bundle(fig: Figure, alt: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Data and metadata of a figure, as IPython displays them."""
    size = {"width": int(fig.get_figwidth() * _PIXELS_PER_INCH), "alt": alt}
    data = {"image/png": base64.b64encode(png(fig)).decode(), "text/plain": f"[picture: {alt}]"}
    return data, {"image/png": size}


@contextmanager
def panel(ax: Axes | None, width: float, height: float, alt: str) -> Iterator[Axes]:
    if ax is not None:
        yield ax
    else:
        with figure(width, height, alt=alt) as own:
            yield own


def array(values: Any) -> np.ndarray:
    return values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)


def picture(image: np.ndarray) -> np.ndarray:
    """(C, H, W) or (H, W), of any range, as matplotlib wants it: (H, W, 3) in 0..1, or (H, W)."""
    if image.ndim == 3:
        image = image[0] if image.shape[0] == 1 else image.transpose(1, 2, 0)
    return image / 255 if image.dtype == np.uint8 else image


def class_names(classes: Sequence[Any] | None, count: int) -> list[str]:
    return [str(c) for c in (classes if classes is not None else range(count))]
