"""The demo's class is what it says: each student's files are made from the reference by the named change."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from autograder.course import KIT_ROOT, load_course
from autograder.demo import demo
from autograder.demo_class import Student, demo_class, fill_in_notebook
from autograder.engine.errors import UsageError
from autograder.release.bundle import assignment_files


@pytest.fixture(scope="module")
def students() -> dict[str, Student]:
    course = load_course()
    assignment = course.assignment("p1")
    return {s.id: s for s in demo_class(assignment, assignment_files(course, assignment))}


def reference(name: str) -> bytes:
    return (KIT_ROOT / "autograder/reference/exercises" / name).read_bytes()


def test_ten_students_hand_in_all_files(students: dict[str, Student]) -> None:
    assert len(students) == 10
    assert all(set(s.files) == set(load_course().assignment("p1").files) for s in students.values())


def test_who_is_right_who_is_empty_and_who_made_mistakes(students: dict[str, Student]) -> None:
    assert students["ada"].files["knn.py"] == reference("knn.py")
    assert b"not implemented yet" in students["bo"].files["knn.py"]
    for id, file in (("chen", "knn.py"), ("dara", "knn.py"), ("emil", "linear_classifier.py"), ("fatou", "knn.py")):
        assert students[id].files[file] != reference(file)
    assert b"_sigsegv" in students["gus"].files["knn.py"]
    assert b"while True" in students["hana"].files["knn.py"]
    for student in students.values():
        for file in ("knn.py", "linear_classifier.py"):
            if (student.id, file) != ("jun", "linear_classifier.py"):
                ast.parse(student.files[file])


def test_the_broken_files_are_broken(students: dict[str, Student]) -> None:
    with pytest.raises(SyntaxError):
        ast.parse(students["jun"].files["linear_classifier.py"])
    assert fill_in_notebook(students["jun"].files["knn.ipynb"], students["jun"]) == students["jun"].files["knn.ipynb"]


def test_notebooks_carry_the_students_name_answers_and_plots(students: dict[str, Student]) -> None:
    filled = json.loads(fill_in_notebook(students["emil"].files["knn.ipynb"], students["emil"], b"\x89PNG"))
    sources = "".join("".join(cell["source"]) for cell in filled["cells"])
    assert 'STUDENT_ID = "emil"' in sources
    assert "My answer, Emil E." in sources
    assert any(cell.get("outputs") for cell in filled["cells"])


def test_the_demo_empties_no_folder_but_its_own(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="is no demo of this kit"):
        demo(tmp_path)
    assert (tmp_path / "thesis.txt").exists()
