"""Whoever answers from a table of right answers to other inputs passes no check that stands alone.

The reference's answers under one secret are handed out again under another one. What passes all the same asks for
something that does not depend on what was drawn: how parameters are shaped and spread, or what the student chooses.
"""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import torch

from autograder.course import load_course
from autograder.engine.check import load_checks
from autograder.engine.device import full_precision
from autograder.engine.earlier import earlier_sources
from autograder.engine.errors import StudentRaised
from autograder.engine.live import LiveBackend
from autograder.engine.program import compiled
from autograder.engine.run import Session, run_check
from autograder.engine.seeding import seeded
from autograder.engine.student import Backend
from autograder.engine.trees import rebuilt
from autograder.engine.worker import load_program
from tests.conftest import reference_source

COURSE = load_course()
DRAWN_BY_NOBODY = {
    "linear_classifier.svm_get_search_params", "linear_classifier.softmax_get_search_params",
    "two_layer_net.nn_get_search_params", "fully_connected_networks.get_three_layer_network_params",
    "fully_connected_networks.get_five_layer_network_params", "convolutional_networks.find_overfit_parameters",
    "convolutional_networks.kaiming_initializer",
    # of these only the first check, of a network that is not trained yet
    "fully_connected_networks.TwoLayerNet", "fully_connected_networks.FullyConnectedNet",
    "fully_connected_networks.create_solver_instance", "convolutional_networks.ThreeLayerConvNet",
    "convolutional_networks.DeepConvNet", "convolutional_networks.create_convolutional_solver_instance",
}  # fmt: skip
EXERCISES = [e for a in COURSE.assignments for e in a.exercises if e.name != "architectures"]  # answers are networks


def kept(value):
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    return rebuilt(value, kept) if type(value) in (list, tuple, dict) else value


class Recording(Backend):
    """Passes everything on and keeps the answers."""

    def __init__(self, backend):
        self.backend, self.answers = backend, []
        self.set, self.given = backend.set, backend.given

    def call(self, *args):
        self.answers.append(kept(self.backend.call(*args)))
        return self.answers[-1]

    def get(self, *args):
        self.answers.append(kept(self.backend.get(*args)))
        return self.answers[-1]


class Table(Backend):
    """Answers from what was kept, in order."""

    def __init__(self, answers):
        self.answers = iter(answers)

    def call(self, *args):
        for answer in self.answers:
            return answer
        raise StudentRaised("IndexError", "the table is empty")

    get = call

    def set(self, *args): ...

    def given(self, *args): ...


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_answers_to_other_inputs_pass_no_check_that_stands_alone(exercise):
    sources = [*earlier_sources(COURSE, exercise), (exercise, reference_source(exercise.name).encode())]
    module = load_program([(e.module, e.file, compiled(source, e.file)) for e, source in sources])
    recorded = []

    @contextmanager
    def reference(seed):
        backend = LiveBackend(module, exercise.forbidden, exercise.file)
        recorded.append(Recording(backend))
        with seeded(seed):
            yield recorded[-1]
        backend.close()

    @contextmanager
    def table(seed):
        yield Table(recorded[-1].answers)

    passed = set()
    for checks in load_checks(exercise).values():
        for check in checks:
            if check.needs or check.question in DRAWN_BY_NOBODY:
                continue
            with full_precision():
                assert run_check(Session("ada", b"one secret", "cpu", reference), check).result.passed, check.id
                if run_check(Session("ada", b"another secret", "cpu", table), check).result.passed:
                    passed.add(check.id)
    assert passed == set()
