"""Known mistakes in the ResNeXt block, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

RESNEXT = "architectures.ResNeXtBlock"
WIDTH = "width = int(c_out / 4 * width_per_group / 64) * groups"
CONV1 = "self.conv1 = nn.Conv2d(c_in, width, 1, bias=False)"
CONV2 = "self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, groups=groups, bias=False)"
CONV3 = "self.conv3 = nn.Conv2d(width, c_out, 1, bias=False)"
WHEN = "if downsample or c_in != c_out:"
PROJECTION = "projection = nn.Conv2d(c_in, c_out, 1, stride=stride, bias=False)"
FIRST = "out = torch.relu(self.bn1(self.conv1(x)))"
SECOND = "out = torch.relu(self.bn2(self.conv2(out)))"
THIRD = "out = self.bn3(self.conv3(out))"
LAST = "return torch.relu(out + self.shortcut(x))"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        RESNEXT,
        "not_grouped",
        "It looks as if the 3x3 convolution is not grouped: groups belongs in nn.Conv2d.",
        ((CONV2, CONV2.replace("groups=groups, ", "")),),
    ),
    Mutant(
        RESNEXT,
        "one_group_a_channel",
        "It looks as if each channel is a group of its own, a depthwise convolution; there are `groups` groups.",
        ((CONV2, CONV2.replace("groups=groups", "groups=width")),),
    ),
    Mutant(
        RESNEXT,
        "thirty_two_groups_always",
        "It looks as if the number of groups is fixed; groups says it.",
        ((WIDTH, "groups = 32\n" + WIDTH),),
    ),
    Mutant(
        RESNEXT,
        "width_of_a_bottleneck",
        "It looks as if the middle has c_out // 4 channels, as in a bottleneck; its width follows from groups and "
        "width_per_group.",
        ((WIDTH, "width = c_out // 4"),),
    ),
    Mutant(
        RESNEXT,
        "width_does_not_grow",
        "It looks as if the width is groups * width_per_group in every stage; it grows with c_out.",
        ((WIDTH, "width = groups * width_per_group"),),
    ),
    Mutant(
        RESNEXT,
        "rounded_too_late",
        "It looks as if the width is rounded behind the product with groups; the width of one group is rounded.",
        ((WIDTH, "width = int(c_out / 4 * width_per_group / 64 * groups)"),),
    ),
    Mutant(
        RESNEXT,
        "quarter_forgotten",
        "It looks as if the division by 4 is missing in the width.",
        ((WIDTH, "width = int(c_out * width_per_group / 64) * groups"),),
    ),
    Mutant(
        RESNEXT,
        "groups_and_width_swapped",
        "It looks as if groups and width_per_group are swapped.",
        ((WIDTH, "groups, width_per_group = width_per_group, groups\n" + WIDTH.replace("64)", "64 + 0.99)")),),
    ),
    Mutant(
        RESNEXT,
        "last_1x1_grouped",
        "It looks as if the last 1x1 convolution is grouped, too; the 3x3 alone is.",
        ((CONV3, CONV3.replace("1, bias", "1, groups=groups, bias")),),
    ),
    Mutant(
        RESNEXT,
        "stride_on_the_first_1x1",
        "It looks as if the stride is on conv1; it is on conv2, the 3x3.",
        (
            (CONV1, CONV1.replace("1, bias", "1, stride=stride, bias")),
            (CONV2, CONV2.replace("stride=stride, ", "")),
        ),
    ),
    Mutant(
        RESNEXT,
        "first_relu_missing",
        "It looks as if there is no ReLU behind bn1.",
        ((FIRST, "out = self.bn1(self.conv1(x))"),),
    ),
    Mutant(
        RESNEXT,
        "second_relu_missing",
        "It looks as if there is no ReLU behind bn2.",
        ((SECOND, "out = self.bn2(self.conv2(out))"),),
    ),
    Mutant(
        RESNEXT,
        "channels_shuffled",
        "It looks as if the channels of the groups are shuffled, as in ShuffleNet; here they keep their order.",
        ((SECOND, SECOND + "\nout = torch.roll(out, 1, dims=1)"),),
    ),
    Mutant(
        RESNEXT,
        "relu_before_the_addition",
        "It looks as if the last ReLU comes before the addition; it comes behind it.",
        ((LAST, "return torch.relu(out) + self.shortcut(x)"),),
    ),
    Mutant(
        RESNEXT,
        "no_shortcut",
        "It looks as if the shortcut is not added.",
        ((LAST, "return torch.relu(out)"),),
    ),
    Mutant(
        RESNEXT,
        "always_projected",
        "It looks as if the shortcut is always a projection; where the shape stays it is x itself.",
        ((WHEN, "if True:"),),
    ),
    Mutant(
        RESNEXT,
        "projected_when_halved",
        "It looks as if the shortcut is a projection with downsample alone; other channels need one, too.",
        ((WHEN, "if downsample:"),),
    ),
    Mutant(
        RESNEXT,
        "projection_without_stride",
        "It looks as if the projection of the shortcut has stride 1: its output is larger than that of the main path.",
        ((PROJECTION, "projection = nn.Conv2d(c_in, c_out, 1, bias=False)"),),
    ),
    Mutant(
        RESNEXT,
        "biases",
        "It looks as if convolutions have biases, which the batch norm behind them takes away again: bias=False.",
        ((CONV2, CONV2.replace(", bias=False", "")),),
    ),
    Mutant(
        RESNEXT,
        "last_batch_norm_missing",
        "It looks as if bn3 is not used.",
        ((THIRD, "out = self.conv3(out)"),),
    ),
    Mutant(
        RESNEXT,
        "detached_shortcut",
        "It looks as if the shortcut is cut off from the gradient, by detach, .data or no_grad; it is there for it.",
        ((LAST, "return torch.relu(out + self.shortcut(x.detach()))"),),
    ),
)
