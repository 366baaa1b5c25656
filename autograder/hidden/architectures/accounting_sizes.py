"""Hidden checks of sizes and receptive fields."""

from __future__ import annotations

from itertools import product

from autograder.checks.architectures.accounting_cases import (
    CONV,
    FIELD,
    POOL,
    Layer,
    Window,
    draw_window,
    expect_field,
    expect_same_dicts,
    expect_sizes,
    on_right_parts,
)
from autograder.checks.architectures.accounting_sizes import convolution
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.layers import expect_refused
from autograder.engine.student import Student
from deeprob.layer_lists import alexnet, googlenet_stem, lenet5, vgg

SLIDES, SIDE, ONE = "one_place_after_the_other", "windows_side_by_side", "convolutions_on_one_another"
SENSELESS = ((9, 3, 0, 0), (9, 3, -1, 0), (9, 0, 1, 0), (9, -2, 1, 0), (0, 2, 1, 1), (-1, 4, 1, 2), (9, 3, 1, -1))


@check(CONV, needs=SLIDES)
def all_settings_at_once(student: Student, draw: Draw) -> None:
    """any stride with any padding, also one that is larger than the kernel or than the image"""
    expect_sizes(student, [draw_window(draw, (1, 5), pad=(0, 4)) for _ in range(12)])
    wide = ((1, 1), (1, 3), (2, 2), (3, 2), (3, 4), (5, 3))
    expect_sizes(student, [Window(draw.number(9, 20), kernel, draw.number(1, 3), pad) for kernel, pad in wide])
    expect_sizes(student, [Window(draw.number(1, 3), draw.number(3, 5), draw.number(1, 3), 4)])


@check(CONV, needs=SLIDES)
def one_place(student: Student, draw: Draw) -> None:
    """a kernel that fits once, also one that is larger than the image without its padding"""
    windows = []
    for pad in (0, 1, 2, 5):
        size = draw.number(1, 8)
        windows += [Window(size, size + 2 * pad, stride, pad) for stride in (1, 3)]
    expect_sizes(student, windows)


@check(CONV, needs=SLIDES)
def seven_layers(student: Student, draw: Draw) -> None:
    """7 convolutions of 5 x 5: from 32 pixels to 4"""
    expect_sizes(student, [Window(size, 5) for size in range(32, 7, -4)])


@check(CONV, needs=SLIDES)
def kernels_that_do_not_fit(student: Student, draw: Draw) -> None:
    """ValueError where the kernel is larger than the padded input"""
    size, pad = draw.number(3, 9), draw.number(1, 2)
    cases = [(size, size + 3, 1, 0), (size, size + 2 * pad + 1, 2, pad), (size, size + 2, 5, 0), (size, 99, 7, pad)]
    expect_refused(student.conv_output_size, ((call_words(*args), args) for args in cases))


@check(CONV, needs=SLIDES)
def senseless_arguments(student: Student, draw: Draw) -> None:
    """ValueError for a size, kernel or stride below 1 and a padding below 0"""
    expect_refused(student.conv_output_size, ((call_words(*args), args) for args in SENSELESS))


@check(POOL, needs=SIDE)
@on_right_parts
def any_pool(student: Student, draw: Draw) -> None:
    """any stride with any padding, also a window that fits once and no more"""
    expect_sizes(student, [draw_window(draw, (1, 6), pad=(0, 3)) for _ in range(8)])
    expect_sizes(student, [draw_window(draw, pad=(1, 3)) for _ in range(3)])
    size = draw.number(4, 9)
    for pad, mode in product((0, 1, 2), (False, True)):
        expect_sizes(student, [Window(size, size + 2 * pad, stride, pad, mode) for stride in (None, 1, 3)])


@check(POOL, needs=SIDE)
@on_right_parts
def last_window_in_the_padding(student: Student, draw: Draw) -> None:
    """ceil_mode: a last window that would begin in the right padding, or beyond it, does not count"""
    windows = []
    for pad, beyond in product((0, 1, 2), (1, 0, -1)):
        kernel = draw.number(pad + 2, pad + 4) if pad < 2 else draw.number(4, 6)
        stride = kernel - pad + 2 + draw.number(0, 2)
        windows.append(Window(draw.number(3, 6) * stride - pad - beyond, kernel, stride, pad, True))
    expect_sizes(student, windows)


@check(POOL, needs=SIDE)
@on_right_parts
def nothing_left_over(student: Student, draw: Draw) -> None:
    """ceil_mode changes nothing where the windows come out even"""
    drawn = [draw_window(draw, (2, 4), (p, p), rest=0) for p in (0, 1, 2)]
    expect_sizes(student, [Window(w.size, w.kernel, w.stride, w.pad, True) for w in drawn])
    overlapping = [Window((draw.number(4, 8) - 1) * 3 + k - 2 * p, k, 3, p, True) for k, p in ((6, 1), (8, 2), (5, 0))]
    expect_sizes(student, [Window(28, 2, None, 0, True), *overlapping])


@check(POOL, needs=SIDE)
@on_right_parts
def any_pool_rounded_up(student: Student, draw: Draw) -> None:
    """ceil_mode with any kernel, stride and padding, as torch counts"""
    for _ in range(12):
        w = draw_window(draw, (1, 6), pad=(0, 3))
        expect_sizes(student, [Window(w.size, w.kernel, w.stride, w.pad, True)])
    w = draw_window(draw, rest=1)
    expect_sizes(student, [Window(w.size, w.kernel, None, 0, True)])


@check(POOL, needs=SIDE)
@on_right_parts
def windows_that_do_not_fit(student: Student, draw: Draw) -> None:
    """ValueError where the window is larger than the padded input, with ceil_mode, too"""
    size = draw.number(4, 9)
    windows = [(size, size + 1, 2, 0), (size, size + 3, 3, 1), (size, size + 3, None, 1)]
    cases = [(*window, mode) for mode in (False, True) for window in windows]
    expect_refused(student.pool_output_size, ((call_words(*args), args) for args in cases))


@check(POOL, needs=SIDE)
@on_right_parts
def too_much_padding(student: Student, draw: Draw) -> None:
    """ValueError where the padding is more than half the kernel; half of it is fine"""
    expect_sizes(student, [Window(9, 4, 2, 2), Window(9, 3, 2, 1), Window(9, 2, 1, 1)])
    cases = [(9, 3, 1, 4), (9, 3, 1, 2), (9, 2, 2, 2), (9, 4, None, 3), (9, 1, 1, 1)]
    expect_refused(student.pool_output_size, ((call_words(*args), args) for args in cases))


@check(POOL, needs=SIDE)
@on_right_parts
def senseless_arguments_of_pools(student: Student, draw: Draw) -> None:
    """ValueError for a size, kernel or stride below 1 and a padding below 0"""
    expect_refused(student.pool_output_size, ((call_words(*args), args) for args in SENSELESS))


@check(FIELD, needs=ONE)
def stride_of_a_pool(student: Student, draw: Draw) -> None:
    """a pool without a stride steps by its kernel, a convolution without one by 1"""
    for kind in ("max_pool", "avg_pool"):
        pool = {"kind": kind, "kernel": draw.number(3, 5)}
        expect_field(student, [convolution(4, 5, stride=2), pool, convolution(4, draw.number(2, 5))])
        expect_field(student, [pool, convolution(4, 3), {"kind": kind, "kernel": 2}])


@check(FIELD, needs=ONE)
def whole_networks(student: Student, draw: Draw) -> None:
    """the images of LeNet-5, AlexNet, VGG-16 and GoogLeNet's stem: 16, 195, 212 and 27 pixels"""
    for layers, _ in (lenet5(), alexnet(), vgg("D"), googlenet_stem()):
        expect_field(student, [layer for layer in layers if layer["kind"] in ("conv", "max_pool")])


@check(FIELD, needs=ONE)
def any_stack(student: Student, draw: Draw) -> None:
    """stacks of any length, with padding, other channels and steps that are larger than the kernel"""
    for length in (1, 4, 6, 8):
        expect_field(student, [draw_layer(draw) for _ in range(length)])


@check(FIELD, needs=ONE)
def no_layers(student: Student, draw: Draw) -> None:
    """without layers a number sees its own pixel"""
    expect_field(student, [])


@check(FIELD, needs=ONE)
def kinds_without_a_window(student: Student, draw: Draw) -> None:
    """ValueError for flatten, linear, global_avg_pool and unknown kinds"""
    below = convolution(4, 3)
    refused: list[Layer] = [{"kind": "flatten"}, {"kind": "linear", "features": 9}, {"kind": "global_avg_pool"}]
    refused.append({"kind": "transposed", "channels": 4, "kernel": 3})
    calls = [("alone", [layer]) for layer in refused] + [("behind a convolution", [below, layer]) for layer in refused]
    expect_refused(student.receptive_field, ((f"{layers[-1]['kind']} {where}", (layers,)) for where, layers in calls))


@check(FIELD, needs=ONE)
def leaves_the_stack_alone(student: Student, draw: Draw) -> None:
    """leaves the list and its dicts unchanged"""
    layers = [draw_layer(draw) for _ in range(3)] + [{"kind": "max_pool", "kernel": 3}]
    before = [dict(layer) for layer in layers]
    expect_field(student, layers)
    student.receptive_field(layers)
    expect_same_dicts(student, "the list", before, layers)


def draw_layer(draw: Draw) -> Layer:
    kind = ("conv", "conv", "max_pool", "avg_pool")[draw.number(0, 3)]
    layer = {"kind": kind, "kernel": draw.number(2, 5)}
    if draw.number(0, 1):
        layer["stride"] = draw.number(1, 7)
    if draw.number(0, 1):
        layer["pad"] = 1
    return layer | {"channels": draw.number(1, 64)} if kind == "conv" else layer


def call_words(size: int, kernel: int, stride: int | None, pad: int = 0, ceil_mode: bool = False) -> str:
    return f"size={size}, kernel={kernel}, stride={stride}, pad={pad}" + (", ceil_mode=True" if ceil_mode else "")
