"""Right layers to put in the place of a student's own, so that a network is judged by itself.

They answer in the dtype of their input, keep plain tensors in their caches, and refuse work that no honest call asks
for: whoever calls them, they run in the grader.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

__all__ = ["right_layers"]

MOST_NUMBERS = 5_000_000
MOST_WINDOWS = 20_000_000  # numbers in all windows together
MOST_PRODUCTS = 1_000_000_000


def right_layers() -> dict[str, Callable[..., Any]]:
    """Layers by the name under which the exercise knows them, as `Student.given` takes them."""
    return {
        **{f"{name}.forward": _conv_forward for name in ("Conv", "FastConv")},
        **{f"{name}.backward": _conv_backward for name in ("Conv", "FastConv")},
        **{f"{name}.forward": _pool_forward for name in ("MaxPool", "FastMaxPool")},
        **{f"{name}.backward": _pool_backward for name in ("MaxPool", "FastMaxPool")},
        "Linear.forward": _linear_forward,
        "Linear.backward": _linear_backward,
        "ReLU.forward": _relu_forward,
        "ReLU.backward": _relu_backward,
        "softmax_loss": _softmax_loss,
    }


def _conv_forward(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor, conv_param: dict[str, int]) -> tuple[Any, Any]:
    return _conv(x, w, b, conv_param).detach(), (x, w, b, conv_param)


def _conv_backward(dout: torch.Tensor, cache: Any) -> tuple[torch.Tensor, ...]:
    *inputs, conv_param = cache
    x, w, b = _leaves(*inputs)
    return _gradients(_conv(x, w, b, conv_param), (x, w, b), dout)


def _conv(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor, conv_param: dict[str, int]) -> torch.Tensor:
    stride, pad = conv_param["stride"], conv_param["pad"]
    H, W = x.shape[2] + 2 * pad, x.shape[3] + 2 * pad
    windows = x.shape[0] * (H // stride + 1) * (W // stride + 1) * w[:1].numel()
    _honest(x.shape[0] * x.shape[1] * H * W <= MOST_NUMBERS)
    _honest(windows <= MOST_WINDOWS and windows * w.shape[0] <= MOST_PRODUCTS)
    exact = torch.float64 if x.is_cuda else x.dtype  # a GPU's convolutions round float32 to TF32
    return F.conv2d(x.to(exact), w.to(exact), b.to(exact), stride=stride, padding=pad).to(x.dtype)


def _pool_forward(x: torch.Tensor, pool_param: dict[str, int]) -> tuple[torch.Tensor, Any]:
    return _pool(x, pool_param).detach(), (x, pool_param)


def _pool_backward(dout: torch.Tensor, cache: Any) -> torch.Tensor:
    (x,) = _leaves(cache[0])
    return _gradients(_pool(x, cache[1]), (x,), dout)[0]


def _pool(x: torch.Tensor, pool_param: dict[str, int]) -> torch.Tensor:
    window = pool_param["pool_height"], pool_param["pool_width"]
    _honest(x.numel() <= MOST_NUMBERS and x.numel() * window[0] * window[1] <= MOST_PRODUCTS)
    return F.max_pool2d(x, window, pool_param["stride"])


def _linear_forward(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, Any]:
    if w.dim() != 2 or b.shape != w.shape[1:]:
        raise ValueError(f"w has shape {tuple(w.shape)} and b {tuple(b.shape)}, expected (D, M) and (M,)")
    _honest(len(x) * w.shape[1] <= MOST_NUMBERS and x.numel() * w.shape[1] <= MOST_PRODUCTS)
    return F.linear(x.flatten(1), w.T, b), (x, w)


def _linear_backward(dout: torch.Tensor, cache: Any) -> tuple[torch.Tensor, ...]:
    x, w = _leaves(*cache)
    rows = x.flatten(1)
    if w.dim() != 2 or rows.shape[1] != w.shape[0] or dout.shape != (len(rows), w.shape[1]):
        raise ValueError(f"dout has shape {tuple(dout.shape)}, and the output had {(len(rows), *w.shape[1:])}")
    _honest(max(rows.numel(), w.numel()) <= MOST_NUMBERS and dout.numel() * w.shape[0] <= MOST_PRODUCTS)
    (b,) = _leaves(w.new_zeros(w.shape[1]))
    return _gradients(F.linear(rows, w.T, b), (x, w, b), dout)


def _relu_forward(x: torch.Tensor) -> tuple[torch.Tensor, Any]:
    return F.relu(x), x


def _relu_backward(dout: torch.Tensor, cache: Any) -> torch.Tensor:
    if dout.shape != cache.shape:
        raise ValueError(f"dout has shape {tuple(dout.shape)}, and the output had {tuple(cache.shape)}")
    (x,) = _leaves(cache)
    return _gradients(F.relu(x), (x,), dout)[0]


def _softmax_loss(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    labels = y.long()
    if x.dim() != 2 or labels.shape != x.shape[:1]:
        raise ValueError(f"x has shape {tuple(x.shape)} and y {tuple(y.shape)}, expected (N, C) and (N,)")
    if y.device.type != "meta" and not bool(((labels >= 0) & (labels < x.shape[1])).all()):
        raise IndexError(f"a label is not a class number from 0 to {x.shape[1] - 1}")
    (scores,) = _leaves(x)
    loss = F.cross_entropy(scores, labels)
    (gradient,) = torch.autograd.grad(loss, scores)
    return loss.detach(), gradient


def _leaves(*tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return tuple(t.detach().requires_grad_() for t in tensors)


def _gradients(out: torch.Tensor, leaves: tuple[torch.Tensor, ...], dout: torch.Tensor) -> tuple[torch.Tensor, ...]:
    if dout.shape != out.shape:
        raise ValueError(f"dout has shape {tuple(dout.shape)}, and the output had {tuple(out.shape)}")
    return torch.autograd.grad(out, leaves, dout)


def _honest(small: bool) -> None:
    if not small:
        raise ValueError("a layer was given more numbers than the check gave to the network")
