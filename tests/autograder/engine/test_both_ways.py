"""A check cannot tell whether the student's code runs in this process or in a worker: every exchange looks the same."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import torch

from autograder.engine.errors import RuleBroken, StudentRaised
from autograder.engine.expect import Failed
from autograder.engine.layers import expect_refused
from autograder.engine.live import LiveBackend
from autograder.engine.program import Program, compiled
from autograder.engine.student import Fake, Student
from autograder.engine.worker import load_module

CODE = """
from typing import NamedTuple

import torch

CALLS = []


def in_place(x, table, items, pair):
    x += 1
    table["W"] *= 2
    table["new"] = torch.ones(2)
    del table["old"]
    items[0] = "changed"
    items.append(3)
    pair[1].fill_(9)
    return x.sum()


def keywords(a, b=2, *, c=3):
    return {"a": a, "b": b, "c": (c, [a, None, True, 1.5, "x"])}


def refuses(x, name):
    x -= 1
    if name:
        error = getattr(__import__("builtins"), name)
        said = f"it is {x.tolist()}"
        raise error(said)


def count():
    CALLS.append(1)
    return len(CALLS)


class Layer:
    scale = 2

    @staticmethod
    def forward(x, w):
        return x * w, {"kept": [(x, Counter(3))]}

    @staticmethod
    def backward(dout, cache):
        x, counter = cache["kept"][0]
        return dout * x * counter.value


class Named(NamedTuple):
    out: object
    cache: object


class Settings(dict):
    __getattr__ = dict.__getitem__


class LayerWithNames:
    @staticmethod
    def forward(x, w):
        largest = x.max(dim=0)
        return Named(largest.values * w, (largest, Named(w, x), x.shape, Settings(dx=torch.zeros_like(x))))

    @staticmethod
    def backward(dout, cache):
        largest, kept, shape, settings = cache
        assert shape.numel() == 4
        return settings.dx.scatter_(0, largest.indices[None], (dout * kept.out)[None])


def net(x, w):
    out, cache = Layer.forward(x, w)
    return Layer.backward(out, cache)


def net_on_a_copy(x, table):
    return net(x, dict(table))


class Counter:
    def __init__(self, start):
        self.value = start
        self.weights = torch.zeros(2)

    def add(self, n):
        self.value += n
        return self

    @property
    def broken(self):
        raise ValueError("no value")


def value_of(counter):
    return counter.value


def both(counters):
    return [c.value for c in counters]


def apply(function, x):
    return function(x, scale=2)


def catch(function):
    try:
        function(1)
    except KeyError as e:
        return "KeyError " + str(e)
    except RuntimeError as e:
        return "RuntimeError " + str(e)


def helped():
    return helper(20) + 1


def helper(x):
    return x


def helped_to(x, y):
    return helper(x, y, 2, 1)


def halved(x, by=2):
    x /= by
    return x.sum() if x.numel() else missing


def apply_to(function, W):
    return function(W, None, None, 0.0)


def use(solver):
    solver.step(torch.ones(2))
    return solver.loss(3)


def far(x):
    return vars(torch)["cdist"](x, x)


def loops(x, n):
    total = x * 0
    for _ in range(n):
        total = total + x
    return total


def fails(x):
    return x[99]


def ends():
    raise SystemExit("bye")


def strange():
    return {"set": {1}, "array": x for x in [1]} if False else [{1}, object(), lambda: 0]
""".replace('{"set": {1}, "array": x for x in [1]} if False else ', "")

FILE = "toy.py"
FORBIDDEN = ("torch.cdist",)


@pytest.fixture(params=["live", "worker"])
def student(request):
    if request.param == "live":
        backend = LiveBackend(load_module("deeprob.exercises.toy", FILE, CODE.encode()), FORBIDDEN, FILE)
        yield Student(backend, "toy", "count")
        backend.close()
    else:
        bench = request.getfixturevalue("bench")
        program = Program((("deeprob.exercises.toy", FILE, compiled(CODE.encode(), FILE)),), FORBIDDEN)
        with place(bench) as stall, stall.check(program, 1) as backend:
            yield Student(backend, "toy", "count")


@contextmanager
def place(bench):
    stall = bench.grader._pool.open_stall()
    try:
        yield stall
    finally:
        stall.close()


def test_a_function_of_the_kit_runs_where_the_students_code_is(student):
    W = torch.arange(4.0).view(2, 2)
    loss, gradient = student.apply_to(student.stand_ins.squared_weights, W)
    assert (float(loss), gradient.tolist()) == (14, (2 * W).tolist())
    student.given(helper=student.stand_ins.first_rows)
    batch = student.helped_to(W, torch.arange(2))
    assert [t.tolist() for t in batch] == [[[0, 1]], [0]]
    assert not any("called back" in call.text for call in student.transcript)


def test_a_recorder_of_the_kit_stands_where_the_students_code_is_and_is_asked_afterwards(student):
    W = torch.arange(4.0).view(2, 2)
    recorder = student.stand_ins.LossRecorder([0.25], [W + 1])
    student.given(helper=recorder)
    loss, gradient = student.helped_to(W, 5)
    student.apply_to(recorder, W)
    assert (float(loss), gradient.tolist()) == (0.25, [[1, 2], [3, 4]])
    count, ((W_seen, *others),) = student.stand_ins.calls_of(recorder)
    assert (count, W_seen.tolist(), others) == (2, W.tolist(), [5, 2, 1])
    assert "toy.apply_to(function loss_func, tensor (2, 2) float32)" in [call.text for call in student.transcript]
    assert not any("called back" in call.text for call in student.transcript)


def test_one_message_for_several_calls_says_the_same_as_several_messages(student):
    one, two = torch.ones(2), torch.full((3,), 2.0)
    assert [float(x) for x in student.halved.each((one,), (two,))] == [1, 3]
    assert (one.tolist(), two.tolist()) == ([0.5, 0.5], [1, 1, 1])
    assert [float(x) for x in student.halved.each((one, 4), (two, 0.5))] == [0.25, 6]
    assert [call.text for call in student.transcript[-2:]] == [
        "toy.halved(tensor (2,) float32, 4)",
        "toy.halved(tensor (3,) float32, 0.5)",
    ]
    counters = [*student.Counter.each((3,), (4,))]
    assert [student.value_of(counter) for counter in counters] == [3, 4]
    assert [*student.apply.each((lambda x, scale: x + scale, 1), (lambda x, scale: x * scale, 4))] == [3, 8]


def test_of_several_calls_in_one_message_the_one_that_raises_does_so_in_its_place_and_is_the_last(student):
    answers = student.halved.each((torch.ones(2),), (torch.ones(0),), (torch.ones(4),))
    assert float(next(answers)) == 1
    said = len(student.transcript)
    with pytest.raises(StudentRaised, match=r"^NameError: name 'missing' is not defined \(toy.py, line \d+"):
        next(answers)
    assert [call.raised for call in student.transcript[said:]] == ["NameError: name 'missing' is not defined"]
    assert [*answers] == []
    with pytest.raises(RuleBroken):
        next(student.far.each((torch.ones(2, 2),)))
    assert [float(x) for x in student.halved.each((torch.ones(2),))] == [1]


def test_an_exception_keeps_nothing_from_the_next_call_where_all_outcomes_are_asked_for(student):
    first, raised, last = student.halved.outcomes((torch.ones(2),), (torch.ones(0),), (torch.ones(4),))
    assert (float(first), float(last)) == (1, 2)
    assert isinstance(raised, StudentRaised)
    assert (raised.kind, raised.builtins[0]) == ("NameError", "NameError")
    assert [call.raised[:9] for call in student.transcript] == ["", "NameError", ""]
    counter = student.Counter(3)
    added, failed = counter.add.outcomes((2,), ("two",))
    assert (student.value_of(counter), student.value_of(added), failed.kind) == (5, 5, "TypeError")
    with pytest.raises(RuleBroken):
        [*student.far.outcomes((torch.ones(2, 2),), (torch.ones(2, 2),))]


def test_what_does_not_fit_is_refused_with_a_value_error(student):
    x = torch.ones(2)
    first, second = expect_refused(student.refuses, (("this", (x, "UnicodeError")), ("that", (x, "ValueError"))))
    assert (first.kind, second.text) == ("UnicodeError", "it is [0.0, 0.0]")
    assert x.tolist() == [1, 1]
    for name, words in (
        ("IndexError", r"that: it raises IndexError: .*expected a ValueError"),
        ("", "that: it returns a result, expected a ValueError"),
    ):
        with pytest.raises(Failed, match=words):
            expect_refused(student.refuses, (("this", (x, "ValueError")), ("that", (x, name))))
    with pytest.raises(StudentRaised, match=r"^NotImplementedError"):
        expect_refused(student.refuses, [("this", (x, "NotImplementedError")), ("that", (x, ""))])


def test_whether_an_object_has_a_method_is_asked_once(student):
    counter, other = student.Counter(1), student.Counter(2)
    asked, get = [], student._backend.get
    student._backend.get = lambda ref, name: asked.append(name) or get(ref, name)
    for c in (counter, other, counter):
        c.add(1)
        assert c.value > 1
    assert asked == ["add", "value", "value", "value"]


def test_cases_that_share_a_tensor_cannot_be_sent_together(student):
    x = torch.ones(2)
    with pytest.raises(ValueError, match="two cases share a tensor"):
        student.halved.each((x,), (x, 3))


def test_what_is_changed_in_place_is_seen_by_the_caller(student):
    x, w, old = torch.zeros(3, 2).T, torch.ones(2), torch.zeros(1)
    table, items, pair = {"W": w, "old": old}, ["first", 2], (1, torch.zeros(2))
    alias = x[0]
    assert float(student.in_place(x, table, items, pair)) == 6
    assert torch.equal(x, torch.ones(2, 3))
    assert torch.equal(alias, torch.ones(3))
    assert table["W"] is w
    assert w.tolist() == [2, 2]
    assert sorted(table) == ["W", "new"]
    assert table["new"].tolist() == [1, 1]
    assert items == ["changed", 2, 3]
    assert pair[1].tolist() == [9, 9]


def test_keywords_and_nested_plain_data_come_back_as_they_are(student):
    assert student.keywords(1, c=4) == {"a": 1, "b": 2, "c": (4, [1, None, True, 1.5, "x"])}


def test_the_module_keeps_its_state_between_calls(student):
    assert [student.count(), student.count(), student.asked()] == [1, 2, 3]


def test_objects_stay_with_the_student_and_are_used_by_their_methods_and_attributes(student):
    counter = student.Counter(5)
    assert counter.type_name == "Counter"
    assert counter.add(2).value == 7
    counter.value = 40
    counter.weights = torch.ones(2)
    assert counter.weights.tolist() == [1, 1]
    assert student.value_of(counter) == 40
    assert student.both([counter, student.Counter(1)]) == [40, 1]
    with pytest.raises(StudentRaised, match=r"^AttributeError: Counter has no attribute nothing$"):
        counter.nothing  # noqa: B018
    with pytest.raises(StudentRaised, match=r"^ValueError: no value"):
        counter.broken  # noqa: B018


def test_tuples_and_dicts_of_other_classes_are_plain_as_answers_and_keep_their_class_in_a_cache(student):
    out, cache = student.LayerWithNames.forward(torch.tensor([[1.0, 5.0], [3.0, 2.0]]), 2.0)
    assert out.tolist() == [6, 10]
    assert list(map(type, cache)) == [tuple, tuple, tuple, dict]
    assert student.LayerWithNames.backward(torch.ones(2), cache).tolist() == [[0, 2], [2, 0]]


def test_functions_of_the_check_are_called_back_with_what_the_student_gives(student):
    seen = []

    def scaled(x, scale=1):
        seen.append((x, scale))
        return x * scale

    assert student.apply(scaled, torch.ones(2)).tolist() == [2, 2]
    assert seen[0][0].tolist() == [1, 1]
    assert seen[0][1] == 2
    assert [c.text for c in student.transcript] == [
        "scaled, called back",
        "toy.apply(function scaled, tensor (2,) float32)",
    ]


def test_what_a_function_of_the_check_raises_reaches_the_students_code(student):
    def missing(x):
        raise KeyError("lost")

    class OurError(Exception):
        pass

    def ours(x):
        raise OurError("ours")

    assert "lost" in student.catch(missing)
    assert student.catch(missing).startswith("KeyError")
    with pytest.raises(StudentRaised, match=r"ZeroDivisionError"):
        student.apply(lambda x, scale: 1 / 0, 1)


def test_given_functions_stand_in_the_place_of_the_students(student):
    student.given(helper=lambda x: x * 2)
    assert student.helped() == 41


def test_what_stands_in_a_class_is_reached_by_a_dot(student):
    x = torch.ones(2)
    out, cache = student.Layer.forward(x, 5.0)
    assert torch.equal(out, 5 * x)
    assert torch.equal(student.Layer.backward(2 * x, cache), 6 * x)  # an object deep in the cache is itself again
    with pytest.raises(StudentRaised, match=r"toy\.py defines no Layer\.sideways"):
        student.Layer.sideways(x)


def test_given_methods_stand_in_the_place_of_a_classs_own(student):
    student.given(**{"Layer.forward": lambda x, w: (x + w, ["cache"]), "Layer.backward": lambda dout, cache: cache})
    assert student.net(torch.ones(1), 2.0) == ["cache"]


def test_what_a_given_function_changes_in_its_arguments_is_seen_by_the_students_code_and_by_the_caller(student):
    def forward(x, table):
        x += 1
        table["mean"] = table["mean"] + x
        table["new"] = "entry"
        return x * 1, dict(table)

    x, table = torch.ones(2), {"mean": torch.ones(2)}
    student.given(**{"Layer.forward": forward, "Layer.backward": lambda dout, cache: cache["mean"]})
    assert student.net(x, table).tolist() == [3, 3]
    assert (x.tolist(), table["mean"].tolist(), table["new"]) == ([2, 2], [3, 3], "entry")
    assert student.net_on_a_copy(x, table).tolist() == [6, 6]
    assert (x.tolist(), table["mean"].tolist()) == ([3, 3], [3, 3])


def test_a_function_of_the_check_may_use_what_the_exercise_forbids(student):
    def slope(x, scale):
        leaf = x.clone().requires_grad_()
        torch.cdist(leaf, leaf + 1).sum().backward()
        return leaf.grad

    with torch.no_grad():
        assert student.apply(slope, torch.ones(2, 3)).shape == (2, 3)


def test_a_fake_is_used_by_its_methods(student):
    steps = []
    assert student.use(Fake(step=lambda g: steps.append(g.sum().item()), loss=lambda x: x + 0.5)) == 3.5
    assert steps == [2.0]


def test_a_students_own_function_can_be_passed_back_to_it(student):
    student.given(helper=lambda x, scale=1: x)
    assert student.apply(student.helper, 5) == 5


def test_exceptions_arrive_with_kind_text_and_place(student):
    with pytest.raises(StudentRaised) as caught:
        student.fails([1])
    assert (caught.value.kind, caught.value.text) == ("IndexError", "list index out of range")
    assert caught.value.builtins == ("IndexError", "LookupError", "Exception")
    line = 1 + CODE[: CODE.index("return x[99]")].count("\n")
    assert caught.value.where == f"toy.py, line {line}, in fails"
    with pytest.raises(StudentRaised, match=r"^AttributeError: toy.py defines no absent$"):
        student.absent()
    with pytest.raises(StudentRaised, match=r"^SystemExit: the code ends the program$"):
        student.ends()
    with pytest.raises(StudentRaised, match=r"TypeError: .*missing 1 required positional argument"):
        student.value_of()


def test_an_attribute_that_cannot_be_set_is_the_students_mistake(student):
    with pytest.raises(StudentRaised, match="AttributeError"):
        student.strange()[1].params = {}


def test_forbidden_calls_are_stopped_at_run_time(student):
    with pytest.raises(RuleBroken, match=r"^far calls torch.cdist, which this exercise does not allow: write it out"):
        student.far(torch.ones(2, 2))


def test_measured_calls_count_the_same_both_ways(student):
    few, many = student.loops.measure(torch.ones(10), 2), student.loops.measure(torch.ones(10), 5)
    assert student.loops.measure_each((torch.ones(10), 2), (torch.ones(10), 5)) == [few, many]
    assert many.operations - few.operations == 3
    assert many.steps - few.steps == 6
    assert few.peak_bytes == many.peak_bytes == 80


def test_what_is_no_plain_data_comes_back_as_objects(student):
    types = [thing.type_name for thing in student.strange()]
    assert types == ["set", "object", "function"]


def test_a_graph_does_not_come_along(student):
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        assert student.keywords(x)["a"].tolist() == [1, 1]
