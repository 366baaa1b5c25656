"""Four optimizers on one loss surface: what learning rate, momentum, averaging and noise do to the way down.

The steps are those of `torch.optim`; the surfaces are small formulas of two parameters, with their gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import ipywidgets
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deeprob.plotting.networks import descent_paths
from deeprob.plotting.style import COLOURS, MARKERS
from deeprob.widgets.explorer import Explorer

__all__ = ["SURFACES", "OptimizerExplorer", "Surface", "optimizer_explorer"]


@dataclass(frozen=True)
class Surface:
    """A loss of two parameters.

    Attributes:
        height: of the places (x, y), tensors of one shape.
        slope: its derivatives by x and by y there.
        start: where the race begins.
        lowest: where it should end; the height there is 0.
        extent: left, right, bottom and top of the picture.
        rates: learning rates to begin with: of SGD and momentum, and of RMSProp and Adam.
    """

    height: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    slope: Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
    start: tuple[float, float]
    lowest: tuple[float, float]
    extent: tuple[float, float, float, float]
    rates: tuple[float, float]

    def loss(self, w: torch.Tensor) -> float:
        """The height at w, a tensor of shape (2,)."""
        return float(self.height(w[0], w[1]))

    def gradient(self, w: torch.Tensor) -> torch.Tensor:
        """The gradient at w, of shape (2,) as w."""
        return torch.stack(self.slope(w[0], w[1]))


SURFACES: dict[str, Surface] = {
    "ravine": Surface(
        height=lambda x, y: 0.05 * x**2 + y**2,
        slope=lambda x, y: (0.1 * x, 2 * y),
        start=(-9.0, 2.0),
        lowest=(0.0, 0.0),
        extent=(-10, 4, -3, 3),
        rates=(0.1, 0.2),
    ),
    "curved valley": Surface(
        height=lambda x, y: 0.1 * (1 - x) ** 2 + (y - x**2) ** 2,
        slope=lambda x, y: (-0.2 * (1 - x) - 4 * x * (y - x**2), 2 * (y - x**2)),
        start=(-1.4, 2.7),
        lowest=(1.0, 1.0),
        extent=(-2.2, 2.2, -0.8, 3.4),
        rates=(0.05, 0.05),
    ),
    "saddle": Surface(
        height=lambda x, y: 0.5 * x**2 - 0.5 * y**2 + 0.125 * y**4 + 0.5,
        slope=lambda x, y: (x, -y + 0.5 * y**3),
        start=(2.0, 0.001),
        lowest=(0.0, 2**0.5),
        extent=(-2.4, 2.4, -2.0, 2.0),
        rates=(0.1, 0.05),
    ),
}
NAMES = ("SGD", "momentum", "RMSProp", "Adam")


@lru_cache(maxsize=64)
def _paths(
    surface: str, rate: float, adaptive_rate: float, momentum: float, noise: float, steps: int
) -> dict[str, torch.Tensor]:
    """Name -> the places of each optimizer, (steps + 1, 2); shorter where it has left the surface for good."""
    makers: dict[str, Callable[[list[torch.Tensor]], torch.optim.Optimizer]] = {
        "SGD": lambda w: torch.optim.SGD(w, lr=rate, foreach=False),
        "momentum": lambda w: torch.optim.SGD(w, lr=rate, momentum=momentum, foreach=False),
        "RMSProp": lambda w: torch.optim.RMSprop(w, lr=adaptive_rate, foreach=False),
        "Adam": lambda w: torch.optim.Adam(w, lr=adaptive_rate, foreach=False),
    }
    paths = {}
    for name, make in makers.items():
        jitter = torch.randn(steps, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        w = torch.tensor(SURFACES[surface].start, dtype=torch.float64, requires_grad=True)
        optimizer, places = make([w]), [w.detach().clone()]
        for step in range(steps):
            w.grad = SURFACES[surface].gradient(w.detach()) + noise * jitter[step]
            optimizer.step()
            places.append(w.detach().clone())
            if not places[-1].abs().max() < 100:
                break
        paths[name] = torch.stack(places)
    return paths


class OptimizerExplorer(Explorer):
    """Controls: `surface` (a key of SURFACES), `rate`, `adaptive_rate`, `momentum`, `noise`, `steps`."""

    width, height = 7.2, 3.5

    def controls(self) -> Mapping[str, Any]:
        first = next(iter(SURFACES))
        rate, adaptive_rate = SURFACES[first].rates
        wide = {"style": {"description_width": "120px"}, "layout": ipywidgets.Layout(width="300px")}
        log = {"base": 10, "min": -3, "max": 0.5, "step": 0.05, "readout_format": ".3g", **wide}
        return {
            "surface": ipywidgets.Dropdown(options=list(SURFACES), value=first, description="surface", **wide),
            "rate": ipywidgets.FloatLogSlider(value=rate, description="SGD, momentum", **log),
            "adaptive_rate": ipywidgets.FloatLogSlider(value=adaptive_rate, description="RMSProp, Adam", **log),
            "momentum": ipywidgets.FloatSlider(
                value=0.9, min=0, max=0.99, step=0.01, description="momentum", **wide
            ),
            "noise": ipywidgets.FloatSlider(value=0, min=0, max=1, step=0.05, description="gradient noise", **wide),
            "steps": ipywidgets.IntSlider(value=60, min=1, max=200, description="steps", **wide),
        }

    def paths(self, values: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """Name -> places (T, 2), from the start on."""
        return _paths(*(values[name] for name in ("surface", "rate", "adaptive_rate", "momentum", "noise", "steps")))

    def losses(self, values: Mapping[str, Any]) -> dict[str, list[float]]:
        """Name -> the height at each of its places."""
        surface = SURFACES[values["surface"]]
        return {name: surface.height(*path.T).tolist() for name, path in self.paths(values).items()}

    def draw(self, fig: Figure, values: Mapping[str, Any]) -> None:
        surface = SURFACES[values["surface"]]
        plane, curves = fig.subplots(1, 2, width_ratios=(1.4, 1))
        descent_paths(
            surface.height,
            self.paths(values),
            title=f"{values['steps']} steps down the {values['surface']}",
            extent=surface.extent,
            lowest=surface.lowest,
            ax=plane,
        )
        self._draw_losses(curves, values)

    def _draw_losses(self, ax: Axes, values: Mapping[str, Any]) -> None:
        losses = self.losses(values)
        for (name, heights), colour, marker in zip(losses.items(), COLOURS, MARKERS, strict=False):
            ax.plot(heights, color=colour, marker=marker, markersize=4.5, markevery=10, linewidth=1.4, label=name)
        ax.set_yscale("log")
        ax.set_ylim(1e-6, 1e2)
        best = min(losses, key=lambda name: losses[name][-1])
        ax.set(title=f"lowest: {best}", xlabel="step", ylabel="loss")
        ax.legend(loc="lower left", fontsize=8)

    def describe(self, values: Mapping[str, Any]) -> str:
        ends = ", ".join(f"{name} {heights[-1]:.2g}" for name, heights in self.losses(values).items())
        return f"The {values['surface']}, loss after {values['steps']} steps: {ends}."

    def _changed(self, change: Any) -> None:
        if change["owner"] is self.widgets["surface"]:
            self.widgets["rate"].value, self.widgets["adaptive_rate"].value = SURFACES[change["new"]].rates
        self.redraw()


def optimizer_explorer() -> OptimizerExplorer:
    """The explorer, as the last line of a cell."""
    return OptimizerExplorer()
