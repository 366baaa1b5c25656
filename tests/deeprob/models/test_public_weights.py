"""Loading a public file: values arrive under our names, and what does not fit is said in a sentence."""

from __future__ import annotations

import re

import pytest
import torch
from torch import nn

from autograder.reference.exercises import architectures
from deeprob.models import densenet, googlenet, load_public_weights, shufflenet_v2


def public_file(path, net, rename=lambda key: key, without=""):
    torch.manual_seed(3)
    state = {key: torch.rand(t.shape) if t.is_floating_point() else t for key, t in net.state_dict().items()}
    torch.save({rename(key): t for key, t in state.items() if not without or without not in key}, path)
    return state


def test_values_arrive_where_the_public_name_says(tmp_path):
    net = architectures.resnet(18, num_classes=7)
    path = tmp_path / "resnet18.pth"
    state = public_file(path, net, lambda key: key.replace("shortcut", "downsample"))
    assert load_public_weights(net, path) is net
    assert all(torch.equal(net.state_dict()[key], value) for key, value in state.items())


def test_old_files_without_counters_and_with_split_names_load(tmp_path):
    net = densenet(121, num_classes=3)
    path = tmp_path / "densenet121.pth"

    def old(key):
        return re.sub(r"(denselayer\d+\.(?:norm|conv))(\d)", r"\1.\2", key)

    state = public_file(path, net, old, without="num_batches_tracked")
    load_public_weights(net, str(path))
    key = "features.denseblock2.denselayer3.norm2.running_var"
    assert torch.equal(net.state_dict()[key], state[key])


def test_a_checkpoint_that_holds_more_than_weights_in_a_dict_loads(tmp_path):
    net, path = shufflenet_v2(5), tmp_path / "checkpoint.pth"
    state = {f"module.{key}": torch.full_like(t, 2) for key, t in net.state_dict().items()}
    torch.save({"state_dict": state, "epoch": 3}, path)
    load_public_weights(net, path)
    assert net.fc.bias.tolist() == [2] * 5


def test_weights_of_another_network_change_nothing(tmp_path):
    net, path = architectures.resnet(34, 7), tmp_path / "resnet18.pth"
    public_file(path, architectures.resnet(18, 7))
    before = {key: t.clone() for key, t in net.state_dict().items()}
    with pytest.raises(ValueError, match=r"resnet18\.pth: the weights belong to another network: layer1\.2\.conv1"):
        load_public_weights(net, path)
    assert all(torch.equal(before[key], t) for key, t in net.state_dict().items())


def test_names_that_the_model_lacks_are_counted(tmp_path):
    path = tmp_path / "resnet34.pth"
    public_file(path, architectures.resnet(34, 7))
    with pytest.raises(ValueError, match=r"none of the model .* layer1\.2\.conv1\.weight, .* and \d+ more of the file"):
        load_public_weights(architectures.resnet(18, 7), path)


def test_another_number_of_classes_is_explained(tmp_path):
    path = tmp_path / "resnet18.pth"
    public_file(path, architectures.resnet(18, 11))
    with pytest.raises(ValueError, match=r"fc\.weight has shape \(11, 512\) .* build the model with 11 classes"):
        load_public_weights(architectures.resnet(18, 7), path)


def test_the_large_kernel_of_googlenet_is_explained(tmp_path):
    path = tmp_path / "googlenet.pth"

    def small(*sizes):
        return architectures.Inception(*sizes, large_kernel=3)

    public_file(path, googlenet(small, 7))
    with pytest.raises(ValueError, match=r"branch3\.1\.conv\.weight .* build .* with large_kernel=3"):
        load_public_weights(googlenet(architectures.Inception, 7), path)


def test_a_shape_that_nothing_explains_is_named(tmp_path):
    path = tmp_path / "net.pth"
    torch.save({"0.weight": torch.zeros(3, 5), "0.bias": torch.zeros(3)}, path)
    with pytest.raises(ValueError, match=r"0\.weight has shape \(3, 5\) in the file and \(3, 4\) in the model$"):
        load_public_weights(nn.Sequential(nn.Linear(4, 3)), path)


@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04 broken"])
def test_a_file_that_holds_no_weights_is_refused(tmp_path, content):
    path = tmp_path / "net.pth"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"net\.pth is no file of weights alone"):
        load_public_weights(nn.Linear(2, 2), path)


def test_a_file_that_holds_something_else_is_refused(tmp_path):
    path = tmp_path / "net.pth"
    torch.save([1, 2], path)
    with pytest.raises(ValueError, match=r"holds a list, expected a dict of tensors"):
        load_public_weights(nn.Linear(2, 2), path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.pth: no such file"):
        load_public_weights(nn.Linear(2, 2), tmp_path / "nowhere.pth")
