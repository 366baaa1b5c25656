"""Known mistakes in `receptive_field`, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

FIELD = "architectures.receptive_field"
KINDS = 'if layer["kind"] not in ("conv", "max_pool", "avg_pool"):'
REFUSE = "raise ValueError(f\"a layer of kind {layer['kind']!r} has no window; expected convolutions and pools\")"
DEFAULT = 'default = 1 if layer["kind"] == "conv" else layer["kernel"]'
GROW = 'field += (layer["kernel"] - 1) * jump'
STEP = 'jump *= layer.get("stride", default)'
LOOP = "for layer in layers:"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        FIELD,
        "strides_ignored",
        "It looks as if strides are not used: above a stride of 2, two neighbours are two pixels apart.",
        ((GROW, 'field += layer["kernel"] - 1'),),
    ),
    Mutant(
        FIELD,
        "own_stride_too_early",
        "It looks as if a layer's own stride makes its own steps longer; it counts for the layers above.",
        ((GROW, f"jump *= layer.get('stride', default)\n    {GROW}"), (f"    {STEP}\n", "\n")),
    ),
    Mutant(
        FIELD,
        "last_stride_alone",
        "It looks as if only the stride of the layer just below counts; the strides of all layers below multiply.",
        ((STEP, 'jump = layer.get("stride", default)'),),
    ),
    Mutant(
        FIELD,
        "strides_added",
        "It looks as if the strides are added; they multiply.",
        ((STEP, 'jump += layer.get("stride", default) - 1'),),
    ),
    Mutant(
        FIELD,
        "from_the_output_on",
        "It looks as if the strides above a layer make its steps longer; it is those below, between it and the image.",
        ((LOOP, "for layer in reversed(layers):"),),
    ),
    Mutant(
        FIELD,
        "kernels_added",
        "It looks as if whole kernels are added; neighbouring windows overlap, a layer adds kernel - 1 steps.",
        ((GROW, 'field += layer["kernel"] * jump'),),
    ),
    Mutant(
        FIELD,
        "kernels_multiplied",
        "It looks as if the kernels are multiplied; they add up, kernel - 1 steps each.",
        ((GROW, 'field *= layer["kernel"]'),),
    ),
    Mutant(
        FIELD,
        "begins_at_zero",
        "It looks as if the sum begins at 0; without layers a number sees its own pixel.",
        (("field, jump = 1, 1", "field, jump = 0, 1"),),
    ),
    Mutant(
        FIELD,
        "neighbours_for_steps",
        "It looks as if, from the output down, n neighbours are taken for n steps; between them are n - 1.",
        (
            (LOOP, "for layer in reversed(layers):"),
            (GROW, 'field = field * layer.get("stride", default) + layer["kernel"] - 1'),
        ),
    ),
    Mutant(
        FIELD,
        "largest_kernel",
        "It looks as if only the largest kernel counts; layers on one another see more than each alone.",
        ((GROW, 'field = max(field, layer["kernel"] * jump)'),),
    ),
    Mutant(
        FIELD,
        "padding_counts",
        "It looks as if padding makes the field smaller; it changes nothing.",
        ((GROW, 'field += (layer["kernel"] - 1 - 2 * layer.get("pad", 0)) * jump'),),
    ),
    Mutant(
        FIELD,
        "padding_widens",
        "It looks as if padding makes the field wider; it changes nothing.",
        ((GROW, 'field += (layer["kernel"] - 1 + layer.get("pad", 0)) * jump'),),
    ),
    Mutant(
        FIELD,
        "area",
        "It looks as if the area of the field comes back; it is the length of its side.",
        (("return field", "return field**2"),),
    ),
    Mutant(
        FIELD,
        "pools_ignored",
        "It looks as if pools are left out: they see windows and take steps, as convolutions do.",
        ((GROW, f'if layer["kind"] != "conv":\n        continue\n    {GROW}'),),
    ),
    Mutant(
        FIELD,
        "windows_of_pools_ignored",
        "It looks as if only the strides of pools count; their windows see further, too.",
        ((GROW, f"{GROW} * (layer['kind'] == 'conv')"),),
    ),
    Mutant(
        FIELD,
        "pools_step_by_one",
        "It looks as if a pool without a stride steps by 1; it steps by its kernel.",
        ((DEFAULT, "default = 1"),),
    ),
    Mutant(
        FIELD,
        "steps_of_pools_ignored",
        "It looks as if the strides of pools do not count for the layers above.",
        ((STEP, f"{STEP} if layer['kind'] == 'conv' else 1"),),
    ),
    Mutant(
        FIELD,
        "pools_step_by_two",
        "It looks as if a pool without a stride always steps by 2; it steps by its kernel.",
        ((DEFAULT, 'default = 1 if layer["kind"] == "conv" else 2'),),
    ),
    Mutant(
        FIELD,
        "convolutions_step_by_their_kernel",
        "It looks as if a convolution without a stride steps by its kernel; it steps by 1.",
        ((DEFAULT, 'default = layer["kernel"]'),),
    ),
    Mutant(
        FIELD,
        "average_pools_refused",
        "It looks as if average pools are refused; they see windows like max pools.",
        ((KINDS, 'if layer["kind"] not in ("conv", "max_pool"):'),),
    ),
    Mutant(
        FIELD,
        "other_kinds_skipped",
        "It looks as if layers without a window are skipped: raise ValueError.",
        ((REFUSE, "continue"),),
    ),
    Mutant(
        FIELD,
        "other_kinds_not_checked",
        "It looks as if the kind of a layer is not looked at: raise ValueError for one without a window.",
        ((KINDS, "if False:"),),
    ),
    Mutant(
        FIELD,
        "unknown_kinds_skipped",
        "It looks as if only flatten, linear and global_avg_pool are refused; unknown kinds are to be, too.",
        ((KINDS, 'if layer["kind"] in ("flatten", "linear", "global_avg_pool"):'),),
    ),
    Mutant(
        FIELD,
        "empty_list_refused",
        "It looks as if an empty list of layers is refused; the answer is 1.",
        (("field, jump = 1, 1", 'field, jump = 1, 1\nif not layers:\n    raise ValueError("no layers")'),),
    ),
    Mutant(
        FIELD,
        "strides_written_into_the_dicts",
        "It looks as if default strides are written into the dicts that were given: use get, not setdefault.",
        ((STEP, STEP.replace("get", "setdefault")),),
    ),
    Mutant(
        FIELD,
        "kernels_of_eleven_at_most",
        "It looks as if a kernel above 11 counts as 11; it sees what it covers, however much.",
        ((GROW, GROW.replace('layer["kernel"]', 'min(layer["kernel"], 11)')),),
    ),
    Mutant(
        FIELD,
        "list_emptied",
        "It looks as if layers are taken out of the list that was given; go through it with a loop.",
        ((LOOP, "while layers:\n    layer = layers.pop(0)"),),
    ),
)
