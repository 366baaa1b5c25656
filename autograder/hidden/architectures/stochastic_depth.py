"""Hidden checks of stochastic depth."""

from __future__ import annotations

import torch

from autograder.checks.architectures.stochastic_depth import CHANNELS, STOCHASTIC, made, took_part
from autograder.checks.architectures.whole import expect_shape, on_meta
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student


@check(STOCHASTIC, needs=("training", "evaluation"))
def mode_after_mode(student: Student, draw: Draw) -> None:
    """evaluation after training, and training after evaluation"""
    net, branch, x = made(student, draw, 0.5)
    with_branch = x + branch(x, training=True)
    for _ in range(12):
        took_part(student.networks.forward(net, x.clone(), training=True), x, with_branch)
    first = student.networks.forward(net, x.clone())
    second = student.networks.forward(net, x.clone())
    expect(first, "the output in evaluation").is_tensor(tuple(x.shape), x.dtype, x.device)
    expect(second, "the output of the second evaluation").equals(first)
    kept = [took_part(student.networks.forward(net, x.clone(), training=True), x, with_branch) for _ in range(40)]
    expect(sum(kept), "the calls with the branch").holds(
        0 < sum(kept) < len(kept), f"after evaluation, the branch takes part in {sum(kept)} of {len(kept)} calls."
    )


@check(STOCHASTIC, needs="training")
def every_call_draws_anew(student: Student, draw: Draw) -> None:
    """each call draws anew: neither the calls before it nor another module tell what comes"""
    calls, drawn = 240, []
    for _ in range(2):
        net, branch, x = made(student, draw, 0.5, images=1)
        with_branch = x + branch(x, training=True)
        expect(net.requires_grad_(False), "the module").is_object()
        expect(net.train(), "the module").is_object()
        outputs = [net.forward(x.clone()) for _ in range(calls)]  # the mode is set once
        drawn.append([took_part(out, x, with_branch, one_image=True) for out in outputs])
    for back in range(1, 9):
        pairs = [a == b for kept in drawn for a, b in zip(kept, kept[back:], strict=False)]
        expect(sum(pairs), "the calls that are alike").holds(
            abs(sum(pairs) - len(pairs) / 2) <= 3 * len(pairs) ** 0.5,  # six standard deviations
            f"with survival 0.5, the branch takes part in a call exactly if it did {back} before, in {sum(pairs)} of "
            f"{len(pairs)} calls, expected about half of them: a call knows nothing of those before it.",
        )
    expect(drawn[0], "the calls with the branch").holds(
        drawn[0] != drawn[1], f"two modules leave out their branches in the same of {calls} calls: a call draws anew."
    )


@check(STOCHASTIC, needs="evaluation")
def statistics_in_evaluation(student: Student, draw: Draw) -> None:
    """evaluation runs the branch in evaluation mode: its statistics are used and stay"""
    net, branch, x = made(student, draw, 0.6)
    expected = x + 0.6 * branch(x)
    for _ in range(8):
        expect(student.networks.forward(net, x.clone()), "the output in evaluation").equals(expected)


@check(STOCHASTIC, needs=("training", "evaluation"))
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves x unchanged, in both modes"""
    net, _, x = made(student, draw, 0.5)
    before = x.clone()
    for mode in (False, *[True] * 12):
        student.networks.forward(net, x, training=mode)
        expect(x, "x").is_unchanged_from(before)


@check(STOCHASTIC, needs="evaluation")
def double_precision(student: Student, draw: Draw) -> None:
    """float64 gives an output of that accuracy"""
    net, branch, x = made(student, draw, 0.25, dtype=torch.float64)
    expected = x + 0.25 * branch(x)
    expect(student.networks.forward(net, x.clone()), "the output in evaluation").equals(expected)


@check(STOCHASTIC, needs="evaluation")
def device_of_the_input(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its input"""
    branch = on_meta(student, student.ConvBNReLU, "the branch", CHANNELS, CHANNELS, 3, pad=1)
    net = on_meta(student, student.StochasticDepth, "StochasticDepth(branch, 0.5)", branch, 0.5)
    expect_shape(student, net, "StochasticDepth(branch, 0.5)", (2, CHANNELS, 5, 4), (2, CHANNELS, 5, 4))


@check(STOCHASTIC, needs="evaluation")
def smallest_and_largest_survival(student: Student, draw: Draw) -> None:
    """survival close to 0, and an integer 1, are accepted"""
    for survival in (0.001, 1):
        net, branch, x = made(student, draw, survival)
        expected = x + survival * branch(x)
        expect(student.networks.forward(net, x), f"the output in evaluation, survival {survival}").equals(expected)
