"""What a call costs, counted: operations, lines, bytes; and forbidden functions, by whatever name they are reached."""

from __future__ import annotations

import sys

import pytest
import torch

from autograder.engine.meter import ForbiddenCall, forbid, matching, measure

HERE = __file__


def usage(call):
    return measure(call, HERE)[1]


def test_the_result_and_the_operations_come_back():
    x = torch.ones(3)
    result, used = measure(lambda: (x + 1) * 2, HERE)
    assert torch.equal(result, torch.full((3,), 4.0))
    assert used.operations == 2


def test_operations_of_a_loop_grow_and_those_of_a_product_do_not():
    def looping(n):
        return [torch.ones(2) * 2 for _ in range(n)]

    assert usage(lambda: looping(10)).operations == 10 * usage(lambda: looping(1)).operations
    assert (
        usage(lambda: torch.ones(9, 9) @ torch.ones(9, 9)).operations
        == usage(lambda: torch.ones(2, 2) @ torch.ones(2, 2)).operations
    )


def test_lines_are_counted_each_time_around_and_only_in_the_students_file():
    def looping(n):
        total = 0
        for i in range(n):
            total += i
        return total

    assert usage(lambda: looping(20)).steps - usage(lambda: looping(10)).steps == 20
    assert measure(lambda: looping(20), "another.py")[1].steps == 0


def test_peak_bytes_are_those_held_at_one_time():
    def one_after_the_other():
        for _ in range(5):
            torch.zeros(1000)

    def all_at_once():
        return [torch.zeros(1000) for _ in range(5)]

    assert usage(one_after_the_other).peak_bytes <= 2 * 4000
    assert usage(all_at_once).peak_bytes == 5 * 4000


def test_views_and_inputs_cost_nothing_and_broadcasting_costs_what_it_makes():
    x = torch.zeros(100, 10)
    assert usage(lambda: x.T.reshape(10, 100)[2:].unsqueeze(0)).peak_bytes == 0
    assert usage(lambda: x[:, None] - x[None]).peak_bytes == 100 * 100 * 10 * 4


def test_a_tracer_that_was_there_is_put_back_also_after_an_exception():
    before = sys.gettrace()
    with pytest.raises(ZeroDivisionError):
        measure(lambda: 1 / 0, HERE)
    assert sys.gettrace() is before


CDIST = ("torch.cdist", "torch.nn", "torch.Tensor.norm", "torch.autograd", "torch.Tensor.backward")
ROUTES = {
    "by_name": lambda x: torch.cdist(x, x),
    "by_another_name": lambda x: vars(torch)["cdist"](x, x),
    "by_getattr": lambda x: getattr(torch, "cd" + "ist")(x, x),
    "from_functional": lambda x: torch.functional.cdist(x, x),
    "method": lambda x: x.norm(),
    "method_of_the_class": lambda x: torch.Tensor.norm(x),
    "nn_functional": lambda x: torch.nn.functional.softmax(x, dim=1),
    "nn_module": lambda x: torch.nn.ReLU()(x),
    "backward": lambda x: x.clone().requires_grad_().sum().backward(),
}


@pytest.mark.parametrize("route", ROUTES)
def test_a_forbidden_function_is_stopped_by_whatever_name(route):
    with pytest.raises(ForbiddenCall, match=r"torch\."), forbid(CDIST):
        ROUTES[route](torch.ones(2, 2))
    if route != "backward":
        ROUTES[route](torch.ones(2, 2))


def test_other_functions_are_not_stopped():
    with forbid(CDIST):
        x = torch.ones(3, 3)
        (x @ x).softmax(1).argmax(1).bincount()
        torch.nn.functional.one_hot(torch.tensor([1, 2]))


def test_an_entry_covers_what_lies_below_it_and_nothing_beside_it():
    assert matching("torch.nn.functional.relu", ("torch.nn",)) == "torch.nn"
    assert matching("torch.functional.norm", ("torch.norm",)) == "torch.norm"
    assert matching("torch.normal", ("torch.norm",)) is None
    assert matching("torch.nn.functional.one_hot", ("torch.nn",)) is None


def test_parameters_and_buffers_of_networks_are_torchs_own_tensors():
    with forbid(("torch.cdist",)):
        layer = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
        assert layer(torch.ones(3, 2)).shape == (3, 2)
        assert (layer[0].weight * layer[1].running_mean).shape == (2, 2)
        lazy = torch.nn.Sequential(torch.nn.LazyLinear(3), torch.nn.LazyBatchNorm1d())
        assert lazy(torch.ones(4, 5)).shape == (4, 3)


def test_a_class_of_ones_own_is_stopped_behind_a_lazy_parameters_name():
    class Hidden(torch.nn.UninitializedParameter):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            return torch.cdist(torch.ones(2, 2), torch.ones(2, 2))

    with forbid(CDIST), pytest.raises(ForbiddenCall, match="__torch_function__"):
        torch.neg(Hidden())
