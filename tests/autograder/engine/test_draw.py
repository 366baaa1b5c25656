"""Inputs: the same for the same student and check, others for others, and as the checks need them."""

from __future__ import annotations

import torch

from autograder.engine.draw import Draw, check_seed


def test_the_seed_depends_on_secret_student_and_check():
    seed = check_seed(b"secret", "ada", "knn.predict_labels/ties")
    assert len(seed) == 32
    assert seed == check_seed(b"secret", "ada", "knn.predict_labels/ties")
    others = {
        check_seed(b"another", "ada", "knn.predict_labels/ties"),
        check_seed(b"secret", "bob", "knn.predict_labels/ties"),
        check_seed(b"secret", "ada", "knn.predict_labels/votes"),
    }
    assert len(others | {seed}) == 4


def test_one_seed_gives_one_sequence():
    a, b = Draw(b"x"), Draw(b"x")
    for _ in range(2):
        assert torch.equal(a.normal(3, 4), b.normal(3, 4))
        assert a.number(0, 10**9) == b.number(0, 10**9)
    assert not torch.equal(Draw(b"x").normal(5), Draw(b"y").normal(5))


def test_the_numbers_are_the_same_on_every_machine():
    first = Draw(b"pinned").normal(3, dtype=torch.float64)
    assert [round(v, 6) for v in first.tolist()] == [-1.104748, 0.421502, 1.549775]


def test_drawing_does_not_touch_torchs_generator():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    Draw(b"x").normal(100)
    assert torch.equal(before, torch.random.get_rng_state())


def test_ranges_and_dtypes_are_those_asked_for():
    draw = Draw(b"x")
    x = draw.uniform(1000, low=2.0, high=3.0)
    assert x.dtype == torch.float32
    assert 2.0 <= float(x.min()) < 2.1
    assert 2.9 < float(x.max()) < 3.0
    n = draw.integers(3, 6, 200, dtype=torch.uint8)
    assert n.dtype == torch.uint8
    assert n.unique().tolist() == [3, 4, 5]
    assert {draw.number(1, 2) for _ in range(50)} == {1, 2}
    assert 1.0 <= draw.real(1.0, 1.5) < 1.5
    assert sorted(draw.permutation(9).tolist()) == list(range(9))
    z = draw.normal(5000, mean=10.0, std=2.0)
    assert abs(float(z.mean()) - 10) < 0.2
    assert abs(float(z.std()) - 2) < 0.1


def test_labels_hold_every_class_where_there_is_room():
    for _ in range(20):
        assert Draw(b"x").labels(7, 5).unique().tolist() == [0, 1, 2, 3, 4]
    assert Draw(b"x").labels(3, 5).unique().tolist() == [0, 1, 2]


def test_strided_has_the_same_values_and_is_not_contiguous():
    draw = Draw(b"x")
    for shape in ((5, 3, 4, 2), (6, 4), (2, 1), (7,)):
        x = draw.normal(*shape)
        y = draw.strided(x)
        assert torch.equal(x, y)
        assert not y.is_contiguous()
