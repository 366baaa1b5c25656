"""A GPU that is none: tensors that say they are on `cuda:0`, with their values on the CPU.

Once `plug_in()` was called, torch's CUDA functions answer as on a machine with one GPU, and operations refuse what they
refuse there: tensors of two devices, a generator of the other device, `.numpy()`. So a machine without a GPU shows on
which device every tensor of a check, an oracle and an answer lives. As on a GPU, autograd has a thread for it, which no
fork survives. It shows nothing of a GPU's arithmetic, memory, driver or speed.

As a plugin of pytest (`pytest -p tests.cuda.pretended tests/cuda`) it is plugged in before any test is collected, and
into every process of the grader. To torch, the tensors are on a backend written in Python, with which autograd works;
only their attributes, and the names of devices that functions are given, say CUDA.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils import backend_registration
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing

from autograder.engine.trees import tensors_in

NAME, CUDA = "pretended", torch.device("cuda:0")
aten = torch.ops.aten
COPYING = {aten.copy_, aten.copy, aten._to_copy}
INDEXING = {aten.index, aten.index_put, aten.index_put_, aten._index_put_impl_, aten._unsafe_index}
NAMED = {"gradient": "grad_tensors"}
FROM_DATA = {torch.tensor, torch.as_tensor, torch.asarray}
numbers = torch.Generator()  # the GPU's own


class OnGpu(torch.Tensor):
    """A tensor on the pretended GPU; its values are a tensor on the CPU."""

    values: torch.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl
    device = property(lambda self: CUDA)
    is_cuda = property(lambda self: True)

    @staticmethod
    def __new__(cls, values: torch.Tensor) -> OnGpu:
        x = torch.Tensor._make_wrapper_subclass(
            cls, values.shape, strides=values.stride(), storage_offset=values.storage_offset(), dtype=values.dtype,
            layout=values.layout, device=f"{NAME}:0", storage_size=values.untyped_storage().nbytes(),
        )  # fmt: skip
        x.values = values
        return x

    def tolist(self) -> Any:
        return self.values.tolist()

    def numpy(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor first.")

    __array__ = numpy

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self.dim() == 0 else object.__format__(self, spec)

    def __repr__(self, **kwargs: Any) -> str:
        return f"{repr(self.detach().cpu())[:-1]}, device='cuda:0')"

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _carried_out(func, args, kwargs or {})


class _EveryOperation(TorchDispatchMode):
    """Sees also the operations that make a tensor out of nothing."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _carried_out(func, args, kwargs or {})


class _CudaByName(TorchFunctionMode):
    """What is said to torch about `cuda` is said about the pretended GPU."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.device:
            return func(*args, **(kwargs or {}))
        args, kwargs = _mapped(_renamed, args), _mapped(_renamed, kwargs or {})
        if func in FROM_DATA:
            device = kwargs.pop("device", None)
            made = func(*args, **kwargs)
            return made if device is None else made.to(device)
        if func is torch.Tensor.cuda:
            return args[0].to(f"{NAME}:0")
        if func is torch.Tensor.backward:  # what an operation of the student's own does on the way back is seen as well
            with self:
                return torch.autograd.backward(args[0], *args[1:], **{NAMED.get(k, k): v for k, v in kwargs.items()})
        if args and isinstance(args[0], OnGpu):
            if func == torch.Tensor.data.__set__:
                args[0].values = args[1].values
            if func is torch.Tensor.new_tensor:
                made = torch.tensor(args[1], dtype=kwargs.get("dtype", args[0].dtype))
                return made.to(kwargs.get("device", f"{NAME}:0"))
            if func in (torch.Tensor.__getitem__, torch.Tensor.__setitem__):
                index = args[1] if isinstance(args[1], tuple) else (args[1],)
                args = (args[0], tuple(map(_as_indices, index)), *args[2:])
        return func(*args, **kwargs)


def _mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with the function's results in the place of its leaves."""
    kind = type(tree)
    if kind is tuple or kind is list:
        return kind([_mapped(function, item) for item in tree])
    if kind is dict:
        return {key: _mapped(function, item) for key, item in tree.items()}
    return function(tree)


def _renamed(x: Any) -> Any:
    cuda = (isinstance(x, torch.device) and x.type == "cuda") or (isinstance(x, str) and x in ("cuda", "cuda:0"))
    return torch.device(f"{NAME}:0") if cuda else x


@contextlib.contextmanager
def _no_other_modes() -> Iterator[None]:
    """In the place of `torch._C.DisableTorchFunction`, which would take the name of the GPU away as well."""
    above = []
    while torch._C._len_torch_function_stack() > 1:
        above.append(torch.overrides._pop_mode())
    try:
        yield
    finally:
        for mode in reversed(above):
            torch.overrides._push_mode(mode)


def _as_indices(x: Any) -> Any:
    return torch.tensor(list(x)) if isinstance(x, list | range) else x


def _carried_out(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """An operation on the values, if what it is given is on one device."""
    tensors = list(tensors_in((args, kwargs)))
    asked, here = kwargs.get("device"), any(isinstance(t, OnGpu) for t in tensors)
    to_gpu = here if asked is None else torch.device(asked).type == NAME
    if not here and not to_gpu:
        return func(*args, **kwargs)
    copying = func.overloadpacket in COPYING
    if not copying:
        _refuse_two_devices(func, args, tensors)
    if to_gpu and kwargs.get("generator") is not None:
        raise RuntimeError("Expected a 'cuda' device type for generator but found 'cpu'")
    values, options = _mapped(_values, args), _mapped(_values, kwargs)
    if asked is not None and to_gpu:
        options["device"] = torch.device("cpu")
    random = to_gpu and torch.Tag.nondeterministic_seeded in func.tags
    with _own_numbers() if random else contextlib.nullcontext():
        result = func(*values, **options)
    if func.overloadpacket is aten.copy_:
        return args[0]
    if not to_gpu:
        return result
    return return_and_correct_aliasing(func, args, kwargs, _mapped(_on_gpu, result))


def _refuse_two_devices(func: Any, args: tuple[Any, ...], tensors: list[torch.Tensor]) -> None:
    """Raise what torch raises. In arithmetic, a tensor without axes may be on the CPU; so may indices."""
    arithmetic = torch.Tag.pointwise in func.tags or func.overloadpacket is aten.fill_
    if func.overloadpacket in INDEXING:
        tensors, arithmetic = [t for t in (*args[:1], *args[2:3]) if isinstance(t, torch.Tensor)], True
    elsewhere = [t for t in tensors if not isinstance(t, OnGpu)]
    written = func._schema.is_mutable and any(args[0] is t for t in elsewhere)
    if written or any(t.dim() > 0 or not arithmetic for t in elsewhere):
        raise RuntimeError(
            "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu! "
            f"(when checking argument in method {func})"
        )


def _values(x: Any) -> Any:
    return x.values if isinstance(x, OnGpu) else x


def _on_gpu(x: Any) -> Any:
    return OnGpu(x) if isinstance(x, torch.Tensor) and not isinstance(x, OnGpu) else x


@contextlib.contextmanager
def _own_numbers() -> Iterator[None]:
    """Random numbers come from the GPU's generator, and the CPU's stays where it is."""
    before = torch.default_generator.get_state()
    torch.default_generator.set_state(numbers.get_state())
    try:
        yield
    finally:
        numbers.set_state(torch.default_generator.get_state())
        torch.default_generator.set_state(before)


def _seed(number: int) -> None:
    numbers.manual_seed(number)


ANSWERS = {
    "init": lambda: None,
    "is_available": lambda: True,
    "is_initialized": lambda: True,
    "device_count": lambda: 1,
    "current_device": lambda: 0,
    "get_device_name": lambda device=None: "a pretended GPU",
    "manual_seed": _seed,
    "manual_seed_all": _seed,
    "get_rng_state_all": lambda: [numbers.get_state()],
    "set_rng_state_all": lambda states: numbers.set_state(states[0]),
    "synchronize": lambda device=None: None,
    "empty_cache": lambda: None,
}


def plug_in() -> None:
    """From now on this process has one GPU."""
    backend_registration._setup_privateuseone_for_python_backend(NAME)
    for name, answer in ANSWERS.items():
        setattr(torch.cuda, name, answer)
    torch._C.DisableTorchFunction = _no_other_modes
    _EveryOperation().__enter__()
    _CudaByName().__enter__()


def pytest_configure(config: Any) -> None:
    """Plug it in here, and into every process that the grader starts."""
    from autograder.engine import sandbox

    if torch.cuda.is_available():
        return  # a real one
    plug_in()
    here, python_in = Path(__file__).read_text(encoding="utf-8"), sandbox.python_in
    first = f"import types; gpu = types.ModuleType('pretended'); exec({here!r}, gpu.__dict__); gpu.plug_in(); "
    sandbox.python_in = lambda level, statement, cuda=False: python_in(level, first + statement, cuda)
