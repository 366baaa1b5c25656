"""The judge: what it looks at first, what it tolerates, and the sentence it says."""

from __future__ import annotations

import math

import pytest
import torch

from autograder.engine.expect import Failed, close, describe, expect
from autograder.engine.student import Ref, Student, StudentObject

WANTED = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=torch.float64)


def said(value, expected=WANTED, dtype=torch.float32, **options) -> str:
    with pytest.raises(Failed) as caught:
        expect(value, "dists").equals(expected, dtype, **options)
    return str(caught.value)


def test_right_values_pass_in_silence():
    expect(WANTED.float(), "dists").equals(WANTED, torch.float32)


def test_type_comes_before_everything_else():
    assert said(None) == ("dists is None, expected a tensor of shape (2, 3) and dtype float32: is a return missing?")
    assert said([1.0]) == "dists is list [1.0], expected a tensor of shape (2, 3) and dtype float32."
    assert said(3) == "dists is 3, expected a tensor of shape (2, 3) and dtype float32."


def test_dtype_comes_before_shape():
    assert said(torch.zeros(3, dtype=torch.float64)) == "dists has dtype float64, expected float32."
    assert said(torch.zeros(3, dtype=torch.int32), dtype=torch.int64) == "dists has dtype int32, expected int64."


def test_device_comes_before_shape():
    assert said(torch.empty(3, device="meta")) == (
        "dists is on meta, expected cpu: make new tensors on the device of the inputs."
    )


def test_shape_comes_before_finiteness_and_says_what_the_axes_are():
    wrong = torch.full((3, 2), math.nan)
    assert said(wrong, axes="rows are training images") == (
        "dists has shape (3, 2), expected (2, 3): rows are training images."
    )
    assert said(wrong) == "dists has shape (3, 2), expected (2, 3)."


def test_finiteness_comes_before_values():
    wrong = torch.zeros(2, 3)
    wrong[1, 2] = math.nan
    assert said(wrong) == "dists holds NaN: 1 of 6 entries are not finite, the first at [1, 2]."
    wrong[0, 1] = math.inf
    assert said(wrong) == "dists holds NaN: 2 of 6 entries are not finite, the first at [0, 1]."
    assert said(torch.full((2, 3), -math.inf)).startswith("dists holds infinity: 6 of 6 entries")


def test_wrong_values_are_told_with_the_first_place_and_the_largest_error():
    wrong = WANTED.float().clone()
    wrong[0, 1], wrong[1, 2] = 2.5, 16.0
    with pytest.raises(Failed) as caught:
        expect(wrong, "dists").equals(WANTED, torch.float32)
    assert str(caught.value) == (
        "dists[0, 1] is 2.5, expected 2; 2 of 6 entries are wrong, largest error 10 at [1, 2]."
    )
    finding = caught.value.finding
    assert finding.came == "dists: tensor (2, 3) float32"
    assert finding.expected == "dists: tensor (2, 3) float32"
    assert finding.first_wrong == "dists[0, 1] is 2.5, expected 2"
    assert finding.largest_error == "10 at [1, 2]; 2 of 6 entries are wrong"


def test_a_single_number_is_told_without_a_place():
    assert said(torch.tensor(2.0), torch.tensor(1.0)) == "dists is 2, expected 1."


def test_whole_numbers_are_compared_exactly():
    labels = torch.tensor([2**53, 1])
    with pytest.raises(Failed, match=r"^labels\[0\] is 9007199254740993, expected 9007199254740992; 1 of 2 entries"):
        expect(labels + torch.tensor([1, 0]), "labels").equals(labels)


@pytest.mark.parametrize("shape", [(1, 3), (2, 1), (1, 1), (), (3,), (2, 3, 1), (1, 2, 3)])
def test_a_shape_that_would_broadcast_is_wrong(shape):
    assert said(torch.ones(shape), torch.ones(2, 3)) == f"dists has shape {shape}, expected (2, 3)."


@pytest.mark.parametrize(
    ("dtype", "inside", "outside"),
    [
        (torch.float64, 5e-9, 5e-8),
        (torch.float32, 1e-4, 1e-3),
        (torch.float16, 1e-2, 5e-2),
        (torch.bfloat16, 5e-2, 0.3),
    ],
)
def test_the_tolerance_belongs_to_the_dtype(dtype, inside, outside):
    expected = torch.full((4,), 64.0, dtype=torch.float64)
    for sign in (1, -1):
        expect((expected * (1 + sign * inside)).to(dtype), "x").equals(expected, dtype)
        with pytest.raises(Failed, match="4 of 4 entries are wrong"):
            expect((expected * (1 + sign * outside)).to(dtype), "x").equals(expected, dtype)


def test_a_small_entry_may_be_off_by_rounding_of_the_large_ones():
    expected = torch.tensor([1000.0, 0.0], dtype=torch.float64)
    expect(torch.tensor([1000.0, 0.005]), "x").equals(expected, torch.float32)
    with pytest.raises(Failed):
        expect(torch.tensor([1000.0, 0.02]), "x").equals(expected, torch.float32)
    expect(torch.tensor([1000.0, 0.02]), "x").equals(expected, torch.float32, scale=1e4)


def test_nan_equals_nothing_not_even_nan():
    nan = torch.tensor([math.nan])
    assert said(nan, nan) == "dists holds NaN: 1 of 1 entries are not finite, the first at [0]."
    assert not close(nan, nan)
    assert not close(torch.ones(1), nan)


def test_empty_tensors_of_the_right_shape_are_equal():
    expect(torch.empty(0, 3), "x").equals(torch.empty(0, 3))
    with pytest.raises(Failed, match=r"x has shape \(3, 0\), expected \(0, 3\)"):
        expect(torch.empty(3, 0), "x").equals(torch.empty(0, 3))


@pytest.mark.parametrize("value", [2.5, torch.tensor(2.5), torch.tensor([2.5]), torch.tensor([[2.5]]), 2.5 + 1e-6])
def test_a_number_may_be_a_float_or_a_tensor_of_one_element(value):
    expect(value, "loss").is_number(2.5)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (2.6, "loss is 2.6, expected 2.5."),
        (None, "loss is None, expected one number: is a return missing?"),
        (True, "loss is True, expected one number."),
        ("2.5", "loss is '2.5', expected one number."),
        (torch.ones(2), "loss has shape (2,), expected one number."),
        (torch.empty(0), "loss has shape (0,), expected one number."),
        (torch.tensor(True), "loss has shape (), expected one number."),
        (torch.tensor(1j), "loss is complex, expected one real number."),
        (math.nan, "loss is nan, expected a finite number."),
        (-math.inf, "loss is -inf, expected a finite number."),
        (10**400, "loss is inf, expected a finite number."),
    ],
)
def test_what_is_no_such_number_is_told(value, says):
    with pytest.raises(Failed) as caught:
        expect(value, "loss").is_number(2.5)
    assert str(caught.value) == says


def test_changed_inputs_are_told():
    before = torch.tensor([1.0, math.nan])
    expect(before.clone(), "W").is_unchanged_from(before)
    says = "W was changed in place: work on a copy, or use an operation that makes a new tensor."
    for after in (torch.tensor([1.0, 2.0]), torch.tensor([1.5, math.nan]), torch.ones(3), before.double(), None):
        with pytest.raises(Failed) as caught:
            expect(after, "W").is_unchanged_from(before)
        assert str(caught.value) == says


def test_tuples_and_objects_are_asked_for_by_name():
    assert expect([1, 2], "the result").unpacks_to(2, "(loss, dW)") == (1, 2)
    for value, words in (((1,), "tuple (1,)"), (torch.ones(2), "tensor (2,) float32"), ("ab", "'ab'")):
        with pytest.raises(Failed) as caught:
            expect(value, "the result").unpacks_to(2, "(loss, dW)")
        assert str(caught.value) == f"the result is {words}, expected (loss, dW)."
    thing = StudentObject(Student(None, "knn", "KnnClassifier"), Ref(0, "KnnClassifier"))
    assert expect(thing, "it").is_object() is thing
    with pytest.raises(Failed, match=r"^it is dict of 1, expected an object\.$"):
        expect({1: 2}, "it").is_object()


def test_a_condition_that_fails_is_told_in_the_checks_own_words():
    expect(3, "operations").holds(True, "never said")
    with pytest.raises(Failed, match=r"^it uses 3 operations$") as caught:
        expect(3, "operations").holds(False, "it uses 3 operations", "2 operations")
    assert (caught.value.finding.came, caught.value.finding.expected) == ("operations: 3", "2 operations")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"), (False, "False"), (7, "7"), (0.123456789, "0.123457"), ("x" * 99, repr("x" * 37 + "...")),
        (torch.ones(2, 3), "tensor (2, 3) float32"), ([1, 2], "list [1, 2]"), ([None] * 9, "list of 9"),
        ((1.5,), "tuple (1.5,)"), ({}, "dict of 0"), (Ref(0, "K" * 99), "an object of type " + "K" * 60),
        (10**50, "1" + "0" * 39),
    ],
)  # fmt: skip
def test_a_value_is_described_in_a_few_words(value, words):
    assert describe(value) == words
