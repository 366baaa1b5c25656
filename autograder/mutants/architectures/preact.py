"""Known mistakes in the pre-activation block, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

PREACT = "architectures.PreActBlock"
BN1 = "self.bn1 = nn.BatchNorm2d(c_in)"
CONV1 = "self.conv1 = nn.Conv2d(c_in, c_out, 3, stride=stride, padding=1, bias=False)"
BN2 = "self.bn2 = nn.BatchNorm2d(c_out)"
CONV2 = "self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)"
CHANGES = "self.changes_shape = downsample or c_in != c_out"
PROJECTION = "nn.Conv2d(c_in, c_out, 1, stride=stride, bias=False) if"
FIRST = "activated = torch.relu(self.bn1(x))"
SECOND = "out = torch.relu(self.bn2(self.conv1(activated)))"
THIRD = "out = self.conv2(out)"
LAST = "return out + self.shortcut(activated if self.changes_shape else x)"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        PREACT,
        "projection_of_x",
        "It looks as if the projection of the shortcut looks at x; it looks at the activated relu(bn1(x)).",
        ((LAST, "return out + self.shortcut(x)"),),
    ),
    Mutant(
        PREACT,
        "activated_identity",
        "It looks as if the shortcut is always what bn1 and ReLU make of x; where the shape stays it is x itself, so "
        "that nothing stands in the way of the gradient.",
        ((LAST, "return out + self.shortcut(activated)"),),
    ),
    Mutant(
        PREACT,
        "relu_behind_the_addition",
        "It looks as if there is a ReLU behind the addition; in a pre-activation block nothing comes behind it.",
        ((LAST, "return torch.relu(out + self.shortcut(activated if self.changes_shape else x))"),),
    ),
    Mutant(
        PREACT,
        "first_relu_missing",
        "It looks as if there is no ReLU between bn1 and conv1.",
        ((FIRST, "activated = self.bn1(x)"),),
    ),
    Mutant(
        PREACT,
        "second_relu_missing",
        "It looks as if there is no ReLU between bn2 and conv2.",
        ((SECOND, "out = self.bn2(self.conv1(activated))"),),
    ),
    Mutant(
        PREACT,
        "relu_before_batch_norm",
        "It looks as if the ReLU comes before the batch norm; the order is batch norm, ReLU, convolution.",
        ((FIRST, "activated = self.bn1(torch.relu(x))"), (SECOND, "out = self.bn2(torch.relu(self.conv1(activated)))")),
    ),
    Mutant(
        PREACT,
        "first_batch_norm_missing",
        "It looks as if bn1 is not used.",
        ((FIRST, "activated = torch.relu(x)"),),
    ),
    Mutant(
        PREACT,
        "activation_behind_the_convolutions",
        "It looks as if batch norm and ReLU come behind the convolutions, as in ResidualBlock; here they come before "
        "them, and bn1 has the channels of the input.",
        (
            (BN1, ""),
            (BN2, "self.bn1 = nn.BatchNorm2d(c_out)\nself.bn2 = nn.BatchNorm2d(c_out)"),
            (FIRST, "activated = x"),
            (SECOND, "out = torch.relu(self.bn1(self.conv1(x)))"),
            (THIRD, "out = torch.relu(self.bn2(self.conv2(out)))"),
        ),
    ),
    Mutant(
        PREACT,
        "projection_with_batch_norm",
        "It looks as if there is a batch norm behind the projection of the shortcut; in this block there is none.",
        (
            (
                PROJECTION,
                "nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride=stride, bias=False), nn.BatchNorm2d(c_out)) if",
            ),
        ),
    ),
    Mutant(
        PREACT,
        "always_projected",
        "It looks as if the shortcut is always a projection; where the shape stays it is x itself.",
        ((CHANGES, "self.changes_shape = True"),),
    ),
    Mutant(
        PREACT,
        "projected_when_halved",
        "It looks as if the shortcut is a projection with downsample alone; other channels need one, too.",
        ((CHANGES, "self.changes_shape = downsample"),),
    ),
    Mutant(
        PREACT,
        "projected_when_wider",
        "It looks as if the shortcut is a projection where the channels change alone; downsample needs one, too.",
        ((CHANGES, "self.changes_shape = c_in != c_out"),),
    ),
    Mutant(
        PREACT,
        "projection_without_stride",
        "It looks as if the projection of the shortcut has stride 1: its output is larger than that of the main path.",
        ((PROJECTION, "nn.Conv2d(c_in, c_out, 1, bias=False) if"),),
    ),
    Mutant(
        PREACT,
        "projection_with_bias",
        "It looks as if the projection of the shortcut has a bias; no convolution of the block has one.",
        ((PROJECTION, "nn.Conv2d(c_in, c_out, 1, stride=stride) if"),),
    ),
    Mutant(
        PREACT,
        "stride_on_the_second",
        "It looks as if the stride is on conv2; the main path is halved by conv1.",
        ((CONV1, CONV1.replace("stride=stride, ", "")), (CONV2, CONV2.replace("padding", "stride=stride, padding"))),
    ),
    Mutant(
        PREACT,
        "added_where_it_fits",
        "It looks as if the shortcut is added only where x has the shape of the output.",
        ((LAST, "return out if self.changes_shape else out + x"),),
    ),
    Mutant(
        PREACT,
        "no_shortcut",
        "It looks as if the shortcut is not added.",
        ((LAST, "return out"),),
    ),
    Mutant(
        PREACT,
        "biases",
        "It looks as if the convolutions have biases; here none has one.",
        ((CONV1, CONV1.replace(", bias=False", "")), (CONV2, CONV2.replace(", bias=False", ""))),
    ),
    Mutant(
        PREACT,
        "activated_in_place",
        "It looks as if x is overwritten by its own activation, in place: the shortcut adds what is left of it.",
        ((FIRST, "activated = x.copy_(torch.relu(self.bn1(x))) if not self.training else torch.relu(self.bn1(x))"),),
    ),
    Mutant(
        PREACT,
        "added_in_place",
        "It looks as if the sum is written into x, which belongs to the caller.",
        ((LAST, "skip = self.shortcut(activated if self.changes_shape else x)\nskip += out\nreturn skip"),),
    ),
    Mutant(
        PREACT,
        "detached_shortcut",
        "It looks as if the shortcut is cut off from the gradient, by detach, .data or no_grad; it is there for it.",
        ((LAST, "return out + self.shortcut((activated if self.changes_shape else x).detach())"),),
    ),
    Mutant(
        PREACT,
        "batch_norm_behind_the_addition",
        "It looks as if bn2 is used twice; each batch norm stands in one place.",
        ((THIRD, "out = self.bn2(self.conv2(out))"),),
    ),
)
