"""Known mistakes in the plain block, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

PLAIN = "architectures.PlainBlock"
CONV1 = "self.conv1 = nn.Conv2d(c_in, c_out, 3, stride=2 if downsample else 1, padding=1, bias=False)"
BN1 = "self.bn1 = nn.BatchNorm2d(c_out)"
CONV2 = "self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)"
BN2 = "self.bn2 = nn.BatchNorm2d(c_out)"
FIRST = "out = torch.relu(self.bn1(self.conv1(x)))"
LAST = "return torch.relu(self.bn2(self.conv2(out)))"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        PLAIN,
        "stride_on_the_second",
        "It looks as if the stride is on conv2; the block halves height and width in conv1.",
        (
            (CONV1, CONV1.replace("2 if downsample else 1", "1")),
            (CONV2, CONV2.replace("padding", "stride=2 if downsample else 1, padding")),
        ),
    ),
    Mutant(
        PLAIN,
        "stride_on_both",
        "It looks as if both convolutions have stride 2; conv1 alone halves height and width.",
        ((CONV2, CONV2.replace("padding", "stride=2 if downsample else 1, padding")),),
    ),
    Mutant(
        PLAIN,
        "never_halved",
        "It looks as if downsample is ignored; with it conv1 has stride 2.",
        ((CONV1, CONV1.replace("2 if downsample else 1", "1")),),
    ),
    Mutant(
        PLAIN,
        "halved_where_channels_change",
        "It looks as if the stride follows from the channels; downsample alone says whether to halve.",
        ((CONV1, CONV1.replace("if downsample", "if c_in != c_out")),),
    ),
    Mutant(
        PLAIN,
        "halved_by_a_pool",
        "It looks as if a pool halves height and width; it is the stride of conv1.",
        (
            (CONV1, CONV1.replace("2 if downsample else 1", "1") + "\nself.halve = downsample"),
            (FIRST, FIRST + "\nif self.halve:\n    out = nn.functional.max_pool2d(out, 2, ceil_mode=True)"),
        ),
    ),
    Mutant(
        PLAIN,
        "last_relu_missing",
        "It looks as if there is no ReLU at the end of the block; there is one behind bn2.",
        ((LAST, "return self.bn2(self.conv2(out))"),),
    ),
    Mutant(
        PLAIN,
        "first_relu_missing",
        "It looks as if there is no ReLU between bn1 and conv2.",
        ((FIRST, "out = self.bn1(self.conv1(x))"),),
    ),
    Mutant(
        PLAIN,
        "relu_before_batch_norm",
        "It looks as if the ReLU comes before the batch norm; the order is convolution, batch norm, ReLU.",
        ((FIRST, "out = self.bn1(torch.relu(self.conv1(x)))"), (LAST, "return self.bn2(torch.relu(self.conv2(out)))")),
    ),
    Mutant(
        PLAIN,
        "biases",
        "It looks as if the convolutions have biases, which the batch norm behind them takes away again: bias=False.",
        ((CONV1, CONV1.replace(", bias=False", "")), (CONV2, CONV2.replace(", bias=False", ""))),
    ),
    Mutant(
        PLAIN,
        "one_batch_norm",
        "It looks as if both convolutions share one batch norm; each has its own, with statistics of its own.",
        ((BN2, ""), (LAST, "return torch.relu(self.bn1(self.conv2(out)))")),
    ),
    Mutant(
        PLAIN,
        "the_same_batch_norm_twice",
        "It looks as if bn2 is bn1 under another name; each convolution has a batch norm of its own.",
        ((BN2, "self.bn2 = self.bn1"),),
    ),
    Mutant(
        PLAIN,
        "pad_missing",
        "It looks as if conv1 has no padding: with stride 1 it would make the image smaller.",
        ((CONV1, CONV1.replace("padding=1, ", "")),),
    ),
    Mutant(
        PLAIN,
        "channels_change_late",
        "It looks as if conv2 changes the number of channels; conv1 does.",
        (
            (CONV1, CONV1.replace("c_in, c_out", "c_in, c_in")),
            (BN1, BN1.replace("c_out", "c_in")),
            (CONV2, CONV2.replace("c_out, c_out", "c_in, c_out")),
        ),
    ),
    Mutant(
        PLAIN,
        "shortcut_where_it_fits",
        "It looks as if x is added where the shape stays; a plain block has no shortcut.",
        ((LAST, "out = self.bn2(self.conv2(out))\nreturn torch.relu(out + x if out.shape == x.shape else out)"),),
    ),
    Mutant(
        PLAIN,
        "layers_in_a_list",
        "It looks as if layers are not registered: they are made in forward, new in each call, or kept in a Python "
        "list, which torch does not look into. nn.ModuleList or nn.Sequential in __init__ does it.",
        (
            (BN2, "self.second = [self.__dict__['_modules'].pop('conv2'), nn.BatchNorm2d(c_out)]"),
            (LAST, "for layer in self.second:\n    out = layer(out)\nreturn torch.relu(out)"),
        ),
    ),
    Mutant(
        PLAIN,
        "no_running_statistics",
        "It looks as if a batch norm keeps no running statistics, and so normalizes by the batch in evaluation, too.",
        ((BN2, BN2.replace("c_out", "c_out, track_running_stats=False")),),
    ),
    Mutant(
        PLAIN,
        "batch_statistics_in_evaluation",
        "It looks as if batch statistics are used in evaluation mode; eval() means the running ones.",
        ((FIRST, "self.train()\n" + FIRST),),
    ),
    Mutant(
        PLAIN,
        "frozen_batch_norm",
        "It looks as if a batch norm is always in evaluation mode: in training it must use the batch.",
        ((FIRST, "self.bn1.eval()\n" + FIRST),),
    ),
    Mutant(
        PLAIN,
        "another_momentum",
        "It looks as if a batch norm has another momentum than torch's 0.1.",
        ((BN1, BN1.replace("c_out", "c_out, momentum=0.9")),),
    ),
    Mutant(
        PLAIN,
        "another_eps",
        "It looks as if a batch norm has another eps than torch's 1e-5.",
        ((BN2, BN2.replace("c_out", "c_out, eps=0.1")),),
    ),
    Mutant(
        PLAIN,
        "batch_norm_without_scale",
        "It looks as if a batch norm has no scale and shift to learn: affine=False leaves them out.",
        ((BN1, BN1.replace("c_out", "c_out, affine=False")),),
    ),
    Mutant(
        PLAIN,
        "input_activated_in_place",
        "It looks as if the input goes through a ReLU in place: that changes the caller's x.",
        ((FIRST, FIRST.replace("self.conv1(x)", "self.conv1(x.relu_())")),),
    ),
    Mutant(
        PLAIN,
        "detached",
        "It looks as if the gradient is cut off in the middle, by detach, .data or no_grad.",
        ((FIRST, FIRST.replace("x)))", "x))).detach()")),),
    ),
    Mutant(
        PLAIN,
        "frozen_convolution",
        "It looks as if a parameter does not require a gradient, so that it is never trained.",
        ((CONV2, CONV2 + "\nself.conv2.weight.requires_grad_(False)"),),
    ),
    Mutant(
        PLAIN,
        "always_on_the_cpu",
        "It looks as if a layer is put on a device of the code's choice; it belongs where the module is.",
        ((FIRST, FIRST.replace("self.conv1(x)", 'self.conv1(x.to("cpu"))')),),
    ),
    Mutant(
        PLAIN,
        "single_precision_always",
        "It looks as if the input is turned into float32; the block computes in the dtype it is in.",
        ((LAST, "return torch.relu(self.bn2(self.conv2(out))).float()"),),
    ),
)
