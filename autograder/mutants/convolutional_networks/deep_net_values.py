"""Mistakes in the parameters that DeepConvNet starts with."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

DEEP = "convolutional_networks.DeepConvNet"

CONV_WEIGHTS = "weight_scale * torch.randn(F, C, 3, 3, **place)"
LINEAR_WEIGHTS = "weight_scale * torch.randn(C * H * W, num_classes, **place)"
KAIMING_CONV = "kaiming_initializer(C, F, K=3, relu=True, **place)"
KAIMING_LINEAR = "kaiming_initializer(C * H * W, num_classes, relu=False, **place)"
IF_KAIMING = 'if weight_scale == "kaiming"'
LAST = 'self.params[f"W{L}"]'

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        DEEP,
        "weight_scale_ignored",
        "It looks as if weights are drawn with a scale of 1e-3 whatever weight_scale is.",
        (
            (CONV_WEIGHTS, CONV_WEIGHTS.replace("weight_scale", "1e-3")),
            (LINEAR_WEIGHTS, LINEAR_WEIGHTS.replace("weight_scale", "1e-3")),
        ),
    ),
    Mutant(
        DEEP,
        "linear_weights_not_scaled",
        "It looks as if the weights of the linear layer are not multiplied with weight_scale.",
        ((LINEAR_WEIGHTS, "torch.randn(C * H * W, num_classes, **place)"),),
    ),
    Mutant(
        DEEP,
        "uniform_weights",
        "It looks as if weights are uniform from 0 to weight_scale; draw them with torch.randn.",
        (
            (CONV_WEIGHTS, CONV_WEIGHTS.replace("randn", "rand")),
            (LINEAR_WEIGHTS, LINEAR_WEIGHTS.replace("randn", "rand")),
        ),
    ),
    Mutant(
        DEEP,
        "random_biases",
        "It looks as if the biases of the convolutions are random; they start at 0.",
        (('self.params[f"b{i}"] = torch.zeros(F', 'self.params[f"b{i}"] = 1e-3 * torch.randn(F'),),
    ),
    Mutant(
        DEEP,
        "kaiming_ignored",
        'It looks as if weight_scale="kaiming" changes nothing: call kaiming_initializer for each layer.',
        (
            (KAIMING_CONV, "1e-3 * torch.randn(F, C, 3, 3, **place)"),
            (KAIMING_LINEAR, "1e-3 * torch.randn(C * H * W, num_classes, **place)"),
        ),
    ),
    Mutant(
        DEEP,
        "kaiming_not_for_the_linear_layer",
        'It looks as if weight_scale="kaiming" is not looked for at the linear layer: a string cannot be multiplied.',
        ((f"{IF_KAIMING}:\n    {LAST} = {KAIMING_LINEAR}", f"if False:\n    {LAST} = {KAIMING_LINEAR}"),),
    ),
    Mutant(
        DEEP,
        "kaiming_gain_of_the_linear_layer",
        "It looks as if the linear layer gets the gain of 2; no ReLU follows it, so its gain is 1: relu=False.",
        ((KAIMING_LINEAR, KAIMING_LINEAR.replace("False", "True")),),
    ),
    Mutant(
        DEEP,
        "kaiming_gain_of_the_convolutions",
        "It looks as if the convolutions get the gain of 1; a ReLU follows each of them, so it is 2: relu=True.",
        ((KAIMING_CONV, KAIMING_CONV.replace("True", "False")),),
    ),
    Mutant(
        DEEP,
        "kaiming_without_kernel",
        "It looks as if kaiming_initializer is called without K=3: a convolution gets the weights of a linear layer.",
        ((KAIMING_CONV, "kaiming_initializer(C, F, **place)"),),
    ),
    Mutant(
        DEEP,
        "kaiming_without_dtype",
        "It looks as if kaiming_initializer is not told the dtype, so that the weights are float32.",
        (
            (KAIMING_CONV, "kaiming_initializer(C, F, K=3, relu=True, device=device)"),
            (KAIMING_LINEAR, "kaiming_initializer(C * H * W, num_classes, relu=False, device=device)"),
        ),
    ),
    Mutant(
        DEEP,
        "always_float32",
        "It looks as if parameters are always float32; hand dtype on.",
        (('{"dtype": dtype, "device": device}', '{"device": device}'),),
    ),
    Mutant(
        DEEP,
        "always_on_the_cpu",
        "It looks as if parameters are always made on the CPU; hand device on.",
        (('{"dtype": dtype, "device": device}', '{"dtype": dtype}'),),
    ),
    Mutant(
        DEEP,
        "linear_bias_on_the_cpu",
        "It looks as if the biases of the linear layer are always made on the CPU; hand device on.",
        (("torch.zeros(num_classes, **place)", "torch.zeros(num_classes, dtype=dtype)"),),
    ),
    Mutant(
        DEEP,
        "gamma_of_zeros",
        "It looks as if gamma starts at 0, with which batch norm lets nothing through; it starts at 1.",
        (("torch.ones(F, **place)", "torch.zeros(F, **place)"),),
    ),
    Mutant(
        DEEP,
        "random_gamma",
        "It looks as if gamma starts from weight_scale * normal numbers; it starts at 1.",
        (("torch.ones(F, **place)", "1e-3 * torch.randn(F, **place)"),),
    ),
    Mutant(
        DEEP,
        "beta_of_ones",
        "It looks as if beta starts at 1; it starts at 0.",
        (('self.params[f"beta{i}"] = torch.zeros(F', 'self.params[f"beta{i}"] = torch.ones(F'),),
    ),
    Mutant(
        DEEP,
        "gamma_for_each_input_channel",
        "It looks as if gamma and beta have as many entries as the convolution has channels; batch norm comes behind "
        "it, so they have as many as it has filters.",
        (
            ("torch.ones(F, **place)", "torch.ones(C, **place)"),
            ('self.params[f"beta{i}"] = torch.zeros(F', 'self.params[f"beta{i}"] = torch.zeros(C'),
        ),
    ),
    Mutant(
        DEEP,
        "batchnorm_for_the_scores",
        "It looks as if the linear layer gets gamma and beta too; only convolutions are normalized.",
        (
            (
                'self.params[f"b{L}"] = torch.zeros(num_classes, **place)',
                'self.params[f"b{L}"] = torch.zeros(num_classes, **place)\nif batchnorm:\n'
                '    self.params[f"gamma{L}"] = torch.ones(num_classes, **place)\n'
                '    self.params[f"beta{L}"] = torch.zeros(num_classes, **place)',
            ),
        ),
    ),
    Mutant(
        DEEP,
        "gamma_without_batchnorm",
        "It looks as if gamma and beta are made also without batch norm.",
        (("    if batchnorm:\n", "    if True:\n"),),
    ),
    Mutant(
        DEEP,
        "uniform_weights_around_0",
        "It looks as if weights are uniform around 0, with the right standard deviation; draw them with torch.randn.",
        (
            (CONV_WEIGHTS, "weight_scale * 12**0.5 * (torch.rand(F, C, 3, 3, **place) - 0.5)"),
            (LINEAR_WEIGHTS, "weight_scale * 12**0.5 * (torch.rand(C * H * W, num_classes, **place) - 0.5)"),
        ),
    ),
    Mutant(
        DEEP,
        "kaiming_uniform",
        'It looks as if weight_scale="kaiming" draws uniform numbers; kaiming_initializer draws normal ones.',
        ((KAIMING_CONV, "(6 / (C * 9)) ** 0.5 * (2 * torch.rand(F, C, 3, 3, **place) - 1)"),),
    ),
    Mutant(
        DEEP,
        "seed_of_its_own",
        "It looks as if the network sets the seed of the random numbers, so that all networks start alike; the caller "
        "sets it.",
        (("C, H, W = input_dims", "torch.manual_seed(0)\nC, H, W = input_dims"),),
    ),
    Mutant(
        DEEP,
        "kaiming_without_device",
        "It looks as if kaiming_initializer is not told the device, so that the weights of the convolutions are on the "
        "CPU.",
        ((KAIMING_CONV, "kaiming_initializer(C, F, K=3, relu=True, dtype=dtype)"),),
    ),
    Mutant(
        DEEP,
        "kaiming_without_device_in_the_linear_layer",
        "It looks as if kaiming_initializer is not told the device, so that the weights of the linear layer are on the "
        "CPU.",
        ((KAIMING_LINEAR, "kaiming_initializer(C * H * W, num_classes, relu=False, dtype=dtype)"),),
    ),
    Mutant(
        DEEP,
        "gamma_on_the_cpu",
        "It looks as if gamma is always made on the CPU; hand device on.",
        (("torch.ones(F, **place)", "torch.ones(F, dtype=dtype)"),),
    ),
    Mutant(
        DEEP,
        "beta_on_the_cpu",
        "It looks as if beta is always made on the CPU; hand device on.",
        (
            (
                'self.params[f"beta{i}"] = torch.zeros(F, **place)',
                'self.params[f"beta{i}"] = torch.zeros(F, dtype=dtype)',
            ),
        ),
    ),
)
