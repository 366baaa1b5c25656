"""Files of a training run: written whole or not at all, read without executing anything that they hold."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from deeprob.solver_checks import SolverError

__all__ = ["load", "save"]


def save(state: dict[str, Any], path: str | Path) -> Path:
    """Write numbers, tensors, lists and dicts to a file; an older file stays until the new one is complete.

    Args:
        state: what to write.
        path: the file; `.pt` is added where it has no ending, folders are made.

    Returns:
        the file's path.
    """
    target = Path(path)
    target = target if target.suffix else target.with_suffix(".pt")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    try:
        torch.save(state, partial)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def load(path: str | Path, needed: set[str], device: str | torch.device = "cpu") -> dict[str, Any]:
    """Read what `save` has written.

    Args:
        path: the file.
        needed: keys that must be there.
        device: where the tensors go.

    Raises:
        FileNotFoundError: no such file.
        SolverError: not such a file, or one that is cut short.
    """
    source = Path(path)
    if not source.exists() and not source.suffix:
        source = source.with_suffix(".pt")
    try:
        state: dict[str, Any] = torch.load(source, map_location=device, weights_only=True)
    except OSError:
        raise
    except Exception as e:  # torch's unpickler meets a strange byte with whatever error comes first
        raise SolverError(f"{source} cannot be read as a checkpoint; it is cut short or another kind of file.") from e
    missing = sorted(needed - set(state)) if isinstance(state, dict) else sorted(needed)
    if missing:
        raise SolverError(f"{source} is no checkpoint of a Solver: it has no {missing[0]}.")
    return state
