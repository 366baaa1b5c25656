"""The checks of linear classifiers judge one question at a time, and see what the given code is there for."""

from __future__ import annotations

import pytest
import torch

from autograder.checks.linear_classifier import problem
from autograder.engine.draw import Draw
from autograder.hidden.linear_classifier import far_from_float32, right_batches
from autograder.oracles import linear_classifier as oracle

BATCHES = {
    "missing": 'raise NotImplementedError("linear_classifier.sample_batch: not implemented yet")',
    "pairs broken": "return X[torch.randint(num_train, (batch_size,))], y[torch.randint(num_train, (batch_size,))]",
    "always the same": "return X[:batch_size], y[:batch_size]",
}


@pytest.mark.parametrize("body", BATCHES.values(), ids=BATCHES)
def test_training_is_judged_with_right_batches(bench, body):
    code = f"def sample_batch(X, y, num_train, batch_size):\n    {body}"
    results = bench.grade(code, "linear_classifier.train_linear_classifier")
    assert {name: r.message for name, r in results.items() if not r.passed} == {}


@pytest.mark.parametrize("bound", ["num_train", "max(1, min(num_train, len(X)))"])
def test_the_given_guard_of_sample_batch_is_worth_something(bench_in_process, bound):
    code = f"""
    def sample_batch(X, y, num_train, batch_size):
        drawn = torch.randint({bound}, (batch_size,))
        return X[drawn], y[drawn]
    """
    results = bench_in_process.grade(code, "linear_classifier.sample_batch")
    assert {name for name, r in results.items() if not r.passed} == {"refused_num_train"}


def test_right_batches_refuse_what_no_training_asks_for():
    sample_batch = right_batches(Draw(b"batches"))
    X, y = torch.zeros(8, 3), torch.zeros(8, dtype=torch.int64)
    assert sample_batch(X, y, 8, 30)[0].shape == (30, 3)
    for num_train, batch_size in ((0, 30), (9, 30), (8, 10**9)):
        with pytest.raises(ValueError, match="of 8 images"):
            sample_batch(X, y, num_train, batch_size)


@pytest.mark.parametrize("kind", ["svm", "softmax"])
@pytest.mark.parametrize("seed", range(20))
def test_no_float32_number_is_near_the_loss_of_float64_weights(kind, seed):
    W, X, y = problem(Draw(bytes([seed])), 8, 5, 4, torch.float64)
    reg = far_from_float32(kind, W, X, y)
    loss, _ = oracle.loss_and_gradient(kind, W, X, y, reg)
    assert 0.09 < reg < 0.11
    assert abs(float(loss.float()) / float(loss) - 1) > 2.5e-8


@pytest.mark.parametrize("question", ["softmax_loss_naive", "softmax_loss_vectorized"])
def test_the_largest_magnitude_is_not_the_largest_score(bench_in_process, question):
    maximum = ".abs().max(-1, keepdim=True).values"
    code = f"""
    def {question}(W, X, y, reg):
        scores = X @ W
        scores = scores - scores{maximum}
        totals, rows = scores.exp().sum(dim=1), torch.arange(len(X))
        P = scores.exp() / totals[:, None]
        loss = (totals.log() - scores[rows, y.long()]).mean() + reg * (W * W).sum()
        P[rows, y.long()] -= 1
        return loss, X.T @ P / len(X) + 2 * reg * W
    """
    assert not bench_in_process.grade(code, f"linear_classifier.{question}")["large_scores"].passed
