"""Expected values for transfer: gradient descent on this side, in float64, on all images at once.

With all images in one batch their order does not matter, so that a run has one result whatever was drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

__all__ = ["image_losses", "trained"]

Tensor = torch.Tensor


def trained(
    network: nn.Module,
    resting: Sequence[str],
    X: Tensor,
    y: Tensor,
    steps: int,
    learning_rate: float = 1e-2,
    momentum: float = 0.9,
) -> tuple[Tensor, dict[str, Tensor]]:
    """So many steps on the mean cross entropy of all images.

    Args:
        network: changed, and in float64 afterwards.
        resting: names of the modules that are in eval mode.

    Returns:
        the loss before each step (steps,), and the state_dict after the last, float64.
    """
    _prepare(network, resting)
    weights = [p for p in network.parameters() if p.requires_grad]
    velocities = [torch.zeros_like(w) for w in weights]
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(network(X.double()), y)
        losses.append(loss.detach())
        for w, v, dw in zip(weights, velocities, torch.autograd.grad(loss, weights), strict=True):
            v.mul_(momentum).add_(dw)
            w.data.sub_(learning_rate * v)
    return torch.stack(losses), {key: value.detach() for key, value in network.state_dict().items()}


def image_losses(network: nn.Module, resting: Sequence[str], X: Tensor, y: Tensor) -> Tensor:
    """The cross entropy of each image (N,), float64."""
    _prepare(network, resting)
    with torch.no_grad():
        return nn.functional.cross_entropy(network(X.double()), y, reduction="none")


def _prepare(network: nn.Module, resting: Sequence[str]) -> None:
    network.double().train()
    for name in resting:
        network.get_submodule(name).eval()
