"""The reference's layers against torch.nn on the same work: Linear and FastConv, and an epoch of DeepConvNet.

Both sides get the same numbers, and their answers are compared before anything is timed. On one thread, as in grading,
in time of the processor, so that what else the machine does counts for neither. The repetitions of the two are
interleaved, and the medians are compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from autograder.course import load_course
from autograder.engine.earlier import load_earlier, reference_path, registered
from autograder.engine.worker import load_module

LINEAR = ((256, 3072, 100), (256, 1024, 1024))  # images, features, units
# images, channels, filters, side, kernel; the columns of the last take 60 MB, and what is larger than 32 MB glibc takes
# from the system and gives back at each call: most of its time goes into new pages
CONV = ((50, 3, 32, 32, 7), (50, 16, 32, 32, 3), (64, 64, 64, 8, 3), (100, 3, 32, 32, 7))
EPOCH_IMAGES, BATCH, RATE = 512, 64, 1e-3
FILTERS, MAX_POOLS = (8, 16, 32), (0, 1, 2)
REPEATS, EPOCH_REPEATS = 15, 5

Work = Callable[[], Any]


def run() -> None:
    """Print milliseconds of both sides for each layer and direction, and how many times as long ours takes."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    course = load_course()
    exercise = course.exercise("convolutional_networks")
    path = reference_path(exercise)
    used = load_earlier(course, exercise)
    with registered(used):
        earlier = used[course.exercise("fully_connected_networks").module]
        module = load_module("bench_convolutional_networks", str(path), path.read_bytes())
        print("the reference against torch.nn, one thread, milliseconds of the processor:")
        for sizes in LINEAR:
            linear(earlier.Linear, *sizes)
        for conv_sizes in CONV:
            conv(module.FastConv, *conv_sizes)
        epoch(module, earlier)


def linear(layer: Any, n: int, d: int, m: int) -> None:
    """Both directions of Linear, d features to m units."""
    inputs = torch.randn(n, d), torch.randn(d, m) / d**0.5, torch.randn(m)
    theirs = nn.Linear(d, m)
    theirs.weight.data, theirs.bias.data = inputs[1].T.contiguous(), inputs[2]
    ours = layer.forward, layer.backward
    compare(f"Linear {d} -> {m}, {n} images", 1.5, inputs, ours, theirs)


def conv(layer: Any, n: int, c: int, f: int, side: int, k: int) -> None:
    """Both directions of FastConv, c channels to f filters of k x k, that keep height and width."""
    inputs = torch.randn(n, c, side, side), torch.randn(f, c, k, k) / (c * k * k) ** 0.5, torch.randn(f)
    theirs = nn.Conv2d(c, f, k, padding=k // 2)
    theirs.weight.data, theirs.bias.data = inputs[1:]
    param = {"stride": 1, "pad": k // 2}
    ours = lambda x, w, b: layer.forward(x, w, b, param), layer.backward
    compare(f"FastConv {c} -> {f}, {k}x{k}, {n} images {side}x{side}", 3.0, inputs, ours, theirs)


def compare(
    what: str,
    aim: float,
    inputs: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    ours: tuple[Callable[..., Any], Callable[..., Any]],
    theirs: nn.Module,
) -> None:
    """Forward and backward of a layer of ours against a module with the same weights; inputs are x, w and b."""
    forward, backward = ours
    out, cache = forward(*inputs)
    dout = torch.randn_like(out)
    x = inputs[0].clone().requires_grad_()
    graph = theirs(x)
    leaves = (x, *theirs.parameters())

    def torch_backward() -> tuple[torch.Tensor, ...]:
        return torch.autograd.grad(graph, leaves, dout, retain_graph=True)

    dx, dw, db = torch_backward()
    if dw.dim() == 2:
        dw = dw.T  # nn.Linear keeps its weights transposed
    for name, mine, right in zip(
        ("out", "dx", "dw", "db"), (out, *backward(dout, cache)), (graph, dx, dw, db), strict=True
    ):
        agree(f"{what}: {name}", mine, right)
    report(f"{what}, forward", aim, lambda: forward(*inputs), lambda: theirs(x), REPEATS)
    report(f"{what}, backward", aim, lambda: backward(dout, cache), torch_backward, REPEATS)


def epoch(module: ModuleType, earlier: ModuleType) -> None:
    """One epoch of Adam on the same images, in the same order, from the same weights."""
    X, y = torch.randn(EPOCH_IMAGES, 3, 32, 32), torch.randint(10, (EPOCH_IMAGES,))
    mine = module.DeepConvNet(num_filters=FILTERS, max_pools=MAX_POOLS, weight_scale="kaiming")
    theirs = same_net(mine.params)
    configs: dict[str, dict[str, Any]] = {name: {"learning_rate": RATE} for name in mine.params}
    rule = torch.optim.Adam(theirs.parameters(), RATE)

    def my_epoch() -> list[float]:
        losses = []
        for rows in torch.arange(EPOCH_IMAGES).split(BATCH):
            loss, grads = mine.loss(X[rows], y[rows])
            for name, w in mine.params.items():
                mine.params[name], configs[name] = earlier.adam(w, grads[name], configs[name])
            losses.append(float(loss))
        return losses

    def torch_epoch() -> list[float]:
        losses = []
        for rows in torch.arange(EPOCH_IMAGES).split(BATCH):
            rule.zero_grad()
            loss = F.cross_entropy(theirs(X[rows]), y[rows])
            loss.backward()
            rule.step()
            losses.append(loss.item())
        return losses

    agree("DeepConvNet: losses of an epoch", torch.tensor(my_epoch()), torch.tensor(torch_epoch()))
    what = f"DeepConvNet {'-'.join(map(str, FILTERS))}, an epoch of {EPOCH_IMAGES} images 32x32"
    report(what, None, my_epoch, torch_epoch, EPOCH_REPEATS)


def same_net(params: dict[str, torch.Tensor]) -> nn.Module:
    """The net of these parameters in torch.nn: conv 3x3 - ReLU - pool, as often as there are filters, then linear."""
    last = len(FILTERS) + 1
    parts: list[nn.Module] = []
    for i in range(1, last):
        filters, channels = params[f"W{i}"].shape[:2]
        layer = nn.Conv2d(channels, filters, 3, padding=1)
        layer.weight.data, layer.bias.data = params[f"W{i}"].clone(), params[f"b{i}"].clone()
        parts += [layer, nn.ReLU(), *([nn.MaxPool2d(2)] if i - 1 in MAX_POOLS else [])]
    head = nn.Linear(*params[f"W{last}"].shape)
    head.weight.data, head.bias.data = params[f"W{last}"].T.clone(), params[f"b{last}"].clone()
    return nn.Sequential(*parts, nn.Flatten(), head)


def agree(what: str, mine: torch.Tensor, right: torch.Tensor) -> None:
    """Both did the same work.

    Raises:
        ValueError: their answers differ by more than rounding.
    """
    error = float((mine - right.detach()).abs().max() / right.detach().abs().max())
    if not error < 1e-3:
        raise ValueError(f"{what} differ by {error:.2g} of the largest number: not the same work")


def report(what: str, aim: float | None, mine: Work, theirs: Work, repeats: int) -> None:
    """Time both in turn and print a line."""
    times: dict[Work, list[float]] = {mine: [], theirs: []}
    for work in times:
        work()
    for repeat in range(repeats):
        for work in (mine, theirs) if repeat % 2 else (theirs, mine):
            start = time.process_time()
            work()
            times[work].append(time.process_time() - start)
    ours, torchs = median(times[mine]), median(times[theirs])
    goal = f"; aim {aim:g}" if aim else ""
    print(f"  {what:60} {1e3 * ours:8.2f} {1e3 * torchs:8.2f}   {ours / torchs:.2f} times as long{goal}", flush=True)


if __name__ == "__main__":
    run()
