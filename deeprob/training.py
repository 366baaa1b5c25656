"""Trains a `torch.nn.Module`, and measures it: the loop behind the experiments with networks built of torch's layers.

    history = train(net, X, y, epochs=4, validation=(X_val, y_val))
    history.losses, history.accuracies, accuracy(net, X_test, y_test)

SGD with momentum, or AdamW; the learning rate rises for a twentieth of the steps and then falls along half a cosine to
0. The same seed gives the same run on one machine; numbers on another machine differ in their last digits. It does not
know frozen layers: that is what `fine_tune` of project 5 is for.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

import torch
from torch import nn
from torch.nn import functional

from deeprob.progress import Progress, bar, duration

__all__ = ["History", "accuracy", "train"]

Tensor = torch.Tensor

_WARM_UP = 0.05  # of the steps
_SHIFT = 3  # pixels


@dataclass
class History:
    """What happened in a run.

    Attributes:
        losses: of each step, the mean over its batch.
        accuracies: on the validation part after each epoch, in percent.
        seconds: how long it took.
    """

    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    seconds: float = 0.0


def train(
    net: nn.Module,
    X: Tensor,
    y: Tensor,
    *,
    epochs: int = 1,
    batch_size: int = 64,
    learning_rate: float = 0.1,
    momentum: float = 0.9,
    weight_decay: float | None = None,
    adam: bool = False,
    validation: tuple[Tensor, Tensor] | None = None,
    augment: bool = False,
    seed: int = 0,
    name: str = "",
    verbose: bool = True,
) -> History:
    """Train all parameters of a network, and leave it in eval mode.

    Args:
        net: maps images (B, C, H, W) to scores (B, classes).
        X: (N, C, H, W).
        y: int64 (N,).
        epochs: how often all images are gone through, each time in a new order; what is left over from whole batches
            is not used in that epoch.
        learning_rate: the highest.
        momentum: of SGD.
        weight_decay: by default 5e-4 with SGD and 0.01 with AdamW.
        adam: AdamW in place of SGD, with which a learning rate of 0.003 is a good start.
        validation: images and labels on which the accuracy is measured after each epoch.
        augment: mirror half of the images, and shift all by up to three pixels.
        seed: of the order of the images and of what `augment` does.
        name: shown before the progress.

    Returns:
        what happened.
    """
    generator = torch.Generator().manual_seed(seed)
    optimizer: torch.optim.Optimizer
    if adam:
        optimizer = torch.optim.AdamW(net.parameters(), learning_rate, weight_decay=_or(weight_decay, 0.01))
    else:
        optimizer = torch.optim.SGD(net.parameters(), learning_rate, momentum, weight_decay=_or(weight_decay, 5e-4))
    batches = max(len(X) // batch_size, 1)
    rates = torch.optim.lr_scheduler.LambdaLR(optimizer, _schedule(epochs * batches))
    history, begin = History(), time.monotonic()
    with Progress(quiet=not verbose) as progress:
        for epoch in range(1, epochs + 1):
            net.train()
            order = torch.randperm(len(X), generator=generator)
            for number, rows in enumerate(order.split(batch_size)[:batches], 1):
                images = _augmented(X[rows], generator) if augment else X[rows]
                history.losses.append(_step(net, optimizer, images, y[rows]))
                rates.step()
                now = f"epoch {epoch} / {epochs} {bar(number, batches)}"
                progress.now(f"{name} {now} loss {history.losses[-1]:.3f}   {duration(time.monotonic() - begin)}")
            if validation is not None:
                history.accuracies.append(accuracy(net, *validation))
        history.seconds = time.monotonic() - begin
        reached = f"   {history.accuracies[-1]:.1f} % right" if history.accuracies else ""
        last = history.losses[-min(batches, 50) :]
        progress.line(f"{name:<24} loss {sum(last) / len(last):.3f}{reached}   {duration(history.seconds)}")
    net.eval()
    return history


def accuracy(net: nn.Module, X: Tensor, y: Tensor, batch_size: int = 250) -> float:
    """How many images are given their label, in percent; in eval mode, in which the network is left."""
    net.eval()
    with torch.no_grad():
        parts = zip(X.split(batch_size), y.split(batch_size), strict=True)
        right = sum(int((net(images).argmax(dim=1) == labels).sum()) for images, labels in parts)
    return 100 * right / len(y)


def _step(net: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> float:
    loss = functional.cross_entropy(net(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def _or(value: float | None, usual: float) -> float:
    return usual if value is None else value


def _schedule(steps: int):
    """step -> factor of the learning rate."""
    warm = max(1, round(_WARM_UP * steps))

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(steps - warm, 1)))

    return factor


def _augmented(images: Tensor, generator: torch.Generator) -> Tensor:
    """Half of them mirrored, each shifted by up to three pixels; what comes in at the border repeats its edge."""
    N, _, H, W = images.shape
    mirrored = torch.rand(N, 1, 1, 1, generator=generator) < 0.5
    images = torch.where(mirrored, images.flip(3), images)
    wide = functional.pad(images, (_SHIFT,) * 4, mode="replicate")
    places = torch.randint(0, 2 * _SHIFT + 1, (N, 2), generator=generator).tolist()
    return torch.stack([wide[n, :, i : i + H, j : j + W] for n, (i, j) in enumerate(places)])
