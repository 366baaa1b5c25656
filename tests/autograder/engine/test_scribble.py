"""A right answer that spoils its arguments fails exactly the checks that ask for unchanged inputs.

Each function of the reference computes its right result and then overwrites every tensor that it was given. A check
that computes its expected value only after the call would compare with the spoiled inputs, and show up here.
"""

from __future__ import annotations

import pytest

from autograder.course import load_course

LEAVES_INPUTS = {
    "inputs_unchanged", "labels_inputs_unchanged", "cross_validation_leaves_inputs", "batch_keeps_dtypes",
    "given_weights_unchanged", "other_scores",
}  # fmt: skip

SCRIBBLE = """
def _spoil(value):
    if isinstance(value, torch.Tensor):
        value.fill_(99)
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ():
        _spoil(part)


def _copied(value):
    if isinstance(value, torch.Tensor):
        return value.clone()
    return tuple(map(_copied, value)) if isinstance(value, tuple) else value


def _scribbling(function):
    def scribble(*args, **kwargs):
        result = _copied(function(*args, **kwargs))
        _spoil([args, kwargs])
        return result

    return scribble


{target} = _scribbling({target})
"""

QUESTIONS = [q.id for q in load_course().assignment("p1").questions]


@pytest.mark.parametrize("level", ["bench_in_process", "bench"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_spoiled_arguments_cost_the_checks_of_unchanged_inputs_and_no_other(request, question, level):
    name = question.split(".")[1]
    target = "KnnClassifier.predict" if name == "KnnClassifier" else name
    results = request.getfixturevalue(level).grade(SCRIBBLE.replace("{target}", target), question)
    lost = {check: f"{r.outcome}: {r.message}" for check, r in results.items() if not r.passed}
    assert set(lost) == LEAVES_INPUTS & set(results), lost
    assert all("was changed in place: work on a copy" in message for message in lost.values())
