"""Hidden checks of the two networks: the sizes, inputs and orders of calls that one forgets to try."""

from __future__ import annotations

from dataclasses import replace

import torch

from autograder.checks.fully_connected_networks.networks import (
    ANY,
    NETS,
    answer,
    built,
    by_name,
    compare,
    compare_with_dropout,
    dims_of,
    expect_grads,
    expect_params,
    expect_spread,
    loss_of,
    problem,
    set_up,
)
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.meta import follows_device, on_meta
from autograder.engine.student import Student
from autograder.oracles.fully_connected_networks import networks as oracle


@check(*NETS, needs="spread")
def other_scales(student: Student, draw: Draw) -> None:
    """weight_scale is heeded, whatever it is, in float64 too"""
    for weight_scale, dtype in ((1e-3, torch.float32), (2.0, torch.float64)):
        expect_spread(student, draw, weight_scale, dtype)


@check(*NETS, needs="spread")
def other_numbers(student: Student, draw: Draw) -> None:
    """each layer and each network starts from other random numbers"""
    dims = (4, 4, 4)
    nets = [built(student, dims, weight_scale=0.5) for _ in range(2)]
    first, second = (expect_params(net.params, dims) for net in nets)
    layers = bool((first["W1"] == first["W2"]).all())
    expect(first["W2"], "params['W2']").holds(
        not layers, "W1 and W2 start with the same random numbers.", "other numbers in each layer"
    )
    networks = bool((first["W1"] == second["W1"]).all())
    expect(second["W1"], "params['W1']").holds(
        not networks,
        "two networks start with the same random numbers: nothing but the caller sets the seed of the first weights.",
        "other numbers in each network",
    )


@check(*NETS, needs="gradients")
def double_precision(student: Student, draw: Draw) -> None:
    """with dtype float64, parameters, scores and gradients are float64 and of that accuracy"""
    dims = dims_of(student)
    p = problem(draw, dims, 6, reg=0.1, dtype=torch.float64)
    compare(student, p, torch.float64)
    expect_params(built(student, dims, dtype=torch.float64).params, dims, torch.float64)


@check(*NETS, needs="gradients")
def images(student: Student, draw: Draw) -> None:
    """examples of shape (C, H, W), contiguous or not"""
    dims = (12, *dims_of(student)[1:])
    p = problem(draw, dims, 5, image=(2, 3, 2))
    net = set_up(student, p)
    for arranged in (torch.clone, draw.strided):
        expect(loss_of(net, arranged(p.X)), "scores").equals(p.answer.scores, torch.float32)
        value, grads = answer(loss_of(net, arranged(p.X), p.y.clone()))
        expect(value, "loss").is_number(p.answer.loss)
        expect_grads(grads, p)


@check(*NETS, needs="gradients")
def small_label_dtypes(student: Student, draw: Draw) -> None:
    """int32 and uint8 labels are class numbers"""
    for dtype in (torch.int32, torch.uint8):
        p = problem(draw, dims_of(student), 6)
        compare(student, p, labels=p.y.to(dtype))


@check(*NETS, needs="gradients")
def other_sizes(student: Student, draw: Draw) -> None:
    """a single example, two classes, one feature, layers of one size"""
    depth = len(dims_of(student))
    for dims, n in (((3, *(5,) * (depth - 2), 2), 1), ((1, *(4,) * (depth - 2), 4), 6), ((5,) * depth, 9)):
        compare(student, problem(draw, dims, n, reg=0.05))


@check(*NETS, needs="gradients")
def one_call_after_another(student: Student, draw: Draw) -> None:
    """a call does not depend on those before it, on a batch of another size, with other parameters or another reg"""
    dims = dims_of(student)
    first, second = problem(draw, dims, 6, reg=0.25), problem(draw, dims, 4, reg=0.25)
    other_reg = oracle.evaluate(first.params, first.X, first.y, 0.75).loss
    net = set_up(student, first)
    for p in (first, first, second, first):
        net.params = {name: value.clone() for name, value in p.params.items()}
        value, grads = answer(loss_of(net, p.X.clone(), p.y.clone()))
        expect(value, "loss").is_number(p.answer.loss)
        expect_grads(grads, p)
        expect(loss_of(net, p.X[:3].clone()), "scores").equals(p.answer.scores[:3], torch.float32)
    net.reg = 0.75
    value, _ = answer(loss_of(net, first.X.clone(), first.y.clone()))
    expect(value, "loss").is_number(other_reg)


@check(*NETS, needs="gradients")
def parameters_by_name(student: Student, draw: Draw) -> None:
    """parameters and gradients go by their names, whatever their order in the dict"""
    p = problem(draw, dims_of(student), 6, reg=0.25)
    compare(student, replace(p, params=dict(reversed(p.params.items()))))


@check(*NETS, needs="gradients")
def other_device(student: Student, draw: Draw) -> None:
    """parameters and new tensors are on the device that was asked for"""
    dims = dims_of(student)
    p = problem(draw, dims, 4, reg=0.25)
    student.given(**oracle.right_layers())
    net = built(student, dims, reg=0.25, device="meta")
    X, y = on_meta(p.X), on_meta(p.y)
    follows_device(lambda: loss_of(net, X), "scores")
    follows_device(lambda: by_name(net.params, "params", p.params), "params")
    follows_device(lambda: loss_of(net, X, y), "loss", first=1)
    follows_device(lambda: answer(loss_of(net, X, y))[1], "grads")


@check(ANY, needs="gradients")
def no_hidden_layer(student: Student, draw: Draw) -> None:
    """no hidden layer at all: a linear classifier"""
    compare(student, problem(draw, (6, 4), 7, reg=0.125))


@check(ANY, needs="parameters")
def sizes_unchanged(student: Student, draw: Draw) -> None:
    """hidden_dims may be a list, which is left unchanged, or a tuple"""
    sizes = [7, 5, 6]
    for hidden_dims in (sizes, tuple(sizes)):
        net = expect(student.FullyConnectedNet(hidden_dims, input_dim=4, num_classes=3), "the network").is_object()
        expect(hidden_dims, "hidden_dims").holds(
            list(hidden_dims) == [7, 5, 6],
            f"hidden_dims was [7, 5, 6] before the call and is {hidden_dims!r:.60} after it: make a new list.",
            "[7, 5, 6]",
        )
        expect_params(net.params, (4, 7, 5, 6, 3))


@check(ANY, needs="dropout")
def dropout_in_each_layer(student: Student, draw: Draw) -> None:
    """each dropout layer has a mask of its own, also where layers have one size, and in float64"""
    compare_with_dropout(student, draw, (6, 5, 5, 5, 5, 3), 0.25, reg=0.1)
    compare_with_dropout(student, draw, (4, 6, 3), 0.5, dtype=torch.float64)


@check(ANY, needs="dropout")
def dropout_settings(student: Student, draw: Draw) -> None:
    """Dropout.forward gets p and the seed that the network was made with"""
    for seed in (draw.number(1, 1000), None):
        known = compare_with_dropout(student, draw, (5, 7, 6, 4), 0.3, seed=seed)
        for param in known.calls:
            expect(param.get("p"), "p").is_number(0.3)
            came = param.get("seed")
            expect(came, "seed").holds(
                came is None if seed is None else isinstance(came, int) and came == seed,
                f"Dropout.forward got the seed {came!r:.40}, expected {seed!r}: hand self.dropout_param on.",
                f"seed {seed!r}",
            )


@check(ANY, needs=("dropout", "no_dropout_at_test_time"))
def dropout_switches(student: Student, draw: Draw) -> None:
    """scores between steps of training are without dropout, and the steps with it"""
    known = oracle.KnownDropout(draw.number(0, 1 << 30), 2)
    p = problem(draw, dims_of(student), 8, mask=known.mask(0.4))
    whole = oracle.evaluate(p.params, p.X, p.y).scores
    net = set_up(student, p, known, dropout=0.4)
    for _ in range(2):
        value, grads = answer(loss_of(net, p.X.clone(), p.y.clone()))
        expect(value, "loss").is_number(p.answer.loss)
        expect_grads(grads, p)
        expect(loss_of(net, p.X.clone()), "scores").equals(whole, torch.float32)


@check(ANY, needs="gradients")
def other_image_dtypes(student: Student, draw: Draw) -> None:
    """the images are converted to the dtype of the network, as the given line does"""
    p = problem(draw, dims_of(student), 5)
    net = set_up(student, p)
    expect(loss_of(net, p.X.double()), "scores").equals(p.answer.scores, torch.float32)
    value, grads = answer(loss_of(net, p.X.double(), p.y))
    expect(value, "loss").is_number(p.answer.loss)
    expect_grads(grads, p)
