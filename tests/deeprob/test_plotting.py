"""Every kind of picture is drawn, says what it shows, and draws what it was given."""

from __future__ import annotations

import io

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from deeprob import plotting
from deeprob.plotting import style as style_module


@pytest.fixture
def shown(monkeypatch):
    """The figures that would have been shown, with their descriptions."""
    figures: list[tuple[Figure, str]] = []
    monkeypatch.setattr(style_module, "show", lambda fig, alt: figures.append((fig, alt)))
    return figures


@pytest.fixture
def ax():
    return Figure().subplots()


def test_a_figure_is_shown_when_its_block_ends_with_its_description(shown):
    with plotting.figure(4, 3, alt="a line") as ax:
        ax.plot([1, 2])
        assert shown == []
    ((fig, alt),) = shown
    assert alt == "a line"
    assert tuple(fig.get_size_inches()) == (4, 3)


def test_nothing_is_shown_of_a_block_that_fails(shown):
    with pytest.raises(NotImplementedError), plotting.figure(alt="a line"):
        raise NotImplementedError
    assert shown == []


def test_the_look_does_not_leak_into_the_settings_of_matplotlib(shown):
    before = dict(matplotlib.rcParams)
    with plotting.figure(alt="a line") as ax:
        ax.plot([1, 2])
    assert dict(matplotlib.rcParams) == before


def test_use_style_gives_own_figures_the_look():
    with matplotlib.rc_context():
        plotting.use_style()
        assert matplotlib.rcParams["axes.spines.top"] is False


def test_png_is_an_image_of_the_asked_size():
    picture = Image.open(io.BytesIO(plotting.png(Figure(figsize=(2, 1)), dpi=100)))
    assert picture.size == (200, 100)
    assert picture.format == "PNG"


def test_without_a_notebook_show_does_nothing(capsys):
    style_module.show(Figure(), "a picture")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("images", [torch.rand(5, 1, 8, 8), torch.rand(5, 3, 8, 8), np.random.rand(5, 8, 8)])
def test_image_grid_takes_grey_and_colour(shown, images):
    plotting.image_grid(images, list("abcde"), title="five", columns=4)
    ((fig, alt),) = shown
    assert alt == "five"
    assert [a.get_title() for a in fig.axes] == ["a", "b", "c", "d", "e", "", "", ""]


def test_image_grid_scales_bytes_to_colours(shown):
    plotting.image_grid(torch.full((1, 3, 2, 2), 255, dtype=torch.uint8), columns=1)
    drawn = shown[0][0].axes[0].images[0].get_array()
    assert drawn.shape == (2, 2, 3)
    assert float(drawn.max()) == 1.0


def test_timing_bars_write_each_time_on_its_bar(ax):
    plotting.timing_bars({"slow": 2.0, "fast": 0.0005}, title="t", ax=ax)
    assert [t.get_text() for t in ax.texts] == ["2 s", "0.5 ms"]
    assert ax.get_xscale() == "log"


def test_bars_describe_their_numbers(shown):
    plotting.bars({"a": 10.0, "b": 25.04}, title="two", ylabel="accuracy (%)")
    assert shown[0][1] == "two: a 10.0, b 25.0"


def test_cross_validation_curve_shows_means_folds_and_the_best_k(ax):
    plotting.cross_validation_curve({3: [80, 90], 1: [50, 70]}, title="t", best=3, ax=ax)
    mean = ax.containers[0].lines[0]
    assert mean.get_ydata().tolist() == [60, 85]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "3"]
    assert "k = 3" in [t.get_text() for t in ax.get_legend().get_texts()]


def test_cross_validation_curve_names_the_best_k_in_words(shown):
    plotting.cross_validation_curve({1: [50, 70], 3: [80, 90]}, title="t")
    assert shown[0][1] == "t: best mean 85.0 % at k = 3"


def test_confusion_matrix_counts_and_names_the_most_frequent_mistake(shown):
    y_true, y_pred = torch.tensor([0, 0, 0, 1, 2]), torch.tensor([1, 1, 0, 1, 0])
    plotting.confusion_matrix(y_true, y_pred, title="t", classes=["cat", "dog", "owl"])
    ((fig, alt),) = shown
    assert alt == "t; most frequent mistake: cat taken for dog, 2 times"
    ax = fig.axes[0]
    counts = {(int(t.get_position()[1]), int(t.get_position()[0])): t.get_text() for t in ax.texts}
    assert counts == {(0, 0): "1", (0, 1): "2", (1, 1): "1", (2, 0): "1"}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")


def test_decision_regions_ask_for_every_place_and_paint_the_answer(ax):
    points, labels = torch.tensor([[0.0, 0.0], [2.0, 1.0]]), torch.tensor([0, 1])
    plotting.decision_regions(lambda p: (p[:, 0] > 1).long(), points, labels, title="t", steps=20, ax=ax)
    field = ax.images[0].get_array()
    assert field.shape == (20, 20)
    assert (field[:, 0] == 0).all()
    assert (field[:, -1] == 1).all()


def test_decision_regions_keep_the_dtype_of_the_points(ax):
    points = torch.zeros(2, 2, dtype=torch.float64)
    seen = []
    plotting.decision_regions(
        lambda p: seen.append(p.dtype) or p[:, 0].long(), points, torch.tensor([0, 1]), title="t", ax=ax
    )
    assert seen == [torch.float64]


@pytest.mark.parametrize("shape", [(8, 8), (3, 4, 4)])
def test_templates_leave_the_bias_out(shown, shape):
    size = int(np.prod(shape))
    plotting.templates(torch.rand(size + 1, 3), shape, title="t", classes=["a", "b", "c"], columns=2)
    axes = shown[0][0].axes
    assert [a.get_title() for a in axes] == ["a", "b", "c", ""]
    assert axes[0].images[0].get_array().shape[:2] == shape[-2:]


def test_templates_of_zero_weights_are_drawn(shown):
    plotting.templates(torch.zeros(65, 2), (8, 8), title="t")
    assert len(shown) == 1


def test_learning_curves_are_smoothed_and_described(shown):
    plotting.learning_curves({"SVM": [9.0] * 20 + [1.0] * 20}, title="t", smooth=20)
    ((fig, alt),) = shown
    assert alt == "t: SVM ends at 1"
    raw, smooth = fig.axes[0].lines
    assert len(raw.get_ydata()) == 40
    assert (smooth.get_ydata()[0], smooth.get_ydata()[-1]) == pytest.approx((9.0, 1.0))


def test_search_grid_marks_the_best_pair(shown):
    results = {(0.1, 0.0): 50.0, (0.1, 1.0): 60.0, (0.01, 0.0): 70.0, (0.01, 1.0): 55.0}
    plotting.search_grid(results, title="t")
    ((fig, alt),) = shown
    assert alt == "t: best 70.0 % at learning rate 0.01, regularization 0"
    bold = [t.get_text() for t in fig.axes[0].texts if t.get_fontweight() == "bold"]
    assert bold == ["70.0"]


def test_distance_matrix_is_described_by_its_shape(shown):
    plotting.distance_matrix(torch.rand(3, 2), title="t")
    assert shown[0][1] == "t: matrix of 3 by 2 distances"
