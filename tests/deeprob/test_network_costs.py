"""Costs of live modules on meta: what is counted, how rows are named and taken together, and what is left alone."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from autograder.reference.exercises import architectures
from deeprob.models import googlenet
from deeprob.module_text import module_text, shape_text
from deeprob.network_costs import network_costs, on_meta


def small() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=2, padding=1, groups=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(8 * 3 * 4, 10),
    )


def test_each_layer_has_its_row():
    rows = network_costs(small(), (3, 15, 19)).rows
    assert [row.name for row in rows] == list("012345")
    assert [row.type for row in rows] == ["Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d", "Flatten", "Linear"]
    assert [row.output_shape for row in rows] == [*[(8, 7, 9)] * 3, (8, 3, 4), (96,), (10,)]
    assert [row.parameters for row in rows] == [3 * 8 * 25 + 8, 16, 0, 0, 0, 970]
    assert [row.multiply_adds for row in rows] == [8 * 7 * 9 * 75, 0, 0, 0, 0, 960]
    assert [row.memory_kb * 256 for row in rows] == [8 * 7 * 9, 0, 0, 96, 0, 10]


def test_totals_are_the_sums():
    costs = network_costs(small(), (3, 15, 19))
    assert costs.parameters == sum(p.numel() for p in small().parameters())
    assert costs.multiply_adds == 8 * 7 * 9 * 75 + 960
    assert costs.memory_kb == (8 * 7 * 9 + 96 + 10) / 256


def test_accounting_by_hand_and_by_module_agree():
    layers = [
        {"kind": "conv", "channels": 64, "kernel": 11, "stride": 4, "pad": 2},
        {"kind": "max_pool", "kernel": 3, "stride": 2},
        {"kind": "conv", "channels": 192, "kernel": 5, "pad": 2, "groups": 2},
        {"kind": "flatten"},
        {"kind": "linear", "features": 7},
    ]
    net = nn.Sequential(
        nn.Conv2d(3, 64, 11, 4, 2),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(64, 192, 5, padding=2, groups=2),
        nn.Flatten(),
        nn.Linear(192 * 27 * 27, 7),
    )
    rows, _ = architectures.network_table(layers, (3, 227, 227))
    costs = network_costs(net, (3, 227, 227)).rows
    for row, cost in zip(rows, costs, strict=True):
        assert row["output_shape"] == cost.output_shape
        assert row["parameters"] == cost.parameters
        if cost.type not in ("MaxPool2d", "Flatten"):
            assert (row["memory_kb"], row["multiply_adds"]) == (cost.memory_kb, cost.multiply_adds)


def test_the_network_stays_as_it_is():
    net = small().train()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    network_costs(net, (3, 15, 19))
    assert net.training
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())
    assert all(not m._forward_hooks and not m._forward_pre_hooks for m in net.modules())


def test_a_copy_on_meta_has_no_numbers_and_shares_what_is_shared():
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.BatchNorm1d(4))
    net[1].weight = net[0].weight
    net[0].bias.requires_grad_(False)
    copied = on_meta(net)
    assert all(t.is_meta for t in copied.state_dict().values())
    assert copied[0].weight is copied[1].weight
    assert isinstance(copied[0].weight, nn.Parameter)
    assert [p.requires_grad for p in copied.parameters()] == [p.requires_grad for p in net.parameters()]
    assert not any(t.is_meta for t in net.state_dict().values())


def test_shared_parameters_count_once():
    layer = nn.Linear(5, 5)
    assert [row.parameters for row in network_costs(nn.Sequential(layer, nn.ReLU(), layer), (5,)).rows] == [30, 0, 0]


class Functional(nn.Module):
    """Keeps its weight itself and has a child beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(4, 3, 1, 1))
        self.child = nn.Conv2d(4, 2, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.child(functional.conv2d(x, self.weight))


def test_what_a_module_computes_beside_its_children_has_a_row_of_its_own():
    costs = network_costs(nn.Sequential(Functional()), (3, 2, 2))
    assert [(row.name, row.parameters, row.multiply_adds) for row in costs.rows] == [("0.child", 8, 32), ("0", 12, 48)]
    (together,) = costs.grouped(1).rows
    assert (together.name, together.parameters, together.multiply_adds) == ("0", 20, 80)


def test_parts_that_do_not_run_are_not_counted():
    with torch.device("meta"):
        net = googlenet(architectures.Inception, auxiliary=True)
        plain = googlenet(architectures.Inception)
    assert network_costs(net, (3, 224, 224)).parameters == sum(p.numel() for p in plain.parameters())


def test_rows_of_a_part_are_taken_together():
    with torch.device("meta"):
        net = architectures.resnet(18)
    costs = network_costs(net, (3, 64, 64))
    coarse = costs.grouped(1)
    assert [row.name for row in coarse.rows if row.type == "Sequential"] == ["layer1", "layer2", "layer3", "layer4"]
    layer2 = next(row for row in coarse.rows if row.name == "layer2")
    assert layer2.text == "2 × ResidualBlock"
    assert layer2.output_shape == (128, 8, 8)
    assert coarse.parameters == costs.parameters
    assert coarse.multiply_adds == costs.multiply_adds
    finer = costs.grouped(2)
    assert [row.name for row in finer.rows if row.type == "ResidualBlock"][:3] == ["layer1.0", "layer1.1", "layer2.0"]


def test_a_part_has_the_names_inside_it_and_knows_what_it_is_given():
    with torch.device("meta"):
        costs = network_costs(architectures.resnet(18), (3, 64, 64))
    assert costs.parts["layer2.0"].input_shape == (64, 16, 16)
    part = costs.part("layer2")
    assert part.rows[0].name == "0.conv1"
    assert part.parameters == sum(p.numel() for p in architectures.resnet(18).layer2.parameters())
    assert [row.name for row in part.grouped(1).rows] == ["0", "1"]
    with pytest.raises(KeyError):
        costs.part("layer5")


def test_at_most_gives_the_finest_grouping_that_fits():
    with torch.device("meta"):
        costs = network_costs(architectures.resnet(18), (3, 64, 64))
    assert len(costs.at_most(1000).rows) == len(costs.without_free().rows)
    assert "layer1.0" in [row.name for row in costs.at_most(20).rows]
    assert "layer1" in [row.name for row in costs.at_most(12).rows]
    assert costs.at_most(2).multiply_adds == costs.multiply_adds


def test_the_table_has_a_line_for_each_row_and_the_sums():
    lines = str(network_costs(small(), (3, 15, 19))).splitlines()
    assert lines[0].split() == ["name", "type", "output", "memory", "KB", "parameters", "multiply-adds"]
    assert lines[1].split() == ["0", "Conv2d", "8", "×", "7", "×", "9", "2.0", "608", "37,800"]
    assert lines[-1].split() == ["together", "2.4", "1,594", "38,760"]
    assert len({len(line) for line in lines}) == 1


def test_an_image_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"the network does not take an image of shape \(3, 2, 2\): "):
        network_costs(small(), (3, 2, 2))


class Unwritten(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError("architectures.Block.forward: not implemented yet")


def test_what_is_not_written_yet_says_so():
    with pytest.raises(NotImplementedError, match=r"^architectures\.Block\.forward: not implemented yet$"):
        network_costs(nn.Sequential(nn.ReLU(), Unwritten()), (3, 2, 2))


def test_any_error_of_a_network_is_told_in_one_line():
    class Wrong(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x[{}["a\nb"]]

    with pytest.raises(ValueError, match=r"does not take an image of shape \(3, 2, 2\): 'a"):
        network_costs(Wrong(), (3, 2, 2))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (nn.Conv2d(4, 8, 3), "conv 3×3"),
        (nn.Conv2d(4, 8, (3, 1), stride=(2, 1)), "conv 3×1, stride 2×1"),
        (nn.Conv2d(8, 8, 3, stride=2, groups=4), "conv 3×3, stride 2, 4 groups"),
        (nn.Conv2d(8, 8, 3, groups=8), "conv 3×3, depthwise"),
        (nn.MaxPool2d(2), "max pool 2×2, stride 2"),
        (nn.AvgPool2d(3, 1), "average pool 3×3"),
        (nn.AdaptiveAvgPool2d(1), "average over places"),
        (nn.AdaptiveAvgPool2d((1, 1)), "average over places"),
        (nn.AdaptiveAvgPool2d(6), "average pool to 6×6"),
        (nn.BatchNorm2d(2), "batch norm"),
        (nn.Sequential(nn.Sequential(nn.ReLU()), nn.Sequential(nn.ReLU())), "2 × Sequential"),
        (nn.Sequential(nn.ReLU(), nn.Flatten()), "2 layers"),
        (nn.Softplus(), "Softplus"),
    ],
)
def test_a_module_in_words(module, text):
    assert module_text(module) == text


def test_a_shape_in_words():
    assert shape_text((64, 56, 56)) == "64 × 56 × 56"
    assert shape_text((10,)) == "10"
