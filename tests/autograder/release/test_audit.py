"""The audit finds each kind of leak where it is planted, and nothing in the real bundle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.course import KIT_ROOT, load_course
from autograder.release.audit import Secrets, audit, known_secrets
from autograder.release.bundle import kit_files

pytestmark = pytest.mark.xdist_group("audit")  # one process makes what the tests share

NOTEBOOK = {"cells": [], "metadata": {"kernelspec": {}}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture(scope="module")
def bundle() -> dict[str, bytes]:
    course = load_course()
    return kit_files(course, course.assignment("p1"))


@pytest.fixture(scope="module")
def secrets(bundle: dict[str, bytes]) -> Secrets:
    return known_secrets(KIT_ROOT, bundle, {"0123456789abcdef0123": "the course's secret"})


def kinds(files: dict[str, bytes], secrets: Secrets) -> set[str]:
    return {leak.kind for leak in audit(files, secrets)}


def notebook(**cell: object) -> bytes:
    whole = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None, "source": "x"}
    return json.dumps(NOTEBOOK | {"cells": [whole | cell]}).encode()


def test_the_real_bundle_has_no_leak(bundle: dict[str, bytes], secrets: Secrets) -> None:
    assert [str(leak) for leak in audit(bundle, secrets)] == []
    assert len(secrets.lines) > 300
    assert len(secrets.runs) > 300


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("autograder/hidden/knn.py", "name"),
        ("autograder/reference/exercises/knn.py", "name"),
        ("autograder/mutants/knn.py", "name"),
        ("autograder/variants/knn.py", "name"),
        ("autograder/release/strip.py", "name"),
        ("autograder/demo.py", "name"),
        ("tests/test_x.py", "name"),
        ("gradebook.db", "name"),
        (".course_secret", "name"),
        ("../outside.py", "name"),
        ("deeprob/__pycache__/knn.cpython-311.pyc", "cache"),
        ("notebooks/.ipynb_checkpoints/knn-checkpoint.ipynb", "cache"),
        ("knn.py~", "cache"),
    ],
)
def test_a_private_name_is_a_leak(secrets: Secrets, path: str, kind: str) -> None:
    assert kind in kinds({path: b"x = 1\n"}, secrets)


def solution_lines(exercise: str) -> list[str]:
    text = (KIT_ROOT / f"autograder/reference/exercises/{exercise}.py").read_text()
    region = text.split("### BEGIN SOLUTION\n")[1].split("### END SOLUTION")[0]
    return [line for line in region.splitlines() if line.strip()]


@pytest.mark.parametrize("exercise", ["knn", "linear_classifier"])
def test_a_pasted_solution_is_a_leak_however_it_is_indented(secrets: Secrets, exercise: str) -> None:
    pasted = "def other():\n" + "\n".join(f"            {line.strip()}  # mine" for line in solution_lines(exercise))
    assert kinds({"deeprob/extra.py": pasted.encode()}, secrets) == {"content"}
    assert "content" in kinds({"notebooks/knn.ipynb": notebook(source=pasted)}, secrets)


@pytest.mark.parametrize("folder", ["hidden", "mutants"])
def test_a_pasted_private_source_is_a_leak(secrets: Secrets, folder: str) -> None:
    text = (KIT_ROOT / f"autograder/{folder}/knn.py").read_bytes()
    found = audit({"autograder/checks/more.py": text}, secrets)
    assert {leak.kind for leak in found} == {"content"}
    assert any(folder in leak.what or "hidden check" in leak.what for leak in found)


def test_one_title_of_a_hidden_check_is_a_leak(secrets: Secrets) -> None:
    title = next(line for line, where in secrets.lines.items() if "title" in where and not line.startswith('"'))
    assert kinds({"docs.md": f"\n{title}\n".encode()}, secrets) == {"content"}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (notebook(outputs=[{"output_type": "stream", "text": "55"}]), "output"),
        (notebook(execution_count=7), "output"),
        (notebook(metadata={"solution_of": "knn"}), "metadata"),
        (json.dumps(NOTEBOOK | {"metadata": {"widgets": {}}}).encode(), "metadata"),
        (notebook(source="### BEGIN HIDDEN TESTS"), "marker"),
        (b"no notebook", "notebook"),
    ],
)
def test_what_a_notebook_must_not_carry(secrets: Secrets, data: bytes, kind: str) -> None:
    assert kind in kinds({"notebooks/knn.ipynb": data}, secrets)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("path = '/home/teacher/kit'", "path"),
        (f"path = '{KIT_ROOT}/data'", "secret"),
        ("seed = '0123456789abcdef0123'", "secret"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "secret"),
        ("key = 'ghp_" + "a" * 36 + "'", "secret"),
        ("password = 'correct-horse'", "secret"),
        ("### BEGIN SOLUTION", "marker"),
    ],
)
def test_paths_keys_and_markers_are_leaks(secrets: Secrets, text: str, kind: str) -> None:
    assert kind in kinds({"deeprob/extra.py": text.encode()}, secrets)


def test_a_leak_says_where_and_what(secrets: Secrets) -> None:
    (leak,) = audit({"knn.py~": b""}, secrets)
    assert str(leak) == "knn.py~: cache: knn.py~"


def test_harmless_lines_are_no_leak(secrets: Secrets) -> None:
    text = "import torch\n\n\ndef f(x):\n    return x\n\n\nfor i in range(10):\n    print(i)\n"
    assert audit({"deeprob/extra.py": text.encode()}, secrets) == []
    assert Path(KIT_ROOT).exists()
