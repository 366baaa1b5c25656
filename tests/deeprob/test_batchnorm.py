"""The given batch normalization agrees with torch's own layer and autograd, and keeps the course's conventions."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from autograder.course import load_course
from autograder.engine.meter import forbid
from deeprob.batchnorm import BatchNorm, SpatialBatchNorm

LAYERS = [(BatchNorm, (9, 4)), (SpatialBatchNorm, (3, 4, 5, 2))]


def problem(shape, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def normal(*size):
        return torch.randn(*size, generator=generator, dtype=torch.float64).to(dtype)

    return 2 * normal(*shape) + 1, normal(shape[1]) + 1, normal(shape[1]), normal(*shape)


@pytest.mark.parametrize(("layer", "shape"), LAYERS)
@pytest.mark.parametrize("mode", ["train", "test"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_output_and_gradients_are_those_of_autograd(layer, shape, mode, dtype):
    x, gamma, beta, dout = problem(shape, dtype)
    mean, var = torch.linspace(-1, 1, shape[1]).to(dtype), torch.linspace(0.5, 2, shape[1]).to(dtype)
    leaves = [t.clone().requires_grad_() for t in (x, gamma, beta)]
    expected = F.batch_norm(leaves[0], mean.clone(), var.clone(), *leaves[1:], training=mode == "train")
    gradients = torch.autograd.grad(expected, leaves, dout)

    out, cache = layer.forward(x, gamma, beta, {"mode": mode, "running_mean": mean, "running_var": var})
    torch.testing.assert_close(out, expected.detach())
    for came, wanted in zip(layer.backward(dout, cache), gradients, strict=True):
        torch.testing.assert_close(came, wanted)


@pytest.mark.parametrize(("layer", "shape"), LAYERS)
def test_running_statistics_move_in_train_mode_alone(layer, shape):
    x, gamma, beta, _ = problem(shape)
    axes = [a for a in range(len(shape)) if a != 1]
    param = {"mode": "train", "momentum": 0.75}
    layer.forward(x, gamma, beta, param)
    torch.testing.assert_close(param["running_mean"], 0.25 * x.mean(axes))
    torch.testing.assert_close(param["running_var"], 0.75 + 0.25 * x.var(axes, correction=0))
    before = param["running_mean"], param["running_mean"].clone(), param["running_var"].clone()
    layer.forward(x + 5, gamma, beta, {**param, "mode": "train"})
    layer.forward(x, gamma, beta, param | {"mode": "test"})
    assert param["running_mean"] is before[0]
    assert torch.equal(param["running_mean"], before[1])
    assert torch.equal(param["running_var"], before[2])


@pytest.mark.parametrize(("layer", "shape"), LAYERS)
def test_inputs_keep_their_values_and_may_be_views(layer, shape):
    x, gamma, beta, dout = problem(shape)
    view, upstream = (t.transpose(0, -1).contiguous().transpose(0, -1) for t in (x, dout))
    kept = x.clone(), dout.clone()
    out, cache = layer.forward(view, gamma, beta, {"mode": "train"})
    gradients = layer.backward(upstream, cache)
    assert torch.equal(view, kept[0])
    assert torch.equal(upstream, kept[1])
    torch.testing.assert_close(out, layer.forward(x, gamma, beta, {"mode": "train"})[0])
    torch.testing.assert_close(gradients, layer.backward(dout, layer.forward(x, gamma, beta, {"mode": "train"})[1]))


def test_one_image_with_one_place_is_normalized_to_beta():
    _, gamma, beta, _ = problem((1, 4, 1, 1))
    out, _ = SpatialBatchNorm.forward(torch.full((1, 4, 1, 1), 7.0).double(), gamma, beta, {"mode": "train"})
    torch.testing.assert_close(out.flatten(), beta)


def test_shapes_follow_on_a_device_without_values():
    for layer, shape in LAYERS:
        x, gamma, beta, dout = (t.to("meta") for t in problem(shape))
        out, cache = layer.forward(x, gamma, beta, {"mode": "train"})
        dx, dgamma, dbeta = layer.backward(dout, cache)
        assert out.shape == dx.shape == x.shape
        assert dgamma.shape == dbeta.shape == gamma.shape
        assert {t.device.type for t in (out, dx, dgamma, dbeta)} == {"meta"}


def test_the_rules_of_the_convolution_exercise_let_it_pass():
    forbidden = load_course().exercise("convolutional_networks").forbidden
    x, gamma, beta, dout = problem((3, 4, 5, 2))
    with forbid(forbidden):
        for mode in ("train", "test"):
            _, cache = SpatialBatchNorm.forward(x, gamma, beta, {"mode": mode})
            SpatialBatchNorm.backward(dout, cache)


@pytest.mark.parametrize(("change", "message"), [
    ({"x": torch.zeros(3, 4, 5)}, r"x has shape \(3, 4, 5\), expected \(N, C, H, W\)"),
    ({"gamma": torch.zeros(3)}, r"gamma has shape \(3,\), expected \(4,\)"),
    ({"beta": torch.zeros(4, 1)}, r"beta has shape \(4, 1\), expected \(4,\)"),
    ({"bn_param": {"mode": "eval"}}, "mode is 'eval', expected 'train' or 'test'"),
])  # fmt: skip
def test_what_does_not_fit_is_named(change, message):
    x, gamma, beta, _ = problem((3, 4, 5, 2))
    right = {"x": x, "gamma": gamma, "beta": beta, "bn_param": {"mode": "train"}}
    with pytest.raises(ValueError, match=message):
        SpatialBatchNorm.forward(**(right | change))
