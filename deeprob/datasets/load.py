"""`load`: one way into every data set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from deeprob.datasets import archives, digits, shapes
from deeprob.datasets.archives import Arrays
from deeprob.datasets.catalog import describe
from deeprob.datasets.download import Transport
from deeprob.datasets.errors import DatasetError
from deeprob.datasets.folder import data_folder, locate
from deeprob.datasets.info import DatasetInfo
from deeprob.datasets.split import Split, split_validation

__all__ = ["load"]

SPLITS = ("train", "validation", "test")


def load(
    name: str,
    split: str = "train",
    *,
    validation: float = 0.0,
    by: str | None = None,
    seed: int = 0,
    limit: int | None = None,
    root: Path | str | None = None,
    download: bool = True,
    verify: bool = True,
    progress: bool = True,
    transport: Transport | None = None,
) -> Split:
    """Read a data set; make it or download it when it is not there yet.

    Args:
        name: "digits", "shapes", "cifar10", "mnist", "fashion_mnist" or "props".
        split: "train", "test", or "validation", the part cut from the training images by `validation`.
        validation: share of the training images that goes to validation; "train" is then the rest.
        by: "group" or "image", how validation is cut; None takes groups where the set has them.
        seed: which validation cut.
        limit: use only the first `limit` images (of the training images before validation is cut).
        root: the folder with the official files, or the archive itself; None takes data/ of the kit.
        download: fetch files that are missing.
        verify: compare the files' checksums with the published ones.
        progress: show a progress bar while downloading.
        transport: what speaks to the mirrors, for tests.

    Returns:
        A Split: images uint8 (N, C, H, W), labels int64 (N,), groups int64 (N,) or None.

    Raises:
        DatasetError: it cannot be had; the message names the file, what is wrong and the next step.
    """
    info = describe(name)
    if split not in SPLITS:
        raise DatasetError(name, f"there is no split {split!r}, only {', '.join(SPLITS)}.", "use one of these.")
    if split == "validation" and not validation:
        raise DatasetError(name, "the set has no validation split of its own.", "say how much: validation=0.2, say.")
    official = "test" if split == "test" else "train"
    options = {"download": download, "verify": verify, "progress": progress, "transport": transport}
    whole = _split(info, official, _read(info, official, data_folder(root), options))
    if limit is not None:
        whole = whole.first(limit)
    if split == "test" or not validation:
        return whole
    train, held_out = split_validation(whole, validation, by=by, seed=seed)
    return train if split == "train" else held_out


def _read(info: DatasetInfo, split: str, root: Path, options: dict) -> Arrays:
    if info.name == "digits":
        return digits.read(split)
    if info.name == "shapes":
        return shapes.read(split, root)
    stem = "train" if split == "train" else "t10k"
    files = info.files if len(info.files) == 1 else [file for file in info.files if file.name.startswith(stem)]
    paths = [locate(info, file, root, **options) for file in files]
    if info.name == "cifar10":
        return archives.read_cifar10(paths[0], split)
    if info.name == "props":
        return archives.read_props(paths[0], split)
    return archives.read_idx_pair(*paths)


def _split(info: DatasetInfo, name: str, arrays: Arrays) -> Split:
    groups = None if arrays.groups is None else torch.from_numpy(arrays.groups)
    info = replace(info, classes=arrays.classes or info.classes)
    return Split(torch.from_numpy(arrays.images), torch.from_numpy(arrays.labels), groups, info, name)
