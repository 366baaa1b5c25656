"""Expected values for linear classifiers, from torch's own operations and autograd in float64."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
import torch.nn.functional as F

__all__ = ["best_validation_accuracy", "data_loss", "digits", "loss_and_gradient", "predict"]

MOST_WORK = 10_000_000  # numbers; the student's code may call these functions, and no honest call needs more


def data_loss(kind: str, scores: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Mean loss of scores (..., N, C) over the N images; `kind` is `svm` or `softmax`."""
    if kind == "svm":
        right = scores.gather(-1, y[..., None])
        margins = (scores - right + 1).clamp(min=0)
        return (margins.sum(-1) - 1).mean(-1)  # the true class adds its margin of 1
    return -F.log_softmax(scores, dim=-1).gather(-1, y[..., None]).squeeze(-1).mean(-1)


def loss_and_gradient(
    kind: str, W: torch.Tensor, X: torch.Tensor, y: torch.Tensor, reg: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss () and gradient (D, C), float64, on the device of W."""
    weights = W.detach().double().requires_grad_()
    loss = data_loss(kind, X.double() @ weights, y.long()) + reg * weights.square().sum()
    (gradient,) = torch.autograd.grad(loss, weights)
    return loss.detach(), gradient


def predict(W: torch.Tensor, X: torch.Tensor) -> torch.Tensor:
    """(D, C), (N, D) -> (N,) int64."""
    if X.dim() != 2 or W.dim() != 2 or len(X) * W.shape[1] > MOST_WORK:
        raise ValueError(f"X of shape {tuple(X.shape)} and W of shape {tuple(W.shape)}: more than were given")
    return (X.double() @ W.double()).argmax(dim=1)


@cache
def digits() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The course's digits as the search uses them: X (N, 65), y (N,), X_val (V, 65), y_val (V,), float32."""
    from deeprob.datasets import load, split_validation

    train, held = split_validation(load("digits"), 0.2, seed=0)
    mean = train.floats().flatten(1).mean(dim=0)

    def rows(part: object) -> torch.Tensor:
        x = part.floats().flatten(1) - mean  # type: ignore[attr-defined]
        return torch.cat([x, torch.ones(len(x), 1)], dim=1)

    return rows(train), train.labels, rows(held), held.labels


def best_validation_accuracy(
    kind: str, rates: list[float], strengths: list[float], *, enough: float, steps: int = 500, batch: int = 200
) -> float:
    """The best accuracy on the validation digits that a pair holds after `steps` of our own SGD, from 0 to 1.

    All pairs are trained side by side. A pair whose loss is above that of weights 0 counts as 0: it diverges, whatever
    its labels are at the moment. Training ends early when a pair has been good `enough` three looks in a row.
    """
    X, y, X_val, y_val = digits()
    rate = torch.tensor([a for a in rates for _ in strengths])[:, None, None]
    strength = torch.tensor([b for _ in rates for b in strengths])[:, None, None]
    generator = torch.Generator().manual_seed(0)
    W = 1e-6 * torch.randn(len(rate), 10, X.shape[1], generator=generator)
    gradient: Callable[..., torch.Tensor] = _svm_gradient if kind == "svm" else _softmax_gradient
    is_class, labels = F.one_hot(y, 10).float(), y_val.expand(len(rate), -1)
    at_start = data_loss(kind, torch.zeros(len(rate), len(X_val), 10), labels)
    accuracy, good = torch.zeros(len(rate)), torch.zeros(len(rate))
    for step in range(1, steps + 1):
        rows = torch.randint(len(X), (batch,), generator=generator)
        slope = gradient(_scores(W, X[rows]), is_class[rows].T)
        W = W - rate * ((slope.flatten(0, 1) @ X[rows] / batch).view_as(W) + 2 * strength * W)
        if step % 10 == 0 or step == steps:
            scores = _scores(W, X_val).mT
            learning = data_loss(kind, scores, labels) < at_start  # False for NaN
            accuracy = (scores.argmax(dim=2) == y_val).double().mean(dim=1) * learning
            good = torch.where(accuracy >= enough, good + 1, 0)
            if bool((good >= 3).any()):
                break
    return float(accuracy.max())


def _scores(W: torch.Tensor, X: torch.Tensor) -> torch.Tensor:
    """(P, C, D), (N, D) -> (P, C, N): all pairs in one product."""
    return (W.flatten(0, 1) @ X.T).view(*W.shape[:2], len(X))


def _svm_gradient(scores: torch.Tensor, is_class: torch.Tensor) -> torch.Tensor:
    """Gradient of each image's loss with respect to its scores (P, C, N); `is_class` is (C, N), 0 or 1."""
    active = (scores - (scores * is_class).sum(dim=1, keepdim=True) + 1 > 0).float()
    return active - is_class * active.sum(dim=1, keepdim=True)


def _softmax_gradient(scores: torch.Tensor, is_class: torch.Tensor) -> torch.Tensor:
    """The same of the softmax loss."""
    return scores.softmax(dim=1) - is_class
