"""Every attack of `attacks/` gains nothing, ends with the outcome that its first lines name, and harms nobody after it.

An attack is the end of a submission: code put below the reference that replaces one function. Its first lines say

    # question: the question it is graded on
    # outcome: that of the first check
    # says: a regular expression for what is said of the first check
    # points: what a right answer earns all the same, where it is one; 0 without this line
    # why: that such points are no hole, or one that docs/threat_model.md admits
    # fails: what is wrong with the grader, where the attack succeeds

README.md beside this file says which attack of the threat model is proved where.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ATTACKS = sorted(Path(__file__).with_name("attacks").glob("*.txt"))
IN_ANY_PROCESS = ("compare_", "predict_", "rules_", "text_")
HONEST = "linear_classifier.predict_linear_classifier"


def header(code: str) -> dict[str, str]:
    return dict(re.findall(r"^# (question|outcome|says|points|why|fails): (.*)$", code, re.MULTILINE))


def parameters():
    for path in ATTACKS:
        hole = header(path.read_text(encoding="utf-8")).get("fails")
        marks = [pytest.mark.xfail(strict=True, reason=hole)] if hole else []
        yield pytest.param(path, id=path.stem, marks=marks)


def expect_nothing_gained(bench, path):
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


@pytest.mark.parametrize("path", list(parameters()))
def test_an_attack_gains_nothing_and_the_next_submission_is_graded_as_ever(bench, path):
    expect_nothing_gained(bench, path)


@pytest.fixture(scope="module")
def weaker_bench(make_bench):
    with make_bench("process", seconds=4.0, memory_mib=512, file_mib=4) as bench:
        yield bench


@pytest.mark.parametrize("path", [p for p in parameters() if p.id.startswith(IN_ANY_PROCESS)])
def test_an_attack_on_what_is_sent_gains_nothing_without_bubblewrap_either(weaker_bench, path):
    expect_nothing_gained(weaker_bench, path)


@pytest.mark.parametrize(
    "path", [p for p in ATTACKS if p.stem.split("_")[0] in ("change", "forge", "leave")], ids=lambda p: p.stem
)
def test_an_attack_in_a_process_that_has_served_before_gains_no_more_and_faults_no_grader(bench, course, path):
    """The check is run again in a new process then, so whatever starts and watches processes must still be there."""
    code = path.read_text(encoding="utf-8")
    wanted = header(code)
    exercise = course.exercise(wanted["question"].split(".")[0])
    before = next(q.id for q in exercise.questions if q.id != wanted["question"])
    questions = bench.grader.grade(bench.submission(code, exercise.name, name=path.stem), (before, wanted["question"]))
    attacked = next(q for q in questions.questions if q.id == wanted["question"])
    assert attacked.points == float(wanted.get("points", 0)), [(c.id, c.outcome, c.message) for c in attacked.checks]


def test_every_attack_says_what_is_expected_of_it():
    assert len(ATTACKS) >= 160
    for path in ATTACKS:
        wanted = header(path.read_text(encoding="utf-8"))
        assert {"question", "outcome", "says"} <= set(wanted), path.name


def test_points_that_an_attack_keeps_are_explained():
    for path in ATTACKS:
        wanted = header(path.read_text(encoding="utf-8"))
        assert ("points" in wanted) == ("why" in wanted), path.name


def test_the_table_in_the_readme_names_every_attack_and_no_other():
    table = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    kinds = {path.stem.split("_")[0] for path in ATTACKS}
    named = {word for word in re.findall(r"`([a-z]+_[a-z_]+)`", table) if word.split("_")[0] in kinds}
    assert named == {path.stem for path in ATTACKS}
    for file in re.findall(r"`([\w./]*test_\w+\.py)`", table):
        assert Path(__file__).parent.joinpath(file).is_file(), file
