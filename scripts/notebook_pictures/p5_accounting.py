"""The picture of the notebook `accounting`."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.figure import Figure

from autograder.reference.exercises.architectures import network_table, receptive_field
from deeprob.layer_lists import alexnet, vgg
from deeprob.plotting.accounting import draw_profiles, fields_by_layer

NETWORKS = {"AlexNet": alexnet(), "VGG-16": vgg("D")}


def pictures() -> Iterator[tuple[str, Figure]]:
    yield "accounting_opening", _opening()


def _opening() -> Figure:
    fields = {}
    for name, (layers, _) in NETWORKS.items():
        images = [layer for layer in layers if layer["kind"] in ("conv", "max_pool")]
        fields[name] = [receptive_field(images[: n + 1]) for n in range(len(images))]
    figure = Figure(figsize=(9, 6.2), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(2.1, 1))
    axes = top.subplots(3, len(NETWORKS), squeeze=False)
    draw_profiles(axes, {name: network_table(*network)[0] for name, network in NETWORKS.items()})
    fields_by_layer(fields, title="How many pixels a number sees, layer by layer", size=224, ax=bottom.subplots())
    return figure
