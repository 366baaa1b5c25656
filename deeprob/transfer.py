"""Tasks and a trained network for transfer learning: what is learned on some classes is used for others.

    pretrained = trained_network()                     # a small network that knows six classes of shapes
    task = shapes_task().first(10)                     # the four others, with ten images a class to learn from
    task = digits_task().first(10)                     # handwriting: quite another task

The trained weights come with the kit, in `deeprob/weights/`; how they were made is told there and can be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from deeprob.datasets import Split, load
from deeprob.models import small_convnet

__all__ = [
    "NEW_CLASSES", "OLD_CLASSES", "WEIGHTS", "Task", "chosen_classes", "digits_task", "first_per_class",
    "shapes_task", "trained_network", "untrained_network",
]  # fmt: skip

Tensor = torch.Tensor

OLD_CLASSES = (0, 1, 2, 3, 4, 5)  # of shapes: discs, rings and squares, the ones that the network was trained on
NEW_CLASSES = (6, 7, 8, 9)  # crosses and stars
WEIGHTS = Path(__file__).parent / "weights" / "shapes_six_classes.pt"


@dataclass(frozen=True, eq=False)
class Task:
    """Images and labels to learn from, and others to be tested on.

    Attributes:
        X: (N, 3, 32, 32), about -0.5..0.5.
        y: int64 (N,), 0..len(classes)-1.
        X_test, y_test: likewise.
        classes: their names.
    """

    name: str
    X: Tensor
    y: Tensor
    X_test: Tensor
    y_test: Tensor
    classes: tuple[str, ...]

    def first(self, per_class: int) -> Task:
        """The task with the first so many images of each class to learn from, and all test images."""
        rows = first_per_class(self.y, per_class)
        return Task(self.name, self.X[rows], self.y[rows], self.X_test, self.y_test, self.classes)


def chosen_classes(split: Split, classes: Sequence[int]) -> tuple[Tensor, Tensor]:
    """The images (N, C, H, W) of these classes, less 0.5, and labels 0, 1, ... in the order of `classes`."""
    number = torch.full((len(split.classes),), -1)
    number[list(classes)] = torch.arange(len(classes))
    labels = number[split.labels]
    return split.floats()[labels >= 0] - 0.5, labels[labels >= 0]


def first_per_class(y: Tensor, count: int) -> Tensor:
    """The rows of the first `count` images of each class, in their order; int64."""
    rank = functional.one_hot(y).cumsum(0).gather(1, y[:, None])[:, 0]  # 1 for the first of its class
    return torch.nonzero(rank <= count)[:, 0]


def shapes_task(classes: Sequence[int] = NEW_CLASSES) -> Task:
    """Tell these classes of shapes apart."""
    train, test = load("shapes"), load("shapes", "test")
    names = tuple(train.classes[c] for c in classes)
    return Task("shapes", *chosen_classes(train, classes), *chosen_classes(test, classes), names)


def digits_task() -> Task:
    """Read handwritten digits, blown up to the size and the three channels of shapes."""
    parts = []
    for split in (load("digits"), load("digits", "test")):
        large = functional.interpolate(split.floats(), size=(32, 32), mode="bilinear", align_corners=False)
        parts += [large.expand(-1, 3, -1, -1).contiguous() - 0.5, split.labels]
    return Task("digits", *parts, tuple(str(digit) for digit in range(10)))


def untrained_network(num_classes: int, seed: int = 0) -> nn.Sequential:
    """A small VGG with batch norm: children stage1, stage2, stage3, avgpool, flatten and fc; 72,000 parameters."""
    torch.manual_seed(seed)
    return small_convnet((16, 32, 64), 2, num_classes)


def trained_network() -> nn.Sequential:
    """That network, trained to tell `OLD_CLASSES` of shapes apart, in eval mode."""
    network = untrained_network(len(OLD_CLASSES))
    network.load_state_dict(torch.load(WEIGHTS, map_location="cpu", weights_only=True))
    return network.eval()
