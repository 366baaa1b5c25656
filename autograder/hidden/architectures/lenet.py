"""Hidden checks of LeNet-5."""

from __future__ import annotations

from autograder.checks.architectures.lenet import LENET, expect_scores, network
from autograder.checks.architectures.whole import expect_shape, on_device, on_meta
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student


@check(LENET, needs="values")
def other_batches(student: Student, draw: Draw) -> None:
    """the same network on a single image, and on one more than most"""
    expect_scores(student, draw, 3, 1, 9)


@check(LENET, needs="values")
def training_mode(student: Student, draw: Draw) -> None:
    """the same scores in training mode: there is neither dropout nor batch norm"""
    expect_scores(student, draw, 5, training=True)


@check(LENET, needs="values")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves the images unchanged"""
    net = network(student)
    on_device(net, draw.device)
    x = draw.normal(2, 1, 28, 28)
    before = x.clone()
    student.networks.forward(net, x)
    expect(x, "x").is_unchanged_from(before)


@check(LENET, needs="values")
def device_of_the_network(student: Student, draw: Draw) -> None:
    """makes its tensors on the device where the network is"""
    expect_shape(student, on_meta(student, student.lenet5, "lenet5()"), "lenet5()", (4, 1, 28, 28), (4, 10))
