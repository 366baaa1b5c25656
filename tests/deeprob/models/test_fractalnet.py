"""Paths of FractalNet: how long they are, what is dropped in training, and that a column works alone."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from deeprob.models import FractalBlock, FractalNet, Join


def convolutions(module) -> int:
    return sum(isinstance(m, nn.Conv2d) for m in module.modules())


def runs(block, x, **options) -> int:
    """How many convolutions run in a call."""
    count = []
    handles = [m.register_forward_hook(lambda *_: count.append(1)) for m in block.modules() if isinstance(m, nn.Conv2d)]
    block(x, **options)
    for handle in handles:
        handle.remove()
    return len(count)


@pytest.mark.parametrize("columns", [1, 2, 3, 4])
def test_a_block_has_two_to_the_columns_less_one_convolutions(columns):
    block = FractalBlock(3, 4, columns)
    assert convolutions(block) == 2**columns - 1
    assert block(torch.randn(2, 3, 7, 5)).shape == (2, 4, 7, 5)


@pytest.mark.parametrize("column", [1, 2, 3])
def test_a_column_alone_runs_its_convolutions_and_no_others(column):
    block = FractalBlock(3, 4, columns=3).eval()
    assert runs(block, torch.randn(1, 3, 5, 5), column=column) == 2 ** (column - 1)


def test_the_block_follows_the_papers_rule():
    block = FractalBlock(3, 4, columns=3).eval()
    x = torch.randn(2, 3, 6, 6)
    middle = (block.lower.conv(x) + block.lower.upper(block.lower.lower(x))) / 2
    paths = [block.conv(x), block.upper.conv(middle), block.upper.upper(block.upper.lower(middle))]
    torch.testing.assert_close(block(x), sum(paths) / 3)


def test_evaluation_draws_nothing():
    net = FractalNet((4, 8), columns=3).eval()
    x = torch.randn(2, 3, 8, 8)
    state = torch.get_rng_state()
    assert torch.equal(net(x), net(x))
    assert torch.equal(torch.get_rng_state(), state)


def test_a_join_in_training_keeps_each_path_by_chance_and_never_none():
    torch.manual_seed(0)
    join = Join(drop=0.5).train()
    values = [join([torch.tensor([1.0]), torch.tensor([2.0]), torch.tensor([6.0])]).item() for _ in range(400)]
    means = {1.0, 2.0, 6.0, 1.5, 3.5, 4.0, 3.0}  # of every set of paths but the empty one
    assert set(values) == means
    alone = sum(value in (1.0, 2.0, 6.0) for value in values) / 400
    assert alone == pytest.approx(4 / 8, abs=0.1)  # 3 of the 8 cases, and that of none


def test_a_join_that_drops_all_still_gives_one_of_them():
    join = Join(drop=1.0).train()
    assert {join([torch.tensor([1.0]), torch.tensor([2.0])]).item() for _ in range(40)} == {1.0, 2.0}


def test_without_drop_training_is_the_mean():
    assert Join(drop=0.0).train()([torch.tensor([1.0]), torch.tensor([5.0])]).item() == 3


def test_in_training_half_of_the_batches_see_one_column_the_same_in_all_blocks():
    torch.manual_seed(0)
    net = FractalNet((4, 4), columns=3, drop=0.0).train()
    counts = [runs(net, torch.randn(2, 3, 8, 8)) for _ in range(80)]
    assert set(counts) == {2, 4, 8, 14}  # columns 1, 2 and 3 in two blocks, and all of them
    assert counts.count(14) == pytest.approx(40, abs=15)


def test_a_column_can_be_trained_or_tested_alone():
    net = FractalNet((4, 4), columns=2).train()
    assert runs(net, torch.randn(2, 3, 8, 8), column=2) == 4


def test_every_parameter_gets_a_gradient_when_nothing_is_dropped():
    net = FractalNet((4, 8), columns=3, drop=0.0, one_column=0.0).train()
    net(torch.randn(4, 3, 8, 8)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
