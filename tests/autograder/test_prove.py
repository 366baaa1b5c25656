"""The proof, on one question: it fails when a mistake survives or a right answer is rejected."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from autograder import prove as proving
from autograder.mutation import Mutant, Variant, load_mutants
from autograder.prove import Proof, prove

QUESTION = "knn.knn_get_best_k"
RIGHT = Variant(
    "by_key",
    "max with a key",
    {"knn_get_best_k": "return max(sorted(k_to_accuracies), key=lambda k: sum(k_to_accuracies[k]))"},
)
WRONG = Variant("wrong", "the first", {"knn_get_best_k": "return next(iter(k_to_accuracies))"})


@pytest.fixture
def small(course, monkeypatch):
    """`small(mutants, variants)` proves a course of one question."""
    p1 = course.assignment("p1")
    knn = p1.exercise("knn")
    exercise = replace(knn, questions=tuple(q for q in knn.questions if q.id == QUESTION))
    assignment = replace(p1, exercises=(exercise,))
    monkeypatch.setattr(proving, "load_checks", None, raising=False)
    real = proving.Grader

    class Small(real):
        def __init__(self, course, assignment, **options):
            super().__init__(course, p1, **options)
            self.assignment = assignment

    monkeypatch.setattr(proving, "Grader", Small)

    def run(mutants, variants):
        monkeypatch.setattr(proving, "load_mutants", lambda name: tuple(mutants))
        monkeypatch.setattr(proving, "load_variants", lambda name: tuple(variants))
        said: list[str] = []
        return prove(course, assignment, said.append, sandbox="none"), said

    return run


KNOWN = [m for m in load_mutants("knn") if m.question == QUESTION]


def test_a_whole_proof_is_ok_and_ends_with_its_line(small):
    proof, said = small(KNOWN, [RIGHT])
    assert proof.ok
    n = len(KNOWN)
    assert said[-1] == f"p1: reference 4/4, skeleton 0/4, {n}/{n} mutants killed, 1/1 variants accepted"
    assert proof.survived == proof.rejected == []
    assert proof.accepted == ["knn/by_key"]
    assert f"{QUESTION}  4 points" in said
    assert any("visible the k with the highest mean accuracy" in line for line in said)


def test_a_mutant_that_survives_makes_it_fail(small):
    harmless = Mutant(QUESTION, "harmless", "It is right.", body="return max(sorted(k_to_accuracies), key=lambda k: "
                      "sum(k_to_accuracies[k]))")  # fmt: skip
    proof, said = small([*KNOWN, harmless], [RIGHT])
    assert not proof.ok
    assert proof.survived == [f"{QUESTION}/harmless"]
    assert any(line.endswith("harmless  SURVIVED") for line in said)
    n = len(KNOWN)
    assert said[-1].endswith(f"{n}/{n + 1} mutants killed, 1/1 variants accepted")


def test_a_variant_that_is_rejected_makes_it_fail_and_says_where(small):
    proof, said = small(KNOWN, [RIGHT, WRONG])
    assert not proof.ok
    assert proof.rejected == ["knn/wrong"]
    assert any("wrong: the first  REJECTED" in line for line in said)
    assert re.search(r"knn.knn_get_best_k/highest_mean: failed: best_k is \d+, expected \d+\.", "\n".join(said))


def test_a_proof_of_nothing_is_no_proof(small):
    assert not small([], [RIGHT])[0].ok
    assert not small(KNOWN, [])[0].ok
    assert not Proof("p1").ok


def test_a_proof_needs_all_points_for_the_reference_and_none_for_the_skeleton():
    whole = Proof("p1", 100, 0, 100, killed=["a"], accepted=["b"])
    assert whole.ok
    assert not replace(whole, reference=99.5).ok
    assert not replace(whole, skeleton=0.5).ok
    assert not replace(whole, reference=0, max_score=0).ok
