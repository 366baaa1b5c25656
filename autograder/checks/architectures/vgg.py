"""Visible checks of VGG: its layers, names and costs on `meta`, its parts with numbers.

All its weights take half a gigabyte. So its convolutions run on a small image without the linear layers behind them,
and the linear layers are replaced by narrow ones that let one see what stands between them.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import torch

from autograder.checks.architectures.roles import all_entries, entries_of, expect_biases, roles
from autograder.checks.architectures.whole import (
    expect_costs,
    expect_shape,
    filled_by_role,
    on_device,
    on_meta,
    part_of,
)
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.layers import expect_refused
from autograder.engine.student import Student
from autograder.oracles.architectures.models import STAGES_OF_VGG, VGGS, vgg_features, vgg_head, vgg_parts
from autograder.oracles.architectures.parts import Pass

VGG = "architectures.vgg"
WIDTH = 32  # of the narrow layers


@check(VGG, weight=2)
def layers(student: Student, draw: Draw) -> None:
    """the convolutions and linear layers of A and D, in their sizes and order, with biases"""
    for config in "AD":
        expect_layers(student, config)


@check(VGG, needs="layers")
def layers_of_other_configs(student: Student, draw: Draw) -> None:
    """the same of B, C and E"""
    for config in "BCE":
        expect_layers(student, config)


@check(VGG, needs="layers")
def names(student: Student, draw: Draw) -> None:
    """the keys of its state_dict are those of public weights: features.0.weight, ..., classifier.6.bias"""
    for config in "AD":
        expected = public_keys(config)
        came = [key for key, *_ in all_entries(student, network(student, config), f"vgg({config!r})")]
        for key in expected:
            expect(came, "the keys").holds(
                key in came,
                f"{key} is not among the keys of vgg({config!r}), which are {', '.join(came[:3])}, ...",
                key,
            )


@check(VGG, needs="names", weight=2)
def features(student: Student, draw: Draw) -> None:
    """the convolutions of A with their ReLUs and pools, on a small image"""
    expect_features(student, draw, "A")


@check(VGG, needs="names", weight=2)
def classifier(student: Student, draw: Draw) -> None:
    """evaluation: flattened features, three linear layers with a ReLU between them, no dropout"""
    sizes = ((25088, WIDTH), (WIDTH, WIDTH), (WIDTH, 10))
    values = [
        (draw.normal(outputs, inputs, std=(2 / inputs) ** 0.5), draw.normal(outputs, std=0.3))
        for inputs, outputs in sizes
    ]
    x = draw.normal(3, 512, 7, 7)
    expected = vgg_head([(w.double(), b.double()) for w, b in values], x.double()).float()
    net = with_narrow_head(student, values)
    for time in ("the first time", "the second time"):
        expect(student.networks.forward(net, x), f"the scores {time}").equals(expected)


@check(VGG, needs="classifier")
def dropout(student: Student, draw: Draw) -> None:
    """training: behind each of the first two linear layers half of the units are 0, the others doubled"""
    one, nothing = torch.ones(WIDTH, device=draw.device), torch.zeros(WIDTH, device=draw.device)
    first = torch.zeros(WIDTH, 25088, device=draw.device)
    same = torch.eye(WIDTH, device=draw.device)
    x = torch.zeros(40, 512, 7, 7, device=draw.device)
    net = with_narrow_head(student, [(first, one), (same, nothing), (same, nothing)])
    out = student.networks.forward(net, x, training=True)
    expect(out, "the scores").is_tensor((40, WIDTH), torch.float32, draw.device)
    expect(student.networks.forward(net, x), "the scores in evaluation").equals(torch.ones_like(out))
    only = bool(((out == 0) | ((out - 4).abs() < 1e-4)).all())
    share = float((out != 0).float().mean())
    sigma = (0.25 * 0.75 / out.numel()) ** 0.5
    expect(out, "the scores in training").holds(
        only and abs(share - 0.25) < 6 * sigma,
        f"of units that are 1 in evaluation, {share:.0%} are left in training, with the values "
        f"{', '.join(f'{v:g}' for v in out.unique()[:4].tolist())}; two dropouts of 0.5 leave a quarter of them, as 4.",
    )


@check(VGG, needs="layers")
def number_of_classes(student: Student, draw: Draw) -> None:
    """as many scores as num_classes says"""
    net = on_meta(student, student.vgg, "the network", "A", num_classes=7)
    roles(student, net, vgg_parts("A", 7), 'vgg("A", num_classes=7)')
    expect_shape(student, net, 'vgg("A", num_classes=7)', (2, 3, 224, 224), (2, 7))


@check(VGG, needs="layers")
def costs(student: Student, draw: Draw) -> None:
    """A and D: 132,863,336 and 138,357,544 parameters, 7.609 and 15.470 G multiply-adds"""
    for config in "AD":
        expect_costs(student, network(student, config), f"vgg({config!r})", *VGGS[config])


@check(VGG, needs="layers")
def unknown_config(student: Student, draw: Draw) -> None:
    """raises ValueError for another letter"""
    expect_refused(student.networks.on_meta, ((repr(c), (student.vgg, c)) for c in ("F", "AB", "")))


def network(student: Student, config: str) -> Any:
    return on_meta(student, student.vgg, f"vgg({config!r})", config)


def expect_layers(student: Student, config: str) -> None:
    """The layers on `meta`, in the order in which they are used."""
    net, parts, what = network(student, config), vgg_parts(config), f"vgg({config!r})"
    roles(student, net, parts, what)
    expect_biases(student, net, parts, what)
    came = [shape for _, shape, kind, _ in entries_of(student, net, what) if kind == "parameter" and len(shape) > 1]
    expected = [part.shape for part in parts]
    wrong = next((i for i, (a, b) in enumerate(zip_longest(came, expected)) if a != b), None)
    expect(came, "the layers").holds(
        wrong is None, f"layer {(wrong or 0) + 1} of {what} has weights of another shape than expected; mind the order."
    )


def public_keys(config: str) -> list[str]:
    keys, place = [], 0
    for stage in STAGES_OF_VGG[config]:
        for _ in stage:
            keys += [f"features.{place}.weight", f"features.{place}.bias"]
            place += 2  # the ReLU behind it
        place += 1  # the pool
    return keys + [f"classifier.{i}.{name}" for i in (0, 3, 6) for name in ("weight", "bias")]


def expect_features(student: Student, draw: Draw, config: str) -> None:
    """The convolutions get memory and numbers; all else stays on `meta`."""
    module = vgg_features(config)
    x = draw.normal(2, 3, 32, 32)
    part = part_of(network(student, config), "features").to_empty(device="cpu")
    what = f"the features of vgg({config!r})"
    on_device(expect(part, what).is_object(), draw.device)
    values = filled_by_role(student, part, module.parts, draw.number(0, 1 << 20), what, draw.device)
    expected = module.compute(Pass(values), x.double()).float()
    expect(student.networks.forward(part, x), f"the output of {what}").equals(expected)


def with_narrow_head(student: Student, values: list[tuple[torch.Tensor, torch.Tensor]]) -> Any:
    """A network without convolutions, with linear layers of these weights and biases in the place of its own."""
    net = network(student, "A")
    keys = [key for key, *_ in entries_of(student, net, "the network")]
    whole = expect(part_of(net, "classifier").requires_grad_(True), "the classifier").is_object()
    for name, (weight, bias) in zip("036", values, strict=True):
        expect(keys, "the keys").holds(f"classifier.{name}.weight" in keys, f"classifier.{name} is no linear layer.")
        layer = student.networks.build([("narrow", "Linear", tuple(reversed(weight.shape)))])
        on_device(expect(layer, "a linear layer").is_object(), weight.device)
        student.networks.load(layer, {"narrow.weight": weight, "narrow.bias": bias})
        setattr(whole, name, layer)
    net.features = student.networks.build([("as it comes", "Identity")])
    return net
