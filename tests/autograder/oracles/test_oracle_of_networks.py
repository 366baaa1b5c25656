"""The expected values of networks are those of torch.nn, and the right layers are right."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from autograder.oracles.fully_connected_networks import networks as oracle

DIMS = (6, 5, 4, 3)


@pytest.fixture
def params():
    torch.manual_seed(0)
    found = {}
    for i, (fan_in, fan_out) in enumerate(pairwise(DIMS), 1):
        found |= {f"W{i}": torch.randn(fan_in, fan_out), f"b{i}": torch.randn(fan_out)}
    return found


@pytest.fixture
def batch():
    torch.manual_seed(1)
    return torch.randn(7, 2, 3), torch.arange(7) % 3


def of_torch_nn(params):
    parts = [nn.Flatten()]
    for i in range(1, len(DIMS)):
        layer = nn.Linear(DIMS[i - 1], DIMS[i], dtype=torch.float64)
        layer.weight.data, layer.bias.data = params[f"W{i}"].double().T, params[f"b{i}"].double()
        parts += [layer] if i == len(DIMS) - 1 else [layer, nn.ReLU()]
    return nn.Sequential(*parts)


def test_a_network_is_that_of_torch_nn(params, batch):
    X, y = batch
    net = of_torch_nn(params)
    linear = [part for part in net if isinstance(part, nn.Linear)]
    scores = net(X.double())
    loss = nn.CrossEntropyLoss()(scores, y) + 0.5 * sum((layer.weight**2).sum() for layer in linear)
    loss.backward()
    answer = oracle.evaluate(params, X, y, 0.5)
    torch.testing.assert_close(answer.scores, scores.detach())
    torch.testing.assert_close(answer.loss, loss.detach())
    for i, layer in enumerate(linear, 1):
        torch.testing.assert_close(answer.grads[f"W{i}"], layer.weight.grad.T)
        torch.testing.assert_close(answer.grads[f"b{i}"], layer.bias.grad)


def test_the_margin_is_the_smallest_number_before_a_relu(params, batch):
    X, y = batch
    net, sizes = of_torch_nn(params), []
    for part in net:
        if isinstance(part, nn.ReLU):
            part.register_forward_hook(lambda _, given, out: sizes.append(float(given[0].detach().abs().min())))
    net(X.double())
    assert oracle.evaluate(params, X, y).margin == pytest.approx(min(sizes))


def test_the_right_layers_have_the_gradients_of_autograd():
    torch.manual_seed(2)
    given = oracle.right_layers()
    x, w, b = (torch.randn(s, dtype=torch.float64, requires_grad=True) for s in ((4, 2, 3), (6, 5), (5,)))
    dout = torch.randn(4, 5, dtype=torch.float64)
    out, cache = given["Linear.forward"](x, w, b)
    torch.testing.assert_close(out, nn.functional.linear(x.flatten(1), w.T, b))
    expected = torch.autograd.grad(out, (x, w, b), dout)
    torch.testing.assert_close(given["Linear.backward"](dout, cache), expected)

    scores = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    out, cache = given["ReLU.forward"](scores)
    torch.testing.assert_close(out, nn.functional.relu(scores))
    torch.testing.assert_close(given["ReLU.backward"](dout, cache), torch.autograd.grad(out, scores, dout)[0])

    y = torch.tensor([0, 4, 4, 2], dtype=torch.uint8)
    loss, dx = given["softmax_loss"](scores, y)
    torch.testing.assert_close(loss, nn.functional.cross_entropy(scores, y.long()))
    torch.testing.assert_close(dx, torch.autograd.grad(nn.functional.cross_entropy(scores, y.long()), scores)[0])


def test_the_right_layers_keep_the_dtype_and_mind_a_mixture():
    given = oracle.right_layers()
    x, w, b = torch.randn(4, 6), torch.randn(6, 5), torch.randn(5)
    assert given["Linear.forward"](x, w, b)[0].dtype == torch.float32
    assert all(part.dtype == torch.float32 for part in given["softmax_loss"](x, torch.arange(4)))
    with pytest.raises(RuntimeError, match="dtype"):
        given["Linear.forward"](x.double(), w, b)


def test_the_right_layers_do_no_endless_work():
    given = oracle.right_layers()
    for x, w in (((100_000, 100), (100, 1000)), ((100_000, 0), (0, 100_000))):
        with pytest.raises(ValueError, match="more than was asked for"):
            given["Linear.forward"](torch.zeros(x), torch.zeros(w), torch.zeros(w[1]))
    column, row = torch.zeros(100_000, 1), torch.zeros(1, 100_000)
    with pytest.raises(ValueError, match="dout has shape"):
        given["ReLU.backward"](column, row)
    with pytest.raises(ValueError, match="dout has shape"):
        given["Dropout.backward"](column, ({}, row))
    with pytest.raises(ValueError, match="expected one bias for each output"):
        given["Linear.forward"](column, torch.zeros(1, 1), torch.zeros(100_000))
    with pytest.raises(ValueError, match=r"expected \(N, C\) and \(N,\)"):
        given["softmax_loss"](column, torch.zeros(3, dtype=torch.int64))
    with pytest.raises(ValueError, match="velocity has shape"):
        oracle.right_rules()["sgd_momentum"](column, column, {"velocity": row})
    known = oracle.KnownDropout(0, 1)
    for _ in range(1000):
        known.forward(torch.ones(1), {"mode": "test", "p": 0.5})
    with pytest.raises(ValueError, match="more dropout"):
        known.forward(torch.ones(1), {"mode": "test", "p": 0.5})


def test_known_masks_are_those_that_the_network_is_judged_with(params, batch):
    X, y = batch
    known = oracle.KnownDropout(5, 2)
    given = oracle.right_layers(known)
    for _ in range(2):  # the second call has the same masks as the first
        out = X
        for i in (1, 2):
            out, _ = given["Linear.forward"](out, params[f"W{i}"], params[f"b{i}"])
            out, _ = given["Dropout.forward"](given["ReLU.forward"](out)[0], {"mode": "train", "p": 0.4})
        scores, _ = given["Linear.forward"](out, params["W3"], params["b3"])
        judged = oracle.evaluate(params, X, y, mask=known.mask(0.4))
        torch.testing.assert_close(scores.double(), judged.scores, rtol=1e-4, atol=1e-4)
        out, cache = given["Dropout.forward"](X, {"mode": "test", "p": 0.4})
        assert torch.equal(out, X)
        assert torch.equal(given["Dropout.backward"](X, cache), X)
    first, second = (known.mask(0.4)(i, torch.Size((50, 40))) for i in (0, 1))
    assert not torch.equal(first, second)
    assert sorted(first.unique().tolist()) == pytest.approx([0, 1 / 0.6])
    assert float(first.mean()) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("hidden", [(100, 100), (100,) * 4])
def test_fifty_images_are_learned_by_heart_with_good_settings_alone(hidden):
    assert oracle.best_overfit_accuracy(hidden, 0.2, 0.2) == 1
    assert oracle.best_overfit_accuracy(hidden, 1e-3, 0.2) < 0.5  # too small to begin with
    assert oracle.best_overfit_accuracy(hidden, 0.2, 1e-4) < 0.7
    assert oracle.best_overfit_accuracy(hidden, 1e300, 1e300) == 0  # NaN is never right


def test_our_own_training_takes_the_steps_of_the_expected_gradients():
    X, y = oracle.fifty_digits()
    torch.manual_seed(0)
    weights, biases = [torch.randn(1, 64, 8), torch.randn(1, 8, 10)], [torch.zeros(1, 1, 8), torch.zeros(1, 1, 10)]
    params = {"W1": weights[0][0], "b1": biases[0][0, 0], "W2": weights[1][0], "b2": biases[1][0, 0]}
    expected = oracle.evaluate(params, X, y)
    scores = oracle._forward(weights, biases, X)
    torch.testing.assert_close(scores[0].double(), expected.scores, rtol=1e-4, atol=1e-4)
    stepped = oracle._step(weights, biases, X, y, 0.5)
    torch.testing.assert_close(stepped[0][0][0].double(), (params["W1"] - 0.5 * expected.grads["W1"]).double())
    torch.testing.assert_close(stepped[1][1][0, 0].double(), (params["b2"] - 0.5 * expected.grads["b2"]).double())
