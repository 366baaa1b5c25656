"""How long a student waits in a warm kernel: for the answer of `check("...")`, and for an explorer's picture."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from autograder.course import KIT_ROOT, load_course
from autograder.engine.local import check_live
from autograder.engine.worker import load_module
from deeprob import widgets

REPEATS = 5


def run() -> None:
    """Print the slowest and the median question of p1, with the reference as the student's file, and explorer."""
    course = load_course()
    assignment = course.assignment("p1")
    modules = {}
    for exercise in assignment.exercises:
        path = KIT_ROOT / "autograder" / "reference" / "exercises" / exercise.file
        modules[exercise.name] = load_module(f"bench_{exercise.name}", str(path), path.read_bytes())
    check_live(course, "p1", modules)
    _say("check in a notebook", 0.3, {q.id: partial(check_live, course, q.id, modules) for q in assignment.questions})
    makers = [getattr(widgets, name) for name in widgets.__all__ if name.endswith(("_explorer", "_stepper"))]
    _say("redraw of an explorer", 0.5, {make.__name__: make().redraw for make in makers})


def _say(what: str, aim: float, calls: dict[str, Callable[[], object]]) -> None:
    seconds = {}
    for name, call in calls.items():
        times = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
        seconds[name] = sorted(times)[REPEATS // 2]
    ordered = sorted(seconds.items(), key=lambda item: item[1])
    slowest, longest = ordered[-1]
    print(f"{what}: median {ordered[len(ordered) // 2][1]:.3f} s, slowest {longest:.3f} s ({slowest}); aim {aim} s")
