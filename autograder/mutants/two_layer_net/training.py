"""Known mistakes in training."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

TRAIN = "two_layer_net.nn_train"
SAMPLE = "X_batch, y_batch = sample_batch(X, y, num_train, batch_size)"
STEP = "params[name] = params[name] - learning_rate * grads[name]"
EPOCH = "iterations_per_epoch = max(num_train // batch_size, 1)"
AT_THE_END = "if (iteration + 1) % iterations_per_epoch == 0:"
DECAY = "        learning_rate *= learning_rate_decay\n"
TRAIN_HITS = "pred_func(params, loss_func, X_batch) == y_batch"
VAL_HITS = "pred_func(params, loss_func, X_val) == y_val"
NOT_IN_THE_DICT = (  # of several mistakes that no result tells apart
    "The dict that was given does not hold the parameters after the last step: a copy is trained, or the dict gets "
    "those of the best epoch or of the last whole one."
)

STEPS = (
    Mutant(
        TRAIN,
        "parameters_of_the_best_epoch",
        NOT_IN_THE_DICT,
        (
            ("for iteration in range(num_iters):", "best = (-1.0, dict(params))\nfor iteration in range(num_iters):"),
            (DECAY, DECAY + "        best = max(best, (val_hits.sum().item(), dict(params)), key=lambda a: a[0])\n"),
            ("return {", "params.update(best[1])\nreturn {"),
        ),
    ),
    Mutant(
        TRAIN,
        "rate_of_the_call_before",
        "It looks as if the learning rate is kept from one call to the next; each call begins with its own.",
        (
            (EPOCH, EPOCH + "\nlearning_rate = getattr(nn_train, 'rate', learning_rate)"),
            (DECAY, DECAY + "        nn_train.rate = learning_rate\n"),
        ),
    ),
    Mutant(
        TRAIN,
        "uphill",
        "It looks as if the step goes up the gradient: subtract learning_rate * gradient.",
        ((STEP, STEP.replace(" - ", " + ")),),
    ),
    Mutant(
        TRAIN,
        "learning_rate_missing",
        "It looks as if the whole gradient is subtracted; multiply it by the learning rate.",
        ((STEP, "params[name] = params[name] - grads[name]"),),
    ),
    Mutant(
        TRAIN,
        "learning_rate_ignored",
        "It looks as if the step does not depend on the learning rate that was given.",
        ((STEP, STEP.replace("learning_rate", "1e-3")),),
    ),
    Mutant(
        TRAIN,
        "step_to_the_gradient",
        "It looks as if a parameter is replaced by its step; subtract the step from the parameter.",
        ((STEP, "params[name] = -learning_rate * grads[name]"),),
    ),
    Mutant(
        TRAIN,
        "weights_alone",
        "It looks as if only the weights are stepped; the biases have gradients as well.",
        (("for name in params:", 'for name in ("W1", "W2"):'),),
    ),
    Mutant(
        TRAIN,
        "first_layer_alone",
        "It looks as if only the first layer is trained; step all four parameters.",
        (("for name in params:", 'for name in ("W1", "b1"):'),),
    ),
    Mutant(
        TRAIN,
        "no_step",
        "It looks as if the parameters are never changed; subtract learning_rate * gradient from each.",
        ((STEP, "pass"),),
    ),
    Mutant(
        TRAIN,
        "dict_updated_once_an_epoch",
        NOT_IN_THE_DICT,
        (
            ("loss_history: list[float] = []", "given, params = params, dict(params)\nloss_history: list[float] = []"),
            (DECAY, DECAY + "        given.update(params)\n"),
        ),
    ),
    Mutant(
        TRAIN,
        "trained_copy",
        NOT_IN_THE_DICT,
        (("loss_history: list[float] = []", "params = dict(params)\nloss_history: list[float] = []"),),
    ),
    Mutant(
        TRAIN,
        "divided_by_the_batch",
        "It looks as if the step is divided by the batch size; the gradient is a mean over the batch already.",
        ((STEP, f"{STEP} / batch_size"),),
    ),
    Mutant(
        TRAIN,
        "step_in_single_precision",
        "It looks as if the parameters become float32 on the way; keep their dtype.",
        ((STEP, STEP.replace("grads[name]", "grads[name].float().to(X.dtype)")),),
    ),
    Mutant(
        TRAIN,
        "one_iteration_short",
        "It looks as if there is one iteration too few: range(n) already stops before n.",
        (("range(num_iters)", "range(num_iters - 1)"),),
    ),
    Mutant(
        TRAIN,
        "iterations_are_epochs",
        "It looks as if num_iters epochs are run; it is the number of steps.",
        (("range(num_iters)", "range(num_iters * iterations_per_epoch)"),),
    ),
)

RATE = (
    Mutant(
        TRAIN,
        "never_decays",
        "It looks as if the learning rate never decays: multiply it by learning_rate_decay once in each epoch.",
        ((DECAY, ""),),
    ),
    Mutant(
        TRAIN,
        "decays_every_iteration",
        "It looks as if the learning rate decays in every iteration; it does once in max(N // batch_size, 1) of them.",
        ((DECAY, "    learning_rate = learning_rate * learning_rate_decay\n"),),
    ),
    Mutant(
        TRAIN,
        "rate_grows",
        "It looks as if the learning rate is divided by its decay, so that it grows; multiply.",
        (("learning_rate *= learning_rate_decay", "learning_rate /= learning_rate_decay"),),
    ),
    Mutant(
        TRAIN,
        "decay_subtracted",
        "It looks as if learning_rate_decay is subtracted; it is a factor.",
        (("learning_rate *= learning_rate_decay", "learning_rate -= learning_rate_decay"),),
    ),
    Mutant(
        TRAIN,
        "rate_set_to_the_decay",
        "It looks as if the learning rate becomes the decay itself; multiply it by the decay.",
        (("learning_rate *= learning_rate_decay", "learning_rate = learning_rate_decay"),),
    ),
    Mutant(
        TRAIN,
        "decays_by_the_power",
        "It looks as if the power of the decay is applied to a rate that has decayed already: either multiply by the "
        "decay each time, or compute it from the first rate.",
        (("learning_rate *= learning_rate_decay", "learning_rate *= learning_rate_decay ** (len(val_acc_history))"),),
    ),
    Mutant(
        TRAIN,
        "decay_is_fixed",
        "It looks as if the decay is always 0.95; take learning_rate_decay.",
        (("learning_rate *= learning_rate_decay", "learning_rate *= 0.95"),),
    ),
    Mutant(
        TRAIN,
        "epoch_of_no_iteration",
        "It looks as if an epoch has 0 iterations where there are fewer images than batch_size: it has at least 1.",
        ((EPOCH, "iterations_per_epoch = num_train // batch_size"),),
    ),
    Mutant(
        TRAIN,
        "epoch_rounded_up",
        "It looks as if the iterations of an epoch are rounded up; they are N // batch_size, and at least 1.",
        ((EPOCH, "iterations_per_epoch = max(-(-num_train // batch_size), 1)"),),
    ),
    Mutant(
        TRAIN,
        "epoch_of_the_batch_size",
        "It looks as if an epoch has batch_size iterations; it has N // batch_size.",
        ((EPOCH, "iterations_per_epoch = batch_size"),),
    ),
    Mutant(
        TRAIN,
        "epoch_of_all_images",
        "It looks as if an epoch has N iterations; a batch takes batch_size images at once, so it has N // batch_size.",
        ((EPOCH, "iterations_per_epoch = num_train"),),
    ),
    Mutant(
        TRAIN,
        "decays_once_only",
        "It looks as if the learning rate decays after the first epoch only; test the remainder of the iteration, not "
        "the iteration itself.",
        ((DECAY, "        if iteration + 1 == iterations_per_epoch:\n    " + DECAY),),
    ),
)

BATCHES = (
    Mutant(
        TRAIN,
        "one_batch_for_all_iterations",
        "It looks as if the batch is drawn once; draw a new one in each iteration.",
        ((f"    {SAMPLE}\n", ""), (EPOCH, f"{EPOCH}\n{SAMPLE}")),
    ),
    Mutant(
        TRAIN,
        "one_batch_an_epoch",
        "It looks as if a batch is drawn once in each epoch; draw a new one in each iteration.",
        ((SAMPLE, f"if iteration % iterations_per_epoch == 0:\n        {SAMPLE}"),),
    ),
    Mutant(
        TRAIN,
        "whole_set_as_batch",
        "It looks as if every iteration uses all images; draw a batch of batch_size.",
        ((SAMPLE, "X_batch, y_batch = X, y"),),
    ),
    Mutant(
        TRAIN,
        "first_images_always",
        "It looks as if batches are drawn from the first batch_size images only; draw from all of X.",
        ((SAMPLE, SAMPLE.replace("num_train", "min(batch_size, num_train)")),),
    ),
    Mutant(
        TRAIN,
        "last_image_never",
        "It looks as if the last image is never drawn: num_train is the number of images, not the last index.",
        ((SAMPLE, SAMPLE.replace("num_train", "max(num_train - 1, 1)")),),
    ),
    Mutant(
        TRAIN,
        "beyond_the_data",
        "It looks as if images beyond the last one are drawn; there are N = X.shape[0], with numbers from 0 to N - 1.",
        ((SAMPLE, SAMPLE.replace("num_train", "num_train + 1")),),
    ),
    Mutant(
        TRAIN,
        "own_indices_beyond_the_data",
        "It looks as if random indices go up to N; torch.randint(N, ...) stops before N.",
        (
            (
                SAMPLE,
                "drawn = torch.randint(0, num_train + 1, (batch_size,), device=X.device)\n"
                "    X_batch, y_batch = X[drawn], y[drawn]",
            ),
        ),
    ),
    Mutant(
        TRAIN,
        "pairs_broken",
        "It looks as if images and labels come from two different batches; take both from one call of sample_batch.",
        (
            (
                SAMPLE,
                "X_batch, _ = sample_batch(X, y, num_train, batch_size)\n"
                "    _, y_batch = sample_batch(X, y, num_train, batch_size)",
            ),
        ),
    ),
    Mutant(
        TRAIN,
        "trained_on_validation",
        "It looks as if the batches come from the validation images, which are there to measure.",
        ((SAMPLE, "X_batch, y_batch = sample_batch(X_val, y_val, len(X_val), batch_size)"),),
    ),
    Mutant(
        TRAIN,
        "batch_size_ignored",
        "It looks as if the batch size does not reach sample_batch.",
        ((SAMPLE, SAMPLE.replace("batch_size)", "200)")),),
    ),
    Mutant(
        TRAIN,
        "reg_not_passed",
        "It looks as if reg does not reach loss_func.",
        ((", reg=reg)", ")"),),
    ),
    Mutant(
        TRAIN,
        "labels_not_passed",
        "It looks as if loss_func gets no labels; without them it returns scores.",
        ((", y=y_batch, reg=reg)", ", reg=reg)"),),
    ),
    Mutant(
        TRAIN,
        "data_centred_in_place",
        "The images that were given are changed in place; work on a copy.",
        ((EPOCH, f"{EPOCH}\nX -= 0.125"),),
    ),
)

HISTORIES = (
    Mutant(
        TRAIN,
        "loss_once_an_epoch",
        "It looks as if the loss is noted once in each epoch; note it in each iteration.",
        (
            ("    loss_history.append(float(loss))\n", ""),
            (DECAY, f"        loss_history.append(float(loss))\n{DECAY}"),
        ),
    ),
    Mutant(
        TRAIN,
        "accuracies_every_iteration",
        "It looks as if the accuracies are noted in every iteration; once in each epoch is enough, and saves time.",
        (
            (AT_THE_END, "if True:"),
            (DECAY, "        if (iteration + 1) % iterations_per_epoch == 0:\n    " + DECAY),
        ),
    ),
    Mutant(
        TRAIN,
        "accuracies_at_the_end_only",
        "It looks as if the accuracies are noted once, after training; note them in each epoch.",
        (
            ("train_acc_history.append(", "train_acc_history[:] = (lambda x: [x])("),
            ("val_acc_history.append(", "val_acc_history[:] = (lambda x: [x])("),
        ),
    ),
    Mutant(
        TRAIN,
        "accuracy_before_the_step",
        "It looks as if the accuracy is measured before the step of the iteration; measure it after.",
        (
            ("for name in params:", "before = dict(params)\n    for name in params:"),
            (TRAIN_HITS, TRAIN_HITS.replace("params", "before")),
            (VAL_HITS, VAL_HITS.replace("params", "before")),
        ),
    ),
    Mutant(
        TRAIN,
        "histories_swapped",
        "train_acc_history and val_acc_history are exchanged.",
        (
            ('"train_acc_history": train_acc_history', '"train_acc_history": val_acc_history'),
            ('"val_acc_history": val_acc_history', '"val_acc_history": train_acc_history'),
        ),
    ),
    Mutant(
        TRAIN,
        "training_accuracy_twice",
        "It looks as if the validation accuracy is measured on the batch; predict the labels of X_val.",
        ((VAL_HITS, TRAIN_HITS),),
    ),
    Mutant(
        TRAIN,
        "training_accuracy_on_validation",
        "It looks as if the training accuracy is measured on X_val; measure it on the batch.",
        ((TRAIN_HITS, VAL_HITS),),
    ),
    Mutant(
        TRAIN,
        "training_accuracy_of_all_images",
        "It looks as if the training accuracy is measured on all of X; the batch of that iteration is asked for, which "
        "takes less time.",
        ((TRAIN_HITS, "pred_func(params, loss_func, X) == y"),),
    ),
    Mutant(
        TRAIN,
        "counts",
        "It looks as if the right answers are counted; an accuracy is their fraction.",
        (
            ("train_hits.double().mean()", "train_hits.double().sum()"),
            ("val_hits.double().mean()", "val_hits.double().sum()"),
        ),
    ),
    Mutant(
        TRAIN,
        "percent",
        "The accuracies are in percent; fractions from 0 to 1 are asked for.",
        (("train_hits.double()", "100 * train_hits.double()"), ("val_hits.double()", "100 * val_hits.double()")),
    ),
    Mutant(
        TRAIN,
        "error_rate",
        "It looks as if the wrong answers are counted instead of the right ones.",
        ((TRAIN_HITS, TRAIN_HITS.replace("==", "!=")), (VAL_HITS, VAL_HITS.replace("==", "!="))),
    ),
    Mutant(
        TRAIN,
        "histories_of_all_calls",
        "It looks as if the histories are kept from one call to the next; each call returns its own: begin with empty "
        "lists inside the function.",
        (
            ("loss_history: list[float] = []", 'loss_history = nn_train.__dict__.setdefault("losses", [])'),
            ("train_acc_history: list[float] = []", 'train_acc_history = nn_train.__dict__.setdefault("train", [])'),
            ("val_acc_history: list[float] = []", 'val_acc_history = nn_train.__dict__.setdefault("val", [])'),
        ),
    ),
    Mutant(
        TRAIN,
        "verbose_fails",
        "With verbose=True it raises: call it so once, what is printed must exist.",
        (("loss {float(loss):.4f}", "loss {loss_history:.4f}"),),
    ),
    Mutant(
        TRAIN,
        "stops_when_all_is_right",
        "It looks as if training stops when every validation image is right; it makes num_iters steps in any case.",
        ((DECAY, DECAY + "        if val_acc_history[-1] == 1:\n            break\n"),),
    ),
    Mutant(
        TRAIN,
        "stops_at_a_small_loss",
        "It looks as if training stops when the loss is small; it makes num_iters steps in any case.",
        (("loss_history.append(float(loss))", "loss_history.append(float(loss))\n    if loss < 1e-3:\n        break"),),
    ),
    Mutant(
        TRAIN,
        "loss_history_alone",
        "Only the losses are returned; return a dict with loss_history, train_acc_history and val_acc_history.",
        (("return {", "return loss_history\nreturn {"),),
    ),
    Mutant(
        TRAIN,
        "tuple_of_histories",
        "The result is to be a dict with loss_history, train_acc_history and val_acc_history, not a tuple.",
        (("return {", "return loss_history, train_acc_history, val_acc_history\nreturn {"),),
    ),
    Mutant(
        TRAIN,
        "own_loss_for_the_validation_images",
        "It looks as if pred_func gets another loss function than the one that was given; hand loss_func on.",
        ((VAL_HITS, VAL_HITS.replace("loss_func", "nn_forward_backward")),),
    ),
    Mutant(
        TRAIN,
        "own_loss_for_the_batch",
        "It looks as if pred_func gets another loss function for the batch than the one that was given; hand loss_func "
        "on.",
        ((TRAIN_HITS, TRAIN_HITS.replace("loss_func", "nn_forward_backward")),),
    ),
    Mutant(
        TRAIN,
        "four_names",
        "It looks as if W1, b1, W2 and b2 are stepped and nothing else; step every parameter that stands in params.",
        (("for name in params:", 'for name in ("W1", "b1", "W2", "b2"):'),),
    ),
    Mutant(
        TRAIN,
        "gradients_by_their_order",
        "It looks as if parameters and gradients are paired by their order in the two dicts; pair them by name.",
        (
            ("for name in params:", "for name, gradient in zip(list(params), grads.values()):"),
            (STEP, "params[name] = params[name] - learning_rate * gradient"),
        ),
    ),
)

MUTANTS: tuple[Mutant, ...] = STEPS + RATE + BATCHES + HISTORIES
