"""Expected values for the losses on scores, from torch's own operations and autograd in float64."""

from __future__ import annotations

import torch
import torch.nn.functional as F

__all__ = ["loss_and_gradient"]


def loss_and_gradient(
    kind: str, x: torch.Tensor, y: torch.Tensor, gamma: float = 2.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss () and its gradient (N, C) with respect to the scores x (N, C), float64, on their device.

    Args:
        kind: `softmax`, `svm` or `focal`.
        gamma: of the focal loss.
    """
    scores = x.detach().double().requires_grad_()
    loss = _losses(kind, scores, y.long(), gamma).mean()
    (gradient,) = torch.autograd.grad(loss, scores)
    return loss.detach(), gradient


def _losses(kind: str, scores: torch.Tensor, y: torch.Tensor, gamma: float) -> torch.Tensor:
    """(N, C), (N,) -> (N,)"""
    if kind == "svm":
        return F.multi_margin_loss(scores, y, reduction="none") * scores.shape[1]  # torch averages over the classes
    cross_entropy = F.cross_entropy(scores, y, reduction="none")
    if kind == "softmax" or gamma == 0:
        return cross_entropy
    return (-torch.expm1(-cross_entropy)) ** gamma * cross_entropy
