"""Cells that need code which is not written yet say so in a card, and the notebook goes on.

Skeletons raise `NotImplementedError("knn.predict_labels: not implemented yet")`. In a notebook that would
be a traceback, and "Run all" would stop at it. `install_guard` makes it a card instead, for this error
alone: any other NotImplementedError, and every other mistake, keeps its traceback.
"""

from __future__ import annotations

import sys
import traceback
from types import TracebackType
from typing import Any

from deeprob.cards import Card, Row, show

__all__ = ["install_guard", "not_implemented_card", "unimplemented"]

_SUFFIX = ": not implemented yet"


def unimplemented(error: BaseException | None) -> str:
    """The question that a skeleton's NotImplementedError names, such as `knn.predict_labels`; else ""."""
    text = str(error) if isinstance(error, NotImplementedError) else ""
    return text.removesuffix(_SUFFIX) if text.endswith(_SUFFIX) else ""


def not_implemented_card(error: BaseException) -> Card:
    """The card for a skeleton's error: which function, in which file, at which line."""
    title = f"{unimplemented(error)} is not implemented yet; this cell needs it."
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return Card("todo", title)
    place = f"line {frames[-1].lineno} of {frames[-1].filename}"
    return Card("todo", title, (Row("next step", f"replace the TODO at {place}, save, run this cell again"),))


def _show_instead(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    tb: TracebackType,
    tb_offset: int | None = None,
) -> None:
    if not unimplemented(error):
        shell.showtraceback((kind, error, tb), tb_offset=tb_offset)
        return
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")  # no half-drawn figure below the card
    show(not_implemented_card(error))


def _carry_on(result: Any) -> None:
    """After a cell: a skeleton's error does not count as one, so that the cells after it run."""
    if result is not None and unimplemented(getattr(result, "error_in_exec", None)):
        result.error_in_exec = None


def install_guard(shell: Any | None = None) -> bool:
    """Install the guard in the running IPython; True when there is one. Safe to call again."""
    if shell is None:
        from IPython import get_ipython

        shell = get_ipython()
    if shell is None:
        return False
    shell.set_custom_exc((NotImplementedError,), _show_instead)
    for callback in list(shell.events.callbacks["post_run_cell"]):
        if getattr(callback, "__name__", "") == _carry_on.__name__:
            shell.events.unregister("post_run_cell", callback)
    shell.events.register("post_run_cell", _carry_on)
    return True
