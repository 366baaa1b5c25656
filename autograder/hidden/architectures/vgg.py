"""Hidden checks of VGG."""

from __future__ import annotations

from autograder.checks.architectures.roles import all_entries
from autograder.checks.architectures.vgg import VGG, expect_features, network, public_keys
from autograder.checks.architectures.whole import expect_costs, expect_shape
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles.architectures.models import VGGS


@check(VGG, needs=("features", "layers_of_other_configs"))
def features_of_c(student: Student, draw: Draw) -> None:
    """the convolutions of C, of 1x1 among them, on a small image"""
    expect_features(student, draw, "C")


@check(VGG, needs=("costs", "layers_of_other_configs"))
def costs_of_other_configs(student: Student, draw: Draw) -> None:
    """parameters and multiply-adds of B, C and E"""
    for config in "BCE":
        expect_costs(student, network(student, config), f"vgg({config!r})", *VGGS[config])


@check(VGG, needs=("names", "layers_of_other_configs"))
def names_of_other_configs(student: Student, draw: Draw) -> None:
    """the keys of B, C and E are those of public weights, and no more"""
    for config in "BCE":
        expected = public_keys(config)
        came = [key for key, *_ in all_entries(student, network(student, config), f"vgg({config!r})")]
        expect(came, "the keys").holds(
            came == expected, f"the keys of vgg({config!r}) differ from those of public weights in number or order."
        )


@check(VGG, needs="layers")
def batches(student: Student, draw: Draw) -> None:
    """scores for one image and for several, made where the network is"""
    net = network(student, "A")
    for images in (1, 5):
        expect_shape(student, net, 'vgg("A")', (images, 3, 224, 224), (images, 1000))
