"""Visible checks of what layers cost, and of the table."""

from __future__ import annotations

from autograder.checks.architectures.accounting_cases import (
    COLUMNS,
    COST,
    TABLE,
    Layer,
    draw_image,
    expect_cost,
    expect_table,
    on_right_parts,
)
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.student import Student
from deeprob.layer_lists import alexnet

COUNTS = ("output_shape", "parameters", "multiply_adds")
ROWS_OF_ALEXNET = ("conv1", "pool1", "conv4", "fc6")


@check(COST)
@on_right_parts
def output_of_a_convolution(student: Student, draw: Draw) -> None:
    """convolution: the shape of the output, also of images that are not square"""
    for stride in (1, 2, 3):
        expect_cost(student, draw_convolution(draw, stride=stride), "output_shape")


@check(COST, needs="output_of_a_convolution")
@on_right_parts
def memory_of_a_convolution(student: Student, draw: Draw) -> None:
    """convolution: the memory of the output, 4 bytes a number, in KB of 1024 bytes"""
    for stride in (1, 2):
        expect_cost(student, draw_convolution(draw, stride=stride), "memory_kb")


@check(COST)
@on_right_parts
def parameters_of_a_convolution(student: Student, draw: Draw) -> None:
    """convolution: weights and biases; 4 filters of 3 x 3 on 3 channels have 112"""
    expect_cost(student, {"kind": "conv", "channels": 4, "kernel": 3, "input_shape": (3, 9, 12)}, "parameters")
    for stride in (1, 2):
        expect_cost(student, draw_convolution(draw, stride=stride), "parameters")


@check(COST, needs="output_of_a_convolution")
@on_right_parts
def multiply_adds_of_a_convolution(student: Student, draw: Draw) -> None:
    """convolution: multiply-adds, each counted once and none for the bias"""
    for stride in (1, 2):
        expect_cost(student, draw_convolution(draw, stride=stride), "multiply_adds")


@check(COST, needs="memory_of_a_convolution")
@on_right_parts
def memory_of_other_layers(student: Student, draw: Draw) -> None:
    """memory of the outputs of pools, linear layers and flatten"""
    image = draw_image(draw)
    expect_cost(student, {"kind": "max_pool", "kernel": 3, "stride": 2, "input_shape": image}, "memory_kb")
    expect_cost(student, {"kind": "linear", "features": draw.number(5, 60), "input_shape": (70,)}, "memory_kb")
    expect_cost(student, {"kind": "flatten", "input_shape": image}, "memory_kb")


@check(COST)
@on_right_parts
def linear_layer(student: Student, draw: Draw) -> None:
    """linear layer: shape, parameters and multiply-adds"""
    for _ in range(2):
        features = {"kind": "linear", "features": draw.number(5, 60)}
        expect_cost(student, {**features, "input_shape": (draw.number(70, 300),)}, *COUNTS)


@check(COST)
@on_right_parts
def pools(student: Student, draw: Draw) -> None:
    """max and average pool: kernel^2 for each number of the output, and no parameters"""
    for kind in ("max_pool", "avg_pool"):
        window = {"kernel": draw.number(3, 5), "stride": 2, "pad": 1}
        expect_cost(student, {"kind": kind, **window, "input_shape": draw_image(draw)}, *COUNTS)


@check(COST)
@on_right_parts
def flatten(student: Student, draw: Draw) -> None:
    """flatten: one row of all numbers, without parameters and multiply-adds"""
    expect_cost(student, {"kind": "flatten", "input_shape": draw_image(draw)}, *COUNTS)


@check(COST)
@on_right_parts
def rows_of_alexnet(student: Student, draw: Draw) -> None:
    """AlexNet's conv1, pool1, conv4 and fc6"""
    for layer in alexnet_layers(*ROWS_OF_ALEXNET):
        expect_cost(student, layer)


@check(TABLE, weight=2)
@on_right_parts
def chain_of_layers(student: Student, draw: Draw) -> None:
    """each layer's input is the output of the one before: shapes and costs of all rows"""
    expect_table(student, draw_network(draw), draw_image(draw), *COLUMNS, totals=False)


@check(TABLE, needs="chain_of_layers")
@on_right_parts
def sums(student: Student, draw: Draw) -> None:
    """totals: memory, parameters and multiply-adds of all rows, of equal ones, too"""
    layers = draw_network(draw)
    expect_table(student, [*layers, layers[-1]], draw_image(draw), "output_shape")


@check(TABLE, needs="chain_of_layers")
@on_right_parts
def names(student: Student, draw: Draw) -> None:
    """names: the layer's own, or its kind and its position, conv1, max_pool2, conv3"""
    layers = draw_network(draw)
    layers.insert(-1, dict(layers[-2]))  # two equal ones, one after the other
    layers[1]["name"] = f"shrink_{draw.number(10, 99)}"
    layers[-1]["name"] = f"scores_{draw.number(10, 99)}"
    expect_table(student, layers, draw_image(draw), "name", totals=False)


@check(TABLE, needs="chain_of_layers")
@on_right_parts
def table_of_alexnet(student: Student, draw: Draw) -> None:
    """the whole table of AlexNet: 61,100,840 parameters"""
    expect_table(student, *alexnet())


def draw_convolution(draw: Draw, **settings: int) -> Layer:
    """A convolution on an image that is not square, with more output channels than input channels."""
    image = draw_image(draw)
    layer = {"kind": "conv", "channels": image[0] + draw.number(2, 9), "kernel": draw.number(3, 5), "pad": 2}
    return {**layer, **settings, "input_shape": image}


def draw_network(draw: Draw) -> list[Layer]:
    """Two convolutions, two pools, two linear layers, without names."""
    return [
        {"kind": "conv", "channels": draw.number(4, 9), "kernel": draw.number(2, 5), "pad": 2},
        {"kind": "max_pool", "kernel": 2},
        {"kind": "conv", "channels": draw.number(10, 16), "kernel": 3, "bias": False},
        {"kind": "avg_pool", "kernel": 3, "stride": 2},
        {"kind": "flatten"},
        {"kind": "linear", "features": draw.number(20, 40)},
        {"kind": "linear", "features": draw.number(3, 9), "bias": False},
    ]


def alexnet_layers(*names: str) -> list[Layer]:
    """Layers of AlexNet with their input shapes."""
    shapes = {"conv1": (3, 227, 227), "pool1": (64, 56, 56), "conv4": (384, 13, 13), "fc6": (9216,)}
    return [{**layer, "input_shape": shapes[layer["name"]]} for layer in alexnet()[0] if layer["name"] in names]
