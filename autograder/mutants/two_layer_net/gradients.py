"""Known mistakes in loss and gradients."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

BACKWARD = "two_layer_net.nn_forward_backward"
DATA_LOSS = "loss = (totals.log() - shifted[rows, labels]).sum() / num_images"
PENALTY = "reg * ((W1 * W1).sum() + (W2 * W2).sum())"
DPRE = "dpre = dhidden * (hidden > 0)"
SHIFT = "shifted = scores - scores.max(dim=1, keepdim=True).values"
W1_GRADIENT = "X.T @ dpre + 2 * reg * W1"
W2_GRADIENT = "hidden.T @ dscores + 2 * reg * W2"
B1_GRADIENT, B2_GRADIENT = '"b1": dpre.sum(dim=0)', '"b2": dscores.sum(dim=0)'
CHANGED = (  # of two mistakes that no result tells apart
    "params is changed, by a step or by a new entry: this function only computes the gradients, the step is made in "
    "nn_train."
)

RELU_BACKWARD = (
    Mutant(
        BACKWARD,
        "relu_backward_missing",
        "It looks as if the gradient passes closed hidden units: where the ReLU gave 0, the gradient stops.",
        ((DPRE, "dpre = dhidden"),),
    ),
    Mutant(
        BACKWARD,
        "mask_of_the_gradient",
        "It looks as if the mask of the ReLU is taken from the gradient (dhidden > 0); it is open where *hidden* is.",
        ((DPRE, "dpre = dhidden * (dhidden > 0)"),),
    ),
    Mutant(
        BACKWARD,
        "relu_of_the_gradient_too",
        "It looks as if negative gradients are cut off as well; only the mask hidden > 0 decides.",
        ((DPRE, "dpre = (dhidden * (hidden > 0)).clamp(min=0)"),),
    ),
    Mutant(
        BACKWARD,
        "mask_of_the_scores",
        "It looks as if the mask of the ReLU is taken from the scores; it belongs to the hidden layer.",
        ((DPRE, "dpre = (dscores * (scores > 0)) @ W2.T"),),
    ),
    Mutant(
        BACKWARD,
        "mask_of_the_product_without_bias",
        "It looks as if the mask is taken from X @ W1 without its bias; the ReLU saw X @ W1 + b1.",
        ((DPRE, "dpre = dhidden * (X @ W1 > 0)"),),
    ),
    Mutant(
        BACKWARD,
        "mask_in_place",
        "It looks as if hidden is overwritten by the mask of its ReLU, and then used for the gradient of W2; make the "
        "mask a tensor of its own.",
        ((DPRE, "hidden[hidden > 0] = 1\ndpre = dhidden * hidden"),),
    ),
    Mutant(
        BACKWARD,
        "hidden_as_the_mask",
        "It looks as if the gradient is multiplied by hidden itself: the slope of the ReLU is 1 or 0.",
        ((DPRE, "dpre = dhidden * hidden"),),
    ),
    Mutant(
        BACKWARD,
        "mask_inverted",
        "It looks as if the gradient passes the closed units and stops at the open ones.",
        ((DPRE, "dpre = dhidden * (hidden <= 0)"),),
    ),
    Mutant(
        BACKWARD,
        "mask_of_the_first_image",
        "It looks as if the mask of one image is used for all; each image opens units of its own.",
        ((DPRE, "dpre = dhidden * (hidden[:1] > 0)"),),
    ),
)

CHAIN = (
    Mutant(
        BACKWARD,
        "second_weight_untransposed_where_it_fits",
        "It looks as if W2 is transposed only where the shapes ask for it; with as many units as classes it fits "
        "either way, and right is always dscores @ W2.T.",
        (("dscores @ W2.T", "dscores @ (W2 if W2.shape[0] == W2.shape[1] else W2.T)"),),
    ),
    Mutant(
        BACKWARD,
        "second_weight_untransposed",
        "It looks as if the gradient goes back by dscores @ W2; it is dscores @ W2.T, shapes (N, C) @ (C, H).",
        (("dscores @ W2.T", "dscores @ W2"),),
    ),
    Mutant(
        BACKWARD,
        "gradient_transposed",
        "It looks as if the gradient of W2 has rows and columns swapped: it is hidden.T @ dscores, the shape of W2.",
        ((W2_GRADIENT, "dscores.T @ hidden + 2 * reg * W2.T"),),
    ),
    Mutant(
        BACKWARD,
        "second_weight_skipped",
        "It looks as if W2 is left out on the way back: the gradient of hidden is dscores @ W2.T.",
        (("dhidden = dscores @ W2.T", "dhidden = dscores.sum(dim=1, keepdim=True)"),),
    ),
    Mutant(
        BACKWARD,
        "hidden_before_the_relu",
        "It looks as if the gradient of W2 uses hidden as it was before the ReLU; W2 was multiplied with its output.",
        ((W2_GRADIENT, '(X @ W1 + params["b1"]).T @ dscores + 2 * reg * W2'),),
    ),
    Mutant(
        BACKWARD,
        "layers_swapped",
        "The gradients of the two layers are exchanged: those of W1 and b1 come from the hidden layer, those of W2 and "
        "b2 from the scores.",
        (('"W1": ', '"W2": '), ('"W2": hidden', '"W1": hidden'), ('"b1"', '"b2"'), ('"b2": dscores', '"b1": dscores')),
    ),
    Mutant(
        BACKWARD,
        "opposite_sign",
        "It looks as if the gradients point downhill: P - Y, not Y - P; the minus comes with the step.",
        (("dscores = dscores / num_images", "dscores = -dscores / num_images"),),
    ),
    Mutant(
        BACKWARD,
        "true_class_not_subtracted",
        "It looks as if the gradient has P where it should have P - Y: subtract 1 at the true class of each image.",
        (("dscores[rows, labels] -= 1", "pass"),),
    ),
    Mutant(
        BACKWARD,
        "subtracted_from_all_rows",
        "It looks as if dscores[:, y] -= 1 changes whole columns; dscores[arange(N), y] takes one entry of each row.",
        (("dscores[rows, labels] -= 1", "dscores[:, labels] -= 1"),),
    ),
    Mutant(
        BACKWARD,
        "exponentials_not_normalized",
        "It looks as if the gradient uses the exponentials without dividing by their sum.",
        (("dscores = exps / totals[:, None]", "dscores = exps.clone()"),),
    ),
)

AVERAGES = (
    Mutant(
        BACKWARD,
        "loss_not_averaged",
        "It looks as if the loss is the sum over the images; divide it by N.",
        ((DATA_LOSS, DATA_LOSS.removesuffix(" / num_images")),),
    ),
    Mutant(
        BACKWARD,
        "gradient_not_averaged",
        "It looks as if the gradients are not divided by N, and the loss is.",
        (("dscores = dscores / num_images", "pass"),),
    ),
    Mutant(
        BACKWARD,
        "averaged_twice",
        "It looks as if the gradients of the weights are divided by N twice: dscores has been divided already.",
        (
            (W1_GRADIENT, "X.T @ dpre / num_images + 2 * reg * W1"),
            (W2_GRADIENT, "hidden.T @ dscores / num_images + 2 * reg * W2"),
        ),
    ),
    Mutant(
        BACKWARD,
        "first_layer_averaged_twice",
        "It looks as if the gradients of the first layer are divided by N once more; dscores has been divided already.",
        ((DPRE, f"{DPRE} / num_images"),),
    ),
    Mutant(
        BACKWARD,
        "averaged_over_classes_too",
        "It looks as if the loss is averaged over images and classes; average over the images.",
        ((DATA_LOSS, f"{DATA_LOSS} / scores.shape[1]"),),
    ),
    Mutant(
        BACKWARD,
        "biases_averaged",
        "It looks as if the gradient of a bias is a mean over the images: dscores is divided by N already, so add up.",
        ((B1_GRADIENT, B1_GRADIENT.replace("sum", "mean")), (B2_GRADIENT, B2_GRADIENT.replace("sum", "mean"))),
    ),
    Mutant(
        BACKWARD,
        "second_bias_averaged",
        "It looks as if the gradient of b2 is a mean over the images: dscores is divided by N already, so add up.",
        ((B2_GRADIENT, B2_GRADIENT.replace("sum", "mean")),),
    ),
    Mutant(
        BACKWARD,
        "first_bias_averaged",
        "It looks as if the gradient of b1 is a mean over the images: it is their sum, as everything is divided by N "
        "already.",
        ((B1_GRADIENT, B1_GRADIENT.replace("sum", "mean")),),
    ),
    Mutant(
        BACKWARD,
        "biases_are_one_number",
        "It looks as if the gradient of a bias is one number: sum over the images (dim=0) only, and keep one entry for "
        "each unit or class.",
        ((B1_GRADIENT, '"b1": dpre.sum()'), (B2_GRADIENT, '"b2": dscores.sum()')),
    ),
    Mutant(
        BACKWARD,
        "biases_along_the_wrong_axis",
        "It looks as if the gradient of a bias is summed over the units (dim=1); sum over the images, dim=0.",
        ((B1_GRADIENT, '"b1": dpre.sum(dim=1)'), (B2_GRADIENT, '"b2": dscores.sum(dim=1)')),
    ),
    Mutant(
        BACKWARD,
        "biases_keep_their_rows",
        "It looks as if the gradient of a bias has shape (1, H) or (1, C): leave keepdim out, a bias has one axis.",
        (
            (B1_GRADIENT, '"b1": dpre.sum(dim=0, keepdim=True)'),
            (B2_GRADIENT, '"b2": dscores.sum(dim=0, keepdim=True)'),
        ),
    ),
    Mutant(
        BACKWARD,
        "first_bias_before_the_mask",
        "It looks as if the gradient of b1 is summed before the mask of the ReLU is applied; sum dpre, not dhidden.",
        ((B1_GRADIENT, '"b1": dhidden.sum(dim=0)'),),
    ),
)

REGULARIZATION = (
    Mutant(
        BACKWARD,
        "reg_with_one_half",
        "It looks as if the regularization has a factor of one half; in this course it is reg * sum(W * W).",
        (
            (PENALTY, f"0.5 * {PENALTY}"),
            (W1_GRADIENT, "X.T @ dpre + reg * W1"),
            (W2_GRADIENT, "hidden.T @ dscores + reg * W2"),
        ),
    ),
    Mutant(
        BACKWARD,
        "reg_gradient_once",
        "It looks as if the gradient of the regularization is reg * W: the derivative of W * W is 2 * W.",
        ((W1_GRADIENT, "X.T @ dpre + reg * W1"), (W2_GRADIENT, "hidden.T @ dscores + reg * W2")),
    ),
    Mutant(
        BACKWARD,
        "last_reg_gradient_missing",
        "It looks as if W2 gets no gradient from the regularization; add 2 * reg * W2, as 2 * reg * W1 to that of W1.",
        ((W2_GRADIENT, "hidden.T @ dscores"),),
    ),
    Mutant(
        BACKWARD,
        "first_reg_gradient_missing",
        "It looks as if W1 gets no gradient from the regularization; add 2 * reg * W1.",
        ((W1_GRADIENT, "X.T @ dpre"),),
    ),
    Mutant(
        BACKWARD,
        "reg_gradient_missing",
        "It looks as if the gradient of the regularization, 2 * reg * W, is missing from both weights.",
        ((W1_GRADIENT, "X.T @ dpre"), (W2_GRADIENT, "hidden.T @ dscores")),
    ),
    Mutant(
        BACKWARD,
        "reg_loss_missing",
        "It looks as if the regularization is missing from the loss.",
        ((PENALTY, "0"),),
    ),
    Mutant(
        BACKWARD,
        "reg_loss_of_one_layer",
        "It looks as if the loss has the regularization of W1 alone; W2 counts as well.",
        ((PENALTY, "reg * (W1 * W1).sum()"),),
    ),
    Mutant(
        BACKWARD,
        "reg_square_of_the_sum",
        "It looks as if the weights are added first and the sum is squared; square each weight, then add.",
        ((PENALTY, "reg * (W1.sum() ** 2 + W2.sum() ** 2)"),),
    ),
    Mutant(
        BACKWARD,
        "reg_root",
        "It looks as if the norm of the weights is added; the regularization has its square, without the root.",
        ((PENALTY, "reg * ((W1 * W1).sum().sqrt() + (W2 * W2).sum().sqrt())"),),
    ),
    Mutant(
        BACKWARD,
        "reg_averaged",
        "It looks as if the regularization is divided by N; only the sum over the images is.",
        (
            (PENALTY, f"{PENALTY} / num_images"),
            (W1_GRADIENT, f"{W1_GRADIENT} / num_images"),
            (W2_GRADIENT, f"{W2_GRADIENT} / num_images"),
        ),
    ),
    Mutant(
        BACKWARD,
        "biases_regularized_in_the_loss",
        "It looks as if the biases are regularized in the loss; sum the squares of the weights only.",
        ((PENALTY, "reg * sum((p * p).sum() for p in params.values())"),),
    ),
    Mutant(
        BACKWARD,
        "biases_regularized",
        "It looks as if the biases get a gradient from the regularization; only the weights do.",
        (
            (B1_GRADIENT, f'{B1_GRADIENT} + 2 * reg * params["b1"]'),
            (B2_GRADIENT, f'{B2_GRADIENT} + 2 * reg * params["b2"]'),
        ),
    ),
    Mutant(
        BACKWARD,
        "biases_regularized_in_both",
        "It looks as if the biases are regularized, in the loss and in their gradients; only the weights are.",
        (
            (PENALTY, "reg * sum((p * p).sum() for p in params.values())"),
            (B1_GRADIENT, f'{B1_GRADIENT} + 2 * reg * params["b1"]'),
            (B2_GRADIENT, f'{B2_GRADIENT} + 2 * reg * params["b2"]'),
        ),
    ),
)

STABILITY = (
    Mutant(
        BACKWARD,
        "no_shift",
        "It looks as if exp overflows: subtract from each row of scores its maximum first.",
        ((SHIFT, "shifted = scores"),),
    ),
    Mutant(
        BACKWARD,
        "global_maximum",
        "It looks as if the maximum of the whole matrix is subtracted: in rows far below it every exponential is 0; "
        "use the maximum of each row.",
        ((SHIFT, "shifted = scores - scores.max()"),),
    ),
    Mutant(
        BACKWARD,
        "maximum_at_least_0",
        "It looks as if the maximum of a row is searched from 0 on: where all scores lie far below 0, every "
        "exponential is 0 and the loss infinite; subtract the row's own maximum, also a negative one.",
        ((SHIFT, SHIFT + ".clamp(min=0)"),),
    ),
    Mutant(
        BACKWARD,
        "maximum_of_each_column",
        "It looks as if the maximum of each column is subtracted, which changes the probabilities; use that of each "
        "row, dim=1.",
        ((SHIFT, "shifted = scores - scores.max(dim=0, keepdim=True).values"),),
    ),
    Mutant(
        BACKWARD,
        "normalized_along_the_wrong_axis",
        "It looks as if the softmax runs over the images; the probabilities of the classes of one image add up to 1.",
        (
            ("totals = exps.sum(dim=1)", "totals = exps.sum(dim=0)"),
            (DATA_LOSS, DATA_LOSS.replace("totals.log()", "totals.log()[labels]")),
            ("totals[:, None]", "totals"),
        ),
    ),
    Mutant(
        BACKWARD,
        "log_of_the_probability",
        "It looks as if the loss is the logarithm of a probability that has become 0; use log(sum) - score.",
        ((DATA_LOSS, "loss = -(exps[rows, labels] / totals).log().sum() / num_images"),),
    ),
    Mutant(
        BACKWARD,
        "log_of_a_clipped_probability",
        "It looks as if the probability is clipped before the logarithm, which hides large losses; use log(sum) - "
        "score.",
        ((DATA_LOSS, "loss = -(exps[rows, labels] / totals).clamp(min=1e-12).log().sum() / num_images"),),
    ),
    Mutant(
        BACKWARD,
        "log_with_epsilon",
        "It looks as if a small number is added inside the logarithm, which hides large losses; use log(sum) - score.",
        ((DATA_LOSS, "loss = -(exps[rows, labels] / totals + 1e-8).log().sum() / num_images"),),
    ),
    Mutant(
        BACKWARD,
        "minus_missing",
        "It looks as if the minus sign of -log P is missing.",
        ((DATA_LOSS, "loss = (shifted[rows, labels] - totals.log()).sum() / num_images"),),
    ),
)

SHAPES_AND_SIDE_EFFECTS = (
    Mutant(
        BACKWARD,
        "loss_and_scores",
        "Without labels the scores alone are wanted, not a tuple.",
        (("return scores\n", "return scores, hidden\n"),),
    ),
    Mutant(
        BACKWARD,
        "probabilities_without_labels",
        "It looks as if probabilities are returned without labels; return the scores as they are before the softmax.",
        (("return scores\n", "return scores.softmax(dim=1)\n"),),
    ),
    Mutant(
        BACKWARD,
        "parameters_changed",
        CHANGED,
        (("return loss, grads", "for name in grads:\n    params[name] -= 1e-3 * grads[name]\nreturn loss, grads"),),
    ),
    Mutant(
        BACKWARD,
        "weights_squared_in_place",
        "It looks as if the weights are squared in place for the regularization, which changes the caller's, and the "
        "gradients that follow.",
        ((PENALTY, "reg * (W1.square_().sum() + W2.square_().sum())"),),
    ),
    Mutant(
        BACKWARD,
        "other_keys",
        'The gradients have other names; use the keys of params: "W1", "b1", "W2", "b2".',
        (('"W1": ', '"dW1": '), ('"b1": ', '"db1": '), ('"W2": ', '"dW2": '), ('"b2": ', '"db2": ')),
    ),
    Mutant(
        BACKWARD,
        "biases_without_gradient",
        "grads lacks the gradients of the biases: it has a key for each of the four parameters.",
        ((f"{B1_GRADIENT},", ""), (f"{B2_GRADIENT},", "")),
    ),
    Mutant(
        BACKWARD,
        "gradients_as_a_tuple",
        "The gradients are to be a dict with the keys of params.",
        (("return loss, grads", "return loss, tuple(grads.values())"),),
    ),
    Mutant(
        BACKWARD,
        "results_swapped",
        "The results are in the wrong order: first the loss, then the gradients.",
        (("return loss, grads", "return grads, loss"),),
    ),
    Mutant(
        BACKWARD,
        "classes_from_the_labels",
        "It looks as if the number of classes is taken from the labels, in which a class may be missing; take it from "
        "the scores.",
        ((SHIFT, "scores = scores[:, : int(y.max()) + 1]\n" + SHIFT), ("@ W2.T", "@ W2[:, : scores.shape[1]].T")),
    ),
    Mutant(
        BACKWARD,
        "ten_classes",
        "It looks as if there are always 10 classes; take their number from the scores.",
        (
            (
                "dscores[rows, labels] -= 1",
                "onehot = X.new_zeros(num_images, 10)\nonehot[rows, labels] = 1\ndscores = dscores - onehot",
            ),
        ),
    ),
    Mutant(
        BACKWARD,
        "labels_numbered_anew",
        "It looks as if labels are counted from the smallest one in the batch; a label is the number of its column, "
        "also where the first classes do not occur.",
        (("y.long()", "y.long() - y.long().min()"),),
    ),
    Mutant(
        BACKWARD,
        "probabilities_kept_in_params",
        CHANGED,
        (("return loss, grads", 'params["hidden"] = hidden\nreturn loss, grads'),),
    ),
    Mutant(
        BACKWARD,
        "uint8_labels_as_mask",
        "It looks as if labels of type uint8 are used as an index, which torch reads as a mask; convert them with "
        "y.long().",
        (("y.long()", "y"),),
    ),
    Mutant(
        BACKWARD,
        "always_float32",
        "It looks as if loss and gradients are always float32; keep the dtype of X.",
        (("return loss, grads", "return loss.float(), {k: g.float() for k, g in grads.items()}"),),
    ),
    Mutant(
        BACKWARD,
        "made_on_the_cpu",
        "It looks as if a new tensor is made on the CPU, in float32, wherever X is: use torch.zeros_like, or give it "
        "dtype and device.",
        ((DPRE, "open = torch.zeros(hidden.shape)\nopen[hidden > 0] = 1\ndpre = dhidden * open"),),
    ),
    Mutant(
        BACKWARD,
        "gradients_pile_up",
        "It looks as if gradients of earlier calls are added: begin each call with new ones.",
        (
            (
                "return loss, grads",
                "kept = nn_forward_backward.__dict__.setdefault('kept', {})\n"
                "for name, gradient in grads.items():\n"
                "    old = kept.get(name)\n"
                "    grads[name] = gradient + old if old is not None and old.shape == gradient.shape else gradient\n"
                "kept.update(grads)\nreturn loss, grads",
            ),
        ),
    ),
    Mutant(
        BACKWARD,
        "view_of_a_strided_tensor",
        "It looks as if .view is used on a tensor that is not contiguous; .reshape makes a copy where it must.",
        ((W1_GRADIENT, "X.view(-1).view(X.shape).T @ dpre + 2 * reg * W1"),),
    ),
    Mutant(
        BACKWARD,
        "parameters_by_their_order",
        "It looks as if parameters are taken by their order in the dict; take each by its name.",
        (('W1, W2 = params["W1"], params["W2"]', "W1, _, W2, _ = params.values()"),),
    ),
    Mutant(
        BACKWARD,
        "gradients_by_their_order",
        "It looks as if gradients get their names from the order of params; give each its own name.",
        (("return loss, grads", "return loss, dict(zip(params, grads.values()))"),),
    ),
)

MUTANTS: tuple[Mutant, ...] = RELU_BACKWARD + CHAIN + AVERAGES + REGULARIZATION + STABILITY + SHAPES_AND_SIDE_EFFECTS
