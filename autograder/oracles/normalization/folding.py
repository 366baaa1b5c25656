"""Expected values for a batch norm that is folded into the layer before it.

A layer and its batch norm at test time are one affine map, which torch's own layers compute: its value at 0 is the
bias, its values at the unit inputs less that are the weights.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F

from autograder.oracles.normalization.layers import batch

__all__ = ["folded"]


def folded(
    w: torch.Tensor, b: torch.Tensor, statistics: Mapping[str, torch.Tensor], eps: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """(w, b) float64 of the layer that equals layer + batch norm.

    Args:
        w: (D, M) of a linear layer or (F, C, HH, WW) of a convolution.
        statistics: gamma, beta, running_mean and running_var.
    """
    weight, bias = (w.T if w.dim() == 2 else w).double(), b.double()
    layer = F.linear if w.dim() == 2 else F.conv2d
    units = torch.eye(weight[0].numel(), dtype=torch.float64, device=w.device).view(-1, *weight.shape[1:])
    mean, var, gamma, beta = (statistics[k].double() for k in ("running_mean", "running_var", "gamma", "beta"))
    inputs = torch.cat([torch.zeros_like(units[:1]), units])
    out = batch(eps, (mean, var))(layer(inputs, weight, bias), gamma, beta).flatten(1)
    columns = (out[1:] - out[0]).T.reshape(weight.shape)
    return (columns.T if w.dim() == 2 else columns), out[0]
