"""Visible checks of training. Loss, gradients and predictions are the check's, so that every step is known."""

from __future__ import annotations

from autograder.checks.two_layer_net.recorder import Recorder, expect_numbers
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.student import Student

TRAIN = "two_layer_net.nn_train"


@check(TRAIN, weight=2)
def steps_against_the_gradient(student: Student, draw: Draw) -> None:
    """a step of each parameter against its gradient in each iteration"""
    run = Recorder(draw, num_iters=6)
    run.train(student, learning_rate=0.25, learning_rate_decay=1.0, batch_size=5)
    run.expect_steps([0.25] * 6)


@check(TRAIN, needs="steps_against_the_gradient")
def trained_in_the_same_dict(student: Student, draw: Draw) -> None:
    """the trained parameters stand in the dict that was given"""
    run = Recorder(draw, num_iters=7)
    run.train(student, learning_rate=0.25, learning_rate_decay=1.0, batch_size=7)
    run.expect_calls()
    run.expect_trained(0.25)


@check(TRAIN, needs="steps_against_the_gradient")
def loss_history(student: Student, draw: Draw) -> None:
    """the loss of each iteration in loss_history"""
    run = Recorder(draw, num_iters=7)
    result = run.train(student, learning_rate=0.25, batch_size=5)
    run.expect_calls()
    expect_numbers(result, "loss_history", run.losses)


@check(TRAIN, needs="steps_against_the_gradient")
def rate_decays_once_an_epoch(student: Student, draw: Draw) -> None:
    """the learning rate decays once in each epoch of N // batch_size iterations"""
    run = Recorder(draw, num_iters=14, n=23)
    run.train(student, learning_rate=0.5, learning_rate_decay=0.5, batch_size=5)
    run.expect_decay(0.5, 0.5, 4)


@check(TRAIN, needs="steps_against_the_gradient")
def accuracies_once_an_epoch(student: Student, draw: Draw) -> None:
    """the accuracy on the batch and on the validation images, once in each epoch"""
    run = Recorder(draw, num_iters=14, n=23)
    result = run.train(student, learning_rate=0.5, learning_rate_decay=0.5, batch_size=5)
    run.expect_batches(5)
    run.expect_accuracies(result, 4)
