"""Mistakes that both convolutional networks share: in the scores, in the loss and in the regularization."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

THREE = "convolutional_networks.ThreeLayerConvNet"
DEEP = "convolutional_networks.DeepConvNet"

SQUARES = {THREE: "(p[name] * p[name]).sum()", DEEP: "(W * W).sum()"}
SQUARE_OF_SUM = {THREE: "p[name].sum() ** 2", DEEP: "W.sum() ** 2"}
LOOP = {THREE: 'for name in ("W1", "W2", "W3"):', DEEP: "for i in range(1, L + 1):"}
BUT_THE_FIRST = {THREE: 'for name in ("W2", "W3"):', DEEP: "for i in range(2, L + 1):"}
BUT_THE_LAST = {THREE: 'for name in ("W1", "W2"):', DEEP: "for i in range(1, L):"}
FIRST_TWICE = {THREE: 'for name in ("W1", "W1", "W2", "W3"):', DEEP: "for i in (1, *range(1, L + 1)):"}
LAST_TWICE = {THREE: 'for name in ("W1", "W2", "W3", "W3"):', DEEP: "for i in (*range(1, L + 1), L):"}


def _scores_and_loss(question: str) -> tuple[Mutant, ...]:
    return (
        Mutant(
            question,
            "scores_only_with_labels",
            "It looks as if the loss is computed also without labels; where y is None, return the scores alone.",
            (("if y is None:", "if False:"),),
        ),
        Mutant(
            question,
            "labels_instead_of_scores",
            "It looks as if the predicted labels are returned; the question asks for the scores of all classes.",
            (("return scores\n", "return scores.argmax(dim=1)\n"),),
        ),
        Mutant(
            question,
            "probabilities_instead_of_scores",
            "It looks as if the scores are turned into probabilities; softmax_loss does that, and nothing else does.",
            (("if y is None:", "scores = scores.softmax(dim=1)\nif y is None:"),),
        ),
        Mutant(
            question,
            "averaged_twice",
            "It looks as if the gradient of the scores is divided by N again; softmax_loss has done so.",
            (("softmax_loss(scores, y)\n", "softmax_loss(scores, y)\ndscores = dscores / len(X)\n"),),
        ),
        Mutant(
            question,
            "loss_summed_over_images",
            "It looks as if the loss is multiplied by N; softmax_loss is the mean over the images already.",
            (("softmax_loss(scores, y)\n", "softmax_loss(scores, y)\nloss = loss * len(X)\n"),),
        ),
        Mutant(
            question,
            "takes_a_step",
            "It looks as if loss changes the parameters; that is the work of the solver and its update rule.",
            (("return loss, grads", "for key in p:\n    p[key] -= 1e-2 * grads[key]\nreturn loss, grads"),),
        ),
        Mutant(
            question,
            "gradients_as_a_list",
            "It looks as if the gradients are returned as a list; return a dict with the names of the parameters.",
            (("return loss, grads", "return loss, list(grads.values())"),),
        ),
    )


def _regularization(question: str) -> tuple[Mutant, ...]:
    loop = LOOP[question]
    return (
        Mutant(
            question,
            "reg_with_one_half",
            "It looks as if the regularization has a factor of one half; in this course it is reg * sum(W * W).",
            (("self.reg * (", "0.5 * self.reg * ("), ("2 * self.reg", "self.reg")),
        ),
        Mutant(
            question,
            "reg_gradient_once",
            "It looks as if the gradient of the regularization is reg * W; the derivative of W * W is 2 * W.",
            (("2 * self.reg", "self.reg"),),
        ),
        Mutant(
            question,
            "reg_gradient_missing",
            "It looks as if the regularization is in the loss, but its gradient, 2 * reg * W, is missing.",
            (("2 * self.reg", "0 * self.reg"),),
        ),
        Mutant(
            question,
            "reg_loss_missing",
            "It looks as if the regularization is in the gradients, but missing from the loss.",
            (("loss + self.reg * (", "loss + 0 * ("),),
        ),
        Mutant(
            question,
            "reg_square_of_the_sum",
            "It looks as if the weights are added first and the sum is squared; square each weight, then add.",
            ((SQUARES[question], SQUARE_OF_SUM[question]),),
        ),
        Mutant(
            question,
            "reg_averaged",
            "It looks as if the regularization is divided by the number of images; only the data loss is a mean.",
            (("self.reg * (", "self.reg / len(X) * ("), ("2 * self.reg", "2 / len(X) * self.reg")),
        ),
        Mutant(
            question,
            "reg_but_the_last_layer",
            "It looks as if the weights of the last layer are not regularized; all layers are.",
            ((loop, BUT_THE_LAST[question]),),
        ),
        Mutant(
            question,
            "reg_but_the_first_layer",
            "It looks as if the weights of the first convolution are not regularized; all layers are.",
            ((loop, BUT_THE_FIRST[question]),),
        ),
        Mutant(
            question,
            "reg_of_the_last_layer_twice",
            "It looks as if the weights of the last layer are regularized twice.",
            ((loop, LAST_TWICE[question]),),
        ),
        Mutant(
            question,
            "reg_of_the_first_layer_twice",
            "It looks as if the weights of the first convolution are regularized twice.",
            ((loop, FIRST_TWICE[question]),),
        ),
    )


MUTANTS: tuple[Mutant, ...] = tuple(
    mutant for question in (THREE, DEEP) for mutant in (*_scores_and_loss(question), *_regularization(question))
)
