"""FractalNet: very deep without a residual connection; short and long paths are trained side by side.

Larsson, Maire, Shakhnarovich: FractalNet: Ultra-Deep Neural Networks without Residuals (2017). The rule of growth:

    f_1(x) = conv(x)        f_{C+1}(x) = mean of conv(x) and f_C(f_C(x))

so a block with C columns holds paths of 1, 2, 4, ..., 2^(C-1) convolutions. In training, paths are dropped
(drop-path): locally at each join, or globally all but one column, so that each column also works alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from deeprob.models.layers import ConvBNReLU

__all__ = ["FractalBlock", "FractalNet", "Join"]


class Join(nn.Module):
    """The mean of several tensors of one shape; in training, each is left out with probability `drop`, but never all.

    One draw is made for the whole batch, anew in each call.
    """

    def __init__(self, drop: float) -> None:
        super().__init__()
        self.drop = drop

    def forward(self, paths: list[torch.Tensor]) -> torch.Tensor:
        if self.training and len(paths) > 1:
            kept = [path for path in paths if torch.rand(()) >= self.drop]
            paths = kept or [paths[int(torch.randint(len(paths), ()))]]
        return torch.stack(paths).mean(dim=0)


class FractalBlock(nn.Module):
    """(N, c_in, H, W) -> (N, c_out, H, W), the mean of `columns` paths of 1, 2, 4, ... convolutions.

    Args:
        drop: see `Join`.
    """

    def __init__(self, c_in: int, c_out: int, columns: int, drop: float = 0.15) -> None:
        super().__init__()
        self.columns = columns
        self.conv = ConvBNReLU(c_in, c_out, 3, padding=1)
        if columns > 1:
            self.lower = FractalBlock(c_in, c_out, columns - 1, drop)
            self.upper = FractalBlock(c_out, c_out, columns - 1, drop)
            self.join = Join(drop)

    def forward(self, x: torch.Tensor, column: int | None = None) -> torch.Tensor:
        """The mean of all columns, or one column alone: 1 is the shortest path, `columns` the longest."""
        paths = self._paths(x, column)
        return paths[0] if len(paths) == 1 else self.join(paths)

    def _paths(self, x: torch.Tensor, column: int | None) -> list[torch.Tensor]:
        """What arrives at the last join, from the shortest path to the longest; one alone with `column`."""
        if self.columns == 1 or column == 1:
            return [self.conv(x)]
        if column is not None:
            return self.upper._paths(self.lower(x, column - 1), column - 1)
        return [self.conv(x), *self.upper._paths(self.lower(x), None)]


class FractalNet(nn.Module):
    """Blocks with a max pool after each, an average over the places, and a linear layer, for images from 2^blocks.

    Args:
        widths: channels of each block. The depth is len(widths) * 2^(columns - 1) convolutions.
        columns: of each block.
        drop: see `Join`.
        one_column: in training, the probability that a batch sees a single column, the same in all blocks, drawn anew.
    """

    def __init__(
        self,
        widths: Sequence[int] = (32, 64, 128),
        columns: int = 3,
        num_classes: int = 10,
        drop: float = 0.15,
        one_column: float = 0.5,
    ) -> None:
        super().__init__()
        self.columns, self.one_column = columns, one_column
        inputs = (3, *widths[:-1])
        self.blocks = nn.ModuleList(
            FractalBlock(c_in, c_out, columns, drop) for c_in, c_out in zip(inputs, widths, strict=True)
        )
        self.pool = nn.MaxPool2d(2)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(widths[-1], num_classes)

    def forward(self, x: torch.Tensor, column: int | None = None) -> torch.Tensor:
        """Logits (N, num_classes). With `column`, of that column alone: a plain network without any join."""
        if self.training and column is None and torch.rand(()) < self.one_column:
            column = 1 + int(torch.randint(self.columns, ()))
        for block in self.blocks:
            x = self.pool(block(x, column))
        return self.fc(self.flatten(self.avgpool(x)))
