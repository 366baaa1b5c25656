"""Known mistakes in the forward pass."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

FORWARD = "two_layer_net.nn_forward_pass"
HIDDEN = 'hidden = (X @ params["W1"] + params["b1"]).clamp(min=0)'
SCORES = 'scores = hidden @ params["W2"] + params["b2"]'
CHANGED = (  # of two mistakes that no result tells apart
    "params is changed, and belongs to the caller: operations that end in _ work on the caller's tensor, and "
    "params[...] = ... puts an entry into the caller's dict."
)

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        FORWARD,
        "relu_on_the_scores",
        "It looks as if the scores go through a ReLU as well; only the hidden layer does, a score may be negative.",
        ((SCORES, f'scores = ({SCORES.removeprefix("scores = ")}).clamp(min=0)'),),
    ),
    Mutant(
        FORWARD,
        "hidden_before_the_relu",
        "It looks as if hidden is returned as it was before the ReLU; the scores are right.",
        (
            (HIDDEN, 'before = X @ params["W1"] + params["b1"]\nhidden = before.clamp(min=0)'),
            ("return scores, hidden", "return scores, before"),
        ),
    ),
    Mutant(
        FORWARD,
        "no_relu",
        "It looks as if the ReLU is missing: two linear layers after one another are no more than one linear layer.",
        ((".clamp(min=0)", ""),),
    ),
    Mutant(
        FORWARD,
        "relu_of_the_scores_instead",
        "It looks as if the ReLU stands behind the second layer; it belongs between the two.",
        ((".clamp(min=0)", ""), ('+ params["b2"]', '+ params["b2"]\nscores = scores.clamp(min=0)')),
    ),
    Mutant(
        FORWARD,
        "relu_before_the_bias",
        "It looks as if the ReLU is taken before b1 is added; add the bias first.",
        ((HIDDEN, 'hidden = (X @ params["W1"]).clamp(min=0) + params["b1"]'),),
    ),
    Mutant(
        FORWARD,
        "absolute_value",
        "It looks as if the hidden layer holds absolute values; the ReLU makes negative numbers 0.",
        ((".clamp(min=0)", ".abs()"),),
    ),
    Mutant(
        FORWARD,
        "relu_cuts_above",
        "It looks as if the ReLU keeps the negative numbers: it is clamp(min=0), not clamp(max=0).",
        (("min=0", "max=0"),),
    ),
    Mutant(
        FORWARD,
        "relu_as_a_mask",
        "It looks as if hidden holds ones where the unit is open; the ReLU keeps the number itself.",
        ((HIDDEN, 'hidden = (X @ params["W1"] + params["b1"] > 0).to(X.dtype)'),),
    ),
    Mutant(
        FORWARD,
        "sigmoid",
        "It looks as if the hidden layer uses a sigmoid; this network uses a ReLU.",
        ((".clamp(min=0)", ".sigmoid()"),),
    ),
    Mutant(
        FORWARD,
        "first_bias_missing",
        "It looks as if b1 is not added in the hidden layer.",
        ((' + params["b1"]', ""),),
    ),
    Mutant(
        FORWARD,
        "second_bias_missing",
        "It looks as if b2 is not added to the scores.",
        ((' + params["b2"]', ""),),
    ),
    Mutant(
        FORWARD,
        "bias_averaged",
        "It looks as if one number is added to all hidden units; each unit has its own bias in b1.",
        ((' + params["b1"]', ' + params["b1"].mean()'),),
    ),
    Mutant(
        FORWARD,
        "probabilities",
        "It looks as if probabilities are returned; the scores are wanted as they are before the softmax.",
        (("return scores, hidden", "return scores.softmax(dim=1), hidden"),),
    ),
    Mutant(
        FORWARD,
        "results_swapped",
        "The results are in the wrong order: first the scores, then the hidden layer.",
        (("return scores, hidden", "return hidden, scores"),),
    ),
    Mutant(
        FORWARD,
        "scores_alone",
        "Only the scores are returned; return scores and hidden.",
        (("return scores, hidden", "return scores"),),
    ),
    Mutant(
        FORWARD,
        "bias_changed_in_place",
        CHANGED,
        ((SCORES, 'scores = params["b2"].add_(0.125) - 0.125 + hidden @ params["W2"]'),),
    ),
    Mutant(
        FORWARD,
        "hidden_kept_in_params",
        CHANGED,
        (("return scores, hidden", 'params["hidden"] = hidden\nreturn scores, hidden'),),
    ),
    Mutant(
        FORWARD,
        "hidden_cut_off_above",
        "It looks as if the ReLU cuts off large numbers too; it changes nothing above 0.",
        ((".clamp(min=0)", ".clamp(min=0, max=1e3)"),),
    ),
    Mutant(
        FORWARD,
        "always_float32",
        "It looks as if the results are always float32; keep the dtype of X.",
        (("return scores, hidden", "return scores.float(), hidden.float()"),),
    ),
    Mutant(
        FORWARD,
        "view_of_a_strided_tensor",
        "It looks as if .view is used on a tensor that is not contiguous; .reshape makes a copy where it must.",
        ((HIDDEN, 'hidden = (X.view(-1).view(X.shape) @ params["W1"] + params["b1"]).clamp(min=0)'),),
    ),
    Mutant(
        FORWARD,
        "images_squeezed",
        "It looks as if axes of length 1 are lost (squeeze), so that one image or one hidden unit changes the shapes.",
        (("return scores, hidden", "return scores.squeeze(), hidden.squeeze()"),),
    ),
    Mutant(
        FORWARD,
        "made_on_the_cpu",
        "It looks as if a new tensor is made on the CPU wherever X is: give it device=X.device.",
        (
            (
                HIDDEN,
                'before = X @ params["W1"] + params["b1"]\n'
                "hidden = torch.zeros(before.shape, dtype=X.dtype)\nhidden[:] = before.clamp(min=0)",
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "parameters_by_their_order",
        "It looks as if parameters are taken by their order in the dict; take each by its name.",
        body="""
            W1, b1, W2, b2 = params.values()
            hidden = (X @ W1 + b1).clamp(min=0)
            return hidden @ W2 + b2, hidden
        """,
    ),
)
