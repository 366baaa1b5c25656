"""Your normalization layers inside a PyTorch model: your forward and your backward do the work, torch does the rest.

    net = nn.Sequential(nn.Conv2d(3, 16, 3), Normalization(norm.SpatialBatchNorm, 16), nn.ReLU())
    net.train(); net.eval()          # "train" or "test" in bn_param["mode"]

torch's own automatic differentiation never looks into your layer. Forward it calls `layer.forward` and keeps your
cache; backward it hands the cache to `layer.backward` and passes on what comes back. So a network trains only as well
as your gradients are right.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.autograd.function import once_differentiable

__all__ = ["Normalization", "ResponseNormalization"]


class _Layer(torch.autograd.Function):
    """One call of a layer's static `forward` and `backward`; `tensors` are those that get a gradient."""

    @staticmethod
    def forward(ctx: Any, layer: Any, param: dict[str, Any], *tensors: torch.Tensor) -> torch.Tensor:
        out, ctx.cache = layer.forward(*(t.detach() for t in tensors), param)
        ctx.layer = layer
        return out.clone()  # the cache may hold out itself, and would keep it alive with its graph

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dout: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        grads = ctx.layer.backward(dout, ctx.cache)
        return (None, None, *(grads if isinstance(grads, tuple) else (grads,)))


class Normalization(nn.Module):
    """A layer with `forward(x, gamma, beta, param) -> (out, cache)` and `backward(dout, cache)` as a torch module.

    Args:
        layer: the class, such as `norm.BatchNorm`.
        features: the size of gamma and beta, which start at 1 and 0.
        param: what the layer is given, such as `momentum=0.9` or `num_groups=4`.

    Attributes:
        gamma, beta: (features,), learned.
        param: the dict that the layer is given in every call. It holds also the mode, "train" or "test" as the module
            is in training or not, and what the layer writes into it, such as the running statistics.
    """

    def __init__(self, layer: Any, features: int, **param: Any) -> None:
        super().__init__()
        self.layer, self.param = layer, dict(param)
        self.gamma, self.beta = nn.Parameter(torch.ones(features)), nn.Parameter(torch.zeros(features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.param["mode"] = "train" if self.training else "test"
        return _Layer.apply(self.layer, self.param, x, self.gamma, self.beta)

    def extra_repr(self) -> str:
        settings = "".join(f", {k}={v}" for k, v in self.param.items() if isinstance(v, (int, float)))
        return f"{self.layer.__name__}, {len(self.gamma)}{settings}"


class ResponseNormalization(nn.Module):
    """The same for a layer without weights, `forward(x, param) -> (out, cache)` and `backward(dout, cache) -> dx`."""

    def __init__(self, layer: Any, **param: Any) -> None:
        super().__init__()
        self.layer, self.param = layer, dict(param)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return _Layer.apply(self.layer, self.param, x)

    def extra_repr(self) -> str:
        return ", ".join([self.layer.__name__, *(f"{k}={v}" for k, v in self.param.items())])
