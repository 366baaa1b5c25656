"""AlexNet, which won ImageNet in 2012, in the two forms that one meets.

Krizhevsky, Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural Networks (2012), and
Krizhevsky: One weird trick for parallelizing convolutional neural networks (2014), which has a single tower.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

__all__ = ["alexnet", "alexnet_two_towers", "three_linear_layers"]


def three_linear_layers(features: int, num_classes: int, hidden: int = 4096) -> nn.Sequential:
    """The classifier of AlexNet and ZFNet: (N, features) -> (N, hidden) twice -> (N, num_classes)."""
    return nn.Sequential(
        nn.Dropout(0.5),
        nn.Linear(features, hidden),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Linear(hidden, num_classes),
    )


def alexnet(num_classes: int = 1000) -> nn.Sequential:
    """The single tower of 2014: 61,100,840 parameters. Images (N, 3, 224, 224), or any size from 63.

    Public weights load as they are.
    """
    features = nn.Sequential(
        nn.Conv2d(3, 64, 11, stride=4, padding=2),  # 224 -> 55
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),  # -> 27
        nn.Conv2d(64, 192, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),  # -> 13
        nn.Conv2d(192, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),  # -> 6
    )
    return _with_classifier(features, num_classes)


def alexnet_two_towers(num_classes: int = 1000) -> nn.Sequential:
    """The network of 2012: 60,965,224 parameters. Images (N, 3, 227, 227).

    It was cut in two because a GPU of 2012 had 3 GB. A convolution with two groups is exactly that: each half of the
    filters sees one half of the channels. The two towers meet in the third convolution and in the linear layers.
    The paper's response norm multiplies the *sum* of 5 squares by 1e-4; torch takes their mean, hence 5e-4.
    """
    features = nn.Sequential(
        nn.Conv2d(3, 96, 11, stride=4),  # 227 -> 55
        nn.ReLU(),
        nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0),
        nn.MaxPool2d(3, stride=2),  # -> 27
        nn.Conv2d(96, 256, 5, padding=2, groups=2),
        nn.ReLU(),
        nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0),
        nn.MaxPool2d(3, stride=2),  # -> 13
        nn.Conv2d(256, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 384, 3, padding=1, groups=2),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1, groups=2),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),  # -> 6
    )
    return _with_classifier(features, num_classes)


def _with_classifier(features: nn.Sequential, num_classes: int) -> nn.Sequential:
    return nn.Sequential(
        OrderedDict(
            features=features,
            avgpool=nn.AdaptiveAvgPool2d(6),  # does nothing at the size above, and makes other sizes possible
            flatten=nn.Flatten(),
            classifier=three_linear_layers(256 * 6 * 6, num_classes),
        )
    )
