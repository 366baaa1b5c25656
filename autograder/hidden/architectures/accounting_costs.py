"""Hidden checks of what layers cost, and of the table."""

from __future__ import annotations

from autograder.checks.architectures.accounting_cases import (
    COLUMNS,
    COST,
    TABLE,
    Layer,
    draw_image,
    expect_cost,
    expect_same_dicts,
    expect_table,
    on_right_parts,
    words,
)
from autograder.checks.architectures.accounting_costs import COUNTS, draw_convolution, draw_network
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.errors import StudentRaised
from autograder.engine.expect import expect
from autograder.engine.layers import expect_refused
from autograder.engine.student import Student
from autograder.oracles.architectures.accounting_parts import nameless_layer_cost
from deeprob.layer_lists import alexnet_start, blocks, googlenet_stem, lenet5, stack, vgg

SIZES = ("output_shape", "multiply_adds")
FIRST, CHAIN = "output_of_a_convolution", "chain_of_layers"


@check(COST, needs=FIRST)
@on_right_parts
def grouped_convolutions(student: Student, draw: Draw) -> None:
    """groups: each filter sees C / groups channels"""
    groups, H, W = draw.number(2, 4), draw.number(9, 12), draw.number(13, 16)
    image = (groups * draw.number(2, 3), H, W)
    for settings in ({"bias": True}, {"bias": False}):
        channels = groups * draw.number(3, 5)
        layer = {"kind": "conv", "channels": channels, "kernel": 3, "groups": groups, **settings}
        expect_cost(student, {**layer, "input_shape": image}, "parameters", "multiply_adds")
    depthwise = {"kind": "conv", "channels": 8, "kernel": 3, "pad": 1, "groups": 8, "input_shape": (8, H, W)}
    expect_cost(student, depthwise, *COUNTS)


@check(COST, needs=FIRST)
@on_right_parts
def layers_without_bias(student: Student, draw: Draw) -> None:
    """bias False: a convolution of 96 filters of 11 x 11 on 3 channels has 34,848 parameters; bias True may be said"""
    expect_cost(student, {**alexnet_start()[0][0], "bias": False, "input_shape": (3, 227, 227)}, *COUNTS)
    expect_cost(student, {**draw_convolution(draw), "bias": False}, *COUNTS)
    expect_cost(student, {**draw_convolution(draw), "bias": True}, *COUNTS)
    for bias in (False, True):
        features = {"kind": "linear", "features": draw.number(5, 60), "bias": bias}
        expect_cost(student, {**features, "input_shape": (draw.number(70, 300),)}, *COUNTS)


@check(COST, needs=FIRST)
@on_right_parts
def settings_left_out(student: Student, draw: Draw) -> None:
    """settings that are not in the dict have their defaults, other entries are ignored"""
    image = draw_image(draw)
    for layer in (
        {"kind": "conv", "channels": draw.number(4, 9), "kernel": draw.number(2, 5)},
        {"kind": "max_pool", "kernel": draw.number(2, 4), "name": "linear"},
        {"kind": "avg_pool", "kernel": draw.number(3, 5), "name": "flatten"},
    ):
        expect_cost(student, {**layer, "input_shape": image}, *SIZES)


@check(COST, needs=FIRST)
@on_right_parts
def pools_rounded_up(student: Student, draw: Draw) -> None:
    """ceil_mode of a pool: the last windows count whole, also in its multiply-adds"""
    C, small = draw.number(3, 9), 2 * draw.number(5, 8)
    for kind, mode in (("max_pool", True), ("avg_pool", True), ("max_pool", False)):
        layer = {"kind": kind, "kernel": 3, "stride": 2, "ceil_mode": mode, "input_shape": (C, small, small + 6)}
        expect_cost(student, layer, *SIZES)


@check(COST, needs=FIRST)
@on_right_parts
def global_average_pool(student: Student, draw: Draw) -> None:
    """global_avg_pool: (C, 1, 1), the memory of that, and each number of the input is added once"""
    image = draw_image(draw)
    expect_cost(student, {"kind": "avg_pool", "kernel": 2, "input_shape": image}, "output_shape")
    expect_cost(student, {"kind": "global_avg_pool", "input_shape": image})


@check(COST, needs=FIRST)
@on_right_parts
def flatten_of_a_row(student: Student, draw: Draw) -> None:
    """flatten of what is flat already"""
    expect_cost(student, {"kind": "flatten", "input_shape": (draw.number(70, 300),)})


@check(COST, needs=FIRST)
@on_right_parts
def any_convolution(student: Student, draw: Draw) -> None:
    """any kernel, stride and padding, fewer output than input channels"""
    for _ in range(4):
        image = draw_image(draw, draw.number(10, 20))
        sizes = {"kernel": draw.number(1, 7), "stride": draw.number(1, 4), "pad": draw.number(0, 3)}
        expect_cost(student, {"kind": "conv", "channels": draw.number(1, 9), **sizes, "input_shape": image}, *SIZES)


@check(COST, needs=FIRST)
@on_right_parts
def rows_of_the_lectures(student: Student, draw: Draw) -> None:
    """single layers of VGG, GoogLeNet and ResNet"""
    shallow = stack(1, 3, 12, size=10)
    for layers, shape in (shallow, stack(1, 3, 24, size=5), *blocks(8, 6).values(), googlenet_stem(), vgg("C")):
        expect_cost(student, {**layers[0], "input_shape": shape})
    expect_cost(student, {"kind": "linear", "features": 4096, "input_shape": (25088,)})


@check(COST, needs=FIRST)
@on_right_parts
def layers_that_do_not_fit(student: Student, draw: Draw) -> None:
    """ValueError that says something for an unknown kind and for what does not fit its input"""
    C, H, W = image = draw_image(draw)
    row, long = (draw.number(9, 99),), (C, H, 2 * H)
    conv = {"kind": "conv", "channels": 2 * C, "kernel": 3}
    refused: list[Layer] = [
        {"kind": "conv3d", "channels": 8, "kernel": 3, "input_shape": image},
        {**conv, "groups": C + 1, "input_shape": image},
        {**conv, "channels": 2 * C + 2, "groups": C + 1, "input_shape": image},
        {**conv, "channels": C + 1, "groups": C, "input_shape": image},
        {**conv, "channels": C, "groups": 2 * C, "input_shape": image},
        {"kind": "linear", "features": 9, "input_shape": image},
        {**conv, "kernel": 1, "input_shape": row},
        {"kind": "max_pool", "kernel": 1, "input_shape": row},
        {"kind": "global_avg_pool", "input_shape": row},
        {**conv, "kernel": H + 1, "input_shape": long},
        {**conv, "kernel": W + H, "input_shape": image},
        {"kind": "avg_pool", "kernel": H + 1, "stride": 1, "input_shape": long},
    ]
    cases = [(words(layer), (layer,)) for layer in refused]
    for (what, _), stop in zip(cases, expect_refused(student.layer_cost, cases), strict=True):
        expect(stop.text, "the error").holds(
            bool(stop.text.strip()), f"{what}: the ValueError says nothing, expected a sentence.", "a sentence"
        )


@check(COST, needs=FIRST)
@on_right_parts
def leaves_the_layer_alone(student: Student, draw: Draw) -> None:
    """leaves the dict unchanged"""
    image = draw_image(draw)
    for layer in (
        {"kind": "conv", "channels": 4, "kernel": 3, "input_shape": image},
        {"kind": "max_pool", "kernel": 3, "input_shape": image},
        {"kind": "flatten", "input_shape": image},
        {"kind": "linear", "features": 7, "input_shape": (image[0],)},
    ):
        before = [dict(layer)]
        expect_cost(student, layer, "output_shape")
        student.layer_cost(layer)
        expect_same_dicts(student, "the layer", before, [layer])


@check(TABLE, needs=CHAIN)
@on_right_parts
def tables_of_the_lectures(student: Student, draw: Draw) -> None:
    """LeNet-5, VGG-16, GoogLeNet's stem, AlexNet's original start, seven convolutions of 5 x 5"""
    for network in (lenet5(), vgg("D"), googlenet_stem(), alexnet_start(), stack(7, 5, 3, pad=0)):
        expect_table(student, *network)


@check(TABLE, needs=CHAIN)
@on_right_parts
def no_layers_at_all(student: Student, draw: Draw) -> None:
    """without layers there are no rows, and the totals are 0"""
    expect_table(student, [], draw_image(draw))


@check(TABLE, needs=CHAIN)
@on_right_parts
def rows_of_features(student: Student, draw: Draw) -> None:
    """a chain that begins with a row of features, and one with groups and a global pool"""
    features = [{"kind": "linear", "features": draw.number(5, 30)} for _ in range(3)]
    expect_table(student, features, (draw.number(31, 60),), *COLUMNS, totals=False)
    grouped = {"kind": "conv", "channels": 12, "kernel": 3, "groups": 4, "pad": 1, "name": "grouped"}
    end: list[Layer] = [
        {"kind": "global_avg_pool"},
        {"kind": "flatten"},
        {"kind": "linear", "features": 5, "name": "scores"},
    ]
    expect_table(student, [grouped, grouped, *end], draw_image(draw, 8), *COLUMNS, totals=False)


@check(TABLE, needs=CHAIN)
@on_right_parts
def old_input_shapes(student: Student, draw: Draw) -> None:
    """an input_shape that stands in a dict is not used"""
    layers = [{**layer, "input_shape": draw_image(draw)} for layer in draw_network(draw)]
    expect_table(student, layers, draw_image(draw), *COLUMNS, totals=False)


@check(TABLE, needs=CHAIN)
def layers_that_do_not_fit_their_chain(student: Student, draw: Draw) -> None:
    """ValueError that names the layer that does not fit, by its own name or that of its row"""
    fits = {"kind": "conv", "channels": 4, "kernel": 3, "pad": 1}
    own = f"part_{draw.number(100, 999)}"
    row = {"kind": "linear", "features": 9}
    image = draw_image(draw, 3)
    chains: dict[str, list[Layer]] = {
        own: [fits, {"kind": "flatten"}, {**fits, "name": own}, {**row, "name": "last"}],
        "linear3": [fits, fits, row],
        "conv4": [fits, {"kind": "max_pool", "kernel": 4}, fits, {**fits, "groups": 3}, fits],
        "max_pool2": [fits, {"kind": "max_pool", "kernel": 99}, fits],
        f"{own}_b": [fits, {"kind": "pyramid", "name": f"{own}_b"}],
    }

    def named(student: Student, draw: Draw) -> None:
        cases = ((f"{name} does not fit", (layers, image)) for name, layers in chains.items())
        for name, stop in zip(chains, expect_refused(student.network_table, cases), strict=True):
            expect_said(stop, f"{name} does not fit", name, f"the name {name!r} in it")

    # A right layer_cost says the layer's name only if the student's own does: else its words would do for the table's.
    says = _says_the_name(student, {**row, "name": own, "input_shape": image}, own)
    on_right_parts(named, **({} if says else {"layer_cost": nameless_layer_cost}))(student, draw)


def _says_the_name(student: Student, layer: Layer, name: str) -> bool:
    try:
        student.layer_cost(layer)
    except StudentRaised as stop:
        return name in stop.text
    return False


@check(TABLE, needs=CHAIN)
@on_right_parts
def leaves_the_layers_alone(student: Student, draw: Draw) -> None:
    """leaves the list and its dicts unchanged"""
    layers = draw_network(draw)
    layers[2]["name"] = "second"
    before, image = [dict(layer) for layer in layers], draw_image(draw)
    expect_table(student, layers, image, "output_shape", totals=False)
    student.network_table(layers, image)
    expect_same_dicts(student, "the list", before, layers)


def expect_said(error: StudentRaised, what: str, part: str, wanted: str) -> None:
    """The ValueError has this part in its text."""
    said = expect(error.text, "the error")
    said.holds(part in error.text, f"{what}: the ValueError says {error.text!r}, expected {wanted}.", wanted)
