"""The student's zip: an allow-list, the same bytes every time, complete enough to check and to hand in."""

from __future__ import annotations

import ast
import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.course import KIT_ROOT, Assignment, Course, load_course
from autograder.release.audit import audit, known_secrets
from autograder.release.bundle import assignment_files, kit_files, zip_bytes

pytestmark = pytest.mark.xdist_group("bundle")  # one process makes what the tests share

# The kit is installed in the environment of the tests; a student's has only the unpacked one.
Each = tuple[Assignment, dict[str, bytes]]
ALONE = "import sys; sys.meta_path[:] = [f for f in sys.meta_path if 'Editable' not in getattr(f, '__name__', '')]\n"


@pytest.fixture(scope="module")
def course() -> Course:
    return load_course()


@pytest.fixture(scope="module")
def assignment(course: Course) -> Assignment:
    return course.assignment("p1")


@pytest.fixture(scope="module", params=["p1", "p2", "p3", "p4", "p5"])
def each(request: pytest.FixtureRequest, course: Course) -> tuple[Assignment, dict[str, bytes]]:
    """An assignment and its kit."""
    assignment = course.assignment(request.param)
    return assignment, kit_files(course, assignment)


@pytest.fixture(scope="module")
def kit(course: Course, assignment: Assignment) -> dict[str, bytes]:
    return kit_files(course, assignment)


def test_generated_files_in_the_kit_equal_their_sources(course: Course, each: Each) -> None:
    assignment, _ = each
    for name, data in assignment_files(course, assignment).items():
        folder = "deeprob/exercises" if name.endswith(".py") else f"notebooks/{assignment.id}"
        assert (KIT_ROOT / folder / name).read_bytes() == data, (
            f"{folder}/{name}: run `python -m autograder release {assignment.short}`"
        )


def test_only_listed_folders_are_in_it(each: Each) -> None:
    assignment, kit = each
    folders = {str(Path(path).parent) for path in kit}
    allowed = {".", "autograder", "data", "deeprob", f"notebooks/{assignment.id}"}
    allowed |= {f"autograder/{part}/{e.name}" for part in ("checks", "oracles") for e in assignment.exercises}
    allowed |= {f"autograder/{part}" for part in ("checks", "commands", "engine", "oracles", "reports")}
    allowed |= {f"deeprob/{part}" for part in ("datasets", "exercises", "models", "plotting", "weights", "widgets")}
    assert folders <= allowed
    private = ("hidden", "reference", "mutants", "variants", "release", "demo", "prove", "mutation", "replay", "tests")
    assert not [path for path in kit if any(part in Path(path).parts or f"{part}.py" in path for part in private)]


def test_earlier_exercises_come_along_as_skeletons(each: Each) -> None:
    assignment, kit = each
    for exercise in assignment.exercises:
        for name in (exercise.name, *exercise.uses):
            assert b": not implemented yet" in kit[f"deeprob/exercises/{name}.py"]


def test_no_bundle_has_a_leak(each: Each) -> None:
    _, kit = each
    assert [str(leak) for leak in audit(kit, known_secrets(KIT_ROOT, kit, {}))] == []


def test_what_a_student_needs_is_in_it(kit: dict[str, bytes]) -> None:
    for path in (
        "README.md",
        "course.toml",
        "pyproject.toml",
        "autograder/submit.py",
        "autograder/checks/knn.py",
        "autograder/oracles/linear_classifier.py",
        "autograder/engine/live.py",
        "deeprob/exercises/__init__.py",
        "deeprob/exercises/knn.py",
        "notebooks/p1_classifiers/linear_classifier.ipynb",
    ):
        assert path in kit


def test_no_shipped_module_needs_one_that_stays(each: Each) -> None:
    """Imports at the top of a module; a command that only instructors have imports where it is used."""
    _, kit = each
    modules = {
        path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in kit if path.endswith(".py")
    }
    for path, data in kit.items():
        source = path.startswith(("autograder/", "deeprob/")) and path.endswith(".py")
        for node in ast.parse(data).body if source else ():
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("autograder", "deeprob"):
                assert node.module in modules, f"{path}, line {node.lineno}"
            assert not (
                path.startswith("deeprob/") and isinstance(node, ast.ImportFrom) and "autograder" in str(node.module)
            )


def test_a_new_file_beside_the_list_does_not_get_in(course: Course, assignment: Assignment, tmp_path: Path) -> None:
    for part in ("autograder", "deeprob"):
        shutil.copytree(KIT_ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("course.toml", "pyproject.toml"):
        shutil.copy(KIT_ROOT / file, tmp_path / file)
    before = set(kit_files(course, assignment, tmp_path))
    for path in ("autograder/answers.py", "autograder/hidden/more.py", "deeprob/exercises/old.py", "secret.txt"):
        (tmp_path / path).write_text("x = 1\n")
    (tmp_path / "autograder/engine/cache.pyc").write_bytes(b"x")
    (tmp_path / "autograder/engine/link.py").symlink_to(tmp_path / "secret.txt")
    assert set(kit_files(course, assignment, tmp_path)) == before


def test_the_zip_is_the_same_to_the_byte(kit: dict[str, bytes]) -> None:
    backwards = dict(reversed(list(kit.items())))
    data = zip_bytes(kit, "p1_classifiers")
    assert data == zip_bytes(backwards, "p1_classifiers")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
    assert [e.filename for e in entries] == sorted(f"p1_classifiers/{name}" for name in kit)
    assert {e.date_time for e in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {e.external_attr >> 16 for e in entries} == {0o100644}
    assert {e.extra for e in entries} == {b""}


def test_the_unpacked_kit_checks_and_hands_in_without_the_rest(
    kit: dict[str, bytes], tmp_path: Path, assignment: Assignment
) -> None:
    with zipfile.ZipFile(io.BytesIO(zip_bytes(kit, assignment.id))) as archive:
        archive.extractall(tmp_path)
    home = tmp_path / assignment.id
    shutil.copy(KIT_ROOT / "autograder/reference/exercises/knn.py", home / "deeprob/exercises/knn.py")
    program = ALONE + (
        "import autograder, sys\n"
        f"assert autograder.__file__.startswith({str(home)!r}), autograder.__file__\n"
        "from autograder.course import load_course\n"
        "from autograder.engine.local import check_live\n"
        "import deeprob.exercises.knn as knn\n"
        "results = check_live(load_course(), 'knn.predict_labels', {'knn': knn})\n"
        "print(len(results), all(r.passed for r in results), {r.visibility for r in results})\n"
        "from autograder.submit import submit\n"
        f"print(submit('p1', {str(home)!r}, {str(tmp_path)!r}, student='ada', name='Ada').path)\n"
        "assert not any(m.startswith(('nbgrader', 'autograder.release', 'autograder.hidden')) for m in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=home,
        env=os.environ | {"PYTHONPATH": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    first, second = done.stdout.splitlines()
    assert first.split()[1:] == ["True", "{'visible'}"]
    assert int(first.split()[0]) >= 1
    assert second == str(tmp_path / "p1_classifiers_ada.zip")


def test_the_unpacked_kits_command_line_says_what_is_missing(
    kit: dict[str, bytes], tmp_path: Path, assignment: Assignment
) -> None:
    with zipfile.ZipFile(io.BytesIO(zip_bytes(kit, assignment.id))) as archive:
        archive.extractall(tmp_path)
    home = tmp_path / assignment.id

    def run(*command: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-c", f"{ALONE}from autograder.cli import main\nsys.exit(main(sys.argv[1:]))", *command],
            cwd=home,
            env=os.environ | {"PYTHONPATH": str(home)},
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    code, said = run("check", "knn.knn_get_best_k")
    assert (code, "visible checks passed" in said) == (1, True), said
    code, said = run("submit", "p1")
    assert (code, "STUDENT_ID is empty" in said) == (1, True), said
    code, said = run("release", "p1")
    assert (code, "is not part of the students' kit" in said) == (2, True), said
