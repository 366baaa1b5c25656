"""Inputs of the checks of the two-layer network."""

from __future__ import annotations

import torch

from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.oracles import two_layer_net as oracle

Tensors = dict[str, torch.Tensor]


def problem(
    draw: Draw, n: int, d: int, h: int, c: int, dtype: torch.dtype = torch.float32
) -> tuple[Tensors, torch.Tensor, torch.Tensor]:
    """params, X (n, d), y (n,): hidden units open and closed, none near the kink of its ReLU."""
    while True:
        params = {
            "W1": draw.normal(d, h, std=0.7, dtype=dtype),
            "b1": draw.normal(h, std=0.5, dtype=dtype),
            "W2": draw.normal(h, c, std=0.7, dtype=dtype),
            "b2": draw.normal(c, std=0.5, dtype=dtype),
        }
        X = draw.normal(n, d, dtype=dtype)
        before_relu = X.double() @ params["W1"].double() + params["b1"].double()
        if float(before_relu.abs().min()) > 1e-3:
            return params, X, draw.labels(n, c)


def expect_params_unchanged(params: Tensors, before: Tensors) -> None:
    """The dict that the student's code got has the same entries as before the call, with the same values."""
    for name, tensor in before.items():
        expect(params.get(name), name).is_unchanged_from(tensor)
    more = sorted(str(name) for name in params if name not in before)
    expect(params, "params").holds(
        not more,
        f"params has an entry {more[0] if more else '':.40} after the call that it had not before: it belongs to the "
        "caller; return what you have to say.",
        "the entries that it had before the call",
    )


def clear_cut(draw: Draw, params: Tensors, sizes: tuple[float, ...]) -> torch.Tensor:
    """Images of these sizes (n, d), each with a highest score far above the second.

    Where two scores of 10,000 differ by less than 1, the rounding of the scores themselves decides the probabilities,
    and right answers differ from one another.
    """
    rows = []
    for size in sizes:
        candidates = size * draw.normal(64, len(params["W1"]))
        best = oracle.outputs(params, candidates)[0].topk(2, dim=1).values
        rows.append(candidates[int((best[:, 0] - best[:, 1]).argmax())])
    return torch.stack(rows)
