"""A wrong layer, loss or update rule costs its own points: networks and trainings are judged with right ones."""

from __future__ import annotations

import pytest

from autograder.engine.sandbox import best_level

NETWORKS = {
    "TwoLayerNet": 7, "FullyConnectedNet": 12, "create_solver_instance": 2,
    "get_three_layer_network_params": 1, "get_five_layer_network_params": 1,
}  # fmt: skip

MISSING = """
def _missing(*args, **kwargs):
    raise NotImplementedError("fully_connected_networks.Linear.forward: not implemented yet")

for layer in (Linear, ReLU, Dropout):
    layer.forward = layer.backward = staticmethod(_missing)
softmax_loss = adam = sgd_momentum = rmsprop = _missing
"""

WRONG = """
_backward = Linear.backward

def _opposite(dout, cache):
    dx, dw, db = _backward(dout, cache)
    return -dx, -dw, -db

Linear.backward = staticmethod(_opposite)
ReLU.forward = staticmethod(lambda x: (x.clamp_(min=0), "nothing"))
ReLU.backward = staticmethod(lambda dout, cache: dout)
Dropout.forward = staticmethod(lambda x, dropout_param: (0 * x, None))

def softmax_loss(x, y):
    return x.sum(), x

def adam(w, dw, config=None):
    return w + dw, config
"""


@pytest.fixture(scope="module")
def patient(make_bench):
    """A training with all layers called back takes a second, and more on a busy machine."""
    with make_bench(best_level(), seconds=60.0) as bench:
        yield bench


@pytest.mark.parametrize("code", [MISSING, WRONG], ids=["missing", "wrong"])
@pytest.mark.parametrize("question", NETWORKS)
def test_networks_are_judged_with_right_parts(patient, code, question):
    assert patient.points(code, f"fully_connected_networks.{question}") == NETWORKS[question]


HEADS = {
    "missing": 'raise NotImplementedError("architectures.replace_head: not implemented yet")',
    "forgotten": "return model",
    "the_first": "model.stem.conv = nn.Linear(1, num_classes)\n    return model",
    "copied": "import copy\n    return _right_head(copy.deepcopy(model).requires_grad_(False).train(), num_classes)",
}


@pytest.mark.parametrize("name", HEADS)
def test_a_linear_probe_is_judged_with_a_right_head(bench, name):
    code = f"_right_head = replace_head\n\n\ndef replace_head(model, num_classes):\n    {HEADS[name]}\n"
    assert bench.points(code, "architectures.linear_probe") == 2
