"""Parameters as published, to the unit, and multiply-adds to 0.1 %; also of the networks that students build."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from autograder.reference.exercises import architectures
from deeprob.models import (
    PUBLISHED,
    alexnet,
    alexnet_two_towers,
    catalogue,
    densenet,
    googlenet,
    shufflenet_v2,
    small_resnet,
    squeezenet,
    wide_resnet,
    zfnet,
)
from deeprob.network_costs import network_costs

INCEPTION = partial(architectures.Inception, large_kernel=3)
WIDE = partial(architectures.ResNeXtBlock, groups=1, width_per_group=128)
RESNETS = {18: 11_689_512, 34: 21_797_672, 50: 25_557_032, 101: 44_549_160, 152: 60_192_808}
G_OF_RESNETS = {18: 1.814, 34: 3.664, 50: 4.089, 101: 7.801, 152: 11.514}
VGGS = {"A": 132_863_336, "B": 133_047_848, "D": 138_357_544, "E": 143_667_240}
G_OF_VGGS = {"A": 7.609, "B": 11.308, "D": 15.470, "E": 19.632}

COUNTS = [
    ("AlexNet", alexnet, 61_100_840, None),
    ("AlexNet, two towers", alexnet_two_towers, 60_965_224, None),
    ("ZFNet", zfnet, 62_357_608, None),
    ("GoogLeNet", partial(googlenet, INCEPTION), 6_624_904, 1.498),
    ("DenseNet-121", partial(densenet, 121), 7_978_856, 2.834),
    ("DenseNet-169", partial(densenet, 169), 14_149_480, 3.360),
    ("DenseNet-201", partial(densenet, 201), 20_013_928, 4.291),
    ("SqueezeNet 1.0", partial(squeezenet, "1.0"), 1_248_424, 0.819),
    ("SqueezeNet 1.1", partial(squeezenet, "1.1"), 1_235_496, 0.349),
    ("ShuffleNet v2", shufflenet_v2, 2_278_604, 0.145),
    *((f"ResNet-{d}", partial(architectures.resnet, d), RESNETS[d], G_OF_RESNETS[d]) for d in RESNETS),
    ("ResNeXt-50", partial(architectures.resnet, 50, block=architectures.ResNeXtBlock), 25_028_904, 4.230),
    ("Wide ResNet-50-2", partial(architectures.resnet, 50, block=WIDE), 68_883_240, 11.398),
    *((f"VGG {c}", partial(architectures.vgg, c), VGGS[c], G_OF_VGGS[c]) for c in VGGS),
]


def on_meta(build):
    with torch.device("meta"):
        return build().eval()


def parameters(net) -> int:
    return sum(p.numel() for p in net.parameters())


def multiply_adds(net, *shape: int) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(torch.empty(1, *shape, device="meta"))
    return counter.get_total_flops() // 2


@pytest.mark.parametrize(("name", "build", "count", "giga"), COUNTS, ids=[row[0] for row in COUNTS])
def test_counts_are_the_published_ones(name, build, count, giga):
    net = on_meta(build)
    assert parameters(net) == count
    if giga is not None:
        # published with three decimals: half of the last one, and 0.1 %
        assert multiply_adds(net, 3, 224, 224) / 1e9 == pytest.approx(giga, abs=max(0.001 * giga, 0.0005))


def test_vgg_c_has_1x1_convolutions_where_d_has_3x3():
    saved = (3 * 3 - 1) * (256 * 256 + 2 * 512 * 512)
    assert parameters(on_meta(partial(architectures.vgg, "C"))) == VGGS["D"] - saved


def test_alexnet_costs_what_the_lecture_states():
    assert multiply_adds(on_meta(alexnet), 3, 227, 227) == 716_767_232
    rows = {row.name: row for row in network_costs(on_meta(alexnet), (3, 227, 227)).rows}
    assert rows["features.0"].output_shape == (64, 56, 56)
    assert rows["features.0"].multiply_adds == 72_855_552
    assert rows["features.0"].memory_kb == 784
    assert [rows[f"features.{k}"].memory_kb for k in (2, 12)] == [182.25, 36]


def test_the_original_alexnet_begins_with_96_filters_and_55_places():
    net = on_meta(alexnet_two_towers)
    first, second = net.features[0], net.features[4]
    assert first.weight.numel() == 34_848
    x = torch.empty(1, 3, 227, 227, device="meta")
    assert first(x).shape == (1, 96, 55, 55)
    assert net.features[:4](x).shape == (1, 96, 27, 27)
    assert net.features(x).shape == (1, 256, 6, 6)
    assert second.weight.shape == (256, 48, 5, 5)  # a tower sees the 48 channels of its own
    assert [m.groups for m in net.features if isinstance(m, torch.nn.Conv2d)] == [1, 2, 1, 2, 2]


def test_the_response_norm_of_alexnet_is_the_papers_sum():
    norm = alexnet_two_towers().features[2]
    x = torch.rand(1, 8, 1, 1, dtype=torch.float64) * 30
    squares = x[0, :, 0, 0] ** 2
    for i in range(8):
        window = squares[max(0, i - 2) : i + 3].sum()
        expected = x[0, i, 0, 0] / (2 + 1e-4 * window) ** 0.75
        assert norm(x)[0, i, 0, 0].item() == pytest.approx(expected.item(), rel=1e-12)


def test_zfnet_sees_more_places_than_alexnet():
    net = on_meta(zfnet)
    sizes = [row.output_shape[-1] for row in network_costs(net, (3, 224, 224)).rows if len(row.output_shape) == 3]
    assert sizes == [110, 110, 55, 55, 26, 26, 13, 13, *[13] * 6, 6, 6]
    assert parameters(on_meta(partial(zfnet, widths=(512, 1024, 512)))) > 1.5 * parameters(net)


def test_googlenets_stem_costs_what_the_lecture_states():
    rows = {row.name: row for row in network_costs(on_meta(partial(googlenet, INCEPTION)), (3, 224, 224)).rows}
    stem = ("conv1.conv", "maxpool1", "conv2.conv", "conv3.conv", "maxpool2")
    assert [rows[name].memory_kb for name in stem] == [3136, 784, 784, 2352, 588]
    assert [round(rows[name].multiply_adds / 1e6) for name in stem] == [118, 0, 13, 347, 0]


@pytest.mark.parametrize(
    ("depth", "widen", "millions"), [(40, 4, 8.9), (16, 8, 11.0), (22, 8, 17.2), (16, 10, 17.1), (28, 10, 36.5)]
)
def test_wide_resnets_have_the_papers_parameters(depth, widen, millions):
    net = on_meta(partial(wide_resnet, depth, widen, architectures.PreActBlock))
    assert round(parameters(net) / 1e6, 1) == millions


def test_wrn_28_10_has_36_479_194_parameters():
    assert parameters(on_meta(partial(wide_resnet, 28, 10, architectures.PreActBlock))) == 36_479_194


@pytest.mark.parametrize(("blocks", "millions"), [(3, 0.27), (5, 0.46), (7, 0.66), (9, 0.85), (18, 1.7)])
def test_resnets_for_cifar_have_about_the_papers_parameters(blocks, millions):
    """The paper's shortcuts have no parameters; the projections add less than 1 %."""
    net = on_meta(partial(small_resnet, architectures.ResidualBlock, blocks))
    assert parameters(net) / 1e6 == pytest.approx(millions, rel=0.03)


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda p: p.name)
def test_the_table_behind_the_chart_says_what_the_networks_cost(published):
    entries = catalogue(architectures)
    names = {"VGG-11": "VGG A", "VGG-13": "VGG B", "VGG-16": "VGG D", "VGG-19": "VGG E"}
    entry = entries[names.get(published.name, published.name)]
    net = on_meta(partial(googlenet, INCEPTION)) if published.name == "GoogLeNet" else entry.on_meta().eval()
    assert parameters(net) == published.parameters
    measured = multiply_adds(net, *entry.input_shape) / 1e9
    assert measured == pytest.approx(published.multiply_adds, abs=max(0.001 * measured, 0.0005))
