"""Whose turn it is to speak to a student's process, which serves one check after the other.

The way to the process tells the order of the checks what becomes of each request, and is told by it to send one early.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["Asking", "Order"]


class Asking(Protocol):
    """A check's way to the process."""

    def send_early(self) -> None:
        """Send the check's first request before its turn has come."""
        ...

    def is_ahead(self) -> bool:
        """Whether the process may be at work for the check although its turn has not come."""
        ...


class Order:
    """The checks run one after the other, and nothing happens in between; `ahead.RunAhead` does better."""

    def await_turn(self, asking: Asking) -> None:
        """A check has its first request."""

    def asks(self) -> None:
        """A check has another request."""

    def meanwhile(self) -> None:
        """The process has got something to do."""

    def answered(self) -> None:
        """A check has its answer."""
