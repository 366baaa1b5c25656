"""The likely mistake behind a wrong answer, from the numbers alone.

Relations that hold whatever the exercise: a factor, a sign, a transpose, an offset, a square root. They serve where the
known mistakes of the course (mutants) are not at hand, as on a student's machine.
"""

from __future__ import annotations

import torch

from autograder.engine.expect import Failed

__all__ = ["relation"]

NEVER_FILLED = "Every entry is 0: the result is made but never filled."


def relation(failed: Failed) -> str:
    """One sentence on how what came is related to what was expected; empty when nothing simple is."""
    came, expected = failed.came, failed.expected
    if came is None:
        return ""
    if came.dtype.is_floating_point and not bool(torch.isfinite(came).all()):
        return (
            "A NaN or infinity usually comes from an exponential that overflows, a logarithm of 0 or a division by 0."
        )
    if expected is None or came.dtype == torch.bool or expected.dtype == torch.bool:
        return ""
    a, b = came.detach().double().cpu(), expected.detach().double().cpu()
    if a.dim() == 2 and a.shape == b.T.shape and a.shape != b.shape and _same(a, b.T):
        return "The values are right but rows and columns are swapped."
    if a.shape != b.shape or not a.numel():
        return ""
    if not expected.dtype.is_floating_point:  # labels and counts: a factor between class numbers means nothing
        return "" if bool(a.any()) or not bool(b.any()) else NEVER_FILLED
    return _of_equal_shape(a, b)


def _of_equal_shape(a: torch.Tensor, b: torch.Tensor) -> str:
    if not bool(a.any()) and bool(b.any()):
        return NEVER_FILLED
    if _same(a, -b):
        return "The sign is wrong: every entry is the negative of what is expected."
    if a.dim() == 2 and a.shape[0] == a.shape[1] and _same(a, a.new_tensor(0) + b.T):
        return "The values are right but rows and columns are swapped."
    if bool((b >= 0).all()) and _same(a, b.sqrt()):
        return "Every entry is the square root of what is expected."
    if bool((a >= 0).all()) and _same(a.sqrt(), b):
        return "Every entry is the square of what is expected."
    factor = float((a * b).sum() / (b * b).sum()) if bool(b.any()) else 0.0
    if a.numel() > 1 and factor and _same(a, factor * b):
        return f"Every entry is {_fraction(factor)} times what is expected: a constant factor is missing or too many."
    offset = a - b
    if a.numel() > 2 and _same(offset, offset.mean().expand_as(offset)) and bool(offset.any()):
        return f"Every entry is off by the same number, {float(offset.mean()):.6g}."
    return ""


def _same(a: torch.Tensor, b: torch.Tensor) -> bool:
    scale = max(float(b.abs().max()), 1e-12)
    return bool(((a - b).abs() <= 1e-4 * b.abs() + 1e-5 * scale).all())


def _fraction(x: float) -> str:
    for denominator in range(2, 1001):
        if abs(x * denominator - 1) < 1e-4:
            return f"1/{denominator}"
    return f"{x:.6g}"
