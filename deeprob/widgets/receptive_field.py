"""The receptive field: which pixels a unit deep in a network can see, and over how many paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from deeprob.plotting.style import BLUE, COLOURS, GREY, RED, SKY, array
from deeprob.widgets.explorer import Explorer

__all__ = ["Layer", "ReceptiveFieldExplorer", "receptive_field", "receptive_field_explorer"]

POOLS = {"none": 0, "after every layer": 1, "after every second layer": 2}
_SIZE = 32


@dataclass(frozen=True)
class Layer:
    """A convolution or a pool, the same along both axes."""

    kernel: int
    stride: int = 1
    pad: int = 0
    name: str = "conv"

    @property
    def label(self) -> str:
        return f"{self.name} {self.kernel}" + (f", stride {self.stride}" if self.stride > 1 else "")

    def output(self, size: int) -> int:
        return 1 + (size + 2 * self.pad - self.kernel) // self.stride

    def inputs(self, unit: int, size: int) -> list[int]:
        """The units below that a unit sees: its window, without the padding."""
        first = unit * self.stride - self.pad
        return [p for p in range(first, first + self.kernel) if 0 <= p < size]


def receptive_field(layers: Sequence[Layer]) -> int:
    """How many pixels along an axis a unit above these layers sees: 1 + the sum of (kernel - 1) * strides below."""
    field, jump = 1, 1
    for layer in layers:
        field += (layer.kernel - 1) * jump
        jump *= layer.stride
    return field


def cone(layers: Sequence[Layer], unit: int, size: int = _SIZE) -> list[np.ndarray]:
    """Over how many paths each unit of each row reaches the chosen one: input first, the chosen unit's row last."""
    sizes = [size]
    for layer in layers:
        sizes.append(layer.output(sizes[-1]))
    paths = [np.zeros(n) for n in sizes]
    paths[-1][unit] = 1
    for k in range(len(layers), 0, -1):
        for above in np.flatnonzero(paths[k]):
            paths[k - 1][layers[k - 1].inputs(int(above), sizes[k - 1])] += paths[k][above]
    return paths


class ReceptiveFieldExplorer(Explorer):
    """Controls: `layers`, `kernel`, `stride` of each convolution, `pool` (a key of POOLS), `unit` (0 to 100 %).

    Args:
        image: (C, 32, 32) in 0..1 to lay the receptive field on; none leaves the ground white.
    """

    width, height = 7.2, 3.6

    def __init__(self, image: Any = None) -> None:
        # grey and pale, so that the paths can be seen on it
        self.ground = None if image is None else 0.4 + 0.6 * array(image).astype(float).mean(0)
        super().__init__()

    def controls(self) -> Mapping[str, Any]:
        narrow = {"button_width": "40px"}
        return {
            "layers": ipywidgets.IntSlider(value=2, min=1, max=6, description="layers"),
            "kernel": ipywidgets.ToggleButtons(options=[1, 3, 5, 7], value=3, description="kernel", style=narrow),
            "stride": ipywidgets.ToggleButtons(options=[1, 2], value=1, description="stride", style=narrow),
            "pool": ipywidgets.Dropdown(options=list(POOLS), description="2 × 2 pool"),
            "unit": ipywidgets.IntSlider(value=50, min=0, max=100, step=5, description="unit (%)"),
        }

    def network(self, values: Mapping[str, Any]) -> list[Layer]:
        """The layers, as many as leave at least one unit."""
        kernel, every = values["kernel"], POOLS[values["pool"]]
        layers, size = [], _SIZE
        for k in range(values["layers"]):
            stack = [Layer(kernel, values["stride"], kernel // 2)]
            if every and (k + 1) % every == 0:
                stack.append(Layer(2, 2, 0, "pool"))
            for layer in stack:
                if layer.output(size) < 1 or size == 1:
                    return layers
                layers.append(layer)
                size = layer.output(size)
        return layers

    def field(self, values: Mapping[str, Any]) -> tuple[list[Layer], list[np.ndarray], int]:
        """The layers, the paths of `cone`, and the receptive field without the image's border."""
        layers = self.network(values)
        size = _SIZE
        for layer in layers:
            size = layer.output(size)
        paths = cone(layers, round(values["unit"] / 100 * (size - 1)))
        return layers, paths, receptive_field(layers)

    def draw(self, fig: Figure, values: Mapping[str, Any]) -> None:
        layers, paths, size = self.field(values)
        rows, image = fig.subplots(1, 2, width_ratios=(1.55, 1))
        self._draw_rows(rows, layers, paths)
        self._draw_image(image, paths[0], size)

    def _draw_rows(self, ax: Axes, layers: list[Layer], paths: list[np.ndarray]) -> None:
        """Along one axis of the image: a row of units for each layer, and who sees whom."""
        centres, lines = [np.arange(_SIZE, dtype=float)], []
        for layer, below in zip(layers, paths[:-1], strict=True):
            units = np.arange(layer.output(len(below)))
            step = centres[-1][1] - centres[-1][0] if len(below) > 1 else 1.0
            centres.append(centres[-1][0] + step * (units * layer.stride - layer.pad + (layer.kernel - 1) / 2))
        for k, layer in enumerate(layers):
            for unit in np.flatnonzero(paths[k + 1]):
                seen = layer.inputs(int(unit), len(paths[k]))
                lines += [((centres[k + 1][unit], k + 1), (centres[k][p], k)) for p in seen]
        ax.add_collection(LineCollection(lines, colors=SKY, linewidths=0.7, zorder=1))
        for k, (xs, row) in enumerate(zip(centres, paths, strict=True)):
            colours = [(RED if k == len(layers) else BLUE) if count else "#D5D5D5" for count in row]
            ax.scatter(xs, np.full(len(xs), k), s=16, color=colours, zorder=2)
        names = [layer.label for layer in layers]
        ax.set_yticks(range(len(layers) + 1), ["pixels", *names])
        ax.grid(False)
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
        seen = int((paths[0] > 0).sum())
        title = f"The red unit sees {seen} of {_SIZE} pixels"
        ax.set(title=title, xlabel="column of the image", xlim=(-1, _SIZE), ylim=(-0.4, len(layers) + 0.4))

    def _draw_image(self, ax: Axes, paths: np.ndarray, size: int) -> None:
        """The same in the image: the window, and how many paths lead from each pixel to the unit."""
        extent = (-0.5, _SIZE - 0.5, _SIZE - 0.5, -0.5)
        if self.ground is not None:
            ax.imshow(self.ground, extent=extent, cmap="gray", vmin=0, vmax=1)
        count = np.outer(paths, paths) / paths.max() ** 2
        veil = np.zeros((*count.shape, 4))
        veil[..., :3] = [int(COLOURS[0][k : k + 2], 16) / 255 for k in (1, 3, 5)]
        veil[..., 3] = 0.75 * count
        ax.imshow(veil, extent=extent)
        seen = np.flatnonzero(paths)
        side = seen[-1] - seen[0] + 1
        corner = (seen[0] - 0.5, seen[0] - 0.5)
        ax.add_patch(Rectangle(corner, side, side, facecolor="none", edgecolor=RED, linewidth=1.8))
        ax.grid(False)
        ax.set_xticks([0, 15, 31])
        ax.set_yticks([0, 15, 31])
        ax.tick_params(colors=GREY, labelsize=8)
        ax.set_title("Darker: more paths", fontsize=10)

    def describe(self, values: Mapping[str, Any]) -> str:
        layers, _, size = self.field(values)
        parts = " + ".join(["1", *(str((b - 1) * jump) for b, jump in _jumps(layers))])
        convolutions = [layer for layer in layers if layer.name == "conv"]
        weights = sum(layer.kernel**2 for layer in convolutions)
        cut = len(convolutions) < values["layers"]
        note = " The image is used up: what no longer fits is left out." if cut else ""
        over = f" ({_SIZE} are there)" if size > _SIZE else ""
        return (
            f"Receptive field {parts} = {size} pixels along each axis{over}. With C channels everywhere the "
            f"{len(convolutions)} convolutions have {weights} C² weights; "
            f"one of {size} × {size} would have {size**2} C².{note}"
        )


def _jumps(layers: Sequence[Layer]) -> list[tuple[int, int]]:
    """(kernel, pixels between two neighbouring units of the layer's input) of each layer."""
    found, jump = [], 1
    for layer in layers:
        found.append((layer.kernel, jump))
        jump *= layer.stride
    return found


def receptive_field_explorer(image: Any = None) -> ReceptiveFieldExplorer:
    """The explorer, as the last line of a cell; `image` (C, 32, 32) is what is looked at."""
    return ReceptiveFieldExplorer(image)
