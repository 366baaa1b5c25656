"""Hidden checks of dropout."""

from __future__ import annotations

import torch

from autograder.checks.fully_connected_networks.dropout import (
    BACKWARD,
    FORWARD,
    compare_gradient,
    expect_fraction,
    expect_gradient,
    expect_kept_or_dropped,
    expect_slope,
    forward,
    nowhere_0,
)
from autograder.engine.check import check
from autograder.engine.draw import Draw
from autograder.engine.expect import close, describe, expect
from autograder.engine.layers import expect_refused
from autograder.engine.meta import follows_device, on_meta
from autograder.engine.student import Student
from autograder.hidden.fully_connected_networks.layers import tensors
from autograder.oracles.fully_connected_networks import dropout as oracle


@check(FORWARD, needs="drops_a_fraction_p", weight=2)
def each_entry_on_its_own(student: Student, draw: Draw) -> None:
    """no two rows, columns, channels or positions share their fate"""
    p = 0.4
    for shape in ((150, 160), (20, 10, 12, 10)):
        kept = expect_kept_or_dropped(student, nowhere_0(draw, *shape), p)
        expect_fraction(kept, p)
        for axis in range(len(shape)):
            pairs, alike = oracle.neighbours_that_agree(kept, axis)
            least, most = oracle.count_between(pairs, p**2 + (1 - p) ** 2)
            expect(alike, "neighbours that share their fate").holds(
                least <= alike <= most,
                f"of {pairs} pairs of neighbours along axis {axis} of x {shape}, {alike} are both kept or both "
                f"dropped, expected {least} to {most}: draw a number for each entry of x.",
                "entries that are dropped independently of one another",
            )


@check(FORWARD, needs="kept_or_dropped")
def seeds(student: Student, draw: Draw) -> None:
    """the same seed gives the same mask, another seed another; without a seed every call draws a new one"""
    x = nowhere_0(draw, 100, 200)
    seed = draw.number(1, 10_000)

    def mask(seed: int | None) -> torch.Tensor:
        return expect_kept_or_dropped(student, x.clone(), 0.5, seed)

    first, second, other = mask(seed), mask(seed), mask(seed + 1)
    expect(second, "the mask").holds(
        bool((first == second).all()), "two calls with the same seed drop different entries.", "the same mask"
    )
    expect(other, "the mask").holds(
        not bool((first == other).all()), "calls with different seeds drop the same entries.", "another mask"
    )
    masks = [mask(None) for _ in range(6)]
    expect(masks, "the masks").holds(
        not any(bool((masks[0] == m).all()) for m in masks[1:]),
        "without a seed, two calls drop the same entries: draw new numbers in every call.",
        "another mask in every call",
    )
    counts = {int(m.sum()) for m in masks}
    expect(masks, "the masks").holds(
        len(counts) > 1,
        f"every call keeps exactly {min(counts)} of {x.numel()} entries: draw for each entry on its own.",
        "counts that vary",
    )


@check(FORWARD, needs="kept_or_dropped")
def the_same_dict_again(student: Student, draw: Draw) -> None:
    """leaves p, mode and seed in dropout_param as they are; the next call may get the same dict"""
    x = nowhere_0(draw, 30, 20)
    for seed in (None, draw.number(1, 10_000)):
        param = {"p": 0.4, "mode": "train"} | ({} if seed is None else {"seed": seed})
        before, kept = dict(param), []
        for _ in range(2):
            out, _ = expect(student.Dropout.forward(x.clone(), param), "the result").unpacks_to(2, "(out, cache)")
            expect(out, "out").is_tensor((30, 20), x.dtype, x.device, "out has the shape of x")
            kept.append(out != 0)
            for name, value in before.items():
                came = param.get(name)
                expect(param, "dropout_param").holds(
                    type(came) is type(value) and came == value,
                    f"dropout_param[{name!r}] was {value!r} before the call and is {describe(came)} after it; it "
                    "belongs to the caller.",
                    f"{name} as it was before the call",
                )
        alike = torch.equal(*kept)
        expect(kept, "the masks").holds(
            alike == (seed is not None),
            f"two calls with the same dict, {'with' if seed else 'without'} a seed, drop "
            f"{'the same' if alike else 'different'} entries.",
            "the same mask with a seed, a new one without",
        )


@check(FORWARD, needs=("kept_or_dropped", "test_time"))
def nothing_to_drop(student: Student, draw: Draw) -> None:
    """with p = 0 everything is kept; at test time zeros and any p change nothing"""
    kept = expect_kept_or_dropped(student, nowhere_0(draw, 30, 20), 0.0)
    dropped = kept.numel() - int(kept.sum())
    expect(dropped, "dropped entries").holds(
        dropped <= 1,  # torch.rand(...) > 0 drops an entry once in sixteen million draws
        f"for p = 0, {dropped} of {kept.numel()} entries are dropped.",
        "no dropped entries",
    )
    for p in (0.0, 0.9):
        x = draw.normal(4, 3, 2) * draw.integers(0, 2, 4, 3, 2)
        expected = x.double()
        out, _ = forward(student, x, p, "test", seed=3)
        expect(out, f"out for p = {p:g} at test time").equals(expected, torch.float32)


@check(FORWARD, needs="kept_or_dropped")
def any_shape_and_dtype(student: Student, draw: Draw) -> None:
    """one axis, four axes, not contiguous, float64"""
    expect_kept_or_dropped(student, nowhere_0(draw, 50), 0.5)
    expect_kept_or_dropped(student, nowhere_0(draw, 3, 2, 4, 5), 0.2)
    expect_kept_or_dropped(student, draw.strided(nowhere_0(draw, 8, 6)), 0.6)
    expect_kept_or_dropped(student, nowhere_0(draw, 12, 11, dtype=torch.float64), 0.3)


@check(FORWARD, needs=("kept_or_dropped", "test_time"))
def unknown_mode(student: Student, draw: Draw) -> None:
    """raises ValueError for a mode that is neither "train" nor "test", as the given lines do"""
    x = nowhere_0(draw, 6, 5)
    modes = ("eval", "training", "")
    expect_refused(student.Dropout.forward, ((f"mode {mode!r}", (x, {"p": 0.4, "mode": mode})) for mode in modes))


@check(FORWARD, needs="kept_or_dropped")
def device_of_the_inputs(student: Student, draw: Draw) -> None:
    """draws its mask on the device of x"""
    x = on_meta(nowhere_0(draw, 6, 5))
    follows_device(lambda: tensors(forward(student, x, 0.5, "train")[0]), "out")


@check(BACKWARD, needs="gradient")
def inputs_unchanged(student: Student, draw: Draw) -> None:
    """leaves dout and the cache unchanged, in training and at test time"""
    for mode, p in (("train", 0.4), ("test", 0.4)):
        x, dout = nowhere_0(draw, 8, 6), nowhere_0(draw, 8, 6)
        before = dout.clone()
        _, cache = forward(student, x, p, mode)
        first = student.Dropout.backward(dout, cache)
        expect(dout, "dout").is_unchanged_from(before)
        expect(first, "dx").is_tensor((8, 6), torch.float32, before.device)
        assert isinstance(first, torch.Tensor)
        kept = first.clone()
        again = student.Dropout.backward(dout, cache)
        expect(again, "dx").is_tensor((8, 6), torch.float32, before.device)
        assert isinstance(again, torch.Tensor)
        expect(again, "the cache").holds(
            close(again, kept),
            "the cache was changed in place: a second call with it gives another dx; work on a copy, or use an "
            "operation that makes a new tensor.",
            "a cache as it was before the call",
        )


@check(BACKWARD, needs="gradient")
def several_calls(student: Student, draw: Draw) -> None:
    """several calls of forward may come before their calls of backward, with and without a seed"""
    calls = []
    for n, seed in ((20, None), (15, 7), (20, None)):
        x = nowhere_0(draw, n, 15)
        out, cache = forward(student, x.clone(), 0.4, "train", seed)
        calls.append((x, out, cache))
    for x, out, cache in (calls[2], calls[0], calls[1]):
        expect_gradient(student, x, nowhere_0(draw, *x.shape), 0.4, out, cache)


@check(BACKWARD, needs=("gradient", "test_time_gradient"))
def gradient_of_any_kind(student: Student, draw: Draw) -> None:
    """one axis, four axes, not contiguous, float64; p = 0; p above one half"""
    for p, shape in ((0.5, (60,)), (0.2, (3, 4, 5, 6)), (0.8, (30, 20)), (0.0, (4, 5))):
        compare_gradient(student, nowhere_0(draw, *shape), nowhere_0(draw, *shape), p)
    strided = draw.strided(nowhere_0(draw, 12, 10)), draw.strided(nowhere_0(draw, 12, 10))
    compare_gradient(student, *strided, 0.5)
    doubles = nowhere_0(draw, 12, 10, dtype=torch.float64), nowhere_0(draw, 12, 10, dtype=torch.float64)
    compare_gradient(student, *doubles, 0.3)


@check(BACKWARD, needs="gradient")
def zeros_that_were_kept(student: Student, draw: Draw) -> None:
    """a 0 in x that was kept has a gradient, too"""
    p, seed, shape = 0.4, draw.number(1, 10_000), (30, 20)
    x, dout = draw.integers(0, 2, *shape) * nowhere_0(draw, *shape), nowhere_0(draw, *shape)
    drawn, _ = forward(student, torch.ones_like(x), p, "train", seed)
    expect(drawn, "out").is_tensor(shape, x.dtype, x.device, "out has the shape of x")
    assert isinstance(drawn, torch.Tensor)
    scale = drawn.double().clone()
    again, cache = forward(student, x.clone(), p, "train", seed)
    expect(again, "out").is_tensor(shape, x.dtype, x.device, "out has the shape of x")
    assert isinstance(again, torch.Tensor)
    if not close(again, x.double() * scale):
        return  # masks that a seed does not repeat are the business of Dropout.forward
    expect_slope(student, dout, p, scale, cache)


@check(BACKWARD, needs="gradient")
def gradient_on_the_device(student: Student, draw: Draw) -> None:
    """makes its tensors on the device of its inputs"""
    x, dout = on_meta(nowhere_0(draw, 6, 5)), on_meta(nowhere_0(draw, 6, 5))

    def backward_after_forward() -> object:
        _, cache = forward(student, x, 0.5, "train")
        return tensors(student.Dropout.backward(dout, cache))

    follows_device(backward_after_forward, "dx")
