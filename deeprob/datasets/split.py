"""A split of a data set, and how a validation set is cut from it.

Pictures of one scene look alike. When a random half of a scene's pictures is trained on and the other half validates,
the validation set asks what was already seen: its accuracy says little about new scenes. That is a leak. Where a set
knows its groups (scenes), `split_validation` therefore keeps every group on one side; the random cut stays available,
so that the leak can be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from deeprob.datasets.errors import DatasetError
from deeprob.datasets.info import DatasetInfo
from deeprob.datasets.portable import permutation

__all__ = ["Split", "split_validation"]


@dataclass(frozen=True, eq=False)
class Split:
    """Images and labels of one split.

    Attributes:
        images: uint8 (N, C, H, W), values 0..info.max_value.
        labels: int64 (N,), 0..len(info.classes)-1.
        groups: int64 (N,), pictures with the same number belong together (one scene); None when not known.
        info: the data set's description.
        name: "train", "validation" or "test".
    """

    images: torch.Tensor
    labels: torch.Tensor
    groups: torch.Tensor | None
    info: DatasetInfo
    name: str

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        shape = " x ".join(map(str, self.images.shape[1:]))
        groups = "" if self.groups is None else f", {len(self.groups.unique())} groups"
        return f"<{self.info.name} {self.name}: {len(self)} images {shape}, {len(self.classes)} classes{groups}>"

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, by label."""
        return self.info.classes

    def floats(self, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """The images as numbers in [0, 1]: (N, C, H, W) of this dtype."""
        return self.images.to(dtype) / self.info.max_value

    def subset(self, indices: Sequence[int] | torch.Tensor, name: str | None = None) -> Split:
        """The images with these indices, in this order; indices int (M,)."""
        index = torch.as_tensor(indices, dtype=torch.int64)
        groups = None if self.groups is None else self.groups[index]
        images, labels = self.images[index], self.labels[index]
        return replace(self, images=images, labels=labels, groups=groups, name=name or self.name)

    def first(self, count: int) -> Split:
        """The first `count` images."""
        if not 0 < count <= len(self):
            raise DatasetError(
                f"{self.info.name} {self.name}",
                f"{count} images are asked for, it has {len(self)}.",
                f"ask for 1 to {len(self)}.",
            )
        return self.subset(torch.arange(count))


def split_validation(
    split: Split, fraction: float = 0.2, *, by: str | None = None, seed: int = 0
) -> tuple[Split, Split]:
    """Cut a validation set from a split.

    Args:
        split: what to cut, usually the training split.
        fraction: share of the images that goes to validation, 0 < fraction < 1. By group it is met as nearly as
            whole groups allow.
        by: "group" keeps the images of a group on one side; "image" draws images at random and leaks where there are
            groups. None takes "group" where the set has groups, otherwise "image".
        seed: which draw; the same seed gives the same cut on every machine.

    Returns:
        (train, validation), each in the order of `split`.

    Raises:
        DatasetError: the fraction leaves one side empty, or the set has no groups to split by.
    """
    where = f"{split.info.name} {split.name}"
    if not 0 < fraction < 1:
        raise DatasetError(where, f"the fraction {fraction} is not between 0 and 1.", "use 0.1 or 0.2, say.")
    if by is None:
        by = "image" if split.groups is None else "group"
    if by == "image":
        units = torch.arange(len(split))
    elif by == "group" and split.groups is not None:
        units = split.groups
    elif by == "group":
        raise DatasetError(where, "this set has no groups.", 'split by="image", or use a set with groups ("shapes").')
    else:
        raise DatasetError(where, f'by={by!r} is neither "group" nor "image".', "use one of these two.")
    chosen = _choose(units, fraction, seed)
    if chosen.all() or not chosen.any():
        raise DatasetError(
            where,
            f"a fraction of {fraction} of {len(split)} images in {len(units.unique())} {by}s leaves one side empty.",
            "use another fraction or more images.",
        )
    every = torch.arange(len(split))
    return split.subset(every[~chosen], "train"), split.subset(every[chosen], "validation")


def _choose(units: torch.Tensor, fraction: float, seed: int) -> torch.Tensor:
    """bool (N,): images whose unit comes early enough in a random order to fill the fraction, as nearly as it goes."""
    _, position, counts = units.unique(return_inverse=True, return_counts=True)
    order = torch.from_numpy(permutation(len(counts), seed, 1))
    filled = counts[order].cumsum(0)  # (units,): images in the first 1, 2, ... units of the order
    wanted = round(fraction * len(units))
    number = int((filled - wanted).abs().argmin()) + 1
    picked = torch.zeros(len(counts), dtype=torch.bool)
    picked[order[:number]] = True
    return picked[position]
