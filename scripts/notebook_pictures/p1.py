"""The pictures of the P1 notebooks."""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch
from matplotlib.figure import Figure

from autograder.reference.exercises import knn, linear_classifier
from deeprob import plotting
from deeprob.datasets import load, split_validation
from deeprob.plotting.style import DIVERGING
from deeprob.widgets import knn_explorer, linear_explorer


def pictures() -> Iterator[tuple[str, Figure]]:
    yield "knn_explorer", _knn_explorer()
    yield "linear_explorer", _linear_explorer()
    yield "linear_opening", _linear_opening()
    yield "knn_opening", _knn_opening()


def _knn_explorer() -> Figure:
    explorer = knn_explorer()
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    for part, k in zip(figure.subfigures(1, 2), (1, 15), strict=True):
        explorer.draw(part, explorer.values | {"k": k, "noise": 1.0})
    return figure


def _linear_explorer() -> Figure:
    explorer = linear_explorer()
    for _ in range(12):
        explorer.step("svm")
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    explorer.draw(figure, explorer.values)
    return figure


def _knn_opening() -> Figure:
    train, test = load("digits"), load("digits", "test")
    x, y = train.floats(), train.labels
    figure = Figure(figsize=(9, 4.6), layout="constrained")
    axes = figure.subplot_mosaic([["image"] * 2, ["time", "time"], ["folds", "leak"]], height_ratios=(0.7, 0.75, 1.5))
    query = test.floats()[9]
    nearest = knn.compute_distances_no_loops(x, query[None])[:, 0].argsort()[:7]
    strip = torch.cat([query[0], torch.zeros(8, 3), *(torch.nn.functional.pad(x[i, 0], (1, 0)) for i in nearest)], 1)
    axes["image"].imshow(strip, cmap="gray_r")
    axes["image"].axis("off")
    axes["image"].set_title("A test image, and its seven nearest among 1,297")
    seconds = {}
    for name in ("two_loops", "one_loop", "no_loops"):
        function = getattr(knn, f"compute_distances_{name}")
        function(x[:300], x[:200])
        start = time.perf_counter()
        function(x[:300], x[:200])
        seconds[name.replace("_", " ")] = time.perf_counter() - start
    plotting.timing_bars(seconds, title="The same distances, three ways", ax=axes["time"])
    folds = knn.knn_cross_validate(x, y)
    plotting.cross_validation_curve(folds, title="Which k?", best=knn.knn_get_best_k(folds), ax=axes["folds"])
    plotting.bars(_leak(), title="Which validation set?", ylabel="accuracy (%)", ax=axes["leak"])
    return figure


def _leak() -> dict[str, float]:
    shapes, test = load("shapes").first(4000), load("shapes", "test").first(1000)
    accuracies = {}
    for by, name in (("image", "random\nsplit"), ("group", "split\nby scene")):
        part, held = split_validation(shapes, 0.2, by=by)
        model = knn.KnnClassifier(part.floats(), part.labels)
        accuracies[name] = model.check_accuracy(held.floats(), held.labels, quiet=True)
    model = knn.KnnClassifier(shapes.floats(), shapes.labels)
    return accuracies | {"test": model.check_accuracy(test.floats(), test.labels, quiet=True)}


def _linear_opening() -> Figure:
    train, val = split_validation(load("digits"), 0.2)
    mean = train.floats().flatten(1).mean(0)

    def rows(split):
        return torch.cat([split.floats().flatten(1) - mean, torch.ones(len(split), 1)], 1)

    data = {"X_train": rows(train), "y_train": train.labels, "X_val": rows(val), "y_val": val.labels}
    models = {"SVM": (linear_classifier.LinearSVM(), 0.03), "softmax": (linear_classifier.Softmax(), 0.3)}
    torch.manual_seed(0)
    histories = {
        name: model.train(data["X_train"], data["y_train"], rate, 1e-3, 600) for name, (model, rate) in models.items()
    }
    results = {}
    for rate in (0.003, 0.03, 0.3):
        for reg in (1e-4, 1e-2, 1.0):
            model = linear_classifier.LinearSVM()
            results[rate, reg] = 100 * linear_classifier.test_one_param_set(model, data, rate, reg, 400)[2]
    figure = Figure(figsize=(9, 4.4), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(1, 1.9))
    weights = models["SVM"][0].W[:64].T.reshape(10, 8, 8)
    for ax, weight, digit in zip(top.subplots(1, 10), weights, range(10), strict=True):
        limit = float(weight.abs().max())
        ax.imshow(weight, cmap=DIVERGING, vmin=-limit, vmax=limit)
        ax.axis("off")
        ax.set_title(str(digit), loc="center", fontsize=9)
    top.suptitle("One template for each class", x=0.01, ha="left", fontsize=11, fontweight="bold")
    left, right = bottom.subplots(1, 2, width_ratios=(1.3, 1))
    plotting.learning_curves(histories, title="Two losses on their way down", log=True, ax=left)
    plotting.search_grid(results, title="Validation accuracy (%)", ax=right)
    return figure
