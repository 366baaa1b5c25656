"""What a check's own functions are asked to do by the student's code, and what it puts into the arguments of a call."""

from __future__ import annotations

import pytest

GREEDY = """
def nn_predict(params, loss_func, X):
    n = 30_000
    try:
        loss_func({"W": torch.ones(1, n), "W3": torch.ones(1, n)}, torch.ones(n, 1))
    except (KeyError, ValueError):  # other checks look at what they are given
        pass
    return loss_func(params, X).argmax(dim=1)
"""


def test_what_a_check_computes_for_the_students_code_is_bounded(bench):
    """A product of 2 x 30,000 numbers has 900 million, in the grader's own memory."""
    results = bench.grade(GREEDY, "two_layer_net.nn_predict")
    assert results["highest_score"].passed
    assert results["scores_of_loss_func"].outcome == "crashed"
    assert "memory over" in results["scores_of_loss_func"].message
    honest = bench.grade("", "two_layer_net.nn_predict")
    assert all(r.passed for r in honest.values())


SEVERAL = {
    ("knn.knn_get_best_k", "leaves_accuracies"): """
right = knn_get_best_k


def knn_get_best_k(k_to_accuracies):
    best = right(k_to_accuracies)
    for values in k_to_accuracies.values():
        values[0] = torch.tensor([1.0, 2.0])
    return best
""",
    ("convolutional_networks.Conv.forward", "inputs_unchanged"): """
class Conv(Conv):
    @staticmethod
    def forward(x, w, b, conv_param, right=Conv.forward):
        answer = right(x, w, b, dict(conv_param))
        conv_param["pad"] = torch.tensor([1, 1])
        return answer
""",
    ("fully_connected_networks.FullyConnectedNet", "sizes_unchanged"): """
class FullyConnectedNet(FullyConnectedNet):
    def __init__(self, hidden_dims, *args, **kwargs):
        super().__init__(hidden_dims, *args, **kwargs)
        if isinstance(hidden_dims, list):
            hidden_dims[0] = torch.tensor([7, 7])
""",
}


@pytest.mark.parametrize(("question", "check"), SEVERAL, ids=[question for question, _ in SEVERAL])
def test_a_tensor_in_the_place_of_a_number_fails_the_check_that_compares_it(bench, question, check):
    result = bench.grade(SEVERAL[question, check], question)[check]
    assert result.outcome == "failed"
    assert result.message in (
        "a tensor of several values, or of none, stands where one value is expected.",
        "conv_param was changed: take a copy before you change it.",
    )


def test_a_method_that_is_data_at_times_is_the_students_mistake(bench):
    code = """
    class KnnClassifier(KnnClassifier):
        @property
        def predict(self):
            return super().predict if len(self.x_train) != 6 else 3
    """
    results = bench.grade(code, "knn.KnnClassifier")
    assert results["classifier_refuses"].outcome == "error"
    assert "is no method" in results["classifier_refuses"].message


def test_an_argument_without_its_numbers_fails_the_check_that_goes_on_with_it(bench):
    code = """
    class FastConv(FastConv):
        @staticmethod
        def forward(x, w, b, conv_param, right=FastConv.forward):
            answer = right(x.clone(), w, b, conv_param)
            x.resize_(0)
            return answer
    """
    result = bench.grade(code, "convolutional_networks.FastConv.backward")["all_gradients_at_once"]
    assert result.outcome == "failed"
    assert result.message.endswith("leaves its arguments with keys missing or other shapes or types: work on copies.")
