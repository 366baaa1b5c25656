"""Expected values for whole networks by autograd in float64, right layers to judge them with, and our own training.

The layers stand in the place of the student's own, so that a mistake in a layer costs nothing here. They compute in the
dtype of their inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F

from autograder.oracles.fully_connected_networks.optimizers import DEFAULTS, step

__all__ = [
    "Answer",
    "KnownDropout",
    "NewDropout",
    "best_overfit_accuracy",
    "digits",
    "evaluate",
    "fifty_digits",
    "right_layers",
    "right_rules",
    "score",
]

# The student's code may call the layers with anything, and no honest call needs more than this.
MOST_NUMBERS, MOST_PRODUCTS = 10_000_000, 1_000_000_000
Mask = Callable[[int, torch.Size], torch.Tensor]
Params = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Answer:
    """What a network of these parameters gives, float64; `margin` is the smallest size of a number before a ReLU."""

    scores: torch.Tensor
    loss: torch.Tensor
    grads: Params
    margin: float


def evaluate(params: Params, X: torch.Tensor, y: torch.Tensor, reg: float = 0.0, mask: Mask | None = None) -> Answer:
    """Scores, loss and gradients of {linear, ReLU, [dropout]} x (L - 1), linear, softmax.

    Args:
        params: W1, b1, ..., WL, bL.
        mask: called as `mask(i, shape)` for the i-th dropout layer, counted from 0; None for no dropout.
    """
    leaves = {name: p.detach().double().requires_grad_() for name, p in params.items()}
    out, depth, margin = X.detach().double().flatten(1), len(params) // 2, float("inf")
    for i in range(1, depth + 1):
        out = F.linear(out, leaves[f"W{i}"].T, leaves[f"b{i}"])
        if i < depth:
            margin = min(margin, float(out.detach().abs().min()))
            out = F.relu(out)
            out = out if mask is None else out * mask(i - 1, out.shape).to(out)
    weights = [leaf.square().sum() for name, leaf in leaves.items() if name.startswith("W")]
    loss = F.cross_entropy(out, y.long()) + reg * torch.stack(weights).sum()
    grads = torch.autograd.grad(loss, list(leaves.values()))
    return Answer(out.detach(), loss.detach(), dict(zip(leaves, grads, strict=True)), margin)


@dataclass
class KnownDropout:
    """Dropout whose masks are known beforehand, in place of the student's.

    Attributes:
        seed: of the masks; they are others for each layer of a network.
        layers: how many dropout layers the network has.
        calls: the `dropout_param` of each call, as it came.
    """

    seed: int
    layers: int
    calls: list[dict[str, Any]] = field(default_factory=list)
    _count: int = 0

    def mask(self, p: float) -> Mask:
        """The masks for a probability p to drop, scaled by 1 / (1 - p)."""

        def of_layer(i: int, shape: torch.Size) -> torch.Tensor:
            kept = torch.rand(shape, generator=torch.Generator().manual_seed(self.seed + i)) >= p
            return kept.double() / (1 - p)

        return of_layer

    def forward(self, x: torch.Tensor, dropout_param: dict[str, Any]) -> tuple[torch.Tensor, Any]:
        self.calls.append(dict(dropout_param))
        if x.numel() > MOST_NUMBERS or len(self.calls) > 1000:
            raise ValueError("more dropout than was asked for")
        if dropout_param["mode"] == "test":
            return x.clone(), (dropout_param, None)
        mask = self.mask(dropout_param["p"])(self._count % self.layers, x.shape).to(x)
        self._count += 1
        return torch.mul(x, mask), (dropout_param, mask)

    @staticmethod
    def backward(dout: torch.Tensor, cache: Any) -> torch.Tensor:
        mask: torch.Tensor | None = cache[1]
        if mask is None:
            return dout.clone()
        _same_shape("dout", dout, "the output", mask)
        return torch.mul(dout, mask)


class NewDropout(KnownDropout):
    """Dropout with another mask in each call, for whole trainings."""

    def __init__(self) -> None:
        super().__init__(0, 1 << 40)

    def forward(self, x: torch.Tensor, dropout_param: dict[str, Any]) -> tuple[torch.Tensor, Any]:
        self.calls.clear()
        return super().forward(x, dropout_param)


def right_layers(dropout: KnownDropout | None = None) -> dict[str, Callable[..., Any]]:
    """What `student.given` takes: right functions in the place of the student's layers and loss."""
    dropout = dropout or KnownDropout(0, 1)
    return {
        "Linear.forward": _linear_forward,
        "Linear.backward": _linear_backward,
        "ReLU.forward": _relu_forward,
        "ReLU.backward": _relu_backward,
        "Dropout.forward": dropout.forward,
        "Dropout.backward": dropout.backward,
        "softmax_loss": _softmax_loss,
    }


def right_rules() -> dict[str, Callable[..., Any]]:
    """The same for the update rules."""
    return {name: partial(_rule, name) for name in DEFAULTS}


def _rule(
    name: str, w: torch.Tensor, dw: torch.Tensor, config: dict[str, Any] | None = None
) -> tuple[torch.Tensor, dict[str, Any]]:
    for key, value in {"dw": dw, **(config or {})}.items():
        if isinstance(value, torch.Tensor):
            _same_shape(key, value, "w", w)
    next_w, memory = step(name, w, dw, config or {})
    return next_w.to(w.dtype), {**DEFAULTS[name], **(config or {}), **memory}


def _linear_forward(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, Any]:
    _bounded(x, w)
    if b.shape != w.shape[1:]:
        raise ValueError(f"b has shape {tuple(b.shape)}, and w {tuple(w.shape)}; expected one bias for each output")
    return F.linear(x.flatten(1), w.T, b), (x, w, b)


def _linear_backward(dout: torch.Tensor, cache: Any) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    x, w, b = (part.detach().requires_grad_() for part in cache)
    _bounded(dout, w.T)
    if dout.shape != (len(x), w.shape[1]):
        raise ValueError(f"dout has shape {tuple(dout.shape)}, expected {(len(x), w.shape[1])}, that of the output")
    dx, dw, db = torch.autograd.grad(F.linear(x.flatten(1), w.T, b), (x, w, b), dout)
    return dx, dw, db


def _relu_forward(x: torch.Tensor) -> tuple[torch.Tensor, Any]:
    return F.relu(x), x


def _relu_backward(dout: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    _same_shape("dout", dout, "x", x)
    leaf = x.detach().requires_grad_()
    return torch.autograd.grad(F.relu(leaf), leaf, dout)[0]


def _softmax_loss(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    if x.dim() != 2 or y.shape != x.shape[:1] or x.numel() > MOST_NUMBERS:
        shapes = f"scores of shape {tuple(x.shape)} and labels of shape {tuple(y.shape)}"
        raise ValueError(f"{shapes}, expected (N, C) and (N,)")
    scores = x.detach().double().requires_grad_()
    loss = F.cross_entropy(scores, y.long())
    (gradient,) = torch.autograd.grad(loss, scores)
    return loss.detach().to(x.dtype), gradient.to(x.dtype)


def _bounded(x: torch.Tensor, w: torch.Tensor) -> None:
    if x.numel() * w.shape[-1] > MOST_PRODUCTS or len(x) * w.shape[-1] > MOST_NUMBERS:
        raise ValueError(f"a product of shapes {tuple(x.shape)} and {tuple(w.shape)}: more than was asked for")


def _same_shape(name: str, value: torch.Tensor, other: str, wanted: torch.Tensor) -> None:
    if value.shape != wanted.shape:
        raise ValueError(f"{name} has shape {tuple(value.shape)}, expected {tuple(wanted.shape)}, that of {other}")


@cache
def digits() -> dict[str, torch.Tensor]:
    """The course's digits, centred, float32: X_train (1038, 64), X_val (259, 64), X_test (500, 64) and their labels."""
    from deeprob.datasets import load, split_validation

    train, held = split_validation(load("digits"), 0.2, seed=0)
    mean = train.floats().flatten(1).mean(dim=0)
    parts = {"train": train, "val": held, "test": load("digits", "test")}
    images = {f"X_{name}": part.floats().flatten(1) - mean for name, part in parts.items()}
    return images | {f"y_{name}": part.labels for name, part in parts.items()}


@cache
def fifty_digits() -> tuple[torch.Tensor, torch.Tensor]:
    """The 50 images that a network learns by heart: (50, 64), (50,)."""
    data = digits()
    return data["X_train"][:50], data["y_train"][:50]


def score(params: Params, X: torch.Tensor, y: torch.Tensor) -> float:
    """The fraction of images that a network of these parameters classifies correctly."""
    return float((evaluate(params, X, y).scores.argmax(dim=1) == y).double().mean())


def best_overfit_accuracy(
    hidden: tuple[int, ...], weight_scale: float, learning_rate: float, *, runs: int = 20, epochs: int = 20
) -> float:
    """The best accuracy on the fifty digits after any epoch of our own SGD with batches of 25, from 0 to 1.

    It is tried from several first weights, side by side, so that bad luck costs nobody; NaN counts as wrong.
    """
    X, y = fifty_digits()
    generator = torch.Generator().manual_seed(0)
    dims = [X.shape[1], *hidden, 10]
    weights = [weight_scale * torch.randn(runs, a, b, generator=generator) for a, b in pairwise(dims)]
    biases = [torch.zeros(runs, 1, b) for b in dims[1:]]
    best = 0.0
    for _ in range(epochs):
        for rows in torch.randperm(50, generator=generator).split(25):
            weights, biases = _step(weights, biases, X[rows], y[rows], learning_rate)
        scores = _forward(weights, biases, X)
        right = (scores.argmax(dim=2) == y) & scores.isfinite().all(dim=2)
        best = max(best, float(right.double().mean(dim=1).max()))
        if best == 1:
            break
    return best


def _step(
    weights: list[torch.Tensor], biases: list[torch.Tensor], X: torch.Tensor, y: torch.Tensor, learning_rate: float
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """One step of gradient descent of all runs on the softmax loss of one batch, by autograd."""
    leaves = [p.detach().requires_grad_() for p in (*weights, *biases)]
    scores = _forward(leaves[: len(weights)], leaves[len(weights) :], X)
    loss = F.cross_entropy(scores.flatten(0, 1), y.repeat(len(scores)), reduction="sum") / len(y)  # each run's mean
    gradients = torch.autograd.grad(loss, leaves)
    stepped = [p.detach() - learning_rate * g for p, g in zip(leaves, gradients, strict=True)]
    return stepped[: len(weights)], stepped[len(weights) :]


def _forward(weights: list[torch.Tensor], biases: list[torch.Tensor], X: torch.Tensor) -> torch.Tensor:
    """The scores of all runs, (runs, N, C)."""
    out = X.expand(len(weights[0]), *X.shape)
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        out = F.relu(torch.baddbmm(b, out, W))
    return torch.baddbmm(biases[-1], out, weights[-1])
