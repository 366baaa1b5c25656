"""Hidden checks of local response norm."""

from __future__ import annotations

import torch

from autograder.checks.normalization.response import (
    AXES,
    BACKWARD,
    FORWARD,
    SHAPE,
    USUAL,
    expect_gradients,
    expect_response,
    pass_of,
)
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.layers import cache_of, cache_on_meta, expect_on_the_device, expect_unchanged, output_of
from autograder.engine.meta import on_meta
from autograder.engine.student import Student
from autograder.oracles.normalization import response as oracle

SIZES = (
    ((2, 3, 2, 2), 9), ((2, 4, 3, 2), 1), ((1, 1, 3, 2), 5), ((1, 6, 1, 1), 2), ((4, 4, 4, 4), 4), ((2, 3, 2, 2), 8),
    ((2, 9, 1, 2), 6),
)  # fmt: skip


@check(FORWARD, needs="window_of_five")
def unusual_sizes(student: Student, draw: Draw) -> None:
    """a window of one channel, of six, windows larger than the image is deep, one channel, one pixel"""
    for shape, size in SIZES:
        expect_response(student, draw.normal(*shape), USUAL | {"size": size})


@check(FORWARD, needs="window_of_five")
def double_precision(student: Student, draw: Draw) -> None:
    """float64 gives a float64 result of that accuracy"""
    expect_response(student, draw.normal(*SHAPE, dtype=torch.float64), USUAL)


@check(FORWARD, needs="window_of_five")
def not_contiguous(student: Student, draw: Draw) -> None:
    """images that are not contiguous in memory"""
    expect_response(student, draw.strided(draw.normal(*SHAPE)), USUAL)


@check(FORWARD, needs="window_of_five")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves x and the settings unchanged"""
    for param in (dict(USUAL), {}):
        x = draw.normal(*SHAPE)
        before = {"x": x.clone(), "lrn_param": dict(param)}
        student.LocalResponseNorm.forward(x, param)
        expect_unchanged(before, {"x": x, "lrn_param": param})


@check(FORWARD, needs="window_of_five")
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    x = on_meta(draw.normal(*SHAPE))
    expect_on_the_device(lambda: output_of(student.LocalResponseNorm.forward(x, dict(USUAL)))[:1], "out")


@check(BACKWARD, needs="gradient_of_five")
def backward_unusual_sizes(student: Student, draw: Draw) -> None:
    """a window of one channel, of six, windows larger than the image is deep, one channel, one pixel"""
    expect_gradients(student, draw, *(pass_of(draw, USUAL | {"size": size}, shape) for shape, size in SIZES))


@check(BACKWARD, needs="gradient_of_five")
def zeros(student: Student, draw: Draw) -> None:
    """images with zeros, as behind a ReLU"""
    x, dout = draw.normal(*SHAPE).clamp(min=0), draw.normal(*SHAPE, mean=0.4)
    expected = oracle.gradient(x, USUAL, dout)
    cache = cache_of(student.LocalResponseNorm.forward(x, dict(USUAL)))
    expect(student.LocalResponseNorm.backward(dout, cache), "dx").equals(expected, torch.float32, AXES["dx"])


@check(BACKWARD, needs="gradient_of_five")
def backward_double_precision(student: Student, draw: Draw) -> None:
    """float64 gives a float64 gradient of that accuracy"""
    expect_gradients(student, draw, pass_of(draw, USUAL, dtype=torch.float64))


@check(BACKWARD, needs="gradient_of_five")
def backward_not_contiguous(student: Student, draw: Draw) -> None:
    """images and an upstream gradient that are not contiguous in memory"""
    expect_gradients(student, draw, pass_of(draw, USUAL, change=draw.strided))


@check(BACKWARD, needs="gradient_of_five")
def several_passes(student: Student, draw: Draw) -> None:
    """a cache belongs to one forward pass, whatever passes come before its backward pass"""
    params = [USUAL | {"size": size} for size in (5, 2, 3)]
    passes = [(draw.normal(*SHAPE), draw.normal(*SHAPE, mean=0.4), param) for param in params]
    expected = [oracle.gradient(x, param, dout) for x, dout, param in passes]
    results = student.LocalResponseNorm.forward.each(*((x, dict(param)) for x, _, param in passes))
    caches = [cache_of(result) for result in results]  # as they are after the last pass
    for (_, dout, _), cache, want in reversed([*zip(passes, caches, expected, strict=True)]):
        expect(student.LocalResponseNorm.backward(dout, cache), "dx").equals(want, torch.float32, AXES["dx"])


@check(BACKWARD, needs="gradient_of_five")
def backward_inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves dout and the cache unchanged: a second call gives the same"""
    x, dout = draw.normal(*SHAPE), draw.normal(*SHAPE, mean=0.4)
    expected, before = oracle.gradient(x, USUAL, dout), {"dout": dout.clone(), "x": x.clone()}
    cache = cache_of(student.LocalResponseNorm.forward(x, dict(USUAL)))
    student.LocalResponseNorm.backward(dout, cache)
    expect(dout, "dout").is_unchanged_from(before["dout"])
    again = student.LocalResponseNorm.backward(dout, cache)
    expect(again, "dx of a second call").equals(expected, torch.float32, AXES["dx"])
    expect_unchanged(before, {"dout": dout, "x": x})


@check(BACKWARD, needs="gradient_of_five")
def gradients_on_the_device(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    dout, layer = on_meta(draw.normal(*SHAPE)), student.LocalResponseNorm
    cache = cache_on_meta(layer.forward, draw.normal(*SHAPE), dict(USUAL))
    if cache:
        expect_on_the_device(lambda: (layer.backward(dout, *cache),), "dx")
