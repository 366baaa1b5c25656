"""What the skeleton generator does, and everything that it refuses to publish."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from autograder.course import KIT_ROOT
from autograder.release.strip import StripError, find_regions, strip_source, write_skeletons

REFERENCE = '''"""An exercise."""

import torch


def twice(x: torch.Tensor) -> torch.Tensor:
    """Twice x, which is no secret solution."""
    if x is None:
        raise ValueError("x is None")
    ### BEGIN SOLUTION
    y = x + x

    return y
    ### END SOLUTION


class Net:
    def __init__(self, width: int) -> None:
        ### BEGIN SOLUTION
        self.width = width
        ### END SOLUTION

    def given(self) -> int:
        return 7  # begins to matter at the end
'''


def strip(text: str) -> str:
    return strip_source(text, exercise="knn", path="ref/knn.py")


def function(body: str) -> str:
    return "def f():\n" + "".join(f"    {line}\n" if line else "\n" for line in body.split("\n"))


def test_a_region_becomes_a_todo_and_a_not_implemented_error():
    assert (
        '        raise ValueError("x is None")\n'
        "    # TODO: implement twice; its docstring says what it takes and returns.\n"
        '    raise NotImplementedError("knn.twice: not implemented yet")\n'
        "\n"
        "\n"
        "class Net:\n"
    ) in strip(REFERENCE)


def test_a_method_is_named_with_its_class_and_the_error_names_the_question():
    assert (
        "        # TODO: implement Net.__init__; its docstring says what it takes and returns.\n"
        '        raise NotImplementedError("knn.Net: not implemented yet")\n'
    ) in strip(REFERENCE)


def test_every_line_outside_the_regions_is_copied():
    kept, inside = [], False
    for line in REFERENCE.split("\n"):
        inside = inside or "BEGIN SOLUTION" in line
        if not inside:
            kept.append(line)
        inside = inside and "END SOLUTION" not in line
    added = [line for line in strip(REFERENCE).split("\n") if "TODO" in line or "NotImplementedError" in line]
    assert [line for line in strip(REFERENCE).split("\n") if line not in added] == kept
    assert len(added) == 4


def test_regions_are_found_with_name_place_and_indentation():
    first, second = find_regions(REFERENCE)
    assert (first.name, first.begin, first.end, first.indent) == ("twice", 10, 14, "    ")
    assert (second.name, second.indent) == ("Net.__init__", "        ")


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("### BEGIN SOLUTION\nreturn 1", 2, "has no '### END SOLUTION'"),
        ("return 1\n### END SOLUTION", 3, "ends nothing"),
        ("### BEGIN SOLUTION\nx = 1\n### BEGIN SOLUTION\n### END SOLUTION", 4, "inside the one of line 2"),
        (
            "### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n### BEGIN SOLUTION\nreturn x\n### END SOLUTION",
            5,
            "f has a region already",
        ),
        ("### BEGIN SOLUTION\n### END SOLUTION\nreturn 1", 2, "the region is empty"),
        ("### BEGIN SOLUTION\n# only words\n### END SOLUTION\nreturn 1", 2, "the region is empty"),
        ("### BEGIN SOLUTION\nreturn 1\n  ### END SOLUTION", 4, "indented otherwise"),
        ("### BEGIN SOLUTION\nreturn 1  ### END SOLUTION", 3, "stands behind code"),
        ('x = """\n### BEGIN SOLUTION\n"""\nreturn x', 2, "inside a string"),
    ],
)
def test_a_misplaced_marker_is_an_error_with_file_and_line(body, line, message):
    with pytest.raises(StripError, match=r"^ref/knn\.py:") as error:
        strip(function(body))
    assert error.value.line == line
    assert message in str(error.value)


@pytest.mark.parametrize(
    "marker",
    [
        "# BEGIN SOLUTION",
        "### begin solution",
        "### BEGIN SOLUTION:",
        "###BEGIN SOLUTION",
        "### BEGIN  SOLUTION",
        "### BEGIN SOLUTON",
        "# END SOLUTOIN",
        "## END",
        "# the Solution, with a trick",
        "#### BEGIN SOLUTION",
    ],
)
def test_a_comment_that_could_be_meant_as_a_marker_is_an_error(marker):
    text = function(f"### BEGIN SOLUTION\nreturn 1\n### END SOLUTION\n{marker}")
    with pytest.raises(StripError, match="looks like a marker") as error:
        strip(text)
    assert error.value.line == 5
    assert marker in str(error.value)


def test_a_region_outside_of_a_function_is_an_error():
    with pytest.raises(StripError, match="lies in no function"):
        strip("### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n")
    with pytest.raises(StripError, match="lies in no function"):
        strip("class A:\n    ### BEGIN SOLUTION\n    x = 1\n    ### END SOLUTION\n")


def test_a_region_over_two_functions_is_an_error():
    text = "def f():\n    ### BEGIN SOLUTION\n    return 1\n\n\ndef g():\n    return 2\n    ### END SOLUTION\n"
    with pytest.raises(StripError, match=r"^ref/knn.py:6: this line leaves the block"):
        strip(text)


def test_a_reference_without_a_region_is_an_error():
    with pytest.raises(StripError, match="no solution is marked"):
        strip("def f():\n    return 1\n")


def test_a_reference_that_is_no_python_is_an_error():
    with pytest.raises(StripError, match=r"^ref/knn.py:1: not valid Python"):
        strip("def f(:\n    ### BEGIN SOLUTION\n    pass\n    ### END SOLUTION\n")


def test_a_skeleton_that_would_be_no_python_is_an_error():
    text = function("try:\n    ### BEGIN SOLUTION\n    return 1\nexcept ValueError:\n    pass\n    ### END SOLUTION")
    with pytest.raises(StripError, match="leaves the block"):
        strip(text)


@pytest.mark.parametrize(
    ("statement", "name"),
    [("import math", "math"), ("from math import log as ln", "ln"), ("import os.path", "os")],
)
def test_an_import_that_only_a_solution_uses_is_an_error(statement, name):
    text = f"{statement}\n" + function(f"### BEGIN SOLUTION\nreturn {name}\n### END SOLUTION")
    with pytest.raises(StripError, match=f"^ref/knn.py:1: only solutions use the import of '{name}'"):
        strip(text)


def test_imports_used_in_annotations_or_exported_stay():
    text = (
        "from __future__ import annotations\n\nimport json\n\nimport torch\n\n__all__ = ['json']\n\n\n"
        "def f(x: torch.Tensor) -> None:\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION\n"
    )
    assert "import torch" in strip(text)


def make_kit(root: Path, **references: str) -> Path:
    (root / "deeprob/exercises").mkdir(parents=True)
    (root / "autograder/reference/exercises").mkdir(parents=True)
    for name, text in references.items():
        (root / f"autograder/reference/exercises/{name}.py").write_text(text)
    return root


def test_skeletons_are_written_and_then_up_to_date(tmp_path):
    root = make_kit(tmp_path, knn=REFERENCE, __init__="")
    (root / "deeprob/exercises/__init__.py").write_text("")
    (root / "deeprob/exercises/gone.py").write_text("x = 1\n")
    changed = [root / "deeprob/exercises/knn.py", root / "deeprob/exercises/gone.py"]
    assert list(write_skeletons(check_only=True, root=root)) == changed
    assert not changed[0].exists()
    assert list(write_skeletons(root=root)) == changed
    assert changed[0].read_text() == strip(REFERENCE)
    assert not changed[1].exists()
    assert write_skeletons(check_only=True, root=root) == ()


def test_nothing_is_written_when_one_reference_is_wrong(tmp_path):
    root = make_kit(tmp_path, a=REFERENCE, b=REFERENCE.replace("### END", "### The END"))
    with pytest.raises(StripError, match=r"^autograder/reference/exercises/b.py:14: "):
        write_skeletons(root=root)
    assert list((root / "deeprob/exercises").iterdir()) == []


def test_the_committed_skeletons_equal_their_sources_byte_for_byte():
    stale = [p.relative_to(KIT_ROOT).as_posix() for p in write_skeletons(check_only=True)]
    assert stale == [], "run: python -m autograder.release.strip"


@pytest.mark.parametrize("name", ["knn", "linear_classifier"])
def test_no_line_of_a_solution_stands_in_its_skeleton(name):
    source = (KIT_ROOT / f"autograder/reference/exercises/{name}.py").read_text()
    skeleton = (KIT_ROOT / f"deeprob/exercises/{name}.py").read_text()
    lines = source.split("\n")
    secret = {
        line.strip()
        for region in find_regions(source)
        for line in lines[region.begin : region.end - 1]
        if len(line.strip()) > 12
    }
    assert len(secret) > 30
    assert sorted(secret & {line.strip() for line in skeleton.split("\n")}) == []
    assert "SOLUTION" not in skeleton
    ast.parse(skeleton)
