"""Data sets of the course, all through one function.

    from deeprob.datasets import describe, load, split_validation

    train = load("digits")                    # real handwriting, no download: always works
    test = load("digits", "test")
    train.images                              # uint8 (1297, 1, 8, 8)
    train.floats()                            # float32 (1297, 1, 8, 8) in [0, 1]
    train.labels                              # int64 (1297,)
    train.classes                             # ("0", ..., "9")
    describe("cifar10").licence               # a frozen description of each set
"""

from deeprob.datasets.catalog import DatasetInfo, RemoteFile, describe, names
from deeprob.datasets.errors import DatasetError
from deeprob.datasets.load import load
from deeprob.datasets.split import Split, split_validation

__all__ = ["DatasetError", "DatasetInfo", "RemoteFile", "Split", "describe", "load", "names", "split_validation"]
