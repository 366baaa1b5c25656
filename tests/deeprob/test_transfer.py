"""Tasks and weights for transfer learning."""

from __future__ import annotations

import torch

from deeprob.datasets import load
from deeprob.training import accuracy
from deeprob.transfer import (
    NEW_CLASSES,
    OLD_CLASSES,
    WEIGHTS,
    chosen_classes,
    digits_task,
    first_per_class,
    shapes_task,
    trained_network,
    untrained_network,
)


def test_the_trained_network_knows_its_six_classes():
    images, labels = chosen_classes(load("shapes", "test"), OLD_CLASSES)
    assert accuracy(trained_network(), images, labels) > 80
    assert accuracy(untrained_network(6), images, labels) < 40
    assert not trained_network().training


def test_the_weights_are_small_and_plain_tensors():
    assert WEIGHTS.stat().st_size < 1_000_000
    state = torch.load(WEIGHTS, weights_only=True)
    assert all(isinstance(value, torch.Tensor) for value in state.values())


def test_classes_are_split_without_overlap_and_numbered_from_zero():
    assert sorted(OLD_CLASSES + NEW_CLASSES) == list(range(10))
    split = load("shapes", "test")
    images, labels = chosen_classes(split, (7, 3))
    assert len(images) == 400
    first = int((split.labels == 7).nonzero()[0])
    assert torch.equal(images[labels == 0][0], split.floats()[first] - 0.5)
    assert set(labels.tolist()) == {0, 1}


def test_the_first_of_each_class():
    y = torch.tensor([2, 0, 0, 1, 2, 0, 2])
    assert first_per_class(y, 1).tolist() == [0, 1, 3]
    assert first_per_class(y, 2).tolist() == [0, 1, 2, 3, 4]


def test_tasks_have_images_of_one_size():
    shapes, digits = shapes_task(), digits_task()
    assert shapes.classes == ("checked cross", "dotted cross", "dotted star", "plain star")
    for task, count in ((shapes, 4), (digits, 10)):
        assert task.X.shape[1:] == task.X_test.shape[1:] == (3, 32, 32)
        assert len(task.classes) == count == len(task.y.unique()) == len(task.y_test.unique())
        assert -0.6 < float(task.X.min()) < float(task.X.max()) < 0.6
        few = task.first(10)
        assert few.y.bincount().tolist() == [10] * count
        assert len(few.X_test) == len(task.X_test)
