"""`load`: one way into every data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from deeprob.datasets import digits
from deeprob.datasets.catalog import DatasetInfo, describe
from deeprob.datasets.errors import DatasetError
from deeprob.datasets.split import Split, split_validation

__all__ = ["load"]


def load(name: str, split: str = "train") -> Split:
    info = describe(name)
    images, labels = digits.read(split)
    return Split(torch.from_numpy(images), torch.from_numpy(labels), None, info, split)
