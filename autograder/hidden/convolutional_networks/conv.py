"""Hidden checks of the convolutional layer, plain and fast."""

from __future__ import annotations

from functools import partial

import torch

from autograder.checks.convolutional_networks.conv import (
    AXES,
    BACKWARD,
    FORWARD,
    GRADIENTS,
    expect_gradients,
    expect_output,
)
from autograder.checks.convolutional_networks.windows import Places, layer_of
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.layers import (
    cache_of,
    cache_on_meta,
    expect_on_the_device,
    expect_refused,
    expect_unchanged,
    output_of,
)
from autograder.engine.meta import on_meta
from autograder.engine.student import Student
from autograder.engine.trees import tensors_in
from autograder.oracles.convolutional_networks import conv as oracle

SLOPES = ("gradient_of_the_filters", "gradient_of_the_images")
FLAT = Places((2, 2, 4, 6), (1, 3), 1, 0)
UPRIGHT = Places((2, 2, 6, 4), (3, 1), 1, 1)
UNEVEN = Places((2, 2, 8, 7), (3, 2), 3, 0)  # the last row, and the last column but one, are under no window
GAPS = Places((2, 2, 9, 9), (2, 2), 3, 1)  # rows and columns between two windows are under none
FAR_OUT = Places((2, 2, 4, 4), (3, 3), 2, 3)  # some windows see nothing but padding
ONE_PLACE = Places((3, 2, 4, 4), (6, 6), 1, 1)
ONE_PIXEL = Places((2, 3, 4, 4), (1, 1), 1, 1)
SOME_PIXELS = Places((2, 3, 5, 6), (1, 1), 2, 0)
ONE_OF_EACH = Places((1, 1, 5, 5), (3, 3), 1, 1, filters=1)
LARGER_THAN_THE_IMAGE = Places((2, 2, 3, 3), (5, 5), 1, 2)
MANY_CHANNELS = Places((2, 7, 4, 4), (3, 3), 1, 1, filters=5)
AS_LARGE_AS_THE_IMAGE = Places((2, 3, 4, 5), (4, 5), 2, 0)
ONE_ROW_OF_PLACES = Places((2, 2, 3, 9), (3, 2), 7, 0)
DEEP_IN_PADDING = Places((2, 2, 3, 2), (2, 1), 1, 4)
USUAL = Places((2, 3, 5, 5), (3, 3), 1, 1)
UNUSUAL = (
    ONE_PLACE, ONE_PIXEL, SOME_PIXELS, ONE_OF_EACH, MANY_CHANNELS, LARGER_THAN_THE_IMAGE, FAR_OUT, FLAT, UPRIGHT,
    AS_LARGE_AS_THE_IMAGE, ONE_ROW_OF_PLACES, DEEP_IN_PADDING,
)  # fmt: skip


@check(*FORWARD, needs="padded_by_one")
def stride_that_does_not_divide(student: Student, draw: Draw) -> None:
    """a stride that leaves rows and columns over, or skips some"""
    expect_output(student, draw, UNEVEN)
    expect_output(student, draw, GAPS)


@check(*FORWARD, needs="padded_by_one")
def unusual_sizes(student: Student, draw: Draw) -> None:
    """one place, filters of one pixel, row or column, one image, many channels, wide padding, a long stride"""
    for places in UNUSUAL:
        expect_output(student, draw, places)


@check(*FORWARD, needs="padded_by_one")
def double_precision(student: Student, draw: Draw) -> None:
    """float64 images give a float64 result of that accuracy"""
    expect_output(student, draw, USUAL, torch.float64)


@check(*FORWARD, needs="padded_by_one")
def not_contiguous(student: Student, draw: Draw) -> None:
    """images, filters and biases that are not contiguous in memory"""
    x, w, b = USUAL.conv_inputs(draw)
    expected = oracle.conv(x, w, b, USUAL.stride, USUAL.pad)
    out, _ = output_of(layer_of(student).forward(*(draw.strided(t) for t in (x, w, b)), USUAL.conv_param))
    expect(out, "out").equals(expected, torch.float32, AXES["out"])


@check(*FORWARD, needs="padded_by_one")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves x, w, b and conv_param unchanged, and reads conv_param by name, whatever its order"""
    for pad in (1, 0):  # without padding, a copy is easily forgotten
        x, w, b = Places((2, 2, 6, 6), (3, 3), 2, pad).conv_inputs(draw)
        conv_param = {"pad": pad, "stride": 2}
        expected = oracle.conv(x, w, b, 2, pad)
        before = {"x": x.clone(), "w": w.clone(), "b": b.clone(), "conv_param": dict(conv_param)}
        out, _ = output_of(layer_of(student).forward(x, w, b, conv_param))
        expect_unchanged(before, {"x": x, "w": w, "b": b, "conv_param": conv_param})
        expect(out, "out").equals(expected, torch.float32, AXES["out"])


@check(*FORWARD, needs="padded_by_one")
def what_does_not_fit(student: Student, draw: Draw) -> None:
    """raises ValueError where the filter does not fit or the channels differ"""
    x, w, b = Places((2, 3, 5, 6), (3, 3)).conv_inputs(draw)
    tall, wide = draw.normal(3, 3, 8, 2), draw.normal(3, 3, 2, 9)
    flat, deep, gray = draw.normal(3, 1, 3, 3), draw.normal(3, 4, 3, 3), draw.normal(2, 1, 5, 6)
    expect_refused(layer_of(student).forward, [
        ("a filter of 8 rows, an image of 5 with padding 1", (x, tall, b, {"stride": 1, "pad": 1})),
        ("a filter of 9 columns, an image of 6 with padding 1", (x, wide, b, {"stride": 1, "pad": 1})),
        ("stride 0", (x, w, b, {"stride": 0, "pad": 1})),
        ("padding -1", (x, w, b, {"stride": 1, "pad": -1})),
        ("filters of 1 channel, images of 3", (x, flat, b, {"stride": 1, "pad": 1})),
        ("filters of 4 channels, images of 3", (x, deep, b, {"stride": 1, "pad": 1})),
        ("filters of 3 channels, images of 1", (gray, w, b, {"stride": 1, "pad": 1})),
    ])  # fmt: skip


@check(*FORWARD, needs="padded_by_one")
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    x, w, b = (on_meta(t) for t in USUAL.conv_inputs(draw))
    forward = layer_of(student).forward
    expect_on_the_device(lambda: output_of(forward(x, w, b, USUAL.conv_param))[:1], "out")


@check(*BACKWARD, needs=SLOPES)
def backward_stride_that_does_not_divide(student: Student, draw: Draw) -> None:
    """a stride that leaves rows and columns over, or skips some: their gradient is 0"""
    expect_gradients(student, draw, UNEVEN)
    expect_gradients(student, draw, GAPS)


@check(*BACKWARD, needs=SLOPES)
def backward_unusual_sizes(student: Student, draw: Draw) -> None:
    """one place, filters of one pixel, row or column, one image, many channels, wide padding, a long stride"""
    for places in UNUSUAL:
        expect_gradients(student, draw, places)


@check(*BACKWARD, needs=SLOPES)
def backward_double_precision(student: Student, draw: Draw) -> None:
    """float64 images give float64 gradients of that accuracy"""
    expect_gradients(student, draw, USUAL, dtype=torch.float64)


@check(*BACKWARD, needs=SLOPES)
def backward_not_contiguous(student: Student, draw: Draw) -> None:
    """images, filters and an upstream gradient that are not contiguous in memory"""
    expect_gradients(student, draw, USUAL, strided=True)


@check(*BACKWARD, needs="gradient_of_the_biases")
def gradient_of_other_biases(student: Student, draw: Draw) -> None:
    """db: float64, one image, one filter, an upstream gradient that is not contiguous in memory, a second call"""
    expect_gradients(student, draw, USUAL, "db", dtype=torch.float64)
    expect_gradients(student, draw, ONE_OF_EACH, "db")
    expect_gradients(student, draw, USUAL, "db", strided=True)
    layer, passes = layer_of(student), []
    for _ in range(2):
        x, w, b = USUAL.conv_inputs(draw)
        dout = draw.normal(2, 3, 5, 5)
        expected = dout.double().sum(dim=(0, 2, 3))
        passes.append((dout, cache_of(layer.forward(x, w, b, USUAL.conv_param)), expected))
    for which in ("", " of a second call"):
        for dout, cache, expected in passes:
            _, _, db = expect(layer.backward(dout.clone(), cache), "the result").unpacks_to(3, "(dx, dw, db)")
            expect(db, "db" + which).equals(expected, torch.float32, AXES["db"], float(dout.abs().max()))


@check(*BACKWARD, needs=SLOPES)
def several_passes(student: Student, draw: Draw) -> None:
    """a cache belongs to one forward pass, whatever passes come before its backward pass"""
    layer, passes = layer_of(student), []
    for places in (USUAL, USUAL, Places((1, 2, 7, 7), (5, 5), 1, 2)):
        x, w, b = places.conv_inputs(draw)
        dout = draw.normal(*oracle.conv(x, w, b, places.stride, places.pad).shape)
        expected = oracle.conv_gradients(x, w, b, places.stride, places.pad, dout)
        passes.append((dout, cache_of(layer.forward(x, w, b, places.conv_param)), expected))
    for dout, cache, expected in reversed(passes):
        expect_slopes(layer.backward(dout, cache), expected)


@check(*BACKWARD, needs=SLOPES)
def backward_inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves dout and the cache unchanged: a second call gives the same"""
    for pad in (1, 0):
        places = Places((2, 2, 5, 5), (3, 3), 1, pad)
        x, w, b = places.conv_inputs(draw)
        dout = draw.normal(*oracle.conv(x, w, b, 1, pad).shape)
        expected = oracle.conv_gradients(x, w, b, 1, pad, dout)
        given = {"dout": dout, "x": x, "w": w, "b": b}
        before = {name: value.clone() for name, value in given.items()}
        layer = layer_of(student)
        cache = cache_of(layer.forward(x, w, b, places.conv_param))
        cached = [(t, t.clone()) for t in tensors_in(cache)]
        layer.backward(dout, cache)
        expect(dout, "dout").is_unchanged_from(before["dout"])
        expect_slopes(layer.backward(dout, cache), expected, " of a second call")
        expect_unchanged(before, given)
        for now, then in cached:
            expect(now, "a tensor of the cache").is_unchanged_from(then)


@check(*BACKWARD, needs=SLOPES)
def gradients_on_the_device(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    x, w, b = USUAL.conv_inputs(draw)
    dout = on_meta(oracle.conv(x, w, b, USUAL.stride, USUAL.pad).float())
    layer = layer_of(student)
    cache = cache_on_meta(layer.forward, x, w, b, USUAL.conv_param)
    if cache:
        result = partial(layer.backward, dout, *cache)
        expect_on_the_device(lambda: expect(result(), "the result").unpacks_to(3, "(dx, dw, db)"), "dx, dw, db")


def expect_slopes(result: object, expected: tuple[torch.Tensor, ...], which: str = "") -> None:
    """dx and dw of a backward pass."""
    gradients = expect(result, "the result").unpacks_to(3, "(dx, dw, db)")
    for name, came, want in list(zip(GRADIENTS, gradients, expected, strict=True))[:2]:
        expect(came, name + which).equals(want, torch.float32, AXES[name])
