"""Names of tensors, written down from the rule by which the public files name them, and the mapping to ours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
import torch

from autograder.reference.exercises import architectures
from deeprob.models import alexnet, densenet, googlenet, shufflenet_v2, squeezenet
from deeprob.models.public_weights import our_key, our_state_dict


def weight_and_bias(name: str) -> Iterator[str]:
    yield from (f"{name}.weight", f"{name}.bias")


def batch_norm(name: str) -> Iterator[str]:
    yield from weight_and_bias(name)
    yield from (f"{name}.running_mean", f"{name}.running_var", f"{name}.num_batches_tracked")


def conv_bn(conv: str, norm: str) -> Iterator[str]:
    yield f"{conv}.weight"
    yield from batch_norm(norm)


def public_resnet(blocks: tuple[int, ...], bottleneck: bool) -> Iterator[str]:
    yield from conv_bn("conv1", "bn1")
    for stage, count in enumerate(blocks, start=1):
        for i in range(count):
            block = f"layer{stage}.{i}"
            for k in range(1, 4 if bottleneck else 3):
                yield from conv_bn(f"{block}.conv{k}", f"{block}.bn{k}")
            if i == 0 and (stage > 1 or bottleneck):
                yield from conv_bn(f"{block}.downsample.0", f"{block}.downsample.1")
    yield from weight_and_bias("fc")


def public_vgg(stages: tuple[int, ...]) -> Iterator[str]:
    place = 0
    for convolutions in stages:
        for _ in range(convolutions):
            yield from weight_and_bias(f"features.{place}")
            place += 2  # its ReLU follows
        place += 1  # the pool
    for place in (0, 3, 6):
        yield from weight_and_bias(f"classifier.{place}")


def public_alexnet() -> Iterator[str]:
    for place in (0, 3, 6, 8, 10):
        yield from weight_and_bias(f"features.{place}")
    for place in (1, 4, 6):
        yield from weight_and_bias(f"classifier.{place}")


def public_googlenet(heads: bool) -> Iterator[str]:
    def conv(name: str) -> Iterator[str]:
        return conv_bn(f"{name}.conv", f"{name}.bn")

    for k in (1, 2, 3):
        yield from conv(f"conv{k}")
    for module in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"):
        yield from conv(f"inception{module}.branch1")
        for branch in ("branch2.0", "branch2.1", "branch3.0", "branch3.1", "branch4.1"):
            yield from conv(f"inception{module}.{branch}")
    for k in (1, 2) if heads else ():
        yield from conv(f"aux{k}.conv")
        yield from weight_and_bias(f"aux{k}.fc1")
        yield from weight_and_bias(f"aux{k}.fc2")
    yield from weight_and_bias("fc")


def public_densenet(blocks: tuple[int, ...], old: bool) -> Iterator[str]:
    dot = "." if old else ""
    yield from conv_bn("features.conv0", "features.norm0")
    for i, layers in enumerate(blocks, start=1):
        for j in range(1, layers + 1):
            for k in (1, 2):
                layer = f"features.denseblock{i}.denselayer{j}"
                yield from batch_norm(f"{layer}.norm{dot}{k}")
                yield f"{layer}.conv{dot}{k}.weight"
        if i < 4:
            yield from batch_norm(f"features.transition{i}.norm")
            yield f"features.transition{i}.conv.weight"
    yield from batch_norm("features.norm5")
    yield from weight_and_bias("classifier")


def public_squeezenet(fires: tuple[int, ...]) -> Iterator[str]:
    yield from weight_and_bias("features.0")
    for place in fires:
        for part in ("squeeze", "expand1x1", "expand3x3"):
            yield from weight_and_bias(f"features.{place}.{part}")
    yield from weight_and_bias("classifier.1")


def public_shufflenet() -> Iterator[str]:
    yield from conv_bn("conv1.0", "conv1.1")
    for stage, units in ((2, 4), (3, 8), (4, 4)):
        for i in range(units):
            unit = f"stage{stage}.{i}"
            if i == 0:
                yield from conv_bn(f"{unit}.branch1.0", f"{unit}.branch1.1")
                yield from conv_bn(f"{unit}.branch1.2", f"{unit}.branch1.3")
            for k in (0, 3, 5):  # a ReLU follows the first and the third
                yield from conv_bn(f"{unit}.branch2.{k}", f"{unit}.branch2.{k + 1}")
    yield from conv_bn("conv5.0", "conv5.1")
    yield from weight_and_bias("fc")


INCEPTION = partial(architectures.Inception, large_kernel=3)
BOTTLENECKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
NETWORKS = {
    "resnet18": (partial(architectures.resnet, 18), public_resnet((2, 2, 2, 2), False)),
    "resnet34": (partial(architectures.resnet, 34), public_resnet((3, 4, 6, 3), False)),
    **{f"resnet{d}": (partial(architectures.resnet, d), public_resnet(b, True)) for d, b in BOTTLENECKS.items()},
    "resnext50": (
        partial(architectures.resnet, 50, block=architectures.ResNeXtBlock),
        public_resnet((3, 4, 6, 3), True),
    ),
    "vgg11": (partial(architectures.vgg, "A"), public_vgg((1, 1, 2, 2, 2))),
    "vgg13": (partial(architectures.vgg, "B"), public_vgg((2, 2, 2, 2, 2))),
    "vgg16": (partial(architectures.vgg, "D"), public_vgg((2, 2, 3, 3, 3))),
    "vgg19": (partial(architectures.vgg, "E"), public_vgg((2, 2, 4, 4, 4))),
    "alexnet": (alexnet, public_alexnet()),
    "googlenet": (partial(googlenet, INCEPTION), public_googlenet(False)),
    "googlenet with heads": (partial(googlenet, INCEPTION, auxiliary=True), public_googlenet(True)),
    "densenet121": (partial(densenet, 121), public_densenet((6, 12, 24, 16), False)),
    "densenet169": (partial(densenet, 169), public_densenet((6, 12, 32, 32), False)),
    "densenet201, old names": (partial(densenet, 201), public_densenet((6, 12, 48, 32), True)),
    "squeezenet1_0": (partial(squeezenet, "1.0"), public_squeezenet((3, 4, 5, 7, 8, 9, 10, 12))),
    "squeezenet1_1": (partial(squeezenet, "1.1"), public_squeezenet((3, 4, 6, 7, 9, 10, 11, 12))),
    "shufflenet_v2_x1_0": (shufflenet_v2, public_shufflenet()),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_our_names_are_the_public_ones_in_the_public_order(name):
    build, public = NETWORKS[name]
    with torch.device("meta"):
        net = build()
    assert [our_key(key) for key in public] == list(net.state_dict())


@pytest.mark.parametrize(
    ("public", "ours"),
    [
        ("layer2.0.downsample.0.weight", "layer2.0.shortcut.0.weight"),
        ("module.conv1.weight", "conv1.weight"),
        ("features.denseblock1.denselayer2.norm.1.running_var", "features.denseblock1.denselayer2.norm1.running_var"),
        ("features.denseblock1.denselayer2.conv.2.weight", "features.denseblock1.denselayer2.conv2.weight"),
        ("features.denseblock1.denselayer12.conv2.weight", "features.denseblock1.denselayer12.conv2.weight"),
        ("features.transition1.norm.weight", "features.transition1.norm.weight"),
        ("inception3a.branch2.1.conv.weight", "inception3a.branch2.1.conv.weight"),
    ],
)
def test_names_are_mapped_one_by_one(public, ours):
    assert our_key(public) == ours


def test_heads_of_the_file_are_left_out_when_the_model_has_none():
    with torch.device("meta"):
        net, with_heads = googlenet(INCEPTION), googlenet(INCEPTION, auxiliary=True)
    assert set(our_state_dict(net, with_heads.state_dict())) == set(net.state_dict())
