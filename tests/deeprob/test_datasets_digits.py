"""The set that always works: digits, without a network or a file."""

import hashlib

import pytest
import torch

from deeprob.datasets import DatasetError, describe, load


def test_digits_have_the_documented_sizes_types_and_range():
    train, test = load("digits"), load("digits", "test")
    assert train.images.shape == (1297, 1, 8, 8)
    assert test.images.shape == (500, 1, 8, 8)
    assert train.images.dtype == torch.uint8
    assert train.labels.dtype == torch.int64
    assert train.images.max() == describe("digits").max_value == 16
    assert train.labels.unique().tolist() == list(range(10))


def test_digits_split_is_fixed():
    test = load("digits", "test")
    content = test.images.numpy().tobytes() + test.labels.numpy().astype("<i8").tobytes()
    assert hashlib.sha256(content).hexdigest() == "72a4b820dcf6185bd5165a15a38d2c7ff9d34acd87a0f350eec3179d2cccbf7e"


def test_floats_are_in_the_unit_interval():
    floats = load("digits").floats(torch.float64)
    assert floats.dtype == torch.float64
    assert floats.min() == 0
    assert floats.max() == 1


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(DatasetError, match=r"'cifar': there is no such data set, only digits, shapes, cifar10"):
        describe("cifar")
