"""The pictures of the P3 notebooks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.datasets import load_sample_image
from torch.nn import functional

from deeprob import plotting
from deeprob.datasets import load, split_validation
from deeprob.live_module import live_module
from deeprob.plotting.convolution import draw_numbers, signed_map
from deeprob.plotting.style import picture
from deeprob.solver import Solver
from deeprob.widgets import convolution_stepper, feature_map_browser, gradient_error_map, receptive_field_explorer

ROOT = Path(__file__).resolve().parents[2] / "autograder/reference"
EXERCISES = "fully_connected_networks", "convolutional_networks"
fcn, cnn = (live_module(f"deeprob.exercises.{name}", ROOT / f"exercises/{name}.py") for name in EXERCISES)
SOBEL = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])


def pictures() -> Iterator[tuple[str, Figure]]:
    yield "stepper", _static(convolution_stepper(), step=1)
    yield "stepper_backward", _static(convolution_stepper(), way="backward to the input", pad=1, step=4)
    yield "gradient_error", _static(gradient_error_map(), gradient="dx: mistake B")
    field = receptive_field_explorer(load("shapes").floats()[0])
    yield "receptive_field", _static(field, layers=3, pool="after every layer")
    yield "convolution_opening", _convolution_opening()
    shallow, deep, accuracy, mean = _trained()
    browser = _browser(deep, mean)
    yield "feature_maps", _static(browser, image=1, layer="layer 2", channel=3)
    yield "networks_opening", _networks_opening(shallow, accuracy, browser)


def _static(explorer: Any, **values: Any) -> Figure:
    figure = Figure(figsize=(explorer.width, explorer.height), layout="constrained")
    explorer.draw(figure, explorer.values | values)
    return figure


def _plain(ax: Axes, title: str) -> None:
    ax.axis("off")
    ax.set_title(title, fontsize=10, fontweight="normal")


def _convolution_opening() -> Figure:
    photograph = torch.tensor(load_sample_image("china.jpg")).permute(2, 0, 1) / 255
    grey = functional.avg_pool2d(photograph[:, 10:290, 50:370].mean(0, keepdim=True), 2)[0]
    sharpen = torch.tensor([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    filtered = {
        "a photograph": grey[None],
        "blurred": cnn.corr2d(grey, torch.ones(5, 5) / 25)[None],
        "sharpened": cnn.corr2d(grey, sharpen).clamp(0, 1)[None],
        "left − right": cnn.corr2d(grey, SOBEL),
    }
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.25, 1))
    for ax, (name, values) in zip(top.subplots(1, 4), filtered.items(), strict=True):
        signed_map(ax, values.numpy())
        _plain(ax, name)
    left, right = bottom.subfigures(1, 2, width_ratios=(1.35, 1))
    for ax, (name, kernel) in zip(left.subplots(1, 4), _learned_kernels().items(), strict=True):
        draw_numbers(ax, (10 * kernel).round() / 10, fontsize=8)
        ax.set(xlim=(0, 3), ylim=(3, 0))
        _plain(ax, name)
    left.suptitle("Gradient descent finds a kernel", x=0.01, ha="left", fontsize=11, fontweight="bold")
    plotting.timing_bars(_timings(), title="The same convolution, three ways", ax=right.subplots())
    return figure


def _learned_kernels() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    x, settings = torch.randn(64, 1, 8, 8), {"stride": 1, "pad": 0}
    target = functional.conv2d(x, SOBEL[None, None])
    w, b, kept = 0.5 * torch.randn(1, 1, 3, 3), torch.zeros(1), {}
    for step in range(201):
        if step in (0, 5, 20, 200):
            kept[f"step {step}"] = w[0, 0].clone()
        out, cache = cnn.FastConv.forward(x, w, b, settings)
        w = w - 0.05 * cnn.FastConv.backward(2 * (out - target) / out.numel(), cache)[1]
    return kept


def _timings() -> dict[str, float]:
    x, w, b = torch.randn(16, 3, 32, 32), torch.randn(16, 3, 5, 5), torch.zeros(16)
    ways = {
        "Conv": lambda: cnn.Conv.forward(x, w, b, {"stride": 1, "pad": 2}),
        "FastConv": lambda: cnn.FastConv.forward(x, w, b, {"stride": 1, "pad": 2}),
        "PyTorch": lambda: functional.conv2d(x, w, b, padding=2),
    }
    seconds = {}
    for name, way in ways.items():
        way()
        spent = []
        for _ in range(7):
            start = time.perf_counter()
            way()
            spent.append(time.perf_counter() - start)
        seconds[name] = min(spent)
    return seconds


def _trained() -> tuple[Any, Any, dict[str, float], torch.Tensor]:
    """The networks of the notebook: one convolution, three of them; test accuracies; the mean training image."""
    train, val = split_validation(load("shapes"), 0.1)
    test = load("shapes", "test")
    linear = cnn.DeepConvNet(num_filters=(), max_pools=())
    torch.manual_seed(0)
    shallow = cnn.ThreeLayerConvNet((3, 16, 16), 24, 7, hidden_dim=64, weight_scale=0.02, reg=1e-3)
    settings = {"num_filters": (12, 24, 32), "max_pools": (0, 1, 2), "batchnorm": True, "weight_scale": "kaiming"}
    deep = cnn.DeepConvNet(**settings)
    plans = {"linear": (linear, 1, 3e-4), "one conv.": (shallow, 2, 3e-3), "three conv.": (deep, 1, 4e-3)}
    accuracy = {}
    for name, (net, shrink, rate) in plans.items():
        images = [functional.avg_pool2d(split.floats(), shrink) for split in (train, val, test)]
        mean = images[0].mean(0)
        data = {"X_train": images[0] - mean, "y_train": train.labels, "X_val": images[1] - mean, "y_val": val.labels}
        decay = 0.6 if net is shallow else 0.7
        solver = Solver(net, data, fcn.adam, {"learning_rate": rate}, decay, 50, 4, verbose=False)
        solver.train()
        accuracy[name] = 100 * solver.check_accuracy(images[2] - mean, test.labels)
    return shallow, deep, accuracy, mean


def _browser(net: Any, mean: torch.Tensor) -> Any:
    test = load("shapes", "test")
    first = torch.cat([torch.nonzero(test.labels == c)[:1, 0] for c in range(10)])
    a, maps, p = test.floats()[first] - mean, {}, net.params
    net.loss(a)
    for i in range(1, net.num_layers):
        scale = (p[f"gamma{i}"], p[f"beta{i}"], net.conv_param, net.bn_params[i - 1])
        a, _ = cnn.Conv_BatchNorm_ReLU.forward(a, p[f"W{i}"], p[f"b{i}"], *scale)
        maps[f"layer {i}"] = a
        a, _ = cnn.FastMaxPool.forward(a, net.pool_param)
    return feature_map_browser(test.images[first], maps, p["W1"], list(test.classes))


def _networks_opening(shallow: Any, accuracy: dict[str, float], browser: Any) -> Figure:
    figure = Figure(figsize=(9, 4.8), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 1.25))
    filters = shallow.params["W1"].numpy()
    for ax, w in zip(top.subplots(2, 12).flat, filters, strict=True):
        ax.imshow(picture(w / (2 * abs(w).max()) + 0.5))
        ax.axis("off")
    top.suptitle("Nobody drew these: learned filters", x=0.01, ha="left", fontsize=11, fontweight="bold")
    left, right = bottom.subfigures(1, 2, width_ratios=(1, 1.1))
    plotting.bars({"chance": 10.0, **accuracy}, title="Depth helps", ylabel="test accuracy (%)", ax=left.subplots())
    image, maps = browser.images[1], browser.maps["layer 2"][1]
    grid = right.subplot_mosaic([["image", "a", "b"], ["image", "c", "d"]], width_ratios=(2, 1, 1))
    grid["image"].imshow(picture(image))
    _plain(grid["image"], "an image, and four of its maps")
    for name, channel in zip("abcd", maps.mean((1, 2)).argsort()[-4:], strict=True):
        grid[name].imshow(maps[channel])
        grid[name].axis("off")
    right.suptitle("What channels of layer 2 answer", x=0.01, ha="left", fontsize=11, fontweight="bold")
    return figure
