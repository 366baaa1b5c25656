"""Expected values for the convolutional layer, from torch's own convolution and autograd in float64."""

from __future__ import annotations

import torch
import torch.nn.functional as F

__all__ = ["conv", "conv_gradients"]


def conv(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor, stride: int, pad: int) -> torch.Tensor:
    """x (N, C, H, W), w (F, C, HH, WW), b (F,) -> (N, F, H', W') float64."""
    return F.conv2d(x.double(), w.double(), b.double(), stride=stride, padding=pad)


def conv_gradients(
    x: torch.Tensor, w: torch.Tensor, b: torch.Tensor, stride: int, pad: int, dout: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The gradients of sum(dout * conv(x, w, b)) with respect to x, w and b, float64."""
    x, w, b = (t.detach().double().requires_grad_() for t in (x, w, b))
    dx, dw, db = torch.autograd.grad(conv(x, w, b, stride, pad), (x, w, b), dout.double())
    return dx, dw, db
