"""Reads the pickles of CIFAR-10 and PROPS without running what is in them.

A pickle is a program: loading one may call any function. These archives hold only dictionaries, lists, strings, numbers
and numpy arrays, so this reader knows stand-ins for the few names that numpy's arrays need, builds the arrays itself
from their bytes, and refuses every other name. Python 2 wrote CIFAR-10's batches, hence the old names and the strings
in place of bytes.
"""

from __future__ import annotations

import io
import pickle

import numpy as np

__all__ = ["load_pickle"]

_PLAIN = {"u1": "u1", "i1": "i1", "b1": "u1", "i2": "i2", "u2": "u2", "i4": "i4", "u4": "u4", "i8": "i8", "u8": "u8"}
_PLAIN |= {"f4": "f4", "f8": "f8"}


class _Dtype:
    """Stands for numpy.dtype: a plain number type, its byte order set by the pickle's state."""

    def __init__(self, name: object, *_: object) -> None:
        if name not in _PLAIN:
            raise pickle.UnpicklingError(f"an array of dtype {name!r}, expected plain numbers")
        self.name, self.order = _PLAIN[str(name)], "="

    def __setstate__(self, state: tuple) -> None:
        self.order = {"<": "<", ">": ">"}.get(state[1], "=")

    def numbers(self, raw: str | bytes) -> np.ndarray:
        data = raw.encode("latin1") if isinstance(raw, str) else bytes(raw)
        return np.frombuffer(data, np.dtype(self.name).newbyteorder(self.order))


class _Array:
    """Stands for numpy.ndarray while it is being built; `value` is the finished array."""

    value: np.ndarray

    def __setstate__(self, state: tuple) -> None:
        _, shape, dtype, fortran, raw = state
        self.value = _shaped(dtype, raw, shape, "F" if fortran else "C")


def _shaped(dtype: object, raw: object, shape: object, order: str) -> np.ndarray:
    if not isinstance(dtype, _Dtype) or not isinstance(raw, (str, bytes, bytearray)):
        raise pickle.UnpicklingError("an array that is not made of plain numbers")
    return dtype.numbers(raw).reshape(shape, order=order)


def _reconstruct(*_: object) -> _Array:
    return _Array()


def _scalar(dtype: object, raw: object) -> int | float:
    return _shaped(dtype, raw, (), "C").item()


def _from_buffer(raw: object, dtype: object, shape: object, order: str) -> _Array:
    array = _Array()
    array.value = _shaped(dtype, raw, shape, "F" if order == "F" else "C")
    return array


def _latin1(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"a string in encoding {encoding!r}, expected latin1")
    return text.encode("latin1")


def _no_bytes() -> bytes:
    """How Python 3 writes an empty string of bytes for Python 2."""
    return b""


_KNOWN = {("numpy", "ndarray"): _Array, ("numpy", "dtype"): _Dtype, ("_codecs", "encode"): _latin1}
_KNOWN["__builtin__", "bytes"] = _no_bytes
for _core in ("numpy.core", "numpy._core"):
    _KNOWN[_core + ".multiarray", "_reconstruct"] = _reconstruct
    _KNOWN[_core + ".multiarray", "scalar"] = _scalar
    _KNOWN[_core + ".numeric", "_frombuffer"] = _from_buffer


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it calls {module}.{name}, which no data needs") from None

    def persistent_load(self, pid: object) -> object:
        raise pickle.UnpicklingError("it refers to an object outside the file")


def _finished(value: object) -> object:
    """The same value with arrays in place of their stand-ins."""
    if isinstance(value, _Array):
        return value.value
    if isinstance(value, dict):
        return {_text(key): _finished(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finished(item) for item in value]
    return value


def _text(key: object) -> object:
    return key.decode("latin1") if isinstance(key, bytes) else key


def load_pickle(data: bytes) -> object:
    """The value in a pickle of dictionaries, lists, strings, numbers and arrays of numbers.

    Raises:
        pickle.UnpicklingError: it is damaged, or holds anything else; nothing of it was run.
    """
    try:
        return _finished(_Unpickler(io.BytesIO(data), encoding="latin1").load())
    except pickle.UnpicklingError:
        raise
    except Exception as error:  # a damaged pickle may raise nearly anything
        raise pickle.UnpicklingError(f"it is damaged ({type(error).__name__}: {error})") from error
