"""The explorers and pictures of project 3: controls redraw, and what they say is right."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from deeprob import plotting
from deeprob.plotting import style as style_module
from deeprob.widgets import (
    convolution_stepper,
    feature_map_browser,
    gradient_error_map,
    receptive_field_explorer,
)
from deeprob.widgets import explorer as explorer_module
from deeprob.widgets.convolution import parse_kernel
from deeprob.widgets.gradient_error import known_mistakes
from deeprob.widgets.receptive_field import Layer, cone, receptive_field

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:traitlets")


def picture(explorer) -> bytes:
    return bytes(explorer.image.value)


def browser(captions=None):
    torch.manual_seed(0)
    maps = {"layer 1": torch.randn(4, 5, 8, 8), "layer 2": torch.randn(4, 9, 4, 4).clamp(min=0)}
    return feature_map_browser(torch.rand(4, 3, 8, 8), maps, torch.randn(5, 3, 3, 3), captions)


EXPLORERS = [convolution_stepper, receptive_field_explorer, gradient_error_map, browser]


@pytest.fixture
def shown(monkeypatch):
    """The figures that would have been shown, with their descriptions."""
    figures: list[tuple[Figure, str]] = []
    monkeypatch.setattr(style_module, "show", lambda fig, alt: figures.append((fig, alt)))
    monkeypatch.setattr(explorer_module, "show", lambda fig, alt: figures.append((fig, alt)))
    return figures


@pytest.mark.parametrize("make", EXPLORERS)
def test_it_starts_with_a_picture_and_a_caption(make):
    explorer = make()
    assert Image.open(io.BytesIO(picture(explorer))).format == "PNG"
    assert explorer.caption.value.endswith(".")


@pytest.mark.parametrize("make", EXPLORERS)
def test_static_shows_a_picture_with_its_description(make, shown):
    explorer = make()
    explorer.static()
    ((fig, alt),) = shown
    assert isinstance(fig, Figure)
    assert alt == explorer.describe(explorer.values)


# the convolution, step by step


@pytest.mark.parametrize(
    ("control", "value"),
    [
        ("input", "square, 5 × 5"),
        ("kernel", "edge"),
        ("numbers", "1 2; 3 4"),
        ("pad", 2),
        ("stride", 2),
        ("channels", 3),
        ("way", "backward to the input"),
        ("way", "backward to the kernel"),
        ("step", 2),
    ],
)
def test_each_control_of_the_stepper_redraws(control, value):
    explorer = convolution_stepper(kernel="difference")
    before = picture(explorer)
    explorer.widgets[control].value = value
    assert picture(explorer) != before


@pytest.mark.parametrize("kernel", ["0 to 3", "edge", "Sobel", "difference"])
@pytest.mark.parametrize(("pad", "stride", "channels"), [(0, 1, 1), (1, 1, 2), (2, 3, 3)])
def test_each_step_adds_what_its_window_gives(kernel, pad, stride, channels):
    settings = {"input": "slope, 5 × 5", "kernel": kernel, "pad": pad, "stride": stride, "channels": channels}
    explorer = convolution_stepper(**settings)
    steps = explorer.steps(explorer.values)
    out, dx, dw = np.zeros_like(steps.dout), np.zeros_like(steps.x), np.zeros_like(steps.w)
    for step in range(steps.dout.size):
        i, j, top, left = steps.corner(step)
        window = np.s_[:, top : top + steps.w.shape[1], left : left + steps.w.shape[2]]
        out[i, j] = (steps.x[window] * steps.w).sum()
        dx[window] += steps.dout[i, j] * steps.w
        dw += steps.dout[i, j] * steps.x[window]
        for found, wanted in zip(steps.after(step), (out, dx, dw), strict=True):
            assert np.allclose(found, wanted)


def test_the_worked_examples_of_the_lectures():
    padded = [[0, 3, 8, 4], [9, 19, 25, 10], [21, 37, 43, 16], [6, 7, 8, 0]]
    for pad, wanted in ((0, [[19, 25], [37, 43]]), (1, padded)):
        explorer = convolution_stepper(pad=pad)
        steps = explorer.steps(explorer.values)
        assert steps.after(steps.dout.size - 1)[0].tolist() == wanted
    explorer = convolution_stepper(input="patch, 3 × 3", kernel="Sobel")
    assert explorer.steps(explorer.values).after(0)[0].tolist() == [[65]]


def test_the_sum_of_a_step_is_written_out():
    explorer = convolution_stepper(step=1)
    steps = explorer.steps(explorer.values)
    assert explorer._lines(steps, explorer.values) == ["out[0, 1] = 1·0 + 2·1 + 4·2 + 5·3 = 25"]
    values = explorer.values | {"way": "backward to the input"}
    assert explorer._lines(steps, values) == ["dx[0:2, 1:3] += dout[0, 1] · kernel", "2 · [[0, 1], [2, 3]]"]


def test_a_kernel_of_ones_own_is_taken_and_a_preset_fills_it_in():
    explorer = convolution_stepper()
    explorer.widgets["kernel"].value = "edge"
    assert explorer.widgets["numbers"].value == "-1 -1 -1; -1 8 -1; -1 -1 -1"
    explorer.widgets["numbers"].value = "1 0; 0 -1"
    assert explorer.widgets["kernel"].value == "own"


@pytest.mark.parametrize("text", ["", "a b", "1 2; 3", "1 2 3 4 5 6", "nan", "1;;2"])
def test_what_is_no_kernel_is_said(text):
    assert parse_kernel(text) is None
    explorer = convolution_stepper(numbers=text)
    assert "Write a kernel" in explorer.caption.value


def test_a_kernel_that_does_not_fit_is_said():
    explorer = convolution_stepper(numbers="1 2 3 4 5")
    assert "no place for it" in explorer.caption.value
    explorer.widgets["pad"].value = 1
    assert "no place for it" not in explorer.caption.value


def test_the_step_stays_inside_when_the_output_gets_smaller():
    explorer = convolution_stepper(pad=2, step=24)
    assert explorer.widgets["step"].value == 24
    explorer.widgets["stride"].value = 3
    assert explorer.widgets["step"].max == explorer.widgets["step"].value == 3


def test_the_play_button_moves_the_step():
    explorer = convolution_stepper(pad=1)
    play = explorer.box.children[0].children[0].children[-1]
    assert play.max == explorer.widgets["step"].max == 15
    play.value = 7
    assert explorer.widgets["step"].value == 7


# receptive fields


@pytest.mark.parametrize(
    ("layers", "field"),
    [
        ([], 1),
        ([Layer(3, 1, 1)] * 2, 5),
        ([Layer(3, 1, 1)] * 3, 7),
        ([Layer(3, 1, 1), Layer(2, 2), Layer(3, 1, 1)], 8),
        ([Layer(7, 2, 3), Layer(3, 2, 1)], 11),
        ([Layer(3, 1, 1), Layer(2, 2), Layer(3, 1, 1), Layer(2, 2), Layer(3, 1, 1)], 18),
    ],
)
def test_the_receptive_field_is_as_wide_as_its_formula_and_as_the_cone(layers, field):
    assert receptive_field(layers) == field
    size = 101
    for layer in layers:
        size = layer.output(size)
    assert int((cone(layers, size // 2, 101)[0] > 0).sum()) == field


def test_paths_are_counted():
    paths = cone([Layer(3, 1, 1), Layer(3, 1, 1)], 4, 9)
    assert paths[0].tolist() == [0, 0, 1, 2, 3, 2, 1, 0, 0]


@pytest.mark.parametrize(
    ("control", "value"),
    [("layers", 5), ("kernel", 5), ("stride", 2), ("pool", "after every layer"), ("unit", 100)],
)
def test_each_control_of_the_receptive_field_redraws(control, value):
    explorer = receptive_field_explorer(torch.rand(3, 32, 32))
    before = picture(explorer)
    explorer.widgets[control].value = value
    assert picture(explorer) != before


def test_weights_are_counted_in_the_caption():
    explorer = receptive_field_explorer()
    assert "18 C²" in explorer.caption.value
    assert "25 C²" in explorer.caption.value
    explorer.widgets["layers"].value = 3
    assert "27 C²" in explorer.caption.value
    assert "49 C²" in explorer.caption.value


def test_every_setting_of_the_receptive_field_can_be_drawn():
    explorer = receptive_field_explorer()
    for layers in (1, 6):
        for kernel in (1, 7):
            for stride in (1, 2):
                for pool in ("none", "after every layer"):
                    values = {"layers": layers, "kernel": kernel, "stride": stride, "pool": pool, "unit": 0}
                    explorer._figure(values)
                    assert "Receptive field" in explorer.describe(values)


# feature maps


@pytest.mark.parametrize(("control", "value"), [("image", 2), ("layer", "layer 2"), ("channel", 3)])
def test_each_control_of_the_browser_redraws(control, value):
    explorer = browser(list("abcd"))
    before = picture(explorer)
    explorer.widgets[control].value = value
    assert picture(explorer) != before


def test_the_channels_are_those_of_the_layer():
    explorer = browser()
    assert explorer.widgets["channel"].max == 4
    explorer.widgets["layer"].value = "layer 2"
    assert explorer.widgets["channel"].max == 8
    explorer.widgets["channel"].value = 8
    explorer.widgets["layer"].value = "layer 1"
    assert explorer.widgets["channel"].value == explorer.widgets["channel"].max == 4


def test_the_caption_names_the_strongest_place_and_silent_channels():
    maps = torch.zeros(1, 2, 3, 4)
    maps[0, 1, 2, 3] = 1.5
    explorer = feature_map_browser(torch.rand(1, 1, 6, 6), {"a": maps})
    assert "nowhere" in explorer.caption.value
    assert "1 of 2 channels are silent for the whole image" in explorer.caption.value
    explorer.widgets["channel"].value = 1
    assert "at row 2, column 3 (1.50); it is silent at 92 %" in explorer.caption.value


def test_maps_of_other_images_are_refused():
    with pytest.raises(ValueError, match=r"'a' have shape \(3, 2, 4, 4\), expected \(1, F, H, W\)"):
        feature_map_browser(torch.rand(1, 1, 4, 4), {"a": torch.rand(3, 2, 4, 4)})


# where a gradient is wrong


def test_the_known_mistakes_are_mistakes_and_the_first_is_none():
    explorer = gradient_error_map()
    wrong = {name: bool((explorer.errors({"gradient": name}) > 1e-4).any()) for name in known_mistakes()}
    assert list(wrong.values()) == [False] + [True] * 6


@pytest.mark.parametrize("name", list(known_mistakes()))
@pytest.mark.parametrize("measure", ["relative error", "difference"])
def test_every_mistake_can_be_drawn(name, measure):
    explorer = gradient_error_map()
    explorer._figure({"gradient": name, "measure": measure})
    assert name in explorer.describe({"gradient": name, "measure": measure})


def wrong_at(*places, shape=(2, 3, 4, 4), factor=1.0):
    torch.manual_seed(0)
    expected = torch.randn(shape)
    computed = factor * expected
    for place in places:
        computed[place] += 1
    return gradient_error_map({"dx": (computed, expected)}).caption.value


def test_the_caption_says_how_many_and_where():
    assert "2 of 96 entries are wrong" in wrong_at((0, 1, 2, 3), (1, 2, 0, 0))
    assert "right everywhere" in wrong_at()
    assert "all in channel 1." in wrong_at((0, 1, 2, 2), (1, 1, 1, 1))
    assert "at the border alone" in wrong_at((0, 0, 0, 2), (0, 1, 2, 3), (0, 2, 3, 0))
    assert "Yours is 0.5 times what is expected." in wrong_at(factor=0.5)
    assert "Yours is -1 times what is expected." in wrong_at(factor=-1)


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (2, 3, 4, 5)])
def test_gradients_of_any_shape_are_drawn(shape):
    assert "wrong" in wrong_at((0,) * len(shape), shape=shape)


def test_another_shape_and_what_is_no_number_are_said():
    caption = gradient_error_map({"db": (torch.zeros(3), torch.zeros(4))}).caption.value
    assert caption == "db has shape (3,), expected (4,)."
    broken = torch.zeros(2, 2)
    broken[1, 0] = float("nan")
    assert "Worst at [1, 0]" in gradient_error_map({"dw": (broken, torch.zeros(2, 2))}).caption.value


# pictures


def test_number_grids_write_every_number_and_describe_them(shown):
    plotting.number_grids({"a": torch.tensor([[1.0, -2.0]]), "b": [[0.5], [-0.0]]}, title="t", signs="=")
    ((fig, alt),) = shown
    assert alt == "t: a [1 −2], b [0.5; 0]"
    assert {"1", "−2", "0.5", "0", "a", "b", "="} <= {text.get_text() for text in fig.axes[0].texts}


def test_signed_maps_are_white_at_zero_and_photographs_keep_their_colours(shown):
    plotting.signed_maps([torch.rand(3, 4, 5), torch.tensor([[1.0, -3.0]])], ["photo", "map"], title="t", columns=2)
    ((fig, _),) = shown
    photo, signed = (ax.images[0] for ax in fig.axes)
    assert photo.get_array().shape == (4, 5, 3)
    assert signed.get_clim()[0] == -signed.get_clim()[1]


@pytest.mark.parametrize("channels", [1, 3])
def test_filters_are_drawn_one_by_one(shown, channels):
    plotting.filters(torch.randn(5, channels, 3, 3), title="t", columns=4)
    ((fig, alt),) = shown
    assert alt == "t: 5 filters"
    assert sum(len(ax.images) for ax in fig.axes) == 5


def test_filters_that_are_zero_are_drawn(shown):
    plotting.filters(torch.zeros(2, 1, 3, 3), title="t")
    assert len(shown) == 1


def test_histograms_name_the_spread_of_each_layer(shown):
    torch.manual_seed(0)
    plotting.histograms({"one": [torch.ones(5), torch.zeros(5)], "two": [torch.randn(1000)]}, title="t", xlabel="x")
    ((fig, alt),) = shown
    assert alt.startswith("t: standard deviation of one ends with 0, two ends with")
    assert fig.axes[1].get_title() == "layer 2: 0"
