"""Hidden checks of folding a batch norm into the layer before it."""

from __future__ import annotations

from functools import partial

import torch

from autograder.checks.normalization.cases import on_right_layers
from autograder.checks.normalization.folding import CONVOLUTION, FOLD, LINEAR, expect_folded, problem
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.layers import expect_on_the_device, expect_unchanged
from autograder.engine.meta import on_meta
from autograder.engine.student import Call, Student

BOTH = ("convolution", "linear_layer")


@check(FOLD, needs=BOTH)
@on_right_layers
def unusual_sizes(student: Student, draw: Draw) -> None:
    """one output, one input, filters of one pixel, all axes of equal lengths, and a gamma of 0"""
    for shape in ((3, 1), (1, 4), (1, 3, 2, 2), (4, 1, 1, 1), (4, 4, 1, 1), (3, 3, 3, 3)):
        folding = problem(draw, shape)
        folding.tensors["gamma"][2:3] = 0
        expect_folded(student, folding)


@check(FOLD, needs=BOTH)
@on_right_layers
def double_precision(student: Student, draw: Draw) -> None:
    """float64 gives float64 results of that accuracy"""
    for shape in (CONVOLUTION, LINEAR):
        expect_folded(student, problem(draw, shape, dtype=torch.float64))


@check(FOLD, needs=BOTH)
@on_right_layers
def not_contiguous(student: Student, draw: Draw) -> None:
    """tensors that are not contiguous in memory"""
    for shape in (CONVOLUTION, LINEAR):
        expect_folded(student, problem(draw, shape).changed(draw.strided))


@check(FOLD, needs=BOTH)
@on_right_layers
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves the layer and the batch norm unchanged"""
    for shape in (CONVOLUTION, LINEAR):
        folding = problem(draw, shape)
        before = {name: value.clone() for name, value in folding.tensors.items()}
        student.fold_batchnorm(*folding.args)
        student.transcript.append(Call("the arguments after the call", folding.changed(torch.clone).tensors))
        expect_unchanged(before, folding.tensors)


@check(FOLD, needs=BOTH)
@on_right_layers
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    for shape in (CONVOLUTION, LINEAR):
        call = partial(student.fold_batchnorm, *problem(draw, shape).changed(on_meta).args)
        expect_on_the_device(lambda c=call: expect(c(), "the result").unpacks_to(2, "(w, b)"), "w, b")  # type: ignore[misc]
