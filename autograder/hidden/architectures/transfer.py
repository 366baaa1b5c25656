"""Hidden checks of transfer: other models, dtypes and modes, and what does not fit."""

from __future__ import annotations

import torch

from autograder.checks.architectures.transfer import (
    EVERYTHING,
    FREEZE,
    PROBE,
    REPLACE,
    TUNE,
    entries_here,
    expect_frozen,
    expect_head,
    expect_losses,
    expect_names,
    expect_probe,
    expect_training,
    give_head,
    images,
    lies_in,
    with_head,
    without_head,
)
from autograder.checks.architectures.transfer_cases import (
    CLASSIFIER,
    CONVNET,
    DROPOUT,
    PLAIN,
    Case,
    entries_of,
    expect_entries,
    expect_state,
    modes_of,
    part_of,
    state_of,
)
from autograder.engine import networks
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.layers import expect_refused, expect_unchanged
from autograder.engine.meta import follows_device, on_meta
from autograder.engine.student import Student
from autograder.oracles.architectures import transfer as oracle

NO_BIAS = [*PLAIN[:-1], ("head", "Linear", (7, 5), {"bias": False})]
MIXED = [*CONVNET[:1], *CONVNET[2:-1], ("middle", "Linear", (6, 6)), ("relu", "ReLU"), ("head", "Linear", (6, 5))]
NO_LINEAR = CONVNET[:-1]
SIMILAR = [
    ("layer1", "Linear", (48, 6)), ("layer10", "Linear", (6, 6)), ("layer11", "Linear", (6, 6)), ("out", "ReLU"),
    ("layer2", "Linear", (6, 5)),
]  # fmt: skip
ATTENTION = [
    ("weigh", [("squeeze", "Linear", (6, 3)), ("excite", "Linear", (3, 6), {"bias": False})]),
    ("head", "Linear", (6, 5)), ("drop", "Dropout", (0.3,)), ("log", "LogSoftmax", (1,)),
]  # fmt: skip
OWN_PARAMETERS = [("attention", "MultiheadAttention", (8, 2))]  # some of which lie in none of its children


@check(REPLACE, needs="a_new_head")
def bias_or_none(student: Student, draw: Draw) -> None:
    """a head without a bias is replaced by one without"""
    expect_head(student, draw, Case(NO_BIAS).drawn(draw), "head", 6)


@check(REPLACE, needs="a_new_head")
def layers_behind_the_head(student: Student, draw: Draw) -> None:
    """linear layers inside the body, and layers without weights behind the head, which stay behind it"""
    case = Case(ATTENTION).drawn(draw)
    order = networks.layers(case.here(draw))
    for classes in (1, 12):
        expect_head(student, draw, case, "head", classes)
    came = student.networks.layers(student.replace_head(case.there(student, draw), 5))
    expect(came, "the layers").holds(
        isinstance(came, list) and [tuple(layer) for layer in came] == order,
        f"the layers are {came!r}, expected them in the order of before, {order}."[:600],
    )


@check(REPLACE, needs="a_new_head")
def head_dtype(student: Student, draw: Draw) -> None:
    """a model in float64 gets a head in float64"""
    model = student.replace_head(Case(dtype=torch.float64).drawn(draw).there(student, draw), 7)
    weight = state_of(student, model).get("head.weight")
    expect(weight, "head.weight").is_tensor((7, 8), torch.float64)


@check(REPLACE, needs="a_new_head")
def head_device(student: Student, draw: Draw) -> None:
    """the new head is on the device of the old one"""
    model = Case(PLAIN).drawn(draw).there(student, draw)
    model.to("meta")
    model = student.replace_head(model, 7)
    entries_of(student, model)
    follows_device(lambda: student.networks.forward(model, on_meta(draw.normal(2, 48))), "the scores")


@check(REPLACE, needs="a_new_head")
def flags_and_modes_stay(student: Student, draw: Draw) -> None:
    """what else was frozen or trainable, in train or in eval mode, is so still"""
    case = Case(CLASSIFIER, frozen=("features.first", "classifier.scores")).drawn(draw)
    expected = with_head(entries_here(case, draw), "classifier.scores", 7)
    model = case.there(student, draw)
    model.train()
    part_of(model, "features").eval()
    before = modes_of(student, model)
    model = student.replace_head(model, 7)
    expect_entries(entries_of(student, model), expected)
    after = modes_of(student, model)
    for name in before:
        same = name == "classifier.scores" or after.get(name) == before[name]
        expect(name, "the module").holds(same, f"the mode of {name} is no longer what it was.")


@check(REPLACE)
def no_head(student: Student, draw: Draw) -> None:
    """a model without a linear layer raises ValueError"""
    model = Case(NO_LINEAR).drawn(draw).there(student, draw)
    expect_refused(student.replace_head, [("a model without nn.Linear", (model, 7))])


@check(FREEZE, needs="frozen_up_to_and_including")
def similar_names(student: Student, draw: Draw) -> None:
    """children whose names begin alike, layer1 and layer10"""
    expect_frozen(student, draw, Case(SIMILAR).drawn(draw), "layer1", Case(SIMILAR, frozen=("layer1",)))
    longer_first = [("layer10", "Linear", (48, 6)), ("layer1", "Linear", (6, 6)), *SIMILAR[2:]]
    both = Case(longer_first, frozen=("layer10", "layer1"))
    expect_frozen(student, draw, Case(longer_first).drawn(draw), "layer1", both)
    parts = ("layer1", "layer10", "layer11")
    expect_frozen(student, draw, Case(SIMILAR).drawn(draw), "layer11", Case(SIMILAR, frozen=parts))
    names = student.freeze(Case(SIMILAR).drawn(draw).there(student, draw), "layer1")
    expect_names(names, ["layer1.weight", "layer1.bias"])


@check(FREEZE, needs="frozen_up_to_and_including")
def until_without_parameters(student: Student, draw: Draw) -> None:
    """until names a child without parameters, or the last child"""
    expect_frozen(student, draw, Case().drawn(draw), "pool", Case(frozen=("stem", "body")))
    expect_frozen(student, draw, Case().drawn(draw), "head", Case(frozen=EVERYTHING))


@check(FREEZE, needs="frozen_up_to_and_including")
def frozen_twice(student: Student, draw: Draw) -> None:
    """frozen up to body, then up to stem alone: body is trainable again, and the list names stem's"""
    case = Case().drawn(draw)
    expected = entries_here(Case(frozen=("stem",)), draw)
    names = [f"stem.{name}" for name, _ in case.here(draw).get_submodule("stem").named_parameters()]
    model = case.there(student, draw)
    student.freeze(model, "body")
    came = student.freeze(model, "stem")
    expect_entries(entries_of(student, model), expected)
    expect_names(came, names)


@check(FREEZE, needs="frozen_up_to_and_including")
def freezing_moves_nothing(student: Student, draw: Draw) -> None:
    """weights and running statistics keep their values"""
    case = Case().drawn(draw)
    before = networks.state(case.here(draw))
    model = case.there(student, draw)
    student.freeze(model, "body")
    expect_state(state_of(student, model), before, exact=True)


@check(FREEZE)
def unknown_child(student: Student, draw: Draw) -> None:
    """a name that no child has, that of a grandchild too, raises ValueError, names the children, changes nothing"""
    case = Case(frozen=("stem.bn", "body")).drawn(draw)
    expected = entries_here(case, draw)
    model = case.there(student, draw)
    model.train()
    part_of(model, "body").eval()
    before = modes_of(student, model)
    names = ("layer9", "conv", "stem.conv", "")
    for stop in expect_refused(student.freeze, ((f"until={until!r}", (model, until)) for until in names)):
        named = all(child in stop.text for child in ("stem", "body", "head"))
        expect(stop.text, "the message").holds(named, "the message of the ValueError does not name the children.")
    expect_entries(entries_of(student, model), expected)
    after = modes_of(student, model)
    expect(after, "the modes").holds(after == before, "modules are in another mode than before the ValueError.")


@check(PROBE)
def probe_of_other_models(student: Student, draw: Draw) -> None:
    """linear layers in the body, a head without a bias, a model in which some parts were frozen"""
    expect_probe(student, draw, Case(MIXED).drawn(draw), "head", Case(MIXED, frozen=("stem", "middle")))
    expect_probe(student, draw, Case(NO_BIAS).drawn(draw), "head", Case(NO_BIAS, frozen=("hidden",)))
    expect_probe(student, draw, Case(ATTENTION).drawn(draw), "head", Case(ATTENTION, frozen=("weigh",)))
    expect_probe(student, draw, Case(frozen=("stem", "head")).drawn(draw), "head", Case(frozen=EVERYTHING))


@check(PROBE)
def probe_of_a_model_with_parameters_of_its_own(student: Student, draw: Draw) -> None:
    """parameters of the model itself, which lie in none of its children, are frozen, too"""
    case = Case(OWN_PARAMETERS).drawn(draw)
    last = "attention.out_proj"
    entries = {key: (shape, key.startswith(last)) for key, (shape, _) in entries_here(case, draw).items()}
    expected = {key.partition(".")[2]: entry for key, entry in with_head(entries, last, 4).items()}
    student.given(replace_head=student.stand_ins.NewHead("out_proj", 8, device=str(draw.device)))
    model = student.linear_probe(part_of(case.there(student, draw), "attention"), 4)
    expect_entries(entries_of(student, model), expected)


@check(PROBE, needs="the_head_alone_trains")
def probe_in_place(student: Student, draw: Draw) -> None:
    """the model that was given is the one that is changed; nothing is trained yet"""
    case = Case(dtype=torch.float64).drawn(draw)
    before = networks.state(case.here(draw))
    expected = with_head(entries_here(Case(frozen=EVERYTHING), draw), "head", 4)
    model = case.there(student, draw)
    give_head(student, draw, case, "head")
    student.linear_probe(model, 4)
    expect_entries(entries_of(student, model), expected, "the model that was given")
    expect_state(state_of(student, model), without_head(before, "head"), exact=True)


@check(PROBE)
def probe_without_a_head(student: Student, draw: Draw) -> None:
    """a model without a linear layer raises ValueError"""
    case = Case(NO_LINEAR).drawn(draw)
    model = case.there(student, draw)
    give_head(student, draw, case, "head")
    expect_refused(student.linear_probe, [("a model without nn.Linear", (model, 4))])


@check(TUNE, needs="steps_of_sgd")
def last_batch_is_smaller(student: Student, draw: Draw) -> None:
    """the losses of an epoch, weighted by the sizes of their batches, are those of all images"""
    case = Case(PLAIN).drawn(draw)
    X, y = images(draw, 11)
    expected = oracle.image_losses(case.here(draw), (), X.clone(), y.clone()).sum()
    model = case.there(student, draw)
    came = student.fine_tune(model, X, y, epochs=1, batch_size=4, learning_rate=0.0)
    expect(came, "the losses").unpacks_to(3, "a list of 3 losses")
    total = sum(size * expect(loss, "a loss").as_number() for size, loss in zip((4, 4, 3), came, strict=True))
    expect(total, "4 * losses[0] + 4 * losses[1] + 3 * losses[2]").is_number(float(expected))


@check(TUNE, needs="one_loss_an_iteration")
def several_batches(student: Student, draw: Draw) -> None:
    """several batches an epoch, several epochs: the momentum goes on (all images are the same one)"""
    case = Case(PLAIN).drawn(draw)
    X, y = images(draw, 1)
    X, y = X.expand(12, -1, -1, -1).clone(), y.expand(12).clone()
    wanted, state = oracle.trained(case.here(draw), (), X.clone(), y.clone(), 6)
    model = case.there(student, draw)
    losses = student.fine_tune(model, X, y, epochs=2, batch_size=4)
    after = state_of(student, model)
    expect(torch.tensor(expect_losses(losses, 6), device=draw.device), "the losses").equals(wanted, torch.float32)
    expect_state(after, state, when=" after 6 steps")


@check(TUNE, needs="steps_of_sgd")
def gradients_of_before(student: Student, draw: Draw) -> None:
    """gradients that the parameters hold from before, frozen ones too, do not count"""
    case = Case(CONVNET, frozen=("stem",), resting=("stem",))
    expect_training(student, draw, case, 16, 2, left=draw.number(2, 5) / 4)


@check(TUNE, needs="steps_of_sgd")
def velocity_begins_at_zero(student: Student, draw: Draw) -> None:
    """a second call for the same model: the momentum begins anew, and the learning rate is the one that is given"""
    case = Case(PLAIN).drawn(draw)
    X, y = images(draw, 18)
    here = case.here(draw)
    oracle.trained(here, (), X.clone(), y.clone(), 3)
    wanted, state = oracle.trained(here, (), X.clone(), y.clone(), 2, learning_rate=0.03)
    model = case.there(student, draw)
    student.fine_tune(model, X.clone(), y.clone(), epochs=3)
    losses = student.fine_tune(model, X, y, epochs=2, learning_rate=0.03)
    after = state_of(student, model)
    expect(torch.tensor(expect_losses(losses, 2), device=draw.device), "the losses").equals(wanted, torch.float32)
    expect_state(after, state, when=" after the second call")


@check(TUNE, needs="steps_of_sgd")
def dropout_that_rests(student: Student, draw: Draw) -> None:
    """dropout in a frozen part rests"""
    expect_training(student, draw, Case(DROPOUT, frozen=("stem", "middle"), resting=("stem", "middle")), 16, 2)


@check(TUNE, needs="steps_of_sgd")
def dropout_that_trains(student: Student, draw: Draw) -> None:
    """dropout in a part that trains is alive"""
    expect_training(student, draw, Case(DROPOUT, frozen=("middle",), resting=("middle",)), 16, 2)


@check(TUNE, needs="steps_of_sgd")
def frozen_inside_a_part(student: Student, draw: Draw) -> None:
    """a frozen batch norm in a part that trains rests"""
    expect_training(student, draw, Case(CONVNET, frozen=("stem", "body.bn"), resting=("stem", "body.bn")), 16, 2)


@check(TUNE, needs="steps_of_sgd")
def partly_frozen(student: Student, draw: Draw) -> None:
    """beside a frozen convolution, and below a frozen head, batch norm that trains does not rest"""
    for frozen in (("body.conv",), ("head",)):
        expect_training(student, draw, Case(CONVNET, frozen=frozen, resting=frozen), 16, 2)


@check(TUNE, needs="steps_of_sgd")
def partly_in_eval_mode(student: Student, draw: Draw) -> None:
    """a part that comes in eval mode trains in train mode"""
    case = Case(CONVNET).drawn(draw)
    X, y = images(draw, 16)
    _, state = oracle.trained(case.here(draw), (), X.clone(), y.clone(), 2)
    model = case.there(student, draw)
    part_of(model, "body").eval()
    student.fine_tune(model, X, y, epochs=2)
    expect_state(state_of(student, model), state, when=" after 2 steps")


@check(TUNE, needs="one_loss_an_iteration")
def flags_stay(student: Student, draw: Draw) -> None:
    """after several batches, what was frozen is frozen and as it was, and what was trainable trainable"""
    frozen = ("stem", "body.bn")
    case = Case(CONVNET, frozen=frozen).drawn(draw)
    expected, before = entries_here(case, draw), networks.state(case.here(draw))
    X, y = images(draw, 8)
    model = case.there(student, draw)
    student.fine_tune(model, X, y, epochs=2, batch_size=3)
    expect_entries(entries_of(student, model), expected)
    expect_state(state_of(student, model), {k: t for k, t in before.items() if lies_in(k, frozen)}, exact=True)


@check(TUNE, needs="steps_of_sgd")
def training_in_float64(student: Student, draw: Draw) -> None:
    """a model and images in float64, to nine digits, with a momentum of 0"""
    frozen = Case(CONVNET, frozen=("stem",), resting=("stem",), dtype=torch.float64)
    expect_training(student, draw, frozen, 16, 3, learning_rate=0.02, momentum=0.0)


@check(TUNE, needs="one_loss_an_iteration")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """X and y are left as they were, also where they are not contiguous"""
    X, y = images(draw, 10)
    X = draw.strided(X)
    before = {"X": X.clone(), "y": y.clone()}
    student.fine_tune(Case(PLAIN).drawn(draw).there(student, draw), X, y, epochs=2, batch_size=3)
    expect_unchanged(before, {"X": X, "y": y})


@check(TUNE)
def nothing_to_train(student: Student, draw: Draw) -> None:
    """a model in which everything is frozen raises ValueError"""
    X, y = images(draw, 8)
    model = Case(frozen=EVERYTHING).drawn(draw).there(student, draw)
    expect_refused(student.fine_tune, [("a model that is all frozen", (model, X, y))])
