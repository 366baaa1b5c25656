"""The explorers and the pictures of project 5: controls redraw, and what they say is right."""

from __future__ import annotations

import io

import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from PIL import Image
from torch import nn

from autograder.reference.exercises import architectures
from deeprob import plotting
from deeprob.models import PUBLISHED, Entry, small_convnet
from deeprob.module_text import memory_text, short
from deeprob.network_costs import network_costs
from deeprob.plotting import style as style_module
from deeprob.plotting.block_diagram import draw_diagram, plan_diagram
from deeprob.plotting.style import RED
from deeprob.widgets import architecture_explorer, complexity_explorer
from deeprob.widgets import explorer as explorer_module
from deeprob.widgets.architecture import WHOLE

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:traitlets")

MODELS = {
    "plain": Entry(small_convnet, (3, 32, 32)),
    "residual": Entry(lambda: nn.Sequential(nn.Conv2d(3, 8, 3), architectures.ResidualBlock(8, 8)), (3, 16, 16)),
}


def picture(explorer) -> bytes:
    return bytes(explorer.image.value)


@pytest.fixture
def shown(monkeypatch):
    """The figures that would have been shown, with their descriptions."""
    figures: list[tuple[Figure, str]] = []
    monkeypatch.setattr(style_module, "show", lambda fig, alt: figures.append((fig, alt)))
    monkeypatch.setattr(explorer_module, "show", lambda fig, alt: figures.append((fig, alt)))
    return figures


# architecture explorer


def test_it_starts_with_the_costs_of_the_first_network():
    explorer = architecture_explorer(MODELS)
    assert Image.open(io.BytesIO(picture(explorer))).format == "PNG"
    costs = network_costs(small_convnet(), (3, 32, 32))
    assert explorer.caption.value.startswith("plain for 3 × 32 × 32: ")
    assert f"{short(costs.parameters)} parameters, {short(costs.multiply_adds)} multiply-adds" in explorer.caption.value


@pytest.mark.parametrize(("control", "value"), [("model", "residual"), ("view", "diagram"), ("part", "stage2")])
def test_each_control_redraws(control, value):
    explorer = architecture_explorer(MODELS)
    before = picture(explorer), explorer.caption.value
    explorer.widgets[control].value = value
    assert picture(explorer) != before[0]
    assert explorer.caption.value != before[1]


def test_the_parts_are_those_of_the_chosen_network():
    explorer = architecture_explorer(MODELS, part="stage2")
    assert list(explorer.widgets["part"].options) == [WHOLE, "stage1", "stage2", "stage3"]
    explorer.widgets["model"].value = "residual"
    assert list(explorer.widgets["part"].options) == [WHOLE, "1"]
    assert explorer.widgets["part"].value == WHOLE


def test_choosing_a_network_draws_once():
    explorer = architecture_explorer(MODELS, part="stage2")
    drawn = []
    explorer.redraw = lambda: drawn.append(explorer.values)
    explorer.widgets["model"].value = "residual"
    assert drawn == [{"model": "residual", "view": "costs", "part": WHOLE}]


def test_start_sets_controls_in_any_order():
    explorer = architecture_explorer(MODELS, part="1", view="diagram", model="residual")
    assert explorer.values == {"model": "residual", "view": "diagram", "part": "1"}
    assert explorer.caption.value.startswith(
        "1 of residual, from 8 × 14 × 14: conv 3×3, batch norm, ReLU to 8 × 14 × 14"
    )
    assert "+ of 2 to 8 × 14 × 14" in explorer.caption.value


def test_static_shows_a_picture_with_its_description(shown):
    explorer = architecture_explorer(MODELS)
    explorer.static(model="residual", part="1")
    ((fig, alt),) = shown
    assert isinstance(fig, Figure)
    assert alt.startswith("1 of residual for 8 × 14 × 14: ")
    assert f"{short(sum(p.numel() for p in architectures.ResidualBlock(8, 8).parameters()))} parameters" in alt
    words = [text.get_text() for ax in fig.axes for text in ax.texts]
    assert {"conv1", "conv2", "conv 3×3", "8 × 14 × 14"} <= set(words)


def test_a_part_that_the_network_lacks_is_named():
    with pytest.raises(ValueError, match="plain has no part 'layer1'; it has stage1, stage2, stage3"):
        architecture_explorer(MODELS).static(part="layer1")


def test_a_network_that_is_not_written_yet_is_said_in_the_picture_and_can_be_built_later():
    built = []

    def build():
        if not built:
            raise NotImplementedError("architectures.resnet: not implemented yet")
        return nn.Conv2d(3, 4, 3)

    explorer = architecture_explorer(MODELS | {"ResNet": Entry(build, (3, 8, 8))})
    explorer.widgets["model"].value = "ResNet"
    assert explorer.caption.value == "ResNet cannot be built: architectures.resnet: not implemented yet"
    assert list(explorer.widgets["part"].options) == [WHOLE]
    built.append(True)
    explorer.widgets["view"].value = "diagram"
    assert explorer.caption.value == "ResNet, from 3 × 8 × 8: conv 3×3 to 4 × 6 × 6."


def test_a_network_that_does_not_take_its_image_is_said_too():
    explorer = architecture_explorer({"net": Entry(lambda: nn.Linear(3, 4), (3, 8, 8))})
    assert "net cannot be built: the network does not take an image of shape (3, 8, 8)" in explorer.caption.value


def test_with_the_exercise_its_networks_are_there():
    explorer = architecture_explorer(architectures, model="ResNet-152")
    assert "60.2 M parameters, 11.5 G multiply-adds" in explorer.caption.value
    assert {"LeNet-5", "GoogLeNet", "VGG C", "DenseNet-121"} <= set(explorer.widgets["model"].options)


# complexity explorer


def test_the_limit_leaves_out_larger_networks():
    explorer = complexity_explorer()
    explorer.widgets["largest"].value = 1_814_000_000
    names = {b.name for b in explorer.chosen(explorer.values)}
    assert names == {p.name for p in PUBLISHED if p.multiply_adds <= 1.814}
    assert explorer.caption.value.startswith("Best up to 1.81 G multiply-adds: GoogLeNet, top-5 error 10.5 %.")


@pytest.mark.parametrize(
    ("control", "value"), [("measure", "top-5 accuracy"), ("family", "ResNet"), ("largest", 4_089_000_000)]
)
def test_each_control_of_the_chart_redraws(control, value):
    explorer = complexity_explorer()
    before = picture(explorer)
    explorer.widgets[control].value = value
    assert picture(explorer) != before


def test_error_and_accuracy_add_up_to_100():
    explorer = complexity_explorer()
    errors = explorer.chosen(explorer.values)
    accuracies = explorer.chosen(explorer.values | {"measure": "top-5 accuracy"})
    assert [e.value + a.value for e, a in zip(errors, accuracies, strict=True)] == pytest.approx([100] * len(PUBLISHED))
    assert errors[0].value == pytest.approx(20.91)


def test_own_networks_can_be_charted():
    own = [plotting.Bubble("A", "mine", 1000, 10_000, 60.0), plotting.Bubble("B", "mine", 5000, 90_000, 70.0)]
    explorer = complexity_explorer(own, measure="accuracy")
    assert explorer.caption.value.startswith("Best up to 90 k multiply-adds: B, accuracy 70 %. A 60 % with 10 k")


def test_static_of_the_chart_shows_a_picture_with_its_description(shown):
    explorer = complexity_explorer()
    explorer.static(family="VGG")
    ((fig, alt),) = shown
    assert isinstance(fig, Figure)
    assert alt == explorer.describe(explorer.values | {"family": "VGG"})
    assert "VGG-16 9.62 % with 15.5 G multiply-adds, 138 M parameters" in alt
    assert "ResNet-18" not in alt


# pictures


def test_cost_bars_are_as_long_as_the_costs(shown):
    costs = network_costs(small_convnet((8, 16), convs_per_stage=1), (3, 8, 8))
    plotting.cost_bars(costs, title="t")
    ((fig, alt),) = shown
    rows = costs.without_free().rows
    assert alt.startswith("t: ")
    words, memory, parameters, operations = fig.axes
    assert [bar.get_width() for bar in memory.patches] == [row.memory_kb for row in rows]
    assert [bar.get_width() for bar in parameters.patches] == [row.parameters for row in rows]
    assert [bar.get_width() for bar in operations.patches] == [row.multiply_adds for row in rows]
    assert {row.name for row in rows} <= {text.get_text() for text in words.texts}
    assert operations.get_title(loc="left") == f"multiply-adds: {short(costs.multiply_adds)}"


def test_cost_bars_take_layers_together_when_there_are_many(shown):
    with torch.device("meta"):
        costs = network_costs(architectures.resnet(34), (3, 64, 64))
    plotting.cost_bars(costs, title="t", max_rows=12)
    names = [text.get_text() for text in shown[0][0].axes[0].texts]
    assert "layer3" in names
    assert "layer3.0" not in names


def test_a_block_diagram_writes_each_layer_and_each_shape(shown):
    plotting.block_diagram(architectures.ResidualBlock(4, 8, True), (4, 8, 8), title="t")
    ((fig, alt),) = shown
    assert alt == (
        "t: from 4 × 8 × 8: conv 3×3, stride 2, batch norm, ReLU to 8 × 4 × 4; conv 3×3, batch norm to 8 × 4 × 4; "
        "conv 1×1, stride 2, batch norm to 8 × 4 × 4; + of 2 to 8 × 4 × 4; ReLU to 8 × 4 × 4"
    )
    words = [text.get_text() for text in fig.axes[0].texts]
    assert words.count("batch norm") == 3
    assert words.count("conv 3×3, stride 2") == words.count("conv 1×1, stride 2") == words.count("+") == 1
    assert words.count("8 × 4 × 4") == 5


def test_an_identity_skip_is_an_arc_in_its_own_colour():
    ax = Figure().subplots()
    draw_diagram(ax, plan_diagram(architectures.ResidualBlock(4, 4), (4, 8, 8)))
    with_projection = Figure().subplots()
    draw_diagram(with_projection, plan_diagram(architectures.ResidualBlock(4, 8), (4, 8, 8)))

    def colours(panel):
        return {to_hex(patch.get_edgecolor()).upper() for patch in panel.patches if isinstance(patch, FancyArrowPatch)}

    assert colours(ax) == {"#5A5A5A", RED}
    assert colours(with_projection) == {"#5A5A5A"}


def test_a_diagram_is_as_fine_as_its_boxes_allow():
    with torch.device("meta"):
        net = architectures.resnet(18)
    blocks = plan_diagram(net, (3, 64, 64))
    stages = plan_diagram(net, (3, 64, 64), max_boxes=11)
    assert sum(box.kind == "part" for box in blocks.boxes) == 8
    assert sum(box.kind == "part" for box in stages.boxes) == 4
    assert plan_diagram(net, (3, 64, 64), depth=1).width == stages.width


def test_the_chart_puts_a_bubble_for_each_network_where_it_belongs(shown):
    bubbles = plotting.published_bubbles()
    plotting.complexity_chart(bubbles, title="t")
    ((fig, alt),) = shown
    ax = fig.axes[0]
    places = {(float(x), float(y)) for group in ax.collections for x, y in group.get_offsets()}
    assert places == {(b.multiply_adds, b.value) for b in bubbles}
    assert {text.get_text() for text in ax.texts} == {b.name for b in bubbles}
    areas = {
        area / b.parameters
        for group in ax.collections
        for area, b in zip(group.get_sizes(), _members(group, bubbles), strict=True)
    }
    assert max(areas) == pytest.approx(min(areas))
    assert "ResNet-50 7.13 at 4.09 G" in alt


def _members(group, bubbles):
    by_place = {(b.multiply_adds, b.value): b for b in bubbles}
    return [by_place[(float(x), float(y))] for x, y in group.get_offsets()]


def test_more_families_than_colours_are_all_drawn():
    ax = Figure().subplots()
    bubbles = [plotting.Bubble(f"n{k}", f"f{k}", 1000, 1000 + k, k) for k in range(14)]
    plotting.complexity_chart(bubbles, title="t", ax=ax)
    assert len(ax.collections) == 14


def test_what_is_not_pointed_out_turns_grey():
    ax = Figure().subplots()
    bubbles = [plotting.Bubble("a", "A", 10, 10, 1), plotting.Bubble("b", "B", 10, 20, 2)]
    plotting.complexity_chart(bubbles, title="t", highlight="B", ax=ax)
    pale, bright = (tuple(group.get_facecolor()[0][:3]) for group in ax.collections)
    assert len({round(c, 3) for c in pale}) == 1
    assert len({round(c, 3) for c in bright}) > 1


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1 k"),
        (23_296, "23.3 k"),
        (999_700, "1 M"),
        (61_100_840, "61.1 M"),
        (11.5e9, "11.5 G"),
    ],
)
def test_numbers_are_written_with_three_digits(number, text):
    assert short(number) == text


@pytest.mark.parametrize(("kb", "text"), [(756.25, "756 KB"), (3.9, "3.9 KB"), (3136, "3.06 MB"), (49782, "48.6 MB")])
def test_memory_is_written_in_units_of_1024(kb, text):
    assert memory_text(kb) == text
