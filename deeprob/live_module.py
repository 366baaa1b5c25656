"""A module that always speaks for its file as it is now.

`knn.predict_labels` looks at the file first: when it has changed since the last look, the module runs it
again, in place. So an edit in any editor takes effect at the next use, without restarting the kernel and
without %autoreload. Functions that were taken out of the module before (`f = knn.predict_labels`) stay the
old ones, as everywhere in Python: notebooks therefore always write `knn.predict_labels(...)`.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["FileState", "LiveModule", "live_module"]

# A file changed less than this before we read it may change again without a new time stamp: then we compare
# contents.
_SETTLED_SECONDS = 2.0


@dataclass(frozen=True)
class FileState:
    """Which version of a file we speak of: path, time of change, and the first 8 digits of its SHA-256."""

    path: Path
    changed: datetime
    digest: str

    @classmethod
    def of(cls, path: Path) -> FileState:
        try:
            stat, data = path.stat(), path.read_bytes()
        except OSError as e:
            raise FileNotFoundError(
                f"{path} cannot be read ({e.strerror}). Next step: run the set-up cell again."
            ) from e
        return cls(path, datetime.fromtimestamp(stat.st_mtime), hashlib.sha256(data).hexdigest()[:8])

    def __str__(self) -> str:
        return f"{self.path} · changed {self.changed:%H:%M:%S} · {self.digest}"


class LiveModule(ModuleType):
    """A module whose attributes come from the current content of `path`, and of the live modules that it `uses`.

    Raises (at any attribute):
        FileNotFoundError: the file is gone.
        SyntaxError: the file does not parse; names file and line. The previous version stays in place.
        Exception: whatever the file's own top-level code raises.
    """

    __slots__ = ("_built_on", "_digest", "_lock", "_read_at", "_running", "_seen", "_uses")

    def __init__(self, name: str, path: Path, uses: tuple[LiveModule, ...] = ()) -> None:
        super().__init__(name)
        spec = importlib.util.spec_from_file_location(name, path)
        self.__spec__, self.__file__, self.__package__ = spec, str(path), name.rpartition(".")[0]
        self._lock = threading.RLock()
        self._seen, self._read_at, self._digest, self._running = (0, 0), 0.0, "", False
        self._uses, self._built_on = uses, ("",) * len(uses)

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__") and name not in _OWN:
            refresh(self)
        return super().__getattribute__(name)

    def __dir__(self) -> list[str]:
        refresh(self)
        return sorted(self.__dict__)

    def __repr__(self) -> str:
        return f"<live module {self.__name__!r} from {self.__file__!r}>"


_OWN = frozenset(LiveModule.__slots__)


def refresh(module: LiveModule) -> bool:
    """Run the module's file again if it, or a module that it uses, has changed; True when it has."""
    path = Path(str(module.__file__))
    with module._lock:
        if module._running:  # its own top-level code is asking
            return False
        for used in module._uses:
            refresh(used)
        below = tuple(used._digest for used in module._uses)
        try:
            stat = os.stat(path)
        except OSError as e:
            raise FileNotFoundError(
                f"{path} cannot be read ({e.strerror}). Next step: run the set-up cell again."
            ) from e
        stamp = (stat.st_mtime_ns, stat.st_size)
        if below == module._built_on and stamp == module._seen and stat.st_mtime < module._read_at - _SETTLED_SECONDS:
            return False
        read_at, source = time.time(), path.read_bytes()
        digest = hashlib.sha256(source).hexdigest()
        changed = (digest, below) != (module._digest, module._built_on)
        if changed:
            module._running = True
            try:
                _run(module, source, path)
            finally:
                module._running = False
        module._seen, module._read_at, module._digest, module._built_on = stamp, read_at, digest, below
        return changed


def _run(module: LiveModule, source: bytes, path: Path) -> None:
    code = compile(source, str(path), "exec")  # a SyntaxError leaves the module as it was
    names = module.__dict__
    before = dict(names)
    for name in [n for n in names if not n.startswith("__")]:
        del names[name]
    try:
        exec(code, names)
    except BaseException:
        names.clear()
        names.update(before)
        raise


def live_module(name: str, path: Path, uses: tuple[LiveModule, ...] = ()) -> LiveModule:
    """The live module of `path`, importable as `name` from now on.

    Args:
        name: full name, such as `deeprob.exercises.knn`; its package must exist.
        path: the file.
        uses: live modules that the file imports: when one of them changes, this one is run again.
    """
    path = path.resolve()
    present = sys.modules.get(name)
    if isinstance(present, LiveModule) and Path(str(present.__file__)) == path and present._uses == uses:
        return present
    package_name, _, short = name.rpartition(".")
    package = importlib.import_module(package_name)
    if str(path.parent) not in package.__path__:  # importlib.reload and workers find the same file
        package.__path__.insert(0, str(path.parent))
    module = LiveModule(name, path, uses)
    sys.modules[name] = module
    setattr(package, short, module)
    return module
