"""Expected values for the linear layer and ReLU, from torch's own operations and autograd in float64."""

from __future__ import annotations

import torch
import torch.nn.functional as F

__all__ = ["linear", "linear_gradients", "relu", "relu_gradient"]


def linear(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """x (N, d1, ..., dk), w (D, M), b (M,) -> (N, M) float64."""
    return F.linear(x.double().flatten(1), w.double().T, b.double())


def linear_gradients(
    x: torch.Tensor, w: torch.Tensor, b: torch.Tensor, dout: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The gradients of sum(dout * linear(x, w, b)) with respect to x, w and b, float64."""
    inputs = [t.detach().double().requires_grad_() for t in (x, w, b)]
    dx, dw, db = torch.autograd.grad(linear(*inputs), inputs, dout.double())
    return dx, dw, db


def relu(x: torch.Tensor) -> torch.Tensor:
    return F.relu(x.double())


def relu_gradient(x: torch.Tensor, dout: torch.Tensor) -> torch.Tensor:
    """The gradient of sum(dout * relu(x)), float64; 0 where x is 0."""
    leaf = x.detach().double().requires_grad_()
    (dx,) = torch.autograd.grad(F.relu(leaf), leaf, dout.double())
    return dx
