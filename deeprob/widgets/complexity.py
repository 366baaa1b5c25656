"""What a network costs against how well it does: the published ImageNet networks, and your own beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets
from matplotlib.figure import Figure

from deeprob.module_text import short
from deeprob.plotting.complexity import Bubble, complexity_chart, published_bubbles
from deeprob.widgets.explorer import Explorer

__all__ = ["ComplexityExplorer", "complexity_explorer"]

ALL = "all"
MEASURES = ("top-5 error", "top-5 accuracy")


class ComplexityExplorer(Explorer):
    """Controls: `measure` (one of MEASURES), `family` (ALL or one to point out), `largest` (multiply-adds in G).

    Args:
        bubbles: the networks with their accuracies in percent; none for the published ones.
    """

    width, height = 8.8, 4.6

    def __init__(self, bubbles: Sequence[Bubble] | None = None) -> None:
        self.bubbles = list(published_bubbles(accuracy=True) if bubbles is None else bubbles)
        self.measures = MEASURES if bubbles is None else ("error", "accuracy")
        super().__init__()

    def controls(self) -> Mapping[str, Any]:
        families = list(dict.fromkeys(b.family for b in self.bubbles))
        limits = sorted({b.multiply_adds for b in self.bubbles})
        return {
            "measure": ipywidgets.ToggleButtons(options=list(self.measures), description="height"),
            "family": ipywidgets.Dropdown(options=[ALL, *families], description="family"),
            "largest": ipywidgets.SelectionSlider(
                options=[(short(n), n) for n in limits], value=limits[-1], description="up to", continuous_update=False
            ),
        }

    def chosen(self, values: Mapping[str, Any]) -> list[Bubble]:
        """The networks within the limit, with the value that is asked for."""
        is_error = values["measure"] == self.measures[0]
        return [
            Bubble(b.name, b.family, b.parameters, b.multiply_adds, 100 - b.value if is_error else b.value)
            for b in self.bubbles
            if b.multiply_adds <= values["largest"]
        ]

    def draw(self, fig: Figure, values: Mapping[str, Any]) -> None:
        highlight = None if values["family"] == ALL else values["family"]
        complexity_chart(
            self.chosen(values),
            title=self._best(values),
            ylabel=f"{values['measure']} (%)",
            highlight=highlight,
            size=(self.width, self.height),
            ax=fig.subplots(),
        )

    def _best(self, values: Mapping[str, Any]) -> str:
        lowest = values["measure"] == self.measures[0]
        best = (min if lowest else max)(self.chosen(values), key=lambda b: b.value)
        return (
            f"Best up to {short(values['largest'])} multiply-adds: {best.name}, {values['measure']} {best.value:.3g} %"
        )

    def describe(self, values: Mapping[str, Any]) -> str:
        members = [b for b in self.chosen(values) if values["family"] in (ALL, b.family)]
        costs = "; ".join(
            f"{b.name} {b.value:.3g} % with {short(b.multiply_adds)} multiply-adds, {short(b.parameters)} parameters"
            for b in sorted(members, key=lambda b: b.multiply_adds)
        )
        return f"{self._best(values)}. {costs or 'No network of this family is so small'}."


def complexity_explorer(bubbles: Sequence[Bubble] | None = None, **start: Any) -> ComplexityExplorer:
    """The explorer, as the last line of a cell; `start` sets controls, such as `family="ResNet"`.

    Args:
        bubbles: your own networks, `Bubble(name, family, parameters, multiply_adds, accuracy in percent)`.
    """
    explorer = ComplexityExplorer(bubbles)
    for name, value in start.items():
        explorer.widgets[name].value = value
    return explorer
