"""A right answer that spoils its arguments fails exactly the checks that ask for unchanged inputs.

Each function of the reference computes its right result and then overwrites every tensor that it was given. A check
that computes its expected value only after the call would compare with the spoiled inputs, and show up here.
"""

from __future__ import annotations

import pytest

from autograder.course import load_course
from tests.conftest import COPIED

LEAVES_INPUTS = {"cross_validation_leaves_inputs", "batch_keeps_dtypes", "other_scores"}  # and all named ..._unchanged
TARGETS = {"knn.KnnClassifier": "KnnClassifier.predict"}
# Networks, training and solvers change or keep what they are given, and are called several times with the same images.
NOT_HERE = {
    "two_layer_net.nn_train", "fully_connected_networks.TwoLayerNet", "fully_connected_networks.FullyConnectedNet",
    "fully_connected_networks.create_solver_instance", "convolutional_networks.ThreeLayerConvNet",
    "convolutional_networks.DeepConvNet", "convolutional_networks.create_convolutional_solver_instance",
    "normalization.BatchNorm.forward", "normalization.SpatialBatchNorm.forward",  # running statistics in bn_param
}  # fmt: skip
# These take numbers, dicts of them, networks to be changed, inputs that the gradient needs, or nothing.
NOT_HERE |= {
    f"architectures.{name}"
    for name in (
        "conv_output_size", "pool_output_size", "receptive_field", "layer_cost", "network_table", "lenet5", "vgg",
        "resnet", "replace_head", "freeze", "linear_probe", "shapes_network", "Inception", "PlainBlock",
        "ResidualBlock", "BottleneckBlock", "PreActBlock", "ResNeXtBlock", "StochasticDepth",
    )
}  # fmt: skip

SCRIBBLE = COPIED + """
def _spoil(value):
    if isinstance(value, torch.Tensor):
        value.fill_(99)
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        _spoil(part)


def _scribbling(function):
    def scribble(*args, **kwargs):
        result = _copied(function(*args, **kwargs))
        _spoil([args, kwargs])
        return result

    return scribble


{target} = _scribbling({target})
"""

QUESTIONS = [q.id for a in load_course().assignments for q in a.questions if q.id not in NOT_HERE]


@pytest.mark.parametrize("level", ["bench_in_process", "bench"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_spoiled_arguments_cost_the_checks_of_unchanged_inputs_and_no_other(request, question, level):
    target = TARGETS.get(question, question.split(".", 1)[1])
    results = request.getfixturevalue(level).grade(SCRIBBLE.replace("{target}", target), question)
    lost = {check: f"{r.outcome}: {r.message}" for check, r in results.items() if not r.passed}
    assert set(lost) == {c for c in results if c in LEAVES_INPUTS or c.endswith("_unchanged")}, lost
    assert all("was changed in place: work on a copy" in message for message in lost.values())
