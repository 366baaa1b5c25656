"""`shapes`: the same bytes everywhere, scenes that do not mix, a cache that is whole or absent."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from deeprob.datasets import DatasetError, describe, load, shapes, split_validation
from deeprob.datasets.portable import Stream, permutation, rounded

pytestmark = pytest.mark.xdist_group("shapes")  # one process makes what the tests share

KIT = Path(__file__).resolve().parents[2]
SMALL = {
    "train": "feac529582bd1fcd954c9a013752a1ce60f5b29e77015e72bacb7cfb7418d552",
    "test": "306a8c7d5a5669d4b77e922a2c91af54c58a87e055888e2d6d2d71e8e7d1ac50",
}


def digest(arrays):
    images, labels, scenes = arrays
    content = images.tobytes() + labels.astype("<i8").tobytes() + scenes.astype("<i8").tobytes()
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder in which shapes was made once."""
    folder = tmp_path_factory.mktemp("data")
    load("shapes", root=folder)
    load("shapes", "test", root=folder)
    return folder


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_few_pictures_have_these_bytes_on_every_machine(split):
    assert digest(shapes.generate(split, 40)) == SMALL[split]


def test_threads_change_nothing():
    one, two = (shapes.generate("train", 2400, workers=workers) for workers in (1, 2))
    assert digest(one) == digest(two)


def test_fewer_pictures_are_the_first_of_more():
    few, many = shapes.generate("train", 1000), shapes.generate("train", 2000)
    for short, long in zip(few, many, strict=True):
        np.testing.assert_array_equal(short, long[:1000])


def test_another_seed_makes_other_pictures():
    assert digest(shapes.generate("train", 40, seed=1)) != SMALL["train"]


def test_the_official_split_has_the_described_form(root):
    info = describe("shapes")
    for split, size in (("train", info.train_size), ("test", info.test_size)):
        part = load("shapes", split, root=root)
        assert part.images.shape == (size, *info.shape)
        assert part.images.dtype == torch.uint8
        assert part.labels.bincount().tolist() == pytest.approx([size / 10] * 10, rel=0.02)


def test_the_official_bytes_are_those_of_the_checksum_list(root):
    lines = (KIT / "data" / "SHA256SUMS").read_text().splitlines()
    listed = dict(reversed(line.split()) for line in lines if not line.startswith("#"))
    for split in ("train", "test"):
        content = (root / "shapes" / f"{split}.npy").read_bytes()
        assert hashlib.sha256(content).hexdigest() == shapes.SHA256[split] == listed[f"shapes/{split}.npy"]


def test_no_scene_is_in_train_and_test(root):
    train, test = load("shapes", root=root), load("shapes", "test", root=root)
    assert set(train.groups.tolist()).isdisjoint(test.groups.tolist())
    assert set(train.groups.unique(return_counts=True)[1].tolist()) == {shapes.RECIPE.per_scene}
    assert len(test.groups.unique()) == len(test)


def test_pictures_of_a_scene_share_a_class_and_look_alike(root):
    train = load("shapes", root=root, limit=1000)
    pixels = train.floats().flatten(1)
    same = train.groups[:, None] == train.groups
    distances = torch.cdist(pixels, pixels)
    assert torch.equal(train.labels[:, None].expand_as(same)[same], train.labels.expand_as(same)[same])
    others = ~torch.eye(1000, dtype=torch.bool)
    assert distances[same & others].mean() < 0.8 * distances[~same].mean()


def test_a_random_validation_split_leaks_and_one_by_scene_does_not(root):
    train, test = load("shapes", root=root, limit=4000), load("shapes", "test", root=root, limit=1000)

    def nearest_neighbour(known, asked):
        nearest = torch.cdist(asked.floats().flatten(1), known.floats().flatten(1)).argmin(1)
        return 100 * (known.labels[nearest] == asked.labels).double().mean().item()

    accuracy = {by: nearest_neighbour(*split_validation(train, 0.2, by=by)) for by in ("image", "group")}
    honest = nearest_neighbour(train, test)
    assert accuracy["image"] > honest + 15
    assert abs(accuracy["group"] - honest) < 6


def test_the_first_pictures_are_whole_scenes(root):
    first = load("shapes", root=root, limit=5000)
    assert set(first.groups.unique(return_counts=True)[1].tolist()) == {shapes.RECIPE.per_scene}


def test_a_made_set_is_read_from_its_cache(root, monkeypatch):
    monkeypatch.setattr(shapes, "generate", None)
    assert len(load("shapes", "test", root=root)) == 2000


def test_a_damaged_cache_is_made_again(root):
    path = root / "shapes" / "test.npy"
    good = path.read_bytes()
    path.write_bytes(good[:1000])
    assert len(load("shapes", "test", root=root)) == 2000
    assert path.read_bytes() == good


def test_a_machine_that_makes_other_bytes_says_so_and_caches_nothing(tmp_path, monkeypatch):
    generate = shapes.generate
    monkeypatch.setattr(shapes, "generate", lambda split, count: generate(split, count, seed=3))
    with pytest.raises(DatasetError, match=r"test.npy: expected sha256 .*, this machine made .* Next step: report it"):
        load("shapes", "test", root=tmp_path)
    assert list(tmp_path.rglob("*.npy")) == []


def test_class_names_say_texture_and_outline():
    names = [f"{shapes.TEXTURES[(c + 1) // 2 % 5]} {shapes.OUTLINES[c // 2]}" for c in range(10)]
    assert tuple(names) == describe("shapes").classes


def test_portable_draws_are_fixed_for_ever():
    assert Stream(1, 2).bytes(8).tolist() == [9, 107, 83, 181, 19, 67, 47, 79]
    assert Stream(1, 2).integers(-3, 3, 10).tolist() == [1, -1, -3, -1, 0, -3, 1, 3, 0, -3]
    assert Stream(1, 2).bells(4).tolist() == [-130, -298, -33, 28]
    assert permutation(8, 5).tolist() == [2, 4, 3, 1, 5, 0, 6, 7]


def test_portable_draws_have_the_stated_spread():
    stream = Stream(3)
    bells, integers = stream.bells(100_000), stream.integers(0, 9, 100_000)
    assert bells.mean() == pytest.approx(0, abs=2)
    assert bells.std() == pytest.approx(147.8, rel=0.01)
    assert np.bincount(integers).tolist() == pytest.approx([10_000] * 10, rel=0.05)
    assert sorted(permutation(1000, 1).tolist()) == list(range(1000))


def test_rounding_is_refused_where_machines_could_differ():
    assert rounded(np.array([1.4, -1.6])).tolist() == [1, -2]
    with pytest.raises(ValueError, match="so close to a half that machines may round it differently"):
        rounded(np.array([0.3, 2.5 + 1e-12]))
