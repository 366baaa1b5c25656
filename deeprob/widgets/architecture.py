"""What a network is made of and what it costs: a table with bars, and block diagrams, of the whole or of a part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets
from matplotlib.figure import Figure

from deeprob.models.catalogue import Entry, catalogue
from deeprob.module_text import shape_text
from deeprob.network_costs import NetworkCosts, network_costs
from deeprob.plotting.architectures import describe_costs, draw_costs
from deeprob.plotting.block_diagram import describe_diagram, draw_diagram, plan_diagram
from deeprob.plotting.diagram_layout import Layout
from deeprob.widgets.explorer import Explorer

__all__ = ["WHOLE", "ArchitectureExplorer", "architecture_explorer"]

WHOLE = "whole network"
VIEWS = ("costs", "diagram")
_ROWS, _DEPTH = 24, 3  # of a table; how deep in the network a part may lie


class _Opened:
    """A network on meta, and what was found out about it."""

    def __init__(self, entry: Entry) -> None:
        self.net, self.input_shape = entry.on_meta(), entry.input_shape
        self._costs = network_costs(self.net, self.input_shape)
        self.parts = [name for name in self._costs.parts if name.count(".") < _DEPTH]
        self._plans: dict[str, Layout] = {}

    def costs(self, part: str) -> NetworkCosts:
        return self._costs if part == WHOLE else self._costs.part(part)

    def shape(self, part: str) -> tuple[int, ...]:
        """What the part is given."""
        return self.input_shape if part == WHOLE else self._costs.parts[part].input_shape

    def plan(self, part: str) -> Layout:
        if part not in self._plans:
            module = self.net if part == WHOLE else self.net.get_submodule(part)
            self._plans[part] = plan_diagram(module, self.shape(part), max_height=6.0)
        return self._plans[part]


class ArchitectureExplorer(Explorer):
    """Controls: `model`, `view` ("costs" or "diagram"), and `part`: WHOLE or a module of the network, by name.

    Args:
        models: name -> how it is built, and its image; see `deeprob.models.catalogue`. A network is built when it is
            first chosen, so a change in your file is seen by a new explorer.
    """

    def __init__(self, models: Mapping[str, Entry]) -> None:
        self.models = dict(models)
        self._opened: dict[str, _Opened] = {}
        self._choosing = False
        super().__init__()

    def controls(self) -> Mapping[str, Any]:
        names = list(self.models)
        return {
            "model": ipywidgets.Dropdown(options=names, description="model"),
            "view": ipywidgets.ToggleButtons(options=list(VIEWS), description="view", style={"button_width": "80px"}),
            "part": ipywidgets.Dropdown(options=self._parts(names[0]), description="part"),
        }

    def opened(self, name: str) -> _Opened | str:
        """The network, or one sentence that says why there is none."""
        if name not in self._opened:
            try:
                self._opened[name] = _Opened(self.models[name])
            except Exception as e:  # the code that builds it is the student's
                reason = (str(e).splitlines() or [""])[0]
                return f"{name} cannot be built: {reason or type(e).__name__}"
        return self._opened[name]

    def draw(self, fig: Figure, values: Mapping[str, Any]) -> None:
        opened, part = self.opened(values["model"]), values["part"]
        if isinstance(opened, str):
            ax = fig.subplots()
            ax.axis("off")
            ax.text(0.5, 0.5, opened, ha="center", va="center", wrap=True)
        elif values["view"] == "costs":
            draw_costs(list(fig.subplots(1, 4, width_ratios=(2.5, 1, 1, 1))), opened.costs(part).at_most(_ROWS))
        else:
            draw_diagram(fig.subplots(), opened.plan(part))

    def describe(self, values: Mapping[str, Any]) -> str:
        opened, part = self.opened(values["model"]), values["part"]
        if isinstance(opened, str):
            return opened
        which = values["model"] if part == WHOLE else f"{part} of {values['model']}"
        if values["view"] == "diagram":
            return f"{which}, {describe_diagram(opened.plan(part))}."
        return f"{which} for {shape_text(opened.shape(part))}: {describe_costs(opened.costs(part))}"

    def _figure(self, values: Mapping[str, Any]) -> Figure:
        opened, part = self.opened(values["model"]), values["part"]
        if isinstance(opened, str):
            self.width, self.height = 7.0, 1.6
        elif part != WHOLE and part not in opened.parts:
            raise ValueError(f"{values['model']} has no part {part!r}; it has {', '.join(opened.parts) or 'none'}")
        elif values["view"] == "costs":
            self.width, self.height = 9.0, 0.19 * len(opened.costs(part).at_most(_ROWS).rows) + 0.7
        else:
            plan = opened.plan(part)
            self.width, self.height = plan.width + 0.1, plan.height + 0.1
        return super()._figure(values)

    def _parts(self, model: str) -> list[str]:
        opened = self.opened(model)
        return [WHOLE] if isinstance(opened, str) else [WHOLE, *opened.parts]

    def _changed(self, change: Any) -> None:
        if self._choosing:
            return
        if change["owner"] is self.widgets["model"]:
            self._choosing = True
            self.widgets["part"].options = self._parts(change["new"])
            self._choosing = False
        self.redraw()


def architecture_explorer(exercise: Any = None, **start: Any) -> ArchitectureExplorer:
    """The explorer, as the last line of a cell; `start` sets controls, such as `model="ResNet-50", view="diagram"`.

    Args:
        exercise: your module `architectures`, for its networks to be there too; or a mapping name -> `Entry`.
    """
    explorer = ArchitectureExplorer(exercise if isinstance(exercise, Mapping) else catalogue(exercise))
    for name in explorer.widgets:
        if name in start:
            explorer.widgets[name].value = start[name]
    return explorer
