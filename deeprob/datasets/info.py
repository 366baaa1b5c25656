"""The form of a data set's description, and how a file is told from the official one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DatasetInfo", "RemoteFile", "checksum"]


@dataclass(frozen=True)
class RemoteFile:
    """One official file: its name, how it is recognised, and the addresses that offer it, best first."""

    name: str
    mirrors: tuple[str, ...]
    sha256: str | None = None
    md5: str | None = None
    size: int | None = None

    def mismatch(self, path: Path) -> str | None:
        """What tells `path` from the official file, as a sentence; None when it is that file."""
        size = path.stat().st_size
        if self.size is not None and size != self.size:
            kind = "truncated" if size < self.size else "not this file"
            return f"expected {self.size:,} bytes, it has {size:,} ({kind})."
        for algorithm, wanted in (("sha256", self.sha256), ("md5", self.md5)):
            if wanted is not None and (found := checksum(path, algorithm)) != wanted:
                return f"expected {algorithm} {wanted[:16]}..., it has {found[:16]}... (corrupt, or another file)."
        return None


@dataclass(frozen=True)
class DatasetInfo:
    """A data set: images are uint8 (N, *shape) with values 0..max_value, labels int64 0..len(classes)-1."""

    name: str
    title: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    train_size: int
    test_size: int
    licence: str
    source: str
    group: str | None = None
    max_value: int = 255
    files: tuple[RemoteFile, ...] = ()

    @property
    def mirrors(self) -> tuple[str, ...]:
        """Every address that offers a file of this set."""
        return tuple(url for file in self.files for url in file.mirrors)

    @property
    def sha256(self) -> dict[str, str | None]:
        """The published SHA-256 of each file, None where none is published."""
        return {file.name: file.sha256 for file in self.files}


def checksum(path: Path, algorithm: str = "sha256") -> str:
    """The hexadecimal digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
