"""Known mistakes in the Kaiming initialization, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

KAIMING = "convolutional_networks.kaiming_initializer"
DRAW = "torch.randn(shape, dtype=dtype, device=device)"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        KAIMING,
        "without_the_root",
        "It looks as if the numbers are multiplied with gain / fan_in, the variance; the root of it is missing.",
        (("(gain / fan_in) ** 0.5", "(gain / fan_in)"),),
    ),
    Mutant(
        KAIMING,
        "torch_sqrt_of_a_float",
        "torch.sqrt takes a tensor, and gain / fan_in is a Python number: write ** 0.5, or math.sqrt.",
        (("(gain / fan_in) ** 0.5", "torch.sqrt(gain / fan_in)"),),
    ),
    Mutant(
        KAIMING,
        "fan_out",
        "It looks as if the scale comes from the number of outputs; it comes from that of the inputs, Din.",
        (("fan_in, shape = Din, ", "fan_in, shape = Dout, "), ("fan_in, shape = Din * K", "fan_in, shape = Dout * K")),
    ),
    Mutant(
        KAIMING,
        "mean_of_both_fans",
        "It looks as if the scale comes from Din + Dout, as in Xavier's initialization; Kaiming's takes Din alone.",
        (
            ("fan_in, shape = Din, ", "fan_in, shape = (Din + Dout) / 2, "),
            ("fan_in, shape = Din * K * K", "fan_in, shape = (Din + Dout) / 2 * K * K"),
        ),
    ),
    Mutant(
        KAIMING,
        "kernel_forgotten",
        "It looks as if fan_in of a convolution is Din; each output adds up Din * K * K numbers.",
        (("Din * K * K", "Din"),),
    ),
    Mutant(
        KAIMING,
        "kernel_once",
        "It looks as if fan_in of a convolution is Din * K; a filter has K rows and K columns.",
        (("Din * K * K", "Din * K"),),
    ),
    Mutant(
        KAIMING,
        "one_number_for_all",
        "It looks as if all weights are one and the same number: draw one for each entry, of the whole shape.",
        ((DRAW, "torch.randn((), dtype=dtype, device=device) * torch.ones(shape, dtype=dtype, device=device)"),),
    ),
    Mutant(
        KAIMING,
        "scalar",
        "It looks as if one number is returned: the scale alone, without random numbers of the shape of the weights.",
        (("return torch.randn(shape, dtype=dtype, device=device) * ", "return "),),
    ),
    Mutant(
        KAIMING,
        "one_row_for_all",
        "It looks as if every row of the weights is the same: draw each entry by itself.",
        ((DRAW, f"{DRAW}[:1].expand(shape).clone()"),),
    ),
    Mutant(
        KAIMING,
        "uniform",
        "It looks as if the numbers are uniform, from 0 to 1; draw normal ones, with torch.randn.",
        (("torch.randn(", "torch.rand("),),
    ),
    Mutant(
        KAIMING,
        "uniform_of_the_same_variance",
        "It looks as if the numbers are uniform between two bounds; the question asks for normal ones.",
        ((DRAW, "(torch.rand(shape, dtype=dtype, device=device) - 0.5) * 12**0.5"),),
    ),
    Mutant(
        KAIMING,
        "uniform_without_relu",
        "It looks as if the numbers are uniform where no ReLU follows; they are normal there too.",
        ((DRAW, f"({DRAW} if relu else (torch.rand(shape, dtype=dtype, device=device) - 0.5) * 12**0.5)"),),
    ),
    Mutant(
        KAIMING,
        "sum_of_uniform_numbers",
        "It looks as if a few uniform numbers are added up, which never come to more than three standard deviations; "
        "draw normal ones.",
        ((DRAW, "(torch.rand(3, *shape, dtype=dtype, device=device) * 2 - 1).sum(0)"),),
    ),
    Mutant(
        KAIMING,
        "positive_only",
        "It looks as if all weights are positive; their mean is to be 0.",
        ((DRAW, f"{DRAW}.abs()"),),
    ),
    Mutant(
        KAIMING,
        "gain_always_2",
        "It looks as if the gain is 2 also without a ReLU; it is 1 there.",
        (("2.0 if relu else 1.0", "2.0"),),
    ),
    Mutant(
        KAIMING,
        "gain_always_1",
        "It looks as if the gain is 1 also where a ReLU follows; ReLU throws half of the variance away, so it is 2.",
        (("2.0 if relu else 1.0", "1.0"),),
    ),
    Mutant(
        KAIMING,
        "gains_exchanged",
        "It looks as if the two gains are exchanged: it is 2 with ReLU and 1 without.",
        (("2.0 if relu else 1.0", "1.0 if relu else 2.0"),),
    ),
    Mutant(
        KAIMING,
        "gain_outside_of_the_root",
        "It looks as if the gain stands outside of the root; the standard deviation is sqrt(gain / fan_in).",
        (("(gain / fan_in) ** 0.5", "gain * (1 / fan_in) ** 0.5"),),
    ),
    Mutant(
        KAIMING,
        "filters_and_channels_exchanged",
        "It looks as if the filters have shape (Din, Dout, K, K); a convolution takes (Dout, Din, K, K).",
        (("(Dout, Din, K, K)", "(Din, Dout, K, K)"),),
    ),
    Mutant(
        KAIMING,
        "linear_transposed",
        "It looks as if the weights of a linear layer have shape (Dout, Din); x @ w needs (Din, Dout).",
        (("(Din, Dout)", "(Dout, Din)"),),
    ),
    Mutant(
        KAIMING,
        "kernel_of_3",
        "It looks as if every filter is 3 x 3; its size is K.",
        (("Din * K * K, (Dout, Din, K, K)", "Din * 9, (Dout, Din, 3, 3)"),),
    ),
    Mutant(
        KAIMING,
        "same_numbers_at_each_call",
        "It looks as if the seed is set inside the function, so that layers of one shape start with the same weights.",
        (("gain = 2.0", "torch.manual_seed(0)\ngain = 2.0"),),
    ),
    Mutant(
        KAIMING,
        "same_numbers_without_relu",
        "It looks as if the seed is set inside the function where no ReLU follows; the seed is the caller's to set.",
        (("gain = 2.0", "if not relu:\n    torch.manual_seed(0)\ngain = 2.0"),),
    ),
    Mutant(
        KAIMING,
        "always_float32",
        "It looks as if the weights are always float32; hand dtype on to torch.randn.",
        (("dtype=dtype, ", ""),),
    ),
    Mutant(
        KAIMING,
        "always_on_the_cpu",
        "It looks as if the weights are always made on the CPU; hand device on to torch.randn.",
        ((", device=device", ""),),
    ),
)
