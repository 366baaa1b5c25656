"""One function for each kind of picture that the notebooks need, all in one style.

Each shows its figure at once; with `ax=` it draws into a figure of yours instead. They take tensors, arrays
or lists. `figure(alt="...")` is for pictures of your own.
"""

from deeprob.plotting.architecture_search import LiveTrials, cell_graphs
from deeprob.plotting.architectures import cost_bars
from deeprob.plotting.block_diagram import block_diagram
from deeprob.plotting.complexity import Bubble, complexity_chart, published_bubbles
from deeprob.plotting.convolution import filters, histograms, number_grids, signed_maps
from deeprob.plotting.curves import (
    bars,
    cross_validation_curve,
    decision_regions,
    learning_curves,
    timing_bars,
)
from deeprob.plotting.images import confusion_matrix, distance_matrix, image_grid, search_grid, templates
from deeprob.plotting.networks import descent_paths, epoch_curves, hidden_units
from deeprob.plotting.normalization import LiveGrid, draw_cube, layer_scales
from deeprob.plotting.search import LiveSearch
from deeprob.plotting.style import COLOURS, figure, png, use_style
from deeprob.plotting.transfer import transfer_table

__all__ = [
    "COLOURS",
    "Bubble",
    "LiveGrid",
    "LiveSearch",
    "LiveTrials",
    "bars",
    "block_diagram",
    "cell_graphs",
    "complexity_chart",
    "confusion_matrix",
    "cost_bars",
    "cross_validation_curve",
    "decision_regions",
    "descent_paths",
    "distance_matrix",
    "draw_cube",
    "epoch_curves",
    "figure",
    "filters",
    "hidden_units",
    "histograms",
    "image_grid",
    "layer_scales",
    "learning_curves",
    "number_grids",
    "png",
    "published_bubbles",
    "search_grid",
    "signed_maps",
    "templates",
    "timing_bars",
    "transfer_table",
    "use_style",
]
