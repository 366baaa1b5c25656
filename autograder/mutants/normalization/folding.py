"""Known mistakes in `fold_batchnorm`, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

FOLD = "normalization.fold_batchnorm"
SCALE = "scale = gamma / (running_var + eps).sqrt()"
W = "folded = w * scale if w.dim() == 2 else w * scale[:, None, None, None]"
B = "(b - running_mean) * scale + beta"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        FOLD,
        "bias_not_scaled",
        "It looks as if the layer's own bias is not scaled; batch norm scales all that the layer gives out.",
        ((B, "b - running_mean * scale + beta"),),
    ),
    Mutant(
        FOLD,
        "bias_dropped",
        "It looks as if the layer's own bias is dropped: it goes through the batch norm, too.",
        ((B, "beta - running_mean * scale"),),
    ),
    Mutant(
        FOLD,
        "bias_as_it_was",
        "It looks as if the bias is left as it was; it becomes (b - running_mean) * scale + beta.",
        ((B, "b * 1"),),
    ),
    Mutant(
        FOLD,
        "running_mean_missing",
        "It looks as if running_mean is missing in the bias.",
        ((B, "b * scale + beta"),),
    ),
    Mutant(
        FOLD,
        "running_mean_added",
        "It looks as if running_mean is added; it is subtracted.",
        ((B, "(b + running_mean) * scale + beta"),),
    ),
    Mutant(
        FOLD,
        "running_mean_not_scaled",
        "It looks as if running_mean is not scaled; it is subtracted before batch norm scales.",
        ((B, "b * scale - running_mean + beta"),),
    ),
    Mutant(
        FOLD,
        "beta_missing",
        "It looks as if beta is missing in the bias.",
        ((B, "(b - running_mean) * scale"),),
    ),
    Mutant(
        FOLD,
        "beta_scaled",
        "It looks as if beta is scaled, too; batch norm adds it last.",
        ((B, "(b - running_mean + beta) * scale"),),
    ),
    Mutant(
        FOLD,
        "gamma_missing",
        "It looks as if gamma is missing: the factor is gamma / sqrt(running_var + eps).",
        ((SCALE, SCALE.replace("gamma", "1")),),
    ),
    Mutant(
        FOLD,
        "divided_by_the_variance",
        "It looks as if the factor is gamma / running_var; divide by the root of running_var + eps.",
        ((SCALE, SCALE.replace(".sqrt()", "")),),
    ),
    Mutant(
        FOLD,
        "eps_hard_coded",
        "It looks as if eps is always 1e-5; it is an argument.",
        ((SCALE, SCALE.replace("eps", "1e-5")),),
    ),
    Mutant(
        FOLD,
        "eps_of_zero_taken_for_missing",
        "It looks as if an eps of 0 counts as missing, as `or` has it; the default holds where it is not given.",
        ((SCALE, SCALE.replace("eps", "(eps or EPS)")),),
    ),
    Mutant(
        FOLD,
        "eps_beside_the_root",
        "It looks as if eps is added to the standard deviation; it stands under the root.",
        ((SCALE, "scale = gamma / (running_var.sqrt() + eps)"),),
    ),
    Mutant(
        FOLD,
        "eps_forgotten",
        "It looks as if eps is missing; it stands under the root.",
        ((SCALE, "scale = gamma / running_var.sqrt()"),),
    ),
    Mutant(
        FOLD,
        "weights_as_they_were",
        "It looks as if the weights are left as they were; each output's weights are scaled.",
        ((W, "folded = w * 1"),),
    ),
    Mutant(
        FOLD,
        "rows_of_a_linear_layer",
        "It looks as if the rows of a linear layer's weights are scaled, which belong to the inputs; its outputs are "
        "the columns.",
        ((W, "folded = w * scale[: len(w), None] if w.dim() == 2 else w * scale[:, None, None, None]"),),
    ),
    Mutant(
        FOLD,
        "columns_of_a_filter",
        "It looks as if the columns of the filters are scaled, the last axis; a convolution's outputs are the first.",
        ((W, "folded = w * scale[: w.shape[-1]]"),),
    ),
    Mutant(
        FOLD,
        "filters_of_one_pixel_as_a_linear_layer",
        "It looks as if filters of one pixel are folded like the weights of a linear layer; their outputs are the "
        "first axis all the same.",
        (
            (
                W,
                "if w.dim() == 4 and w.shape[2:] == (1, 1) and w.shape[0] == w.shape[1]:\n"
                "    folded = w * scale[:, None, None]\n"
                f"else:\n    {W}",
            ),
        ),
    ),
    Mutant(
        FOLD,
        "linear_layers_forgotten",
        "It looks as if weights are always taken for those of a convolution; those of a linear layer have two axes.",
        ((W, "folded = w * scale[:, None, None, None]"),),
    ),
    Mutant(
        FOLD,
        "gamma_divided_out",
        "It looks as if something is divided by gamma, as in beta * std / gamma; a gamma may be 0.",
        ((B, "(b - running_mean + beta / scale) * scale"),),
    ),
    Mutant(
        FOLD,
        "changed_in_place",
        "It looks as if the weights of the layer are changed in place; return new tensors.",
        ((W, "folded = w.mul_(scale) if w.dim() == 2 else w.mul_(scale[:, None, None, None])"),),
    ),
    Mutant(
        FOLD,
        "bias_changed_in_place",
        "It looks as if the bias of the layer is changed in place; return a new tensor.",
        ((B, "b.sub_(running_mean).mul_(scale).add_(beta)"),),
    ),
    Mutant(
        FOLD,
        "made_on_the_cpu",
        "It looks as if a tensor is made on the CPU wherever the inputs are; make it where they are.",
        ((SCALE, f"{SCALE}\nscale = torch.zeros(scale.shape, dtype=w.dtype) + scale"),),
    ),
)
