"""GoogLeNet, the winner of 2014: a stem that shrinks the image early, nine Inception modules, no hidden linear layer.

Szegedy and others: Going Deeper with Convolutions (2015), with batch norm, as the public weights have it. The
Inception module is an exercise, and is therefore given as an argument:

    net = googlenet(architectures.Inception)
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from deeprob.models.layers import ConvBNReLU

__all__ = ["AuxiliaryHead", "GoogLeNet", "googlenet"]

# name: (c_in, c1, c3_reduce, c3, c5_reduce, c5, c_pool), the rows of the paper's table 1
MODULES = {
    "inception3a": (192, 64, 96, 128, 16, 32, 32),
    "inception3b": (256, 128, 128, 192, 32, 96, 64),
    "inception4a": (480, 192, 96, 208, 16, 48, 64),
    "inception4b": (512, 160, 112, 224, 24, 64, 64),
    "inception4c": (512, 128, 128, 256, 24, 64, 64),
    "inception4d": (512, 112, 144, 288, 32, 64, 64),
    "inception4e": (528, 256, 160, 320, 32, 128, 128),
    "inception5a": (832, 256, 160, 320, 32, 128, 128),
    "inception5b": (832, 384, 192, 384, 48, 128, 128),
}


class AuxiliaryHead(nn.Module):
    """A small classifier half-way up, which brings a gradient to the lower layers: (N, c_in, H, W) -> (N, classes)."""

    def __init__(self, c_in: int, num_classes: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.conv = ConvBNReLU(c_in, 128, 1)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(128 * 4 * 4, 1024)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(0.7)
        self.fc2 = nn.Linear(1024, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.flatten(self.conv(self.pool(x)))
        return self.fc2(self.dropout(self.relu(self.fc1(x))))


class GoogLeNet(nn.Module):
    """See `googlenet`."""

    def __init__(self, inception: Callable[..., nn.Module], num_classes: int, auxiliary: bool) -> None:
        super().__init__()
        self.conv1 = ConvBNReLU(3, 64, 7, stride=2, padding=3)
        self.maxpool1 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.conv2 = ConvBNReLU(64, 64, 1)
        self.conv3 = ConvBNReLU(64, 192, 3, padding=1)
        self.maxpool2 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception3a = inception(*MODULES["inception3a"])
        self.inception3b = inception(*MODULES["inception3b"])
        self.maxpool3 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception4a = inception(*MODULES["inception4a"])
        self.inception4b = inception(*MODULES["inception4b"])
        self.inception4c = inception(*MODULES["inception4c"])
        self.inception4d = inception(*MODULES["inception4d"])
        self.inception4e = inception(*MODULES["inception4e"])
        self.maxpool4 = nn.MaxPool2d(2, stride=2, ceil_mode=True)
        self.inception5a = inception(*MODULES["inception5a"])
        self.inception5b = inception(*MODULES["inception5b"])
        self.aux1 = AuxiliaryHead(512, num_classes) if auxiliary else None
        self.aux2 = AuxiliaryHead(528, num_classes) if auxiliary else None
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        x = self.maxpool1(self.conv1(x))  # (N, 64, H / 4, W / 4)
        x = self.maxpool2(self.conv3(self.conv2(x)))  # (N, 192, H / 8, W / 8)
        x = self.maxpool3(self.inception3b(self.inception3a(x)))  # (N, 480, H / 16, W / 16)
        low = self.inception4a(x)
        middle = self.inception4d(self.inception4c(self.inception4b(low)))
        x = self.maxpool4(self.inception4e(middle))  # (N, 832, H / 32, W / 32)
        x = self.inception5b(self.inception5a(x))  # (N, 1024, H / 32, W / 32)
        logits = self.fc(self.dropout(self.flatten(self.avgpool(x))))
        if self.training and self.aux1 is not None and self.aux2 is not None:
            return logits, self.aux1(low), self.aux2(middle)
        return logits


def googlenet(inception: Callable[..., nn.Module], num_classes: int = 1000, auxiliary: bool = False) -> GoogLeNet:
    """GoogLeNet for images (N, 3, 224, 224), or any size from 33 (without auxiliary heads) on.

    6,624,904 parameters without and 13,004,888 with auxiliary heads, when the large kernel of the modules is 3x3, as
    in the public weights: `googlenet(functools.partial(Inception, large_kernel=3))`.

    Args:
        inception: (c_in, c1, c3_reduce, c3, c5_reduce, c5, c_pool) -> a module with c1 + c3 + c5 + c_pool channels.
        auxiliary: with two auxiliary heads. They live in training alone, where the network then gives
            (logits, logits of the lower head, logits of the upper head); the paper adds 0.3 of their losses.

    Returns:
        the network; in eval mode and without heads it gives logits (N, num_classes).
    """
    return GoogLeNet(inception, num_classes, auxiliary)
