"""Inputs of a check, drawn from a seed.

Numbers come from numpy's Philox generator on the CPU and are then moved to the device, so that one seed gives the same
inputs on a laptop, a grading server and a GPU.
"""

from __future__ import annotations

import hashlib
import hmac

import numpy as np
import torch

__all__ = ["Draw", "check_seed"]


def check_seed(secret: bytes, submission: str, check_id: str) -> bytes:
    """The seed of one check of one submission: 32 bytes, unpredictable without the course's secret."""
    return hmac.new(secret, f"{submission}\0{check_id}".encode(), hashlib.sha256).digest()


class Draw:
    """Draws the inputs of one check.

    Args:
        seed: any bytes; the same seed gives the same sequence of draws.
        device: where the tensors live.
    """

    def __init__(self, seed: bytes, device: str | torch.device = "cpu") -> None:
        self.device = torch.device(device)
        words = np.frombuffer(hashlib.sha256(b"draw" + seed).digest(), dtype=np.uint64)
        self._rng = np.random.Generator(np.random.Philox(key=words[:2]))

    def _tensor(self, values: object, dtype: torch.dtype) -> torch.Tensor:
        return torch.as_tensor(np.asarray(values)).to(dtype).to(self.device)

    def normal(
        self, *shape: int, mean: float = 0.0, std: float = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        """Independent normal numbers of the given shape."""
        return self._tensor(self._rng.standard_normal(shape) * std + mean, dtype)

    def uniform(
        self, *shape: int, low: float = 0.0, high: float = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        """Independent uniform numbers in [low, high)."""
        return self._tensor(self._rng.uniform(low, high, shape), dtype)

    def integers(self, low: int, high: int, *shape: int, dtype: torch.dtype = torch.int64) -> torch.Tensor:
        """Independent integers from low to high - 1."""
        return self._tensor(self._rng.integers(low, high, shape), dtype)

    def number(self, low: int, high: int) -> int:
        """One integer from low to high, both included."""
        return int(self._rng.integers(low, high + 1))

    def real(self, low: float, high: float) -> float:
        """One number in [low, high)."""
        return float(self._rng.uniform(low, high))

    def labels(self, n: int, classes: int, dtype: torch.dtype = torch.int64) -> torch.Tensor:
        """n labels in random order in which, where n allows it, every class occurs."""
        rest = self._rng.integers(0, classes, max(n - classes, 0))
        return self._tensor(self._rng.permutation(np.concatenate([np.arange(classes)[:n], rest])), dtype)

    def permutation(self, n: int) -> torch.Tensor:
        """The numbers 0 to n - 1 in random order, int64."""
        return self._tensor(self._rng.permutation(n), torch.int64)

    def strided(self, x: torch.Tensor) -> torch.Tensor:
        """The values of x in a tensor that is not contiguous: every second column of a transposed buffer."""
        shape = (*reversed(x.shape[1:]), x.shape[0] * 2)
        buffer = torch.full(shape, 7, dtype=x.dtype, device=x.device)
        view = buffer.permute(*reversed(range(x.dim())))[::2]
        return view.copy_(x)
