"""The checks of the accounting: a mistake costs once, known numbers are worth nothing, the oracle is right."""

from __future__ import annotations

import pytest

from autograder.checks.architectures.accounting_cases import draw_image, draw_window
from autograder.engine.draw import Draw
from autograder.oracles.architectures import accounting as oracle
from autograder.oracles.architectures.accounting_parts import right_parts
from deeprob.layer_lists import alexnet, blocks, googlenet_stem, lenet5, stack, vgg

POINTS = {"pool_output_size": 2, "layer_cost": 8, "network_table": 6}

ABOVE = {
    "pool_output_size": ("conv_output_size",),
    "layer_cost": ("conv_output_size", "pool_output_size"),
    "network_table": ("conv_output_size", "pool_output_size", "layer_cost"),
}

WRONG = {
    "conv_output_size": "def conv_output_size(size, kernel, stride=1, pad=0):\n    return size",
    "pool_output_size": "def pool_output_size(size, kernel, stride=None, pad=0, ceil_mode=False):\n    return None",
    "layer_cost": "def layer_cost(layer):\n    return layer['input_shape'], 0.0, 0, 0",
}

MISSING = "def {name}(*args, **kwargs):\n    raise NotImplementedError('architectures.{name}: not implemented yet')"

OTHER_ARGUMENTS = """
def conv_output_size(sizes, settings):
    return tuple((n + 2 * settings["pad"] - settings["kernel"]) // settings["stride"] + 1 for n in sizes)

def pool_output_size(size, kernel, stride=None, pad=0, ceil_mode=False):
    stride = stride or kernel
    if kernel > size + 2 * pad:
        raise ValueError("the window does not fit")
    (plain,) = conv_output_size((size,), {"kernel": kernel, "stride": stride, "pad": pad})
    return plain + int(ceil_mode and (size + 2 * pad - kernel) % stride > 0 and plain * stride < size + pad)

_before = layer_cost

def layer_cost(layer):
    if layer["kind"] != "conv":
        return _before(layer)
    settings = {"stride": 1, "pad": 0, "groups": 1, "bias": True, **layer}
    C, H, W = layer["input_shape"]
    if layer["kernel"] > min(H, W) + 2 * settings["pad"]:
        raise ValueError("the kernel does not fit")
    if C % settings["groups"] or layer["channels"] % settings["groups"]:
        raise ValueError("groups do not divide the channels")
    h, w = conv_output_size((H, W), settings)
    weights = layer["channels"] * C // settings["groups"] * layer["kernel"] ** 2
    parameters = weights + layer["channels"] * settings["bias"]
    return (layer["channels"], h, w), layer["channels"] * h * w / 256, parameters, weights * h * w
"""

KNOWN_NUMBERS = """
def conv_output_size(size, kernel, stride=1, pad=0):
    known = {(32, 5, 1, 0): 28, (320, 2, 1, 0): 319, (280, 1, 1, 0): 280, (28, 5, 1, 2): 28, (227, 11, 4, 2): 56}
    return known.get((size, kernel, stride, pad), 55)

def receptive_field(layers):
    return {2: 5, 3: 7, 7: 29}.get(len(layers), 195)
"""

SPOILED = """
def _spoiling(function):
    def spoil(first, *others):
        layers = first if isinstance(first, list) else [first]
        result = function([dict(layer) for layer in layers] if first is layers else dict(first), *others)
        for layer in layers:
            layer.update(kernel=99, channels=7, features=7, input_shape=(1, 1, 1), stride=5)
        return result

    return spoil


{name} = _spoiling({name})
"""


@pytest.mark.parametrize(("question", "lost"), [
    ("receptive_field", "leaves_the_stack_alone"), ("layer_cost", "leaves_the_layer_alone"),
    ("network_table", "leaves_the_layers_alone"),
])  # fmt: skip
def test_spoiled_dicts_cost_the_check_of_unchanged_dicts_and_no_other(bench, question, lost):
    results = bench.grade(SPOILED.format(name=question), f"architectures.{question}")
    assert [name for name, r in results.items() if not r.passed] == [lost]
    assert "changed in the call: work on a copy" in results[lost].message


@pytest.mark.parametrize("level", ["bench_in_process", "bench"])
@pytest.mark.parametrize("question", POINTS)
def test_wrong_parts_cost_nothing_in_what_is_built_on_them(request, question, level):
    code = "\n\n".join(WRONG[name] for name in ABOVE[question])
    assert request.getfixturevalue(level).points(code, f"architectures.{question}") == POINTS[question]


@pytest.mark.parametrize("question", POINTS)
def test_missing_parts_cost_nothing_in_what_is_built_on_them(bench, question):
    code = "\n\n".join(MISSING.format(name=name) for name in ABOVE[question])
    assert bench.points(code, f"architectures.{question}") == POINTS[question]


def test_parts_with_other_arguments_may_stay(bench):
    assert bench.points(OTHER_ARGUMENTS, "architectures.layer_cost") == 8


@pytest.mark.parametrize("question", ["conv_output_size", "receptive_field"])
def test_a_table_of_known_numbers_gets_no_points_but_for_them(bench, question):
    results = bench.grade(KNOWN_NUMBERS, f"architectures.{question}")
    assert [name for name, r in results.items() if r.passed] == []


def test_right_parts_are_those_above_the_function_that_is_asked_for():
    assert list(right_parts("conv_output_size")) == []
    assert {name: tuple(right_parts(name)) for name in ABOVE} == ABOVE


@pytest.mark.parametrize(("name", "args"), [
    ("conv_output_size", (3, 9)),
    ("conv_output_size", (9, 3, 0)),
    ("pool_output_size", (3, 9, 2, 1, True)),
    ("pool_output_size", (9, 3, 1, 2)),
    ("layer_cost", ({"kind": "pyramid", "input_shape": (3, 9, 9)},)),
    ("layer_cost", ({"kind": "avg_pool", "kernel": 9, "ceil_mode": True, "input_shape": (3, 4, 4)},)),
    ("layer_cost", ({"kind": "conv", "channels": 4, "kernel": 3, "groups": 2, "input_shape": (3, 9, 9)},)),
])  # fmt: skip
def test_right_parts_refuse_what_does_not_fit(name, args):
    with pytest.raises(ValueError, match=r"\w"):
        right_parts("network_table")[name](*args)


def test_a_right_part_names_the_layer_that_does_not_fit():
    with pytest.raises(ValueError, match=r"^the_end: it does not fit"):
        right_parts("network_table")["layer_cost"]({
            "kind": "conv", "channels": 4, "kernel": 9, "name": "the_end", "input_shape": (3, 4, 4),
        })  # fmt: skip


def test_the_oracle_counts_what_the_lectures_and_papers_say():
    def totals(network):
        return oracle.table(*network)[1]

    assert totals(alexnet())["parameters"] == 61_100_840
    assert {config: totals(vgg(config))["parameters"] for config in "ABDE"} == {
        "A": 132_863_336, "B": 133_047_848, "D": 138_357_544, "E": 143_667_240,
    }  # fmt: skip
    assert totals(googlenet_stem())["memory_kb"] == 3136 + 784 + 784 + 2352 + 588
    assert [row["output_shape"] for row in oracle.table(*lenet5())[0]][-4:] == [(50, 7, 7), (2450,), (500,), (10,)]
    costs = {name: totals(network)["multiply_adds"] for name, network in blocks(8, 5).items()}
    assert costs == {"basic": 18 * 25 * 64, "bottleneck": 17 * 25 * 64}
    rows = {row["name"]: row for row in oracle.table(*alexnet())[0]}
    assert (rows["conv4"]["multiply_adds"], rows["fc6"]["parameters"]) == (149_520_384, 37_752_832)
    assert oracle.field(stack(7, 5, 3)[0]) == 29


def test_drawn_windows_fit_and_drawn_images_are_not_square():
    for seed in range(200):
        draw = Draw(bytes([seed]))
        w = draw_window(draw, (1, 6), (0, 4))
        assert w.size >= 1
        assert w.pad <= w.kernel / 2
        assert oracle.pool_size(w.size, w.kernel, w.stride, w.pad) >= 4
        C, H, W = draw_image(draw)
        assert abs(H - W) >= 5
        assert C >= 3
