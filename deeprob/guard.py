"""Cells that need code which is not written yet say so in a card, and the notebook goes on.

Skeletons raise `NotImplementedError("knn.predict_labels: not implemented yet")`. In a notebook that would
be a traceback, and "Run all" would stop at it. `install_guard` makes it a card instead; the same for the
NameError of a later cell that uses a variable which such a cell did not get to define. Every other mistake
keeps its traceback.
"""

from __future__ import annotations

import ast
import traceback
from types import TracebackType
from typing import Any

import IPython

from deeprob.cards import Card, Row, show

__all__ = ["Guard", "install_guard", "not_implemented_card", "unimplemented"]

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


class Guard:
    """The two hooks in IPython, and which names cells did not get to define, for want of which question."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.waiting: dict[str, str] = {}  # name of a variable -> question

    def show_instead(
        self,
        shell: Any,
        kind: type[BaseException],
        error: BaseException,
        tb: TracebackType,
        tb_offset: int | None = None,
    ) -> None:
        """Called by IPython in place of a traceback, for the kinds of error that are registered."""
        if unimplemented(error):
            show(not_implemented_card(error))
        elif self.cause(error):
            rows = (Row("next step", "run that cell again when the question is done, then this one"),)
            name = getattr(error, "name", "")
            show(Card("todo", f"This cell needs {name} from a cell above, which needs {self.cause(error)}.", rows))
        else:
            shell.showtraceback((kind, error, tb), tb_offset=tb_offset)

    def cause(self, error: BaseException | None) -> str:
        """The question for want of which the cell with this error stopped; empty when the error is another one."""
        if isinstance(error, NameError):
            frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
            in_cell = bool(frames) and frames[-1].f_globals is self.shell.user_ns
            return self.waiting.get(error.name or "", "") if in_cell else ""
        return unimplemented(error)

    def after_cell(self, result: Any) -> None:
        """Called by IPython after each cell: errors that were shown as cards do not stop the notebook."""
        if result is None or result.info is None:
            return
        question = self.cause(result.error_in_exec)
        names = assigned_names(result.info.raw_cell or "")
        for name in names:
            if question:
                self.waiting[name] = question
            else:
                self.waiting.pop(name, None)
        if question:
            result.error_in_exec = None


def assigned_names(cell: str) -> set[str]:
    """Names that a cell assigns; none when it does not parse."""
    try:
        tree = ast.parse(cell)
    except SyntaxError:  # magics
        return set()
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def install_guard(shell: Any | None = None) -> bool:
    """Install the guard in the running IPython; True when there is one. Safe to call again."""
    shell = shell or IPython.get_ipython()
    if shell is None:
        return False
    guard = Guard(shell)
    shell.set_custom_exc((NotImplementedError, NameError), guard.show_instead)
    for callback in list(shell.events.callbacks["post_run_cell"]):
        if isinstance(getattr(callback, "__self__", None), Guard):
            shell.events.unregister("post_run_cell", callback)
    shell.events.register("post_run_cell", guard.after_cell)
    return True
