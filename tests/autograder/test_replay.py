"""A known mistake is named by its own sentence, an unknown one is not given a name that is wrong."""

from __future__ import annotations

import pytest

from autograder.engine.sandbox import best_level
from autograder.mutation import load_mutants, mutate
from autograder.replay import MutantDiagnosis


@pytest.fixture(scope="module")
def diagnosing(course, make_bench):
    bench = make_bench("none", seconds=6.0)
    bench.grader.diagnose = MutantDiagnosis(course, bench.grader.secret)
    with bench:
        yield bench


def known(question: str):
    return [m for m in load_mutants(question.split(".")[0]) if m.question == question]


@pytest.mark.parametrize("question", ["knn.predict_labels", "knn.knn_get_best_k", "linear_classifier.sample_batch"])
def test_every_known_mistake_of_a_question_is_named(diagnosing, question, p1):
    from autograder.engine.submission import Submission
    from tests.conftest import reference_source

    exercise = question.split(".")[0]
    wrongly = []
    for mutant in known(question):
        source = mutate(reference_source(exercise), mutant)
        submission = Submission("ada", {f"{exercise}.py": source.encode()})
        (result,) = diagnosing.grader.grade(submission, (question,)).questions
        sentences = [c.diagnosis for c in result.checks if c.outcome in ("failed", "error")]
        if mutant.explains not in sentences and not any(c.outcome in ("forbidden", "timeout") for c in result.checks):
            wrongly.append((mutant.id, sentences))
    assert len(wrongly) <= len(known(question)) // 5, wrongly


def test_the_same_mistake_written_another_way_is_named(diagnosing):
    code = """
    def predict_labels(dists, y_train, k=1):
        if not 1 <= k <= len(dists):
            raise ValueError("k")
        answers = [y_train[column.argmin()] for column in dists.T]
        return torch.stack(answers).long()
    """
    result = diagnosing.grade(code, "knn.predict_labels")["majority_of_k"]
    assert result.outcome == "failed"
    named = {m.explains: m.id for m in known("knn.predict_labels")}
    assert named.get(result.diagnosis) == "k_ignored", result.diagnosis


def test_a_mistake_that_nobody_knows_gets_no_name(diagnosing):
    code = """
    def knn_get_best_k(k_to_accuracies):
        return 123456
    """
    results = diagnosing.grade(code, "knn.knn_get_best_k")
    assert results["highest_mean"].outcome == "failed"
    assert results["highest_mean"].diagnosis == ""


def test_a_right_answer_is_not_diagnosed(diagnosing):
    assert {r.diagnosis for r in diagnosing.grade("", "knn.predict_labels").values()} == {""}


@pytest.mark.parametrize("level", ["none", best_level()])
def test_neither_a_submission_nor_the_mistakes_that_it_is_compared_with_are_heard(course, make_bench, level, capfd):
    code = """
    import sys

    def train_linear_classifier(loss_func, W, *args, verbose=False, given=train_linear_classifier, **kwargs):
        if verbose:
            print("heard", file=sys.stderr)
        trained, losses = given(loss_func, W, *args, verbose=verbose, **kwargs)
        return trained * (1.5 if verbose else 1.0), losses
    """
    with make_bench(level, seconds=6.0) as bench:
        bench.grader_of("linear_classifier").diagnose = MutantDiagnosis(course, bench.grader.secret)
        results = bench.grade(code, "linear_classifier.train_linear_classifier")
    assert results["many_iterations"].outcome == "failed"
    assert capfd.readouterr() == ("", "")
