"""Visible checks of the two convolutional networks: parameters, scores, loss, gradients, batch normalization."""

from __future__ import annotations

from typing import Any

import torch

from autograder.checks.convolutional_networks.initialization import expect_normal, expect_spread
from autograder.checks.convolutional_networks.network_problems import (
    deep,
    deep_shapes,
    expect_gradients,
    expect_loss,
    expect_scores,
    expect_tensors,
    give_initializer,
    loss_of,
    network,
    problem_for,
    scores_of,
    starting_statistics,
    three_layer_shapes,
)
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles.convolutional_networks import networks as oracle

THREE = "convolutional_networks.ThreeLayerConvNet"
DEEP = "convolutional_networks.DeepConvNet"
BOTH = (THREE, DEEP)
SCALE = 0.05


@check(THREE)
def parameter_shapes(student: Student, draw: Draw) -> None:
    """params holds weights and biases of three layers, in the shapes that the sizes ask for"""
    for dims, filters, size, hidden, classes in (((3, 8, 8), 4, 7, 20, 10), ((1, 6, 10), 5, 3, 7, 3)):
        net = student.ThreeLayerConvNet(
            input_dims=dims, num_filters=filters, filter_size=size, hidden_dim=hidden, num_classes=classes,
            device=draw.device,
        )  # fmt: skip
        params = expect(net, "the network").is_object().params
        shapes = three_layer_shapes(dims, filters, size, hidden, classes)
        expect_tensors(params, "params", shapes, torch.float32, draw.device)


@check(DEEP)
def layer_shapes(student: Student, draw: Draw) -> None:
    """params holds weights and biases of every layer, in the shapes that filters and pools ask for, odd images too"""
    for dims, filters, pools, classes in (
        ((3, 16, 16), (4, 6, 5), (0, 2), 10),
        ((1, 8, 12), (3, 2), (0, 1), 3),
        ((2, 9, 7), (3, 4), (0, 1), 5),
        ((2, 4, 6), (5,), (), 4),
    ):
        net = student.DeepConvNet(
            input_dims=dims, num_filters=filters, max_pools=pools, num_classes=classes, device=draw.device
        )
        params = expect(net, "the network").is_object().params
        shapes = deep_shapes(dims, filters, pools, False, classes)
        expect_tensors(params, "params", shapes, torch.float32, draw.device)


@check(*BOTH)
def initial_values(student: Student, draw: Draw) -> None:
    """weights start as weight_scale * normal numbers, biases as 0"""
    give_initializer(student, draw)
    dims = (3, 20, 20)
    options: dict[str, Any] = {"num_filters": 30, "filter_size": 5, "hidden_dim": 150}
    shapes = three_layer_shapes(dims, 30, 5, 150, 20)
    if "Deep" in student.asked.type_name:
        options = {"num_filters": (30, 20), "max_pools": (0,)}
        shapes = deep_shapes(dims, (30, 20), (0,), False, 20)
    net = student.asked(input_dims=dims, num_classes=20, weight_scale=SCALE, device=draw.device, **options)
    params = expect(net, "the network").is_object().params
    came = expect_tensors(params, "params", shapes, torch.float32, draw.device)
    for name, value in came.items():
        if name[0] == "W":
            expect_normal(expect_spread(value, shapes[name], SCALE**2, f"params[{name!r}]"), f"params[{name!r}]")
        else:
            expect(value, f"params[{name!r}]").equals(torch.zeros_like(value))


@check(*BOTH, weight=2)
def scores(student: Student, draw: Draw) -> None:
    """the scores of a batch, where y is None"""
    problem = problem_for(student, draw)
    expected = problem.expected_scores()
    expect_scores(scores_of(network(student, problem), problem.X), expected)


@check(*BOTH, needs="scores")
def data_loss(student: Student, draw: Draw) -> None:
    """the loss without regularization"""
    problem = problem_for(student, draw)
    expected, _ = problem.expected()
    loss, _ = loss_of(network(student, problem), problem.X, problem.y)
    expect_loss(loss, expected)


@check(*BOTH, needs="data_loss", weight=3)
def gradients(student: Student, draw: Draw) -> None:
    """the gradient of every parameter, without regularization"""
    problem = problem_for(student, draw)
    _, expected = problem.expected()
    _, grads = loss_of(network(student, problem), problem.X, problem.y)
    expect_gradients(grads, expected, problem)


@check(*BOTH, needs="data_loss")
def regularization(student: Student, draw: Draw) -> None:
    """reg * sum(W * W) over the weights of all layers in the loss"""
    problem = problem_for(student, draw)
    expected, _ = problem.expected(0.5)
    loss, _ = loss_of(network(student, problem, 0.5), problem.X, problem.y)
    expect_loss(loss, expected)


@check(*BOTH, needs="gradients")
def regularization_gradients(student: Student, draw: Draw) -> None:
    """the gradients with regularization"""
    problem = problem_for(student, draw)
    _, expected = problem.expected(0.5)
    _, grads = loss_of(network(student, problem, 0.5), problem.X, problem.y)
    expect_gradients(grads, expected, problem)


@check(DEEP, needs="gradients")
def chosen_pools(student: Student, draw: Draw) -> None:
    """a pool behind the layers in max_pools and behind no other: after the second, after none, after all"""
    for filters, pools in (((3, 4, 3), (1,)), ((4, 3), ()), ((3, 4, 5), (0, 1, 2))):
        problem = deep(draw, filters=filters, pools=pools)
        expected = problem.expected_scores(), problem.expected()
        net = network(student, problem)
        expect_scores(scores_of(net, problem.X.clone()), expected[0])
        _, grads = loss_of(net, problem.X, problem.y)
        expect_gradients(grads, expected[1][1], problem)


@check(DEEP, needs="layer_shapes")
def kaiming_weights(student: Student, draw: Draw) -> None:
    """weight_scale="kaiming": a gain of 2 for the convolutions, of 1 for the linear layer"""
    give_initializer(student, draw)
    net = student.DeepConvNet((3, 16, 16), (40, 30), (0, 1), weight_scale="kaiming", num_classes=20, device=draw.device)
    params = expect(net, "the network").is_object().params
    shapes = deep_shapes((3, 16, 16), (40, 30), (0, 1), False, 20)
    came = expect_tensors(params, "params", shapes, torch.float32, draw.device)
    for name, gain in (("W1", 2), ("W2", 2), ("W3", 1)):
        variance = gain / oracle.fan_in(came[name])
        expect_normal(expect_spread(came[name], shapes[name], variance, f"params[{name!r}]"), f"params[{name!r}]")
    for name in ("b1", "b2", "b3"):
        expect(came[name], f"params[{name!r}]").equals(torch.zeros_like(came[name]))


@check(DEEP, needs="layer_shapes")
def batchnorm_parameters(student: Student, draw: Draw) -> None:
    """batchnorm=True: gamma of ones and beta of zeros for each convolution, none for the linear layer"""
    dims, filters, pools = (2, 8, 6), (3, 5, 4), (1,)
    net = student.DeepConvNet(dims, filters, pools, batchnorm=True, num_classes=6, device=draw.device)
    params = expect(net, "the network").is_object().params
    shapes = deep_shapes(dims, filters, pools, True, 6)
    came = expect_tensors(params, "params", shapes, torch.float32, draw.device)
    for name, value in came.items():
        if name[0] != "W":
            start = torch.ones_like(value) if name.startswith("gamma") else torch.zeros_like(value)
            expect(value, f"params[{name!r}]").equals(start)


@check(DEEP, needs=("gradients", "batchnorm_parameters"), weight=2)
def batchnorm_training(student: Student, draw: Draw) -> None:
    """with batch norm: the loss and the gradient of every parameter, gamma and beta included"""
    problem = deep(draw, batchnorm=True)
    loss, expected = problem.expected()
    value, grads = loss_of(network(student, problem), problem.X, problem.y)
    expect_loss(value, loss)
    expect_gradients(grads, expected, problem)


@check(DEEP, needs="batchnorm_training", weight=2)
def batchnorm_test_time(student: Student, draw: Draw) -> None:
    """with batch norm, the scores are those of the running statistics, before training and after a batch of it"""
    problem = deep(draw, batchnorm=True)
    filters, pools = problem.options["num_filters"], problem.options["max_pools"]
    params, X = {name: value.double() for name, value in problem.params.items()}, problem.X.double()
    running = starting_statistics(filters, draw.device)
    before = oracle.deep_scores(params, X, pools, running)
    oracle.deep_scores(params, X, pools, running, train=True)
    after = oracle.deep_scores(params, X, pools, running)
    net = network(student, problem)
    expect_scores(scores_of(net, problem.X.clone()), before, "the scores before training")
    loss_of(net, problem.X.clone(), problem.y)
    expect_scores(scores_of(net, problem.X), after, "the scores after one batch")
