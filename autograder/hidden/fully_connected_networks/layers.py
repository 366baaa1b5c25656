"""Hidden checks of the linear layer and ReLU."""

from __future__ import annotations

from dataclasses import replace

import torch

from autograder.checks.fully_connected_networks.layers import (
    BACKWARD,
    FORWARD,
    LINEAR_BACKWARD,
    LINEAR_FORWARD,
    RELU_BACKWARD,
    RELU_FORWARD,
    case,
    off_the_kink,
    relu_case,
)
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import close, describe, expect
from autograder.engine.meta import follows_device, on_meta
from autograder.engine.student import Student
from autograder.engine.trees import tensors_in

ALL_GRADIENTS = ("input_gradient", "weight_gradient", "bias_gradient")
SHAPES = ((5, (4,), 3), (2, (2, 3, 1, 2), 3), (1, (3, 2), 4), (4, (2, 2), 1), (6, (6,), 6), (1, (1,), 1))


@check(LINEAR_FORWARD, needs="images")
def any_shape(student: Student, draw: Draw) -> None:
    """one to four axes, one example, one feature, one output, as many outputs as inputs"""
    for n, shape, m in SHAPES:
        case(student, draw, n, shape, m).expect_output(student)


@check(RELU_FORWARD, needs="images")
def any_size(student: Student, draw: Draw) -> None:
    """0, very small and very large numbers; all negative; one axis"""
    for x in (
        1e4 * off_the_kink(draw, 5, 4),
        1e-9 * off_the_kink(draw, 1, 8),
        -off_the_kink(draw, 3, 4).abs(),
        off_the_kink(draw, 7),
        torch.tensor([[0.0, -0.0, 0.5, -0.5, 300.0, -300.0]], device=draw.device),
    ):
        relu_case(x, x).expect_output(student)


@check(*FORWARD, needs="images")
def not_contiguous(student: Student, draw: Draw) -> None:
    """inputs that are not contiguous in memory"""
    problem = case(student, draw, 4, (3, 2), 5)
    replace(problem, inputs=tuple(map(draw.strided, problem.inputs))).expect_output(student)


@check(*FORWARD, needs="values")
def double_precision(student: Student, draw: Draw) -> None:
    """float64 inputs give a float64 output of that accuracy"""
    case(student, draw, 4, (6,), 5, torch.float64).expect_output(student)


@check(*FORWARD, needs="values")
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    problem = case(student, draw, 4, (3,), 5)
    there = replace(problem, inputs=tuple(map(on_meta, problem.inputs)))
    follows_device(lambda: tensors(there.forward(student)[0]), "out")


@check(*BACKWARD, needs="input_gradient")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves dout and the cache unchanged"""
    problem = case(student, draw, 3, (4, 2), 5)
    before = problem.dout.clone()
    _, cache = problem.forward(student)
    held = list(tensors_in(cache))
    copies = [x.clone() for x in held]
    first = kept(problem.backward(student, cache), problem.gradients)
    expect(problem.dout, "dout").is_unchanged_from(before)
    again = kept(problem.backward(student, cache), problem.gradients)
    for name, value, want in zip(("dx", "dw", "db"), again, first, strict=False):
        expect(value, "the cache").holds(
            close(value, want),
            f"the cache was changed in place: a second call with it gives another {name}; work on a copy, or use an "
            "operation that makes a new tensor.",
            "a cache as it was before the call",
        )
    for now, then in zip(held, copies, strict=True):
        expect(now, "a tensor in the cache").is_unchanged_from(then)


@check(LINEAR_BACKWARD, needs=ALL_GRADIENTS)
def gradients_of_any_shape(student: Student, draw: Draw) -> None:
    """one to four axes, one example, one feature, one output, as many outputs as inputs"""
    for n, shape, m in SHAPES:
        case(student, draw, n, shape, m).expect_gradients(student)


@check(*BACKWARD, needs="input_gradient")
def not_contiguous_gradients(student: Student, draw: Draw) -> None:
    """inputs and dout that are not contiguous in memory"""
    problem = case(student, draw, 4, (3, 2), 5)
    strided = replace(problem, inputs=tuple(map(draw.strided, problem.inputs)), dout=draw.strided(problem.dout))
    strided.expect_gradients(student)


@check(*BACKWARD, needs="input_gradient")
def double_precision_gradients(student: Student, draw: Draw) -> None:
    """float64 inputs give float64 gradients of that accuracy"""
    case(student, draw, 4, (3, 2), 5, torch.float64).expect_gradients(student)


@check(RELU_BACKWARD, needs="input_gradient")
def gradient_of_any_size(student: Student, draw: Draw) -> None:
    """one axis; very small and very large numbers"""
    relu_case(off_the_kink(draw, 7), draw.normal(7)).expect_gradients(student)
    relu_case(1e4 * off_the_kink(draw, 3, 5), 1e-4 * draw.normal(3, 5)).expect_gradients(student)
    relu_case(1e-9 * off_the_kink(draw, 1, 9), 1e4 * draw.normal(1, 9)).expect_gradients(student)


@check(RELU_BACKWARD, needs="input_gradient")
def at_the_kink(student: Student, draw: Draw) -> None:
    """where x is exactly 0, a slope from 0 to 1"""
    kink = torch.zeros(5, 4, dtype=torch.bool, device=draw.device)
    kink[1], kink[:, 2] = True, True
    problem = relu_case(off_the_kink(draw, 5, 4).masked_fill(kink, 0.0), off_the_kink(draw, 5, 4))
    dout, want = problem.dout.clone(), problem.gradients[0]
    _, cache = problem.forward(student)
    (dx,) = problem.backward(student, cache)
    expect(dx, "dx").is_tensor((5, 4), torch.float32, kink.device)
    assert isinstance(dx, torch.Tensor)
    slope = dx[kink] / dout[kink]
    expect(dx, "dx where x is 0").holds(
        bool(((slope > -1e-5) & (slope < 1 + 1e-5)).all()),
        "where x is exactly 0, dx is neither 0 nor dout nor anything between them.",
        "0 or dout",
    )
    expect(dx.masked_fill(kink, 0.0), "dx").equals(want.masked_fill(kink, 0.0), torch.float32)


@check(*BACKWARD, needs="input_gradient")
def several_calls(student: Student, draw: Draw) -> None:
    """several calls of forward may come before their calls of backward"""
    problems = [case(student, draw, n, (2, 2), 3) for n in (3, 4, 3)]
    caches = [problem.forward(student)[1] for problem in problems]
    for i in (2, 0, 1):
        problems[i].expect_equal(problems[i].backward(student, caches[i]))


@check(*BACKWARD, needs="input_gradient")
def gradients_on_the_device(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    problem = case(student, draw, 4, (2, 2), 3)
    there = replace(problem, inputs=tuple(map(on_meta, problem.inputs)), dout=on_meta(problem.dout))
    follows_device(lambda: tensors(*there.backward(student, there.forward(student)[1])), "the gradient")


def kept(gradients: tuple[object, ...], like: tuple[torch.Tensor, ...]) -> list[torch.Tensor]:
    """Copies of the gradients, after a look that they have the shapes of the inputs."""
    copies = []
    for name, value, want in zip(("dx", "dw", "db"), gradients, like, strict=False):
        expect(value, name).is_tensor(tuple(want.shape), torch.float32, want.device)
        assert isinstance(value, torch.Tensor)
        copies.append(value.clone())
    return copies


def tensors(*values: object) -> tuple[object, ...]:
    """The values, after a look that they are tensors at all."""
    for value in values:
        expect(value, "the result").holds(
            isinstance(value, torch.Tensor), f"the result holds {describe(value)}, expected a tensor.", "tensors"
        )
    return values
