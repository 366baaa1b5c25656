"""Dropout on one layer: which units a mask leaves, and what the next layer gets at training and at test time.

The masks are drawn by PyTorch's own dropout. Thin bars are units, the histogram shows the input of one unit of the
next layer over many masks: it must have the same mean at training time as its value at test time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch.nn import functional

from deeprob.plotting.style import BLUE, GREY, ORANGE, RED
from deeprob.widgets.explorer import Explorer

__all__ = ["DropoutExplorer", "dropout_explorer"]

UNITS, MASKS = 24, 2000
SCALINGS = {
    "÷ (1 − p) in training": "inverted",
    "· (1 − p) at test": "at test",
    "none": "none",
}


class DropoutExplorer(Explorer):
    """Controls: `p`, `mode` ("train" or "test"), `scaling` (a key of SCALINGS), `mask`: the number of the draw."""

    width, height = 7.2, 3.5

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(2)
        self.hidden = torch.randn(UNITS, generator=generator).add(0.7).clamp(min=0)  # (H,), after a ReLU
        self.weights = 0.25 + 0.1 * torch.randn(UNITS, generator=generator)  # (H,), of one unit of the next layer
        super().__init__()

    def controls(self) -> Mapping[str, Any]:
        wide = {"style": {"description_width": "70px"}}
        return {
            "p": ipywidgets.FloatSlider(value=0.5, min=0, max=0.9, step=0.05, description="p (drop)", **wide),
            "mode": ipywidgets.Dropdown(options=["train", "test"], value="train", description="mode", **wide),
            "scaling": ipywidgets.Dropdown(options=list(SCALINGS), description="scaling", **wide),
            "mask": ipywidgets.IntSlider(value=0, min=0, max=30, description="draw", **wide),
        }

    def factors(self, values: Mapping[str, Any]) -> torch.Tensor:
        """What each unit is multiplied by, (MASKS, H): 0 where it is dropped; all rows are the same at test time."""
        p, scaling = values["p"], SCALINGS[values["scaling"]]
        ones = torch.ones(MASKS, UNITS)
        if values["mode"] == "test":
            return ones * (1 - p if scaling == "at test" else 1)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(values["mask"])
            scaled = functional.dropout(ones, p)
        return scaled if scaling == "inverted" else scaled * (1 - p)

    def outputs(self, values: Mapping[str, Any]) -> torch.Tensor:
        """What leaves the layer, (MASKS, H)."""
        return self.hidden * self.factors(values)

    def means(self, values: Mapping[str, Any]) -> tuple[float, float]:
        """Mean input of the next unit, in training and at test."""
        train, test = (self.outputs(values | {"mode": mode}) @ self.weights for mode in ("train", "test"))
        return float(train.mean()), float(test.mean())

    def draw(self, fig: Figure, values: Mapping[str, Any]) -> None:
        units, sums = fig.subplots(1, 2, width_ratios=(1.2, 1))
        self._draw_units(units, values)
        self._draw_sums(sums, values)

    def _draw_units(self, ax: Axes, values: Mapping[str, Any]) -> None:
        out, dropped = self.outputs(values)[0], self.factors(values)[0] == 0
        places = torch.arange(UNITS).numpy()
        ax.bar(places, self.hidden.numpy(), color="#D9D9D9", width=0.8, label="before")
        ax.bar(places, out.numpy(), color=BLUE, width=0.45, label="after")
        ax.plot(places[dropped.numpy()], [-0.1] * int(dropped.sum()), "x", color=RED, markersize=5, label="dropped")
        kept = UNITS - int(dropped.sum())
        title = "test: all units stay" if values["mode"] == "test" else f"one mask: {kept} of {UNITS} units stay"
        top = 1.2 * max(float(out.max()), float(self.hidden.max()))
        ax.set(title=title, xlabel="hidden unit", ylabel="activation", ylim=(-0.1 * top, top))
        ax.legend(loc="upper right", fontsize=8, ncols=3)
        ax.grid(axis="x", visible=False)

    def _draw_sums(self, ax: Axes, values: Mapping[str, Any]) -> None:
        train = self.outputs(values | {"mode": "train"}) @ self.weights  # (MASKS,)
        mean, test = self.means(values)
        ax.hist(train.numpy(), bins=40, color=ORANGE, alpha=0.7, label=f"training, {MASKS:,} masks")
        ax.axvline(mean, color="#7A5300", linestyle="--", label=f"their mean, {mean:.2f}")
        ax.axvline(test, color=BLUE, linewidth=2.2, label=f"test, {test:.2f}")
        ax.axvline(0, color=GREY, linewidth=0.8)
        agree = abs(mean - test) < 0.05 * abs(test)
        title = "training and test agree" if agree else f"test is {test / mean:.1f} times as large"
        ax.set(title=title, xlabel="input of the next unit", ylabel="masks", xlim=(-0.3, 12))
        ax.legend(loc="upper right", fontsize=8)

    def describe(self, values: Mapping[str, Any]) -> str:
        mean, test = self.means(values)
        return (
            f"Dropout with p = {values['p']:.2f}, scaling: {values['scaling']}. The next unit gets {mean:.2f} on "
            f"average in training and {test:.2f} at test."
        )


def dropout_explorer() -> DropoutExplorer:
    """The explorer, as the last line of a cell."""
    return DropoutExplorer()
