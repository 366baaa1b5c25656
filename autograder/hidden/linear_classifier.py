"""Hidden checks of linear classifiers: the inputs that one forgets to try."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch

from autograder.checks.linear_classifier import (
    LOSSES,
    SOFTMAX,
    SVM,
    TRAIN,
    VECTORIZED,
    Training,
    answer,
    batch_of,
    calls_in,
    clear_cut,
    expect_history,
    expect_pairs,
    kind_of,
    numbered,
    problem,
)
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.layers import expect_refused
from autograder.engine.meta import follows_device, on_meta, some_tensor
from autograder.engine.student import Student
from autograder.oracles import linear_classifier as oracle

Batch: TypeAlias = tuple[torch.Tensor, torch.Tensor]  # images, labels


def compare(
    student: Student,
    *problems: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    reg: float,
    dtype: torch.dtype = torch.float32,
    scale: float | None = None,
) -> None:
    """For each (W, X, y), loss and gradient equal the oracle's; `scale` is that of the gradient's summands."""
    expected = [oracle.loss_and_gradient(kind_of(student), *p, reg) for p in problems]
    for result, (loss, gradient) in zip(student.asked.each(*((*p, reg) for p in problems)), expected, strict=True):
        value, dW = answer(result)
        expect(value, "loss").is_number(loss, dtype)
        expect(dW, "dW").equals(gradient, dtype, "dW has the shape of W", scale)


def far_from_float32(kind: str, W: torch.Tensor, X: torch.Tensor, y: torch.Tensor) -> float:
    """A reg near 0.1 with which the loss is half-way between two float32 numbers: rounding to one always shows."""
    data, penalty = oracle.loss_and_gradient(kind, W, X, y, 0.0)[0], W.square().sum()
    below = (data + 0.1 * penalty).float()
    middle = (below.double() + torch.nextafter(below, below + 1).double()) / 2
    return float((middle - data) / penalty)


@check(*LOSSES, needs="gradient")
def double_precision(student: Student, draw: Draw) -> None:
    """float64 weights give a loss and a gradient of that accuracy"""
    W, X, y = problem(draw, 8, 5, 4, torch.float64)
    compare(student, (W, X, y), reg=far_from_float32(kind_of(student), W, X, y), dtype=torch.float64)


@check(*LOSSES, needs="gradient")
def missing_class(student: Student, draw: Draw) -> None:
    """a class that does not occur among the labels, and not ten classes"""
    W, X, _ = problem(draw, 6, 4, 5)
    compare(student, (W, X, 2 * draw.labels(6, 2) + 1), problem(draw, 11, 4, 11), reg=0.0)


@check(*LOSSES, needs="gradient")
def one_image(student: Student, draw: Draw) -> None:
    """a single image, and two classes"""
    compare(student, *(problem(draw, n, 5, c) for n, c in ((1, 4), (6, 2), (1, 2))), reg=0.25)


@check(*LOSSES, needs="gradient")
def not_contiguous(student: Student, draw: Draw) -> None:
    """W and X that are not contiguous in memory"""
    W, X, y = problem(draw, 7, 5, 4)
    compare(student, (draw.strided(W), draw.strided(X), y), reg=0.1)


@check(*LOSSES, needs="gradient")
def small_label_dtypes(student: Student, draw: Draw) -> None:
    """int32 and uint8 labels are class numbers"""
    problems = [(*problem(draw, 8, 5, 3)[:2], draw.labels(8, 3, dtype=dtype)) for dtype in (torch.int32, torch.uint8)]
    compare(student, *problems, reg=0.1)


@check(*SVM, needs="gradient")
def far_from_the_margin(student: Student, draw: Draw) -> None:
    """images far on the right side cost nothing, far on the wrong side a lot, be it thousands"""
    W, X, y = problem(draw, 10, 6, 4)
    compare(student, (30 * W, 300 * X, y.clone()), (0.01 * W, X, y), reg=0.0)


@check(*SOFTMAX, needs="gradient")
def hopeless_probability(student: Student, draw: Draw) -> None:
    """a true class with probability 0 costs as much as its score is short, not infinitely much"""
    X = torch.eye(4, device=draw.device)
    W = draw.normal(4, 3) + torch.tensor([0.0, 400.0, -400.0], device=draw.device)
    compare(student, (W, X, torch.tensor([2, 0, 1, 2], device=draw.device)), reg=0.0)


@check(*VECTORIZED, needs="gradient")
def memory_of_many(student: Student, draw: Draw) -> None:
    """many images, or many features: no N x N or D x D numbers"""
    many, few = 900, 3
    allowed = 2 * 12 * 4 * (2 * many * few + few * few)  # two dozen of each, in float32
    cases = [(*problem(draw, n, d, few), 0.1) for n, d in ((many, few), (few, many))]
    for what, usage in zip(("images", "features"), student.asked.measure_each(*cases), strict=True):
        expect(usage.peak_bytes, "peak memory").holds(
            usage.peak_bytes <= allowed,
            f"with {many} {what}, and {few} of all else, it needs {usage.peak_bytes:,} bytes at once, expected at most "
            f"{allowed:,}: a ({many}, {many}) tensor takes {4 * many * many:,}.",
            f"at most {allowed:,} bytes",
        )


@check(*VECTORIZED, needs="gradient")
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    there = tuple(on_meta(x) for x in problem(draw, 6, 5, 4))

    def asked() -> tuple[object, object]:
        loss, dW = answer(student.asked(*there, 0.1))
        return loss, some_tensor(dW, "dW")

    follows_device(asked, "(loss, dW)")


@check(*SOFTMAX, needs="gradient")
def images_of_different_scale(student: Student, draw: Draw) -> None:
    """the scores of one image do not spoil those of another"""
    W, _, y = problem(draw, 6, 5, 4)
    X = clear_cut(draw, W, (1.0, 1e4, 1.0, 3e4, 1.0, 100.0))
    # A sure image adds X and takes it away again: the rounding of that is right, however small the gradient.
    compare(student, (W, X, y), reg=0.0, scale=float(X.abs().max()) / len(X))


def expect_repeats(rows: torch.Tensor, where: str) -> None:
    """In one of these batches, each a row, an image comes twice."""
    repeated = any(len(batch.unique()) < len(batch) for batch in torch.atleast_2d(rows))
    expect(rows, "the draws").holds(
        repeated, f"{where} no image comes twice: the draw is without replacement.", "draws with replacement"
    )


@check("linear_classifier.sample_batch", needs="pairs_stay_together")
def with_replacement(student: Student, draw: Draw) -> None:
    """independent draws with replacement, as few or as many as batch_size says"""
    X, y = numbered(draw, 40)
    cases = ((X.clone(), y.clone(), 40, size) for size in (1, 40, 20, 20, 20, 20, 20))
    one, whole, *drawn = [batch_of(batch) for batch in student.sample_batch.each(*cases)]
    expect_pairs(*one, X, 1)
    expect_repeats(expect_pairs(*whole, X, 40), "in a batch of 40 from 40 images")
    batches = torch.stack([expect_pairs(*batch, X, 20) for batch in drawn])
    expect(batches, "the draws").holds(
        not bool((batches == batches[0]).all()), "five batches are the same: the draw is not random.", "random draws"
    )
    expect_repeats(batches, "in each of five batches of 20 from 40 images")
    expect(batches, "the draws").holds(
        not bool((batches[:, 1:] >= batches[:, :-1]).all()),
        "the images of each batch are in the order of X: what is drawn next depends on what was drawn before.",
        "independent draws",
    )


@check("linear_classifier.sample_batch", needs="pairs_stay_together")
def equally_likely(student: Student, draw: Draw) -> None:
    """every image is equally likely, also the first and the last, whatever its label"""
    X, y = numbered(draw, 13)
    rare = draw.number(0, 7)
    labels = (torch.arange(13, device=draw.device) == rare).long()
    every, unequal = student.sample_batch.each((X.clone(), y, 8, 4000), (X.clone(), labels, 8, 800))
    counts = torch.bincount(expect_pairs(*batch_of(every), X, 4000), minlength=8)
    worst = int((counts - 500).abs().argmax())
    expect(counts, "the draws").holds(
        bool(((counts > 350) & (counts < 650)).all()),
        f"of 4000 draws from the first 8 of 13 images, image {worst} came {int(counts[worst])} times, expected about "
        "500.",
        "every image about equally often",
    )
    X_batch, _ = batch_of(unequal)
    expect(X_batch, "X_batch").is_tensor((800, 3), X.dtype, X.device)
    assert isinstance(X_batch, torch.Tensor)
    count = int((X_batch == X[rare]).all(dim=1).sum())
    expect(count, "the draws").holds(
        30 < count < 170,
        f"of 800 draws from the first 8 images, the only one with its label came {count} times, expected about 100.",
        "every image about equally often",
    )


@check("linear_classifier.sample_batch", needs="pairs_stay_together")
def only_the_first_num_train(student: Student, draw: Draw) -> None:
    """draws only from the first num_train images"""
    X, y = numbered(draw, 50)
    rows = expect_pairs(*batch_of(student.sample_batch(X.clone(), y, 5, 300)), X, 300)
    expect(rows, "the draws").holds(
        bool((rows < 5).all()),
        f"with num_train = 5, image {int(rows.max())} was drawn, expected 0 to 4.",
        "images 0 to 4",
    )
    expect(rows, "the draws").holds(
        len(rows.unique()) == 5, f"of the 5 images only {len(rows.unique())} are ever drawn.", "all 5 images"
    )


@check("linear_classifier.sample_batch", needs="pairs_stay_together")
def batch_keeps_dtypes(student: Student, draw: Draw) -> None:
    """keeps the dtypes and leaves X and y unchanged"""
    X, y = draw.normal(6, 4, dtype=torch.float64), draw.labels(6, 3, dtype=torch.int32)
    before = X.clone(), y.clone()
    X_batch, y_batch = batch_of(student.sample_batch(X, y, 6, 3))
    expect(X_batch, "X_batch").is_tensor((3, 4), torch.float64, X.device)
    expect(y_batch, "y_batch").is_tensor((3,), torch.int32, y.device)
    expect(X, "X").is_unchanged_from(before[0])
    expect(y, "y").is_unchanged_from(before[1])


@check("linear_classifier.sample_batch", needs="pairs_stay_together")
def refused_num_train(student: Student, draw: Draw) -> None:
    """refuses num_train below 1 and above N with a ValueError"""
    X, y = numbered(draw, 8)
    wrong = (0, -draw.number(1, 5), 9, draw.number(10, 40))
    expect_refused(student.sample_batch, ((f"num_train = {n} of 8 images", (X, y, n, 20)) for n in wrong))


def right_batches(draw: Draw) -> Callable[..., Batch]:
    """A right `sample_batch`, so that a wrong one costs its own points alone; it refuses what nobody asks for here."""

    def sample_batch(X: torch.Tensor, y: torch.Tensor, num_train: int, batch_size: int) -> Batch:
        if not 1 <= num_train <= len(X) or batch_size > 1000:
            raise ValueError(f"num_train = {num_train} of {len(X)} images, batch_size = {batch_size}")
        rows = draw.integers(0, num_train, batch_size)
        return X[rows], y[rows]

    return sample_batch


def rows_drawn(run: Training, W: torch.Tensor, X: torch.Tensor, y: torch.Tensor, batch_size: int) -> torch.Tensor:
    """Train on the images of `numbered`; which of them `loss_func` got, (iterations, batch_size)."""
    run.train(W, X.clone(), y.clone(), 0.1, 0.375, len(run.losses), batch_size)
    run.expect_calls()
    for reg in run.regs:
        expect(reg, "the reg that loss_func gets").is_number(0.375)
    rows = torch.stack([expect_pairs(*batch, X, batch_size) for batch in run.batches])
    same = bool((rows == rows[0]).all())
    expect(rows, "the batches").holds(not same, "every batch holds the same images.", "new batches")
    return rows


@check(TRAIN, needs="one_loss_an_iteration")
def batches_and_reg(student: Student, draw: Draw) -> None:
    """loss_func gets batches of batch_size from all of X, with their labels, and reg"""
    student.given(sample_batch=right_batches(draw))
    X, y = numbered(draw, 8)
    large = rows_drawn(Training(student, draw, (3, 2), 6), draw.normal(3, 2), X, y, 30)
    never = ", ".join(str(i) for i in range(len(X)) if i not in large)
    expect(large, "the batches").holds(
        not never,
        f"in 6 batches of 30 from 8 images, X[{never}] never comes: draw from all of X.",
        "images 0 to 7",
    )
    small = rows_drawn(Training(student, draw, (3, 2), 8), draw.normal(3, 2), X, y, 3)
    expect(small, "the batches").holds(
        int(small.max()) >= 3, "all batches of 3 come from the first 3 images: draw from all of X.", "images 0 to 7"
    )


@check(TRAIN, needs="one_loss_an_iteration")
def starts_from_small_weights(student: Student, draw: Draw) -> None:
    """W = None starts from 1e-6 * normal numbers, others each time, as many classes as max(y) + 1"""
    student.given(sample_batch=student.stand_ins.first_rows)
    run = Training(student, draw, (50, 7), 3)
    X, y = draw.normal(30, 50), draw.labels(30, 7)
    run.train(None, X.clone(), y.clone(), 0.5, 0.0, 3, 4)
    run.expect_calls()
    first = run.weights[0]
    expect(first, "the first W").is_tensor((50, 7), torch.float32, X.device, "features are rows, classes are columns")
    std, mean = float(first.std()), float(first.mean())
    expect(first, "the first W").holds(
        0.8e-6 < std < 1.2e-6 and abs(mean) < 0.3e-6,
        f"the first W has mean {mean:.2g} and standard deviation {std:.2g}, expected 0 and 1e-6.",
        "1e-6 * normal",
    )
    run.expect_steps(None, 0.5)
    again = Training(student, draw, (50, 7), 1)
    again.train(None, X, y, 0.5, 0.0, 1, 4)
    again.expect_calls()
    second = again.weights[0]
    expect(second, "the first W").is_tensor((50, 7), torch.float32, X.device)
    expect(second, "the first W").holds(
        not bool((second == first).all()), "two trainings start from the same weights.", "new random numbers"
    )
    run = Training(student, draw, (5, 6), 1)
    y = torch.tensor([2, 0, 1, 0, 5, 1, 5, 2], device=draw.device)
    X = draw.normal(8, 5, dtype=torch.float64)
    run.train(None, X.clone(), y.clone(), 0.5, 0.0, 1, 4)
    run.expect_calls()
    expect(run.weights[0], "the first W for float64 images, labels 0, 1, 2, 5").is_tensor((5, 6), torch.float64)


@check(TRAIN, needs="one_loss_an_iteration")
def starts_on_the_device(student: Student, draw: Draw) -> None:
    """W = None starts with weights on the device of X"""
    X, y = on_meta(draw.normal(8, 5)), draw.labels(8, 3)
    loss_func = student.stand_ins.squared_weights
    # No step is taken: neither its loss nor its batch can be looked at there.
    follows_device(lambda: student.train_linear_classifier(loss_func, None, X, y, num_iters=0), "W", first=1)


@check(TRAIN, needs="one_loss_an_iteration")
def given_weights_unchanged(student: Student, draw: Draw) -> None:
    """leaves the W, X and y that it was given unchanged"""
    student.given(sample_batch=student.stand_ins.first_rows)
    run = Training(student, draw, (4, 3), 3)
    W, X, y = problem(draw, 10, 4, 3)
    before = W.clone(), X.clone(), y.clone()
    run.train(W, X, y, 0.5, 0.0, 3, 4)
    for name, now, then in zip("WXy", (W, X, y), before, strict=True):
        expect(now, name).is_unchanged_from(then)


@check(TRAIN, needs="one_loss_an_iteration")
def training_defaults(student: Student, draw: Draw) -> None:
    """100 iterations, learning rate 1e-3, batches of 200 and reg 1e-5 by default"""
    student.given(sample_batch=student.stand_ins.first_rows)
    run = Training(student, draw, (4, 3), 3)
    W, X, y = problem(draw, 220, 4, 3)
    start = W.clone()
    squares = [float((start.double() ** 2).sum()) * (1 - 2e-3) ** (2 * i) for i in range(100)]
    result = run.train(W, X, y, num_iters=3)
    expect(result, "the result").unpacks_to(2, "(W, loss_history)")
    run.expect_steps(start, 1e-3)
    expect(run.batches[0][0], "the batch").is_tensor((200, 4), torch.float32, X.device)
    expect(run.regs[0], "reg").is_number(1e-5)
    result = student.train_linear_classifier(student.stand_ins.squared_weights, start.clone(), X, y)
    _, history = expect(result, "the result").unpacks_to(2, "(W, loss_history)")
    expect_history(history, squares)


@check(TRAIN, needs="one_loss_an_iteration")
def many_iterations(student: Student, draw: Draw) -> None:
    """every iteration counts alike: with verbose=True, beyond 100, where the gradient is large or the loss repeats"""
    student.given(sample_batch=student.stand_ins.first_rows)
    run = Training(student, draw, (4, 3), 3)
    run.losses[1:] = 100.0, 0.0  # the last of both stands for all iterations that follow
    run.gradients[1] *= 300
    W, X, y = problem(draw, 6, 4, 3)
    first, large, rest = (gradient.double() for gradient in run.gradients)
    expected = W.double() - 0.125 * (first + large + 113 * rest)
    result = run.train(W, X, y, learning_rate=0.125, num_iters=115, batch_size=2, verbose=True)
    trained, history = expect(result, "the result").unpacks_to(2, "(W, loss_history)")
    expect_history(history, [*run.losses, *[0.0] * 112])
    expect(trained, "W").equals(expected, torch.float32)


@check("linear_classifier.predict_linear_classifier", needs="highest_score")
def other_scores(student: Student, draw: Draw) -> None:
    """negative, large and close scores, 12 classes, one image, not contiguous, float64; inputs unchanged"""
    W, X, _ = problem(draw, 9, 5, 12, torch.float64)
    W = W.roll(11 - int(oracle.predict(W, X[:1])), dims=1)  # the last class is the best of the first image
    X = torch.cat([X, torch.ones_like(X[:, :1])], dim=1)
    W = torch.cat([W, torch.full_like(W[:1], -2000.0)])
    W, X = draw.strided(W), draw.strided(X)
    before = W.clone(), X.clone()
    expected = oracle.predict(W, X)
    close = torch.tensor([[1.0, 1.0 + 1e-12, 1.0 - 1e-12]], dtype=torch.float64, device=draw.device)
    one_image, large = (draw.strided(W), draw.strided(X)[:1]), (draw.strided(1e4 * W), draw.strided(X))
    answers = student.predict_linear_classifier.each((W, X), one_image, large, (close, torch.ones_like(close[:, :1])))
    expect(next(answers), "labels").equals(expected)
    expect(W, "W").is_unchanged_from(before[0])
    expect(X, "X").is_unchanged_from(before[1])
    for labels, right in zip(answers, (expected[:1], expected, torch.tensor([1], device=draw.device)), strict=True):
        expect(labels, "labels").equals(right)


@check("linear_classifier.predict_linear_classifier", needs="highest_score")
def equal_scores(student: Student, draw: Draw) -> None:
    """equal highest scores go to the smallest label"""
    X = draw.integers(-9, 10, 12, 4).float()  # whole numbers, of which every product and sum is exact
    W = draw.integers(-9, 10, 4, 3).float().repeat(1, 3)[:, draw.permutation(9)]  # each column three times
    expected = oracle.predict(W, X)
    expect(student.predict_linear_classifier(W, X), "labels").equals(expected)


@check("linear_classifier.predict_linear_classifier", needs="highest_score")
def labels_on_the_device(student: Student, draw: Draw) -> None:
    """the labels are on the device of X"""
    W, X, _ = (on_meta(x) for x in problem(draw, 6, 5, 4))
    follows_device(lambda: some_tensor(student.predict_linear_classifier(W, X), "the result"), "the result")


@check("linear_classifier.test_one_param_set", needs="trains_and_measures")
def passes_the_parameters_on(student: Student, draw: Draw) -> None:
    """lr, reg and num_iters arrive where they belong; 2000 iterations and batches of 200 by default"""
    after, seen = draw.normal(4, 3), []

    def training(
        loss_func: object, W: object, X: object, y: object, learning_rate: object = 1e-3, reg: object = 1e-5,
        num_iters: object = 100, batch_size: object = 200, verbose: object = False,
    ) -> tuple[torch.Tensor, list[float]]:  # fmt: skip
        seen.append((learning_rate, reg, num_iters, batch_size))
        return after.clone(), [1.0] * (num_iters if isinstance(num_iters, int) and num_iters < 10_000 else 1)

    student.given(train_linear_classifier=training, predict_linear_classifier=student.stand_ins.row_numbers)
    _, X, y = problem(draw, 12, 4, 3)
    data = {"X_train": X, "y_train": y, "X_val": X + 1, "y_val": y}
    student.test_one_param_set(student.Softmax(), data, 0.0625, 0.5, num_iters=7)
    student.test_one_param_set(student.LinearSVM(), data, 0.25, 0.125)
    wanted = ((0.0625, 0.5, 7, 200), (0.25, 0.125, 2000, 200))
    names = ("learning_rate", "reg", "num_iters", "batch_size")
    trainings = calls_in((len(seen), seen), "cls.train", 2, names, "for each set of parameters")
    for got, numbers in zip(trainings, wanted, strict=True):
        for name, value, number in zip(names, got, numbers, strict=True):
            expect(value, name).is_number(number)
