"""Known mistakes in the network of two layers, and with the first parameters of either network."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS", "first_parameters"]

TWO = "fully_connected_networks.TwoLayerNet"

WEIGHTS = "weight_scale * torch.randn(fan_in, fan_out, dtype=dtype, device=device)"
BIASES = "torch.zeros(fan_out, dtype=dtype, device=device)"

RELU_ON_THE_SCORES = (
    "It looks as if a ReLU follows the last layer too: a score below 0 is as good as any other. The last layer is a "
    "Linear alone."
)
NO_RELU = "It looks as if there is no ReLU between the layers; without one, they are together no more than one layer."
RELU_BACKWARD = (
    "It looks as if the gradient goes back through the linear layer alone and not through the ReLU before it; use "
    "Linear_ReLU.backward with the cache of Linear_ReLU.forward."
)
HALF = "It looks as if the regularization has a factor of one half; in this course it is reg * sum(W * W)."
GRADIENT_ONCE = "It looks as if the gradient of the regularization is reg * W: the derivative of W * W is 2 * W."
GRADIENT_MISSING = "It looks as if the regularization is in the loss but its gradient, 2 * reg * W, is in no dW."
LOSS_MISSING = "It looks as if the regularization is in the gradients but not in the loss."
LAST_LAYER_GRADIENT = "It looks as if the weights of the last layer get no gradient of the regularization."
FIRST_LAYER_GRADIENT = "It looks as if the weights of the first layer get no gradient of the regularization."
BIASES_TOO = "It looks as if the biases are regularized too; only the weights are."
SQUARE_OF_THE_SUM = (
    "It looks as if the weights of a layer are added first and the sum is squared; square each weight, then add."
)
NORM = "It looks as if the regularization is the norm of the weights, with a square root; it is the sum of the squares."
AVERAGED = "It looks as if the regularization is divided by the number of examples; only softmax_loss averages."
TWICE_N = "It looks as if the gradients are divided by N once more; softmax_loss has averaged over the batch already."
PROBABILITIES = "It looks as if loss(X) returns probabilities; it returns the scores, as the last layer gives them."
LABELS = "It looks as if loss(X) returns the predicted labels; it returns the scores, and the caller takes the argmax."
BY_ORDER = "It looks as if parameters are taken by their order in the dict; take each by its name."
NO_BIAS_GRADIENTS = "The gradients of the biases are missing from grads; it has the keys of self.params."
NAMES = "The keys of grads are those of self.params, W1 and b1, not dW1 and db1."
VIEW = "X.view works only where X is contiguous; Linear.forward takes images of any shape, and X.reshape works always."
STEP = "It looks as if loss takes a step itself and changes self.params; the Solver takes the steps."


def first_parameters(question: str) -> tuple[Mutant, ...]:
    return (
        Mutant(
            question,
            "cut_off_at_two_deviations",
            "It looks as if the weights are cut off at two standard deviations; normal numbers lie further out now and "
            "then: take torch.randn as it is.",
            ((WEIGHTS, WEIGHTS + ".clamp(-2, 2)"),),
        ),
        Mutant(
            question,
            "scale_added",
            "It looks as if weight_scale is added to the random numbers; multiply them by it.",
            ((WEIGHTS, WEIGHTS.replace(" * ", " + ", 1)),),
        ),
        Mutant(
            question,
            "uniform_weights",
            "It looks as if the weights are uniform, torch.rand, which are all positive; take torch.randn.",
            ((WEIGHTS, WEIGHTS.replace("randn", "rand")),),
        ),
        Mutant(
            question,
            "uniform_weights_of_mean_0",
            "It looks as if the weights are uniform between -weight_scale and weight_scale; they are normal numbers.",
            ((WEIGHTS, WEIGHTS.replace("torch.randn", "(2 * torch.rand").replace("device)", "device) - 1)")),),
        ),
        Mutant(
            question,
            "scale_ignored",
            "It looks as if weight_scale is ignored and a number of your own is taken.",
            ((WEIGHTS, WEIGHTS.replace("weight_scale", "1e-3")),),
        ),
        Mutant(
            question,
            "scale_as_variance",
            "It looks as if weight_scale is taken for the variance; it is the standard deviation.",
            ((WEIGHTS, WEIGHTS.replace("weight_scale", "weight_scale**0.5")),),
        ),
        Mutant(
            question,
            "zero_weights",
            "It looks as if all weights start at 0: then all hidden units compute the same and stay the same.",
            ((WEIGHTS, WEIGHTS.replace("randn", "zeros")),),
        ),
        Mutant(
            question,
            "random_biases",
            "It looks as if the biases start from random numbers; they start at 0.",
            ((BIASES, BIASES.replace("torch.zeros", "weight_scale * torch.randn")),),
        ),
        Mutant(
            question,
            "biases_one",
            "It looks as if the biases start at 1; they start at 0.",
            ((BIASES, BIASES.replace("zeros", "ones")),),
        ),
        Mutant(
            question,
            "biases_as_rows",
            "The biases have two axes, (1, M); give them one, (M,).",
            ((BIASES, BIASES.replace("fan_out", "1, fan_out")),),
        ),
        Mutant(
            question,
            "biases_of_the_input",
            "It looks as if a layer has a bias for each of its inputs; it has one for each of its outputs, fan_out.",
            ((BIASES, BIASES.replace("fan_out", "fan_in")),),
        ),
        Mutant(
            question,
            "weights_transposed",
            "The weights have the shape (fan_out, fan_in); in this course it is (fan_in, fan_out), for x @ w.",
            ((WEIGHTS, WEIGHTS.replace("fan_in, fan_out", "fan_out, fan_in")),),
        ),
        Mutant(
            question,
            "weights_always_float32",
            "The weights are float32 whatever dtype was asked for; hand dtype on to torch.randn.",
            ((WEIGHTS, WEIGHTS.replace("dtype=dtype, ", "")),),
        ),
        Mutant(
            question,
            "biases_always_float32",
            "The biases are float32 whatever dtype was asked for; hand dtype on to torch.zeros.",
            ((BIASES, BIASES.replace("dtype=dtype, ", "")),),
        ),
        Mutant(
            question,
            "weights_always_on_the_cpu",
            "The weights are on the CPU whatever device was asked for; hand device on to torch.randn.",
            ((WEIGHTS, WEIGHTS.replace(", device=device", "")),),
        ),
        Mutant(
            question,
            "biases_always_on_the_cpu",
            "The biases are on the CPU whatever device was asked for; hand device on to torch.zeros.",
            ((BIASES, BIASES.replace(", device=device", "")),),
        ),
        Mutant(
            question,
            "same_numbers_in_each_layer",
            "It looks as if the seed is set before each layer, so that all layers start from the same random numbers.",
            (('self.params[f"W{i}"] =', 'torch.manual_seed(0)\n    self.params[f"W{i}"] ='),),
        ),
    )


TWO_LAYER_MISTAKES = (
    Mutant(
        TWO,
        "same_numbers_in_each_network",
        "It looks as if the seed is set in the network, so that every network starts from the same random numbers.",
        (("for i, (fan_in", "torch.manual_seed(0)\nfor i, (fan_in"),),
    ),
    Mutant(
        TWO,
        "image_size_fixed",
        "It looks as if an image always has 3 * 32 * 32 numbers; take input_dim.",
        (("(input_dim, hidden_dim)", "(3 * 32 * 32, hidden_dim)"),),
    ),
    Mutant(
        TWO,
        "ten_classes",
        "It looks as if there are always 10 classes; take num_classes.",
        (("(hidden_dim, num_classes)", "(hidden_dim, 10)"),),
    ),
    Mutant(
        TWO,
        "relu_on_the_scores",
        RELU_ON_THE_SCORES,
        (
            ("Linear.forward(hidden, W2, b2)", "Linear_ReLU.forward(hidden, W2, b2)"),
            ("Linear.backward(dscores, scores_cache)", "Linear_ReLU.backward(dscores, scores_cache)"),
        ),
    ),
    Mutant(
        TWO,
        "no_relu",
        NO_RELU,
        (
            ("Linear_ReLU.forward(X, W1, b1)", "Linear.forward(X, W1, b1)"),
            ("Linear_ReLU.backward(dhidden, hidden_cache)", "Linear.backward(dhidden, hidden_cache)"),
        ),
    ),
    Mutant(TWO, "probabilities", PROBABILITIES, (("return scores", "return scores.softmax(dim=1)"),)),
    Mutant(TWO, "labels", LABELS, (("return scores", "return scores.argmax(dim=1)"),)),
    Mutant(
        TWO,
        "softmax_before_the_loss",
        "It looks as if the loss gets probabilities; softmax_loss takes the scores themselves.",
        (("softmax_loss(scores, y)", "softmax_loss(scores.softmax(dim=1), y)"),),
    ),
    Mutant(
        TWO,
        "relu_backward_missing",
        RELU_BACKWARD,
        (("Linear_ReLU.backward(dhidden, hidden_cache)", "Linear.backward(dhidden, hidden_cache[0])"),),
    ),
    Mutant(
        TWO,
        "gradients_averaged_again",
        TWICE_N,
        (("Linear.backward(dscores, scores_cache)", "Linear.backward(dscores / len(X), scores_cache)"),),
    ),
    Mutant(
        TWO,
        "opposite_gradients",
        "It looks as if the gradients point downhill; they are those of the loss; the update rule subtracts them.",
        (("Linear.backward(dscores, scores_cache)", "Linear.backward(-dscores, scores_cache)"),),
    ),
    Mutant(
        TWO,
        "bias_gradients_exchanged",
        "It looks as if the gradients of b1 and b2 are exchanged.",
        (('"b1": db1', '"b1": db2'), ('"b2": db2', '"b2": db1')),
    ),
    Mutant(TWO, "bias_gradients_missing", NO_BIAS_GRADIENTS, ((', "b1": db1', ""), (', "b2": db2', ""))),
    Mutant(
        TWO,
        "other_names",
        NAMES,
        (('"W1": dW1, "b1": db1, "W2": dW2, "b2": db2', '"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2'),),
    ),
    Mutant(
        TWO,
        "reg_with_one_half",
        HALF,
        (
            ("self.reg * ((W1", "0.5 * self.reg * ((W1"),
            ("2 * self.reg * W1", "self.reg * W1"),
            ("2 * self.reg * W2", "self.reg * W2"),
        ),
    ),
    Mutant(
        TWO,
        "reg_gradient_once",
        GRADIENT_ONCE,
        (("2 * self.reg * W1", "self.reg * W1"), ("2 * self.reg * W2", "self.reg * W2")),
    ),
    Mutant(
        TWO,
        "reg_gradient_missing",
        GRADIENT_MISSING,
        ((" + 2 * self.reg * W1", " + 0"), (" + 2 * self.reg * W2", " + 0")),
    ),
    Mutant(TWO, "reg_gradient_missing_in_W2", LAST_LAYER_GRADIENT, ((" + 2 * self.reg * W2", " + 0"),)),
    Mutant(TWO, "reg_gradient_missing_in_W1", FIRST_LAYER_GRADIENT, ((" + 2 * self.reg * W1", " + 0"),)),
    Mutant(TWO, "reg_loss_missing", LOSS_MISSING, (("self.reg * ((W1", "0 * ((W1"),)),
    Mutant(
        TWO,
        "reg_loss_of_one_layer",
        "It looks as if only W1 is regularized in the loss; the squares of W2 belong there too.",
        ((" + (W2 * W2).sum()", ""),),
    ),
    Mutant(
        TWO,
        "one_layer_regularized_twice",
        "It looks as if W1 is regularized twice in the loss, and W2 not at all.",
        (("(W2 * W2).sum()", "(W1 * W1).sum()"),),
    ),
    Mutant(
        TWO,
        "biases_regularized",
        BIASES_TOO,
        (
            ("(W2 * W2).sum()", "(W2 * W2).sum() + (b1 * b1).sum() + (b2 * b2).sum()"),
            ('"b1": db1', '"b1": db1 + 2 * self.reg * b1'),
            ('"b2": db2', '"b2": db2 + 2 * self.reg * b2'),
        ),
    ),
    Mutant(
        TWO,
        "reg_square_of_the_sum",
        SQUARE_OF_THE_SUM,
        (("(W1 * W1).sum()", "W1.sum() ** 2"), ("(W2 * W2).sum()", "W2.sum() ** 2")),
    ),
    Mutant(
        TWO,
        "reg_norm",
        NORM,
        (("(W1 * W1).sum()", "(W1 * W1).sum().sqrt()"), ("(W2 * W2).sum()", "(W2 * W2).sum().sqrt()")),
    ),
    Mutant(TWO, "reg_averaged", AVERAGED, (("self.reg * ((W1", "self.reg / len(X) * ((W1"),)),
    Mutant(
        TWO,
        "view_of_the_images",
        VIEW,
        (("Linear_ReLU.forward(X,", "Linear_ReLU.forward(X.view(X.shape[0], -1),"),),
    ),
    Mutant(
        TWO,
        "takes_a_step",
        STEP,
        (
            ("dW1 = dW1 + 2", "W1 -= 1e-3 * dW1\ndW1 = dW1 + 2"),
        ),
    ),
    Mutant(
        TWO,
        "first_reg_for_ever",
        "It looks as if reg is kept a second time when the network is made; loss uses self.reg as it is now.",
        (("self.reg * ((W1 * W1).sum()", "self.__dict__.setdefault('first_reg', self.reg) * ((W1 * W1).sum()"),),
    ),
    Mutant(
        TWO,
        "parameters_by_their_order",
        BY_ORDER,
        (('(self.params[name] for name in ("W1", "b1", "W2", "b2"))', "self.params.values()"),),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*first_parameters(TWO), *TWO_LAYER_MISTAKES)
