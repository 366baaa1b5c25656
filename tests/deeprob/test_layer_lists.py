"""The numbers that lectures and papers state about famous networks come out of their layer lists and the accounting."""

from __future__ import annotations

import pytest

from autograder.reference.exercises.architectures import (
    conv_output_size,
    layer_cost,
    network_table,
    pool_output_size,
    receptive_field,
)
from deeprob.layer_lists import SLIDES, alexnet, alexnet_start, blocks, googlenet_stem, lenet5, stack, vgg

POOLS = ("max_pool", "avg_pool")


def rows_of(network) -> dict[str, dict]:
    rows, _ = network_table(*network)
    return {row["name"]: row for row in rows}


def sums(network, *kinds: str) -> tuple[float, int, int]:
    """(memory in KB, parameters, multiply-adds) of the layers of these kinds."""
    layers, shape = network
    chosen = [r for layer, r in zip(layers, network_table(layers, shape)[0], strict=True) if layer["kind"] in kinds]
    return tuple(sum(r[key] for r in chosen) for key in ("memory_kb", "parameters", "multiply_adds"))


def without(network, name: str):
    layers, shape = network
    return [layer for layer in layers if layer["name"] != name], shape


ALEXNET = {
    # name: output, KB, parameters, multiply-adds
    "conv1": ((64, 56, 56), 784, 23_296, 72_855_552),
    "pool1": ((64, 27, 27), 182.25, 0, 419_904),
    "conv2": ((192, 27, 27), 546.75, 307_392, 223_948_800),
    "pool2": ((192, 13, 13), 126.75, 0, 292_032),
    "conv3": ((384, 13, 13), 253.5, 663_936, 112_140_288),
    "conv4": ((256, 13, 13), 169, 884_992, 149_520_384),
    "conv5": ((256, 13, 13), 169, 590_080, 99_680_256),
    "pool5": ((256, 6, 6), 36, 0, 82_944),
    "flatten": ((9216,), 36, 0, 0),
    "fc6": ((4096,), 16, 37_752_832, 37_748_736),
    "fc7": ((4096,), 16, 16_781_312, 16_777_216),
    "fc8": ((1000,), 3.90625, 4_097_000, 4_096_000),
}


def test_every_row_of_alexnet():
    rows = rows_of(alexnet())
    assert list(rows) == list(ALEXNET)
    for name, row in rows.items():
        assert (row["output_shape"], row["memory_kb"], row["parameters"], row["multiply_adds"]) == ALEXNET[name]


def test_the_slides_of_alexnet_but_for_its_slips():
    rows = rows_of(alexnet())
    for name, (memory, parameters, operations) in SLIDES["AlexNet"].items():
        if name == "together":
            continue
        row = rows[name]
        assert f"{row['memory_kb']:.0f}" == memory
        if name == "conv4":
            assert operations == "145"
            assert f"{row['multiply_adds'] / 1e6:.1f}" == "149.5"
        else:
            assert f"{row['multiply_adds'] / 1e6:.0f}" == operations
        if name == "fc6":
            assert parameters == "37,725,832 with bias"
            assert f"{row['parameters']:,}" == "37,752,832"
        else:
            bias = ALEXNET[name][0][0] if name in ("fc7", "fc8") else 0
            assert f"{(row['parameters'] - bias) / 1e3:,.0f}" == parameters


def test_the_sums_of_alexnet_leave_pools_and_flatten_out():
    memory, parameters, operations = sums(alexnet(), "conv", "linear")
    assert (f"{memory / 1024:.1f} MB", f"{parameters / 1e6:.0f} M", f"{operations / 1e9:.1f} G") == SLIDES["AlexNet"][
        "together"
    ]
    assert (parameters, operations) == (61_100_840, 716_767_232)


@pytest.mark.parametrize(("size", "pad"), [(227, 0), (224, 2)])
def test_alexnets_first_layer_is_56_for_227_pixels_with_pad_2_alone(size, pad):
    layers, _ = alexnet()
    shape, memory, _, operations = layer_cost({**layers[0], "pad": pad, "input_shape": (3, size, size)})
    assert shape == (64, 55, 55)
    assert round(memory) == 756
    assert f"{operations / 1e6:.1f}" == "70.3"


def test_the_original_first_layer():
    layers, shape = alexnet_start()
    layers[0]["bias"] = False
    rows = rows_of((layers, shape))
    assert rows["conv1"]["output_shape"] == (96, 55, 55)
    assert rows["conv1"]["parameters"] == 11 * 11 * 3 * 96 == 34_848
    assert rows["pool1"]["output_shape"] == (96, 27, 27)


def test_lenet5():
    shapes = [row["output_shape"] for row in rows_of(lenet5()).values()]
    assert shapes == [(20, 28, 28), (20, 14, 14), (50, 14, 14), (50, 7, 7), (2450,), (500,), (10,)]


@pytest.mark.parametrize(("config", "parameters", "giga"), [
    ("A", 132_863_336, "7.609"), ("B", 133_047_848, "11.308"), ("D", 138_357_544, "15.470"),
    ("E", 143_667_240, "19.632"),
])  # fmt: skip
def test_vgg(config, parameters, giga):
    _, found, operations = sums(vgg(config), "conv", "linear")
    assert found == parameters
    assert f"{operations / 1e9:.3f}" == giga


def test_the_table_of_the_vgg_paper():
    assert [round(sums(vgg(config), "conv", "linear")[1] / 1e6) for config in "ABCDE"] == [133, 133, 134, 138, 144]


def test_vgg_has_other_layers_for_other_letters_alone():
    with pytest.raises(ValueError, match="expected one of A, B, C, D, E"):
        vgg("F")


def test_single_layers_of_vgg16():
    rows = rows_of(vgg("D"))
    assert [rows[name]["parameters"] - 64 for name in ("conv1_1", "conv1_2")] == [1_728, 36_864]
    assert rows["fc6"]["parameters"] - 4096 == 102_760_448


def test_the_slide_of_vgg16_is_one_layer_of_256_channels_short():
    found = {}
    for name, network in (("whole", vgg("D")), ("short", without(vgg("D"), "conv3_3"))):
        _, parameters, operations = sums(network, "conv", "linear")
        memory = sums(network, "conv")[0]  # the few KB of the linear layers are not in the lecture's sum
        found[name] = f"{memory / 1024:.2f} MB", f"{parameters / 1e6:.2f} M", f"{operations / 1e9:.2f} G"
    assert found == {"whole": ("51.68 MB", "138.36 M", "15.47 G"), "short": ("48.62 MB", "137.77 M", "13.62 G")}
    assert SLIDES["VGG-16"]["together"] == ("48.6 MB", "138 M", "13.6 G")


def test_every_row_of_googlenets_stem():
    network = googlenet_stem()
    for name, row in rows_of(network).items():
        numbers = row["memory_kb"], row["parameters"] / 1e3, row["multiply_adds"] / 1e6
        assert tuple(f"{n:.0f}" for n in numbers) == SLIDES["GoogLeNet's stem"][name]


def test_the_sums_of_googlenets_stem():
    network = googlenet_stem()
    memory, parameters, operations = sums(network, "conv", *POOLS)
    assert (f"{memory / 1024:.1f} MB", f"{parameters / 1e3:.0f} k") == SLIDES["GoogLeNet's stem"]["together"][:2]
    assert round(operations / 1e6) == 481
    assert round(sums(network, "conv")[2] / 1e6) == 478
    assert SLIDES["GoogLeNet's stem"]["together"][2] == "418 M"


def test_seven_convolutions_of_five_by_five_use_an_image_up():
    layers, shape = stack(7, 5, 3, size=32, pad=0)
    sizes = [row["output_shape"][1] for row in network_table(layers, shape)[0]]
    assert (sizes[0], sizes[-1]) == (28, 4)
    assert receptive_field(layers) == 29


def test_small_kernels_cost_less_than_a_large_one_that_sees_as_much():
    C = 10
    found = {(n, k): stack(n, k, C) for n, k in ((2, 3), (1, 5), (3, 3), (1, 7))}
    weights = {key: sums(network, "conv")[1] / C**2 for key, network in found.items()}
    fields = {key: receptive_field(layers) for key, (layers, _) in found.items()}
    assert weights == {(2, 3): 18, (1, 5): 25, (3, 3): 27, (1, 7): 49}
    assert fields == {(2, 3): 5, (1, 5): 5, (3, 3): 7, (1, 7): 7}


def test_half_the_size_and_twice_the_channels_cost_the_same():
    C, size = 10, 6
    costs = {sums(stack(1, 3, c, s), "conv")[2] for c, s in ((C, 2 * size), (2 * C, size))}
    assert costs == {36 * size * size * C**2}


def test_a_bottleneck_costs_a_little_less_than_a_basic_block():
    C, size = 8, 5
    costs = {name: sums(network, "conv")[2] / (size * size * C**2) for name, network in blocks(C, size).items()}
    assert costs == {"basic": 18, "bottleneck": 17}


def test_worked_examples():
    four_filters = {"kind": "conv", "channels": 4, "kernel": 3, "input_shape": (3, 9, 9)}
    assert layer_cost(four_filters)[2] == 112
    assert (conv_output_size(320, 2), conv_output_size(280, 1)) == (319, 280)
    assert (pool_output_size(56, 3, 2, ceil_mode=True), pool_output_size(56, 3, 2)) == (28, 27)


def test_receptive_fields_of_whole_networks():
    def last_image(network):
        layers = [layer for layer in network[0] if layer["kind"] not in ("flatten", "linear")]
        return receptive_field(layers)

    assert [last_image(n) for n in (lenet5(), alexnet(), vgg("D"), googlenet_stem())] == [16, 195, 212, 27]


def test_each_call_makes_new_dicts():
    for make in (lenet5, alexnet, alexnet_start, googlenet_stem, lambda: vgg("D"), lambda: stack(2, 3, 4)):
        first, _ = make()
        first[0]["kernel"] = 99
        assert make()[0][0]["kernel"] != 99
