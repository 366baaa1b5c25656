"""The checks of convolutional layers see what no single wrong question shows, and what they give out is right."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from autograder.checks.convolutional_networks.windows import Places, distinct
from autograder.engine.draw import Draw
from autograder.oracles.convolutional_networks.duality import right_corr2d
from autograder.oracles.convolutional_networks.im2col import right_columns
from autograder.replay import MutantDiagnosis

IM2COL, COL2IM = right_columns()["im2col"], right_columns()["col2im"]

KEPT_IN_THE_CLASS = """
_forward, _backward = {layer}.forward, {layer}.backward

def _keep(*args):
    out, {layer}.kept = _forward(*args)
    return out, None

{layer}.forward = staticmethod(_keep)
{layer}.backward = staticmethod(lambda dout, cache: _backward(dout, {layer}.kept))
"""

WRONG_COLUMNS = """
def im2col(x, kernel, stride, pad):
    raise NotImplementedError("convolutional_networks.im2col: not implemented yet")

def col2im(cols, x_shape, kernel, stride, pad):
    return cols.new_ones(x_shape)

def corr2d(x, k):
    return x
"""


@pytest.mark.parametrize("layer", ["Conv", "MaxPool", "AvgPool", "FastConv", "FastMaxPool"])
def test_a_cache_kept_in_the_class_fails_where_passes_follow_one_another(bench_in_process, layer):
    results = bench_in_process.grade(KEPT_IN_THE_CLASS.format(layer=layer), f"convolutional_networks.{layer}.backward")
    assert {name for name, r in results.items() if not r.passed} == {"several_passes"}


@pytest.mark.parametrize("question", ["conv2d_true", "FastConv.forward", "FastConv.backward"])
def test_wrong_parts_cost_only_their_own_question(bench, question):
    results = bench.grade(WRONG_COLUMNS, f"convolutional_networks.{question}")
    assert {name: r.message for name, r in results.items() if not r.passed} == {}


def test_a_known_mistake_is_named_whatever_the_cache_holds(course, make_bench):
    code = """
    def backward(dout, cache):
        inputs, param, unused = cache
        dx, dw, db = _backward(dout, _forward(*inputs, param)[1])
        return dx, dw.flip(2, 3) * 1.0000001, db

    def forward(x, w, b, conv_param):
        out, _ = _forward(x, w, b, conv_param)
        return out, [[x, w, b], conv_param, "anything"]

    _forward, _backward = Conv.forward, Conv.backward
    Conv.forward, Conv.backward = staticmethod(forward), staticmethod(backward)
    """
    with make_bench("none", seconds=6.0) as bench:
        grader = bench.grader_of("convolutional_networks")
        grader.diagnose = MutantDiagnosis(course, grader.secret)
        result = bench.grade(code, "convolutional_networks.Conv.backward")["gradient_of_the_filters"]
    assert "dw is turned by 180 degrees" in result.diagnosis


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_right_parts_are_those_of_torch_in_the_dtype_of_their_input(dtype):
    x, k = torch.randn(2, 3, 5, 6).to(dtype), torch.randn(2, 3).to(dtype)
    cols = IM2COL(x, (2, 3), 2, 1)
    assert torch.equal(cols, F.unfold(x, (2, 3), padding=1, stride=2))
    image = COL2IM(cols, x.shape, (2, 3), 2, 1)
    assert image.dtype == dtype
    torch.testing.assert_close(image, F.fold(cols, (5, 6), (2, 3), padding=1, stride=2))
    torch.testing.assert_close(right_corr2d(x[0, 0], k), F.conv2d(x[:1, :1], k[None, None])[0, 0])


@pytest.mark.parametrize(("call", "message"), [
    (lambda: IM2COL(torch.zeros(1, 1, 4, 4), (5, 2), 1, 0), r"a window of \(5, 2\) does not fit"),
    (lambda: IM2COL(torch.zeros(1, 1, 4, 4), (2, 2), 0, 0), "stride 0"),
    (lambda: IM2COL(torch.zeros(1, 1, 900, 900), (30, 30), 1, 0), "more than were given"),
    (lambda: IM2COL(torch.zeros(1, 1, 4, 4), (2, 2), 1, 5000), "more than were given"),
    (lambda: COL2IM(torch.zeros(1, 4, 8), (1, 1, 4, 4), (2, 2), 1, 0), r"cols has shape \(1, 4, 8\)"),
    (lambda: COL2IM(torch.zeros(1, 1, 1), (1, 1, 9000, 9000), (1, 1), 9000, 0), "more than were given"),
    (lambda: right_corr2d(torch.zeros(4, 4), torch.zeros(5, 2)), "does not fit"),
    (lambda: right_corr2d(torch.zeros(5000, 5000), torch.zeros(5, 2)), "larger than were given"),
])  # fmt: skip
def test_right_parts_refuse_what_does_not_fit_and_what_no_honest_call_asks_for(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_distinct_numbers_are_far_from_one_another():
    for images in ((2, 3, 6, 6), (2, 2, 8, 9), (1, 1, 1, 1)):
        x = distinct(Draw(b"any"), *images)
        assert x.shape == images
        assert float(x.abs().max()) < 2
        gaps = x.flatten().sort().values.diff()
        assert bool((gaps > 3.9 / x.numel()).all())


def test_places_give_the_parameters_that_layers_take():
    places = Places((2, 3, 5, 6), (3, 2), stride=2, pad=1, filters=4)
    assert places.conv_param == {"stride": 2, "pad": 1}
    assert places.pool_param == {"pool_height": 3, "pool_width": 2, "stride": 2}
    x, w, b = places.conv_inputs(Draw(b"any"), torch.float64)
    assert (x.shape, w.shape, b.shape, b.dtype) == ((2, 3, 5, 6), (4, 3, 3, 2), (4,), torch.float64)
