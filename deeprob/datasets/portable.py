"""Random draws that are the same on every machine, in every version of numpy and torch.

`numpy.random.Generator` may change its algorithms between versions, and normal draws pass through the machine's
`log` and `cos`. Here everything comes from the raw 64-bit words of the Philox counter generator, which are specified
to the bit, and from integer arithmetic on them.
"""

from __future__ import annotations

import numpy as np

__all__ = ["Stream", "permutation", "rounded"]


class Stream:
    """A stream of random integers named by a key: the same key, the same integers, whoever asks and when."""

    def __init__(self, *key: int) -> None:
        low, high, *more = [*key, 0, 0]
        if any(more):
            raise ValueError("Stream takes at most two integers as key")
        self._bits = np.random.Philox(key=np.array([low, high], dtype=np.uint64))

    def bytes(self, *shape: int) -> np.ndarray:
        """Uniform uint8 of this shape."""
        count = int(np.prod(shape))
        words = self._bits.random_raw((count + 7) // 8)
        return np.asarray(words, dtype="<u8").view(np.uint8)[:count].reshape(shape)

    def integers(self, low: int, high: int, *shape: int) -> np.ndarray:
        """int32 in low..high, both included. Scales 32 random bits, so the bias is below (high - low) / 2**32."""
        words = self.bytes(*shape, 4).view("<u4")[..., 0].astype(np.uint64)
        return (low + (words * np.uint64(high - low + 1) >> np.uint64(32)).astype(np.int64)).astype(np.int32)

    def bells(self, *shape: int) -> np.ndarray:
        """int32, close to normal: the sum of four bytes less its mean; mean 0, standard deviation 147.8."""
        return self.bytes(*shape, 4).sum(axis=-1, dtype=np.int32) - 510

    def order(self, count: int) -> np.ndarray:
        """0..count-1 in a random order, int64 (count,): the order of `count` random 64-bit words."""
        return np.argsort(self.bytes(count, 8).view("<u8")[:, 0], kind="stable")


def permutation(count: int, *key: int) -> np.ndarray:
    """0..count-1 in the random order that this key names, int64 (count,)."""
    return Stream(*key).order(count)


def rounded(values: np.ndarray) -> np.ndarray:
    """Nearest int32, refused where the last bits of a float could decide the rounding.

    `cos` and `exp` differ between machines in their last bit. Far from a half this cannot change the nearest integer.
    """
    nearest = np.rint(values)
    if np.any(np.abs(np.abs(values - nearest) - 0.5) < 1e-9):
        raise ValueError("a value lies so close to a half that machines may round it differently")
    return nearest.astype(np.int32)
