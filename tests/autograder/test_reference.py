"""The reference solutions against torch's own operations and autograd, and what the skeletons say before any work.

The grader proves the same with its checks; these tests need neither engine nor checks, and say at once which function
of a reference is wrong.
"""

from __future__ import annotations

import importlib
import inspect
import re
from operator import attrgetter

import pytest
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import cross_entropy, multi_margin_loss, one_hot

from autograder.course import KIT_ROOT, load_course
from autograder.engine.local import check_module
from autograder.engine.worker import load_module
from autograder.reference.exercises import knn
from autograder.reference.exercises import linear_classifier as linear
from autograder.release.strip import find_regions

DISTANCES = [knn.compute_distances_two_loops, knn.compute_distances_one_loop, knn.compute_distances_no_loops]
DTYPES = [torch.float32, torch.float64]
QUESTIONS = load_course().assignment("p1").questions
EVERY_QUESTION = [q for a in load_course().assignments for q in a.questions]


@pytest.fixture(autouse=True)
def one_thread():
    """Small matrices are slower on several threads when the tests themselves run in parallel."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def squared(x_train: torch.Tensor, x_test: torch.Tensor) -> torch.Tensor:
    a, b = x_train.flatten(1).double(), x_test.flatten(1).double()
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist") ** 2


def normal(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def labels(n: int, classes: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(classes, (n,), generator=torch.Generator().manual_seed(seed))


def solutions(question) -> list[str]:
    """The functions of a question that a student writes."""
    source = (KIT_ROOT / f"autograder/reference/exercises/{question.exercise}.py").read_text(encoding="utf-8")
    names = [region.name for region in find_regions(source)]
    return [name for name in names if name == question.name or name.startswith(question.name + ".")]


@pytest.mark.parametrize("question", EVERY_QUESTION, ids=lambda q: q.id)
def test_every_question_has_a_marked_solution_and_is_documented(question):
    module = importlib.import_module(f"autograder.reference.exercises.{question.exercise}")
    assert solutions(question)
    sources = ""
    for name in solutions(question):
        function = attrgetter(name)(module)
        doc = inspect.getdoc(function)
        owner = inspect.getdoc(attrgetter(name.rpartition(".")[0])(module)) if "." in name else ""
        sources += doc + owner
        takes = [p for p in inspect.signature(function).parameters if p != "self"]
        assert not takes or "Args:" in doc, name
        assert all(re.search(rf"\b{p}\b", doc[doc.index("Args:") :]) for p in takes), name
        assert function.__name__ == "__init__" or "Returns:" in doc, name
    assert "Source:" in sources


@pytest.mark.parametrize("question", EVERY_QUESTION, ids=lambda q: q.id)
def test_every_check_of_the_skeleton_waits_for_something(question):
    course = load_course()
    exercise = course.exercise(question.exercise)
    path = KIT_ROOT / "deeprob" / "exercises" / exercise.file
    skeleton = load_module(f"skeleton_{exercise.name}", str(path), path.read_bytes())
    results = check_module(course, exercise, question, skeleton, hidden=True)
    assert {r.outcome for r in results} <= {"not_attempted", "blocked"}, [r.message for r in results]
    assert results[0].outcome == "not_attempted" or "which is not implemented yet" in results[0].message


def calls() -> dict[str, object]:
    """One right call of every question, of any module that has the functions."""
    x, y, dists = normal(6, 4), labels(6, 3), normal(6, 2).abs()
    W, data = normal(4, 3), {"X_train": x, "y_train": y, "X_val": x, "y_val": y}
    found = {name: lambda m, n=name: getattr(m, n)(x, x) for name in knn.__all__ if "distances" in name}
    found |= {name: lambda m, n=name: getattr(m, n)(W, x, y, 0.1) for name in linear.__all__ if "_loss_" in name}
    return found | {
        "predict_labels": lambda m: m.predict_labels(dists, y),
        "KnnClassifier": lambda m: m.KnnClassifier(x, y),
        "knn_cross_validate": lambda m: m.knn_cross_validate(x, y, 2, [1]),
        "knn_get_best_k": lambda m: m.knn_get_best_k({1: [50.0]}),
        "sample_batch": lambda m: m.sample_batch(x, y, 6, 2),
        "train_linear_classifier": lambda m: m.train_linear_classifier(lambda w, *_: (w.sum(), w), W, x, y),
        "predict_linear_classifier": lambda m: m.predict_linear_classifier(W, x),
        "svm_get_search_params": lambda m: m.svm_get_search_params(),
        "softmax_get_search_params": lambda m: m.softmax_get_search_params(),
        "test_one_param_set": lambda m: m.test_one_param_set(m.Softmax(), data, 0.1, 0.1, 3),
    }


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.id)
def test_the_skeleton_says_what_is_not_implemented(question):
    path = KIT_ROOT / "deeprob" / "exercises" / f"{question.exercise}.py"
    skeleton = load_module(f"skeleton_{question.exercise}", str(path), path.read_bytes())
    with pytest.raises(NotImplementedError, match=rf"^{question.id}(\.\w+)?: not implemented yet$"):
        calls()[question.name](skeleton)


@pytest.mark.parametrize("function", DISTANCES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_distances_agree_with_cdist(function, dtype):
    x_train = normal(7, 5, 4, 3, dtype=dtype).permute(0, 3, 1, 2)  # not contiguous
    x_test = normal(6, 3, 5, 4, dtype=dtype, seed=1)
    before = x_train.clone(), x_test.clone()
    dists = function(x_train, x_test)
    torch.testing.assert_close(dists, squared(x_train, x_test).to(dtype))
    assert torch.equal(x_train, before[0])
    assert torch.equal(x_test, before[1])


@pytest.mark.parametrize("function", DISTANCES)
def test_distances_of_whole_number_images_do_not_wrap_around(function):
    x_train = torch.tensor([[0, 255, 3]], dtype=torch.uint8)
    x_test = torch.tensor([[255, 0, 5], [0, 255, 3]], dtype=torch.uint8)
    dists = function(x_train, x_test)
    assert dists.dtype == torch.float32
    torch.testing.assert_close(dists, torch.tensor([[2 * 255.0**2 + 4, 0.0]]), rtol=1e-6, atol=0.05)


@pytest.mark.parametrize("function", DISTANCES)
def test_distances_keep_their_accuracy_far_from_zero(function):
    x_train, x_test = 1000 + normal(9, 300), 1000 + normal(8, 300, seed=1)
    expected = squared(x_train, x_test)
    assert float((function(x_train, x_test) - expected).abs().max()) < 1e-3 * float(expected.max())


@pytest.mark.parametrize("function", DISTANCES)
def test_images_of_different_shapes_are_an_error(function):
    with pytest.raises(ValueError, match=r"have shape \(3, 4\), test images \(3, 5\); expected the same"):
        function(normal(2, 3, 4), normal(2, 3, 5))


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.uint8])
def test_the_majority_wins_and_a_tie_goes_to_the_smallest_label(dtype):
    y_train = torch.tensor([7, 2, 7, 2, 9], dtype=dtype)
    dists = torch.tensor([[1.0, 1.0], [2.0, 9.0], [3.0, 2.0], [4.0, 8.0], [5.0, 3.0]])
    for k, expected in ((1, [7, 7]), (3, [7, 7]), (4, [2, 7]), (5, [2, 2])):
        result = knn.predict_labels(dists, y_train, k=k)
        assert result.dtype == torch.int64
        assert result.tolist() == expected


@pytest.mark.parametrize("k", [0, 6])
def test_k_out_of_range_is_an_error(k):
    with pytest.raises(ValueError, match=f"k is {k}; expected 1 to 5"):
        knn.predict_labels(normal(5, 2), labels(5, 2), k=k)


def test_the_classifier_prints_its_accuracy_unless_told_not_to(capsys):
    classifier = knn.KnnClassifier(torch.tensor([[0.0], [10.0]]), torch.tensor([3, 4]))
    x_test, y_test = torch.tensor([[1.0], [9.0], [8.0], [2.0]]), torch.tensor([3, 4, 4, 4])
    assert classifier.check_accuracy(x_test, y_test, quiet=True) == 75.0
    assert capsys.readouterr().out == ""
    assert classifier.check_accuracy(x_test, y_test) == 75.0
    assert capsys.readouterr().out == "Got 3 / 4 correct; accuracy is 75.00%\n"


def test_every_fold_is_judged_by_the_others():
    x, y = normal(11, 2), labels(11, 2)
    result = knn.knn_cross_validate(x, y, num_folds=4, k_choices=(1, 5))
    expected = {1: [], 5: []}
    for part in torch.arange(11).tensor_split(4):
        rest = torch.tensor([i for i in range(11) if i not in part])
        for k in expected:
            nearest = squared(x[rest], x[part]).argsort(dim=0)[:k]
            right = y[rest][nearest].mode(dim=0).values == y[part]
            expected[k].append(100.0 * float(right.double().mean()))
    assert result == {k: pytest.approx(v) for k, v in expected.items()}


@pytest.mark.parametrize("num_folds", [1, 6])
def test_a_number_of_folds_that_cannot_be_is_an_error(num_folds):
    with pytest.raises(ValueError, match=f"num_folds is {num_folds}; expected 2 to 5"):
        knn.knn_cross_validate(normal(5, 2), labels(5, 2), num_folds)


def test_the_best_k_has_the_highest_mean_and_is_the_smallest_of_these():
    assert knn.knn_get_best_k({8: [50.0, 60.0], 5: [60.0, 50.0], 3: [90.0, 10.0]}) == 5
    assert knn.knn_get_best_k({4: [0.0], 2: [0.0]}) == 2
    with pytest.raises(ValueError, match="k_to_accuracies is empty"):
        knn.knn_get_best_k({})


def hinge(scores: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return multi_margin_loss(scores, y) * scores.shape[1]


@pytest.mark.parametrize("reg", [0.0, 0.5])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("function", "oracle"),
    [
        (linear.svm_loss_naive, hinge),
        (linear.svm_loss_vectorized, hinge),
        (linear.softmax_loss_naive, cross_entropy),
        (linear.softmax_loss_vectorized, cross_entropy),
    ],
)
def test_losses_and_gradients_agree_with_autograd(function, oracle, dtype, reg):
    W, X, y = normal(6, 5, dtype=dtype), normal(9, 6, dtype=dtype, seed=1), labels(9, 4)  # class 4 is missing
    weights = W.double().requires_grad_()
    expected = oracle(X.double() @ weights, y) + reg * (weights * weights).sum()
    expected.backward()
    for kind in (torch.int64, torch.int32, torch.uint8):
        before = W.clone(), X.clone()
        loss, dW = function(W, X, y.to(kind), reg)
        torch.testing.assert_close(loss, expected.detach().to(dtype))
        torch.testing.assert_close(dW, weights.grad.to(dtype))
        assert torch.equal(W, before[0])
        assert torch.equal(X, before[1])


@pytest.mark.parametrize("function", [linear.softmax_loss_naive, linear.softmax_loss_vectorized])
def test_softmax_is_finite_and_right_for_scores_of_ten_thousand(function):
    W = torch.tensor([[1e4, 0.0, -1e4]])
    loss, dW = function(W, torch.tensor([[1.0], [-1.0]]), torch.tensor([1, 2]), 0.0)
    assert loss.item() == 5000.0
    torch.testing.assert_close(dW, torch.tensor([[0.5, -0.5, 0.0]]))


def test_batches_are_drawn_with_replacement_from_the_first_images():
    X, y = torch.arange(12.0)[:, None].repeat(1, 3), torch.arange(12)
    X_batch, y_batch = linear.sample_batch(X, y, num_train=5, batch_size=400)
    assert set(y_batch.tolist()) == {0, 1, 2, 3, 4}
    assert torch.equal(X_batch, y_batch[:, None].float().repeat(1, 3))
    with pytest.raises(ValueError, match="num_train is 13; expected 1 to 12"):
        linear.sample_batch(X, y, 13, 2)


@pytest.mark.parametrize("dtype", DTYPES)
def test_training_steps_against_the_gradient_of_each_batch(dtype):
    X, y, start = normal(20, 3, dtype=dtype), labels(20, 4), normal(3, 4, dtype=dtype, seed=2)
    given, seen = start.clone(), []

    def loss_func(W, X_batch, y_batch, reg):
        seen.append((tuple(X_batch.shape), tuple(y_batch.shape), reg))
        return W.sum() * 0 + len(seen), torch.full_like(W, 2.0)

    W, history = linear.train_linear_classifier(loss_func, given, X, y, 0.25, 0.125, num_iters=6, batch_size=7)
    assert torch.equal(given, start)
    torch.testing.assert_close(W, start - 6 * 0.25 * 2.0)
    assert history == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert seen == [((7, 3), (7,), 0.125)] * 6


def test_training_starts_from_small_weights_of_the_right_size(capsys):
    X, y = normal(20, 500, dtype=torch.float64), torch.tensor([0, 6] * 10)
    W, _ = linear.train_linear_classifier(lambda W, *_: (W.sum(), W * 0), None, X, y, num_iters=201, verbose=True)
    assert (W.shape, W.dtype) == ((500, 7), torch.float64)
    assert float(W.std()) == pytest.approx(1e-6, rel=0.1)
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "iteration 0 / 201",
        "iteration 100 / 201",
        "iteration 200 / 201",
    ]


def test_the_highest_score_is_predicted():
    assert linear.predict_linear_classifier(
        torch.tensor([[1.0, -5.0, 3.0]]), torch.tensor([[2.0], [-1.0]])
    ).tolist() == [2, 1]


def digits() -> dict[str, torch.Tensor]:
    raw = load_digits()
    X, y = torch.tensor(raw.data, dtype=torch.float32) / 16, torch.tensor(raw.target)
    X = torch.cat([X - X[:1200].mean(dim=0), torch.ones(len(X), 1)], dim=1)
    return {"X_train": X[:1200], "y_train": y[:1200], "X_val": X[1200:], "y_val": y[1200:]}


@pytest.mark.parametrize(
    ("make", "search"),
    [
        (linear.LinearSVM, linear.svm_get_search_params),
        (linear.Softmax, linear.softmax_get_search_params),
    ],
)
def test_every_pair_of_the_search_learns_the_digits_with_room_to_spare(make, search):
    learning_rates, strengths = search()
    assert 4 <= len(learning_rates) * len(strengths) <= 25
    torch.manual_seed(0)
    for lr in learning_rates:
        classifier, train_acc, val_acc = linear.test_one_param_set(make(), digits(), lr, strengths[0], num_iters=500)
        assert classifier.W.shape == (65, 10)
        assert 0.9 < train_acc <= 1.0
        assert 0.85 < val_acc <= 1.0


def test_weights_are_saved_and_loaded(tmp_path):
    X, y = normal(12, 3), one_hot(torch.arange(3)).argmax(1).repeat(4)
    first, second = linear.Softmax(), linear.Softmax()
    with pytest.raises(ValueError, match="Softmax has no weights yet; call train or load first"):
        first.predict(X)
    with pytest.raises(ValueError, match="no weights yet"):
        first.save(tmp_path / "softmax.pt")
    assert len(first.train(X, y, num_iters=3)) == 3
    first.save(tmp_path / "softmax.pt")
    second.load(tmp_path / "softmax.pt")
    assert torch.equal(first.W, second.W)
    assert torch.equal(first.predict(X), second.predict(X))


def test_the_base_class_cannot_be_used_without_a_loss():
    with pytest.raises(TypeError, match="abstract"):
        linear.LinearClassifier()
