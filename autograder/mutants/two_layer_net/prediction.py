"""Known mistakes in prediction."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

PREDICT = "two_layer_net.nn_predict"
ANSWER = "return loss_func(params, X).argmax(dim=1)"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        PREDICT,
        "scores_returned",
        "The scores are returned; return the class with the highest score of each image.",
        ((".argmax(dim=1)", ""),),
    ),
    Mutant(
        PREDICT,
        "highest_scores_returned",
        "It looks as if the highest score is returned instead of its class.",
        ((".argmax(dim=1)", ".max(dim=1).values"),),
    ),
    Mutant(
        PREDICT,
        "values_and_indices",
        "It looks as if both results of max are returned; the labels are its second, .indices.",
        ((".argmax(dim=1)", ".max(dim=1)"), ("return ", "return tuple("), ("dim=1)", "dim=1))")),
    ),
    Mutant(
        PREDICT,
        "along_the_images",
        "It looks as if the best image is searched for each class; search the best class of each image, dim=1.",
        (("dim=1", "dim=0"),),
    ),
    Mutant(
        PREDICT,
        "over_everything",
        "It looks as if one label is returned for all images; take the maximum of each row, dim=1.",
        (("dim=1", ""),),
    ),
    Mutant(
        PREDICT,
        "lowest_score",
        "It looks as if the class with the lowest score is returned.",
        (("argmax", "argmin"),),
    ),
    Mutant(
        PREDICT,
        "float_labels",
        "The labels are floating point numbers; they are to be int64.",
        (("argmax(dim=1)", "argmax(dim=1).to(X.dtype)"),),
    ),
    Mutant(
        PREDICT,
        "column_of_labels",
        "The labels have shape (N, 1): leave keepdim out.",
        (("argmax(dim=1)", "argmax(dim=1, keepdim=True)"),),
    ),
    Mutant(
        PREDICT,
        "largest_magnitude",
        "It looks as if a large negative score counts as a high one: compare the scores without abs.",
        (("argmax", "abs().argmax"),),
    ),
    Mutant(
        PREDICT,
        "hidden_layer_compared",
        "It looks as if the most active hidden unit is returned; compare the scores.",
        ((ANSWER, "return nn_forward_pass(params, X)[1].argmax(dim=1)"),),
    ),
    Mutant(
        PREDICT,
        "loss_func_ignored",
        "It looks as if the scores come from this file's own forward pass; take them from the loss_func that is given.",
        ((ANSWER, "return nn_forward_pass(params, X)[0].argmax(dim=1)"),),
    ),
    Mutant(
        PREDICT,
        "first_of_the_scores",
        "It looks as if loss_func(params, X)[0] is used, which is the first image: without labels, loss_func returns "
        "the scores alone.",
        ((ANSWER, "return loss_func(params, X)[0].argmax(dim=0)"),),
    ),
    Mutant(
        PREDICT,
        "probabilities_overflow",
        "It looks as if exp overflows for large scores, so that several classes seem equal: compare the scores "
        "themselves.",
        ((".argmax", ".exp().argmax"),),
    ),
    Mutant(
        PREDICT,
        "ten_classes",
        "It looks as if only the first ten scores are compared; there are as many classes as columns.",
        ((".argmax", "[:, :10].argmax"),),
    ),
    Mutant(
        PREDICT,
        "last_images_left_out",
        "It looks as if images are predicted a hundred at a time and those left over at the end get no label.",
        (
            (
                ANSWER,
                "full = max(len(X) // 100 * 100, 100)\n"
                "return torch.cat([loss_func(params, part).argmax(dim=1) for part in X[:full].split(100)])",
            ),
        ),
    ),
    Mutant(
        PREDICT,
        "images_changed",
        "X is changed before the scores are computed, and with it the caller's images.",
        (("return ", "X -= 0.5\nX += 0.5\nX[:, 0] = X[:, 0] + 1e-3\nreturn "),),
    ),
    Mutant(
        PREDICT,
        "made_on_the_cpu",
        "It looks as if the labels are written into a tensor made on the CPU, wherever X is: return the labels of "
        "argmax as they are, or give the new tensor device=X.device.",
        (
            (
                ANSWER,
                "labels = torch.zeros(X.shape[0], dtype=torch.int64)\n"
                "labels[:] = loss_func(params, X).argmax(dim=1)\nreturn labels",
            ),
        ),
    ),
)
