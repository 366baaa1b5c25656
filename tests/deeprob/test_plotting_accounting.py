"""The pictures and the table of the accounting show what they were given, and say it in words."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from autograder.reference.exercises.architectures import conv_output_size, network_table, receptive_field
from deeprob.layer_lists import SLIDES, alexnet, lenet5
from deeprob.plotting import style as style_module
from deeprob.plotting.accounting import CostTable, cost_profiles, fields_by_layer, output_sizes


@pytest.fixture
def shown(monkeypatch):
    """The figures that would have been shown, with their descriptions."""
    figures: list[tuple[Figure, str]] = []
    monkeypatch.setattr(style_module, "show", lambda fig, alt: figures.append((fig, alt)))
    return figures


def test_a_table_has_a_line_for_each_row_and_the_sums():
    rows, totals = network_table(*lenet5())
    text = repr(CostTable(rows, totals, note="for 28 x 28")).splitlines()
    assert text[0].split("  ")[0] == "layer"
    assert [line.split()[0] for line in text[1:-1]] == [*(row["name"] for row in rows), "together"]
    assert text[1].split()[-3:] == ["61.25", "520", "0.39"]
    assert f"{totals['parameters']:,}" in text[-2]
    assert text[-1] == "for 28 x 28"


def test_a_table_beside_a_slide_shows_what_is_printed_there_and_judges_nothing():
    table = CostTable(*network_table(*alexnet()), slide=SLIDES["AlexNet"])
    (fc6,) = (line for line in repr(table).splitlines() if line.startswith("fc6"))
    assert "37,752,832" in fc6
    assert "37,725,832 with bias" in fc6
    (flatten,) = (line for line in table.lines if line[0] == "flatten")
    assert flatten[-3:] == ["", "", ""]


def test_a_table_as_html_escapes_names():
    rows, totals = network_table([{"kind": "flatten", "name": "<b>"}], (2, 3, 4))
    html = CostTable(rows, totals)._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert html.count("<tr") == 2


def test_profiles_show_shares_of_layers_that_compute(shown):
    rows, _ = network_table(*alexnet())
    cost_profiles({"AlexNet": rows}, title="Where?")
    ((fig, alt),) = shown
    assert "most parameters in fc6, 62 %" in alt
    memory, operations, parameters = fig.axes
    names = [label.get_text() for label in parameters.get_xticklabels()]
    assert names == [row["name"] for row in rows if row["name"] != "flatten"]
    for ax in (memory, operations, parameters):
        assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(100)


def test_fields_are_drawn_layer_by_layer(shown):
    layers = [{"kind": "conv", "channels": 1, "kernel": 3}] * 3
    fields_by_layer({"three": [receptive_field(layers[:n]) for n in (1, 2, 3)]}, title="Fields", size=28)
    ((fig, alt),) = shown
    assert alt == "Fields: three 7 after 3 layers"
    assert list(fig.axes[0].lines[0].get_ydata()) == [3, 5, 7]


def test_stairs_tell_the_marked_sizes(shown):
    found = {f"padding {p}": {n: conv_output_size(n, 11, 4, p) for n in range(220, 230)} for p in (0, 2)}
    output_sizes(found, title="Stairs", marked=(224, 227))
    ((_, alt),) = shown
    assert "padding 0: 224 pixels give 54, 227 pixels give 55" in alt
    assert "padding 2: 224 pixels give 55, 227 pixels give 56" in alt
