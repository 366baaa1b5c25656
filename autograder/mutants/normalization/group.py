"""Known mistakes in `GroupNorm`, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutants.normalization.per_example import HALT, MODE
from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

FORWARD = "normalization.GroupNorm.forward"
BACKWARD = "normalization.GroupNorm.backward"
VIEW = "groups = x.reshape(N, num_groups, C // num_groups, H, W)"
MEAN = "mean = groups.mean(dim=(2, 3, 4), keepdim=True)  # (N, G, 1, 1, 1)"
VAR = "var = (groups - mean).square().mean(dim=(2, 3, 4), keepdim=True)"
ROOT = "std = (var + eps).sqrt()"
X_HAT = "x_hat = ((groups - mean) / std).reshape(N, C, H, W)"
OUT = "out = gamma[:, None, None] * x_hat + beta[:, None, None]"
REFUSE = "if C % num_groups:"
SUMS = "dgamma, dbeta = (dout * x_hat).sum(dim=(0, 2, 3)), dout.sum(dim=(0, 2, 3))"
DX_HAT = "dx_hat = (dout * gamma[:, None, None]).reshape(N, std.shape[1], -1, H, W)"
THROUGH_MEAN = "dx_hat.mean(dim=(2, 3, 4), keepdim=True)"
THROUGH_VAR = "(dx_hat * x_hat).mean(dim=(2, 3, 4), keepdim=True)"
END = "return ((dx_hat - through_mean - through_var) / std)"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        FORWARD,
        "interleaved_groups",
        "It looks as if a group takes every num_groups-th channel; a group consists of consecutive channels.",
        (
            (VIEW, "groups = x.reshape(N, C // num_groups, num_groups, H, W).transpose(1, 2)"),
            (X_HAT, "x_hat = ((groups - mean) / std).transpose(1, 2).reshape(N, C, H, W)"),
        ),
    ),
    Mutant(
        FORWARD,
        "squares_around_one_mean",
        "It looks as if E[x^2] - E[x]^2 is computed after the mean of the whole tensor is subtracted; where the images "
        "lie far from one another it is rounding alone. Take the mean of (x - mean)^2, each group with its own mean.",
        ((VAR, "z = groups - x.mean()\n" + VAR.replace("(groups - mean)", "z") + "\n"
          "var = (var - z.mean(dim=(2, 3, 4), keepdim=True) ** 2).clamp(min=0)"),),
    ),
    Mutant(
        FORWARD,
        "mode_of_the_settings",
        MODE,
        ((ROOT, f"{HALT}\n{ROOT}".replace("param", "gn_param")),),
    ),
    Mutant(
        FORWARD,
        "num_groups_for_their_size",
        "It looks as if num_groups is taken for the number of channels in a group; a group has C / num_groups.",
        ((VIEW, "groups = x.reshape(N, C // num_groups, num_groups, H, W)"),),
    ),
    Mutant(
        FORWARD,
        "statistics_of_all_groups",
        "It looks as if all groups share their statistics, as in layer norm; each group has its own.",
        ((MEAN, MEAN.replace("(2, 3, 4)", "(1, 2, 3, 4)")), (VAR, VAR.replace("(2, 3, 4)", "(1, 2, 3, 4)"))),
    ),
    Mutant(
        FORWARD,
        "each_channel_by_itself",
        "It looks as if each channel has its own statistics, as in instance norm; the channels of a group share them.",
        ((MEAN, MEAN.replace("(2, 3, 4)", "(3, 4)")), (VAR, VAR.replace("(2, 3, 4)", "(3, 4)"))),
    ),
    Mutant(
        FORWARD,
        "each_pixel_by_itself",
        "It looks as if mean and variance run over the channels of a group alone; they run over its pixels, too.",
        ((MEAN, MEAN.replace("(2, 3, 4)", "2")), (VAR, VAR.replace("(2, 3, 4)", "2"))),
    ),
    Mutant(
        FORWARD,
        "over_the_batch",
        "It looks as if mean and variance are taken over the batch, too; each image is normalized by itself.",
        ((MEAN, MEAN.replace("(2, 3, 4)", "(0, 2, 3, 4)")), (VAR, VAR.replace("(2, 3, 4)", "(0, 2, 3, 4)"))),
    ),
    Mutant(
        FORWARD,
        "groups_hard_coded",
        "It looks as if the number of groups is fixed; take it from the settings.",
        ((VIEW, "num_groups = 3 if C % 3 == 0 else num_groups\n" + VIEW),),
    ),
    Mutant(
        FORWARD,
        "unbiased_variance",
        "It looks as if the variance is divided by one less than the number of entries; torch.var takes correction=0.",
        ((VAR, "var = groups.var(dim=(2, 3, 4), keepdim=True)"),),
    ),
    Mutant(
        FORWARD,
        "squares_minus_square",
        "It looks as if the variance is computed as E[x^2] - E[x]^2, which in float32 is rounding alone where the mean "
        "is large; take the mean of (x - mean)^2.",
        ((VAR, "var = (groups * groups).mean(dim=(2, 3, 4), keepdim=True) - mean * mean"),),
    ),
    Mutant(
        FORWARD,
        "eps_hard_coded",
        "It looks as if eps is always 1e-5; take it from the settings.",
        ((ROOT, "std = (var + 1e-5).sqrt()"),),
    ),
    Mutant(
        FORWARD,
        "eps_of_zero_taken_for_missing",
        "It looks as if an eps of 0 counts as missing, as `or` has it; the default holds where the key is missing.",
        (('gn_param.get("eps", EPS)', 'gn_param.get("eps") or EPS'),),
    ),
    Mutant(
        FORWARD,
        "eps_beside_the_root",
        "It looks as if eps is added to the standard deviation; it stands under the root, sqrt(var + eps).",
        ((ROOT, "std = var.sqrt() + eps"),),
    ),
    Mutant(
        FORWARD,
        "eps_forgotten",
        "It looks as if eps is missing: where all entries of a group are equal, a number is divided by 0.",
        ((ROOT, "std = var.sqrt()"),),
    ),
    Mutant(
        FORWARD,
        "gamma_of_the_group",
        "It looks as if all channels of a group get the gamma and beta of its first one; each channel has its own.",
        (
            (
                OUT,
                "first = torch.arange(C, device=x.device) // (C // num_groups) * (C // num_groups)\n"
                "out = gamma[first, None, None] * x_hat + beta[first, None, None]",
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "gamma_missing",
        "It looks as if gamma is missing: out = gamma * x_hat + beta.",
        ((OUT, "out = x_hat + beta[:, None, None]"),),
    ),
    Mutant(
        FORWARD,
        "beta_missing",
        "It looks as if beta is missing: out = gamma * x_hat + beta.",
        ((OUT, "out = gamma[:, None, None] * x_hat"),),
    ),
    Mutant(
        FORWARD,
        "no_value_error",
        "It looks as if channels that cannot be divided into groups of equal size are not refused with a ValueError.",
        ((REFUSE, "num_groups = next(g for g in range(min(num_groups, C), 0, -1) if C % g == 0)\nif False:"),),
    ),
    Mutant(
        FORWARD,
        "assertion",
        "It looks as if channels that cannot be divided are refused by an assert; raise a ValueError.",
        ((REFUSE, "assert C % num_groups == 0\n" + REFUSE),),
    ),
    Mutant(
        FORWARD,
        "changed_in_place",
        "It looks as if x is changed in place, through a view of it; make new tensors.",
        ((X_HAT, "x_hat = groups.sub_(mean).div_(std).reshape(N, C, H, W)"),),
    ),
    Mutant(
        FORWARD,
        "view_of_x",
        "It looks as if .view is called on a tensor that is not contiguous in memory; use reshape.",
        ((VIEW, VIEW.replace("reshape(", "view(N, num_groups, -1).reshape(")),),
    ),
    Mutant(
        FORWARD,
        "float32_result",
        "It looks as if the result is always float32; make it with the dtype of x.",
        ((OUT, OUT.replace("= ", "= (") + ").float()"),),
    ),
    Mutant(
        FORWARD,
        "made_on_the_cpu",
        "It looks as if a tensor is made on the CPU wherever x is; make it with x.new_zeros(...).",
        ((OUT, f"{OUT}\nout = torch.zeros(out.shape, dtype=x.dtype) + out"),),
    ),
    Mutant(
        BACKWARD,
        "sums_are_means",
        "It looks as if dgamma and dbeta are means; they are sums.",
        ((SUMS, SUMS.replace("sum", "mean")),),
    ),
    Mutant(
        BACKWARD,
        "dgamma_without_x_hat",
        "It looks as if dgamma is the sum of dout; gamma multiplies x_hat, so each dout counts times its x_hat.",
        ((SUMS, SUMS.replace("(dout * x_hat)", "dout")),),
    ),
    Mutant(
        BACKWARD,
        "dgamma_of_the_group",
        "It looks as if dgamma and dbeta are summed over the channels of a group; each channel has its own.",
        (
            (
                SUMS,
                SUMS + "\nG = std.shape[1]\n"
                "dgamma, dbeta = (t.view(G, -1).sum(1).repeat_interleave(C // G) for t in (dgamma, dbeta))",
            ),
        ),
    ),
    Mutant(
        BACKWARD,
        "constant_statistics",
        "It looks as if mean and variance are taken for constants; the gradient goes through them, too.",
        ((END, "return (dx_hat / std)"),),
    ),
    Mutant(
        BACKWARD,
        "without_the_mean",
        "It looks as if the way through the mean is missing: x has an effect by its mean, too.",
        ((END, "return ((dx_hat - through_var) / std)"),),
    ),
    Mutant(
        BACKWARD,
        "without_the_variance",
        "It looks as if the way through the variance is missing: x has an effect by its variance, too.",
        ((END, "return ((dx_hat - through_mean) / std)"),),
    ),
    Mutant(
        BACKWARD,
        "not_divided",
        "It looks as if the ways through mean and variance are sums; both are means over the pixels of a group.",
        ((THROUGH_MEAN, THROUGH_MEAN.replace("mean", "sum")), (THROUGH_VAR, THROUGH_VAR.replace("mean", "sum"))),
    ),
    Mutant(
        BACKWARD,
        "divided_by_the_pixels_of_a_channel",
        "It looks as if the ways through mean and variance are divided by H * W; a group has C / num_groups times as "
        "many pixels.",
        (
            (THROUGH_MEAN, THROUGH_MEAN.replace("mean", "sum") + " / (H * W)"),
            (THROUGH_VAR, THROUGH_VAR.replace("mean", "sum") + " / (H * W)"),
        ),
    ),
    Mutant(
        BACKWARD,
        "each_channel_by_itself",
        "It looks as if the ways through mean and variance stay within a channel; they run over the whole group.",
        (
            (THROUGH_MEAN, THROUGH_MEAN.replace("(2, 3, 4)", "(3, 4)")),
            (THROUGH_VAR, THROUGH_VAR.replace("(2, 3, 4)", "(3, 4)")),
        ),
    ),
    Mutant(
        BACKWARD,
        "gamma_outside_the_means",
        "It looks as if gamma is multiplied on at the end, as in batch norm; it differs from channel to channel and "
        "belongs inside the means over a group.",
        (
            (DX_HAT, DX_HAT.replace("(dout * gamma[:, None, None])", "dout")),
            (END, END.replace("return (", "return gamma[:, None, None] * (")),
        ),
    ),
    Mutant(
        BACKWARD,
        "interleaved_groups",
        "It looks as if a group takes every num_groups-th channel; a group consists of consecutive channels.",
        (
            (DX_HAT, DX_HAT.replace("std.shape[1], -1, H, W)", "-1, std.shape[1], H, W).transpose(1, 2)")),
            ("x_hat = x_hat.reshape(dx_hat.shape)", "x_hat = x_hat.reshape(N, -1, std.shape[1], H, W).transpose(1, 2)"),
            (END, END.replace(" / std)", " / std).transpose(1, 2)")),
        ),
    ),
    Mutant(
        BACKWARD,
        "gamma_missing",
        "It looks as if dx lacks gamma: what reaches x_hat is dout * gamma.",
        ((DX_HAT, DX_HAT.replace("(dout * gamma[:, None, None])", "dout")),),
    ),
    Mutant(
        BACKWARD,
        "one_over_std_missing",
        "It looks as if dx lacks the division by the standard deviation.",
        ((END, END.replace(" / std", "")),),
    ),
    Mutant(
        BACKWARD,
        "view_of_dout",
        "It looks as if .view is called on a tensor that is not contiguous in memory; use reshape.",
        ((SUMS, SUMS.replace("dout.sum", "dout.view(N, C, H * W, 1).sum")),),
    ),
    Mutant(
        BACKWARD,
        "dout_changed_in_place",
        "It looks as if dout is changed in place, by *=; make a new tensor.",
        ((DX_HAT, DX_HAT.replace("dout * gamma[:, None, None]", "dout.mul_(gamma[:, None, None])")),),
    ),
)
