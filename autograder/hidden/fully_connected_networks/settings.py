"""Hidden checks of the Solver that is put together: other images, dtypes and devices."""

from __future__ import annotations

from typing import Any

import torch

from autograder.checks.fully_connected_networks.networks import by_name
from autograder.checks.fully_connected_networks.settings import SOLVER, digits, expect_network, made_solver
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.errors import StudentRaised
from autograder.engine.expect import expect
from autograder.engine.meta import follows_device, on_meta
from autograder.engine.student import Student


@check(SOLVER, needs="ready_to_train")
def other_images(student: Student, draw: Draw) -> None:
    """images of another shape, in the dtype that was asked for; the images keep their shape in data_dict"""
    data = {
        "X_train": draw.normal(40, 3, 2, 5, dtype=torch.float64),
        "y_train": draw.labels(40, 10),
        "X_val": draw.normal(20, 3, 2, 5, dtype=torch.float64),
        "y_val": draw.labels(20, 10),
    }
    before = {name: value.clone() for name, value in data.items()}
    expect_network(made_solver(student, data, torch.float64, str(draw.device)), 30, torch.float64)
    for name, value in before.items():
        expect(data.get(name), f"data_dict[{name!r}]").is_unchanged_from(value)


@check(SOLVER, needs="ready_to_train")
def its_own_data(student: Student, draw: Draw) -> None:
    """the solver trains on the data that it was given, which stay as they are"""
    data = digits()
    solver = made_solver(student, data, device=str(draw.device))
    for name, value in digits().items():
        expect(data.get(name), name).is_unchanged_from(value)
        expect(getattr(solver, name), f"solver.{name}").equals(value)


@check(SOLVER, needs="ready_to_train")
def other_device(student: Student, draw: Draw) -> None:
    """the network and the solver are on the device that was asked for"""
    data: dict[str, Any] = digits()
    data |= {name: on_meta(data[name]) for name in ("X_train", "X_val")}
    try:
        solver = made_solver(student, data, device="meta")
    except StudentRaised as stop:
        if stop.kind == "SolverError":  # the network and the solver are on two devices
            raise
        return
    model: Any = expect(solver.model, "solver.model").is_object()
    follows_device(lambda: by_name(model.params, "params", ("W1", "b1")), "params")
