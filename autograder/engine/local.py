"""The visible checks of one's own code, in this process: for the notebook and for `autograder check`."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, ModuleType

import torch

from autograder.course import Course, Exercise, Question
from autograder.engine import rules
from autograder.engine.check import load_checks
from autograder.engine.device import full_precision, resolve_device
from autograder.engine.errors import StudentRaised, TimedOut
from autograder.engine.live import LiveBackend
from autograder.engine.results import CheckResult
from autograder.engine.run import Diagnosis, Session, run_checks, unable
from autograder.engine.seeding import seeded
from autograder.engine.submission import MAX_FILE

__all__ = ["check_live", "check_module", "import_failure"]

PUBLIC_SEED = b"visible checks draw the same inputs for everybody"


def check_live(
    course: Course, selection: str, modules: Mapping[str, ModuleType], device: str = "cpu"
) -> list[CheckResult]:
    """Run the visible checks of `p1`, `knn` or `knn.predict_labels` on modules that are already loaded.

    Args:
        modules: exercise name -> module; its `__file__` is read for the rules.
        device: `cpu` or `cuda`.

    Returns:
        One result a check, in the course's order, each with its `finding`.

    Raises:
        UsageError: an unknown device, or one that is not there.
    """
    resolve_device(device)
    results: list[CheckResult] = []
    for question in course.select(selection):
        exercise = course.exercise(question.exercise)
        results += check_module(course, exercise, question, modules[exercise.name], device)
    return results


def check_module(
    course: Course,
    exercise: Exercise,
    question: Question,
    module: ModuleType,
    device: str = "cpu",
    *,
    secret: bytes = PUBLIC_SEED,
    submission: str = "",
    hidden: bool = False,
    diagnose: Diagnosis | None = None,
) -> list[CheckResult]:
    """Run the checks of one question on one loaded module."""
    file = str(module.__file__)
    checks = load_checks(exercise, hidden)[question.id]
    with open(file, "rb") as source:
        broken = rules.broken_rule(source.read(), exercise, question)
    if broken:
        return unable(checks, "forbidden", broken)

    @contextmanager
    def open_backend(seed: int) -> Iterator[LiveBackend]:
        backend = LiveBackend(module, exercise.forbidden, file)
        with seeded(seed), _alarm(course.limits.seconds):
            try:
                yield backend
            finally:
                backend.close()

    if device == "cuda":
        torch.cuda.init()  # so that its generator is seeded from the first check on
    with _one_thread(), full_precision():
        return run_checks(
            Session(submission, secret, device, open_backend, diagnose, None, _beside(file, exercise)), checks
        )


def _beside(file: str, exercise: Exercise) -> dict[str, bytes]:
    """What lies beside the module and is handed in with it."""
    paths = [Path(file).with_name(name) for name in exercise.extra]
    return {path.name: path.read_bytes() for path in paths if path.is_file() and path.stat().st_size <= MAX_FILE}


@contextmanager
def _one_thread() -> Iterator[None]:
    """The inputs of checks are small: on many threads they take longer, on a busy machine by seconds."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Stop code of this thread that runs too long, where the system has alarms (not on Windows)."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimedOut(f"timeout after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def import_failure(error: BaseException, file: str) -> str:
    """What is said of a file that cannot be imported."""
    if isinstance(error, SyntaxError):
        return f"{file}{f', line {error.lineno}' if error.lineno else ''}: {error.msg}"
    return str(StudentRaised(type(error).__name__, str(error)[:300]))
