"""A linear classifier of three classes in the plane: turn its weights, see margins and both losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from torch.nn import functional

from deeprob.plotting.style import COLOURS, GREY, MARKERS, RED
from deeprob.widgets.explorer import Explorer

__all__ = ["LinearExplorer", "linear_explorer"]

_CENTRES = np.array([[-1.2, -0.8], [1.3, -0.7], [0.0, 1.2]])
_PER_CLASS = 8
_LIMIT, _STEPS = 3.0, 90
_START = ((-0.5, 0.0, 0.0), (0.5, 0.0, 0.0), (0.0, 0.3, 0.0))  # (w1, w2, b) of each class


def _points() -> tuple[torch.Tensor, torch.Tensor]:
    """(N, 3) with a column of ones, and labels (N,)."""
    draws = np.random.default_rng(3).standard_normal((3, _PER_CLASS, 2))
    points = (_CENTRES[:, None] + 0.65 * draws).reshape(-1, 2)
    x = torch.tensor(np.column_stack([points, np.ones(len(points))]))
    return x, torch.arange(3).repeat_interleave(_PER_CLASS)


class LinearExplorer(Explorer):
    """Sliders: `class`, its `w1`, `w2`, `b`, and the `example` to look at; `values` also has `W`."""

    width, height = 7.4, 3.6

    def __init__(self) -> None:
        self.x, self.y = _points()
        self.W = torch.tensor(_START, dtype=torch.float64).T.clone()  # (3, C): rows w1, w2, b
        self._loading = False
        super().__init__()
        steps = [ipywidgets.Button(description=f"step down the {name} loss") for name in ("SVM", "softmax")]
        for button, loss in zip(steps, ("svm", "softmax"), strict=True):
            button.layout.width = "auto"
            button.on_click(lambda _, loss=loss: self.step(loss))
        self.box.children[0].children[0].children += (ipywidgets.HBox(steps),)

    def controls(self) -> Mapping[str, Any]:
        controls: dict[str, Any] = {
            "class": ipywidgets.ToggleButtons(options=[0, 1, 2], value=0, description="class"),
        }
        controls["class"].style.button_width = "40px"
        for row, name in enumerate(("w1", "w2", "b")):
            controls[name] = ipywidgets.FloatSlider(
                value=float(self.W[row, 0]), min=-4, max=4, step=0.1, description=name
            )
        controls["example"] = ipywidgets.IntSlider(value=4, min=0, max=len(self.x) - 1, description="example")
        return controls

    @property
    def values(self) -> dict[str, Any]:
        return super().values | {"W": self.W.clone()}

    def losses(self, W: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """SVM and softmax loss of every point, (N,) each, by PyTorch's own functions."""
        scores = self.x @ W
        # multi_margin_loss divides by the number of classes; the course's loss does not
        svm = functional.multi_margin_loss(scores, self.y, reduction="none") * scores.shape[1]
        return svm, functional.cross_entropy(scores, self.y, reduction="none")

    def step(self, loss: str, rate: float = 0.3) -> None:
        """Move all weights one step down the gradient of one of the losses, `svm` or `softmax`."""
        W = self.W.clone().requires_grad_()
        svm, softmax = self.losses(W)
        (svm if loss == "svm" else softmax).mean().backward()
        self.W = (W - rate * W.grad).detach().clamp(-4, 4)
        self._load_sliders()

    def draw(self, fig: Figure, values: Mapping[str, Any]) -> None:
        plane, scores = fig.subplots(1, 2, width_ratios=(1.35, 1))
        self._draw_plane(plane, values)
        self._draw_scores(scores, values)

    def _draw_plane(self, ax: Axes, values: Mapping[str, Any]) -> None:
        grid = torch.linspace(-_LIMIT, _LIMIT, _STEPS, dtype=torch.float64)
        places = torch.stack(torch.meshgrid(grid, grid, indexing="xy"), dim=-1).reshape(-1, 2)
        W = values["W"]
        field = (places @ W[:2] + W[2]).argmax(1).reshape(_STEPS, _STEPS).numpy()
        ax.imshow(
            field,
            origin="lower",
            extent=(-_LIMIT, _LIMIT, -_LIMIT, _LIMIT),
            cmap=ListedColormap(COLOURS[:3]),
            alpha=0.35,
            vmin=-0.5,
            vmax=2.5,
        )
        for c in range(3):
            ax.arrow(0, 0, *(0.5 * W[:2, c]).tolist(), color=COLOURS[c], width=0.04, head_width=0.2)
            x, y, _ = self.x[self.y == c].T.numpy()
            ax.scatter(x, y, s=26, color=COLOURS[c], marker=MARKERS[c], edgecolor="white")
        svm = self.losses(W)[0]
        costly, (x, y, _) = self.x[svm > 0].numpy(), self.x[values["example"]].tolist()
        ax.scatter(costly[:, 0], costly[:, 1], s=90, facecolor="none", edgecolor=RED, linewidth=1.2)
        ax.scatter(x, y, s=230, marker="s", facecolor="none", edgecolor="black")
        ax.grid(False)
        title = f"ringed: {len(costly)} of {len(self.x)} points cost something"
        ax.set(title=title, xlabel="feature 1", ylabel="feature 2", xlim=(-3, 3), ylim=(-3, 3))
        ax.title.set_fontsize(10)

    def _draw_scores(self, ax: Axes, values: Mapping[str, Any]) -> None:
        i = values["example"]
        scores, label = (self.x[i] @ values["W"]).tolist(), int(self.y[i])
        ax.bar(range(3), scores, color=COLOURS[:3], width=0.6)
        ax.hlines(scores[label] - 1, -0.45, 2.42, color=RED, linestyle="--", linewidth=1.2)
        ax.axhline(0, color=GREY, linewidth=0.8)
        ax.set_xticks(range(3), [f"class {c}" + ("\n(true)" if c == label else "") for c in range(3)])
        ax.grid(axis="x", visible=False)
        low, high = min(*scores, scores[label] - 1, 0), max(*scores, 0)
        svm, softmax = (float(loss[i]) for loss in self.losses(values["W"]))
        title = f"boxed: SVM {svm:.2f}, softmax {softmax:.2f}"
        ax.set(title=title, ylabel="score", xlim=(-0.5, 3.2), ylim=(low - 0.6, high + 0.6))
        ax.annotate("true\nscore − 1", (2.45, scores[label] - 1), ha="left", va="center", color=RED, fontsize=8)
        ax.title.set_fontsize(10)

    def describe(self, values: Mapping[str, Any]) -> str:
        svm, softmax = self.losses(values["W"])
        right = ((self.x @ values["W"]).argmax(1) == self.y).double().mean()
        return (
            f"Mean over all points: SVM loss {svm.mean():.3f}, softmax loss {softmax.mean():.3f}; "
            f"{100 * right:.0f} % classified correctly."
        )

    def _changed(self, change: Any) -> None:
        if self._loading:
            return
        if change["owner"] is self.widgets["class"]:
            self._load_sliders()
            return
        column = self.widgets["class"].value
        self.W[:, column] = torch.tensor([self.widgets[n].value for n in ("w1", "w2", "b")])
        self.redraw()

    def _load_sliders(self) -> None:
        """Show the weights of the chosen class; the sliders round, the weights stay as they are."""
        self._loading = True
        for row, name in enumerate(("w1", "w2", "b")):
            self.widgets[name].value = float(self.W[row, self.widgets["class"].value])
        self._loading = False
        self.redraw()


def linear_explorer() -> LinearExplorer:
    """The explorer, as the last line of a cell."""
    return LinearExplorer()
