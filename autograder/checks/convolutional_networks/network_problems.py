"""Networks with random parameters, batches for them, and what is expected of their answers.

The parameters are put into the student's network, whose layers are right ones for as long as the check lasts: what is
judged is how the network is put together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch

from autograder.engine.draw import Draw
from autograder.engine.expect import describe, expect
from autograder.engine.student import Student, StudentFunction
from autograder.oracles.convolutional_networks import networks as oracle
from autograder.oracles.convolutional_networks.right_layers import right_layers

Params = dict[str, torch.Tensor]
Shapes = dict[str, tuple[int, ...]]

CLEAR = 1e-5  # of the largest number of a layer: many times the rounding of float32
TRIES = 40
MOST_WEIGHTS = 1_000_000


@dataclass(frozen=True)
class Problem:
    """A network and a batch.

    Attributes:
        options: how the class is called.
        params: parameters to put into it.
        X, y: the batch.
        scores: the network as a function of parameters and images.
        batchnorm: whether it normalizes, with the statistics of the batch.
    """

    options: dict[str, Any]
    params: Params
    X: torch.Tensor
    y: torch.Tensor
    scores: oracle.Scores
    batchnorm: bool = False

    def expected_scores(self) -> torch.Tensor:
        return self.scores({name: value.double() for name, value in self.params.items()}, self.X.double())

    def expected(self, reg: float = 0.0) -> tuple[torch.Tensor, Params]:
        return oracle.loss_and_gradients(self.scores, self.params, self.X, self.y, reg)


def three_layer_shapes(dims: tuple[int, int, int], filters: int, size: int, hidden: int, classes: int) -> Shapes:
    C, H, W = dims
    return {
        "W1": (filters, C, size, size), "b1": (filters,),
        "W2": (filters * (H // 2) * (W // 2), hidden), "b2": (hidden,),
        "W3": (hidden, classes), "b3": (classes,),
    }  # fmt: skip


def deep_shapes(
    dims: tuple[int, int, int], filters: tuple[int, ...], pools: tuple[int, ...], batchnorm: bool, classes: int
) -> Shapes:
    C, H, W = dims
    shapes: Shapes = {}
    for i, F in enumerate(filters, 1):
        shapes |= {f"W{i}": (F, C, 3, 3), f"b{i}": (F,)}
        if batchnorm:
            shapes |= {f"gamma{i}": (F,), f"beta{i}": (F,)}
        H, W, C = (H // 2, W // 2, F) if i - 1 in pools else (H, W, F)
    last = len(filters) + 1
    return shapes | {f"W{last}": (C * H * W, classes), f"b{last}": (classes,)}


def three_layer(
    draw: Draw,
    dims: tuple[int, int, int] = (2, 6, 8),
    filters: int = 3,
    size: int = 5,
    hidden: int = 6,
    classes: int = 4,
    n: int = 5,
    dtype: torch.dtype = torch.float32,
) -> Problem:
    """A ThreeLayerConvNet and n images of `dims`."""
    options = {"input_dims": dims, "num_filters": filters, "filter_size": size, "hidden_dim": hidden}
    options |= {"num_classes": classes, "dtype": dtype, "device": draw.device}
    shapes = three_layer_shapes(dims, filters, size, hidden, classes)
    return _clear(draw, options, shapes, n, oracle.three_layer_scores)


def deep(
    draw: Draw,
    dims: tuple[int, int, int] = (2, 8, 8),
    filters: tuple[int, ...] = (3, 4, 5),
    pools: tuple[int, ...] = (0, 2),
    batchnorm: bool = False,
    classes: int = 4,
    n: int = 4,
    dtype: torch.dtype = torch.float32,
) -> Problem:
    """A DeepConvNet and n images of `dims`; with batch norm, `scores` is that of training."""
    options = {"input_dims": dims, "num_filters": filters, "max_pools": pools, "batchnorm": batchnorm}
    options |= {"num_classes": classes, "dtype": dtype, "device": draw.device}
    shapes = deep_shapes(dims, filters, pools, batchnorm, classes)

    def scores(params: Params, X: torch.Tensor, trace: oracle.Trace | None = None) -> torch.Tensor:
        running = starting_statistics(filters, draw.device) if batchnorm else None
        return oracle.deep_scores(params, X, pools, running, batchnorm, trace)

    return replace(_clear(draw, options, shapes, n, scores), batchnorm=batchnorm)


def problem_for(student: Student, draw: Draw, **options: Any) -> Problem:
    """One for the class that the question asks for."""
    build: Callable[..., Problem] = deep if "Deep" in student.asked.type_name else three_layer
    return build(draw, **options)


def starting_statistics(filters: tuple[int, ...], device: torch.device) -> oracle.Running:
    """Mean 0 and variance 1 for every convolution."""
    ones = [torch.ones(F, dtype=torch.float64, device=device) for F in filters]
    return oracle.Running([(torch.zeros_like(one), one) for one in ones])


def random_params(draw: Draw, shapes: Shapes, dtype: torch.dtype) -> Params:
    """Weights that keep the scale, biases and beta around 0, gamma from 0.5 to 1.5."""
    params = {}
    for name, shape in shapes.items():
        if name[0] == "W":
            inputs = oracle.fan_in(torch.empty(shape))
            params[name] = draw.normal(*shape, std=(2 / inputs) ** 0.5, dtype=dtype)
        elif name.startswith("gamma"):
            params[name] = draw.uniform(*shape, low=0.5, high=1.5, dtype=dtype)
        else:
            params[name] = draw.normal(*shape, std=0.3, dtype=dtype)
    return params


def _clear(
    draw: Draw, options: dict[str, Any], shapes: Shapes, n: int, scores: Callable[..., torch.Tensor]
) -> Problem:
    """Parameters and images for which no number is so near to a kink that rounding decides on which side it lies."""
    dims, dtype, classes = options["input_dims"], options["dtype"], options["num_classes"]
    best: tuple[float, Params, torch.Tensor] | None = None
    for _ in range(TRIES):
        params, X = random_params(draw, shapes, dtype), draw.normal(n, *dims, dtype=dtype)
        trace = oracle.Trace()
        scores({name: value.double() for name, value in params.items()}, X.double(), trace=trace)
        if best is None or trace.clearance > best[0]:
            best = trace.clearance, params, X
        if best[0] > CLEAR:
            break
    assert best is not None
    return Problem(options, best[1], best[2], draw.labels(n, classes), scores)


def network(student: Student, problem: Problem, reg: float = 0.0) -> Any:
    """The student's network with right layers and the parameters of the problem."""
    give_layers(student)
    net = expect(student.asked(**problem.options, reg=reg), "the network").is_object()
    net.params = {name: value.clone() for name, value in problem.params.items()}
    return net


def give_layers(student: Student) -> None:
    student.given(**right_layers())


def give_initializer(student: Student, draw: Draw) -> None:
    """A right kaiming_initializer, whose numbers come from the check's own seed."""

    def kaiming_initializer(
        Din: int,
        Dout: int,
        K: int | None = None,
        relu: bool = True,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> torch.Tensor:
        shape = (Din, Dout) if K is None else (Dout, Din, K, K)
        inputs = Din * (K or 1) ** 2
        if inputs * Dout > MOST_WEIGHTS:
            raise ValueError(f"kaiming_initializer is asked for {inputs * Dout} weights: more than the network has")
        return draw.normal(*shape, std=((2 if relu else 1) / inputs) ** 0.5, dtype=dtype).to(device)

    student.given(kaiming_initializer=kaiming_initializer)


def scores_of(net: Any, X: torch.Tensor) -> object:
    return method(net, "loss")(X)


def loss_of(net: Any, X: torch.Tensor, y: torch.Tensor) -> tuple[object, object]:
    loss, grads = expect(method(net, "loss")(X, y), "the result of loss(X, y)").unpacks_to(2, "(loss, grads)")
    return loss, grads


def method(net: Any, name: str) -> StudentFunction:
    found = getattr(net, name)
    expect(found, name).holds(
        isinstance(found, StudentFunction), f"{name} is {describe(found)}, expected a method.", f"the method {name}"
    )
    assert isinstance(found, StudentFunction)
    return found


def expect_tensors(came: object, name: str, shapes: Shapes, dtype: torch.dtype, device: torch.device) -> Params:
    """A dict with exactly these keys, of tensors of these shapes."""
    wanted = ", ".join(shapes)
    expect(came, name).holds(isinstance(came, dict), f"{name} is {describe(came)}, expected a dict.", f"keys {wanted}")
    assert isinstance(came, dict)
    missing = [key for key in shapes if key not in came]
    extra = sorted(str(key) for key in came if key not in shapes)
    said = [f"lacks {', '.join(missing)}"] if missing else []
    said += [f"has {', '.join(extra)}, which should not be there"] if extra else []
    expect(came, name).holds(not said, f"{name} {' and '.join(said)}: expected {wanted}.", f"keys {wanted}")
    for key, shape in shapes.items():
        expect(came[key], f"{name}[{key!r}]").is_tensor(shape, dtype, device)
    return came


def expect_scores(
    scores: object, expected: torch.Tensor, name: str = "the scores", dtype: torch.dtype = torch.float32
) -> None:
    """These values; rounding is measured by what is added up for a score, which is about 1."""
    expect(scores, name).equals(expected, dtype, "(N, num_classes)", scale=1.0)


def expect_loss(loss: object, expected: torch.Tensor, dtype: torch.dtype = torch.float32) -> None:
    """This number; rounding is measured by the scores, which are about 1: a sure image leaves little of them."""
    expect(loss, "loss").is_number(expected, dtype, scale=1.0)


def expect_gradients(grads: object, expected: Params, problem: Problem) -> None:
    """The gradient of every parameter.

    Rounding is measured by the size of the summands: the largest gradient of the network, at least 1 / N, since what
    goes backward is a probability over N, less 1 / N. An image that is classified surely leaves little of it.
    """
    dtype = problem.options["dtype"]
    shapes = {name: tuple(value.shape) for name, value in expected.items()}
    came = expect_tensors(grads, "grads", shapes, dtype, problem.X.device)
    scale = max(1 / len(problem.X), *(float(value.abs().max()) for value in expected.values()))
    for name in reversed(expected):  # the last layer first, as the gradients come
        expect(came[name], f"grads[{name!r}]").equals(expected[name], dtype, scale=scale)
