"""Known mistakes in the network of any number of layers."""

from __future__ import annotations

from autograder.mutants.fully_connected_networks.networks import (
    AVERAGED,
    BIASES_TOO,
    BY_ORDER,
    FIRST_LAYER_GRADIENT,
    GRADIENT_MISSING,
    GRADIENT_ONCE,
    HALF,
    LABELS,
    LAST_LAYER_GRADIENT,
    LOSS_MISSING,
    NAMES,
    NO_BIAS_GRADIENTS,
    NO_RELU,
    NORM,
    PROBABILITIES,
    RELU_BACKWARD,
    RELU_ON_THE_SCORES,
    SQUARE_OF_THE_SUM,
    STEP,
    TWICE_N,
    VIEW,
    WEIGHTS,
    first_parameters,
)
from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

ANY = "fully_connected_networks.FullyConnectedNet"

ANY_DEPTH_MISTAKES = (
    Mutant(
        ANY,
        "sizes_put_into_hidden_dims",
        "It looks as if input_dim and num_classes are put into hidden_dims itself, which belongs to the caller; make a "
        "new list.",
        (
            (
                "dims = [input_dim, *hidden_dims, num_classes]",
                "dims = hidden_dims if isinstance(hidden_dims, list) else list(hidden_dims)\n"
                "dims.insert(0, input_dim)\ndims.append(num_classes)",
            ),
        ),
    ),
    Mutant(
        ANY,
        "hidden_dims_must_be_a_list",
        "It looks as if hidden_dims is added to a list, which fails for a tuple: [input_dim, *hidden_dims, ...].",
        (("[input_dim, *hidden_dims, num_classes]", "[input_dim] + hidden_dims + [num_classes]"),),
    ),
    Mutant(
        ANY,
        "one_digit_of_the_layer",
        "It looks as if the number of a layer is read from one character of its name: W10 is layer 10, not layer 1.",
        (
            (
                'out, caches[i] = Linear_ReLU.forward(out, self.params[f"W{i}"]',
                'out, caches[i] = Linear_ReLU.forward(out, self.params[f"W{str(i)[0]}"]',
            ),
        ),
    ),
    Mutant(
        ANY,
        "same_numbers_in_each_network",
        "It looks as if the seed is used for the first weights, or set to a fixed number; it is for dropout alone.",
        (("dims = [input_dim", "torch.manual_seed(0 if seed is None else seed)\ndims = [input_dim"),),
    ),
    Mutant(
        ANY,
        "ten_classes",
        "It looks as if there are always 10 classes; take num_classes.",
        (("*hidden_dims, num_classes]", "*hidden_dims, 10]"),),
    ),
    Mutant(
        ANY,
        "last_layer_without_parameters",
        "It looks as if the last layer gets no parameters: there are len(hidden_dims) + 1 layers.",
        (("range(1, self.num_layers + 1)", "range(1, self.num_layers)"),),
    ),
    Mutant(
        ANY,
        "hidden_layers_of_one_size",
        "It looks as if all hidden layers have the size of the first; hidden_dims has a size for each.",
        (("*hidden_dims, num_classes]", "*[hidden_dims[0]] * len(hidden_dims), num_classes]"),),
    ),
    Mutant(
        ANY,
        "layers_counted_from_0",
        "The first layer is W1 and b1, not W0 and b0.",
        (
            ('self.params[f"W{i}"] =', 'self.params[f"W{i - 1}"] ='),
            ('self.params[f"b{i}"] =', 'self.params[f"b{i - 1}"] ='),
        ),
    ),
    Mutant(
        ANY,
        "kaiming_weights",
        "It looks as if the weights are scaled by sqrt(2 / fan_in); here their standard deviation is weight_scale.",
        ((WEIGHTS, WEIGHTS.replace("weight_scale", "(2 / fan_in) ** 0.5")),),
    ),
    Mutant(
        ANY,
        "always_three_layers",
        "It looks as if there are always three layers; take self.num_layers.",
        (("range(1, self.num_layers):", "range(1, 3):"), ("last = self.num_layers", "last = 3")),
    ),
    Mutant(
        ANY,
        "last_hidden_layer_skipped",
        "It looks as if the loop ends one hidden layer early: range(1, L) counts from 1 to L - 1.",
        (("range(1, self.num_layers):", "range(1, self.num_layers - 1):"),),
    ),
    Mutant(
        ANY,
        "always_a_hidden_layer",
        "It looks as if the first layer always has a ReLU; without hidden layers it is the last, a Linear alone.",
        (("range(1, self.num_layers):", "range(1, max(self.num_layers, 2)):"),),
    ),
    Mutant(
        ANY,
        "relu_on_the_scores",
        RELU_ON_THE_SCORES,
        (
            ("Linear.forward(out, self.params[f\"W{last}\"]", "Linear_ReLU.forward(out, self.params[f\"W{last}\"]"),
            ("dout, dW, db = Linear.backward(dout, caches[i])", "dout, dW, db = Linear_ReLU.backward(dout, caches[i])"),
        ),
    ),
    Mutant(
        ANY,
        "no_relu",
        NO_RELU,
        (
            ("caches[i] = Linear_ReLU.forward(", "caches[i] = Linear.forward("),
            ("dout, dW, db = Linear_ReLU.backward(", "dout, dW, db = Linear.backward("),
        ),
    ),
    Mutant(ANY, "probabilities", PROBABILITIES, (("return scores", "return scores.softmax(dim=1)"),)),
    Mutant(ANY, "labels", LABELS, (("return scores", "return scores.argmax(dim=1)"),)),
    Mutant(
        ANY,
        "relu_backward_missing",
        RELU_BACKWARD,
        (("Linear_ReLU.backward(dout, caches[i])", "Linear.backward(dout, caches[i][0])"),),
    ),
    Mutant(
        ANY,
        "gradients_averaged_again",
        TWICE_N,
        (("loss, dout = softmax_loss(scores, y)", "loss, dout = softmax_loss(scores, y)\ndout = dout / len(X)"),),
    ),
    Mutant(
        ANY,
        "gradients_of_the_last_layer_alone",
        "It looks as if the loop back ends after the last layer; it goes down to layer 1.",
        (("range(last, 0, -1)", "range(last, last - 1, -1)"),),
    ),
    Mutant(
        ANY,
        "no_gradients_of_the_first_layer",
        "It looks as if the loop back ends before layer 1: range(L, 0, -1) counts down to 1.",
        (("range(last, 0, -1)", "range(last, 1, -1)"),),
    ),
    Mutant(ANY, "bias_gradients_missing", NO_BIAS_GRADIENTS, (('grads[f"b{i}"] = db', "pass"),)),
    Mutant(
        ANY,
        "other_names",
        NAMES,
        (('grads[f"W{i}"]', 'grads[f"dW{i}"]'), ('grads[f"b{i}"]', 'grads[f"db{i}"]')),
    ),
    Mutant(
        ANY,
        "gradients_accumulate",
        "It looks as if the gradients of one call are added to those of the call before; each call starts anew.",
        (
            ("grads = {}", 'grads = self.__dict__.setdefault("grads", {})'),
            ('grads[f"W{i}"] = dW', 'grads[f"W{i}"] = grads.get(f"W{i}", 0) + dW'),
        ),
    ),
    Mutant(
        ANY,
        "reg_with_one_half",
        HALF,
        (("+ self.reg * (W * W)", "+ 0.5 * self.reg * (W * W)"), ("2 * self.reg * W", "self.reg * W")),
    ),
    Mutant(ANY, "reg_gradient_once", GRADIENT_ONCE, (("2 * self.reg * W", "self.reg * W"),)),
    Mutant(ANY, "reg_gradient_missing", GRADIENT_MISSING, ((" + 2 * self.reg * W", ""),)),
    Mutant(
        ANY,
        "reg_gradient_missing_in_the_last",
        LAST_LAYER_GRADIENT,
        (("+ 2 * self.reg * W", "+ 2 * self.reg * W * (i < last)"),),
    ),
    Mutant(
        ANY,
        "reg_gradient_missing_in_the_first",
        FIRST_LAYER_GRADIENT,
        (("+ 2 * self.reg * W", "+ 2 * self.reg * W * (i > 1)"),),
    ),
    Mutant(ANY, "reg_loss_missing", LOSS_MISSING, (("loss = loss + self.reg * (W * W).sum()", "pass"),)),
    Mutant(
        ANY,
        "reg_loss_without_the_last",
        "It looks as if the weights of the last layer are missing in the regularization of the loss.",
        (("self.reg * (W * W).sum()", "self.reg * (i < last) * (W * W).sum()"),),
    ),
    Mutant(
        ANY,
        "reg_loss_of_the_first_alone",
        "It looks as if the loss is set anew for each layer, so that the squares of one layer are left; add them up.",
        (
            ("loss, dout = softmax_loss(scores, y)", "loss, dout = softmax_loss(scores, y)\nscores_loss = loss"),
            ("loss = loss + self.reg", "loss = scores_loss + self.reg"),
        ),
    ),
    Mutant(
        ANY,
        "one_layer_regularized_twice",
        "It looks as if the last layer is regularized twice in the loss: once before the loop, and once in it.",
        (
            (
                "grads = {}",
                'grads = {}\nloss = loss + self.reg * (self.params[f"W{last}"] ** 2).sum()',
            ),
        ),
    ),
    Mutant(
        ANY,
        "biases_regularized",
        BIASES_TOO,
        (
            ("self.reg * (W * W).sum()", 'self.reg * ((W * W).sum() + (self.params[f"b{i}"] ** 2).sum())'),
            ('grads[f"b{i}"] = db', 'grads[f"b{i}"] = db + 2 * self.reg * self.params[f"b{i}"]'),
        ),
    ),
    Mutant(ANY, "reg_square_of_the_sum", SQUARE_OF_THE_SUM, (("(W * W).sum()", "W.sum() ** 2"),)),
    Mutant(ANY, "reg_norm", NORM, (("(W * W).sum()", "(W * W).sum().sqrt()"),)),
    Mutant(ANY, "reg_averaged", AVERAGED, (("self.reg * (W * W)", "self.reg / len(X) * (W * W)"),)),
    Mutant(
        ANY,
        "takes_a_step",
        STEP,
        (('grads[f"b{i}"] = db', 'grads[f"b{i}"] = db\n    self.params[f"W{i}"] = W - 1e-2 * grads[f"W{i}"]'),),
    ),
    Mutant(
        ANY,
        "view_of_the_images",
        VIEW,
        (("caches, dropout_caches = X,", "caches, dropout_caches = X.view(X.shape[0], -1),"),),
    ),
    Mutant(
        ANY,
        "parameters_by_their_order",
        BY_ORDER,
        (
            (
                'Linear.forward(out, self.params[f"W{last}"], self.params[f"b{last}"])',
                "Linear.forward(out, *list(self.params.values())[-2:])",
            ),
        ),
    ),
)

DROPOUT = (
    "out, dropout_caches[i] = Dropout.forward(out, self.dropout_param)",
    "dout = Dropout.backward(dout, dropout_caches[i])",
)

DROPOUT_MISTAKES = (
    Mutant(
        ANY,
        "dropout_at_test_time",
        "It looks as if units are dropped at test time too: the mode is set in the given lines; leave it as it is.",
        (("out, caches, dropout_caches", 'self.dropout_param["mode"] = "train"\nout, caches, dropout_caches'),),
    ),
    Mutant(
        ANY,
        "never_dropout",
        "It looks as if nothing is ever dropped: with self.use_dropout, a Dropout follows each ReLU.",
        ((f"    {DROPOUT[0]}", "    pass"), (f"    {DROPOUT[1]}", "    pass")),
    ),
    Mutant(
        ANY,
        "dropout_in_test_mode_alone",
        "It looks as if dropout is always in mode test; when there are labels, the mode is train.",
        (("out, caches, dropout_caches", 'self.dropout_param["mode"] = "test"\nout, caches, dropout_caches'),),
    ),
    Mutant(
        ANY,
        "dropout_on_the_scores",
        "It looks as if the scores are dropped out too; the last layer has no dropout.",
        (
            (
                "if y is None:",
                "if self.use_dropout:\n    scores, dropout_caches[last] = Dropout.forward(scores, self.dropout_param)\n"
                "if y is None:",
            ),
            (
                "loss, dout = softmax_loss(scores, y)",
                "loss, dout = softmax_loss(scores, y)\nif self.use_dropout:\n"
                "    dout = Dropout.backward(dout, dropout_caches[last])",
            ),
        ),
    ),
    Mutant(
        ANY,
        "dropout_on_the_images",
        "It looks as if dropout stands before each linear layer, and so drops pixels; it follows the ReLUs.",
        (
            (
                "    out, caches[i] = Linear_ReLU.forward(",
                "    if self.use_dropout:\n        out, dropout_caches[i] = Dropout.forward(out, self.dropout_param)\n"
                "    out, caches[i] = Linear_ReLU.forward(",
            ),
            (f"    if self.use_dropout:\n        {DROPOUT[0]}\nlast", "last"),
            (f"        if self.use_dropout:\n            {DROPOUT[1]}\n", ""),
            (
                "dout, dW, db = Linear_ReLU.backward(dout, caches[i])",
                "dout, dW, db = Linear_ReLU.backward(dout, caches[i])\n        if self.use_dropout:\n"
                "            dout = Dropout.backward(dout, dropout_caches[i])",
            ),
        ),
    ),
    Mutant(
        ANY,
        "dropout_in_the_first_layer_alone",
        "It looks as if only the first hidden layer has dropout; each of them has.",
        (
            (f"use_dropout:\n        {DROPOUT[0]}", f"use_dropout and i == 1:\n        {DROPOUT[0]}"),
            (f"use_dropout:\n            {DROPOUT[1]}", f"use_dropout and i == 1:\n            {DROPOUT[1]}"),
        ),
    ),
    Mutant(
        ANY,
        "dropout_backward_missing",
        "It looks as if the gradients do not go back through the dropout layers: what was dropped gets no gradient, "
        "and what was kept is scaled.",
        ((f"    {DROPOUT[1]}", "    pass"),),
    ),
    Mutant(
        ANY,
        "masks_in_the_order_of_forward",
        "It looks as if the dropout layers get each other's masks on the way back; layer i needs the cache of layer i.",
        ((DROPOUT[1], "dout = Dropout.backward(dout, dropout_caches[last - i])"),),
    ),
    Mutant(
        ANY,
        "mask_of_the_last_layer",
        "It looks as if only the last dropout cache is kept and used for every layer; each has its own.",
        ((DROPOUT[1], "dout = Dropout.backward(dout, dropout_caches[last - 1])"),),
    ),
    Mutant(
        ANY,
        "seed_not_handed_on",
        "It looks as if Dropout gets a new dict without the seed; hand self.dropout_param on, which holds it.",
        (
            (
                "Dropout.forward(out, self.dropout_param)",
                'Dropout.forward(out, {name: self.dropout_param[name] for name in ("mode", "p")})',
            ),
        ),
    ),
    Mutant(
        ANY,
        "probability_to_keep",
        "It looks as if Dropout gets the probability to keep; p is the probability to drop, as dropout is.",
        (
            (
                "Dropout.forward(out, self.dropout_param)",
                'Dropout.forward(out, {**self.dropout_param, "p": 1 - self.dropout_param["p"]})',
            ),
        ),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*first_parameters(ANY), *ANY_DEPTH_MISTAKES, *DROPOUT_MISTAKES)
