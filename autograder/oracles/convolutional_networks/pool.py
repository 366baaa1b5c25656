"""Expected values for max and average pooling, from torch's own pools and autograd in float64."""

from __future__ import annotations

import torch
import torch.nn.functional as F

__all__ = ["pool", "pool_gradient"]

Window = tuple[int, int]


def pool(kind: str, x: torch.Tensor, window: Window, stride: int) -> torch.Tensor:
    """x (N, C, H, W) -> (N, C, H', W') float64; `kind` is `max` or `avg`."""
    pooled = F.max_pool2d if kind == "max" else F.avg_pool2d
    return pooled(x.double(), window, stride)


def pool_gradient(kind: str, x: torch.Tensor, window: Window, stride: int, dout: torch.Tensor) -> torch.Tensor:
    """The gradient of sum(dout * pool(x)), float64; of equal maxima the first has it."""
    leaf = x.detach().double().requires_grad_()
    (dx,) = torch.autograd.grad(pool(kind, leaf, window, stride), leaf, dout.double())
    return dx
