"""What a check does to a `torch.nn.Module` of the student's, where it lives: beside the student's code.

A check calls these by `student.networks`, in a notebook and in the sandbox alike:

    net = student.PlainBlock(8, 16)
    student.networks.load(net, values)
    expect(student.networks.forward(net, x), "the output").equals(expected)

They look, load and run, and judge nothing: what they return comes from the student's process and is a claim, which a
check compares with what it has computed itself.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
import torch.utils.serialization  # torch.load imports it late, and a worker finds no module on disk
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

__all__ = [
    "build", "fill", "filled", "forward", "gradients", "layers", "load", "load_file", "modes", "multiply_adds",
    "on_meta", "set_mode", "shape_on_meta", "state", "tensors",
]  # fmt: skip

Tensor = torch.Tensor
Entry = tuple[str, tuple[int, ...], str, bool]


def build(layers: Iterable[tuple[Any, ...]]) -> nn.Sequential:
    """A plain network of torch's own layers.

    Args:
        layers: (name, type, arguments, keywords) of a layer, the last two as needed, or (name, [layers]) of a part:
            `("conv", "Conv2d", (3, 8, 3), {"padding": 1})`.
    """
    network = nn.Sequential()
    for name, kind, *rest in layers:
        if isinstance(kind, str):
            arguments = rest[0] if rest else ()
            keywords = rest[1] if len(rest) > 1 else {}
            network.add_module(name, getattr(nn, kind)(*arguments, **keywords))
        else:
            network.add_module(name, build(kind))
    return network


def tensors(network: Any) -> list[Entry]:
    """(key, shape, "parameter" or "buffer", whether it is trained) of every entry of the state_dict, in its order."""
    parameters = dict(_module(network).named_parameters(remove_duplicate=False))
    return [
        (key, tuple(t.shape), "parameter" if key in parameters else "buffer", key in parameters and t.requires_grad)
        for key, t in network.state_dict(keep_vars=True).items()
    ]


def layers(network: Any) -> list[tuple[str, str]]:
    """(name, type) of every module that holds no other, in the order of registration."""
    return [(n, type(m).__name__) for n, m in _module(network).named_modules() if not any(m.children())]


def modes(network: Any) -> dict[str, bool]:
    """By name of every module below the network whether it is in training mode."""
    return {n: m.training for n, m in _module(network).named_modules() if n}


def set_mode(network: Any, training: bool) -> None:
    """Put the network and all its modules into training or evaluation mode."""
    _module(network).train(training)


def state(network: Any) -> dict[str, Tensor]:
    """The state_dict, copied."""
    return {key: t.detach().clone() for key, t in _module(network).state_dict().items()}


def load(network: Any, values: Mapping[str, Tensor]) -> None:
    """Copy values into the entries of the state_dict with these keys."""
    there = _module(network).state_dict()
    with torch.no_grad():
        for key, value in values.items():
            there[key].copy_(value)


def load_file(network: Any, data: Tensor) -> None:
    """Load a state_dict from the bytes of a file, a uint8 tensor."""
    values = torch.load(io.BytesIO(bytes(data.tolist())), map_location="cpu", weights_only=True)
    _module(network).load_state_dict(values)


def fill(network: Any, seed: int) -> None:
    """Put the values of `filled` into the network."""
    load(network, filled(tensors(network), seed))


def filled(entries: Iterable[Entry], seed: int) -> dict[str, Tensor]:
    """Values for the entries of `tensors`, by key, on the CPU: the same wherever they are drawn.

    Weights are normal with variance 2 / fan-in, scales and variances uniform between 0.5 and 1.5, all else normal with
    standard deviation 0.2; integers are left out.
    """
    values = {}
    for number, (key, shape, _, _) in enumerate(entries):
        generator = torch.Generator().manual_seed(seed * 1_000_003 + number)
        if len(shape) > 1:
            fan_in = max(1, torch.Size(shape[1:]).numel())
            values[key] = torch.randn(shape, generator=generator) * (2 / fan_in) ** 0.5
        elif key.endswith(("weight", "running_var")):
            values[key] = 0.5 + torch.rand(shape, generator=generator)
        elif len(shape) == 1:
            values[key] = 0.2 * torch.randn(shape, generator=generator)
    return values


def forward(network: Any, x: Tensor, training: bool = False) -> Any:
    """The output for x, without gradients."""
    _module(network).train(training)
    with torch.no_grad():
        return network(x)


def gradients(
    network: Any, x: Tensor, upstream: Tensor, training: bool = True
) -> tuple[Tensor, Tensor | None, dict[str, Tensor | None]]:
    """(output, gradient of x, gradient of every parameter by key) for the gradient `upstream` of the output."""
    _module(network).train(training)
    parameters = dict(network.named_parameters())
    x = x.detach().requires_grad_()
    with torch.enable_grad():
        out = network(x.clone())  # no leaf: what works on it in place is judged elsewhere
        inputs = [x, *(p for p in parameters.values() if p.requires_grad)]
        found = iter(torch.autograd.grad(out, inputs, upstream, allow_unused=True))
    dx = next(found)
    return out.detach(), dx, {key: next(found) if p.requires_grad else None for key, p in parameters.items()}


def on_meta(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function that builds a network with every tensor on the device `meta`: shapes without numbers."""
    with torch.device("meta"):
        return function(*args, **kwargs)


def shape_on_meta(network: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of the output of a network on `meta` for an input of this shape."""
    _module(network).eval()
    with torch.no_grad():
        return tuple(network(torch.empty(shape, device="meta")).shape)


def multiply_adds(network: Any, shape: tuple[int, ...]) -> int:
    """Multiply-adds of the convolutions and linear layers of a network, on `meta` or with numbers, in eval mode."""
    device = next((p.device for p in _module(network).parameters()), torch.device("cpu"))
    network.eval()
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        network(torch.zeros(shape, device=device))
    return int(counter.get_total_flops()) // 2


def _module(network: Any) -> nn.Module:
    if not isinstance(network, nn.Module):
        raise TypeError(f"expected a torch.nn.Module, got {type(network).__name__}")
    return network
