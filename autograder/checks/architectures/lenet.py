"""Visible checks of LeNet-5."""

from __future__ import annotations

from typing import Any

import torch

from autograder.checks.architectures.roles import by_key, expect_biases, roles
from autograder.checks.architectures.whole import filled_by_role, on_device
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles.architectures.models import lenet
from autograder.oracles.architectures.parts import Pass

LENET = "architectures.lenet5"


@check(LENET)
def layers(student: Student, draw: Draw) -> None:
    """two convolutions and two linear layers with biases, in their sizes"""
    net = network(student)
    roles(student, net, lenet().parts, "lenet5()")
    expect_biases(student, net, lenet().parts, "lenet5()")


@check(LENET, needs="layers", weight=3)
def values(student: Student, draw: Draw) -> None:
    """the scores of a few images"""
    expect_scores(student, draw, 3)


@check(LENET, needs="values")
def number_of_classes(student: Student, draw: Draw) -> None:
    """as many scores as num_classes says"""
    expect_scores(student, draw, 2, num_classes=7)


@check(LENET, needs="values")
def gradients(student: Student, draw: Draw) -> None:
    """the gradients of the images and of every parameter"""
    module = lenet()
    net = network(student)
    on_device(net, draw.device, torch.float64)
    x, upstream = draw.normal(2, 1, 28, 28, dtype=torch.float64), draw.normal(2, 10, dtype=torch.float64)
    values = filled_by_role(student, net, module.parts, draw.number(0, 1 << 20), "lenet5()", draw.device)
    leaves = {key: value.requires_grad_() for key, value in values.items()}
    image = x.clone().requires_grad_()
    dx, *expected = torch.autograd.grad(module.compute(Pass(leaves), image), [image, *leaves.values()], upstream)
    result = student.networks.gradients(net, x, upstream)
    _, came, grads = expect(result, "the result").unpacks_to(3, "(scores, gradient of x, gradients of parameters)")
    expect(grads, "the gradients").holds(isinstance(grads, dict), "the gradients could not be read.")
    expect(came, "the gradient of the images").equals(dx)
    found = roles(student, net, module.parts, "lenet5()")
    for key, value in by_key(dict(zip(leaves, expected, strict=True)), found).items():
        expect(grads.get(key), f"the gradient of {key}").equals(value)


def network(student: Student, num_classes: int | None = None) -> Any:
    net = student.lenet5() if num_classes is None else student.lenet5(num_classes=num_classes)
    return expect(net, "lenet5()").is_object()


def expect_scores(
    student: Student, draw: Draw, *counts: int, num_classes: int | None = None, training: bool = False
) -> None:
    """The scores for filled weights, of so many images, call after call."""
    module = lenet(num_classes or 10)
    net = network(student, num_classes)
    on_device(net, draw.device)
    values = filled_by_role(student, net, module.parts, draw.number(0, 1 << 20), "lenet5()", draw.device)
    for number, images in enumerate(counts):
        x = draw.normal(images, 1, 28, 28)
        expected = module.compute(Pass(values), x.double()).float()
        name = f"the scores of a batch of {images} after one of {counts[number - 1]}" if number else "the scores"
        expect(student.networks.forward(net, x, training=training), name).equals(expected)
