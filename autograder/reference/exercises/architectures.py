"""Architectures: what networks for images are built of, what they cost, and how to start from a trained one.

What you build here:

1. the accounting: sizes, receptive fields, memory, parameters and multiply-adds, layer by layer;
2. the models: LeNet-5, VGG, the Inception module, plain and residual blocks, and the ResNets that they make;
3. transfer: a new head, frozen parts, fine-tuning, and a network of your own.

Write your code where a function says TODO. Everything else in this file is given and works as it is. `torch.nn` is
allowed here, the layers are no longer the exercise; numpy, scipy, scikit-learn and collections of ready-made networks
are not. Functions and classes of your own may be added.

Shapes: N images of C channels, H rows and W columns are a tensor (N, C, H, W). Multiply-adds are counted once: a
product that is added to a sum is one.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

Tensor = torch.Tensor


# 1. Accounting ------------------------------------------------------------------------------------------------------


# 2. Models ----------------------------------------------------------------------------------------------------------


# 3. Transfer --------------------------------------------------------------------------------------------------------
