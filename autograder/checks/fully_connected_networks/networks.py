"""Visible checks of the two networks. They are judged with right layers, so that a mistake in a layer costs once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch

from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student, StudentFunction, StudentObject
from autograder.oracles.fully_connected_networks import networks as oracle

TWO = "fully_connected_networks.TwoLayerNet"
ANY = "fully_connected_networks.FullyConnectedNet"
NETS = (TWO, ANY)
OFF_THE_KINK = 1e-3  # no number before a ReLU is closer to 0, so that no rounding decides its sign
ALIVE = 1e-2  # the largest gradient of every parameter is at least this, so that a wrong one shows


@check(*NETS)
def parameters(student: Student, draw: Draw) -> None:
    """self.params holds weights (fan_in, fan_out) and biases (fan_out,) of each layer"""
    dims = dims_of(student)
    expect_params(built(student, dims).params, dims)


@check(*NETS, needs="parameters", weight=0.5)
def biases_0(student: Student, draw: Draw) -> None:
    """the first biases are 0"""
    dims = dims_of(student)
    net = built(student, dims, weight_scale=0.5, device=str(draw.device))
    for name, value in expect_params(net.params, dims).items():
        if name.startswith("b"):
            expect(value, name).equals(torch.zeros(value.shape, device=draw.device), torch.float32)


@check(*NETS, needs="parameters")
def spread(student: Student, draw: Draw) -> None:
    """the first weights are normal numbers, mean 0 and standard deviation weight_scale"""
    expect_spread(student, draw, 0.25)


@check(*NETS)
def scores(student: Student, draw: Draw) -> None:
    """the scores of the classes, where there are no labels"""
    p = problem(draw, dims_of(student), 7)
    net = set_up(student, p)
    expect(loss_of(net, p.X), "scores").equals(p.answer.scores, torch.float32, "examples are rows, classes are columns")


@check(*NETS, needs="scores")
def loss(student: Student, draw: Draw) -> None:
    """the loss without regularization"""
    p = problem(draw, dims_of(student), 7)
    value, _ = answer(loss_of(set_up(student, p), p.X, p.y))
    expect(value, "loss").is_number(p.answer.loss)


@check(*NETS, needs="loss", weight=2)
def gradients(student: Student, draw: Draw) -> None:
    """the gradients of all parameters, without regularization"""
    p = problem(draw, dims_of(student), 7)
    _, grads = answer(loss_of(set_up(student, p), p.X, p.y))
    expect_grads(grads, p)


@check(*NETS, needs="loss")
def regularized_loss(student: Student, draw: Draw) -> None:
    """reg times the sum of all squared weights in the loss"""
    p = problem(draw, dims_of(student), 6, reg=0.5)
    value, _ = answer(loss_of(set_up(student, p), p.X, p.y))
    expect(value, "loss").is_number(p.answer.loss)


@check(*NETS, needs="gradients")
def regularized_gradients(student: Student, draw: Draw) -> None:
    """the gradients with regularization"""
    p = problem(draw, dims_of(student), 6, reg=0.5)
    _, grads = answer(loss_of(set_up(student, p), p.X, p.y))
    expect_grads(grads, p)


@check(ANY, needs="gradients", weight=3)
def any_depth(student: Student, draw: Draw) -> None:
    """one hidden layer, and ten"""
    for dims in ((5, 7, 3), (4, 6, 5, 7, 6, 7, 6, 8, 6, 7, 6, 3)):
        compare(student, problem(draw, dims, 6, reg=0.125))


@check(ANY, needs="scores")
def no_dropout_at_test_time(student: Student, draw: Draw) -> None:
    """with dropout, the scores are those of the whole network"""
    p = problem(draw, dims_of(student), 7)
    net = set_up(student, p, oracle.KnownDropout(draw.number(0, 1 << 30), 2), dropout=0.4)
    expect(loss_of(net, p.X), "scores").equals(p.answer.scores, torch.float32)


@check(ANY, needs="gradients", weight=2)
def dropout(student: Student, draw: Draw) -> None:
    """a dropout layer after each ReLU, in the loss and in the gradients"""
    compare_with_dropout(student, draw, dims_of(student), 0.4)


@check(*NETS, needs="gradients")
def nothing_changed(student: Student, draw: Draw) -> None:
    """leaves X, y and the parameters unchanged"""
    p = problem(draw, dims_of(student), 5, reg=0.25)
    net = set_up(student, p)
    X, y = p.X.clone(), p.y.clone()
    loss_of(net, X, y)
    expect(X, "X").is_unchanged_from(p.X)
    expect(y, "y").is_unchanged_from(p.y)
    for name, now in expect_params(net.params, p.dims).items():
        expect(now, f"params[{name!r}]").is_unchanged_from(p.params[name])


@dataclass(frozen=True)
class Problem:
    """Parameters, a batch, and what a right network makes of them; the last of `dims` are the classes."""

    dims: tuple[int, ...]
    params: dict[str, torch.Tensor]
    X: torch.Tensor
    y: torch.Tensor
    reg: float
    answer: oracle.Answer


def dims_of(student: Student) -> tuple[int, ...]:
    """Sizes that are all different: input, hidden layers, classes."""
    return (6, 5, 4) if "Two" in student.asked.type_name else (6, 7, 5, 4)


def problem(
    draw: Draw,
    dims: tuple[int, ...],
    n: int,
    *,
    reg: float = 0.0,
    dtype: torch.dtype = torch.float32,
    image: tuple[int, ...] = (),
    mask: oracle.Mask | None = None,
) -> Problem:
    """A batch of n examples of the shape `image`, none at a kink, for which every parameter has a gradient.

    Biases are not 0, so that they show in everything.
    """
    for _ in range(500):
        params: dict[str, torch.Tensor] = {}
        for i, (fan_in, fan_out) in enumerate(pairwise(dims), 1):
            params[f"W{i}"] = draw.normal(fan_in, fan_out, std=1.5 / fan_in**0.5, dtype=dtype)
            params[f"b{i}"] = draw.normal(fan_out, std=0.4, dtype=dtype)
        X, y = draw.normal(n, *(image or dims[:1]), dtype=dtype), draw.labels(n, dims[-1])
        right = oracle.evaluate(params, X, y, reg, mask)
        if right.margin > OFF_THE_KINK and min(float(g.abs().max()) for g in right.grads.values()) > ALIVE:
            return Problem(dims, params, X, y, reg, right)
    raise RuntimeError(f"no problem of sizes {dims} away from the kinks")


def built(student: Student, dims: tuple[int, ...], **settings: Any) -> StudentObject:
    """A network of these sizes."""
    if "Two" in student.asked.type_name:
        net = student.TwoLayerNet(input_dim=dims[0], hidden_dim=dims[1], num_classes=dims[2], **settings)
    else:
        net = student.FullyConnectedNet(list(dims[1:-1]), input_dim=dims[0], num_classes=dims[-1], **settings)
    found: StudentObject = expect(net, "the network").is_object()
    return found


def set_up(
    student: Student, p: Problem, known_dropout: oracle.KnownDropout | None = None, **settings: Any
) -> StudentObject:
    """A network with the problem's parameters and right layers."""
    student.given(**oracle.right_layers(known_dropout))
    net = built(student, p.dims, reg=p.reg, dtype=p.params["W1"].dtype, device=str(p.X.device), **settings)
    net.params = {name: value.clone() for name, value in p.params.items()}
    return net


def loss_of(net: StudentObject, *args: torch.Tensor) -> object:
    """What `net.loss` returns."""
    return method_of(net, "loss")(*args)


def method_of(owner: StudentObject, name: str) -> StudentFunction:
    found: StudentFunction = getattr(owner, name)
    expect(found, name).holds(
        isinstance(found, StudentFunction), f"{owner.type_name}.{name} is no method, expected one.", "a method"
    )
    return found


def answer(result: object) -> tuple[object, object]:
    value, grads = expect(result, "the result").unpacks_to(2, "(loss, grads)")
    return value, grads


def expect_grads(grads: object, p: Problem, dtype: torch.dtype = torch.float32) -> None:
    """The last layer first: a mistake shows where it is made and in all layers before it."""
    found = by_name(grads, "grads", p.params)
    size = max(float(g.abs().max()) for g in p.answer.grads.values())  # a sum that cancels keeps its summands' rounding
    for name in reversed(p.answer.grads):
        expected = p.answer.grads[name]
        expect(found[name], f"grads[{name!r}]").equals(expected, dtype, f"it has the shape of {name}", size)


def expect_params(
    params: object,
    dims: tuple[int, ...],
    dtype: torch.dtype = torch.float32,
    device: torch.device | None = None,
) -> dict[str, torch.Tensor]:
    """Weights and biases of a network of these sizes, which are returned."""
    shapes: dict[str, tuple[int, ...]] = {}
    for i, (fan_in, fan_out) in enumerate(pairwise(dims), 1):
        shapes |= {f"W{i}": (fan_in, fan_out), f"b{i}": (fan_out,)}
    found = by_name(params, "params", shapes)
    expect(found, "params").holds(
        len(found) == len(shapes),
        f"params holds {len(found)} entries, expected {len(shapes)}: {', '.join(shapes)}.",
        ", ".join(shapes),
    )
    for name, shape in shapes.items():
        expect(found[name], f"params[{name!r}]").is_tensor(shape, dtype, device, "weights are (fan_in, fan_out)")
    return found


def by_name(value: object, name: str, wanted: Iterable[str]) -> dict[str, Any]:
    """A dict that has these keys."""
    names = ", ".join(wanted)
    expect(value, name).holds(
        isinstance(value, dict), f"{name} is no dict, expected one with the keys {names}.", f"a dict with {names}"
    )
    assert isinstance(value, dict)
    missing = [key for key in wanted if key not in value]
    expect(value, name).holds(not missing, f"{name} has no {', '.join(missing)}.", f"a dict with {names}")
    return value


def compare(
    student: Student, p: Problem, dtype: torch.dtype = torch.float32, labels: torch.Tensor | None = None
) -> None:
    """Scores, loss and gradients of a network equal the oracle's."""
    net = set_up(student, p)
    expect(loss_of(net, p.X.clone()), "scores").equals(p.answer.scores, dtype)
    value, grads = answer(loss_of(net, p.X, p.y if labels is None else labels))
    expect(value, "loss").is_number(p.answer.loss, dtype)
    expect_grads(grads, p, dtype)


def compare_with_dropout(
    student: Student,
    draw: Draw,
    dims: tuple[int, ...],
    rate: float,
    reg: float = 0.0,
    dtype: torch.dtype = torch.float32,
    **settings: Any,
) -> oracle.KnownDropout:
    """Loss and gradients with known masks equal the oracle's; returns the dropout, which knows how it was called."""
    known = oracle.KnownDropout(draw.number(0, 1 << 30), len(dims) - 2)
    p = problem(draw, dims, 8, reg=reg, dtype=dtype, mask=known.mask(rate))
    net = set_up(student, p, known, dropout=rate, **settings)
    value, grads = answer(loss_of(net, p.X, p.y))
    expect(value, "loss").is_number(p.answer.loss, dtype)
    expect_grads(grads, p, dtype)
    return known


def expect_spread(student: Student, draw: Draw, weight_scale: float, dtype: torch.dtype = torch.float32) -> None:
    """Weights of a wide network have this standard deviation, mean 0, and are normal; bounds of six deviations."""
    dims = (150, 160, 140) if "Two" in student.asked.type_name else (150, 160, 140, 150)
    net = built(student, dims, weight_scale=weight_scale, dtype=dtype, device=str(draw.device))
    for name, value in expect_params(net.params, dims, dtype, draw.device).items():
        if not name.startswith("W"):
            continue
        n, std, mean = value.numel(), float(value.double().std()), float(value.double().mean())
        far, further = (int((value.abs() > k * std).sum()) for k in (2, 3))
        shown = f"params[{name!r}]"
        expect(value, shown).holds(
            abs(std / weight_scale - 1) < 6 / (2 * n) ** 0.5 and abs(mean) < 6 * weight_scale / n**0.5,
            f"{shown} has mean {mean:.3g} and standard deviation {std:.3g} with weight_scale {weight_scale:g}, "
            f"expected 0 and {weight_scale:g}.",
            f"mean 0, standard deviation {weight_scale:g}",
        )
        expect(value, shown).holds(
            far / n > 0.0455 - 6 * (0.0455 / n) ** 0.5
            and further / n > 0.0027 - 6 * (0.0027 / n) ** 0.5
            and len(value.unique()) > 0.9 * n,
            f"{shown} holds no independent normal numbers: {far} of {n} are further than two standard deviations from "
            f"0, expected about {round(0.0455 * n)}; {further} further than three, expected about "
            f"{round(0.0027 * n)}; {len(value.unique())} are different.",
            "independent normal numbers",
        )
