"""Hidden checks of k nearest neighbours: the inputs that one forgets to try."""

from __future__ import annotations

import torch

from autograder.checks.knn import (
    AXES,
    DISTANCES,
    LABELS,
    Distances,
    Labels,
    expect_accuracies,
    expect_k,
    judge_with_given_parts,
    some_ks,
    two_clouds,
)
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles import knn as oracle


@check(*DISTANCES, needs="squared_distances")
def not_contiguous(student: Student, draw: Draw) -> None:
    """images that are not contiguous in memory"""
    x_train, x_test = draw.strided(draw.normal(5, 3, 4, 2)), draw.strided(draw.normal(4, 3, 4, 2))
    expected = oracle.squared_distances(x_train, x_test)
    expect(student.asked(x_train, x_test), "dists").equals(expected, torch.float32, AXES)


@check(*DISTANCES, needs="squared_distances")
def a_single_image(student: Student, draw: Draw) -> None:
    """one training image or one test image keeps its axis"""
    one, many = draw.normal(1, 2, 3), draw.normal(4, 2, 3)
    cases = [(one, many), (many.clone(), one.clone()), (one.clone(), one + 1)]
    expected = [oracle.squared_distances(x_train, x_test) for x_train, x_test in cases]
    for dists, right in zip(student.asked.each(*cases), expected, strict=True):
        expect(dists, "dists").equals(right, torch.float32, AXES)


@check(*DISTANCES, needs="squared_distances")
def whole_number_images(student: Student, draw: Draw) -> None:
    """uint8 images do not overflow"""
    x_train = draw.integers(0, 256, 5, 3, 4, dtype=torch.uint8)
    x_test = draw.integers(0, 256, 4, 3, 4, dtype=torch.uint8)
    expected = oracle.squared_distances(x_train, x_test)
    expect(student.asked(x_train, x_test), "dists").equals(expected, torch.float32, AXES)


@check(*DISTANCES, needs="squared_distances")
def pixels_far_from_zero(student: Student, draw: Draw) -> None:
    """pixels from 0 to 255: equal images are at distance 0 but for rounding"""
    x_train = draw.uniform(6, 40, high=255.0)
    x_test = torch.cat([x_train[:3], draw.uniform(2, 40, high=255.0)])
    expected = oracle.squared_distances(x_train, x_test)
    added = 4 * float(x_train.double().square().sum(dim=1).max())
    expect(student.asked(x_train, x_test), "dists").equals(expected, torch.float32, AXES, scale=added)


@check("knn.compute_distances_one_loop", needs="squared_distances")
def one_loop_is_enough(student: Student, draw: Draw) -> None:
    """the work in Python grows with the training or the test images, not with their product"""
    few, many = student.asked.measure_each(*((draw.normal(n, 10), draw.normal(n, 10)) for n in (6, 24)))
    work = (few.operations + few.steps, many.operations + many.steps)
    expect(work[1], "operations and lines").holds(
        work[1] <= 6 * work[0],
        f"four times as many images on both sides take {work[1] / work[0]:.1f} times as many operations and lines, "
        "expected about 4 times: there is a second loop in it.",
        "about 4 times as many",
    )


@check(LABELS, needs="nearest_neighbour")
def one_neighbour_by_default(student: Student, draw: Draw) -> None:
    """without k the nearest training image alone decides"""
    dists, y_train = draw.uniform(12, 9), draw.labels(12, 3)
    expected = oracle.nearest_labels(dists, y_train, 1)
    expect(student.predict_labels(dists, y_train), "labels").equals(expected)


@check(LABELS, needs="nearest_neighbour")
def close_distances(student: Student, draw: Draw) -> None:
    """distances that differ only in the twelfth digit"""
    order = torch.stack([draw.permutation(6) for _ in range(4)], dim=1)
    dists, y_train = 1.0 + 1e-12 * order.double(), draw.permutation(6)
    expected = oracle.nearest_labels(dists, y_train, 1)
    expect(student.predict_labels(dists, y_train), "labels").equals(expected)


@check(LABELS, needs="nearest_neighbour")
def all_training_images_vote(student: Student, draw: Draw) -> None:
    """k = N: the label that most training images have"""
    dists, y_train = draw.uniform(9, 4), draw.labels(9, 3)
    expected = oracle.nearest_labels(dists, y_train, 9)
    expect(student.predict_labels(dists, y_train, k=9), "labels").equals(expected)


@check(LABELS, needs="nearest_neighbour")
def small_label_dtypes(student: Student, draw: Draw) -> None:
    """uint8 and int32 labels are class numbers, and the answer is int64"""
    dists = draw.uniform(9, 6)
    cases = [(dists.clone(), draw.labels(9, 4, dtype=dtype)) for dtype in (torch.uint8, torch.int32)]
    expected = [oracle.nearest_labels(dists, y_train, 3) for _, y_train in cases]
    for labels, right in zip(student.predict_labels.each(*cases, k=3), expected, strict=True):
        expect(labels, "labels").equals(right)


@check(LABELS, needs="nearest_neighbour")
def one_training_image(student: Student, draw: Draw) -> None:
    """one training image, one test image, more than ten classes, classes left out"""
    one = draw.uniform(1, 3), torch.tensor([16], device=draw.device), 1
    seven = draw.uniform(7, 1, dtype=torch.float64), draw.labels(7, 2) * 5 + 3, 3
    expected = [torch.tensor([16, 16, 16], device=draw.device), oracle.nearest_labels(*seven)]
    for labels, right in zip(student.predict_labels.each(one, seven), expected, strict=True):
        expect(labels, "labels").equals(right)


@check(LABELS, needs="nearest_neighbour")
def labels_not_contiguous(student: Student, draw: Draw) -> None:
    """distances that are not contiguous in memory, negative ones among them"""
    dists, y_train = draw.strided(draw.normal(11, 6)), draw.labels(11, 3)
    expected = oracle.nearest_labels(dists, y_train, 5)
    expect(student.predict_labels(dists, y_train, k=5), "labels").equals(expected)


@check(LABELS, needs="nearest_neighbour")
def labels_inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves distances and labels unchanged"""
    dists, y_train = draw.uniform(8, 5), draw.labels(8, 3)
    before = dists.clone(), y_train.clone()
    student.predict_labels(dists, y_train, k=3)
    expect(dists, "dists").is_unchanged_from(before[0])
    expect(y_train, "y_train").is_unchanged_from(before[1])


@check("knn.KnnClassifier", needs="classifies_like_its_parts")
def classifier_default_k(student: Student, draw: Draw) -> None:
    """without k the nearest training image decides; images that are not contiguous; two classifiers at a time"""
    x_test = draw.strided(draw.normal(6, 5, 2))
    sets = [(draw.normal(10, 5, 2), draw.labels(10, 3)) for _ in range(2)]

    def judge(distances: Distances, labels: Labels) -> None:
        answers = [labels(distances(x, x_test), y, 1) for x, y in sets]
        classifiers = [student.KnnClassifier(draw.strided(x), y.clone()) for x, y in sets]
        for classifier, expected in zip(classifiers, answers, strict=True):
            classifier = expect(classifier, "KnnClassifier(...)").is_object()
            expect(classifier.predict(x_test.clone()), "labels").equals(expected)

    judge_with_given_parts(student, judge)


@check("knn.knn_cross_validate", needs="accuracy_of_every_fold")
def folds_that_do_not_divide(student: Student, draw: Draw) -> None:
    """folds whose sizes differ by one when they do not divide the training set"""
    x, y = draw.normal(22, 2), draw.labels(22, 2)  # labels by chance: folds of other sizes have other accuracies

    def judge(distances: Distances, labels: Labels) -> None:
        cuts = oracle.fold_sizes(22, 4)
        allowed = [oracle.validation_accuracies(x, y, sizes, (1, 3, 5), distances, labels) for sizes in cuts]
        expect_accuracies(student.knn_cross_validate(x.clone(), y.clone(), num_folds=4, k_choices=(1, 3, 5)), allowed)

    judge_with_given_parts(student, judge)


@check("knn.knn_cross_validate", needs="accuracy_of_every_fold")
def default_choices(student: Student, draw: Draw) -> None:
    """five folds and ten values of k by default; images keep their shape"""
    y = draw.labels(130, 3)
    x = draw.normal(130, 2, 2) + y[:, None, None]
    k_choices = (1, 3, 5, 8, 10, 12, 15, 20, 50, 100)

    def judge(distances: Distances, labels: Labels) -> None:
        expected = oracle.validation_accuracies(x, y, [26] * 5, k_choices, distances, labels)
        expect_accuracies(student.knn_cross_validate(x.clone(), y.clone()), [expected])

    judge_with_given_parts(student, judge)


@check("knn.knn_cross_validate", needs="accuracy_of_every_fold")
def cross_validation_leaves_inputs(student: Student, draw: Draw) -> None:
    """leaves the training set unchanged; two folds are enough"""
    x, y = two_clouds(draw, 16)

    def judge(distances: Distances, labels: Labels) -> None:
        expected = oracle.validation_accuracies(x, y, [8, 8], (2, 5), distances, labels)
        x_train, y_train = x.clone(), y.clone()
        expect_accuracies(student.knn_cross_validate(x_train, y_train, num_folds=2, k_choices=[2, 5]), [expected])
        expect(x_train, "x_train").is_unchanged_from(x)
        expect(y_train, "y_train").is_unchanged_from(y)

    judge_with_given_parts(student, judge)


@check("knn.knn_get_best_k", needs="highest_mean")
def means_not_lists(student: Student, draw: Draw) -> None:
    """neither the first nor the best fold decides, and keys come in any order"""
    a, b, c = some_ks(draw, 3)
    accuracies = (
        {c: [90.0, 10.0, 10.0], a: [30.0, 50.0, 50.0], b: [10.0, 10.0, 95.0]},
        {c: [33.0, 34.0], b: [32.0, 36.0], a: [30.0, 30.0]},
        {b: [0.0, 0.0]},
    )
    for best, expected in zip(student.knn_get_best_k.each(*((x,) for x in accuracies)), (a, b, b), strict=True):
        expect_k(best, expected)
