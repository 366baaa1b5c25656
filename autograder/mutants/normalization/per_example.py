"""Known mistakes in layer and instance norm, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

MODE = (
    'It looks as if a mode "test" in the settings brings in running statistics, as where {"mode": "train", **settings} '
    "is handed to batch norm; this layer has none, and is the same in both modes."
)
HALT = 'if param.get("mode") == "test":\n    mean, var = torch.zeros_like(mean), torch.ones_like(var)'
BATCH = (
    "It looks as if mean and variance are taken over the batch, as in batch norm; each example is normalized by itself."
)


def _forward(question: str, param: str, axes: str, others: str, gamma: str, beta: str) -> tuple[Mutant, ...]:
    """What goes wrong in either layer.

    Args:
        param: the name of the settings.
        axes: over which mean and variance are taken, as the reference writes them.
        others: axes of batch norm in their place.
        gamma, beta: as they stand in the last line.
    """
    mean, var = f"mean = x.mean(dim={axes}, keepdim=True)", f"var = (x - mean).square().mean(dim={axes}, keepdim=True)"
    out = f"out = {gamma} * x_hat + {beta}"
    root = "std = (var + eps).sqrt()"
    return (
        Mutant(
            question,
            "over_the_batch",
            BATCH,
            ((mean, mean.replace(axes, others)), (var, var.replace(f"dim={axes}", f"dim={others}"))),
        ),
        Mutant(
            question,
            "over_everything",
            "It looks as if one mean and one variance serve for the whole tensor; each example has its own.",
            ((mean, "mean = x.mean()"), (var, "var = (x - mean).square().mean()")),
        ),
        Mutant(
            question,
            "unbiased_variance",
            "It looks as if the variance is divided by one less than the number of entries; use correction=0.",
            ((var, f"var = x.var(dim={axes}, keepdim=True)"),),
        ),
        Mutant(
            question,
            "squares_minus_square",
            "It looks as if the variance is computed as E[x^2] - E[x]^2, which in float32 is rounding alone where the "
            "mean is large; take the mean of (x - mean)^2.",
            ((var, f"var = (x * x).mean(dim={axes}, keepdim=True) - mean * mean"),),
        ),
        Mutant(
            question,
            "squares_around_one_mean",
            "It looks as if E[x^2] - E[x]^2 is computed after the mean of the whole tensor is subtracted; where the "
            "examples lie far from one another it is rounding alone. Take the mean of (x - mean)^2, each with its own "
            "mean.",
            ((
                var,
                f"z = x - x.mean()\nvar = (z * z).mean(dim={axes}, keepdim=True)\n"
                f"var = (var - z.mean(dim={axes}, keepdim=True) ** 2).clamp(min=0)",
            ),),
        ),
        Mutant(
            question,
            "mode_of_the_settings",
            MODE,
            ((root, f"{HALT}\n{root}".replace("param", param)),),
        ),
        Mutant(
            question,
            "eps_hard_coded",
            "It looks as if eps is always 1e-5; take it from the settings.",
            ((root, "std = (var + 1e-5).sqrt()"),),
        ),
        Mutant(
            question,
            "eps_beside_the_root",
            "It looks as if eps is added to the standard deviation; it stands under the root, sqrt(var + eps).",
            ((root, "std = var.sqrt() + eps"),),
        ),
        Mutant(
            question,
            "eps_forgotten",
            "It looks as if eps is missing: where all entries are equal, a number is divided by 0.",
            ((root, "std = var.sqrt()"),),
        ),
        Mutant(
            question,
            "divided_by_the_variance",
            "It looks as if x - mean is divided by the variance; divide by its root.",
            ((root, "std = var + eps"),),
        ),
        Mutant(
            question,
            "gamma_missing",
            "It looks as if gamma is missing: out = gamma * x_hat + beta.",
            ((out, f"out = x_hat + {beta}"),),
        ),
        Mutant(
            question,
            "beta_missing",
            "It looks as if beta is missing: out = gamma * x_hat + beta.",
            ((out, f"out = {gamma} * x_hat"),),
        ),
        Mutant(
            question,
            "gamma_times_beta",
            "It looks as if beta is scaled by gamma too; out = gamma * x_hat + beta.",
            ((out, f"out = {gamma} * (x_hat + {beta})"),),
        ),
        Mutant(
            question,
            "changed_in_place",
            "It looks as if x is changed in place, by -= or /=; make new tensors.",
            (("x_hat = (x - mean) / std", "x_hat = x.sub_(mean).div_(std)"),),
        ),
        Mutant(
            question,
            "eps_put_into_the_settings",
            "It looks as if setdefault writes into the settings, which are to be left unchanged; read them with get.",
            (('_param.get("eps", EPS)', '_param.setdefault("eps", EPS)'),),
        ),
        Mutant(
            question,
            "eps_of_zero_taken_for_missing",
            "It looks as if an eps of 0 counts as missing, as `or` has it; the default holds where the key is missing.",
            (('_param.get("eps", EPS)', '_param.get("eps") or EPS'),),
        ),
        Mutant(
            question,
            "no_default_eps",
            "It looks as if the settings are read by [...] where eps may be missing; it is 1e-5 then.",
            (('_param.get("eps", EPS)', '_param["eps"]'),),
        ),
        Mutant(
            question,
            "float32_result",
            "It looks as if the result is always float32; it has the dtype of x.",
            ((out, f"out = ({gamma} * x_hat + {beta}).float()"),),
        ),
        Mutant(
            question,
            "views_of_x",
            "It looks as if .view is called on a tensor that is not contiguous in memory; use reshape.",
            ((mean, mean.replace("x.mean", "x.view(-1).view(x.shape).mean")),),
        ),
        Mutant(
            question,
            "made_on_the_cpu",
            "It looks as if a tensor is made on the CPU wherever x is; make it with x.new_zeros(...).",
            ((out, f"{out}\nout = torch.zeros(out.shape, dtype=x.dtype) + out"),),
        ),
    )


def _backward(question: str, axes: str, others: str, gamma: str) -> tuple[Mutant, ...]:
    """What goes wrong in either layer.

    Args:
        axes: over which mean and variance are taken.
        others: over which dgamma and dbeta are summed.
        gamma: as it stands beside dout.
    """
    dgamma, dbeta = f"(dout * x_hat).sum(dim={others})", f"dout.sum(dim={others})"
    end = "return (dx_hat - through_mean - through_var) / std"
    mean = f"dx_hat.mean(dim={axes}, keepdim=True)"
    var = f"(dx_hat * x_hat).mean(dim={axes}, keepdim=True)"
    return (
        Mutant(
            question,
            "sums_are_means",
            "It looks as if dgamma and dbeta are means; they are sums.",
            ((dgamma, dgamma.replace("sum", "mean")), (dbeta, dbeta.replace("sum", "mean"))),
        ),
        Mutant(
            question,
            "dgamma_without_x_hat",
            "It looks as if dgamma is the sum of dout; gamma multiplies x_hat, so each dout counts times its x_hat.",
            ((dgamma, dbeta),),
        ),
        Mutant(
            question,
            "dgamma_and_dbeta_exchanged",
            "It looks as if dgamma and dbeta are exchanged: the order is dx, dgamma, dbeta.",
            ((f"dgamma, dbeta = {dgamma}, {dbeta}", f"dgamma, dbeta = {dbeta}, {dgamma}"),),
        ),
        Mutant(
            question,
            "constant_statistics",
            "It looks as if mean and variance are taken for constants; both depend on x, and the gradient goes through "
            "them.",
            ((end, "return dx_hat / std"),),
        ),
        Mutant(
            question,
            "without_the_mean",
            "It looks as if the way through the mean is missing: x has an effect by its mean, too.",
            ((end, "return (dx_hat - through_var) / std"),),
        ),
        Mutant(
            question,
            "without_the_variance",
            "It looks as if the way through the variance is missing: x has an effect by its variance, too.",
            ((end, "return (dx_hat - through_mean) / std"),),
        ),
        Mutant(
            question,
            "not_divided",
            "It looks as if the ways through mean and variance are sums; both are means over the entries that share "
            "their statistics.",
            ((mean, mean.replace("mean", "sum")), (var, var.replace("mean", "sum"))),
        ),
        Mutant(
            question,
            "over_the_batch",
            "It looks as if the ways through mean and variance run over the batch, as in batch norm; they run over the "
            "axes of the forward pass.",
            (
                (mean, mean.replace(f"dim={axes}", f"dim={others}")),
                (var, var.replace(f"dim={axes}", f"dim={others}")),
            ),
        ),
        Mutant(
            question,
            "gamma_missing",
            "It looks as if dx lacks gamma: what reaches x_hat is dout * gamma.",
            ((f"dx_hat = dout * {gamma}", "dx_hat = dout"),),
        ),
        Mutant(
            question,
            "one_over_std_missing",
            "It looks as if dx lacks the division by the standard deviation.",
            ((end, "return (dx_hat - through_mean - through_var)"),),
        ),
        Mutant(
            question,
            "signs",
            "It looks as if the ways through mean and variance are added; they are taken away.",
            ((end, "return (dx_hat + through_mean + through_var) / std"),),
        ),
        Mutant(
            question,
            "gamma_divided_out",
            "It looks as if gamma is divided by somewhere, as in (out - beta) / gamma; it may be 0.",
            ((dgamma, dgamma.replace("dout * x_hat", f"dout * ({gamma} * x_hat / {gamma})")),),
        ),
        Mutant(
            question,
            "dout_changed_in_place",
            "It looks as if dout is changed in place, by *=; make a new tensor.",
            ((f"dx_hat = dout * {gamma}", f"dx_hat = dout.mul_({gamma})"),),
        ),
        Mutant(
            question,
            "views_of_dout",
            "It looks as if .view is called on a tensor that is not contiguous in memory; use reshape.",
            ((dbeta, dbeta.replace("dout.", "dout.view(-1).view(dout.shape).")),),
        ),
    )


GAMMA, BETA = "gamma[:, None, None]", "beta[:, None, None]"

MUTANTS: tuple[Mutant, ...] = (
    *_forward("normalization.LayerNorm.forward", "ln_param", "1", "0", "gamma", "beta"),
    *_forward("normalization.InstanceNorm.forward", "in_param", "(2, 3)", "(0, 2, 3)", GAMMA, BETA),
    Mutant(
        "normalization.InstanceNorm.forward",
        "over_the_channels_too",
        "It looks as if mean and variance run over the channels too, as in layer norm; each channel has its own.",
        (
            ("mean = x.mean(dim=(2, 3)", "mean = x.mean(dim=(1, 2, 3)"),
            (".square().mean(dim=(2, 3)", ".square().mean(dim=(1, 2, 3)"),
        ),
    ),
    Mutant(
        "normalization.InstanceNorm.forward",
        "gamma_along_the_columns",
        "It looks as if gamma and beta are not given the axes of a channel, or those of another one: use "
        "gamma[:, None, None].",
        (
            ("gamma[:, None, None] * x_hat + beta[:, None, None]", "gamma[: x.shape[3]] * x_hat + beta[: x.shape[3]]"),
        ),
    ),
    *_backward("normalization.LayerNorm.backward", "1", "0", "gamma"),
    Mutant(
        "normalization.LayerNorm.backward",
        "gamma_outside_the_means",
        "It looks as if gamma is multiplied on at the end, as in batch norm; it differs from feature to feature and "
        "belongs inside the means.",
        (
            ("dx_hat = dout * gamma", "dx_hat = dout"),
            ("return (dx_hat - through_mean - through_var)", "return gamma * (dx_hat - through_mean - through_var)"),
        ),
    ),
    *_backward("normalization.InstanceNorm.backward", "(2, 3)", "(0, 2, 3)", GAMMA),
)
