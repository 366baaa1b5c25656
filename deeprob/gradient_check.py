"""Is my gradient right? Compare it with what the function itself does when its input is moved a little.

    numeric = compute_numeric_gradient(lambda w: Linear.forward(x, w, b)[0], w, dout)
    print(compare_gradients(numeric, dw, "dw"))
    # dw: largest relative error 2.3e-09 at [4, 1]: numeric 0.83160511, analytic 0.83160512

All of it needs float64. A float32 number near 1 cannot even be moved by 1e-7: the next one is 1.2e-7 away, and what
the function returns is rounded as coarsely. So write `x.double()` first; a step that would be lost is refused here.

Source: EECS 498/598, assignment 3; CS231n notes, "Neural Networks 3" (gradient checks).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import torch

__all__ = [
    "GradientComparison",
    "compare_gradients",
    "compute_numeric_gradient",
    "grad_check_sparse",
    "rel_error",
]

Function = Callable[[torch.Tensor], torch.Tensor | float]


@dataclass(frozen=True)
class GradientComparison:
    """Where two gradients differ most, and by how much.

    Attributes:
        name: of the gradient, `dw`.
        error: the largest relative error; infinity where an entry is NaN.
        index: its place, `(4, 1)`.
        numeric, analytic: both values there.
        wrong: how many entries differ by more than 1 %.
        total: how many were compared.
    """

    name: str
    error: float
    index: tuple[int, ...]
    numeric: float
    analytic: float
    wrong: int
    total: int

    def __str__(self) -> str:
        place = f" at {list(self.index)}" if self.index else ""
        count = f"; {self.wrong} of {self.total} entries are off by more than 1 %" if self.wrong else ""
        return (
            f"{self.name}: largest relative error {self.error:.1e}{place}: "
            f"numeric {self.numeric:.8g}, analytic {self.analytic:.8g}{count}"
        )


def compute_numeric_gradient(
    f: Function, x: torch.Tensor, dLdf: torch.Tensor | None = None, h: float = 1e-7
) -> torch.Tensor:
    """The gradient by central differences: each entry of x is moved by h up and down, and put back.

        df/dx[i] = (f(x + h e_i) - f(x - h e_i)) / (2 h)

    That is two calls of f for each entry of x: keep x small. What comes out is right to about 1e-9 for values of f
    of size 1 (rounding, divided by h), where no kink of f, such as that of ReLU at 0, lies within h.

    Args:
        f: called as `f(x)`; returns a number or a tensor. It may also use x from around it, as
            `lambda _: net.loss(X, y)[0]` does where x is one of the net's parameters: x itself is moved, in place. It
            must give the same values each time: fix the seed of a dropout layer.
        x: float64, any shape, contiguous or not. It is put back exactly, also when f raises.
        dLdf: where f returns a tensor, the gradient of the loss with respect to it, of its shape: the `dout` of the
            backward pass. None stands for ones: the gradient of the sum.
        h: length of the move.

    Returns:
        the gradient, a new contiguous tensor with shape, dtype and device of x.

    Raises:
        ValueError: h is lost in the rounding of x; entries of x share memory; dLdf has another shape than f(x); f gives
            two values for one x, or values of a coarser dtype than x.
    """
    _check_movable(x, h)
    gradient = torch.zeros(x.shape, dtype=x.dtype, device=x.device)
    with torch.no_grad():
        weights = _weights(f, x, dLdf)
        for index in itertools.product(*map(range, x.shape)):
            gradient[index] = _slope(f, x, index, weights, h)
    return gradient


def grad_check_sparse(
    f: Function, x: torch.Tensor, analytic_grad: torch.Tensor, num_checks: int = 10, h: float = 1e-7, seed: int = 0
) -> GradientComparison:
    """Compare a gradient with the numeric one at a few places, for an x that is too large for all of them.

    Prints a line a place.

    Args:
        f, x, h: as in `compute_numeric_gradient`; where f returns a tensor, its sum counts.
        analytic_grad: your gradient, of the shape of x.
        num_checks: how many places, drawn at random; at most as many as x has entries.
        seed: another one gives other places.

    Returns:
        the comparison at these places; its index is that in x.

    Raises:
        ValueError: as `compute_numeric_gradient`; no place to check; analytic_grad has another shape than x.
    """
    _check_movable(x, h)
    _check_shapes(x, analytic_grad, "x", "analytic_grad")
    drawn = torch.randperm(x.numel(), generator=torch.Generator().manual_seed(seed))[: max(num_checks, 1)]
    places = [_place(int(n), x) for n in drawn]
    with torch.no_grad():
        weights = _weights(f, x, None)
        numeric = torch.tensor([_slope(f, x, place, weights, h) for place in places], dtype=torch.float64)
    analytic = torch.stack([analytic_grad[place] for place in places]).detach().cpu().double()
    for place, n, a in zip(places, numeric, analytic, strict=True):
        print(f"{list(place)!s:>16}  numeric {n:15.8g}  analytic {a:15.8g}  relative error {rel_error(n, a):.1e}")
    return _compare(numeric, analytic, "sparse check", lambda worst: places[worst])


def compare_gradients(numeric: torch.Tensor, analytic: torch.Tensor, name: str = "gradient") -> GradientComparison:
    """Where a gradient differs most from the numeric one.

    Each entry is measured against its own size, so that a wrong entry shows however small it is beside the others:

        error[i] = |numeric[i] - analytic[i]| / (|numeric[i]| + |analytic[i]|)

    Differences up to 1e-8 (times the largest entry, if that is above 1) are what numeric differentiation itself is
    wrong by; they are measured against the largest entry, or 1e-6 if that is more. An error of 1e-6 or less means:
    right. Above 1e-2 something is wrong. In between: float32 somewhere, a kink, or gradients that are tiny throughout.

    Args:
        numeric: from `compute_numeric_gradient`.
        analytic: yours, of the same shape.
        name: what to call it.

    Raises:
        ValueError: different shapes, or nothing to compare.
    """
    _check_shapes(numeric, analytic, "the numeric gradient", name)
    n, a = (g.detach().cpu().double().reshape(-1) for g in (numeric, analytic))
    return _compare(n, a, name, lambda worst: _place(worst, numeric))


def rel_error(x: torch.Tensor, y: torch.Tensor, eps: float = 1e-10) -> float:
    """The largest relative error between two tensors, each entry measured against its own size.

        max over i of |x[i] - y[i]| / max(|x[i]| + |y[i]|, eps)

    0 for equal tensors, at most 1 for entries above eps. `eps` keeps 0 / 0 from being NaN, and is so small that small
    wrong entries count like large ones. For numeric gradients use `compare_gradients`, which knows their rounding and
    says where.

    Args:
        x, y: of one shape.
        eps: the smallest denominator.

    Raises:
        ValueError: different shapes, or nothing to compare.
    """
    _check_shapes(x, y, "x", "y")
    a, b = x.detach().cpu().double(), y.detach().cpu().double()
    return float(_without_nan((a - b).abs() / (a.abs() + b.abs()).clamp(min=eps)).max())


def _compare(
    numeric: torch.Tensor, analytic: torch.Tensor, name: str, place: Callable[[int], tuple[int, ...]]
) -> GradientComparison:
    """Of two rows of entries; `place` says where an entry stands."""
    difference, size = (numeric - analytic).abs(), numeric.abs() + analytic.abs()
    largest = float(torch.nan_to_num(size).max())
    noise = 1e-8 * max(1.0, largest / 2)
    scale = torch.where(difference <= noise, max(largest, 100 * noise), size)
    error = _without_nan(difference / scale)
    worst = int(error.argmax())
    return GradientComparison(
        name,
        float(error[worst]),
        place(worst),
        float(numeric[worst]),
        float(analytic[worst]),
        int((error > 1e-2).sum()),
        error.numel(),
    )


def _slope(f: Function, x: torch.Tensor, index: tuple[int, ...], weights: torch.Tensor, h: float) -> float:
    old = x[index].clone()
    try:
        x[index] = old + h
        above, f_above = float(x[index]), _value(f, x)
        x[index] = old - h
        below, f_below = float(x[index]), _value(f, x)
    finally:
        x[index] = old
    return float(((f_above - f_below) * weights).sum()) / (above - below)  # the move as it was after rounding


def _value(f: Function, x: torch.Tensor) -> torch.Tensor:
    """f(x), float64, in memory of its own: f may return a view of x."""
    value = f(x)
    if not isinstance(value, torch.Tensor):
        return torch.tensor(value, dtype=torch.float64)
    if not value.dtype.is_floating_point or torch.finfo(value.dtype).eps > torch.finfo(x.dtype).eps:
        dtypes = f"f(x) has dtype {_short(value.dtype)}, and x has {_short(x.dtype)}"
        raise ValueError(f"{dtypes}: convert everything that f uses to float64.")
    return value.detach().to(dtype=torch.float64, device="cpu", copy=True)


def _weights(f: Function, x: torch.Tensor, dLdf: torch.Tensor | None) -> torch.Tensor:
    value, again = _value(f, x), _value(f, x)
    if value.shape != again.shape or rel_error(value, again, eps=1e-6) > 1e-6:
        raise ValueError("f gives different values for the same x: if it draws random numbers (dropout), fix the seed.")
    if dLdf is None:
        return torch.ones_like(value)
    _check_shapes(value, dLdf, "f(x)", "dLdf")
    return dLdf.detach().cpu().double()


def _check_movable(x: torch.Tensor, h: float) -> None:
    if not x.dtype.is_floating_point:
        raise ValueError(f"x is {_short(x.dtype)}, expected float64; write x.double() first.")
    largest = float(x.detach().abs().max()) if x.numel() else 0.0
    gap = torch.finfo(x.dtype).eps * max(largest, 1.0)
    if h < 100 * gap:
        raise ValueError(
            f"x is {_short(x.dtype)}, with entries up to {largest:.3g} that are {gap:.1g} apart: a step "
            f"of h = {h:g} is lost in the rounding. Convert all tensors to float64 first: x.double()."
        )
    if any(stride == 0 and size > 1 for stride, size in zip(x.stride(), x.shape, strict=True)):
        raise ValueError("entries of x share memory (it was made by expand): write x.clone() first.")


def _check_shapes(x: torch.Tensor, y: torch.Tensor, name_x: str, name_y: str) -> None:
    for name, value in ((name_x, x), (name_y, y)):
        if not isinstance(value, torch.Tensor):
            raise ValueError(f"{name} is {value!r:.60}, expected a tensor.")
    if x.shape != y.shape:
        raise ValueError(f"{name_y} has shape {tuple(y.shape)}, expected {tuple(x.shape)}, that of {name_x}.")
    if x.numel() == 0:
        raise ValueError(f"{name_x} has no entries; there is nothing to compare.")


def _place(number: int, x: torch.Tensor) -> tuple[int, ...]:
    """Index of the entry with this number, counted row by row."""
    return tuple(int(i) for i in torch.unravel_index(torch.tensor(number), x.shape))


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _without_nan(error: torch.Tensor) -> torch.Tensor:
    return torch.where(error.isnan(), torch.inf, error)
