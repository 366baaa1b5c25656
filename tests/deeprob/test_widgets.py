"""The explorers: each control redraws the picture, and what they say is right."""

from __future__ import annotations

import io

import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from deeprob.widgets import explorer as explorer_module
from deeprob.widgets import knn_explorer, linear_explorer

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:traitlets")


def picture(explorer) -> bytes:
    return bytes(explorer.image.value)


@pytest.mark.parametrize("make", [knn_explorer, linear_explorer])
def test_it_starts_with_a_picture_and_a_caption(make):
    explorer = make()
    assert Image.open(io.BytesIO(picture(explorer))).format == "PNG"
    assert "%" in explorer.caption.value


@pytest.mark.parametrize(("control", "value"), [("k", 15), ("metric", "Manhattan (L1)"), ("noise", 1.5)])
def test_each_control_of_knn_redraws(control, value):
    explorer = knn_explorer()
    before = picture(explorer)
    explorer.widgets[control].value = value
    assert picture(explorer) != before
    assert explorer.values[control] == value


def test_one_neighbour_is_always_right_on_its_own_points():
    explorer = knn_explorer()
    for noise in (0.2, 1.6):
        train, new = explorer.accuracy(explorer.values | {"noise": noise, "k": 1})
        assert train == 100
        assert new <= 100


def test_more_neighbours_help_on_new_points_when_there_is_noise():
    explorer = knn_explorer()
    values = explorer.values | {"noise": 1.2}
    assert explorer.accuracy(values | {"k": 15})[1] > explorer.accuracy(values | {"k": 1})[1]


@pytest.mark.parametrize(("control", "value"), [("w1", 2.0), ("w2", -1.0), ("b", 0.5), ("example", 9)])
def test_each_control_of_linear_redraws(control, value):
    explorer = linear_explorer()
    before = picture(explorer)
    explorer.widgets[control].value = value
    assert picture(explorer) != before


def test_sliders_belong_to_the_chosen_class():
    explorer = linear_explorer()
    explorer.widgets["class"].value = 1
    explorer.widgets["w2"].value = 1.5
    assert explorer.W[:, 1].tolist() == [0.5, 1.5, 0.0]
    explorer.widgets["class"].value = 0
    assert explorer.widgets["w2"].value == 0.0
    explorer.widgets["class"].value = 1
    assert explorer.widgets["w2"].value == 1.5


def test_the_losses_are_those_of_the_course():
    explorer = linear_explorer()
    scores = explorer.x @ explorer.W
    svm, softmax = explorer.losses(explorer.W)
    i, y = 5, int(explorer.y[5])
    hinge = sum(max(0.0, float(scores[i, j] - scores[i, y] + 1)) for j in range(3) if j != y)
    assert float(svm[i]) == pytest.approx(hinge)
    assert float(softmax[i]) == pytest.approx(float(scores[i].exp().sum().log() - scores[i, y]))


@pytest.mark.parametrize("loss", ["svm", "softmax"])
def test_a_step_goes_downhill_and_moves_the_sliders(loss):
    explorer = linear_explorer()
    which = 0 if loss == "svm" else 1
    before = explorer.losses(explorer.W)[which].mean()
    explorer.step(loss)
    assert explorer.losses(explorer.W)[which].mean() < before
    assert explorer.widgets["w1"].value == pytest.approx(float(explorer.W[0, 0]), abs=0.06)


def test_the_buttons_step():
    explorer = linear_explorer()
    buttons = explorer.box.children[0].children[0].children[-1].children
    before = explorer.W.clone()
    for button in buttons:
        button.click()
    assert not torch.equal(explorer.W, before)
    assert [b.description for b in buttons] == ["step down the SVM loss", "step down the softmax loss"]


def test_static_shows_a_picture_of_the_asked_values(monkeypatch):
    shown = []
    monkeypatch.setattr(explorer_module, "show", lambda fig, alt: shown.append((fig, alt)))
    knn_explorer().static(k=7)
    fig, alt = shown[0]
    assert isinstance(fig, Figure)
    assert "7 nearest neighbours" in alt


def test_what_is_displayed_has_a_picture_for_places_where_widgets_do_not_run(monkeypatch):
    shown = []
    monkeypatch.setattr(explorer_module.IPython.display, "display", lambda data, raw: shown.append(data))
    explorer = knn_explorer()
    explorer._ipython_display_()
    assert set(shown[0]) == {"text/plain", "image/png", "application/vnd.jupyter.widget-view+json"}
    assert shown[0]["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.box.model_id
