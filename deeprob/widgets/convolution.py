"""A convolution, one window at a time: forward, and backward to the input and to the kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch.nn import functional

from deeprob.plotting.convolution import draw_numbers
from deeprob.plotting.style import GREY, RED
from deeprob.widgets.explorer import Explorer

__all__ = ["ConvolutionStepper", "convolution_stepper"]

INPUTS = {
    "0 to 8, 3 × 3": np.arange(9.0).reshape(3, 3),
    "patch, 3 × 3": np.array([[200.0, 150, 150], [100, 50, 100], [25, 25, 10]]),
    "square, 5 × 5": np.pad(np.full((3, 3), 2.0), 1),
    "slope, 5 × 5": np.add.outer(np.arange(5.0), 2 * np.arange(5.0)),
}
KERNELS = {
    "0 to 3": "0 1; 2 3",
    "edge": "-1 -1 -1; -1 8 -1; -1 -1 -1",
    "Sobel": "1 0 -1; 2 0 -2; 1 0 -1",
    "sum": "1 1 1; 1 1 1; 1 1 1",
    "difference": "-1 1",
    "identity": "0 0 0; 0 1 0; 0 0 0",
}
WAYS = {"forward": "out", "backward to the input": "dx", "backward to the kernel": "dw"}
_UPSTREAM = (1.0, 2.0, -1.0, 3.0, -2.0)
_GAP, _BETWEEN, _HEAD = 1.4, 0.7, 1.2  # in cells: between columns, between channels, above
_WIDTH, _HEIGHT = 7.4, 5.6  # inches


def parse_kernel(text: str) -> np.ndarray | None:
    """`"0 1; 2 3"` -> [[0, 1], [2, 3]]; None when it is not a matrix of at most 5 x 5 numbers."""
    try:
        rows = [[float(n) for n in row.replace(",", " ").split()] for row in text.split(";")]
        matrix = np.array(rows)
    except ValueError:
        return None
    fits = matrix.ndim == 2 and 0 < matrix.shape[0] <= 5 and 0 < matrix.shape[1] <= 5
    return matrix if fits and np.isfinite(matrix).all() else None


@dataclass(frozen=True)
class Steps:
    """All steps of one convolution: output cells in reading order, each with its window."""

    x: np.ndarray  # (C, H + 2 pad, W + 2 pad)
    w: np.ndarray  # (C, HH, WW)
    dout: np.ndarray  # (H', W')
    pad: int
    stride: int

    def corner(self, step: int) -> tuple[int, int, int, int]:
        """(i, j) of the output cell, and row and column of its window's first cell."""
        i, j = divmod(step, self.dout.shape[1])
        return i, j, i * self.stride, j * self.stride

    def window(self, step: int) -> np.ndarray:
        """(C, HH, WW)."""
        _, _, top, left = self.corner(step)
        return self.x[:, top : top + self.w.shape[1], left : left + self.w.shape[2]]

    def after(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Output (H', W'), padded dx and dw as they stand after this step: what comes later is still 0."""
        done = np.arange(self.dout.size).reshape(self.dout.shape) <= step
        x, w = (torch.tensor(part)[None].requires_grad_() for part in (self.x, self.w))
        out = functional.conv2d(x, w, stride=self.stride)
        dx, dw = torch.autograd.grad(out, (x, w), torch.tensor(self.dout * done)[None, None])
        return out[0, 0].detach().numpy() * done, dx[0].numpy(), dw[0].numpy()


@dataclass(frozen=True)
class _Column:
    """One of the things side by side: a matrix for each channel, one below the other."""

    name: str
    parts: np.ndarray  # (C, H, W)
    scale: np.ndarray  # its largest value has the deepest colour
    frame: tuple[int, int, int, int] | None = None  # x, y, width, height of what this step touches
    margin: int = 0
    hidden: np.ndarray | None = None  # (H, W)


class ConvolutionStepper(Explorer):
    """Controls: `input`, `kernel` (a preset), `numbers` (any kernel), `pad`, `stride`, `channels`, `way`, `step`."""

    width, height = _WIDTH, 3.2

    def __init__(self) -> None:
        self._loading = False
        super().__init__()
        play = ipywidgets.Play(min=0, max=self.widgets["step"].max, interval=900)
        ipywidgets.link((play, "value"), (self.widgets["step"], "value"))
        ipywidgets.link((play, "max"), (self.widgets["step"], "max"))
        self.box.children[0].children[0].children += (play,)

    def controls(self) -> Mapping[str, Any]:
        return {
            "input": ipywidgets.Dropdown(options=list(INPUTS), description="input"),
            "kernel": ipywidgets.Dropdown(options=[*KERNELS, "own"], description="kernel"),
            "numbers": ipywidgets.Text(value=KERNELS["0 to 3"], description="its rows", continuous_update=False),
            "pad": ipywidgets.IntSlider(value=0, min=0, max=2, description="pad"),
            "stride": ipywidgets.IntSlider(value=1, min=1, max=3, description="stride"),
            "channels": ipywidgets.IntSlider(value=1, min=1, max=3, description="channels"),
            "way": ipywidgets.Dropdown(options=list(WAYS), description="way"),
            "step": ipywidgets.IntSlider(value=0, min=0, max=3, description="step"),
        }

    def steps(self, values: Mapping[str, Any]) -> Steps | None:
        """The convolution that the controls describe; None where the kernel is no matrix or does not fit."""
        kernel, picture = parse_kernel(values["numbers"]), INPUTS[values["input"]]
        pad, stride, C = values["pad"], values["stride"], values["channels"]
        if kernel is None:
            return None
        x = np.stack([np.pad(np.rot90(picture, c), pad) for c in range(C)])
        w = np.stack([kernel, kernel[::-1, ::-1], -kernel][:C])
        rows, columns = (1 + (n - k) // stride for n, k in zip(x.shape[1:], kernel.shape, strict=True))
        if rows < 1 or columns < 1:
            return None
        return Steps(x, w, np.resize(_UPSTREAM, (rows, columns)), pad, stride)

    def draw(self, fig: Figure, values: Mapping[str, Any]) -> None:
        steps = self.steps(values)
        fig.set_layout_engine("none")
        ax = fig.add_axes((0, 0, 1, 1))
        ax.axis("off")
        if steps is None:
            fig.set_size_inches(_WIDTH, 1.2)
            ax.text(0.5, 0.5, self.describe(values), ha="center", va="center", wrap=True)
            return
        columns, lines = self._columns(steps, values), self._lines(steps, values)
        width = sum(column.parts[0].shape[1] for column in columns) + 2 * _GAP
        tall = max(len(c.parts) * (c.parts[0].shape[0] + _BETWEEN) for c in columns) + _HEAD
        cell, words = min(0.46, (_WIDTH - 0.4) / width, _HEIGHT / tall), 0.19 * len(lines) + 0.15
        spare, height = (_WIDTH / cell - width) / 2, cell * tall + words
        fig.set_size_inches(_WIDTH, height)
        signs = "∗=" if WAYS[values["way"]] == "out" else "←×"
        _draw_columns(ax, columns, signs, (tall - _HEAD) / 2, fontsize=min(9.0, 24 * cell))
        ax.set(xlim=(-spare, width + spare), ylim=(height / cell - _HEAD, -_HEAD), aspect="auto")
        for k, line in enumerate(lines):
            y = 0.19 * (len(lines) - k) / height
            ax.text(0.5, y, line, transform=ax.transAxes, ha="center", va="top", fontsize=8, family="monospace")

    def _columns(self, steps: Steps, values: Mapping[str, Any]) -> list[_Column]:
        """What stands side by side: what the step makes is at the right forward, and at the left backward."""
        way, step = WAYS[values["way"]], min(values["step"], steps.dout.size - 1)
        i, j, top, left = steps.corner(step)
        window, cell, pad = (left, top, steps.w.shape[2], steps.w.shape[1]), (j, i, 1, 1), steps.pad
        (out, dx, dw), last = steps.after(step), steps.after(steps.dout.size - 1)
        upstream = _Column("upstream gradient", steps.dout[None], steps.dout, cell)
        if way == "dx":
            kernel = _Column("kernel", steps.w, steps.w)
            return [_Column("dx so far; grey is cut off", dx, last[1], window, pad), kernel, upstream]
        given = _Column("input", steps.x, steps.x, window, pad)
        if way == "dw":
            return [_Column("dw so far", dw, last[2]), given, upstream]
        later = np.arange(out.size).reshape(out.shape) > step
        return [given, _Column("kernel", steps.w, steps.w), _Column("output", out[None], last[0], cell, hidden=later)]

    def _lines(self, steps: Steps, values: Mapping[str, Any]) -> list[str]:
        """What happens in this step, written out; one line for each channel."""
        way, step = WAYS[values["way"]], min(values["step"], steps.dout.size - 1)
        i, j, top, left = steps.corner(step)
        window, (C, HH, WW) = steps.window(step), steps.w.shape
        if way == "out":
            parts = [_sum(window[c], steps.w[c]) for c in range(C)]
            total = _number((window * steps.w).sum())
            if C == 1:
                return [f"out[{i}, {j}] = {parts[0]} = {total}"]
            sums = [_number((window[c] * steps.w[c]).sum()) for c in range(C)]
            lines = [f"channel {c}: {part} = {s}" for c, (part, s) in enumerate(zip(parts, sums, strict=True))]
            return [*lines, f"out[{i}, {j}] = {' + '.join(map(_bracket, sums))} = {total}"]
        factor = _bracket(_number(steps.dout[i, j]))
        other, place = (steps.w, f"dx[{top}:{top + HH}, {left}:{left + WW}]") if way == "dx" else (window, "dw")
        name = "kernel" if way == "dx" else f"x[{top}:{top + HH}, {left}:{left + WW}]"
        lines = [f"{place} += dout[{i}, {j}] · {name}"]
        names = [f"channel {c}: " if C > 1 else "" for c in range(C)]
        return lines + [f"{name}{factor} · {_matrix(part)}" for name, part in zip(names, other, strict=True)]

    def describe(self, values: Mapping[str, Any]) -> str:
        steps = self.steps(values)
        if steps is None:
            if parse_kernel(values["numbers"]) is None:
                return "Write a kernel as rows of numbers, at most 5 by 5, with a semicolon after each row: 0 1; 2 3"
            return "The kernel is larger than the padded input: there is no place for it."
        (C, H, W), (_, HH, WW), (rows, columns) = steps.x.shape, steps.w.shape, steps.dout.shape
        step, pad, stride = min(values["step"], steps.dout.size - 1), steps.pad, steps.stride
        high = f"1 + ⌊({H - 2 * pad} + 2·{pad} − {HH}) / {stride}⌋ = {rows}"
        wide = f"1 + ⌊({W - 2 * pad} + 2·{pad} − {WW}) / {stride}⌋ = {columns}"
        channels = f", {C} channels" if C > 1 else ""
        return (
            f"Step {step + 1} of {steps.dout.size}, {values['way']}, kernel {HH} × {WW}{channels}. "
            f"The output is {high} high and {wide} wide."
        )

    def _changed(self, change: Any) -> None:
        if self._loading:
            return
        self._loading = True
        if change["owner"] is self.widgets["kernel"] and change["new"] in KERNELS:
            self.widgets["numbers"].value = KERNELS[change["new"]]
        elif change["owner"] is self.widgets["numbers"]:
            known = {text: name for name, text in KERNELS.items()}
            self.widgets["kernel"].value = known.get(change["new"], "own")
        steps = self.steps(self.values)
        if steps is not None and change["owner"] is not self.widgets["step"]:
            self.widgets["step"].value = min(self.widgets["step"].value, steps.dout.size - 1)
            self.widgets["step"].max = steps.dout.size - 1
        self._loading = False
        self.redraw()


def _draw_columns(ax: Axes, columns: list[_Column], signs: str, middle: float, fontsize: float) -> None:
    left = 0.0
    for k, column in enumerate(columns):
        C, H, W = column.parts.shape
        limit = float(np.abs(column.scale).max()) or 1.0
        pitch = 2 * middle / max(len(c.parts) for c in columns)
        first = middle - _BETWEEN / 2 - (C - 1) * pitch / 2 - H / 2
        for c in range(C):
            top, hidden = first + c * pitch, column.hidden
            draw_numbers(
                ax, column.parts[c], at=(left, top), limit=limit, hidden=hidden, margin=column.margin, fontsize=fontsize
            )
            if column.frame:
                x, y, width, height = column.frame
                corner, look = (left + x, top + y), {"facecolor": "none", "edgecolor": RED, "linewidth": 2.2}
                ax.add_patch(Rectangle(corner, width, height, zorder=3, **look))
        ax.text(left + W / 2, first - 0.2, column.name, ha="center", va="bottom", fontsize=9, color=GREY)
        left += W + _GAP
        if k < len(signs):
            ax.text(left - _GAP / 2, middle - _BETWEEN / 2, signs[k], ha="center", va="center", fontsize=13)


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _bracket(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def _sum(window: np.ndarray, kernel: np.ndarray) -> str:
    pairs = zip(window.ravel(), kernel.ravel(), strict=True)
    return " + ".join(f"{_bracket(_number(a))}·{_bracket(_number(b))}" for a, b in pairs)


def _matrix(values: np.ndarray) -> str:
    return "[" + ", ".join("[" + ", ".join(map(_number, row)) + "]" for row in values) + "]"


def convolution_stepper(**start: Any) -> ConvolutionStepper:
    """The explorer, as the last line of a cell; `start` sets controls, such as `way="backward to the input"`."""
    explorer = ConvolutionStepper()
    for name, value in start.items():
        explorer.widgets[name].value = value
    return explorer
