"""Inputs and expectations that the checks of the accounting share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from autograder.engine.draw import Draw
from autograder.engine.errors import StudentRaised
from autograder.engine.expect import Failed, describe, expect
from autograder.engine.student import Call, Student
from autograder.oracles.architectures import accounting as oracle
from autograder.oracles.architectures.accounting_parts import right_parts

__all__ = [
    "COLUMNS", "CONV", "COST", "FIELD", "POOL", "TABLE", "Layer", "Window", "draw_image", "draw_window", "expect_cost",
    "expect_count", "expect_field", "expect_same_dicts", "expect_sizes", "expect_table", "on_right_parts", "words",
]  # fmt: skip

CONV, POOL = "architectures.conv_output_size", "architectures.pool_output_size"
FIELD, COST, TABLE = "architectures.receptive_field", "architectures.layer_cost", "architectures.network_table"
COLUMNS = ("output_shape", "memory_kb", "parameters", "multiply_adds")

Layer = dict[str, Any]


@dataclass(frozen=True)
class Window:
    """The arguments of one call of `conv_output_size` or `pool_output_size`; without a stride it is not given."""

    size: int
    kernel: int
    stride: int | None = None
    pad: int = 0
    ceil_mode: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        """What differs from the default."""
        given = {"stride": self.stride, "pad": self.pad, "ceil_mode": self.ceil_mode}
        return {name: value for name, value in given.items() if value}


def draw_window(
    draw: Draw, stride: tuple[int, int] | None = None, pad: tuple[int, int] = (0, 0), rest: int | None = None
) -> Window:
    """A window that fits several times.

    Args:
        stride, pad: between which numbers they are drawn; no stride is given where there is none.
        rest: how many rows or columns are left over; drawn where not said.
    """
    p = draw.number(*pad)
    kernel = draw.number(max(2, 2 * p), 2 * p + 5)
    s = draw.number(*stride) if stride else None
    step = s or kernel
    left = draw.number(0, step - 1) if rest is None else rest % step
    return Window((draw.number(4, 9) - 1) * step + kernel + left - 2 * p, kernel, s, p)


def draw_image(draw: Draw, channels: int | None = None) -> tuple[int, int, int]:
    """The shape of an image that is not square, (C, H, W)."""
    short = draw.number(13, 20)
    sides = [short, short + draw.number(5, 12)]
    turned = draw.number(0, 1)
    return channels or draw.number(3, 9), sides[turned], sides[1 - turned]


def words(layer: Layer) -> str:
    """A layer as a student would say it: `conv with channels 4, kernel 3 on (3, 9, 12)`."""
    settings = ", ".join(f"{k} {v}" for k, v in layer.items() if k not in ("kind", "name", "input_shape"))
    on = f" on {layer['input_shape']}" if "input_shape" in layer else ""
    return f"{layer['kind']}{' with ' + settings if settings else ''}{on}"


def expect_count(value: Any, name: str, expected: int) -> None:
    """An int with this value: no float, also where it is whole."""
    said = expect(value, name)
    wanted = f"{name} = {expected}, an int"
    if isinstance(value, float) and value == expected:
        raise said.fail(f"{name} is {value!r}, a float, expected the int {expected}: use // to divide.", wanted)
    hint = ": is a return missing?" if value is None else "."
    said.holds(
        type(value) is int and value == expected, f"{name} is {describe(value)}, expected {expected}{hint}", wanted
    )


def expect_sizes(student: Student, windows: Iterable[Window]) -> None:
    """The sizes that come out of convolutions or pools."""
    size_of = oracle.conv_size if student.asked.type_name.endswith("conv_output_size") else oracle.pool_size
    for w in windows:
        expected = size_of(w.size, w.kernel, **w.settings)
        settings = "".join(f", {name}={value}" for name, value in w.settings.items())
        name = f"the output for size={w.size}, kernel={w.kernel}{settings}"
        expect_count(student.asked(w.size, w.kernel, **w.settings), name, expected)


def expect_field(student: Student, layers: Sequence[Layer]) -> None:
    """The receptive field of a stack."""
    expected = oracle.field(layers)
    said = "; ".join(words(layer) for layer in layers[:6]) + ("; ..." if len(layers) > 6 else "")
    expect_count(student.receptive_field([dict(layer) for layer in layers]), f"the field of [{said}]", expected)


def expect_cost(student: Student, layer: Layer, *columns: str) -> None:
    """What a layer gives out and costs.

    Args:
        columns: of COLUMNS, those that count; by default all.
    """
    expected = vars(oracle.cost(layer))
    result = student.layer_cost(dict(layer))
    values = expect(result, "the result").unpacks_to(4, f"({', '.join(COLUMNS)})")
    found = dict(zip(COLUMNS, values, strict=True))
    for column in columns or COLUMNS:
        _expect_column(found[column], column, f"{column} of {words(layer)}", expected[column])


def expect_table(
    student: Student,
    layers: Sequence[Layer],
    input_shape: Sequence[int],
    *columns: str,
    totals: bool = True,
) -> None:
    """The rows and the totals of a chain of layers.

    Args:
        columns: of the rows, those that count: "name" and COLUMNS, by default all.
        totals: whether the sums count, too.
    """
    rows, sums = oracle.table(layers, input_shape)
    result = student.network_table([dict(layer) for layer in layers], tuple(input_shape))
    came, total = expect(result, "the result").unpacks_to(2, "(rows, totals)")
    came_rows = expect(came, "rows").unpacks_to(len(rows), f"a list of {len(rows)} dicts, one for each layer")
    for i, (row, expected) in enumerate(zip(came_rows, rows, strict=True)):
        for column in columns or ("name", *COLUMNS):
            where = f"{column} of row {i + 1} ({expected['name']})"
            _expect_column(_entry(row, column, f"rows[{i}]"), column, where, expected[column])
    for column, expected_sum in sums.items() if totals else ():
        _expect_column(_entry(total, column, "totals"), column, f"totals[{column!r}]", expected_sum)


def _entry(table: Any, key: str, name: str) -> Any:
    """What stands under a key of a dict."""
    said = expect(table, name)
    said.holds(type(table) is dict, f"{name} is {describe(table)}, expected a dict.", "a dict")
    keys = ", ".join(repr(k)[:30] for k in list(table)[:6])
    said.holds(key in table, f"{name} has no {key!r}; it has {keys or 'nothing'}.", f"a dict with {key!r}")
    return table[key]


def _expect_column(value: Any, column: str, name: str, expected: Any) -> None:
    if column == "memory_kb":
        expect(value, name).is_number(expected, torch.float64)
    elif column == "output_shape":
        same = isinstance(value, tuple | list) and all(type(n) is int for n in value) and tuple(value) == expected
        expect(value, name).holds(same, f"{name} is {_shown(value)}, expected {expected}.", f"{name} = {expected}")
    elif column == "name":
        same = isinstance(value, str) and value == expected
        expect(value, name).holds(same, f"{name} is {describe(value)}, expected {expected!r}.", repr(expected))
    else:
        expect_count(value, name, expected)


def _shown(value: Any) -> str:
    """A shape with its brackets; anything else in a few words."""
    if isinstance(value, tuple | list) and len(value) <= 4 and all(isinstance(n, int | float) for n in value):
        return repr(value)[:80]
    return describe(value)


def expect_same_dicts(student: Student, name: str, before: Sequence[Layer], after: Sequence[Layer]) -> None:
    """The dicts that were given to a call are as they were; what they are now is noted for the diagnosis."""
    student.transcript.append(Call("the dicts after the call", [dict(layer) for layer in after]))
    same = len(after) == len(before) and all(_same(a, b) for a, b in zip(after, before, strict=True))
    expect(list(after), name).holds(
        same, f"{name} changed in the call: work on a copy, {{**layer}}.", f"{name} as before"
    )


def _same(now: Any, before: Layer) -> bool:
    if type(now) is not dict or list(now) != list(before):
        return False
    return all(type(now[k]) is type(v) and now[k] == v for k, v in before.items())


def on_right_parts(
    run: Callable[[Student, Draw], None], **others: Callable[..., Any]
) -> Callable[[Student, Draw], None]:
    """A check of what may be built on other functions: where it fails, once more with right ones in their place.

    Args:
        others: right ones that are given in the place of those of `right_parts`.
    """

    @functools.wraps(run)
    def judged(student: Student, draw: Draw) -> None:
        try:
            run(student, draw)
        except (Failed, StudentRaised) as first:
            student.given(**right_parts(student.asked.type_name.split()[-1]) | others)
            try:
                run(student, draw)
            except StudentRaised as second:  # perhaps because the student's own take other arguments
                raise first if isinstance(first, Failed) else second from None

    return judged
