"""The blocks of residual networks and the Inception module: their parts, and what they compute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from autograder.oracles.architectures.parts import Part, Pass, batch_norm, convolution

__all__ = ["BLOCKS", "Module", "block", "inception"]

Tensor = torch.Tensor


@dataclass(frozen=True)
class Module:
    """A block or module: what it is made of, in the order in which it is used, and what it computes."""

    parts: tuple[Part, ...]
    compute: Callable[[Pass, Tensor], Tensor]
    eps: float = 1e-5


def _shortcut(c_in: int, c_out: int, downsample: bool) -> tuple[Part, ...]:
    if c_in == c_out and not downsample:
        return ()
    return convolution("projection", c_in, c_out, 1), batch_norm("projection_bn", c_out, behind="projection")


def _pair(number: int, c_in: int, c_out: int, kernel: int, groups: int = 1) -> tuple[Part, Part]:
    conv = convolution(f"conv{number}", c_in, c_out, kernel, groups)
    return conv, batch_norm(f"bn{number}", c_out, behind=conv.role)


def plain(c_in: int, c_out: int, downsample: bool) -> Module:
    def compute(net: Pass, x: Tensor) -> Tensor:
        hidden = F.relu(net.norm("bn1", net.conv("conv1", x, 1 + downsample)))
        return F.relu(net.norm("bn2", net.conv("conv2", hidden)))

    return Module((*_pair(1, c_in, c_out, 3), *_pair(2, c_out, c_out, 3)), compute)


def residual(c_in: int, c_out: int, downsample: bool) -> Module:
    projection = _shortcut(c_in, c_out, downsample)

    def compute(net: Pass, x: Tensor) -> Tensor:
        hidden = F.relu(net.norm("bn1", net.conv("conv1", x, 1 + downsample)))
        main = net.norm("bn2", net.conv("conv2", hidden))
        skip = net.norm("projection_bn", net.conv("projection", x, 1 + downsample)) if projection else x
        return F.relu(main + skip)

    return Module((*_pair(1, c_in, c_out, 3), *_pair(2, c_out, c_out, 3), *projection), compute)


def pre_activation(c_in: int, c_out: int, downsample: bool) -> Module:
    projection = _shortcut(c_in, c_out, downsample)[:1]
    (conv1, _), (conv2, _) = _pair(1, c_in, c_out, 3), _pair(2, c_out, c_out, 3)

    def compute(net: Pass, x: Tensor) -> Tensor:
        first = F.relu(net.norm("bn1", x))
        main = net.conv("conv2", F.relu(net.norm("bn2", net.conv("conv1", first, 1 + downsample))))
        return main + (net.conv("projection", first, 1 + downsample) if projection else x)

    return Module((batch_norm("bn1", c_in), conv1, batch_norm("bn2", c_out), conv2, *projection), compute)


def narrow(c_in: int, c_out: int, downsample: bool, width: int, groups: int = 1) -> Module:
    """1x1, 3x3 and 1x1, with `width` channels in between."""
    projection = _shortcut(c_in, c_out, downsample)

    def compute(net: Pass, x: Tensor) -> Tensor:
        hidden = F.relu(net.norm("bn1", net.conv("conv1", x)))
        hidden = F.relu(net.norm("bn2", net.conv("conv2", hidden, 1 + downsample, groups)))
        main = net.norm("bn3", net.conv("conv3", hidden))
        skip = net.norm("projection_bn", net.conv("projection", x, 1 + downsample)) if projection else x
        return F.relu(main + skip)

    main = *_pair(1, c_in, width, 1), *_pair(2, width, width, 3, groups), *_pair(3, width, c_out, 1)
    return Module((*main, *projection), compute)


def bottleneck(c_in: int, c_out: int, downsample: bool) -> Module:
    return narrow(c_in, c_out, downsample, c_out // 4)


def resnext(c_in: int, c_out: int, downsample: bool, groups: int = 32, width_per_group: int = 4) -> Module:
    return narrow(c_in, c_out, downsample, int(c_out / 4 * width_per_group / 64) * groups, groups)


BLOCKS: dict[str, Callable[..., Module]] = {
    "PlainBlock": plain,
    "ResidualBlock": residual,
    "BottleneckBlock": bottleneck,
    "PreActBlock": pre_activation,
    "ResNeXtBlock": resnext,
}


def block(name: str, c_in: int, c_out: int, downsample: bool = False, **options: int) -> Module:
    return BLOCKS[name](c_in, c_out, downsample, **options)


def inception(
    c_in: int, c1: int, c3_reduce: int, c3: int, c5_reduce: int, c5: int, c_pool: int, large_kernel: int = 5
) -> Module:
    sizes = {
        "1x1": (c_in, c1, 1),
        "before 3x3": (c_in, c3_reduce, 1),
        "3x3": (c3_reduce, c3, 3),
        "before large": (c_in, c5_reduce, 1),
        "large": (c5_reduce, c5, large_kernel),
        "behind pool": (c_in, c_pool, 1),
    }
    parts = [
        part
        for role, size in sizes.items()
        for part in (convolution(role, *size), batch_norm(f"{role} bn", size[1], behind=role))
    ]

    def compute(net: Pass, x: Tensor) -> Tensor:
        def layer(role: str, z: Tensor) -> Tensor:
            return F.relu(net.norm(f"{role} bn", net.conv(role, z)))

        pooled = F.max_pool2d(x, 3, stride=1, padding=1)
        outputs = (
            layer("1x1", x),
            layer("3x3", layer("before 3x3", x)),
            layer("large", layer("before large", x)),
            layer("behind pool", pooled),
        )
        return torch.cat(outputs, dim=1)

    return Module(tuple(parts), compute, eps=0.001)
