"""Progress of something long: lines that stay, and below them one line that is replaced as it goes.

    in a notebook      one output that is updated in place; what stays at the end is the lines
    in a terminal      the last line is rewritten
    in a file or pipe  the lines alone

Nothing is ever written to stderr, where a notebook shows it in red.
"""

from __future__ import annotations

import sys
import time
from typing import Any

__all__ = ["Progress", "bar", "duration"]

_REFRESH_SECONDS = 0.1


class Progress:
    """Where progress is shown; a context manager that takes the last, passing line away at its end.

    Args:
        quiet: show nothing.
    """

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet
        self.lines: list[str] = []
        self._passing, self._shown_at = "", 0.0
        self._cell: Any = None  # the output of the notebook's cell
        self._live = not quiet and (_in_notebook() or sys.stdout.isatty())

    def line(self, text: str) -> None:
        """Show a line that stays."""
        if self.quiet:
            return
        self.lines.append(text)
        if self._live and _in_notebook():
            self._passing = ""
            self._update_cell()
        else:
            self._wipe()
            print(text, flush=True)

    def now(self, text: str) -> None:
        """Show what is going on now, in place of what was said before; at most ten times a second."""
        if not self._live or time.monotonic() < self._shown_at + _REFRESH_SECONDS:
            return
        self._shown_at = time.monotonic()
        if _in_notebook():
            self._passing = text
            self._update_cell()
        else:
            self._wipe()
            print(text, end="", flush=True)
            self._passing = text

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exc: object) -> None:
        if not self._live or not self._passing:
            return
        if _in_notebook():
            self._passing = ""
            self._update_cell()
        else:
            self._wipe()

    def __repr__(self) -> str:
        return "\n".join([*self.lines, self._passing] if self._passing else self.lines)

    def _wipe(self) -> None:
        if self._passing:
            print("\r" + " " * len(self._passing) + "\r", end="", flush=True)
            self._passing = ""

    def _update_cell(self) -> None:
        import IPython

        if self._cell is None:
            display: Any = IPython.display.display
            self._cell = display(self, display_id=True)
        else:
            self._cell.update(self)


def bar(done: int, total: int, width: int = 24) -> str:
    """`[======>                 ]`"""
    filled = width * done // max(total, 1)
    return "[" + ("=" * filled + ">")[:width].ljust(width) + "]"


def duration(seconds: float) -> str:
    """`0.8 s`, `42 s`, `3 min 07 s`"""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return hasattr(shell, "kernel")
