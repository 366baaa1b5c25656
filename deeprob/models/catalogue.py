"""All networks of the course by name, with the image that each is for; nothing is built before it is asked for.

for name, entry in catalogue(architectures).items():
    print(name, network_costs(entry.on_meta(), entry.input_shape).parameters)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from deeprob.models.alexnet import alexnet, alexnet_two_towers
from deeprob.models.densenet import densenet
from deeprob.models.fractalnet import FractalNet
from deeprob.models.googlenet import googlenet
from deeprob.models.shufflenet import shufflenet_v2
from deeprob.models.small import small_convnet, small_resnet, wide_resnet
from deeprob.models.squeezenet import squeezenet
from deeprob.models.zfnet import zfnet

__all__ = ["Entry", "catalogue"]

_IMAGENET, _CIFAR = (3, 224, 224), (3, 32, 32)


@dataclass(frozen=True)
class Entry:
    """How a network is built, and the image (C, H, W) that it is for."""

    build: Callable[[], nn.Module]
    input_shape: tuple[int, int, int] = _IMAGENET

    def on_meta(self) -> nn.Module:
        """The network without numbers: built in milliseconds, whatever its size."""
        with torch.device("meta"):
            return self.build()


def catalogue(exercise: Any = None) -> dict[str, Entry]:
    """Name -> network, from the oldest to the newest.

    Args:
        exercise: your module `architectures`; its networks, and those made of its blocks, then are there too.
    """
    given = {
        "AlexNet": Entry(alexnet),
        "AlexNet, two towers": Entry(alexnet_two_towers, (3, 227, 227)),
        "ZFNet": Entry(zfnet),
    }
    later = {
        **{f"DenseNet-{depth}": Entry(partial(densenet, depth)) for depth in (121, 169, 201)},
        **{f"SqueezeNet {version}": Entry(partial(squeezenet, version)) for version in ("1.0", "1.1")},
        "FractalNet (small)": Entry(FractalNet, _CIFAR),
        "ShuffleNet v2": Entry(shufflenet_v2),
        "ConvNet (small)": Entry(small_convnet, _CIFAR),
    }
    if exercise is None:
        return given | later

    def vgg(config: str) -> Entry:
        return Entry(lambda: exercise.vgg(config))

    def resnet(depth: int) -> Entry:
        return Entry(lambda: exercise.resnet(depth))

    wide = {"groups": 1, "width_per_group": 128}
    yours = {
        **{f"VGG {config}": vgg(config) for config in "ABCDE"},
        "GoogLeNet": Entry(lambda: googlenet(exercise.Inception)),
        **{f"ResNet-{depth}": resnet(depth) for depth in (18, 34, 50, 101, 152)},
        "ResNeXt-50": Entry(lambda: exercise.resnet(50, block=exercise.ResNeXtBlock)),
        "Wide ResNet-50-2": Entry(lambda: exercise.resnet(50, block=partial(exercise.ResNeXtBlock, **wide))),
    }
    small = {
        "Wide ResNet-28-10": Entry(lambda: wide_resnet(28, 10, exercise.PreActBlock), _CIFAR),
        "ResNet-8 (small)": Entry(lambda: small_resnet(exercise.ResidualBlock), _CIFAR),
    }
    return {"LeNet-5": Entry(lambda: exercise.lenet5(), (1, 28, 28))} | given | yours | later | small
