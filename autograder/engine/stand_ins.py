"""Harmless functions for the student's code to use, run where it is.

A function of a check is called back over the socket, each time. Where what it does is no secret and solves nothing, one
of these takes its place: `student.given(name=student.stand_ins.first_rows)`, or as an argument of a call. The student's
code may keep them: none of them answers a question, nor a special case of one.

A recorder keeps what it was called with, so that a check can ask for it afterwards, all at once, with `calls_of`. The
student's code can write to it: what comes back is judged like any answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

__all__ = [
    "LossRecorder", "NewHead", "Recorder", "TrainingRecorder", "calls_of", "first_rows", "invented_distances",
    "invented_labels", "leave_gradients", "passes_with_one_param", "row_numbers", "squared_weights",
]  # fmt: skip

Tensor = torch.Tensor


def first_rows(X: Tensor, y: Tensor, num_train: int, batch_size: int) -> tuple[Tensor, Tensor]:
    """A batch that is the same each time."""
    return X[:batch_size].clone(), y[:batch_size].clone()


def squared_weights(W: Tensor, X: Tensor, y: Tensor, reg: float) -> tuple[Tensor, Tensor]:
    """A loss that each step on its gradient makes smaller by the same factor: sum(W * W)."""
    return (W * W).sum(), 2 * W


def row_numbers(W: Tensor, X: Tensor) -> Tensor:
    """(D, C), (N, D) -> (N,) int64: 0, 1, 2 and so on, whatever the scores."""
    return torch.arange(len(X), device=X.device)


def invented_distances(x_train: Tensor, x_test: Tensor) -> Tensor:
    """(N, ...) and (M, ...) -> (N, M): whole numbers that depend on both images and measure nothing.

    They are the same whatever the order in memory, and after a conversion to float64.

    Raises:
        ValueError: images of different shapes.
    """
    if x_train.shape[1:] != x_test.shape[1:]:
        raise ValueError(f"images of shapes {tuple(x_train.shape[1:])} and {tuple(x_test.shape[1:])}")
    a, b = _image_numbers(x_train), _image_numbers(x_test)
    dtype = x_train.dtype if x_train.is_floating_point() else torch.float32
    return torch.remainder(a[:, None] + b, 97).to(dtype)


def _image_numbers(x: Tensor) -> Tensor:
    """(N, ...) -> (N,) int64, in which every pixel has a part."""
    pixels = (8 * x.flatten(1).double()).floor().long()
    return (pixels * torch.arange(1, pixels.shape[1] + 1, device=x.device)).sum(dim=1)


def invented_labels(dists: Tensor, y_train: Tensor, k: int = 1) -> Tensor:
    """(N, M) distances, (N,) labels -> (M,) int64: labels that depend on all of it and on no neighbour.

    Raises:
        ValueError: k below 1 or above N; another number of labels.
    """
    if not 1 <= k <= dists.shape[0]:
        raise ValueError(f"k is {k}, expected 1 to {dists.shape[0]}")
    y = y_train.long()
    if dists.shape[0] != len(y):
        raise ValueError(f"dists has {dists.shape[0]} rows and y_train {len(y)} labels, expected as many")
    sums = (dists.long() * (y + 1)[:, None]).sum(dim=0)
    return torch.remainder(k * sums, 101) % (y.max() + 1)


def passes_with_one_param(
    forward: Callable[..., Any], inputs: list[tuple[Tensor, ...]], param: dict[str, Any], modes: list[str]
) -> list[Any]:
    """Results of forward passes with one dict of settings, in which the mode changes from one to the next.

    They go out after the last pass: what a cache holds of the dict has changed by then.
    """
    results = []
    for tensors, mode in zip(inputs, modes, strict=True):
        param["mode"] = mode
        results.append(forward(*tensors, param))
    return results


def leave_gradients(network: nn.Module, value: float) -> None:
    """Leave this number in the gradient of every parameter, as a backward pass before may have left some."""
    for parameter in network.parameters():
        parameter.grad = torch.full_like(parameter, value)


class NewHead:
    """A `replace_head` that puts a linear layer at this place, whatever the model.

    Args:
        place: the path of the layer, as in `named_modules()`; empty for a model that has none, which is refused.
        features: `in_features` of the layer.
        settings: others of `nn.Linear`.
    """

    __name__ = "replace_head"

    def __init__(self, place: str, features: int, **settings: Any) -> None:
        self.place, self.features, self.settings = place, features, settings

    def __call__(self, model: nn.Module, num_classes: int) -> nn.Module:
        if not self.place:
            raise ValueError("the model has no nn.Linear")
        model.set_submodule(self.place, nn.Linear(self.features, num_classes, **self.settings))
        return model


class Recorder:
    """Stands for the function of its name and keeps its calls; of more than are expected only the number."""

    __name__: str

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.count = 0
        self.calls: list[tuple[Any, ...]] = []

    def note(self, *arguments: Any) -> None:
        self.count += 1
        if self.count <= self.expected:
            self.calls.append(tuple(map(_copied, arguments)))


class LossRecorder(Recorder):
    """A `loss_func` that gives these losses and gradients in turn, whatever the weights.

    Args:
        losses, gradients: one each for every call that is expected; the last stand for all further calls.
    """

    __name__ = "loss_func"

    def __init__(self, losses: list[float], gradients: list[Tensor]) -> None:
        super().__init__(len(losses))
        self.losses, self.gradients = losses, gradients

    def __call__(self, W: Any, X_batch: Any, y_batch: Any, reg: Any) -> tuple[Tensor, Tensor]:
        step = min(self.count, len(self.losses) - 1)
        self.note(W, X_batch, y_batch, reg)
        gradient = self.gradients[step]
        return torch.tensor(self.losses[step], device=gradient.device), gradient.clone()


class TrainingRecorder(Recorder):
    """A `train_linear_classifier` that yields these weights, whatever the images.

    Args:
        after: the weights after training.
        expected: how many calls are expected.
    """

    __name__ = "train_linear_classifier"

    def __init__(self, after: Tensor, expected: int) -> None:
        super().__init__(expected)
        self.after = after

    def __call__(
        self, loss_func: Any, W: Any, X: Any, y: Any, learning_rate: Any = 1e-3, reg: Any = 1e-5,
        num_iters: Any = 100, batch_size: Any = 200, verbose: Any = False,
    ) -> tuple[Tensor, list[float]]:  # fmt: skip
        self.note(X, y, learning_rate, reg, num_iters)
        return self.after.clone(), [1.0] * (num_iters if isinstance(num_iters, int) and num_iters < 10_000 else 1)


def calls_of(recorder: Recorder) -> tuple[int, list[tuple[Any, ...]]]:
    """How often it was called, and with what; of more calls than were expected only the first."""
    return recorder.count, recorder.calls


def _copied(value: Any) -> Any:
    """A tensor as it is now, whatever the student's code does with it later."""
    return value.detach().clone() if isinstance(value, torch.Tensor) else value
