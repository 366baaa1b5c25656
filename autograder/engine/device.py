"""Where tensors live while checks run: `cpu` or `cuda`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from autograder.engine.errors import UsageError

__all__ = ["full_precision", "resolve_device"]


def resolve_device(device: str) -> str:
    """`cpu` or `cuda`, as asked for.

    Raises:
        UsageError: another device, or cuda where there is none.
    """
    if device not in ("cpu", "cuda"):
        raise UsageError(f"unknown device {device!r}; expected cpu or cuda")
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("device cuda: torch sees no CUDA device here; use cpu, or on Colab a runtime with a GPU")
    return device


@contextmanager
def full_precision() -> Iterator[None]:
    """While this is open, float32 means float32 on a GPU, too.

    By default torch rounds the inputs of convolutions there to 10 bits (TF32), more than a check allows for.
    """
    switches: tuple[Any, ...] = (torch.backends.cudnn, torch.backends.cuda.matmul)
    before = [switch.allow_tf32 for switch in switches]
    for switch in switches:
        switch.allow_tf32 = False
    try:
        yield
    finally:
        for switch, value in zip(switches, before, strict=True):
            switch.allow_tf32 = value
