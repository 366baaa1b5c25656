"""Hidden checks of the solver: other images than digits, another dtype."""

from __future__ import annotations

import torch

from autograder.checks.convolutional_networks.network_problems import give_initializer, give_layers, scores_of
from autograder.checks.convolutional_networks.settings import SOLVER, model_of, solver_for
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
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
