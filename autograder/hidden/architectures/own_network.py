"""Hidden checks of the student's own network."""

from __future__ import annotations

import torch

from autograder.checks.architectures.own_network import OWN, expect_accuracy, labels_of, trained_network
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles.architectures.own_network import new_images


@check(OWN, needs="trained_weights")
def each_image_by_itself(student: Student, draw: Draw) -> None:
    """in eval mode the scores of an image depend on that image alone, not on the others or on chance"""
    images, _ = new_images(20, draw.number(1, 2**31))
    images = images.to(draw.device)
    network = trained_network(student, draw)
    together = student.networks.forward(network, images)
    labels_of(together, images)
    for number in (0, 7, 19):
        alone = student.networks.forward(network, images[number : number + 1])
        expect(alone, f"the scores of image {number}, alone,").equals(
            together[number : number + 1], torch.float32, scale=float(together.abs().max())
        )


@check(OWN, needs=("trained_weights", "half_of_new_images"))
def other_new_images(student: Student, draw: Draw) -> None:
    """60 % of 600 other new images, less a margin of 3 points"""
    expect_accuracy(student, draw, 60)
