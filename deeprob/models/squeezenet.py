"""SqueezeNet: the accuracy of AlexNet with a fiftieth of its parameters.

Iandola and others: SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and < 0.5 MB model size (2016).
Most 3x3 kernels become 1x1, those that stay see few channels, and the pools come late.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn

__all__ = ["Fire", "squeezenet"]


class Fire(nn.Module):
    """Squeeze to few channels with 1x1, then expand with 1x1 and 3x3 side by side.

    (N, c_in, H, W) -> (N, 2 * expand, H, W).
    """

    def __init__(self, c_in: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(c_in, squeeze, 1)
        self.squeeze_activation = nn.ReLU()
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand1x1_activation = nn.ReLU()
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)
        self.expand3x3_activation = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.squeeze_activation(self.squeeze(x))
        small, large = self.expand1x1(x), self.expand3x3(x)
        return torch.cat([self.expand1x1_activation(small), self.expand3x3_activation(large)], dim=1)


def squeezenet(version: str = "1.0", num_classes: int = 1000) -> nn.Sequential:
    """SqueezeNet 1.0 or 1.1: 1,248,424 or 1,235,496 parameters. Images (N, 3, 224, 224), or any size from 21.

    1.1 starts with smaller kernels and pools earlier: the same accuracy for 2.3 times fewer multiply-adds. The last
    layer is a 1x1 convolution, not a linear one: a class map for each class, averaged. Public weights load as they are.

    Raises:
        ValueError: for another version.
    """
    if version not in ("1.0", "1.1"):
        raise ValueError(f'squeezenet has version "1.0" or "1.1", not {version!r}')
    first = nn.Conv2d(3, 96, 7, stride=2) if version == "1.0" else nn.Conv2d(3, 64, 3, stride=2)
    pools = (4, 8) if version == "1.0" else (3, 5)  # after these fire modules, counted from 2 as in the paper
    layers: list[nn.Module] = [first, nn.ReLU(), nn.MaxPool2d(3, stride=2, ceil_mode=True)]
    channels = first.out_channels
    for fire, squeeze in enumerate((16, 16, 32, 32, 48, 48, 64, 64), start=2):
        layers.append(Fire(channels, squeeze, 4 * squeeze))
        channels = 8 * squeeze
        if fire in pools:
            layers.append(nn.MaxPool2d(3, stride=2, ceil_mode=True))
    return nn.Sequential(
        OrderedDict(
            features=nn.Sequential(*layers),
            classifier=nn.Sequential(
                nn.Dropout(0.5), nn.Conv2d(channels, num_classes, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1)
            ),
            flatten=nn.Flatten(),
        )
    )
