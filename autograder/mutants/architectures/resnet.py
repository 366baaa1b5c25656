"""Known mistakes in `resnet`, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

RESNET = "architectures.resnet"
REFUSE = "if depth not in stages:\n    raise ValueError"
DEEP = "deep = depth >= 50"
OWN = "if block is None:"
CONV1 = "nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)"
RELU = 'net.add_module("relu", nn.ReLU())'
POOL = "nn.MaxPool2d(3, stride=2, padding=1)"
CHANNELS = "c_out = (256 if deep else 64) * 2**stage"
APPEND = "layer.append(block(c_in, c_out, stage > 0 and position == 0))"
NEXT = "        c_in = c_out\n    net"
NAME = 'net.add_module(f"layer{stage + 1}", layer)'
MEAN = "nn.AdaptiveAvgPool2d(1)"
FC = "nn.Linear(c_in, num_classes)"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        RESNET,
        "layer1_halves",
        "It looks as if the first block of layer1 halves height and width, too; the max pool has just done so.",
        ((APPEND, APPEND.replace("stage > 0 and ", "")),),
    ),
    Mutant(
        RESNET,
        "every_block_halves",
        "It looks as if every block of a stage halves height and width; the first one alone does.",
        ((APPEND, APPEND.replace(" and position == 0", "")),),
    ),
    Mutant(
        RESNET,
        "no_block_halves",
        "It looks as if no block halves height and width, or is not told to; the first of layer2 to layer4 does.",
        ((APPEND, "layer.append(block(c_in, c_out, False))"),),
    ),
    Mutant(
        RESNET,
        "last_block_halves",
        "It looks as if the last block of a stage halves height and width; the first one does.",
        ((APPEND, APPEND.replace("position == 0", "position == blocks - 1")),),
    ),
    Mutant(
        RESNET,
        "blocks_of_34",
        "It looks as if a number of blocks is wrong: 34 and 50 have 3, 4, 6, 3.",
        (("34: (3, 4, 6, 3)", "34: (3, 4, 6, 4)"),),
    ),
    Mutant(
        RESNET,
        "blocks_of_101",
        "It looks as if a number of blocks of 101 is wrong: it has 3, 4, 23, 3.",
        (("101: (3, 4, 23, 3)", "101: (3, 4, 22, 3)"),),
    ),
    Mutant(
        RESNET,
        "blocks_of_152",
        "It looks as if a number of blocks of 152 is wrong: it has 3, 8, 36, 3.",
        (("152: (3, 8, 36, 3)", "152: (3, 4, 36, 3)"),),
    ),
    Mutant(
        RESNET,
        "bottlenecks_from_34",
        "It looks as if 34 is made of bottlenecks; they begin with 50.",
        ((DEEP, "deep = depth >= 34"),),
    ),
    Mutant(
        RESNET,
        "narrow_stages",
        "It looks as if the stages of the deep networks have 64 to 512 channels; bottlenecks give 256 to 2048.",
        ((CHANNELS, "c_out = 64 * 2**stage"),),
    ),
    Mutant(
        RESNET,
        "channels_do_not_double",
        "It looks as if the channels do not double from layer3 to layer4.",
        ((CHANNELS, CHANNELS.replace("2**stage", "2 ** min(stage, 2)")),),
    ),
    Mutant(
        RESNET,
        "channels_of_the_block_before",
        "It looks as if a block after the first of its stage gets the channels of the stage before as its input.",
        ((NEXT, "    c_in = int(c_out)\n    net"),),
    ),
    Mutant(
        RESNET,
        "block_ignored",
        "It looks as if the argument block is ignored; it takes the place of the block in the table.",
        ((OWN, "if True:"),),
    ),
    Mutant(
        RESNET,
        "always_residual_blocks",
        "It looks as if the default is ResidualBlock for all depths; from 50 on it is BottleneckBlock.",
        (("block = BottleneckBlock if deep else ResidualBlock", "block = ResidualBlock"),),
    ),
    Mutant(
        RESNET,
        "default_is_plain",
        "It looks as if the default is PlainBlock for 18 and 34; it is ResidualBlock.",
        (("block = BottleneckBlock if deep else ResidualBlock", "block = BottleneckBlock if deep else PlainBlock"),),
    ),
    Mutant(
        RESNET,
        "one_block_many_times",
        "It looks as if one and the same block stands in a stage several times, with the same weights; each place has "
        "a block of its own.",
        (
            (
                APPEND,
                "layer.append(layer[-1] if position > 1 or (position and c_in == c_out and stage == 0)"
                " else block(c_in, c_out, stage > 0 and position == 0))",
            ),
        ),
    ),
    Mutant(
        RESNET,
        "stem_without_relu",
        "It looks as if there is no ReLU in the stem, between bn1 and the max pool.",
        ((RELU, 'net.add_module("relu", nn.Identity())'),),
    ),
    Mutant(
        RESNET,
        "stem_without_pool",
        "It looks as if there is no max pool in the stem.",
        ((POOL, "nn.Identity()"),),
    ),
    Mutant(
        RESNET,
        "pool_of_two",
        "It looks as if the max pool of the stem is 2x2; it is 3x3 with stride 2 and pad 1.",
        ((POOL, "nn.MaxPool2d(2, ceil_mode=True)"),),
    ),
    Mutant(
        RESNET,
        "pool_without_pad",
        "It looks as if the max pool of the stem has no padding; it has a pad of 1.",
        ((POOL, "nn.MaxPool2d(3, stride=2)"),),
    ),
    Mutant(
        RESNET,
        "stem_without_stride",
        "It looks as if conv1 has stride 1; it has stride 2.",
        ((CONV1, CONV1.replace("stride=2, ", "")),),
    ),
    Mutant(
        RESNET,
        "stem_of_3x3",
        "It looks as if conv1 is 3x3, as for small images; it is 7x7 with stride 2 and pad 3.",
        ((CONV1, "nn.Conv2d(3, 64, 3, padding=1, bias=False)"),),
    ),
    Mutant(
        RESNET,
        "stem_with_bias",
        "It looks as if conv1 has a bias, which the batch norm behind it takes away again.",
        ((CONV1, CONV1.replace(", bias=False", "")),),
    ),
    Mutant(
        RESNET,
        "pool_of_seven",
        "It looks as if the last pool is 7x7, which fits images of 224 x 224 alone; take the mean over all of height "
        "and width.",
        ((MEAN, "nn.AvgPool2d(7)"),),
    ),
    Mutant(
        RESNET,
        "square_pool",
        "It looks as if the last pool is as wide as the image is high; images need not be square.",
        ((MEAN, "type('Mean', (nn.Module,), {'forward': lambda self, x: x[..., : x.shape[2]].mean((2, 3))})()"),),
    ),
    Mutant(
        RESNET,
        "pool_of_seven_at_most",
        "It looks as if the mean is over 7 x 7 places at most; take it over all of height and width.",
        ((MEAN, "type('Mean', (nn.Module,), {'forward': lambda self, x: x[..., :7, :7].mean((2, 3))})()"),),
    ),
    Mutant(
        RESNET,
        "global_maximum",
        "It looks as if the maximum over height and width is taken; it is the mean.",
        ((MEAN, "nn.AdaptiveMaxPool2d(1)"),),
    ),
    Mutant(
        RESNET,
        "thousand_classes_always",
        "It looks as if there are always 1000 scores; num_classes says how many.",
        ((FC, "nn.Linear(c_in, 1000)"),),
    ),
    Mutant(
        RESNET,
        "fc_without_bias",
        "It looks as if the last linear layer has no bias.",
        ((FC, "nn.Linear(c_in, num_classes, bias=False)"),),
    ),
    Mutant(
        RESNET,
        "probabilities",
        "It looks as if the scores go through a softmax; the loss does that, the network returns the scores.",
        ((f'net.add_module("fc", {FC})', f'net.add_module("fc", {FC})\nnet.add_module("softmax", nn.Softmax(dim=1))'),),
    ),
    Mutant(
        RESNET,
        "dropout_added",
        "It looks as if there is dropout before the linear layer; ResNet has none.",
        ((MEAN + ")", MEAN + ')\nnet.add_module("dropout", nn.Dropout(0.2))'),),
    ),
    Mutant(
        RESNET,
        "counted_from_zero",
        "It looks as if the stages are called layer0 to layer3; public weights call them layer1 to layer4.",
        ((NAME, 'net.add_module(f"layer{stage}", layer)'),),
    ),
    Mutant(
        RESNET,
        "last_layer_called_otherwise",
        "It looks as if the linear layer has another name than fc, that of public weights.",
        ((f'net.add_module("fc", {FC})', f'net.add_module("classifier", {FC})'),),
    ),
    Mutant(
        RESNET,
        "any_depth",
        "It looks as if another depth ends in an exception other than ValueError.",
        ((REFUSE, REFUSE.replace("ValueError", "KeyError")),),
    ),
    Mutant(
        RESNET,
        "unknown_depth_is_18",
        "It looks as if a depth that is not in the table gives a network; it should raise ValueError.",
        (("if depth not in stages:", "depth = depth if depth in stages else 18\nif depth not in stages:"),),
    ),
)
