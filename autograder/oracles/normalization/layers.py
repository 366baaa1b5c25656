"""Expected values for the layers with gamma and beta, from torch's own operations and autograd in float64."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F

__all__ = ["Layer", "batch", "gradients", "group", "instance", "layer", "output", "running"]

Layer = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
Triple = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
Statistics = tuple[torch.Tensor, torch.Tensor]


def batch(eps: float, statistics: Statistics | None = None) -> Layer:
    """Batch norm of (N, D) or (N, C, H, W): by its own statistics, or by the mean and variance given."""

    def normalized(x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor) -> torch.Tensor:
        mean, var = (t.to(x.dtype) for t in statistics) if statistics else (None, None)
        return torch.batch_norm(x, gamma, beta, mean, var, statistics is None, 0.0, eps, False)

    return normalized


def layer(eps: float) -> Layer:
    """Layer norm of (N, D)."""
    return lambda x, gamma, beta: F.layer_norm(x, x.shape[1:], gamma, beta, eps)


def instance(eps: float) -> Layer:
    """Instance norm of (N, C, H, W)."""
    return lambda x, gamma, beta: torch.instance_norm(x, gamma, beta, None, None, True, 0.0, eps, False)


def group(eps: float, num_groups: int) -> Layer:
    """Group norm of (N, C, H, W)."""
    return partial(_group, eps, num_groups)


def _group(eps: float, num_groups: int, x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor) -> torch.Tensor:
    return torch.group_norm(x, num_groups, gamma, beta, eps, False)


def output(function: Layer, x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor) -> torch.Tensor:
    """What the layer makes of x, float64."""
    return function(x.double(), gamma.double(), beta.double())


def gradients(function: Layer, x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, dout: torch.Tensor) -> Triple:
    """The gradients of sum(dout * out) with respect to x, gamma and beta, float64."""
    leaves = tuple(t.detach().double().requires_grad_() for t in (x, gamma, beta))
    dx, dgamma, dbeta = torch.autograd.grad(function(*leaves), leaves, dout.double())
    return dx, dgamma, dbeta


def running(statistics: Statistics, x: torch.Tensor, momentum: float) -> Statistics:
    """Running mean and variance after a step of training on x, float64; `momentum` is the share of the old ones."""
    axes = [a for a in range(x.dim()) if a != 1]
    var, mean = torch.var_mean(x.double(), axes, correction=0)
    return torch.lerp(mean, statistics[0].double(), momentum), torch.lerp(var, statistics[1].double(), momentum)
