"""What the channels of a network answer to an image: all maps of a layer at once, and one of them large."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from deeprob.plotting.convolution import signed_map
from deeprob.plotting.style import GREY, RED, SEQUENTIAL, array, picture
from deeprob.widgets.explorer import Explorer

__all__ = ["FeatureMapBrowser", "feature_map_browser"]


class FeatureMapBrowser(Explorer):
    """Controls: `image`, `layer` (a key of `maps`), `channel`.

    Args:
        images: (N, C, H, W), in 0..1 or uint8.
        maps: name of a layer -> what it answers, (N, F, H', W').
        filters: (F, C, K, K), the weights of the first layer of `maps`; none shows none.
        captions: what each image shows, N texts.
    """

    width, height = 7.2, 3.2

    def __init__(
        self, images: Any, maps: Mapping[str, Any], filters: Any = None, captions: Sequence[str] | None = None
    ) -> None:
        self.images = array(images)
        self.maps = {name: array(values).astype(float) for name, values in maps.items()}
        self.filters = None if filters is None else array(filters)
        self.captions = captions
        for name, values in self.maps.items():
            if values.ndim != 4 or len(values) != len(self.images):
                wanted = f"({len(self.images)}, F, H, W)"
                raise ValueError(f"the maps of {name!r} have shape {values.shape}, expected {wanted}: one row an image")
        super().__init__()

    def controls(self) -> Mapping[str, Any]:
        layers = list(self.maps)
        channels = self.maps[layers[0]].shape[1]
        return {
            "image": ipywidgets.IntSlider(value=0, min=0, max=len(self.images) - 1, description="image"),
            "layer": ipywidgets.Dropdown(options=layers, description="layer"),
            "channel": ipywidgets.IntSlider(value=0, min=0, max=channels - 1, description="channel"),
        }

    def chosen(self, values: Mapping[str, Any]) -> tuple[np.ndarray, int]:
        """The maps of the chosen layer for the chosen image, (F, H', W'), and the channel."""
        maps = self.maps[values["layer"]][values["image"]]
        return maps, min(values["channel"], len(maps) - 1)

    def draw(self, fig: Figure, values: Mapping[str, Any]) -> None:
        maps, channel = self.chosen(values)
        first = self.filters is not None and values["layer"] == next(iter(self.maps))
        rows = [["image", "all", "one"], ["filter", "all", "one"]] if first else [["image", "all", "one"]]
        size = {"width_ratios": (0.75, 1.2, 1), "height_ratios": (2, 1) if first else None}
        axes = fig.subplot_mosaic(rows, **size)
        axes["image"].imshow(picture(self.images[values["image"]]), cmap="gray_r")
        axes["image"].set_title(self.captions[values["image"]] if self.captions else "image", fontsize=10)
        if first and self.filters is not None:
            self._draw_filter(axes["filter"], self.filters[channel])
        self._draw_all(axes["all"], maps, channel, values["layer"])
        axes["one"].imshow(maps[channel], cmap=SEQUENTIAL, vmin=min(0.0, maps.min()), vmax=maps.max() or 1.0)
        axes["one"].set_title(f"channel {channel}: at most {maps[channel].max():.2f}", fontsize=10)
        for ax in axes.values():
            ax.axis("off")

    @staticmethod
    def _draw_filter(ax: Axes, weight: np.ndarray) -> None:
        limit = float(np.abs(weight).max()) or 1.0
        if len(weight) == 3:
            ax.imshow(picture(weight / (2 * limit) + 0.5))
        else:
            signed_map(ax, weight.mean(0))
        ax.set_title("its filter", fontsize=9, fontweight="normal", color=GREY)

    @staticmethod
    def _draw_all(ax: Axes, maps: np.ndarray, channel: int, layer: str) -> None:
        """All maps as tiles of one picture, the chosen one framed."""
        F, H, W = maps.shape
        columns = int(np.ceil(np.sqrt(F)))
        rows = -(-F // columns)
        tiles = np.full((rows * (H + 1), columns * (W + 1)), np.nan)
        for k, one in enumerate(maps):
            top, left = k // columns * (H + 1), k % columns * (W + 1)
            tiles[top : top + H, left : left + W] = one
        ax.imshow(tiles, cmap=SEQUENTIAL, vmin=min(0.0, maps.min()), vmax=maps.max() or 1.0)
        corner = (channel % columns * (W + 1) - 0.5, channel // columns * (H + 1) - 0.5)
        ax.add_patch(Rectangle(corner, W, H, facecolor="none", edgecolor=RED, linewidth=2))
        ax.set_title(f"{layer}: {F} maps of {H} × {W}", fontsize=10)

    def describe(self, values: Mapping[str, Any]) -> str:
        maps, channel = self.chosen(values)
        one = maps[channel]
        row, column = np.unravel_index(int(one.argmax()), one.shape)
        silent = int((maps.max((1, 2)) <= 0).sum())
        place = f"at row {row}, column {column}" if one.max() > 0 else "nowhere"
        return (
            f"Image {values['image']}, {values['layer']}, channel {channel} answers most strongly {place} "
            f"({one.max():.2f}); it is silent at {100 * (one <= 0).mean():.0f} % of the places. "
            f"{silent} of {len(maps)} channels are silent for the whole image."
        )

    def _changed(self, change: Any) -> None:
        channel = self.widgets["channel"]
        last = self.maps[self.widgets["layer"].value].shape[1] - 1
        if last != channel.max:
            channel.max = last  # moves the value too, when it lies beyond
        self.redraw()


def feature_map_browser(
    images: Any, maps: Mapping[str, Any], filters: Any = None, captions: Sequence[str] | None = None
) -> FeatureMapBrowser:
    """The explorer, as the last line of a cell."""
    return FeatureMapBrowser(images, maps, filters, captions)
