"""Hidden checks of the search for the best net."""

from __future__ import annotations

import torch

from autograder.checks.two_layer_net.nets import KnownNets
from autograder.checks.two_layer_net.search import BEST
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Student


@check(BEST, needs="best_on_validation")
def wherever_the_best_is(student: Student, draw: Draw) -> None:
    """the best net may be the first, the last or the only one, and may get no image right"""
    two = ([0.5, 0.25], [3], [0.125], [1.0])
    for grid, ranks in ((two, [2, 1]), (two, [1, 2]), ([[v[0]] for v in two], [1]), (two, [0, 0])):
        known = KnownNets(draw, grid, ranks)
        known.expect_best(known.search(student))


@check(BEST, needs="best_on_validation")
def the_best_of_good_ones(student: Student, draw: Draw) -> None:
    """the best net, where all get more than 96 % of the images right"""
    for best in (1, 3):
        ranks = [193, 195, 194, 196]
        ranks[best] = 197
        known = KnownNets(draw, ([0.5, 0.25], [3], [0.125], [0.75, 1.0]), ranks, spare=196)
        known.expect_best(known.search(student))


@check(BEST, needs="best_on_validation")
def size_and_dtype_of_the_nets(student: Student, draw: Draw) -> None:
    """inputs, outputs, dtype and device of the nets are those of the data"""
    for dim, classes, dtype in ((7, 13, torch.float64), (5, 2, torch.float32)):
        known = KnownNets(draw, ([0.5, 0.25, 0.125, 0.0625], [3, 5], [0.125], [0.75, 1.0]), None, dim, classes, dtype)
        known.search(student)
        expect(known.nets, "nets").holds(bool(known.nets), "no TwoLayerNet was made.", "a TwoLayerNet")
        for net in known.nets:
            inputs, _, outputs = net.size
            expect(inputs, "input_size").is_number(dim)
            expect(outputs, "output_size").is_number(classes)
            expect(net.dtype, "dtype").holds(
                net.dtype == dtype, f"the nets have dtype {net.dtype!s:.40}, expected {dtype}.", str(dtype)
            )
            where, wanted = str(net.device).split(":")[0], draw.device.type
            expect(net.device, "device").holds(
                where == wanted, f"the nets are on {where:.40}, expected {wanted}.", wanted
            )


@check(BEST, needs="best_on_validation")
def highest_label_decides(student: Student, draw: Draw) -> None:
    """a class that no training image has still gets its output, and one that no validation image has"""
    known = KnownNets(draw, ([0.5, 0.25], [3, 5], [0.125], [0.75, 1.0]), classes=5)
    known.y = torch.where(known.y == 1, 0, known.y)
    known.y_val = known.y_val.clamp(max=2)
    known.search(student)
    expect(known.nets, "nets").holds(bool(known.nets), "no TwoLayerNet was made.", "a TwoLayerNet")
    for net in known.nets:
        expect(net.size[2], "output_size").is_number(5)


@check(BEST, needs="best_on_validation")
def trains_on_the_training_part(student: Student, draw: Draw) -> None:
    """trains on the training part and measures on the validation part, all of both"""
    known = KnownNets(draw, ([0.5, 0.25], [3, 5], [0.125], [1.0]))
    known.search(student)
    trainings = [training for net in known.nets for training in net.trainings]
    expect(trainings, "trainings").holds(bool(trainings), "no net was trained.", "trained nets")
    for training in trainings:
        for name, wanted in (("X", known.X), ("y", known.y), ("X_val", known.X_val), ("y_val", known.y_val)):
            expect(training[name], f"{name} of train").equals(wanted)
