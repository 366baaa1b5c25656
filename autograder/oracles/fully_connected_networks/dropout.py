"""What a dropout mask can look like: how many entries of independent draws fall on one side."""

from __future__ import annotations

import math

import torch

__all__ = ["count_between", "neighbours_that_agree"]

DEVIATIONS = 6.5  # a right mask falls outside once in ten billion times


def count_between(n: int, probability: float) -> tuple[int, int]:
    """The least and the greatest number of successes of n independent draws."""
    mean, spread = n * probability, math.sqrt(n * probability * (1 - probability))
    return math.floor(mean - DEVIATIONS * spread), math.ceil(mean + DEVIATIONS * spread)


def neighbours_that_agree(mask: torch.Tensor, axis: int) -> tuple[int, int]:
    """(pairs, those of them that are alike) among entries 2k and 2k + 1 along an axis: no entry is in two pairs."""
    half = mask.shape[axis] // 2
    pairs = mask.narrow(axis, 0, 2 * half).movedim(axis, 0).reshape(half, 2, -1)
    return half * pairs.shape[2], int((pairs[:, 0] == pairs[:, 1]).sum())
