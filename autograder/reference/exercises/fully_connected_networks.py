"""Fully connected networks of any depth, built from layers that know their own gradient.

What you build here, from the inside out:

1. two layers, `Linear` and `ReLU`: `forward` computes the output, `backward` the gradients by the chain rule;
2. three losses on the scores of the last layer: softmax, SVM and focal loss;
3. a network of two layers, then one of any number of layers;
4. dropout, a layer that behaves differently in training and at test time;
5. the rules that turn gradients into steps: momentum, RMSProp, Adam;
6. settings with which a network learns.

A layer is a class with two static methods. `forward` returns the output and a cache; `backward` gets the gradient of
the loss with respect to that output, `dout`, and the cache, and returns the gradients with respect to the inputs. What
the cache holds is up to you: whatever `backward` needs. It belongs to that one call: several calls of `forward` may
come before their calls of `backward`.

Write your code where a function says TODO. Everything else in this file is given and works as it is. Use torch
and Python alone: numpy, scipy, scikit-learn, torch.nn, torch.optim and autograd are not allowed in this file.

Shapes: N examples in a batch, D input features, M output features, H hidden units, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

__all__ = [
    "Dropout",
    "FullyConnectedNet",
    "Linear",
    "Linear_ReLU",
    "ReLU",
    "TwoLayerNet",
    "adam",
    "create_solver_instance",
    "focal_loss",
    "get_five_layer_network_params",
    "get_three_layer_network_params",
    "rmsprop",
    "sgd",
    "sgd_momentum",
    "softmax_loss",
    "svm_loss",
]


class Linear:
    """A linear (fully connected) layer: every output is a weighted sum of all inputs, plus a bias."""

    @staticmethod
    def forward(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, Any]:
        """The output of the layer.

        Each example is laid out as one row of D = d1 * ... * dk numbers, in the order in which torch stores them:

            out[i] = row i of x @ w + b

        Args:
            x: a batch of shape (N, d1, ..., dk), float32 or float64; not necessarily contiguous. k may be any
                number from 1 up: (N, D) and (N, C, H, W) are both common.
            w: weights of shape (D, M).
            b: biases of shape (M,).

        Returns:
            out: shape (N, M), dtype and device of x.
            cache: what `backward` needs; its form is up to you.
            The inputs are left unchanged.

        Source: EECS 498/598, lecture 6 (backpropagation) and assignment 3; CS231n notes, "Neural Networks 1".
        """
        ### BEGIN SOLUTION
        out = x.reshape(x.shape[0], -1) @ w + b  # (N, D) @ (D, M) + (M,)
        return out, (x, w, b)
        ### END SOLUTION

    @staticmethod
    def backward(dout: torch.Tensor, cache: Any) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The gradients with respect to the three inputs of `forward`.

        With X (N, D) the rows of x:

            dX = dout @ w^T,    dw = X^T @ dout,    db[m] = sum over i of dout[i, m]

        There is no division by N: whoever averages over the batch (the loss) has done it already.

        Args:
            dout: the gradient of the loss with respect to `out`, shape (N, M); not necessarily contiguous.
            cache: what your `forward` returned.

        Returns:
            dx: shape of x, (N, d1, ..., dk).
            dw: shape of w, (D, M).
            db: shape of b, (M,).
            dtypes and devices are those of the inputs. dout and what is in the cache are left unchanged.

        Source: EECS 498/598, lecture 6; CS231n notes, "Backpropagation, Intuitions" (matrix multiplication).
        """
        ### BEGIN SOLUTION
        x, w, _ = cache
        dx = (dout @ w.T).reshape(x.shape)  # (N, M) @ (M, D)
        dw = x.reshape(x.shape[0], -1).T @ dout  # (D, N) @ (N, M)
        db = dout.sum(dim=0)
        return dx, dw, db
        ### END SOLUTION


class ReLU:
    """The rectifier: what is negative becomes 0."""

    @staticmethod
    def forward(x: torch.Tensor) -> tuple[torch.Tensor, Any]:
        """max(0, x), entry by entry.

        Args:
            x: a tensor of any shape, float32 or float64; not necessarily contiguous.

        Returns:
            out: a new tensor with the shape, dtype and device of x, which is left unchanged.
            cache: what `backward` needs.

        Source: Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", 2010.
        """
        ### BEGIN SOLUTION
        return x.clamp(min=0), x
        ### END SOLUTION

    @staticmethod
    def backward(dout: torch.Tensor, cache: Any) -> torch.Tensor:
        """The gradient with respect to x: dout where x was positive, 0 where it was negative.

            dx = dout * 1[x > 0]

        Where x is exactly 0, the function has a kink; any slope from 0 to 1 is right there.

        Args:
            dout: the gradient of the loss with respect to `out`, the shape of x; not necessarily contiguous.
            cache: what your `forward` returned.

        Returns:
            dx: shape, dtype and device of x. dout and what is in the cache are left unchanged.

        Source: EECS 498/598, lecture 6.
        """
        ### BEGIN SOLUTION
        x = cache
        return dout * (x > 0)
        ### END SOLUTION


class Linear_ReLU:
    """Given: a linear layer followed by a ReLU."""

    @staticmethod
    def forward(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, Any]:
        """x (N, d1, ..., dk), w (D, M), b (M,) -> out (N, M), cache."""
        scores, linear_cache = Linear.forward(x, w, b)
        out, relu_cache = ReLU.forward(scores)
        return out, (linear_cache, relu_cache)

    @staticmethod
    def backward(dout: torch.Tensor, cache: Any) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """dout (N, M) -> dx, dw, db with the shapes of x, w, b."""
        linear_cache, relu_cache = cache
        return Linear.backward(ReLU.backward(dout, relu_cache), linear_cache)


def softmax_loss(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Softmax (cross-entropy) loss of scores, and its gradient.

    With p[i] the probabilities of row i, Y (N, C) the labels as rows of zeros with a single 1:

        p[i, j] = exp(x[i, j]) / sum over k of exp(x[i, k])
        loss    = 1/N * sum over i of -log p[i, y[i]]
        dx      = (p - Y) / N

    Subtract from each row its own maximum, and take log(sum) - score rather than the logarithm of a probability:
    scores of 10,000 must give a finite loss and gradient, whichever class is the true one.

    Args:
        x: scores of shape (N, C), float32 or float64; not necessarily contiguous.
        y: labels of shape (N,), whole numbers from 0 to C - 1: int64, int32 or uint8. A class may be missing.

    Returns:
        loss: a tensor with 0 dimensions (a Python float is accepted as well).
        dx: the gradient of the loss with respect to x, shape (N, C), dtype and device of x.
        The inputs are left unchanged.

    Not allowed: loops over examples or classes.

    Source: EECS 498/598, lecture 3 and assignment 3; Goodfellow, Bengio and Courville, "Deep Learning", section 4.1.
    """
    ### BEGIN SOLUTION
    num = x.shape[0]
    rows, labels = torch.arange(num, device=x.device), y.long()
    shifted = x - x.max(dim=1, keepdim=True).values  # each row's own maximum
    log_sums = shifted.exp().sum(dim=1, keepdim=True).log()
    log_p = shifted - log_sums  # (N, C)
    loss = -log_p[rows, labels].sum() / num

    dx = log_p.exp()
    dx[rows, labels] -= 1
    return loss, dx / num
    ### END SOLUTION


def svm_loss(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Multi-class SVM (hinge) loss of scores, and its gradient.

        L_i  = sum over classes j != y[i] of max(0, x[i, j] - x[i, y[i]] + 1)
        loss = 1/N * sum over i of L_i

    An active term (one above 0) adds +1/N to the gradient of its class j and -1/N to that of the true class y[i]. Where
    a margin is exactly 0, either choice is right.

    Args:
        x: scores of shape (N, C), float32 or float64; not necessarily contiguous.
        y: labels of shape (N,), whole numbers from 0 to C - 1: int64, int32 or uint8. A class may be missing.

    Returns:
        loss: a tensor with 0 dimensions (a Python float is accepted as well).
        dx: the gradient of the loss with respect to x, shape (N, C), dtype and device of x.
        The inputs are left unchanged.

    Not allowed: loops over examples or classes.

    Source: Weston and Watkins, "Support vector machines for multi-class pattern recognition", 1999; EECS 498/598,
    lecture 3 and assignment 3.
    """
    ### BEGIN SOLUTION
    num = x.shape[0]
    rows, labels = torch.arange(num, device=x.device), y.long()
    margins = (x - x[rows, labels][:, None] + 1).clamp(min=0)  # (N, C) - (N, 1)
    margins[rows, labels] = 0
    loss = margins.sum() / num

    dx = (margins > 0).to(x.dtype)
    dx[rows, labels] = -dx.sum(dim=1)
    return loss, dx / num
    ### END SOLUTION


def focal_loss(x: torch.Tensor, y: torch.Tensor, gamma: float = 2.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Focal loss of scores, and its gradient: the softmax loss with less weight on what is classified well already.

    With p the probabilities of softmax and q[i] = p[i, y[i]] that of the true class:

        loss     = 1/N * sum over i of -(1 - q[i])^gamma * log q[i]
        dx[i, j] = 1/N * ((1 - q)^gamma - gamma * (1 - q)^(gamma - 1) * q * log q) * (p[i, j] - 1[j == y[i]])

    where q in the second line is q[i]. The weight (1 - q)^gamma depends on the scores too: this is where the second
    term comes from, by the product rule. With gamma = 0 both are those of `softmax_loss`.

    Take log q from the shifted scores as in `softmax_loss`, not from q: scores of 10,000 must give a finite loss and
    gradient, whichever class is the true one. There q can be 0 exactly or 1 exactly; mind gamma = 0, for which the
    second term is 0 even where (1 - q)^(-1) is infinite.

    Args:
        x: scores of shape (N, C), float32 or float64; not necessarily contiguous.
        y: labels of shape (N,), whole numbers from 0 to C - 1: int64, int32 or uint8. A class may be missing.
        gamma: how little well-classified examples weigh; 0, or any number from 1 up.

    Returns:
        loss: a tensor with 0 dimensions (a Python float is accepted as well).
        dx: the gradient of the loss with respect to x, shape (N, C), dtype and device of x.
        The inputs are left unchanged.

    Not allowed: loops over examples or classes.

    Source: Lin, Goyal, Girshick, He and Dollar, "Focal loss for dense object detection", 2017 (here for C classes).
    """
    ### BEGIN SOLUTION
    num = x.shape[0]
    rows, labels = torch.arange(num, device=x.device), y.long()
    shifted = x - x.max(dim=1, keepdim=True).values
    log_p = shifted - shifted.exp().sum(dim=1, keepdim=True).log()  # (N, C)
    log_q = log_p[rows, labels]  # (N,)
    q = log_q.exp()
    weight = (1 - q) ** gamma
    loss = -(weight * log_q).sum() / num

    slope = weight
    if gamma > 0:
        slope = weight - gamma * (1 - q) ** (gamma - 1) * q * log_q  # (N,)
    dx = log_p.exp()
    dx[rows, labels] -= 1
    return loss, dx * slope[:, None] / num
    ### END SOLUTION


class TwoLayerNet:
    """A network of two linear layers: linear, ReLU, linear, softmax loss.

    Attributes:
        params: the weights and biases: `W1` (D, H), `b1` (H,), `W2` (H, C), `b2` (C,). They are found by name: their
            order in the dict means nothing.
        reg: regularization strength.
    """

    def __init__(
        self,
        input_dim: int = 3072,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> None:
        """Fill `self.params` with `W1`, `b1`, `W2`, `b2`.

        Weights are independent normal numbers with mean 0 and standard deviation `weight_scale`; biases are 0.

        Args:
            input_dim: D, numbers in an example.
            hidden_dim: H, hidden units.
            num_classes: C.
            weight_scale: standard deviation of the first weights.
            reg: regularization strength; 0 means none.
            dtype, device: of all parameters.

        Source: EECS 498/598, assignment 3.
        """
        self.params: dict[str, torch.Tensor] = {}
        self.reg = reg
        ### BEGIN SOLUTION
        for i, (fan_in, fan_out) in enumerate([(input_dim, hidden_dim), (hidden_dim, num_classes)], 1):
            self.params[f"W{i}"] = weight_scale * torch.randn(fan_in, fan_out, dtype=dtype, device=device)
            self.params[f"b{i}"] = torch.zeros(fan_out, dtype=dtype, device=device)
        ### END SOLUTION

    def loss(
        self, X: torch.Tensor, y: torch.Tensor | None = None
    ) -> torch.Tensor | tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """The scores of a batch, or its loss and the gradients with respect to all parameters.

        Use `Linear_ReLU`, `Linear` and `softmax_loss` by their names. The loss is

            loss = softmax_loss(scores, y) + reg * (sum(W1 * W1) + sum(W2 * W2))

        without a factor of one half, and with no regularization of the biases; so the gradient of the regularization
        is 2 * reg * W.

        Args:
            X: examples of shape (N, d1, ..., dk).
            y: labels of shape (N,), or None at test time.

        Returns:
            y is None: the scores, shape (N, C).
            otherwise: (loss, grads), the loss (0-dimensional) and a dict with the keys and shapes of `self.params`.
            The inputs and `self.params` are left unchanged.

        Source: EECS 498/598, assignment 3.
        """
        ### BEGIN SOLUTION
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        hidden, hidden_cache = Linear_ReLU.forward(X, W1, b1)
        scores, scores_cache = Linear.forward(hidden, W2, b2)
        if y is None:
            return scores

        loss, dscores = softmax_loss(scores, y)
        loss = loss + self.reg * ((W1 * W1).sum() + (W2 * W2).sum())
        dhidden, dW2, db2 = Linear.backward(dscores, scores_cache)
        _, dW1, db1 = Linear_ReLU.backward(dhidden, hidden_cache)
        dW1 = dW1 + 2 * self.reg * W1
        dW2 = dW2 + 2 * self.reg * W2
        return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
        ### END SOLUTION

    def save(self, path: str | Path) -> None:
        """Given: write the parameters to a file."""
        torch.save({"reg": self.reg, "params": self.params}, path)

    def load(
        self, path: str | Path, dtype: torch.dtype = torch.float32, device: str | torch.device = "cpu"
    ) -> None:
        """Given: read parameters that `save` has written."""
        saved = torch.load(path, map_location="cpu", weights_only=True)
        self.reg = saved["reg"]
        self.params = {name: p.to(dtype=dtype, device=device) for name, p in saved["params"].items()}


class FullyConnectedNet:
    """A network of any number of layers: {linear, ReLU, [dropout]} x (L - 1), linear, softmax loss.

    Attributes:
        params: `W1`, `b1`, ..., `WL`, `bL`: weights (fan_in, fan_out) and biases (fan_out,) of the L layers. They are
            found by name: their order in the dict means nothing.
        num_layers: L, one more than there are hidden layers.
        reg: regularization strength.
        dtype: of the parameters.
        use_dropout: whether a dropout layer follows each ReLU.
        dropout_param: what `Dropout.forward` takes as its second argument; `loss` sets its `mode`.
    """

    def __init__(
        self,
        hidden_dims: Sequence[int],
        input_dim: int = 3072,
        num_classes: int = 10,
        dropout: float = 0.0,
        reg: float = 0.0,
        weight_scale: float = 1e-2,
        seed: int | None = None,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> None:
        """Fill `self.params` with the weights and biases of all layers.

        Layer i of L has weights `W{i}` (fan_in, fan_out) and biases `b{i}` (fan_out,); fan_in of the first layer is
        `input_dim`, fan_out of the last is `num_classes`, and the hidden layers in between have the sizes in
        `hidden_dims`. Weights are independent normal numbers with mean 0 and standard deviation `weight_scale`; biases
        are 0.

        Args:
            hidden_dims: size of each hidden layer; any number of them, also none.
            input_dim: D, numbers in an example.
            num_classes: C.
            dropout: the probability to drop a hidden unit, from 0 to below 1; 0 means no dropout layers.
            reg: regularization strength; 0 means none.
            weight_scale: standard deviation of the first weights.
            seed: makes the dropout masks repeat, for gradient checks; None: other masks at every call.
            dtype, device: of all parameters.

        Source: EECS 498/598, assignment 3.
        """
        self.params: dict[str, torch.Tensor] = {}
        self.num_layers = 1 + len(hidden_dims)
        self.reg = reg
        self.dtype = dtype
        self.use_dropout = dropout > 0
        self.dropout_param: dict[str, Any] = {"mode": "train", "p": dropout}
        if seed is not None:
            self.dropout_param["seed"] = seed
        ### BEGIN SOLUTION
        dims = [input_dim, *hidden_dims, num_classes]
        for i in range(1, self.num_layers + 1):
            fan_in, fan_out = dims[i - 1], dims[i]
            self.params[f"W{i}"] = weight_scale * torch.randn(fan_in, fan_out, dtype=dtype, device=device)
            self.params[f"b{i}"] = torch.zeros(fan_out, dtype=dtype, device=device)
        ### END SOLUTION

    def loss(
        self, X: torch.Tensor, y: torch.Tensor | None = None
    ) -> torch.Tensor | tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """The scores of a batch, or its loss and the gradients with respect to all parameters.

        Use `Linear_ReLU`, `Linear`, `Dropout` and `softmax_loss` by their names. With `self.use_dropout`, a dropout
        layer follows each ReLU; the last layer has neither. The loss is

            loss = softmax_loss(scores, y) + reg * sum over i of sum(W{i} * W{i})

        without a factor of one half, and with no regularization of the biases; so the gradient of the regularization
        is 2 * reg * W{i}.

        Args:
            X: examples of shape (N, d1, ..., dk).
            y: labels of shape (N,), or None at test time.

        Returns:
            y is None: the scores, shape (N, C).
            otherwise: (loss, grads), the loss (0-dimensional) and a dict with the keys and shapes of `self.params`.
            The inputs and `self.params` are left unchanged.

        Source: EECS 498/598, assignment 3.
        """
        X = X.to(self.dtype)
        self.dropout_param["mode"] = "test" if y is None else "train"
        ### BEGIN SOLUTION
        out, caches, dropout_caches = X, {}, {}
        for i in range(1, self.num_layers):
            out, caches[i] = Linear_ReLU.forward(out, self.params[f"W{i}"], self.params[f"b{i}"])
            if self.use_dropout:
                out, dropout_caches[i] = Dropout.forward(out, self.dropout_param)
        last = self.num_layers
        scores, caches[last] = Linear.forward(out, self.params[f"W{last}"], self.params[f"b{last}"])
        if y is None:
            return scores

        loss, dout = softmax_loss(scores, y)
        grads = {}
        for i in range(last, 0, -1):
            W = self.params[f"W{i}"]
            if i == last:
                dout, dW, db = Linear.backward(dout, caches[i])
            else:
                if self.use_dropout:
                    dout = Dropout.backward(dout, dropout_caches[i])
                dout, dW, db = Linear_ReLU.backward(dout, caches[i])
            loss = loss + self.reg * (W * W).sum()
            grads[f"W{i}"] = dW + 2 * self.reg * W
            grads[f"b{i}"] = db
        return loss, grads
        ### END SOLUTION

    def save(self, path: str | Path) -> None:
        """Given: write the parameters and settings to a file."""
        names = ("params", "num_layers", "reg", "use_dropout", "dropout_param")
        torch.save({name: getattr(self, name) for name in names}, path)

    def load(
        self, path: str | Path, dtype: torch.dtype = torch.float32, device: str | torch.device = "cpu"
    ) -> None:
        """Given: read what `save` has written."""
        saved = torch.load(path, map_location="cpu", weights_only=True)
        self.params = {name: p.to(dtype=dtype, device=device) for name, p in saved["params"].items()}
        self.dtype = dtype
        self.num_layers, self.reg = saved["num_layers"], saved["reg"]
        self.use_dropout, self.dropout_param = saved["use_dropout"], saved["dropout_param"]


def get_three_layer_network_params() -> tuple[float, float]:
    """A scale of the first weights and a learning rate with which a network of three layers learns 50 images by heart.

    A network that cannot learn 50 images by heart has a mistake, or is trained badly; so this is the first thing to
    try. The network is `FullyConnectedNet([100, 100])` on the first 50 training images of the course's `digits` (pixels
    scaled to 0..1, the mean training image subtracted), trained with `sgd`, batches of 25, 20 epochs, without
    regularization and dropout.

    Returns:
        weight_scale: a positive number.
        learning_rate: a positive number. The accuracy on the 50 images must reach 100 % within the 20 epochs.

    Source: EECS 498/598, assignment 3; CS231n notes, "Neural Networks 3" (overfit a small subset of the data).
    """
    ### BEGIN SOLUTION
    return 0.2, 0.5
    ### END SOLUTION


def get_five_layer_network_params() -> tuple[float, float]:
    """The same for a network of five layers, which is harder: with small weights the signal dies on its way.

    The network is `FullyConnectedNet([100, 100, 100, 100])`; all else is as in `get_three_layer_network_params`. With
    ReLU, a layer keeps the size of its input when the weights have a standard deviation of about sqrt(2 / fan_in).

    Returns:
        weight_scale: a positive number.
        learning_rate: a positive number. The accuracy on the 50 images must reach 100 % within the 20 epochs.

    Source: EECS 498/598, assignment 3; He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015.
    """
    ### BEGIN SOLUTION
    return 0.2, 0.2
    ### END SOLUTION


def sgd(
    w: torch.Tensor, dw: torch.Tensor, config: dict[str, Any] | None = None
) -> tuple[torch.Tensor, dict[str, Any]]:
    """Given: a step of stochastic gradient descent, and the form that all update rules have.

        w <- w - learning_rate * dw

    Args:
        w: one parameter, of any shape.
        dw: the gradient of the loss with respect to w, the shape of w.
        config: settings, and what the rule remembers from one step of this parameter to the next. None, or settings
            that are missing, mean the defaults:
            learning_rate: 1e-2.

    Returns:
        next_w: the parameter after the step: a new tensor with the shape, dtype and device of w. w and dw are left
            unchanged.
        config: a dict to be handed to the next step of the same parameter.

    Source: Robbins and Monro, "A stochastic approximation method", 1951.
    """
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-2)
    return w - config["learning_rate"] * dw, config


def sgd_momentum(
    w: torch.Tensor, dw: torch.Tensor, config: dict[str, Any] | None = None
) -> tuple[torch.Tensor, dict[str, Any]]:
    """A step of gradient descent with momentum: the gradient pushes a velocity, and the velocity moves w.

        v <- momentum * v - learning_rate * dw
        w <- w + v

    Args:
        w: one parameter, of any shape, float32 or float64; not necessarily contiguous.
        dw: the gradient of the loss with respect to w, the shape of w.
        config: settings and memory, as in `sgd`; None or missing entries mean the defaults:
            learning_rate: 1e-2.
            momentum: 0.9; from 0 (plain `sgd`) to below 1.
            velocity: v, a tensor of the shape of w; zeros at first.

    Returns:
        next_w: the parameter after the step: a new tensor with the shape, dtype and device of w. w and dw are left
            unchanged.
        config: a dict with the same three entries, `velocity` being the new v, and the settings as they were.
            Memory belongs in here and nowhere else, because every parameter has its own.

    Source: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964; EECS 498/598, lecture 4.
    """
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    config.setdefault("velocity", torch.zeros_like(w))
    ### BEGIN SOLUTION
    v = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    config["velocity"] = v
    return w + v, config
    ### END SOLUTION


def rmsprop(
    w: torch.Tensor, dw: torch.Tensor, config: dict[str, Any] | None = None
) -> tuple[torch.Tensor, dict[str, Any]]:
    """A step of RMSProp: every number has its own step size, smaller where its gradients have been large.

        cache <- decay_rate * cache + (1 - decay_rate) * dw^2        (entry by entry)
        w     <- w - learning_rate * dw / (sqrt(cache) + epsilon)    (with the new cache)

    Args:
        w: one parameter, of any shape, float32 or float64; not necessarily contiguous.
        dw: the gradient of the loss with respect to w, the shape of w.
        config: settings and memory, as in `sgd`; None or missing entries mean the defaults:
            learning_rate: 1e-2.
            decay_rate: 0.99; from 0 to below 1.
            epsilon: 1e-8; keeps the division from 0 by 0. It stands outside the root.
            cache: running mean of the squared gradients, a tensor of the shape of w; zeros at first.

    Returns:
        next_w: the parameter after the step: a new tensor with the shape, dtype and device of w. w and dw are left
            unchanged.
        config: a dict with the same four entries, `cache` being the new one, and the settings as they were.

    Source: Tieleman and Hinton, "Neural networks for machine learning", lecture 6.5, 2012; EECS 498/598, lecture 4.
    """
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("cache", torch.zeros_like(w))
    ### BEGIN SOLUTION
    cache = config["decay_rate"] * config["cache"] + (1 - config["decay_rate"]) * dw**2
    config["cache"] = cache
    return w - config["learning_rate"] * dw / (cache.sqrt() + config["epsilon"]), config
    ### END SOLUTION


def adam(
    w: torch.Tensor, dw: torch.Tensor, config: dict[str, Any] | None = None
) -> tuple[torch.Tensor, dict[str, Any]]:
    """A step of Adam: momentum and RMSProp together, both corrected for their start at 0.

        t     <- t + 1
        m     <- beta1 * m + (1 - beta1) * dw
        v     <- beta2 * v + (1 - beta2) * dw^2
        m_hat  = m / (1 - beta1^t)
        v_hat  = v / (1 - beta2^t)
        w     <- w - learning_rate * m_hat / (sqrt(v_hat) + epsilon)

    t is counted up first, so it is 1 in the first step. m and v are stored as they are; the corrected m_hat and v_hat
    are used in the step and then forgotten.

    Args:
        w: one parameter, of any shape, float32 or float64; not necessarily contiguous.
        dw: the gradient of the loss with respect to w, the shape of w.
        config: settings and memory, as in `sgd`; None or missing entries mean the defaults:
            learning_rate: 1e-3.
            beta1: 0.9, for the mean of the gradients; from 0 to below 1.
            beta2: 0.999, for the mean of the squared gradients; from 0 to below 1.
            epsilon: 1e-8; it stands outside the root.
            m, v: tensors of the shape of w; zeros at first.
            t: number of steps so far, a Python int; 0 at first.

    Returns:
        next_w: the parameter after the step: a new tensor with the shape, dtype and device of w. w and dw are left
            unchanged.
        config: a dict with the same seven entries, m, v and t being the new ones, and the settings as they were.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1; EECS 498/598, lecture 4.
    """
    config = dict(config or {})
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("m", torch.zeros_like(w))
    config.setdefault("v", torch.zeros_like(w))
    config.setdefault("t", 0)
    ### BEGIN SOLUTION
    beta1, beta2 = config["beta1"], config["beta2"]
    t = config["t"] + 1
    m = beta1 * config["m"] + (1 - beta1) * dw
    v = beta2 * config["v"] + (1 - beta2) * dw**2
    config["t"], config["m"], config["v"] = t, m, v
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return w - config["learning_rate"] * m_hat / (v_hat.sqrt() + config["epsilon"]), config
    ### END SOLUTION


class Dropout:
    """Inverted dropout: in training, every number is set to 0 with probability p; at test time nothing happens."""

    @staticmethod
    def forward(x: torch.Tensor, dropout_param: dict[str, Any]) -> tuple[torch.Tensor, Any]:
        """Drop entries of x at random, and scale those that are kept.

            mode "train":  out = x / (1 - p)  with probability 1 - p,  0 with probability p
            mode "test":   out = x

        p is the probability to *drop*. Each entry of x is dropped or kept on its own: no two rows or columns share
        their fate. Dividing by 1 - p keeps the expected value, so there is nothing to scale at test time.

        Draw from torch's default generator, which the given lines seed: with `torch.rand` (uniform numbers, not
        `torch.randn`) or with `bernoulli`, on the device of x.

        Args:
            x: a tensor of any shape, float32 or float64; not necessarily contiguous.
            dropout_param: a dict with
                p: probability to drop, from 0 to below 1. With p = 0 everything is kept.
                mode: "train" or "test".
                seed: optional; the same seed gives the same mask. Without it the mask is a new one at each call.

        Returns:
            out: shape, dtype and device of x; at test time it may be x itself.
            cache: `(dropout_param, mask)`, for `backward`. Whether the mask holds the scale is up to you; in mode
                "test" it may be None.
            x is left unchanged, and so are p, mode and seed in dropout_param.

        Raises:
            ValueError: an unknown mode.

        Not allowed: torch.dropout and the like.

        Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent neural
        networks from overfitting", 2014; CS231n notes, "Neural Networks 2" (inverted dropout).
        """
        mode = dropout_param["mode"]
        if mode not in ("train", "test"):
            raise ValueError(f"mode is {mode!r}; expected 'train' or 'test'")
        if dropout_param.get("seed") is not None:
            torch.manual_seed(dropout_param["seed"])
        ### BEGIN SOLUTION
        if mode == "test":
            return x, (dropout_param, None)
        p = dropout_param["p"]
        mask = (torch.rand(x.shape, device=x.device) >= p).to(x.dtype) / (1 - p)
        return x * mask, (dropout_param, mask)
        ### END SOLUTION

    @staticmethod
    def backward(dout: torch.Tensor, cache: Any) -> torch.Tensor:
        """The gradient with respect to x.

            mode "train":  dx = dout / (1 - p)  where the entry was kept,  0 where it was dropped
            mode "test":   dx = dout

        Args:
            dout: the gradient of the loss with respect to `out`, the shape of x; not necessarily contiguous.
            cache: what your `forward` returned: `(dropout_param, mask)`.

        Returns:
            dx: shape, dtype and device of x. dout and what is in the cache are left unchanged.

        Source: Srivastava et al., 2014, section 5.1.
        """
        ### BEGIN SOLUTION
        dropout_param, mask = cache
        if dropout_param["mode"] == "test":
            return dout
        return dout * mask
        ### END SOLUTION


def create_solver_instance(
    data_dict: dict[str, torch.Tensor], dtype: torch.dtype, device: str | torch.device
) -> Any:
    """A `Solver` with a network of this file, such as `TwoLayerNet`, that has all it needs to learn.

    Import it here, inside the function: `from deeprob.solver import Solver`.

    Choose the hidden size, the scale of the first weights, the update rule, its learning rate, the batch size and the
    number of epochs. The caller calls `.train()`.

    Args:
        data_dict: `X_train` (N, ...), `y_train` (N,), `X_val` (V, ...), `y_val` (V,); images of any shape, labels
            int64. It is left unchanged.
        dtype, device: of the network and the solver.

    Returns:
        a `deeprob.solver.Solver` that has not been trained yet. On the course's `digits` (pixels scaled to 0..1, the
        mean training image subtracted) it must reach 90 % of the validation part after `.train()`, within at most 20
        epochs.

    Source: EECS 498/598, assignment 3.
    """
    ### BEGIN SOLUTION
    from deeprob.solver import Solver

    images, labels = data_dict["X_train"], data_dict["y_train"]
    model = TwoLayerNet(
        input_dim=images[0].numel(),
        hidden_dim=100,
        num_classes=int(labels.max()) + 1,
        weight_scale=1e-1,
        dtype=dtype,
        device=device,
    )
    return Solver(
        model,
        data_dict,
        update_rule=adam,
        optim_config={"learning_rate": 1e-2},
        lr_decay=0.95,
        num_epochs=10,
        batch_size=100,
        verbose=False,
        device=device,
    )
    ### END SOLUTION
