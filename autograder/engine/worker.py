"""The untrusted side: serves checks over one socket, in a process that ends with it.

It loads the student's file, then answers calls until the socket closes. It knows no expected value, no check and no
score; whatever the student's code does to this process, the grader only ever reads validated messages from the socket.
"""

from __future__ import annotations

import builtins
import marshal
import socket
import sys
from collections.abc import Sequence
from io import BytesIO
from types import CodeType, ModuleType
from typing import Any

import torch

import deeprob.exercises  # noqa: F401  (loaded once, before any fork: modules are registered as parts of it)
from autograder.engine.changes import copied, copy_back, data_only, equal
from autograder.engine.device import full_precision
from autograder.engine.errors import CheckStopped, RuleBroken, StudentRaised
from autograder.engine.live import LiveBackend
from autograder.engine.meter import forbid, in_new_threads
from autograder.engine.seeding import seed_all
from autograder.engine.wire import Incoming, WireError, decode, encode

__all__ = ["get_ready", "load_code", "load_module", "load_program", "register", "serve"]

NO_LIMIT = 1 << 62


def load_module(name: str, file: str, source: bytes) -> ModuleType:
    """Execute a module from its source and register it under its name; `file` is what its code objects say."""
    return load_code(name, file, compile(source, file, "exec", dont_inherit=True))


def load_code(name: str, file: str, code: CodeType) -> ModuleType:
    """The same from code that is compiled already."""
    module = ModuleType(name)
    module.__file__ = file
    register(name, module)
    exec(code, module.__dict__)
    return module


def load_program(modules: Sequence[tuple[str, str, bytes]]) -> ModuleType:
    """Execute modules, given by name, file and marshalled code, in order, and return the last, the student's.

    Raises:
        StudentRaised: what one of them raised.
    """
    for name, file, code in modules:
        module = ModuleType(name)
        try:
            module = load_code(name, file, marshal.loads(code))
        except (Exception, SystemExit) as e:
            raise LiveBackend(module, file=file).raised(e if isinstance(e, Exception) else RuntimeError("exit")) from e
    return module


def register(name: str, module: ModuleType | None) -> None:
    """Let `import` find this module under this name; None takes the name away."""
    package, _, child = name.rpartition(".")
    parent = sys.modules.get(package)
    if module is None:
        sys.modules.pop(name, None)
        if parent is not None and hasattr(parent, child):
            delattr(parent, child)
        return
    sys.modules[name] = module
    if parent is not None:
        setattr(parent, child, module)


def get_ready(device: str) -> None:
    """Touch what most checks touch, before the clock runs: after a fork, the first touch of a page costs."""
    seed_all(0)
    x = torch.randn(4, 4, device=device)
    backend = LiveBackend(sys.modules[__name__], ("torch.nn",), __file__)
    for measured in (False, True):
        answer = backend.call(None, "_exercise_torch", (x,), {}, measured)
        frame = Incoming(BytesIO(encode({"result": answer[0]})).read).frame(NO_LIMIT)
        assert frame is not None
        decode(*frame)


def _exercise_torch(x: torch.Tensor) -> torch.Tensor:
    """Some of everything."""
    rows = torch.randint(4, (4,), device=x.device)
    y = x.double().float().reshape(2, 8).view(4, 4) @ x.T
    y = torch.cat([y[rows], y[:, None, 0], x.new_zeros(4, 1)], dim=1).clone()
    y[0, 0] += y[1, 1]
    y[:, 1] -= (y[:, 0] > 0).float()
    y = (y - y.max(dim=1, keepdim=True).values).exp().clamp(min=0).log1p() ** 2
    y = torch.where(y > 0, y, torch.zeros_like(y)) / y.sum(dim=1, keepdim=True)
    order = y.argsort(dim=1), y.topk(2, dim=1).indices, y.argmax(dim=1), y.mean(dim=0).abs()
    return y.gather(1, order[0]).sum() + torch.arange(4, device=x.device).sum() + float(order[3][0])


def serve(connection: socket.socket) -> None:
    """Answer requests until the other side closes the socket."""
    with full_precision():
        _Service(connection).run()


class _Service:
    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.backend: LiveBackend | None = None
        self.incoming = Incoming(connection.recv)
        self.number = 0  # of the request that is being answered
        self.failure: dict[str, Any] = {}  # of loading, which every request is answered with

    def run(self) -> None:
        while True:
            request = self._receive()
            if request is None:
                return
            if request["do"] == "load":
                self._load(request)
                continue
            self.number = request["number"]
            self.connection.sendall(self._answer(request))

    def _answer(self, request: dict[str, Any]) -> bytes:
        if self.failure:
            return self._frame(self.failure)
        try:
            if "begin" in request:
                self._begin(request["begin"])
            if "given" in request:
                self._given(request["given"])
            return self._frame(getattr(self, "_do_" + request["do"])(request))
        except (CheckStopped, MemoryError, WireError) as e:
            return self._frame(_stop(e))

    def _frame(self, message: dict[str, Any]) -> bytes:
        return encode({"number": self.number, **message})

    def _load(self, request: dict[str, Any]) -> None:
        """Load a program; the request that follows at once tells what came of it."""
        modules = tuple((name, file, code.numpy().tobytes()) for name, file, code in request["modules"])
        self.failure = {}
        forbidden = tuple(request["forbidden"])
        try:
            with in_new_threads(lambda: forbid(forbidden)):  # they may be at work when a check begins
                module = load_program(modules)
            self.backend = LiveBackend(module, forbidden, modules[-1][1])
        except (StudentRaised, MemoryError) as e:
            self.failure = _stop(e)

    def _begin(self, seed: int) -> None:
        """A new check: what the last one gave to the module is taken back, and random numbers start from the seed."""
        assert self.backend is not None
        self.backend.close()
        seed_all(seed)

    def _given(self, functions: dict[str, Any]) -> None:
        assert self.backend is not None
        self.backend.given(functions)

    def _do_call(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.backend is not None
        args, kwargs = request["args"], request["kwargs"]
        before = copied((args, kwargs))
        result, usage = self.backend.call(request["ref"], request["name"], args, kwargs, request["measured"])
        reply: dict[str, Any] = {"result": result}
        if not equal((args, kwargs), before):
            reply["changed"] = data_only((args, kwargs))
        if usage is not None:
            reply["usage"] = [usage.operations, usage.steps, usage.peak_bytes]
        return reply

    def _do_each(self, request: dict[str, Any]) -> dict[str, Any]:
        answers: list[dict[str, Any]] = []
        for args in request["cases"]:
            try:
                answers.append(self._do_call({**request, "args": args}))
            except CheckStopped as e:
                answers.append(_stop(e))
                if not (request["past_errors"] and isinstance(e, StudentRaised)):
                    break
        return {"answers": answers}

    def _do_get(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.backend is not None
        is_method, value = self.backend.get(request["ref"], request["name"])
        return {"is_method": is_method, "value": value}

    def _do_set(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.backend is not None
        self.backend.set(request["ref"], request["name"], request["value"])
        return {}

    def _callback(self, number: int) -> Any:
        def function(*args: Any, **kwargs: Any) -> Any:
            assert self.backend is not None
            values = self.backend.outward((args, kwargs))
            self.connection.sendall(self._frame({"callback": number, "args": values[0], "kwargs": values[1]}))
            reply = self._receive()
            if reply is None:
                raise SystemExit
            if "raised" in reply:
                kind, text = reply["raised"]
                raise _exception(kind, text)
            if "changed" in reply:
                copy_back((args, kwargs), reply["changed"], anew=True)
            return self.backend.inward(reply["result"])

        return function

    def _receive(self) -> dict[str, Any] | None:
        frame = self.incoming.frame(NO_LIMIT)
        if frame is None:
            return None
        message = decode(*frame, self._callback, meta=True)
        assert isinstance(message, dict)
        return message


def _stop(error: Exception) -> dict[str, Any]:
    """What ended a call, as the other side reads it."""
    if isinstance(error, StudentRaised):
        said = {"kind": error.kind, "text": error.text, "where": error.where, "builtins": list(error.builtins)}
        return {"stop": "raised", **said}
    if isinstance(error, RuleBroken):
        return {"stop": "forbidden", "text": str(error)}
    return {"stop": "raised", "kind": type(error).__name__, "text": str(error), "where": ""}


def _exception(kind: str, text: str) -> Exception:
    """An exception of the check's function as the student's code would see it in one process."""
    known = getattr(builtins, kind, None)
    if isinstance(known, type) and issubclass(known, Exception):
        try:
            return known(text)
        except TypeError:
            pass
    return RuntimeError(f"{kind}: {text}")
