"""The expected values of convolutional networks are those of torch.nn, and the right layers are right."""

import pytest
import torch
from torch import nn

from autograder.oracles.convolutional_networks import networks as oracle
from autograder.oracles.convolutional_networks.right_layers import right_layers
from autograder.oracles.convolutional_networks.training import overfit_accuracy

FILTERS, POOLS = (3, 4), (1,)
LAYERS = right_layers()
CONV, POOL = {"stride": 1, "pad": 1}, {"pool_height": 2, "pool_width": 2, "stride": 2}


def net_and_params(batchnorm):
    """A net of torch.nn and its parameters under the names of DeepConvNet."""
    torch.manual_seed(0)
    parts, params, channels = [], {}, 2
    for i, F in enumerate(FILTERS, 1):
        conv = nn.Conv2d(channels, F, 3, padding=1, dtype=torch.float64)
        params |= {f"W{i}": conv.weight, f"b{i}": conv.bias}
        parts.append(conv)
        if batchnorm:
            norm = nn.BatchNorm2d(F, momentum=0.1, dtype=torch.float64)
            norm.weight.data.uniform_(0.5, 1.5)
            norm.bias.data.normal_()
            params |= {f"gamma{i}": norm.weight, f"beta{i}": norm.bias}
            parts.append(norm)
        parts += [nn.ReLU(), *([nn.MaxPool2d(2)] if i - 1 in POOLS else [])]
        channels = F
    head = nn.Linear(channels * 2 * 3, 5, dtype=torch.float64)
    params |= {"W3": head.weight, "b3": head.bias}
    return nn.Sequential(*parts, nn.Flatten(), head), params


def as_course(name, value):
    return value.T if name == "W3" else value  # nn.Linear keeps its weights transposed


@pytest.mark.parametrize("batchnorm", [False, True])
def test_a_network_is_that_of_torch_nn(batchnorm):
    net, params = net_and_params(batchnorm)
    X, y = torch.randn(6, 2, 4, 6, dtype=torch.float64), torch.arange(6) % 5
    loss = nn.CrossEntropyLoss()(net(X), y) + 0.5 * sum(w.square().sum() for name, w in params.items() if "W" in name)
    loss.backward()
    running = oracle.Running([(torch.zeros(F).double(), torch.ones(F).double()) for F in FILTERS])

    def scores(params, X):
        return oracle.deep_scores(params, X, POOLS, running if batchnorm else None, batchnorm)

    plain = {name: as_course(name, value) for name, value in params.items()}
    came, gradients = oracle.loss_and_gradients(scores, plain, X, y, 0.5)
    torch.testing.assert_close(came, loss.detach())
    for name, value in params.items():
        torch.testing.assert_close(gradients[name], as_course(name, value.grad), msg=name)


def test_running_statistics_take_the_biased_variance():
    running = oracle.Running([(torch.tensor([1.0]).double(), torch.tensor([2.0]).double())])
    x = torch.tensor([0.0, 4.0], dtype=torch.float64).view(2, 1, 1, 1)
    mean, var = running.updated(0, x)
    assert (mean.item(), var.item()) == pytest.approx((0.9 * 1 + 0.1 * 2, 0.9 * 2 + 0.1 * 4))


def test_the_clearance_is_the_smallest_distance_from_a_kink():
    trace = oracle.Trace()
    trace.relu(torch.tensor([[[[-4.0, 0.5], [1.0, 2.0]]]]))
    assert trace.clearance == 0.125  # 0.5 of 4
    trace.pool(torch.tensor([[[[3.9, 4.0], [0.0, 0.0]]]]))
    assert trace.clearance == pytest.approx(0.1 / 4)
    trace.pool(torch.zeros(1, 1, 2, 2))  # a window of zeros passes nothing on
    assert trace.clearance == pytest.approx(0.1 / 4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_right_layers_are_those_of_torch(dtype):
    torch.manual_seed(0)
    x, y = torch.randn(3, 2, 4, 6, dtype=dtype), torch.tensor([1, 0, 4])
    w, b = torch.randn(5, 2, 3, 3, dtype=dtype), torch.randn(5, dtype=dtype)
    v, c = torch.randn(30, 5, dtype=dtype), torch.randn(5, dtype=dtype)
    caches = []

    def forward(name, *inputs):
        out, cache = LAYERS[f"{name}.forward"](*inputs)
        caches.append((name, cache))
        return out

    a = forward("MaxPool", forward("ReLU", forward("FastConv", x, w, b, CONV)), POOL)
    scores = forward("Linear", a, v, c)
    loss, d = LAYERS["softmax_loss"](scores, y)
    found = []
    for name, cache in reversed(caches):
        answer = LAYERS[f"{name}.backward"](d, cache)
        d, *others = answer if isinstance(answer, tuple) else (answer,)
        found = others + found
    leaves = [t.clone().requires_grad_() for t in (w, b, v, c, x)]
    conv = nn.functional.conv2d(leaves[4], leaves[0], leaves[1], padding=1)
    pooled = nn.functional.max_pool2d(conv.relu(), 2)
    expected = nn.functional.cross_entropy(pooled.flatten(1) @ leaves[2] + leaves[3], y)
    torch.testing.assert_close(loss, expected.detach())
    for came, right in zip((*found, d), torch.autograd.grad(expected, leaves), strict=True):
        torch.testing.assert_close(came, right)


@pytest.mark.parametrize(("name", "inputs"), [
    ("Conv.forward", (torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 3, 3), torch.zeros(1), {"stride": 1, "pad": 5000})),
    ("Conv.forward", (torch.zeros(1, 1, 9, 9), torch.zeros(1, 1, 999, 999), torch.zeros(1), {"stride": 1, "pad": 999})),
    ("MaxPool.forward", (torch.zeros(1, 1, 2000, 2000), {"pool_height": 1000, "pool_width": 1000, "stride": 1})),
    ("Linear.forward", (torch.zeros(5000, 1), torch.zeros(1, 5000), torch.zeros(5000))),
    ("Linear.forward", (torch.zeros(10, 1), torch.zeros(1, 10), torch.zeros(10**6, 1, 1))),
    ("Linear.forward", (torch.zeros(10, 1), torch.zeros(10**5, 1, 10), torch.zeros(10))),
    ("Linear.backward", (torch.zeros(1, 10**6), (torch.zeros(1, 10**6), torch.zeros(1, 10**6)))),
    ("ReLU.backward", (torch.zeros(10**5, 1), torch.zeros(10**5))),
    ("softmax_loss", (torch.zeros(3, 4), torch.tensor([0, 4, 1]))),
])  # fmt: skip
def test_right_layers_refuse_what_no_honest_call_asks_for(name, inputs):
    with pytest.raises((ValueError, IndexError), match=r"more numbers|shape|class number"):
        LAYERS[name](*inputs)


def test_overfitting_depends_on_the_settings():
    assert overfit_accuracy(0.1, 3e-3, enough=0.95) >= 0.95
    assert overfit_accuracy(0.1, 1e-6, enough=0.95) < 0.5
    assert overfit_accuracy(1e30, 1e30, enough=0.95) < 0.5  # the scores are no longer finite
