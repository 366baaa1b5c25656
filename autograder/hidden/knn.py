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
from autograder.engine.layers import expect_refused
from autograder.engine.meta import follows_device, on_meta
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
    """images of whole numbers, uint8 that overflow and others, have float32 distances"""
    dtypes = torch.uint8, torch.int32, torch.int64
    cases = [(draw.integers(0, 256, 3, 3, 4, dtype=d), draw.integers(0, 256, 2, 3, 4, dtype=d)) for d in dtypes]
    expected = [oracle.squared_distances(x_train, x_test) for x_train, x_test in cases]
    for dists, right in zip(student.asked.each(*cases), expected, strict=True):
        expect(dists, "dists").equals(right, torch.float32, AXES)


@check(*DISTANCES, needs="squared_distances")
def pixels_far_from_zero(student: Student, draw: Draw) -> None:
    """pixels from 0 to 255, and dark ones below 0.01: equal images are at distance 0 but for rounding"""
    pairs = [(draw.uniform(4, 40, high=high), draw.uniform(1, 40, high=high)) for high in (255.0, 0.01)]
    cases = [(x_train, torch.cat([x_train[:2], others])) for x_train, others in pairs]
    expected = [oracle.squared_distances(x_train, x_test) for x_train, x_test in cases]
    added = [4 * float(x_train.double().square().sum(dim=1).max()) for x_train, _ in cases]
    for dists, right, scale in zip(student.asked.each(*cases), expected, added, strict=True):
        expect(dists, "dists").equals(right, torch.float32, AXES, scale=scale)


@check(*DISTANCES, needs="squared_distances")
def refuses_other_shapes(student: Student, draw: Draw) -> None:
    """refuses images of different shapes with a ValueError"""
    shapes = ((2, 3), (3, 2)), ((3, 4), (1, 4)), ((3, 4), (3, 1)), ((1,), (6,)), ((4,), (3, 4)), ((3, 1), (3,))
    cases = [(draw.normal(5, *a), draw.normal(4, *b)) for a, b in shapes]
    what = (f"images of shapes {a} and {b}" for a, b in shapes)
    expect_refused(student.asked, zip(what, cases, strict=True))


@check("knn.compute_distances_no_loops", needs="squared_distances")
def memory_of_a_large_set(student: Student, draw: Draw) -> None:
    """many images on one side and few on the other: no num_train x num_train or num_test x num_test numbers"""
    n, m, d = 1200, 2, 2
    cases = [(draw.normal(2, d).repeat(a // 2, 1), draw.normal(2, d).repeat(b // 2, 1)) for a, b in ((n, m), (m, n))]
    allowed = 8 * (6 * n * m + 12 * (n + m) * d)  # as in `memory`
    for usage in student.asked.measure_each(*cases):
        expect(usage.peak_bytes, "peak memory").holds(
            usage.peak_bytes <= allowed,
            f"with {n} images on one side and {m} on the other, of {d} numbers, it needs {usage.peak_bytes:,} bytes at "
            f"once, expected at most {allowed:,}: a ({n}, {n}) tensor takes {4 * n * n:,}.",
            f"at most {allowed:,} bytes",
        )


@check("knn.compute_distances_one_loop", needs="squared_distances")
def one_loop_is_enough(student: Student, draw: Draw) -> None:
    """the work in Python grows with the training or the test images, not with their product"""
    few, many = student.asked.measure_each(*((draw.normal(n, 10), draw.normal(n, 10)) for n in (5, 20)))
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
    dists, y_train = draw.uniform(12, 12), draw.labels(12, 3)
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
    """k = N: the label that most training images have, be it by the vote of the farthest, or by hundreds of votes"""
    few, most = sorted(draw.permutation(6)[:2].tolist())
    y_train = torch.tensor([few] * 4 + [most] * 5, device=draw.device)
    y_train[1:] = y_train[1:][draw.permutation(8)]
    dists = draw.uniform(9, 9)
    dists[y_train.argmax(), :3] = 2.0  # without this one there is a tie, which goes to the other label
    near, between, far = draw.permutation(6)[:3].tolist()
    hundreds = torch.tensor([near] * 30 + [between] * 35 + [far] * 260, device=draw.device)  # 260 - 256 would be fewest
    order = draw.permutation(325)
    cases = (dists, y_train, 9), (torch.arange(325.0, device=draw.device)[order, None], hundreds[order], 325)
    expected = [torch.full((9,), most, device=draw.device), torch.tensor([far], device=draw.device)]
    for labels, right in zip(student.predict_labels.each(*cases), expected, strict=True):
        expect(labels, "labels").equals(right)


@check(LABELS, needs="nearest_neighbour")
def equal_distances(student: Student, draw: Draw) -> None:
    """distances of 0, and equal ones, whether they all fit into the k or not: exactly k training images vote"""
    nearest, other = sorted(draw.permutation(6)[:2].tolist())
    order = draw.permutation(7)
    y_train = torch.tensor([nearest] + [other] * 6, device=draw.device)[order]
    columns = [0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], [0.2, 0.5, 0.5, 0.5, 0.7, 0.8, 0.9]
    dists = torch.tensor([columns[j] for j in (0, 1, 1, 0, 0)], device=draw.device).T[order]
    dists = dists * draw.uniform(5, low=1.0, high=2.0)  # one vote each, whichever of the three takes part
    pair = torch.tensor([0.2, 0.5, 0.5, 0.6, 0.7, 0.8, 0.9], device=draw.device)[order, None]
    y_pair = torch.tensor([other + 1] + [other] * 2 + [nearest] * 4, device=draw.device)[order]
    cases = (dists, y_train, 2), (pair, y_pair, 3)  # in the second, two at one distance outvote the nearest
    expected = [torch.full((5,), nearest, device=draw.device), torch.tensor([other], device=draw.device)]
    for labels, right in zip(student.predict_labels.each(*cases), expected, strict=True):
        expect(labels, "labels").equals(right)


@check(LABELS, needs="nearest_neighbour")
def small_label_dtypes(student: Student, draw: Draw) -> None:
    """uint8 and int32 labels are class numbers; the answer is int64 and on the device of the distances"""
    dists = draw.uniform(9, 6)
    cases = [(dists.clone(), 60 * draw.labels(9, 4, dtype=dtype)) for dtype in (torch.uint8, torch.int32)]
    expected = [oracle.nearest_labels(dists, y_train, 3) for _, y_train in cases]
    for labels, right in zip(student.predict_labels.each(*cases, k=3), expected, strict=True):
        expect(labels, "labels").equals(right)
    follows_device(lambda: student.predict_labels(on_meta(dists), on_meta(draw.labels(9, 4)), k=3), "labels")


@check(LABELS, needs="nearest_neighbour")
def one_training_image(student: Student, draw: Draw) -> None:
    """one training image, one test image, more than a hundred classes, classes left out"""
    large = draw.number(110, 250)
    one = draw.uniform(1, 3), torch.tensor([large], device=draw.device), 1
    seven = draw.uniform(7, 1, dtype=torch.float64), draw.labels(7, 2) * 5 + 3, 3
    expected = [torch.tensor([large] * 3, device=draw.device), oracle.nearest_labels(*seven)]
    for labels, right in zip(student.predict_labels.each(one, seven), expected, strict=True):
        expect(labels, "labels").equals(right)


@check(LABELS, needs="nearest_neighbour")
def labels_not_contiguous(student: Student, draw: Draw) -> None:
    """distances that are not contiguous in memory, as large as those of 32 x 32 colour images of whole numbers"""
    dists, y_train = draw.uniform(11, 30), draw.labels(11, 3)
    dists[:, 15:] = 1e7 + 2e8 * dists[:, 15:]
    dists = draw.strided(dists)
    expected = oracle.nearest_labels(dists, y_train, 5)
    expect(student.predict_labels(dists, y_train, k=5), "labels").equals(expected)


@check(LABELS, needs="nearest_neighbour")
def refuses_other_k(student: Student, draw: Draw) -> None:
    """refuses a k below 1 or above the number of training images with a ValueError"""
    cases = [(draw.uniform(6, 9), draw.labels(6, 3), k) for k in (0, -draw.number(1, 6), 7)]
    expect_refused(student.predict_labels, ((f"k = {case[-1]} for 6 training images", case) for case in cases))


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
    """without k the nearest training image decides; images that are not contiguous, or only one; three classifiers"""
    sets = [(draw.normal(10, 5, 2), draw.labels(10, 3), draw.strided(draw.normal(n, 5, 2))) for n in (6, 1, 7)]

    def judge(distances: Distances, labels: Labels) -> None:
        answers = [labels(distances(x, x_test), y, 1) for x, y, x_test in sets]
        classifiers = [student.KnnClassifier(draw.strided(x), y.clone()) for x, y, _ in sets]
        for classifier, (_, _, x_test), expected in zip(classifiers, sets, answers, strict=True):
            classifier = expect(classifier, "KnnClassifier(...)").is_object()
            expect(classifier.predict(x_test.clone()), "labels").equals(expected)

    judge_with_given_parts(student, judge)


@check("knn.KnnClassifier", needs="classifies_like_its_parts")
def asked_again(student: Student, draw: Draw) -> None:
    """one object is asked about other images and with another k; uint8 labels with gaps, up to 200, become int64"""
    x_train, y_train = draw.normal(20, 2, 3), 40 * draw.labels(20, 6, dtype=torch.uint8)
    questions = [(draw.normal(n, 2, 3), k) for n, k in ((12, 5), (11, 2), (11, 5), (12, 5))]

    def judge(distances: Distances, labels: Labels) -> None:
        answers = [labels(distances(x_train, x_test), y_train, k) for x_test, k in questions]
        classifier = expect(student.KnnClassifier(x_train.clone(), y_train.clone()), "KnnClassifier(...)").is_object()
        for (x_test, k), expected in zip(questions, answers, strict=True):
            expect(classifier.predict(x_test.clone(), k=k), "labels").equals(expected)

    judge_with_given_parts(student, judge)


@check("knn.KnnClassifier", needs="classifies_like_its_parts")
def images_unchanged(student: Student, draw: Draw) -> None:
    """leaves the test images unchanged"""
    x_train, y_train, x_test = draw.normal(6, 2, 3), draw.labels(6, 3), draw.normal(4, 2, 3)

    def judge(distances: Distances, labels: Labels) -> None:
        classifier = expect(student.KnnClassifier(x_train.clone(), y_train.clone()), "KnnClassifier(...)").is_object()
        images, expected = x_test.clone(), labels(distances(x_train, x_test), y_train, 2)
        expect(classifier.predict(images, k=2), "labels").equals(expected)
        expect(images, "x_test").is_unchanged_from(x_test)

    judge_with_given_parts(student, judge)


@check("knn.KnnClassifier", needs="classifies_like_its_parts")
def classifier_refuses(student: Student, draw: Draw) -> None:
    """refuses images of another shape, and a k below 1 or above N, with a ValueError"""
    x_train, y_train = draw.normal(6, 2, 3), draw.labels(6, 3)
    cases = [(draw.normal(4, 3, 2), 1), (draw.normal(4, 2, 3), 0), (draw.normal(4, 2, 3), 7)]
    what = ["images of shape (3, 2) where those of training have (2, 3)", "k = 0", "k = 7 for 6 training images"]

    def judge(distances: Distances, labels: Labels) -> None:
        classifier = expect(student.KnnClassifier(x_train.clone(), y_train.clone()), "KnnClassifier(...)").is_object()
        expect_refused(classifier.predict, zip(what, cases, strict=True))

    judge_with_given_parts(student, judge)


@check("knn.knn_cross_validate", needs="accuracy_of_every_fold")
def folds_that_do_not_divide(student: Student, draw: Draw) -> None:
    """folds whose sizes differ by one when they do not divide the training set"""
    x, y = draw.normal(22, 2), draw.labels(22, 2)  # labels by chance: folds of other sizes have other accuracies

    def judge(distances: Distances, labels: Labels) -> None:
        cuts = oracle.fold_sizes(22, 4)
        allowed = [oracle.validation_accuracies(x, y, sizes, (1, 3, 5), distances, labels) for sizes in cuts]
        expect_accuracies(student.knn_cross_validate(x.clone(), y.clone(), num_folds=4, k_choices=(1, 3, 5)), allowed)

    judge_with_given_parts(student, judge, classifier=True)


@check("knn.knn_cross_validate", needs="accuracy_of_every_fold")
def default_choices(student: Student, draw: Draw) -> None:
    """five folds and ten values of k by default; images keep their shape"""
    y = draw.labels(130, 3)
    x = draw.normal(130, 2, 2) + y[:, None, None]
    k_choices = (1, 3, 5, 8, 10, 12, 15, 20, 50, 100)

    def judge(distances: Distances, labels: Labels) -> None:
        expected = oracle.validation_accuracies(x, y, [26] * 5, k_choices, distances, labels)
        expect_accuracies(student.knn_cross_validate(x.clone(), y.clone()), [expected])

    judge_with_given_parts(student, judge, classifier=True)


@check("knn.knn_cross_validate", needs="accuracy_of_every_fold")
def cross_validation_leaves_inputs(student: Student, draw: Draw) -> None:
    """leaves the training set and the list of k unchanged; from two folds to as many as images"""
    x, y = two_clouds(draw, 4)

    def judge(distances: Distances, labels: Labels) -> None:
        for folds, chosen in ((2, [2, 1]), (4, [1, 3])):
            expected = oracle.validation_accuracies(x, y, [4 // folds] * folds, chosen, distances, labels)
            x_train, y_train, k_choices = x.clone(), y.clone(), list(chosen)
            result = student.knn_cross_validate(x_train, y_train, num_folds=folds, k_choices=k_choices)
            expect_accuracies(result, [expected])
            expect(x_train, "x_train").is_unchanged_from(x)
            expect(y_train, "y_train").is_unchanged_from(y)
            expect(k_choices, "k_choices").holds(
                k_choices == chosen, f"k_choices was {chosen} and is {k_choices} after the call.", f"{chosen}"
            )

    judge_with_given_parts(student, judge, classifier=True)


@check("knn.knn_cross_validate", needs="accuracy_of_every_fold")
def refuses_other_folds(student: Student, draw: Draw) -> None:
    """refuses other numbers of folds, and a k above the number of images that are left, with a ValueError"""
    x, y = two_clouds(draw, 12)
    cases = [(x.clone(), y.clone(), folds, [2, k]) for folds, k in ((1, 3), (0, 3), (13, 3), (4, 10))]
    what = ["1 fold", "0 folds", "13 folds for 12 images", "k = 10 where a fold leaves 9 images to remember"]

    def judge(distances: Distances, labels: Labels) -> None:
        expect_refused(student.knn_cross_validate, zip(what, cases, strict=True))

    judge_with_given_parts(student, judge, classifier=True)


BEST_K = "knn.knn_get_best_k"


@check(BEST_K, needs="highest_mean")
def means_not_lists(student: Student, draw: Draw) -> None:
    """neither the first, the best nor the middle fold decides; keys come in any order, and the largest may win"""
    a, b, c = some_ks(draw, 3)
    accuracies = (
        {c: [90.0, 10.0, 10.0], a: [30.0, 50.0, 50.0], b: [10.0, 10.0, 95.0]},
        {c: [33.0, 34.0], b: [32.0, 36.0], a: [30.0, 30.0]},
        {b: [0.0, 0.0]},
        {a: [0.0, 50.0, 51.0], c: [49.0, 49.0, 90.0], b: [48.0, 50.0, 40.0]},
        {b: [52.0, 52.0, 52.0, 52.0, 52.0, 52.0, 0.0], a: [50.0] * 7},
    )
    for best, expected in zip(student.knn_get_best_k.each(*((x,) for x in accuracies)), (a, b, b, c, a), strict=True):
        expect_k(best, expected)


@check(BEST_K, needs="highest_mean")
def close_means(student: Student, draw: Draw) -> None:
    """means are not rounded: 50.61203 is more than 50.612"""
    a, b, c = some_ks(draw, 3)
    expect_k(student.knn_get_best_k({c: [30.0, 40.0], a: [50.612, 50.612], b: [50.61203, 50.61203]}), b)


@check(BEST_K, needs="highest_mean")
def leaves_accuracies(student: Student, draw: Draw) -> None:
    """leaves the accuracies unchanged"""
    a, b, c = some_ks(draw, 3)
    accuracies = {b: [70.0, 40.0, 60.0], c: [50.0, 45.0, 20.0], a: [30.0, 50.0, 20.0]}
    given = {k: list(values) for k, values in accuracies.items()}
    expect_k(student.knn_get_best_k(given), b)
    expect(given, "k_to_accuracies").holds(
        given == accuracies, f"k_to_accuracies was {accuracies} and is {given!r:.80} after the call.", "no change"
    )


@check(BEST_K, needs="highest_mean")
def refuses_an_empty_dict(student: Student, draw: Draw) -> None:
    """refuses an empty dict with a ValueError"""
    expect_refused(student.knn_get_best_k, [("an empty dict", ({},))])
