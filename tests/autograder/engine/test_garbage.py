"""Whatever a student's code returns, a check ends with an outcome of its own, never with a fault of the grader."""

import pytest
import torch

from autograder.course import load_course
from autograder.engine.check import load_checks
from autograder.engine.errors import GraderFault, StudentRaised
from autograder.engine.meter import Usage
from autograder.engine.run import Session, run_check
from autograder.engine.student import Backend, Ref

NAN = float("nan")
GARBAGE = {
    "nothing": None,
    "text": "cat",
    "true": True,
    "minus_one": -1,
    "huge_integer": 10**400,
    "nan": NAN,
    "empty_list": [],
    "list_of_text": ["a", "b", "c"],
    "nested": [[1, [2, [3]]], {"a": None}],
    "empty_tuple": (),
    "pair_of_nothing": (None, None),
    "pair_of_text": ("a", "b"),
    "triple": (1, 2, 3),
    "triple_of_nothing": (None, None, None),
    "dict_of_text": {"a": "b"},
    "dict_of_everything": {1: None, 4: "x", 9: [None], 3: torch.ones(2), NAN: 1},
    "scalar_tensor": torch.tensor(3.0),
    "nan_tensor": torch.full((7, 6), NAN),
    "empty_tensor": torch.empty(0),
    "complex_tensor": torch.ones(5, dtype=torch.complex64),
    "bool_tensor": torch.ones(3, 4, dtype=torch.bool),
    "half_tensor": torch.ones(7, 6, dtype=torch.float16),
    "label_tensor": torch.full((16,), 2**62),
    "pair_of_tensors": (torch.tensor(1.0), torch.ones(6, 4)),
    "pair_of_integers": (torch.ones(16, 3, dtype=torch.int64), torch.full((16,), -(2**62))),
    "pair_of_floats": (torch.ones(16, 3), torch.full((16,), 0.5)),
    "pair_of_wrong_lengths": (torch.ones(16, 3), torch.ones(5, dtype=torch.int64)),
    "pair_of_complex": (torch.tensor(1j), torch.ones(6, 4, dtype=torch.complex64)),
    "lists_of_nan": ([NAN, NAN], [NAN, 1.0]),
    "lists_of_tensors": ([torch.ones(2), torch.ones(2)], [torch.ones(0), torch.ones(2)]),
    "many_pairs": ([1e-3] * 1000, [0.1] * 1000),
    "object": Ref(0, "Thing"),
    "pair_of_objects": (Ref(0, "Thing"), Ref(1, "Thing")),
    "dtype": torch.float32,
}


class GarbageBackend(Backend):
    """A student's module whose every function returns the same garbage, and calls back with it."""

    def __init__(self, value: object, calls_back: bool) -> None:
        self.value, self.calls_back = value, calls_back

    def call(self, ref, name, args, kwargs, measured):
        for function in [a for a in (*args, *kwargs.values()) if callable(a)] if self.calls_back else []:
            for _ in range(3):
                try:
                    function(self.value, self.value, self.value, self.value)
                except Exception as e:
                    raise StudentRaised(type(e).__name__, str(e)) from e
        return self.value, Usage(3, 3, 3) if measured else None

    def get(self, ref, name):
        return (name in ("predict", "train", "loss", "check_accuracy"), self.value)

    def set(self, ref, name, value): ...

    def given(self, functions): ...

    def close(self): ...


COUNT_ONLY_AFTER_THE_VALUES = (
    "/all_pixels_at_once",
    "/inputs_unchanged", "/labels_inputs_unchanged", "/given_weights_unchanged", "/no_growth", "/memory",
    "/memory_of_a_large_set", "/memory_of_many", "/one_loop_is_enough", "/smallest_and_largest_survival",
    "/starts_on_the_device", "/kaiming_and_batchnorm_on_the_device", "nn_predict/device_of_the_inputs",
    "create_convolutional_solver_instance/other_device",
    "nn_train/loss_func_is_handed_on",  # asks nothing where nn_predict is wrong, which has cost its points
)  # fmt: skip

CHECKS = [
    check
    for assignment in load_course().assignments
    for exercise in assignment.exercises
    for checks in load_checks(exercise).values()
    for check in checks
]


class Opened:
    def __init__(self, backend):
        self.backend = backend

    def __enter__(self):
        return self.backend

    def __exit__(self, *exc):
        return None


@pytest.mark.parametrize("calls_back", [False, True], ids=["returns", "calls_back"])
@pytest.mark.parametrize("name", GARBAGE)
def test_no_check_passes_or_faults_on_garbage(name, calls_back):
    wrong = []
    for check in CHECKS:
        session = Session("garbage", b"secret", "cpu", lambda seed: Opened(GarbageBackend(GARBAGE[name], calls_back)))
        try:
            result = run_check(session, check).result
        except GraderFault as fault:
            wrong.append(str(fault))
            continue
        if result.passed and not (check.needs and check.id.endswith(COUNT_ONLY_AFTER_THE_VALUES)):
            wrong.append(f"{check.id} passed")
        if not result.passed and not result.message:
            wrong.append(f"{check.id} says nothing")
    assert wrong == []
