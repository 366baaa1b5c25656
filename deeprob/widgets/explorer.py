"""What the explorers share: controls at the left, a picture at the right that is drawn anew at each change.

The picture is an image widget that receives PNG bytes: this works in JupyterLab, the classic notebook and
Colab, with ipywidgets 7 and 8, without flicker and without any matplotlib backend.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import IPython
import ipywidgets
import matplotlib
from matplotlib.figure import Figure

from deeprob.plotting.style import STYLE, png, show

__all__ = ["Explorer"]


class Explorer:
    """Controls by name, and a picture of their values.

    A subclass says `controls()` and `draw(figure, values)`, and `describe(values)`: the picture in words.
    """

    width, height = 7.0, 3.4
    _DPI = 96

    def __init__(self) -> None:
        self.widgets: Mapping[str, Any] = self.controls()
        self.image = ipywidgets.Image(format="png", layout=ipywidgets.Layout(max_width="100%"))
        self.caption = ipywidgets.HTML()
        for widget in self.widgets.values():
            widget.observe(self._changed, names="value")
        panel = ipywidgets.VBox(list(self.widgets.values()), layout=ipywidgets.Layout(min_width="300px"))
        row = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        self.box = ipywidgets.VBox([ipywidgets.HBox([panel, self.image], layout=row), self.caption])
        self.redraw()

    def controls(self) -> Mapping[str, Any]:
        raise NotImplementedError

    def draw(self, fig: Figure, values: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def describe(self, values: Mapping[str, Any]) -> str:
        raise NotImplementedError

    @property
    def values(self) -> dict[str, Any]:
        return {name: widget.value for name, widget in self.widgets.items()}

    def redraw(self) -> None:
        """Draw the picture for the present values of the controls."""
        self.image.value = png(self._figure(self.values), self._DPI)
        self.caption.value = self.describe(self.values)

    def static(self, **values: Any) -> None:
        """Show the picture without controls, for the present values or for these."""
        chosen = self.values | values
        show(self._figure(chosen), self.describe(chosen))

    def _figure(self, values: Mapping[str, Any]) -> Figure:
        with matplotlib.rc_context(STYLE):
            fig = Figure(figsize=(self.width, self.height), layout="constrained")
            self.draw(fig, values)
        return fig

    def _changed(self, change: Any) -> None:
        self.redraw()

    def _ipython_display_(self, **kwargs: Any) -> None:
        """The controls where widgets run, the picture where they do not."""
        bundle = {
            "text/plain": f"[explorer: {self.describe(self.values)}]",
            "image/png": base64.b64encode(self.image.value).decode(),
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.box.model_id,
            },
        }
        show_bundle: Any = IPython.display.display
        show_bundle(bundle, raw=True)
