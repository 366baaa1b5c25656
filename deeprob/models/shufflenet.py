"""ShuffleNet v2: half of the channels pass by, and a shuffle mixes the halves before the next unit.

Ma, Zhang, Zheng, Sun: ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design (2018).
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn

__all__ = ["ChannelShuffle", "ShuffleUnit", "shufflenet_v2"]


class ChannelShuffle(nn.Module):
    """Deals the channels like cards: (N, C, H, W) -> (N, C, H, W), channel g * C / groups + i goes to i * groups + g.

    What a group of convolutions has kept apart comes together in the next one. It costs no arithmetic.
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        N, C, H, W = x.shape
        return x.view(N, self.groups, C // self.groups, H, W).transpose(1, 2).reshape(N, C, H, W)


class ShuffleUnit(nn.Module):
    """(N, c_in, H, W) -> (N, c_out, H, W), or (N, c_out, H / 2, W / 2) with stride 2.

    Stride 1 (c_in = c_out): the first half of the channels passes by, the second goes through branch2: 1x1, 3x3 with
    one channel a group, 1x1. Stride 2: both branches see all channels, so their number may grow.

    Raises:
        ValueError: c_out is odd, or c_in differs from c_out with stride 1.
    """

    def __init__(self, c_in: int, c_out: int, stride: int = 1) -> None:
        super().__init__()
        if c_out % 2 or (stride == 1 and c_in != c_out):
            raise ValueError(f"a shuffle unit of stride {stride} cannot give {c_out} channels from {c_in}")
        self.stride, half = stride, c_out // 2
        self.branch1 = nn.Sequential()  # empty: the channels pass by
        if stride > 1:
            self.branch1 = nn.Sequential(*_depthwise(c_in, stride), *_pointwise(c_in, half))
        inside = c_in if stride > 1 else half
        self.branch2 = nn.Sequential(*_pointwise(inside, half), *_depthwise(half, stride), *_pointwise(half, half))
        self.shuffle = ChannelShuffle(groups=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first, second = x.chunk(2, dim=1) if self.stride == 1 else (x, x)
        return self.shuffle(torch.cat([self.branch1(first), self.branch2(second)], dim=1))


def _pointwise(c_in: int, c_out: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(c_in, c_out, 1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU()


def _depthwise(channels: int, stride: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(channels, channels, 3, stride=stride, padding=1, groups=channels, bias=False)
    return convolution, nn.BatchNorm2d(channels)


def shufflenet_v2(num_classes: int = 1000) -> nn.Sequential:
    """ShuffleNet v2 x1.0: 2,278,604 parameters. Images (N, 3, 224, 224), or any size.

    Public weights load as they are.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=nn.Sequential(nn.Conv2d(3, 24, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(24), nn.ReLU()),
        maxpool=nn.MaxPool2d(3, stride=2, padding=1),
    )
    channels = 24
    for name, units, width in (("stage2", 4, 116), ("stage3", 8, 232), ("stage4", 4, 464)):
        rest = [ShuffleUnit(width, width) for _ in range(units - 1)]
        layers[name] = nn.Sequential(ShuffleUnit(channels, width, stride=2), *rest)
        channels = width
    layers["conv5"] = nn.Sequential(*_pointwise(channels, 1024))
    layers["avgpool"], layers["flatten"] = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    layers["fc"] = nn.Linear(1024, num_classes)
    return nn.Sequential(layers)
