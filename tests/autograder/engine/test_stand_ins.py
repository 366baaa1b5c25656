"""Stand-ins that run where the student's code is: what they give and record, and what is gained by keeping them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from autograder.engine import stand_ins
from autograder.engine.stand_ins import LossRecorder, TrainingRecorder, calls_of
from autograder.oracles import knn as oracle

TRAIN = "linear_classifier.train_linear_classifier"
PARAMS = "linear_classifier.test_one_param_set"
LEVELS = ("bench_in_process", "bench")


def images(*shape):
    return 3 * torch.randn(*shape, generator=torch.Generator().manual_seed(len(shape)))


def test_a_batch_is_a_copy():
    X, y = images(5, 2), torch.arange(5)
    X_batch, y_batch = stand_ins.first_rows(X, y, num_train=5, batch_size=3)
    X_batch.zero_()
    y_batch.zero_()
    assert y.tolist() == [0, 1, 2, 3, 4]
    assert bool(X.any(dim=1).all())


def test_invented_distances_are_the_same_for_any_memory_order_and_in_float64_and_from_either_side():
    a, b = images(7, 3, 2), images(5, 3, 2)
    dists = stand_ins.invented_distances(a, b)
    assert (dists.shape, dists.dtype) == ((7, 5), torch.float32)
    scattered = a.permute(2, 1, 0).contiguous().permute(2, 1, 0)
    assert torch.equal(stand_ins.invented_distances(scattered, b), dists)
    assert torch.equal(stand_ins.invented_distances(a.double(), b.double()), dists.double())
    assert torch.equal(stand_ins.invented_distances(b, a), dists.T)
    assert torch.equal(stand_ins.invented_distances(a.flatten(1), b.flatten(1)), dists)
    assert torch.equal(dists, dists.round())


def test_every_pixel_has_a_part_in_invented_distances():
    a, b = images(1, 6), images(4, 6)
    for pixel in range(6):
        other = a.clone()
        other[0, pixel] += 1
        assert not torch.equal(stand_ins.invented_distances(other, b), stand_ins.invented_distances(a, b))


def test_invented_labels_depend_on_distances_labels_and_k_but_not_on_the_order_of_the_images():
    dists = stand_ins.invented_distances(images(30, 4), images(40, 2, 2).flatten(1))
    y = torch.arange(30) % 5
    labels = stand_ins.invented_labels(dists, y, 3)
    assert (labels.shape, labels.dtype, labels.unique().tolist()) == ((40,), torch.int64, [0, 1, 2, 3, 4])
    order = torch.arange(29, -1, -1)
    assert torch.equal(stand_ins.invented_labels(dists[order], y[order], 3), labels)
    assert torch.equal(stand_ins.invented_labels(dists.double(), y.to(torch.uint8), k=3), labels)
    for other in ((dists[order], y, 3), (dists, y.flip(0), 3), (dists, y, 1), (dists.sqrt(), y, 3)):
        assert not torch.equal(stand_ins.invented_labels(*other), labels)
    with pytest.raises(ValueError, match=r"^dists has 40 rows and y_train 30 labels, expected as many$"):
        stand_ins.invented_labels(dists.T, y)


def test_invented_parts_are_no_answer_not_for_one_pixel_and_not_for_one_neighbour():
    a, b, y = images(20, 1), images(30, 1), torch.arange(20) % 3
    right = oracle.squared_distances(a, b)
    invented = stand_ins.invented_distances(a, b)
    assert not torch.equal(invented.argsort(dim=0), right.argsort(dim=0))
    assert float((invented.argmin(dim=0) == right.argmin(dim=0)).double().mean()) < 0.3
    for k in range(1, 21):
        for dists in (right, -right):
            share = (stand_ins.invented_labels(dists, y, k) == oracle.nearest_labels(right, y, k)).double().mean()
            assert float(share) < 0.7


def test_a_loss_recorder_gives_its_losses_in_turn_and_keeps_what_it_got_at_the_time():
    recorder = LossRecorder([2.0, 0.5], [torch.ones(2), torch.zeros(2)])
    W, X = torch.zeros(2), torch.ones(3, 2)
    loss, gradient = recorder(W, X, None, 0.5)
    assert (float(loss), gradient.tolist()) == (2.0, [1, 1])
    W += 7
    gradient += 7
    assert [float(recorder(W, X, None, 0.5)[0]) for _ in range(3)] == [0.5, 0.5, 0.5]
    count, calls = calls_of(recorder)
    assert (count, len(calls)) == (4, 2)
    assert [call[0].tolist() for call in calls] == [[0, 0], [7, 7]]
    assert recorder.gradients[0].tolist() == [1, 1]
    assert recorder.__name__ == "loss_func"


def test_a_training_recorder_gives_its_weights_and_keeps_what_it_got_by_name():
    recorder = TrainingRecorder(torch.ones(2, 3), 1)
    X, y = torch.zeros(4, 2), torch.zeros(4)
    W, history = recorder(None, None, X, y, reg=0.5, num_iters=7)
    assert (W.tolist(), history) == ([[1, 1, 1]] * 2, [1.0] * 7)
    recorder(None, None, X, y)
    count, ((X_seen, _, *numbers),) = calls_of(recorder)
    assert (count, numbers) == (2, [1e-3, 0.5, 7])
    assert X_seen is not X


def test_a_new_head_stands_where_it_is_told_and_is_made_as_it_is_told():
    model = nn.Sequential(nn.Linear(2, 6), nn.Sequential(nn.Linear(6, 3), nn.Identity())).requires_grad_(False)
    put = stand_ins.NewHead("1.0", 6, bias=False, dtype=torch.float64)
    assert put(model, num_classes=4) is model
    assert put.__name__ == "replace_head"
    head = model[1][0]
    assert (head.weight.shape, head.weight.dtype, head.bias) == ((4, 6), torch.float64, None)
    assert [key for key, p in model.named_parameters() if p.requires_grad] == ["1.0.weight"]
    with pytest.raises(ValueError, match=r"^the model has no nn\.Linear$"):
        stand_ins.NewHead("", 6)(model, 4)


def test_gradients_are_left_in_all_parameters_frozen_ones_too():
    model = nn.Linear(2, 1)
    model.bias.requires_grad_(False)
    stand_ins.leave_gradients(model, 0.5)
    assert (model.weight.grad.tolist(), model.bias.grad.tolist()) == ([[0.5, 0.5]], [0.5])


TRAINED = """
    W_new, history = W, []
    for _ in range(num_iters):
        loss, dW = loss_func(W_new, *sample_batch(X, y, X.shape[0], batch_size), reg)
        history.append(float(loss))
        W_new = W_new - learning_rate * dW
"""
FORGED = {
    "text_in_place_of_a_number": "loss_func.count = 'six'",
    "truth_in_place_of_a_number": "loss_func.count = True",
    "huge_number": "loss_func.count = 10**70",
    "number_without_end": "loss_func.count = float('nan')",
    "no_calls": "loss_func.calls = None",
    "numbers_in_place_of_calls": "loss_func.calls = list(range(6))",
    "short_calls": "loss_func.calls = [call[:3] for call in loss_func.calls]",
    "calls_of_nothing": "loss_func.calls = [(None, None, None, None)] * 6",
    "calls_of_text": "loss_func.calls = ['W, X']",
    "calls_without_numbers": "loss_func.calls = [(torch.full((4, 3), float('nan')), X, y, reg)] * 6",
    "calls_of_objects": "loss_func.calls = [(object(), object(), object(), object())] * 6",
    "calls_of_another_dtype": "loss_func.calls = [(c[0].to(torch.complex64), *c[1:]) for c in loss_func.calls]",
    "a_dict": "loss_func.calls = {i: call for i, call in enumerate(loss_func.calls)}",
    "an_object": "loss_func.calls = object()",
    "a_function": "loss_func.calls = print",
    "gone": "del loss_func.calls",
    "itself": "loss_func.calls = [loss_func] * 6",
    "one_call_forgotten": "loss_func.calls.pop()",
    "one_call_more": "loss_func.count += 1",
    "other_weights": "loss_func.calls[3] = (loss_func.calls[3][0] + 1, *loss_func.calls[3][1:])",
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", FORGED)
def test_a_forged_record_of_losses_fails_the_check_and_is_no_fault_of_the_grader(request, level, name):
    code = (
        "def train_linear_classifier(loss_func, W, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, "
        f"verbose=False):{TRAINED}    {FORGED[name]}\n    return W_new, history\n"
    )
    first = request.getfixturevalue(level).grade(code, TRAIN)["one_loss_an_iteration"]
    assert first.outcome in ("failed", "error"), first
    assert "loss_func" in first.message or "W in iteration" in first.message or name == "gone"
    assert first.finding.called.startswith("linear_classifier.train_linear_classifier(")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("forgery", [
    "recorder.count = None", "recorder.calls = [()]", "recorder.calls = [(None, 'y', None, X, [])]",
    "recorder.calls = recorder", "recorder.calls = [(X.new_full(X.shape, float('inf')), *recorder.calls[0][1:])]",
])  # fmt: skip
def test_a_forged_record_of_training_fails_the_check_and_is_no_fault_of_the_grader(request, level, forgery):
    code = f"""
_right = test_one_param_set


def test_one_param_set(cls, data_dict, lr, reg, num_iters=2000):
    result = _right(cls, data_dict, lr, reg, num_iters)
    recorder, X = train_linear_classifier, data_dict["X_train"]
    {forgery}
    return result
"""
    results = request.getfixturevalue(level).grade(code, PARAMS)
    assert results["trains_and_measures"].outcome == "failed", results
    assert results["trains_and_measures"].finding.called.startswith("linear_classifier.test_one_param_set(")


def test_who_trains_twice_reads_how_often(bench):
    code = """
_once = test_one_param_set


def test_one_param_set(cls, data_dict, lr, reg, num_iters=2000):
    _once(cls, data_dict, lr, reg, num_iters)
    return _once(cls, data_dict, lr, reg, num_iters)
"""
    first = bench.grade(code, PARAMS)["trains_and_measures"]
    assert first.message == "cls.train was called 2 times, expected 1: once for each set of parameters."


KEPT = {
    "knn.compute_distances_two_loops": "(a, b): return stand_ins.invented_distances(a, b)",
    "knn.compute_distances_one_loop": "(a, b): return stand_ins.invented_distances(a, b)",
    "knn.compute_distances_no_loops": "(a, b): return stand_ins.invented_distances(a, b)",
    "knn.predict_labels": "(dists, y_train, k=1): return stand_ins.invented_labels(dists, y_train, k)",
    "linear_classifier.svm_loss_naive": "(W, X, y, reg): return stand_ins.squared_weights(W, X, y, reg)",
    "linear_classifier.svm_loss_vectorized": "(W, X, y, reg): return stand_ins.squared_weights(W, X, y, reg)",
    "linear_classifier.softmax_loss_naive": "(W, X, y, reg): return stand_ins.squared_weights(W, X, y, reg)",
    "linear_classifier.softmax_loss_vectorized": "(W, X, y, reg): return stand_ins.squared_weights(W, X, y, reg)",
    "linear_classifier.predict_linear_classifier": "(W, X): return stand_ins.row_numbers(W, X)",
    TRAIN: "(f, W, X, y, *a, **k): return stand_ins.TrainingRecorder(torch.zeros(1), 1)(f, W, X, y, *a, **k)",
}


@pytest.mark.parametrize("question", KEPT)
def test_who_keeps_the_stand_ins_and_answers_with_them_gains_nothing(bench, question):
    code = f"from autograder.engine import stand_ins\n\n\ndef {question.split('.')[1]}{KEPT[question]}\n"
    assert bench.points(code, question) == 0


def test_who_keeps_what_an_earlier_question_gave_gains_nothing(bench):
    code = """
_right_cross_validate = knn_cross_validate


def knn_cross_validate(x_train, y_train, num_folds=5, k_choices=(1, 3, 5, 8, 10, 12, 15, 20, 50, 100)):
    if predict_labels is not _labels:
        torch.kept_labels = predict_labels
    return _right_cross_validate(x_train, y_train, num_folds, k_choices)


def _labels(dists, y_train, k=1):
    return torch.kept_labels(dists, y_train, k) if hasattr(torch, "kept_labels") else None


predict_labels = _labels
"""
    first, then = "knn.knn_cross_validate", "knn.predict_labels"
    results = {q.id: q for q in bench.grader.grade(bench.submission(code), (first, then)).questions}
    assert (results[first].points, results[then].points) == (8, 0)


def test_what_uses_none_of_its_parts_is_judged_with_right_neighbours(bench):
    wrong = """
def knn_cross_validate(x_train, y_train, num_folds=5, k_choices=(1, 3, 5, 8, 10, 12, 15, 20, 50, 100)):
    return {k: [50.0] * num_folds for k in k_choices}
"""
    first = bench.grade(wrong, "knn.knn_cross_validate")["accuracy_of_every_fold"]
    assert first.outcome == "failed"
    assert "k_to_accuracies[1]" in first.message
