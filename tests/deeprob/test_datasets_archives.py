"""The readers, on small archives of the exact official formats and on damaged and foreign ones."""

import gzip
import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from datasets_official import (
    CIFAR10_CLASSES,
    cifar10_members,
    props_members,
    python2_pickle,
    write_idx,
    write_tar,
)
from PIL import Image

from deeprob.datasets import DatasetError, load
from deeprob.datasets.archives import read_cifar10, read_idx_pair, read_props

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def pixels():
    return np.random.RandomState(0).randint(0, 256, (30, 3, 32, 32)).astype(np.uint8)


LABELS = [i % 10 for i in range(30)]


@pytest.fixture
def cifar10(tmp_path, pixels):
    return write_tar(tmp_path / "cifar-10-python.tar.gz", cifar10_members(pixels, LABELS, 10))


def test_cifar10_gives_images_labels_and_classes_in_the_official_order(cifar10, pixels):
    train, test = read_cifar10(cifar10, "train"), read_cifar10(cifar10, "test")
    np.testing.assert_array_equal(train.images, pixels[:20])
    np.testing.assert_array_equal(test.images, pixels[20:])
    assert train.labels.tolist() == LABELS[:20]
    assert train.labels.dtype == np.int64
    assert train.classes == tuple(CIFAR10_CLASSES)


def test_load_reads_an_archive_at_a_given_path(cifar10, pixels):
    split = load("cifar10", "test", root=cifar10, verify=False)
    assert split.images.dtype == torch.uint8
    np.testing.assert_array_equal(split.images.numpy(), pixels[20:])
    assert split.groups is None
    assert split.classes[0] == "airplane"


def test_load_reads_an_archive_in_the_folder_and_in_the_set_s_own_folder(cifar10, tmp_path):
    flat = load("cifar10", root=tmp_path, verify=False)
    (tmp_path / "cifar10").mkdir()
    cifar10.rename(tmp_path / "cifar10" / cifar10.name)
    assert torch.equal(load("cifar10", root=tmp_path, verify=False).images, flat.images)


def test_an_archive_that_is_not_the_official_one_is_refused(cifar10):
    message = r"cifar-10-python.tar.gz: expected 170,498,071 bytes, it has .* \(truncated\)"
    with pytest.raises(DatasetError, match=message):
        load("cifar10", root=cifar10)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_a_truncated_cifar10_archive_is_named(cifar10, share):
    content = cifar10.read_bytes()
    cifar10.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DatasetError, match=r"cifar-10-python.tar.gz: .*truncated.*Next step: delete the file"):
        read_cifar10(cifar10, "test")


def test_a_corrupt_cifar10_archive_is_named(cifar10):
    content = bytearray(cifar10.read_bytes())
    content[len(content) // 2] ^= 0xFF
    cifar10.write_bytes(content)
    with pytest.raises(DatasetError, match=r"cifar-10-python.tar.gz: .*corrupt"):
        read_cifar10(cifar10, "train")


def test_a_foreign_file_is_not_taken_for_cifar10(tmp_path):
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(b"<!DOCTYPE html><title>Quota exceeded</title>")
    with pytest.raises(DatasetError, match=r"expected CIFAR-10's Python archive, a .tar.gz of pickles; the file is"):
        read_cifar10(path, "train")


def test_another_tar_is_not_taken_for_cifar10(tmp_path):
    path = write_tar(tmp_path / "x.tar.gz", {"notes.txt": b"hello"})
    with pytest.raises(DatasetError, match=r"it holds no data_batch_1: not CIFAR-10's Python archive"):
        read_cifar10(path, "train")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": np.zeros((4, 3072), np.float32)}, r"data is float32 \(4, 3072\), expected uint8 \(N, 3072\)"),
        ({"data": np.zeros((4, 784), np.uint8)}, r"data is uint8 \(4, 784\), expected uint8 \(N, 3072\)"),
        ({"data": [1, 2]}, r"data is list, expected uint8 \(N, 3072\)"),
        ({"labels": [0, 1, 2]}, "3 labels for 4 images"),
        ({"labels": [0, 1, 2, 10]}, "labels are not whole numbers from 0 to 9"),
        ({"labels": [0, 1, 2, -1]}, "labels are not whole numbers from 0 to 9"),
        ({"labels": None}, "labels are not whole numbers from 0 to 9"),
    ],
)
def test_a_cifar10_batch_of_another_form_is_described(tmp_path, change, message):
    batch = {"data": np.zeros((4, 3072), np.uint8), "labels": [0, 1, 2, 3]} | change
    members = {"c/batches.meta": pickle.dumps({"label_names": CIFAR10_CLASSES}), "c/test_batch": pickle.dumps(batch)}
    path = write_tar(tmp_path / "cifar-10-python.tar.gz", members)
    with pytest.raises(DatasetError, match=f"test_batch: .*{message}"):
        read_cifar10(path, "test")


class Evil:
    def __reduce__(self):
        return print, ("this must never run",)


def test_a_pickle_that_calls_a_function_is_refused_and_not_run(tmp_path, capsys):
    members = {"c/batches.meta": python2_pickle({}), "c/test_batch": pickle.dumps({"data": Evil()})}
    path = write_tar(tmp_path / "cifar-10-python.tar.gz", members)
    with pytest.raises(DatasetError, match=r"corrupt \(it calls builtins.print, which no data needs\)"):
        read_cifar10(path, "test")
    assert capsys.readouterr().out == ""


def clip(label, count, seed):
    return np.random.RandomState(seed).randint(0, 256, (count, 32, 32, 3)).astype(np.uint8), [label] * count


CLIPS = {"mug_1": clip(8, 5, 1), "mug_2": clip(8, 6, 2), "sugar_box_1": clip(2, 7, 3), "sugar_box_3": clip(2, 4, 4)}


def test_props_gives_clips_groups_and_classes(tmp_path):
    path = write_tar(tmp_path / "Progress-Objects-Sample.tar.gz", props_members(CLIPS, ["mug_2", "sugar_box_3"]))
    train, test = read_props(path, "train"), read_props(path, "test")
    assert train.images.shape == (12, 3, 32, 32)
    assert sorted(train.labels.tolist()) == [2] * 7 + [8] * 5
    assert set(train.groups.tolist()) == {1}
    assert sorted(test.groups.tolist()) == [2] * 6 + [3] * 4
    assert train.classes[2] == "sugar_box"
    assert train.classes[8] == "mug"


def test_props_keeps_image_label_and_group_together_while_mixing(tmp_path):
    path = write_tar(tmp_path / "Progress-Objects-Sample.tar.gz", props_members(CLIPS, []))
    split = load("props", root=path, verify=False)
    names = {image.tobytes(): name for name, (images, _) in CLIPS.items() for image in images}
    for image, label, group in zip(split.images, split.labels, split.groups, strict=True):
        name = names[image.permute(1, 2, 0).contiguous().numpy().tobytes()]
        assert name == f"{split.classes[label]}_{group}"
    assert split.labels.tolist() != sorted(split.labels.tolist())
    assert torch.equal(load("props", root=path, verify=False).labels, split.labels)


def test_an_archive_without_test_clips_is_not_taken_for_props(tmp_path):
    path = write_tar(tmp_path / "p.tar.gz", {"a/mug_1.pkl": pickle.dumps({"data": 1})})
    with pytest.raises(DatasetError, match=r"holds no meta.pkl that names a test_split: not the PROPS archive"):
        read_props(path, "train")


@pytest.fixture
def idx(tmp_path):
    images = np.random.RandomState(0).randint(0, 256, (6, 28, 28)).astype(np.uint8)
    labels = np.array([5, 0, 4, 1, 9, 2], np.uint8)
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", images)
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", labels)
    return tmp_path, images, labels


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_idx_files_give_images_with_one_channel(idx, name):
    folder, images, labels = idx
    split = load(name, root=folder, verify=False)
    np.testing.assert_array_equal(split.images.numpy(), images[:, None])
    assert split.labels.tolist() == labels.tolist()


def test_idx_sets_need_a_folder_not_a_file(idx):
    with pytest.raises(DatasetError, match=r"mnist needs a folder with train-images-idx3-ubyte.gz, .* this is a file"):
        load("mnist", root=idx[0] / "train-images-idx3-ubyte.gz")


def test_swapped_idx_files_are_told_apart(idx):
    folder, *_ = idx
    images, labels = folder / "train-images-idx3-ubyte.gz", folder / "train-labels-idx1-ubyte.gz"
    message = r"train-labels-idx1-ubyte.gz: expected .* 3-dimensional bytes \(00000803\), it begins with 00000801"
    with pytest.raises(DatasetError, match=message):
        read_idx_pair(labels, images)


def test_an_idx_file_cut_short_is_named(idx):
    folder = idx[0]
    path = folder / "train-images-idx3-ubyte.gz"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DatasetError, match=r"train-images-idx3-ubyte.gz: expected a gzipped idx file; .*truncated"):
        load("mnist", root=folder, verify=False)


def test_an_idx_header_that_promises_more_is_named(idx):
    folder = idx[0]
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-10]))
    with pytest.raises(DatasetError, match=r"expected 6 x 28 x 28 = 4,704 values, it has 4,694"):
        load("mnist", root=folder, verify=False)


def test_as_many_labels_as_images_are_demanded(idx):
    write_idx(idx[0] / "train-labels-idx1-ubyte.gz", np.zeros(5, np.uint8))
    with pytest.raises(DatasetError, match=r"5 labels for 6 images in train-images-idx3-ubyte.gz"):
        load("mnist", root=idx[0], verify=False)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*mnist_sample.npz")), ids=lambda path: path.stem)
def test_real_images_survive_the_idx_format(tmp_path, path):
    sample = np.load(path)
    write_idx(tmp_path / "t10k-images-idx3-ubyte.gz", sample["x_test"])
    write_idx(tmp_path / "t10k-labels-idx1-ubyte.gz", sample["y_test"].astype(np.uint8))
    split = load("mnist", "test", root=tmp_path, verify=False)
    np.testing.assert_array_equal(split.images[:, 0].numpy(), sample["x_test"])
    assert split.labels.tolist() == sample["y_test"].tolist()


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("cifar10_jpeg_sample.zip")), ids=lambda path: path.stem)
def test_real_images_survive_the_cifar10_format(tmp_path, path):
    with zipfile.ZipFile(path) as archive:
        files = [f"test/{name}/{i:04d}.jpg" for i in range(6) for name in CIFAR10_CLASSES]
        images = np.stack([np.asarray(Image.open(io.BytesIO(archive.read(file)))) for file in files])
    labels = [CIFAR10_CLASSES.index(file.split("/")[1]) for file in files]
    chw = images.transpose(0, 3, 1, 2)
    archive = write_tar(tmp_path / "cifar-10-python.tar.gz", cifar10_members(chw, labels, 20))
    split = load("cifar10", root=archive, verify=False)
    np.testing.assert_array_equal(split.images.numpy(), chw[:40])
    assert [split.classes[label] for label in split.labels] == [file.split("/")[1] for file in files[:40]]
