"""Known mistakes in the losses on scores.

`_all_three` holds what can go wrong in each of them, `_exponential` what softmax and focal loss share.
"""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

SOFTMAX = "fully_connected_networks.softmax_loss"
SVM = "fully_connected_networks.svm_loss"
FOCAL = "fully_connected_networks.focal_loss"

TIES = (  # of two mistakes with the same answers
    "It looks as if every class with a margin of 1 or the score of the true class is left out; a tie costs 1: leave "
    "the true class out by its label."
)
LABELS = "rows, labels = torch.arange(num, device=x.device), y.long()"


def _all_three(question: str, dx: str) -> tuple[Mutant, ...]:
    """`dx`: what the reference divides by N in the end."""
    returned = f"return loss, {dx} / num"
    return (
        Mutant(
            question,
            "labels_numbered_anew",
            "It looks as if the labels are numbered anew, without the classes that do not occur; a label is the number "
            "of its column.",
            ((LABELS, LABELS.replace("y.long()", "y.unique(return_inverse=True)[1]")),),
        ),
        Mutant(
            question,
            "gradient_not_averaged",
            "It looks as if the gradient is not divided by N, and the loss is.",
            ((returned, f"return loss, {dx}"),),
        ),
        Mutant(
            question,
            "gradient_averaged_twice",
            "It looks as if the gradient is divided by N twice.",
            ((returned, f"return loss, {dx} / num / num"),),
        ),
        Mutant(
            question,
            "gradient_averaged_over_all_entries",
            "It looks as if the gradient is divided by N * C; the loss adds over the classes and averages over the N "
            "examples alone.",
            ((returned, f"return loss, {dx} / x.numel()"),),
        ),
        Mutant(
            question,
            "gradient_of_the_opposite_sign",
            "It looks as if dx points downhill; it is the gradient, which points uphill.",
            ((returned, f"return loss, -{dx} / num"),),
        ),
        Mutant(
            question,
            "one_loss_an_example",
            "It looks as if there is one loss for each example; return their mean.",
            ((".sum() / num", ".reshape(num, -1).sum(dim=1)"),),
        ),
        Mutant(
            question,
            "uint8_labels_as_mask",
            "It looks as if labels of type uint8 are used as an index, which torch reads as a mask; convert them with "
            "y.long().",
            (("y.long()", "y"),),
        ),
        Mutant(
            question,
            "always_float32",
            "It looks as if dx is always float32; it has the dtype of x.",
            ((returned, f"return loss, ({dx} / num).float()"),),
        ),
        Mutant(
            question,
            "classes_from_the_labels",
            "It looks as if the number of classes is taken from the labels, in which a class may be missing; take it "
            "from x.shape[1].",
            ((LABELS, f"{LABELS}\nx = x[:, : int(y.max()) + 1]"),),
        ),
        Mutant(
            question,
            "ten_classes",
            "It looks as if there are always 10 classes; take their number from x.shape[1].",
            ((returned, f"padded = x.new_zeros(num, 10)\npadded[:, : x.shape[1]] = {dx} / num\nreturn loss, padded"),),
        ),
        Mutant(
            question,
            "gradient_made_on_the_cpu",
            "It looks as if dx is made with torch.zeros on the CPU and filled; make it with torch.zeros_like(x).",
            ((returned, f"made = torch.zeros(x.shape, dtype=x.dtype)\nmade[:] = {dx} / num\nreturn loss, made"),),
        ),
        Mutant(
            question,
            "view_of_strided",
            "It uses .view, which fails where x is not contiguous in memory; .reshape copies where it must.",
            ((LABELS, f"{LABELS}\nx = x.view(-1).view(num, -1)"),),
        ),
        Mutant(
            question,
            "labels_by_row",
            "There is a loop over the examples; index all rows at once with torch.arange(N) and y.",
            ((LABELS, f"{LABELS}\nlabels = torch.stack([labels[i] for i in range(num)])"),),
        ),
    )


def _exponential(question: str) -> tuple[Mutant, ...]:
    own_maximum = "shifted = x - x.max(dim=1, keepdim=True).values"
    return (
        Mutant(
            question,
            "no_shift",
            "It looks as if exp overflows: subtract the largest score of each row from its scores first.",
            ((own_maximum, "shifted = x"),),
        ),
        Mutant(
            question,
            "shifted_by_the_largest_of_all",
            "It looks as if one maximum is subtracted from the whole matrix: a row far below it underflows to 0; "
            "subtract from each row its own.",
            ((own_maximum, "shifted = x - x.max()"),),
        ),
        Mutant(
            question,
            "shifted_by_the_minimum",
            "It looks as if the smallest score is subtracted, which makes exp larger; subtract the largest.",
            ((own_maximum, "shifted = x - x.min(dim=1, keepdim=True).values"),),
        ),
        Mutant(
            question,
            "normalized_over_the_examples",
            "It looks as if probabilities are normalized over the examples (dim=0); those of one example add up to 1.",
            (("exp().sum(dim=1, keepdim=True)", "exp().sum(dim=0, keepdim=True)"),),
        ),
        Mutant(
            question,
            "shifted_in_place",
            "It looks as if the maximum is subtracted from x itself (x -= ...); make a new tensor.",
            ((own_maximum, "x -= x.max(dim=1, keepdim=True).values\nshifted = x"),),
        ),
        Mutant(
            question,
            "true_class_not_subtracted",
            "It looks as if the gradient has p where it should have p - 1 for the true class.",
            (("dx[rows, labels] -= 1", "pass"),),
        ),
        Mutant(
            question,
            "one_subtracted_everywhere",
            "It looks as if 1 is subtracted from every column that is a true class somewhere: index with "
            "dx[arange(N), y], a pair for each row, not dx[:, y].",
            (("dx[rows, labels] -= 1", "dx[:, labels] -= 1"),),
        ),
        Mutant(
            question,
            "gradient_lost_where_clipped",
            "It looks as if the gradient is 0 where the probability of the true class was clipped, where the loss is "
            "largest; do not clip, take the logarithm from the shifted scores.",
            (
                (
                    "dx[rows, labels] -= 1",
                    "dx[rows, labels] -= 1\ndx = dx * (log_p[rows, labels].exp() > 1e-7)[:, None]",
                ),
            ),
        ),
    )


SOFTMAX_MISTAKES = (
    Mutant(
        SOFTMAX,
        "loss_not_averaged",
        "It looks as if the loss is the sum over the examples; divide it by N.",
        (("labels].sum() / num", "labels].sum()"),),
    ),
    Mutant(
        SOFTMAX,
        "loss_averaged_twice",
        "It looks as if the loss is divided by N twice, or by N * C.",
        (("labels].sum() / num", "labels].mean() / x.shape[1]"),),
    ),
    Mutant(
        SOFTMAX,
        "minus_missing",
        "It looks as if the minus sign of -log p is missing.",
        (("loss = -log_p", "loss = log_p"),),
    ),
    Mutant(
        SOFTMAX,
        "logarithm_to_base_2",
        "It looks as if the logarithm is to the base of 2 or 10; it is the natural one.",
        (("labels].sum() / num", "labels].sum() / num / torch.tensor(2.0).log()"),),
    ),
    Mutant(
        SOFTMAX,
        "loss_of_all_classes",
        "It looks as if -log p of every class is added up; only that of the true class counts.",
        (("log_p[rows, labels].sum()", "log_p.sum()"),),
    ),
    Mutant(
        SOFTMAX,
        "loss_without_logarithm",
        "It looks as if the loss is the probability of the true class without its logarithm.",
        (("-log_p[rows, labels].sum()", "-log_p[rows, labels].exp().sum()"),),
    ),
    *_exponential(SOFTMAX),
    Mutant(
        SOFTMAX,
        "log_of_the_probability",
        "It looks as if the loss is the logarithm of a probability that has become 0; use log(sum) - score.",
        (("-log_p[rows, labels].sum()", "-log_p[rows, labels].exp().log().sum()"),),
    ),
    Mutant(
        SOFTMAX,
        "log_of_a_clipped_probability",
        "It looks as if the probability is clipped before the logarithm, which hides large losses; use "
        "log(sum) - score.",
        (("-log_p[rows, labels].sum()", "-log_p[rows, labels].exp().clamp(min=1e-12).log().sum()"),),
    ),
    Mutant(
        SOFTMAX,
        "exponentials_not_normalized",
        "It looks as if the gradient uses the exponentials without dividing by their sum.",
        (("dx = log_p.exp()", "dx = shifted.exp()"),),
    ),
    Mutant(
        SOFTMAX,
        "logarithms_in_the_gradient",
        "It looks as if the gradient has log p in the place of p.",
        (("dx = log_p.exp()", "dx = log_p.clone()"),),
    ),
    *_all_three(SOFTMAX, "dx"),
)

SVM_MISTAKES = (
    Mutant(
        SVM,
        "loss_not_averaged",
        "It looks as if the loss is the sum over the examples; divide it by N.",
        (("margins.sum() / num", "margins.sum()"),),
    ),
    Mutant(
        SVM,
        "loss_averaged_over_classes_too",
        "It looks as if the loss is averaged over the classes too; add over the classes, average over the examples.",
        (("margins.sum() / num", "margins.mean()"),),
    ),
    Mutant(
        SVM,
        "true_class_counted",
        "It looks as if the true class has a margin too, which adds exactly 1 to the loss: set its entry to 0.",
        (("margins[rows, labels] = 0", "pass"),),
    ),
    Mutant(
        SVM,
        "true_class_counted_in_the_loss",
        "It looks as if the true class has a margin in the loss, which adds exactly 1; the gradient is right.",
        (
            ("margins[rows, labels] = 0\n", ""),
            ("loss = margins.sum() / num", "loss = margins.sum() / num\nmargins[rows, labels] = 0"),
        ),
    ),
    Mutant(
        SVM,
        "no_margin",
        "It looks as if the margin of 1 is missing: a wrong class costs something as soon as it comes within 1.",
        (("[:, None] + 1)", "[:, None])"),),
    ),
    Mutant(
        SVM,
        "sign_of_the_margin",
        "It looks as if the margin is the score of the true class minus the other; it is the other way round.",
        (("(x - x[rows, labels][:, None] + 1)", "(x[rows, labels][:, None] - x + 1)"),),
    ),
    Mutant(
        SVM,
        "true_scores_along_the_wrong_axis",
        "It looks as if the true scores are subtracted along the wrong axis: give them the shape (N, 1).",
        (("x[rows, labels][:, None]", "x[rows, labels]"),),
    ),
    Mutant(
        SVM,
        "not_clamped",
        "It looks as if negative margins count as well; max(0, m) makes them 0.",
        ((".clamp(min=0)", ""),),
    ),
    Mutant(
        SVM,
        "squared_hinge",
        "It looks as if the margins are squared; the question asks for max(0, m) as it is.",
        (("margins.sum() / num", "(margins**2).sum() / num"),),
    ),
    Mutant(
        SVM,
        "worst_class_only",
        "It looks as if only the wrong class with the highest score counts; here all wrong classes do.",
        (
            (
                "margins[rows, labels] = 0",
                "margins[rows, labels] = 0\nmargins *= margins == margins.max(1, True).values",
            ),
        ),
    ),
    Mutant(
        SVM,
        "margin_weighted_gradient",
        "It looks as if the gradient is weighted with the margins: the slope of max(0, m) is 1 for each m above 0.",
        (("(margins > 0).to(x.dtype)", "margins.clone()"),),
    ),
    Mutant(
        SVM,
        "true_class_without_gradient",
        "It looks as if the true class gets no gradient: its entry is minus the number of positive margins of the row.",
        (("dx[rows, labels] = -dx.sum(dim=1)", "pass"),),
    ),
    Mutant(
        SVM,
        "true_class_once",
        "It looks as if the true class gets -1 whatever the margins; it gets -1 for each positive one.",
        (("-dx.sum(dim=1)", "-1"),),
    ),
    Mutant(
        SVM,
        "sum_over_the_wrong_axis",
        "It looks as if positive margins are counted for each class (dim=0); count them for each example (dim=1).",
        (("-dx.sum(dim=1)", "-dx.sum(dim=0)[labels]"),),
    ),
    Mutant(
        SVM,
        "all_classes_active",
        "It looks as if a margin that was cut off at 0 counts as active: use margins > 0, not >= 0, after the clamp.",
        (
            ("(margins > 0)", "(margins >= 0)"),
            ("dx[rows, labels] = -dx", "dx[rows, labels] = 0\ndx[rows, labels] = -dx"),
        ),
    ),
    Mutant(
        SVM,
        "scores_changed",
        "It looks as if the score of the true class is subtracted from x itself; make a new tensor.",
        (("margins = (x - x[rows, labels]", "x -= x[rows, labels].clone()[:, None]\nmargins = (x - x[rows, labels]"),),
    ),
    Mutant(
        SVM,
        "margins_of_exactly_1_left_out",
        TIES,
        (("margins[rows, labels] = 0", "margins[margins == 1] = 0"),),
    ),
    Mutant(
        SVM,
        "equal_scores_left_out",
        TIES,
        (("margins[rows, labels] = 0", "margins = margins * (x != x[rows, labels][:, None])"),),
    ),
    *_all_three(SVM, "dx"),
)

FOCAL_MISTAKES = (
    Mutant(
        FOCAL,
        "loss_not_averaged",
        "It looks as if the loss is the sum over the examples; divide it by N.",
        (("log_q).sum() / num", "log_q).sum()"),),
    ),
    Mutant(
        FOCAL,
        "gamma_as_a_factor",
        "It looks as if gamma multiplies (1 - q); it is the exponent.",
        (("weight = (1 - q) ** gamma", "weight = gamma * (1 - q)"),),
    ),
    Mutant(
        FOCAL,
        "gamma_ignored",
        "It looks as if gamma is always 2; use the argument.",
        (("weight = (1 - q) ** gamma", "gamma = 2.0\nweight = (1 - q) ** gamma"),),
    ),
    Mutant(
        FOCAL,
        "weight_missing",
        "It looks as if the weight (1 - q)^gamma is missing: this is the softmax loss.",
        (
            ("weight = (1 - q) ** gamma", "weight = torch.ones_like(q)"),
            ("if gamma > 0:", "if False:"),
        ),
    ),
    Mutant(
        FOCAL,
        "weight_from_q",
        "It looks as if the weight is q^gamma, which favours what is classified well; it is (1 - q)^gamma.",
        (("weight = (1 - q) ** gamma", "weight = q**gamma"),),
    ),
    Mutant(
        FOCAL,
        "weight_of_all_classes",
        "It looks as if every class is weighted and added up; only the true class of an example counts.",
        (("-(weight * log_q).sum() / num", "-((1 - log_p.exp()) ** gamma * log_p).sum() / num"),),
    ),
    Mutant(
        FOCAL,
        "minus_missing",
        "It looks as if the minus sign of -(1 - q)^gamma * log q is missing.",
        (("loss = -(weight", "loss = (weight"),),
    ),
    Mutant(
        FOCAL,
        "weight_of_the_mean",
        "It looks as if the mean softmax loss is weighted as a whole; weight each example, then take the mean.",
        (("-(weight * log_q).sum() / num", "(1 - log_q.mean().exp()) ** gamma * -log_q.sum() / num"),),
    ),
    *_exponential(FOCAL),
    Mutant(
        FOCAL,
        "weight_taken_as_constant",
        "It looks as if the gradient takes (1 - q)^gamma as a constant; it depends on the scores, so the product rule "
        "adds a second term.",
        (("if gamma > 0:", "if False:"),),
    ),
    Mutant(
        FOCAL,
        "second_term_without_q",
        "It looks as if a factor q is missing from the second term: the slope of q is q * (1[j == y] - p).",
        (("(gamma - 1) * q * log_q", "(gamma - 1) * log_q"),),
    ),
    Mutant(
        FOCAL,
        "second_term_without_gamma",
        "It looks as if a factor gamma is missing from the second term: the slope of u^gamma is gamma * u^(gamma - 1).",
        (("weight - gamma * (1 - q)", "weight - (1 - q)"),),
    ),
    Mutant(
        FOCAL,
        "exponent_not_lowered",
        "It looks as if the exponent of the second term is gamma; the slope of u^gamma is gamma * u^(gamma - 1).",
        (("** (gamma - 1) * q", "** gamma * q"),),
    ),
    Mutant(
        FOCAL,
        "second_term_added",
        "It looks as if the second term has the wrong sign: the slope of 1 - q is that of q with a minus.",
        (("slope = weight - gamma", "slope = weight + gamma"),),
    ),
    Mutant(
        FOCAL,
        "first_term_missing",
        "It looks as if the first term is missing: by the product rule the slope of log q times the weight counts too.",
        (("slope = weight - gamma", "slope = -gamma"),),
    ),
    Mutant(
        FOCAL,
        "no_gradient_for_the_others",
        "It looks as if only the true class gets a gradient; raising another score lowers q as well.",
        (("dx = log_p.exp()", "dx = torch.zeros_like(x)\ndx[rows, labels] = q"),),
    ),
    Mutant(
        FOCAL,
        "slopes_along_the_wrong_axis",
        "It looks as if the factors of the examples are applied along the classes: give them the shape (N, 1).",
        (("slope[:, None]", "slope"),),
    ),
    Mutant(
        FOCAL,
        "log_of_the_probability",
        "It looks as if log q is the logarithm of a probability that has become 0; take it from the shifted scores.",
        (("log_q = log_p[rows, labels]", "log_q = log_p[rows, labels].exp().log()"),),
    ),
    Mutant(
        FOCAL,
        "log_of_a_clipped_probability",
        "It looks as if the probability is clipped before the logarithm, which hides large losses; take log q from the "
        "shifted scores.",
        (("log_q = log_p[rows, labels]", "log_q = log_p[rows, labels].exp().clamp(min=1e-12).log()"),),
    ),
    Mutant(
        FOCAL,
        "divided_by_q",
        "It looks as if the gradient is computed by way of 1 / q, which is infinite where q has become 0; multiply it "
        "out on paper first.",
        (("dx = log_p.exp()", "slope = slope / q\nslope = slope * q\ndx = log_p.exp()"),),
    ),
    Mutant(
        FOCAL,
        "divided_by_one_minus_q",
        "It looks as if the gradient is computed by dividing by 1 - q, which is 0 where q has become 1.",
        (("(1 - q) ** (gamma - 1)", "weight / (1 - q)"),),
    ),
    Mutant(
        FOCAL,
        "power_of_minus_one",
        "It looks as if gamma = 0 gives 0 times infinity where q is 1; leave the second term out there.",
        (("if gamma > 0:", "if True:"),),
    ),
    *_all_three(FOCAL, "dx * slope[:, None]"),
)

MUTANTS = SOFTMAX_MISTAKES + SVM_MISTAKES + FOCAL_MISTAKES
