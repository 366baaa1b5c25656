"""Writes small archives in the exact formats of the official ones: pickles as Python 2 wrote them, tar.gz, idx."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

CIFAR10_CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def python2_pickle(value: object) -> bytes:
    """Protocol 2 as Python 2's cPickle writes it: str as byte strings, arrays through numpy.core.multiarray."""
    return b"\x80\x02" + _python2(value) + b"."


def _python2(value: object) -> bytes:
    if isinstance(value, bool) or value is None:
        return {True: b"\x88", False: b"\x89", None: b"N"}[value]
    if isinstance(value, int):
        return b"K" + bytes([value]) if 0 <= value < 256 else b"J" + struct.pack("<i", value)
    if isinstance(value, str):
        return _python2(value.encode("latin1"))
    if isinstance(value, bytes):
        return b"U" + bytes([len(value)]) + value if len(value) < 256 else b"T" + struct.pack("<i", len(value)) + value
    if isinstance(value, list):
        return b"](" + b"".join(map(_python2, value)) + b"e"
    if isinstance(value, tuple):
        return b"(" + b"".join(map(_python2, value)) + b"t"
    if isinstance(value, dict):
        return b"}(" + b"".join(_python2(key) + _python2(item) for key, item in value.items()) + b"u"
    if isinstance(value, np.ndarray):
        order = "|" if value.dtype.itemsize == 1 else "<"
        dtype = b"cnumpy\ndtype\n" + _python2((value.dtype.str[1:], 0, 1)) + b"R"
        dtype += _python2((3, order, None, None, None, -1, -1, 0)) + b"b"
        built = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n" + _python2((0,)) + _python2("b") + b"\x87R"
        state = b"(K\x01" + _python2(value.shape) + dtype + b"\x89" + _python2(value.tobytes()) + b"t"
        return built + state + b"b"
    raise TypeError(type(value))


def write_tar(path: Path, members: Mapping[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def cifar10_members(images: np.ndarray, labels: list[int], test: int) -> dict[str, bytes]:
    """The last `test` images as test_batch, the rest in five batches; images uint8 (N, 3, 32, 32)."""
    rows, folder = images.reshape(len(images), 3072), "cifar-10-batches-py/"
    meta = {"num_cases_per_batch": 10000, "label_names": CIFAR10_CLASSES, "num_vis": 3072}
    members = {folder + "batches.meta": python2_pickle(meta)}
    parts = np.array_split(np.arange(len(rows) - test), 5)
    named = {f"data_batch_{i + 1}": part for i, part in enumerate(parts)}
    for name, part in (named | {"test_batch": np.arange(len(rows) - test, len(rows))}).items():
        batch = {
            "data": rows[part],
            "labels": [labels[i] for i in part],
            "batch_label": name.replace("_", " "),
            "filenames": [f"image_{i}.png" for i in part],
        }
        members[folder + name] = python2_pickle(batch)
    return members


def props_members(clips: Mapping[str, tuple[np.ndarray, list[int]]], test: list[str]) -> dict[str, bytes]:
    """One pickle a clip, images uint8 (N, 32, 32, 3), as Python 3 writes them; meta.pkl names the test clips."""
    folder = "Progress-Objects-Sample/"
    members = {folder + "meta.pkl": pickle.dumps({"test_split": test})}
    for name, (images, labels) in clips.items():
        members[folder + name + ".pkl"] = pickle.dumps({"data": images, "labels": labels})
    return members


def write_idx(path: Path, values: np.ndarray) -> Path:
    """uint8 of any number of dimensions, gzipped."""
    header = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}i", *values.shape)
    path.write_bytes(gzip.compress(header + values.tobytes()))
    return path
