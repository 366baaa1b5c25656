"""The building block of almost every network here: a convolution, batch norm, ReLU."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

__all__ = ["ConvBNReLU"]


class ConvBNReLU(nn.Module):
    """A convolution without bias (batch norm has one), batch norm, ReLU: (N, c_in, H, W) -> (N, c_out, H', W').

    Args:
        options: for `nn.Conv2d`, such as `stride=2` or `padding=1`.
    """

    def __init__(self, c_in: int, c_out: int, kernel_size: int, **options: Any) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, kernel_size, bias=False, **options)
        self.bn = nn.BatchNorm2d(c_out, eps=0.001)
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.bn(self.conv(x)))
