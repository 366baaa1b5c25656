"""Hidden checks of the two convolutional networks: the sizes, dtypes and calls that one forgets to try."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from autograder.checks.convolutional_networks.initialization import expect_spread
from autograder.checks.convolutional_networks.network_problems import (
    Problem,
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
)
from autograder.checks.convolutional_networks.networks import BOTH, DEEP, SCALE
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.meta import follows_device, on_meta
from autograder.engine.student import Student
from autograder.oracles.convolutional_networks import networks as oracle


def compare(student: Student, problem: Problem, reg: float = 0.0) -> Any:
    """Scores, where there is no batch norm, loss and gradients equal the oracle's; returns the network."""
    scores, (loss, expected) = problem.expected_scores(), problem.expected(reg)
    dtype = problem.options["dtype"]
    net = network(student, problem, reg)
    if not problem.batchnorm:
        expect_scores(scores_of(net, problem.X.clone()), scores, dtype=dtype)
    value, grads = loss_of(net, problem.X.clone(), problem.y.clone())
    expect_loss(value, loss, dtype)
    expect_gradients(grads, expected, problem)
    return net


@check(*BOTH, needs="gradients")
def other_sizes(student: Student, draw: Draw) -> None:
    """images that are not square, few and many filters and layers, other numbers of classes; sizes given as lists"""
    if "Deep" in student.asked.type_name:
        sizes: tuple[dict[str, Any], ...] = (
            {"dims": (1, 7, 10), "filters": (2,), "pools": (0,), "classes": 2},
            {"dims": (3, 9, 5), "filters": (4, 3, 2, 4), "pools": (1, 3), "classes": 11},
            {"dims": (2, 4, 6), "filters": (4, 2), "pools": (1, 0), "classes": 3},
            {"dims": (2, 3, 4), "filters": (), "pools": (), "classes": 5},
            {"dims": (2, 4, 5), "filters": (4, 5) * 5, "pools": (8,), "classes": 3},
        )
    else:
        sizes = (
            {"dims": (1, 4, 10), "filters": 2, "size": 3, "hidden": 3, "classes": 2},
            {"dims": (3, 8, 6), "filters": 5, "size": 1, "hidden": 9, "classes": 11},
            {"dims": (2, 2, 4), "filters": 4, "size": 7, "hidden": 4, "classes": 3},
        )
    for size in sizes:
        problem = problem_for(student, draw, **size)
        shapes = {name: tuple(value.shape) for name, value in problem.params.items()}
        options = {key: list(v) if isinstance(v, tuple) else v for key, v in problem.options.items()}
        fresh = expect(student.asked(**options), "the network").is_object()
        expect_tensors(fresh.params, "params", shapes, torch.float32, draw.device)
        compare(student, replace(problem, options=options), 0.1)


@check(*BOTH, needs="gradients")
def double_precision(student: Student, draw: Draw) -> None:
    """dtype=torch.float64 for parameters, scores, loss and gradients, also where the images are float32"""
    problem = problem_for(student, draw, dtype=torch.float64)
    shapes = {name: tuple(value.shape) for name, value in problem.params.items()}
    fresh = expect(student.asked(**problem.options), "the network").is_object()
    expect_tensors(fresh.params, "params", shapes, torch.float64, draw.device)
    compare(student, problem, 0.1)
    compare(student, replace(problem, X=problem.X.float()), 0.1)


@check(*BOTH, needs="gradients")
def one_image(student: Student, draw: Draw) -> None:
    """a batch of one image"""
    compare(student, problem_for(student, draw, n=1), 0.25)


@check(*BOTH, needs="gradients")
def not_contiguous(student: Student, draw: Draw) -> None:
    """images that are not contiguous in memory, labels of type int32 and uint8"""
    for dtype in (torch.int32, torch.uint8):
        problem = problem_for(student, draw)
        compare(student, replace(problem, X=draw.strided(problem.X), y=problem.y.to(dtype)))


@check(*BOTH, needs="gradients")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves X, y and every parameter unchanged"""
    problem = problem_for(student, draw)
    _, expected = problem.expected(0.5)
    net = network(student, problem, 0.5)
    X, y = problem.X.clone(), problem.y.clone()
    _, grads = loss_of(net, X, y)
    expect(X, "X").is_unchanged_from(problem.X)
    expect(y, "y").is_unchanged_from(problem.y)
    shapes = {name: tuple(value.shape) for name, value in problem.params.items()}
    params = expect_tensors(net.params, "params", shapes, torch.float32, draw.device)
    for name, value in params.items():
        expect(value, f"params[{name!r}]").is_unchanged_from(problem.params[name])
    expect_gradients(grads, expected, problem)


@check(*BOTH, needs="gradients")
def several_calls(student: Student, draw: Draw) -> None:
    """two networks side by side, and several calls of one, do not disturb one another"""
    problems = [problem_for(student, draw), problem_for(student, draw)]
    expected = [(p.expected_scores(), p.expected()) for p in problems]
    nets = [network(student, p) for p in problems]
    others = [replace(p, X=-p.X) for p in problems]
    expected_of_others = [p.expected_scores() for p in others]
    for i in (0, 1, 0):
        loss, grads = loss_of(nets[i], problems[i].X.clone(), problems[i].y.clone())
        expect_loss(loss, expected[i][1][0])
        expect_gradients(grads, expected[i][1][1], problems[i])
        expect_scores(scores_of(nets[i], problems[i].X.clone()), expected[i][0])
        expect_scores(scores_of(nets[i], others[i].X.clone()), expected_of_others[i])


@check(*BOTH, needs="gradients")
def parameters_by_name(student: Student, draw: Draw) -> None:
    """parameters and gradients go by their names, whatever their order in the dict"""
    problem = problem_for(student, draw)
    compare(student, replace(problem, params=dict(reversed(problem.params.items()))), 0.1)


@check(*BOTH, needs="initial_values")
def other_numbers(student: Student, draw: Draw) -> None:
    """each network starts from other random numbers"""
    give_initializer(student, draw)
    options: dict[str, Any] = {"num_filters": 8, "filter_size": 3}
    if "Deep" in student.asked.type_name:
        options = {"num_filters": (8, 6), "max_pools": (0,)}
    nets = [student.asked(input_dims=(2, 6, 6), device=draw.device, **options) for _ in range(2)]
    first, second = (expect(net, "the network").is_object().params for net in nets)
    for params in (first, second):
        weights = params.get("W1") if isinstance(params, dict) else None
        expect(weights, "params['W1']").is_tensor((8, 2, 3, 3), torch.float32, draw.device)
    expect(second["W1"], "params['W1']").holds(
        not bool((first["W1"] == second["W1"]).all()),
        "two networks start with the same random numbers: nothing but the caller sets the seed of the first weights.",
        "other numbers in each network",
    )


@check(*BOTH, needs="gradients")
def given_device(student: Student, draw: Draw) -> None:
    """parameters on the device that is asked for, and nothing made anywhere else"""
    problem = problem_for(student, draw)
    compare(student, problem)
    net = expect(student.asked(**problem.options | {"device": "meta"}), "the network").is_object()
    follows_device(lambda: net.params, "params")

    def results() -> list[object]:
        loss, grads = loss_of(net, on_meta(problem.X), on_meta(problem.y))
        return [loss, *(grads.values() if isinstance(grads, dict) else ())]

    follows_device(results)


@check(DEEP, needs=("kaiming_weights", "batchnorm_parameters"))
def kaiming_and_batchnorm_on_the_device(student: Student, draw: Draw) -> None:
    """with "kaiming" and batch norm, too, every parameter is on the device that is asked for"""
    give_initializer(student, draw)
    options = {"batchnorm": True, "weight_scale": "kaiming", "device": "meta"}
    net = expect(student.DeepConvNet((2, 8, 6), (3, 4), (0,), **options), "the network").is_object()
    follows_device(lambda: net.params, "params")


@check(DEEP, needs="kaiming_weights")
def kaiming_options(student: Student, draw: Draw) -> None:
    """weight_scale="kaiming" in float64, with batch norm, for images that are not square"""
    give_initializer(student, draw)
    dims, filters, pools = (2, 20, 12), (60, 50), (1,)
    net = student.DeepConvNet(
        dims, filters, pools, batchnorm=True, num_classes=30, weight_scale="kaiming", dtype=torch.float64,
        device=draw.device,
    )  # fmt: skip
    shapes = deep_shapes(dims, filters, pools, True, 30)
    params = expect(net, "the network").is_object().params
    came = expect_tensors(params, "params", shapes, torch.float64, draw.device)
    for name, gain in (("W1", 2), ("W2", 2), ("W3", 1)):
        variance = gain / oracle.fan_in(came[name])
        expect_spread(came[name], shapes[name], variance, f"params[{name!r}]", torch.float64)


@check(DEEP, needs="batchnorm_parameters")
def batchnorm_values(student: Student, draw: Draw) -> None:
    """batchnorm=True: weights of weight_scale * normal, gamma of ones in float64"""
    dims, filters, pools = (3, 12, 12), (30, 40), (0, 1)
    net = student.DeepConvNet(
        dims, filters, pools, batchnorm=True, num_classes=10, weight_scale=SCALE, dtype=torch.float64,
        device=draw.device,
    )  # fmt: skip
    shapes = deep_shapes(dims, filters, pools, True, 10)
    params = expect(net, "the network").is_object().params
    came = expect_tensors(params, "params", shapes, torch.float64, draw.device)
    for i in (1, 2, 3):
        expect_spread(came[f"W{i}"], shapes[f"W{i}"], SCALE**2, f"params['W{i}']", torch.float64)
    for i in (1, 2):
        expect(came[f"gamma{i}"], f"params['gamma{i}']").equals(torch.ones_like(came[f"gamma{i}"]))


@check(DEEP, needs="batchnorm_training")
def batchnorm_regularization(student: Student, draw: Draw) -> None:
    """with batch norm: gamma, beta and biases are not regularized; layers with and without a pool"""
    for filters, pools in (((4, 3, 5), (1,)), ((3, 4), (0, 1))):
        compare(student, deep(draw, filters=filters, pools=pools, batchnorm=True), 0.5)
    compare(student, deep(draw, batchnorm=True, dtype=torch.float64), 0.5)


@check(DEEP, needs="batchnorm_test_time")
def running_statistics(student: Student, draw: Draw) -> None:
    """running statistics of each layer by itself; asking for scores does not change them, nor does the batch matter"""
    filters, pools = (4, 4, 4), (0, 2)
    problem = deep(draw, filters=filters, pools=pools, batchnorm=True, n=6)
    params = {name: value.double() for name, value in problem.params.items()}
    running = starting_statistics(filters, draw.device)
    batches = [problem.X, draw.normal(3, 2, 8, 8, mean=1.0), draw.normal(5, 2, 8, 8, std=2.0)]
    for batch in batches:
        oracle.deep_scores(params, batch.double(), pools, running, train=True)
    expected = oracle.deep_scores(params, problem.X.double(), pools, running)
    nets = [network(student, problem), network(student, problem)]
    for batch in batches:
        loss_of(nets[0], batch.clone(), problem.y[: len(batch)].clone())
        scores_of(nets[0], 5 * batch)
    loss_of(nets[1], -problem.X, problem.y.clone())
    came = scores_of(nets[0], problem.X.clone())
    expect_scores(came, expected, "the scores after three batches")
    one = scores_of(nets[0], problem.X[:1].clone())
    expect_scores(one, expected[:1], "the scores of one image")
