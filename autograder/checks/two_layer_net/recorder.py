"""A loss function and a prediction for `nn_train` that know every step in advance and remember what they were given."""

from __future__ import annotations

from typing import Any, Literal

import torch

from autograder.checks.two_layer_net.inputs import Tensors
from autograder.engine.draw import Draw
from autograder.engine.expect import close, expect
from autograder.engine.student import Student

MOST_ROWS = 1000  # images that `pred_func` takes at once; no check has more
SHAPES: dict[str, tuple[int, ...]] = {"W1": (4, 3), "b1": (3,), "W2": (3, 2), "b2": (2,)}
End = Literal["first", "last"]  # the step of an epoch after which it is measured and the rate decays: both are right


class Recorder:
    """Numbered images to train on, and a loss function that remembers with what it was called.

    X[i, 0] is i and y[i] is 100 + i; for validation images it is 1000 + i and 2000 + i. Losses and gradients are drawn.
    `predict` gets right some of the images, other ones in each iteration, and none with parameters that are not those
    after the step; where `learned`, it gets right all of them.
    """

    def __init__(
        self,
        draw: Draw,
        num_iters: int,
        n: int = 20,
        n_val: int = 13,
        dtype: torch.dtype = torch.float32,
        steepness: float = 1.0,
        shapes: dict[str, tuple[int, ...]] = SHAPES,
        learned: bool = False,
    ) -> None:
        self.losses = [draw.real(0.5, 2.0) for _ in range(num_iters)]
        self.gradients = [
            {k: draw.normal(*shape, std=steepness, dtype=dtype) for k, shape in shapes.items()}
            for _ in range(num_iters)
        ]
        self.start = {k: draw.normal(*shape, dtype=dtype) for k, shape in shapes.items()}
        self.params = copied(self.start)
        self.learned = learned
        self.X, self.X_val = draw.normal(n, 4, dtype=dtype), draw.normal(n_val, 4, dtype=dtype)
        numbers = torch.arange(2000, device=draw.device)
        self.X[:, 0], self.X_val[:, 0] = numbers[:n], numbers[1000 : 1000 + n_val]
        self.y, self.y_val = 100 + numbers[:n], 2000 + numbers[:n_val]
        self.weights: list[Any] = []
        self.batches: list[tuple[Any, Any]] = []
        self.regs: list[Any] = []

    def train(self, student: Student, **settings: Any) -> Any:
        """Call `nn_train` on copies of the images and on `self.params`, which it changes."""
        data = (self.X.clone(), self.y.clone(), self.X_val.clone(), self.y_val.clone())
        settings.setdefault("num_iters", len(self.losses))
        return student.nn_train(self.params, self.loss, self.predict, *data, **settings)

    def loss(self, params: Any, X: Any, y: Any = None, reg: Any = 0.0) -> Any:
        step = min(len(self.weights), len(self.losses) - 1)
        if y is None:
            return torch.zeros(1, 2, device=self.X.device)
        self.weights.append(copied(params))
        self.batches.append((copied(X), copied(y)))
        self.regs.append(reg)
        return torch.tensor(self.losses[step], device=self.X.device), copied(self.gradients[step])

    def predict(self, params: Any, loss_func: Any, X: torch.Tensor) -> torch.Tensor:
        if X.dim() != 2 or X.shape[1] != 4 or len(X) > MOST_ROWS:
            raise ValueError(f"images of shape {tuple(X.shape)}, expected (number of images, 4)")
        before = self.weights[-1] if self.weights else self.start
        stepped = not any(torch.equal(params[k], p) for k, p in before.items())
        return self.labels(X[:, 0].long(), len(self.weights) - 1 if stepped else None)

    def labels(self, rows: torch.Tensor, step: int | None) -> torch.Tensor:
        """What is predicted after a step: 0 for an image that is got wrong."""
        right = ((7 * rows + 5 * (step or 0)) % 11 < 6) | self.learned
        labels = torch.where(rows < 1000, rows + 100, rows + 1000)
        return labels * right * int(step is not None)

    def expect_calls(self) -> None:
        """It was called once an iteration, each time with all parameters in the right shapes."""
        expect(self.weights, "calls of loss_func").holds(
            len(self.weights) == len(self.losses),
            f"loss_func was called {len(self.weights)} times with labels, expected {len(self.losses)}: once an "
            "iteration.",
            f"{len(self.losses)} calls",
        )
        for i, params in enumerate(self.weights):
            self.expect_params(params, f"in iteration {i}")

    def expect_params(self, params: Any, when: str) -> None:
        names = ", ".join(self.start)
        expect(params, f"params {when}").holds(
            isinstance(params, dict) and params.keys() == self.start.keys(),
            f"params {when} is no dict with {names}, and these alone.",
            f"a dict with {names}",
        )
        for k, p in self.start.items():
            expect(params[k], f"{k} {when}").is_tensor(tuple(p.shape), p.dtype, p.device)

    def expect_steps(self, rates: list[float]) -> None:
        """Every call got the parameters that the call before leads to, with these learning rates."""
        self.expect_calls()
        for k, p in self.start.items():
            expect(self.weights[0][k], f"{k} in iteration 0").equals(p)
        for i in range(1, len(self.weights)):
            for k, expected in self.after(i - 1, rates[i - 1]).items():
                expect(self.weights[i][k], f"{k} in iteration {i}").equals(expected, self.start[k].dtype)

    def after(self, step: int, rate: float) -> Tensors:
        """The parameters after a step, float64."""
        return {k: p.double() - rate * self.gradients[step][k].double() for k, p in self.weights[step].items()}

    def expect_trained(self, rate: float) -> None:
        """The dict that was given holds the parameters after the last step."""
        self.expect_params(self.params, "after training")
        for k, expected in self.after(len(self.weights) - 1, rate).items():
            expect(self.params[k], f"params[{k!r}] after training").equals(expected, self.start[k].dtype)

    def expect_decay(self, rate: float, decay: float, epoch: int) -> None:
        """The rate decays once in each `epoch` iterations, after the first step of them or after the last."""
        self.expect_calls()
        ends: tuple[End, ...] = ("first", "last")
        schedules = [[rate * decay ** epochs_ended(i, epoch, end) for i in range(len(self.losses))] for end in ends]
        for rates in schedules:
            steps = [(self.weights[i + 1], self.after(i, rates[i])) for i in range(len(self.weights) - 1)]
            if all(close(came[k], expected) for came, after in steps for k, expected in after.items()):
                return
        self.expect_steps(schedules[-1])

    def expect_accuracies(self, result: object, epoch: int) -> None:
        """Both histories have the accuracies once in each `epoch` iterations, after its first step or its last."""
        steps = len(self.losses)
        first = list(range(0, steps, epoch))
        last = list(range(epoch - 1, steps, epoch))
        history = result.get("val_acc_history") if isinstance(result, dict) else None
        wanted = first if isinstance(history, list | tuple) and len(history) == len(first) else last
        on_val, on_batch = [], []
        for step in wanted:
            rows, batch_rows = self.X_val[:, 0].long(), self.batches[step][0][:, 0].long()
            on_val.append(float((self.labels(rows, step) == self.y_val).double().mean()))
            on_batch.append(float((self.labels(batch_rows, step) == batch_rows + 100).double().mean()))
        expect_numbers(result, "val_acc_history", on_val)
        expect_numbers(result, "train_acc_history", on_batch)

    def expect_batches(self, size: int) -> torch.Tensor:
        """Every batch has `size` images, each with its own label; returns the rows that were drawn."""
        self.expect_calls()
        drawn = []
        for i, (X_batch, y_batch) in enumerate(self.batches):
            expect(X_batch, f"X_batch in iteration {i}").is_tensor((size, 4), self.X.dtype, self.X.device)
            expect(y_batch, f"y_batch in iteration {i}").is_tensor((size,), torch.int64, self.X.device)
            rows = y_batch - 100
            in_y = bool(((rows >= 0) & (rows < len(self.X))).all())
            expect(y_batch, "y_batch").holds(in_y, f"y_batch in iteration {i} holds labels that are not in y.", "of y")
            expect(X_batch, "X_batch").holds(
                bool((X_batch == self.X[rows]).all()),
                f"an image of the batch in iteration {i} is not the one that its label belongs to.",
                "X_batch and y_batch from one call of sample_batch",
            )
            drawn.append(rows)
        return torch.cat(drawn)


def epochs_ended(iteration: int, epoch: int, end: End) -> int:
    """How often the rate has decayed before this iteration."""
    return iteration // epoch if end == "last" else -(-iteration // epoch)


def expect_numbers(result: object, name: str, expected: list[float]) -> None:
    """The list of this name among the histories has these numbers."""
    expect(result, "the result").holds(
        isinstance(result, dict) and name in result,
        f"the result has no {name}: it is to be a dict with loss_history, train_acc_history and val_acc_history.",
        "a dict with three histories",
    )
    assert isinstance(result, dict)
    history = result[name]
    if isinstance(history, torch.Tensor) and history.dim() == 1:
        history = history.tolist()
    numbers = expect(history, name).unpacks_to(len(expected), f"a list of {len(expected)} numbers")
    for i, (value, want) in enumerate(zip(numbers, expected, strict=True)):
        expect(value, f"{name}[{i}]").is_number(want)


def copied(value: Any) -> Any:
    """Tensors as they are now, whatever the student's code does with them later."""
    if isinstance(value, dict):
        return {k: copied(v) for k, v in value.items()}
    return value.detach().clone() if isinstance(value, torch.Tensor) else value
