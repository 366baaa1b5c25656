"""Where data lies: the kit's `data/`, or a folder of the user's, and which file in it is meant."""

from __future__ import annotations

import os
from pathlib import Path

from deeprob.datasets.archives import REPLACE
from deeprob.datasets.catalog import owner
from deeprob.datasets.download import Transport, fetch
from deeprob.datasets.errors import DatasetError
from deeprob.datasets.info import DatasetInfo, RemoteFile

__all__ = ["data_folder", "locate"]


def data_folder(root: Path | str | None = None) -> Path:
    """`root`; else $DEEPROB_DATA; else `data/` of this checkout; else ~/.cache/deeprob when the kit was installed."""
    if root is not None:
        return Path(root).expanduser()
    if chosen := os.environ.get("DEEPROB_DATA"):
        return Path(chosen).expanduser()
    checkout = Path(__file__).resolve().parents[2]
    return checkout / "data" if (checkout / "course.toml").exists() else Path.home() / ".cache" / "deeprob"


def locate(
    info: DatasetInfo,
    file: RemoteFile,
    root: Path,
    *,
    download: bool = True,
    verify: bool = True,
    transport: Transport | None = None,
    progress: bool = True,
) -> Path:
    """The path of an official file: `root` itself, root/<set>/<file> or root/<file>; fetched when it is nowhere.

    Args:
        info, file: which file of which set.
        root: a folder, or the file itself.
        download: fetch it when it is missing.
        verify: compare its checksum with the published one.
        transport, progress: as in `fetch`.

    Raises:
        DatasetError: the file is missing, or not the official one.
    """
    if root.is_file():
        if len(info.files) > 1:
            names = ", ".join(each.name for each in info.files)
            raise DatasetError(root, f"{info.name} needs a folder with {names}, this is a file.", "pass the folder.")
        return _verified(root, info, file) if verify else root
    if root.suffix in (".gz", ".tgz") and not root.exists():
        raise DatasetError(root, f"there is no such file; {info.name} was to be read from it.", "check the path.")
    for path in (root / info.name / file.name, root / file.name):
        if path.is_file():
            if path.parent == root and len(info.files) > 1 and owner(path) not in (None, info.name):
                continue  # MNIST and Fashion-MNIST name their files alike
            return _verified(path, info, file) if verify else path
    if not download:
        raise DatasetError(
            root / info.name / file.name, "it is not there, and download=False.", f"get it from {file.mirrors[0]}"
        )
    return fetch(file, root / info.name, transport, progress)


def _verified(path: Path, info: DatasetInfo, file: RemoteFile) -> Path:
    problem = file.mismatch(path)
    if problem is None:
        return path
    other = owner(path)
    if other is not None:
        problem = f"expected {info.title}'s {file.name}, this is a file of {other}."
    raise DatasetError(path, problem, REPLACE)
