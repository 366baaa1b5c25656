"""Visible checks of k nearest neighbours."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import torch

from autograder.engine import stand_ins
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.errors import StudentRaised
from autograder.engine.expect import Failed, expect, expect_no_growth
from autograder.engine.meta import follows_device, on_meta
from autograder.engine.student import Fake, Student
from autograder.oracles import knn as oracle

DISTANCES = (
    "knn.compute_distances_two_loops",
    "knn.compute_distances_one_loop",
    "knn.compute_distances_no_loops",
)
MOST_WORK = 10_000_000  # numbers in what the right parts compute for the student; more is no honest call
Distances: TypeAlias = Callable[..., torch.Tensor]
Labels: TypeAlias = Callable[..., torch.Tensor]
AXES = "rows are training images, columns are test images"


@check(*DISTANCES, weight=2)
def squared_distances(student: Student, draw: Draw) -> None:
    """squared Euclidean distances between images of any shape"""
    x_train, x_test = draw.normal(7, 3, 4, 5), draw.normal(6, 3, 4, 5)
    expected = oracle.squared_distances(x_train, x_test)
    dists = student.asked(x_train, x_test)
    expect(dists, "dists").equals(expected, torch.float32, AXES)


@check(*DISTANCES, needs="squared_distances")
def as_many_training_as_test_images(student: Student, draw: Draw) -> None:
    """row i is training image i, also when there are as many test images"""
    x_train, x_test = draw.normal(5, 8), draw.normal(5, 8)
    expected = oracle.squared_distances(x_train, x_test)
    expect(student.asked(x_train, x_test), "dists").equals(expected, torch.float32, AXES)


@check(*DISTANCES, needs="squared_distances")
def double_precision(student: Student, draw: Draw) -> None:
    """float64 images give float64 distances, and all is made on the device of the images"""
    x_train, x_test = draw.normal(4, 9, dtype=torch.float64), draw.normal(5, 9, dtype=torch.float64)
    expected = oracle.squared_distances(x_train, x_test)
    expect(student.asked(x_train, x_test), "dists").equals(expected, torch.float64, AXES)
    follows_device(lambda: student.asked(on_meta(x_train[:2]), on_meta(x_test[:1])), "dists")


@check(*DISTANCES, needs="squared_distances")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves the images unchanged"""
    x_train, x_test = draw.normal(4, 2, 3), draw.normal(5, 2, 3)
    before = x_train.clone(), x_test.clone()
    student.asked(x_train, x_test)
    expect(x_train, "x_train").is_unchanged_from(before[0])
    expect(x_test, "x_test").is_unchanged_from(before[1])


@check(*DISTANCES[:2], needs="squared_distances")
def all_pixels_at_once(student: Student, draw: Draw) -> None:
    """the number of operations does not grow with the number of pixels"""
    small, large = student.asked.measure_each(*((draw.normal(2, d), draw.normal(1, d)) for d in (8, 48)))
    expect_no_growth(small, large, "images of 8 pixels", "images of 48")


@check("knn.compute_distances_no_loops", needs="squared_distances", weight=2)
def no_growth(student: Student, draw: Draw) -> None:
    """the number of operations does not grow with the number of images, nor with that of pixels"""
    few, many = (draw.normal(6, 8), draw.normal(5, 8)), (draw.normal(24, 48), draw.normal(20, 48))
    small, large = student.asked.measure_each(few, many)
    expect_no_growth(small, large, "6 x 5 images of 8 pixels", "24 x 20 images of 48")


@check("knn.compute_distances_no_loops", needs="squared_distances", weight=2)
def memory(student: Student, draw: Draw) -> None:
    """peak memory is that of num_train x num_test numbers, not of num_train x num_test x D"""
    n, m, d = 256, 240, 96
    usage = student.asked.measure(draw.normal(8, d).repeat(n // 8, 1), draw.normal(8, d).repeat(m // 8, 1))
    allowed = 8 * (6 * n * m + 12 * (n + m) * d)  # a dozen copies of the images and some results, all in float64
    expect(usage.peak_bytes, "peak memory").holds(
        usage.peak_bytes <= allowed,
        f"it needs {usage.peak_bytes:,} bytes at once for {n} x {m} images of {d} numbers, expected at most "
        f"{allowed:,}: broadcasting to (num_train, num_test, D) takes {4 * n * m * d:,}.",
        f"at most {allowed:,} bytes",
    )


@check("knn.compute_distances_no_loops", needs="squared_distances")
def large_common_offset(student: Student, draw: Draw) -> None:
    """pixels near 1000: the error stays below 1/1000 of the largest distance"""
    x_train, x_test = draw.normal(6, 30, mean=1000.0), draw.normal(5, 30, mean=1000.0)
    expected = oracle.squared_distances(x_train, x_test)
    dists = student.asked(x_train, x_test)
    expect(dists, "dists").is_tensor((6, 5), torch.float32, draw.device, AXES)
    error, largest = float((dists.double() - expected).abs().max()), float(expected.max())
    expect(dists, "dists").holds(
        error <= largest / 1000,
        f"the largest error is {error:.3g} where the largest distance is {largest:.3g}: ||a||^2 + ||b||^2 - 2 <a, b> "
        "cancels. Subtract the mean training image from both sides first.",
        f"an error of at most {largest / 1000:.3g}",
    )


LABELS = "knn.predict_labels"


@check(LABELS)
def nearest_neighbour(student: Student, draw: Draw) -> None:
    """k = 1: the label of the nearest training image"""
    dists, y_train = draw.uniform(9, 7), draw.labels(9, 4)
    expected = oracle.nearest_labels(dists, y_train, 1)
    expect(student.predict_labels(dists, y_train, k=1), "labels").equals(expected)


@check(LABELS, needs="nearest_neighbour", weight=2)
def majority_of_k(student: Student, draw: Draw) -> None:
    """k > 1: the label that most of the k nearest training images have"""
    dists, y_train = draw.uniform(30, 25), draw.labels(30, 3)
    expected = [oracle.nearest_labels(dists, y_train, k) for k in (4, 7)]
    answers = student.predict_labels.each(*((dists.clone(), y_train.clone(), k) for k in (4, 7)))
    for labels, right in zip(answers, expected, strict=True):
        expect(labels, "labels").equals(right)


@check(LABELS, needs="nearest_neighbour")
def ties_go_to_the_smallest_label(student: Student, draw: Draw) -> None:
    """a tie between labels goes to the smallest label"""
    y_train = torch.tensor([2, 7, 7, 2, 5], device=draw.device)
    # nearest first: 2 7 7 2 in the first column, 7 2 7 2 in the second, 7 7 2 2 in the third
    columns = [[0.1, 0.2, 0.3], [0.2, 0.1, 0.1], [0.3, 0.3, 0.2], [0.4, 0.4, 0.4], [9.0, 9.0, 9.0]]
    dists, expected = torch.tensor(columns, device=draw.device), torch.tensor([2, 2, 2], device=draw.device)
    for labels in student.predict_labels.each((dists, y_train), (dists.flip(0), y_train.flip(0)), k=4):
        expect(labels, "labels").equals(expected)


@check("knn.KnnClassifier")
def classifies_like_its_parts(student: Student, draw: Draw) -> None:
    """predict finds the k nearest training images and lets them vote"""
    x_train, y_train, x_test = draw.normal(20, 2, 3), draw.labels(20, 6), draw.normal(12, 2, 3, mean=1.0)

    def judge(distances: Distances, labels: Labels) -> None:
        expected = labels(distances(x_train, x_test), y_train, 5)
        classifier = expect(student.KnnClassifier(x_train.clone(), y_train.clone()), "KnnClassifier(...)").is_object()
        expect(classifier.predict(x_test.clone(), k=5), "labels").equals(expected)

    judge_with_given_parts(student, judge)


@check("knn.knn_cross_validate", weight=2)
def accuracy_of_every_fold(student: Student, draw: Draw) -> None:
    """for each k the accuracy on each fold, in percent, after training on the other folds"""
    x, y = two_clouds(draw, 40)

    def judge(distances: Distances, labels: Labels) -> None:
        expected = oracle.validation_accuracies(x, y, [8] * 5, (1, 4, 9), distances, labels)
        result = student.knn_cross_validate(x.clone(), y.clone(), num_folds=5, k_choices=(1, 4, 9))
        expect_accuracies(result, [expected])

    judge_with_given_parts(student, judge, classifier=True)


@check("knn.knn_get_best_k")
def highest_mean(student: Student, draw: Draw) -> None:
    """the k with the highest mean accuracy"""
    rows = [[20.0, 75.0, 30.0], [54.0, 40.0, 53.0], [10.0, 20.0, 60.0]]
    rows, place = [rows[i] for i in draw.permutation(3).tolist()], draw.number(1, 2)
    rows.insert(place, [50.0, 55.0, 60.0])  # neither first nor last, and no single fold of it is the best
    ks = some_ks(draw, 4)
    expect_k(student.knn_get_best_k(dict(zip(ks, rows, strict=True))), ks[place])


@check("knn.knn_get_best_k", needs="highest_mean")
def ties_go_to_the_smallest_k(student: Student, draw: Draw) -> None:
    """of several k with the highest mean, the smallest"""
    a, b, c, d = some_ks(draw, 4)
    small, large = draw.number(2, 9), draw.number(10, 19)  # as text, "10" comes before "9"
    cases = (
        ({c: [50.0, 60.0], b: [60.0, 50.0], d: [55.0, 55.0], a: [10.0, 20.0]},),
        ({large: [50.0, 60.0], small: [60.0, 50.0]},),
    )
    for best, expected in zip(student.knn_get_best_k.each(*cases), (b, small), strict=True):
        expect_k(best, expected)


def judge_with_given_parts(
    student: Student, judge: Callable[[Distances, Labels], None], classifier: bool = False
) -> None:
    """Judge what is asked with distances and labels that are not the student's, so that one mistake costs once.

    First with invented ones, which run where the student's code is. What does not pass is judged again, with right
    ones: an answer that uses no part of its module is right as well, and a card shows accuracies of true neighbours.

    Args:
        student: whose.
        judge: calls what is asked and states what must hold with these parts; it is called up to three times, so it
            draws nothing and hands out copies.
        classifier: judge what still does not pass with a right KnnClassifier, too: the student's may be unfinished.
    """
    give_parts(student, student.stand_ins.invented_distances, student.stand_ins.invented_labels)
    try:
        return judge(stand_ins.invented_distances, stand_ins.invented_labels)
    except (Failed, StudentRaised):
        with_right_parts(student)
    try:
        return judge(oracle.squared_distances, oracle.nearest_labels)
    except (Failed, StudentRaised) as own:
        if not classifier:
            raise
        student.given(KnnClassifier=right_classifier)
        try:
            judge(oracle.squared_distances, oracle.nearest_labels)
        except StudentRaised:  # perhaps because it asks more of its classifier than there is in this one
            raise own from None


def with_right_parts(student: Student) -> None:
    """Right distances and labels in the place of the student's."""
    give_parts(student, right_distances, right_labels)


def right_distances(x_train: torch.Tensor, x_test: torch.Tensor) -> torch.Tensor:
    """What stands for any of the three; it refuses what they refuse, and more work than an honest call asks for."""
    if len(x_train) * len(x_test) * max(1, x_train[:1].numel(), x_test[:1].numel()) > MOST_WORK:
        raise ValueError(f"images of shapes {tuple(x_train.shape)} and {tuple(x_test.shape)}: more than were given")
    if x_train.shape[1:] != x_test.shape[1:]:
        raise ValueError(f"images of shapes {tuple(x_train.shape)} and {tuple(x_test.shape)} cannot be compared")
    dtype = x_train.dtype if x_train.is_floating_point() else torch.float32
    return oracle.squared_distances(x_train, x_test).to(dtype)


def right_labels(dists: torch.Tensor, y_train: torch.Tensor, k: int = 1) -> torch.Tensor:
    """What stands for `predict_labels`."""
    votes = math.prod(max(1, n) for n in dists.shape) * (int(y_train.max()) + 1)
    if votes > MOST_WORK or int(y_train.min()) < 0:
        raise ValueError("y_train holds labels that were not given")
    if not 1 <= k <= dists.shape[0]:
        raise ValueError(f"k is {k}, expected 1 to {dists.shape[0]}")
    return oracle.nearest_labels(dists, y_train, k)


def right_classifier(x_train: torch.Tensor, y_train: torch.Tensor) -> Fake:
    """What stands for `KnnClassifier`."""

    def predict(x_test: torch.Tensor, k: int = 1) -> torch.Tensor:
        return right_labels(right_distances(x_train, x_test), y_train, k)

    def check_accuracy(x_test: torch.Tensor, y_test: torch.Tensor, k: int = 1, quiet: bool = False) -> float:
        return 100.0 * (predict(x_test, k) == y_test).double().mean().item()

    return Fake(predict=predict, check_accuracy=check_accuracy)


def give_parts(student: Student, distances: Distances, labels: Labels) -> None:
    student.given(
        compute_distances_two_loops=distances,
        compute_distances_one_loop=distances,
        compute_distances_no_loops=distances,
        predict_labels=labels,
    )


def two_clouds(draw: Draw, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """n points of two overlapping classes, in random order: (n, 2) and (n,)."""
    y = draw.labels(n, 2)
    return draw.normal(n, 2) + 1.5 * y[:, None], y


def expect_accuracies(result: object, allowed: list[dict[int, list[float]]]) -> None:
    """The result of cross-validation equals one of the allowed ones."""
    first = allowed[0]
    expect(result, "k_to_accuracies").holds(
        isinstance(result, dict),
        f"k_to_accuracies is {type(result).__name__}, expected a dict {{k: list of accuracies}}.",
        "a dict {k: list of accuracies}",
    )
    assert isinstance(result, dict)
    expect(result, "k_to_accuracies").holds(
        set(result) == set(first),
        f"k_to_accuracies has the keys {sorted(map(str, result))[:12]}, expected {sorted(first)}.",
        f"the keys {sorted(first)}",
    )
    came: dict[int, list[float]] = {}
    for k, values in result.items():
        name = f"k_to_accuracies[{k}]"
        if isinstance(values, torch.Tensor) and values.dim() == 1:
            values = values.tolist()
        row = expect(values, name).unpacks_to(len(first[k]), f"a list of {len(first[k])} accuracies, one a fold")
        came[k] = [expect(value, f"{name}[{i}]").as_number() for i, value in enumerate(row)]
    if any(all(_near(came[k], expected[k]) for k in expected) for expected in allowed):
        return
    for k, accuracies in came.items():
        if not _near(accuracies, first[k]):
            expect(torch.tensor(accuracies), f"k_to_accuracies[{k}]").equals(torch.tensor(first[k]))


def _near(a: list[float], b: list[float]) -> bool:
    return len(a) == len(b) and all(abs(x - y) < 1e-3 for x, y in zip(a, b, strict=True))


def some_ks(draw: Draw, n: int) -> list[int]:
    """n different numbers from 4 to 40, the smallest first: none is a position among them."""
    return sorted((draw.permutation(37)[:n] + 4).tolist())


def expect_k(value: object, expected: int) -> None:
    expect(value, "best_k").holds(
        isinstance(value, int) and not isinstance(value, bool),
        f"best_k is {value!r:.60}, expected a Python int: one of the keys.",
        f"{expected}",
    )
    expect(value, "best_k").holds(value == expected, f"best_k is {value}, expected {expected}.", f"{expected}")
