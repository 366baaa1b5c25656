"""Which of the student's layers and rules are right: whole trainings are done with these, and with ours for the others.

So a mistake in a layer costs nothing in a training, and what is right runs where it is, at full speed. No checks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from autograder.engine.draw import Draw
from autograder.engine.errors import StudentRaised
from autograder.engine.expect import Failed, expect
from autograder.engine.student import Student
from autograder.oracles.fully_connected_networks import networks as oracle

__all__ = ["in_place_of_wrong_parts"]

STEPS = 3  # of an update rule, which must remember something from one to the next


def in_place_of_wrong_parts(student: Student, draw: Draw) -> dict[str, Callable[..., Any]]:
    """What `student.given` takes: right functions for the layers, the loss and the rules that are wrong or missing."""
    right = oracle.right_layers(oracle.NewDropout()) | oracle.right_rules()
    parts: dict[tuple[str, ...], Callable[[Student, Draw], None]] = {
        ("Linear.forward", "Linear.backward"): _linear,
        ("ReLU.forward", "ReLU.backward"): _relu,
        ("softmax_loss",): _softmax_loss,
        ("Dropout.forward", "Dropout.backward"): _dropout,
    } | {(name,): _rule(name) for name in oracle.right_rules()}
    wrong: list[str] = []
    for names, compare in parts.items():
        try:
            compare(student, draw)
        except (StudentRaised, Failed):
            wrong += names
    return {name: right[name] for name in wrong}


def _linear(student: Student, draw: Draw) -> None:
    x, w, b, dout = draw.normal(6, 8), draw.normal(8, 5), draw.normal(5), draw.normal(6, 5)
    right = oracle.right_layers()
    out, cache = right["Linear.forward"](x, w, b)
    gradients = right["Linear.backward"](dout, cache)
    came, cache = expect(student.Linear.forward(x, w, b), "the result").unpacks_to(2, "(out, cache)")
    expect(came, "out").equals(out)
    for name, gradient, value in zip(
        ("dx", "dw", "db"),
        gradients,
        expect(student.Linear.backward(dout, cache), "the result").unpacks_to(3, "(dx, dw, db)"),
        strict=True,
    ):
        expect(value, name).equals(gradient)


def _relu(student: Student, draw: Draw) -> None:
    x, dout = draw.normal(6, 8), draw.normal(6, 8)
    right = oracle.right_layers()
    out, dx = right["ReLU.forward"](x)[0], right["ReLU.backward"](dout, x)
    came, cache = expect(student.ReLU.forward(x), "the result").unpacks_to(2, "(out, cache)")
    expect(came, "out").equals(out)
    expect(student.ReLU.backward(dout, cache), "dx").equals(dx)


def _softmax_loss(student: Student, draw: Draw) -> None:
    x, y = draw.normal(7, 5), draw.labels(7, 5)
    loss, dx = oracle.right_layers()["softmax_loss"](x, y)
    came = expect(student.softmax_loss(x, y), "the result").unpacks_to(2, "(loss, dx)")
    expect(came[0], "loss").is_number(loss)
    expect(came[1], "dx").equals(dx)


def _dropout(student: Student, draw: Draw) -> None:
    x, dout = draw.uniform(40, 50, low=0.5, high=1.5), draw.normal(40, 50)
    for mode in ("train", "test"):
        param = {"p": 0.3, "mode": mode}
        came, cache = expect(student.Dropout.forward(x.clone(), param), "the result").unpacks_to(2, "(out, cache)")
        expect(came, "out").is_tensor((40, 50), x.dtype, x.device)
        slope = (came != 0) / 0.7 if mode == "train" else torch.ones_like(x)
        dropped = float((came == 0).double().mean())
        expect(came, "out").holds(mode == "test" or abs(dropped - 0.3) < 0.07, "the fraction that is dropped is wrong.")
        expect(came, "out").equals(x * slope)
        expect(student.Dropout.backward(dout.clone(), cache), "dx").equals(dout * slope)


def _rule(name: str) -> Callable[[Student, Draw], None]:
    def compare(student: Student, draw: Draw) -> None:
        w, right = draw.normal(4, 3), oracle.right_rules()[name]
        expected, memory = w, {"learning_rate": 0.1}
        came: Any = w.clone()
        config: Any = dict(memory)
        for _ in range(STEPS):
            dw = draw.normal(4, 3)
            expected, memory = right(expected, dw, memory)
            stepped = getattr(student, name)(came, dw.clone(), config)
            came, config = expect(stepped, "the result").unpacks_to(2, "(next_w, config)")
            expect(came, "next_w").equals(expected, torch.float32)

    return compare
