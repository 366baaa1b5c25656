"""Known mistakes in the Inception module, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

INCEPTION = "architectures.Inception"
FIRST = "self.branch1 = ConvBNReLU(c_in, c1, 1)"
SECOND = "self.branch2 = nn.Sequential(ConvBNReLU(c_in, c3_reduce, 1), ConvBNReLU(c3_reduce, c3, 3, pad=1))"
LARGE = "ConvBNReLU(c5_reduce, c5, large_kernel, pad=large_kernel // 2)"
FOURTH = "self.branch4 = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), ConvBNReLU(c_in, c_pool, 1))"
RUN = "branches = self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)"
CAT = "return torch.cat(branches, dim=1)"
BY_HAND = "self.branch1 = nn.Sequential(nn.Conv2d(c_in, c1, 1, bias=False), nn.BatchNorm2d(c1, eps=0.001), nn.ReLU())"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        INCEPTION,
        "branches_in_another_order",
        "It looks as if the outputs of the branches are concatenated in another order than branch1 to branch4.",
        ((RUN, "branches = self.branch1(x), self.branch2(x), self.branch4(x), self.branch3(x)"),),
    ),
    Mutant(
        INCEPTION,
        "stacked_along_rows",
        "It looks as if the branches are concatenated along another axis than the channels, dim=1.",
        ((CAT, "return torch.cat(branches, dim=2)"),),
    ),
    Mutant(
        INCEPTION,
        "stacked_along_images",
        "It looks as if the branches are concatenated along the images; the channels are dim=1.",
        ((CAT, "return torch.cat(branches)"),),
    ),
    Mutant(
        INCEPTION,
        "pool_with_its_own_stride",
        "It looks as if the pool of branch4 takes its kernel for its stride, as nn.MaxPool2d does by default; it needs "
        "stride=1.",
        ((FOURTH, FOURTH.replace("3, stride=1, padding=1", "3, padding=1")),),
    ),
    Mutant(
        INCEPTION,
        "pool_without_pad",
        "It looks as if the pool of branch4 has no padding, which costs it two rows and columns; it needs a pad of 1.",
        ((FOURTH, FOURTH.replace("3, stride=1, padding=1", "3, stride=1")),),
    ),
    Mutant(
        INCEPTION,
        "average_pool",
        "It looks as if branch4 takes the mean of a window; it takes its maximum.",
        ((FOURTH, FOURTH.replace("Max", "Avg")),),
    ),
    Mutant(
        INCEPTION,
        "pool_behind_the_convolution",
        "It looks as if branch4 pools behind its convolution; the pool comes first.",
        ((FOURTH, "self.branch4 = nn.Sequential(ConvBNReLU(c_in, c_pool, 1), nn.MaxPool2d(3, stride=1, padding=1))"),),
    ),
    Mutant(
        INCEPTION,
        "pool_missing",
        "It looks as if branch4 has no pool.",
        ((FOURTH, "self.branch4 = ConvBNReLU(c_in, c_pool, 1)"),),
    ),
    Mutant(
        INCEPTION,
        "kernel_of_five_always",
        "It looks as if the large kernel is always 5x5; large_kernel says its size.",
        ((LARGE, "ConvBNReLU(c5_reduce, c5, 5, pad=2)"),),
    ),
    Mutant(
        INCEPTION,
        "pad_of_two_always",
        "It looks as if the large kernel always has a pad of 2; to keep height and width takes large_kernel // 2.",
        ((LARGE, "ConvBNReLU(c5_reduce, c5, large_kernel, pad=2)"),),
    ),
    Mutant(
        INCEPTION,
        "no_reduction",
        "It looks as if branch2 has no 1x1 convolution before its 3x3: it is there to reduce the channels.",
        ((SECOND, "self.branch2 = ConvBNReLU(c_in, c3, 3, pad=1)"),),
    ),
    Mutant(
        INCEPTION,
        "channels_swapped",
        "It looks as if c3_reduce and c3 are swapped: c3_reduce stands between the two convolutions, c3 behind them.",
        ((SECOND, SECOND.replace("c3_reduce", "?").replace("c3", "c3_reduce").replace("?", "c3")),),
    ),
    Mutant(
        INCEPTION,
        "no_batch_norm",
        "It looks as if a convolution lacks its batch norm; each is a ConvBNReLU.",
        ((FIRST, "self.branch1 = nn.Sequential(nn.Conv2d(c_in, c1, 1), nn.ReLU())"),),
    ),
    Mutant(
        INCEPTION,
        "no_relu",
        "It looks as if a convolution lacks its ReLU; each is a ConvBNReLU.",
        ((FIRST, "first = ConvBNReLU(c_in, c1, 1)\nself.branch1 = nn.Sequential(first.conv, first.bn)"),),
    ),
    Mutant(
        INCEPTION,
        "eps_of_torch",
        "It looks as if a batch norm has torch's eps of 1e-5; that of ConvBNReLU is 0.001.",
        ((FIRST, BY_HAND.replace(", eps=0.001", "")),),
    ),
    Mutant(
        INCEPTION,
        "bias_before_batch_norm",
        "It looks as if a convolution has a bias, which the batch norm behind it takes away again.",
        ((FIRST, BY_HAND.replace(", bias=False", "")),),
    ),
    Mutant(
        INCEPTION,
        "branches_in_a_list",
        "It looks as if branches are kept in a Python list, which torch does not look into: their parameters are not "
        "registered. nn.ModuleList is.",
        (
            (
                FOURTH,
                "self.others = [nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), ConvBNReLU(c_in, c_pool, 1))]",
            ),
            (RUN, "branches = self.branch1(x), self.branch2(x), self.branch3(x), self.others[0](x)"),
        ),
    ),
    Mutant(
        INCEPTION,
        "input_activated_in_place",
        "It looks as if the input goes through a ReLU in place, which changes the x of the caller and of the branches.",
        ((RUN, "x = x.relu_()\n" + RUN),),
    ),
    Mutant(
        INCEPTION,
        "branches_of_branches",
        "It looks as if branch4 looks at what has gone through a ReLU; all branches look at x.",
        ((RUN, RUN.replace("self.branch4(x)", "self.branch4(torch.relu(x))")),),
    ),
    Mutant(
        INCEPTION,
        "detached_branch",
        "It looks as if a branch is cut off from the gradient, by detach, .data or no_grad.",
        ((RUN, RUN.replace("self.branch3(x)", "self.branch3(x.detach())")),),
    ),
    Mutant(
        INCEPTION,
        "last_relu_missing",
        "It looks as if branch2 lacks the ReLU behind its 3x3 convolution.",
        (
            (
                SECOND,
                "last = ConvBNReLU(c3_reduce, c3, 3, pad=1)\n"
                "self.branch2 = nn.Sequential(ConvBNReLU(c_in, c3_reduce, 1), last.conv, last.bn)",
            ),
        ),
    ),
)
