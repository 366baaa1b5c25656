"""A filter over the system calls of the student's code: what no exercise needs is refused by the kernel.

The filter is a program of the classic BPF machine, assembled here, so no compiler and no library is needed. It is a
list of what is refused, so torch, numpy, fork, threads and the driver of a GPU go on working. What is refused answers
`Operation not permitted`; a socket of the network `Network is unreachable`; what libc can do without `Function not
implemented`. A call by the numbers of another processor (32-bit code on x86-64) ends the process.

A filter holds for all that the process starts, and nothing takes it away again.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from functools import cache

from autograder.engine.syscalls import ARCHITECTURES, CONDITIONAL, NEWEST, REFUSED, UNKNOWN, libc, numbers_on

__all__ = ["assemble", "install", "program"]

LOAD, EQUAL, ABOVE, AT_LEAST, ANY_BIT, JUMP, RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x05, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # where they stand in struct seccomp_data; both processors are little-endian
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
X32 = 0x40000000
SET_MODE_FILTER, ALL_THREADS = 1, 1
PR_SET_NO_NEW_PRIVS = 38
ERRORS = {"socket": errno.ENETUNREACH, "socketpair": errno.ENETUNREACH}

Instruction = tuple[int, int, int, int]  # code, how far to jump if true, if false, constant


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def assemble(machine: str) -> tuple[Instruction, ...]:
    """The filter for a processor, `x86_64` or `aarch64`.

    Raises:
        KeyError: another processor.
    """
    architecture, numbers = ARCHITECTURES[machine], numbers_on(machine)
    program: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":
        program += [(AT_LEAST, 0, 1, X32), (RETURN, 0, 0, ERRNO | errno.EPERM)]
    program += [(ABOVE, 0, 1, NEWEST), (RETURN, 0, 0, ERRNO | errno.ENOSYS)]
    for name, argument, how, values in CONDITIONAL:
        error = ERRORS.get(name, errno.EPERM)
        program += _conditional(numbers[name], argument, how, values, error)
    program += _refuse([numbers[name] for name in UNKNOWN], errno.ENOSYS)
    program += _refuse([numbers[name] for group in REFUSED.values() for name in group], errno.EPERM)
    return (*program, (RETURN, 0, 0, ALLOW))


def _conditional(number: int, argument: int, how: str, values: tuple[int, ...], error: int) -> list[Instruction]:
    refuse = (RETURN, 0, 0, ERRNO | error)
    block: list[Instruction] = [(LOAD, 0, 0, ARGUMENTS + 8 * argument)]
    if how == "only":
        block += [(EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
        block += [refuse]
    else:
        test = ANY_BIT if how == "bits" else EQUAL
        for value in values:
            block += [(test, 0, 1, value), refuse]
    block += [(LOAD, 0, 0, NUMBER)]
    return [(EQUAL, 0, len(block), number), *block]


def _refuse(numbers: list[int], error: int) -> list[Instruction]:
    """A jump goes over 255 instructions at most, so there is room for as many numbers."""
    numbers = [number for number in numbers if number >= 0]
    tests = [(EQUAL, len(numbers) - i, 0, number) for i, number in enumerate(numbers)]
    return [*tests, (JUMP, 0, 0, 1), (RETURN, 0, 0, ERRNO | error)]


@cache
def program() -> bytes:
    """The filter for this processor as the kernel reads it; empty where there is none."""
    system, machine = os.uname().sysname, os.uname().machine
    if system != "Linux" or machine not in ARCHITECTURES:
        return b""
    return b"".join(struct.pack("HBBI", *instruction) for instruction in assemble(machine))


def install() -> str:
    """Put the filter over this process, all its threads, and all that it starts; why it could not be, else empty."""
    code, machine = program(), os.uname().machine
    if not code:
        return f"there is no filter for {os.uname().sysname} on {machine}"
    call = numbers_on(machine)["seccomp"]
    libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc().syscall(call, SET_MODE_FILTER, ALL_THREADS, ctypes.byref(_Program(len(code) // 8, code))) != 0:
        return f"the kernel takes no filter ({errno.errorcode.get(ctypes.get_errno(), 'a thread has another')})"
    return ""
