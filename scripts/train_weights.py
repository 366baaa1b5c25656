"""Trains the weights that come with the kit: `python scripts/train_weights.py` makes both files, in some six minutes.

    shapes_six_classes     deeprob/weights/shapes_six_classes.pt: what the notebook transfer_learning starts from
    shapes_network         autograder/reference/files/shapes_network.pt: the reference's own network

Accuracies are measured on the published test images, which no run has seen. On another machine the weights differ in
their last digits, and the accuracies by about a point.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import torch
from torch import nn

from deeprob.datasets import load
from deeprob.training import accuracy, train
from deeprob.transfer import OLD_CLASSES, WEIGHTS, chosen_classes, untrained_network

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "autograder" / "reference"


def shapes_six_classes() -> None:
    """30 epochs on 6,000 images of six classes."""
    X, y = chosen_classes(load("shapes"), OLD_CLASSES)
    test = chosen_classes(load("shapes", "test"), OLD_CLASSES)
    network = untrained_network(len(OLD_CLASSES))
    train(network, X, y, epochs=30, batch_size=50, learning_rate=0.05, augment=True, validation=test, name="six")
    save(network, WEIGHTS, accuracy(network, *test))


def shapes_network() -> None:
    """30 epochs on all 10,000 images."""
    spec = importlib.util.spec_from_file_location("reference", REFERENCE / "exercises" / "architectures.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("the reference is not in this copy of the kit")
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    split, other = load("shapes"), load("shapes", "test")
    test = other.floats(), other.labels
    torch.manual_seed(0)
    network = reference.shapes_network()
    how = {"epochs": 30, "batch_size": 100, "learning_rate": 0.003, "adam": True, "augment": True}
    train(network, split.floats(), split.labels, **how, validation=test, name="own")
    save(network, REFERENCE / "files" / "shapes_network.pt", accuracy(network, *test))


def save(network: nn.Module, path: Path, reached: float) -> None:
    torch.save(network.state_dict(), path)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1024:.0f} KB, {reached:.1f} % of the test images right")


if __name__ == "__main__":
    torch.set_num_threads(1)
    recipes = {"shapes_six_classes": shapes_six_classes, "shapes_network": shapes_network}
    for name in sys.argv[1:] or recipes:
        recipes[name]()
