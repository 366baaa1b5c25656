"""kNN in the plane: what the number of neighbours, the metric and noise do to the border between classes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import ipywidgets
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from sklearn.neighbors import KNeighborsClassifier

from deeprob.plotting.style import COLOURS, MARKERS
from deeprob.widgets.explorer import Explorer

__all__ = ["KnnExplorer", "knn_explorer"]

METRICS = {
    "Euclidean (L2)": "euclidean",
    "Manhattan (L1)": "manhattan",
    "maximum (L∞)": "chebyshev",
}
_CENTRES = np.array([[-1.3, -0.6], [1.2, -0.8], [0.1, 1.3]])
_PER_CLASS, _TEST_PER_CLASS = 25, 200
_LIMIT, _STEPS = 4.0, 90


@lru_cache(maxsize=64)
def _points(noise: float, per_class: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (3 * per_class, 2) and labels (3 * per_class,): one draw for every noise, spread further."""
    draws = np.random.default_rng(seed).standard_normal((3, per_class, 2))
    return (_CENTRES[:, None] + noise * draws).reshape(-1, 2), np.repeat(np.arange(3), per_class)


class KnnExplorer(Explorer):
    """Sliders: `k`, `metric` (a key of METRICS), `noise`."""

    width, height = 5.4, 3.9

    def controls(self) -> Mapping[str, Any]:
        return {
            "k": ipywidgets.IntSlider(value=1, min=1, max=50, description="k"),
            "metric": ipywidgets.Dropdown(options=list(METRICS), value="Euclidean (L2)", description="metric"),
            "noise": ipywidgets.FloatSlider(value=0.9, min=0.2, max=1.6, step=0.1, description="noise"),
        }

    def accuracy(self, values: Mapping[str, Any]) -> tuple[float, float]:
        """Percent classified correctly: of the training points, and of new points of the same kind."""
        noise = round(values["noise"], 2)
        model = self._model(values)
        train, new = _points(noise, _PER_CLASS, 0), _points(noise, _TEST_PER_CLASS, 1)
        return 100 * model.score(*train), 100 * model.score(*new)

    def draw(self, fig: Figure, values: Mapping[str, Any]) -> None:
        points, labels = _points(round(values["noise"], 2), _PER_CLASS, 0)
        grid = np.linspace(-_LIMIT, _LIMIT, _STEPS)
        places = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
        field = self._model(values).predict(places).reshape(_STEPS, _STEPS)
        ax = fig.subplots()
        ax.imshow(
            field,
            origin="lower",
            extent=(-_LIMIT, _LIMIT, -_LIMIT, _LIMIT),
            cmap=ListedColormap(COLOURS[:3]),
            alpha=0.35,
            vmin=-0.5,
            vmax=2.5,
            aspect="auto",
        )
        for c in range(3):
            x, y = points[labels == c].T
            ax.scatter(x, y, s=26, color=COLOURS[c], marker=MARKERS[c], edgecolor="white", linewidth=0.6)
        ax.grid(False)
        train, new = self.accuracy(values)
        title = f"k = {values['k']}: {train:.0f} % here, {new:.0f} % on new points"
        ax.set(title=title, xlabel="feature 1", ylabel="feature 2", xlim=(-4, 4), ylim=(-4, 4))

    def describe(self, values: Mapping[str, Any]) -> str:
        train, new = self.accuracy(values)
        return (
            f"Regions of {values['k']} nearest neighbours, {values['metric']}, noise {values['noise']:.1f}: "
            f"{train:.0f} % of the training points and {new:.0f} % of new points are classified correctly."
        )

    def _model(self, values: Mapping[str, Any]) -> KNeighborsClassifier:
        model = KNeighborsClassifier(values["k"], metric=METRICS[values["metric"]], algorithm="kd_tree")
        return model.fit(*_points(round(values["noise"], 2), _PER_CLASS, 0))


def knn_explorer() -> KnnExplorer:
    """The explorer, as the last line of a cell."""
    return KnnExplorer()
