"""Things to play with in a notebook. Each also has `static()`, a plain picture of what it shows.

from deeprob.widgets import knn_explorer, linear_explorer

knn_explorer()       # sliders and a picture that follows them
"""

from deeprob.widgets.knn import KnnExplorer, knn_explorer
from deeprob.widgets.linear import LinearExplorer, linear_explorer

__all__ = ["KnnExplorer", "LinearExplorer", "knn_explorer", "linear_explorer"]
