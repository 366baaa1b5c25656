"""Known mistakes in `BatchNorm.forward`, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

FORWARD = "normalization.BatchNorm.forward"
VAR = "var = (x - mean).square().mean(dim=0)  # (D,)"
OUT = "out = gamma * x_hat + beta"
NEW_MEAN = 'bn_param["running_mean"] = momentum * bn_param["running_mean"] + (1 - momentum) * mean'
NEW_VAR = 'bn_param["running_var"] = momentum * bn_param["running_var"] + (1 - momentum) * var'
RUNNING = 'mean, var = bn_param["running_mean"], bn_param["running_var"]'
SETTINGS = "mode, eps, momentum = batchnorm_settings(x, bn_param)"

OUTPUT: tuple[Mutant, ...] = (
    Mutant(
        FORWARD,
        "unbiased_variance",
        "It looks as if the variance is divided by N - 1; batch norm divides by N, correction=0 in torch.var.",
        ((VAR, "var = x.var(dim=0)"),),
    ),
    Mutant(
        FORWARD,
        "squares_minus_square",
        "It looks as if the variance is computed as E[x^2] - E[x]^2, which in float32 is rounding alone where the mean "
        "is large; take the mean of (x - mean)^2.",
        ((VAR, "var = (x * x).mean(dim=0) - mean * mean"),),
    ),
    Mutant(
        FORWARD,
        "squares_minus_square_clamped",
        "It looks as if E[x^2] - E[x]^2 is kept from being negative; what is left of it where the mean is large is "
        "wrong all the same. Take the mean of (x - mean)^2.",
        ((VAR, "var = ((x * x).mean(dim=0) - mean * mean).clamp(min=0)"),),
    ),
    Mutant(
        FORWARD,
        "squares_around_one_mean",
        "It looks as if E[x^2] - E[x]^2 is computed after the mean of all features is subtracted; where the features "
        "lie far from one another it is rounding alone. Take the mean of (x - mean)^2, each with its own mean.",
        ((VAR, "z = x - x.mean()\n    var = ((z * z).mean(dim=0) - z.mean(dim=0) ** 2).clamp(min=0)"),),
    ),
    Mutant(
        FORWARD,
        "variance_summed",
        "It looks as if var is the sum of the squared differences; it is their mean.",
        ((VAR, "var = (x - mean).square().sum(dim=0)"),),
    ),
    Mutant(
        FORWARD,
        "variance_around_zero",
        "It looks as if var is the mean of x^2; subtract the mean before you square.",
        ((VAR, "var = x.square().mean(dim=0)"),),
    ),
    Mutant(
        FORWARD,
        "mean_absolute_difference",
        "It looks as if the spread is the mean absolute difference; var is the mean of the squared differences.",
        ((VAR, "var = (x - mean).abs().mean(dim=0) ** 2"),),
    ),
    Mutant(
        FORWARD,
        "eps_hard_coded",
        "It looks as if eps is always 1e-5; take it from bn_param.",
        ((SETTINGS, SETTINGS + "\neps = 1e-5"),),
    ),
    Mutant(
        FORWARD,
        "eps_of_zero_taken_for_missing",
        "It looks as if an eps of 0 counts as missing, as `or` has it; the default holds where the key is missing.",
        ((SETTINGS, SETTINGS + "\neps = eps or EPS"),),
    ),
    Mutant(
        FORWARD,
        "eps_beside_the_root",
        "It looks as if eps is added to the standard deviation; it stands under the root, sqrt(var + eps).",
        (("std = (var + eps).sqrt()", "std = var.sqrt() + eps"),),
    ),
    Mutant(
        FORWARD,
        "eps_squared_under_the_root",
        "It looks as if eps is squared under the root; the root is sqrt(var + eps).",
        (("std = (var + eps).sqrt()", "std = (var + eps**2).sqrt()"),),
    ),
    Mutant(
        FORWARD,
        "eps_forgotten",
        "It looks as if eps is missing: where all entries of a feature are equal, a number is divided by 0.",
        (("std = (var + eps).sqrt()", "std = var.sqrt()"),),
    ),
    Mutant(
        FORWARD,
        "divided_by_the_variance",
        "It looks as if x - mean is divided by the variance; divide by its root, the standard deviation.",
        (("std = (var + eps).sqrt()", "std = var + eps"),),
    ),
    Mutant(
        FORWARD,
        "mean_not_subtracted",
        "It looks as if the mean is not subtracted from x.",
        (("x_hat = (x - mean) / std", "x_hat = x / std"),),
    ),
    Mutant(
        FORWARD,
        "over_the_features",
        "It looks as if mean and variance are taken over the features of an example, as in layer norm; batch norm "
        "takes them over the examples, dim=0.",
        (
            ("mean = x.mean(dim=0)  # (D,)", "rows = x.mean(dim=1, keepdim=True)\n    mean = x.mean(dim=0)"),
            ("x_hat = (x - mean) / std  # (N, D)", "x_hat = (x - mean) / std\n"
             'if mode == "train":\n    x_hat = (x - rows) / (x.var(dim=1, correction=0, keepdim=True) + eps).sqrt()'),
        ),
    ),
    Mutant(
        FORWARD,
        "over_everything",
        "It looks as if there is one mean and one variance for all features; each feature has its own.",
        (("mean = x.mean(dim=0)  # (D,)", "mean = x.mean().expand(x.shape[1])"),),
    ),
    Mutant(
        FORWARD,
        "gamma_missing",
        "It looks as if gamma is missing: out = gamma * x_hat + beta.",
        ((OUT, "out = x_hat + beta"),),
    ),
    Mutant(
        FORWARD,
        "beta_missing",
        "It looks as if beta is missing: out = gamma * x_hat + beta.",
        ((OUT, "out = gamma * x_hat"),),
    ),
    Mutant(
        FORWARD,
        "gamma_times_beta",
        "It looks as if beta is scaled by gamma too; out = gamma * x_hat + beta.",
        ((OUT, "out = gamma * (x_hat + beta)"),),
    ),
    Mutant(
        FORWARD,
        "gamma_and_beta_exchanged",
        "It looks as if gamma and beta are exchanged: gamma scales, beta shifts.",
        ((OUT, "out = beta * x_hat + gamma"),),
    ),
    Mutant(
        FORWARD,
        "one_gamma_for_all",
        "It looks as if all features get the first entries of gamma and beta; each feature has its own.",
        ((OUT, "out = gamma[0] * x_hat + beta[0]"),),
    ),
    Mutant(
        FORWARD,
        "gamma_in_training_only",
        "It looks as if gamma and beta are used in mode train only; they belong to both modes.",
        ((OUT, 'out = gamma * x_hat + beta if mode == "train" else x_hat'),),
    ),
    Mutant(
        FORWARD,
        "batch_where_statistics_are_missing",
        "It looks as if mode test normalizes with the batch where bn_param has no running statistics; they are 0 and 1 "
        "then.",
        (
            (SETTINGS, 'missing = "running_mean" not in bn_param\n' + SETTINGS),
            (RUNNING, RUNNING + "\n    if missing:\n        mean, var = x.mean(dim=0), x.var(dim=0, correction=0)"),
        ),
    ),
    Mutant(
        FORWARD,
        "batch_statistics_at_test_time",
        "It looks as if mode test normalizes with the statistics of the batch; it uses running_mean and running_var.",
        ((RUNNING, "mean, var = x.mean(dim=0), x.var(dim=0, correction=0)"),),
    ),
    Mutant(
        FORWARD,
        "batch_mean_at_test_time",
        "It looks as if mode test subtracts the mean of the batch; it uses running_mean, and running_var.",
        ((RUNNING, 'mean, var = x.mean(dim=0), bn_param["running_var"]'),),
    ),
    Mutant(
        FORWARD,
        "running_statistics_in_training",
        "It looks as if mode train normalizes with the running statistics; it uses those of the batch.",
        (("std = (var + eps).sqrt()", f"{RUNNING}\nstd = (var + eps).sqrt()"),),
    ),
    Mutant(
        FORWARD,
        "running_var_taken_for_a_standard_deviation",
        "It looks as if mode test divides by running_var itself; it is a variance, so add eps and take the root.",
        (("std = (var + eps).sqrt()", 'std = (var + eps).sqrt() if mode == "train" else var + eps'),),
    ),
    Mutant(
        FORWARD,
        "eps_missing_at_test_time",
        "It looks as if eps is missing in mode test; it stands under the root in both modes.",
        (("std = (var + eps).sqrt()", 'std = (var + eps).sqrt() if mode == "train" else var.sqrt()'),),
    ),
    Mutant(
        FORWARD,
        "single_example_refused",
        "It looks as if a batch of one example is refused, or treated in another way, in mode train; its variance is "
        "0, and out = beta.",
        ((SETTINGS, SETTINGS + '\nif mode == "train" and len(x) == 1:\n    raise ValueError("one")'),),
    ),
    Mutant(
        FORWARD,
        "changed_in_place",
        "It looks as if x is changed in place, by -= or /=; make new tensors.",
        (("x_hat = (x - mean) / std  # (N, D)", "x_hat = x.sub_(mean).div_(std)"),),
    ),
    Mutant(
        FORWARD,
        "always_float32",
        "It looks as if the computation goes through float32; keep the dtype of x.",
        ((OUT, "out = (gamma * x_hat + beta).float().to(x.dtype)"),),
    ),
    Mutant(
        FORWARD,
        "float32_result",
        "It looks as if the result is always float32; it has the dtype of x.",
        ((OUT, "out = (gamma * x_hat + beta).float()"),),
    ),
    Mutant(
        FORWARD,
        "views_of_x",
        "It looks as if .view is called on a tensor that is not contiguous in memory; use reshape.",
        (("mean = x.mean(dim=0)  # (D,)", "mean = x.view(-1).view(x.shape).mean(dim=0)"),),
    ),
)

STATISTICS: tuple[Mutant, ...] = (
    Mutant(
        FORWARD,
        "momentum_swapped",
        "It looks as if momentum is the share of the new statistics; here it is that of the old ones: momentum * "
        "running + (1 - momentum) * batch.",
        (
            (NEW_MEAN, 'bn_param["running_mean"] = (1 - momentum) * bn_param["running_mean"] + momentum * mean'),
            (NEW_VAR, 'bn_param["running_var"] = (1 - momentum) * bn_param["running_var"] + momentum * var'),
        ),
    ),
    Mutant(
        FORWARD,
        "momentum_hard_coded",
        "It looks as if momentum is always 0.9; take it from bn_param.",
        ((SETTINGS, SETTINGS + "\nmomentum = 0.9"),),
    ),
    Mutant(
        FORWARD,
        "not_weighted",
        "It looks as if the whole statistics of the batch are added; they count 1 - momentum.",
        (
            (NEW_MEAN, 'bn_param["running_mean"] = momentum * bn_param["running_mean"] + mean'),
            (NEW_VAR, 'bn_param["running_var"] = momentum * bn_param["running_var"] + var'),
        ),
    ),
    Mutant(
        FORWARD,
        "deviation_stored_as_variance",
        "It looks as if running_var takes up the standard deviation; it is a running variance, without a root.",
        ((NEW_VAR, NEW_VAR.replace("* var", "* var.sqrt()")),),
    ),
    Mutant(
        FORWARD,
        "eps_in_the_running_variance",
        "It looks as if running_var takes up var + eps; eps belongs under the root of the normalization alone.",
        ((NEW_VAR, NEW_VAR.replace("* var", "* (var + eps)")),),
    ),
    Mutant(
        FORWARD,
        "unbiased_running_variance",
        "It looks as if running_var takes up the variance divided by N - 1, as torch does; here it is the biased one.",
        ((NEW_VAR, NEW_VAR.replace("* var", "* x.var(dim=0)")),),
    ),
    Mutant(
        FORWARD,
        "running_var_from_squares",
        "It looks as if running_var takes up E[x^2] - E[x]^2, which in float32 is rounding alone where the mean is "
        "large; let it take up the mean of (x - mean)^2.",
        ((NEW_VAR, NEW_VAR.replace("* var", "* ((x * x).mean(dim=0) - mean * mean).clamp(min=0)")),),
    ),
    Mutant(
        FORWARD,
        "running_var_never_updated",
        "It looks as if running_var is never updated; it moves towards var as running_mean does towards mean.",
        ((NEW_VAR, "pass"),),
    ),
    Mutant(
        FORWARD,
        "running_mean_never_updated",
        "It looks as if running_mean is never updated; it moves towards mean as running_var does towards var.",
        ((NEW_MEAN, "pass"),),
    ),
    Mutant(
        FORWARD,
        "kept_out_of_the_dict",
        "It looks as if the new running statistics are computed but not put back into bn_param.",
        (
            (NEW_MEAN, NEW_MEAN.replace('bn_param["running_mean"] = ', "running_mean = ")),
            (NEW_VAR, NEW_VAR.replace('bn_param["running_var"] = ', "running_var = ")),
        ),
    ),
    Mutant(
        FORWARD,
        "overwritten_by_the_batch",
        "It looks as if the running statistics are overwritten by those of the batch; most of the old ones stays.",
        ((NEW_MEAN, 'bn_param["running_mean"] = mean'), (NEW_VAR, 'bn_param["running_var"] = var')),
    ),
    Mutant(
        FORWARD,
        "mean_and_variance_exchanged",
        "It looks as if running_mean takes up the variance and running_var the mean.",
        ((NEW_MEAN, NEW_MEAN.replace("* mean", "* var")), (NEW_VAR, NEW_VAR.replace("* var", "* mean"))),
    ),
    Mutant(
        FORWARD,
        "updated_at_test_time",
        "It looks as if mode test changes the running statistics; it only uses them.",
        (
            (
                RUNNING,
                RUNNING + "\n    batch = {\"running_mean\": x.mean(dim=0), \"running_var\": x.var(dim=0)}\n"
                "    for name, new in batch.items():\n"
                "        bn_param[name] = momentum * bn_param[name] + (1 - momentum) * new",
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "reset_at_each_call",
        "It looks as if the running statistics start anew from 0 and 1 at each call; use setdefault, which keeps "
        "what is there.",
        (
            (
                SETTINGS,
                SETTINGS + '\nif mode == "train":\n    bn_param["running_mean"] = x.new_zeros(x.shape[1])\n'
                '    bn_param["running_var"] = x.new_ones(x.shape[1])',
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "var_starts_at_zero",
        "It looks as if running_var starts from 0; it starts from 1, and running_mean from 0.",
        ((SETTINGS, 'bn_param.setdefault("running_var", torch.zeros_like(gamma))\n' + SETTINGS),),
    ),
    Mutant(
        FORWARD,
        "no_defaults",
        "It looks as if bn_param is read by [...] where a key may be missing; batchnorm_settings fills defaults in.",
        ((SETTINGS, 'mode, eps, momentum = bn_param["mode"], bn_param["eps"], bn_param["momentum"]'),),
    ),
    Mutant(
        FORWARD,
        "one_start_for_all_layers",
        "It looks as if all layers start from the same tensor of zeros, which each changes in place; every bn_param "
        "needs its own.",
        (
            (
                SETTINGS,
                'if not hasattr(BatchNorm, "zeros"):\n    BatchNorm.zeros = {}\n'
                'key = (x.shape[1], x.dtype, x.device)\n'
                'bn_param.setdefault("running_mean", BatchNorm.zeros.setdefault(key, x.new_zeros(x.shape[1])))\n'
                + SETTINGS,
            ),
            (NEW_MEAN, 'bn_param["running_mean"].mul_(momentum).add_((1 - momentum) * mean)'),
        ),
    ),
    Mutant(
        FORWARD,
        "shared_by_all_layers",
        "It looks as if the running statistics are kept in the class, where all layers share them; they belong in the "
        "bn_param of each layer.",
        (
            (
                SETTINGS,
                SETTINGS + '\nif mode == "train" and getattr(BatchNorm, "kept", ((),))[0] and '
                'BatchNorm.kept[1].shape == gamma.shape:\n'
                '    bn_param["running_mean"], bn_param["running_var"] = BatchNorm.kept[1:]',
            ),
            (NEW_VAR, NEW_VAR + '\n    BatchNorm.kept = True, bn_param["running_mean"], bn_param["running_var"]'),
        ),
    ),
    Mutant(
        FORWARD,
        "mode_left_behind",
        "It looks as if the mode in bn_param is changed; only the running statistics are.",
        ((SETTINGS, SETTINGS + '\nbn_param["mode"] = "test"'),),
    ),
    Mutant(
        FORWARD,
        "mode_taken_out",
        "It looks as if keys are taken out of bn_param by pop; read them and leave them there for the next call.",
        ((SETTINGS, SETTINGS + '\nbn_param.pop("mode")'),),
    ),
    Mutant(
        FORWARD,
        "eps_overwritten",
        "It looks as if eps or momentum in bn_param is overwritten; only the running statistics are new.",
        ((SETTINGS, SETTINGS + '\nbn_param["eps"] = EPS'),),
    ),
    Mutant(
        FORWARD,
        "statistics_on_the_cpu",
        "It looks as if tensors are made on the CPU wherever x is; make them with x.new_zeros and x.new_ones.",
        (
            (
                SETTINGS,
                'bn_param.setdefault("running_mean", torch.zeros(x.shape[1], dtype=x.dtype))\n'
                'bn_param.setdefault("running_var", torch.ones(x.shape[1], dtype=x.dtype))\n' + SETTINGS,
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "momentum_rounded",
        "It looks as if momentum is rounded; take it from bn_param as it is.",
        ((SETTINGS, SETTINGS + "\nmomentum = round(momentum, 1)"),),
    ),
    Mutant(
        FORWARD,
        "squeezed_statistics",
        "It looks as if squeeze takes an axis of length 1 from the running statistics; with one feature they are (1,).",
        (
            (NEW_MEAN, NEW_MEAN.replace("= momentum", "= (momentum") + ").squeeze()"),
            (NEW_VAR, NEW_VAR.replace("= momentum", "= (momentum") + ").squeeze()"),
        ),
    ),
    Mutant(
        FORWARD,
        "two_axes",
        "It looks as if the running statistics keep an axis of length 1, as keepdim=True leaves it; they are (D,).",
        (
            (NEW_MEAN, NEW_MEAN.replace("* mean", "* mean[None]")),
            (NEW_VAR, NEW_VAR.replace("* var", "* var[None]")),
        ),
    ),
)

MUTANTS = (*OUTPUT, *STATISTICS)
