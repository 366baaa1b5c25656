"""Expected values for k nearest neighbours, from torch's own operations in float64."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import torch

__all__ = ["fold_sizes", "nearest_labels", "squared_distances", "validation_accuracies"]


def squared_distances(x_train: torch.Tensor, x_test: torch.Tensor) -> torch.Tensor:
    """(N, ...) and (M, ...) -> (N, M), the sum of squared differences."""
    a, b = x_train.flatten(1).double(), x_test.flatten(1).double()
    return (a[:, None] - b[None]).square().sum(dim=2)


def nearest_labels(dists: torch.Tensor, y_train: torch.Tensor, k: int = 1) -> torch.Tensor:
    """(N, M) distances -> (M,) int64, the most frequent label of the k nearest, the smallest of those that tie."""
    order = dists.double().argsort(dim=0, stable=True)[:k]
    votes = y_train.long()[order]  # (k, M)
    classes = torch.arange(int(y_train.max()) + 1, device=votes.device)
    counts = (votes[:, :, None] == classes).sum(dim=0)  # (M, C)
    return (counts * (len(classes) + 1) - classes).argmax(dim=1)  # no two classes score the same


def fold_sizes(n: int, folds: int) -> Iterator[tuple[int, ...]]:
    """Every way to cut n examples into consecutive folds whose sizes differ by at most one."""
    small, larger = divmod(n, folds)
    for chosen in combinations(range(folds), larger):
        yield tuple(small + (i in chosen) for i in range(folds))


def validation_accuracies(
    x: torch.Tensor,
    y: torch.Tensor,
    sizes: Sequence[int],
    k_choices: Sequence[int],
    distances: Callable[..., torch.Tensor] = squared_distances,
    labels: Callable[..., torch.Tensor] = nearest_labels,
) -> dict[int, list[float]]:
    """Percent of right labels for each k, each fold being validated once on all the others.

    Args:
        distances, labels: what stands for `compute_distances_no_loops` and `predict_labels`.
    """
    dists = distances(x, x)
    owner = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes)).to(x.device)
    result: dict[int, list[float]] = {k: [] for k in k_choices}
    for fold in range(len(sizes)):
        rest, held = owner != fold, owner == fold
        for k in k_choices:
            found = labels(dists[rest][:, held], y[rest], k)
            result[k].append(100.0 * (found == y[held].long()).double().mean().item())
    return result
