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

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

__all__ = [
    "BottleneckBlock",
    "ConvBNReLU",
    "ConvBlock",
    "Inception",
    "PlainBlock",
    "PreActBlock",
    "ResNeXtBlock",
    "ResidualBlock",
    "StochasticDepth",
    "conv_output_size",
    "fine_tune",
    "freeze",
    "layer_cost",
    "lenet5",
    "linear_probe",
    "network_table",
    "pool_output_size",
    "receptive_field",
    "replace_head",
    "resnet",
    "shapes_network",
    "vgg",
]

Tensor = torch.Tensor


# 1. Accounting ------------------------------------------------------------------------------------------------------

# A layer is a dict; what is not in it has the value that is written here:
#   {"kind": "conv", "channels": 64, "kernel": 3, "stride": 1, "pad": 0, "groups": 1, "bias": True}
#   {"kind": "max_pool", "kernel": 3, "stride": the kernel's size, "pad": 0, "ceil_mode": False}, and "avg_pool" alike
#   {"kind": "global_avg_pool"}
#   {"kind": "flatten"}
#   {"kind": "linear", "features": 10, "bias": True}
# and perhaps "name" and "input_shape", (C, H, W) of an image or (D,) of a row of features, without the batch. Channels,
# kernel and features are always there. Kernels and windows are square; images need not be.

Layer = dict[str, Any]
Shape = tuple[int, ...]


def conv_output_size(size: int, kernel: int, stride: int = 1, pad: int = 0) -> int:
    """Height or width of what a convolution gives out: the number of places at which its kernel fits.

        floor((size + 2 * pad - kernel) / stride) + 1

    Args:
        size: height or width of the input, at least 1.
        kernel: side of the kernel, at least 1.
        stride: pixels from one place to the next, at least 1.
        pad: rows or columns of zeros on each of the two sides, at least 0.

    Returns:
        An int, at least 1.

    Raises:
        ValueError: the kernel is larger than the padded input, or an argument is smaller than it can be.

    Source: V. Dumoulin and F. Visin, A guide to convolution arithmetic for deep learning, 2016; EECS 498/598, lecture 7
    (convolutional networks).
    """
    # TODO: implement conv_output_size; its docstring says what it takes and returns.
    raise NotImplementedError("architectures.conv_output_size: not implemented yet")


def pool_output_size(size: int, kernel: int, stride: int | None = None, pad: int = 0, ceil_mode: bool = False) -> int:
    """Height or width of what a pool gives out: the number of its windows along one side.

    As for a convolution. What is left at the right where the windows do not come out even is cut off; with `ceil_mode`
    it gets a window of its own, which reaches beyond the border, but only if this window begins in the image: one that
    would begin in the padding on the right, or beyond it, sees no pixel and does not count. (torch's rule.)

    Args:
        size: height or width of the input, at least 1.
        kernel: side of the window, at least 1.
        stride: pixels from one window to the next, at least 1; None means the kernel's size.
        pad: rows or columns that are added on each of the two sides, at least 0 and at most half the kernel.
        ceil_mode: whether a last window that is only partly filled counts.

    Returns:
        An int, at least 1.

    Raises:
        ValueError: the window is larger than the padded input (with `ceil_mode`, too), or an argument is smaller or
            larger than it can be.

    Source: A. Krizhevsky, I. Sutskever and G. Hinton, ImageNet classification with deep convolutional neural networks,
    2012 (overlapping windows); the documentation of `torch.nn.MaxPool2d` (ceil_mode).
    """
    # TODO: implement pool_output_size; its docstring says what it takes and returns.
    raise NotImplementedError("architectures.pool_output_size: not implemented yet")


def receptive_field(layers: list[Layer]) -> int:
    """How many input pixels, along one side, one number of the output depends on.

    Counted from the first pixel to the last, on an image that is large enough for the border not to matter: padding
    changes nothing. With strides s and kernels k, layer by layer from the image on,

        field = 1 + sum over l of (k_l - 1) * s_1 * ... * s_(l - 1)

    Two neighbours in the input of layer l are as many pixels apart as the strides *below* it multiply to.

    Args:
        layers: convolutions and pools ("conv", "max_pool", "avg_pool"), the first of which sees the image. The list
            and its dicts are left unchanged.

    Returns:
        An int; 1 for an empty list.

    Raises:
        ValueError: a layer of another kind.

    Source: A. Araujo, W. Norris and J. Sim, Computing receptive fields of convolutional neural networks, Distill 2019;
    EECS 498/598, lecture 7 (convolutional networks).
    """
    # TODO: implement receptive_field; its docstring says what it takes and returns.
    raise NotImplementedError("architectures.receptive_field: not implemented yet")


def layer_cost(layer: Layer) -> tuple[Shape, float, int, int]:
    """What one layer gives out, and what it costs for one image.

    - memory: of the layer's output, in float32 numbers of 4 bytes, in KB of 1024 bytes; so for every kind of layer;
    - parameters: weights and, where there is one, the bias, a number for each output channel or feature. With groups,
      each filter of a convolution sees C / groups channels of its input alone;
    - multiply-adds: each product that is added to a sum counts once, additions of a bias do not. A pool counts as the
      lectures count it: kernel^2 for each number of its output, at the border, too. `global_avg_pool` counts the
      numbers of its input, `flatten` 0.

    Args:
        layer: a layer (see the top of this section) with its `input_shape`: (C, H, W), or (D,) for "linear". A
            "flatten" takes either. The dict is left unchanged.

    Returns:
        (output_shape, memory_kb, parameters, multiply_adds): a tuple of ints, (C, H, W) or, after "flatten" and
        "linear", (D,); a number that need not be whole; two ints. `global_avg_pool` gives (C, 1, 1).

    Raises:
        ValueError: with a sentence that says what is wrong: an unknown kind, input or output channels that `groups`
            does not divide, "linear" on (C, H, W), a convolution or pool on (D,), a kernel that does not fit.

    Source: EECS 498/598, lecture 8 (CNN architectures), the tables of AlexNet, VGG and GoogLeNet.
    """
    # TODO: implement layer_cost; its docstring says what it takes and returns.
    raise NotImplementedError("architectures.layer_cost: not implemented yet")


def network_table(layers: list[Layer], input_shape: Shape) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The accounting table of a chain of layers: a row for each, and the sums of the columns.

    Each layer's input is the output of the layer before it; an `input_shape` in its dict is not used.

    Args:
        layers: from the image on. The list and its dicts are left unchanged; a dict may stand in it several times.
        input_shape: of the first layer, (C, H, W) or (D,).

    Returns:
        (rows, totals). Each row is a dict with "name", "output_shape", "memory_kb", "parameters" and "multiply_adds",
        as `layer_cost` counts them. The name is the layer's own, or, where it has none, its kind and its position in
        the list from 1 on: "conv1", "max_pool2", "conv3". totals is a dict with "memory_kb", "parameters" and
        "multiply_adds", summed over all rows; 0 without layers.

    Raises:
        ValueError: a layer that does not fit; the message holds the layer's name, as in its row.

    Source: EECS 498/598, lecture 8 (CNN architectures), the tables of AlexNet, VGG and GoogLeNet.
    """
    # TODO: implement network_table; its docstring says what it takes and returns.
    raise NotImplementedError("architectures.network_table: not implemented yet")


# 2. Models ----------------------------------------------------------------------------------------------------------


class ConvBNReLU(nn.Module):
    """Given: convolution without bias, batch norm (eps 0.001) and ReLU, (N, c_in, H, W) -> (N, c_out, H', W')."""

    def __init__(self, c_in: int, c_out: int, kernel: int, stride: int = 1, pad: int = 0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, kernel, stride=stride, padding=pad, bias=False)
        self.bn = nn.BatchNorm2d(c_out, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn(self.conv(x)))


class ConvBlock(nn.Module):
    """Given: the smallest block that `resnet` takes: one convolution 3x3, which may halve height and width."""

    def __init__(self, c_in: int, c_out: int, downsample: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 3, stride=2 if downsample else 1, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(c_out)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn(self.conv(x)))


def lenet5(num_classes: int = 10) -> nn.Module:
    """LeNet-5 for images of 1 x 28 x 28, with ReLU and max pooling.

        convolution 5x5, pad 2 -> 20 x 28 x 28, ReLU, max pool 2/2 -> 20 x 14 x 14
        convolution 5x5, pad 2 -> 50 x 14 x 14, ReLU, max pool 2/2 -> 50 x 7 x 7
        flatten -> 2450, linear -> 500, ReLU, linear -> num_classes

    Convolutions and linear layers have biases, and there is no dropout.

    Args:
        num_classes: how many scores.

    Returns:
        A module that maps (N, 1, 28, 28) to scores (N, num_classes), with a number of images N that may change from
        call to call. Its parameters are registered in the order in which they are used.

    Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998.
    """
    # TODO: implement lenet5; its docstring says what it takes and returns.
    raise NotImplementedError("architectures.lenet5: not implemented yet")


def vgg(config: str, num_classes: int = 1000) -> nn.Module:
    """VGG for images of 3 x 224 x 224: five stages of convolutions with ReLU, a max pool 2/2 behind each stage.

        | config | 64 channels | 128 channels | 256 channels  | 512 channels  | 512 channels  |
        | A      | 3x3         | 3x3          | 3x3, 3x3      | 3x3, 3x3      | 3x3, 3x3      |
        | B      | 3x3, 3x3    | 3x3, 3x3     | 3x3, 3x3      | 3x3, 3x3      | 3x3, 3x3      |
        | C      | 3x3, 3x3    | 3x3, 3x3     | 3x3, 3x3, 1x1 | 3x3, 3x3, 1x1 | 3x3, 3x3, 1x1 |
        | D      | 3x3, 3x3    | 3x3, 3x3     | three of 3x3  | three of 3x3  | three of 3x3  |
        | E      | 3x3, 3x3    | 3x3, 3x3     | four of 3x3   | four of 3x3   | four of 3x3   |

    All convolutions keep height and width (a 3x3 has pad 1, a 1x1 none) and have a bias; there is no batch norm. The
    last pool gives 512 x 7 x 7, flattened to 25088.

    Args:
        config: a letter of the table.
        num_classes: how many scores.

    Returns:
        A module that maps (N, 3, 224, 224) to scores (N, num_classes), with two attributes, so that public weights fit:
        features: `nn.Sequential` of the convolutions, ReLUs and pools, one after the other.
        classifier: `nn.Sequential` of Linear(25088, 4096), ReLU, Dropout(0.5), Linear(4096, 4096), ReLU, Dropout(0.5),
            Linear(4096, num_classes).

    Raises:
        ValueError: another config.

    Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", 2015, table 1.
    """
    # TODO: implement vgg; its docstring says what it takes and returns.
    raise NotImplementedError("architectures.vgg: not implemented yet")


class Inception(nn.Module):
    """The Inception module: four branches that look at the same input, side by side.

        branch1: 1x1 -> c1
        branch2: 1x1 -> c3_reduce, 3x3 -> c3
        branch3: 1x1 -> c5_reduce, large_kernel x large_kernel -> c5
        branch4: max pool 3x3 with stride 1 and pad 1, 1x1 -> c_pool

    Each convolution is a `ConvBNReLU`, as given above, and keeps height and width. The outputs are concatenated along
    the channels, in this order: (N, c_in, H, W) -> (N, c1 + c3 + c5 + c_pool, H, W).

    Attributes:
        branch1, branch2, branch3, branch4: the branches, registered in this order, each layer where it is used.

    Source: Szegedy et al., "Going deeper with convolutions", 2015, figure 2(b), with batch norm.
    """

    def __init__(
        self,
        c_in: int,
        c1: int,
        c3_reduce: int,
        c3: int,
        c5_reduce: int,
        c5: int,
        c_pool: int,
        large_kernel: int = 5,
    ) -> None:
        """Make the branches.

        Args:
            c_in: channels of the input.
            c1, c3_reduce, c3, c5_reduce, c5, c_pool: channels of the convolutions, as above.
            large_kernel: size of the last convolution of branch3, odd; in public weights of GoogLeNet it is 3.
        """
        super().__init__()
        # TODO: implement Inception.__init__; its docstring says what it takes and returns.
        raise NotImplementedError("architectures.Inception: not implemented yet")

    def forward(self, x: Tensor) -> Tensor:
        """Run the branches side by side.

        Args:
            x: (N, c_in, H, W); left unchanged.

        Returns:
            (N, c1 + c3 + c5 + c_pool, H, W), the outputs of branch1 to branch4.
        """
        # TODO: implement Inception.forward; its docstring says what it takes and returns.
        raise NotImplementedError("architectures.Inception.forward: not implemented yet")


class PlainBlock(nn.Module):
    """Two 3x3 convolutions with batch norm and ReLU, one after the other and without a shortcut.

        out = relu(bn2(conv2(relu(bn1(conv1(x))))))

    conv1 goes from c_in to c_out channels, conv2 from c_out to c_out. Both have pad 1 and no bias: the batch norm
    behind them has one. Batch norms are `nn.BatchNorm2d` as they come. With downsample, conv1 has stride 2 and halves
    height and width (an odd size rounds up); else all strides are 1.

    Attributes:
        conv1, bn1, conv2, bn2: the layers with parameters, registered in this order. All blocks name them so, for
            public weights to fit; the checks of the blocks ask for the order alone.

    Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016, the plain nets of section 3.3.
    """

    def __init__(self, c_in: int, c_out: int, downsample: bool = False) -> None:
        """Make the layers.

        Args:
            c_in: channels of the input.
            c_out: channels of the output.
            downsample: whether height and width are halved.
        """
        super().__init__()
        # TODO: implement PlainBlock.__init__; its docstring says what it takes and returns.
        raise NotImplementedError("architectures.PlainBlock: not implemented yet")

    def forward(self, x: Tensor) -> Tensor:
        """Run the block.

        Args:
            x: (N, c_in, H, W); left unchanged.

        Returns:
            (N, c_out, H, W), or with downsample half of H and W, rounded up.
        """
        # TODO: implement PlainBlock.forward; its docstring says what it takes and returns.
        raise NotImplementedError("architectures.PlainBlock.forward: not implemented yet")


class ResidualBlock(nn.Module):
    """The basic block of ResNet: what `PlainBlock` computes before its last ReLU, plus a shortcut.

        out = relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x))

    The shortcut is x itself where the input has the shape of the output. Where it has not, because c_in and c_out
    differ or because of downsample, it is a convolution 1x1 from c_in to c_out channels, without bias and with the
    stride of conv1, and a batch norm; no ReLU.

    Attributes:
        conv1, bn1, conv2, bn2: as in `PlainBlock`.
        shortcut: registered last; `nn.Identity()`, or `nn.Sequential` of the convolution and its batch norm.

    Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016, figure 2 and option B.
    """

    def __init__(self, c_in: int, c_out: int, downsample: bool = False) -> None:
        """Make the layers.

        Args:
            c_in: channels of the input.
            c_out: channels of the output.
            downsample: whether height and width are halved, by conv1 and by the shortcut.
        """
        super().__init__()
        # TODO: implement ResidualBlock.__init__; its docstring says what it takes and returns.
        raise NotImplementedError("architectures.ResidualBlock: not implemented yet")

    def forward(self, x: Tensor) -> Tensor:
        """Run the block.

        Args:
            x: (N, c_in, H, W); left unchanged.

        Returns:
            (N, c_out, H, W), or with downsample half of H and W, rounded up.
        """
        # TODO: implement ResidualBlock.forward; its docstring says what it takes and returns.
        raise NotImplementedError("architectures.ResidualBlock.forward: not implemented yet")


class BottleneckBlock(nn.Module):
    """The block of the deep ResNets: a 3x3 convolution on a quarter of the channels, between two of 1x1.

        out = relu(bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x)))))))) + shortcut(x))

    conv1 is 1x1 from c_in to c_out // 4 channels, conv2 3x3 with pad 1 on c_out // 4, conv3 1x1 from there to c_out;
    none has a bias. With downsample, conv2 has stride 2, as in the networks whose weights are public (in the paper it
    was conv1, which throws three quarters of its input away). Batch norms are as they come, the shortcut is that of
    `ResidualBlock`.

    Attributes:
        conv1, bn1, conv2, bn2, conv3, bn3: the layers with parameters, registered in this order.
        shortcut: as in `ResidualBlock`, registered last.

    Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016, figure 5.
    """

    def __init__(self, c_in: int, c_out: int, downsample: bool = False) -> None:
        """Make the layers.

        Args:
            c_in: channels of the input.
            c_out: channels of the output, divisible by 4.
            downsample: whether height and width are halved, by conv2 and by the shortcut.
        """
        super().__init__()
        # TODO: implement BottleneckBlock.__init__; its docstring says what it takes and returns.
        raise NotImplementedError("architectures.BottleneckBlock: not implemented yet")

    def forward(self, x: Tensor) -> Tensor:
        """Run the block.

        Args:
            x: (N, c_in, H, W); left unchanged.

        Returns:
            (N, c_out, H, W), or with downsample half of H and W, rounded up.
        """
        # TODO: implement BottleneckBlock.forward; its docstring says what it takes and returns.
        raise NotImplementedError("architectures.BottleneckBlock.forward: not implemented yet")


class PreActBlock(nn.Module):
    """The residual block with batch norm and ReLU before each convolution, and nothing behind the addition.

        a = relu(bn1(x))
        out = conv2(relu(bn2(conv1(a)))) + shortcut

    Convolutions and batch norms are those of `PlainBlock`, but bn1 has c_in channels. The shortcut is x itself where
    the input has the shape of the output. Where it has not, it is a convolution 1x1 of a, not of x: from c_in to c_out
    channels, without bias and with the stride of conv1; no batch norm.

    Attributes:
        bn1, conv1, bn2, conv2: the layers with parameters, registered in this order.
        shortcut: registered last; `nn.Identity()`, or the convolution 1x1.

    Source: He, Zhang, Ren and Sun, "Identity mappings in deep residual networks", 2016, figure 1(b).
    """

    def __init__(self, c_in: int, c_out: int, downsample: bool = False) -> None:
        """Make the layers.

        Args:
            c_in: channels of the input.
            c_out: channels of the output.
            downsample: whether height and width are halved, by conv1 and by the shortcut.
        """
        super().__init__()
        # TODO: implement PreActBlock.__init__; its docstring says what it takes and returns.
        raise NotImplementedError("architectures.PreActBlock: not implemented yet")

    def forward(self, x: Tensor) -> Tensor:
        """Run the block.

        Args:
            x: (N, c_in, H, W); left unchanged.

        Returns:
            (N, c_out, H, W), or with downsample half of H and W, rounded up.
        """
        # TODO: implement PreActBlock.forward; its docstring says what it takes and returns.
        raise NotImplementedError("architectures.PreActBlock.forward: not implemented yet")


class ResNeXtBlock(nn.Module):
    """A bottleneck whose 3x3 convolution is grouped: many narrow paths side by side.

        width = int(c_out / 4 * width_per_group / 64) * groups
        out = relu(bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x)))))))) + shortcut(x))

    conv1 is 1x1 from c_in to width channels, conv2 3x3 with pad 1 on width channels in `groups` groups, conv3 1x1 from
    width to c_out; all else is as in `BottleneckBlock`. ResNeXt-50 (32x4d) is `resnet(50, block=ResNeXtBlock)`. One
    group of 128 gives the block of Wide ResNet-50-2.

    Attributes:
        conv1, bn1, conv2, bn2, conv3, bn3, shortcut: as in `BottleneckBlock`, registered in this order.

    Source: Xie, Girshick, Dollar, Tu and He, "Aggregated residual transformations for deep neural networks", 2017,
    figure 3(c); Zagoruyko and Komodakis, "Wide residual networks", 2016.
    """

    def __init__(
        self, c_in: int, c_out: int, downsample: bool = False, groups: int = 32, width_per_group: int = 4
    ) -> None:
        """Make the layers.

        Args:
            c_in: channels of the input.
            c_out: channels of the output, divisible by 4.
            downsample: whether height and width are halved, by conv2 and by the shortcut.
            groups: how many groups conv2 has.
            width_per_group: channels of a group where c_out is 256; they grow with c_out.
        """
        super().__init__()
        # TODO: implement ResNeXtBlock.__init__; its docstring says what it takes and returns.
        raise NotImplementedError("architectures.ResNeXtBlock: not implemented yet")

    def forward(self, x: Tensor) -> Tensor:
        """Run the block.

        Args:
            x: (N, c_in, H, W); left unchanged.

        Returns:
            (N, c_out, H, W), or with downsample half of H and W, rounded up.
        """
        # TODO: implement ResNeXtBlock.forward; its docstring says what it takes and returns.
        raise NotImplementedError("architectures.ResNeXtBlock.forward: not implemented yet")


def resnet(depth: int, num_classes: int = 1000, block: Callable[..., nn.Module] | None = None) -> nn.Module:
    """A residual network for images of any size: a stem, four stages of blocks, and a linear layer on top.

        stem: conv1 7x7, stride 2, pad 3, 3 -> 64 channels, no bias; bn1; ReLU; max pool 3x3, stride 2, pad 1
        layer1 to layer4: blocks, so many a stage:

        | depth | blocks      | block             | channels of layer1 to layer4 |
        | 18    | 2, 2, 2, 2  | `ResidualBlock`   | 64, 128, 256, 512            |
        | 34    | 3, 4, 6, 3  | `ResidualBlock`   | 64, 128, 256, 512            |
        | 50    | 3, 4, 6, 3  | `BottleneckBlock` | 256, 512, 1024, 2048         |
        | 101   | 3, 4, 23, 3 | `BottleneckBlock` | 256, 512, 1024, 2048         |
        | 152   | 3, 8, 36, 3 | `BottleneckBlock` | 256, 512, 1024, 2048         |

        mean over height and width, fc: linear -> num_classes

    The first block of layer2, layer3 and layer4 halves height and width; all blocks get the channels of their stage.

    Args:
        depth: 18, 34, 50, 101 or 152.
        num_classes: how many scores.
        block: what makes a block, called as block(c_in, c_out, downsample), in the place of the one in the table;
            channels and numbers of blocks stay those of the table.

    Returns:
        A module that maps (N, 3, H, W) to scores (N, num_classes). Its attributes conv1, bn1, layer1, ..., layer4 (each
        `nn.Sequential`) and fc make the keys of its `state_dict()` those of public weights, with `shortcut` for their
        `downsample`.

    Raises:
        ValueError: another depth.

    Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016, table 1.
    """
    # TODO: implement resnet; its docstring says what it takes and returns.
    raise NotImplementedError("architectures.resnet: not implemented yet")


class StochasticDepth(nn.Module):
    """A residual branch that is left out at random while training, so that the network is shallower then.

        training: x + branch(x) with probability survival, else x
        evaluation: x + survival * branch(x)

    One draw decides for the whole batch, a new one in each call. Where the branch is left out it does not run at all:
    that saves its time and leaves its running statistics alone. In training nothing is scaled; in evaluation nothing
    is drawn. Whether it is training is what `train()` and `eval()` set.

    Attributes:
        branch: the module, registered, so that its parameters are those of this module.

    Source: Huang, Sun, Liu, Sedra and Weinberger, "Deep networks with stochastic depth", 2016.
    """

    def __init__(self, branch: nn.Module, survival: float) -> None:
        """Keep the branch and its probability.

        Args:
            branch: a module whose output has the shape of its input.
            survival: probability that the branch takes part, 0 < survival <= 1.

        Raises:
            ValueError: survival is not in (0, 1].
        """
        super().__init__()
        # TODO: implement StochasticDepth.__init__; its docstring says what it takes and returns.
        raise NotImplementedError("architectures.StochasticDepth: not implemented yet")

    def forward(self, x: Tensor) -> Tensor:
        """Add the branch, or leave it out.

        Args:
            x: any shape that the branch takes and gives back; left unchanged.

        Returns:
            x with the branch added or not, of the shape of x.
        """
        # TODO: implement StochasticDepth.forward; its docstring says what it takes and returns.
        raise NotImplementedError("architectures.StochasticDepth.forward: not implemented yet")


# 3. Transfer --------------------------------------------------------------------------------------------------------


def replace_head(model: nn.Module, num_classes: int) -> nn.Module:
    """Put a new, untrained linear layer in the place of the model's last one, for another number of classes.

    The last one is the last `nn.Linear` in the order of `model.named_modules()`. The new layer has the same
    `in_features`, a bias where the old one had one, and its dtype and device; it is trainable also where the model is
    frozen. All other modules and parameters stay the very objects that they were. The model is changed in place.

    Args:
        model: any module with an `nn.Linear` somewhere inside it, at any depth.
        num_classes: the new layer's `out_features`.

    Returns:
        the same model.

    Raises:
        ValueError: there is no `nn.Linear` in the model.

    Source: J. Donahue and others, DeCAF: a deep convolutional activation feature for generic visual recognition, 2014.
    """
    # TODO: implement replace_head; its docstring says what it takes and returns.
    raise NotImplementedError("architectures.replace_head: not implemented yet")


def freeze(model: nn.Module, until: str | None) -> list[str]:
    """Freeze the first children of a model, up to and including the one named `until`; later ones become trainable.

    Children are those of `model.named_children()`, in that order. In a frozen child no parameter requires a gradient,
    and it is in eval mode, so that its batch norm uses its running statistics and leaves them as they are. In a later
    child every parameter requires a gradient, whatever it did before.

    Args:
        model: a module with named children.
        until: the name of the last child to freeze; None freezes nothing, so that all children are trainable.

    Returns:
        the names of the frozen parameters, as in `model.named_parameters()` and in that order.

    Raises:
        ValueError: no child has this name; the message names the children that there are. Nothing is changed then.

    Source: J. Yosinski and others, How transferable are features in deep neural networks?, 2014.
    """
    # TODO: implement freeze; its docstring says what it takes and returns.
    raise NotImplementedError("architectures.freeze: not implemented yet")


def linear_probe(model: nn.Module, num_classes: int) -> nn.Module:
    """Make a trained model ready for a linear probe: a new head on features that no longer change.

    Every parameter is frozen and every module in eval mode; then the head is replaced as in `replace_head`, and the
    new head alone is trainable. Nothing is trained yet.

    Args:
        model: any module with an `nn.Linear`.
        num_classes: how many classes the new head tells apart.

    Returns:
        the same model.

    Raises:
        ValueError: there is no `nn.Linear` in the model.

    Source: G. Alain and Y. Bengio, Understanding intermediate layers using linear classifier probes, 2017.
    """
    # TODO: implement linear_probe; its docstring says what it takes and returns.
    raise NotImplementedError("architectures.linear_probe: not implemented yet")


def fine_tune(
    model: nn.Module,
    X: Tensor,
    y: Tensor,
    epochs: int = 1,
    batch_size: int = 64,
    learning_rate: float = 1e-2,
    momentum: float = 0.9,
) -> list[float]:
    """Train what is trainable in a model, and leave alone what is frozen.

    An epoch goes through all N images once, in a new random order, `batch_size` at a time; the last batch of an epoch
    may be smaller, and counts too. Each iteration is one step of SGD with momentum (no weight decay) on the mean cross
    entropy of its batch, for the parameters that require a gradient, and for no others:

        v <- momentum * v + dw,    w <- w - learning_rate * v,    v = 0 at the start

    Each call begins anew: it draws other orders than the one before it, and neither the velocities of that one nor
    gradients that the parameters still hold count in it.

    While it trains, a module that has parameters, itself or inside it, none of which requires a gradient, is in eval
    mode together with everything inside it: neither its weights nor the running statistics of its batch norm move. All
    other modules are in train mode. In the end the whole model is in eval mode.

    Args:
        model: maps images (B, ...) to scores (B, C), not softmaxed. It is trained in place.
        X: (N, ...), of the dtype and on the device of the model's parameters.
        y: int64 (N,), the labels.
        epochs: how many epochs.
        batch_size: images in an iteration.
        learning_rate: of SGD.
        momentum: of SGD.

    Returns:
        the loss of each iteration, Python floats: epochs * ceil(N / batch_size) of them.

    Raises:
        ValueError: no parameter of the model requires a gradient.

    Source: R. Girshick and others, Rich feature hierarchies for accurate object detection and semantic segmentation,
    2014.
    """
    # TODO: implement fine_tune; its docstring says what it takes and returns.
    raise NotImplementedError("architectures.fine_tune: not implemented yet")


def shapes_network() -> nn.Module:
    """A network of your own for `shapes`, the ten classes of 32 x 32 colour images.

    It takes images (N, 3, 32, 32) with values from 0 to 1, float32, as `load("shapes").floats()` has them, and gives
    scores (N, 10). It has at most 300,000 parameters, and takes at most 30 million multiply-adds an image. (A
    weight that stands in two places counts twice.) Anything goes inside: the blocks of section 2, what your
    architecture search found, something of your own.

    In eval mode the scores of an image depend on that image alone. Train it in the notebook `architecture_search` and
    save its `state_dict()` as `shapes_network.pt`, which is handed in with this file; at most 2 MB. Grading calls this
    function, loads that file into what comes back, and asks for the classes of images that nobody has seen: 50 % of
    them right earn a part of the points, 60 % all of them.

    Returns:
        the network, untrained.

    Source: K. He and others, Deep residual learning for image recognition, 2016, section 4.2 (small images).
    """
    # TODO: implement shapes_network; its docstring says what it takes and returns.
    raise NotImplementedError("architectures.shapes_network: not implemented yet")
