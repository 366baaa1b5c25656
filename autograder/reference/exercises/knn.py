"""k-nearest neighbours: classify an image by the training images that look most like it.

What you build here, from the inside out:

1. three functions that measure the distance between every training image and every test image, first with two
   Python loops, then with one, then with none. They return the same numbers; only the time differs;
2. the vote of the k nearest training images;
3. a classifier made of these two parts;
4. cross-validation, which finds a good k without touching the test images.

Write your code where a function says TODO. Everything else in this file is given and works as it is. Use torch
and Python alone: numpy, scipy and scikit-learn are not allowed in this file, and of torch neither `torch.nn`
(but for `torch.nn.functional.one_hot`) nor `torch.linalg` nor what computes a distance or a norm for you:
`torch.cdist`, `torch.pdist`, `torch.pairwise_distance`, `torch.dist`, `torch.norm`.

Shapes: N training images, M test images, D numbers in an image (channels * height * width).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

__all__ = [
    "KnnClassifier",
    "compute_distances_no_loops",
    "compute_distances_one_loop",
    "compute_distances_two_loops",
    "knn_cross_validate",
    "knn_get_best_k",
    "predict_labels",
]


def compute_distances_two_loops(x_train: torch.Tensor, x_test: torch.Tensor) -> torch.Tensor:
    """Squared Euclidean distance between every training and every test image, with two loops.

    The images are compared pixel by pixel, whatever their shape:

        dists[i, j] = sum over all pixels p of (x_train[i, p] - x_test[j, p]) ** 2

    There is no square root: it would cost time and would not change which image is nearest.
    Loop over the training images, and inside over the test images; no third loop over the pixels.

    Args:
        x_train: images of shape (N, ...), for example (N, 3, 32, 32) or (N, D). float32 or float64; whole
            numbers such as uint8 are allowed too. Not necessarily contiguous in memory.
        x_test: images of shape (M, ...), where `...` and the dtype are the same as in `x_train`.

    Returns:
        dists of shape (N, M), on the device of `x_train`: row i is training image i, column j is test image
        j. Its dtype is that of the images, and float64 images are nowhere rounded to float32; for images of
        whole numbers it is float32, and the subtraction happens in float32 too, because 3 - 5 in uint8 is
        254. The inputs are left unchanged.

    Raises:
        ValueError: images of different shapes.

    Not allowed: `torch.cdist`, `torch.pdist`, `torch.pairwise_distance`, `torch.dist`, `torch.norm`, also as
    methods; `torch.linalg`, `torch.nn`, numpy.

    Source: EECS 498/598, lecture 2 (image classification); CS231n notes, "Nearest neighbor classifier".
    """
    _check_same_shape(x_train, x_test)
    ### BEGIN SOLUTION
    if not x_train.is_floating_point():
        x_train, x_test = x_train.float(), x_test.float()
    num_train, num_test = x_train.shape[0], x_test.shape[0]
    dists = x_train.new_zeros(num_train, num_test)
    for i in range(num_train):
        for j in range(num_test):
            dists[i, j] = ((x_train[i] - x_test[j]) ** 2).sum()
    return dists
    ### END SOLUTION


def compute_distances_one_loop(x_train: torch.Tensor, x_test: torch.Tensor) -> torch.Tensor:
    """The same distances with a single loop: one training image against all test images at once.

        dists[i, :] = sum over all pixels p of (x_train[i, p] - x_test[:, p]) ** 2

    The loop may run over the test images instead. Broadcasting does the work of the inner loop, and sum that
    of a loop over the pixels.

    Args:
        x_train: images of shape (N, ...), float32, float64 or whole numbers; not necessarily contiguous, so
            that `reshape` works where `view` may not.
        x_test: images of shape (M, ...), the same `...` and dtype.

    Returns:
        dists of shape (N, M), as from `compute_distances_two_loops`: the same dtype (float32 for images of
        whole numbers) and device. The inputs are left unchanged.

    Raises:
        ValueError: images of different shapes.

    Not allowed: `torch.cdist`, `torch.pdist`, `torch.pairwise_distance`, `torch.dist`, `torch.norm`, also as
    methods; `torch.linalg`, `torch.nn`, numpy.

    Source: PyTorch documentation, "Broadcasting semantics"; CS231n notes, "Nearest neighbor classifier".
    """
    _check_same_shape(x_train, x_test)
    ### BEGIN SOLUTION
    if not x_train.is_floating_point():
        x_train, x_test = x_train.float(), x_test.float()
    num_train, num_test = x_train.shape[0], x_test.shape[0]
    x_train = x_train.reshape(num_train, -1)  # (N, D)
    x_test = x_test.reshape(num_test, -1)  # (M, D)
    dists = x_train.new_zeros(num_train, num_test)
    for i in range(num_train):
        dists[i] = ((x_train[i] - x_test) ** 2).sum(dim=1)  # (D,) - (M, D) -> (M, D) -> (M,)
    return dists
    ### END SOLUTION


def compute_distances_no_loops(x_train: torch.Tensor, x_test: torch.Tensor) -> torch.Tensor:
    """The same distances without any loop: one matrix product and two broadcast sums.

    Multiply out the square:

        ||a - b||^2 = ||a||^2 + ||b||^2 - 2 <a, b>

    All the inner products <a, b> together are one matrix product, which is where the speed comes from.

    Memory: the largest thing you may build has N * M numbers (some copies of the images are fine as well).
    Broadcasting to (N, M, D) first is right on paper, but for 50,000 training and 10,000 test images it needs
    6 terabytes.

    Accuracy: the formula subtracts large numbers from one another. When all pixels lie near 1000 and differ
    by about 1, ||a||^2 is a million times larger than the answer, and float32 keeps only seven digits. A
    distance does not change when the same image is subtracted from *both* sides, so do that first: the mean
    training image is a good choice. Then the error of each distance of float32 images stays below 1/1000 of
    the largest distance, also in this case; that is what is asked. A value of -1e-6 instead of 0 is no
    mistake.

    Args:
        x_train: images of shape (N, ...), float32, float64 or whole numbers; not necessarily contiguous. N
            may be 1.
        x_test: images of shape (M, ...), the same `...` and dtype.

    Returns:
        dists of shape (N, M), as from `compute_distances_two_loops`: the same dtype (float32 for images of
        whole numbers, and all in float64 for float64 images) and device. The inputs are left unchanged.

    Raises:
        ValueError: images of different shapes.

    Not allowed: `torch.cdist`, `torch.pdist`, `torch.pairwise_distance`, `torch.dist`, `torch.norm`, also as
    methods; `torch.linalg`, `torch.nn`, numpy; a loop over images or pixels, comprehensions included.

    Source: EECS 498/598, assignment 1; Golub and Van Loan, "Matrix Computations", section 2.7 (cancellation).
    """
    _check_same_shape(x_train, x_test)
    ### BEGIN SOLUTION
    if not x_train.is_floating_point():
        x_train, x_test = x_train.float(), x_test.float()
    x_train = x_train.reshape(x_train.shape[0], -1)  # (N, D)
    x_test = x_test.reshape(x_test.shape[0], -1)  # (M, D)
    mean_image = x_train.mean(dim=0)  # (D,)
    x_train = x_train - mean_image  # new tensors: the caller's are left unchanged
    x_test = x_test - mean_image
    train_squares = (x_train**2).sum(dim=1)  # (N,)
    test_squares = (x_test**2).sum(dim=1)  # (M,)
    products = x_train @ x_test.T  # (N, M)
    return train_squares[:, None] + test_squares - 2 * products
    ### END SOLUTION


def predict_labels(dists: torch.Tensor, y_train: torch.Tensor, k: int = 1) -> torch.Tensor:
    """The label that most of the k nearest training images have.

        label[j] = argmax over classes c of #{i among the k nearest of column j : y_train[i] == c}

    A tie between classes goes to the smallest label: votes 2, 7, 7, 2 give 2. When several training images
    are equally far and not all of them fit into the k, it does not matter which of them you take.

    Args:
        dists: (N, M), `dists[i, j]` is the distance between training image i and test image j; two images
            may be at distance 0.
        y_train: (N,), the labels of the training images: whole numbers from 0 up, int64, int32 or uint8.
        k: how many neighbours vote, from 1 to N.

    Returns:
        labels of shape (M,), dtype int64, on the device of `dists`. The inputs are left unchanged.

    Raises:
        ValueError: k below 1 or above N.

    Source: Cover and Hart, "Nearest neighbor pattern classification", 1967; EECS 498/598, lecture 2.
    """
    num_train = dists.shape[0]
    if not 1 <= k <= num_train:
        raise ValueError(f"k is {k}; expected 1 to {num_train}, the number of training images in dists")
    ### BEGIN SOLUTION
    num_test = dists.shape[1]
    nearest = dists.topk(k, dim=0, largest=False).indices  # (k, M): rows of x_train
    votes = y_train.long()[nearest]  # (k, M): a uint8 tensor would be read as a mask, so int64 first
    num_classes = int(y_train.max()) + 1
    counts = votes.new_zeros(num_classes, num_test)
    counts.scatter_add_(0, votes, torch.ones_like(votes))  # counts[c, j] = number of votes for c
    return counts.argmax(dim=0)  # the first maximum, that is the smallest label
    ### END SOLUTION


class KnnClassifier:
    """A k-nearest-neighbour classifier: training is remembering, the work is done when it predicts.

    Source: CS231n notes, "k - Nearest Neighbor Classifier".
    """

    def __init__(self, x_train: torch.Tensor, y_train: torch.Tensor) -> None:
        """Remember the training set.

        Args:
            x_train: images of shape (N, ...).
            y_train: labels of shape (N,), whole numbers from 0 up.
        """
        ### BEGIN SOLUTION
        self.x_train = x_train
        self.y_train = y_train
        ### END SOLUTION

    def predict(self, x_test: torch.Tensor, k: int = 1) -> torch.Tensor:
        """Classify images by their k nearest training images; may be asked any number of times.

        Use your own `compute_distances_no_loops` and `predict_labels`.

        Args:
            x_test: images of shape (M, ...), the same `...` and dtype as the training images.
            k: how many neighbours vote, from 1 to N.

        Returns:
            labels of shape (M,), dtype int64. The images are left unchanged.

        Raises:
            ValueError: images of another shape than the training images; k below 1 or above N.
        """
        ### BEGIN SOLUTION
        dists = compute_distances_no_loops(self.x_train, x_test)
        return predict_labels(dists, self.y_train, k=k)
        ### END SOLUTION

    def check_accuracy(
        self, x_test: torch.Tensor, y_test: torch.Tensor, k: int = 1, quiet: bool = False
    ) -> float:
        """How many images are classified correctly, in percent. Given.

        Args:
            x_test: images of shape (M, ...).
            y_test: their true labels, (M,).
            k: how many neighbours vote.
            quiet: print nothing.

        Returns:
            the accuracy from 0.0 to 100.0.
        """
        correct = int((self.predict(x_test, k=k) == y_test).sum())
        total = y_test.shape[0]
        accuracy = 100.0 * correct / total
        if not quiet:
            print(f"Got {correct} / {total} correct; accuracy is {accuracy:.2f}%")
        return accuracy


def knn_cross_validate(
    x_train: torch.Tensor,
    y_train: torch.Tensor,
    num_folds: int = 5,
    k_choices: Sequence[int] = (1, 3, 5, 8, 10, 12, 15, 20, 50, 100),
) -> dict[int, list[float]]:
    """Accuracy of every k on every fold of the training set.

    Cut the training set into `num_folds` parts. Each part is once the validation set, while the classifier
    remembers all the *other* parts and never the part that it is tested on.

    The parts are consecutive pieces of the training set, in order, without shuffling. Every image is in
    exactly one part, and the sizes differ by at most one: 11 images in 4 folds are three parts of 3 and one
    of 2, in whatever order. `torch.tensor_split` cuts like this; `torch.chunk` does not.

    Args:
        x_train: images of shape (N, ...).
        y_train: labels of shape (N,).
        num_folds: the number of parts, from 2 to N.
        k_choices: the values of k to try.

    Returns:
        a dict with an entry for each k in `k_choices`: a list of `num_folds` accuracies in percent (0.0 to
        100.0), the first for the first part as validation set, and so on. The inputs are left unchanged,
        `k_choices` included.

    Raises:
        ValueError: num_folds below 2 or above N; a k larger than the number of images that are left to
            remember.

    Source: Stone, "Cross-validatory choice and assessment of statistical predictions", 1974; CS231n notes,
    "Validation sets for hyperparameter tuning".
    """
    num_train = x_train.shape[0]
    if not 2 <= num_folds <= num_train:
        raise ValueError(
            f"num_folds is {num_folds}; expected 2 to {num_train}, the number of images in x_train"
        )
    ### BEGIN SOLUTION
    x_folds = x_train.tensor_split(num_folds)
    y_folds = y_train.tensor_split(num_folds)
    k_to_accuracies: dict[int, list[float]] = {k: [] for k in k_choices}
    for fold in range(num_folds):
        x_rest = torch.cat(x_folds[:fold] + x_folds[fold + 1 :])
        y_rest = torch.cat(y_folds[:fold] + y_folds[fold + 1 :])
        dists = compute_distances_no_loops(x_rest, x_folds[fold])  # the same for every k: compute them once
        for k in k_choices:
            correct = predict_labels(dists, y_rest, k=k) == y_folds[fold]
            k_to_accuracies[k].append(100.0 * correct.double().mean().item())
    return k_to_accuracies
    ### END SOLUTION


def knn_get_best_k(k_to_accuracies: Mapping[int, Sequence[float]]) -> int:
    """The k with the highest mean accuracy over the folds; of several such k, the smallest.

    Args:
        k_to_accuracies: what `knn_cross_validate` returns, `{k: [accuracy of each fold]}`; the keys may come
            in any order.

    Returns:
        the best k, a Python int (one of the keys, not an accuracy). The accuracies are left unchanged, and
        their means are not rounded.

    Raises:
        ValueError: an empty dict.

    Source: EECS 498/598, assignment 1.
    """
    if not k_to_accuracies:
        raise ValueError("k_to_accuracies is empty; expected what knn_cross_validate returns")
    ### BEGIN SOLUTION
    best_k, best_mean = 0, float("-inf")
    for k in sorted(k_to_accuracies):  # smallest first, so that only a better one replaces it
        mean = sum(k_to_accuracies[k]) / len(k_to_accuracies[k])
        if mean > best_mean:
            best_k, best_mean = k, mean
    return best_k
    ### END SOLUTION


def _check_same_shape(x_train: torch.Tensor, x_test: torch.Tensor) -> None:
    """Given: images can be compared only when they have the same shape."""
    if x_train.shape[1:] != x_test.shape[1:]:
        raise ValueError(
            f"training images have shape {tuple(x_train.shape[1:])}, test images {tuple(x_test.shape[1:])}; "
            "expected the same"
        )
