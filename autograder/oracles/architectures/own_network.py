"""New images for the student's own network, and what it may cost."""

from __future__ import annotations

import torch

from deeprob.datasets.shapes import generate

__all__ = ["MARGIN", "MOST_BYTES", "MOST_MULTIPLY_ADDS", "MOST_PARAMETERS", "new_images"]

MOST_PARAMETERS = 300_000
MOST_MULTIPLY_ADDS = 30_000_000
MOST_BYTES = 2_000_000
MARGIN = 3.0  # points: the accuracy on 600 images is known to two


def new_images(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Images of the ten classes in a world of their own: (N, 3, 32, 32) in 0..1, and labels (N,)."""
    images, labels, _ = generate("test", count, seed=seed, workers=1)
    return torch.from_numpy(images).float() / 255, torch.from_numpy(labels)
