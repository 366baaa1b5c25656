"""course.toml is validated word by word, and every id of the kit agrees with it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from autograder.course import KIT_ROOT, CourseError, load_course
from autograder.engine.check import load_checks
from autograder.engine.errors import UsageError
from autograder.mutation import load_mutants, load_variants

TEXT = (KIT_ROOT / "course.toml").read_text(encoding="utf-8")


@pytest.fixture
def load(tmp_path):
    def change(old: str, new: str):
        assert old in TEXT
        path = tmp_path / "course.toml"
        path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
        return load_course(path)

    return change


def test_the_courses_points_add_up(p1):
    assert p1.max_score == 100
    assert sum(w.points for e in p1.exercises for w in e.written) == 12
    assert p1.files == ("knn.py", "linear_classifier.py", "knn.ipynb", "linear_classifier.ipynb")
    assert p1.due.utcoffset() is not None


def test_names_stand_for_their_questions(course, p1):
    assert course.select("p1") == course.select("p1_classifiers") == p1.questions
    assert [q.id for q in course.select("knn")] == [q.id for q in p1.questions if q.exercise == "knn"]
    assert [q.name for q in course.select("knn.predict_labels")] == ["predict_labels"]


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda c: c.select("knn.predict_label"), "unknown question 'knn.predict_label'; "
         "did you mean 'knn.predict_labels'?"),
        (lambda c: c.select("knn.nothing"), "unknown question 'knn.nothing'; there is knn.compute_distances_two_"),
        (lambda c: c.select("kn.predict_labels"), "unknown assignment, exercise or question 'kn.predict_labels'; "
         "did you mean 'knn.predict_labels'?"),
        (lambda c: c.assignment("p9"), "unknown assignment 'p9'; there is p1"),
        (lambda c: c.assignment("zzz"), "unknown assignment 'zzz'; there is p1"),
        (lambda c: c.exercise("knnn"), "unknown exercise 'knnn'; did you mean 'knn'?"),
        (lambda c: c.assignment("p1").exercise("svm"), "unknown exercise of p1 'svm'"),
        (lambda c: c.question("x" * 3), "unknown question 'xxx'; there is knn.compute_distances_two_loops"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_told_with_the_nearest_right_one(course, ask, says):
    with pytest.raises(UsageError) as caught:
        ask(course)
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "Deep', 'titel = "Deep', "course.title: missing; expected str"),
        ("seconds = 10.0", "seconds = 0", "limits.seconds: expected a number from 1e-09 to 1e+09, got 0"),
        ("seconds = 10.0", "seconds = true", "limits.seconds: expected a number"),
        ("processes = 32", "processes = 32\nthreads = 4", "limits.threads: unknown key"),
        ('assignment = "p1_classifiers"', 'assignment = "p1_clasifiers"', "exercises.knn.assignment: unknown "
         "assignment 'p1_clasifiers'; did you mean 'p1_classifiers'?"),
        ("predict_labels = { points = 10 }", "predict_labels = { points = -1 }",
         "exercises.knn.questions.predict_labels.points: expected a number"),
        ("loops = 2", "loops = -2", "exercises.knn.questions.compute_distances_two_loops.loops: expected a number"),
        ("loops = 2", "loop = 2", "exercises.knn.questions.compute_distances_two_loops.loop: unknown key"),
        ("predict_labels = {", '"predict labels" = {', "exercises.knn.questions.predict labels: expected a Python"),
        ("23:59:00-05:00", "23:59:00", "assignments.p1_classifiers.due: expected a time with an offset"),
        ("late_percent_per_day = 10", "late_percent_per_day = 200", "expected a number from 0 to 100, got 200"),
        ("fresh_process = false", "fresh_process = 1", "limits.fresh_process: expected bool, got 1"),
        ('id = "deeprob"', "id = true", "course.id: expected str, got True"),
        ("[course]", "[course", "course.toml: "),
        ('uses = ["fully', 'uses = ["full', "exercises.convolutional_networks.uses: unknown earlier exercise "
         "'full_connected_networks'; did you mean 'fully_connected_networks'?"),
        ('["convolution",', '["two_layer_net",', "two_layer_net is a notebook of two_layer_net already"),
        ('["convolution",', '[3,', "convolutional_networks.notebooks: expected a list of different names, got [3"),
        ('["shapes_network.pt"]', '["../secret.pt"]', "exercises.architectures.files: expected names of files such as"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_is_told_with_its_place(load, old, new, says):
    with pytest.raises(CourseError) as caught:
        load(old, new)
    assert says in str(caught.value)
    assert "course.toml" in str(caught.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(CourseError, match=r"cannot read .*nowhere\.toml: No such file or directory"):
        load_course(tmp_path / "nowhere.toml")


def exercises():
    return [e for a in load_course().assignments for e in a.exercises]


def definitions(path: Path) -> set[str]:
    """Functions, classes, and methods as `Linear.forward`."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
    return found


def question_of(name: str, names: set[str]) -> str:
    """The question that a function belongs to: itself, or its class; empty for none."""
    return name if name in names else next((n for n in names if name.startswith(n + ".")), "")


@pytest.mark.parametrize("exercise", exercises(), ids=lambda e: e.name)
class TestIdsAgree:
    def test_every_question_is_defined_in_reference_and_skeleton(self, exercise):
        names = {q.name for q in exercise.questions}
        assert names <= definitions(KIT_ROOT / "autograder" / "reference" / "exercises" / exercise.file)
        assert names <= definitions(KIT_ROOT / "deeprob" / "exercises" / exercise.file)

    def test_what_the_skeleton_says_is_not_implemented_are_the_questions(self, exercise):
        text = (KIT_ROOT / "deeprob" / "exercises" / exercise.file).read_text(encoding="utf-8")
        said = re.findall(r'NotImplementedError\("([\w.]+): not implemented yet"\)', text)
        questions = {q.id for q in exercise.questions}
        assert {question_of(name, questions) for name in said} == questions

    def test_every_question_has_visible_and_known_mistakes_and_checks_have_no_others(self, exercise):
        checks = load_checks(exercise)
        assert set(checks) == {q.id for q in exercise.questions}
        assert all(any(c.visibility == "visible" for c in found) for found in checks.values())
        assert {m.question for m in load_mutants(exercise.name)} == set(checks)

    def test_variants_replace_what_is_a_question(self, exercise):
        names = {q.name for q in exercise.questions}
        for variant in load_variants(exercise.name):
            assert all(question_of(body, names) for body in variant.bodies), variant.id

    def test_forbidden_names_are_names(self, exercise):
        assert all(re.fullmatch(r"[A-Za-z_][\w.]*\w", name) for name in exercise.forbidden)

    def test_titles_are_one_line_that_differ(self, exercise):
        for checks in load_checks(exercise).values():
            titles = [c.title for c in checks]
            assert len(set(titles)) == len(titles)
            assert all(title == title.strip() and len(title) <= 130 and not title.endswith(".") for title in titles)
