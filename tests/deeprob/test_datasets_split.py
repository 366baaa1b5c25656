"""Splits: what they hold, and how validation is cut."""

import dataclasses

import pytest
import torch

from deeprob.datasets import DatasetError, Split, describe, load, names, split_validation


@pytest.fixture
def scenes():
    """60 images in 12 scenes of five; the image's first byte is its number."""
    images = torch.zeros(60, 3, 32, 32, dtype=torch.uint8)
    images[:, 0, 0, 0] = torch.arange(60)
    groups = torch.arange(60) % 12
    return Split(images, groups % 10, groups, describe("shapes"), "train")


def numbers(split):
    return split.images[:, 0, 0, 0].tolist()


def test_by_default_no_scene_is_on_both_sides(scenes):
    train, validation = split_validation(scenes, 0.25)
    assert set(train.groups.tolist()).isdisjoint(validation.groups.tolist())
    assert len(validation) == 15
    assert sorted(numbers(train) + numbers(validation)) == list(range(60))
    assert (train.name, validation.name) == ("train", "validation")


def test_images_labels_and_groups_stay_together(scenes):
    for part in split_validation(scenes, 0.3):
        assert part.groups.tolist() == [n % 12 for n in numbers(part)]
        assert part.labels.tolist() == [n % 12 % 10 for n in numbers(part)]
        assert numbers(part) == sorted(numbers(part))


def test_a_random_cut_puts_scenes_on_both_sides(scenes):
    train, validation = split_validation(scenes, 0.25, by="image")
    assert len(validation) == 15
    assert not set(train.groups.tolist()).isdisjoint(validation.groups.tolist())


def test_the_cut_is_fixed_by_its_seed(scenes):
    first, again, other = (split_validation(scenes, 0.25, seed=seed)[1] for seed in (0, 0, 1))
    assert numbers(first) == numbers(again)
    assert numbers(first) != numbers(other)
    by_image = split_validation(scenes, 0.1, by="image")[1]
    assert numbers(by_image) == [17, 22, 31, 34, 39, 59]


def test_without_groups_images_are_drawn():
    train, validation = split_validation(load("digits"), 0.2)
    assert (len(train), len(validation)) == (1038, 259)


@pytest.mark.parametrize(
    ("fraction", "by", "message"),
    [
        (0.0, None, r"digits train: the fraction 0.0 is not between 0 and 1"),
        (1.0, None, r"the fraction 1.0 is not between 0 and 1"),
        (0.2, "group", r"digits train: this set has no groups. Next step: split by=\"image\""),
        (0.2, "scene", r"by='scene' is neither \"group\" nor \"image\""),
    ],
)
def test_what_cannot_be_cut_is_explained(fraction, by, message):
    with pytest.raises(DatasetError, match=message):
        split_validation(load("digits"), fraction, by=by)


def test_one_scene_cannot_be_cut_by_scene(scenes):
    one = scenes.subset([0, 12, 24])
    with pytest.raises(DatasetError, match=r"a fraction of 0.5 of 3 images in 1 groups leaves one side empty"):
        split_validation(one, 0.5)


def test_load_cuts_validation_and_limits():
    train = load("digits", validation=0.2, limit=100)
    validation = load("digits", "validation", validation=0.2, limit=100)
    assert (len(train), len(validation)) == (80, 20)
    assert validation.name == "validation"
    everything = {image.numpy().tobytes() for image in load("digits", limit=100).images}
    assert {image.numpy().tobytes() for image in [*train.images, *validation.images]} == everything
    assert len(load("digits", "test", validation=0.2)) == 500


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("digits", "validation"), r"digits: the set has no validation split of its own. Next step: say how much"),
        (("digits", "val"), r"there is no split 'val', only train, validation, test"),
    ],
)
def test_splits_that_do_not_exist_are_explained(arguments, message):
    with pytest.raises(DatasetError, match=message):
        load(*arguments)


def test_more_images_than_there_are_cannot_be_had():
    with pytest.raises(DatasetError, match=r"digits test: 501 images are asked for, it has 500"):
        load("digits", "test", limit=501)


def test_descriptions_and_splits_are_frozen():
    split = load("digits")
    with pytest.raises(dataclasses.FrozenInstanceError):
        split.images = None
    with pytest.raises(dataclasses.FrozenInstanceError):
        describe("digits").name = "other"


def test_every_set_is_described():
    for name in names():
        info = describe(name)
        assert (info.name, len(info.classes), len(set(info.classes))) == (name, 10, 10)
        assert info.licence
        assert info.source
        assert set(info.sha256) == {file.name for file in info.files}
        assert len(info.mirrors) >= 2 * len(info.files)


def test_a_split_says_what_it_is(scenes):
    assert repr(scenes) == "<shapes train: 60 images 3 x 32 x 32, 10 classes, 12 groups>"
    assert repr(load("digits", "test")) == "<digits test: 500 images 1 x 8 x 8, 10 classes>"
