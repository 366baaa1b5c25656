"""How long `check("...")` takes to answer in a kernel that is warm, question by question."""

from __future__ import annotations

import time

from autograder.course import KIT_ROOT, load_course
from autograder.engine.local import check_live
from autograder.engine.worker import load_module

REPEATS = 5


def run() -> None:
    """Print the slowest and the median question, with the reference as the student's file."""
    course = load_course()
    assignment = course.assignment("p1")
    modules = {}
    for exercise in assignment.exercises:
        path = KIT_ROOT / "autograder" / "reference" / "exercises" / exercise.file
        modules[exercise.name] = load_module(f"bench_{exercise.name}", str(path), path.read_bytes())
    check_live(course, "p1", modules)
    seconds = {}
    for question in assignment.questions:
        times = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            check_live(course, question.id, modules)
            times.append(time.perf_counter() - start)
        seconds[question.id] = sorted(times)[REPEATS // 2]
    ordered = sorted(seconds.items(), key=lambda item: item[1])
    print(
        f"check in a notebook: median {ordered[len(ordered) // 2][1]:.3f} s, "
        f"slowest {ordered[-1][1]:.3f} s ({ordered[-1][0]}); aim 0.3 s"
    )
