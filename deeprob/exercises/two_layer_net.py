"""A network of two layers: linear, ReLU, linear, softmax. The smallest network that is more than a linear classifier.

What you build here:

1. the forward pass: hidden layer and scores;
2. the loss and, by the chain rule, its gradient with respect to all four parameters;
3. training with a learning rate that decays from epoch to epoch, and prediction;
4. the search for hidden size, learning rate, decay and regularization strength.

Write your code where a function says TODO. Everything else in this file is given and works as it is: `sample_batch`
and the class `TwoLayerNet`. Use torch and Python alone: numpy, scipy and scikit-learn are not allowed in this file.

Shapes: N images in a batch, D numbers in an image, H hidden units, C classes. The parameters are a dict of four
tensors, `W1` (D, H), `b1` (H,), `W2` (H, C), `b2` (C,); every function takes it first and calls it `params`. Each is
found by its name: the order in the dict means nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

__all__ = [
    "TwoLayerNet",
    "find_best_net",
    "nn_forward_backward",
    "nn_forward_pass",
    "nn_get_search_params",
    "nn_predict",
    "nn_train",
    "sample_batch",
]

Params = dict[str, torch.Tensor]
History = dict[str, list[float]]
LossFunction = Callable[..., Any]  # like nn_forward_backward: scores without labels, (loss, grads) with them
PredictFunction = Callable[[Params, LossFunction, torch.Tensor], torch.Tensor]
SearchParams = tuple[Sequence[float], Sequence[int], Sequence[float], Sequence[float]]


def sample_batch(
    X: torch.Tensor, y: torch.Tensor, num_train: int, batch_size: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Given: a batch drawn at random from the first `num_train` images, with replacement.

    Args:
        X: images of shape (N, D).
        y: labels of shape (N,).
        num_train: draw from X[0] to X[num_train - 1] only; from 1 to N.
        batch_size: how many to draw; it may be larger than num_train.

    Returns:
        X_batch: (batch_size, D), rows of X.
        y_batch: (batch_size,), the labels of these rows.

    Raises:
        ValueError: num_train below 1 or above N.
    """
    if not 1 <= num_train <= X.shape[0]:
        raise ValueError(f"num_train is {num_train}; expected 1 to {X.shape[0]}, the number of rows of X")
    drawn = torch.randint(num_train, (batch_size,), device=X.device)
    return X[drawn], y[drawn]


def nn_forward_pass(params: Params, X: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Hidden layer and scores of all images.

        hidden = max(0, X @ W1 + b1)     (N, D) @ (D, H) + (H,)  ->  (N, H)
        scores = hidden @ W2 + b2        (N, H) @ (H, C) + (C,)  ->  (N, C)

    max(0, .) is the ReLU, taken entry by entry. Only the hidden layer has one: a score may be negative.

    Args:
        params: `W1` (D, H), `b1` (H,), `W2` (H, C), `b2` (C,), float32 or float64.
        X: images of shape (N, D), the dtype of the parameters; not necessarily contiguous.

    Returns:
        scores: (N, C), before any softmax.
        hidden: (N, H), *after* the ReLU.
        Both have the dtype and device of X. The inputs are left unchanged.

    Not allowed: `torch.nn`, autograd, numpy. `torch.relu` and `torch.clamp` are allowed.

    Source: EECS 498/598, lecture 5 (neural networks); CS231n notes, "Neural Networks Part 1".
    """
    # TODO: implement nn_forward_pass; its docstring says what it takes and returns.
    raise NotImplementedError("two_layer_net.nn_forward_pass: not implemented yet")


def nn_forward_backward(
    params: Params, X: torch.Tensor, y: torch.Tensor | None = None, reg: float = 0.0
) -> torch.Tensor | tuple[torch.Tensor, Params]:
    """Softmax loss of the network and its gradient with respect to the four parameters.

    With the scores S (N, C) from your `nn_forward_pass`, the probabilities P (N, C) and the labels as rows Y (N, C) of
    zeros with a single 1:

        P[i, k] = exp(S[i, k]) / sum over j of exp(S[i, j])
        loss    = 1/N * sum over i of -log P[i, y[i]] + reg * (sum(W1 * W1) + sum(W2 * W2))

    The regularization has no factor of one half, and biases are not regularized. The gradient goes back through the
    network, layer by layer:

        dS  = (P - Y) / N                             (N, C)
        dW2 = hidden^T dS + 2 * reg * W2              (H, C)      db2 = sum over the rows of dS     (C,)
        dZ  = dS W2^T where the ReLU was open, else 0 (N, H)
        dW1 = X^T dZ + 2 * reg * W1                   (D, H)      db1 = sum over the rows of dZ     (H,)

    The ReLU was open where its input X @ W1 + b1, and so `hidden`, is above 0. Where the input is exactly 0, either
    choice is right.

    Subtract from each row of S *its own* maximum before exp, which changes no probability, and compute -log P[i, y[i]]
    as log(sum over j of exp(S[i, j])) - S[i, y[i]]: P may underflow to 0. Scores of 10,000 and of -10,000 must give a
    finite loss and gradient, also when one image has scores of 1 and another of 10,000.

    Args:
        params: `W1` (D, H), `b1` (H,), `W2` (H, C), `b2` (C,), float32 or float64.
        X: images of shape (N, D), the dtype of the parameters; not necessarily contiguous.
        y: labels of shape (N,), whole numbers from 0 to C - 1: int64, int32 or uint8. A class may be missing. A uint8
            tensor used as an index is read as a mask: convert it first. None: only the scores are wanted.
        reg: regularization strength; 0 means none.

    Returns:
        Without labels, the scores (N, C) alone. With labels,
        loss: a tensor with 0 dimensions (a Python float is accepted as well).
        grads: a dict with the keys `W1`, `b1`, `W2`, `b2`; each gradient has the shape of its parameter.
        All have the dtype and device of X; make new tensors there. The inputs are left unchanged, the parameters too:
        the step is made in `nn_train`.

    Not allowed: autograd (`.backward()`), `torch.nn`, numpy.

    Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", 1986; EECS 498/598,
    lecture 6; CS231n notes, "Putting it together: Minimal Neural Network Case Study".
    """
    # TODO: implement nn_forward_backward; its docstring says what it takes and returns.
    raise NotImplementedError("two_layer_net.nn_forward_backward: not implemented yet")


def nn_train(
    params: Params,
    loss_func: LossFunction,
    pred_func: PredictFunction,
    X: torch.Tensor,
    y: torch.Tensor,
    X_val: torch.Tensor,
    y_val: torch.Tensor,
    learning_rate: float = 1e-3,
    learning_rate_decay: float = 0.95,
    reg: float = 5e-6,
    num_iters: int = 100,
    batch_size: int = 200,
    verbose: bool = False,
) -> History:
    """Stochastic gradient descent with a learning rate that decays.

    In each iteration: draw a batch of batch_size with `sample_batch` from all of X, call `loss_func` on it, note the
    loss, and step against the gradient, with every parameter p:

        p <- p - learning_rate * dp

    An epoch has max(N // batch_size, 1) iterations. Once in each epoch, after the step of its last iteration (or,
    where you prefer it, of its first):

        note the accuracy on that batch, and the accuracy on X_val, by `pred_func` with the parameters after the step
        learning_rate <- learning_rate * learning_rate_decay

    Args:
        params: the parameters to start from. The trained ones must stand in this same dict when you return; whether
            you change its tensors in place or put new ones in is up to you.
        loss_func: called as `loss_func(params, X_batch, y=y_batch, reg=reg)`; returns `(loss, grads)`, where grads has
            the keys of params. It may belong to another network than this file's, with other parameters.
        pred_func: called as `pred_func(params, loss_func, images)`, with the loss_func that was given; returns labels
            of shape (number of images,).
        X: training images of shape (N, D).
        y: their labels, shape (N,).
        X_val: validation images of shape (V, D).
        y_val: their labels, shape (V,).
        learning_rate: length of a step in the first epoch.
        learning_rate_decay: factor after each epoch; 1 means that the rate stays.
        reg: regularization strength, handed to `loss_func`.
        num_iters: number of steps.
        batch_size: images in a batch; it may be larger than N.
        verbose: print the loss every 100 iterations.

    Returns:
        a dict with three lists of Python floats,
        `loss_history`: num_iters losses, each of them before its step.
        `train_acc_history`: one fraction from 0 to 1 for each epoch, on the batch of that iteration.
        `val_acc_history`: one for each epoch, on X_val.
        X, y, X_val and y_val are left unchanged.

    Source: EECS 498/598, lecture 4 (optimization) and lecture 10 (learning rate schedules).
    """
    # TODO: implement nn_train; its docstring says what it takes and returns.
    raise NotImplementedError("two_layer_net.nn_train: not implemented yet")


def nn_predict(params: Params, loss_func: LossFunction, X: torch.Tensor) -> torch.Tensor:
    """The class with the highest score, for each image.

        label[i] = argmax over c of scores[i, c]

    Args:
        params: the parameters, as `loss_func` takes them.
        loss_func: called as `loss_func(params, X)`, without labels, it returns the scores (N, C). Take them from it:
            it may belong to another network than this file's.
        X: images of shape (N, D).

    Returns:
        labels of shape (N,), dtype int64, on the device of X. The inputs are left unchanged.

    Source: EECS 498/598, lecture 5.
    """
    # TODO: implement nn_predict; its docstring says what it takes and returns.
    raise NotImplementedError("two_layer_net.nn_predict: not implemented yet")


class TwoLayerNet:
    """Given: four parameters, and what your functions do with them.

    Attributes:
        params: `W1` (D, H), `b1` (H,), `W2` (H, C), `b2` (C,).

    Args:
        input_size: D.
        hidden_size: H.
        output_size: C.
        dtype, device: of the parameters.
        std: standard deviation of the weights at the start; the biases are 0.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
        std: float = 1e-4,
    ) -> None:
        self.params: Params = {
            "W1": std * torch.randn(input_size, hidden_size, dtype=dtype, device=device),
            "b1": torch.zeros(hidden_size, dtype=dtype, device=device),
            "W2": std * torch.randn(hidden_size, output_size, dtype=dtype, device=device),
            "b2": torch.zeros(output_size, dtype=dtype, device=device),
        }

    def loss(
        self, X: torch.Tensor, y: torch.Tensor | None = None, reg: float = 0.0
    ) -> torch.Tensor | tuple[torch.Tensor, Params]:
        """`nn_forward_backward` with the parameters of this net."""
        return nn_forward_backward(self.params, X, y, reg)

    def train(
        self,
        X: torch.Tensor,
        y: torch.Tensor,
        X_val: torch.Tensor,
        y_val: torch.Tensor,
        learning_rate: float = 1e-3,
        learning_rate_decay: float = 0.95,
        reg: float = 5e-6,
        num_iters: int = 100,
        batch_size: int = 200,
        verbose: bool = False,
    ) -> History:
        """Run `nn_train`; a second call goes on from the parameters of the first.

        Returns:
            `loss_history`, `train_acc_history`, `val_acc_history`.
        """
        return nn_train(
            self.params, nn_forward_backward, nn_predict, X, y, X_val, y_val,
            learning_rate, learning_rate_decay, reg, num_iters, batch_size, verbose,
        )  # fmt: skip

    def predict(self, X: torch.Tensor) -> torch.Tensor:
        """Labels (N,) of the images X (N, D), by `nn_predict`."""
        return nn_predict(self.params, nn_forward_backward, X)

    def save(self, path: str | Path) -> None:
        """Write the parameters to a file."""
        torch.save(self.params, path)

    def load(self, path: str | Path) -> None:
        """Read parameters that `save` has written; to the CPU where there is no GPU."""
        place = None if torch.cuda.is_available() else "cpu"
        self.params = torch.load(path, map_location=place, weights_only=True)


def nn_get_search_params() -> SearchParams:
    """Hyper-parameters to try for the two-layer network.

    Every learning rate is tried with every hidden size, regularization strength and decay, so the lists multiply: keep
    those short that matter less. The weights start at 1e-4 * normal, where gradients are tiny: a net needs large steps
    to leave that plateau, and a rate that decays too fast never does.

    Returns:
        learning_rates: a list or tuple of at least 2 different positive numbers.
        hidden_sizes: at least 2 different whole numbers from 1 to 200.
        regularization_strengths: at least 1 number, none negative.
        learning_rate_decays: at least 1 number, above 0 and at most 1.
        Together they make at most 25 combinations. With at least one of them, a `TwoLayerNet` must reach 90 % on the
        validation part of the course's `digits` (pixels scaled to 0..1, the mean training image subtracted) within 500
        iterations with batches of 100, that is with 10 iterations an epoch.

    Source: CS231n notes, "Hyperparameter optimization".
    """
    # TODO: implement nn_get_search_params; its docstring says what it takes and returns.
    raise NotImplementedError("two_layer_net.nn_get_search_params: not implemented yet")


def find_best_net(
    data_dict: Mapping[str, torch.Tensor], get_param_set_fn: Callable[[], SearchParams]
) -> tuple[TwoLayerNet, History, float]:
    """Train one net for each combination of hyper-parameters and keep the best.

    For each combination make a new `TwoLayerNet`, train it with its `train` on the training part, and measure it on
    the validation part. Choose num_iters and batch_size yourself; a few seconds should be enough for all. Use nets
    through `train` and `predict` only.

    Args:
        data_dict: `X_train` (N, D), `y_train` (N,), `X_val` (V, D), `y_val` (V,).
        get_param_set_fn: called without arguments, like your `nn_get_search_params`; returns
            `(learning_rates, hidden_sizes, regularization_strengths, learning_rate_decays)`, four lists.

    Returns:
        net: the trained net with the highest validation accuracy; of several equally good ones, any. There is always
            one, even where no net gets any image right. It has as many inputs as images have numbers, an output for
            each class from 0 to the highest training label, and the dtype and device of X_train.
        stats: what `train` returned for that net.
        val_acc: its accuracy on all of X_val after training, a fraction from 0 to 1, by its `predict`. (The last entry
            of its `val_acc_history` is accepted as well; the highest is not, since that may belong to a net which
            training has changed since.)

    Source: EECS 498/598, assignment 2.
    """
    # TODO: implement find_best_net; its docstring says what it takes and returns.
    raise NotImplementedError("two_layer_net.find_best_net: not implemented yet")
