"""Known mistakes in fine-tuning."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

TUNE = "architectures.fine_tune"

OPTIMIZER = "optimizer = torch.optim.SGD(trainable, lr=learning_rate, momentum=momentum)"
TRAINABLE = "trainable = [p for p in model.parameters() if p.requires_grad]"
REST = "if parameters and not any(p.requires_grad for p in parameters):"
BATCHES = "for rows in torch.randperm(len(X), device=X.device).split(batch_size):"
LOSS = "loss = nn.functional.cross_entropy(model(X[rows]), y[rows])"
EPOCHS = "for _ in range(epochs):"
APPEND = "losses.append(loss.item())"
FIRST = "losses = []"
NOTHING = 'if not trainable:\n    raise ValueError("nothing to train: no parameter of the model requires a gradient")'

MODES: tuple[Mutant, ...] = (
    Mutant(
        TUNE,
        "frozen_batch_norm_moves",
        "It looks as if the whole model is in train mode: batch norm of frozen parts takes the batch's statistics and "
        "moves its running ones. Put frozen parts back into eval mode.",
        ((REST, "if False:"),),
    ),
    Mutant(
        TUNE,
        "back_to_train_mode_each_epoch",
        "It looks as if model.train() is called again in each epoch, which wakes the frozen parts.",
        ((EPOCHS, EPOCHS + "\n    model.train() if losses else None"),),
    ),
    Mutant(
        TUNE,
        "back_to_train_mode_in_each_epoch_but_its_first_batch",
        "It looks as if model.train() is called again after the first batch, which wakes the frozen parts.",
        ((APPEND, APPEND + "\n        model.train() if rows.numel() < len(X) else None"),),
    ),
    Mutant(
        TUNE,
        "eval_mode_throughout",
        "It looks as if the model trains in eval mode; what is trainable trains in train mode.",
        (("model.train()", "model.eval()"),),
    ),
    Mutant(
        TUNE,
        "mode_never_set",
        "It looks as if the model trains in the mode in which it came; call model.train() first.",
        (("model.train()", "pass"),),
    ),
    Mutant(
        TUNE,
        "batch_norm_alone_rests",
        "It looks as if only frozen batch norm is put into eval mode; dropout in a frozen part rests, too.",
        ((REST, REST[:-1] + " and isinstance(module, nn.BatchNorm2d):"),),
    ),
    Mutant(
        TUNE,
        "all_batch_norm_rests",
        "It looks as if every batch norm is in eval mode; where its parameters train, it takes the batch's statistics.",
        ((REST, "if isinstance(module, nn.BatchNorm2d):"),),
    ),
    Mutant(
        TUNE,
        "one_frozen_parameter_is_enough",
        "It looks as if a part rests as soon as one of its parameters is frozen; it rests where all are.",
        (
            ("for module in model.modules():", "for module in model.children():"),
            (REST, "if parameters and not all(p.requires_grad for p in parameters):"),
        ),
    ),
    Mutant(
        TUNE,
        "last_parameter_decides",
        "It looks as if a part rests as soon as its last parameter is frozen; it rests where all are.",
        ((REST, "if parameters and not parameters[-1].requires_grad:"),),
    ),
    Mutant(
        TUNE,
        "dropout_left_in_train_mode",
        "It looks as if dropout comes back in train mode; in the end the whole model is in eval mode.",
        (
            (
                "model.eval()\nreturn losses",
                "for module in model.modules():\n    module.training = isinstance(module, nn.Dropout)\nreturn losses",
            ),
        ),
    ),
    Mutant(
        TUNE,
        "children_alone_rest",
        "It looks as if only whole children of the model can rest; a frozen batch norm inside one that trains does so.",
        (("for module in model.modules():", "for module in model.children():"),),
    ),
    Mutant(
        TUNE,
        "all_dropout_rests",
        "It looks as if dropout is switched off everywhere; where a part trains, it is alive.",
        (
            (
                FIRST,
                FIRST + "\nfor module in model.modules():\n    if isinstance(module, nn.Dropout):\n"
                "        module.eval()",
            ),
        ),
    ),
    Mutant(
        TUNE,
        "left_in_train_mode",
        "It looks as if the model comes back in train mode; call model.eval() at the end.",
        (("model.eval()\nreturn losses", "return losses"),),
    ),
    Mutant(
        TUNE,
        "thawed",
        "It looks as if all parameters are made trainable before training; what is frozen stays as it is.",
        ((TRAINABLE, "model.requires_grad_(True)\n" + TRAINABLE),),
    ),
    Mutant(
        TUNE,
        "thawed_afterwards",
        "It looks as if all parameters are made trainable at the end; what was frozen stays so.",
        (("return losses", "model.requires_grad_(True)\nreturn losses"),),
    ),
    Mutant(
        TUNE,
        "head_alone",
        "It looks as if the last layer alone is trained; everything that requires a gradient is.",
        ((TRAINABLE, TRAINABLE + "[-2:]"),),
    ),
)

STEPS: tuple[Mutant, ...] = (
    Mutant(
        TUNE,
        "weight_decay",
        "It looks as if the optimizer has a weight decay; there is none here.",
        ((OPTIMIZER, OPTIMIZER[:-1] + ", weight_decay=0.01)"),),
    ),
    Mutant(
        TUNE,
        "decay_of_all_parameters",
        "It looks as if the weights of frozen parts decay: keep them out of the optimizer.",
        (
            (
                "loss.backward()",
                "loss.backward()\n        with torch.no_grad():\n"
                "            for p in model.parameters():\n                p.mul_(1 - learning_rate * 0.01)",
            ),
        ),
    ),
    Mutant(
        TUNE,
        "gradients_add_up",
        "It looks as if gradients are never set to zero, so that those of all steps add up.",
        (("optimizer.zero_grad()", "pass"),),
    ),
    Mutant(
        TUNE,
        "gradients_of_before_count",
        "It looks as if gradients are set to zero after each step alone, so that the first step takes those that were "
        "there before: set them to zero before backward().",
        (
            ("optimizer.zero_grad()", "pass"),
            ("optimizer.step()", "optimizer.step()\n        optimizer.zero_grad()"),
        ),
    ),
    Mutant(
        TUNE,
        "velocity_of_the_call_before",
        "It looks as if a second call goes on with the optimizer of the first, its velocities among them; v = 0 at the "
        "start.",
        (
            (
                OPTIMIZER,
                "if not hasattr(model, 'optimizer'):\n    model.optimizer = " + OPTIMIZER.partition(" = ")[2] + "\n"
                "optimizer = model.optimizer\nfor group in optimizer.param_groups:\n"
                "    group.update(lr=learning_rate, momentum=momentum)",
            ),
        ),
    ),
    Mutant(
        TUNE,
        "settings_of_the_call_before",
        "It looks as if a second call goes on with the optimizer of the first, and so with its learning rate.",
        (
            (
                OPTIMIZER,
                "if not hasattr(model, 'optimizer'):\n    model.optimizer = " + OPTIMIZER.partition(" = ")[2] + "\n"
                "optimizer = model.optimizer",
            ),
        ),
    ),
    Mutant(
        TUNE,
        "momentum_ignored",
        "It looks as if there is no momentum; hand it to the optimizer.",
        ((OPTIMIZER, "optimizer = torch.optim.SGD(trainable, lr=learning_rate)"),),
    ),
    Mutant(
        TUNE,
        "momentum_hard_coded",
        "It looks as if the momentum is always 0.9; take the one that was given.",
        ((OPTIMIZER, "optimizer = torch.optim.SGD(trainable, lr=learning_rate, momentum=0.9)"),),
    ),
    Mutant(
        TUNE,
        "learning_rate_hard_coded",
        "It looks as if the learning rate is always 0.01; take the one that was given.",
        ((OPTIMIZER, "optimizer = torch.optim.SGD(trainable, lr=0.01, momentum=momentum)"),),
    ),
    Mutant(
        TUNE,
        "nesterov",
        "It looks as if the momentum is Nesterov's; plain momentum is asked for.",
        ((OPTIMIZER, OPTIMIZER[:-1] + ", nesterov=momentum > 0)"),),
    ),
    Mutant(
        TUNE,
        "adam",
        "It looks as if Adam trains the model; SGD with momentum is asked for.",
        ((OPTIMIZER, "optimizer = torch.optim.Adam(trainable, lr=learning_rate)"),),
    ),
    Mutant(
        TUNE,
        "optimizer_made_anew",
        "It looks as if each epoch makes a new optimizer, which forgets the momentum.",
        ((EPOCHS, EPOCHS + "\n    " + OPTIMIZER),),
    ),
    Mutant(
        TUNE,
        "learning_rate_decays",
        "It looks as if the learning rate falls from epoch to epoch; it stays as it is.",
        (
            (
                EPOCHS,
                EPOCHS + "\n    for group in optimizer.param_groups:\n"
                "        group['lr'] = learning_rate * 0.95 ** (len(losses) * batch_size // len(X))",
            ),
        ),
    ),
    Mutant(
        TUNE,
        "softmax_twice",
        "It looks as if a softmax stands in front of the cross entropy, which has one itself.",
        ((LOSS, "loss = nn.functional.cross_entropy(model(X[rows]).softmax(dim=1), y[rows])"),),
    ),
    Mutant(
        TUNE,
        "sum_of_losses",
        "It looks as if the loss is the sum over the batch; it is the mean.",
        ((LOSS, 'loss = nn.functional.cross_entropy(model(X[rows]), y[rows], reduction="sum")'),),
    ),
    Mutant(
        TUNE,
        "label_smoothing",
        "It looks as if labels are smoothed; the plain cross entropy is asked for.",
        ((LOSS, "loss = nn.functional.cross_entropy(model(X[rows]), y[rows], label_smoothing=0.1)"),),
    ),
    Mutant(
        TUNE,
        "gradients_clipped",
        "It looks as if gradients are clipped; nothing but momentum stands between them and the step.",
        (("loss.backward()", "loss.backward()\n        torch.nn.utils.clip_grad_norm_(trainable, 0.1)"),),
    ),
    Mutant(
        TUNE,
        "float32_alone",
        "It looks as if images are turned into float32; they have the dtype of the model.",
        ((LOSS, "loss = nn.functional.cross_entropy(model(X[rows].float()).float(), y[rows])"),),
    ),
)

BATCHING: tuple[Mutant, ...] = (
    Mutant(
        TUNE,
        "one_epoch",
        "It looks as if there is one epoch whatever is asked for.",
        ((EPOCHS, "for _ in range(1):"),),
    ),
    Mutant(
        TUNE,
        "no_shuffle",
        "It looks as if the images always come in the order in which they were given; draw a new order in each epoch.",
        ((BATCHES, "for rows in torch.arange(len(X), device=X.device).split(batch_size):"),),
    ),
    Mutant(
        TUNE,
        "shuffled_once",
        "It looks as if one order serves all epochs; draw a new one in each.",
        (
            (FIRST, "order = torch.randperm(len(X), device=X.device)\n" + FIRST),
            (BATCHES, "for rows in order.split(batch_size):"),
        ),
    ),
    Mutant(
        TUNE,
        "same_seed_each_call",
        "It looks as if each call sets the same seed, so that two calls have the same orders.",
        ((FIRST, "torch.manual_seed(0)\n" + FIRST),),
    ),
    Mutant(
        TUNE,
        "same_seed_each_epoch",
        "It looks as if each epoch starts from the same seed and so has the same order.",
        ((EPOCHS, EPOCHS + "\n    torch.manual_seed(0)"),),
    ),
    Mutant(
        TUNE,
        "order_turned",
        "It looks as if an epoch begins at a random image and then takes the images in their order; draw a new order.",
        (
            (
                BATCHES,
                "for rows in torch.arange(len(X), device=X.device).roll(int(torch.randint(len(X), ())))"
                ".split(batch_size):",
            ),
        ),
    ),
    Mutant(
        TUNE,
        "with_replacement",
        "It looks as if batches are drawn with replacement; in an epoch every image comes once.",
        ((BATCHES, "for rows in torch.randint(len(X), (len(X),), device=X.device).split(batch_size):"),),
    ),
    Mutant(
        TUNE,
        "labels_left_behind",
        "It looks as if the images are shuffled and their labels are not.",
        (
            (EPOCHS, EPOCHS + "\n    done = 0"),
            (
                LOSS,
                "labels = y[done : done + len(rows)]\n        done += len(rows)\n"
                "        loss = nn.functional.cross_entropy(model(X[rows]), labels)",
            ),
        ),
    ),
    Mutant(
        TUNE,
        "last_batch_dropped",
        "It looks as if the last, smaller batch is left out; it counts, too.",
        ((LOSS, "if len(rows) < min(batch_size, len(X)):\n            break\n        " + LOSS),),
    ),
    Mutant(
        TUNE,
        "batch_size_ignored",
        "It looks as if batches always hold 64 images; take the batch_size that was given.",
        (("split(batch_size)", "split(64)"),),
    ),
    Mutant(
        TUNE,
        "one_batch_an_epoch",
        "It looks as if each epoch takes one batch; it goes through all images.",
        ((LOSS, "if len(losses) > _:\n            break\n        " + LOSS),),
    ),
    Mutant(
        TUNE,
        "one_loss_an_epoch",
        "It looks as if one loss an epoch is returned; return one an iteration.",
        (
            (EPOCHS, EPOCHS + "\n    parts = []"),
            (APPEND, "parts.append(loss.item())\n    losses.append(sum(parts) / len(parts))"),
        ),
    ),
    Mutant(
        TUNE,
        "losses_as_tensors",
        "It looks as if the losses are tensors, which keep their whole graph alive; take loss.item().",
        ((APPEND, "losses.append(loss.detach())"),),
    ),
    Mutant(
        TUNE,
        "loss_after_the_step",
        "It looks as if the loss is computed again after the step; note the one whose gradient was taken.",
        ((APPEND, "losses.append(nn.functional.cross_entropy(model(X[rows]), y[rows]).item())"),),
    ),
    Mutant(
        TUNE,
        "images_scaled_in_place",
        "It looks as if X is changed in place; the caller's images stay as they are.",
        ((FIRST, FIRST + "\nX -= 0.25"),),
    ),
    Mutant(
        TUNE,
        "labels_sorted_in_place",
        "It looks as if X and y are shuffled in place; take rows of them and leave them alone.",
        (
            (
                BATCHES,
                "order = torch.randperm(len(X), device=X.device)\n    X[:], y[:] = X[order], y[order]\n"
                "    for rows in torch.arange(len(X), device=X.device).split(batch_size):",
            ),
        ),
    ),
    Mutant(
        TUNE,
        "nothing_to_train_passes",
        "It looks as if a model that is all frozen passes in silence; raise ValueError.",
        ((NOTHING, "if not trainable:\n    return []"),),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*MODES, *STEPS, *BATCHING)
