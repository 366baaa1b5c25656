"""Known mistakes in what `layer_cost` says of convolutions, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

COST = "architectures.layer_cost"
WEIGHTS = "weights = channels * (C // groups) * kernel**2"
BIAS = 'parameters = weights + (channels if layer.get("bias", True) else 0)'
PRODUCTS = "multiply_adds = weights * places[0] * places[1]"
PLACES = "places = [conv_output_size(side, kernel, stride, pad) for side in (H, W)]"
SETTINGS = 'stride, pad = layer.get("stride", 1), layer.get("pad", 0)'

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        COST,
        "bias_forgotten",
        "It looks as if the bias of a convolution is forgotten: one number for each output channel.",
        ((BIAS, "parameters = weights"),),
    ),
    Mutant(
        COST,
        "bias_of_the_inputs",
        "It looks as if a convolution has a bias for each input channel; it is one for each output channel.",
        ((BIAS, BIAS.replace("(channels if", "(C if")),),
    ),
    Mutant(
        COST,
        "one_bias",
        "It looks as if a convolution has one bias; it has one for each output channel.",
        ((BIAS, BIAS.replace("(channels if", "(1 if")),),
    ),
    Mutant(
        COST,
        "bias_at_each_place",
        "It looks as if a convolution has a bias for each number of its output; all places share it.",
        ((BIAS, BIAS.replace("(channels if", "(channels * places[0] * places[1] if")),),
    ),
    Mutant(
        COST,
        "bias_always_there",
        "It looks as if `bias` is not looked at: a convolution may have none.",
        ((BIAS, "parameters = weights + channels"),),
    ),
    Mutant(
        COST,
        "no_bias_without_a_word",
        "It looks as if a convolution has no bias where the dict does not say so; it has one by default.",
        ((BIAS, BIAS.replace("True", "False")),),
    ),
    Mutant(
        COST,
        "one_input_channel",
        "It looks as if a filter sees one input channel; it sees all of its group.",
        ((WEIGHTS, "weights = channels * kernel**2"),),
    ),
    Mutant(
        COST,
        "kernel_not_squared",
        "It looks as if a kernel has as many weights as its side is long; it is a square.",
        ((WEIGHTS, WEIGHTS.replace("kernel**2", "kernel")),),
    ),
    Mutant(
        COST,
        "groups_ignored",
        "It looks as if groups are not used: each filter sees C / groups channels.",
        ((WEIGHTS, WEIGHTS.replace("C // groups", "C")),),
    ),
    Mutant(
        COST,
        "groups_squared",
        "It looks as if the groups divide input and output channels; all filters are there, but each sees less.",
        ((WEIGHTS, WEIGHTS.replace("channels *", "channels // groups *")),),
    ),
    Mutant(
        COST,
        "groups_multiply",
        "It looks as if the parameters are multiplied by the groups; they are divided.",
        ((WEIGHTS, WEIGHTS.replace("C // groups", "C * groups")),),
    ),
    Mutant(
        COST,
        "groups_in_parameters_alone",
        "It looks as if groups save parameters alone; multiply-adds become fewer by the same factor.",
        ((PRODUCTS, f"{PRODUCTS} * groups"),),
    ),
    Mutant(
        COST,
        "divided_with_a_fraction",
        "It looks as if a float comes out of C / groups; counts are ints.",
        ((WEIGHTS, WEIGHTS.replace("C // groups", "C / groups")),),
    ),
    Mutant(
        COST,
        "bias_in_multiply_adds",
        "It looks as if additions of the bias are counted; a bias is not multiplied.",
        ((PRODUCTS, "multiply_adds = parameters * places[0] * places[1]"),),
    ),
    Mutant(
        COST,
        "places_of_the_input",
        "It looks as if the multiply-adds are counted at each pixel of the input; count the places of the output.",
        ((PRODUCTS, "multiply_adds = weights * H * W"),),
    ),
    Mutant(
        COST,
        "counted_twice",
        "It looks as if multiplications and additions are counted each; together they are one multiply-add.",
        ((PRODUCTS, "multiply_adds = 2 * weights * places[0] * places[1]"),),
    ),
    Mutant(
        COST,
        "counted_at_one_place",
        "It looks as if the multiply-adds of one place are counted; the filters are used at each place of the output.",
        ((PRODUCTS, "multiply_adds = weights"),),
    ),
    Mutant(
        COST,
        "counted_in_one_channel",
        "It looks as if the multiply-adds of one output channel are counted.",
        ((PRODUCTS, "multiply_adds = weights // channels * places[0] * places[1]"),),
    ),
    Mutant(
        COST,
        "square_images",
        "It looks as if the image is taken for a square: height and width come from H both times.",
        ((PLACES, PLACES.replace("(H, W)", "(H, H)")),),
    ),
    Mutant(
        COST,
        "height_and_width_swapped",
        "It looks as if height and width are swapped.",
        ((PLACES, PLACES.replace("(H, W)", "(W, H)")),),
    ),
    Mutant(
        COST,
        "squared_height",
        "It looks as if the multiply-adds are those of a square output: height times height.",
        ((PRODUCTS, "multiply_adds = weights * places[0] ** 2"),),
    ),
    Mutant(
        COST,
        "channels_last",
        "It looks as if the channels come last in output_shape; they come first, (C, H, W).",
        (("output_shape = (channels, *places)", "output_shape = (*places, channels)"),),
    ),
    Mutant(
        COST,
        "batch_in_the_shape",
        "It looks as if the batch is in output_shape; it is (C, H, W), of one image.",
        (("output_shape = (channels, *places)", "output_shape = (1, channels, *places)"),),
    ),
    Mutant(
        COST,
        "channels_of_the_input",
        "It looks as if a convolution gives out as many channels as it gets; it gives out one for each filter.",
        (("output_shape = (channels, *places)", "output_shape = (C, *places)"),),
    ),
    Mutant(
        COST,
        "padding_by_default",
        "It looks as if a convolution without `pad` is padded so that the size stays; it has no padding then.",
        ((SETTINGS, SETTINGS.replace('"pad", 0', '"pad", kernel // 2')),),
    ),
    Mutant(
        COST,
        "settings_not_optional",
        "It looks as if stride and pad have to be in the dict; without them they are 1 and 0.",
        ((SETTINGS, 'stride, pad = layer["stride"], layer["pad"]'),),
    ),
    Mutant(
        COST,
        "stride_ignored",
        "It looks as if the stride of a convolution is not used.",
        ((SETTINGS, 'stride, pad = 1, layer.get("pad", 0)'),),
    ),
)
