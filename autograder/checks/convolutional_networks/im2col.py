"""Visible checks of `im2col` and its adjoint `col2im`."""

from __future__ import annotations

import torch

from autograder.checks.convolutional_networks.windows import Places
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles.convolutional_networks import conv as conv_oracle
from autograder.oracles.convolutional_networks import im2col as oracle

IM2COL = "convolutional_networks.im2col"
COL2IM = "convolutional_networks.col2im"
COLS_AXES = "images, C * HH * WW, H' * W'"
IMAGE_AXES = "the shape x_shape"


@check(IM2COL, weight=2)
def one_channel(student: Student, draw: Draw) -> None:
    """one channel, padding 1: each window a column, its rows one below the other"""
    expect_columns(student, draw, Places((2, 1, 4, 4), (3, 3), 1, 1))


@check(IM2COL, needs="one_channel")
def channels(student: Student, draw: Draw) -> None:
    """several channels, one below the other in each column"""
    expect_columns(student, draw, Places((2, 3, 4, 4), (3, 3), 1, 1))


@check(IM2COL, needs="one_channel")
def columns_without_padding(student: Student, draw: Draw) -> None:
    """padding 0"""
    expect_columns(student, draw, Places((2, 1, 5, 5), (3, 3), 1, 0))


@check(IM2COL, needs="one_channel")
def columns_with_stride(student: Student, draw: Draw) -> None:
    """stride 2"""
    expect_columns(student, draw, Places((2, 1, 7, 7), (3, 3), 2, 1))


@check(IM2COL, needs="one_channel")
def not_square(student: Student, draw: Draw) -> None:
    """images and kernels that are not square"""
    expect_columns(student, draw, Places((2, 1, 4, 7), (2, 3), 1, 1))
    expect_columns(student, draw, Places((2, 1, 7, 4), (3, 1), 2, 1))


@check(IM2COL, needs=("one_channel", "channels"))
def product_is_a_convolution(student: Student, draw: Draw) -> None:
    """w.reshape(F, -1) @ im2col(x) is a whole convolution"""
    places = Places((2, 3, 5, 5), (3, 3), 1, 1, filters=4)
    x, w, _ = places.conv_inputs(draw)
    expected = conv_oracle.conv(x, w, w.new_zeros(4), 1, 1).flatten(2)
    cols = student.im2col(x, places.window, 1, 1)
    expect(cols, "cols").is_tensor((2, 27, 25), torch.float32, x.device, COLS_AXES)
    expect(w.flatten(1) @ cols, "w.reshape(F, -1) @ cols").equals(expected, torch.float32)


@check(COL2IM, weight=2)
def windows_side_by_side(student: Student, draw: Draw) -> None:
    """windows that do not overlap, padding 1: each entry goes back to its place, or is dropped with the padding"""
    expect_image(student, draw, Places((2, 1, 4, 4), (2, 2), 2, 1))


@check(COL2IM, needs="windows_side_by_side")
def overlaps_add_up(student: Student, draw: Draw) -> None:
    """windows that overlap: what comes back to one pixel adds up"""
    expect_image(student, draw, Places((2, 1, 5, 5), (3, 3), 1, 1))
    expect_image(student, draw, Places((2, 1, 7, 7), (3, 3), 2, 1))


@check(COL2IM, needs="windows_side_by_side")
def several_channels(student: Student, draw: Draw) -> None:
    """several channels"""
    expect_image(student, draw, Places((2, 3, 4, 4), (2, 2), 2, 1))


@check(COL2IM, needs="windows_side_by_side")
def image_without_padding(student: Student, draw: Draw) -> None:
    """padding 0, and padding 2"""
    expect_image(student, draw, Places((2, 1, 6, 6), (2, 2), 2, 0))
    expect_image(student, draw, Places((2, 1, 4, 4), (2, 2), 2, 2))


@check(COL2IM, needs="windows_side_by_side")
def image_not_square(student: Student, draw: Draw) -> None:
    """images and kernels that are not square"""
    expect_image(student, draw, Places((2, 1, 6, 4), (2, 3), 3, 1))
    expect_image(student, draw, Places((2, 1, 4, 5), (3, 1), 3, 1))


def expect_columns(student: Student, draw: Draw, places: Places, dtype: torch.dtype = torch.float32) -> None:
    """`im2col` equals the oracle's."""
    x = draw.normal(*places.images, dtype=dtype)
    expected = oracle.im2col(x, places.window, places.stride, places.pad)
    cols = student.im2col(x, places.window, places.stride, places.pad)
    expect(cols, "cols").equals(expected, dtype, COLS_AXES)


def expect_image(student: Student, draw: Draw, places: Places, dtype: torch.dtype = torch.float32) -> None:
    """`col2im` equals the oracle's."""
    cols = columns(draw, places, dtype)
    expected = oracle.col2im(cols, places.images, places.window, places.stride, places.pad)
    image = student.col2im(cols, places.images, places.window, places.stride, places.pad)
    expect(image, "the image").equals(expected, dtype, IMAGE_AXES)


def columns(draw: Draw, places: Places, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Any numbers in the shape of the columns."""
    shape = oracle.im2col(torch.empty(places.images), places.window, places.stride, places.pad).shape
    return draw.normal(*shape, dtype=dtype)
