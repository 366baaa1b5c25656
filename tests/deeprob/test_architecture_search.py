"""Cells, their networks, and the two searches."""

from __future__ import annotations

import random

import pytest
import torch

from deeprob.architecture_search import (
    EDGES,
    OPERATIONS,
    CellModule,
    Trial,
    count_multiply_adds,
    count_parameters,
    decode,
    evolutionary_search,
    is_connected,
    mutated,
    random_cell,
    random_search,
)
from deeprob.plotting.architecture_search import LiveTrials

NOTHING = ("none",) * 6


def worth(cell):
    """The more convolutions, the better."""
    return 10.0 * sum(name == "conv3" for name in cell)


def price(cell):
    return sum({"conv3": 9, "conv1": 1}.get(name, 0) for name in cell)


def test_a_cell_of_skips_adds_up_its_paths():
    x = torch.rand(2, 3, 4, 4) + 0.1
    assert torch.allclose(CellModule(("skip",) * 6, 3)(x), 4 * x)  # 0-3, 0-1-3, 0-2-3, 0-1-2-3
    assert torch.allclose(CellModule(("skip", "none", "none", "none", "skip", "none"), 3)(x), x)
    assert float(CellModule(NOTHING, 3)(x).abs().sum()) == 0


def test_connection_follows_the_edges():
    assert not is_connected(NOTHING)
    assert not is_connected(("conv3", "none", "conv3", "none", "none", "none"))
    assert is_connected(("conv3", "none", "conv3", "none", "none", "pool3"))
    assert is_connected(("none", "none", "none", "skip", "none", "none"))


def test_random_cells_and_children_are_connected():
    rng = random.Random(0)
    for _ in range(50):
        cell = random_cell(rng)
        child = mutated(cell, rng)
        assert is_connected(cell)
        assert is_connected(child)
        assert sum(a != b for a, b in zip(cell, child, strict=True)) == 1
        assert set(cell) <= set(OPERATIONS)
        assert len(cell) == len(EDGES)


def test_costs_are_those_of_the_layers():
    nothing = decode(("none", "none", "none", "skip", "none", "none"), channels=4, stem_stride=1)
    body = 9 * 3 * 4 * 64 + 9 * 4 * 8 * 16 + 9 * 8 * 16 * 4 + 160
    assert count_multiply_adds(nothing, (3, 8, 8)) == body
    conv = decode(("none", "none", "none", "conv3", "none", "none"), channels=4, stem_stride=1)
    assert count_multiply_adds(conv, (3, 8, 8)) == body + 9 * (16 * 64 + 64 * 16 + 256 * 4)
    assert count_parameters(conv) - count_parameters(nothing) == 9 * (16 + 64 + 256) + 2 * (4 + 8 + 16)


def test_networks_give_scores_and_keep_their_mode():
    net = decode(("conv3", "skip", "pool3", "conv1", "skip", "conv3"), channels=4, cells_per_stage=2, num_classes=7)
    assert net(torch.randn(2, 3, 32, 32)).shape == (2, 7)
    count_multiply_adds(net)
    assert net.training


def test_an_unknown_operation_is_named():
    with pytest.raises(ValueError, match="no operation 'conv9', only none, skip"):
        decode(("conv9",) * 6)


@pytest.mark.parametrize("search", [random_search, evolutionary_search])
def test_searches_keep_the_budget_and_repeat_themselves(search):
    seen: list[Trial] = []
    trials = search(worth, 40, 20, seed=3, watch=seen.append, cost=price)
    assert seen == trials
    assert len(trials) == 40 == len({trial.cell for trial in trials})
    assert all(trial.multiply_adds == price(trial.cell) <= 20 for trial in trials)
    assert all(trial.accuracy == worth(trial.cell) for trial in trials)
    assert trials == search(worth, 40, 20, seed=3, cost=price)
    assert trials != search(worth, 40, 20, seed=4, cost=price)


def test_evolution_climbs_and_children_have_parents_that_live():
    trials = evolutionary_search(worth, 120, 100, population=8, seed=0, cost=price)
    assert all(trial.parent is None for trial in trials[:8])
    assert all(k - 8 <= trial.parent < k for k, trial in enumerate(trials) if k >= 8)
    first, last = (sum(t.accuracy for t in part) / 30 for part in (trials[:30], trials[-30:]))
    assert last > first + 4


def test_a_watched_search_says_how_it_went():
    live = LiveTrials("Test", 20)
    assert live.describe() == "Test: no trial yet"
    trials = random_search(worth, 5, 20, watch=live.watch("random"), cost=price)
    best = max(trial.accuracy for trial in trials)
    assert live.describe() == f"Test: random best {best:.1f} % of 5 cells"
    assert len(live.figure().axes) == 2
