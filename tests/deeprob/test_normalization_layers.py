"""A student's normalization layer inside a torch model: its forward and its backward are really used."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch
from torch import nn
from torch.nn import functional

from deeprob import batchnorm
from deeprob.normalization_layers import Normalization, ResponseNormalization


class Scale:
    """gamma x + beta, as plain as a layer can be; the backward that it is given counts its calls."""

    calls: list[str]

    @staticmethod
    def forward(x, gamma, beta, param):
        Scale.calls.append(f"forward {param['mode']}")
        return gamma * x + beta, (x, gamma)

    @staticmethod
    def backward(dout, cache):
        Scale.calls.append("backward")
        x, gamma = cache
        return 7 * dout * gamma, (dout * x).sum(0), dout.sum(0)  # 7: no mistake of autograd's would make it


@pytest.fixture(autouse=True)
def _no_calls_yet():
    Scale.calls = []


def test_the_layers_own_gradients_are_what_arrives():
    x, dout = torch.randn(4, 3, requires_grad=True), torch.randn(4, 3)
    layer = Normalization(Scale, 3)
    layer(x).backward(dout)
    assert Scale.calls == ["forward train", "backward"]
    assert torch.equal(x.grad, 7 * dout)
    assert torch.allclose(layer.gamma.grad, (dout * x).sum(0))
    assert torch.allclose(layer.beta.grad, dout.sum(0))


def test_the_mode_follows_the_module():
    net = nn.Sequential(Normalization(Scale, 3))
    net.eval()(torch.randn(2, 3))
    net.train()(torch.randn(2, 3))
    assert Scale.calls == ["forward test", "forward train"]


def test_a_model_with_the_given_batch_norm_trains_as_with_torchs():
    torch.manual_seed(0)
    x, y = torch.randn(32, 3, 6, 6), torch.randint(4, (32,))

    def net(norm):
        torch.manual_seed(1)
        return nn.Sequential(nn.Conv2d(3, 5, 3), norm, nn.ReLU(), nn.Flatten(), nn.Linear(80, 4))

    ours, theirs = net(Normalization(batchnorm.SpatialBatchNorm, 5)), net(nn.BatchNorm2d(5))
    for one in (ours, theirs):
        optimizer = torch.optim.SGD(one.parameters(), lr=0.1)
        for _ in range(5):
            optimizer.zero_grad()
            functional.cross_entropy(one(x), y).backward()
            optimizer.step()
    for mine, torchs in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(mine, torchs, atol=1e-5)
    assert torch.allclose(ours[1].param["running_mean"], theirs[1].running_mean, atol=1e-5)


def test_settings_reach_the_layer_and_no_two_modules_share_them():
    first, second = Normalization(Scale, 2, eps=1e-3), Normalization(Scale, 2, eps=1e-3)
    first.param["running_mean"] = torch.zeros(2)
    assert first.param["eps"] == 1e-3
    assert "running_mean" not in second.param
    assert repr(first) == "Normalization(Scale, 2, eps=0.001)"


def test_a_layer_without_weights():
    class Double:
        @staticmethod
        def forward(x, param):
            return param["factor"] * x, param["factor"]

        @staticmethod
        def backward(dout, cache):
            return cache * dout

    x = torch.randn(3, requires_grad=True)
    layer = ResponseNormalization(Double, factor=2)
    layer(x).sum().backward()
    assert torch.equal(x.grad, torch.full((3,), 2.0))
    assert repr(layer) == "ResponseNormalization(Double, factor=2)"


@pytest.mark.parametrize("where", ["forward", "backward"])
def test_what_is_not_written_yet_says_so_as_itself(where):
    class Missing(Scale):
        pass

    def missing(*args):
        raise NotImplementedError(f"normalization.BatchNorm.{where}: not implemented yet")

    setattr(Missing, where, staticmethod(missing))
    with pytest.raises(NotImplementedError, match=rf"BatchNorm\.{where}: not implemented yet"):
        Normalization(Missing, 3)(torch.randn(2, 3, requires_grad=True)).sum().backward()


def test_a_cache_that_holds_the_output_does_not_keep_the_graph_alive():
    class Kept(Scale):
        @staticmethod
        def forward(x, gamma, beta, param):
            out = gamma * x + beta
            return out, (x, gamma, out)

    gc.disable()
    try:
        x = torch.randn(2, 3)
        out = Normalization(Kept, 3)(x)
        watched = weakref.ref(out.grad_fn)
        del out
        assert watched() is None
    finally:
        gc.enable()


def test_a_second_derivative_is_refused_rather_than_wrong():
    x = torch.randn(2, 3, requires_grad=True)
    (grad,) = torch.autograd.grad(Normalization(Scale, 3)(x).pow(2).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        grad.sum().backward()
