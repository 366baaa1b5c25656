"""The expected steps of the update rules are those of torch.optim."""

import pytest
import torch

from autograder.oracles.fully_connected_networks import optimizers as oracle

SETTINGS = {
    "sgd_momentum": {"learning_rate": 0.3, "momentum": 0.5},
    "rmsprop": {"learning_rate": 0.3, "decay_rate": 0.7, "epsilon": 0.1},
    "adam": {"learning_rate": 0.3, "beta1": 0.6, "beta2": 0.8, "epsilon": 0.1},
}


def torch_optimizer(rule, parameter, settings):
    rate = settings["learning_rate"]
    if rule == "sgd_momentum":
        return torch.optim.SGD([parameter], lr=rate, momentum=settings["momentum"])
    if rule == "rmsprop":
        return torch.optim.RMSprop([parameter], lr=rate, alpha=settings["decay_rate"], eps=settings["epsilon"])
    betas = settings["beta1"], settings["beta2"]
    return torch.optim.Adam([parameter], lr=rate, betas=betas, eps=settings["epsilon"])


@pytest.mark.parametrize("own", [False, True], ids=["defaults", "own_settings"])
@pytest.mark.parametrize("rule", oracle.DEFAULTS)
def test_five_steps_are_those_of_torch(rule, own):
    torch.manual_seed(0)
    settings = SETTINGS[rule] if own else {}
    parameter = torch.randn(3, 4, dtype=torch.float64)
    optimizer = torch_optimizer(rule, parameter, {**oracle.DEFAULTS[rule], **settings})
    w, config = parameter.clone(), dict(settings)
    for _ in range(5):
        parameter.grad = torch.randn(3, 4, dtype=torch.float64)
        w, memory = oracle.step(rule, w, parameter.grad, config)
        config.update(memory)
        optimizer.step()
        torch.testing.assert_close(w, parameter, rtol=1e-12, atol=1e-12)
    assert set(memory) == set(oracle.MEMORY[rule])
