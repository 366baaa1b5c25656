"""The filter of system calls: what it says of every call on both processors, and what a check's own process meets."""

from __future__ import annotations

import errno
import os

import pytest

from autograder.engine import sandbox
from autograder.engine.pool import WorkerPool
from autograder.engine.program import Program, compiled
from autograder.engine.sandbox import best_level
from autograder.engine.seccomp import ALLOW, ERRNO, KILL_PROCESS, assemble
from autograder.engine.syscalls import ARCHITECTURES, NEWEST, REFUSED, UNKNOWN, numbers_on

pytestmark = pytest.mark.xdist_group("seccomp")  # one process makes what the tests share

MACHINES = tuple(ARCHITECTURES)
EPERM, ENOSYS, UNREACHABLE = ERRNO | errno.EPERM, ERRNO | errno.ENOSYS, ERRNO | errno.ENETUNREACH
NEW_USER, THREAD = 0x10000000, 0x3D0F00  # CLONE_NEWUSER; what pthread_create asks for


def judge(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """Run the filter as the kernel does."""
    data = {0: number, 4: ARCHITECTURES[machine] if architecture is None else architecture}
    for i, argument in enumerate(arguments):
        data[16 + 8 * i], data[20 + 8 * i] = argument & 0xFFFFFFFF, argument >> 32 & 0xFFFFFFFF
    program, at, held = assemble(machine), 0, 0
    while True:
        code, yes, no, constant = program[at]
        at += 1
        if code == 0x20:  # load a word
            held = data.get(constant, 0)
        elif code == 0x06:  # return
            return constant
        elif code == 0x05:  # jump
            at += constant
        else:
            tests = {0x15: held == constant, 0x25: held > constant, 0x35: held >= constant, 0x45: held & constant}
            at += yes if tests[code] else no


@pytest.mark.parametrize("machine", MACHINES)
def test_every_call_of_the_list_is_refused(machine):
    numbers = numbers_on(machine)
    for group in REFUSED.values():
        for name in group:
            assert numbers[name] < 0 or judge(machine, numbers[name]) == EPERM, name
    for name in UNKNOWN:
        assert judge(machine, numbers[name]) == ENOSYS, name


@pytest.mark.parametrize("machine", MACHINES)
def test_everything_else_is_allowed(machine):
    numbers = numbers_on(machine)
    refused = {numbers[name] for group in (*REFUSED.values(), UNKNOWN) for name in group}
    judged = {numbers[name] for name in ("socket", "socketpair", "personality", "ioprio_set")}
    others = set(range(NEWEST + 1)) - refused - judged
    assert {judge(machine, number) for number in others} == {ALLOW}
    assert len(others) > 360


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("name", "arguments", "verdict"),
    [
        ("clone", (17,), ALLOW),
        ("clone", (THREAD,), ALLOW),
        *[("clone", (17 | 1 << bit,), EPERM) for bit in (17, 25, 26, 27, 28, 29, 30)],
        ("ioctl", (0, 0x5401), ALLOW),  # TCGETS
        ("ioctl", (0, 0xC00846D6), ALLOW),  # one of NVIDIA's
        ("ioctl", (0, 0x5412), EPERM),
        ("ioctl", (0, 0x5412 | 1 << 32), EPERM),  # the kernel reads 32 bits of it
        ("ioctl", (0, 0x541C), EPERM),
        ("ioctl", (0, 0x5423), EPERM),
        ("socket", (1, 1, 0), ALLOW),
        ("socket", (2, 1, 0), UNREACHABLE),
        ("socket", (2 | 1 << 32, 1, 0), UNREACHABLE),
        ("socket", (10, 1, 0), UNREACHABLE),
        ("socket", (16, 3, 0), UNREACHABLE),
        ("socket", (38, 5, 0), UNREACHABLE),
        ("socketpair", (1, 1, 0), ALLOW),
        ("socketpair", (30, 1, 0), UNREACHABLE),
        ("personality", (0xFFFFFFFF,), ALLOW),
        ("personality", (0x0040000,), EPERM),
        ("prlimit64", (0, 7), ALLOW),
        ("prlimit64", (1, 7), EPERM),
        ("sched_setscheduler", (0, 5), ALLOW),
        ("sched_setscheduler", (1, 5), EPERM),
        ("setpriority", (0, 0, 5), ALLOW),
        ("setpriority", (0, 1, 5), EPERM),
        ("setpriority", (2, 0, 5), EPERM),
        ("ioprio_set", (1, 0, 5), ALLOW),
        ("ioprio_set", (1, 1, 5), EPERM),
        ("ioprio_set", (3, 0, 5), EPERM),
    ],
)
def test_some_calls_are_judged_by_an_argument(machine, name, arguments, verdict):
    assert judge(machine, numbers_on(machine)[name], *arguments) == verdict


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_of_another_processor_do_not_slip_through(machine):
    other = next(word for name, word in ARCHITECTURES.items() if name != machine)
    for architecture in (other, 0x40000003, 0):  # 0x40000003: 32-bit code on x86-64
        assert judge(machine, 0, architecture=architecture) == KILL_PROCESS


def test_the_second_table_of_x86_64_is_refused():
    assert judge("x86_64", 0x40000000) == EPERM
    assert judge("x86_64", 0x40000000 | 101) == EPERM
    assert judge("x86_64", 0xFFFFFFFF) == EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_a_call_newer_than_the_list_is_not_there(machine):
    assert judge(machine, NEWEST) == ALLOW
    assert judge(machine, NEWEST + 1) == ENOSYS


PROBE = """
import ctypes, errno, os

def attempt(number, arguments):
    \"\"\"The error of one system call, made by a process of its own; 0 for none.\"\"\"
    libc = ctypes.CDLL(None, use_errno=True)
    parent, (read, write) = os.getpid(), os.pipe()
    child = os.fork()
    if child == 0:
        result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
        if os.getppid() == parent:  # not in a child that the call itself has made
            os.write(write, bytes([ctypes.get_errno() if result == -1 else 0]))
        os._exit(0)
    os.close(write)
    error = os.read(read, 1)
    os.close(read)
    os.waitpid(child, 0)
    return error[0]

def attempts(calls):
    return [attempt(number, arguments) for number, arguments in calls]

def work():
    \"\"\"What the filter must leave alone.\"\"\"
    import socket, subprocess, tempfile, threading, torch
    done = [subprocess.run(["/bin/echo", "a"], capture_output=True, text=True).stdout]
    thread = threading.Thread(target=done.append, args=("b",))
    thread.start()
    thread.join()
    door = socket.socket(socket.AF_UNIX)
    door.bind(tempfile.mkdtemp() + "/door")
    with socket.socketpair()[0], tempfile.TemporaryFile() as file:
        file.write(bytes(10))
    torch.set_num_threads(2)
    data = torch.utils.data.DataLoader(list(range(4)), batch_size=2, num_workers=1)
    done.append([x.sum().item() for x in data])
    done.append(float((torch.ones(300, 300) @ torch.ones(300, 300))[0, 0]))
    os.nice(1)
    os.kill(os.getpid(), 0)
    return done
"""
# Calls with other arguments than -1, which would be refused for what they are; all are harmless where they are granted.
ARGUMENTS = {
    "unshare": (NEW_USER,),
    "ptrace": (0,),  # PTRACE_TRACEME
    "userfaultfd": (0,),
    "kcmp": (0, 0, 0),
    "clone": (NEW_USER | 17, 0, 0, 0, 0),
    "ioctl": (0, 0x5412),
    "socket": (2, 1, 0),
    "socketpair": (2, 1, 0),
    "personality": (0x0040000,),
    "prlimit64": (1, 4, 0, 0),  # asks for the limits of the process that watches
    "setpriority": (0, 1, 0),
    "ioprio_set": (1, 1, 0),
    "sched_setscheduler": (1, 0, 0),
    "sched_setparam": (1, 0),
    "sched_setattr": (1, 0, 0),
}
# What a process without capabilities is refused with the same word: that the filter refuses it too is seen above only.
REFUSED_ANYWAY = {
    "pivot_root", "move_mount", "open_tree", "fsopen", "fsmount", "fspick", "mount_setattr", "fanotify_init", "acct",
    "swapon", "swapoff", "bpf", "perf_event_open", "userfaultfd", "init_module", "finit_module", "delete_module",
    "kexec_load", "kexec_file_load", "reboot", "syslog", "vhangup", "lookup_dcookie", "sethostname", "setdomainname",
    "setpriority", "ioprio_set",
}  # fmt: skip
JUDGED = ("clone", "ioctl", "socket", "socketpair", "personality", "prlimit64", "setpriority", "ioprio_set",
          "sched_setscheduler", "sched_setparam", "sched_setattr")  # fmt: skip
NUMBERS = numbers_on(os.uname().machine)
GROUPS = {**{reason: tuple(group) for reason, group in REFUSED.items()}, "unknown": tuple(UNKNOWN), "judged": JUDGED}


def ask(pool, name: str, *arguments):
    """Call a function of PROBE in a check's process."""
    stall = pool.open_stall()
    try:
        program = Program((("knn", "knn.py", compiled(PROBE.encode(), "knn.py")),), ())
        with stall.check(program, 1) as backend:
            return backend.call(None, name, arguments, {}, False)[0]
    finally:
        stall.close()


def errors(pool, names) -> dict[str, int]:
    calls = {name: [NUMBERS[name], list(ARGUMENTS.get(name, (-1,) * 6))] for name in names if NUMBERS[name] >= 0}
    return dict(zip(calls, ask(pool, "attempts", list(calls.values())), strict=True))


@pytest.fixture(scope="module")
def filtered(course):
    with WorkerPool(best_level(), course.limits) as pool:
        pool.open_stall().close()
        yield pool


@pytest.fixture(scope="module")
def bare(course):
    """The same, started without the filter."""
    real, start = sandbox.zygote_command, "from autograder.engine.zygote import main"
    none = f"from autograder.engine import seccomp; seccomp.install = lambda: ''; {start}"

    def command(*args):
        words, folder = real(*args)
        assert start in words[-1]
        return [*words[:-1], words[-1].replace(start, none)], folder

    with WorkerPool(best_level(), course.limits) as pool:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sandbox, "zygote_command", command)
            pool.open_stall().close()
        yield pool


@pytest.mark.parametrize("group", GROUPS)
def test_a_checks_process_is_refused_what_it_would_be_granted_without_the_filter(filtered, bare, group):
    expected = {"unknown": errno.ENOSYS}.get(group, errno.EPERM)
    network = {"socket": errno.ENETUNREACH, "socketpair": errno.ENETUNREACH}
    met = errors(filtered, GROUPS[group])
    assert met == {name: network.get(name, expected) for name in met}
    without = errors(bare, GROUPS[group])
    same = {name for name in met if without[name] == met[name]}
    assert same <= REFUSED_ANYWAY, without


def test_torch_processes_threads_signals_and_local_sockets_go_on_working(filtered):
    assert ask(filtered, "work") == ["a\n", "b", [1, 5], 300.0]
