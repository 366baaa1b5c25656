"""Hidden checks of `im2col` and `col2im`."""

from __future__ import annotations

from functools import partial

import torch

from autograder.checks.convolutional_networks.im2col import (
    COL2IM,
    COLS_AXES,
    IM2COL,
    IMAGE_AXES,
    columns,
    expect_columns,
    expect_image,
)
from autograder.checks.convolutional_networks.windows import Places
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.layers import expect_on_the_device, expect_refused, expect_unchanged
from autograder.engine.meta import on_meta
from autograder.engine.student import Student
from autograder.oracles.convolutional_networks import im2col as oracle

UNUSUAL = (
    Places((2, 2, 9, 9), (3, 3), 3, 1),  # rows and columns are left over
    Places((2, 2, 9, 9), (2, 2), 3, 1),  # and skipped
    Places((2, 2, 4, 4), (3, 3), 2, 3),  # windows that see nothing but padding
    Places((3, 2, 4, 4), (6, 6), 2, 1),  # one place
    Places((1, 1, 3, 3), (1, 1), 1, 1),  # one pixel
    Places((2, 1, 3, 3), (5, 5), 1, 2),  # larger than the image
    Places((2, 1, 4, 6), (2, 3), 1, 1),  # and four in which one thing after the other changes: images,
    Places((2, 1, 6, 4), (2, 3), 1, 1),  # kernel,
    Places((2, 1, 6, 4), (3, 2), 1, 1),  # stride
    Places((2, 1, 6, 4), (3, 2), 2, 1),
)
USUAL = Places((2, 1, 4, 4), (3, 3), 1, 1)
SIDE_BY_SIDE = Places((2, 1, 4, 4), (2, 2), 2, 1)


@check(IM2COL, needs="one_channel")
def unusual_columns(student: Student, draw: Draw) -> None:
    """strides that leave rows over or skip some, one place, one pixel, wide padding, one size after another"""
    for places in UNUSUAL:
        expect_columns(student, draw, places)


@check(IM2COL, needs="one_channel")
def columns_in_double_precision(student: Student, draw: Draw) -> None:
    """float64 images give float64 columns"""
    expect_columns(student, draw, USUAL, torch.float64)


@check(IM2COL, needs="one_channel")
def images_not_contiguous(student: Student, draw: Draw) -> None:
    """images that are not contiguous in memory; the kernel's sizes in a list"""
    x = draw.normal(*USUAL.images)
    expected = oracle.im2col(x, USUAL.window, USUAL.stride, USUAL.pad)
    cols = student.im2col(draw.strided(x), list(USUAL.window), USUAL.stride, USUAL.pad)
    expect(cols, "cols").equals(expected, torch.float32, COLS_AXES)


@check(IM2COL, needs="one_channel")
def images_unchanged(student: Student, draw: Draw) -> None:
    """leaves x unchanged"""
    x = draw.normal(2, 1, 5, 5)
    before = {"x": x.clone()}
    for pad in (1, 0):
        expected = oracle.im2col(x, (3, 3), 1, pad)
        cols = student.im2col(x, (3, 3), 1, pad)
        expect_unchanged(before, {"x": x})
        expect(cols, "cols").equals(expected, torch.float32, COLS_AXES)


@check(IM2COL, needs="one_channel")
def kernel_does_not_fit(student: Student, draw: Draw) -> None:
    """raises ValueError where the kernel does not fit"""
    x = draw.normal(2, 2, 4, 5)
    expect_refused(student.im2col, [
        ("a kernel of 7 rows, an image of 4 with padding 1", (x, (7, 2), 1, 1)),
        ("a kernel of 6 columns, an image of 5", (x, (2, 6), 1, 0)),
        ("stride 0", (x, (2, 2), 0, 0)),
        ("padding -1", (x, (2, 2), 1, -1)),
        ("a kernel of 0 rows", (x, (0, 2), 1, 0)),
        ("a kernel of 0 columns", (x, (2, 0), 1, 0)),
    ])  # fmt: skip


@check(IM2COL, needs="one_channel")
def columns_follow_the_device(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    x = on_meta(draw.normal(*USUAL.images))
    expect_on_the_device(lambda: (student.im2col(x, USUAL.window, USUAL.stride, USUAL.pad),), "cols")


@check(COL2IM, needs="windows_side_by_side")
def unusual_images(student: Student, draw: Draw) -> None:
    """strides that leave rows over or skip some, one place, one pixel, wide padding, one size after another"""
    for places in UNUSUAL:
        expect_image(student, draw, places)


@check(COL2IM, needs=("windows_side_by_side", "overlaps_add_up"))
def adjoint(student: Student, draw: Draw) -> None:
    """adjoint of im2col: sum(im2col(x) * y) equals sum(x * col2im(y))"""
    places = Places((2, 3, 6, 6), (3, 3), 1, 1)
    x, y = draw.normal(*places.images, dtype=torch.float64), columns(draw, places, torch.float64)
    expected = (oracle.im2col(x, places.window, 1, 1) * y).sum()
    image = student.col2im(y, places.images, places.window, 1, 1)
    expect(image, "the image").is_tensor(places.images, torch.float64, x.device, IMAGE_AXES)
    scale = float(x.norm() * y.norm())
    expect((x * image).sum(), "sum(x * col2im(y))").is_number(expected, torch.float64, scale=scale)


@check(COL2IM, needs="windows_side_by_side")
def image_in_double_precision(student: Student, draw: Draw) -> None:
    """float64 columns give a float64 image of that accuracy"""
    expect_image(student, draw, SIDE_BY_SIDE, torch.float64)


@check(COL2IM, needs="windows_side_by_side")
def columns_not_contiguous(student: Student, draw: Draw) -> None:
    """columns that are not contiguous in memory; the sizes in lists"""
    places = SIDE_BY_SIDE
    cols = columns(draw, places)
    expected = oracle.col2im(cols, places.images, places.window, places.stride, places.pad)
    sizes = [*places.images], [*places.window]
    image = student.col2im(draw.strided(cols), *sizes, places.stride, places.pad)
    expect(image, "the image").equals(expected, torch.float32, IMAGE_AXES)


@check(COL2IM, needs="windows_side_by_side")
def columns_unchanged(student: Student, draw: Draw) -> None:
    """leaves cols unchanged"""
    for places in (SIDE_BY_SIDE, Places((1, 1, 4, 4), (4, 4), 1, 0), Places((2, 1, 3, 3), (1, 1), 1, 0)):
        cols = columns(draw, places)
        before = {"cols": cols.clone()}
        expected = oracle.col2im(cols, places.images, places.window, places.stride, places.pad)
        image = student.col2im(cols, places.images, places.window, places.stride, places.pad)
        expect_unchanged(before, {"cols": cols})
        expect(image, "the image").equals(expected, torch.float32, IMAGE_AXES)


@check(COL2IM, needs="windows_side_by_side")
def columns_do_not_fit(student: Student, draw: Draw) -> None:
    """raises ValueError where the kernel does not fit, or cols has another shape"""
    x_shape, cols = (2, 1, 4, 5), draw.normal(2, 4, 12)  # kernel 2 x 2, stride 1, no padding: 3 x 4 windows
    none, flat, upright = draw.normal(2, 5, 0), draw.normal(2, 0, 20), draw.normal(2, 0, 18)
    others = [(2, 12, 4), (3, 4, 12), (1, 4, 12), (1, 4, 24), (2, 4, 13), (2, 5, 12), (8, 12), (4, 24), (2, 1, 4, 12)]
    expect_refused(student.col2im, [
        ("a kernel of 5 rows, an image of 4", (none, x_shape, (5, 1), 1, 0)),
        ("stride 0", (cols, x_shape, (2, 2), 0, 0)),
        ("padding -1", (cols, (2, 1, 6, 7), (2, 2), 1, -1)),
        ("columns of 4 entries, a kernel of 2 x 1", (cols, x_shape, (2, 1), 1, 0)),
        ("12 columns, 16 windows", (cols, (2, 1, 5, 5), (2, 2), 1, 0)),
        ("a kernel of 0 rows", (flat, x_shape, (0, 2), 1, 0)),
        ("a kernel of 0 columns", (upright, x_shape, (2, 0), 1, 0)),
    ])  # fmt: skip
    expect_refused(
        student.col2im,
        ((f"cols of shape {shape}, not (2, 4, 12)", (draw.normal(*shape), x_shape, (2, 2), 1, 0)) for shape in others),
    )


@check(COL2IM, needs="windows_side_by_side")
def image_follows_the_device(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    places, cols = SIDE_BY_SIDE, on_meta(columns(draw, SIDE_BY_SIDE))
    image = partial(student.col2im, cols, places.images, places.window, places.stride, places.pad)
    expect_on_the_device(lambda: (image(),), "the image")
