"""Known mistakes in `BatchNorm.backward` and `backward_alt`, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

BACKWARD = "normalization.BatchNorm.backward"
ALT = "normalization.BatchNorm.backward_alt"
SUMS = "dgamma, dbeta = (dout * x_hat).sum(dim=0), dout.sum(dim=0)"
CACHE = "mode, x_hat, gamma, std = cache"
TEST = 'if mode == "test":\n    return dx_hat / std, dgamma, dbeta'
END = "return dcentred + dmean / N, dgamma, dbeta"
ALT_TEST = 'if mode == "test":\n    return gamma / std * dout, dgamma, dbeta'
ALT_END = "return gamma / std * (dout - dbeta / N - x_hat * dgamma / N), dgamma, dbeta"

BACKWARD_MISTAKES = (
    Mutant(
        BACKWARD,
        "sums_are_means",
        "It looks as if dgamma and dbeta are means over the batch; they are sums.",
        ((SUMS, SUMS.replace("sum(", "mean(")),),
    ),
    Mutant(
        BACKWARD,
        "dbeta_scaled",
        "It looks as if dbeta is multiplied by gamma; beta is added last, so dbeta is the sum of dout alone.",
        ((SUMS, SUMS.replace("dout.sum", "(dout * gamma).sum")),),
    ),
    Mutant(
        BACKWARD,
        "dgamma_without_x_hat",
        "It looks as if dgamma is the sum of dout; gamma multiplies x_hat, so each dout counts times its x_hat.",
        ((SUMS, SUMS.replace("(dout * x_hat).sum", "dout.sum")),),
    ),
    Mutant(
        BACKWARD,
        "dgamma_from_x",
        "It looks as if dgamma is computed with x - mean; gamma multiplies x_hat, which is divided by the standard "
        "deviation.",
        ((SUMS, SUMS.replace("dout * x_hat", "dout * x_hat * std")),),
    ),
    Mutant(
        BACKWARD,
        "dgamma_times_gamma",
        "It looks as if dgamma is multiplied by gamma; out is linear in gamma, whose gradient does not contain it.",
        ((SUMS, SUMS.replace("dout * x_hat", "dout * gamma * x_hat")),),
    ),
    Mutant(
        BACKWARD,
        "dgamma_and_dbeta_exchanged",
        "It looks as if dgamma and dbeta are exchanged: the order is dx, dgamma, dbeta.",
        ((SUMS, SUMS.replace("dgamma, dbeta =", "dbeta, dgamma =")),),
    ),
    Mutant(
        BACKWARD,
        "sums_over_the_features",
        "It looks as if dgamma and dbeta are summed over the features, dim=1; the examples are summed up, dim=0.",
        ((SUMS, SUMS.replace("dim=0", "dim=1")),),
    ),
    Mutant(
        BACKWARD,
        "constant_statistics",
        "It looks as if mean and variance are taken for constants in mode train; both depend on x, and the gradient "
        "goes through them.",
        ((END, "return dx_hat / std, dgamma, dbeta"),),
    ),
    Mutant(
        BACKWARD,
        "without_the_mean",
        "It looks as if the way through the mean is missing: x has an effect by its mean, too.",
        ((END, "return dcentred, dgamma, dbeta"),),
    ),
    Mutant(
        BACKWARD,
        "without_the_variance",
        "It looks as if the way through the variance is missing: x has an effect by its variance, too.",
        (("+ 2 * centred * dvar / N", ""),),
    ),
    Mutant(
        BACKWARD,
        "mean_not_divided_by_n",
        "It looks as if a division by N is missing on the way through the mean: each entry is one N-th of it.",
        ((END, "return dcentred + dmean, dgamma, dbeta"),),
    ),
    Mutant(
        BACKWARD,
        "variance_not_divided_by_n",
        "It looks as if a division by N is missing on the way through the variance: it is a mean of N squares.",
        (("2 * centred * dvar / N", "2 * centred * dvar"),),
    ),
    Mutant(
        BACKWARD,
        "n_minus_one",
        "It looks as if the way through the variance divides by N - 1; the variance of the forward pass divides by N.",
        (("2 * centred * dvar / N", "2 * centred * dvar / (N - 1)"),),
    ),
    Mutant(
        BACKWARD,
        "square_without_its_two",
        "It looks as if a factor 2 is missing: the derivative of (x - mean)^2 is 2 (x - mean).",
        (("2 * centred * dvar / N", "centred * dvar / N"),),
    ),
    Mutant(
        BACKWARD,
        "root_without_its_half",
        "It looks as if a factor 1/2 is missing: the derivative of sqrt(v) is 1 / (2 sqrt(v)).",
        (("dvar = dstd / (2 * std)", "dvar = dstd / std"),),
    ),
    Mutant(
        BACKWARD,
        "sign_of_the_variance",
        "It looks as if the sign of the way through the variance is wrong: a larger variance makes x_hat smaller.",
        (("dstd = -(", "dstd = ("),),
    ),
    Mutant(
        BACKWARD,
        "sign_of_the_mean",
        "It looks as if the sign of the way through the mean is wrong: the mean is subtracted.",
        (("dmean = -dcentred", "dmean = dcentred"),),
    ),
    Mutant(
        BACKWARD,
        "gamma_missing",
        "It looks as if dx lacks gamma: what reaches x_hat is dout * gamma.",
        (("dx_hat = dout * gamma", "dx_hat = dout"),),
    ),
    Mutant(
        BACKWARD,
        "one_over_std_missing",
        "It looks as if dx lacks the division by the standard deviation.",
        (("dcentred = dx_hat / std +", "dcentred = dx_hat +"), (TEST, TEST.replace(" / std", ""))),
    ),
    Mutant(
        BACKWARD,
        "std_for_its_square",
        "It looks as if the derivative of 1 / std is taken for -1 / std; it is -1 / std^2.",
        (("/ std**2", "/ std"),),
    ),
    Mutant(
        BACKWARD,
        "mean_over_the_features",
        "It looks as if the sums of the ways through mean and variance run over the features, dim=1; they run over the "
        "examples.",
        (
            ("dstd = -(dx_hat * centred).sum(dim=0)", "dstd = -(dx_hat * centred).sum(dim=1, keepdim=True)"),
            ("dmean = -dcentred.sum(dim=0)", "dmean = -dcentred.sum(dim=1, keepdim=True)"),
        ),
    ),
    Mutant(
        BACKWARD,
        "mode_train_always",
        "It looks as if mode test gives the gradient of mode train; at test time mean and variance are constants, and "
        "only dout * gamma / std is left.",
        ((TEST, "pass"),),
    ),
    Mutant(
        BACKWARD,
        "no_backward_at_test_time",
        "It looks as if there is no cache, or no gradient, after a forward pass in mode test; backward is asked for in "
        "both modes.",
        ((CACHE, f"{CACHE}\nif mode == \"test\":\n    return None, None, None"),),
    ),
    Mutant(
        BACKWARD,
        "test_mode_without_gamma",
        "It looks as if dx lacks gamma in mode test: it is dout * gamma / std there.",
        ((TEST, TEST.replace("dx_hat / std", "dout / std")),),
    ),
    Mutant(
        BACKWARD,
        "test_mode_without_std",
        "It looks as if dx lacks the division by the standard deviation in mode test: it is dout * gamma / std there.",
        ((TEST, TEST.replace("dx_hat / std", "dx_hat")),),
    ),
    Mutant(
        BACKWARD,
        "uniform_upstream",
        "It looks as if dout is replaced by its mean, or by ones; each entry has its own.",
        ((CACHE, f"{CACHE}\ndout = dout.mean().expand(dout.shape)"),),
    ),
    Mutant(
        BACKWARD,
        "only_dx",
        "It looks as if backward returns dx alone; it returns dx, dgamma and dbeta.",
        ((TEST, TEST.replace(", dgamma, dbeta", "")), (END, END.replace(", dgamma, dbeta", ""))),
    ),
    Mutant(
        BACKWARD,
        "gamma_divided_out",
        "It looks as if gamma is divided by somewhere, as in (out - beta) / gamma; it may be 0.",
        ((SUMS, "dgamma, dbeta = (dout * gamma * x_hat).sum(dim=0) / gamma, dout.sum(dim=0)"),),
    ),
    Mutant(
        BACKWARD,
        "dout_changed_in_place",
        "It looks as if dout is changed in place, by *=; make a new tensor.",
        (("dx_hat = dout * gamma", "dx_hat = dout.mul_(gamma)"),),
    ),
    Mutant(
        BACKWARD,
        "cache_changed_in_place",
        "It looks as if a tensor of the cache is changed in place; a second call with the same cache goes wrong then.",
        (("centred = len(dout), x_hat * std", "centred = len(dout), x_hat.mul_(std)"),),
    ),
    Mutant(
        BACKWARD,
        "cache_changed_in_test_mode",
        "It looks as if mode test changes a tensor of the cache in place; a second call's dgamma goes wrong then.",
        (("return dx_hat / std, dgamma, dbeta", "x_hat.mul_(std)\n    return dx_hat / std, dgamma, dbeta"),),
    ),
    Mutant(
        BACKWARD,
        "always_float32",
        "It looks as if the computation goes through float32; keep the dtype of x.",
        ((CACHE, f"{CACHE}\ndout = dout.float().to(dout.dtype)"),),
    ),
    Mutant(
        BACKWARD,
        "views_of_dout",
        "It looks as if .view is called on a tensor that is not contiguous in memory; use reshape.",
        ((CACHE, f"{CACHE}\ndout = dout.view(-1).view(x_hat.shape)"),),
    ),
    Mutant(
        BACKWARD,
        "made_on_the_cpu",
        "It looks as if a tensor is made on the CPU wherever the inputs are; make it with x.new_zeros(...).",
        ((CACHE, f"{CACHE}\ndout = torch.zeros(dout.shape, dtype=dout.dtype) + dout"),),
    ),
)

ALT_MISTAKES = (
    Mutant(
        ALT,
        "sums_are_means",
        "It looks as if dgamma and dbeta are means over the batch; they are sums, and a and b the means.",
        ((SUMS, SUMS.replace("sum(", "mean(")), (ALT_END, ALT_END.replace(" / N", ""))),
    ),
    Mutant(
        ALT,
        "dgamma_without_x_hat",
        "It looks as if dgamma is the sum of dout; gamma multiplies x_hat, so each dout counts times its x_hat.",
        (
            (ALT_END, ALT_END.replace(", dgamma, dbeta", ", dbeta, dbeta")),
            (ALT_TEST, ALT_TEST.replace(", dgamma, dbeta", ", dbeta, dbeta")),
        ),
    ),
    Mutant(
        ALT,
        "dgamma_and_dbeta_exchanged",
        "It looks as if dgamma and dbeta are exchanged: the order is dx, dgamma, dbeta.",
        (
            (ALT_END, ALT_END.replace(", dgamma, dbeta", ", dbeta, dgamma")),
            (ALT_TEST, ALT_TEST.replace(", dgamma, dbeta", ", dbeta, dgamma")),
        ),
    ),
    Mutant(
        ALT,
        "constant_statistics",
        "It looks as if a and b are left out in mode train: mean and variance depend on x, and the gradient goes "
        "through them.",
        ((ALT_END, ALT_END.replace(" - dbeta / N - x_hat * dgamma / N", "")),),
    ),
    Mutant(
        ALT,
        "without_the_mean",
        "It looks as if a, what the mean swallows, is missing.",
        ((ALT_END, ALT_END.replace(" - dbeta / N", "")),),
    ),
    Mutant(
        ALT,
        "without_the_variance",
        "It looks as if b, what the variance swallows, is missing.",
        ((ALT_END, ALT_END.replace(" - x_hat * dgamma / N", "")),),
    ),
    Mutant(
        ALT,
        "not_divided_by_n",
        "It looks as if a and b are sums over the batch; they are means, a division by N.",
        ((ALT_END, ALT_END.replace(" / N", "")),),
    ),
    Mutant(
        ALT,
        "n_minus_one",
        "It looks as if b is divided by N - 1; the variance of the forward pass divides by N.",
        ((ALT_END, ALT_END.replace("dgamma / N", "dgamma / (N - 1)")),),
    ),
    Mutant(
        ALT,
        "gamma_missing",
        "It looks as if dx lacks gamma.",
        ((ALT_END, ALT_END.replace("gamma / std * (", "1 / std * (")), (ALT_TEST, ALT_TEST.replace("gamma /", "1 /"))),
    ),
    Mutant(
        ALT,
        "one_over_std_missing",
        "It looks as if dx lacks the division by the standard deviation.",
        ((ALT_END, ALT_END.replace("gamma / std", "gamma")), (ALT_TEST, ALT_TEST.replace("gamma / std", "gamma"))),
    ),
    Mutant(
        ALT,
        "x_hat_times_std",
        "It looks as if b is multiplied by x - mean; it is multiplied by x_hat.",
        ((ALT_END, ALT_END.replace("x_hat *", "x_hat * std *")),),
    ),
    Mutant(
        ALT,
        "sign_of_the_mean",
        "It looks as if a is added; it is taken away.",
        ((ALT_END, ALT_END.replace("- dbeta", "+ dbeta")),),
    ),
    Mutant(
        ALT,
        "sign_of_the_variance",
        "It looks as if x_hat * b is added; it is taken away.",
        ((ALT_END, ALT_END.replace("- x_hat", "+ x_hat")),),
    ),
    Mutant(
        ALT,
        "mode_train_always",
        "It looks as if mode test gives the gradient of mode train; a and b are 0 there.",
        ((ALT_TEST, "pass"),),
    ),
    Mutant(
        ALT,
        "no_backward_at_test_time",
        "It looks as if there is no cache, or no gradient, after a forward pass in mode test; it is asked for in both "
        "modes.",
        ((CACHE, f"{CACHE}\nif mode == \"test\":\n    return None, None, None"),),
    ),
    Mutant(
        ALT,
        "the_other_way",
        "It looks as if backward_alt calls BatchNorm.backward; derive the simplified formula and write it out.",
        body="return BatchNorm.backward(dout, cache)",
    ),
    Mutant(
        ALT,
        "cache_changed_in_test_mode",
        "It looks as if mode test changes a tensor of the cache in place; a second call's dgamma goes wrong then.",
        (("return gamma / std * dout, dgamma", "x_hat.mul_(std)\n    return gamma / std * dout, dgamma"),),
    ),
    Mutant(
        ALT,
        "dout_changed_in_place",
        "It looks as if dout is changed in place, by -=; make a new tensor.",
        ((ALT_END, "return gamma / std * dout.sub_(dbeta / N + x_hat * dgamma / N), dgamma, dbeta"),),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*BACKWARD_MISTAKES, *ALT_MISTAKES)
