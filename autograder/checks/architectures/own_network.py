"""Visible checks of the student's own network: what it costs, its file, and how many new images it knows."""

from __future__ import annotations

import math
from typing import Any

import torch

from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.errors import StudentRaised
from autograder.engine.expect import Failed, describe, expect
from autograder.engine.results import Finding
from autograder.engine.student import Student, StudentObject
from autograder.oracles.architectures.own_network import (
    MARGIN,
    MOST_BYTES,
    MOST_MULTIPLY_ADDS,
    MOST_PARAMETERS,
    new_images,
)

OWN = "architectures.shapes_network"
FILE = "shapes_network.pt"
IMAGES = 600
BATCH = 100


@check(OWN, weight=1)
def ten_scores_an_image(student: Student, draw: Draw) -> None:
    """a network that gives ten scores for images (N, 3, 32, 32)"""
    x = draw.uniform(2, 3, 32, 32)
    network = on_the_device(expect(student.shapes_network(), "the network").is_object(), draw)
    scores = student.networks.forward(network, x)
    expect(scores, "the scores").is_tensor((2, 10), torch.float32, draw.device, "one score a class")


@check(OWN, needs="ten_scores_an_image", weight=1)
def small_enough(student: Student, draw: Draw) -> None:
    """at most 300,000 parameters and 30 million multiply-adds an image"""
    network = expect(student.networks.on_meta(student.shapes_network), "the network").is_object()
    rows = student.networks.tensors(network)
    rows = rows if isinstance(rows, list) else []
    count = sum(_size(row) for row in rows if isinstance(row, tuple | list) and len(row) == 4 and row[2] == "parameter")
    expect(count, "parameters").holds(
        count <= MOST_PARAMETERS,
        f"the network has {count:,} parameters, at most {MOST_PARAMETERS:,} are allowed.",
        f"at most {MOST_PARAMETERS:,}",
    )
    for net in (network, on_the_device(expect(student.shapes_network(), "the network").is_object(), draw)):
        cost = student.networks.multiply_adds(net, (1, 3, 32, 32))  # without numbers, and with them
        expect(cost, "multiply-adds").holds(
            type(cost) is int and cost <= MOST_MULTIPLY_ADDS,
            f"the network takes {describe(cost) if type(cost) is not int else f'{cost:,}'} multiply-adds an image, at "
            f"most {MOST_MULTIPLY_ADDS:,} are allowed.",
            f"at most {MOST_MULTIPLY_ADDS:,}",
        )


@check(OWN, needs="small_enough", weight=2)
def trained_weights(student: Student, draw: Draw) -> None:
    """shapes_network.pt lies beside the module and fits the network"""
    trained_network(student, draw)


@check(OWN, needs="trained_weights", weight=4)
def half_of_new_images(student: Student, draw: Draw) -> None:
    """50 % of 600 new images are given their class, less a margin of 3 points"""
    expect_accuracy(student, draw, 50)


@check(OWN, needs="trained_weights", weight=2)
def six_in_ten_of_new_images(student: Student, draw: Draw) -> None:
    """60 % of 600 new images are given their class, less a margin of 3 points"""
    expect_accuracy(student, draw, 60)


def trained_network(student: Student, draw: Draw) -> StudentObject:
    """The student's network with the weights of the file."""
    data = student.files.get(FILE)
    if data is None:
        raise _no_weights(
            f"{FILE} is not there: train the network in the notebook architecture_search, which saves it beside "
            "architectures.py, and hand it in.",
            "no file",
        )
    size = f"{len(data) / 1e6:.1f} MB"
    if len(data) > MOST_BYTES:
        raise _no_weights(
            f"{FILE} has {size}, at most {MOST_BYTES / 1e6:g} MB are allowed: save the state_dict alone.", size
        )
    network = on_the_device(expect(student.shapes_network(), "the network").is_object(), draw)
    if not data:
        raise _no_weights(f"{FILE} is empty: save the state_dict of the trained network again.", "an empty file")
    try:
        student.networks.load_file(network, torch.frombuffer(bytearray(data), dtype=torch.uint8))
    except StudentRaised as stop:
        if stop.outcome != "error" or stop.where:
            raise
        raise _no_weights(_why_not(stop), stop.said[:220]) from None
    return network


def on_the_device(network: StudentObject, draw: Draw) -> StudentObject:
    if draw.device.type != "cpu":
        network.to(str(draw.device))
    return network


def _why_not(stop: StudentRaised) -> str:
    """What is said of a file that cannot be loaded."""
    if "in loading state_dict" in stop.text:
        return (
            f"{FILE} holds the weights of another network than the one that shapes_network() makes: train this one and "
            "save it again."
        )
    return (
        f"{FILE} cannot be read as a state_dict: write it with torch.save(network.state_dict(), path), not the network "
        "itself."
    )


def _no_weights(sentence: str, came: str) -> Failed:
    return Failed(sentence, Finding(came=came, expected=f"{FILE}, a state_dict of shapes_network()"))


def expect_accuracy(student: Student, draw: Draw, percent: int) -> None:
    """So many percent of new images are right, less the margin."""
    images, labels = new_images(IMAGES, draw.number(1, 2**31))
    reached = accuracy(student, trained_network(student, draw), images.to(draw.device), labels)
    expect(reached, "accuracy").holds(
        reached >= percent - MARGIN,
        f"the network gives {reached:.1f} % of {IMAGES} new images their class, asked for are {percent} %: train it "
        "longer, or change it.",
        f"{percent} %",
    )


def accuracy(student: Student, network: StudentObject, images: torch.Tensor, labels: torch.Tensor) -> float:
    """In percent. The student's side sees the images alone."""
    right = 0
    for x, y in zip(images.split(BATCH), labels.split(BATCH), strict=True):
        right += int((labels_of(student.networks.forward(network, x), x) == y).sum())
    return 100 * right / len(labels)


def labels_of(scores: Any, x: torch.Tensor) -> torch.Tensor:
    expect(scores, "the scores").is_tensor((len(x), 10), torch.float32, x.device, "one score a class")
    return scores.argmax(dim=1).cpu()  # type: ignore[no-any-return]


def _size(row: Any) -> int:
    shape = row[1] if isinstance(row[1], tuple | list) else ()
    return math.prod(shape) if all(type(n) is int and n >= 0 for n in shape) else 0
