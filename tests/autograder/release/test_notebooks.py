"""Percent text becomes the student's notebook: graded cells, answers, no solutions, the same bytes every time."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from autograder.course import Course, Exercise, load_course
from autograder.release.nbio import dump_notebook
from autograder.release.notebooks import ANSWER, NotebookError, build_notebook, grade_id

HEAD = '# %% [markdown]\n# # Neighbours {{badge}}\n\n# %%\nSTUDENT_NAME = ""\nSTUDENT_ID = ""  # as in the course\n'


@pytest.fixture
def course() -> Course:
    return load_course()


@pytest.fixture
def exercise(course: Course) -> Exercise:
    return course.exercise("knn")


def text_of(exercise: Exercise, extra: str = "", skip: str = "") -> str:
    text = HEAD + extra
    for question in exercise.questions:
        if question.id != skip:
            text += f'\n# %%\ncheck("{question.id}")\n'
    for written in exercise.written:
        text += f'\n# %% [markdown] written="{written.id}"\n# **Answer**\n#\n'
        text += "# ### BEGIN SOLUTION\n# What the course expects to read here.\n# ### END SOLUTION\n"
    return text


def by_grade_id(notebook: object) -> dict[str, object]:
    return {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}


def test_a_check_cell_becomes_the_locked_grade_cell(course: Course, exercise: Exercise) -> None:
    cells = by_grade_id(build_notebook(text_of(exercise), exercise, course))
    assert set(cells) == {grade_id(q.id) for q in (*exercise.questions, *exercise.written)}
    cell = cells["knn-predict_labels"]
    assert cell.source == 'check("knn.predict_labels")'
    assert cell.id == "check-predict_labels"
    assert (cell.metadata.editable, cell.metadata.deletable) == (False, False)
    settings = cell.metadata.nbgrader
    assert (settings.grade, settings.locked, settings.solution, settings.points) == (True, True, False, 10.0)
    assert len(settings.checksum) == 32


def test_an_answer_is_graded_by_hand_and_loses_its_model_answer(course: Course, exercise: Exercise) -> None:
    cell = by_grade_id(build_notebook(text_of(exercise), exercise, course))["knn-inline_metric"]
    assert cell.source == f"**Answer**\n\n{ANSWER}"
    settings = cell.metadata.nbgrader
    assert (settings.grade, settings.locked, settings.solution, settings.points) == (True, False, True, 3.0)


def test_solutions_stay_when_asked_for(course: Course, exercise: Exercise) -> None:
    whole = dump_notebook(build_notebook(text_of(exercise), exercise, course, solutions=True)).decode()
    assert "What the course expects" in whole
    assert ANSWER not in whole


def test_a_region_in_code_becomes_a_todo(course: Course, exercise: Exercise) -> None:
    extra = "\n# %%\nfor k in (1, 3):\n    ### BEGIN SOLUTION\n    print(k * k)\n    ### END SOLUTION\n"
    notebook = build_notebook(text_of(exercise, extra), exercise, course)
    assert notebook.cells[2].source == "for k in (1, 3):\n    # TODO: your code here.\n    ..."


def test_the_bytes_are_the_same_every_time_and_hold_no_output(course: Course, exercise: Exercise) -> None:
    first, second = (dump_notebook(build_notebook(text_of(exercise), exercise, course)) for _ in range(2))
    assert first == second
    assert first.endswith(b"}\n")
    notebook = build_notebook(text_of(exercise), exercise, course)
    assert all(not c.outputs and c.execution_count is None for c in notebook.cells if c.cell_type == "code")
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)


def test_cell_ids_do_not_move_when_a_cell_is_inserted(course: Course, exercise: Exercise) -> None:
    before = build_notebook(text_of(exercise), exercise, course)
    after = build_notebook(text_of(exercise, '\n# %% id="new"\nprint(1)\n'), exercise, course)
    assert {c.id for c in after.cells} - {c.id for c in before.cells} == {"new"}


def test_badge_and_placeholders_come_from_the_course(course: Course, exercise: Exercise) -> None:
    extra = '\n# %%\nurl = "https://github.com/{{repository}}/{{notebook}}"\n# $\\frac{{a}}{{b}}$\n'
    notebook = build_notebook(text_of(exercise, extra), exercise, course)
    link = f"github/{course.repository}/blob/{course.branch}/notebooks/p1_classifiers/knn.ipynb"
    assert link in notebook.cells[0].source
    assert f"https://github.com/{course.repository}/notebooks/p1_classifiers/knn.ipynb" in notebook.cells[2].source
    assert "{{a}}{{b}}" in notebook.cells[2].source


def test_a_picture_goes_into_the_notebook(course: Course, exercise: Exercise, tmp_path: Path) -> None:
    folder = tmp_path / "autograder/reference/notebooks/p1_classifiers/images"
    folder.mkdir(parents=True)
    (folder / "plane.png").write_bytes(b"\x89PNG picture")
    extra = "\n# %% [markdown]\n# ![A plane.](images/plane.png)\n"
    notebook = build_notebook(text_of(exercise, extra), exercise, course, root=tmp_path)
    encoded = base64.b64encode(b"\x89PNG picture").decode()
    assert notebook.cells[2].source == f"![A plane.](data:image/png;base64,{encoded})"


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ('\n# %%\ncheck("knn.predict_labels")\n', "a second cell for knn.predict_labels"),
        ('\n# %%\ncheck("knn.predict_lables")\n', "unknown question 'knn.predict_lables'"),
        ('\n# %% [markdown] written="knn.inline_nothing"\n# x\n', "unknown written question 'knn.inline_nothing'"),
        ("\n# %%\n### BEGIN SOLUTION\nx = 1\n", "without ### END SOLUTION"),
        ("\n# %%\nx = 1\n### END SOLUTION\n", "### END SOLUTION without"),
        ("\n# %%\n### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION\n", "inside a region"),
        ("\n# %%\n## BEGIN SOLUTION\nx = 1\n", "a misspelt marker: '## BEGIN SOLUTION'"),
        ("\n# %%\n#BEGIN_SOLUTION\nx = 1\n", "a misspelt marker"),
        ("\n# %%\nx = '{{repo}}'\n", "unknown placeholder {{repo}}"),
        ('\n# %% id="check-predict_labels"\nx = 1\n', "is taken"),
        ("\n# %% [markdown]\n# ![x](images/none.png)\n", "there is no picture images/none.png"),
        ("\n# %% [raw]\n# x\n", "a raw cell; expected code or markdown"),
    ],
)
def test_a_broken_rule_is_an_error_that_names_the_cell(
    course: Course, exercise: Exercise, extra: str, message: str
) -> None:
    with pytest.raises(Exception, match=r"p1_classifiers/knn\.py, cell \d+: ") as caught:
        build_notebook(text_of(exercise, extra), exercise, course)
    assert message in str(caught.value)


def test_a_question_without_a_cell_is_an_error(course: Course, exercise: Exercise) -> None:
    with pytest.raises(NotebookError, match=r"no cell for knn\.KnnClassifier"):
        build_notebook(text_of(exercise, skip="knn.KnnClassifier"), exercise, course)


def test_a_filled_in_student_id_is_an_error(course: Course, exercise: Exercise) -> None:
    text = text_of(exercise).replace('STUDENT_ID = ""', 'STUDENT_ID = "me"')
    with pytest.raises(NotebookError, match='STUDENT_ID = ""'):
        build_notebook(text, exercise, course)
