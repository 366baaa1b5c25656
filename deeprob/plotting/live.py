"""A picture that is drawn anew as results come in, in one place of the notebook."""

from __future__ import annotations

import time
from typing import Any, Self

import IPython
from matplotlib.figure import Figure

from deeprob.plotting.style import bundle

__all__ = ["LivePicture"]

_REDRAW_SECONDS = 0.7


class LivePicture:
    """What `LiveSearch`, `LiveGrid` and `LiveTrials` share; at the end of its `with` it shows all there is.

    Args:
        title: the picture's title.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._place: Any = None  # in the cell's output
        self._drawn_at = -_REDRAW_SECONDS

    def has_results(self) -> bool:
        """Whether there is something to show."""
        raise NotImplementedError

    def describe(self) -> str:
        """The picture in words."""
        raise NotImplementedError

    def figure(self) -> Figure:
        """The picture as it is now."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw it, unless that was done a moment ago."""
        if time.monotonic() - self._drawn_at >= _REDRAW_SECONDS:
            self._show()
            self._drawn_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.has_results():
            self._show()

    def _show(self) -> None:
        if IPython.get_ipython() is None:
            return
        data, metadata = bundle(self.figure(), self.describe())
        if self._place is None:
            display: Any = IPython.display.display
            self._place = display(data, raw=True, metadata=metadata, display_id=True)
        else:
            self._place.update(data, raw=True, metadata=metadata)
