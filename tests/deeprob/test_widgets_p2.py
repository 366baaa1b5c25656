"""The explorers and pictures of project 2: controls redraw, and what they say is right."""

from __future__ import annotations

import io
import itertools

import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from deeprob import plotting
from deeprob.plotting import live as live_picture
from deeprob.plotting import style as style_module
from deeprob.widgets import SURFACES, computation_graph_explorer, dropout_explorer, optimizer_explorer
from deeprob.widgets import explorer as explorer_module
from deeprob.widgets.computation_graph import EXPRESSIONS
from deeprob.widgets.dropout import SCALINGS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:traitlets")
NEURON, PRODUCT, TWICE, LOGISTIC = EXPRESSIONS


def picture(explorer) -> bytes:
    return bytes(explorer.image.value)


@pytest.mark.parametrize("make", [computation_graph_explorer, optimizer_explorer, dropout_explorer])
def test_it_starts_with_a_picture_and_a_caption(make):
    explorer = make()
    assert Image.open(io.BytesIO(picture(explorer))).format == "PNG"
    assert explorer.caption.value.endswith(".")


@pytest.mark.parametrize("make", [computation_graph_explorer, optimizer_explorer, dropout_explorer])
def test_static_shows_a_picture_of_the_asked_values(make, monkeypatch):
    shown = []
    monkeypatch.setattr(explorer_module, "show", lambda fig, alt: shown.append((fig, alt)))
    explorer = make()
    explorer.static()
    ((fig, alt),) = shown
    assert isinstance(fig, Figure)
    assert alt == explorer.describe(explorer.values)


@pytest.mark.parametrize(
    ("make", "control", "value"),
    [
        (computation_graph_explorer, "x", -1.0),
        (computation_graph_explorer, "w", 0.5),
        (computation_graph_explorer, "b", 2.0),
        (computation_graph_explorer, "t", 1.0),
        (computation_graph_explorer, "back", 2),
        (computation_graph_explorer, "expression", LOGISTIC),
        (optimizer_explorer, "surface", "saddle"),
        (optimizer_explorer, "rate", 0.5),
        (optimizer_explorer, "adaptive_rate", 0.01),
        (optimizer_explorer, "momentum", 0.5),
        (optimizer_explorer, "noise", 0.5),
        (optimizer_explorer, "steps", 20),
        (dropout_explorer, "p", 0.2),
        (dropout_explorer, "mode", "test"),
        (dropout_explorer, "scaling", "none"),
        (dropout_explorer, "mask", 3),
    ],
)
def test_each_control_redraws(make, control, value):
    explorer = make()
    before = picture(explorer)
    explorer.widgets[control].value = value
    assert picture(explorer) != before
    assert explorer.values[control] == pytest.approx(value)


# The computation graph


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_the_gradients_that_come_back_are_those_of_autograd(name):
    expression = EXPRESSIONS[name]
    tensors = expression.forward({"x": 1.7, "w": -0.6, "b": 1.3, "t": 0.4})
    gradients = expression.gradients(expression.slopes(tensors), len(expression.nodes))
    tensors["L"].backward()
    for input_ in expression.inputs:
        assert gradients[input_] == pytest.approx(float(tensors[input_].grad), abs=1e-12)


def test_a_value_that_is_used_twice_collects_both_gradients():
    expression = EXPRESSIONS[TWICE]
    slopes = expression.slopes(expression.forward({"x": 2.0, "w": 1.5}))
    assert [expression.gradients(slopes, steps).get("x") for steps in (0, 1, 2)] == [None, 1.0, 2.5]


def test_a_closed_relu_lets_no_gradient_through():
    explorer = computation_graph_explorer()
    explorer.widgets["b"].value = -3.0
    explorer.widgets["w"].value = -1.0
    expression = EXPRESSIONS[NEURON]
    gradients = expression.gradients(expression.slopes(expression.forward(explorer.values)), 5)
    assert gradients["w"] == 0
    assert gradients["t"] != 0


def test_only_the_inputs_of_the_expression_have_sliders_and_back_reaches_through_all_nodes():
    explorer = computation_graph_explorer()
    explorer.widgets["back"].value = 1
    explorer.widgets["expression"].value = PRODUCT
    shown = [n for n in ("x", "w", "b", "t") if explorer.widgets[n].layout.display != "none"]
    assert shown == ["x", "w", "b"]
    assert (explorer.widgets["back"].max, explorer.widgets["back"].value) == (2, 2)
    explorer.widgets["expression"].value = NEURON
    assert explorer.widgets["t"].layout.display is None
    assert explorer.widgets["back"].max == 5


def test_the_caption_writes_the_last_step_out():
    explorer = computation_graph_explorer()
    assert explorer.describe(explorer.values) == (
        "Step 5 of 5: the gradient 3.00 goes back through ×; w gets 3.00 · 2.00 = 6.00, x gets 3.00 · 1.50 = 4.50."
    )
    assert explorer.describe(explorer.values | {"back": 0}).startswith("Forward only.")


# The optimizer race


@pytest.mark.parametrize("name", SURFACES)
def test_each_surface_has_its_own_slope_and_is_0_where_it_is_lowest(name):
    surface = SURFACES[name]
    w = torch.tensor([0.7, -1.1], dtype=torch.float64, requires_grad=True)
    surface.height(w[0], w[1]).backward()
    torch.testing.assert_close(surface.gradient(w.detach()), w.grad)
    lowest = torch.tensor(surface.lowest, dtype=torch.float64)
    assert surface.loss(lowest) == pytest.approx(0, abs=1e-12)
    assert surface.gradient(lowest).abs().max() < 1e-12


def test_sgd_takes_steps_of_the_rate_times_the_gradient():
    explorer = optimizer_explorer()
    values = explorer.values | {"rate": 0.25, "steps": 3}
    path, surface = explorer.paths(values)["SGD"], SURFACES["ravine"]
    assert path.shape == (4, 2)
    for here, there in itertools.pairwise(path):
        torch.testing.assert_close(there, here - 0.25 * surface.gradient(here))


def test_momentum_0_is_sgd():
    paths = optimizer_explorer().paths(optimizer_explorer().values | {"momentum": 0.0})
    torch.testing.assert_close(paths["momentum"], paths["SGD"])


def test_what_diverges_ends_and_is_still_drawn():
    explorer = optimizer_explorer()
    explorer.widgets["steps"].value = 200
    explorer.widgets["rate"].value = 2.0
    assert len(explorer.paths(explorer.values)["SGD"]) < 201
    assert all(torch.isfinite(path).all() for path in explorer.paths(explorer.values).values())


def test_another_surface_brings_its_own_learning_rates():
    explorer = optimizer_explorer()
    explorer.widgets["surface"].value = "curved valley"
    assert explorer.values["rate"] == pytest.approx(SURFACES["curved valley"].rates[0])


# Dropout


@pytest.mark.parametrize("p", [0.0, 0.3, 0.5, 0.9])
def test_with_a_scaling_training_and_test_agree_and_without_they_do_not(p):
    explorer = dropout_explorer()
    for scaling in SCALINGS:
        train, test = explorer.means(explorer.values | {"p": p, "scaling": scaling})
        wanted = test * (1 - p) if scaling == "none" else test
        assert train == pytest.approx(wanted, rel=0.06)


def test_a_mask_drops_about_p_of_the_units_and_scales_the_rest():
    explorer = dropout_explorer()
    out = explorer.outputs(explorer.values | {"p": 0.3})
    alive = explorer.hidden > 0
    assert (out[:, alive] == 0).double().mean() == pytest.approx(0.3, abs=0.01)
    kept = out[:, alive] != 0
    ratio = (out[:, alive] / explorer.hidden[alive])[kept]
    torch.testing.assert_close(ratio, torch.full_like(ratio, 1 / 0.7))


def test_the_draws_leave_the_random_numbers_of_the_notebook_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    dropout_explorer()
    assert torch.equal(torch.rand(3), expected)


# The pictures


@pytest.fixture
def shown(monkeypatch):
    figures: list[tuple[Figure, str]] = []
    monkeypatch.setattr(style_module, "show", lambda fig, alt: figures.append((fig, alt)))
    return figures


def test_descent_paths_draw_each_path_and_say_where_it_ends(shown):
    surface = SURFACES["ravine"]
    paths = {"SGD": torch.tensor([[-9.0, 2.0], [-8.0, 1.0]]), "Adam": [[-9.0, 2.0], [-1.0, 0.5]]}
    plotting.descent_paths(surface.height, paths, title="t", extent=surface.extent, lowest=(0, 0))
    ((fig, alt),) = shown
    assert alt == "t: SGD ends at (-8.00, 1.00), Adam ends at (-1.00, 0.50)"
    assert fig.axes[0].lines[0].get_xydata().tolist() == [[-9, 2], [-8, 1]]


def test_epoch_curves_are_in_percent_training_dashed(shown):
    plotting.epoch_curves({"net": ([0.1, 0.9], [0.1, 0.8])}, title="t")
    ((fig, alt),) = shown
    assert alt == "t: training / validation of net ends at 90.0 / 80.0 %"
    train, val = fig.axes[0].lines[:2]
    assert (train.get_linestyle(), val.get_linestyle()) == ("--", "-")
    assert val.get_ydata().tolist() == [10.0, 80.0]


@pytest.mark.parametrize("shape", [(8, 8), (3, 4, 4)])
def test_hidden_units_are_drawn_one_a_panel(shown, shape):
    W = torch.randn(torch.Size(shape).numel(), 12)
    plotting.hidden_units(W, shape, title="t", captions=[f"{i}" for i in range(12)])
    axes = shown[0][0].axes
    assert len([a for a in axes if a.images]) == 12
    assert axes[11].get_title() == "11"


def test_a_live_search_remembers_the_best_and_says_it():
    live = plotting.LiveSearch("Search")
    for rate, accuracy in ((0.1, 50.0), (0.3, 70.0), (1.0, 60.0)):
        live.add({"rate": rate, "units": 8}, accuracy)
    assert live.best == ({"rate": 0.3, "units": 8}, 70.0)
    assert live.describe() == "Search: best of 3 is 70.0 % with rate 0.3, units 8"
    fig = live.figure()
    assert [ax.get_xlabel() for ax in fig.axes] == ["rate", "units"]
    assert [t.get_text() for t in fig.axes[0].get_xticklabels()] == ["0.1", "0.3", "1"]


def test_many_values_of_a_live_search_stand_on_a_logarithmic_axis():
    live = plotting.LiveSearch("Search")
    for i in range(10):
        live.add({"rate": 10.0**-i}, 50.0)
    assert live.figure().axes[0].get_xscale() == "log"


def test_a_live_search_is_one_output_that_is_updated(monkeypatch):
    calls: list[str] = []

    class Cell:
        def update(self, data, **_):
            calls.append(data["text/plain"])

    def display(data, **options):
        assert options["display_id"] is True
        calls.append(data["text/plain"])
        return Cell()

    monkeypatch.setattr(live_picture.IPython, "get_ipython", lambda: object())
    monkeypatch.setattr(live_picture.IPython.display, "display", display)
    with plotting.LiveSearch("Search") as live:
        live.add({"rate": 0.1}, 50.0)
        live.add({"rate": 0.3}, 70.0)  # too soon for another picture
    wanted = ("1 is 50.0 % with rate 0.1", "2 is 70.0 % with rate 0.3")
    assert calls == [f"[picture: Search: best of {best}]" for best in wanted]
