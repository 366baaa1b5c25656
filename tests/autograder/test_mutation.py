"""Mutants and variants: how they are applied, and that those of the course fit its references."""

from __future__ import annotations

import ast
from functools import cache
from types import ModuleType

import pytest

from autograder.course import KIT_ROOT, load_course
from autograder.mutation import Mutant, MutationError, Variant, load_mutants, load_variants, mutate, vary
from autograder.release.strip import find_regions

SOURCE = '''"""An exercise."""


def double(x):
    """x + x, twice x."""
    if x is None:
        raise ValueError
    ### BEGIN SOLUTION
    y = x
    if y:
        y = x + x
    return y
    ### END SOLUTION


class Net:
    def __init__(self, width):
        ### BEGIN SOLUTION
        self.width = width
        ### END SOLUTION

    def area(self):
        ### BEGIN SOLUTION
        return self.width**2
        ### END SOLUTION
'''
EXERCISES = ("knn", "linear_classifier")

# What real students do wrong, from the teaching of the course: each must be among the mutants.
SEEN_IN_CLASS = {
    "linear_classifier.svm_loss_vectorized": {
        "gradient_not_averaged",
        "loss_not_averaged",
        "reg_gradient_once",
        "reg_gradient_missing",
        "true_class_counted",
        "margin_weighted_gradient",
        "sum_over_the_wrong_axis",
        "ten_classes",
        "reg_square_of_the_sum",
        "uint8_labels_as_mask",
    },
    "linear_classifier.softmax_loss_vectorized": {
        "global_maximum",
        "log_of_a_clipped_probability",
        "no_shift",
        "ten_classes",
    },
    "linear_classifier.sample_batch": {"last_never_sampled", "without_replacement", "num_train_ignored"},
    "knn.knn_cross_validate": {"one_fold_reused", "images_used_as_labels", "remainder_dropped", "k_ignored"},
    "knn.predict_labels": {"k_ignored", "ties_to_the_largest_label", "no_room_for_all_neighbours"},
    "knn.knn_get_best_k": {"lists_compared"},
    "knn.compute_distances_two_loops": {"not_squared", "transposed", "uint8_wraps_around"},
    "knn.compute_distances_no_loops": {
        "transposed",
        "float32_cancellation",
        "one_image_squeezed_away",
        "view_of_scattered_memory",
        "broadcast_to_three_axes",
        "cdist",
        "centred_in_place",
    },
}


def mutant(**changes) -> Mutant:
    return Mutant(**{"question": "toy.double", "id": "wrong", "explains": "It is wrong.", **changes})


def module(source: str) -> dict:
    namespace: dict = {"__name__": "toy"}
    exec(compile(source, "toy.py", "exec"), namespace)
    return namespace


@cache
def reference(exercise: str) -> str:
    return (KIT_ROOT / f"autograder/reference/exercises/{exercise}.py").read_text(encoding="utf-8")


def test_an_edit_changes_the_solution_and_nothing_else():
    result = mutate(SOURCE, mutant(edits=(("x + x", "x * x"),)))
    assert result == SOURCE.replace("        y = x + x\n", "        y = x * x\n")
    assert module(result)["double"](3) == 9


def test_edits_are_applied_one_after_the_other_on_dedented_lines():
    result = mutate(SOURCE, mutant(edits=(("if y:\n    y", "if True:\n    y"), ("if True", "if x > 1"))))
    assert "    if x > 1:\n        y = x + x\n" in result


def test_a_body_replaces_the_whole_solution():
    result = mutate(SOURCE, mutant(body="\n        z = 1\n\n        return z\n    "))
    assert "    ### BEGIN SOLUTION\n    z = 1\n\n    return z\n    ### END SOLUTION\n" in result
    with pytest.raises(ValueError, match=r"^$"):
        module(result)["double"](None)


def test_an_edit_reaches_every_method_of_a_class():
    edits = (("self.width = width", "self.width = 2"), ("**2", "**3"))
    namespace = module(mutate(SOURCE, mutant(question="toy.Net", edits=edits)))
    assert namespace["Net"](7).area() == 8


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"edits": (("z", "w"),)}, "'z' occurs 0 times in the solution of double"),
        ({"edits": (("x", "w"),)}, "'x' occurs 3 times"),
        ({"edits": (("twice", "thrice"),)}, "occurs 0 times"),
        ({"question": "toy.triple", "body": "pass"}, "marks no solution in triple"),
        ({"question": "toy.Net", "body": "pass"}, "has several solutions; use edits"),
        ({}, "has edits and a body, or neither"),
        ({"edits": (("x + x", "x"),), "body": "pass"}, "has edits and a body, or neither"),
        ({"edits": (("x + x", "x +"),)}, "is no valid Python"),
        ({"edits": (("x + x", "x  +  x"),)}, "changes nothing"),
    ],
)
def test_a_mutant_that_does_not_fit_is_an_error_that_names_it(changes, message):
    with pytest.raises(MutationError, match=r"mutant toy\.\w+/wrong") as error:
        mutate(SOURCE, mutant(**changes))
    assert message in str(error.value)


def test_a_variant_replaces_solutions_by_function_name():
    variant = Variant("other", "other", {"double": "return 2 * x", "Net.area": "return 5"})
    namespace = module(vary(SOURCE, variant))
    assert (namespace["double"](4), namespace["Net"](1).area(), namespace["Net"](3).width) == (8, 5, 3)


@pytest.mark.parametrize(
    ("bodies", "message"),
    [
        ({"Net": "pass"}, "marks no solution in Net; it does in double, Net.__init__, Net.area"),
        ({}, "marks no solution in nothing"),
        ({"double": "return ("}, "variant other is no valid Python"),
    ],
)
def test_a_variant_that_does_not_fit_is_an_error(bodies, message):
    with pytest.raises(MutationError, match="variant other") as error:
        vary(SOURCE, Variant("other", "other", bodies))
    assert message in str(error.value)


def test_an_exercise_without_mutants_has_none():
    assert load_mutants("no_such_exercise") == ()
    assert load_variants("no_such_exercise") == ()


@pytest.mark.parametrize(
    ("mutants", "message"),
    [
        ((mutant(question="knn.f"), mutant(question="knn.f")), "two mutants are named knn.f/wrong"),
        ((mutant(),), "mutant toy.double/wrong stands among those of knn"),
    ],
)
def test_mutants_with_a_wrong_name_are_an_error(monkeypatch, mutants, message):
    monkeypatch.setattr("autograder.mutants.knn.MUTANTS", mutants)
    with pytest.raises(MutationError, match=message):
        load_mutants("knn")


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_mutant_and_variant_of_the_course_applies_and_imports(exercise):
    source = reference(exercise)
    names = set(ast.literal_eval(_assigned(source, "__all__")))
    changed = [mutate(source, m) for m in load_mutants(exercise)] + [vary(source, v) for v in load_variants(exercise)]
    for text in changed:
        loaded = ModuleType(exercise)
        exec(compile(text, f"{exercise}.py", "exec"), loaded.__dict__)
        assert names <= set(vars(loaded))
    assert len(set(changed)) == len(changed), "two of them are the same"


def test_there_are_enough_of_them_and_every_question_has_its_share():
    mutants = [m for e in EXERCISES for m in load_mutants(e)]
    assert len(mutants) >= 85
    assert sum(len(load_variants(e)) for e in EXERCISES) >= 18
    counts = {q.id: sum(m.question == q.id for m in mutants) for q in load_course().assignment("p1").questions}
    assert sum(counts.values()) == len(mutants), "a mutant of a question that course.toml does not name"
    assert {q: n for q, n in counts.items() if n < 4} == {}


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_solution_is_written_in_another_way_by_some_variant(exercise):
    written = {name for v in load_variants(exercise) for name in v.bodies}
    assert {r.name for r in find_regions(reference(exercise))} - written == set()


@pytest.mark.parametrize("question", SEEN_IN_CLASS)
def test_the_mistakes_seen_in_class_are_there(question):
    known = {m.id for m in load_mutants(question.split(".")[0]) if m.question == question}
    assert SEEN_IN_CLASS[question] - known == set()


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_mutant_explains_itself_in_one_sentence(exercise):
    for m in load_mutants(exercise):
        assert m.explains.endswith("."), m.name
        assert ". " not in m.explains, m.name
        assert 30 <= len(m.explains) <= 200, m.name
        assert "mutant" not in m.explains.lower(), m.name


def _assigned(source: str, name: str) -> ast.expr:
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return node.value
    raise AssertionError(f"{name} is not assigned")
