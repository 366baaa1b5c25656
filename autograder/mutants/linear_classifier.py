"""Known mistakes in the linear classifiers, each with the sentence that explains it to a student.

The order matters to the diagnosis: of several mistakes that give the same answers, the first names it. The two
losses, naive and vectorized, share most of their mistakes, and `_regularization` holds those that all four share.
"""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

SVM_NAIVE = "linear_classifier.svm_loss_naive"
SVM = "linear_classifier.svm_loss_vectorized"
SOFTMAX_NAIVE = "linear_classifier.softmax_loss_naive"
SOFTMAX = "linear_classifier.softmax_loss_vectorized"
BATCH = "linear_classifier.sample_batch"
TRAIN = "linear_classifier.train_linear_classifier"
PREDICT = "linear_classifier.predict_linear_classifier"
SVM_SEARCH = "linear_classifier.svm_get_search_params"
SOFTMAX_SEARCH = "linear_classifier.softmax_get_search_params"
ONE_SET = "linear_classifier.test_one_param_set"

TEN_CLASSES = "It looks as if there are always 10 classes; take their number from W.shape[1]."
CLASSES_FROM_LABELS = (
    "It looks as if the number of classes is taken from the labels of the batch, in which a class may be "
    "missing; "
    "take it from W.shape[1]."
)


def _memory(question: str) -> Mutant:
    return Mutant(
        question,
        "broadcast_over_features",
        "It looks as if all products of pixels and weights are built at once, an (N, D, C) tensor too large to hold; "
        "the matrix product X @ W adds them up as it goes.",
        (("scores = X @ W", "scores = (X[:, :, None] * W).sum(dim=1)"),),
    )


def _regularization(question: str) -> tuple[Mutant, ...]:
    """What goes wrong with the regularization, alike in all four losses."""
    return (
        Mutant(
            question,
            "reg_gradient_once",
            "It looks as if the gradient of the regularization is reg * W: the derivative of W * W is 2 * W.",
            (("2 * reg * W", "reg * W"),),
        ),
        Mutant(
            question,
            "reg_gradient_missing",
            "It looks as if the gradient of the regularization, 2 * reg * W, is missing from dW.",
            ((" + 2 * reg * W", ""),),
        ),
        Mutant(
            question,
            "reg_loss_missing",
            "It looks as if the regularization, reg * sum(W * W), is missing from the loss.",
            ((" + reg * (W * W).sum()", ""),),
        ),
        Mutant(
            question,
            "reg_with_one_half",
            "It looks as if the regularization has a factor of one half; in this course it is reg * sum(W * W).",
            (("reg * (W * W).sum()", "0.5 * reg * (W * W).sum()"), ("2 * reg * W", "reg * W")),
        ),
        Mutant(
            question,
            "reg_square_of_the_sum",
            "It looks as if the weights are added first and the sum is squared; square each weight, then add.",
            (("(W * W).sum()", "W.sum() ** 2"),),
        ),
    )


def _loss_always_float32(question: str) -> Mutant:
    return Mutant(
        question,
        "loss_always_float32",
        "It looks as if the loss is float32 also for float64 weights; give it the dtype of W.",
        (("return loss, dW", "return loss.float(), dW"),),
    )


def _shift(question: str, maximum: str, from_0: str) -> Mutant:
    return Mutant(
        question,
        "maximum_starts_at_0",
        "It looks as if the search for the largest score starts at 0, or takes absolute values: where all scores are "
        "far below 0, every exponential becomes 0; start from the first score.",
        ((maximum, from_0),),
    )


def _smallest_label(question: str, labels: str, shifted: str) -> Mutant:
    return Mutant(
        question,
        "smallest_label_taken_for_0",
        "It looks as if the smallest label among the images is taken for class 0; a class may be missing, the first as "
        "well.",
        ((labels, shifted),),
    )


def _clipped(question: str) -> tuple[Mutant, ...]:
    """Of what the SVM loss has for images far on the wrong side."""
    return (
        Mutant(
            question,
            "gradient_clipped",
            "It looks as if the entries of the gradient are cut off at some size; return it as it is.",
            (("return loss, dW", "return loss, dW.clamp(-10, 10)"),),
        ),
        Mutant(
            question,
            "loss_cut_off",
            "It looks as if a large loss is cut off; it grows with the margins, without a bound.",
            (("return loss, dW", "return loss.clamp(max=1000), dW"),),
        ),
    )


def _square_matrices(question: str, true_scores: str, diagonal: str) -> tuple[Mutant, ...]:
    """What builds a matrix far larger than its result."""
    explains = (
        "It looks as if a square matrix is built for the few numbers on its diagonal: scores[:, y].diagonal() makes an "
        "(N, N) one, trace(W @ W.T) a (D, D) one; take scores[arange(N), y], and add up W * W."
    )
    return (
        Mutant(
            question,
            "true_scores_on_a_diagonal",
            explains,
            ((true_scores, diagonal),),
        ),
        Mutant(
            question,
            "trace_of_the_weights",
            explains,
            (("(W * W).sum()", "(W @ W.T).trace()"),),
        ),
    )


def _device(question: str) -> Mutant:
    return Mutant(
        question,
        "gradient_on_the_cpu",
        "It looks as if the gradient is made on the CPU wherever W is: use zeros_like, or give it device=W.device.",
        (
            (
                "dW = X.T @ G / num_train + 2 * reg * W",
                "dW = torch.zeros(W.shape, dtype=W.dtype)\ndW += X.T @ G / num_train + 2 * reg * W",
            ),
        ),
    )


SVM_NAIVE_MISTAKES = (
    Mutant(
        SVM_NAIVE,
        "true_class_counted",
        "It looks as if the true class has a margin too, which adds exactly 1 to the loss: leave j == y[i] out.",
        (("if j == label:", "if False:"),),
    ),
    Mutant(
        SVM_NAIVE,
        "loss_not_averaged",
        "It looks as if the loss is the sum over the images; divide it by N.",
        (("loss = loss / num_train", "loss = loss"),),
    ),
    Mutant(
        SVM_NAIVE,
        "gradient_not_averaged",
        "It looks as if the gradient is not divided by N, and the loss is.",
        (("dW = dW / num_train", "dW = dW"),),
    ),
    Mutant(
        SVM_NAIVE,
        "reg_averaged",
        "It looks as if the regularization is divided by N as well; only the sum over the images is.",
        (
            ("loss = loss / num_train + reg * (W * W).sum()", "loss = (loss + reg * (W * W).sum()) / num_train"),
            ("dW = dW / num_train + 2 * reg * W", "dW = (dW + 2 * reg * W) / num_train"),
        ),
    ),
    *_regularization(SVM_NAIVE),
    Mutant(
        SVM_NAIVE,
        "margin_weighted_gradient",
        "It looks as if the gradient is weighted with the margin: the slope of max(0, m) is 1 for each m above 0.",
        (("dW[:, j] += X[i]", "dW[:, j] += margin * X[i]"), ("dW[:, label] -= X[i]", "dW[:, label] -= margin * X[i]")),
    ),
    Mutant(
        SVM_NAIVE,
        "true_class_without_gradient",
        "It looks as if the column of the true class gets no gradient: each positive margin subtracts X[i] there.",
        (("dW[:, label] -= X[i]", "pass"),),
    ),
    Mutant(
        SVM_NAIVE,
        "true_class_once",
        "It looks as if X[i] is subtracted once from the column of the true class; it is subtracted once "
        "for each "
        "positive margin.",
        body="""
            num_train, num_classes = X.shape[0], W.shape[1]
            loss = W.new_zeros(())
            dW = torch.zeros_like(W)
            for i in range(num_train):
                label = int(y[i])
                scores = X[i] @ W
                dW[:, label] -= X[i]
                for j in range(num_classes):
                    margin = scores[j] - scores[label] + 1
                    if j != label and margin > 0:
                        loss += margin
                        dW[:, j] += X[i]
            loss = loss / num_train + reg * (W * W).sum()
            return loss, dW / num_train + 2 * reg * W
        """,
    ),
    Mutant(
        SVM_NAIVE,
        "gradient_of_all_classes",
        "It looks as if classes with a negative margin add to the gradient; they add nothing to the loss either.",
        (
            ("dW[:, j] += X[i]", "pass"),
            ("dW[:, label] -= X[i]", "pass\n        dW[:, j] += X[i]\n        dW[:, label] -= X[i]"),
        ),
    ),
    Mutant(
        SVM_NAIVE,
        "no_margin",
        "It looks as if the margin of 1 is missing: a wrong class costs something as soon as it comes within 1.",
        (("scores[label] + 1", "scores[label]"),),
    ),
    Mutant(
        SVM_NAIVE,
        "sign_of_the_margin",
        "It looks as if the margin is the score of the true class minus the other; it is the other way round.",
        (("scores[j] - scores[label] + 1", "scores[label] - scores[j] + 1"),),
    ),
    Mutant(SVM_NAIVE, "ten_classes", TEN_CLASSES, (("X.shape[0], W.shape[1]", "X.shape[0], 10"),)),
    Mutant(
        SVM_NAIVE,
        "classes_from_the_labels",
        CLASSES_FROM_LABELS,
        (("X.shape[0], W.shape[1]", "X.shape[0], int(y.max()) + 1"),),
    ),
    Mutant(
        SVM_NAIVE,
        "always_float32",
        "It looks as if loss and gradient are always float32; make new tensors with the dtype of W.",
        (("return loss, dW", "return loss.float(), dW.float()"),),
    ),
    _loss_always_float32(SVM_NAIVE),
    _smallest_label(SVM_NAIVE, "int(y[i])", "int(y[i] - y.min())"),
    *_clipped(SVM_NAIVE),
)

SVM_MISTAKES = (
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
            (
                "margins.sum() / num_train + reg * (W * W).sum()",
                "margins.sum() / num_train + reg * (W * W).sum()\nmargins[rows, labels] = 0",
            ),
        ),
    ),
    Mutant(
        SVM,
        "loss_not_averaged",
        "It looks as if the loss is the sum over the images; divide it by N.",
        (("margins.sum() / num_train", "margins.sum()"),),
    ),
    Mutant(
        SVM,
        "loss_averaged_over_classes_too",
        "It looks as if the loss is averaged over images and classes; add over the classes, average over the images.",
        (("margins.sum() / num_train", "margins.mean()"),),
    ),
    Mutant(
        SVM,
        "gradient_not_averaged",
        "It looks as if the gradient is not divided by N, and the loss is.",
        (("X.T @ G / num_train", "X.T @ G"),),
    ),
    *_regularization(SVM),
    _memory(SVM),
    Mutant(
        SVM,
        "margin_weighted_gradient",
        "It looks as if the gradient is weighted with the margins: the slope of max(0, m) is 1 for each m above 0.",
        (("(margins > 0).to(W.dtype)", "margins.clone()"),),
    ),
    Mutant(
        SVM,
        "true_class_without_gradient",
        "It looks as if the column of the true class gets no gradient: G[i, y[i]] is minus the number of "
        "positive "
        "margins.",
        (("G[rows, labels] = -G.sum(dim=1)", "pass"),),
    ),
    Mutant(
        SVM,
        "true_class_once",
        "It looks as if G[i, y[i]] is -1; it is minus the number of positive margins of image i.",
        (("-G.sum(dim=1)", "-1"),),
    ),
    Mutant(
        SVM,
        "sum_over_the_wrong_axis",
        "It looks as if the positive margins are counted for each class (dim=0); count them for each image (dim=1).",
        (("-G.sum(dim=1)", "-G.sum(dim=0)[labels]"),),
    ),
    Mutant(
        SVM,
        "true_scores_along_the_wrong_axis",
        "It looks as if the scores of the true classes are subtracted along the wrong axis: give them the "
        "shape (N, 1).",
        (("scores[rows, labels][:, None]", "scores[rows, labels]"),),
    ),
    Mutant(
        SVM,
        "all_classes_active",
        "It looks as if a margin that was cut off at 0 counts as active: use margins > 0, not >= 0, after the clamp.",
        (("(margins > 0)", "(margins >= 0)"), ("G[rows, labels] = -G", "G[rows, labels] = 0\nG[rows, labels] = -G")),
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
        "squared_hinge",
        "It looks as if the margins are squared; the question asks for max(0, m) as it is.",
        (("margins.sum() / num_train", "(margins**2).sum() / num_train"),),
    ),
    Mutant(
        SVM,
        "no_margin",
        "It looks as if the margin of 1 is missing: a wrong class costs something as soon as it comes within 1.",
        (("[:, None] + 1)", "[:, None])"),),
    ),
    Mutant(
        SVM,
        "ten_classes",
        TEN_CLASSES,
        (("G = (margins > 0).to(W.dtype)", "G = W.new_zeros(num_train, 10)\nG[margins > 0] = 1"),),
    ),
    Mutant(
        SVM,
        "classes_from_the_labels",
        CLASSES_FROM_LABELS,
        (("scores = X @ W", "scores = X @ W[:, : int(y.max()) + 1]"),),
    ),
    Mutant(
        SVM,
        "uint8_labels_as_mask",
        "It looks as if labels of type uint8 are used as an index, which torch reads as a mask; convert "
        "them with "
        "y.long().",
        (("y.long()", "y"),),
    ),
    Mutant(
        SVM,
        "mask_always_float32",
        "It looks as if the mask is float32 also for float64 weights; convert it with .to(W.dtype).",
        (("(margins > 0).to(W.dtype)", "(margins > 0).float()"),),
    ),
    Mutant(
        SVM,
        "calls_the_naive_version",
        "It calls the version with loops; the question asks for matrix operations.",
        body="return svm_loss_naive(W, X, y, reg)",
    ),
    Mutant(
        SVM,
        "loop_over_the_images",
        "There is a loop over the images; index all rows at once with torch.arange(N) and y.",
        (
            (
                "G[rows, labels] = -G.sum(dim=1)",
                "for i in range(num_train):\n    G[i, labels[i]] = -G[i].sum()",
            ),
        ),
    ),
    _loss_always_float32(SVM),
    _device(SVM),
    _smallest_label(SVM, "y.long()", "(y - y.min()).long()"),
    *_clipped(SVM),
    *_square_matrices(SVM, "scores[rows, labels][:, None]", "scores[:, labels].diagonal()[:, None]"),
)

SOFTMAX_NAIVE_MISTAKES = (
    Mutant(
        SOFTMAX_NAIVE,
        "loss_not_averaged",
        "It looks as if the loss is the sum over the images; divide it by N.",
        (("loss = loss / num_train", "loss = loss"),),
    ),
    Mutant(
        SOFTMAX_NAIVE,
        "gradient_not_averaged",
        "It looks as if the gradient is not divided by N, and the loss is.",
        (("dW = dW / num_train", "dW = dW"),),
    ),
    Mutant(
        SOFTMAX_NAIVE,
        "reg_averaged",
        "It looks as if the regularization is divided by N as well; only the sum over the images is.",
        (
            ("loss = loss / num_train + reg * (W * W).sum()", "loss = (loss + reg * (W * W).sum()) / num_train"),
            ("dW = dW / num_train + 2 * reg * W", "dW = (dW + 2 * reg * W) / num_train"),
        ),
    ),
    *_regularization(SOFTMAX_NAIVE),
    Mutant(
        SOFTMAX_NAIVE,
        "no_shift",
        "It looks as if exp overflows: subtract the largest score of the image from its scores first.",
        (("scores = scores - scores.max()", "pass"),),
    ),
    Mutant(
        SOFTMAX_NAIVE,
        "log_of_the_probability",
        "It looks as if the loss is the logarithm of a probability that has become 0; use log(sum) - score.",
        (("loss += total.log() - scores[label]", "loss -= (scores[label].exp() / total).log()"),),
    ),
    Mutant(
        SOFTMAX_NAIVE,
        "log_of_a_clipped_probability",
        "It looks as if the probability is clipped before the logarithm, which hides large losses; use "
        "log(sum) - score.",
        (("loss += total.log() - scores[label]", "loss -= (scores[label].exp() / total).clamp(min=1e-12).log()"),),
    ),
    Mutant(
        SOFTMAX_NAIVE,
        "minus_missing",
        "It looks as if the minus sign of -log p is missing.",
        (("loss += total.log() - scores[label]", "loss += scores[label] - total.log()"),),
    ),
    Mutant(
        SOFTMAX_NAIVE,
        "true_class_not_subtracted",
        "It looks as if the gradient has p where it should have p - 1 for the true class.",
        (("dW[:, label] -= X[i]", "pass"),),
    ),
    Mutant(
        SOFTMAX_NAIVE,
        "exponentials_not_normalized",
        "It looks as if the gradient uses the exponentials without dividing by their sum.",
        (("scores[j].exp() / total * X[i]", "scores[j].exp() * X[i]"),),
    ),
    Mutant(
        SOFTMAX_NAIVE,
        "gradient_of_the_opposite_sign",
        "It looks as if dW points downhill: it is the gradient of the loss, X[i] times (p - 1[j == y[i]]).",
        (
            ("dW[:, j] += scores", "dW[:, j] -= scores"),
            ("dW[:, label] -= X[i]", "dW[:, label] += X[i]"),
        ),
    ),
    Mutant(
        SOFTMAX_NAIVE,
        "logarithm_to_base_10",
        "It looks as if the logarithm is to the base of 10 or 2; it is the natural one.",
        (("total.log()", "total.log10()"),),
    ),
    Mutant(SOFTMAX_NAIVE, "ten_classes", TEN_CLASSES, (("X.shape[0], W.shape[1]", "X.shape[0], 10"),)),
    Mutant(
        SOFTMAX_NAIVE,
        "classes_from_the_labels",
        CLASSES_FROM_LABELS,
        (("X.shape[0], W.shape[1]", "X.shape[0], int(y.max()) + 1"),),
    ),
    _loss_always_float32(SOFTMAX_NAIVE),
    _shift(SOFTMAX_NAIVE, "scores.max()", "scores.max().clamp(min=0)"),
    _smallest_label(SOFTMAX_NAIVE, "int(y[i])", "int(y[i] - y.min())"),
)

SOFTMAX_MISTAKES = (
    Mutant(
        SOFTMAX,
        "loss_not_averaged",
        "It looks as if the loss is the sum over the images; divide it by N.",
        (("scores[rows, labels]).sum() / num_train", "scores[rows, labels]).sum()"),),
    ),
    Mutant(
        SOFTMAX,
        "gradient_not_averaged",
        "It looks as if the gradient is not divided by N, and the loss is.",
        (("X.T @ G / num_train", "X.T @ G"),),
    ),
    *_regularization(SOFTMAX),
    _memory(SOFTMAX),
    Mutant(
        SOFTMAX,
        "no_shift",
        "It looks as if exp overflows: subtract from each row of scores its maximum first.",
        (("scores = scores - scores.max(dim=1, keepdim=True).values", "pass"),),
    ),
    Mutant(
        SOFTMAX,
        "global_maximum",
        "It looks as if the maximum of the whole matrix is subtracted: in rows far below it every "
        "exponential is 0; "
        "use the maximum of each row.",
        (("scores.max(dim=1, keepdim=True).values", "scores.max()"),),
    ),
    Mutant(
        SOFTMAX,
        "maximum_of_each_column",
        "It looks as if the maximum of each column is subtracted, which changes the probabilities; use that"
        " of each "
        "row, dim=1.",
        (("scores.max(dim=1, keepdim=True)", "scores.max(dim=0, keepdim=True)"),),
    ),
    Mutant(
        SOFTMAX,
        "normalized_along_the_wrong_axis",
        "It looks as if the exponentials are divided by their sum over the images; the probabilities of the"
        " classes "
        "of one image add up to 1.",
        (
            ("totals = exps.sum(dim=1)", "totals = exps.sum(dim=0)"),
            ("(totals.log() - scores[rows, labels])", "(totals.log()[labels] - scores[rows, labels])"),
            ("totals[:, None]", "totals"),
        ),
    ),
    Mutant(
        SOFTMAX,
        "log_of_the_probability",
        "It looks as if the loss is the logarithm of a probability that has become 0; use log(sum) - score.",
        (("(totals.log() - scores[rows, labels])", "-(exps[rows, labels] / totals).log()"),),
    ),
    Mutant(
        SOFTMAX,
        "log_of_a_clipped_probability",
        "It looks as if the probability is clipped before the logarithm, which hides large losses; use "
        "log(sum) - score.",
        (("(totals.log() - scores[rows, labels])", "-(exps[rows, labels] / totals).clamp(min=1e-12).log()"),),
    ),
    Mutant(
        SOFTMAX,
        "log_with_epsilon",
        "It looks as if a small number is added inside the logarithm, which hides large losses; use log(sum) - score.",
        (("(totals.log() - scores[rows, labels])", "-(exps[rows, labels] / totals + 1e-8).log()"),),
    ),
    Mutant(
        SOFTMAX,
        "true_class_not_subtracted",
        "It looks as if the gradient has P where it should have P - Y.",
        (("G[rows, labels] -= 1", "pass"),),
    ),
    Mutant(
        SOFTMAX,
        "subtracted_from_all_rows",
        "It looks as if G[:, y] -= 1 subtracts 1 from whole columns; G[arange(N), y] takes one entry of each row.",
        (("G[rows, labels] -= 1", "G[:, labels] -= 1"),),
    ),
    Mutant(
        SOFTMAX,
        "sum_of_the_true_scores_only",
        "It looks as if the loss is minus the scores of the true classes; log(sum of exponentials) is missing.",
        (("(totals.log() - scores[rows, labels])", "(-scores[rows, labels])"),),
    ),
    Mutant(
        SOFTMAX,
        "ten_classes",
        TEN_CLASSES,
        (("G[rows, labels] -= 1", "Y = W.new_zeros(num_train, 10)\nY[rows, labels] = 1\nG = G - Y"),),
    ),
    Mutant(
        SOFTMAX,
        "classes_counted_in_the_labels",
        "It looks as if the number of classes is the number of different labels in the batch, in which a "
        "class may be "
        "missing; take it from W.shape[1].",
        (("scores = X @ W", "scores = X @ W[:, : len(y.unique())]"),),
    ),
    Mutant(
        SOFTMAX,
        "uint8_labels_as_mask",
        "It looks as if labels of type uint8 are used as an index, which torch reads as a mask; convert "
        "them with "
        "y.long().",
        (("y.long()", "y"),),
    ),
    Mutant(
        SOFTMAX,
        "weights_squared_in_place",
        "It looks as if the weights are squared in place for the regularization, which changes the caller's W.",
        body="""
            num_train = X.shape[0]
            rows, labels = torch.arange(num_train, device=X.device), y.long()
            scores = X @ W
            scores = scores - scores.max(dim=1, keepdim=True).values
            log_totals = scores.logsumexp(dim=1)
            G = (scores - log_totals[:, None]).exp()
            G[rows, labels] -= 1
            dW = X.T @ G / num_train + 2 * reg * W
            loss = (log_totals - scores[rows, labels]).sum() / num_train + reg * W.square_().sum()
            return loss, dW
        """,
    ),
    Mutant(
        SOFTMAX,
        "always_float32",
        "It looks as if loss and gradient are always float32; keep the dtype of W.",
        (("return loss, dW", "return loss.float(), dW.float()"),),
    ),
    Mutant(
        SOFTMAX,
        "calls_the_naive_version",
        "It calls the version with loops; the question asks for matrix operations.",
        body="return softmax_loss_naive(W, X, y, reg)",
    ),
    Mutant(
        SOFTMAX,
        "loop_over_the_classes",
        "There is a loop over the classes; one matrix product X^T (P - Y) fills all columns of dW.",
        (
            (
                "dW = X.T @ G / num_train + 2 * reg * W",
                "dW = 2 * reg * W\nfor c in range(W.shape[1]):\n    dW[:, c] += X.T @ G[:, c] / num_train",
            ),
        ),
    ),
    _loss_always_float32(SOFTMAX),
    _shift(SOFTMAX, "scores.max(dim=1, keepdim=True)", "scores.clamp(min=0).max(dim=1, keepdim=True)"),
    _device(SOFTMAX),
    _smallest_label(SOFTMAX, "y.long()", "(y - y.min()).long()"),
    *_square_matrices(SOFTMAX, "- scores[rows, labels])", "- scores[:, labels].diagonal())"),
)


def _brought_into_range(name: str, how: str) -> Mutant:
    return Mutant(
        BATCH,
        f"brought_into_range_{name}",
        "It looks as if the draw is among all images and then brought into range, so that some of the first num_train "
        "come more often than others; draw among num_train.",
        (
            (
                "torch.randint(num_train, (batch_size,), device=X.device)",
                f"torch.randint(len(X), (batch_size,), device=X.device){how}",
            ),
        ),
    )


BATCH_MISTAKES = (
    Mutant(
        BATCH,
        "last_never_sampled",
        "It looks as if the last of the num_train images is never drawn: torch.randint already stops before"
        " its upper "
        "end.",
        (("torch.randint(num_train, ", "torch.randint(max(num_train - 1, 1), "),),
    ),
    Mutant(
        BATCH,
        "counted_from_one",
        "It looks as if the images are counted from 1, so that the first is never drawn and one beyond num_train is.",
        (("torch.randint(num_train, ", "torch.randint(1, num_train + 1, "),),
    ),
    Mutant(
        BATCH,
        "without_replacement",
        "It looks as if no image can come twice; draw with replacement, also more than num_train images.",
        (("torch.randint(num_train, (batch_size,), device=X.device)", "torch.randperm(num_train)[:batch_size]"),),
    ),
    Mutant(
        BATCH,
        "num_train_ignored",
        "It looks as if the batch is drawn from all of X; draw from the first num_train images only.",
        (("torch.randint(num_train, ", "torch.randint(X.shape[0], "),),
    ),
    Mutant(
        BATCH,
        "first_images",
        "It looks as if the batch is always the first images; draw at random.",
        (("torch.randint(num_train, (batch_size,), device=X.device)", "torch.arange(batch_size) % num_train"),),
    ),
    Mutant(
        BATCH,
        "consecutive_images",
        "It looks as if only the first image is drawn and the others follow it in order; draw each one at random.",
        (
            (
                "torch.randint(num_train, (batch_size,), device=X.device)",
                "(torch.randint(num_train, (1,)) + torch.arange(batch_size)) % num_train",
            ),
        ),
    ),
    Mutant(
        BATCH,
        "one_image_repeated",
        "It looks as if one image is drawn and repeated; draw batch_size of them.",
        (("(batch_size,), device=X.device)", "(1,), device=X.device).expand(batch_size)"),),
    ),
    Mutant(
        BATCH,
        "pairs_broken",
        "It looks as if images and labels are drawn independently; use the same indices for both.",
        (("y[drawn]", "y[torch.randint(num_train, (batch_size,), device=X.device)]"),),
    ),
    Mutant(
        BATCH,
        "images_used_as_labels",
        "It looks as if the second result is drawn from X; it must be the labels, from y.",
        (("y[drawn]", "X[drawn]"),),
    ),
    Mutant(
        BATCH,
        "same_batch_every_time",
        "It looks as if the random numbers are seeded in each call, so that every batch is the same.",
        (("drawn = ", "torch.manual_seed(0)\ndrawn = "),),
    ),
    Mutant(
        BATCH,
        "indices_returned",
        "It looks as if the indices are returned instead of the images.",
        (("return X[drawn], ", "return drawn, "),),
    ),
    Mutant(
        BATCH,
        "squeezed",
        "It looks as if a batch of one image loses its first axis: keep the shapes (1, D) and (1,).",
        (("X[drawn], y[drawn]", "X[drawn].squeeze(), y[drawn].squeeze()"),),
    ),
    Mutant(
        BATCH,
        "without_replacement_where_it_fits",
        "It looks as if a small batch is drawn without replacement; each draw is independent, whatever the size.",
        (
            (
                "drawn = ",
                "fits = batch_size <= num_train // 2\n"
                "drawn = torch.randperm(num_train, device=X.device)[:batch_size] if fits else ",
            ),
        ),
    ),
    Mutant(
        BATCH,
        "sorted",
        "It looks as if the images of a batch are sorted; independent draws come in any order.",
        (("(batch_size,), device=X.device)", "(batch_size,), device=X.device).sort().values"),),
    ),
    Mutant(
        BATCH,
        "labels_balanced",
        "It looks as if a label is drawn first and then an image of it, so that images of rare labels come too often; "
        "draw among the images.",
        body="""
            labels = y[:num_train]
            weights = 1.0 / (labels[:, None] == labels).double().sum(dim=1)
            drawn = weights.multinomial(batch_size, replacement=True)
            return X[drawn], y[drawn]
        """,
    ),
    _brought_into_range("by_the_remainder", " % num_train"),
    _brought_into_range("by_cutting_off", ".clamp(max=num_train - 1)"),
)

STOPS_EARLY = (
    "It looks as if training stops when the loss no longer changes, or when it has grown; take all num_iters steps."
)
TRAIN_MISTAKES = (
    Mutant(
        TRAIN,
        "uphill",
        "It looks as if the step goes up the gradient: subtract learning_rate * dW.",
        (("W - learning_rate * dW", "W + learning_rate * dW"),),
    ),
    Mutant(
        TRAIN,
        "learning_rate_ignored",
        "It looks as if the step does not depend on the learning rate.",
        (("W - learning_rate * dW", "W - 1e-3 * dW"),),
    ),
    Mutant(
        TRAIN,
        "learning_rate_missing",
        "It looks as if the whole gradient is subtracted; multiply it by the learning rate.",
        (("W - learning_rate * dW", "W - dW"),),
    ),
    Mutant(
        TRAIN,
        "reg_not_passed",
        "It looks as if reg does not reach loss_func.",
        (("y_batch, reg)", "y_batch, 0.0)"),),
    ),
    Mutant(
        TRAIN,
        "one_iteration_short",
        "It looks as if there is one iteration too few: range(n) already stops before n.",
        (("range(num_iters)", "range(num_iters - 1)"),),
    ),
    Mutant(
        TRAIN,
        "loss_recorded_now_and_then",
        "It looks as if the loss is noted only in some iterations; note it in each one.",
        (("loss_history.append(float(loss))", "if iteration % 10 == 0:\n        loss_history.append(float(loss))"),),
    ),
    Mutant(
        TRAIN,
        "given_weights_changed",
        "It looks as if the weights are changed in place (-=), which changes the W that the caller gave.",
        (("W = W.clone()", "pass"), ("W = W - learning_rate * dW", "W -= learning_rate * dW")),
    ),
    Mutant(
        TRAIN,
        "given_weights_ignored",
        "It looks as if training always starts from random weights; start from W when it is given.",
        (("if W is None:", "if True:"),),
    ),
    Mutant(
        TRAIN,
        "whole_set_as_batch",
        "It looks as if every iteration uses all images; draw a batch of batch_size.",
        (("sample_batch(X, y, num_train, batch_size)", "X, y"),),
    ),
    Mutant(
        TRAIN,
        "one_batch_for_all_iterations",
        "It looks as if the batch is drawn once; draw a new one in each iteration.",
        (
            ("    X_batch, y_batch = sample_batch(X, y, num_train, batch_size)\n", ""),
            ("loss_history = []", "loss_history = []\nX_batch, y_batch = sample_batch(X, y, num_train, batch_size)"),
        ),
    ),
    Mutant(
        TRAIN,
        "batch_size_ignored",
        "It looks as if the batch size does not reach sample_batch.",
        (("num_train, batch_size)", "num_train, 200)"),),
    ),
    Mutant(
        TRAIN,
        "pairs_broken",
        "It looks as if images and labels come from two different batches; take both from one call of sample_batch.",
        (
            (
                "X_batch, y_batch = sample_batch(X, y, num_train, batch_size)",
                "X_batch, _ = sample_batch(X, y, num_train, batch_size)\n"
                "    _, y_batch = sample_batch(X, y, num_train, batch_size)",
            ),
        ),
    ),
    Mutant(
        TRAIN,
        "only_the_first_images",
        "It looks as if batches are drawn from the first batch_size images only; draw from all of X.",
        (("sample_batch(X, y, num_train, batch_size)", "sample_batch(X, y, min(batch_size, num_train), batch_size)"),),
    ),
    Mutant(
        TRAIN,
        "ten_classes",
        "It looks as if new weights always have 10 columns; make as many as max(y) + 1.",
        (("num_classes = int(y.max()) + 1", "num_classes = 10"),),
    ),
    Mutant(
        TRAIN,
        "classes_counted",
        "It looks as if new weights have as many columns as there are different labels; a class may be "
        "missing, so "
        "make max(y) + 1.",
        (("num_classes = int(y.max()) + 1", "num_classes = len(y.unique())"),),
    ),
    Mutant(
        TRAIN,
        "one_class_short",
        "It looks as if new weights have max(y) columns; labels begin at 0, so it must be max(y) + 1.",
        (("int(y.max()) + 1", "int(y.max())"),),
    ),
    Mutant(
        TRAIN,
        "large_start",
        "It looks as if training starts from large random weights; the start is 1e-6 * normal.",
        (("1e-6 * torch.randn", "torch.randn"),),
    ),
    Mutant(
        TRAIN,
        "start_always_float32",
        "It looks as if new weights are always float32; give them the dtype and device of X.",
        (("num_classes, dtype=X.dtype, device=X.device", "num_classes, device=X.device"),),
    ),
    Mutant(
        TRAIN,
        "results_swapped",
        "The results are in the wrong order: first W, then the loss history.",
        (("return W, loss_history", "return loss_history, W"),),
    ),
    Mutant(
        TRAIN,
        "last_image_left_out",
        "It looks as if the last image is never drawn: num_train is the number of images, not the last index.",
        (("sample_batch(X, y, num_train, ", "sample_batch(X, y, num_train - 1, "),),
    ),
    Mutant(
        TRAIN,
        "part_of_the_images",
        "It looks as if batches are drawn from a part of the images only; draw from all of X.",
        (("sample_batch(X, y, num_train, ", "sample_batch(X, y, max(1, num_train * 2 // 3), "),),
    ),
    Mutant(
        TRAIN,
        "batch_capped",
        "It looks as if a batch has at most as many images as X; with replacement it can have more.",
        (("num_train, batch_size)", "num_train, min(batch_size, num_train))"),),
    ),
    Mutant(
        TRAIN,
        "own_draw_without_replacement",
        "It looks as if training draws its batches itself, without replacement, so that one larger than X is cut off; "
        "use sample_batch.",
        (
            ("    X_batch, y_batch = sample_batch(X, y, num_train, batch_size)\n", ""),
            (
                "loss, dW = loss_func(W, X_batch, y_batch, reg)",
                "drawn = torch.randperm(num_train)[:batch_size]\n"
                "    loss, dW = loss_func(W, X[drawn], y[drawn], reg)",
            ),
        ),
    ),
    Mutant(
        TRAIN,
        "seeded",
        "It looks as if the random numbers are seeded in each call, so that every training starts from the same "
        "weights.",
        (("    num_classes = int", "    torch.manual_seed(0)\n    num_classes = int"),),
    ),
    Mutant(
        TRAIN,
        "learning_rate_decays",
        "It looks as if the learning rate becomes smaller along the way; here it stays what it is.",
        (
            (
                "W = W - learning_rate * dW",
                "W = W - learning_rate * dW\n    if iteration % 100 == 99:\n        learning_rate *= 0.95",
            ),
        ),
    ),
    Mutant(
        TRAIN,
        "stops_when_the_loss_repeats",
        STOPS_EARLY,
        (
            (
                "W = W - learning_rate * dW",
                "W = W - learning_rate * dW\n    if iteration and loss_history[-1] == loss_history[-2]:\n        break",
            ),
        ),
    ),
    Mutant(
        TRAIN,
        "stops_when_the_loss_has_grown",
        STOPS_EARLY,
        (
            (
                "W = W - learning_rate * dW",
                "W = W - learning_rate * dW\n    if loss_history[-1] > 10 * loss_history[0]:\n        break",
            ),
        ),
    ),
    Mutant(
        TRAIN,
        "gradient_clipped",
        "It looks as if the entries of the gradient are cut off at some size before the step; subtract "
        "learning_rate * dW as it is.",
        (("W - learning_rate * dW", "W - learning_rate * dW.clamp(-10, 10)"),),
    ),
    Mutant(
        TRAIN,
        "noted_when_printed",
        "It looks as if with verbose=True only the losses that are printed are noted; note the loss of each iteration.",
        (
            (
                "loss_history.append(float(loss))",
                "if not verbose or iteration % 100 == 0:\n        loss_history.append(float(loss))",
            ),
        ),
    ),
    Mutant(
        TRAIN,
        "classes_of_one_batch",
        "It looks as if new weights have the classes of a single batch; make as many as max(y) + 1, of all labels.",
        (("int(y.max()) + 1", "int(sample_batch(X, y, num_train, batch_size)[1].max()) + 1"),),
    ),
    Mutant(
        TRAIN,
        "start_on_the_cpu",
        "It looks as if new weights are made on the CPU wherever X is; give them the device of X.",
        (("dtype=X.dtype, device=X.device", "dtype=X.dtype"),),
    ),
)

PREDICT_MISTAKES = (
    Mutant(
        PREDICT,
        "lowest_score",
        "It looks as if the class with the lowest score is returned.",
        (("argmax", "argmin"),),
    ),
    Mutant(
        PREDICT,
        "along_the_images",
        "It looks as if the best image is searched for each class; search the best class of each image, dim=1.",
        (("dim=1", "dim=0"),),
    ),
    Mutant(
        PREDICT,
        "score_returned",
        "It looks as if the highest score is returned instead of its class.",
        (("argmax(dim=1)", "max(dim=1).values"),),
    ),
    Mutant(
        PREDICT,
        "largest_magnitude",
        "It looks as if a large negative score counts as a high one: compare the scores without abs.",
        (("argmax", "abs().argmax"),),
    ),
    Mutant(
        PREDICT,
        "float_labels",
        "The labels are floating point numbers; they are to be int64.",
        (("argmax(dim=1)", "argmax(dim=1).to(W.dtype)"),),
    ),
    Mutant(
        PREDICT,
        "probabilities_overflow",
        "It looks as if exp overflows for large scores, so that several classes seem equal: compare the "
        "scores "
        "themselves.",
        (("(X @ W)", "(X @ W).exp()"),),
    ),
    Mutant(
        PREDICT,
        "ties_go_to_the_largest",
        "It looks as if equal highest scores go to the largest label; they go to the smallest, so compare with > in a "
        "loop, or use argmax.",
        (("return (X @ W).argmax(dim=1)", "return W.shape[1] - 1 - (X @ W).flip(1).argmax(dim=1)"),),
    ),
    Mutant(
        PREDICT,
        "ten_classes",
        "It looks as if there are at most 10 classes; take their number from W.shape[1].",
        (("(X @ W)", "(X @ W)[:, :10]"),),
    ),
    Mutant(
        PREDICT,
        "search_starts_from_a_number",
        "It looks as if the search for the highest score starts from a fixed number, and all scores may be below it; "
        "start from the first score.",
        body="""
            labels = []
            for scores in (X @ W).tolist():
                best, label = -999999.0, 0
                for c, score in enumerate(scores):
                    if score > best:
                        best, label = score, c
                labels.append(label)
            return torch.tensor(labels, device=X.device)
        """,
    ),
    Mutant(
        PREDICT,
        "labels_on_the_cpu",
        "It looks as if the labels are made on the CPU wherever X is; give new tensors the device of X.",
        body="""
            labels = torch.zeros(len(X), dtype=torch.int64)
            for i in range(len(X)):
                labels[i] = (X[i] @ W).argmax()
            return labels
        """,
    ),
)


def _search(question: str, pairs: str, too_small: str) -> tuple[Mutant, ...]:
    """What goes wrong with the values to search."""
    return (
        Mutant(
            question,
            "too_many_pairs",
            "There are more than 25 pairs; a coarse grid finds the region sooner.",
            ((pairs, "return [1e-2, 2e-2, 5e-2, 1e-1, 2e-1, 5e-1], [1e-5, 1e-4, 1e-3, 3e-3, 1e-2]"),),
        ),
        Mutant(
            question,
            "one_learning_rate",
            "There is a single learning rate; give at least two to compare.",
            ((pairs, "return [1e-1], [1e-4, 1e-3, 1e-2]"),),
        ),
        Mutant(
            question,
            "learning_rates_too_small",
            "The learning rates are so small that the weights hardly leave their start within 500 iterations.",
            ((pairs, f"return [{too_small}], [1e-4, 1e-3]"),),
        ),
        Mutant(
            question,
            "diverges",
            "The regularization is so strong that its step overshoots: the weights grow without bound when "
            "2 * learning_rate * reg is above 2.",
            ((pairs, "return [1e-1, 1.0], [1e2, 1e3]"),),
        ),
    )


ONE_SET_MISTAKES = (
    Mutant(
        ONE_SET,
        "percent",
        "The accuracies are in percent; the question asks for fractions from 0 to 1.",
        (("return cls, train_acc, val_acc", "return cls, 100 * train_acc, 100 * val_acc"),),
    ),
    Mutant(
        ONE_SET,
        "results_swapped",
        "The validation accuracy comes before the training accuracy; it is the other way round.",
        (("return cls, train_acc, val_acc", "return cls, val_acc, train_acc"),),
    ),
    Mutant(
        ONE_SET,
        "trained_on_validation",
        "It looks as if the classifier is trained on the validation images.",
        (('cls.train(data_dict["X_train"], data_dict["y_train"]', 'cls.train(data_dict["X_val"], data_dict["y_val"]'),),
    ),
    Mutant(
        ONE_SET,
        "trained_on_both",
        "It looks as if the classifier is trained on the validation images too, so that they measure nothing.",
        (
            (
                'cls.train(data_dict["X_train"], data_dict["y_train"]',
                'cls.train(torch.cat([data_dict["X_train"], data_dict["X_val"]]), '
                'torch.cat([data_dict["y_train"], data_dict["y_val"]])',
            ),
        ),
    ),
    Mutant(
        ONE_SET,
        "training_accuracy_twice",
        "It looks as if the validation accuracy is measured on the training images.",
        (
            (
                'cls.predict(data_dict["X_val"]) == data_dict["y_val"]',
                'cls.predict(data_dict["X_train"]) == data_dict["y_train"]',
            ),
        ),
    ),
    Mutant(
        ONE_SET,
        "num_iters_not_passed",
        "It looks as if num_iters does not reach train.",
        ((", num_iters=num_iters)", ")"),),
    ),
    Mutant(
        ONE_SET,
        "reg_not_passed",
        "It looks as if reg does not reach train.",
        ((", reg=reg", ""),),
    ),
    Mutant(
        ONE_SET,
        "learning_rate_and_reg_swapped",
        "It looks as if learning rate and regularization strength are swapped in the call of train.",
        (("learning_rate=lr, reg=reg", "learning_rate=reg, reg=lr"),),
    ),
    Mutant(
        ONE_SET,
        "counts",
        "It looks as if the right answers are counted; divide by the number of images.",
        (
            ('data_dict["y_train"]).double().mean()', 'data_dict["y_train"]).double().sum()'),
            ('data_dict["y_val"]).double().mean()', 'data_dict["y_val"]).double().sum()'),
        ),
    ),
    Mutant(
        ONE_SET,
        "error_rate",
        "It looks as if the wrong answers are counted instead of the right ones.",
        (("return cls, train_acc, val_acc", "return cls, 1 - train_acc, 1 - val_acc"),),
    ),
    Mutant(
        ONE_SET,
        "batch_size_changed",
        "It looks as if train gets a batch size of its own; leave it at the default of train, 200.",
        (("num_iters=num_iters)", "num_iters=num_iters, batch_size=100)"),),
    ),
)

MUTANTS: tuple[Mutant, ...] = (
    SVM_NAIVE_MISTAKES
    + SVM_MISTAKES
    + SOFTMAX_NAIVE_MISTAKES
    + SOFTMAX_MISTAKES
    + BATCH_MISTAKES
    + TRAIN_MISTAKES
    + PREDICT_MISTAKES
    + _search(SVM_SEARCH, "return [1e-2, 3e-2, 1e-1], [1e-4, 1e-3, 1e-2]", "1e-10, 1e-9")
    + _search(SOFTMAX_SEARCH, "return [1e-1, 3e-1, 1.0], [1e-4, 1e-3, 1e-2]", "1e-10, 1e-9")
    + ONE_SET_MISTAKES
)
