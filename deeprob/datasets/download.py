"""Fetches an official file: from several mirrors in turn, resumed where it stopped, checked before it gets its name.

Bytes go to `<name>.part` and the file gets its name only when its checksum is right: what has a name is whole. A part
outlives a broken connection, so that the next call, or the next mirror, goes on where it stopped. A transport
(anything with `open(url, start) -> Reply`) stands between this and the network, so that tests need none.
"""

from __future__ import annotations

import errno
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from deeprob.datasets.errors import DatasetError
from deeprob.datasets.info import RemoteFile

__all__ = ["Reply", "Transport", "UrlTransport", "fetch", "writing"]

BLOCK = 1 << 18
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Reply:
    """An answer: the byte it starts at, how many bytes it announces (None when it does not say), and the bytes."""

    start: int
    length: int | None
    blocks: Iterator[bytes]


class Transport(Protocol):
    """What asks for a file from byte `start` on. Any OSError says that the mirror did not answer."""

    def open(self, url: str, start: int) -> AbstractContextManager[Reply]: ...


class UrlTransport:
    """HTTP through the standard library."""

    def __init__(self, timeout: float = 30) -> None:
        self.timeout = timeout

    @contextmanager
    def open(self, url: str, start: int) -> Iterator[Reply]:
        request = urllib.request.Request(url, headers={"User-Agent": "deeprob", "Accept-Encoding": "identity"})
        if start:
            request.add_header("Range", f"bytes={start}-")
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                announced = answer.headers.get("Content-Length", "")
                length = int(announced) if announced.isdecimal() else None
                began = _range_start(answer.headers.get("Content-Range", "")) if answer.status == 206 else 0
                yield Reply(began, length, iter(lambda: answer.read(BLOCK), b""))
        except http.client.HTTPException as error:
            raise OSError(f"the connection broke ({type(error).__name__})") from error


def _range_start(header: str) -> int:
    """The first byte's number in "bytes 100-199/200"."""
    first = header.removeprefix("bytes ").partition("-")[0]
    if not first.isdecimal():
        raise OSError(f"the server sent a part without saying which ({header!r})")
    return int(first)


@contextmanager
def writing(target: Path) -> Iterator[BinaryIO]:
    """Open `<target>.tmp` to write; it becomes `target` at the end, and goes when anything fails.

    Raises:
        DatasetError: the folder cannot be written, or the disk is full.
    """
    temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            yield file
        os.replace(temporary, target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _cannot_write(target: Path, error: OSError, size: int | None = None) -> DatasetError:
    if error.errno in FULL:
        need = "" if size is None else f" The file has {size / 1e6:,.1f} MB."
        next_step = "free some space, or pass root=FOLDER on another disk."
        return DatasetError(target, f"the disk is full; nothing was kept.{need}", next_step)
    return DatasetError(target, f"cannot be written ({error.strerror or error}).", "pass root=FOLDER to load.")


def fetch(file: RemoteFile, folder: Path, transport: Transport | None = None, progress: bool = True) -> Path:
    """Download a file into a folder.

    Args:
        file: what to fetch, and how to recognise it.
        folder: where to; made when missing.
        transport: what speaks to the mirrors; None takes HTTP.
        progress: show a progress bar.

    Returns:
        The path of the whole, checked file.

    Raises:
        DatasetError: no mirror gave the right file, or it cannot be written; the message says what each mirror did.
    """
    target, problems = folder / file.name, []
    part = target.with_name(target.name + ".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(target, error) from error
    for url in file.mirrors:
        resumed = part.exists()
        problem = _try_mirror(file, url, part, target, transport or UrlTransport(), progress)
        if problem and resumed and not part.exists():  # what was resumed was no good: once more from the start
            problem = _try_mirror(file, url, part, target, transport or UrlTransport(), progress)
        if problem is None:
            return target
        problems.append(f"{urlsplit(url).hostname}: {problem}")
    raise DatasetError(
        target,
        f"no mirror gave this file. {'; '.join(problems)}.",
        f"check the network and call load again, or get the file another way and put it at {target}; "
        'load("digits") and load("shapes") need no network.',
    )


def _try_mirror(
    file: RemoteFile, url: str, part: Path, target: Path, transport: Transport, progress: bool
) -> str | None:
    """Download from one mirror and check. None when `target` is there; otherwise what went wrong, in words."""
    try:
        _receive(file, url, part, transport, progress)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # the part is as long as the file, or longer: let the checksum decide
            pass
        else:
            return f"HTTP {error.code} {error.reason}"
    except OSError as error:
        return str(getattr(error, "reason", None) or error) or type(error).__name__
    if not part.exists():
        return "it sent nothing"
    if _is_web_page(part):
        part.unlink()
        return "it sent a web page, not the file"
    if file.size is not None and part.stat().st_size < file.size:
        return f"the connection ended after {part.stat().st_size:,} of {file.size:,} bytes"
    if problem := file.mismatch(part):
        part.unlink()
        return problem.rstrip(".")
    try:
        os.replace(part, target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    return None


def _is_web_page(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(200).lstrip().lower().startswith((b"<!doctype", b"<html"))


def _receive(file: RemoteFile, url: str, part: Path, transport: Transport, progress: bool) -> None:
    """Append to the part what the mirror sends; start anew when it does not resume."""
    have = part.stat().st_size if part.exists() else 0
    with transport.open(url, have) as reply:
        if reply.start not in (0, have):
            raise OSError(f"asked for bytes from {have:,} on, it sent them from {reply.start:,} on")
        total = file.size or (reply.length and reply.start + reply.length)
        received = 0
        with _opened(part, "ab" if reply.start else "wb", file.size) as out, _bar(file, total, progress) as bar:
            bar.update(reply.start)
            for block in reply.blocks:
                _write(out, block, part, file.size)
                bar.update(len(block))
                received += len(block)
        if reply.length is not None and received < reply.length:
            raise OSError(f"the connection ended after {received:,} of {reply.length:,} bytes")


def _opened(part: Path, mode: str, size: int | None) -> BinaryIO:
    try:
        return part.open(mode, buffering=0)
    except OSError as error:
        raise _cannot_write(part, error, size) from error


def _write(out: BinaryIO, block: bytes, part: Path, size: int | None) -> None:
    try:
        view = memoryview(block)
        while view:
            view = view[out.write(view) :]
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _cannot_write(part.with_suffix(""), error, size) from error


def _bar(file: RemoteFile, total: int | None, progress: bool):
    from tqdm.auto import tqdm

    return tqdm(total=total, desc=file.name, unit="B", unit_scale=True, unit_divisor=1000, disable=not progress)
