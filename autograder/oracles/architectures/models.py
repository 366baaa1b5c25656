"""Whole networks: their parts, what they compute by torch's functions, and the numbers that are published of them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from autograder.oracles.architectures.blocks import Module
from autograder.oracles.architectures.parts import Part, Pass, batch_norm, convolution, linear

__all__ = [
    "BLOCKS_OF", "RESNETS", "VGGS", "conv_block", "lenet", "public_keys", "resnet", "resnet_blocks", "vgg_features",
    "vgg_head", "vgg_parts",
]  # fmt: skip

Tensor = torch.Tensor

# parameters and multiply-adds of an image of 224 x 224, with 1000 classes
VGGS = {
    "A": (132_863_336, 7_609_090_048),
    "B": (133_047_848, 11_308_466_176),
    "C": (133_638_952, 11_770_888_192),
    "D": (138_357_544, 15_470_264_320),
    "E": (143_667_240, 19_632_062_464),
}
RESNETS = {
    18: (11_689_512, 1_814_073_344),
    34: (21_797_672, 3_663_761_408),
    50: (25_557_032, 4_089_184_256),
    101: (44_549_160, 7_801_405_440),
    152: (60_192_808, 11_513_626_624),
}
BLOCKS_OF = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
STAGES_OF_VGG = {
    "A": ("3", "3", "33", "33", "33"),
    "B": ("33", "33", "33", "33", "33"),
    "C": ("33", "33", "331", "331", "331"),
    "D": ("33", "33", "333", "333", "333"),
    "E": ("33", "33", "3333", "3333", "3333"),
}


def lenet(num_classes: int = 10) -> Module:
    def compute(net: Pass, x: Tensor) -> Tensor:
        first = F.max_pool2d(F.relu(net.conv("conv1", x)), 2)
        second = F.max_pool2d(F.relu(net.conv("conv2", first)), 2)
        return net.linear("fc2", F.relu(net.linear("fc1", second.flatten(1))))

    convolutions = convolution("conv1", 1, 20, 5, bias=True), convolution("conv2", 20, 50, 5, bias=True)
    return Module((*convolutions, linear("fc1", 2450, 500), linear("fc2", 500, num_classes)), compute)


def vgg_parts(config: str, num_classes: int = 1000) -> tuple[Part, ...]:
    head = linear("fc1", 25088, 4096), linear("fc2", 4096, 4096), linear("fc3", 4096, num_classes)
    return (*vgg_features(config).parts, *head)


def vgg_features(config: str) -> Module:
    sizes = []
    c_in = 3
    for stage, channels in zip(STAGES_OF_VGG[config], (64, 128, 256, 512, 512), strict=True):
        for kernel in stage:
            sizes.append((c_in, channels, int(kernel)))
            c_in = channels
    parts = tuple(convolution(f"conv{i}", *size, bias=True) for i, size in enumerate(sizes, 1))

    def compute(net: Pass, x: Tensor) -> Tensor:
        role = iter(parts)
        for stage in STAGES_OF_VGG[config]:
            for _ in stage:
                x = F.relu(net.conv(next(role).role, x))
            x = F.max_pool2d(x, 2)
        return x

    return Module(parts, compute)


def vgg_head(values: Sequence[tuple[Tensor, Tensor]], x: Tensor) -> Tensor:
    """The classifier in evaluation mode, its weights and biases given layer by layer."""
    x = x.flatten(1)
    for number, (weight, bias) in enumerate(values):
        x = F.linear(F.relu(x) if number else x, weight, bias)
    return x


def resnet_blocks(depth: int) -> list[tuple[int, int, bool]]:
    """(c_in, c_out, downsample) of every block."""
    width = 64 if depth < 50 else 256
    blocks, c_in = [], 64
    for stage, count in enumerate(BLOCKS_OF[depth]):
        for position in range(count):
            blocks.append((c_in, width << stage, stage > 0 and position == 0))
            c_in = width << stage
    return blocks


def conv_block(prefix: str, c_in: int, c_out: int) -> tuple[Part, Part]:
    """The parts of the given `ConvBlock`."""
    return convolution(f"{prefix}.conv", c_in, c_out, 3), batch_norm(f"{prefix}.bn", c_out, behind=f"{prefix}.conv")


def resnet(depth: int, num_classes: int = 1000) -> Module:
    """The network whose blocks are the given `ConvBlock`."""
    blocks = resnet_blocks(depth)
    inner = [part for i, (c_in, c_out, _) in enumerate(blocks) for part in conv_block(f"block{i}", c_in, c_out)]

    def compute(net: Pass, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(net.norm("bn1", net.conv("conv1", x, 2))), 3, stride=2, padding=1)
        for i, (_, _, downsample) in enumerate(blocks):
            x = F.relu(net.norm(f"block{i}.bn", net.conv(f"block{i}.conv", x, 1 + downsample)))
        return net.linear("fc", x.mean(dim=(2, 3)))

    stem = convolution("conv1", 3, 64, 7), batch_norm("bn1", 64, behind="conv1")
    return Module((*stem, *inner, linear("fc", blocks[-1][1], num_classes)), compute)


def public_keys(depth: int) -> list[str]:
    """The keys of public weights, with those of the given `ConvBlock` in the place of the blocks'."""
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    blocks = [f"layer{stage}.{i}" for stage, count in enumerate(BLOCKS_OF[depth], 1) for i in range(count)]
    keys = ["conv1.weight", *(f"bn1.{name}" for name in norm)]
    for block in blocks:
        keys += [f"{block}.conv.weight", *(f"{block}.bn.{name}" for name in norm)]
    return [*keys, "fc.weight", "fc.bias"]
