"""Known mistakes in the search for hyper-parameters."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

SEARCH = "two_layer_net.nn_get_search_params"
BEST = "two_layer_net.find_best_net"
LISTS = "return [0.3, 1.0], [16, 64], [1e-5, 1e-3], [0.95, 1.0]"
LEARNING_RATE = "learning_rate=learning_rate"
DECAY, REG = "learning_rate_decay=decay", "reg=reg"
IS_BETTER = "if val_acc > best_acc:"
KEEP = "best_net, best_stats, best_acc = net, stats, val_acc"
MEASURE = "val_acc = (net.predict(X_val) == y_val).double().mean().item()"
NEW_NET = "net = TwoLayerNet(X.shape[1], hidden_size, num_classes, dtype=X.dtype, device=X.device)"
CLASSES = "num_classes = int(y.max()) + 1"

PARAMETERS = (
    Mutant(
        SEARCH,
        "too_many_combinations",
        "There are more than 25 combinations; the lists multiply, so keep those short that matter less.",
        ((LISTS, "return [0.1, 0.3, 1.0], [16, 32, 64], [1e-5, 1e-4, 1e-3], [0.95, 1.0]"),),
    ),
    Mutant(
        SEARCH,
        "one_learning_rate",
        "There is a single learning rate, which compares nothing; give at least two.",
        ((LISTS, "return [1.0], [16, 64], [1e-5, 1e-3], [0.95, 1.0]"),),
    ),
    Mutant(
        SEARCH,
        "one_hidden_size",
        "There is a single hidden size, which compares nothing; give at least two.",
        ((LISTS, "return [0.3, 1.0], [64], [1e-5, 1e-3], [0.95, 1.0]"),),
    ),
    Mutant(
        SEARCH,
        "lists_out_of_order",
        "The lists are in another order: learning rates, hidden sizes, regularization strengths, decays.",
        ((LISTS, "return [0.3, 1.0], [1e-5, 1e-3], [16, 64], [0.95, 1.0]"),),
    ),
    Mutant(
        SEARCH,
        "hidden_sizes_as_floats",
        "The hidden sizes are floating point numbers; torch wants whole numbers for a shape.",
        ((LISTS, "return [0.3, 1.0], [16.0, 64.0], [1e-5, 1e-3], [0.95, 1.0]"),),
    ),
    Mutant(
        SEARCH,
        "empty_list",
        "A list is empty, so that there is no combination at all.",
        ((LISTS, "return [0.3, 1.0], [16, 64], [], [0.95, 1.0]"),),
    ),
    Mutant(
        SEARCH,
        "learning_rates_too_small",
        "The learning rates are so small that the nets never leave the plateau where they start: weights of 1e-4 give "
        "tiny gradients, so larger steps are needed.",
        ((LISTS, "return [1e-3, 1e-2], [8, 16], [1e-5, 1e-3], [0.95, 1.0]"),),
    ),
    Mutant(
        SEARCH,
        "decays_too_fast",
        "The learning rate decays so fast that the nets stop before they have begun: a factor of 0.5 in each epoch "
        "leaves a thousandth after ten.",
        ((LISTS, "return [0.3, 1.0], [8, 16], [1e-5, 1e-3], [0.1, 0.5]"),),
    ),
    Mutant(
        SEARCH,
        "diverges",
        "The learning rates are so large that every net diverges.",
        ((LISTS, "return [1e2, 1e3], [8, 16], [1e-5, 1e-3], [0.95, 1.0]"),),
    ),
    Mutant(
        SEARCH,
        "regularization_too_strong",
        "The regularization is so strong that it holds all weights near 0.",
        ((LISTS, "return [0.3, 1.0], [8, 16], [0.3, 1.0], [0.95, 1.0]"),),
    ),
    Mutant(
        SEARCH,
        "decay_above_one",
        "A decay above 1 makes the learning rate grow; it is to be at most 1.",
        ((LISTS, "return [0.3, 1.0], [16, 64], [1e-5, 1e-3], [0.95, 1.05]"),),
    ),
)

NET = (
    Mutant(
        BEST,
        "first_good_one",
        "It looks as if the search stops at a net that is good enough; train one net for each combination, a later one "
        "may be better.",
        ((KEEP, KEEP + "\n        if best_acc > 0.95:\n            break"),),
    ),
    Mutant(
        BEST,
        "best_on_training",
        "It looks as if the net is chosen by its training accuracy; choose it by the validation accuracy.",
        ((IS_BETTER, 'if best_net is None or stats["train_acc_history"][-1] > best_stats["train_acc_history"][-1]:'),),
    ),
    Mutant(
        BEST,
        "training_accuracy",
        "It looks as if the accuracy is measured on the training images; measure it on X_val.",
        ((MEASURE, MEASURE.replace("X_val", "X").replace("y_val", "y")),),
    ),
    Mutant(
        BEST,
        "best_by_loss",
        "It looks as if the net with the lowest training loss is kept; keep the one with the highest validation "
        "accuracy.",
        ((IS_BETTER, 'if best_net is None or stats["loss_history"][-1] < best_stats["loss_history"][-1]:'),),
    ),
    Mutant(
        BEST,
        "best_epoch",
        "It looks as if nets are compared by the best epoch of their history; the net that is returned has been "
        "trained since, so compare what it reaches in the end.",
        ((MEASURE, 'val_acc = max(stats["val_acc_history"])'),),
    ),
    Mutant(
        BEST,
        "first_net",
        "It looks as if the first net is returned; keep the one with the highest validation accuracy.",
        ((IS_BETTER, "if best_net is None:"),),
    ),
    Mutant(
        BEST,
        "last_net",
        "It looks as if the last net is returned; keep a net only where it beats the best accuracy so far, and update "
        "that one then.",
        ((IS_BETTER, "if True:"),),
    ),
    Mutant(
        BEST,
        "worst_net",
        "It looks as if the net with the lowest validation accuracy is kept.",
        ((IS_BETTER, "if best_net is None or val_acc < best_acc:"),),
    ),
    Mutant(
        BEST,
        "last_net_best_accuracy",
        "It looks as if the accuracy is the best one, but the net is the last; keep both together.",
        (("return best_net,", "return net,"),),
    ),
    Mutant(
        BEST,
        "last_stats",
        "It looks as if the histories are those of the last net; keep those of the best.",
        (("return best_net, best_stats,", "return best_net, stats,"),),
    ),
    Mutant(
        BEST,
        "last_accuracy",
        "It looks as if val_acc is that of the last net; return the best.",
        (("return best_net, best_stats, best_acc", "return best_net, best_stats, val_acc"),),
    ),
    Mutant(
        BEST,
        "nothing_beats_zero",
        "It looks as if no net is returned where none gets an image right: begin with a best accuracy below 0.",
        (("None, None, -1.0", "None, None, 0.0"),),
    ),
    Mutant(
        BEST,
        "percent",
        "val_acc is in percent; a fraction from 0 to 1 is asked for.",
        (("return best_net, best_stats, best_acc", "return best_net, best_stats, 100 * best_acc"),),
    ),
    Mutant(
        BEST,
        "count",
        "It looks as if val_acc is the number of images; divide it by how many there are.",
        ((".double().mean()", ".double().sum()"),),
    ),
    Mutant(
        BEST,
        "own_parameters",
        "It looks as if get_param_set_fn is not called; take the lists from it.",
        (("get_param_set_fn()", "nn_get_search_params()"),),
    ),
    Mutant(
        BEST,
        "pairs_not_combined",
        "It looks as if the lists are walked side by side (zip); try each value with each of the other lists.",
        (("product(*get_param_set_fn())", "zip(*get_param_set_fn())"),),
    ),
    Mutant(
        BEST,
        "decay_not_passed",
        "It looks as if the decay does not reach train.",
        ((f" {DECAY},", ""),),
    ),
    Mutant(
        BEST,
        "reg_not_passed",
        "It looks as if the regularization strength does not reach train.",
        ((f"{REG}, ", ""),),
    ),
    Mutant(
        BEST,
        "learning_rate_not_passed",
        "It looks as if the learning rate does not reach train.",
        ((f"{LEARNING_RATE}, ", ""),),
    ),
    Mutant(
        BEST,
        "decay_and_reg_swapped",
        "It looks as if decay and regularization strength are exchanged: the order of the lists is learning rates, "
        "hidden sizes, regularization strengths, decays.",
        ((DECAY, "learning_rate_decay=reg"), (REG, "reg=decay")),
    ),
    Mutant(
        BEST,
        "one_net_trained_on",
        "It looks as if one net is trained again and again; make a new one for each combination.",
        (
            (NEW_NET, NEW_NET.replace("net = ", "net = nets.get(hidden_size) or ") + "\n    nets[hidden_size] = net"),
            (CLASSES, f"{CLASSES}\nnets = {{}}"),
        ),
    ),
    Mutant(
        BEST,
        "ten_classes",
        "It looks as if every net has 10 outputs; make as many as the highest training label + 1.",
        ((CLASSES, "num_classes = 10"),),
    ),
    Mutant(
        BEST,
        "classes_counted",
        "It looks as if the outputs are as many as there are different labels; a class may be missing, so make "
        "max(y) + 1.",
        ((CLASSES, "num_classes = len(y.unique())"),),
    ),
    Mutant(
        BEST,
        "size_of_cifar",
        "It looks as if every net has 3 * 32 * 32 inputs; take X_train.shape[1].",
        (("TwoLayerNet(X.shape[1],", "TwoLayerNet(3 * 32 * 32,"),),
    ),
    Mutant(
        BEST,
        "always_float32",
        "It looks as if the nets are always float32 on the CPU; give them the dtype and device of X_train.",
        ((", dtype=X.dtype, device=X.device", ""),),
    ),
    Mutant(
        BEST,
        "trained_on_validation",
        "It looks as if the nets are trained on the validation images.",
        (("    X, y, X_val, y_val, learning_rate", "    X_val, y_val, X_val, y_val, learning_rate"),),
    ),
    Mutant(
        BEST,
        "trained_on_both",
        "It looks as if the nets are trained on the validation images too, so that these measure nothing.",
        (
            (
                "    X, y, X_val, y_val, learning_rate",
                "    torch.cat([X, X_val]), torch.cat([y, y_val]), X_val, y_val, learning_rate",
            ),
        ),
    ),
    Mutant(
        BEST,
        "classes_of_the_validation_part",
        "It looks as if the classes are counted in y_val; a net needs an output for each class up to the highest label "
        "in y_train.",
        ((CLASSES, "num_classes = int(y_val.max()) + 1"),),
    ),
    Mutant(
        BEST,
        "measured_before_training",
        "It looks as if the nets are measured as they are made; train them first.",
        ((f"    {MEASURE}\n", ""), (NEW_NET, f"{NEW_NET}\n    {MEASURE}")),
    ),
    Mutant(
        BEST,
        "results_swapped",
        "The results are in the wrong order: net, stats, val_acc.",
        (("return best_net, best_stats, best_acc", "return best_net, best_acc, best_stats"),),
    ),
)

MUTANTS: tuple[Mutant, ...] = PARAMETERS + NET
