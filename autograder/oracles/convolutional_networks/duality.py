"""Expected values for cross-correlation and convolution of one channel, in float64."""

from __future__ import annotations

import torch
import torch.nn.functional as F

__all__ = ["convolution", "correlation", "correlation_gradients", "right_corr2d"]

MOST_PRODUCTS = 10_000_000  # the student's code may call these functions, and no honest call needs more


def correlation(x: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """x (H, W), k (HH, WW) -> (H - HH + 1, W - WW + 1): the kernel slides over the image as it is."""
    return F.conv2d(x.double()[None, None], k.double()[None, None])[0, 0]


def convolution(x: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """The same with the kernel turned by 180 degrees."""
    return correlation(x, k.rot90(2))


def correlation_gradients(
    x: torch.Tensor, k: torch.Tensor, dout: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The gradients of sum(dout * correlation(x, k)) with respect to x and k."""
    inputs = [t.detach().double().requires_grad_() for t in (x, k)]
    dx, dk = torch.autograd.grad(correlation(*inputs), inputs, dout.double())
    return dx, dk


def right_corr2d(x: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """`corr2d` in the dtype of x, for `Student.given`.

    Raises:
        ValueError: the kernel does not fit, or more work than a check asks for.
        RuntimeError: the two are on different devices, of which torch says nothing where one is `meta`.
    """
    if x.dim() != 2 or k.dim() != 2 or any(not 1 <= b <= a for a, b in zip(x.shape, k.shape, strict=True)):
        raise ValueError(f"a kernel of shape {tuple(k.shape)} does not fit into an image of {tuple(x.shape)}")
    if x.device != k.device:
        raise RuntimeError(f"image and kernel are on at least two devices, {x.device} and {k.device}")
    if x.numel() * k.numel() > MOST_PRODUCTS:
        raise ValueError("an image and a kernel larger than were given")
    return correlation(x, k).to(x.dtype)
