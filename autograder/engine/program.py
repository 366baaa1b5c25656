"""What a worker loads: the student's module and what it needs before it, as code that nobody has executed yet."""

from __future__ import annotations

import marshal
import warnings
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Program", "compiled"]


@dataclass(frozen=True)
class Program:
    """What a worker loads.

    Attributes:
        modules: (module name, file as shown, code) in order, the last being the student's; the code is compiled and
            marshalled once, by `compiled`, and never executed on this side.
        forbidden: dotted names of torch functions.
    """

    modules: tuple[tuple[str, str, bytes], ...]
    forbidden: tuple[str, ...]


@lru_cache(maxsize=8)
def compiled(source: bytes, file: str) -> bytes:
    """A module's code as `Program` takes it.

    Raises:
        SyntaxError, ValueError: the source does not compile.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return marshal.dumps(compile(source, file, "exec", dont_inherit=True))
