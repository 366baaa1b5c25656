"""The judge: compares what came with what was expected and says in one sentence what it saw.

The order is that in which a person would look: type, dtype, device, shape, finiteness, values. The tolerance belongs to
the dtype. Nothing of the student's is called: only tensors and plain values are looked at.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

import torch

from autograder.engine.errors import CheckStopped
from autograder.engine.meter import Usage
from autograder.engine.results import Finding

__all__ = ["Expectation", "Failed", "close", "describe", "expect", "expect_no_growth"]

# dtype: (relative to the entry, relative to the scale of the whole answer)
TOLERANCE = {
    torch.float64: (1e-8, 1e-9),
    torch.float32: (2e-4, 1e-5),
    torch.float16: (2e-2, 1e-3),
    torch.bfloat16: (1e-1, 1e-2),
}


class Failed(CheckStopped):
    """An expectation did not hold.

    Args:
        message: one sentence.
        finding: the same in pieces, for the card.
        came, expected: the values where both are numbers, for the generic diagnosis.
    """

    outcome = "failed"

    def __init__(
        self,
        message: str,
        finding: Finding | None = None,
        came: torch.Tensor | None = None,
        expected: torch.Tensor | None = None,
    ) -> None:
        super().__init__(message)
        self.finding = finding or Finding()
        self.came, self.expected = came, expected


def expect(value: Any, name: str) -> Expectation:
    """State what must hold of a value that the student's code returned; `name` is what the student calls it."""
    return Expectation(value, name)


class Expectation:
    def __init__(self, value: Any, name: str) -> None:
        self.value, self.name = value, name

    def fail(self, sentence: str, expected: str = "") -> Failed:
        return Failed(sentence, Finding(came=f"{self.name}: {describe(self.value)}", expected=expected))

    def holds(self, condition: bool, sentence: str, expected: str = "") -> None:
        """The condition is true; otherwise the check fails with this sentence."""
        if not condition:
            raise self.fail(sentence, expected)

    def is_tensor(
        self,
        shape: tuple[int, ...],
        dtype: torch.dtype | None = None,
        device: torch.device | None = None,
        axes: str = "",
    ) -> None:
        """A tensor of this shape, dtype and device, without NaN or infinity.

        Args:
            axes: what the axes stand for, `"rows are training images"`; said when the shape is wrong.
        """
        wanted = f"a tensor of shape {tuple(shape)}" + (f" and dtype {_short(dtype)}" if dtype else "")
        x = self.value
        if not isinstance(x, torch.Tensor):
            hint = ": is a return missing?" if x is None else "."
            raise self.fail(f"{self.name} is {describe(x)}, expected {wanted}{hint}", wanted)
        if dtype is not None and x.dtype != dtype:
            raise self.fail(f"{self.name} has dtype {_short(x.dtype)}, expected {_short(dtype)}.", wanted)
        if device is not None and x.device.type != device.type:
            raise self.fail(
                f"{self.name} is on {x.device}, expected {device}: make new tensors on the device of the inputs.",
                wanted,
            )
        if tuple(x.shape) != tuple(shape):
            why = f": {axes}." if axes else "."
            raise self.fail(f"{self.name} has shape {tuple(x.shape)}, expected {tuple(shape)}{why}", wanted)
        self._is_finite()

    def _is_finite(self) -> None:
        x = self.value
        if not x.dtype.is_floating_point:
            return
        bad = ~torch.isfinite(x)
        count = int(bad.sum())
        if count:
            first = _place(bad.nonzero()[0])
            kind = "NaN" if bool(torch.isnan(x).any()) else "infinity"
            raise Failed(
                f"{self.name} holds {kind}: {count} of {x.numel()} entries are not finite, the first at {first}.",
                Finding(f"{self.name}: {describe(x)}", "finite numbers", first_wrong=f"{self.name}{first}"),
                came=x,
            )

    def equals(
        self,
        expected: torch.Tensor,
        dtype: torch.dtype | None = None,
        axes: str = "",
        scale: float | None = None,
    ) -> None:
        """A tensor with these values, on the device of `expected`.

        Args:
            expected: the values; floating point ones are compared within the tolerance of `dtype`, others exactly.
            dtype: what the answer's dtype must be; that of `expected` by default.
            axes: what the axes stand for, said when the shape is wrong.
            scale: size of the numbers that were added to get the answer, where it is more than the answer's own.
        """
        dtype = dtype or expected.dtype
        self.is_tensor(tuple(expected.shape), dtype, expected.device, axes)
        wrong, error = _compare(self.value, expected, dtype, scale)
        count = int(wrong.sum())
        if not count:
            return
        first = wrong.nonzero()[0]
        worst = (error == error[wrong].max()).nonzero()[0] if error.dim() else first
        place = f"{self.name}{_place(first)}"
        came, want = _both(self.value[tuple(first)].item(), expected[tuple(first)].item())
        largest = _number(error[tuple(worst)])
        wrong_part = f"{count} of {wrong.numel()} entries are wrong" if wrong.numel() > 1 else ""
        sentence = f"{place} is {came}, expected {want}" + (f"; {wrong_part}" if wrong_part else "")
        if dtype.is_floating_point and wrong.numel() > 1:
            sentence += f", largest error {largest} at {_place(worst)}"
        finding = Finding(
            came=f"{self.name}: {describe(self.value)}",
            expected=f"{self.name}: {describe(expected.to(dtype))}",
            first_wrong=f"{place} is {came}, expected {want}",
            largest_error=f"{largest} at {_place(worst)}; {wrong_part}" if wrong_part else largest,
        )
        raise Failed(sentence + ".", finding, self.value, expected)

    def is_number(
        self, expected: torch.Tensor | float, dtype: torch.dtype = torch.float32, scale: float | None = None
    ) -> None:
        """One number, as a tensor of one element or a Python number, close to `expected`.

        Args:
            dtype: the dtype it was computed in, which sets the tolerance.
        """
        value = self.as_number()
        want = float(expected)
        relative, absolute = TOLERANCE[dtype]
        error = abs(value - want)
        if error > relative * abs(want) + absolute * max(abs(want), scale or 0.0) + 1e-300:
            shown, wanted = _both(value, want)
            raise Failed(
                f"{self.name} is {shown}, expected {wanted}.",
                Finding(
                    came=f"{self.name} = {shown}",
                    expected=f"{self.name} = {wanted}",
                    largest_error=f"{error:.3g}",
                ),
                torch.tensor(value, dtype=torch.float64),
                torch.tensor(want, dtype=torch.float64),
            )

    def as_number(self) -> float:
        """The value as a finite float; a Python number or a tensor of one element."""
        x = self.value
        wanted = "one number: a 0-dimensional tensor"
        if isinstance(x, torch.Tensor):
            if x.numel() != 1 or x.dtype == torch.bool:
                raise self.fail(f"{self.name} has shape {tuple(x.shape)}, expected one number.", wanted)
            if x.device.type == "meta":
                raise self.fail(f"{self.name} is a tensor on meta, without a number, expected one number.", wanted)
            if x.is_complex():
                raise self.fail(f"{self.name} is complex, expected one real number.", wanted)
            x = x.item()
        if isinstance(x, bool) or not isinstance(x, int | float):
            hint = ": is a return missing?" if x is None else "."
            raise self.fail(f"{self.name} is {describe(x)}, expected one number{hint}", wanted)
        try:
            value = float(x)
        except OverflowError:
            value = float("inf")
        if value != value or value in (float("inf"), float("-inf")):
            raise Failed(
                f"{self.name} is {value}, expected a finite number.",
                Finding(came=f"{self.name} = {value}", expected="a finite number"),
                torch.tensor(value, dtype=torch.float64),
            )
        return value

    def is_unchanged_from(self, before: torch.Tensor) -> None:
        """The tensor has exactly the values that it had before the call."""
        x = self.value
        kind = before.shape, before.dtype, before.device
        same = isinstance(x, torch.Tensor) and (x.shape, x.dtype, x.device) == kind
        if not same or not bool(((x == before) | ((x != x) & (before != before))).all()):
            raise self.fail(
                f"{self.name} was changed in place: work on a copy, or use an operation that makes a new tensor.",
                f"{self.name} as it was before the call",
            )

    def is_object(self) -> Any:
        """An object with methods, which is returned."""
        from autograder.engine.student import StudentObject

        if not isinstance(self.value, StudentObject):
            raise self.fail(f"{self.name} is {describe(self.value)}, expected an object.", "an object")
        return self.value

    def unpacks_to(self, count: int, names: str) -> tuple[Any, ...]:
        """A tuple (or list) of `count` values, which is returned."""
        x = self.value
        if not isinstance(x, tuple | list) or len(x) != count:
            hint = ": is a return missing?" if x is None else "."
            raise self.fail(f"{self.name} is {describe(x)}, expected {names}{hint}", names)
        return tuple(x)


def expect_no_growth(small: Usage, large: Usage, few: str, many: str) -> None:
    """A call on many examples takes as many operations and lines as one on few; `few` and `many` say how many."""
    for what, before, after in (
        ("torch operations", small.operations, large.operations),
        ("lines", small.steps, large.steps),
    ):
        expect(after, what).holds(
            after <= before,
            f"it takes {before} {what} for {few} and {after} for {many}: something still goes through them one by one.",
            f"as many {what} for few as for many",
        )


def close(came: torch.Tensor, expected: torch.Tensor, scale: float | None = None) -> bool:
    """Whether two floating point tensors of one shape agree within the tolerance of the first's dtype."""
    if came.shape != expected.shape:
        return False
    return not bool(_compare(came, expected, came.dtype, scale)[0].any())


def _compare(
    came: torch.Tensor, expected: torch.Tensor, dtype: torch.dtype, scale: float | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """(mask of wrong entries, absolute error), both of the answer's shape."""
    if dtype not in TOLERANCE:
        wrong = came != expected
        return wrong, wrong.double()
    a, b = came.double(), expected.double()
    relative, absolute = TOLERANCE[dtype]
    size = max(float(b.abs().max()) if b.numel() else 0.0, scale or 0.0)
    error = (a - b).abs()
    return ~(error <= relative * b.abs() + absolute * size + 1e-300), error


def describe(value: Any) -> str:
    """A value in a few words: `tensor (5, 3) float32`, `list of 4`, `function loss_func`, `None`."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, torch.Tensor):
        where = "" if value.device.type == "cpu" else f" on {value.device}"
        return f"tensor {tuple(value.shape)} {_short(value.dtype)}{where}"
    if isinstance(value, int | float):
        return f"{value:.6g}" if isinstance(value, float) else str(value)[:40]
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:37] + "...")
    if isinstance(value, list | tuple):
        if len(value) <= 4 and all(isinstance(v, int | float) for v in value):
            return f"{type(value).__name__} {value!r}"[:60]
        return f"{type(value).__name__} of {len(value)}"
    if isinstance(value, dict):
        return f"dict of {len(value)}"
    if isinstance(value, FunctionType):
        return f"function {value.__name__}"[:60]
    name = str(getattr(value, "type_name", None) or type(value).__name__)[:60]
    return name if name.startswith("function ") else f"an object of type {name}"


def _short(dtype: torch.dtype | None) -> str:
    return str(dtype).replace("torch.", "")


def _place(index: torch.Tensor) -> str:
    return "[" + ", ".join(str(int(i)) for i in index) + "]" if index.numel() else ""


def _both(came: Any, expected: Any) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to tell them apart."""
    if not isinstance(came, float) or not isinstance(expected, float):
        return str(came), str(expected)
    for digits in (6, 9, 12):
        shown = f"{came:.{digits}g}", f"{expected:.{digits}g}"
        if shown[0] != shown[1]:
            return shown
    return repr(came), repr(expected)


def _number(x: torch.Tensor) -> str:
    return f"{float(x):.6g}" if x.dtype.is_floating_point else str(x.item())
