"""Known mistakes in the bottleneck block, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

BOTTLENECK = "architectures.BottleneckBlock"
WIDTH = "width = c_out // 4"
CONV1 = "self.conv1 = nn.Conv2d(c_in, width, 1, bias=False)"
CONV2 = "self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)"
BN2 = "self.bn2 = nn.BatchNorm2d(width)"
CONV3 = "self.conv3 = nn.Conv2d(width, c_out, 1, bias=False)"
WHEN = "if downsample or c_in != c_out:"
PROJECTION = "projection = nn.Conv2d(c_in, c_out, 1, stride=stride, bias=False)"
SHORTCUT = "self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(c_out))"
FIRST = "out = torch.relu(self.bn1(self.conv1(x)))"
SECOND = "out = torch.relu(self.bn2(self.conv2(out)))"
THIRD = "out = self.bn3(self.conv3(out))"
LAST = "return torch.relu(out + self.shortcut(x))"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        BOTTLENECK,
        "stride_on_the_first_1x1",
        "It looks as if the stride is on conv1, as in the paper, where a 1x1 throws three quarters of its input away; "
        "here it is on conv2.",
        (
            (CONV1, CONV1.replace("1, bias", "1, stride=stride, bias")),
            (CONV2, CONV2.replace("stride=stride, ", "")),
        ),
    ),
    Mutant(
        BOTTLENECK,
        "stride_on_the_last_1x1",
        "It looks as if the stride is on conv3; it is on conv2, the 3x3.",
        (
            (CONV3, CONV3.replace("1, bias", "1, stride=stride, bias")),
            (CONV2, CONV2.replace("stride=stride, ", "")),
        ),
    ),
    Mutant(
        BOTTLENECK,
        "quarter_of_the_input",
        "It looks as if the middle has a quarter of the channels of the input; it is a quarter of those of the output.",
        ((WIDTH, "width = max(1, c_in // 4)"),),
    ),
    Mutant(
        BOTTLENECK,
        "half_the_channels",
        "It looks as if the middle has half of the channels of the output; it has a quarter.",
        ((WIDTH, "width = c_out // 2"),),
    ),
    Mutant(
        BOTTLENECK,
        "c_out_is_the_width",
        "It looks as if c_out is taken for the channels of the middle and the output has four times as many; c_out is "
        "the number of channels of the output.",
        ((WIDTH, "width = c_out\nc_out = 4 * c_out"),),
    ),
    Mutant(
        BOTTLENECK,
        "three_of_3x3",
        "It looks as if the last convolution is 3x3; the first and the last are 1x1.",
        ((CONV3, CONV3.replace("c_out, 1,", "c_out, 3, padding=1,")),),
    ),
    Mutant(
        BOTTLENECK,
        "no_pad",
        "It looks as if conv2 has no padding: its output is smaller than that of the shortcut.",
        ((CONV2, CONV2.replace("padding=1, ", "")),),
    ),
    Mutant(
        BOTTLENECK,
        "padded_1x1",
        "It looks as if a 1x1 convolution has a pad of 1, which makes the image larger; it needs none.",
        (
            (CONV1, CONV1.replace("1, bias", "1, padding=1, bias")),
            (CONV2, CONV2.replace("padding=1, ", "")),
        ),
    ),
    Mutant(
        BOTTLENECK,
        "first_relu_missing",
        "It looks as if there is no ReLU behind bn1.",
        ((FIRST, "out = self.bn1(self.conv1(x))"),),
    ),
    Mutant(
        BOTTLENECK,
        "second_relu_missing",
        "It looks as if there is no ReLU behind bn2.",
        ((SECOND, "out = self.bn2(self.conv2(out))"),),
    ),
    Mutant(
        BOTTLENECK,
        "relu_before_the_addition",
        "It looks as if the last ReLU comes before the addition; it comes behind it.",
        ((LAST, "return torch.relu(out) + self.shortcut(x)"),),
    ),
    Mutant(
        BOTTLENECK,
        "relu_behind_every_batch_norm",
        "It looks as if there is a ReLU behind bn3 and one behind the addition; there is one, behind the addition.",
        ((THIRD, "out = torch.relu(self.bn3(self.conv3(out)))"),),
    ),
    Mutant(
        BOTTLENECK,
        "no_last_relu",
        "It looks as if there is no ReLU behind the addition.",
        ((LAST, "return out + self.shortcut(x)"),),
    ),
    Mutant(
        BOTTLENECK,
        "no_shortcut",
        "It looks as if the shortcut is not added.",
        ((LAST, "return torch.relu(out)"),),
    ),
    Mutant(
        BOTTLENECK,
        "always_projected",
        "It looks as if the shortcut is always a projection; where the shape stays it is x itself.",
        ((WHEN, "if True:"),),
    ),
    Mutant(
        BOTTLENECK,
        "projected_when_halved",
        "It looks as if the shortcut is a projection with downsample alone; layer1 needs one, too, where only the "
        "channels change.",
        ((WHEN, "if downsample:"),),
    ),
    Mutant(
        BOTTLENECK,
        "projection_without_stride",
        "It looks as if the projection of the shortcut has stride 1: its output is larger than that of the main path.",
        ((PROJECTION, "projection = nn.Conv2d(c_in, c_out, 1, bias=False)"),),
    ),
    Mutant(
        BOTTLENECK,
        "projection_without_batch_norm",
        "It looks as if there is no batch norm behind the projection of the shortcut.",
        ((SHORTCUT, "self.shortcut = projection"),),
    ),
    Mutant(
        BOTTLENECK,
        "shared_batch_norm",
        "It looks as if bn1 stands behind conv2, too; each convolution has a batch norm of its own.",
        ((SECOND, "out = torch.relu(self.bn1(self.conv2(out)))"),),
    ),
    Mutant(
        BOTTLENECK,
        "bn2_is_bn1",
        "It looks as if bn2 is bn1 under another name; each convolution has a batch norm of its own.",
        ((BN2, "self.bn2 = self.bn1"),),
    ),
    Mutant(
        BOTTLENECK,
        "last_batch_norm_missing",
        "It looks as if bn3 is not used.",
        ((THIRD, "out = self.conv3(out)"),),
    ),
    Mutant(
        BOTTLENECK,
        "biases",
        "It looks as if convolutions have biases, which the batch norm behind them takes away again: bias=False.",
        ((CONV1, CONV1.replace(", bias=False", "")), (CONV3, CONV3.replace(", bias=False", ""))),
    ),
    Mutant(
        BOTTLENECK,
        "detached_shortcut",
        "It looks as if the shortcut is cut off from the gradient, by detach, .data or no_grad; it is there for it.",
        ((LAST, "return torch.relu(out + self.shortcut(x.detach()))"),),
    ),
    Mutant(
        BOTTLENECK,
        "added_in_place",
        "It looks as if the sum is written into x, which belongs to the caller.",
        ((LAST, "skip = self.shortcut(x)\nskip += out\nreturn torch.relu(skip)"),),
    ),
)
