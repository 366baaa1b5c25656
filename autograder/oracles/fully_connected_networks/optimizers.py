"""Expected steps of the update rules, by torch's fused operations in float64.

`torch.optim` computes the same (a test compares the two) but takes seconds to load.
"""

from __future__ import annotations

from typing import Any

import torch

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
    w, dw = w.double(), dw.double()
    rate = settings["learning_rate"]
    memory = {name: settings.get(name, torch.zeros_like(w)) for name in MEMORY[rule] if name != "t"}
    old = {name: value.double() for name, value in memory.items()}
    if rule == "sgd_momentum":
        velocity = torch.sub(settings["momentum"] * old["velocity"], dw, alpha=rate)
        return w + velocity, {"velocity": velocity}
    if rule == "rmsprop":
        cache = torch.lerp(dw.square(), old["cache"], settings["decay_rate"])
        return torch.addcdiv(w, dw, cache.sqrt() + settings["epsilon"], value=-rate), {"cache": cache}
    t = int(settings.get("t", 0)) + 1
    m = torch.lerp(dw, old["m"], settings["beta1"])
    v = torch.lerp(dw.square(), old["v"], settings["beta2"])
    size = (v / (1 - settings["beta2"] ** t)).sqrt() + settings["epsilon"]
    return torch.addcdiv(w, m, size, value=-rate / (1 - settings["beta1"] ** t)), {"m": m, "v": v, "t": t}
