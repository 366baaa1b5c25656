"""The ladder: how far each kind of model of the course climbs on a data set, and how long it takes.

    python -m benchmarks.ladder                        # shapes, every rung
    python -m benchmarks.ladder cifar10 --rungs knn,svm,softmax
    python -m benchmarks.ladder ../shared/data/cifar10_jpeg_sample.zip
    python -m benchmarks.ladder FILE.npz  # x_train, y_train, x_test, y_test; uint8 (N, H, W, C) or (N, H, W)

A rung's settings are chosen on a validation set (whole scenes, where the set has scenes), never on the test set.
"""

from __future__ import annotations

import argparse
import io
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deeprob.datasets import load, shapes

VALIDATION = 1000


@dataclass(frozen=True)
class Data:
    """Images float32 (N, C, H, W), centred and scaled by the training set; labels int64 (N,)."""

    train: tuple[Tensor, Tensor]
    validation: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]

    @property
    def shape(self) -> torch.Size:
        return self.train[0].shape[1:]


@dataclass(frozen=True)
class Rung:
    """A model and how it is trained; `rates` and `decays` are tried in turn and chosen on the validation set."""

    title: str
    model: Callable[[torch.Size], nn.Module]
    epochs: int = 20
    rates: tuple[float, ...] = (1e-3,)
    decays: tuple[float, ...] = (1e-2,)
    optimiser: str = "sgd"
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy
    augment: bool = False


# The models, lowest rung first.


def multiclass_hinge(scores: Tensor, labels: Tensor) -> Tensor:
    """Mean over images of sum_j max(0, s_j - s_y + 1), j != y."""
    margins = (scores - scores.gather(1, labels[:, None]) + 1).clamp(min=0)
    return margins.scatter(1, labels[:, None], 0.0).sum(1).mean()


def linear(shape: torch.Size) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(shape.numel(), 10))


def two_layer(hidden: int) -> Callable[[torch.Size], nn.Module]:
    return lambda shape: nn.Sequential(nn.Flatten(), nn.Linear(shape.numel(), hidden), nn.ReLU(), nn.Linear(hidden, 10))


def conv_fc(shape: torch.Size) -> nn.Module:
    """The course's three-layer net: conv 7x7 - ReLU - pool - linear - ReLU - linear."""
    C, H, W = shape
    return nn.Sequential(
        *(nn.Conv2d(C, 32, 7, padding=3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(32 * (H // 2) * (W // 2), 100), nn.ReLU(), nn.Linear(100, 10)),
    )


def conv_bn(c_in: int, c_out: int, stride: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU()]


def three_conv(shape: torch.Size) -> nn.Module:
    """3 x (conv, batch norm, ReLU), pooled in between, global average pooling at the end."""
    return nn.Sequential(
        *(*conv_bn(shape[0], 32), nn.MaxPool2d(2), *conv_bn(32, 64), nn.MaxPool2d(2), *conv_bn(64, 128)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10)),
    )


class ResidualBlock(nn.Module):
    """relu(f(x) + shortcut(x)), f = conv-bn-relu-conv-bn."""

    def __init__(self, c_in: int, c_out: int, stride: int) -> None:
        super().__init__()
        self.f = nn.Sequential(*conv_bn(c_in, c_out, stride), *conv_bn(c_out, c_out)[:2])
        same = c_in == c_out and stride == 1
        self.shortcut = (
            nn.Identity()
            if same
            else nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.f(x) + self.shortcut(x))


def resnet8(shape: torch.Size) -> nn.Module:
    blocks = (ResidualBlock(16, 16, 1), ResidualBlock(16, 32, 2), ResidualBlock(32, 64, 2))
    return nn.Sequential(*conv_bn(shape[0], 16), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


RUNGS = {
    "svm": Rung("linear SVM", linear, rates=(1e-3, 3e-3), decays=(0.03, 0.3), loss=multiclass_hinge),
    "softmax": Rung("softmax", linear, rates=(1e-3, 5e-3), decays=(0.01, 0.1)),
    "two128": Rung("two-layer, 128 hidden", two_layer(128), rates=(0.01, 0.03), decays=(1e-3, 1e-2)),
    "two256": Rung("two-layer, 256 hidden", two_layer(256), rates=(0.01, 0.03), decays=(1e-3, 1e-2)),
    "conv": Rung("conv7-pool-fc-fc", conv_fc, epochs=8, optimiser="adamw"),
    "conv3": Rung("3 x (conv, BN), global average pool", three_conv, 12, (3e-3,), optimiser="adamw"),
    "resnet": Rung("ResNet-8 (16/32/64, flip and crop)", resnet8, 15, (0.1,), (5e-4,), augment=True),
}


# Training.


def batches(images: Tensor, labels: Tensor, augment: bool) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of 100 in a random order; augmented ones are flipped and moved by up to four pixels."""
    for index in torch.randperm(len(labels)).split(100):
        x = images[index]
        if augment:
            flip = torch.rand(len(index)) < 0.5
            x[flip] = x[flip].flip(3)
            down, right = torch.randint(0, 9, (2,)).tolist()
            x = F.pad(x, (4, 4, 4, 4))[:, :, down : down + images.shape[2], right : right + images.shape[3]]
        yield x, labels[index]


def fit(rung: Rung, data: Data, rate: float, decay: float) -> nn.Module:
    """Train with a one-cycle schedule."""
    torch.manual_seed(0)
    net = rung.model(data.shape).to(memory_format=torch.channels_last)
    if rung.optimiser == "sgd":
        rule = torch.optim.SGD(net.parameters(), rate, momentum=0.9, weight_decay=decay, nesterov=True)
    else:
        rule = torch.optim.AdamW(net.parameters(), rate, weight_decay=decay)
    steps = rung.epochs * -(-len(data.train[1]) // 100)
    schedule = torch.optim.lr_scheduler.OneCycleLR(rule, rate, total_steps=steps, pct_start=0.2)
    net.train()
    for _ in range(rung.epochs):
        for x, y in batches(*data.train, rung.augment):
            rule.zero_grad()
            rung.loss(net(x), y).backward()
            rule.step()
            schedule.step()
    return net.eval()


@torch.no_grad()
def accuracy(net: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Percent right."""
    scores = torch.cat([net(part) for part in images.split(500)])
    return 100 * (scores.argmax(1) == labels).double().mean().item()


def climb(rung: Rung, data: Data) -> tuple[float, float, float]:
    """(validation, test, seconds) of the setting that validates best; seconds are those of one training."""
    best = (-1.0, 0.0, 0.0)
    for rate in rung.rates:
        for decay in rung.decays:
            start = time.perf_counter()
            net = fit(rung, data, rate, decay)
            seconds = time.perf_counter() - start
            reached = accuracy(net, *data.validation)
            if reached > best[0]:
                best = (reached, accuracy(net, *data.test), seconds)
    return best


def nearest(train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor], most: int = 15) -> list[float]:
    """Percent right of kNN for k = 1..most; ties go to the smallest label."""
    known = train[0].flatten(1)
    parts = (torch.cdist(part.flatten(1), known) for part in test[0].split(500))
    near = torch.cat([distances.topk(most, largest=False).indices for distances in parts])
    votes = F.one_hot(train[1][near], 10).cumsum(1)  # (N, k, 10)
    return [100 * (votes[:, k].argmax(1) == test[1]).double().mean().item() for k in range(most)]


# Data and report.


def read_zip(path: Path) -> dict[str, np.ndarray]:
    """train/<class>/*.jpg and test/<class>/*.jpg, in a mixed order."""
    from PIL import Image

    arrays: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(path) as archive:
        for split in ("train", "test"):
            files = [name for name in sorted(archive.namelist()) if name.startswith(split + "/") and name[-1] != "/"]
            classes = sorted({name.split("/")[1] for name in files})
            order = np.random.RandomState(0).permutation(len(files))
            images = [np.asarray(Image.open(io.BytesIO(archive.read(files[i]))).convert("RGB")) for i in order]
            arrays["x_" + split] = np.stack(images)
            arrays["y_" + split] = np.array([classes.index(files[i].split("/")[1]) for i in order])
    return arrays


def prepare(source: str, train: int, test: int) -> Data:
    """Read a data set; the validation set is what follows the training images, or their last 1,000."""
    if source == "shapes":
        x, y, _ = shapes.generate("train", train + VALIDATION)
        x_test, y_test, _ = shapes.generate("test", test)
    elif (path := Path(source)).suffix in (".npz", ".zip"):
        arrays = read_zip(path) if path.suffix == ".zip" else np.load(path)
        x, y, x_test, y_test = (arrays[key] for key in ("x_train", "y_train", "x_test", "y_test"))
        x, x_test = (a[:, None] if a.ndim == 3 else a.transpose(0, 3, 1, 2) for a in (x, x_test))
    else:
        splits = load(source), load(source, "test")
        (x, y), (x_test, y_test) = ((s.images.numpy(), s.labels.numpy()) for s in splits)
    end = min(len(y), train + VALIDATION)
    return centred((x[:end], y[:end]), (x_test[:test], y_test[:test]), end - VALIDATION)


def centred(known: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], train: int) -> Data:
    """The first `train` known images train, the others validate; all are centred and scaled by those that train."""
    x, x_test = (torch.from_numpy(np.ascontiguousarray(images)).float() for images, _ in (known, test))
    y, y_test = (torch.from_numpy(np.asarray(labels)).long() for _, labels in (known, test))
    mean, deviation = x[:train].mean(0), x[:train].std()
    x, x_test = (x - mean) / deviation, (x_test - mean) / deviation
    return Data((x[:train], y[:train]), (x[train:], y[train:]), (x_test, y_test))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", default="shapes")
    parser.add_argument("--train", type=int, default=10_000)
    parser.add_argument("--test", type=int, default=2_000)
    parser.add_argument("--rungs", default=",".join(["knn", *RUNGS]))
    args = parser.parse_args()
    data = prepare(args.source, args.train, args.test)
    print(f"{args.source}: {len(data.train[1])} train, {len(data.validation[1])} validation, {len(data.test[1])} test")
    print("| model | validation | test | seconds |\n| --- | --- | --- | --- |")
    for name in args.rungs.split(","):
        if name == "knn":
            start = time.perf_counter()
            val, test = nearest(data.train, data.validation), nearest(data.train, data.test)
            k, seconds = int(np.argmax(val)), time.perf_counter() - start
            print(f"| kNN, k = 1 | {val[0]:.1f} | {test[0]:.1f} | {seconds:.0f} |", flush=True)
            print(f"| kNN, k = {k + 1} | {val[k]:.1f} | {test[k]:.1f} | {seconds:.0f} |", flush=True)
        else:
            val_, test_, seconds = climb(RUNGS[name], data)
            print(f"| {RUNGS[name].title} | {val_:.1f} | {test_:.1f} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
