"""What a Solver says when data, model or gradients do not fit, or when the loss is no longer a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

__all__ = [
    "Diverged",
    "SolverError",
    "check_data",
    "check_model",
    "describe",
    "divergence",
    "one_number",
    "same_shapes",
]


class SolverError(Exception):
    """Something does not fit; the message says what came, what was expected, and what to do next."""


class Diverged(SolverError):
    """The loss is no longer a finite number. The parameters are those that gave it; histories end before it."""


def check_data(data: Mapping[str, torch.Tensor]) -> None:
    missing = [name for name in ("X_train", "y_train", "X_val", "y_val") if name not in data]
    if missing:
        raise SolverError(
            f"data has no {' and no '.join(missing)}; it holds {', '.join(map(str, data)) or 'nothing'}. "
            "Expected X_train, y_train, X_val and y_val."
        )
    for part in ("train", "val"):
        X, y = data[f"X_{part}"], data[f"y_{part}"]
        for name, value in ((f"X_{part}", X), (f"y_{part}", y)):
            if not isinstance(value, torch.Tensor):
                raise SolverError(f"{name} is {describe(value)}, expected a tensor.")
        if y.dim() != 1 or y.dtype.is_floating_point:
            raise SolverError(f"y_{part} is {describe(y)}, expected whole numbers of shape (N,): one label an image.")
        if X.dim() < 2 or len(X) != len(y) or len(X) == 0:
            raise SolverError(f"X_{part} is {describe(X)} and y_{part} has {len(y)} labels, expected one an image.")
    if data["X_train"].shape[1:] != data["X_val"].shape[1:]:
        shapes = f"{tuple(data['X_train'].shape[1:])} and {tuple(data['X_val'].shape[1:])}"
        raise SolverError(f"an image of X_train and one of X_val have shapes {shapes}, expected the same.")


def check_model(model: Any, device: torch.device) -> None:
    params = getattr(model, "params", None)
    kind = type(model).__name__
    if not isinstance(params, dict) or not params:
        raise SolverError(f"{kind}.params is {describe(params)}, expected a dict of tensors such as W1 and b1.")
    if not callable(getattr(model, "loss", None)):
        raise SolverError(f"{kind} has no method loss(X, y=None).")
    for name, value in params.items():
        if not isinstance(value, torch.Tensor):
            raise SolverError(f"{kind}.params[{name!r}] is {describe(value)}, expected a tensor.")
        if value.device.type != device.type:
            raise SolverError(
                f"{kind}.params[{name!r}] is on {value.device}, and the solver has device={str(device)!r}: "
                "give the model and the solver the same device."
            )


def same_shapes(what: str, given: Any, wanted: dict[str, torch.Tensor], meaning: str) -> None:
    missing = sorted(set(wanted) - set(given)) if isinstance(given, dict) else list(wanted)
    if missing:
        raise SolverError(f"{what}: {', '.join(missing)} missing; expected {meaning}.")
    for name, value in wanted.items():
        if not isinstance(given[name], torch.Tensor) or given[name].shape != value.shape:
            came = describe(given[name])
            raise SolverError(f"{what}: {name} is {came}, expected shape {tuple(value.shape)}; {meaning}.")


def one_number(loss: Any) -> float:
    if isinstance(loss, torch.Tensor) and loss.numel() == 1:
        return float(loss.detach())
    if isinstance(loss, float | int):
        return float(loss)
    raise SolverError(f"the loss is {describe(loss)}, expected one number: the mean over the batch.")


def divergence(loss: float, iteration: int, epoch: int, optim_configs: Mapping[str, Mapping[str, Any]]) -> str:
    """What is said of a loss that is not finite, and what to try."""
    where = f"the loss is {loss} in iteration {iteration + 1} (epoch {epoch + 1})"
    if iteration == 0:
        return (
            f"{where}, before any step: look for an overflow in the loss (log of 0, exp of a large score), NaN in the "
            "images, or a weight_scale that is far too large."
        )
    rates = [config["learning_rate"] for config in optim_configs.values() if "learning_rate" in config]
    now = f" than {max(rates):.3g}" if rates else ""
    return f"{where}: the steps are too long. Try a learning rate ten times smaller{now}."


def describe(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {tuple(value.shape)} and dtype {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return repr(value) if value is None else f"of type {type(value).__name__}"
