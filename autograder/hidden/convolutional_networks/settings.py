"""Hidden checks of the solver: other images than digits, another dtype and device, its data."""

from __future__ import annotations

from typing import Any

import torch

from autograder.checks.convolutional_networks.network_problems import give_initializer, give_layers, scores_of
from autograder.checks.convolutional_networks.settings import SOLVER, digits_on, model_of, solver_for
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.errors import StudentRaised
from autograder.engine.expect import expect
from autograder.engine.meta import follows_device, on_meta
from autograder.engine.student import Student


@check(SOLVER, needs="untrained_network")
def other_images(student: Student, draw: Draw) -> None:
    """colour images of another size, float64"""
    give_layers(student)
    give_initializer(student, draw)
    for dims, dtype in (((3, 16, 24), torch.float32), ((2, 12, 16), torch.float64)):
        data = {
            "X_train": draw.normal(20, *dims, dtype=dtype), "y_train": draw.labels(20, 10),
            "X_val": draw.normal(6, *dims, dtype=dtype), "y_val": draw.labels(6, 6),
        }  # fmt: skip
        images = data["X_val"].clone()
        solver = solver_for(student, draw, data, dtype)
        expect(scores_of(model_of(solver), images), "the scores of the network").is_tensor(
            (6, 10), dtype, draw.device
        )


@check(SOLVER, needs="untrained_network")
def its_own_data(student: Student, draw: Draw) -> None:
    """the solver trains on the training part and measures on the validation part, which stay as they are"""
    give_initializer(student, draw)
    data = digits_on(draw)
    solver = solver_for(student, draw, data)
    for name, value in digits_on(draw).items():
        expect(data.get(name), name).is_unchanged_from(value)
        expect(getattr(solver, name), f"solver.{name}").equals(value)
    added = sorted(str(name) for name in set(data) - set(digits_on(draw)))
    expect(data, "data_dict").holds(
        not added, f"data_dict has a new entry, {''.join(added[:1]):.40}; it belongs to the caller.", "no new entry"
    )


@check(SOLVER, needs="untrained_network")
def other_device(student: Student, draw: Draw) -> None:
    """the network and the solver are on the device that is asked for"""
    give_initializer(student, draw)
    data: dict[str, Any] = digits_on(draw)
    data |= {name: on_meta(data[name]) for name in ("X_train", "X_val")}
    try:
        solver = expect(
            student.create_convolutional_solver_instance(data, torch.float32, "meta"), "the result"
        ).is_object()
    except StudentRaised as stop:
        if stop.kind == "SolverError":  # the network and the solver are on two devices
            raise
        return
    model = model_of(solver)
    follows_device(lambda: model.params, "params")
