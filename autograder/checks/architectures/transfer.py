"""Visible checks of transfer: a new head, frozen parts, the linear probe, fine-tuning."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch

from autograder.checks.architectures.transfer_cases import (
    CLASSIFIER,
    CONVNET,
    DEEP,
    PLAIN,
    Case,
    Entries,
    entries_of,
    expect_entries,
    expect_resting,
    expect_state,
    modes_of,
    part_of,
    state_of,
)
from autograder.engine import networks
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import describe, expect
from autograder.engine.seeding import seeded
from autograder.engine.student import Student
from autograder.oracles.architectures import transfer as oracle

REPLACE, FREEZE = "architectures.replace_head", "architectures.freeze"
PROBE, TUNE = "architectures.linear_probe", "architectures.fine_tune"
EVERYTHING = ("stem", "body", "head")


def entries_here(case: Case, draw: Draw) -> Entries:
    """What `entries_of` says of a network as it is built."""
    return {key: (shape, trainable) for key, shape, _, trainable in networks.tensors(case.here(draw))}


def with_head(entries: Entries, head: str, classes: int) -> Entries:
    """The same with a new head of so many classes, which is trainable."""
    new = {key: ((classes, *shape[1:]), True) for key, (shape, _) in entries.items() if key.startswith(head + ".")}
    return entries | new


def without_head(state: dict[str, torch.Tensor], head: str) -> dict[str, torch.Tensor]:
    return {key: value for key, value in state.items() if not key.startswith(head + ".")}


def expect_head(student: Student, draw: Draw, case: Case, head: str, classes: int) -> None:
    """`replace_head` puts a new layer at this place and changes no other shape."""
    expected = with_head(entries_here(case, draw), head, classes)
    model = student.replace_head(case.there(student, draw), classes)
    expect_entries(entries_of(student, model), expected)
    features = part_of(model, head).out_features
    expect(features, f"{head}.out_features").holds(
        features == classes, f"{head}.out_features is {describe(features)}, expected {classes}.", str(classes)
    )


@check(REPLACE, weight=3)
def a_new_head(student: Student, draw: Draw) -> None:
    """the last linear layer has num_classes outputs and is where the old one was; all other shapes stay"""
    for classes in (7, 3):
        expect_head(student, draw, Case().drawn(draw), "head", classes)


@check(REPLACE, needs="a_new_head")
def changed_in_place(student: Student, draw: Draw) -> None:
    """the model that was given has the new head"""
    case = Case().drawn(draw)
    expected = with_head(entries_here(case, draw), "head", 7)
    model = case.there(student, draw)
    returned = entries_of(student, student.replace_head(model, 7))
    expect_entries(entries_of(student, model), expected, "the model that was given")
    expect_entries(returned, expected)


@check(REPLACE, weight=2)
def last_of_several(student: Student, draw: Draw) -> None:
    """of several linear layers the last one, however deep it lies"""
    expect_head(student, draw, Case(PLAIN).drawn(draw), "head", 7)
    expect_head(student, draw, Case(CLASSIFIER).drawn(draw), "classifier.scores", 7)
    expect_head(student, draw, Case(DEEP).drawn(draw), "top.block.inner.scores", 7)


@check(REPLACE, needs="a_new_head", weight=2)
def trainable_in_a_frozen_model(student: Student, draw: Draw) -> None:
    """in a frozen model the new head is trainable, and all else stays frozen"""
    expect_head(student, draw, Case(frozen=EVERYTHING).drawn(draw), "head", 7)


@check(REPLACE, needs="a_new_head")
def the_rest_keeps_its_values(student: Student, draw: Draw) -> None:
    """all other weights and running statistics are as they were; none of the new head's are the old one's"""
    case = Case().drawn(draw)
    before = networks.state(case.here(draw))
    for classes in (9, 5, 3):  # the old one has 5
        after = state_of(student, student.replace_head(case.there(student, draw), classes))
        expect_state(after, without_head(before, "head"), exact=True)
        expect(after.get("head.weight"), "head.weight").is_tensor((classes, 8))
        expect_new_weights(after, before)


def expect_new_weights(after: dict[str, Any], before: dict[str, torch.Tensor]) -> None:
    """No row of the new head is one of the old head's, nor a number of its bias."""
    for key in ("head.weight", "head.bias"):
        new, old = after.get(key), before[key]
        if isinstance(new, torch.Tensor) and new.shape[1:] == old.shape[1:]:
            rows = min(len(new), len(old))
            kept = bool((new[:rows] == old[:rows]).any())
            expect(kept, key).holds(not kept, "the new head holds weights of the old one; it should start anew.")


@check(FREEZE, weight=3)
def frozen_up_to_and_including(student: Student, draw: Draw) -> None:
    """the parameters of all children up to and including `until` require no gradient"""
    for until, parts in (("stem", ("stem",)), ("body", ("stem", "body"))):
        expect_frozen(student, draw, Case().drawn(draw), until, Case(frozen=parts))


@check(FREEZE, needs="frozen_up_to_and_including", weight=2)
def later_children_are_trainable(student: Student, draw: Draw) -> None:
    """in a model that was frozen, the children after `until` become trainable"""
    expect_frozen(student, draw, Case(frozen=EVERYTHING).drawn(draw), "stem", Case(frozen=("stem",)))


@check(FREEZE)
def until_none(student: Student, draw: Draw) -> None:
    """until=None freezes nothing: everything is trainable, and the list is empty"""
    case = Case(frozen=("stem", "head")).drawn(draw)
    expected = entries_here(Case(), draw)
    model = case.there(student, draw)
    student.freeze(model, "stem")
    entries_of(student, model)
    names = student.freeze(model, None)
    expect_entries(entries_of(student, model), expected)
    expect_names(names, [])


@check(FREEZE, needs="frozen_up_to_and_including", weight=2)
def eval_mode(student: Student, draw: Draw) -> None:
    """frozen children are in eval mode with all that is in them, so that their batch norm rests"""
    model = Case().drawn(draw).there(student, draw)
    model.train()
    student.freeze(model, "body")
    expect_resting(modes_of(student, model), ("stem", "body"), " after freezing: its running statistics would move")


@check(FREEZE, needs="frozen_up_to_and_including")
def names_of_frozen_parameters(student: Student, draw: Draw) -> None:
    """returns the names of the frozen parameters, as named_parameters has them"""
    case = Case().drawn(draw)
    expected = [name for name, _ in case.here(draw).named_parameters() if not name.startswith("head")]
    expect_names(student.freeze(case.there(student, draw), "body"), expected)


def expect_frozen(student: Student, draw: Draw, case: Case, until: str, after: Case) -> None:
    """`freeze` leaves trainable what is so in `after`."""
    expected = entries_here(after, draw)
    model = case.there(student, draw)
    student.freeze(model, until)
    expect_entries(entries_of(student, model), expected)


def expect_names(came: Any, expected: list[str]) -> None:
    expect(came, "the result").holds(
        isinstance(came, list | tuple) and all(isinstance(n, str) for n in came),
        f"freeze returns {describe(came)}, expected a list of the names of the frozen parameters.",
        f"list of {len(expected)} names",
    )
    expect(came, "the names").holds(
        list(came) == expected, f"freeze returns {list(came)[:12]}, expected {expected}."[:600], str(expected)
    )


@check(PROBE, weight=3)
def the_head_alone_trains(student: Student, draw: Draw) -> None:
    """a new head is trainable, and nothing else"""
    expect_probe(student, draw, Case().drawn(draw), "head", Case(frozen=EVERYTHING))
    parts = ("features", "classifier")
    expect_probe(student, draw, Case(CLASSIFIER).drawn(draw), "classifier.scores", Case(CLASSIFIER, frozen=parts))


@check(PROBE, needs="the_head_alone_trains")
def features_stay(student: Student, draw: Draw) -> None:
    """the weights and running statistics below the head are as they were"""
    case = Case().drawn(draw)
    before = networks.state(case.here(draw))
    give_head(student, draw, case, "head")
    after = state_of(student, student.linear_probe(case.there(student, draw), 4))
    expect_state(after, without_head(before, "head"), exact=True)
    expect_new_weights(after, before)


@check(PROBE, weight=2)
def features_in_eval_mode(student: Student, draw: Draw) -> None:
    """everything but the head is in eval mode, also what lies beside it"""
    for case, head in ((Case(), "head"), (Case(CLASSIFIER), "classifier.scores")):
        give_head(student, draw, case, head)
        model = case.drawn(draw).there(student, draw)
        model.train()
        model = student.linear_probe(model, 4)
        entries_of(student, model)
        modes = modes_of(student, model)
        rest = [name for name, _ in case.here(draw).named_modules() if name and name != head]
        known = {name: modes[name] for name in rest if name in modes}
        expect_resting(known, rest, "; what lies below the head should rest")


def expect_probe(student: Student, draw: Draw, case: Case, head: str, frozen: Case) -> None:
    """After `linear_probe` the new head trains, and nothing else."""
    expected = with_head(entries_here(frozen, draw), head, 4)
    give_head(student, draw, case, head)
    expect_entries(entries_of(student, student.linear_probe(case.there(student, draw), 4)), expected)


def give_head(student: Student, draw: Draw, case: Case, head: str) -> None:
    """A right `replace_head` for this model: a mistake in the student's own costs nothing in `linear_probe`."""
    layer = dict(case.here(draw).named_modules()).get(head)
    if isinstance(layer, torch.nn.Linear):
        settings = {"bias": layer.bias is not None, "dtype": case.dtype, "device": str(draw.device)}
        made = student.stand_ins.NewHead(head, layer.in_features, **settings)
    else:
        made = student.stand_ins.NewHead("", 1)
    student.given(replace_head=made)


def images(draw: Draw, count: int, size: int = 4, dtype: torch.dtype = torch.float32) -> Any:
    """Images (N, 3, size, size) and labels (N,) of five classes."""
    return draw.normal(count, 3, size, size, dtype=dtype), draw.labels(count, 5)


def expect_losses(came: Any, count: int) -> list[float]:
    """A list of this many finite numbers, which are returned; whether they are floats is asked elsewhere."""
    expect(came, "the losses").holds(
        isinstance(came, list | tuple), f"fine_tune returns {describe(came)}, expected a list of losses.", "a list"
    )
    expect(came, "the losses").holds(
        len(came) == count, f"there are {len(came)} losses, expected {count}: one an iteration.", f"list of {count}"
    )
    return [expect(loss, f"losses[{number}]").as_number() for number, loss in enumerate(came)]


def expect_training(
    student: Student, draw: Draw, case: Case, count: int, steps: int, left: float = 0.0, **settings: Any
) -> None:
    """`steps` epochs of one batch: losses and everything that is learned equal the oracle's, the frozen stays.

    Args:
        left: the gradients that the parameters hold before, where they hold any.
    """
    case = case.drawn(draw)
    X, y = images(draw, count, dtype=case.dtype)
    known = {name: settings[name] for name in ("learning_rate", "momentum") if name in settings}
    frozen = {key: t for key, t in networks.state(case.here(draw)).items() if lies_in(key, case.resting)}
    with seeded(0):  # of dropout
        wanted, state = oracle.trained(case.here(draw), case.resting, X.clone(), y.clone(), steps, **known)
    model = case.there(student, draw)
    if left:
        student.stand_ins.leave_gradients(model, left)
    losses = student.fine_tune(model, X, y, epochs=steps, **settings)
    after, steps_word = state_of(student, model), f" after {steps} steps" if steps > 1 else " after a step"
    for number, loss in enumerate(expect_losses(losses, steps)):
        expect(loss, f"losses[{number}]").is_number(float(wanted[number]), case.dtype)
    expect_state(after, frozen, exact=True, when=steps_word)
    expect_state(after, {key: t for key, t in state.items() if key not in frozen}, when=steps_word)


def lies_in(key: str, parts: tuple[str, ...]) -> bool:
    return any(key.startswith(part + ".") for part in parts)


@check(TUNE, weight=4)
def steps_of_sgd(student: Student, draw: Draw) -> None:
    """losses and weights of one step, and of four, with all images in one batch and the default settings"""
    expect_training(student, draw, Case(PLAIN), 20, 1)
    expect_training(student, draw, Case(PLAIN), 20, 4)


@check(TUNE, needs="steps_of_sgd")
def other_settings(student: Student, draw: Draw) -> None:
    """another learning rate and momentum"""
    expect_training(student, draw, Case(PLAIN), 20, 4, learning_rate=0.05, momentum=0.5, batch_size=20)


@check(TUNE)
def one_loss_an_iteration(student: Student, draw: Draw) -> None:
    """one loss an iteration: epochs * ceil(N / batch_size), the last smaller batches included"""
    for count, size, epochs, expected in ((10, 4, 2, 6), (12, 4, 1, 3), (5, 8, 3, 3), (70, None, 1, 2)):
        X, y = images(draw, count)
        model = Case(PLAIN).drawn(draw).there(student, draw)
        settings = {"batch_size": size} if size else {}
        expect_losses(student.fine_tune(model, X, y, epochs=epochs, **settings), expected)


@check(TUNE, needs="one_loss_an_iteration")
def losses_are_floats(student: Student, draw: Draw) -> None:
    """the losses are Python floats, not tensors"""
    X, y = images(draw, 8)
    losses = student.fine_tune(Case(CONVNET).drawn(draw).there(student, draw), X, y, batch_size=3)
    expect_losses(losses, 3)
    for number, loss in enumerate(losses):
        expect(loss, f"losses[{number}]").holds(
            type(loss) is float, f"losses[{number}] is {describe(loss)}, expected a Python float.", "a float"
        )


@check(TUNE, needs="one_loss_an_iteration", weight=2)
def every_image_once(student: Student, draw: Draw) -> None:
    """an epoch goes through every image once, with its own label, in a new random order"""
    case = Case(PLAIN).drawn(draw)
    X, y = images(draw, 12)
    expected = oracle.image_losses(case.here(draw), (), X.clone(), y.clone())
    model = case.there(student, draw)
    # With a learning rate of 0 the losses of batches of one are those of the images, and tell their order.
    came = student.fine_tune(model, X, y, epochs=2, batch_size=1, learning_rate=0.0)
    losses = torch.tensor(expect_losses(came, 24), dtype=torch.float32, device=draw.device)
    for number, epoch in enumerate(losses.split(12), 1):
        name = f"the losses of epoch {number}, sorted,"
        expect(epoch.sort().values, name).equals(expected.sort().values, torch.float32)
    natural = expected.argsort().argsort().tolist()
    orders = [[natural.index(n) for n in epoch.argsort().argsort().tolist()] for epoch in losses.split(12)]
    steps = [[(b - a) % 12 for a, b in pairwise(order)] for order in orders]
    kept = max(step.count(each) for step in steps for each in (1, 11))
    expect(came, "the losses").holds(
        kept < 9,
        "the images come one after the other as they were given, from whichever on, or backwards: shuffle them.",
        "an order by chance",
    )
    expect(came, "the losses").holds(orders[0] != orders[1], "both epochs have the same order; each has its own.")


@check(TUNE, needs="every_image_once")
def another_order_in_each_call(student: Student, draw: Draw) -> None:
    """a second call goes through the images in another order than the first"""
    X, y = images(draw, 12)
    model = Case(PLAIN).drawn(draw).there(student, draw)
    settings = {"batch_size": 1, "learning_rate": 0.0}
    calls = (student.fine_tune(model, X.clone(), y.clone(), **settings) for _ in range(2))
    first, second = (expect_losses(losses, 12) for losses in calls)
    expect(second, "the losses of the second call").holds(
        any(abs(a - b) > 1e-4 for a, b in zip(first, second, strict=True)),
        "two calls have the same order: it comes from a seed that each call sets.",
    )


@check(TUNE, needs="steps_of_sgd", weight=2)
def batch_norm_in_train_mode(student: Student, draw: Draw) -> None:
    """what is trainable trains in train mode: batch norm takes the batch's statistics, and its running ones move"""
    expect_training(student, draw, Case(CONVNET), 16, 3)


@check(TUNE, needs="steps_of_sgd", weight=3)
def frozen_parts_rest(student: Student, draw: Draw) -> None:
    """a frozen part keeps its weights and its running statistics, even if it was in train mode"""
    expect_training(student, draw, Case(CONVNET, frozen=("stem",), resting=("stem",)), 16, 3)
    parts = ("stem", "body")
    expect_training(student, draw, Case(CONVNET, frozen=parts, resting=parts), 16, 3)


@check(TUNE, needs="one_loss_an_iteration")
def comes_back_in_eval_mode(student: Student, draw: Draw) -> None:
    """afterwards the whole model is in eval mode"""
    X, y = images(draw, 8)
    model = Case(CLASSIFIER, frozen=("features.first",)).drawn(draw).there(student, draw)
    student.fine_tune(model, X, y)
    expect_resting(modes_of(student, model), ("features", "pool", "classifier"), " when fine_tune returns")
