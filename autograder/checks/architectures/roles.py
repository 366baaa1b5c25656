"""Finds the layers of a student's network by shape and order, whatever their names are.

    prefixes = roles(student, net, parts, "the block")      # {"conv1": "layers.0", "bn1": "layers.1", ...}

What comes from the student's process is a claim and is looked at as such.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.engine.expect import expect
from autograder.engine.student import Student
from autograder.oracles.architectures.parts import Part

__all__ = ["Entry", "all_entries", "by_key", "entries_of", "expect_biases", "roles", "superfluous"]

Entry = tuple[str, tuple[int, ...], str, bool]
STATISTICS = ("running_mean", "running_var")


def entries_of(student: Student, net: Any, what: str = "the network") -> list[Entry]:
    """(key, shape, kind, whether it is trained) of each entry of the state_dict.

    A layer that is registered under two names is listed under the first one alone.
    """
    entries = all_entries(student, net, what)
    listed = student.networks.layers(net)
    right = isinstance(listed, list) and all(isinstance(x, tuple | list) and len(x) == 2 for x in listed)
    expect(listed, f"the layers of {what}").holds(right, f"the layers of {what} could not be listed.")
    known = {str(name) for name, _ in listed}
    inner = {name[:i] for name in known for i, letter in enumerate(name) if letter == "."} | {""}
    return [entry for entry in entries if entry[0].rpartition(".")[0] in known | inner]


def all_entries(student: Student, net: Any, what: str = "the network") -> list[Entry]:
    """The same with every key that there is."""
    listed = student.networks.tensors(expect(net, what).is_object())
    right = isinstance(listed, list) and all(_is_entry(entry) for entry in listed)
    expect(listed, f"the state_dict of {what}").holds(right, f"the state_dict of {what} does not hold tensors alone.")
    return [(key, tuple(shape), kind, trained) for key, shape, kind, trained in listed]


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, tuple | list) or len(entry) != 4:
        return False
    key, shape, kind, trained = entry
    sizes = isinstance(shape, tuple | list) and all(type(n) is int and 0 <= n < 1 << 32 for n in shape)
    return isinstance(key, str) and sizes and kind in ("parameter", "buffer") and isinstance(trained, bool)


def roles(student: Student, net: Any, parts: Sequence[Part], what: str = "the network") -> dict[str, str]:
    """The prefix of the keys of each part, `"layer1.0.conv1"`, by role.

    A bias too many or too few is no reason to fail here: `expect_biases` judges it.

    Raises:
        Failed: the network has other layers or statistics than the parts.
    """
    return _roles(entries_of(student, net, what), parts, what)


def _roles(entries: Sequence[Entry], parts: Sequence[Part], what: str) -> dict[str, str]:
    layers = _layers(entries)
    for kind in ("convolution", "linear layer", "batch norm"):
        _expect_same(kind, [p for p in parts if p.kind == kind], layers, what)
    found = _match([p for p in parts if p.kind != "batch norm"], layers)
    found |= _match_norms([p for p in parts if p.kind == "batch norm"], layers, found)
    for part in parts:
        if part.kind == "batch norm":
            _expect_statistics(part, found[part.role], layers[found[part.role]], what)
    for key, _, kind, trained in entries:
        expect(key, "the parameter").holds(
            trained or kind == "buffer", f"{key} of {what} does not require a gradient: it would never be trained."
        )
    return found


def expect_biases(student: Student, net: Any, parts: Sequence[Part], what: str = "the network") -> None:
    """Convolutions and linear layers have a bias where they should."""
    entries = entries_of(student, net, what)
    found, layers = _roles(entries, parts, what), _layers(entries)
    for part in parts:
        has = "bias" in layers[found[part.role]]
        name = f"{found[part.role] or 'a layer'} of {what}"
        expect(has, "a bias").holds(
            has == part.bias,
            f"{name}, a {part.kind} of {_size(part.shape)}, has {'a' if has else 'no'} bias, expected "
            f"{'a bias' if part.bias else 'none, for the batch norm behind it has one'}.",
        )


def superfluous(student: Student, net: Any, parts: Sequence[Part], found: Mapping[str, str]) -> dict[str, int]:
    """How many channels a bias has that should not be there, by key."""
    keys = {key for key, *_ in entries_of(student, net)}
    biases = {f"{found[part.role]}.bias": part.shape[0] for part in parts if not part.bias}
    return {key: channels for key, channels in biases.items() if key in keys}


def by_key(values: Mapping[str, Any], prefixes: Mapping[str, str]) -> dict[str, Any]:
    """Values by role and name, by the keys that they have in the student's network."""
    return {f"{prefixes[role]}.{name}": v for (role, name), v in ((k.rsplit(".", 1), v) for k, v in values.items())}


def _layers(entries: Sequence[Entry]) -> dict[str, dict[str, tuple[int, ...]]]:
    """Shapes by name for each layer with parameters, by prefix, in order."""
    layers: dict[str, dict[str, tuple[int, ...]]] = {}
    for key, shape, _, _ in entries:
        prefix, _, name = key.rpartition(".")
        layers.setdefault(prefix, {})[name] = shape
    trained = {key.rpartition(".")[0] for key, _, kind, _ in entries if kind == "parameter"}
    return {prefix: shapes for prefix, shapes in layers.items() if prefix in trained}


def _kind(shapes: Mapping[str, tuple[int, ...]]) -> str:
    return {4: "convolution", 2: "linear layer", 1: "batch norm"}.get(len(shapes.get("weight", ())), "other layer")


def _expect_same(
    kind: str, parts: Sequence[Part], layers: Mapping[str, Mapping[str, tuple[int, ...]]], what: str
) -> None:
    wanted = [part.shape for part in parts]
    came = [shapes["weight"] for shapes in layers.values() if _kind(shapes) == kind]
    expect(came, f"the weights of each {kind}").holds(
        Counter(came) == Counter(wanted), f"{what} has {_listed(kind, came)}, expected {_listed(kind, wanted)}.",
        _listed(kind, wanted),
    )  # fmt: skip
    others = [prefix for prefix, shapes in layers.items() if _kind(shapes) == "other layer"]
    expect(others, "other layers").holds(
        not others, f"{what} has parameters in {', '.join(others)} that belong to no layer which is asked for."
    )


def _listed(kind: str, shapes: Sequence[tuple[int, ...]]) -> str:
    if not shapes:
        return f"no {kind}"
    if len(shapes) > 8:
        return f"{len(shapes)} of kind {kind} with {sum(math.prod(s) for s in shapes)} weights in all"
    return f"{len(shapes)} {kind}{'s' if len(shapes) > 1 else ''} ({', '.join(_size(shape) for shape in shapes)})"


def _size(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def _match(parts: Sequence[Part], layers: Mapping[str, Mapping[str, tuple[int, ...]]]) -> dict[str, str]:
    """The n-th part of a shape is the n-th layer of that shape."""
    waiting = dict(layers)
    found = {}
    for part in parts:
        prefix = next(p for p, shapes in waiting.items() if shapes.get("weight") == part.shape)
        found[part.role] = prefix
        del waiting[prefix]
    return found


def _match_norms(
    parts: Sequence[Part], layers: Mapping[str, Mapping[str, tuple[int, ...]]], found: Mapping[str, str]
) -> dict[str, str]:
    """The n-th batch norm belongs to the n-th convolution, in whatever order these are registered."""
    place = {prefix: number for number, prefix in enumerate(layers)}
    norms = [prefix for prefix, shapes in layers.items() if _kind(shapes) == "batch norm"]
    if all(part.behind in found for part in parts):
        in_order = sorted(parts, key=lambda part: place[found[part.behind]])
        if all(layers[prefix]["weight"] == part.shape for part, prefix in zip(in_order, norms, strict=True)):
            return {part.role: prefix for part, prefix in zip(in_order, norms, strict=True)}
    return _match(parts, {prefix: layers[prefix] for prefix in norms})


def _expect_statistics(part: Part, prefix: str, shapes: Mapping[str, tuple[int, ...]], what: str) -> None:
    for entry in ("bias", *STATISTICS):
        expect(dict(shapes), prefix).holds(
            shapes.get(entry) == part.shape,
            f"{prefix or 'a layer'} of {what}, a batch norm, has no {entry} of {part.shape[0]} numbers.",
        )
