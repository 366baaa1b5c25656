"""Networks small enough to train on images (N, 3, 32, 32) in a minute or two on a CPU, and Wide ResNet.

The blocks are an exercise, and are therefore given as arguments: `small_resnet(architectures.ResidualBlock)`.
A block is called as `block(c_in, c_out, downsample)`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from torch import nn

__all__ = ["small_convnet", "small_inception", "small_resnet", "wide_resnet"]

Block = Callable[[int, int, bool], nn.Module]


def small_resnet(
    block: Block,
    blocks_per_stage: int = 1,
    widths: Sequence[int] = (16, 32, 64),
    num_classes: int = 10,
    *,
    stem: int | None = None,
    preactivation: bool = False,
) -> nn.Sequential:
    """Stages of equal blocks, as He and others (2016) have them for CIFAR-10; each stage but the first downsamples.

    With two convolutions a block and three stages the depth is 6 * blocks_per_stage + 2: 1 gives ResNet-8, 3 ResNet-20.

    Args:
        widths: channels of each stage; for bottleneck blocks say four times as many.
        stem: channels of the first convolution; none for those of the first stage.
        preactivation: for blocks that start with batch norm and ReLU. These two then stand behind the last block
            instead of behind the first convolution.
    """
    channels = widths[0] if stem is None else stem
    layers: OrderedDict[str, nn.Module] = OrderedDict(conv1=nn.Conv2d(3, channels, 3, padding=1, bias=False))
    if not preactivation:
        layers["bn1"], layers["relu"] = nn.BatchNorm2d(channels), nn.ReLU()
    for i, width in enumerate(widths, start=1):
        stage = []
        for j in range(blocks_per_stage):
            stage.append(block(channels, width, i > 1 and j == 0))
            channels = width
        layers[f"layer{i}"] = nn.Sequential(*stage)
    if preactivation:
        layers["bn1"], layers["relu"] = nn.BatchNorm2d(channels), nn.ReLU()
    return nn.Sequential(layers | _head(channels, num_classes))


def wide_resnet(depth: int, widen: int, block: Block, num_classes: int = 10) -> nn.Sequential:
    """WRN-depth-widen: fewer blocks, `widen` times as many channels. WRN-28-10 has 36,479,194 parameters.

    Zagoruyko, Komodakis: Wide Residual Networks (2016).

    Args:
        depth: 6 * blocks_per_stage + 4: 16, 22, 28, 40, ...
        block: a pre-activation block with two 3x3 convolutions.

    Raises:
        ValueError: the depth is not of that form.
    """
    blocks, rest = divmod(depth - 4, 6)
    if rest or blocks < 1:
        raise ValueError(f"the depth of a wide ResNet is 10, 16, 22, 28, ..., not {depth}")
    widths = [widen * width for width in (16, 32, 64)]
    return small_resnet(block, blocks, widths, num_classes, stem=16, preactivation=True)


def small_convnet(
    widths: Sequence[int] = (32, 64, 128), convs_per_stage: int = 1, num_classes: int = 10, *, batchnorm: bool = True
) -> nn.Sequential:
    """A small VGG: stages of 3x3 convolutions, each followed by batch norm and ReLU, with a 2x2 max pool after each
    stage; an average over the places in place of large linear layers.
    """
    channels, layers = 3, OrderedDict[str, nn.Module]()
    for i, width in enumerate(widths, start=1):
        stage: list[nn.Module] = []
        for _ in range(convs_per_stage):
            stage.append(nn.Conv2d(channels, width, 3, padding=1, bias=not batchnorm))
            stage += [nn.BatchNorm2d(width), nn.ReLU()] if batchnorm else [nn.ReLU()]
            channels = width
        layers[f"stage{i}"] = nn.Sequential(*stage, nn.MaxPool2d(2))
    return nn.Sequential(layers | _head(channels, num_classes))


def small_inception(inception: Callable[..., nn.Module], num_classes: int = 10) -> nn.Sequential:
    """A small GoogLeNet: a stem, two pairs of Inception modules with a max pool after each, and an average.

    Args:
        inception: (c_in, c1, c3_reduce, c3, c5_reduce, c5, c_pool) -> a module with c1 + c3 + c5 + c_pool channels.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=nn.Conv2d(3, 32, 3, padding=1, bias=False),
        bn1=nn.BatchNorm2d(32),
        relu=nn.ReLU(),
        maxpool1=nn.MaxPool2d(2),
        inception2a=inception(32, 16, 16, 32, 8, 8, 8),
        inception2b=inception(64, 16, 16, 32, 8, 8, 8),
        maxpool2=nn.MaxPool2d(2),
        inception3a=inception(64, 32, 32, 64, 8, 16, 16),
        inception3b=inception(128, 32, 32, 64, 8, 16, 16),
    )
    return nn.Sequential(layers | _head(128, num_classes))


def _head(channels: int, num_classes: int) -> OrderedDict[str, nn.Module]:
    """Average over the places, then one linear layer."""
    return OrderedDict(avgpool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), fc=nn.Linear(channels, num_classes))
