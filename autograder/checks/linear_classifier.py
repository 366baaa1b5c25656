"""Visible checks of linear classifiers: SVM and softmax losses, training, prediction, search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import describe, expect, expect_no_growth
from autograder.engine.student import Student
from autograder.oracles import linear_classifier as oracle

SVM = ("linear_classifier.svm_loss_naive", "linear_classifier.svm_loss_vectorized")
SOFTMAX = ("linear_classifier.softmax_loss_naive", "linear_classifier.softmax_loss_vectorized")
LOSSES = SVM + SOFTMAX
VECTORIZED = (SVM[1], SOFTMAX[1])
TRAIN = "linear_classifier.train_linear_classifier"


@check(*LOSSES)
def loss(student: Student, draw: Draw) -> None:
    """the loss without regularization"""
    W, X, y = problem(draw, 9, 6, 4)
    expected, _ = oracle.loss_and_gradient(kind_of(student), W, X, y, 0.0)
    value, _ = answer(student.asked(W, X, y, 0.0))
    expect(value, "loss").is_number(expected)


@check(*LOSSES, needs="loss", weight=2)
def gradient(student: Student, draw: Draw) -> None:
    """the gradient without regularization"""
    W, X, y = problem(draw, 9, 6, 4)
    _, expected = oracle.loss_and_gradient(kind_of(student), W, X, y, 0.0)
    _, dW = answer(student.asked(W, X, y, 0.0))
    expect(dW, "dW").equals(expected, torch.float32, "dW has the shape of W")


@check(*LOSSES, needs="loss")
def regularization(student: Student, draw: Draw) -> None:
    """reg * sum(W * W) in the loss"""
    W, X, y = problem(draw, 7, 5, 3)
    expected, _ = oracle.loss_and_gradient(kind_of(student), W, X, y, 0.5)
    value, _ = answer(student.asked(W, X, y, 0.5))
    expect(value, "loss").is_number(expected)


@check(*LOSSES, needs="gradient")
def regularization_gradient(student: Student, draw: Draw) -> None:
    """the gradient with regularization"""
    W, X, y = problem(draw, 7, 5, 3)
    _, expected = oracle.loss_and_gradient(kind_of(student), W, X, y, 0.5)
    _, dW = answer(student.asked(W, X, y, 0.5))
    expect(dW, "dW").equals(expected, torch.float32, "dW has the shape of W")


@check(*LOSSES, needs="gradient")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves W, X and y unchanged"""
    W, X, y = problem(draw, 6, 4, 3)
    before = W.clone(), X.clone(), y.clone()
    student.asked(W, X, y, 0.1)
    for name, now, then in zip("WXy", (W, X, y), before, strict=True):
        expect(now, name).is_unchanged_from(then)


@check(*VECTORIZED, needs="gradient", weight=2)
def no_growth(student: Student, draw: Draw) -> None:
    """the number of operations grows neither with the images nor with the classes"""
    small, large = student.asked.measure_each((*problem(draw, 6, 5, 3), 0.1), (*problem(draw, 30, 5, 12), 0.1))
    expect_no_growth(small, large, "6 images and 3 classes", "30 images and 12 classes")


@check(*VECTORIZED, needs="gradient")
def memory(student: Student, draw: Draw) -> None:
    """peak memory is that of N x D, D x C and N x C numbers, not of N x D x C"""
    n, d, c = 80, 100, 60
    usage = student.asked.measure(*problem(draw, n, d, c), 0.1)
    allowed = 12 * 4 * (n * d + d * c + n * c)  # a dozen of each, in float32
    expect(usage.peak_bytes, "peak memory").holds(
        usage.peak_bytes <= allowed,
        f"it needs {usage.peak_bytes:,} bytes at once for {n} images, {d} features and {c} classes, expected at most "
        f"{allowed:,}: an (N, D, C) tensor takes {4 * n * d * c:,}.",
        f"at most {allowed:,} bytes",
    )


@check(*SOFTMAX, needs="gradient", weight=2)
def large_scores(student: Student, draw: Draw) -> None:
    """scores of 10,000 do not overflow, and where all are below -10,000 they do not underflow"""
    W, _, y = problem(draw, 8, 5, 4)
    W = W * 1e4
    X = clear_cut(draw, W, (1.0,) * 8)
    problems = (W, X, y), far_below_0(W, X[:4], y[:4])
    expected = [oracle.loss_and_gradient("softmax", *p, 0.0) for p in problems]
    for result, (loss, gradient) in zip(student.asked.each(*((*p, 0.0) for p in problems)), expected, strict=True):
        value, dW = answer(result)
        expect(value, "loss").is_number(loss)
        expect(dW, "dW").equals(gradient, torch.float32)


@check("linear_classifier.sample_batch")
def pairs_stay_together(student: Student, draw: Draw) -> None:
    """batch_size images, each with its own label"""
    X, y = numbered(draw, 40)
    expect_pairs(*batch_of(student.sample_batch(X.clone(), y, 40, 16)), X, 16)


@check(TRAIN)
def one_loss_an_iteration(student: Student, draw: Draw) -> None:
    """a step against the gradient in each iteration, and its loss in the history"""
    student.given(sample_batch=student.stand_ins.first_rows)
    run = Training(student, draw, (4, 3), 6)
    W, X, y = problem(draw, 20, 4, 3)
    start = W.clone()
    result = run.train(W, X, y, learning_rate=0.25, reg=0.125, num_iters=6, batch_size=5)
    trained, history = expect(result, "the result").unpacks_to(2, "(W, loss_history)")
    run.expect_steps(start, 0.25)
    expected = run.weights[-1].double() - 0.25 * run.gradients[-1].double()
    expect(trained, "W").equals(expected, torch.float32)
    expect_history(history, run.losses)


@check("linear_classifier.predict_linear_classifier")
def highest_score(student: Student, draw: Draw) -> None:
    """the class with the highest score, as int64"""
    W, X, _ = problem(draw, 12, 5, 4)
    expected = oracle.predict(W, X)
    expect(student.predict_linear_classifier(W, X), "labels").equals(expected)


@check("linear_classifier.svm_get_search_params", "linear_classifier.softmax_get_search_params")
def at_most_25_pairs(student: Student, draw: Draw) -> None:
    """at least two of each, at most 25 pairs"""
    search_params(student)


@check(
    "linear_classifier.svm_get_search_params",
    "linear_classifier.softmax_get_search_params",
    needs="at_most_25_pairs",
)
def a_pair_that_learns(student: Student, draw: Draw) -> None:
    """with at least one pair, 80 % of the validation digits after 500 iterations"""
    rates, strengths = search_params(student)
    accuracy = oracle.best_validation_accuracy(kind_of(student), rates, strengths, enough=0.8)
    expect(accuracy, "validation accuracy").holds(
        accuracy >= 0.8,
        f"the best of your {len(rates) * len(strengths)} pairs reaches {100 * accuracy:.0f} % on the validation "
        "digits, expected at least 80 %.",
        "80 % or more",
    )


@check("linear_classifier.test_one_param_set")
def trains_and_measures(student: Student, draw: Draw) -> None:
    """trains on the training part and returns the classifier and both accuracies as fractions"""
    after = draw.normal(4, 3)
    training = recorded_training(student, after, 1)
    student.given(predict_linear_classifier=oracle.predict)
    _, X, y = problem(draw, 31, 4, 3)
    X_val, y_val = draw.normal(20, 4), draw.labels(20, 3)  # 31 and 20 images share no accuracy but 0 and 1
    data = {"X_train": X.clone(), "y_train": y.clone(), "X_val": X_val, "y_val": y_val}
    expected = [float((oracle.predict(after, x) == t).double().mean()) for x, t in ((X, y), (X_val, y_val))]
    classifier = expect(student.LinearSVM(), "LinearSVM()").is_object()
    result = student.test_one_param_set(classifier, data, 0.0625, 0.5, num_iters=7)
    cls, train_acc, val_acc = expect(result, "the result").unpacks_to(3, "(cls, train_acc, val_acc)")
    ((X_seen, y_seen, *_),) = training()
    expect(X_seen, "the images it trains on").equals(X)
    expect(y_seen, "the labels it trains on").equals(y)
    expect(train_acc, "train_acc").is_number(expected[0])
    expect(val_acc, "val_acc").is_number(expected[1])
    expect(expect(cls, "cls").is_object().W, "the W of the classifier that is returned").equals(after)
    expect(classifier.W, "the W of the classifier that was given").equals(after)


def kind_of(student: Student) -> str:
    return "svm" if "svm" in student.asked.type_name else "softmax"


def problem(
    draw: Draw, n: int, d: int, c: int, dtype: torch.dtype = torch.float32
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """W (d, c), X (n, d), y (n,) with margins on both sides of the hinge."""
    return draw.normal(d, c, std=0.7, dtype=dtype), draw.normal(n, d, dtype=dtype), draw.labels(n, c)


def clear_cut(draw: Draw, W: torch.Tensor, sizes: tuple[float, ...]) -> torch.Tensor:
    """Images of these sizes (n, d), each with a highest score far above the second.

    Where two scores of 10,000 differ by less than 1, the rounding of the scores themselves decides the probabilities,
    and right answers differ from one another.
    """
    rows = []
    for size in sizes:
        candidates = size * draw.normal(64, W.shape[0])
        best = (candidates.double() @ W.double()).topk(2, dim=1).values
        rows.append(candidates[int((best[:, 0] - best[:, 1]).argmax())])
    return torch.stack(rows)


def far_below_0(W: torch.Tensor, X: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The same problem with a row of biases that brings every score below -10,000."""
    bias = -1e4 - float((X.double() @ W.double()).max())
    return torch.cat([W, torch.full_like(W[:1], bias)]), torch.cat([X, torch.ones_like(X[:, :1])], dim=1), y.clone()


def answer(result: object) -> tuple[object, object]:
    loss, dW = expect(result, "the result").unpacks_to(2, "(loss, dW)")
    return loss, dW


def batch_of(result: object) -> tuple[object, object]:
    X_batch, y_batch = expect(result, "the result").unpacks_to(2, "(X_batch, y_batch)")
    return X_batch, y_batch


def expect_pairs(X_batch: object, y_batch: object, X: torch.Tensor, size: int) -> torch.Tensor:
    """A batch of `size` images of `numbered`, each with its own label; returns the rows that were drawn."""
    expect(X_batch, "X_batch").is_tensor((size, X.shape[1]), X.dtype, X.device)
    expect(y_batch, "y_batch").is_tensor((size,), torch.int64, X.device)
    assert isinstance(X_batch, torch.Tensor)
    assert isinstance(y_batch, torch.Tensor)
    rows = y_batch - 100
    expect(y_batch, "y_batch").holds(
        bool(((rows >= 0) & (rows < len(X))).all()), "y_batch holds labels that are not in y.", "labels of y"
    )
    expect(X_batch, "X_batch").holds(
        bool((X_batch == X[rows]).all()),
        "a row of X_batch is not the image that its label in y_batch belongs to: draw the indices once, for both.",
        "X_batch[i] and y_batch[i] from the same place in X and y",
    )
    return rows


def numbered(draw: Draw, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """n distinct images whose label says which they are: y[i] = 100 + i."""
    return draw.normal(n, 3), torch.arange(100, 100 + n, device=draw.device)


class Training:
    """Training with a loss function that gives arbitrary losses and gradients and records its calls.

    Attributes:
        weights, batches, regs: what the loss function got in each call, once `expect_calls` has passed.
    """

    def __init__(self, student: Student, draw: Draw, shape: tuple[int, int], calls: int) -> None:
        self._student = student
        self.losses = [draw.real(0.5, 2.0) for _ in range(calls)]
        self.gradients = [draw.normal(*shape) for _ in range(calls)]
        self.weights: list[torch.Tensor] = []
        self.batches: list[tuple[object, object]] = []
        self.regs: list[object] = []
        self._loss_func: object = None
        self._record: object = None

    def train(self, *args: object, **kwargs: object) -> object:
        """What `train_linear_classifier` returns for the loss function and these arguments."""
        made = self._student.stand_ins.LossRecorder(self.losses, self.gradients)
        self._loss_func = expect(made, "loss_func").is_object()
        self._record = None
        return self._student.train_linear_classifier(self._loss_func, *args, **kwargs)

    def expect_calls(self) -> None:
        """The loss function was called once an iteration."""
        wanted = ("W", "X_batch", "y_batch", "reg")
        self._record = self._record or self._student.stand_ins.calls_of(self._loss_func)
        calls = calls_in(self._record, "loss_func", len(self.losses), wanted, "an iteration")
        self.weights = [W for W, _, _, _ in calls]
        self.batches = [(X_batch, y_batch) for _, X_batch, y_batch, _ in calls]
        self.regs = [reg for _, _, _, reg in calls]

    def expect_steps(self, start: torch.Tensor | None, learning_rate: float) -> None:
        """Every call got the weights that the call before leads to."""
        self.expect_calls()
        shape, dtype = self.gradients[0].shape, self.gradients[0].dtype
        for i, W in enumerate(self.weights):
            expect(W, f"W in iteration {i}").is_tensor(tuple(shape), dtype, self.gradients[0].device)
        if start is not None:
            expect(self.weights[0], "the first W").equals(start.double(), start.dtype)
        for i in range(1, len(self.weights)):
            expected = self.weights[i - 1].double() - learning_rate * self.gradients[i - 1].double()
            expect(self.weights[i], f"W in iteration {i}").equals(expected, torch.float32)


def calls_in(record: object, name: str, count: int, wanted: tuple[str, ...], each: str) -> list[tuple[Any, ...]]:
    """The calls in what `calls_of` returned of a recorder: as many as are expected, of these arguments.

    The student's code can write to the record, so it is judged like an answer.
    """
    calls = f"the calls of {name}"
    times, listed = expect(record, calls).unpacks_to(2, "their number and their arguments")
    expect(times, calls).holds(
        isinstance(times, int) and times == count,
        f"{name} was called {describe(times)} times, expected {count}: once {each}.",
        f"{count} calls",
    )
    rows = expect(listed, calls).unpacks_to(count, f"{count} calls")
    return [expect(row, f"a call of {name}").unpacks_to(len(wanted), f"({', '.join(wanted)})") for row in rows]


def expect_history(history: object, expected: list[float]) -> None:
    if isinstance(history, torch.Tensor) and history.dim() == 1:
        history = history.tolist()
    rows = expect(history, "loss_history").unpacks_to(len(expected), f"a list of {len(expected)} losses")
    for i, (value, want) in enumerate(zip(rows, expected, strict=True)):
        expect(value, f"loss_history[{i}]").is_number(want)


def search_params(student: Student) -> tuple[list[float], list[float]]:
    rates, strengths = expect(student.asked(), "the result").unpacks_to(2, "(learning_rates, regularization_strengths)")
    numbers = []
    for values, name, positive in ((rates, "learning_rates", True), (strengths, "regularization_strengths", False)):
        if isinstance(values, torch.Tensor) and values.dim() == 1:
            values = values.tolist()
        expect(values, name).holds(
            isinstance(values, list | tuple) and len(values) >= 2,
            f"{name} is {values!r:.60}, expected a list of at least 2 numbers.",
            "a list of at least 2 numbers",
        )
        row = [expect(v, f"{name}[{i}]").as_number() for i, v in enumerate(values)]
        in_range = min(row) > 0 if positive else min(row) >= 0
        expect(values, name).holds(
            in_range and len(set(row)) >= 2,
            f"{name} is {row}, expected at least 2 different numbers, {'positive' if positive else 'none negative'}.",
            "different numbers",
        )
        numbers.append(row)
    pairs = len(numbers[0]) * len(numbers[1])
    expect(pairs, "pairs").holds(pairs <= 25, f"they make {pairs} pairs, expected at most 25.", "at most 25 pairs")
    return numbers[0], numbers[1]


def recorded_training(student: Student, after: torch.Tensor, calls: int) -> Callable[[], list[tuple[Any, ...]]]:
    """Let training yield the weights `after` and be recorded.

    Returns:
        a function for afterwards: X, y, learning_rate, reg and num_iters of each training, of which there were `calls`.
    """
    made = student.stand_ins.TrainingRecorder(after, calls)
    recorder = expect(made, "cls.train").is_object()
    student.given(train_linear_classifier=recorder)
    wanted = ("X", "y", "learning_rate", "reg", "num_iters")

    def trainings() -> list[tuple[Any, ...]]:
        record = student.stand_ins.calls_of(recorder)
        return calls_in(record, "cls.train", calls, wanted, "for each set of parameters")

    return trainings
