"""Expected values for the two-layer network, from torch's own operations and autograd in float64."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import product

import torch
import torch.nn.functional as F

__all__ = ["best_validation_accuracy", "forward", "loss_and_gradients", "outputs", "predict", "scores_alone", "sizes"]

NAMES = ("W1", "b1", "W2", "b2")
MOST_WORK = 10_000_000  # products; the student's code may call these functions, and no honest call needs more
Tensors = dict[str, torch.Tensor]


def outputs(params: Mapping[str, torch.Tensor], X: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores (N, C) and hidden layer (N, H), float64."""
    W1, b1, W2, b2 = (params[name].double() for name in NAMES)
    hidden = F.relu(F.linear(X.double(), W1.T, b1))
    return F.linear(hidden, W2.T, b2), hidden


def loss_and_gradients(
    params: Mapping[str, torch.Tensor], X: torch.Tensor, y: torch.Tensor, reg: float
) -> tuple[torch.Tensor, Tensors]:
    """Loss () and the gradient with respect to each parameter, float64."""
    leaves = {name: params[name].detach().double().requires_grad_() for name in NAMES}
    penalty = sum(leaves[name].square().sum() for name in ("W1", "W2"))
    loss = F.cross_entropy(outputs(leaves, X)[0], y.long()) + reg * penalty
    gradients = torch.autograd.grad(loss, [leaves[name] for name in NAMES])
    return loss.detach(), dict(zip(NAMES, gradients, strict=True))


def sizes(params: Mapping[str, torch.Tensor], X: torch.Tensor) -> dict[str, float]:
    """How large the numbers are that are added for each result: the rounding of a right answer is small beside these.

    It need not be small beside the answer: a sure image adds 0.9999 to a gradient and takes 1 away again.
    """
    largest = {name: float(p.abs().max()) for name, p in params.items()}
    scores, hidden = (float(t.abs().max()) for t in outputs({k: p.abs() for k, p in params.items()}, X.abs()))
    x, share = float(X.abs().max()), 1 / len(X)
    return {
        "hidden": hidden, "scores": scores, "loss": scores, "b2": share, "W2": share * hidden,
        "b1": share * largest["W2"], "W1": share * largest["W2"] * x,
    }  # fmt: skip


def forward(params: Mapping[str, torch.Tensor], X: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The right `nn_forward_pass`, given to the student's code: (scores, hidden) in the dtype of X."""
    _expect_no_more_than_given(params, X)
    scores, hidden = outputs(params, X)
    return scores.to(X.dtype), hidden.to(X.dtype)


def scores_alone(
    params: Mapping[str, torch.Tensor], X: torch.Tensor, y: object = None, reg: float = 0.0
) -> torch.Tensor:
    """The right `nn_forward_backward` where only scores are asked for, given to the student's code."""
    if y is not None:
        raise ValueError("no labels are needed here: call loss_func(params, X), which returns the scores")
    return forward(params, X)[0]


def predict(params: Mapping[str, torch.Tensor], X: torch.Tensor) -> torch.Tensor:
    """(N,) int64."""
    return outputs(params, X)[0].argmax(dim=1)


@cache
def digits() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The course's digits as the search uses them: X (N, 64), y (N,), X_val (V, 64), y_val (V,), float32."""
    from deeprob.datasets import load, split_validation

    train, held = split_validation(load("digits"), 0.2, seed=0)
    mean = train.floats().flatten(1).mean(dim=0)
    return train.floats().flatten(1) - mean, train.labels, held.floats().flatten(1) - mean, held.labels


def best_validation_accuracy(
    rates: list[float],
    sizes: list[int],
    strengths: list[float],
    decays: list[float],
    *,
    enough: float,
    steps: int = 500,
    batch: int = 100,
) -> float:
    """The best accuracy on the validation digits that a combination holds after `steps` of our own SGD, from 0 to 1.

    Nets of one hidden size are trained side by side. A net whose loss is above that of equal scores counts as 0: it
    diverges, whatever its labels are at the moment. Training ends early when a net has been good `enough` three looks
    in a row.
    """
    best = 0.0
    for size in sorted(sizes):
        rate, strength, decay = torch.tensor(list(product(rates, strengths, decays))).T
        best = max(best, _trained_side_by_side(size, rate, strength, decay, enough, steps, batch))
        if best >= enough:
            break
    return best


def _trained_side_by_side(
    size: int,
    rate: torch.Tensor,
    strength: torch.Tensor,
    decay: torch.Tensor,
    enough: float,
    steps: int,
    batch: int,
) -> float:
    """The best accuracy of nets (P of them) with `size` hidden units."""
    X, y, X_val, y_val = digits()
    generator = torch.Generator().manual_seed(0)
    nets, dim, classes = len(rate), X.shape[1], 10
    W1 = 1e-4 * torch.randn(nets, dim, size, generator=generator)
    W2 = 1e-4 * torch.randn(nets, size, classes, generator=generator)
    leaves = [W1, torch.zeros(nets, 1, size), W2, torch.zeros(nets, 1, classes)]
    rate, shrink = rate[:, None, None], strength[:, None, None]
    at_start = torch.tensor(float(classes)).log()
    accuracy, good = torch.zeros(nets), torch.zeros(nets)
    for step in range(1, steps + 1):
        rows = torch.randint(len(X), (batch,), generator=generator)
        leaves = [p.detach().requires_grad_() for p in leaves]
        penalty = (shrink * (leaves[0].square().sum(dim=(1, 2), keepdim=True))).sum()
        penalty = penalty + (shrink * (leaves[2].square().sum(dim=(1, 2), keepdim=True))).sum()
        total = _losses(leaves, X[rows], y[rows])[0].sum() + penalty  # no net feels another's loss
        gradients = torch.autograd.grad(total, leaves)
        leaves = [p.detach() - rate * g for p, g in zip(leaves, gradients, strict=True)]
        if step % max(len(X) // batch, 1) == 0:
            rate = rate * decay[:, None, None]
        if step % 25 == 0 or step == steps:
            losses, scores = _losses(leaves, X_val, y_val)
            learning = losses < at_start  # False for NaN
            accuracy = (scores.argmax(dim=2) == y_val).double().mean(dim=1) * learning
            good = torch.where(accuracy >= enough, good + 1, 0)
            if bool((good >= 3).any()):
                break
    return float(accuracy.max())


def _losses(leaves: list[torch.Tensor], X: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean loss (P,) and scores (P, N, C) of nets side by side."""
    W1, b1, W2, b2 = leaves
    scores = torch.baddbmm(b2, F.relu(torch.baddbmm(b1, X.expand(len(W1), -1, -1), W1)), W2)
    losses = F.cross_entropy(scores.flatten(0, 1), y.repeat(len(W1)), reduction="none")
    return losses.view(len(W1), -1).mean(dim=1), scores


def _expect_no_more_than_given(params: Mapping[str, torch.Tensor], X: torch.Tensor) -> None:
    shapes = [tuple(t.shape) for t in (X, *(params[name] for name in NAMES))]
    if [len(shape) for shape in shapes] == [2, 2, 1, 2, 1]:
        (n, d), (_, h), _, (_, c), _ = shapes
        largest = max(n, 1) * max(h, 1) * (max(d, 1) + max(c, 1))
        if max(largest, *(t.numel() for t in params.values())) <= MOST_WORK:
            return
    raise ValueError(f"X and parameters of shapes {', '.join(map(str, shapes))}: more than were given")
