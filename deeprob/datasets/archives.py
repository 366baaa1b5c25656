"""Readers of the official archives: CIFAR-10 and PROPS (pickles in a .tar.gz), MNIST and Fashion-MNIST (idx, .gz).

Nothing is unpacked to disk. A reader checks the form of what it reads (names, types, shapes, labels in range, as many
labels as images), so that a foreign or damaged file gives a `DatasetError` and never a wrong array.
"""

from __future__ import annotations

import gzip
import math
import pickle
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from deeprob.datasets.errors import DatasetError
from deeprob.datasets.portable import permutation
from deeprob.datasets.unpickle import load_pickle

__all__ = ["Arrays", "read_cifar10", "read_idx_pair", "read_props"]

REPLACE = "delete the file and call load again to download it, or put a good copy in its place."
DAMAGE = (EOFError, gzip.BadGzipFile, tarfile.TarError, zlib.error, pickle.UnpicklingError)


@dataclass(frozen=True)
class Arrays:
    """Images uint8 (N, C, H, W), labels int64 (N,), groups int64 (N,) or None, and the classes if the file has them."""

    images: np.ndarray
    labels: np.ndarray
    groups: np.ndarray | None = None
    classes: tuple[str, ...] | None = None


@contextmanager
def _reading(path: Path, expected: str) -> Iterator[None]:
    """Turns what damaged bytes raise into one clear error."""
    try:
        yield
    except DatasetError:
        raise
    except DAMAGE as error:
        reason = str(error) or type(error).__name__
        problem = f"expected {expected}; the file is truncated or corrupt ({reason})."
        raise DatasetError(path, problem, REPLACE) from error
    except OSError as error:
        raise DatasetError(path, f"it cannot be read ({error.strerror or error}).", "check the path.") from error


def _members(path: Path, wanted: Callable[[str], bool]) -> dict[str, dict]:
    """The unpickled dictionaries in a .tar.gz whose file name is wanted, by file name."""
    found = {}
    with gzip.open(path) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
        for member in archive:
            name = PurePosixPath(member.name).name
            if member.isfile() and wanted(name):
                content = load_pickle(archive.extractfile(member).read())
                if not isinstance(content, dict):
                    problem = f"{name} holds a {type(content).__name__}, expected a dictionary."
                    raise DatasetError(path, problem, REPLACE)
                found[name] = content
        while stream.read(1 << 20):  # to the end, where gzip's own checksum stands
            pass
    return found


def _checked(path: Path, name: str, batch: dict, shape: tuple[int, ...], classes: int) -> tuple[np.ndarray, np.ndarray]:
    """A batch's data, uint8 (N, *shape), and labels, int64 (N,)."""
    data, labels = batch.get("data"), batch.get("labels")
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.shape[1:] != shape:
        came = f"{data.dtype} {data.shape}" if isinstance(data, np.ndarray) else type(data).__name__
        raise DatasetError(path, f"{name}: data is {came}, expected uint8 (N, {', '.join(map(str, shape))}).", REPLACE)
    labels = _labels(path, name, labels, classes)
    if len(labels) != len(data):
        raise DatasetError(path, f"{name}: {len(labels)} labels for {len(data)} images.", REPLACE)
    return data, labels


def _labels(path: Path, name: str, values: object, classes: int) -> np.ndarray:
    numbers = np.asarray(values if isinstance(values, (list, np.ndarray)) else [None])
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or not ((numbers >= 0) & (numbers < classes)).all():
        raise DatasetError(path, f"{name}: labels are not whole numbers from 0 to {classes - 1}.", REPLACE)
    return numbers.astype(np.int64)


def read_cifar10(path: Path, split: str) -> Arrays:
    """cifar-10-python.tar.gz: data_batch_1 to data_batch_5, or test_batch; rows of 3072 bytes: red, green, blue."""
    wanted = [f"data_batch_{i}" for i in range(1, 6)] if split == "train" else ["test_batch"]
    with _reading(path, "CIFAR-10's Python archive, a .tar.gz of pickles"):
        found = _members(path, {*wanted, "batches.meta"}.__contains__)
    if missing := [name for name in [*wanted, "batches.meta"] if name not in found]:
        raise DatasetError(path, f"it holds no {missing[0]}: not CIFAR-10's Python archive, or truncated.", REPLACE)
    classes = tuple(map(str, found["batches.meta"].get("label_names", ())))
    parts = [_checked(path, name, found[name], (3072,), 10) for name in wanted]
    data, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Arrays(data.reshape(-1, 3, 32, 32), labels, classes=classes)


def read_props(path: Path, split: str) -> Arrays:
    """Progress-Objects-Sample.tar.gz: one <object>_<recording>.pkl a clip, and meta.pkl, which names the test clips.

    The images are put in a fixed random order, as neighbours in a clip are nearly the same. The group of an image is
    the recording's number. Whether one number is one scene for all ten objects is not published; a split by the number
    keeps every clip whole under either reading.
    """
    with _reading(path, "the PROPS archive, a .tar.gz of pickles"):
        found = _members(path, lambda name: name.endswith(".pkl"))
    held_out = found.pop("meta.pkl", {}).get("test_split")
    if not found or not isinstance(held_out, list):
        raise DatasetError(path, "it holds no meta.pkl that names a test_split: not the PROPS archive.", REPLACE)
    images, labels, groups, classes = [], [], [], dict[int, str]()
    for name in sorted(found):
        match = re.fullmatch(r"(.+)_(\d+)\.pkl", name)
        if match is None:
            raise DatasetError(path, f"{name} is not named <object>_<number>.pkl: not the PROPS archive.", REPLACE)
        data, label = _checked(path, name, found[name], (32, 32, 3), 10)
        classes |= dict.fromkeys(label.tolist(), match[1])
        if (name.removesuffix(".pkl") in held_out) == (split == "test"):
            images.append(data)
            labels.append(label)
            groups.append(np.full(len(label), int(match[2])))
    if not images:
        raise DatasetError(path, f"it holds no clip for the {split} split.", REPLACE)
    order = permutation(sum(map(len, labels)), 0)
    data, label, group = (np.concatenate(column)[order] for column in (images, labels, groups))
    names = tuple(classes.get(i, str(i)) for i in range(10))
    return Arrays(np.ascontiguousarray(data.transpose(0, 3, 1, 2)), label, group.astype(np.int64), names)


def _read_idx(path: Path, dimensions: int) -> np.ndarray:
    """An idx file: two zero bytes, type 8 (unsigned byte), number of dimensions, their sizes as big-endian int32."""
    with _reading(path, "a gzipped idx file"):
        content = gzip.decompress(path.read_bytes())
    magic = bytes([0, 0, 8, dimensions])
    if content[:4] != magic or len(content) < 4 + 4 * dimensions:
        expected = f"expected an idx file of {dimensions}-dimensional bytes ({magic.hex()})"
        raise DatasetError(path, f"{expected}, it begins with {content[:4].hex() or 'nothing'}.", REPLACE)
    shape = np.frombuffer(content, ">i4", dimensions, 4).tolist()
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions)
    if min(shape) < 0 or len(values) != math.prod(shape):
        size = " x ".join(map(str, shape))
        raise DatasetError(path, f"expected {size} = {math.prod(shape):,} values, it has {len(values):,}.", REPLACE)
    return values.reshape(shape)


def read_idx_pair(images: Path, labels: Path) -> Arrays:
    """MNIST's and Fashion-MNIST's files of one split."""
    pixels, numbers = _read_idx(images, 3), _read_idx(labels, 1)
    if pixels.shape[1:] != (28, 28):
        raise DatasetError(images, f"images are {pixels.shape[1]} x {pixels.shape[2]}, expected 28 x 28.", REPLACE)
    if len(pixels) != len(numbers):
        raise DatasetError(labels, f"{len(numbers)} labels for {len(pixels)} images in {images.name}.", REPLACE)
    return Arrays(pixels[:, None].copy(), _labels(labels, "the file", numbers, 10))
