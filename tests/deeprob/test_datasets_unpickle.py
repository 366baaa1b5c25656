"""The restricted unpickler: arrays of numbers as every Python and numpy writes them, and nothing else."""

import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest
from datasets_official import python2_pickle

from deeprob.datasets.unpickle import load_pickle

ARRAYS = [
    np.arange(12, dtype=np.uint8).reshape(3, 4),
    np.asfortranarray(np.arange(12, dtype=np.int64).reshape(3, 4)),
    np.arange(6, dtype=">i4"),
    np.linspace(0, 1, 5),
    np.zeros((0, 3072), np.uint8),
]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype.str}{array.shape}")
def test_arrays_of_every_protocol_are_read(array, protocol):
    read = load_pickle(pickle.dumps({"data": array}, protocol=protocol))["data"]
    np.testing.assert_array_equal(read, array)


def test_a_python_2_pickle_is_read():
    value = {"data": np.arange(600, dtype=np.uint8).reshape(2, 300), "labels": [3, 255, 70000], "batch_label": "b 1"}
    read = load_pickle(python2_pickle(value))
    np.testing.assert_array_equal(read["data"], value["data"])
    assert read["labels"] == [3, 255, 70000]
    assert read["batch_label"] == "b 1"


def test_numpy_numbers_are_read_as_numbers():
    assert load_pickle(pickle.dumps([np.int64(7), np.float32(0.5)])) == [7, 0.5]


class Call:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "value",
    [
        Call(os.system, "exit 1"),
        Call(eval, "1 + 1"),
        Call(getattr, "text", "upper"),
        Call(np.load, "file.npy"),
        Call(np.frombuffer, b"1234"),
        OrderedDict(a=1),
        {"nested": [Call(os.getcwd)]},
    ],
    ids=["os.system", "eval", "getattr", "numpy.load", "numpy.frombuffer", "OrderedDict", "nested"],
)
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_any_other_name_is_refused(value, protocol):
    with pytest.raises(pickle.UnpicklingError, match=r"it calls .*, which no data needs"):
        load_pickle(pickle.dumps(value, protocol=protocol))


def test_an_array_of_objects_is_refused():
    with pytest.raises(pickle.UnpicklingError, match="an array of dtype 'O8', expected plain numbers"):
        load_pickle(pickle.dumps(np.array([None, "x"], dtype=object)))


@pytest.mark.parametrize("data", [b"", b"\x80", b"hello", pickle.dumps(ARRAYS[0])[:-20], b"\x80\x02]q\x00(K\x01"])
def test_damaged_bytes_give_one_kind_of_error(data):
    with pytest.raises(pickle.UnpicklingError):
        load_pickle(data)


def test_an_array_whose_bytes_do_not_fit_its_shape_is_refused():
    good = python2_pickle({"data": np.zeros((2, 3), np.uint8)})
    bad = good.replace(b"(K\x02K\x03t", b"(K\x02K\x09t")
    assert bad != good
    with pytest.raises(pickle.UnpicklingError, match=r"it is damaged .*reshape"):
        load_pickle(bad)


def test_a_reference_to_outside_the_file_is_refused():
    with pytest.raises(pickle.UnpicklingError, match="an object outside the file"):
        load_pickle(b"\x80\x02U\x01xQ.")
