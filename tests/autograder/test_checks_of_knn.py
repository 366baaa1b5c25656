"""The checks of k nearest neighbours see a deleted guard, and a wrong classifier costs nothing elsewhere."""

from __future__ import annotations

import re

import pytest
import torch

from autograder.engine import stand_ins

NO_GUARD = "def _check_same_shape(x_train, x_test):\n    pass\n"
PIXELS_COUNTED = """
def _check_same_shape(x_train, x_test):
    if x_train[0].numel() != x_test[0].numel():
        raise ValueError("other sizes")
"""
LABELS = """
def predict_labels(dists, y_train, k=1):
    {guard}
    return y_train.long()[dists.topk(k, dim=0, largest=False).indices].mode(dim=0).values
"""
FOLDS = """
_right = knn_cross_validate

def knn_cross_validate(x_train, y_train, num_folds=5, k_choices=(1, 3, 5, 8, 10, 12, 15, 20, 50, 100)):
    return _right(x_train, y_train, {folds}, k_choices)
"""


@pytest.mark.parametrize("code", [NO_GUARD, PIXELS_COUNTED], ids=["none", "pixels"])
@pytest.mark.parametrize("loops", ["two_loops", "one_loop", "no_loops"])
def test_images_of_other_shapes_must_be_refused(bench, code, loops):
    results = bench.grade(code, f"knn.compute_distances_{loops}")
    assert [name for name, r in results.items() if not r.passed] == ["refuses_other_shapes"]
    assert "expected a ValueError" in results["refuses_other_shapes"].message


@pytest.mark.parametrize("guard", [
    "k = max(1, min(k, len(dists)))",
    "k = max(1, k)\n    if k > len(dists): raise ValueError(k)",
    "if not 1 <= k <= len(dists): raise IndexError(k)",
    "assert 1 <= k <= len(dists)",
])  # fmt: skip
def test_a_k_that_does_not_fit_must_be_refused(bench, guard):
    results = bench.grade(LABELS.format(guard=guard), "knn.predict_labels")
    assert [name for name, r in results.items() if not r.passed] == ["refuses_other_k"]


@pytest.mark.parametrize("folds", ["max(2, num_folds)", "min(num_folds, len(x_train))"])
def test_folds_that_do_not_fit_must_be_refused(bench, folds):
    results = bench.grade(FOLDS.format(folds=folds), "knn.knn_cross_validate")
    assert [name for name, r in results.items() if not r.passed] == ["refuses_other_folds"]


THROUGH_THE_CLASSIFIER = """
class KnnClassifier(KnnClassifier):
    {broken}

def knn_cross_validate(x_train, y_train, num_folds=5, k_choices=(1, 3, 5, 8, 10, 12, 15, 20, 50, 100)):
    if not 2 <= num_folds <= len(x_train):
        raise ValueError(num_folds)
    xs, ys = x_train.tensor_split(num_folds), y_train.tensor_split(num_folds)
    k_to_accuracies = {{k: [] for k in k_choices}}
    for i in range(num_folds):
        classifier = KnnClassifier(torch.cat(xs[:i] + xs[i + 1 :]), torch.cat(ys[:i] + ys[i + 1 :]))
        for k in k_choices:
            k_to_accuracies[k].append(classifier.check_accuracy(xs[i], ys[i], k=k, quiet=True){wrong})
    return k_to_accuracies
"""
BROKEN = {
    "right": "pass",
    "unfinished": "def __init__(self, x_train, y_train): "
    "raise NotImplementedError('knn.KnnClassifier: not implemented yet')",
    "one_label": "def predict(self, x_test, k=1): return self.y_train[:1].long().expand(len(x_test))",
    "no_refusals": "def predict(self, x_test, k=1): return torch.zeros(len(x_test), dtype=torch.int64)",
    "k_ignored": "def predict(self, x_test, k=1): "
    "return predict_labels(compute_distances_no_loops(self.x_train, x_test), self.y_train)",
}


@pytest.mark.parametrize("level", ["bench_in_process", "bench"])
@pytest.mark.parametrize("broken", BROKEN)
def test_cross_validation_is_judged_with_a_right_classifier(request, level, broken):
    code = THROUGH_THE_CLASSIFIER.format(broken=BROKEN[broken], wrong="")
    results = request.getfixturevalue(level).grade(code, "knn.knn_cross_validate")
    assert {name: r.message for name, r in results.items() if not r.passed} == {}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_right_classifier_hides_no_mistake_of_the_cross_validation(bench, broken):
    code = THROUGH_THE_CLASSIFIER.format(broken=BROKEN[broken], wrong=" / 100")
    assert bench.points(code, "knn.knn_cross_validate") == 0


def test_invented_parts_refuse_what_the_right_ones_refuse():
    with pytest.raises(ValueError, match="shapes"):
        stand_ins.invented_distances(torch.zeros(4, 2, 3), torch.zeros(4, 3, 2))
    for k in (-1, 0, 5):
        with pytest.raises(ValueError, match="expected 1 to 4"):
            stand_ins.invented_labels(torch.zeros(4, 2), torch.zeros(4), k)


REFUSES = """
class Odd(ValueError):
    pass


def knn_get_best_k(k_to_accuracies):
    if not k_to_accuracies:
        {at_once}
    return min(k_to_accuracies, key=lambda k: (-sum(k_to_accuracies[k]) / len(k_to_accuracies[k]), k))
"""


@pytest.mark.parametrize("level", ["bench_in_process", "bench"])
@pytest.mark.parametrize(
    ("at_once", "said"),
    [
        ("raise ValueError('no k')", ""),
        ("raise Odd('no k')", ""),
        ("b'\\xff'.decode()", ""),
        ("raise KeyError('no k')", r"it raises KeyError: 'no k' \(.*\), expected a ValueError\.$"),
        ("assert k_to_accuracies", r"it raises AssertionError"),
        ("raise KeyError", r"it raises KeyError \("),
        ("return None", r"^an empty dict: it returns a result, expected a ValueError\.$"),
    ],
)
def test_a_value_error_of_any_kind_refuses_and_nothing_else_does(request, level, at_once, said):
    results = request.getfixturevalue(level).grade(REFUSES.format(at_once=at_once), "knn.knn_get_best_k")
    refused = results.pop("refuses_an_empty_dict")
    assert refused.passed == (said == "")
    assert re.search(said, refused.message)
    assert {name: r.message for name, r in results.items() if not r.passed} == {}
