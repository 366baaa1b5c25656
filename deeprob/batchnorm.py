"""Batch normalization as a given part, so that deep convolutional networks can be built before it is derived.

`BatchNorm` and `SpatialBatchNorm` have the interface of the layers that a later project asks for:
`forward(x, gamma, beta, bn_param) -> (out, cache)` and `backward(dout, cache) -> (dx, dgamma, dbeta)`. The work is
done by torch's own kernels; how their gradient comes about is that project's question and stands nowhere here.

Source: Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate
shift", 2015.
"""

from __future__ import annotations

from typing import Any

import torch

__all__ = ["BatchNorm", "SpatialBatchNorm"]

Cache = tuple[Any, ...]


class BatchNorm:
    """Normalize each of D features over the batch, then scale by gamma and shift by beta."""

    @staticmethod
    def forward(
        x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, bn_param: dict[str, Any]
    ) -> tuple[torch.Tensor, Cache]:
        """out = gamma * (x - mean) / sqrt(var + eps) + beta

        In mode "train" mean and (biased) variance are those of the batch, and the running ones in `bn_param` are
        replaced by momentum * running + (1 - momentum) * batch; in mode "test" the running ones are used.

        Args:
            x: (N, D), float32 or float64; not necessarily contiguous.
            gamma: (D,), the scale.
            beta: (D,), the shift.
            bn_param: `mode` ("train" or "test"), `eps` (1e-5), `momentum` (0.9), `running_mean` (D,) (zeros) and
                `running_var` (D,) (ones); those in brackets hold where the key is missing.

        Returns:
            out: (N, D), and the cache for `backward`. x, gamma and beta are left unchanged.

        Raises:
            ValueError: x has not two axes, gamma or beta is not of shape (D,), or the mode is unknown.
        """
        return _forward(x, gamma, beta, bn_param, axes=2)

    @staticmethod
    def backward(dout: torch.Tensor, cache: Cache) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(dx (N, D), dgamma (D,), dbeta (D,)), in the mode of the forward pass."""
        return _backward(dout, cache)


class SpatialBatchNorm:
    """Normalize each of C channels over all images and places, then scale by gamma and shift by beta."""

    @staticmethod
    def forward(
        x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, bn_param: dict[str, Any]
    ) -> tuple[torch.Tensor, Cache]:
        """As `BatchNorm.forward`, with x and out of shape (N, C, H, W) and everything else of shape (C,)."""
        return _forward(x, gamma, beta, bn_param, axes=4)

    @staticmethod
    def backward(dout: torch.Tensor, cache: Cache) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(dx (N, C, H, W), dgamma (C,), dbeta (C,)), in the mode of the forward pass."""
        return _backward(dout, cache)


def _forward(
    x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, bn_param: dict[str, Any], axes: int
) -> tuple[torch.Tensor, Cache]:
    if x.dim() != axes:
        wanted = "(N, D)" if axes == 2 else "(N, C, H, W)"
        raise ValueError(f"x has shape {tuple(x.shape)}, expected {wanted}")
    size = x.shape[1]
    for name, tensor in (("gamma", gamma), ("beta", beta)):
        if tuple(tensor.shape) != (size,):
            raise ValueError(f"{name} has shape {tuple(tensor.shape)}, expected ({size},)")
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    if mode not in ("train", "test"):
        raise ValueError(f"mode is {mode!r}, expected 'train' or 'test'")
    mean = bn_param.setdefault("running_mean", x.new_zeros(size))
    var = bn_param.setdefault("running_var", x.new_ones(size))

    training = mode == "train"
    running = (None, None) if training else (mean, var)
    out, batch_mean, inverse_std = torch.native_batch_norm(x, gamma, beta, *running, training, 0.0, eps)
    if training:
        batch_var = x.transpose(0, 1).flatten(1).var(dim=1, correction=0)
        bn_param["running_mean"] = momentum * mean + (1 - momentum) * batch_mean
        bn_param["running_var"] = momentum * var + (1 - momentum) * batch_var
    return out, (x, gamma, *running, batch_mean, inverse_std, training, eps)


def _backward(dout: torch.Tensor, cache: Cache) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return torch.ops.aten.native_batch_norm_backward(dout, *cache, [True, True, True])
