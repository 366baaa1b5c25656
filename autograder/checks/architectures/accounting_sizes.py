"""Visible checks of sizes and receptive fields."""

from __future__ import annotations

from autograder.checks.architectures.accounting_cases import (
    CONV,
    FIELD,
    POOL,
    Layer,
    Window,
    draw_window,
    expect_field,
    expect_sizes,
    on_right_parts,
)
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.student import Student

SIZES_OF_CONVOLUTIONS = (
    Window(32, 5), Window(320, 2), Window(280, 1), Window(28, 5, pad=2), Window(227, 11, 4, 2), Window(227, 11, 4),
    Window(224, 11, 4, 2), Window(27, 5, 1, 2), Window(224, 3, pad=1), Window(224, 7, 2, 3), Window(56, 1),
)  # fmt: skip
SIZES_OF_POOLS = (
    Window(28, 2), Window(56, 3, 2), Window(27, 3, 2), Window(13, 3, 2), Window(224, 2), Window(112, 3, 2, 1),
)  # fmt: skip


@check(CONV, weight=2)
def one_place_after_the_other(student: Student, draw: Draw) -> None:
    """stride 1, no padding"""
    expect_sizes(student, [draw_window(draw) for _ in range(4)])


@check(CONV)
def padded(student: Student, draw: Draw) -> None:
    """padding on both sides"""
    expect_sizes(student, [draw_window(draw, pad=(p, p)) for p in (1, 2, 3)])


@check(CONV)
def strided(student: Student, draw: Draw) -> None:
    """strides, also those that leave a rest"""
    expect_sizes(student, [draw_window(draw, (s, s), rest=rest) for s, rest in ((2, 1), (3, 2), (4, 1), (5, 0))])


@check(CONV)
def convolutions_of_the_lectures(student: Student, draw: Draw) -> None:
    """LeNet, AlexNet, VGG and GoogLeNet: 227 pixels, kernel 11, stride 4, pad 2 give 56"""
    expect_sizes(student, SIZES_OF_CONVOLUTIONS)


@check(POOL, weight=2)
@on_right_parts
def windows_side_by_side(student: Student, draw: Draw) -> None:
    """without a stride the windows stand side by side"""
    expect_sizes(student, [draw_window(draw, rest=rest) for rest in (0, 1, -1)])


@check(POOL)
@on_right_parts
def overlapping_windows(student: Student, draw: Draw) -> None:
    """windows that overlap, or leave pixels out between them"""
    expect_sizes(student, [draw_window(draw, (s, s), rest=rest) for s, rest in ((1, 0), (2, 1), (3, 2), (9, 4))])


@check(POOL)
@on_right_parts
def padded_windows(student: Student, draw: Draw) -> None:
    """padding on both sides"""
    expect_sizes(student, [draw_window(draw, (1, 3), pad=(p, p)) for p in (1, 2, 3)])


@check(POOL)
@on_right_parts
def pools_of_the_lectures(student: Student, draw: Draw) -> None:
    """LeNet, AlexNet, VGG and GoogLeNet: 56 pixels, kernel 3, stride 2 give 27"""
    expect_sizes(student, SIZES_OF_POOLS)


@check(POOL)
@on_right_parts
def rounded_up(student: Student, draw: Draw) -> None:
    """ceil_mode: what is left over gets a window of its own"""
    windows = [Window(56, 3, 2, 0, True), Window(112, 3, 2, 0, True)]
    for rest in (1, -1):
        w = draw_window(draw, (3, 4), (1, 1), rest)
        windows += [Window(w.size, w.kernel + w.stride, w.stride, w.pad, mode) for mode in (True, False) if w.stride]
    expect_sizes(student, windows)


@check(FIELD, weight=2)
def convolutions_on_one_another(student: Student, draw: Draw) -> None:
    """convolutions with stride 1: two of 3 x 3 see 5 pixels, three see 7, seven of 5 x 5 see 29"""
    for count, kernel in ((2, 3), (3, 3), (7, 5)):
        expect_field(student, [convolution(4, kernel)] * count)
    expect_field(student, [convolution(8, draw.number(1, 9)) for _ in range(draw.number(3, 5))])


@check(FIELD)
def one_layer(student: Student, draw: Draw) -> None:
    """one layer sees its kernel, whatever its stride"""
    for stride, kernel in ((1, draw.number(3, 11)), (2, draw.number(12, 20)), (draw.number(3, 6), draw.number(3, 11))):
        expect_field(student, [convolution(8, kernel, stride=stride)])


@check(FIELD, weight=2)
def steps_below_count(student: Student, draw: Draw) -> None:
    """a stride makes the steps of all layers above it longer"""
    for _ in range(3):
        kernels = draw.integers(2, 8, 4).tolist()
        strides = [draw.number(2, 3), 1, draw.number(2, 4), 1]
        expect_field(student, [convolution(4, k, stride=s) for k, s in zip(kernels, strides, strict=True)])


@check(FIELD)
def pools_count(student: Student, draw: Draw) -> None:
    """pools see windows and take steps like convolutions"""
    for kind in ("max_pool", "avg_pool"):
        pools = [{"kind": kind, "kernel": draw.number(3, 5), "stride": 2} for _ in range(2)]
        expect_field(student, [convolution(4, draw.number(2, 7), stride=2), pools[0], convolution(4, 3), pools[1]])


def convolution(channels: int, kernel: int, **settings: int) -> Layer:
    return {"kind": "conv", "channels": channels, "kernel": kernel, **settings}
