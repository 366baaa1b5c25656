"""Nets for `find_best_net` whose accuracies are known, in the place of the class `TwoLayerNet`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import torch

from autograder.engine.draw import Draw
from autograder.engine.expect import expect
from autograder.engine.student import Fake, Student

MOST_NETS = 200  # nets made by one call; no check has more than 16 combinations
Combination = tuple[float, float, float, float]  # learning rate, hidden size, regularization strength, decay


@dataclass
class Net:
    """A net that the student's code made, and how it was trained."""

    size: tuple[Any, Any, Any]
    dtype: Any
    device: Any
    trainings: list[dict[str, Any]]
    plan: Plan | None = None


@dataclass(frozen=True)
class Plan:
    """How many validation images a trained net gets right, how many training images, its last loss and best epoch."""

    on_val: int
    on_train: int
    loss: float
    peak: float


class KnownNets:
    """Data, combinations, and nets whose accuracies depend on nothing but their combination.

    X_train[i, 0] is i and X_val[i, 0] is 1000 + i: so a net knows which images it is asked about. By training accuracy,
    by loss and by the best epoch of their histories, other nets are the best than by validation accuracy, and from
    eight combinations on, another one each time.

    Args:
        grid: the four lists that `get_param_set_fn` returns.
        ranks: how many validation images each combination gets right, in the order of `itertools.product`; by default
            different numbers in random order.
        spare: how many more validation images there are than combinations.
    """

    def __init__(
        self,
        draw: Draw,
        grid: Sequence[Sequence[float]],
        ranks: list[int] | None = None,
        dim: int = 4,
        classes: int = 3,
        dtype: torch.dtype = torch.float32,
        spare: int = 3,
    ) -> None:
        self.grid = [list(values) for values in grid]
        combinations: list[Combination] = list(product(*self.grid))  # type: ignore[arg-type]
        count = len(combinations)
        ranks = ranks or [1 + int(r) for r in draw.permutation(count)]
        other = [[(rank + turn) % count for rank in ranks] for turn in (2, 4, 5)]  # best at count - 1 - turn
        self.plans = {
            c: Plan(rank, 1 + on_train, 1.0 - 0.1 * low_loss / count, 0.9 + 0.09 * peak / count)
            for c, rank, on_train, low_loss, peak in zip(combinations, ranks, *other, strict=True)
        }
        self.classes, n = classes, count + spare
        self.X, self.X_val = draw.normal(n, dim, dtype=dtype), draw.normal(n, dim, dtype=dtype)
        rows = torch.arange(2000, device=draw.device)
        self.X[:, 0], self.X_val[:, 0] = rows[:n], rows[1000 : 1000 + n]
        self.y, self.y_val = draw.labels(n, classes), draw.labels(n, classes)
        self.nets: list[Net] = []

    def search(self, student: Student) -> object:
        """Call `find_best_net` with these nets in the place of the class."""
        student.given(TwoLayerNet=self.make)
        data = {
            "X_train": self.X.clone(), "y_train": self.y.clone(),
            "X_val": self.X_val.clone(), "y_val": self.y_val.clone(),
        }  # fmt: skip
        return student.find_best_net(data, self.get_param_set)

    def get_param_set(self) -> tuple[list[float], ...]:
        return tuple(list(values) for values in self.grid)

    def make(
        self, input_size: Any, hidden_size: Any, output_size: Any,
        dtype: Any = torch.float32, device: Any = "cpu", std: Any = 1e-4,
    ) -> Fake:  # fmt: skip
        """In the place of the class `TwoLayerNet`."""
        if len(self.nets) >= MOST_NETS:
            raise ValueError(f"more than {MOST_NETS} nets are made for {len(self.plans)} combinations")
        net = Net((input_size, hidden_size, output_size), dtype, device, [])
        self.nets.append(net)

        def train(
            X: Any, y: Any, X_val: Any, y_val: Any, learning_rate: Any = 1e-3, learning_rate_decay: Any = 0.95,
            reg: Any = 5e-6, num_iters: Any = 100, batch_size: Any = 200, verbose: Any = False,
        ) -> dict[str, list[float]]:  # fmt: skip
            combination = (float(learning_rate), float(hidden_size), float(reg), float(learning_rate_decay))
            data = {"X": _copy(X), "y": _copy(y), "X_val": _copy(X_val), "y_val": _copy(y_val)}
            net.trainings.append({**data, "combination": combination})
            net.plan = self.plans.get(combination)
            return self.stats(net.plan)

        def predict(X: torch.Tensor) -> torch.Tensor:
            return self.labels(net.plan, X)

        def loss(X: torch.Tensor, y: Any = None, reg: Any = 0.0) -> torch.Tensor:
            if y is not None:
                raise ValueError("find_best_net needs a net's train and predict only")
            return torch.nn.functional.one_hot(self.labels(net.plan, X), self.classes).to(X.dtype)

        return Fake(train=train, predict=predict, loss=loss)

    def stats(self, plan: Plan | None) -> dict[str, list[float]]:
        """What `train` returns."""
        if plan is None:
            return {"loss_history": [0.0], "train_acc_history": [0.0], "val_acc_history": [0.0]}
        at_end = plan.on_val / len(self.y_val), plan.on_train / len(self.y)
        return {
            "loss_history": [2.0, plan.loss],
            "train_acc_history": [0.0, plan.peak, at_end[1]],
            "val_acc_history": [0.0, plan.peak, at_end[0]],
        }

    def labels(self, plan: Plan | None, X: torch.Tensor) -> torch.Tensor:
        """What a net predicts: right for as many images as planned."""
        if X.dim() != 2 or len(X) > len(self.X) + len(self.X_val):
            raise ValueError(f"images of shape {tuple(X.shape)}, expected (number of images, {self.X.shape[1]})")
        rows = X[:, 0].long()
        on_val = rows >= 1000
        place = torch.where(on_val, rows - 1000, rows).clamp(0, len(self.y) - 1)
        true = torch.where(on_val, self.y_val[place], self.y[place])
        hits = torch.where(on_val, plan.on_val if plan else 0, plan.on_train if plan else 0)
        return torch.where(place < hits, true, (true + 1) % self.classes)

    def expect_best(self, result: object) -> None:
        """(net, stats, val_acc) of one of the best combinations."""
        self.expect_known()
        net, stats, val_acc = expect(result, "the result").unpacks_to(3, "(net, stats, val_acc)")
        most = max(plan.on_val for plan in self.plans.values())
        expect(val_acc, "val_acc").is_number(most / len(self.y_val))
        best = [plan for plan in self.plans.values() if plan.on_val == most]
        predicted = expect(net, "net").is_object().predict(self.X_val.clone())
        expect(predicted, "what net predicts for X_val").equals(self.labels(best[0], self.X_val))
        history = stats.get("val_acc_history") if isinstance(stats, dict) else None
        expect(stats, "stats").holds(
            isinstance(history, list | tuple) and list(history) in [self.stats(p)["val_acc_history"] for p in best],
            "stats is not what train returned for the best net.",
            "the dict of three histories that train returned for the best net",
        )

    def expect_known(self) -> None:
        """Nets were trained with combinations of the four lists alone."""
        for combination in self.trained():
            expect(combination, "the hyper-parameters").holds(
                combination in self.plans,
                f"a net was trained with {_said(combination)}, which is no combination of the four lists.",
                "a combination of the four lists",
            )

    def trained(self) -> list[Combination]:
        return [training["combination"] for net in self.nets for training in net.trainings]

    def expect_each_once(self) -> None:
        """Each combination was trained once, each in a net of its own."""
        self.expect_known()
        trained = self.trained()
        missing = [c for c in self.plans if c not in trained]
        expect(trained, "the trainings").holds(
            not missing, f"no net was trained with {_said(missing[0] if missing else ())}.", "all combinations"
        )
        expect(trained, "the trainings").holds(
            len(trained) == len(self.plans) and all(len(net.trainings) <= 1 for net in self.nets),
            f"{len(self.nets)} nets were trained {len(trained)} times for {len(self.plans)} combinations, expected one "
            "new net and one training for each.",
            "one training for each combination",
        )


def _said(combination: Sequence[float]) -> str:
    """A combination in words."""
    names = ("learning rate", "hidden size", "reg", "decay")
    return ", ".join(f"{name} {value:g}" for name, value in zip(names, combination, strict=False))


def _copy(value: Any) -> Any:
    return value.detach().clone() if isinstance(value, torch.Tensor) else value
