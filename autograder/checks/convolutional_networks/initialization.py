"""Visible checks of the Kaiming initialization, and what is asked of random numbers.

Bounds are six standard deviations of what is measured: a right answer falls outside of one about once in 500 million.
"""

from __future__ import annotations

import math

import torch

from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student

KAIMING = "convolutional_networks.kaiming_initializer"


@check(KAIMING, weight=2)
def linear_layer(student: Student, draw: Draw) -> None:
    """a linear layer: (Din, Dout) numbers of standard deviation sqrt(2 / Din)"""
    expect_spread(student.kaiming_initializer(150, 400, device=draw.device), (150, 400), 2 / 150)


@check(KAIMING, weight=2)
def convolution(student: Student, draw: Draw) -> None:
    """a convolution: (Dout, Din, K, K) numbers of standard deviation sqrt(2 / (Din * K * K))"""
    w = student.kaiming_initializer(8, 200, K=5, device=draw.device)
    expect_spread(w, (200, 8, 5, 5), 2 / (8 * 5 * 5))


@check(KAIMING)
def gain_of_one(student: Student, draw: Draw) -> None:
    """relu=False: a gain of 1 instead of 2, for both"""
    without, with_relu = (student.kaiming_initializer(200, 300, relu=r, device=draw.device) for r in (False, True))
    expect_spread(without, (200, 300), 1 / 200)
    expect_spread(with_relu, (200, 300), 2 / 200)
    w = student.kaiming_initializer(12, 300, K=3, relu=False, device=draw.device)
    expect_spread(w, (300, 12, 3, 3), 1 / (12 * 3 * 3))


def expect_spread(
    came: object,
    shape: tuple[int, ...],
    variance: float,
    name: str = "the result",
    dtype: torch.dtype = torch.float32,
    device: torch.device | None = None,
) -> torch.Tensor:
    """A tensor of different numbers with this variance and mean 0."""
    expect(came, name).is_tensor(shape, dtype, device)
    assert isinstance(came, torch.Tensor)
    numbers, n, std = came.double(), came.numel(), math.sqrt(variance)
    seen, mean = float(numbers.square().mean().sqrt()), float(numbers.mean())
    expect(came, name).holds(
        abs(seen / std - 1) < 6 / math.sqrt(2 * n) + 1e-3,
        f"{name} has standard deviation {seen:.4g}, expected {std:.4g}.",
        f"standard deviation {std:.4g}",
    )
    expect(came, name).holds(
        abs(mean) < 6 * std / math.sqrt(n) + 1e-3 * std, f"{name} has mean {mean:.3g}, expected 0.", "mean 0"
    )
    different = len(numbers.unique())
    expect(came, name).holds(
        different > 0.9 * n,
        f"{name} holds only {different} different numbers in {n} entries: draw each entry by itself.",
        "independent numbers",
    )
    return came


def expect_normal(came: torch.Tensor, name: str = "the result") -> None:
    """As many numbers beyond two standard deviations, and beyond three, as normal numbers have there.

    For a thousand numbers or more; three standard deviations count only where enough numbers have to lie beyond.
    """
    n = came.numel()
    for word, deviations, share in (("two", 2, 0.0455), ("three", 3, 0.0027)):
        seen = float((came.abs() > deviations * came.std()).double().mean())
        expect(came, name).holds(
            abs(seen - share) < 6 * math.sqrt(share / n) or (deviations == 3 and n * share < 100),
            f"{100 * seen:.2g} % of {name} lie more than {word} standard deviations from 0, "
            f"expected {100 * share:.2g} %: these are not normal numbers.",
            "normal numbers, as from torch.randn",
        )
