"""The explorer and the pictures of project 4: controls redraw, and what they say is right."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image
from torch.nn import functional

from deeprob import plotting
from deeprob.plotting import live as live_picture
from deeprob.plotting import style as style_module
from deeprob.widgets import explorer as explorer_module
from deeprob.widgets import normalization_axes_explorer
from deeprob.widgets.normalization import GROUPS, KINDS, C, H, N, W, example, normalize, sharing

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:traitlets")


def picture(explorer) -> bytes:
    return bytes(explorer.image.value)


@pytest.fixture
def shown(monkeypatch):
    """The figures that would have been shown, with their descriptions."""
    figures: list[tuple[Figure, str]] = []
    monkeypatch.setattr(style_module, "show", lambda fig, alt: figures.append((fig, alt)))
    monkeypatch.setattr(explorer_module, "show", lambda fig, alt: figures.append((fig, alt)))
    return figures


def torchs(x: np.ndarray, kind: str, groups: int) -> np.ndarray:
    images = torch.tensor(x).view(N, C, H, W)
    out = {
        "batch": lambda: functional.batch_norm(images, None, None, training=True),
        "layer": lambda: functional.layer_norm(images, (C, H, W)),
        "instance": lambda: functional.instance_norm(images),
        "group": lambda: functional.group_norm(images, groups),
    }[kind]()
    return out.view(N, C, H * W).numpy()


@pytest.mark.parametrize(("kind", "groups"), [(k, 2) for k in KINDS[:3]] + [("group", g) for g in GROUPS])
def test_the_numbers_after_are_torchs(kind, groups):
    assert np.allclose(normalize(example(), kind, groups), torchs(example(), kind, groups))


@pytest.mark.parametrize(
    ("kind", "groups", "sets", "size"),
    [
        ("batch", 1, C, N * H * W),
        ("layer", 1, N, C * H * W),
        ("instance", 1, N * C, H * W),
        ("group", 1, N, C * H * W),
        ("group", 3, 3 * N, 2 * H * W),
        ("group", 6, N * C, H * W),
    ],
)
def test_each_number_shares_its_mean_with_one_set(kind, groups, sets, size):
    found = {sharing(kind, groups, n, c).tobytes() for n in range(N) for c in range(C)}
    masks = [np.frombuffer(mask, dtype=bool) for mask in found]
    assert len(masks) == sets
    assert {int(mask.sum()) for mask in masks} == {size}
    assert np.sum(masks, axis=0).tolist() == [1] * (N * C * H * W)
    for n in range(N):
        for c in range(C):
            assert sharing(kind, groups, n, c)[n, c].all()


def test_groups_are_consecutive_channels():
    assert np.flatnonzero(sharing("group", 2, 0, 4)[0, :, 0]).tolist() == [3, 4, 5]
    assert np.flatnonzero(sharing("group", 3, 0, 2)[0, :, 0]).tolist() == [2, 3]


def test_it_starts_with_a_picture_and_a_caption():
    explorer = normalization_axes_explorer()
    assert Image.open(io.BytesIO(picture(explorer))).format == "PNG"
    assert explorer.caption.value.endswith("with its own channel of all images, 12 numbers together.")


def test_static_shows_a_picture_with_its_description(shown):
    explorer = normalization_axes_explorer(kind="layer")
    explorer.static(image=2)
    ((fig, alt),) = shown
    assert isinstance(fig, Figure)
    assert alt == explorer.describe(explorer.values | {"image": 2})
    assert "all channels of its own image, 24 numbers together" in alt


@pytest.mark.parametrize(("control", "value"), [("kind", "layer"), ("groups", 3), ("image", 1), ("channel", 5)])
def test_each_control_redraws(control, value):
    explorer = normalization_axes_explorer(kind="group")
    before = picture(explorer)
    explorer.widgets[control].value = value
    assert picture(explorer) != before


def test_groups_can_be_chosen_for_group_norm_alone():
    explorer = normalization_axes_explorer()
    assert explorer.widgets["groups"].disabled
    explorer.widgets["kind"].value = "group"
    assert not explorer.widgets["groups"].disabled


@pytest.mark.parametrize(("groups", "words"), [(1, "layer norm"), (2, ""), (6, "instance norm")])
def test_the_ends_of_group_norm_are_named(groups, words):
    caption = normalization_axes_explorer(kind="group", groups=groups).caption.value
    assert f"group norm with {groups} group{'s' if groups > 1 else ''}: it shares" in caption
    assert all((name in caption) == (name == words) for name in ("layer norm", "instance norm"))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_the_mean_that_is_taken_away(kind):
    explorer = normalization_axes_explorer(kind=kind, image=1, channel=2)
    shared = explorer.shared(explorer.values)
    together = explorer.x[shared]
    mean, std = f"{together.mean():.2f}".replace("-", "−"), f"{together.std():.2f}"
    assert f"mean {mean} and its standard deviation {std}" in explorer.caption.value
    assert any(f"mean {mean}, std {std}" in line for line in explorer._lines(explorer.values, shared))


# pictures


def test_a_cube_has_three_sides_for_each_solid_cell():
    ax = Figure().subplots()
    shared = np.zeros((2, 3, 4), dtype=bool)
    shared[0, 1, 2] = shared[1, 0, 0] = True
    plotting.draw_cube(ax, shared)
    assert len(ax.patches) == 6
    assert {text.get_text() for text in ax.texts} == {"N images", "C channels", "H · W places"}


def test_cells_in_front_are_drawn_over_those_behind():
    ax = Figure().subplots()
    plotting.draw_cube(ax, np.ones((2, 1, 1), dtype=bool))
    behind, front = ax.patches[0].get_xy()[0], ax.patches[3].get_xy()[0]
    assert behind[0] > front[0] == 0


def test_layer_scales_name_both_ends_and_leave_out_what_a_logarithm_cannot_show(shown):
    plotting.layer_scales({"a": [1.0, 0.01], "b": [0.0, float("inf")]}, title="t", ylabel="y")
    ((fig, alt),) = shown
    assert alt == "t: a from 1 to 0.01, b from 0 to inf"
    assert fig.axes[0].get_yscale() == "log"
    assert np.isnan(fig.axes[0].lines[1].get_ydata()).all()


def test_a_live_grid_goes_through_all_runs_and_keeps_their_results():
    live = plotting.LiveGrid("t", rows=(0.1, 1), columns=(1, 2, 4), panels=("with", "without"))
    assert live.describe() == "t: no run has ended yet"
    with live:
        for name, row, column in live.runs():
            live.add(name, row, column, 90.0 if name == "with" and column > 1 else 10.0)
    assert live.values["with"].tolist() == [[10.0, 90.0, 90.0]] * 2
    ends = "with best 90 %, above 80 % in 4 of 6 runs; without best 10 %, above 80 % in 0 of 6 runs"
    assert live.describe() == f"t: {ends}"
    axes = live.figure().axes
    assert [ax.get_title(loc="center") for ax in axes] == ["with", "without"]
    assert sorted(text.get_text() for text in axes[0].texts) == ["10", "10", "90", "90", "90", "90"]


def test_a_live_grid_leaves_open_what_has_not_run():
    live = plotting.LiveGrid("t", rows=(0.1, 1), columns=(1, 2), panels=("a",))
    live.add("a", 1, 2, 55.0)
    assert np.isnan(live.values["a"]).sum() == 3
    assert [text.get_text() for text in live.figure().axes[0].texts] == ["55"]


def test_a_live_grid_is_shown_once_and_then_brought_up_to_date(monkeypatch):
    shown, updated = [], []

    class Cell:
        def update(self, data, **_):
            updated.append(data["text/plain"])

    def display(data, **_):
        shown.append(data["text/plain"])
        return Cell()

    monkeypatch.setattr(live_picture.IPython, "get_ipython", object)
    monkeypatch.setattr(live_picture.IPython.display, "display", display)
    with plotting.LiveGrid("t", rows=(1,), columns=(1, 2), panels=("a",)) as live:
        live.add("a", 1, 1, 30.0)
        live.add("a", 1, 2, 85.0)  # too soon after the first to be drawn
    assert shown == ["[picture: t: a best 30 %, above 80 % in 0 of 1 runs]"]
    assert updated == ["[picture: t: a best 85 %, above 80 % in 1 of 2 runs]"]
