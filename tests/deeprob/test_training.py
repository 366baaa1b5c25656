"""The loop that trains a torch module."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from deeprob.training import accuracy, train


def task(count: int = 200) -> tuple[torch.Tensor, torch.Tensor]:
    """Bright and dark images with a little noise."""
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(count) % 2
    return (y.float() - 0.5)[:, None, None, None] + 0.3 * torch.randn(count, 1, 8, 8, generator=generator), y


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2))


def test_it_learns_and_leaves_the_network_in_eval_mode(capsys):
    X, y = task()
    net = network()
    history = train(net, X, y, epochs=2, batch_size=20, learning_rate=0.05, validation=(X, y), name="bright")
    assert len(history.losses) == 20
    assert history.losses[-1] < 0.2 < history.losses[0]
    assert history.accuracies[-1] == accuracy(net, X, y) == 100
    assert not net.training
    assert capsys.readouterr().out.startswith("bright  ")


def test_the_same_seed_is_the_same_run():
    X, y = task()
    runs = [train(network(), X, y, batch_size=20, augment=True, seed=s, verbose=False).losses for s in (0, 0, 1)]
    assert runs[0] == runs[1] != runs[2]


def test_the_rate_rises_and_falls_to_zero(monkeypatch):
    X, y = task()
    rates = []
    step = torch.optim.SGD.step

    def noted(self, *args):
        rates.append(self.param_groups[0]["lr"])
        return step(self, *args)

    monkeypatch.setattr(torch.optim.SGD, "step", noted)
    train(network(), X, y, epochs=4, batch_size=10, learning_rate=0.1, verbose=False)
    assert len(rates) == 80
    assert max(rates) == pytest.approx(0.1)
    assert rates[0] < rates[3] == pytest.approx(0.1)
    assert rates[-1] < 0.001


def test_accuracy_is_in_percent_over_all_batches():
    X, y = task(30)
    net = network()
    expected = 100 * float((net.eval()(X).argmax(1) == y).float().mean())
    assert accuracy(net.train(), X, y, batch_size=7) == pytest.approx(expected)
    assert not net.training
