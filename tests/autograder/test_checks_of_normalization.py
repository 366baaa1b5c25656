"""The checks of normalization layers see what no single wrong question shows, and a mistake costs once."""

from __future__ import annotations

import textwrap

import pytest
import torch
import torch.nn.functional as F

from autograder.checks.normalization.cases import Case
from autograder.engine.draw import Draw
from autograder.oracles.normalization import folding
from autograder.oracles.normalization.right_layers import right_layers

BACKWARD_POINTS = {"BatchNorm.backward": 14, "BatchNorm.backward_alt": 8, "SpatialBatchNorm.backward": 6}
LAYERS = ["BatchNorm", "SpatialBatchNorm", "LayerNorm", "InstanceNorm", "GroupNorm", "LocalResponseNorm"]
POINTS = {
    "SpatialBatchNorm.forward": 6, "SpatialBatchNorm.backward": 6,
    "InstanceNorm.forward": 5, "InstanceNorm.backward": 5, "fold_batchnorm": 4,
}  # fmt: skip

KEPT_IN_THE_CLASS = """
_forward, _backward = {layer}.forward, {layer}.backward

def _keep(*args):
    out, {layer}.kept = _forward(*args)
    return out, None

{layer}.forward = staticmethod(_keep)
{layer}.backward = staticmethod(lambda dout, cache: _backward(dout, {layer}.kept))
"""

KEPT_IN_BUFFERS = """
_forward, _buffers = {layer}.forward, {{}}

def _in_a_buffer(number, value):
    if not isinstance(value, torch.Tensor):
        return value
    key = number, value.shape, value.dtype, value.device
    return _buffers.setdefault(key, value).copy_(value)

def _reuse(*args):
    out, cache = _forward(*args)
    return out, tuple(_in_a_buffer(number, value) for number, value in enumerate(cache))

{layer}.forward = staticmethod(_reuse)
"""

SETTINGS_CHANGED = """
_forward = {layer}.forward

def _changed(*args):
    result, param = _forward(*args), args[-1]
    {change}
    return result

{layer}.forward = staticmethod(_changed)
"""

INSTANCE_BY_GROUP = """
def _by_group(x, gamma, beta, in_param):
    return GroupNorm.forward(x, gamma, beta, {"num_groups": x.shape[1], **in_param})

InstanceNorm.forward = staticmethod(_by_group)
InstanceNorm.backward = staticmethod(lambda dout, cache: GroupNorm.backward(dout, cache))
"""

FOLD_BY_BATCH_NORM = """
def fold_batchnorm(w, b, gamma, beta, running_mean, running_var, eps=EPS):
    rows = w.flatten(1).T if w.dim() == 4 else w  # (inputs, outputs)
    param = {"mode": "test", "eps": eps, "running_mean": running_mean, "running_var": running_var}
    at_zero = BatchNorm.forward(torch.zeros_like(rows), gamma, beta, dict(param))[0]
    folded = BatchNorm.forward(rows, gamma, beta, dict(param))[0] - at_zero
    bias = BatchNorm.forward(b[None], gamma, beta, dict(param))[0][0]
    return folded.T.reshape(w.shape) if w.dim() == 4 else folded, bias
"""

STATISTICS_IN_THE_CACHE = """
_forward, _backward = {layer}.forward, {layer}.{backward}

def _in_place(x, gamma, beta, bn_param):
    mode, eps, momentum = batchnorm_settings(x, bn_param)
    kept = {{name: bn_param[name] for name in ("running_mean", "running_var")}}
    statistics = {{name: kept[name] for name in {kept}}}  # not copied: training changes them in place
    before = {{name: tensor.clone() for name, tensor in kept.items()}}
    out, _ = _forward(x, gamma, beta, bn_param)
    for name, tensor in kept.items():
        bn_param[name] = tensor.copy_(bn_param[name])
    return out, (x, gamma, beta, {{"mode": mode, "eps": eps}}, before, statistics)

def _from_the_cache(dout, cache):
    x, gamma, beta, settings, before, statistics = cache
    param = before | (statistics if settings["mode"] == "test" else {{}}) | settings
    return _backward(dout, _forward(x, gamma, beta, param)[1])

{layer}.forward, {layer}.{backward} = staticmethod(_in_place), staticmethod(_from_the_cache)
"""

NO_BETA_AND_NO_SINGLE_EXAMPLE = """
_right = BatchNorm.forward

def _wrong(x, gamma, beta, bn_param):
    if len(x) == 1:
        raise ValueError("one example")
    return _right(x, gamma, 0 * beta, bn_param)

BatchNorm.forward = staticmethod(_wrong)
"""

FORWARD_ALONE = {
    "running statistics": """
        bn_param = dict(bn_param)
    """,
    "momentum": """
        bn_param = bn_param | {"momentum": 0.3}
    """,
    "eps": """
        bn_param = bn_param | {"eps": 1e-5}
    """,
    "a single example": """
        if x.numel() == x.shape[1]:
            raise ValueError("one example")
    """,
    "contiguous": """
        x.view(-1)
    """,
    "float32": """
        x, gamma, beta = x.float(), gamma.float(), beta.float()
        bn_param = {k: v.float() if isinstance(v, torch.Tensor) else v for k, v in bn_param.items()}
    """,
    "in place": """
        result = _right(x, gamma, beta, bn_param)
        x.sub_(1)
        return result
    """,
}
LARGE_WINDOWS_REFUSED = """
_right = LocalResponseNorm.forward

def _wrong(x, lrn_param):
    if lrn_param.get("size", 5) > x.shape[1]:
        raise ValueError("a window larger than the image is deep")
    return _right(x, lrn_param)

LocalResponseNorm.forward = staticmethod(_wrong)
"""
WRONG_AS_SOON_AS_BACKWARD_IS_ASKED_FOR = """
_right, _right_back = BatchNorm.forward, BatchNorm.backward
BatchNorm.asked = False

def _forward(x, gamma, beta, bn_param):
    out, cache = _right(x, gamma, beta, bn_param)
    return (0 * out if BatchNorm.asked and len(x) == 1 else out), cache

def _backward(dout, cache):
    BatchNorm.asked = True
    return _right_back(dout, cache) if len(dout) > 1 else (dout, dout[0], dout[0])

BatchNorm.forward, BatchNorm.backward = staticmethod(_forward), staticmethod(_backward)
"""
WRONG_FORWARD = """
_right = {layer}.forward

def _wrong(x, gamma, beta, bn_param):
{wrong}
    return _right(x, gamma, beta, bn_param)

{layer}.forward = staticmethod(_wrong)
"""

WRONG = """
for layer in (BatchNorm, GroupNorm):
    layer.forward = staticmethod(lambda x, gamma, beta, param: (x, None))
    layer.backward = staticmethod(lambda dout, cache: (dout, dout, dout))
"""

MISSING = """
def _missing(*args):
    raise NotImplementedError("normalization.BatchNorm.forward: not implemented yet")

for layer in (BatchNorm, GroupNorm):
    layer.forward = layer.backward = staticmethod(_missing)
"""

ON_A_COPY = """
_spatial = SpatialBatchNorm.forward
SpatialBatchNorm.forward = staticmethod(lambda x, gamma, beta, bn_param: _spatial(x, gamma, beta, dict(bn_param)))
"""


@pytest.mark.parametrize("layer", LAYERS)
def test_a_cache_kept_in_the_class_fails_where_passes_follow_one_another(bench_in_process, layer):
    results = bench_in_process.grade(KEPT_IN_THE_CLASS.format(layer=layer), f"normalization.{layer}.backward")
    assert {name for name, r in results.items() if not r.passed} == {"several_passes"}


@pytest.mark.parametrize("level", ["bench_in_process", "bench"])
@pytest.mark.parametrize("layer", LAYERS)
def test_a_cache_in_buffers_that_the_next_pass_overwrites_fails_there_too(request, layer, level):
    bench = request.getfixturevalue(level)
    results = bench.grade(KEPT_IN_BUFFERS.format(layer=layer), f"normalization.{layer}.backward")
    assert {name for name, r in results.items() if not r.passed} == {"several_passes"}


@pytest.mark.parametrize("kept", ["running_mean", "running_var"])
@pytest.mark.parametrize("question", ["BatchNorm.backward", "BatchNorm.backward_alt", "SpatialBatchNorm.backward"])
def test_a_cache_with_running_statistics_that_training_changes_fails_there_too(bench_in_process, question, kept):
    layer, backward = question.split(".")
    code = STATISTICS_IN_THE_CACHE.format(layer=layer, backward=backward, kept=[kept])
    results = bench_in_process.grade(code, f"normalization.{question}")
    assert {name for name, r in results.items() if not r.passed} == {"several_passes"}


@pytest.mark.parametrize("wrong", FORWARD_ALONE)
@pytest.mark.parametrize("question", ["BatchNorm.backward", "BatchNorm.backward_alt", "SpatialBatchNorm.backward"])
def test_what_forward_alone_gets_wrong_in_a_corner_costs_nothing_in_backward(bench_in_process, question, wrong):
    layer = question.split(".")[0]
    code = WRONG_FORWARD.format(layer=layer, wrong=textwrap.indent(textwrap.dedent(FORWARD_ALONE[wrong]), "    "))
    name = f"normalization.{question}"
    assert bench_in_process.points(code, name) == BACKWARD_POINTS[question]
    assert not all(r.passed for r in bench_in_process.grade(code, f"normalization.{layer}.forward").values())


def test_a_window_that_forward_refuses_costs_nothing_in_backward(bench_in_process):
    assert bench_in_process.points(LARGE_WINDOWS_REFUSED, "normalization.LocalResponseNorm.backward") == 4
    results = bench_in_process.grade(LARGE_WINDOWS_REFUSED, "normalization.LocalResponseNorm.forward")
    assert {name for name, r in results.items() if not r.passed} == {"unusual_sizes"}


def test_a_forward_pass_that_turns_wrong_when_backward_is_asked_for_excuses_nothing(bench_in_process):
    code = WRONG_AS_SOON_AS_BACKWARD_IS_ASKED_FOR
    assert all(r.passed for r in bench_in_process.grade(code, "normalization.BatchNorm.forward").values())
    results = bench_in_process.grade(code, "normalization.BatchNorm.backward")
    assert {name for name, r in results.items() if not r.passed} == {"backward_batch_of_one"}


def test_a_forward_pass_that_is_always_wrong_excuses_no_backward_pass(bench_in_process):
    code = NO_BETA_AND_NO_SINGLE_EXAMPLE
    results = bench_in_process.grade(code, "normalization.BatchNorm.backward")
    assert {name for name, r in results.items() if not r.passed} == {"backward_batch_of_one"}


@pytest.mark.parametrize("change", ['param["eps"] = torch.ones(2)', "param.clear()", 'param["eps"] = [torch.ones(2)]'])
@pytest.mark.parametrize("layer", LAYERS)
def test_whatever_becomes_of_the_settings_is_no_fault_of_the_grader(bench_in_process, layer, change):
    code = SETTINGS_CHANGED.format(layer=layer, change=change)
    results = bench_in_process.grade(code, f"normalization.{layer}.forward")
    assert not results["inputs_unchanged"].passed


@pytest.mark.parametrize("level", ["bench_in_process", "bench"])
@pytest.mark.parametrize("wrong", [WRONG, MISSING], ids=["wrong", "missing"])
@pytest.mark.parametrize("question", POINTS)
def test_a_wrong_layer_costs_nothing_in_one_that_is_written_on_top_of_it(request, question, wrong, level):
    bench = request.getfixturevalue(level)
    assert bench.points(INSTANCE_BY_GROUP + FOLD_BY_BATCH_NORM + wrong, f"normalization.{question}") == POINTS[question]


@pytest.mark.parametrize("level", ["bench_in_process", "bench"])
def test_running_statistics_in_a_copy_are_lost_on_top_of_a_right_layer_too(request, level):
    results = request.getfixturevalue(level).grade(ON_A_COPY + WRONG, "normalization.SpatialBatchNorm.forward")
    assert results["normalized_by_the_batch"].passed
    assert not results["running_statistics"].passed
    assert results["running_statistics"].message.startswith("running_mean[0] is ")


def test_backward_alt_has_no_points_for_a_call_of_backward(bench):
    code = "BatchNorm.backward_alt = staticmethod(lambda dout, cache: BatchNorm.backward(dout, cache))"
    results = bench.grade(code, "normalization.BatchNorm.backward_alt")
    assert not any(r.passed for r in results.values())
    assert "backward_alt calls BatchNorm.backward" in results["gradient_of_x"].message


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_right_layers_are_those_of_torch_in_the_dtype_of_their_input(dtype):
    problem = Case("SpatialBatchNorm", (3, 4, 5, 2), dtype=dtype).inputs(Draw(b"any"))
    given = right_layers("LayerNorm")
    mean, var = problem.running()
    out, cache = given["SpatialBatchNorm.forward"](*problem.args)
    torch.testing.assert_close(out, F.batch_norm(problem.x, None, None, problem.gamma, problem.beta, True))
    torch.testing.assert_close(problem.param["running_mean"], mean.to(dtype))
    torch.testing.assert_close(problem.param["running_var"], var.to(dtype))
    for came, want in zip(given["SpatialBatchNorm.backward"](problem.dout, cache), problem.gradients(), strict=True):
        torch.testing.assert_close(came, want.to(dtype))
    assert not {name for name in given if name.startswith("LayerNorm")}


@pytest.mark.parametrize(("name", "args", "message"), [
    ("BatchNorm.forward", (torch.zeros(2, 3, 4), *torch.zeros(2, 3), {}), "3 axes"),
    ("BatchNorm.forward", (torch.zeros(1_000_001, 1), *torch.zeros(2, 1), {}), "more numbers than"),
    ("GroupNorm.forward", (torch.zeros(1, 5, 1, 1), *torch.zeros(2, 5), {"num_groups": 2}), "5 channels, 2 groups"),
])  # fmt: skip
def test_right_layers_refuse_what_does_not_fit_and_what_no_honest_call_asks_for(name, args, message):
    with pytest.raises(ValueError, match=message):
        right_layers("LayerNorm")[name](*args)


def test_gamma_is_never_1_and_beta_never_0():
    for seed in range(20):
        problem = Case("BatchNorm", (7, 5)).inputs(Draw(bytes([seed])))
        assert bool((problem.gamma.abs() >= 1.3).all())
        assert bool((problem.beta.abs() >= 0.5).all())
        assert float(problem.dout.std()) > 0.3


@pytest.mark.parametrize("shape", [(6, 4), (5, 3, 2, 3)])
def test_a_folded_layer_equals_the_layer_and_its_batch_norm(shape):
    outputs = 4 if len(shape) == 2 else 5
    w, b = torch.randn(shape, dtype=torch.float64), torch.randn(outputs, dtype=torch.float64)
    names = ("gamma", "beta", "running_mean", "running_var")
    statistics = dict(zip(names, torch.rand(4, outputs, dtype=torch.float64) + 0.5, strict=True))
    new_w, new_b = folding.folded(w, b, statistics, 0.1)
    x = torch.randn((7, 6) if len(shape) == 2 else (7, 3, 4, 5), dtype=torch.float64)

    def layer(weight, bias):
        return F.linear(x, weight.T, bias) if len(shape) == 2 else F.conv2d(x, weight, bias)

    gamma, beta, mean, var = statistics.values()
    torch.testing.assert_close(layer(new_w, new_b), F.batch_norm(layer(w, b), mean, var, gamma, beta, eps=0.1))
