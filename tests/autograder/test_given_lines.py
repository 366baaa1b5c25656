"""What stands in a question's function above the TODO counts, too: who deletes it loses points, and only there.

Mutants cannot show this, since they change marked regions alone.
"""

from __future__ import annotations

import re

import pytest

from autograder.engine.submission import Submission
from tests.conftest import reference_source

DTYPE = r"\n        X = X\.to\(self\.dtype\)"
GUARD = r'\n        if mode not in \("train", "test"\):\n.*'
DELETED = {
    "fully_connected_networks.Dropout.forward": (GUARD, 1, {"unknown_mode"}),
    "fully_connected_networks.FullyConnectedNet": (DTYPE, 1, None),
    "convolutional_networks.ThreeLayerConvNet": (DTYPE, 2, None),
    "convolutional_networks.DeepConvNet": (DTYPE, 2, None),
}


@pytest.mark.parametrize("question", DELETED)
def test_a_given_line_that_is_deleted_costs_points(bench_in_process, question):
    line, times, expected = DELETED[question]
    exercise = question.split(".")[0]
    source, count = re.subn(line, "", reference_source(exercise))
    assert count == times
    submission = Submission("ada", {f"{exercise}.py": source.encode()})
    (result,) = bench_in_process.grader_of(exercise).grade(submission, (question,)).questions
    lost = {c.id.split("/")[1] for c in result.checks if not c.passed}
    assert lost
    assert expected is None or lost == expected
    assert result.points < result.max_points
