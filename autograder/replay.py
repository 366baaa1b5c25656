"""Names a student's mistake by replaying known ones.

When a check fails, the same check with the same seed is run against each mutant of the question. A mutant that gives
the same answers as the student's code makes the same mistake, and its sentence is the diagnosis. Mutants are our own
code, so they run in this process.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch

from autograder.course import Course
from autograder.engine.check import Check
from autograder.engine.earlier import load_earlier, reference_path, registered
from autograder.engine.errors import GraderFault
from autograder.engine.expect import close
from autograder.engine.live import LiveBackend
from autograder.engine.quiet import unheard
from autograder.engine.run import Attempt, Session, run_check
from autograder.engine.seeding import seeded
from autograder.engine.student import Call
from autograder.engine.submission import reference_extra
from autograder.engine.worker import load_module
from autograder.mutation import Mutant, load_mutants, mutate

__all__ = ["MutantDiagnosis"]


class MutantDiagnosis:
    """A `Diagnosis`: called with a check and the attempt that did not pass, returns a sentence or nothing.

    Args:
        course: for what an exercise forbids.
        secret, device: as the grader draws.
    """

    def __init__(self, course: Course, secret: bytes, device: str = "cpu") -> None:
        self.course, self.secret, self.device = course, secret, device
        self._earlier: dict[str, dict[str, ModuleType]] = {}
        self._modules: dict[str, ModuleType] = {}
        self._sources: dict[str, str] = {}

    def __call__(self, check: Check, attempt: Attempt) -> str:
        exercise = self.course.exercise(check.question.split(".", 1)[0])
        if exercise.name not in self._earlier:
            self._earlier[exercise.name] = load_earlier(self.course, exercise)
        with unheard(), warnings.catch_warnings(), registered(self._earlier[exercise.name]):
            warnings.simplefilter("ignore")
            mutant = self.find(check, attempt)
        return mutant.explains if mutant else ""

    def find(self, check: Check, attempt: Attempt) -> Mutant | None:
        """The first mutant whose answers are the attempt's; else the first that is judged alike.

        Answers hold caches too, in which everybody keeps something else; what is judged is the same for the same
        mistake.
        """
        judged_alike: Mutant | None = None
        for mutant in load_mutants(check.question.split(".", 1)[0]):
            if mutant.question != check.question:
                continue
            try:
                replayed = self._replay(check, attempt, mutant)
            except GraderFault:  # a mutant that breaks the check tells nothing about the student
                continue
            if replayed.result.passed:
                continue
            if _same_answers(attempt.transcript, replayed.transcript):
                return mutant
            if judged_alike is None and _judged_alike(attempt, replayed):
                judged_alike = mutant
        return judged_alike

    def _replay(self, check: Check, attempt: Attempt, mutant: Mutant) -> Attempt:
        module = self._module(mutant)
        exercise = self.course.exercise(check.question.split(".", 1)[0])

        @contextmanager
        def open_backend(seed: int) -> Iterator[LiveBackend]:
            backend = LiveBackend(module, exercise.forbidden, exercise.file)
            with seeded(seed):
                try:
                    yield backend
                finally:
                    backend.close()

        files = reference_extra(exercise)  # ours: a student's file is read beside the student's code and nowhere else
        session = Session(attempt.submission, self.secret, self.device, open_backend, files=files)
        return run_check(session, check)

    def _module(self, mutant: Mutant) -> ModuleType:
        if mutant.name not in self._modules:
            exercise = self.course.exercise(mutant.question.split(".", 1)[0])
            if exercise.name not in self._sources:
                self._sources[exercise.name] = reference_path(exercise).read_text(encoding="utf-8")
            source = mutate(self._sources[exercise.name], mutant)
            name = f"autograder.mutants.replayed.{mutant.name.replace('.', '_').replace('/', '_')}"
            self._modules[mutant.name] = load_module(name, exercise.file, source.encode())
        return self._modules[mutant.name]


def _judged_alike(a: Attempt, b: Attempt) -> bool:
    """Whether two checks failed in the same words, or on the same value but for rounding."""
    if a.result.message == b.result.message:
        return True
    what = [attempt.result.message.split(" ")[0].split("[")[0] for attempt in (a, b)]
    return a.came is not None and b.came is not None and what[0] == what[1] and _same(a.came, b.came)


def _same_answers(a: list[Call], b: list[Call]) -> bool:
    """Whether two transcripts hold the same calls with the same results, but for rounding."""
    return len(a) == len(b) and all(
        x.text == y.text and x.raised == y.raised and _same(x.result, y.result) for x, y in zip(a, b, strict=True)
    )


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        if a.shape != b.shape or a.dtype != b.dtype or a.device != b.device:
            return False
        if a.device.type == "meta":
            return True
        if not a.dtype.is_floating_point:
            return bool(torch.equal(a, b))
        finite = torch.isfinite(a)
        if not torch.equal(finite, torch.isfinite(b)) or not torch.equal(a.isnan(), b.isnan()):
            return False
        return close(torch.where(finite, a, 0), torch.where(finite, b, 0))
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    if isinstance(a, float):
        return bool(a == b or (a != a and b != b) or abs(a - b) <= 1e-4 * max(abs(a), abs(b)))
    return bool(a == b)
