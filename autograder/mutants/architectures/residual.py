"""Known mistakes in the residual block, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

RESIDUAL = "architectures.ResidualBlock"
CONV1 = "self.conv1 = nn.Conv2d(c_in, c_out, 3, stride=stride, padding=1, bias=False)"
BN1 = "self.bn1 = nn.BatchNorm2d(c_out)"
CONV2 = "self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)"
WHEN = "if downsample or c_in != c_out:"
PROJECTION = "projection = nn.Conv2d(c_in, c_out, 1, stride=stride, bias=False)"
SHORTCUT = "self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(c_out))"
FIRST = "out = torch.relu(self.bn1(self.conv1(x)))"
SECOND = "out = self.bn2(self.conv2(out))"
LAST = "return torch.relu(out + self.shortcut(x))"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        RESIDUAL,
        "relu_before_the_addition",
        "It looks as if the last ReLU comes before the addition; it comes behind, so that the main path may subtract.",
        ((LAST, "return torch.relu(out) + self.shortcut(x)"),),
    ),
    Mutant(
        RESIDUAL,
        "relu_twice",
        "It looks as if there is a ReLU before the addition and one behind it; there is one, behind it.",
        ((LAST, "return torch.relu(torch.relu(out) + self.shortcut(x))"),),
    ),
    Mutant(
        RESIDUAL,
        "no_last_relu",
        "It looks as if there is no ReLU behind the addition.",
        ((LAST, "return out + self.shortcut(x)"),),
    ),
    Mutant(
        RESIDUAL,
        "added_where_it_fits",
        "It looks as if the shortcut is added only where x has the shape of the output.",
        ((LAST, "return torch.relu(out + x) if x.shape == out.shape else torch.relu(out)"),),
    ),
    Mutant(
        RESIDUAL,
        "no_shortcut",
        "It looks as if the shortcut is not added: that is a plain block.",
        ((LAST, "return torch.relu(out)"),),
    ),
    Mutant(
        RESIDUAL,
        "always_projected",
        "It looks as if the shortcut is always a projection; where the shape stays it is x itself.",
        ((WHEN, "if True:"),),
    ),
    Mutant(
        RESIDUAL,
        "projected_when_halved",
        "It looks as if the shortcut is a projection with downsample alone; other channels need one, too.",
        ((WHEN, "if downsample:"),),
    ),
    Mutant(
        RESIDUAL,
        "projected_when_wider",
        "It looks as if the shortcut is a projection where the channels change alone; downsample needs one, too.",
        ((WHEN, "if c_in != c_out:"),),
    ),
    Mutant(
        RESIDUAL,
        "projection_without_stride",
        "It looks as if the projection of the shortcut has stride 1: its output is larger than that of the main path.",
        ((PROJECTION, "projection = nn.Conv2d(c_in, c_out, 1, bias=False)"),),
    ),
    Mutant(
        RESIDUAL,
        "projection_without_batch_norm",
        "It looks as if there is no batch norm behind the projection of the shortcut.",
        ((SHORTCUT, "self.shortcut = projection"),),
    ),
    Mutant(
        RESIDUAL,
        "projection_with_relu",
        "It looks as if the shortcut ends in a ReLU; it has none, the one behind the addition serves both paths.",
        ((SHORTCUT, "self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(c_out), nn.ReLU())"),),
    ),
    Mutant(
        RESIDUAL,
        "projection_with_bias",
        "It looks as if the projection of the shortcut has a bias, which the batch norm behind it takes away again.",
        ((PROJECTION, "projection = nn.Conv2d(c_in, c_out, 1, stride=stride)"),),
    ),
    Mutant(
        RESIDUAL,
        "projection_of_3x3",
        "It looks as if the projection of the shortcut is 3x3; it is 1x1.",
        ((PROJECTION, "projection = nn.Conv2d(c_in, c_out, 3, stride=stride, padding=1, bias=False)"),),
    ),
    Mutant(
        RESIDUAL,
        "channels_of_zeros",
        "It looks as if the shortcut has no layers that are registered where the shape changes: x filled up with zeros "
        "is option A of the paper, and in a Python list torch finds none. It is a convolution 1x1 and a batch norm.",
        (
            (SHORTCUT, "self.stride = stride"),
            (
                LAST,
                "x = x if x.shape == out.shape else x[:, :, :: self.stride, :: self.stride]\n"
                "missing = out.shape[1] - x.shape[1]\n"
                "return torch.relu(out + nn.functional.pad(x, (0, 0, 0, 0, 0, missing)))",
            ),
        ),
    ),
    Mutant(
        RESIDUAL,
        "shortcut_of_the_first_layer",
        "It looks as if what is added is the output of the first convolution; the shortcut starts at x.",
        ((SECOND, "hidden = out\n" + SECOND), (LAST, "return torch.relu(out + hidden)")),
    ),
    Mutant(
        RESIDUAL,
        "activated_shortcut",
        "It looks as if the shortcut starts behind a ReLU; it starts at x as it comes.",
        ((LAST, "return torch.relu(out + self.shortcut(torch.relu(x)))"),),
    ),
    Mutant(
        RESIDUAL,
        "shortcut_overwritten",
        "It looks as if x is overwritten on the main path, so that the block adds its own output to itself.",
        (
            (FIRST, "x = torch.relu(self.bn1(self.conv1(x)))"),
            (SECOND, "x = self.bn2(self.conv2(x))"),
            (LAST, "return torch.relu(x + x)"),
        ),
    ),
    Mutant(
        RESIDUAL,
        "input_activated_in_place",
        "It looks as if a ReLU works on x in place: the shortcut then adds what is left of it.",
        ((FIRST, FIRST.replace("(self.conv1(x))", "(self.conv1(nn.functional.relu(x, inplace=True)))")),),
    ),
    Mutant(
        RESIDUAL,
        "added_in_place",
        "It looks as if the sum is written into x, which belongs to the caller; `x += out` does that.",
        ((LAST, "skip = self.shortcut(x)\nskip += out\nreturn torch.relu(skip)"),),
    ),
    Mutant(
        RESIDUAL,
        "detached_shortcut",
        "It looks as if the shortcut is cut off from the gradient, by detach, .data or no_grad; it is there for it.",
        ((LAST, "return torch.relu(out + self.shortcut(x.detach()))"),),
    ),
    Mutant(
        RESIDUAL,
        "multiplied",
        "It looks as if the two paths are multiplied; they are added.",
        ((LAST, "return torch.relu(out * self.shortcut(x))"),),
    ),
    Mutant(
        RESIDUAL,
        "averaged",
        "It looks as if the mean of the two paths is taken; they are added.",
        ((LAST, "return torch.relu((out + self.shortcut(x)) / 2)"),),
    ),
    Mutant(
        RESIDUAL,
        "subtracted",
        "It looks as if the main path is subtracted from the shortcut; it is added.",
        ((LAST, "return torch.relu(self.shortcut(x) - out)"),),
    ),
    Mutant(
        RESIDUAL,
        "concatenated",
        "It looks as if the paths are concatenated, as in DenseNet; they are added.",
        ((LAST, "return torch.relu(torch.cat([out, self.shortcut(x)], dim=1))"),),
    ),
    Mutant(
        RESIDUAL,
        "stride_on_the_second",
        "It looks as if the stride is on conv2; the main path is halved by conv1.",
        ((CONV1, CONV1.replace("stride=stride, ", "")), (CONV2, CONV2.replace("padding", "stride=stride, padding"))),
    ),
    Mutant(
        RESIDUAL,
        "first_relu_missing",
        "It looks as if there is no ReLU between bn1 and conv2.",
        ((FIRST, "out = self.bn1(self.conv1(x))"),),
    ),
    Mutant(
        RESIDUAL,
        "last_batch_norm_missing",
        "It looks as if bn2 is not used.",
        ((SECOND, "out = self.conv2(out)"),),
    ),
    Mutant(
        RESIDUAL,
        "shared_batch_norm",
        "It looks as if bn1 stands behind both convolutions; each has a batch norm of its own.",
        ((SECOND, "out = self.bn1(self.conv2(out))"),),
    ),
    Mutant(
        RESIDUAL,
        "shortcut_with_bn2",
        "It looks as if main path and shortcut share their batch norm; the projection has one of its own.",
        ((SHORTCUT, "self.shortcut = nn.Sequential(projection, self.bn2)"),),
    ),
    Mutant(
        RESIDUAL,
        "biases",
        "It looks as if the convolutions have biases, which the batch norm behind them takes away again: bias=False.",
        ((CONV1, CONV1.replace(", bias=False", "")), (CONV2, CONV2.replace(", bias=False", ""))),
    ),
    Mutant(
        RESIDUAL,
        "halved_where_channels_change",
        "It looks as if the stride follows from the channels; downsample alone says whether to halve.",
        (("stride = 2 if downsample else 1", "stride = 2 if c_in != c_out else 1"),),
    ),
)
