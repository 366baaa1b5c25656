"""Data sets of the course, all through one function.

    from deeprob.datasets import DatasetError, describe, load, split_validation

    train = load("digits")                      # real handwriting, no download: always works
    test = load("digits", "test")
    train.images                                # uint8 (1297, 1, 8, 8), values 0..info.max_value
    train.floats()                              # float32 (1297, 1, 8, 8) in [0, 1]; floats(torch.float64) as well
    train.labels                                # int64 (1297,)
    train.classes                               # ("0", ..., "9"), by label
    train.groups                                # int64 (N,) where pictures belong together (scenes), otherwise None
    train.first(500), train.subset([4, 2])      # a smaller Split

    load("shapes", limit=5000)                  # the stand-in for CIFAR-10, made in seconds, then cached
    train, validation = split_validation(load("shapes"), 0.2)               # whole scenes on one side: honest
    train, validation = split_validation(load("shapes"), 0.2, by="image")   # random: leaks
    load("shapes", "validation", validation=0.2)                            # the same cut in one call

    load("cifar10")                             # data/cifar10/cifar-10-python.tar.gz, downloaded when missing
    load("cifar10", root="~/Downloads/cifar-10-python.tar.gz")              # an archive, or a folder with it
    describe("cifar10")                         # classes, shape, sizes, licence, source, mirrors, sha256

| name | images | train | test | groups | needs |
| --- | --- | --- | --- | --- | --- |
| digits | 1 x 8 x 8 | 1,297 | 500 | | nothing |
| shapes | 3 x 32 x 32 | 10,000 | 2,000 | scenes | nothing |
| cifar10 | 3 x 32 x 32 | 50,000 | 10,000 | | 170 MB |
| mnist, fashion_mnist | 1 x 28 x 28 | 60,000 | 10,000 | | 12 MB, 31 MB |
| props | 3 x 32 x 32 | 50,000 | 10,000 | recordings | Google Drive |

Whatever cannot be had raises `DatasetError`, whose message names the file, what was expected and the next step.
"""

from deeprob.datasets.catalog import describe, names
from deeprob.datasets.errors import DatasetError
from deeprob.datasets.info import DatasetInfo, RemoteFile
from deeprob.datasets.load import load
from deeprob.datasets.split import Split, split_validation

__all__ = ["DatasetError", "DatasetInfo", "RemoteFile", "Split", "describe", "load", "names", "split_validation"]
