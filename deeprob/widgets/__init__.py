"""Things to play with in a notebook. Each also has `static()`, a plain picture of what it shows.

from deeprob.widgets import knn_explorer, linear_explorer

knn_explorer()       # sliders and a picture that follows them
"""

from deeprob.widgets.architecture import ArchitectureExplorer, architecture_explorer
from deeprob.widgets.complexity import ComplexityExplorer, complexity_explorer
from deeprob.widgets.computation_graph import ComputationGraphExplorer, computation_graph_explorer
from deeprob.widgets.convolution import ConvolutionStepper, convolution_stepper
from deeprob.widgets.dropout import DropoutExplorer, dropout_explorer
from deeprob.widgets.feature_maps import FeatureMapBrowser, feature_map_browser
from deeprob.widgets.gradient_error import GradientErrorMap, gradient_error_map
from deeprob.widgets.knn import KnnExplorer, knn_explorer
from deeprob.widgets.linear import LinearExplorer, linear_explorer
from deeprob.widgets.normalization import NormalizationAxesExplorer, normalization_axes_explorer
from deeprob.widgets.optimizers import SURFACES, OptimizerExplorer, optimizer_explorer
from deeprob.widgets.receptive_field import ReceptiveFieldExplorer, receptive_field_explorer

__all__ = [
    "SURFACES",
    "ArchitectureExplorer",
    "ComplexityExplorer",
    "ComputationGraphExplorer",
    "ConvolutionStepper",
    "DropoutExplorer",
    "FeatureMapBrowser",
    "GradientErrorMap",
    "KnnExplorer",
    "LinearExplorer",
    "NormalizationAxesExplorer",
    "OptimizerExplorer",
    "ReceptiveFieldExplorer",
    "architecture_explorer",
    "complexity_explorer",
    "computation_graph_explorer",
    "convolution_stepper",
    "dropout_explorer",
    "feature_map_browser",
    "gradient_error_map",
    "knn_explorer",
    "linear_explorer",
    "normalization_axes_explorer",
    "optimizer_explorer",
    "receptive_field_explorer",
]
