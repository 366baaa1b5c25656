"""Visible checks of stochastic depth: both modes, the draw, the branch that is left out, gradients."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from autograder.checks.architectures.roles import entries_of
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import close, expect
from autograder.engine.layers import expect_refused
from autograder.engine.student import Student

STOCHASTIC = "architectures.StochasticDepth"
CHANNELS = 3

Tensor = torch.Tensor


@check(STOCHASTIC, weight=2)
def evaluation(student: Student, draw: Draw) -> None:
    """evaluation: x + survival * branch(x)"""
    for survival in (0.25, 0.9):
        net, branch, x = made(student, draw, survival)
        expected = x + survival * branch(x)
        expect(student.networks.forward(net, x.clone()), f"the output in evaluation, survival {survival:g}").equals(
            expected
        )


@check(STOCHASTIC)
def branch_is_registered(student: Student, draw: Draw) -> None:
    """the parameters of the branch are those of the module, and its running statistics are in the state_dict"""
    branch = branch_of(student)
    expected = sorted(entry[1:] for entry in entries_of(student, branch, "the branch"))
    net = student.StochasticDepth(branch, 0.5)
    came = sorted(entry[1:] for entry in entries_of(student, net, "StochasticDepth(branch, 0.5)"))
    spare = list(came)
    for entry in expected:
        if entry in spare:
            spare.remove(entry)
    right = len(came) == len(spare) + len(expected) and all(kind == "buffer" for _, kind, _ in spare)
    expect(came, "its state_dict").holds(
        right,
        f"the state_dict has {len(came)} entries with the shapes {[e[0] for e in came][:6]}, "
        f"expected the {len(expected)} of the branch, and no other parameter.",
    )


@check(STOCHASTIC, weight=2)
def training(student: Student, draw: Draw) -> None:
    """training: x + branch(x) or x, the same for the whole batch, and both of them happen"""
    net, branch, x = made(student, draw, 0.5)
    with_branch = x + branch(x, training=True)
    kept = [took_part(student.networks.forward(net, x.clone(), training=True), x, with_branch) for _ in range(40)]
    expect(sum(kept), "the calls with the branch").holds(
        0 < sum(kept) < len(kept),
        f"with survival 0.5, the branch takes part in {sum(kept)} of {len(kept)} calls, expected about half of them.",
    )


@check(STOCHASTIC, needs="training")
def share_of_the_calls(student: Student, draw: Draw) -> None:
    """the branch takes part with probability survival"""
    for survival in (0.8, 0.3):
        net, branch, x = made(student, draw, survival, images=1)
        with_branch = x + branch(x, training=True)
        calls = 150
        kept = sum(
            took_part(student.networks.forward(net, x.clone(), training=True), x, with_branch, one_image=True)
            for _ in range(calls)
        )
        sigma = (calls * survival * (1 - survival)) ** 0.5
        expect(kept, "the calls with the branch").holds(
            abs(kept - calls * survival) <= 6 * sigma,
            f"with survival {survival}, the branch takes part in {kept} of {calls} calls, "
            f"expected about {calls * survival:.0f}.",
        )


@check(STOCHASTIC, needs="training")
def survival_of_one(student: Student, draw: Draw) -> None:
    """survival 1: x + branch(x) in every call, in both modes"""
    for mode in (True, False):
        net, branch, x = made(student, draw, 1.0)
        expected = x + branch(x, training=mode)
        for _ in range(12):
            out = student.networks.forward(net, x.clone(), training=mode)
            expect(out, "the output with survival 1").equals(expected)


@check(STOCHASTIC, needs="training")
def branch_does_not_run(student: Student, draw: Draw) -> None:
    """where the branch is left out it does not run: its running statistics stay"""
    net, branch, x = made(student, draw, 0.4)
    with_branch = x + branch(x, training=True)
    kept = sum(took_part(student.networks.forward(net, x.clone(), training=True), x, with_branch) for _ in range(30))
    state = student.networks.state(net)
    expect(state, "the state_dict").holds(isinstance(state, dict), "the state_dict could not be read.")
    runs = [value for key, value in state.items() if str(key).endswith("num_batches_tracked")]
    expect(runs[0] if runs else None, "how often the branch ran").is_number(kept)


@check(STOCHASTIC, needs=("training", "evaluation"))
def gradients(student: Student, draw: Draw) -> None:
    """the gradients of x and of the branch: with the branch, without it, in evaluation"""
    for mode, survival in ((True, 0.5), (False, 0.25)):
        net, branch, x = made(student, draw, survival, dtype=torch.float64)
        upstream = draw.normal(*x.shape, dtype=torch.float64)
        _, dx, weight = branch.gradients(x, upstream * (1 if mode else survival), mode)
        for _ in range(12 if mode else 1):
            result = student.networks.gradients(net, x, upstream, training=mode)
            out, came, grads = expect(result, "the result").unpacks_to(3, "(output, gradient of x, gradients)")
            expect(out, "the output").is_tensor(tuple(x.shape), torch.float64)
            expect(grads, "the gradients").holds(isinstance(grads, dict), "the gradients could not be read.")
            there = [g for key, g in grads.items() if str(key).endswith("conv.weight")]
            left_out = mode and close(out, x)
            expect(came, "the gradient of x").equals(upstream if left_out else upstream + dx)
            if left_out:
                some = [g for g in there if isinstance(g, torch.Tensor) and bool(g.any())]
                expect(some, "gradients of the branch").holds(
                    not some, "the branch gets a gradient in a call in which it is left out."
                )
            else:
                expect(there[0] if there else None, "the gradient of the branch's convolution").equals(weight)


@check(STOCHASTIC, needs="evaluation")
def survival_that_is_no_probability(student: Student, draw: Draw) -> None:
    """raises ValueError unless 0 < survival <= 1"""
    branch = branch_of(student)
    expect_refused(student.StochasticDepth, ((f"survival {s}", (branch, s)) for s in (-0.3, 1.2, 0.0)))


class Branch:
    """What the branch computes, with torch's functions and the weights that were loaded."""

    def __init__(self, values: dict[str, Tensor]) -> None:
        self.values = values

    def __call__(self, x: Tensor, training: bool = False) -> Tensor:
        v = self.values
        z = F.conv2d(x, v["conv.weight"], v["conv.bias"], padding=1)
        mean, var = v["bn.running_mean"].clone(), v["bn.running_var"].clone()
        return F.batch_norm(z, mean, var, v["bn.weight"], v["bn.bias"], training)

    def gradients(self, x: Tensor, upstream: Tensor, training: bool) -> tuple[Tensor, Tensor, Tensor]:
        """(output, gradient of x, gradient of the convolution's weight)"""
        x, weight = x.clone().requires_grad_(), self.values["conv.weight"].clone().requires_grad_()
        out = Branch(self.values | {"conv.weight": weight})(x, training)
        dx, dw = torch.autograd.grad(out, [x, weight], upstream)
        return out.detach(), dx, dw


def branch_of(student: Student) -> Any:
    """A convolution and a batch norm, where the student's code is."""
    layers = [("conv", "Conv2d", (CHANNELS, CHANNELS, 3), {"padding": 1}), ("bn", "BatchNorm2d", (CHANNELS,))]
    return expect(student.networks.build(layers), "the branch").is_object()


def made(
    student: Student, draw: Draw, survival: float, images: int = 4, dtype: torch.dtype = torch.float32
) -> tuple[Any, Branch, Tensor]:
    """(the student's module around a branch, what the branch computes, an input)"""
    c = (CHANNELS,)
    values = {
        "conv.weight": draw.normal(CHANNELS, CHANNELS, 3, 3, std=0.4, dtype=dtype),
        "conv.bias": draw.normal(*c, dtype=dtype),
        "bn.weight": draw.uniform(*c, low=0.5, high=1.5, dtype=dtype),
        "bn.bias": draw.normal(*c, mean=1, std=0.2, dtype=dtype),
        "bn.running_mean": draw.normal(*c, dtype=dtype),
        "bn.running_var": draw.uniform(*c, low=0.5, high=1.5, dtype=dtype),
    }
    x = draw.normal(images, CHANNELS, 4, 5, dtype=dtype)
    branch = branch_of(student)
    if dtype == torch.float64:
        expect(branch.double(), "the branch").is_object()
    if x.device.type != "cpu":
        expect(branch.to(x.device), "the branch").is_object()
    student.networks.load(branch, values)
    net = expect(student.StochasticDepth(branch, survival), f"StochasticDepth(branch, {survival:g})").is_object()
    return net, Branch(values), x


def took_part(out: Any, x: Tensor, with_branch: Tensor, one_image: bool = False) -> bool:
    """Whether the branch is in this output of training mode; anything but with it or without it fails."""
    expect(out, "the output").is_tensor(tuple(x.shape), x.dtype, x.device)
    if close(out, with_branch):
        return True
    left_out = [close(o, image) for o, image in zip(out, x, strict=True)]
    took = [close(o, image) for o, image in zip(out, with_branch, strict=True)]
    apart = not one_image and any(left_out) and any(took) and all(a or b for a, b in zip(left_out, took, strict=True))
    expect(out, "the output").holds(
        not apart, f"the branch takes part for {sum(took)} of {len(took)} images: one draw decides for the whole batch."
    )
    expect(out, "the output in training, without the branch").equals(x)
    return False
