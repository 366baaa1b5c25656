"""Expected values for convolutional networks: scores, losses and gradients from parameters, in float64.

A network is given by its parameters, as `net.params` names them; torch's own convolutions, pooling, batch norm and
autograd do the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

import torch
import torch.nn.functional as F

__all__ = ["Running", "Trace", "deep_scores", "fan_in", "loss_and_gradients", "three_layer_scores"]

EPS, MOMENTUM = 1e-5, 0.9

Params = dict[str, torch.Tensor]
Layer = Callable[[torch.Tensor], torch.Tensor]
Scores = Callable[[Params, torch.Tensor], torch.Tensor]


@dataclass
class Trace:
    """How far a forward pass stays away from the places where ReLU and pooling have no derivative.

    Attributes:
        clearance: the smallest distance of an input of a ReLU from 0, and of the two largest numbers of a pooling
            window from one another, relative to the size of the numbers there.
    """

    clearance: float = float("inf")

    def relu(self, x: torch.Tensor) -> torch.Tensor:
        self._note(x.abs(), x)
        return F.relu(x)

    def pool(self, x: torch.Tensor) -> torch.Tensor:
        """2 x 2, stride 2; windows that are 0 throughout pass no gradient on, so their ties do not count."""
        windows = F.unfold(x.flatten(0, 1)[:, None], 2, stride=2).transpose(1, 2)  # (N * C, windows, 4)
        best, second = windows.topk(2, dim=2).values.unbind(2)
        self._note((best - second)[best > 0], x)
        return F.max_pool2d(x, 2)

    def _note(self, distances: torch.Tensor, x: torch.Tensor) -> None:
        size = float(x.detach().abs().max()) if x.numel() else 0.0
        if distances.numel() and size:
            self.clearance = min(self.clearance, float(distances.detach().min()) / size)


def _parts(trace: Trace | None) -> tuple[Layer, Layer]:
    """ReLU and 2 x 2 max pool."""
    return (trace.relu, trace.pool) if trace else (F.relu, partial(F.max_pool2d, kernel_size=2))


@dataclass
class Running:
    """Running statistics of the batch norms, one (mean, variance) a convolution, each (C,)."""

    statistics: list[tuple[torch.Tensor, torch.Tensor]] = field(default_factory=list)

    def updated(self, i: int, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Those of convolution i after a step of training on x (N, C, H, W)."""
        mean, var = self.statistics[i]
        batch = x.detach().mean((0, 2, 3)), x.detach().var((0, 2, 3), correction=0)
        return MOMENTUM * mean + (1 - MOMENTUM) * batch[0], MOMENTUM * var + (1 - MOMENTUM) * batch[1]


def three_layer_scores(params: Params, X: torch.Tensor, trace: Trace | None = None) -> torch.Tensor:
    """conv - ReLU - 2x2 max pool - linear - ReLU - linear; the convolution keeps height and width."""
    relu, pool = _parts(trace)
    out = pool(relu(F.conv2d(X, params["W1"], params["b1"], padding=params["W1"].shape[2] // 2)))
    hidden = relu(out.flatten(1) @ params["W2"] + params["b2"])
    return hidden @ params["W3"] + params["b3"]


def deep_scores(
    params: Params,
    X: torch.Tensor,
    max_pools: Iterable[int] = (),
    running: Running | None = None,
    train: bool = False,
    trace: Trace | None = None,
) -> torch.Tensor:
    """{conv 3x3 - [batch norm] - ReLU - [2x2 max pool]} x (L - 1) - linear.

    Args:
        max_pools: the convolutions that are followed by a pool, counted from 0.
        running: the statistics of the batch norms, which training updates; None for a network without them.
        train: normalize with the statistics of the batch, instead of the running ones.
    """
    relu, pool = _parts(trace)
    last = sum(name[0] == "W" for name in params)
    out = X
    for i in range(1, last):
        out = F.conv2d(out, params[f"W{i}"], params[f"b{i}"], padding=1)
        if running is not None:
            old = running.statistics[i - 1]
            if train:
                running.statistics[i - 1] = running.updated(i - 1, out)
            mean, var = (out.mean((0, 2, 3)), out.var((0, 2, 3), correction=0)) if train else old
            shape = (1, -1, 1, 1)
            out = (out - mean.view(shape)) / (var.view(shape) + EPS).sqrt()
            out = out * params[f"gamma{i}"].view(shape) + params[f"beta{i}"].view(shape)
        out = relu(out)
        if i - 1 in tuple(max_pools):
            out = pool(out)
    return out.flatten(1) @ params[f"W{last}"] + params[f"b{last}"]


def loss_and_gradients(
    scores: Scores, params: Params, X: torch.Tensor, y: torch.Tensor, reg: float
) -> tuple[torch.Tensor, Params]:
    """Softmax loss plus reg * sum(W * W) over all weights W, and the gradient of every parameter, in float64.

    Args:
        scores: the network, a function of parameters and images.
    """
    leaves = {name: value.detach().double().requires_grad_() for name, value in params.items()}
    loss = F.cross_entropy(scores(leaves, X.double()), y.long())
    loss = loss + reg * sum(leaves[name].square().sum() for name in leaves if name[0] == "W")
    gradients = torch.autograd.grad(loss, list(leaves.values()))
    return loss.detach(), dict(zip(leaves, gradients, strict=True))


def fan_in(weights: torch.Tensor) -> int:
    """How many inputs each output of a layer sums up: W (D, M) or (F, C, K, K)."""
    return weights.shape[0] if weights.dim() == 2 else weights[0].numel()
