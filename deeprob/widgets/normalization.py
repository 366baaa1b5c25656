"""Which numbers of an activation share a mean: batch, layer, instance and group norm on one small tensor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from deeprob.plotting.convolution import draw_numbers
from deeprob.plotting.normalization import draw_cube
from deeprob.plotting.style import GREY, RED
from deeprob.widgets.explorer import Explorer

__all__ = ["NormalizationAxesExplorer", "normalization_axes_explorer", "normalize", "sharing"]

N, C, H, W = 3, 6, 2, 2
KINDS = ("batch", "layer", "instance", "group")
GROUPS = (1, 2, 3, 6)
_MEANS = {"batch": "C", "layer": "N", "instance": "N · C", "group": "N · G"}
_COUNTS = {"batch": "N · H · W", "layer": "C · H · W", "instance": "H · W", "group": "(C / G) · H · W"}
_BETWEEN = 0.5  # of a cell, between two channels


def example() -> np.ndarray:
    """(N, C, H * W): a brightness for each image, an offset for each channel, and some noise; one decimal."""
    noise = np.random.default_rng(3).normal(0, 1, (N, C, H * W))
    brightness, offset = np.array([-2.0, 0.0, 3.0]), np.array([0.0, 4.0, -3.0, 2.0, -1.0, 5.0])
    return np.round(noise + brightness[:, None, None] + offset[:, None], 1)


def sharing(kind: str, groups: int, image: int, channel: int) -> np.ndarray:
    """(N, C, H * W), True for the numbers that are averaged with those of this image and channel."""
    n, c = np.arange(N)[:, None, None], np.arange(C)[:, None]
    size = C // groups
    chosen = {
        "batch": c == channel,
        "layer": n == image,
        "instance": (n == image) & (c == channel),
        "group": (n == image) & (c // size == channel // size),
    }[kind]
    return np.broadcast_to(chosen, (N, C, H * W))


def normalize(x: np.ndarray, kind: str, groups: int = 1) -> np.ndarray:
    """x (N, C, H * W) with mean 0 and variance 1 over each set of numbers that `sharing` gives."""
    out = np.empty_like(x)
    for image in range(N):
        for channel in range(C):
            together = x[sharing(kind, groups, image, channel)]
            out[image, channel] = (x[image, channel] - together.mean()) / np.sqrt(together.var() + 1e-5)
    return out


class NormalizationAxesExplorer(Explorer):
    """Controls: `kind` (one of KINDS), `groups` (for "group" alone), `image` and `channel`: whose mean is asked for."""

    width, height = 7.4, 4.5

    def __init__(self) -> None:
        self.x = example()
        super().__init__()
        self._enable()

    def controls(self) -> Mapping[str, Any]:
        narrow = {"button_width": "40px"}
        return {
            "kind": ipywidgets.Dropdown(options=list(KINDS), description="norm"),
            "groups": ipywidgets.ToggleButtons(options=list(GROUPS), value=2, description="groups", style=narrow),
            "image": ipywidgets.IntSlider(value=0, min=0, max=N - 1, description="image"),
            "channel": ipywidgets.IntSlider(value=1, min=0, max=C - 1, description="channel"),
        }

    def shared(self, values: Mapping[str, Any]) -> np.ndarray:
        return sharing(*(values[name] for name in ("kind", "groups", "image", "channel")))

    def draw(self, fig: Figure, values: Mapping[str, Any]) -> None:
        shared, after = self.shared(values), normalize(self.x, values["kind"], values["groups"])
        top, before_ax, after_ax = fig.subplots(3, 1, height_ratios=(2.5, 1.15, 1.15))
        top.axis("off")
        cube, words = top.inset_axes((0.0, 0, 0.52, 1)), top.inset_axes((0.54, 0, 0.46, 1))
        draw_cube(cube, shared)
        words.axis("off")
        for k, line in enumerate(self._lines(values, shared)):
            words.text(0, 0.9 - 0.17 * k, line, fontsize=9, va="top", fontweight="bold" if k == 0 else "normal")
        _draw_table(before_ax, self.x, shared, "before", limit=float(np.abs(self.x).max()))
        _draw_table(after_ax, after, shared, "after", limit=2.5)

    def _lines(self, values: Mapping[str, Any], shared: np.ndarray) -> list[str]:
        kind, groups, together = values["kind"], values["groups"], self.x[shared]
        name = f"{kind} norm" + (f", G = {groups}" if kind == "group" else "")
        means = {"batch": C, "layer": N, "instance": N * C, "group": N * groups}[kind]
        return [
            f"{name}: {means} mean{'s' if means > 1 else ''} ({_MEANS[kind]})",
            f"each over {together.size} numbers ({_COUNTS[kind]})",
            _minus(f"of the solid ones: mean {together.mean():.2f}, std {together.std():.2f}"),
            "after: mean 0, std 1",
        ]

    def describe(self, values: Mapping[str, Any]) -> str:
        kind, groups, shared = values["kind"], values["groups"], self.shared(values)
        together = self.x[shared]
        who = f"Image {values['image']}, channel {values['channel']} in {kind} norm"
        with_groups = f" with {groups} group{'s' if groups > 1 else ''}" if kind == "group" else ""
        same = {1: " One group is layer norm.", C: " As many groups as channels is instance norm."}.get(groups, "")
        return _minus(
            f"{who}{with_groups}: it shares its mean {together.mean():.2f} and its standard deviation "
            f"{together.std():.2f} with {_partners(shared)}, {together.size} numbers together."
            f"{same if kind == 'group' else ''}"
        )

    def _enable(self) -> None:
        self.widgets["groups"].disabled = self.widgets["kind"].value != "group"

    def _changed(self, change: Any) -> None:
        self._enable()
        self.redraw()


def _draw_table(ax: Axes, x: np.ndarray, shared: np.ndarray, name: str, limit: float) -> None:
    """A row for each image, the places of each channel beside one another; the set that shares a mean is framed."""
    pitch = H * W + _BETWEEN
    for c in range(C):
        draw_numbers(ax, np.round(x[:, c], 1), at=(c * pitch, 0), limit=limit, fontsize=6.2)
        if name == "before":
            ax.text(c * pitch + H * W / 2, -0.15, f"channel {c}", ha="center", va="bottom", fontsize=7.5, color=GREY)
        rows = np.flatnonzero(shared[:, c, 0])
        if rows.size:
            corner = (c * pitch, int(rows[0]))
            ax.add_patch(Rectangle(corner, H * W, rows.size, facecolor="none", edgecolor=RED, linewidth=1.8, zorder=3))
    for n in range(N):
        ax.text(-0.25, n + 0.5, f"image {n}", ha="right", va="center", fontsize=7.5, color=GREY)
    ax.text(-3.3, N / 2, name, ha="center", va="center", fontsize=9, fontweight="bold", rotation=90)
    ax.set(xlim=(-3.7, C * pitch), ylim=(N + 0.1, -0.9 if name == "before" else -0.1), aspect="auto")
    ax.axis("off")


def _partners(shared: np.ndarray) -> str:
    images, channels = int(shared.any((1, 2)).sum()), int(shared.any((0, 2)).sum())
    whose = "all images" if images == N else "its own image"
    what = "all channels" if channels == C else f"{channels} channels" if channels > 1 else "its own channel"
    return f"{what} of {whose}"


def _minus(text: str) -> str:
    return text.replace(" -", " −")


def normalization_axes_explorer(**start: Any) -> NormalizationAxesExplorer:
    """The explorer, as the last line of a cell; `start` sets controls, such as `kind="group"`."""
    explorer = NormalizationAxesExplorer()
    for name, value in start.items():
        explorer.widgets[name].value = value
    return explorer
