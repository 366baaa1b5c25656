"""Public ImageNet weights for the networks of this course.

The usual public files hold a `state_dict`: a tensor for each name. Our networks have the same layers in the same
order, and the same names but for these:

    network               public name                            our name
    ResNet, ResNeXt       layer2.0.downsample.0.weight           layer2.0.shortcut.0.weight
    DenseNet              ...denselayer1.norm.1.weight (old)     ...denselayer1.norm1.weight
    any, saved in parts   module.conv1.weight                    conv1.weight

AlexNet (single tower), VGG A, B, D and E, SqueezeNet and ShuffleNet v2 x1.0 have the same names. GoogLeNet has too,
built with a 3x3 kernel in the place of 5x5 (`functools.partial(Inception, large_kernel=3)`); its auxiliary heads
are left out when our network has none. The counters `num_batches_tracked`, which old files lack, may be missing.

Images: 224x224, in 0..1, less the mean (0.485, 0.456, 0.406), over the standard deviation (0.229, 0.224, 0.225) of
red, green and blue. GoogLeNet alone was trained on 2 * x - 1. Nothing is downloaded here: the file is yours.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

__all__ = ["load_public_weights", "our_key", "our_state_dict"]

_RENAMED = (
    (re.compile(r"^module\."), ""),
    (re.compile(r"\.downsample\."), ".shortcut."),
    (re.compile(r"(denselayer\d+\.(?:norm|conv))\.(\d)\."), r"\1\2."),
)
_AUXILIARY = re.compile(r"aux\d\.")
_SHOWN = 3


def our_key(public: str) -> str:
    """Our name of a tensor, from its public one: `layer2.0.downsample.0.weight` -> `layer2.0.shortcut.0.weight`."""
    for pattern, ours in _RENAMED:
        public = pattern.sub(ours, public)
    return public


def our_state_dict(model: nn.Module, public: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The public weights under our names, complete for `model.load_state_dict`.

    Raises:
        ValueError: names or shapes do not fit; says which, and the likely reason.
    """
    own = model.state_dict()
    given = {our_key(key): tensor for key, tensor in public.items()}
    given = {key: tensor for key, tensor in given.items() if key in own or not _AUXILIARY.match(key)}
    for key, tensor in own.items():
        if key.endswith("num_batches_tracked"):
            given.setdefault(key, tensor)
    missing, foreign = [key for key in own if key not in given], [key for key in given if key not in own]
    if missing or foreign:
        raise ValueError(
            f"the weights belong to another network: {_some(missing)} of the model are missing in the file, "
            f"{_some(foreign)} of the file are unknown to the model"
        )
    wrong = [key for key in own if given[key].shape != own[key].shape]
    if wrong:
        raise ValueError(_wrong_shapes(wrong, own, given))
    return given


def load_public_weights(model: nn.Module, path: str | Path) -> nn.Module:
    """Load a public file, such as resnet50-0676ba61.pth, into the model, in place; nothing is changed on an error.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no state_dict, or that of another network.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; download the weights first")
    public = _read(path)
    try:
        model.load_state_dict(our_state_dict(model, public))
    except ValueError as e:
        raise ValueError(f"{path.name}: {e}") from None
    return model


def _read(path: Path) -> Mapping[str, torch.Tensor]:
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as e:
        raise ValueError(f"{path.name} is no file of weights alone ({type(e).__name__})") from e
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping) or not all(isinstance(t, torch.Tensor) for t in content.values()):
        raise ValueError(f"{path.name} holds a {type(content).__name__}, expected a dict of tensors (a state_dict)")
    return content


def _some(keys: list[str]) -> str:
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return ", ".join(keys[:_SHOWN]) + more if keys else "none"


def _wrong_shapes(wrong: list[str], own: Mapping[str, torch.Tensor], given: Mapping[str, torch.Tensor]) -> str:
    key = wrong[0]
    text = f"{key} has shape {tuple(given[key].shape)} in the file and {tuple(own[key].shape)} in the model"
    same_inputs = all(given[k].shape[1:] == own[k].shape[1:] for k in wrong)
    last = list(own)[-2:]
    if same_inputs and set(wrong) <= set(last):
        return f"{text}: build the model with {len(given[key])} classes, load, then replace its head"
    if ".branch3.1." in key:
        return f"{text}: build the Inception modules with large_kernel=3"
    return text + (f", and {len(wrong) - 1} more differ" if len(wrong) > 1 else "")
