"""Known mistakes in what `layer_cost` says of memory, pools and other layers, with the sentences that explain them."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

COST = "architectures.layer_cost"
RETURN = "return output_shape, outputs * 4 / 1024, parameters, multiply_adds"
SETTINGS = 'stride, pad = layer.get("stride", 1), layer.get("pad", 0)'
DIVIDES = "if C % groups or channels % groups:"
POOLED = "places = [pool_output_size(side, kernel, stride, pad, rounding) for side in (H, W)]"
POOL_PRODUCTS = "multiply_adds = kernel**2 * C * places[0] * places[1]"
WINDOW = 'kernel, stride, pad = layer["kernel"], layer.get("stride"), layer.get("pad", 0)'
GLOBAL, GLOBAL_SUM = "output_shape = (shape[0], 1, 1)", "multiply_adds = numbers"
FLAT = "output_shape = (numbers,)"
LINEAR = "multiply_adds = shape[0] * features"
LINEAR_BIAS = '(features if layer.get("bias", True) else 0)'
LINEAR_BIAS = 'parameters = multiply_adds + (features if layer.get("bias", True) else 0)'
IMAGES = "if len(shape) != 3 and kind in images:"
ROWS = 'if len(shape) != 1 and kind == "linear":'
KINDS = 'if kind not in (*images, "flatten", "linear"):'

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        COST,
        "any_bias_means_none",
        "It looks as if a linear layer in whose dict `bias` stands has none; True says that it has one.",
        ((LINEAR_BIAS, LINEAR_BIAS.replace('layer.get("bias", True)', '"bias" not in layer')),),
    ),
    Mutant(
        COST,
        "kilo_of_thousand",
        "It looks as if a KB has 1000 bytes; here it has 1024.",
        ((RETURN, RETURN.replace("1024", "1000")),),
    ),
    Mutant(
        COST,
        "bits",
        "It looks as if the memory is in bits: a float32 number takes 4 bytes.",
        ((RETURN, RETURN.replace("* 4", "* 32")),),
    ),
    Mutant(
        COST,
        "eight_bytes",
        "It looks as if a number takes 8 bytes; float32 takes 4.",
        ((RETURN, RETURN.replace("* 4", "* 8")),),
    ),
    Mutant(
        COST,
        "one_byte",
        "It looks as if numbers are counted and not bytes: a float32 number takes 4.",
        ((RETURN, RETURN.replace("* 4 ", "")),),
    ),
    Mutant(
        COST,
        "in_bytes",
        "It looks as if the memory is in bytes; it is asked for in KB.",
        ((RETURN, RETURN.replace(" / 1024", "")),),
    ),
    Mutant(
        COST,
        "in_megabytes",
        "It looks as if the memory is in MB; it is asked for in KB.",
        ((RETURN, RETURN.replace("1024", "1024**2")),),
    ),
    Mutant(
        COST,
        "memory_rounded_down",
        "It looks as if the memory is rounded; 182.25 KB are not 182.",
        ((RETURN, RETURN.replace("/ 1024", "// 1024")),),
    ),
    Mutant(
        COST,
        "memory_of_the_input",
        "It looks as if the memory is that of the input; it is that of the output.",
        ((RETURN, RETURN.replace("outputs", "numbers")),),
    ),
    Mutant(
        COST,
        "memory_of_input_and_output",
        "It looks as if the memory of the input is added; it was counted in the layer before.",
        ((RETURN, RETURN.replace("outputs * 4", "(numbers + outputs) * 4")),),
    ),
    Mutant(
        COST,
        "memory_of_the_parameters",
        "It looks as if the memory of the parameters is added; this column counts what the layer gives out.",
        ((RETURN, RETURN.replace("outputs * 4", "(outputs + parameters) * 4")),),
    ),
    Mutant(
        COST,
        "memory_of_one_channel",
        "It looks as if the memory of one channel is counted; the output has all of them.",
        ((RETURN, RETURN.replace("outputs * 4", "outputs // output_shape[0] * 4")),),
    ),
    Mutant(
        COST,
        "flatten_takes_no_memory",
        "It looks as if flatten takes no memory; the table counts the output of every layer.",
        ((RETURN, RETURN.replace("outputs * 4", "(outputs if kind != 'flatten' else 0) * 4")),),
    ),
    Mutant(
        COST,
        "parameters_before_memory",
        "It looks as if parameters and memory are swapped; the order is output_shape, memory_kb, parameters, "
        "multiply_adds.",
        ((RETURN, "return output_shape, parameters, outputs * 4 / 1024, multiply_adds"),),
    ),
    Mutant(
        COST,
        "pool_costs_nothing",
        "It looks as if a pool has no multiply-adds; the lectures count kernel^2 for each number of the output.",
        ((POOL_PRODUCTS, "multiply_adds = 0"),),
    ),
    Mutant(
        COST,
        "pool_counts_its_input",
        "It looks as if a pool counts each number of its input once; it counts kernel^2 for each number of the output.",
        ((POOL_PRODUCTS, "multiply_adds = numbers"),),
    ),
    Mutant(
        COST,
        "pool_counts_its_output",
        "It looks as if a pool counts each number of its output once; it counts kernel^2 for each.",
        ((POOL_PRODUCTS, POOL_PRODUCTS.replace("kernel**2 * ", "")),),
    ),
    Mutant(
        COST,
        "pool_kernel_not_squared",
        "It looks as if a pool counts its kernel once for each number of the output; its window is a square.",
        ((POOL_PRODUCTS, POOL_PRODUCTS.replace("kernel**2", "kernel")),),
    ),
    Mutant(
        COST,
        "pool_counts_comparisons",
        "It looks as if a pool counts kernel^2 - 1 comparisons; the lectures count kernel^2.",
        ((POOL_PRODUCTS, POOL_PRODUCTS.replace("kernel**2", "(kernel**2 - 1)")),),
    ),
    Mutant(
        COST,
        "pool_over_channels",
        "It looks as if a pool works across channels like a convolution; it goes through each by itself.",
        ((POOL_PRODUCTS, POOL_PRODUCTS.replace("kernel**2 * C", "kernel**2 * C * C")),),
    ),
    Mutant(
        COST,
        "pool_with_weights",
        "It looks as if a pool has parameters; it has none.",
        ((POOL_PRODUCTS, f"{POOL_PRODUCTS}\nparameters = kernel**2".replace("\n", "\n    ")),),
    ),
    Mutant(
        COST,
        "square_pools",
        "It looks as if the image that a pool gets is taken for a square.",
        ((POOLED, POOLED.replace("(H, W)", "(H, H)")),),
    ),
    Mutant(
        COST,
        "pool_steps_by_one",
        "It looks as if a pool without a stride steps by 1; it steps by its kernel.",
        ((WINDOW, WINDOW.replace('"stride"', '"stride", 1')),),
    ),
    Mutant(
        COST,
        "pool_not_padded",
        "It looks as if the padding of a pool is not used.",
        ((WINDOW, WINDOW.replace('layer.get("pad", 0)', "0")),),
    ),
    Mutant(
        COST,
        "ceil_mode_ignored",
        "It looks as if ceil_mode is not used.",
        (('rounding = layer.get("ceil_mode", False)', "rounding = False"),),
    ),
    Mutant(
        COST,
        "average_pool_forgotten",
        "It looks as if avg_pool is not known.",
        (
            (
                'images = ("conv", "max_pool", "avg_pool", "global_avg_pool")',
                'images = ("conv", "max_pool", "global_avg_pool")',
            ),
        ),
    ),
    Mutant(
        COST,
        "global_pool_flattens",
        "It looks as if global_avg_pool gives (C,); it gives (C, 1, 1), which flatten makes a row.",
        ((GLOBAL, "output_shape = (shape[0],)"),),
    ),
    Mutant(
        COST,
        "global_pool_costs_nothing",
        "It looks as if global_avg_pool costs nothing; each number of its input is added once.",
        ((GLOBAL_SUM, "multiply_adds = 0"),),
    ),
    Mutant(
        COST,
        "row_as_an_image_of_one_pixel",
        "It looks as if a convolution or pool takes a row (D,) as an image of one pixel: raise ValueError.",
        ((IMAGES, f'shape = (*shape, 1, 1) if len(shape) == 1 and kind in images else shape\n{IMAGES}'),),
    ),
    Mutant(
        COST,
        "global_pool_keeps_its_input",
        "It looks as if the memory of a global pool is that of its input; it is that of its output, C numbers.",
        ((RETURN, f'outputs = numbers if kind == "global_avg_pool" else outputs\n{RETURN}'),),
    ),
    Mutant(
        COST,
        "global_pool_counts_its_output",
        "It looks as if global_avg_pool counts the numbers of its output; it is those of its input.",
        ((GLOBAL_SUM, "multiply_adds = shape[0]"),),
    ),
    Mutant(
        COST,
        "flatten_counts",
        "It looks as if flatten counts the numbers that it lays out anew as multiply-adds; it multiplies nothing.",
        ((FLAT, f"{FLAT}\n    multiply_adds = numbers"),),
    ),
    Mutant(
        COST,
        "flatten_leaves_the_shape",
        "It looks as if flatten leaves the shape as it is; it gives one row, (C * H * W,).",
        ((FLAT, "output_shape = shape"),),
    ),
    Mutant(
        COST,
        "flatten_keeps_channels",
        "It looks as if flatten leaves the channels as an axis of their own; it gives one row, (C * H * W,).",
        ((FLAT, "output_shape = (shape[0], numbers // shape[0])"),),
    ),
    Mutant(
        COST,
        "flatten_of_images_alone",
        "It looks as if flatten refuses a row of features; it takes either.",
        ((IMAGES, "if len(shape) != 3 and kind != 'linear':"),),
    ),
    Mutant(
        COST,
        "linear_bias_forgotten",
        "It looks as if the bias of a linear layer is forgotten: one number for each feature that it gives out.",
        ((LINEAR_BIAS, "parameters = multiply_adds"),),
    ),
    Mutant(
        COST,
        "linear_bias_of_the_inputs",
        "It looks as if a linear layer has a bias for each input; it is one for each feature that it gives out.",
        ((LINEAR_BIAS, LINEAR_BIAS.replace("(features if", "(shape[0] if")),),
    ),
    Mutant(
        COST,
        "linear_bias_always_there",
        "It looks as if `bias` of a linear layer is not looked at; it may have none.",
        ((LINEAR_BIAS, "parameters = multiply_adds + features"),),
    ),
    Mutant(
        COST,
        "linear_bias_in_multiply_adds",
        "It looks as if a linear layer's additions of the bias are counted; a bias is not multiplied.",
        ((LINEAR_BIAS, f"{LINEAR_BIAS}\n    multiply_adds = parameters"),),
    ),
    Mutant(
        COST,
        "linear_counted_twice",
        "It looks as if a linear layer's multiplications and additions are counted each; together they are one.",
        ((LINEAR_BIAS, f"{LINEAR_BIAS}\n    multiply_adds = 2 * multiply_adds"),),
    ),
    Mutant(
        COST,
        "linear_gives_an_int",
        "It looks as if output_shape of a linear layer is an int; it is a tuple of one, (features,).",
        (
            ("output_shape = (features,)", "output_shape = features"),
            (
                "for n in output_shape:",
                "for n in (output_shape if isinstance(output_shape, tuple) else (output_shape,)):",
            ),
        ),
    ),
    Mutant(
        COST,
        "linear_flattens",
        "It looks as if a linear layer flattens an image by itself: raise ValueError, a flatten is missing.",
        ((ROWS, "if False:"), (LINEAR, "multiply_adds = numbers * features")),
    ),
    Mutant(
        COST,
        "linear_on_channels_alone",
        "It looks as if a linear layer takes an image for its C channels: raise ValueError, a flatten is missing.",
        ((ROWS, "if False:"),),
    ),
    Mutant(
        COST,
        "rows_not_refused",
        "It looks as if pools do not look at whether their input is an image: raise ValueError on (D,).",
        ((IMAGES, "if len(shape) != 3 and kind == 'conv':"),),
    ),
    Mutant(
        COST,
        "groups_not_checked",
        "It looks as if channels that the groups do not divide are not refused: raise ValueError.",
        ((DIVIDES, "if False:"),),
    ),
    Mutant(
        COST,
        "outputs_of_groups_not_checked",
        "It looks as if output channels that the groups do not divide are not refused: raise ValueError.",
        ((DIVIDES, "if C % groups:"),),
    ),
    Mutant(
        COST,
        "inputs_of_groups_not_checked",
        "It looks as if input channels that the groups do not divide are not refused: raise ValueError.",
        ((DIVIDES, "if channels % groups:"),),
    ),
    Mutant(
        COST,
        "unknown_kinds_cost_nothing",
        "It looks as if a layer of unknown kind costs nothing: raise ValueError.",
        ((KINDS, f"{KINDS}\n    return shape, 0.0, 0, 0\nif False:"),),
    ),
    Mutant(
        COST,
        "refused_without_a_word",
        "It looks as if the ValueError of an unknown kind says nothing; say in a sentence what is wrong.",
        (('raise ValueError(f"there is no kind of layer {kind!r}")', "raise ValueError"),),
    ),
    Mutant(
        COST,
        "refused_by_assert",
        "It looks as if an assertion refuses what does not fit: raise ValueError.",
        ((DIVIDES, f"assert C % groups == 0 and channels % groups == 0\n    {DIVIDES}"),),
    ),
    Mutant(
        COST,
        "defaults_written_into_the_dict",
        "It looks as if default settings are written into the dict that was given: use get, not setdefault.",
        ((SETTINGS, SETTINGS.replace("get", "setdefault")),),
    ),
    Mutant(
        COST,
        "output_written_into_the_dict",
        "It looks as if the output's shape is written into the dict that was given; return it alone.",
        ((RETURN, f'layer["output_shape"] = output_shape\n{RETURN}'),),
    ),
    Mutant(
        COST,
        "input_shape_taken_out",
        "It looks as if input_shape is taken out of the dict that was given: use layer['input_shape'], not pop.",
        (('tuple(layer["input_shape"])', 'tuple(layer.pop("input_shape"))'),),
    ),
)
