"""Networks that lie about themselves, files of weights that are none: they gain nothing, and harm nobody after them.

What a check asks of a student's network is answered in the student's process: every answer is a claim. These lie in all
of them.
"""

from __future__ import annotations

import io
import pickle
import zipfile

import pytest
import torch

from autograder.engine import networks
from autograder.engine.submission import Submission, reference_extra
from autograder.replay import MutantDiagnosis
from tests.conftest import reference_source

FILE = "shapes_network.pt"

WRONG_BLOCK = """
class PlainBlock(nn.Module):
    def __init__(self, c_in, c_out, downsample=False):
        super().__init__()
        self.right = [nn.Conv2d(c_in, c_out, 3, bias=False), nn.BatchNorm2d(c_out)]
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride=2 if downsample else 1, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c_out)

    def forward(self, x):
        return torch.relu(self.bn1(self.conv1(x)))
"""
LIES = {
    "a state_dict of its own": """
    def state_dict(self, *args, **kwargs):
        return dict(PlainBlock.names)

PlainBlock.names = {name: torch.zeros(4, 4, 3, 3) for name in ("conv1.weight", "conv2.weight")}
""",
    "no list but a number as state_dict": """
    def state_dict(self, *args, **kwargs):
        return 7
""",
    "shapes that no computer has": """
    def state_dict(self, *args, **kwargs):
        return {f"conv{i}.weight": torch.empty(1, device="meta").expand(2**31, 2**31) for i in (1, 2)}
""",
    "a state_dict without end": """
    def state_dict(self, *args, **kwargs):
        return {str(i): torch.zeros(1) for i in range(10**7)}
""",
    "it is what a check compares with": """
    def forward(self, x):
        class Equal(torch.Tensor):
            def __eq__(self, other):
                return True
        return torch.zeros(1).as_subclass(Equal)
""",
    "the answer of the check before": """
    def forward(self, x):
        PlainBlock.last = getattr(PlainBlock, "last", torch.relu(self.bn1(self.conv1(x))))
        return PlainBlock.last
""",
    "it ends the process": """
    def train(self, mode=True):
        import os
        os._exit(0)
""",
}


def right(name: str) -> Submission:
    files = {"architectures.py": reference_source("architectures").encode()}
    return Submission(name, files | {FILE: torch_file(reference_state())})


def reference_state():
    from autograder.course import load_course

    extra = reference_extra(load_course().exercise("architectures"))[FILE]
    return torch.load(io.BytesIO(extra), weights_only=True)


def torch_file(value) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


@pytest.fixture(scope="module")
def grader(make_bench):
    from autograder.engine.sandbox import best_level

    with make_bench(best_level(), memory_mib=1024) as bench:
        yield bench.grader_of("architectures")


@pytest.mark.parametrize("lie", LIES)
def test_a_network_that_lies_earns_nothing_and_the_next_is_graded_as_ever(grader, lie):
    code = reference_source("architectures") + WRONG_BLOCK + LIES[lie]
    result = grader.grade(Submission("liar", {"architectures.py": code.encode()}), ("architectures.PlainBlock",))
    checks = [c for c in result.questions[0].checks if c.outcome != "blocked"]
    assert result.score < result.max_score / 4, [(c.id, c.outcome, c.message) for c in checks]
    honest = grader.grade(right("next"), ("architectures.PlainBlock",)).questions[0]
    assert honest.points == honest.max_points


class Touch:
    """What a pickle may do when it is opened."""

    def __reduce__(self):
        return (eval, ("open('/tmp/opened', 'w').close()",))


def bomb() -> bytes:
    """Weights whose file is small and whose tensors are not."""
    source = zipfile.ZipFile(io.BytesIO(torch_file({"0.0.weight": torch.zeros(400 << 20, dtype=torch.uint8)})))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for entry in source.infolist():
            target.writestr(entry.filename, source.read(entry))
    return packed.getvalue()


FILES = {
    "empty": lambda: b"",
    "no weights": lambda: b"PK\x03\x04" + bytes(3000),
    "a pickle that runs code": lambda: pickle.dumps(Touch()),
    "a network, not its weights": lambda: torch_file(torch.nn.Linear(2, 2)),
    "weights of another network": lambda: torch_file(torch.nn.Linear(2, 2).state_dict()),
    "numbers in the place of tensors": lambda: torch_file(dict.fromkeys(reference_state(), 1)),
    "not numbers": lambda: torch_file(
        {k: v * float("nan") if v.dtype.is_floating_point else v for k, v in reference_state().items()}
    ),
    "a file that unfolds": bomb,
    "sixteen megabytes": lambda: torch_file(torch.zeros(15 << 20, dtype=torch.uint8)),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_holds_no_weights_earns_nothing_and_the_next_is_graded_as_ever(grader, kind):
    files = {"architectures.py": reference_source("architectures").encode(), FILE: FILES[kind]()}
    question = grader.grade(Submission("ada", files), ("architectures.shapes_network",)).questions[0]
    outcomes = {c.id.split("/")[1]: c.outcome for c in question.checks}
    assert outcomes["half_of_new_images"] != "passed", outcomes
    assert outcomes["six_in_ten_of_new_images"] != "passed", outcomes
    assert question.points < question.max_points / 2
    honest = grader.grade(right("next"), ("architectures.shapes_network",)).questions[0]
    assert honest.points == honest.max_points, [(c.id, c.outcome, c.message) for c in honest.checks]


CHANGES_WHAT_THE_KIT_GETS = """
import pkgutil

kit = pkgutil.resolve_name("autograder" + ".engine.networks")
build, load = kit.build, kit.load


def spoiling_build(layers):
    made = build(layers)
    for layer in layers:
        for part in layer[1:]:
            if isinstance(part, list):
                part.clear()
    return made


def spoiling_load(network, values):
    load(network, values)
    for value in values.values():
        value.zero_()


kit.build, kit.load = spoiling_build, spoiling_load
"""
IDENTITY = """
class StochasticDepth(nn.Module):
    def __init__(self, block, survival=0.8):
        super().__init__()
        self.block = block

    def forward(self, x):
        return x
"""


def graded(grader, question: str, code: str = ""):
    files = {"architectures.py": (reference_source("architectures") + code).encode()}
    (result,) = grader.grade(Submission("ada", files), (question,)).questions
    return result


def test_arguments_of_the_kit_that_are_spoiled_are_not_those_of_the_next(grader):
    """The checks keep their networks as lists, which serve every submission."""
    spoiled = graded(grader, "architectures.replace_head", CHANGES_WHAT_THE_KIT_GETS)
    assert spoiled.points == spoiled.max_points  # its own answers are right
    honest = graded(grader, "architectures.replace_head")
    assert honest.points == honest.max_points, [(c.id, c.outcome, c.message) for c in honest.checks]


def test_values_that_are_spoiled_once_they_are_loaded_are_compared_with_as_they_were_drawn(grader):
    wrong = graded(grader, "architectures.StochasticDepth", IDENTITY)
    spoiled = graded(grader, "architectures.StochasticDepth", CHANGES_WHAT_THE_KIT_GETS + IDENTITY)
    assert spoiled.points == wrong.points < 1


def test_a_file_of_a_student_is_opened_beside_the_student_s_code_alone(grader, course, monkeypatch):
    """Also where a known mistake is looked for: the grader's process reads the reference's file."""
    opened = []
    monkeypatch.setattr(networks, "load_file", lambda network, data: opened.append(bytes(data.tolist())))
    monkeypatch.setattr(grader, "diagnose", MutantDiagnosis(course, grader.secret))
    code = "\n\ntorch.load = lambda *args, **kwargs: {}\n"
    files = {"architectures.py": (reference_source("architectures") + code).encode(), FILE: b"not weights"}
    question = grader.grade(Submission("ada", files), ("architectures.shapes_network",)).questions[0]
    assert "failed" in {c.outcome for c in question.checks}
    assert opened
    assert b"not weights" not in opened
