"""Expected steps of the update rules, by the functions behind `torch.optim`, in float64.

The optimizers themselves would load the compiler of torch, which takes seconds; a test compares with them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.optim.adam import adam
from torch.optim.rmsprop import rmsprop
from torch.optim.sgd import sgd

__all__ = ["DEFAULTS", "MEMORY", "step"]

DEFAULTS: dict[str, dict[str, float]] = {
    "sgd_momentum": {"learning_rate": 1e-2, "momentum": 0.9},
    "rmsprop": {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8},
    "adam": {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
}
MEMORY = {"sgd_momentum": ("velocity",), "rmsprop": ("cache",), "adam": ("m", "v", "t")}


def step(
    rule: str, w: torch.Tensor, dw: torch.Tensor, config: dict[str, Any]
) -> tuple[torch.Tensor, dict[str, Any]]:
    """One step of a rule.

    Args:
        rule: `sgd_momentum`, `rmsprop` or `adam`.
        config: settings and memory in the course's names; what is missing has its default.

    Returns:
        the parameter after the step, float64, and the memory: a dict with the keys `MEMORY[rule]`.
    """
    settings = {**DEFAULTS[rule], **config}
    parameter, gradient = [_copied(w)], [_copied(dw)]
    kept = {name: _copied(settings.get(name, torch.zeros_like(w))) for name in MEMORY[rule] if name != "t"}
    steps = torch.tensor(float(settings.get("t", 0)))
    rate = settings["learning_rate"]
    if rule == "sgd_momentum":
        torchs = kept["velocity"] / -rate  # torch's velocity is not yet scaled
        sgd(
            parameter, gradient, [torchs], foreach=False, weight_decay=0, momentum=settings["momentum"], lr=rate,
            dampening=0, nesterov=False, maximize=False,
        )  # fmt: skip
        return parameter[0], {"velocity": -rate * torchs}
    if rule == "rmsprop":
        rmsprop(
            parameter, gradient, [kept["cache"]], [], [], [steps], foreach=False, lr=rate, alpha=settings["decay_rate"],
            eps=settings["epsilon"], weight_decay=0, momentum=0, centered=False,
        )  # fmt: skip
        return parameter[0], kept
    adam(
        parameter, gradient, [kept["m"]], [kept["v"]], [], [steps], foreach=False, amsgrad=False, lr=rate,
        beta1=settings["beta1"], beta2=settings["beta2"], weight_decay=0, eps=settings["epsilon"], maximize=False,
    )  # fmt: skip
    return parameter[0], {**kept, "t": int(steps)}


def _copied(x: torch.Tensor) -> torch.Tensor:
    """A float64 tensor of its own: torch works in place."""
    return x.detach().to(torch.float64, copy=True)
