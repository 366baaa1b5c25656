"""Visible checks of the settings with which networks learn, and of the Solver that is put together."""

from __future__ import annotations

from typing import Any

import torch

from autograder.checks.fully_connected_networks.networks import by_name, expect_params, method_of
from autograder.checks.fully_connected_networks.parts import in_place_of_wrong_parts
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student, StudentObject
from autograder.oracles.fully_connected_networks import networks as oracle

THREE = "fully_connected_networks.get_three_layer_network_params"
FIVE = "fully_connected_networks.get_five_layer_network_params"
SOLVER = "fully_connected_networks.create_solver_instance"
MOST_EPOCHS = 20
# Luck with the first weights must not decide, so a little less than what is asked for passes.
OF_FIFTY, OF_VALIDATION = 0.98, 0.87


@check(THREE, FIVE)
def two_numbers(student: Student, draw: Draw) -> None:
    """two positive numbers: weight_scale and learning_rate"""
    two_positive_numbers(student)


@check(THREE, FIVE, needs="two_numbers", weight=3)
def learns_by_heart(student: Student, draw: Draw) -> None:
    """with these, the network learns 50 images by heart within 20 epochs"""
    weight_scale, learning_rate = two_positive_numbers(student)
    layers = 3 if "three" in student.asked.type_name else 5
    accuracy = oracle.best_overfit_accuracy((100,) * (layers - 1), weight_scale, learning_rate)
    expect(accuracy, "accuracy").holds(
        accuracy >= OF_FIFTY,
        f"with weight_scale {weight_scale:g} and learning_rate {learning_rate:g} the network of {layers} layers knows "
        f"at most {100 * accuracy:.0f} % of the 50 images by heart, expected 100 %.",
        "100 % of the 50 images",
    )


@check(SOLVER)
def ready_to_train(student: Student, draw: Draw) -> None:
    """a Solver, not trained yet, with a network of this file for these images and at most 20 epochs"""
    solver = made_solver(student, digits(), device=str(draw.device))
    expect_network(solver, 64, torch.float32)
    epochs = expect(solver.num_epochs, "num_epochs").as_number()
    expect(epochs, "num_epochs").holds(
        1 <= epochs <= MOST_EPOCHS, f"num_epochs is {epochs:g}, expected 1 to {MOST_EPOCHS}.", f"1 to {MOST_EPOCHS}"
    )
    steps = expect(solver.iteration, "iteration").as_number()
    expect(steps, "iteration").holds(
        steps == 0, f"the solver has been trained for {steps:g} steps already; the caller calls train.", "0 steps"
    )


@check(SOLVER, needs="ready_to_train", weight=3)
def learns_digits(student: Student, draw: Draw) -> None:
    """after train(), the network knows 90 % of the validation digits"""
    student.given(**in_place_of_wrong_parts(student, draw))
    accuracy = accuracy_after_training(student, str(draw.device))
    expect(accuracy, "validation accuracy").holds(
        accuracy >= OF_VALIDATION,
        f"after train() the network classifies {100 * accuracy:.0f} % of the validation digits correctly, expected at "
        "least 90 %.",
        "90 % or more",
    )


def two_positive_numbers(student: Student) -> tuple[float, float]:
    pair = expect(student.asked(), "the result").unpacks_to(2, "(weight_scale, learning_rate)")
    numbers = []
    for value, name in zip(pair, ("weight_scale", "learning_rate"), strict=True):
        number = expect(value, name).as_number()
        expect(value, name).holds(number > 0, f"{name} is {number:g}, expected a positive number.", "above 0")
        numbers.append(number)
    return numbers[0], numbers[1]


def digits() -> dict[str, torch.Tensor]:
    """A copy of the training and validation digits, as `create_solver_instance` gets them."""
    return {name: value.clone() for name, value in oracle.digits().items() if not name.endswith("test")}


def made_solver(
    student: Student, data: dict[str, torch.Tensor], dtype: torch.dtype = torch.float32, device: str = "cpu"
) -> StudentObject:
    solver = student.create_solver_instance(data, dtype, device)
    found: StudentObject = expect(solver, "the solver").is_object()
    return found


def expect_network(solver: StudentObject, features: int, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """The parameters of the solver's network, a `TwoLayerNet` or a `FullyConnectedNet`, to ten classes."""
    model: Any = expect(solver.model, "solver.model").is_object()
    params = by_name(model.params, "params", ("W1", "b1"))
    first = params["W1"]
    expect(first, "params['W1']").holds(
        isinstance(first, torch.Tensor) and first.dim() == 2 and first.shape[0] == features and first.shape[1] > 0,
        f"params['W1'] has no {features} rows, expected one for each number in an image.",
        f"shape ({features}, H)",
    )
    layers = range(1, len(params) // 2 + 1)
    params = by_name(params, "params", [f"{kind}{i}" for i in layers for kind in "Wb"])
    widths = [b.numel() if isinstance(b, torch.Tensor) else 0 for b in (params[f"b{i}"] for i in layers[:-1])]
    return expect_params(params, (features, *widths, 10), dtype)


def accuracy_after_training(student: Student, device: str) -> float:
    """On the validation digits, of the parameters that `train` leaves in the model."""
    solver = made_solver(student, digits(), device=device)
    solver.verbose, solver.num_train_samples = False, 1  # neither matters for what is learned
    method_of(solver, "train")()
    params = {name: value.cpu() for name, value in expect_network(solver, 64, torch.float32).items()}
    data = oracle.digits()
    return oracle.score(params, data["X_val"], data["y_val"])
