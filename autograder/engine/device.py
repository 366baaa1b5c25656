"""Where tensors live while checks run: `cpu` or `cuda`."""

from __future__ import annotations

import torch

from autograder.engine.errors import UsageError

__all__ = ["resolve_device"]


def resolve_device(device: str) -> str:
    """`cpu` or `cuda`, as asked for.

    Raises:
        UsageError: another device, or cuda where there is none.
    """
    if device not in ("cpu", "cuda"):
        raise UsageError(f"unknown device {device!r}; expected cpu or cuda")
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: torch sees no CUDA device here; use --device cpu")
    return device
