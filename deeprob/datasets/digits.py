"""Reads `digits`: real handwriting that scikit-learn carries with it, so that it needs no network.

1,797 digits of 8 x 8 pixels, each the number (0..16) of black points in a 4 x 4 block of the scan. The split is fixed:
the first 1,297 train, the last 500 test, in scikit-learn's order. The order follows the forms as they were scanned, so
neighbours are often by one hand, and a contiguous split shares fewer writers than a random one. The writers themselves
are not recorded in this copy: there are no groups.
"""

from __future__ import annotations

import numpy as np

from deeprob.datasets.archives import Arrays
from deeprob.datasets.errors import DatasetError

__all__ = ["read"]

TRAIN = 1297


def read(split: str) -> Arrays:
    """Images uint8 (N, 1, 8, 8) with values 0..16, and labels int64 (N,)."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise DatasetError(
            "digits", f"scikit-learn, which carries this set, is not there ({error}).", "pip install scikit-learn"
        ) from error
    bundle = load_digits()
    images = bundle.images.astype(np.uint8)[:, None]
    labels = bundle.target.astype(np.int64)
    part = slice(None, TRAIN) if split == "train" else slice(TRAIN, None)
    return Arrays(images[part], labels[part])
