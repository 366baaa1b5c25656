"""A convolution whose db is right in the first call alone loses points: mistakes that take both methods of a layer."""

from __future__ import annotations

import pytest

ADDED_UP = """
_forward, _backward = {layer}.forward, {layer}.backward

def _with_zeros(x, w, b, conv_param):
    out, cache = _forward(x, w, b, conv_param)
    return out, (cache, torch.zeros_like(b))

def _added_up(dout, cache):
    dx, dw, db = _backward(dout, cache[0])
    cache[1].add_(db)
    return dx, dw, cache[1]

{layer}.forward, {layer}.backward = staticmethod(_with_zeros), staticmethod(_added_up)
"""

OVER_THE_BIASES = ADDED_UP.replace("torch.zeros_like(b)", "b").replace("add_", "copy_")


@pytest.mark.parametrize("code", [ADDED_UP, OVER_THE_BIASES], ids=["added_up", "over_the_biases"])
@pytest.mark.parametrize("layer", ["Conv", "FastConv"])
def test_db_written_into_the_cache(bench, layer, code):
    question = f"convolutional_networks.{layer}.backward"
    assert bench.points(code.format(layer=layer), question) < {"Conv": 14, "FastConv": 5}[layer]
    checks = bench.grade(code.format(layer=layer), question)
    failed = {name.rsplit("/", 1)[-1] for name, check in checks.items() if not check.passed}
    assert failed <= {"gradient_of_other_biases", "backward_inputs_unchanged"}
