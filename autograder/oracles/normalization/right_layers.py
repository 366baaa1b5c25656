"""Right layers to put in the place of a student's own, so that a layer written on top of others is judged by itself.

They answer in the dtype of their input, keep plain data in their caches, and refuse work that no honest call asks for:
whoever calls them, they run in the grader.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from autograder.oracles.normalization import layers as oracle

__all__ = ["right_layers"]

MOST_NUMBERS = 1_000_000
KINDS = {"BatchNorm": 2, "SpatialBatchNorm": 4, "LayerNorm": 2, "InstanceNorm": 4, "GroupNorm": 4}


def right_layers(asked: str) -> dict[str, Callable[..., Any]]:
    """All layers but the one that is asked for, by the name under which the exercise knows their methods."""
    given: dict[str, Callable[..., Any]] = {}
    for kind in KINDS:
        if kind != asked:
            given[f"{kind}.forward"] = _forward_of(kind)
            given[f"{kind}.backward"] = _backward
    if asked != "BatchNorm":
        given["BatchNorm.backward_alt"] = _backward
    return given


def _forward_of(kind: str) -> Callable[..., Any]:
    def forward(x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, param: dict[str, Any]) -> tuple[Any, Any]:
        if x.dim() != KINDS[kind]:
            raise ValueError(f"x has {x.dim()} axes, expected {KINDS[kind]}")
        if x.numel() > MOST_NUMBERS:
            raise ValueError("a layer was given more numbers than the check gave to the student's code")
        settings = _settings(kind, x, param)
        out = oracle.output(_layer(kind, settings), x, gamma, beta).to(x.dtype)
        return out, (kind, x, gamma, beta, settings)

    return forward


def _settings(kind: str, x: torch.Tensor, param: dict[str, Any]) -> dict[str, Any]:
    """What the layer depends on besides its inputs; batch norm takes its step of the running statistics here."""
    settings: dict[str, Any] = {"eps": param.get("eps", 1e-5)}
    if kind == "GroupNorm":
        settings["num_groups"] = param["num_groups"]
        if x.shape[1] % settings["num_groups"]:
            raise ValueError(f"{x.shape[1]} channels, {settings['num_groups']} groups")
    if "Batch" in kind:
        old = (
            param.setdefault("running_mean", x.new_zeros(x.shape[1])),
            param.setdefault("running_var", x.new_ones(x.shape[1])),
        )
        if param["mode"] == "test":
            settings["statistics"] = tuple(t.clone() for t in old)
        else:
            mean, var = oracle.running(old, x, param.get("momentum", 0.9))
            param["running_mean"], param["running_var"] = mean.to(old[0].dtype), var.to(old[1].dtype)
    return settings


def _layer(kind: str, settings: dict[str, Any]) -> oracle.Layer:
    if "Batch" in kind:
        return oracle.batch(**settings)
    if kind == "GroupNorm":
        return oracle.group(**settings)
    return oracle.layer(**settings) if kind == "LayerNorm" else oracle.instance(**settings)


def _backward(dout: torch.Tensor, cache: Any) -> tuple[torch.Tensor, ...]:
    kind, x, gamma, beta, settings = cache
    if dout.shape != x.shape:
        raise ValueError(f"dout has shape {tuple(dout.shape)}, and the output had {tuple(x.shape)}")
    found = oracle.gradients(_layer(kind, settings), x, gamma, beta, dout)
    return tuple(g.to(x.dtype) for g in found)
