"""How a dropout mask is judged: bounds that right masks keep, pairs that shared masks betray."""

import torch

from autograder.oracles.fully_connected_networks import dropout as oracle


def test_bounds_are_six_and_a_half_deviations_around_the_mean():
    least, most = oracle.count_between(10_000, 0.5)
    assert (least, most) == (5000 - 325, 5000 + 325)


def test_neighbours_of_independent_draws_agree_as_often_as_chance_has_it():
    torch.manual_seed(0)
    mask = torch.rand(100, 121, 3) < 0.3
    for axis, expected_pairs in ((0, 50 * 121 * 3), (1, 60 * 100 * 3), (2, 100 * 121)):
        pairs, alike = oracle.neighbours_that_agree(mask, axis)
        least, most = oracle.count_between(pairs, 0.3**2 + 0.7**2)
        assert pairs == expected_pairs
        assert least <= alike <= most


def test_a_shared_mask_agrees_along_the_axis_that_shares_it():
    torch.manual_seed(0)
    mask = (torch.rand(1, 50) < 0.5).expand(40, 50)
    assert oracle.neighbours_that_agree(mask, 0) == (20 * 50, 20 * 50)
    pairs, alike = oracle.neighbours_that_agree(mask, 1)
    assert alike < pairs
