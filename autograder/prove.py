"""`prove p1`: shows that the checks see every known mistake and accept every known right answer.

The reference must have all points, the skeleton none, every variant all points of its exercise, and every mutant must
lose points on its question. All of them go through the whole path, sandbox included, like any submission.
`prove knn` and `prove knn.predict_labels` prove a part. With `--secrets N`, right answers are graded under N more
secrets, with other inputs each: none may lose a point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from autograder.course import Assignment, Course, Exercise
from autograder.engine.earlier import reference_path
from autograder.engine.grade import Grader
from autograder.engine.results import QuestionResult, SubmissionResult
from autograder.engine.submission import Submission, read_submission, reference_extra
from autograder.mutation import Mutant, Variant, load_mutants, load_variants, mutate, vary
from autograder.replay import MutantDiagnosis

__all__ = ["Proof", "prove"]

SECRET = b"the proof draws the same inputs every time"
MARKS = {
    "passed": ".", "failed": "F", "error": "E", "timeout": "T", "crashed": "C",
    "forbidden": "X", "blocked": "-", "not_attempted": "n",
}  # fmt: skip


@dataclass
class Proof:
    """What was proved; `ok` when all of it holds."""

    assignment: str
    reference: float = 0.0
    skeleton: float = 0.0
    max_score: float = 0.0
    killed: list[str] = field(default_factory=list)
    survived: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    soaked: int = 0
    lost_later: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        proved = self.killed and self.accepted and not self.survived and not self.rejected and not self.lost_later
        return bool(proved) and self.reference == self.max_score > 0 and self.skeleton == 0

    def __str__(self) -> str:
        mutants, variants = len(self.killed) + len(self.survived), len(self.accepted) + len(self.rejected)
        return (
            f"{self.assignment}: reference {self.reference:g}/{self.max_score:g}, "
            f"skeleton {self.skeleton:g}/{self.max_score:g}, {len(self.killed)}/{mutants} mutants killed, "
            f"{len(self.accepted)}/{variants} variants accepted"
        )


def prove(
    course: Course,
    assignment: Assignment,
    say: Callable[[str], None],
    *,
    sandbox: str = "auto",
    device: str = "cpu",
    name: str = "",
    secrets: int = 0,
) -> Proof:
    """Run the whole proof and say the matrix, question by question.

    Args:
        assignment: what is proved; a part of one will do (`Course.part`).
        say: gets one line at a time.
        name: what it is called in the last line; by default the assignment's short name.
        secrets: under how many more secrets right answers are graded.
    """
    proof = Proof(name or assignment.short)
    diagnosis = MutantDiagnosis(course, SECRET, device)
    with Grader(course, assignment, secret=SECRET, sandbox=sandbox, device=device, diagnose=diagnosis) as grader:
        reference = grader.grade(read_submission("reference", assignment))
        skeleton = grader.grade(read_submission("skeleton", assignment))
        proof.reference, proof.skeleton, proof.max_score = reference.score, skeleton.score, reference.max_score
        for word, result in (("reference", reference), ("skeleton", skeleton)):
            say(f"{word}: {result.score:g}/{result.max_score:g}")
            if word == "reference":
                _say_losses(result, say)
        for exercise in assignment.exercises:
            source = _reference(exercise)
            _prove_mutants(grader, exercise, source, proof, say)
            _prove_variants(grader, exercise, source, proof, say)
    for number in range(secrets):
        _soak(course, assignment, number, proof, say, sandbox=sandbox, device=device)
    total = len(proof.killed) + len(proof.survived)
    say("")
    say(f"{len(proof.named)} of {total} mutants are named by their own sentence")
    if secrets:
        say(f"{proof.soaked} right answers under {secrets} other secrets: {len(proof.lost_later)} lost points")
    say(str(proof))
    return proof


def _prove_mutants(grader: Grader, exercise: Exercise, source: str, proof: Proof, say: Callable[[str], None]) -> None:
    mutants = load_mutants(exercise.name)
    for question in exercise.questions:
        say("")
        say(f"{question.id}  {question.points:g} points")
        for number, check in enumerate(grader.checks[question.id], 1):
            say(f"  {number:2} {check.visibility:7} {check.title}")
        for mutant in (m for m in mutants if m.question == question.id):
            submission = _submission(mutant.id, exercise, mutate(source, mutant))
            (result,) = grader.grade(submission, (question.id,)).questions
            killed = result.points < result.max_points
            (proof.killed if killed else proof.survived).append(mutant.name)
            named = _names(result, mutant)
            if named:
                proof.named.append(mutant.name)
            note = "" if killed else "  SURVIVED"
            if killed and not named:
                note = "  (not named)"
            say(f"  {_row(result):24} {result.points:5.2f}  {mutant.id}{note}")


def _prove_variants(grader: Grader, exercise: Exercise, source: str, proof: Proof, say: Callable[[str], None]) -> None:
    say("")
    say(f"{exercise.name}: variants")
    about = {v.id: v.about for v in _variants(exercise)}
    for name, result in _graded(grader, exercise, source):
        accepted = result.score == result.max_score
        (proof.accepted if accepted else proof.rejected).append(f"{exercise.name}/{name}")
        note = "" if accepted else "  REJECTED"
        say(f"  {result.score:6.2f}/{result.max_score:g}  {name}: {about[name]}{note}")
        _say_losses(result, say)


def _graded(grader: Grader, exercise: Exercise, source: str) -> Iterator[tuple[str, SubmissionResult]]:
    """Each variant's name and result."""
    questions = tuple(q.id for q in exercise.questions)
    for variant in _variants(exercise):
        yield variant.id, grader.grade(_submission(variant.id, exercise, vary(source, variant)), questions)


def _variants(exercise: Exercise) -> tuple[Variant, ...]:
    """The exercise's variants; where only some of its questions are proved, those that answer one of them."""
    return tuple(
        v
        for v in load_variants(exercise.name)
        if any(name == q.name or name.startswith(q.name + ".") for name in v.bodies for q in exercise.questions)
    )


def _soak(
    course: Course,
    assignment: Assignment,
    number: int,
    proof: Proof,
    say: Callable[[str], None],
    *,
    sandbox: str,
    device: str,
) -> None:
    """Grade what is right with other inputs: the reference, and every variant."""
    secret = SECRET + number.to_bytes(4, "big")
    with Grader(course, assignment, secret=secret, sandbox=sandbox, device=device) as grader:
        for exercise in assignment.exercises:
            source = _reference(exercise)
            reference = grader.grade(
                _submission("reference", exercise, source), tuple(q.id for q in exercise.questions)
            )
            for name, result in (("reference", reference), *_graded(grader, exercise, source)):
                proof.soaked += 1
                if result.score < result.max_score:
                    proof.lost_later.append(f"{exercise.name}/{name}, secret {number}")
                    say(f"  {proof.lost_later[-1]}  LOST {result.max_score - result.score:g} POINTS")
                    _say_losses(result, say)


def _reference(exercise: Exercise) -> str:
    return reference_path(exercise).read_text(encoding="utf-8")


def _submission(name: str, exercise: Exercise, source: str) -> Submission:
    return Submission(name, {exercise.file: source.encode(), **reference_extra(exercise)})


def _row(result: QuestionResult) -> str:
    return " ".join(MARKS[c.outcome] for c in result.checks)


def _names(result: QuestionResult, mutant: Mutant) -> bool:
    """Whether the mutant's own sentence is given, or a rule that it breaks is."""
    lost = [c for c in result.checks if c.outcome not in ("passed", "blocked")]
    return any(c.diagnosis == mutant.explains or c.outcome in ("forbidden", "timeout") for c in lost)


def _say_losses(result: SubmissionResult, say: Callable[[str], None]) -> None:
    for question in result.questions:
        for c in question.checks:
            if not c.passed and question.points < question.max_points:
                say(f"      {c.id}: {c.outcome}: {c.message}")
