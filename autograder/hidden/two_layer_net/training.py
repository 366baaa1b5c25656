"""Hidden checks of training."""

from __future__ import annotations

import torch

from autograder.checks.two_layer_net.recorder import Recorder
from autograder.checks.two_layer_net.training import TRAIN
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student

CORE = "steps_against_the_gradient"


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
