"""Trains a model: draws batches, steps, watches the accuracy, keeps the best parameters.

    solver = Solver(net, data, adam, {"learning_rate": 1e-3}, num_epochs=5)
    solver.train()
    solver.loss_history, solver.val_acc_history, solver.check_accuracy(X_test, y_test)

A model is any object with `params`, a dict of tensors, and `loss(X, y=None)`: with labels it returns `(loss, grads)`,
the gradients under the keys of `params`; without them the scores (N, C). It computes its own gradients; nothing here
uses autograd.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import torch

from deeprob import checkpoint
from deeprob.progress import Progress, bar, duration
from deeprob.solver_checks import (
    Diverged,
    SolverError,
    check_data,
    check_model,
    describe,
    divergence,
    one_number,
    same_shapes,
)

__all__ = ["Diverged", "Model", "Solver", "SolverError", "sgd"]

UpdateRule = Callable[[torch.Tensor, torch.Tensor, dict[str, Any]], tuple[torch.Tensor, dict[str, Any]]]
Device = str | torch.device


class Model(Protocol):
    params: dict[str, torch.Tensor]

    def loss(self, X: torch.Tensor, y: torch.Tensor | None = None) -> Any: ...


def sgd(w: torch.Tensor, dw: torch.Tensor, config: dict[str, Any]) -> tuple[torch.Tensor, dict[str, Any]]:
    """Stochastic gradient descent, `w - learning_rate * dw`: the update rule where none is given."""
    config.setdefault("learning_rate", 1e-2)
    return w - config["learning_rate"] * dw, config


class Solver:
    """Trains `model` on `data`.

    An epoch goes through the training images once, in a new random order, `batch_size` at a time; what is left over at
    its end waits for another epoch. The order comes from torch's random numbers at the time the solver is made:
    `torch.manual_seed(0)` before makes a run repeatable. Accuracies are measured before the first step and after each
    epoch, so their histories have one entry more than epochs.

    Args:
        model: see above. If it has `bn_params` (the running statistics of batch norm), they are kept along with the
            best parameters.
        data: X_train (N, ...), y_train (N,), X_val (V, ...), y_val (V,), on any device.
        update_rule: called as `update_rule(w, dw, config)` for each parameter, returns `(next_w, config)`.
        optim_config: what each parameter's config starts from, such as {"learning_rate": 1e-3}; each gets its own copy.
        lr_decay: after each epoch, learning rates are multiplied by this.
        batch_size: training images in a step.
        num_epochs: how many epochs in all. After they are over, raise it and call `train` again to go on.
        print_every: update the progress bar every so many steps; 0 for never.
        print_acc_every: show the accuracies every so many epochs; 0 for never. They are measured in any case.
        num_train_samples: training accuracy is measured on so many images, the same each time; None for all.
        num_val_samples: the same for validation.
        checkpoint_name: a file to write after each epoch, over the last one; `.pt` is added where it has no ending.
        verbose: show progress.
        device: where the model is; batches are moved there.

    Attributes:
        loss_history: the loss of each step.
        train_acc_history, val_acc_history: fractions from 0 to 1.
        best_val_acc, best_params: of the epoch with the best accuracy on the validation part (the first, if several).
        optim_configs: by parameter.
        iteration: steps made.

    Raises:
        SolverError: data or model lack something or do not fit together.

    Source: the loop of Robbins and Monro, "A stochastic approximation method", 1951, with early stopping's choice of
    parameters (Goodfellow, Bengio and Courville, "Deep Learning", section 7.8).
    """

    def __init__(
        self,
        model: Model,
        data: Mapping[str, torch.Tensor],
        update_rule: UpdateRule = sgd,
        optim_config: Mapping[str, Any] | None = None,
        lr_decay: float = 1.0,
        batch_size: int = 100,
        num_epochs: int = 10,
        print_every: int = 10,
        print_acc_every: int = 1,
        num_train_samples: int | None = 1000,
        num_val_samples: int | None = None,
        checkpoint_name: str | Path | None = None,
        verbose: bool = True,
        device: Device = "cpu",
    ) -> None:
        check_data(data)
        check_model(model, torch.device(device))
        if not callable(update_rule):
            raise SolverError(f"update_rule is {update_rule!r}, expected a function such as sgd, without quotes.")
        if batch_size < 1:
            raise SolverError(f"batch_size is {batch_size}, expected at least 1.")
        self.model, self.update_rule, self.device = model, update_rule, device
        self.X_train, self.y_train = data["X_train"], data["y_train"]
        self.X_val, self.y_val = data["X_val"], data["y_val"]
        self.lr_decay, self.batch_size, self.num_epochs = lr_decay, batch_size, num_epochs
        self.print_every, self.print_acc_every, self.verbose = print_every, print_acc_every, verbose
        self.num_train_samples, self.num_val_samples = num_train_samples, num_val_samples
        self.checkpoint_name = checkpoint_name

        self.optim_configs = {name: copy.deepcopy(dict(optim_config or {})) for name in model.params}
        self.iteration = 0
        self.loss_history: list[float] = []
        self.train_acc_history: list[float] = []
        self.val_acc_history: list[float] = []
        self.best_val_acc = -1.0
        self.best_params: dict[str, torch.Tensor] = {}
        self._best_statistics: Any = None
        self._draws = torch.Generator().manual_seed(int(torch.randint(1 << 31, ())))
        self._order = torch.empty(0, dtype=torch.int64)

    @property
    def steps_per_epoch(self) -> int:
        return max(len(self.X_train) // self.batch_size, 1)

    @property
    def epoch(self) -> int:
        """Epochs that are complete."""
        return self.iteration // self.steps_per_epoch

    def train(self, time_limit: float | None = None, return_best_params: bool = True) -> None:
        """Train until `num_epochs` epochs are complete. Called again, it goes on from where it stopped.

        Args:
            time_limit: stop after this many seconds, also in the middle of an epoch (accuracies are then measured once
                more).
            return_best_params: at the end, put `best_params` in place of the model's.

        Raises:
            Diverged: the loss is NaN or infinite.
            SolverError: the model's answer does not fit its parameters.
        """
        begin = time.monotonic()
        end = self.num_epochs * self.steps_per_epoch
        with Progress(quiet=not self.verbose) as progress:
            if self.iteration == 0:
                self._measure()
            while self.iteration < end:
                self._step()
                seconds = time.monotonic() - begin
                if self.print_every and self.iteration % self.print_every == 0:
                    progress.now(self._now(seconds))
                if self.iteration % self.steps_per_epoch == 0:
                    self._end_epoch(progress, seconds)
                if time_limit is not None and time.monotonic() - begin >= time_limit and self.iteration < end:
                    if self.iteration % self.steps_per_epoch:
                        self._measure()
                    where = f"in epoch {self.epoch + 1} of {self.num_epochs}"
                    progress.line(f"stopped after {duration(time_limit)}, {where}")
                    break
        if return_best_params and self.best_params:
            self.model.params.update(copy.deepcopy(self.best_params))
            if self._best_statistics is not None:
                self.model.bn_params = copy.deepcopy(self._best_statistics)  # type: ignore[attr-defined]

    def check_accuracy(
        self, X: torch.Tensor, y: torch.Tensor, num_samples: int | None = None, batch_size: int = 100
    ) -> float:
        """The fraction of images whose highest score is that of their label. Never trains: it asks for scores alone.

        Args:
            X: (N, ...).
            y: (N,).
            num_samples: measure on so many images, drawn at random but the same each time; None for all.
            batch_size: images at once.

        Returns:
            a Python float from 0 to 1.
        """
        if len(X) == 0 or len(X) != len(y):
            raise SolverError(f"{len(X)} images and {len(y)} labels, expected as many of both and at least one.")
        if num_samples is not None and num_samples < len(X):
            rows = torch.randperm(len(X), generator=torch.Generator().manual_seed(0))[:num_samples]
            X, y = X[rows.to(X.device)], y[rows.to(y.device)]
        right = 0
        for start in range(0, len(X), batch_size):
            images = X[start : start + batch_size].to(self.device)
            scores = self.model.loss(images)
            if not isinstance(scores, torch.Tensor) or scores.dim() != 2 or len(scores) != len(images):
                raise SolverError(
                    f"model.loss(X) returned {describe(scores)} for {len(images)} images, expected scores of shape "
                    f"({len(images)}, C): without y it returns the scores alone."
                )
            right += int((scores.argmax(dim=1) == y[start : start + batch_size].to(scores.device)).sum())
        return right / len(X)

    def save_checkpoint(self, path: str | Path | None = None) -> Path:
        """Write everything that `load_checkpoint` needs, to `path` or to the solver's `checkpoint_name`."""
        target = path or self.checkpoint_name
        if target is None:
            raise SolverError("no file to write to; give a path, or the solver a checkpoint_name.")
        state = {name: getattr(self, name) for name in _STATE} | {
            "params": self.model.params,
            "statistics": getattr(self.model, "bn_params", None),
            "draws": self._draws.get_state(),
        }
        return checkpoint.save(state, target)

    def load_checkpoint(self, path: str | Path) -> None:
        """Go on from a checkpoint: `train` then does what it would have done without the interruption.

        Make the solver with the same data and settings first. (A model that draws random numbers of its own, as dropout
        without a seed, draws others.)

        Raises:
            SolverError: no checkpoint of this model.
        """
        state = checkpoint.load(path, {*_STATE, "params", "statistics", "draws"}, self.device)
        same_shapes(f"{path}", state["params"], self.model.params, "the params of this model")
        for name in _STATE:
            setattr(self, name, state[name])
        self.model.params.update(state["params"])
        if state["statistics"] is not None:
            self.model.bn_params = state["statistics"]  # type: ignore[attr-defined]
        self._order = self._order.cpu()
        self._draws.set_state(state["draws"].cpu())

    def _step(self) -> None:
        """One step of every parameter against the gradient of one batch."""
        X, y = self._next_batch()
        answer = self.model.loss(X, y)
        if not isinstance(answer, tuple | list) or len(answer) != 2 or not isinstance(answer[1], dict):
            hint = ": is a return missing?" if answer is None else "."
            raise SolverError(f"model.loss(X, y) returned {describe(answer)}, expected (loss, grads){hint}")
        loss, grads = one_number(answer[0]), answer[1]
        if not math.isfinite(loss):
            raise Diverged(divergence(loss, self.iteration, self.epoch, self.optim_configs))
        same_shapes("grads", grads, self.model.params, "the gradient of each parameter under its name")
        for name, w in list(self.model.params.items()):
            stepped = self.update_rule(w, grads[name], self.optim_configs[name])
            if not isinstance(stepped, tuple | list) or len(stepped) != 2:
                raise SolverError(f"update_rule returned {describe(stepped)}, expected (next_w, config).")
            same_shapes("update_rule", {name: stepped[0]}, {name: w}, "next_w of the shape of w")
            self.model.params[name], self.optim_configs[name] = stepped
        self.loss_history.append(loss)
        self.iteration += 1

    def _next_batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        place = self.iteration % self.steps_per_epoch
        if place == 0:
            self._order = torch.randperm(len(self.X_train), generator=self._draws)
        rows = self._order[place * self.batch_size : (place + 1) * self.batch_size]
        X, y = self.X_train[rows.to(self.X_train.device)], self.y_train[rows.to(self.y_train.device)]
        return X.to(self.device), y.to(self.device)

    def _end_epoch(self, progress: Progress, seconds: float) -> None:
        self._measure()
        for name, config in self.optim_configs.items():
            if self.lr_decay != 1.0:
                if "learning_rate" not in config:
                    raise SolverError(f"lr_decay is {self.lr_decay}, but the config of {name} has no learning_rate.")
                config["learning_rate"] *= self.lr_decay
        if self.print_acc_every and (self.epoch % self.print_acc_every == 0 or self.epoch == self.num_epochs):
            progress.line(
                f"epoch {self.epoch:{len(str(self.num_epochs))}} / {self.num_epochs}   loss {self._recent_loss():.4f}"
                f"   train {100 * self.train_acc_history[-1]:5.1f} %   val {100 * self.val_acc_history[-1]:5.1f} %"
                f"   {duration(seconds)}"
            )
        if self.checkpoint_name is not None:
            self.save_checkpoint()

    def _measure(self) -> None:
        """Both accuracies now; the best parameters so far are kept."""
        self.train_acc_history.append(self.check_accuracy(self.X_train, self.y_train, self.num_train_samples))
        self.val_acc_history.append(self.check_accuracy(self.X_val, self.y_val, self.num_val_samples))
        if self.val_acc_history[-1] > self.best_val_acc:
            self.best_val_acc = self.val_acc_history[-1]
            self.best_params = copy.deepcopy(self.model.params)
            self._best_statistics = copy.deepcopy(getattr(self.model, "bn_params", None))

    def _recent_loss(self) -> float:
        recent = self.loss_history[-min(self.steps_per_epoch, 20) :]
        return sum(recent) / len(recent)

    def _now(self, seconds: float) -> str:
        place = (self.iteration - 1) % self.steps_per_epoch + 1
        number = (self.iteration - 1) // self.steps_per_epoch + 1
        return (
            f"epoch {number} / {self.num_epochs} {bar(place, self.steps_per_epoch)} "
            f"loss {self._recent_loss():.4f}   {duration(seconds)}"
        )


_STATE = (
    "iteration", "loss_history", "train_acc_history", "val_acc_history", "best_val_acc", "best_params",
    "_best_statistics", "optim_configs", "_order",
)  # fmt: skip
