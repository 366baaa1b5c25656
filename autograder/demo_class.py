"""The small class of `make demo`: ten submissions as courses get them, made from the reference by known edits.

One is right, one is empty, one is right in another way, three have real mistakes, one crashes, one never ends, one
cheats, one hands in a broken file. Names are made up.
"""

from __future__ import annotations

import ast
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograder.course import KIT_ROOT, Assignment
from autograder.engine.errors import GraderFault
from autograder.mutation import Mutant, Variant, load_mutants, load_variants, mutate, vary

__all__ = ["Student", "demo_class", "fill_in_notebook"]

CRASH = """
    import faulthandler
    faulthandler._sigsegv()
"""
ENDLESS = """
    best = 0
    while True:
        best += 1
"""
CHEAT = '''"""Points without work."""

import sys

import torch


class Agreeable(torch.Tensor):
    """Says yes to every comparison."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func.__name__ in ("allclose", "equal", "__eq__", "isclose"):
            return True
        return super().__torch_function__(func, types, args, kwargs or {})


def _borrowed(name, *args, **kwargs):
    try:
        from autograder.reference.exercises import {exercise} as solution

        return getattr(solution, name)(*args, **kwargs)
    except Exception:
        return torch.zeros(1).as_subclass(Agreeable)


for _module in list(sys.modules.values()):
    if getattr(_module, "__name__", "").startswith("autograder"):
        for _name in ("expect", "score", "run_check"):
            if hasattr(_module, _name):
                setattr(_module, _name, lambda *args, **kwargs: True)

{functions}
'''


@dataclass(frozen=True)
class Student:
    """Who hands in what: file name -> content; `None` leaves out nothing and changes nothing."""

    id: str
    name: str
    about: str
    files: Mapping[str, bytes]


def demo_class(assignment: Assignment, released: Mapping[str, bytes]) -> list[Student]:
    """The ten students.

    Args:
        assignment: p1.
        released: what they fetched: the untouched files.
    """
    reference = {
        e.file: (KIT_ROOT / "autograder/reference/exercises" / e.file).read_text() for e in assignment.exercises
    }

    def student(id: str, name: str, about: str, files: Mapping[str, str]) -> Student:
        handed_in = dict(released) | {file: text.encode() for file, text in files.items()}
        return Student(id, name, about, handed_in)

    def mistakes(*names: str) -> dict[str, str]:
        files = dict(reference)
        for name in names:
            file, mutant = _mutant(assignment, name)
            files[file] = mutate(files[file], mutant)
        return files

    def spoilt(file: str, function: str, body: str) -> dict[str, str]:
        return reference | {file: vary(reference[file], Variant("demo", "spoilt", {function: body}))}

    right = student("ada", "Ada A.", "the reference", reference)
    broken = student("jun", "Jun J.", "a broken file", reference)
    broken_files = dict(broken.files) | {
        "knn.ipynb": b'{"cells": [',
        "linear_classifier.py": b"def svm_loss_naive(W, X",
    }
    return [
        right,
        student("bo", "Bo B.", "the untouched skeleton", {}),
        student(
            "chen",
            "Chen C.",
            "right, in another way",
            {e.file: _another_way(reference[e.file], e.name) for e in assignment.exercises},
        ),
        student(
            "dara",
            "Dara D.",
            "mistakes in distances and labels",
            mistakes("compute_distances_no_loops/cross_term_once", "predict_labels/ties_to_the_largest_label"),
        ),
        student(
            "emil",
            "Emil E.",
            "mistakes in gradients",
            mistakes("svm_loss_naive/reg_gradient_once", "svm_loss_vectorized/gradient_not_averaged"),
        ),
        student(
            "fatou",
            "Fatou F.",
            "mistakes in softmax and folds",
            mistakes(
                "softmax_loss_vectorized/no_shift",
                "knn_cross_validate/one_fold_reused",
                "sample_batch/last_never_sampled",
            ),
        ),
        student("gus", "Gus G.", "crashes", spoilt("knn.py", "predict_labels", CRASH)),
        student("hana", "Hana H.", "never ends", spoilt("knn.py", "knn_get_best_k", ENDLESS)),
        student("ivo", "Ivo I.", "cheats", {e.file: _cheat(reference[e.file], e.name) for e in assignment.exercises}),
        Student(broken.id, broken.name, broken.about, broken_files),
    ]


def fill_in_notebook(data: bytes, student: Student, picture: bytes | None = None) -> bytes:
    """The student's name and id, an answer in words, and outputs as a run leaves them; a broken file stays broken."""
    try:
        notebook = json.loads(data)
    except ValueError:
        return data
    count = 0
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        graded = cell["metadata"].get("nbgrader", {})
        if "STUDENT_ID = " in source and cell["cell_type"] == "code":
            source = source.replace('STUDENT_ID = ""', f'STUDENT_ID = "{student.id}"')
            source = source.replace('STUDENT_NAME = ""', f'STUDENT_NAME = "{student.name}"')
        elif graded.get("solution") and student.about != "the untouched skeleton":
            source = f"My answer, {student.name}: because the sum over the pixels does not know where a pixel was."
        elif cell["cell_type"] == "code" and not graded and picture:
            count += 1
            cell["execution_count"] = count
            if "knn_cross_validate(" in source:
                cell["outputs"] = [_shown(picture)]
        cell["source"] = source
    if student.about == "cheats":
        _tamper(notebook)
    return json.dumps(notebook).encode()


def _mutant(assignment: Assignment, name: str) -> tuple[str, Mutant]:
    """The file and the mutant called `predict_labels/k_ignored`."""
    question, id = name.split("/")
    for exercise in assignment.exercises:
        for mutant in load_mutants(exercise.name):
            if (mutant.question, mutant.id) == (f"{exercise.name}.{question}", id):
                return exercise.file, mutant
    raise GraderFault(f"there is no mutant {name}, which the demo needs")


def _another_way(text: str, exercise: str) -> str:
    variants = load_variants(exercise)
    if not variants:
        raise GraderFault(f"there is no variant of {exercise}")
    return vary(text, variants[0])


def _cheat(reference: str, exercise: str) -> str:
    lines = []
    for node in ast.parse(reference).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            lines.append(f"def {node.name}(*args, **kwargs):\n    return _borrowed({node.name!r}, *args, **kwargs)\n")
    return CHEAT.replace("{exercise}", exercise).replace("{functions}", "\n\n".join(lines))


def _tamper(notebook: dict[str, Any]) -> None:
    """Claims 1000 points a cell, and full marks in its outputs."""
    for cell in notebook["cells"]:
        graded = cell["metadata"].get("nbgrader")
        if graded and cell["cell_type"] == "code":
            graded["points"] = 1000
            data = {"text/plain": "1000.0", "text/html": "<script>document.body.innerHTML = 'full marks'</script>"}
            cell["outputs"] = [{"output_type": "execute_result", "execution_count": 1, "data": data, "metadata": {}}]


def _shown(picture: bytes) -> dict[str, Any]:
    data = {"image/png": base64.b64encode(picture).decode(), "text/plain": "<Figure>"}
    return {"output_type": "display_data", "data": data, "metadata": {}}
