"""Hidden checks of max pooling, plain and fast, and of average pooling."""

from __future__ import annotations

from functools import partial
from typing import cast

import torch

from autograder.checks.convolutional_networks.pool import (
    BACKWARD,
    DX_AXES,
    FORWARD,
    MAX_BACKWARD,
    OUT_AXES,
    expect_gradient,
    expect_pooled,
    kind_of,
)
from autograder.checks.convolutional_networks.windows import Places, distinct, layer_of
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
from autograder.oracles.convolutional_networks import pool as oracle

UNEVEN = Places((2, 2, 8, 7), (3, 2), 3)  # the last two rows, and the last two columns but one, are under no window
GAPS = Places((2, 2, 8, 8), (2, 2), 3)
CROWDED = Places((2, 2, 6, 6), (3, 3), 1)
WHOLE_IMAGE = Places((2, 3, 5, 5), (5, 5), 5)
ONE_PIXEL = Places((2, 2, 4, 4), (1, 1), 1)
ONE_IMAGE = Places((1, 1, 6, 6), (2, 2), 2)
LONG_STRIDE = Places((2, 2, 7, 9), (2, 3), 5)
UPRIGHT, ITS_LIKE = Places((2, 1, 6, 4), (3, 2), 1), Places((2, 1, 6, 4), (2, 3), 1)  # one after the other
UNUSUAL = (CROWDED, LONG_STRIDE, WHOLE_IMAGE, ONE_PIXEL, ONE_IMAGE, UPRIGHT, ITS_LIKE)
USUAL = Places((2, 3, 6, 6), (2, 2), 2)
EQUAL_THROUGHOUT = (Places((2, 2, 7, 7), (3, 3), 2), Places((2, 2, 5, 4), (3, 2), 1), Places((2, 2, 3, 3), (3, 3), 2))
LEAD = 1e10  # added to numbers and then divided by, it leaves them nearly equal, in float32 quite
BILLIONS = 1e12  # no number that a search for the largest may start at lies below them, but minus infinity


@check(*FORWARD, needs="side_by_side")
def stride_that_does_not_divide(student: Student, draw: Draw) -> None:
    """a stride that leaves rows and columns over, or skips some"""
    expect_pooled(student, draw, UNEVEN)
    expect_pooled(student, draw, GAPS)


@check(*FORWARD, needs="side_by_side")
def unusual_sizes(student: Student, draw: Draw) -> None:
    """stride 1, a long stride, one window, windows of one pixel, one image of one channel"""
    for places in UNUSUAL:
        expect_pooled(student, draw, places)


@check(*FORWARD, needs="side_by_side")
def negative(student: Student, draw: Draw) -> None:
    """images that are negative throughout"""
    expect_pooled(student, draw, USUAL, shift=-3.0)
    expect_pooled(student, draw, Places((2, 2, 6, 6), (3, 3), 2), shift=-3.0, scale=BILLIONS)


@check(*FORWARD, needs="side_by_side")
def double_precision(student: Student, draw: Draw) -> None:
    """float64 images give a float64 result of that accuracy"""
    x = draw.normal(*USUAL.images, dtype=torch.float64)
    expected = oracle.pool(kind_of(student), x, USUAL.window, USUAL.stride)
    out, _ = output_of(layer_of(student).forward(x, USUAL.pool_param))
    expect(out, "out").equals(expected, torch.float64, OUT_AXES)


@check(*FORWARD, needs="side_by_side")
def not_contiguous(student: Student, draw: Draw) -> None:
    """images that are not contiguous in memory"""
    x = distinct(draw, *USUAL.images)
    expected = oracle.pool(kind_of(student), x, USUAL.window, USUAL.stride)
    out, _ = output_of(layer_of(student).forward(draw.strided(x), USUAL.pool_param))
    expect(out, "out").equals(expected, torch.float32, OUT_AXES)


@check(*FORWARD, needs="side_by_side")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves x and pool_param unchanged, and reads pool_param by name, whatever its order"""
    places = Places((2, 3, 7, 6), (2, 3), 1)
    x, pool_param = distinct(draw, *places.images), dict(reversed(places.pool_param.items()))
    expected = oracle.pool(kind_of(student), x, places.window, places.stride)
    before = {"x": x.clone(), "pool_param": dict(pool_param)}
    out, _ = output_of(layer_of(student).forward(x, pool_param))
    expect_unchanged(before, {"x": x, "pool_param": pool_param})
    expect(out, "out").equals(expected, torch.float32, OUT_AXES)


@check(*FORWARD, needs="side_by_side")
def what_does_not_fit(student: Student, draw: Draw) -> None:
    """raises ValueError where the window does not fit"""
    x = draw.normal(2, 2, 4, 5)
    expect_refused(layer_of(student).forward, [
        ("a window of 5 rows, an image of 4", (x, Places((0, 0, 0, 0), (5, 2), 1).pool_param)),
        ("a window of 6 columns, an image of 5", (x, Places((0, 0, 0, 0), (2, 6), 1).pool_param)),
        ("stride 0", (x, Places((0, 0, 0, 0), (2, 2), 0).pool_param)),
        ("stride -1", (x, Places((0, 0, 0, 0), (2, 2), -1).pool_param)),
        ("a window of 0 rows", (x, Places((0, 0, 0, 0), (0, 2), 1).pool_param)),
        ("a window of 0 columns", (x, Places((0, 0, 0, 0), (2, 0), 1).pool_param)),
    ])  # fmt: skip


@check(*FORWARD, needs="side_by_side")
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    x, forward = on_meta(draw.normal(*USUAL.images)), layer_of(student).forward
    expect_on_the_device(lambda: output_of(forward(x, USUAL.pool_param))[:1], "out")


@check(*BACKWARD, needs="backward_side_by_side")
def backward_stride_that_does_not_divide(student: Student, draw: Draw) -> None:
    """a stride that leaves rows and columns over, or skips some: their gradient is 0"""
    expect_gradient(student, draw, UNEVEN)
    expect_gradient(student, draw, GAPS)


@check(*BACKWARD, needs="backward_side_by_side")
def backward_unusual_sizes(student: Student, draw: Draw) -> None:
    """stride 1, a long stride, one window, windows of one pixel, one image of one channel"""
    for places in UNUSUAL:
        expect_gradient(student, draw, places)


@check(*BACKWARD, needs="backward_side_by_side")
def backward_negative(student: Student, draw: Draw) -> None:
    """images that are negative throughout"""
    expect_gradient(student, draw, USUAL, shift=-3.0, scale=BILLIONS)


@check(*BACKWARD, needs="backward_side_by_side")
def backward_double_precision(student: Student, draw: Draw) -> None:
    """float64 images give a float64 gradient of that accuracy, also where the largest wins by a little"""
    lead = torch.tensor([1.0, LEAD], dtype=torch.float64, device=draw.device).view(2, 1, 1, 1)
    expect_gradient(student, draw, USUAL, dtype=torch.float64, shift=lead, scale=1 / lead)


@check(*BACKWARD, needs="backward_side_by_side")
def backward_not_contiguous(student: Student, draw: Draw) -> None:
    """images and an upstream gradient that are not contiguous in memory"""
    expect_gradient(student, draw, USUAL, strided=True)


@check(*BACKWARD, needs="backward_side_by_side")
def several_passes(student: Student, draw: Draw) -> None:
    """a cache belongs to one forward pass, whatever passes come before its backward pass"""
    layer, kind, passes = layer_of(student), kind_of(student), []
    for places in (USUAL, USUAL, Places((1, 2, 9, 9), (3, 3), 3)):
        x = distinct(draw, *places.images)
        dout = draw.normal(*oracle.pool(kind, x, places.window, places.stride).shape)
        expected = oracle.pool_gradient(kind, x, places.window, places.stride, dout)
        passes.append((dout, cache_of(layer.forward(x, places.pool_param)), expected))
    for dout, cache, expected in reversed(passes):
        expect(layer.backward(dout, cache), "dx").equals(expected, torch.float32, DX_AXES)


@check(*BACKWARD, needs="backward_side_by_side")
def backward_inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves dout and the cache unchanged: a second call gives the same"""
    x, dout = distinct(draw, *USUAL.images), draw.normal(2, 3, 3, 3)
    expected = oracle.pool_gradient(kind_of(student), x, USUAL.window, USUAL.stride, dout)
    before = {"dout": dout.clone(), "x": x.clone()}
    layer = layer_of(student)
    cache = cache_of(layer.forward(x, USUAL.pool_param))
    cached = [(t, t.clone()) for t in tensors_in(cache)]
    layer.backward(dout, cache)
    expect(dout, "dout").is_unchanged_from(before["dout"])
    expect(layer.backward(dout, cache), "dx of a second call").equals(expected, torch.float32, DX_AXES)
    expect_unchanged(before, {"dout": dout, "x": x})
    for now, then in cached:
        expect(now, "a tensor of the cache").is_unchanged_from(then)


@check(*BACKWARD, needs="backward_side_by_side")
def gradients_on_the_device(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    layer, dout = layer_of(student), on_meta(draw.normal(2, 3, 3, 3))
    cache = cache_on_meta(layer.forward, draw.normal(*USUAL.images), USUAL.pool_param)
    if cache:
        gradient = partial(layer.backward, dout, *cache)
        expect_on_the_device(lambda: (gradient(),), "dx")


@check(*MAX_BACKWARD, needs="backward_side_by_side")
def equal_maxima(student: Student, draw: Draw) -> None:
    """where several entries of a window are equally large, their shares add up to the upstream gradient"""
    x, dout = draw.integers(0, 2, 3, 2, 6, 6).float(), draw.normal(3, 2, 3, 3)
    x[0] = 0  # as behind a ReLU
    expected = dout.clone()
    largest = x == oracle.pool("max", x, (2, 2), 2).repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    dx = gradient_of_ties(student, x, USUAL, dout)
    elsewhere = int((dx[~largest] != 0).sum())
    expect(dx, "dx").holds(
        elsewhere == 0, f"{elsewhere} entries that are not the largest of their window have a gradient.", "0 there"
    )
    sums = dx.reshape(3, 2, 3, 2, 3, 2).sum(dim=(3, 5))
    expect(sums, "the sum of dx in each window").equals(expected, torch.float32)
    for places in EQUAL_THROUGHOUT:  # which overlap, so that their shares can only be counted together
        x = draw.normal(*places.images[:2], 1, 1).expand(places.images).clone()
        dout = draw.uniform(*oracle.pool("max", x, places.window, places.stride).shape, low=0.5, high=1.5)
        expected = dout.sum(dim=(2, 3))
        dx = gradient_of_ties(student, x, places, dout)
        expect(dx.sum(dim=(2, 3)), "the sum of dx in each image").equals(expected, torch.float32)


def gradient_of_ties(student: Student, x: torch.Tensor, places: Places, dout: torch.Tensor) -> torch.Tensor:
    """dx of the windows, a tensor of the shape of x."""
    layer = layer_of(student)
    cache = cache_of(layer.forward(x, places.pool_param))
    dx = layer.backward(dout, cache)
    expect(dx, "dx").is_tensor(tuple(x.shape), torch.float32, x.device, DX_AXES)
    return cast(torch.Tensor, dx)
