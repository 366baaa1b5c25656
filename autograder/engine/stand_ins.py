"""Harmless functions for the student's code to use, run where it is.

A function of a check is called back over the socket, each time. Where what it does is no secret and solves nothing, one
of these takes its place: `student.given(name=student.stand_ins.first_rows)`, or as an argument of a call.
"""

from __future__ import annotations

import torch

__all__ = ["first_rows", "squared_weights"]

Tensor = torch.Tensor


def first_rows(X: Tensor, y: Tensor, num_train: int, batch_size: int) -> tuple[Tensor, Tensor]:
    """A batch that is the same each time."""
    return X[:batch_size], y[:batch_size]


def squared_weights(W: Tensor, X: Tensor, y: Tensor, reg: float) -> tuple[Tensor, Tensor]:
    """A loss that each step on its gradient makes smaller by the same factor: sum(W * W)."""
    return (W * W).sum(), 2 * W
