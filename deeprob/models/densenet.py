"""DenseNet: each layer sees the feature maps of all layers before it in its block, and adds a few of its own.

Huang, Liu, van der Maaten, Weinberger: Densely Connected Convolutional Networks (2017).
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn

__all__ = ["DenseBlock", "DenseLayer", "densenet"]

# depth: layers in each of the four blocks
BLOCKS = {121: (6, 12, 24, 16), 169: (6, 12, 32, 32), 201: (6, 12, 48, 32)}


class DenseLayer(nn.Module):
    """Batch norm, ReLU, 1x1 convolution to 4 * growth channels, and the same with 3x3 to growth channels.

    (N, c_in, H, W) -> (N, growth, H, W). The 1x1 convolution is the bottleneck: c_in grows with the depth.
    """

    def __init__(self, c_in: int, growth: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(c_in)
        self.relu1 = nn.ReLU()
        self.conv1 = nn.Conv2d(c_in, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv1(self.relu1(self.norm1(x)))
        return self.conv2(self.relu2(self.norm2(x)))


class DenseBlock(nn.Module):
    """`layers` dense layers: (N, c_in, H, W) -> (N, c_in + layers * growth, H, W)."""

    def __init__(self, c_in: int, layers: int, growth: int) -> None:
        super().__init__()
        for i in range(layers):
            self.add_module(f"denselayer{i + 1}", DenseLayer(c_in + i * growth, growth))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.children():
            x = torch.cat([x, layer(x)], dim=1)
        return x


def _transition(c_in: int) -> nn.Sequential:
    """Between two blocks: half as many channels, half the height and width."""
    return nn.Sequential(
        OrderedDict(
            norm=nn.BatchNorm2d(c_in),
            relu=nn.ReLU(),
            conv=nn.Conv2d(c_in, c_in // 2, 1, bias=False),
            pool=nn.AvgPool2d(2, stride=2),
        )
    )


def densenet(depth: int = 121, num_classes: int = 1000, growth: int = 32) -> nn.Sequential:
    """DenseNet-121, -169 or -201: 7,978,856, 14,149,480 or 20,013,928 parameters. Images of any size from 29.

    Public weights load; in their older files `norm.1` stands for `norm1` (see `deeprob.models.public_weights`).

    Raises:
        ValueError: for another depth.
    """
    if depth not in BLOCKS:
        raise ValueError(f"densenet has depth {', '.join(map(str, BLOCKS))}, not {depth!r}")
    channels = 64
    features = nn.Sequential(
        OrderedDict(
            conv0=nn.Conv2d(3, channels, 7, stride=2, padding=3, bias=False),
            norm0=nn.BatchNorm2d(channels),
            relu0=nn.ReLU(),
            pool0=nn.MaxPool2d(3, stride=2, padding=1),
        )
    )
    for i, layers in enumerate(BLOCKS[depth], start=1):
        features.add_module(f"denseblock{i}", DenseBlock(channels, layers, growth))
        channels += layers * growth
        if i < 4:
            features.add_module(f"transition{i}", _transition(channels))
            channels //= 2
    features.add_module("norm5", nn.BatchNorm2d(channels))
    return nn.Sequential(
        OrderedDict(
            features=features,
            relu=nn.ReLU(),
            avgpool=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),
            classifier=nn.Linear(channels, num_classes),
        )
    )
