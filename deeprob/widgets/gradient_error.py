"""Where a gradient is wrong: a heat map. The pattern of wrong places often names the mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from torch.nn import functional

from deeprob.plotting.style import DIVERGING, RED, SEQUENTIAL, array
from deeprob.widgets.explorer import Explorer

__all__ = ["GradientErrorMap", "gradient_error_map", "known_mistakes"]

MEASURES = ("relative error", "difference")
_WRONG = 1e-4  # relative to the larger of the two, or to a hundredth of the largest value


class GradientErrorMap(Explorer):
    """Controls: `gradient` (a key of `pairs`), `measure` (one of MEASURES).

    Args:
        pairs: name -> (computed, expected), tensors of the same shape with up to four dimensions.
    """

    width, height = 7.2, 3.1

    def __init__(self, pairs: Mapping[str, tuple[Any, Any]]) -> None:
        self.pairs = {name: (array(a).astype(float), array(b).astype(float)) for name, (a, b) in pairs.items()}
        super().__init__()

    def controls(self) -> Mapping[str, Any]:
        return {
            "gradient": ipywidgets.Dropdown(options=list(self.pairs), description="gradient"),
            "measure": ipywidgets.Dropdown(options=list(MEASURES), description="measure"),
        }

    def errors(self, values: Mapping[str, Any]) -> np.ndarray:
        """|computed - expected| relative to the larger of the two; infinite where something is not a number."""
        computed, expected = self.pairs[values["gradient"]]
        floor = 1e-2 * float(np.abs(expected).max()) or 1.0
        scale = np.maximum(np.maximum(np.abs(computed), np.abs(expected)), floor)
        with np.errstate(invalid="ignore"):
            error = np.abs(computed - expected) / scale
        return np.where(np.isfinite(error), error, np.inf)

    def draw(self, fig: Figure, values: Mapping[str, Any]) -> None:
        computed, expected = self.pairs[values["gradient"]]
        if computed.shape != expected.shape:
            ax = fig.subplots()
            ax.axis("off")
            ax.text(0.5, 0.5, self.describe(values), ha="center", va="center", wrap=True)
            return
        axes, errors = fig.subplots(1, 3), self.errors(values)
        limit = float(np.abs(expected).max()) or 1.0
        signed = {"cmap": DIVERGING, "vmin": -limit, "vmax": limit}
        _draw(axes[0], computed, "yours", signed)
        _draw(axes[1], expected, "expected", signed)
        if values["measure"] == "difference":
            _draw(axes[2], computed - expected, "yours − expected", signed)
        else:
            shown = np.clip(errors, 1e-9, 1)
            norm = LogNorm(1e-9, 1)
            image = _draw(axes[2], shown, "relative error", {"cmap": SEQUENTIAL, "norm": norm})
            fig.colorbar(image, ax=axes[2], shrink=0.8, ticks=[1e-8, 1e-6, 1e-4, 1e-2, 1])
        if (errors > _WRONG).any():
            worst = np.unravel_index(int(errors.argmax()), errors.shape)
            for ax in axes:
                x, y = _place(worst, errors.shape)
                ax.scatter(x, y, s=90, facecolor="none", edgecolor=RED, linewidth=1.8)
        fig.suptitle(self._title(values), x=0.01, ha="left", fontsize=11, fontweight="bold")

    def _title(self, values: Mapping[str, Any]) -> str:
        wrong, name = self.errors(values) > _WRONG, values["gradient"]
        if not wrong.any():
            return f"{name}: right everywhere"
        return f"{name}: {wrong.sum()} of {wrong.size} entries are wrong"

    def describe(self, values: Mapping[str, Any]) -> str:
        name, (computed, expected) = values["gradient"], self.pairs[values["gradient"]]
        if computed.shape != expected.shape:
            return f"{name} has shape {computed.shape}, expected {expected.shape}."
        errors = self.errors(values)
        wrong = errors > _WRONG
        if not wrong.any():
            return f"{name} {computed.shape}: right everywhere; largest relative error {errors.max():.0e}."
        worst = np.unravel_index(int(errors.argmax()), errors.shape)
        place = ", ".join(str(int(i)) for i in worst)
        return (
            f"{name} {computed.shape}: {wrong.sum()} of {wrong.size} entries are wrong{_where(wrong)}. Worst at "
            f"[{place}] (ringed): {computed[worst] + 0.0:.4g}, expected {expected[worst] + 0.0:.4g}."
            f"{_factor(computed, expected)}"
        )


def _tiles(values: np.ndarray) -> np.ndarray:
    """Up to four dimensions as one picture: (N, C, H, W) becomes N rows of C tiles, with a gap between them."""
    if values.ndim < 3:
        return np.atleast_2d(values)
    N, C, H, W = (1,) * (4 - values.ndim) + values.shape
    tiles = np.full((N, H + 1, C, W + 1), np.nan)
    tiles[:, :H, :, :W] = values.reshape(N, C, H, W).transpose(0, 2, 1, 3)
    return tiles.reshape(N * (H + 1), C * (W + 1))[:-1, :-1]


def _place(index: tuple[Any, ...], shape: tuple[int, ...]) -> tuple[int, int]:
    """(x, y) in the picture of `_tiles`."""
    if len(shape) < 3:
        return int(index[-1]), int(index[0]) if len(shape) == 2 else 0
    n, c, i, j = (0,) * (4 - len(index)) + tuple(int(k) for k in index)
    return c * (shape[-1] + 1) + j, n * (shape[-2] + 1) + i


def _draw(ax: Axes, values: np.ndarray, title: str, look: Mapping[str, Any]) -> Any:
    image = ax.imshow(_tiles(values), **look)
    ax.set_title(title, fontsize=10, fontweight="normal")
    ax.axis("off")
    return image


def _where(wrong: np.ndarray) -> str:
    """The pattern of the wrong entries, where it is one that says something."""
    if wrong.all():
        return ": all of them"
    if wrong.ndim < 2:
        return ""
    channels = wrong.any((0, *range(2, wrong.ndim)))
    if wrong.ndim == 4 and not channels.all():
        return f", all in channel {', '.join(map(str, np.flatnonzero(channels)))}"
    for width in (1, 2):
        inside = wrong[..., width:-width, width:-width]
        if wrong.ndim == 4 and inside.size and not inside.any():
            return f": at the border alone, at most {width} from the edge"
    return ""


def _factor(computed: np.ndarray, expected: np.ndarray) -> str:
    """Whether one is a multiple of the other."""
    size = float((expected * expected).sum())
    factor = float((computed * expected).sum()) / size if size and np.isfinite(computed).all() else 0.0
    off = np.abs(computed - factor * expected).max() > 1e-4 * np.abs(expected).max() or abs(factor) < 1e-6
    return "" if off else f" Yours is {factor:.4g} times what is expected."


def known_mistakes() -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Gradients of a 3 x 3 convolution with pad 1 that has a mistake in it: name -> (wrong, right), for practice.

    The upstream gradient is 1 in one cell of image 0, in two cells of image 1, and 0 elsewhere, so that each 1 leaves
    its footprint in dx.
    """
    ramp = torch.arange(1.0, 10.0, dtype=torch.float64).view(3, 3) / 9
    w = torch.stack([ramp, -ramp])[None]  # (1, 2, 3, 3)
    x = torch.arange(144.0, dtype=torch.float64).view(2, 2, 6, 6) / 144
    dout = _ones((6, 6), (0, 2, 2), (1, 2, 1), (1, 3, 4))
    dx, dw = _right(x, w, dout, 1)
    coarse = _ones((3, 3), (0, 1, 1), (1, 0, 0), (1, 2, 2))
    stepped = functional.pad(functional.conv_transpose2d(coarse, w), (0, 2, 0, 2))  # windows 1 apart instead of 2
    first = torch.tensor([1.0, 0.0], dtype=torch.float64).view(1, 2, 1, 1)
    return {
        "dx: all is right": (dx, dx),
        "dx: mistake A": (functional.conv_transpose2d(dout, w.flip(2, 3), padding=1), dx),
        "dx: mistake B": (functional.conv_transpose2d(dout, w)[:, :, :6, :6], dx),
        "dx: mistake C": (_last_window(dout, w), dx),
        "dx: mistake D": (dx * first, dx),
        "dx, stride 2: mistake E": (stepped[:, :, 1:, 1:], _right(x, w, coarse, 2)[0]),
        "dw: mistake F": (dw / 2, dw),
    }


def _ones(size: tuple[int, int], *places: tuple[int, int, int]) -> torch.Tensor:
    """Zeros (2, 1, *size) with a 1 at each (image, row, column)."""
    grid = torch.zeros(2, 1, *size, dtype=torch.float64)
    for n, i, j in places:
        grid[n, 0, i, j] = 1
    return grid


def _right(x: torch.Tensor, w: torch.Tensor, dout: torch.Tensor, stride: int) -> tuple[torch.Tensor, torch.Tensor]:
    x, w = x.clone().requires_grad_(), w.clone().requires_grad_()
    out = functional.conv2d(x, w, stride=stride, padding=1)
    dx, dw = torch.autograd.grad(out, (x, w), dout)
    return dx, dw


def _last_window(dout: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """dx where each window has overwritten what those before it left: only the last window at a pixel counts."""
    N, _, H, W = dout.shape
    row = torch.arange(H + 2).clamp(max=H - 1)
    col = torch.arange(W + 2).clamp(max=W - 1)
    last = dout[:, 0][:, row][:, :, col]  # (N, H + 2, W + 2)
    kernel = w[0][:, torch.arange(H + 2) - row][:, :, torch.arange(W + 2) - col]  # (C, H + 2, W + 2)
    return (last[:, None] * kernel)[:, :, 1:-1, 1:-1].reshape(N, -1, H, W)


def gradient_error_map(pairs: Mapping[str, tuple[Any, Any]] | None = None) -> GradientErrorMap:
    """The explorer, as the last line of a cell: of `{"dx": (yours, expected), ...}`, or of known mistakes."""
    return GradientErrorMap(known_mistakes() if pairs is None else pairs)
