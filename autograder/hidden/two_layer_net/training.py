"""Hidden checks of training."""

from __future__ import annotations

from typing import Any

import torch

from autograder.checks.two_layer_net.recorder import MOST_ROWS, Recorder, copied, expect_numbers
from autograder.checks.two_layer_net.training import TRAIN
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.errors import StudentRaised
from autograder.engine.expect import Failed, expect
from autograder.engine.student import Student

CORE = "steps_against_the_gradient"
OTHER_NETWORK = {"W3": (3, 2), "gamma": (3,), "b1": (3,), "W1": (4, 3), "b2": (3,), "W2": (3, 3), "b3": (2,)}


@check(TRAIN, needs=CORE)
def batches_and_reg(student: Student, draw: Draw) -> None:
    """loss_func gets new batches of batch_size, drawn from all of X with their labels, and reg"""
    run = Recorder(draw, num_iters=36, n=10)
    run.train(student, learning_rate=0.1, reg=0.375, batch_size=5)
    drawn = run.expect_batches(5)
    for reg in run.regs:
        expect(reg, "reg").is_number(0.375)
    different = len({tuple(batch) for batch in drawn.view(36, 5).tolist()})
    expect(drawn, "the batches").holds(
        different > 18,
        f"only {different} of 36 batches are different: draw a new one in each iteration, not once in each epoch.",
        "a new batch in each iteration",
    )
    missing = sorted(set(range(10)) - set(drawn.tolist()))
    expect(drawn, "the batches").holds(
        not missing,
        f"in 36 batches of 5 from 10 images, image {missing[0] if missing else 0} never comes.",
        "all images of X",
    )


@check(TRAIN, needs=("rate_decays_once_an_epoch", "accuracies_once_an_epoch"))
def fewer_images_than_a_batch(student: Student, draw: Draw) -> None:
    """with fewer images than batch_size, every iteration is an epoch"""
    run = Recorder(draw, num_iters=5, n=3)
    result = run.train(student, learning_rate=0.5, learning_rate_decay=0.5, batch_size=8)
    run.expect_batches(8)
    run.expect_decay(0.5, 0.5, 1)
    run.expect_accuracies(result, 1)


@check(TRAIN, needs="trained_in_the_same_dict")
def training_in_double_precision(student: Student, draw: Draw) -> None:
    """float64 parameters stay float64, to that accuracy"""
    run = Recorder(draw, num_iters=4, dtype=torch.float64)
    run.train(student, learning_rate=0.1, learning_rate_decay=1.0, batch_size=5)
    run.expect_steps([0.1] * 4)
    run.expect_trained(0.1)


@check(TRAIN, needs="loss_history")
def never_stops_early(student: Student, draw: Draw) -> None:
    """num_iters steps, also where the loss is 0 and every image is right"""
    run = Recorder(draw, num_iters=9, learned=True)
    run.losses[2:6] = [1e-6, 0.0, 0.0, 40.0]
    result = run.train(student, learning_rate=0.25, learning_rate_decay=1.0, batch_size=5)
    run.expect_steps([0.25] * 9)
    expect_numbers(result, "loss_history", run.losses)


@check(TRAIN, needs=("loss_history", "rate_decays_once_an_epoch", "accuracies_once_an_epoch"))
def calls_do_not_add_up(student: Student, draw: Draw) -> None:
    """a second call knows nothing of the first; with verbose it does the same and prints"""
    for verbose in (False, True):
        run = Recorder(draw, num_iters=7, n=10)
        result = run.train(student, learning_rate=0.5, learning_rate_decay=0.5, batch_size=5, verbose=verbose)
        run.expect_decay(0.5, 0.5, 2)
        run.expect_accuracies(result, 2)
        expect_numbers(result, "loss_history", run.losses)


@check(TRAIN, needs=CORE)
def data_unchanged(student: Student, draw: Draw) -> None:
    """leaves the images and labels unchanged"""
    run = Recorder(draw, num_iters=3)
    data = {"X": run.X, "y": run.y, "X_val": run.X_val, "y_val": run.y_val}
    before = {name: tensor.clone() for name, tensor in data.items()}
    student.nn_train(run.params, run.loss, run.predict, *data.values(), num_iters=3, batch_size=5)
    run.expect_calls()
    for name, tensor in data.items():
        expect(tensor, name).is_unchanged_from(before[name])


@check(TRAIN, needs=CORE)
def training_defaults(student: Student, draw: Draw) -> None:
    """100 iterations at 1e-3, batches of 200, reg 5e-6 and a decay of 0.95 by default"""
    run = Recorder(draw, num_iters=100, n=410, steepness=1e3)
    data = (run.X.clone(), run.y.clone(), run.X_val.clone(), run.y_val.clone())
    student.nn_train(run.params, run.loss, run.predict, *data)
    run.expect_batches(200)
    expect(run.regs[0], "reg").is_number(5e-6)
    run.expect_decay(1e-3, 0.95, 2)


@check(TRAIN, needs="trained_in_the_same_dict")
def parameters_of_another_network(student: Student, draw: Draw) -> None:
    """steps every parameter of another network, by its name, whatever the order of the gradients"""
    run = Recorder(draw, num_iters=4, shapes=OTHER_NETWORK)
    run.gradients = [dict(reversed(g.items())) for g in run.gradients]
    run.train(student, learning_rate=0.25, learning_rate_decay=1.0, batch_size=5)
    run.expect_steps([0.25] * 4)
    run.expect_trained(0.25)


@check(TRAIN, needs="accuracies_once_an_epoch")
def loss_func_is_handed_on(student: Student, draw: Draw) -> None:
    """pred_func gets the loss_func that was given, which belongs to another network than this file's

    It is the student's own nn_predict that calls it: where that is wrong, it has cost its points, and nothing is asked.
    """
    X, y, X_val, y_val = draw.normal(6, 4), draw.labels(6, 3), draw.normal(40, 4), draw.labels(40, 3)
    V, batches = draw.normal(4, 3), []
    start = {"W1": V, "b1": draw.normal(1), "W2": draw.normal(2, 2), "b2": draw.normal(1)}  # scores are X @ W1 here

    def loss_func(params: Any, X: Any, y: Any = None, reg: Any = 0.0) -> Any:
        if X.dim() != 2 or X.shape[1] != 4 or len(X) > MOST_ROWS:
            raise ValueError(f"images of shape {tuple(X.shape)}, expected (number of images, 4)")
        if y is None:
            return X @ params["W1"]
        batches.append((X.clone(), y.clone()))
        return torch.tensor(1.0, device=X.device), {name: torch.zeros_like(p) for name, p in start.items()}

    def accuracy(images: torch.Tensor, labels: torch.Tensor) -> float:
        return float(((images @ V).argmax(dim=1) == labels).double().mean())

    on_val, predicted = accuracy(X_val, y_val), (X_val @ V).argmax(dim=1)
    try:
        expect(student.nn_predict(copied(start), loss_func, X_val.clone()), "labels").equals(predicted)
    except (Failed, StudentRaised):
        return
    result = student.nn_train(
        copied(start), loss_func, student.nn_predict, X, y, X_val, y_val, num_iters=3, batch_size=3
    )
    history = result.get("val_acc_history") if isinstance(result, dict) else None
    measured = (0, 2) if isinstance(history, list | tuple) and len(history) == 2 else (1,)
    expect(batches, "calls of loss_func").holds(
        len(batches) == 3, f"loss_func was called {len(batches)} times with labels, expected 3.", "3 calls"
    )
    expect_numbers(result, "val_acc_history", [on_val] * len(measured))
    expect_numbers(result, "train_acc_history", [accuracy(*batches[i]) for i in measured])
