"""The given networks at odd sizes, their heads in training and evaluation, and what their blocks compute."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import nn

from autograder.reference.exercises import architectures
from deeprob.models import (
    ChannelShuffle,
    DenseBlock,
    Fire,
    FractalNet,
    ShuffleUnit,
    alexnet,
    catalogue,
    densenet,
    googlenet,
    shufflenet_v2,
    small_convnet,
    small_inception,
    small_resnet,
    squeezenet,
    wide_resnet,
    zfnet,
)

GOOGLENET = partial(googlenet, architectures.Inception)
ANY_SIZE = {
    "alexnet": (alexnet, 63),
    "zfnet": (zfnet, 63),
    "googlenet": (GOOGLENET, 33),
    "densenet": (densenet, 29),
    "squeezenet 1.0": (squeezenet, 21),
    "squeezenet 1.1": (partial(squeezenet, "1.1"), 21),
    "shufflenet": (shufflenet_v2, 17),
    "fractalnet": (FractalNet, 9),
    "small convnet": (small_convnet, 9),
    "small inception": (partial(small_inception, architectures.Inception), 9),
    "small resnet": (partial(small_resnet, architectures.ResidualBlock), 9),
    "wide resnet": (partial(wide_resnet, 16, 1, architectures.PreActBlock), 9),
}


def on_meta(build, **options):
    with torch.device("meta"):
        return build(**options)


@pytest.mark.parametrize("name", ANY_SIZE)
def test_any_number_of_classes_and_odd_sizes(name):
    build, smallest = ANY_SIZE[name]
    net = on_meta(build, num_classes=7).eval()
    for height, width in ((smallest, smallest + 6), (97, 71), (225, 129)):
        assert net(torch.empty(2, 3, height, width, device="meta")).shape == (2, 7)


@pytest.mark.parametrize("name", catalogue(architectures))
def test_every_network_of_the_catalogue_takes_its_image(name):
    entry = catalogue(architectures)[name]
    net = entry.on_meta().eval()
    assert all(t.is_meta for t in net.state_dict().values())
    assert net(torch.empty(2, *entry.input_shape, device="meta")).shape in ((2, 1000), (2, 10))


def test_the_catalogue_without_an_exercise_has_what_is_given():
    assert set(catalogue()) < set(catalogue(architectures))
    assert "ResNet-50" not in catalogue()


def test_nothing_is_built_before_it_is_asked_for():
    entries = catalogue(object())  # an exercise without any of the functions
    assert sum(p.numel() for p in entries["SqueezeNet 1.1"].on_meta().parameters()) == 1_235_496
    with pytest.raises(AttributeError, match="resnet"):
        entries["ResNet-50"].on_meta()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (partial(densenet, 122), "depth 121, 169, 201, not 122"),
        (partial(squeezenet, 1.0), r'version "1.0" or "1.1", not 1.0'),
        (partial(wide_resnet, 18, 2, architectures.PreActBlock), "10, 16, 22, 28, ..., not 18"),
        (partial(ShuffleUnit, 8, 16), "stride 1 cannot give 16 channels from 8"),
        (partial(ShuffleUnit, 8, 15, 2), "15 channels from 8"),
    ],
)
def test_a_configuration_that_does_not_exist_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


# GoogLeNet: heads


def test_heads_add_to_the_published_parameters():
    inception = partial(architectures.Inception, large_kernel=3)
    with_heads = on_meta(googlenet, inception=inception, auxiliary=True)
    assert sum(p.numel() for p in with_heads.parameters()) == 13_004_888


def test_heads_live_in_training_alone():
    net = on_meta(GOOGLENET, num_classes=5, auxiliary=True)
    x = torch.empty(2, 3, 96, 96, device="meta")
    assert [out.shape for out in net.train()(x)] == [(2, 5)] * 3
    ran = []
    net.aux1.register_forward_hook(lambda *_: ran.append("aux1"))
    net.aux2.register_forward_hook(lambda *_: ran.append("aux2"))
    assert net.eval()(x).shape == (2, 5)
    assert ran == []


def test_without_heads_training_gives_the_logits_alone():
    assert on_meta(GOOGLENET, num_classes=5).train()(torch.empty(2, 3, 96, 96, device="meta")).shape == (2, 5)


def test_a_heads_loss_reaches_the_layers_below_it_and_none_above():
    torch.manual_seed(0)
    net = googlenet(architectures.Inception, num_classes=3, auxiliary=True).train()
    _, lower, upper = net(torch.randn(2, 3, 64, 64))
    lower.sum().backward(retain_graph=True)
    reached = {name.split(".")[0] for name, p in net.named_parameters() if p.grad is not None}
    assert {"conv1", "inception3b", "inception4a", "aux1"} <= reached
    assert not {"inception4b", "aux2", "fc"} & reached
    upper.sum().backward()
    reached = {name.split(".")[0] for name, p in net.named_parameters() if p.grad is not None}
    assert "inception4d" in reached
    assert not {"inception4e", "fc"} & reached


# blocks


def test_a_shuffle_deals_channels_like_cards():
    x = torch.arange(6).view(1, 6, 1, 1)
    assert ChannelShuffle(2)(x).flatten().tolist() == [0, 3, 1, 4, 2, 5]
    assert ChannelShuffle(3)(x).flatten().tolist() == [0, 2, 4, 1, 3, 5]


def test_shuffling_by_the_other_number_of_groups_undoes_it():
    x = torch.randn(2, 12, 3, 5)
    assert torch.equal(ChannelShuffle(4)(ChannelShuffle(3)(x)), x)


def test_a_unit_of_stride_1_passes_half_of_its_channels_on_unchanged():
    unit = ShuffleUnit(8, 8).eval()
    x = torch.randn(2, 8, 5, 7)
    assert torch.equal(unit(x)[:, ::2], x[:, :4])


def test_what_the_next_unit_works_on_comes_from_both_halves():
    torch.manual_seed(0)
    x = torch.randn(1, 8, 3, 3, requires_grad=True)
    _, worked_on = ShuffleUnit(8, 8).eval()(x).chunk(2, dim=1)
    worked_on.sum().backward()
    touched = x.grad[0].abs().sum((1, 2)) > 0
    assert touched[:4].any()
    assert touched[4:].any()


def test_a_unit_of_stride_2_halves_odd_sizes_and_may_widen():
    assert ShuffleUnit(24, 116, stride=2)(torch.randn(2, 24, 9, 7)).shape == (2, 116, 5, 4)


def test_each_layer_of_a_dense_block_sees_all_maps_before_it():
    torch.manual_seed(0)
    block = DenseBlock(6, layers=3, growth=4).eval()
    x = torch.randn(2, 6, 5, 5)
    out = block(x)
    assert out.shape == (2, 18, 5, 5)
    assert torch.equal(out[:, :6], x)
    layers = list(block.children())
    assert torch.equal(out[:, 6:10], layers[0](x))
    assert torch.equal(out[:, 14:], layers[2](out[:, :14]))


def test_fire_expands_with_both_kernels_side_by_side():
    fire = Fire(6, squeeze=3, expand=4)
    x = torch.randn(2, 6, 5, 7)
    squeezed = fire.squeeze(x).relu()
    expected = torch.cat([fire.expand1x1(squeezed).relu(), fire.expand3x3(squeezed).relu()], dim=1)
    assert torch.equal(fire(x), expected)
    assert fire(x).shape == (2, 8, 5, 7)


# small networks


def test_stages_downsample_but_for_the_first():
    calls = []

    def block(c_in, c_out, downsample):
        calls.append((c_in, c_out, downsample))
        return architectures.ResidualBlock(c_in, c_out, downsample)

    net = small_resnet(block, 2, (8, 16, 32), num_classes=5)
    assert calls == [(8, 8, False), (8, 8, False), (8, 16, True), (16, 16, False), (16, 32, True), (32, 32, False)]
    assert net(torch.randn(2, 3, 33, 31)).shape == (2, 5)


def test_pre_activation_blocks_get_their_norm_behind_the_last_block():
    names = [name for name, _ in small_resnet(architectures.PreActBlock, preactivation=True).named_children()]
    assert names == ["conv1", "layer1", "layer2", "layer3", "bn1", "relu", "avgpool", "flatten", "fc"]
    names = [name for name, _ in small_resnet(architectures.ResidualBlock).named_children()]
    assert names == ["conv1", "bn1", "relu", "layer1", "layer2", "layer3", "avgpool", "flatten", "fc"]


@pytest.mark.parametrize("batchnorm", [True, False])
def test_a_small_convnet_has_as_many_convolutions_as_asked(batchnorm):
    net = small_convnet((8, 16), convs_per_stage=3, num_classes=4, batchnorm=batchnorm)
    convolutions = [m for m in net.modules() if isinstance(m, nn.Conv2d)]
    assert [m.out_channels for m in convolutions] == [8] * 3 + [16] * 3
    assert all((m.bias is None) == batchnorm for m in convolutions)
    assert net(torch.randn(2, 3, 32, 32)).shape == (2, 4)
