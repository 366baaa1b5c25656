"""Expected values for local response norm, from torch's own and autograd in float64."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

__all__ = ["gradient", "response"]


def response(x: torch.Tensor, param: dict[str, Any]) -> torch.Tensor:
    """x (N, C, H, W) -> (N, C, H, W) float64."""
    return F.local_response_norm(
        x.double(), param.get("size", 5), param.get("alpha", 1e-4), param.get("beta", 0.75), param.get("k", 2.0)
    )


def gradient(x: torch.Tensor, param: dict[str, Any], dout: torch.Tensor) -> torch.Tensor:
    """The gradient of sum(dout * out) with respect to x, float64."""
    leaf = x.detach().double().requires_grad_()
    (dx,) = torch.autograd.grad(response(leaf, param), leaf, dout.double())
    return dx
