"""Hidden checks of the losses on scores."""

from __future__ import annotations

import torch

from autograder.checks.fully_connected_networks.losses import (
    EXPONENTIAL,
    FOCAL,
    LOSSES,
    SVM,
    answer,
    clear_cut,
    compare,
    problem,
)
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.meta import follows_device, on_meta
from autograder.engine.student import Student
from autograder.hidden.fully_connected_networks.layers import tensors


@check(*LOSSES, needs="gradient")
def double_precision(student: Student, draw: Draw) -> None:
    """float64 scores give a float64 gradient of that accuracy"""
    compare(student, *problem(draw, 8, 4, torch.float64), torch.float64)


@check(*LOSSES, needs="gradient")
def missing_class(student: Student, draw: Draw) -> None:
    """classes that do not occur among the labels, the last ones or the first, and not ten classes"""
    compare(student, *problem(draw, 6, 5, occurring=3))
    x, y = problem(draw, 6, 5, occurring=3)
    compare(student, x.flip(1), 4 - y)
    compare(student, *problem(draw, 25, 13))


@check(*LOSSES, needs="gradient")
def one_example(student: Student, draw: Draw) -> None:
    """a single example, two classes, as many examples as classes"""
    for n, c in ((1, 4), (6, 2), (1, 2), (5, 5)):
        compare(student, *problem(draw, n, c))


@check(*LOSSES, needs="gradient")
def not_contiguous(student: Student, draw: Draw) -> None:
    """scores and labels that are not contiguous in memory"""
    x, y = problem(draw, 7, 4)
    compare(student, draw.strided(x), draw.strided(y))


@check(*LOSSES, needs="gradient")
def small_label_dtypes(student: Student, draw: Draw) -> None:
    """int32 and uint8 labels are class numbers"""
    for dtype in (torch.int32, torch.uint8):
        x, y = problem(draw, 8, 3)
        compare(student, x, y.to(dtype))


@check(*EXPONENTIAL, needs="gradient")
def rows_of_different_size(student: Student, draw: Draw) -> None:
    """large scores of one example do not spoil those of another"""
    x, y = problem(draw, 6, 4)
    far = torch.tensor([0.0, 200.0, -200.0, 150.0, -100.0, 0.0], device=draw.device)
    compare(student, x + far[:, None], y)


@check(FOCAL, needs="other_gammas")
def large_scores_for_other_gammas(student: Student, draw: Draw) -> None:
    """probabilities of exactly 0 and 1 for gamma = 0, 1, 1.5 and 3"""
    for gamma in (0.0, 1.0, 1.5, 3.0):
        compare(student, *clear_cut(draw, 6, 4, 1e4), gamma=gamma)
        compare(student, *clear_cut(draw, 6, 4, 200.0), gamma=gamma)


@check(SVM, needs="gradient")
def far_from_the_margin(student: Student, draw: Draw) -> None:
    """examples far on the right side cost nothing, far on the wrong side a lot; close and equal scores cost about 1"""
    for size in (3e3, 30.0, 0.01):
        compare(student, *problem(draw, 10, 4, size=size))
    x, y = problem(draw, 10, 4)
    tied = x.scatter(1, ((y + 1) % 4)[:, None], x.gather(1, y[:, None]))
    for scores in (10.0 * torch.nn.functional.one_hot(y, 4) + 0.1 * x, torch.zeros_like(x), tied):
        compare(student, scores, y.clone())


@check(*LOSSES, needs="gradient")
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    x, y = problem(draw, 6, 4)
    follows_device(lambda: tensors(answer(student.asked(on_meta(x), on_meta(y)))[1]), "dx")
