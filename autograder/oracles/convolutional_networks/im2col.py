"""Expected values for `im2col` and `col2im`, from torch's own unfold and fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F

__all__ = ["col2im", "im2col", "right_columns"]

MOST_NUMBERS = 2_000_000  # the student's code may call these functions, and no honest call needs more


def im2col(x: torch.Tensor, kernel: Sequence[int], stride: int, pad: int) -> torch.Tensor:
    """(N, C, H, W) -> (N, C * HH * WW, H' * W'), the dtype of x: nothing is computed, only copied."""
    return F.unfold(x, tuple(kernel), padding=pad, stride=stride)


def col2im(
    cols: torch.Tensor, x_shape: Sequence[int], kernel: Sequence[int], stride: int, pad: int
) -> torch.Tensor:
    """(N, C * HH * WW, H' * W') -> (N, C, H, W), float64."""
    return F.fold(cols.double(), tuple(x_shape[2:]), tuple(kernel), padding=pad, stride=stride)


def right_columns() -> dict[str, Callable[..., Any]]:
    """Both for `Student.given`: in the dtype of their input, and no larger than a check asks for."""
    return {"im2col": _right_im2col, "col2im": _right_col2im}


def _right_im2col(x: torch.Tensor, kernel: Sequence[int], stride: int, pad: int) -> torch.Tensor:
    places = _places(x.shape, kernel, stride, pad)
    _honest(len(x), x.shape[1], *kernel, places)
    return im2col(x, kernel, stride, pad)


def _right_col2im(
    cols: torch.Tensor, x_shape: Sequence[int], kernel: Sequence[int], stride: int, pad: int
) -> torch.Tensor:
    wanted = x_shape[0], x_shape[1] * kernel[0] * kernel[1], _places(x_shape, kernel, stride, pad)
    if tuple(cols.shape) != wanted:
        raise ValueError(f"cols has shape {tuple(cols.shape)}, expected {wanted}")
    _honest(*wanted)
    _honest(*x_shape, 2 * pad + 1, 2 * pad + 1)
    return col2im(cols, x_shape, kernel, stride, pad).to(cols.dtype)


def _places(x_shape: Sequence[int], kernel: Sequence[int], stride: int, pad: int) -> int:
    """How many windows there are.

    Raises:
        ValueError: none fits, as the student's own function has to say.
    """
    padded = [n + 2 * pad for n in x_shape[2:]]
    if stride < 1 or pad < 0 or any(not 1 <= k <= n for k, n in zip(kernel, padded, strict=True)):
        raise ValueError(f"a window of {tuple(kernel)} does not fit: padded image {tuple(padded)}, stride {stride}")
    rows, columns = ((n - k) // stride + 1 for k, n in zip(kernel, padded, strict=True))
    return rows * columns


def _honest(*sizes: int) -> None:
    numbers = 1
    for size in sizes:
        numbers *= size
    if numbers > MOST_NUMBERS:
        raise ValueError(f"{numbers} numbers: more than were given")
