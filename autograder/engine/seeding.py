"""Random numbers of the student's code start from a seed at each check, without disturbing those of anybody else.

`torch.manual_seed` also notes where it was called from, once for each kind of device that is not in use; that takes
longer than most checks.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import torch

__all__ = ["seed_all", "seeded"]


def seed_all(seed: int) -> None:
    """Seed torch, on the GPU too where it is in use, and Python's random."""
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(seed)
    random.seed(seed)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """While this is open, random numbers start from the seed; afterwards they go on where they were."""
    state, python = torch.default_generator.get_state(), random.getstate()
    gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    seed_all(seed)
    try:
        yield
    finally:
        torch.default_generator.set_state(state)
        random.setstate(python)
        if gpus is not None:
            torch.cuda.set_rng_state_all(gpus)
