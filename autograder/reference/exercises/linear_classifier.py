"""Linear classifiers: one score for each class, and two ways to say how wrong the scores are.

What you build here:

1. the multi-class SVM (hinge) loss and its gradient, first with loops, then without;
2. the softmax (cross-entropy) loss and its gradient, first with loops, then without;
3. stochastic gradient descent: draw a batch, compute loss and gradient, take a step;
4. the search for a learning rate and a regularization strength.

Write your code where a function says TODO. Everything else in this file is given and works as it is. Use torch
and Python alone: numpy, scipy and scikit-learn are not allowed in this file, and of torch neither `torch.nn` with
`torch.nn.functional` (no `F.softmax`, no `F.cross_entropy`; `F.one_hot` alone is allowed) nor what computes gradients
or steps for you (`.backward()`, `torch.autograd`, `torch.func`, `torch.optim`). `torch.softmax`, `torch.log_softmax`,
`torch.logsumexp` and `torch.relu` are allowed.

Shapes: N images in a batch, D numbers in an image (with a 1 appended, so that there is no separate bias), C
classes. The scores of all images are X @ W, with X of shape (N, D) and W of shape (D, C).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import torch

__all__ = [
    "LinearClassifier",
    "LinearSVM",
    "Softmax",
    "predict_linear_classifier",
    "sample_batch",
    "softmax_get_search_params",
    "softmax_loss_naive",
    "softmax_loss_vectorized",
    "svm_get_search_params",
    "svm_loss_naive",
    "svm_loss_vectorized",
    "test_one_param_set",
    "train_linear_classifier",
]

LossFunction = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, float], tuple[torch.Tensor, torch.Tensor]]
Classifier = TypeVar("Classifier", bound="LinearClassifier")


def svm_loss_naive(
    W: torch.Tensor, X: torch.Tensor, y: torch.Tensor, reg: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Multi-class SVM loss and its gradient, with loops over images and classes.

    With the scores s = X[i] @ W of image i, each wrong class that comes closer than a margin of 1 costs
    something:

        L_i  = sum over classes j != y[i] of max(0, s[j] - s[y[i]] + 1)
        loss = 1/N * sum over i of L_i + reg * sum(W * W)

    The gradient of one active term (s[j] - s[y[i]] + 1 > 0) is +X[i] in column j of dW and -X[i] in column
    y[i]; the gradient of the regularization is 2 * reg * W. Where a margin is exactly 0, either choice is
    right.

    Args:
        W: weights of shape (D, C), float32 or float64.
        X: images of shape (N, D), the dtype of W; not necessarily contiguous.
        y: labels of shape (N,), whole numbers from 0 to C - 1: int64, int32 or uint8. A class may be missing.
        reg: regularization strength; 0 means none. The biases need no exception: they are rows of W here.

    Returns:
        loss: a tensor with 0 dimensions (a Python float is accepted as well).
        dW: the gradient of the loss with respect to W, shape (D, C).
        Both have the dtype and device of W. The inputs are left unchanged.

    Not allowed: autograd (`.backward()`), `torch.nn`, numpy.

    Source: Weston and Watkins, "Support vector machines for multi-class pattern recognition", 1999;
    EECS 498/598, lecture 3; CS231n notes, "Multiclass Support Vector Machine loss".
    """
    ### BEGIN SOLUTION
    num_train, num_classes = X.shape[0], W.shape[1]
    loss = W.new_zeros(())
    dW = torch.zeros_like(W)
    for i in range(num_train):
        label = int(y[i])
        scores = X[i] @ W  # (C,)
        for j in range(num_classes):
            if j == label:
                continue
            margin = scores[j] - scores[label] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, label] -= X[i]
    loss = loss / num_train + reg * (W * W).sum()
    dW = dW / num_train + 2 * reg * W
    return loss, dW
    ### END SOLUTION


def svm_loss_vectorized(
    W: torch.Tensor, X: torch.Tensor, y: torch.Tensor, reg: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """The same loss and gradient without any loop.

    Compute all the margins as one matrix (N, C), and set the entry of the true class to 0 in each row. For
    the gradient, write down for each image how often it enters each column of dW, a matrix G (N, C):

        G[i, j]    = 1 for each wrong class j with a positive margin, else 0
        G[i, y[i]] = -(number of such classes of image i)
        dW         = X^T G / N + 2 * reg * W

    Memory: nothing you build may have more than N * D, D * C or N * C numbers. The matrix product adds up over the
    features as it goes; an (N, D, C) tensor would be 6 GB for 50,000 images of 3,072 numbers.

    Args:
        W: weights of shape (D, C), float32 or float64.
        X: images of shape (N, D), the dtype of W; not necessarily contiguous.
        y: labels of shape (N,), whole numbers from 0 to C - 1: int64, int32 or uint8. A class may be missing,
            so take the number of classes from W. A uint8 tensor used as an index is read as a mask: convert
            it first.
        reg: regularization strength.

    Returns:
        loss with 0 dimensions and dW of shape (D, C), as from `svm_loss_naive`. The inputs are left
        unchanged.

    Not allowed: loops over images or classes (comprehensions included), autograd (`.backward()`),
    `torch.nn`, numpy.

    Source: EECS 498/598, lecture 3 and assignment 2; CS231n notes, "Optimization".
    """
    ### BEGIN SOLUTION
    num_train = X.shape[0]
    rows, labels = torch.arange(num_train, device=X.device), y.long()
    scores = X @ W  # (N, C)
    margins = (scores - scores[rows, labels][:, None] + 1).clamp(min=0)  # (N, C) - (N, 1)
    margins[rows, labels] = 0
    loss = margins.sum() / num_train + reg * (W * W).sum()

    G = (margins > 0).to(W.dtype)  # (N, C)
    G[rows, labels] = -G.sum(dim=1)
    dW = X.T @ G / num_train + 2 * reg * W  # (D, N) @ (N, C)
    return loss, dW
    ### END SOLUTION


def softmax_loss_naive(
    W: torch.Tensor, X: torch.Tensor, y: torch.Tensor, reg: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Softmax (cross-entropy) loss and its gradient, with loops over images and classes.

    With the scores s = X[i] @ W of image i, also called logits:

        p[j] = exp(s[j]) / sum over k of exp(s[k])
        L_i  = -log p[y[i]] = -s[y[i]] + log(sum over k of exp(s[k]))
        loss = 1/N * sum over i of L_i + reg * sum(W * W)

    The gradient of L_i is (p[j] - 1[j == y[i]]) * X[i] in column j of dW.

    exp(89) already overflows in float32. Subtracting the largest score of the image from all its scores
    changes no probability, and then no exponent is above 0. Use the right-hand form of L_i: p may underflow
    to 0, and log 0 is minus infinity. Scores of 10,000, or all of -10,000, must give a finite loss and
    gradient.

    Args:
        W: weights of shape (D, C), float32 or float64.
        X: images of shape (N, D), the dtype of W; not necessarily contiguous.
        y: labels of shape (N,), whole numbers from 0 to C - 1: int64, int32 or uint8. A class may be missing.
        reg: regularization strength; 0 means none.

    Returns:
        loss: a tensor with 0 dimensions (a Python float is accepted as well).
        dW: the gradient of the loss with respect to W, shape (D, C).
        Both have the dtype and device of W. The inputs are left unchanged.

    Not allowed: autograd (`.backward()`), `torch.nn`, numpy.

    Source: Bishop, "Pattern Recognition and Machine Learning", section 4.3.4; EECS 498/598, lecture 3;
    CS231n notes, "Softmax classifier" (practical issues: numeric stability).
    """
    ### BEGIN SOLUTION
    num_train, num_classes = X.shape[0], W.shape[1]
    loss = W.new_zeros(())
    dW = torch.zeros_like(W)
    for i in range(num_train):
        label = int(y[i])
        scores = X[i] @ W  # (C,)
        scores = scores - scores.max()
        total = scores.exp().sum()
        loss += total.log() - scores[label]
        for j in range(num_classes):
            dW[:, j] += scores[j].exp() / total * X[i]
        dW[:, label] -= X[i]
    loss = loss / num_train + reg * (W * W).sum()
    dW = dW / num_train + 2 * reg * W
    return loss, dW
    ### END SOLUTION


def softmax_loss_vectorized(
    W: torch.Tensor, X: torch.Tensor, y: torch.Tensor, reg: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """The same loss and gradient without any loop.

    With P (N, C) the probabilities of all images and Y (N, C) their labels as rows of zeros with a single 1:

        S    = X @ W
        loss = 1/N * sum over i of (log(sum over k of exp(S[i, k])) - S[i, y[i]]) + reg * sum(W * W)
        dW   = X^T (P - Y) / N + 2 * reg * W

    Subtract from each row of S *its own* maximum. With one maximum for the whole matrix, all exponentials of
    a row that lies far below it become 0, and 0/0 is not a number. Scores of 10,000, or all of -10,000, must
    give a finite loss and gradient.

    Memory: nothing you build may have more than N * D, D * C or N * C numbers. The matrix product adds up over the
    features as it goes; an (N, D, C) tensor would be 6 GB for 50,000 images of 3,072 numbers.

    Args:
        W: weights of shape (D, C), float32 or float64.
        X: images of shape (N, D), the dtype of W; not necessarily contiguous.
        y: labels of shape (N,), whole numbers from 0 to C - 1: int64, int32 or uint8. A class may be missing,
            so take the number of classes from W.
        reg: regularization strength.

    Returns:
        loss with 0 dimensions and dW of shape (D, C), as from `softmax_loss_naive`. The inputs are left
        unchanged.

    Not allowed: loops over images or classes (comprehensions included), autograd (`.backward()`),
    `torch.nn`, numpy.

    Source: Goodfellow, Bengio and Courville, "Deep Learning", section 4.1 (overflow and underflow);
    EECS 498/598, lecture 3 and assignment 2.
    """
    ### BEGIN SOLUTION
    num_train = X.shape[0]
    rows, labels = torch.arange(num_train, device=X.device), y.long()
    scores = X @ W  # (N, C)
    scores = scores - scores.max(dim=1, keepdim=True).values  # each row's own maximum
    exps = scores.exp()
    totals = exps.sum(dim=1)  # (N,), at least 1 each
    loss = (totals.log() - scores[rows, labels]).sum() / num_train + reg * (W * W).sum()

    G = exps / totals[:, None]  # P, (N, C)
    G[rows, labels] -= 1  # P - Y
    dW = X.T @ G / num_train + 2 * reg * W  # (D, N) @ (N, C)
    return loss, dW
    ### END SOLUTION


def sample_batch(
    X: torch.Tensor, y: torch.Tensor, num_train: int, batch_size: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw a batch at random from the first `num_train` images, with replacement.

    Each of the `batch_size` draws is independent, and each of the first `num_train` images is equally likely,
    whatever was drawn before. So an image can come twice, and `batch_size` can be larger than `num_train`.

    Args:
        X: images of shape (N, D).
        y: labels of shape (N,).
        num_train: draw from X[0] to X[num_train - 1] only; from 1 to N.
        batch_size: how many to draw.

    Returns:
        X_batch: (batch_size, D), rows of X.
        y_batch: (batch_size,), `y_batch[i]` is the label of `X_batch[i]`.
        dtypes and devices are those of X and y. The inputs are left unchanged.

    Raises:
        ValueError: num_train below 1 or above N.

    Source: EECS 498/598, lecture 4 (stochastic gradient descent).
    """
    if not 1 <= num_train <= X.shape[0]:
        raise ValueError(f"num_train is {num_train}; expected 1 to {X.shape[0]}, the number of rows of X")
    ### BEGIN SOLUTION
    drawn = torch.randint(num_train, (batch_size,), device=X.device)
    return X[drawn], y[drawn]
    ### END SOLUTION


def train_linear_classifier(
    loss_func: LossFunction,
    W: torch.Tensor | None,
    X: torch.Tensor,
    y: torch.Tensor,
    learning_rate: float = 1e-3,
    reg: float = 1e-5,
    num_iters: int = 100,
    batch_size: int = 200,
    verbose: bool = False,
) -> tuple[torch.Tensor, list[float]]:
    """Stochastic gradient descent.

    In each iteration: draw a batch with your `sample_batch` from all of X, call `loss_func` on it, note the
    loss, and step against the gradient:

        W <- W - learning_rate * dW

    Args:
        loss_func: called as `loss_func(W, X_batch, y_batch, reg)`; returns `(loss, dW)`.
        W: the weights to start from, (D, C); or None, to start from 1e-6 * normal random numbers, others in
            each call, with the dtype and device of X and as many classes as `max(y) + 1`.
        X: images of shape (N, D).
        y: labels of shape (N,), whole numbers from 0 up.
        learning_rate: length of a step.
        reg: regularization strength, handed to `loss_func`.
        num_iters: number of steps.
        batch_size: images in a batch.
        verbose: print the loss every 100 iterations.

    Returns:
        W: the trained weights, (D, C): a new tensor. The W that was given keeps its values, and so do X and
            y.
        loss_history: `num_iters` Python floats, the loss of each iteration *before* its step.

    Source: Robbins and Monro, "A stochastic approximation method", 1951; EECS 498/598, lecture 4.
    """
    ### BEGIN SOLUTION
    num_train, dim = X.shape
    if W is None:
        num_classes = int(y.max()) + 1
        W = 1e-6 * torch.randn(dim, num_classes, dtype=X.dtype, device=X.device)
    else:
        W = W.clone()  # what is returned is new, also where no step is taken
    loss_history = []
    for iteration in range(num_iters):
        X_batch, y_batch = sample_batch(X, y, num_train, batch_size)
        loss, dW = loss_func(W, X_batch, y_batch, reg)
        loss_history.append(float(loss))
        W = W - learning_rate * dW
        if verbose and iteration % 100 == 0:
            print(f"iteration {iteration} / {num_iters}: loss {float(loss):.4f}")
    return W, loss_history
    ### END SOLUTION


def predict_linear_classifier(W: torch.Tensor, X: torch.Tensor) -> torch.Tensor:
    """The class with the highest score, for each image.

        label[i] = argmax over c of (X @ W)[i, c]

    Equal highest scores go to the smallest label.

    Args:
        W: weights of shape (D, C).
        X: images of shape (N, D).

    Returns:
        labels of shape (N,), dtype int64, on the device of X. The inputs are left unchanged.

    Not allowed: `torch.nn` (with `torch.nn.functional`), numpy.

    Source: EECS 498/598, lecture 3 (linear classifiers).
    """
    ### BEGIN SOLUTION
    return (X @ W).argmax(dim=1)
    ### END SOLUTION


class LinearClassifier(ABC):
    """Given: weights, and what can be done with them. `LinearSVM` and `Softmax` say which loss.

    Attributes:
        W: (D, C), or None before training.
    """

    def __init__(self) -> None:
        self.W: torch.Tensor | None = None

    def train(
        self,
        X: torch.Tensor,
        y: torch.Tensor,
        learning_rate: float = 1e-3,
        reg: float = 1e-5,
        num_iters: int = 100,
        batch_size: int = 200,
        verbose: bool = False,
    ) -> list[float]:
        """Run `train_linear_classifier`; a second call goes on from the weights of the first.

        Returns:
            the loss of each iteration.
        """
        self.W, loss_history = train_linear_classifier(
            self.loss, self.W, X, y, learning_rate, reg, num_iters, batch_size, verbose
        )
        return loss_history

    def predict(self, X: torch.Tensor) -> torch.Tensor:
        """Labels (N,) of the images X (N, D), by `predict_linear_classifier`."""
        return predict_linear_classifier(self._trained(), X)

    @abstractmethod
    def loss(
        self, W: torch.Tensor, X_batch: torch.Tensor, y_batch: torch.Tensor, reg: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss (0-dimensional) and its gradient (D, C)."""

    def save(self, path: str | Path) -> None:
        """Write the weights to a file."""
        torch.save({"W": self._trained()}, path)

    def load(self, path: str | Path) -> None:
        """Read weights that `save` has written; to the CPU where there is no GPU."""
        place = None if torch.cuda.is_available() else "cpu"
        self.W = torch.load(path, map_location=place, weights_only=True)["W"]

    def _trained(self) -> torch.Tensor:
        if self.W is None:
            raise ValueError(f"{type(self).__name__} has no weights yet; call train or load first")
        return self.W


class LinearSVM(LinearClassifier):
    """Given: a linear classifier trained with your `svm_loss_vectorized`."""

    def loss(
        self, W: torch.Tensor, X_batch: torch.Tensor, y_batch: torch.Tensor, reg: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return svm_loss_vectorized(W, X_batch, y_batch, reg)


class Softmax(LinearClassifier):
    """Given: a linear classifier trained with your `softmax_loss_vectorized`."""

    def loss(
        self, W: torch.Tensor, X_batch: torch.Tensor, y_batch: torch.Tensor, reg: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return softmax_loss_vectorized(W, X_batch, y_batch, reg)


def svm_get_search_params() -> tuple[list[float], list[float]]:
    """Learning rates and regularization strengths to try for the SVM.

    Every learning rate is tried with every regularization strength. Steps of a factor of 3 to 10 are right
    for a first search; a second one may look closer around the best pair.

    Returns:
        learning_rates: a list or tuple of at least 2 positive numbers.
        regularization_strengths: a list or tuple of at least 2 numbers, none negative.
        Together they make at most 25 pairs. With at least one pair, `LinearSVM` must reach 80 % on the
        validation part of the course's `digits` (pixels scaled to 0..1, the mean training image subtracted, a
        column of ones appended) within 500 iterations with batches of 200.

    Source: CS231n notes, "Hyperparameter optimization".
    """
    ### BEGIN SOLUTION
    return [1e-2, 3e-2, 1e-1], [1e-4, 1e-3, 1e-2]
    ### END SOLUTION


def softmax_get_search_params() -> tuple[list[float], list[float]]:
    """Learning rates and regularization strengths to try for softmax.

    The gradient of softmax is smaller than that of the SVM (each row of P - Y adds up to at most 2 in
    absolute value), so it bears, and needs, larger steps.

    Returns:
        learning_rates: a list or tuple of at least 2 positive numbers.
        regularization_strengths: a list or tuple of at least 2 numbers, none negative.
        Together they make at most 25 pairs. With at least one pair, `Softmax` must reach 80 % on the
        validation part of the course's `digits` (pixels scaled to 0..1, the mean training image subtracted, a
        column of ones appended) within 500 iterations with batches of 200.

    Source: CS231n notes, "Hyperparameter optimization".
    """
    ### BEGIN SOLUTION
    return [1e-1, 3e-1, 1.0], [1e-4, 1e-3, 1e-2]
    ### END SOLUTION


def test_one_param_set(
    cls: Classifier,
    data_dict: Mapping[str, torch.Tensor],
    lr: float,
    reg: float,
    num_iters: int = 2000,  # noqa: PT028  (this is no pytest test)
) -> tuple[Classifier, float, float]:
    """Train a classifier with one pair of learning rate and regularization strength, and measure it.

    Train on the training part only; the validation part is for measuring.

    Args:
        cls: an untrained `LinearSVM` or `Softmax` object (not the class itself).
        data_dict: `X_train` (N, D), `y_train` (N,), `X_val` (V, D), `y_val` (V,).
        lr: learning rate.
        reg: regularization strength.
        num_iters: number of iterations; the batch size is the default of `train`, 200.

    Returns:
        cls: the same object, trained.
        train_acc: the fraction of training images that it classifies correctly, a Python float from 0 to 1.
        val_acc: the same for the validation images.

    Source: EECS 498/598, assignment 2.
    """
    ### BEGIN SOLUTION
    cls.train(data_dict["X_train"], data_dict["y_train"], learning_rate=lr, reg=reg, num_iters=num_iters)
    train_acc = (cls.predict(data_dict["X_train"]) == data_dict["y_train"]).double().mean().item()
    val_acc = (cls.predict(data_dict["X_val"]) == data_dict["y_val"]).double().mean().item()
    return cls, train_acc, val_acc
    ### END SOLUTION
