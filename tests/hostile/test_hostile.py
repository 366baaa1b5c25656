"""Every attack of `attacks/` gains nothing, ends with the outcome that its first lines name, and harms nobody after it.

An attack is the end of a submission: code put below the reference that replaces one function. Its first lines say

    # question: the question it is graded on
    # outcome: that of the first check
    # says: a regular expression for what is said of the first check
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ATTACKS = sorted(Path(__file__).with_name("attacks").glob("*.txt"))
HONEST = "linear_classifier.predict_linear_classifier"


def header(code: str) -> dict[str, str]:
    return dict(re.findall(r"^# (question|outcome|says|points): (.*)$", code, re.MULTILINE))


@pytest.mark.parametrize("path", ATTACKS, ids=lambda p: p.stem)
def test_an_attack_gains_nothing_and_the_next_submission_is_graded_as_ever(bench, path):
    code = path.read_text(encoding="utf-8")
    wanted = header(code)
    submission = bench.submission(code, wanted["question"].split(".")[0], name=path.stem)
    (result,) = bench.grader.grade(submission, (wanted["question"],)).questions
    first = result.checks[0]
    assert re.fullmatch(wanted["outcome"], first.outcome), first
    assert re.search(wanted["says"], first.message), first.message
    assert result.points == float(wanted.get("points", 0)), [(c.id, c.outcome, c.message) for c in result.checks]
    honest = bench.grader.grade(bench.submission("", "linear_classifier", name="next"), (HONEST,))
    assert honest.score == honest.max_score == 3


def test_every_attack_says_what_is_expected_of_it():
    assert len(ATTACKS) >= 40
    for path in ATTACKS:
        assert {"question", "outcome", "says"} <= set(header(path.read_text(encoding="utf-8"))), path.name
