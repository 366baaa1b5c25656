"""Given: famous networks as lists of layers, the dicts that the accounting of `architectures.py` takes.

    layers, input_shape = alexnet()

Only what has a size or a cost is in the lists: no ReLU, no dropout. Each call makes new dicts, which may be changed.
`SLIDES` holds what a lecture printed about them, its slips included.
"""

from __future__ import annotations

from typing import Any

__all__ = ["SLIDES", "alexnet", "alexnet_start", "blocks", "googlenet_stem", "lenet5", "stack", "vgg"]

Layer = dict[str, Any]
Network = tuple[list[Layer], tuple[int, ...]]

# How many convolutions stand before each of the five pools; those of C that are 1 x 1 are the last of the last three.
_VGG = {"A": (1, 1, 2, 2, 2), "B": (2, 2, 2, 2, 2), "C": (2, 2, 3, 3, 3), "D": (2, 2, 3, 3, 3), "E": (2, 2, 4, 4, 4)}

# Of each row (memory in KB, parameters in thousands, multiply-adds in millions); of the last one the sums.
SLIDES: dict[str, dict[str, tuple[str, str, str]]] = {
    "AlexNet": {
        "conv1": ("784", "23", "73"),
        "pool1": ("182", "0", "0"),
        "conv2": ("547", "307", "224"),
        "pool2": ("127", "0", "0"),
        "conv3": ("254", "664", "112"),
        "conv4": ("169", "885", "145"),
        "conv5": ("169", "590", "100"),
        "pool5": ("36", "0", "0"),
        "fc6": ("16", "37,725,832 with bias", "38"),
        "fc7": ("16", "16,777", "17"),
        "fc8": ("4", "4,096", "4"),
        "together": ("1.9 MB", "61 M", "0.7 G"),
    },
    "VGG-16": {"together": ("48.6 MB", "138 M", "13.6 G")},
    "GoogLeNet's stem": {
        "conv1": ("3136", "9", "118"),
        "pool1": ("784", "0", "2"),
        "conv2": ("784", "4", "13"),
        "conv3": ("2352", "111", "347"),
        "pool3": ("588", "0", "1"),
        "together": ("7.5 MB", "124 k", "418 M"),
    },
}


def conv(name: str, channels: int, kernel: int, **settings: Any) -> Layer:
    return {"kind": "conv", "name": name, "channels": channels, "kernel": kernel, **settings}


def pool(name: str, kernel: int, **settings: Any) -> Layer:
    return {"kind": "max_pool", "name": name, "kernel": kernel, **settings}


def linear(name: str, features: int) -> Layer:
    return {"kind": "linear", "name": name, "features": features}


def flatten() -> Layer:
    return {"kind": "flatten", "name": "flatten"}


def lenet5() -> Network:
    """LeNet-5 for digits, with the layer sizes that the lectures give it.

    Source: Y. LeCun et al., Gradient-based learning applied to document recognition, 1998; EECS 498/598, lecture 7.
    """
    layers = [
        conv("conv1", 20, 5, pad=2),
        pool("pool1", 2),
        conv("conv2", 50, 5, pad=2),
        pool("pool2", 2),
        flatten(),
        linear("fc3", 500),
        linear("fc4", 10),
    ]
    return layers, (1, 28, 28)


def alexnet() -> Network:
    """AlexNet in one tower, as the lecture's table has it: 227 pixels, and a first convolution with a padding of 2.

    Source: A. Krizhevsky, One weird trick for parallelizing convolutional neural networks, 2014; EECS 498/598,
    lecture 8.
    """
    layers = [
        conv("conv1", 64, 11, stride=4, pad=2),
        pool("pool1", 3, stride=2),
        conv("conv2", 192, 5, pad=2),
        pool("pool2", 3, stride=2),
        conv("conv3", 384, 3, pad=1),
        conv("conv4", 256, 3, pad=1),
        conv("conv5", 256, 3, pad=1),
        pool("pool5", 3, stride=2),
        flatten(),
        linear("fc6", 4096),
        linear("fc7", 4096),
        linear("fc8", 1000),
    ]
    return layers, (3, 227, 227)


def alexnet_start() -> Network:
    """The first convolution and pool of the original AlexNet, both towers together.

    Source: A. Krizhevsky, I. Sutskever and G. Hinton, ImageNet classification with deep convolutional neural networks,
    2012. (The paper says 224 pixels; its 55 x 55 outputs need 227.)
    """
    return [conv("conv1", 96, 11, stride=4), pool("pool1", 3, stride=2)], (3, 227, 227)


def vgg(config: str) -> Network:
    """VGG for 224 pixels: A (11 layers with weights), B (13), C and D (16), E (19).

    Source: K. Simonyan and A. Zisserman, Very deep convolutional networks for large-scale image recognition, 2015,
    table 1.

    Raises:
        ValueError: another letter.
    """
    if config not in _VGG:
        raise ValueError(f"VGG has no configuration {config!r}; expected one of {', '.join(_VGG)}")
    layers: list[Layer] = []
    for block, (count, channels) in enumerate(zip(_VGG[config], (64, 128, 256, 512, 512), strict=True), 1):
        for i in range(1, count + 1):
            small = config == "C" and i == 3
            layers.append(conv(f"conv{block}_{i}", channels, 1 if small else 3, pad=0 if small else 1))
        layers.append(pool(f"pool{block}", 2))
    return [*layers, flatten(), linear("fc6", 4096), linear("fc7", 4096), linear("fc8", 1000)], (3, 224, 224)


def googlenet_stem() -> Network:
    """What GoogLeNet does before its first Inception module: from 224 to 28 pixels in five layers.

    Source: C. Szegedy et al., Going deeper with convolutions, 2015, table 1; EECS 498/598, lecture 8.
    """
    layers = [
        conv("conv1", 64, 7, stride=2, pad=3),
        pool("pool1", 3, stride=2, pad=1),
        conv("conv2", 64, 1),
        conv("conv3", 192, 3, pad=1),
        pool("pool3", 3, stride=2, pad=1),
    ]
    return layers, (3, 224, 224)


def stack(count: int, kernel: int, channels: int, size: int = 32, pad: int | None = None) -> Network:
    """`count` convolutions without bias on `channels` channels; the padding keeps the size where none is given."""
    keeps = kernel // 2 if pad is None else pad
    layers = [conv(f"conv{i}", channels, kernel, pad=keeps, bias=False) for i in range(1, count + 1)]
    return layers, (channels, size, size)


def blocks(channels: int, size: int) -> dict[str, Network]:
    """The convolutions of ResNet's two blocks: "basic" on `channels` channels, "bottleneck" on four times as many.

    Source: K. He et al., Deep residual learning for image recognition, 2016, figure 5.
    """
    basic, _ = stack(2, 3, channels)
    squeeze = conv("conv1", channels, 1, bias=False)
    middle = conv("conv2", channels, 3, pad=1, bias=False)
    widen = conv("conv3", 4 * channels, 1, bias=False)
    return {
        "basic": (basic, (channels, size, size)),
        "bottleneck": ([squeeze, middle, widen], (4 * channels, size, size)),
    }
