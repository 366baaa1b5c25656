"""Inputs and expectations that the checks of all layers with windows share."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from autograder.engine.draw import Draw
from autograder.engine.student import Student, StudentFunction
from autograder.oracles.convolutional_networks.im2col import right_columns

__all__ = ["Places", "distinct", "layer_of"]


@dataclass(frozen=True)
class Places:
    """Where windows lie on images.

    Attributes:
        images: (N, C, H, W).
        window: (HH, WW).
        stride, pad: as the layers take them.
        filters: of a convolution.
    """

    images: tuple[int, int, int, int]
    window: tuple[int, int]
    stride: int = 1
    pad: int = 0
    filters: int = 3

    @property
    def conv_param(self) -> dict[str, int]:
        return {"stride": self.stride, "pad": self.pad}

    @property
    def pool_param(self) -> dict[str, int]:
        return {"pool_height": self.window[0], "pool_width": self.window[1], "stride": self.stride}

    def conv_inputs(
        self, draw: Draw, dtype: torch.dtype = torch.float32
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Images, filters and biases."""
        x = draw.normal(*self.images, dtype=dtype)
        w = draw.normal(self.filters, self.images[1], *self.window, dtype=dtype)
        return x, w, draw.normal(self.filters, dtype=dtype)


def distinct(draw: Draw, *shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Numbers from -2 to 2 no two of which are equal or nearly so: no window has two largest."""
    numbers = draw.permutation(torch.Size(shape).numel()).double()
    return (4 * (numbers + 0.5) / len(numbers) - 2).to(dtype).view(shape)


def layer_of(student: Student) -> StudentFunction:
    """The class whose method is asked for, its parts of the same file replaced by right ones."""
    student.given(**right_columns())
    layer: StudentFunction = getattr(student, student.asked.type_name.split()[-1].split(".")[0])
    return layer
