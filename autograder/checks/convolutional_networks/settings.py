"""Visible checks of the questions that ask for settings: overfitting fifty digits, and a solver that learns."""

from __future__ import annotations

from typing import Any

import torch

from autograder.checks.convolutional_networks.network_problems import give_layers, method, scores_of
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.errors import StudentRaised
from autograder.engine.expect import Failed, describe, expect
from autograder.engine.student import Student, StudentFunction
from autograder.oracles.convolutional_networks import training as oracle
from autograder.oracles.convolutional_networks.right_layers import right_layers

OVERFIT = "convolutional_networks.find_overfit_parameters"
SOLVER = "convolutional_networks.create_convolutional_solver_instance"
ENOUGH_OVERFIT, ENOUGH = 0.95, 0.9
MOST_STEPS, MOST_IMAGES = 200, 100


@check(OVERFIT)
def two_numbers(student: Student, draw: Draw) -> None:
    """a weight scale and a learning rate, both positive"""
    settings(student)


@check(OVERFIT, needs="two_numbers", weight=2)
def fifty_digits_by_heart(student: Student, draw: Draw) -> None:
    """with them, a network of three convolutions has 95 % of 50 digits right within 30 epochs"""
    weight_scale, learning_rate = settings(student)
    accuracy = oracle.overfit_accuracy(weight_scale, learning_rate, enough=ENOUGH_OVERFIT)
    expect(accuracy, "training accuracy").holds(
        accuracy >= ENOUGH_OVERFIT,
        f"with weight_scale {weight_scale:.3g} and learning_rate {learning_rate:.3g} a network reaches "
        f"{100 * accuracy:.0f} % on its 50 training images, expected at least 95 %.",
        "95 % or more",
    )


@check(SOLVER)
def untrained_network(student: Student, draw: Draw) -> None:
    """a Solver with a DeepConvNet for images of that size, not trained yet"""
    give_layers(student)
    solver = solver_for(student, draw, digits_on(draw))
    expect_convolutions(model_of(solver))
    images = digits_on(draw)["X_val"][:7]
    expect(scores_of(model_of(solver), images), "the scores of the network").is_tensor(
        (7, 10), torch.float32, draw.device
    )
    expect(solver.iteration, "the steps made so far").is_number(0)


@check(SOLVER, needs="untrained_network", weight=2)
def learns_digits(student: Student, draw: Draw) -> None:
    """90 % of the validation digits after train(): at most 200 steps, of at most 100 images"""
    right_layers_where_wrong(student, draw)
    images, labels = (digits_on(draw)[name] for name in ("X_val", "y_val"))
    solver = solver_for(student, draw, digits_on(draw))
    batch, epochs = (expect(getattr(solver, name), name).as_number() for name in ("batch_size", "num_epochs"))
    steps = epochs * max(len(oracle.digits()[0]) // max(int(batch), 1), 1)
    expect(solver, "the solver").holds(
        0 < batch <= MOST_IMAGES and 0 < steps <= MOST_STEPS,
        f"{epochs:g} epochs of batches of {batch:g} images are {steps:g} steps, expected at most {MOST_STEPS} steps of "
        f"at most {MOST_IMAGES} images.",
        f"at most {MOST_STEPS} steps",
    )
    method(solver, "train")()
    scores = scores_of(model_of(solver), images)
    expect(scores, "the scores of the trained network").is_tensor((len(images), 10), torch.float32, draw.device)
    assert isinstance(scores, torch.Tensor)
    accuracy = float((scores.argmax(dim=1) == labels).double().mean())
    expect(accuracy, "validation accuracy").holds(
        accuracy >= ENOUGH,
        f"the trained network has {100 * accuracy:.0f} % of the validation digits right, expected at least 90 %.",
        "90 % or more",
    )


def settings(student: Student) -> tuple[float, float]:
    numbers = expect(student.find_overfit_parameters(), "the result").unpacks_to(2, "(weight_scale, learning_rate)")
    names = ("weight_scale", "learning_rate")
    scale, rate = (expect(value, name).as_number() for value, name in zip(numbers, names, strict=True))
    for value, name in ((scale, names[0]), (rate, names[1])):
        expect(value, name).holds(1e-12 < value < 1e6, f"{name} is {value:.3g}, expected a positive number.", "above 0")
    return scale, rate


def digits_on(draw: Draw) -> dict[str, torch.Tensor]:
    """Copies of the course's digits, as the question describes them."""
    names = ("X_train", "y_train", "X_val", "y_val")
    return {name: part.clone().to(draw.device) for name, part in zip(names, oracle.digits(), strict=True)}


def solver_for(
    student: Student, draw: Draw, data: dict[str, torch.Tensor], dtype: torch.dtype = torch.float32
) -> Any:
    return expect(student.create_convolutional_solver_instance(data, dtype, draw.device), "the result").is_object()


def model_of(solver: Any) -> Any:
    return expect(solver.model, "the solver's model").is_object()


def expect_convolutions(model: Any) -> None:
    """The weights are those of a DeepConvNet: filters of 3 x 3 in every layer but the last, and one such at least."""
    params = model.params
    weights = {k: describe(v) for k, v in params.items() if str(k)[:1] == "W"} if isinstance(params, dict) else {}
    filters = [params[f"W{i}"] for i in range(1, len(weights)) if f"W{i}" in weights]
    expect(params, "the parameters of the network").holds(
        bool(filters) and all(isinstance(w, torch.Tensor) and tuple(w.shape[2:]) == (3, 3) for w in filters),
        f"the weights of the network are {', '.join(f'{k!s:.9} {v}' for k, v in weights.items())[:120] or 'missing'}, "
        "expected those of a DeepConvNet: filters (F, C, 3, 3) in every layer but the last.",
        "a DeepConvNet with at least one convolution",
    )


def right_layers_where_wrong(student: Student, draw: Draw) -> None:
    """Put a right fast layer in the place of the student's if that is wrong: its mistake has cost its points.

    The student's own is used where it is right, because training calls it thousands of times.
    """
    x, pool = draw.normal(2, 3, 6, 6), {"pool_height": 2, "pool_width": 2, "stride": 2}
    w, b, conv = draw.normal(4, 3, 3, 3), draw.normal(4), {"stride": 1, "pad": 1}
    for kind, inputs in (("FastConv", (x, w, b, conv)), ("FastMaxPool", (x, pool))):
        right = {name: layer for name, layer in right_layers().items() if name.startswith(kind)}
        out, cache = right[f"{kind}.forward"](*inputs)
        dout = draw.normal(*out.shape)
        expected = right[f"{kind}.backward"](dout, cache)
        try:
            expect_layer(getattr(student, kind), inputs, out, dout, expected)
        except (Failed, StudentRaised):
            student.given(**right)


def expect_layer(
    layer: StudentFunction, inputs: tuple[Any, ...], out: torch.Tensor, dout: torch.Tensor, expected: Any
) -> None:
    """The layer gives this output and, for `dout`, these gradients."""
    came, cache = expect(layer.forward(*inputs), "the result").unpacks_to(2, "(out, cache)")
    expect(came, "out").equals(out)
    gradients = layer.backward(dout, cache)
    if isinstance(expected, torch.Tensor):
        gradients, expected = (gradients,), (expected,)
    found = expect(gradients, "the gradients").unpacks_to(len(expected), "(dx, dw, db)")
    for gradient, value in zip(found, expected, strict=True):
        expect(gradient, "a gradient").equals(value)
