"""ZFNet, the winner of 2013: AlexNet after a look at its filters and feature maps.

Zeiler, Fergus: Visualizing and Understanding Convolutional Networks (2014). The first filters of AlexNet were found
too coarse, and many of them dead: hence 7x7 with stride 2 in the place of 11x11 with stride 4.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from deeprob.models.alexnet import three_linear_layers

__all__ = ["zfnet"]


def zfnet(num_classes: int = 1000, widths: tuple[int, int, int] = (384, 384, 256)) -> nn.Sequential:
    """The network of the paper's figure 3: 62,357,608 parameters. Images (N, 3, 224, 224).

    Args:
        widths: channels of the last three convolutions; (512, 1024, 512) did best in the paper's table 2.
    """
    third, fourth, fifth = widths
    features = nn.Sequential(
        nn.Conv2d(3, 96, 7, stride=2, padding=1),  # 224 -> 110
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1),  # -> 55
        nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0),
        nn.Conv2d(96, 256, 5, stride=2),  # -> 26
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1),  # -> 13
        nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0),
        nn.Conv2d(256, third, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(third, fourth, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(fourth, fifth, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),  # -> 6
    )
    return nn.Sequential(
        OrderedDict(
            features=features,
            avgpool=nn.AdaptiveAvgPool2d(6),
            flatten=nn.Flatten(),
            classifier=three_linear_layers(fifth * 6 * 6, num_classes),
        )
    )
