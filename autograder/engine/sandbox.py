"""Where the student's code runs: isolation levels, and the limits of one check.

    bubblewrap  no network, no other processes, read-only system of the few folders that Python needs, private /tmp of
                bounded size, empty environment, no capabilities
    process     a process of its own with the same limits; the file system and the network are those of the user
    none        the grader's own process, as in a notebook; only for one's own code

The first two use process namespaces where the kernel grants them. docs/threat_model.md says what each level holds.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from autograder.engine.errors import UsageError

__all__ = [
    "LEVELS",
    "apply_limits",
    "best_level",
    "harden",
    "kill_everything_else",
    "resolve_level",
    "zygote_command",
]

LEVELS = ("auto", "bubblewrap", "process", "none")
TMP_BYTES = 256 << 20
KIT = Path(__file__).resolve().parent.parent.parent
SANDBOXED_KIT = "/sandbox/deeprob-kit"  # where the worker finds the engine

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = 0x20000, 0x08000000, 0x10000000, 0x20000000
MNT_DETACH, NOSUID_NODEV = 2, 6
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER = 1, 4, 38, 36


@cache
def bubblewrap_problem() -> str:
    """Why bubblewrap cannot be used here; empty when it can."""
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap is not installed (Debian, Ubuntu: apt-get install bubblewrap)"
    probe = [program, "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    try:
        done = subprocess.run(probe, capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as e:
        return f"bubblewrap does not start: {e}"
    if done.returncode:
        return "bubblewrap cannot make namespaces here: " + done.stderr.decode(errors="replace").strip()[:200]
    return ""


def best_level() -> str:
    return "process" if bubblewrap_problem() else "bubblewrap"


def resolve_level(level: str) -> str:
    """The level that `auto` stands for here, or `level` itself where it can be had.

    Raises:
        UsageError: an unknown level, or bubblewrap where it does not work.
    """
    if level not in LEVELS:
        raise UsageError(f"unknown sandbox {level!r}; expected one of {', '.join(LEVELS)}")
    if level == "auto":
        return best_level()
    if level == "bubblewrap" and bubblewrap_problem():
        raise UsageError(f"--sandbox bubblewrap: {bubblewrap_problem()}")
    return level


def zygote_command(level: str, control: int, cuda: bool = False) -> tuple[list[str], str]:
    """(the command that starts a zygote on the socket `control`, the folder to remove after it or "")."""
    folder = "" if level == "bubblewrap" else tempfile.mkdtemp(prefix="deeprob-")
    kit = SANDBOXED_KIT if level == "bubblewrap" else str(KIT)
    start = f"import sys; sys.path.insert(0, {kit!r}); from autograder.engine.zygote import main; main({control})"
    python = [sys.executable, "-I", "-B", "-c", start]
    return (_bubblewrap(cuda) + python if level == "bubblewrap" else python), folder


def environment(folder: str) -> dict[str, str]:
    """The environment of the student's code: nothing of the grader's."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": folder or "/tmp",
        "TMPDIR": folder or "/tmp",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "MPLCONFIGDIR": folder or "/tmp",
    }


def _bubblewrap(cuda: bool) -> list[str]:
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session"]
    command += ["--cap-drop", "ALL", "--uid", "1000", "--gid", "1000"]
    for place in ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/ld.so.conf"):
        if os.path.islink(place):
            command += ["--symlink", os.readlink(place), place]
        elif os.path.exists(place):
            command += ["--ro-bind", place, place]
    command += ["--proc", "/proc", "--dev", "/dev"]
    for place in ("/tmp", "/dev/shm"):
        command += ["--size", str(TMP_BYTES), "--tmpfs", place]
    if cuda:
        for device in sorted(Path("/dev").glob("nvidia*")):
            command += ["--dev-bind", str(device), str(device)]
        command += ["--ro-bind", "/sys", "/sys"]
    bound = ["/usr"]
    for place in sorted({sys.prefix, sys.base_prefix, sys.exec_prefix, str(Path(sys.executable).parent)}):
        if not place.startswith("/usr/") and place != "/usr":
            command += ["--ro-bind", place, place]
            bound.append(place)
    if any(KIT.is_relative_to(place) for place in bound):  # the kit is installed among the packages: hide it there
        command += ["--tmpfs", str(KIT / "autograder")]
    for part in ("deeprob", "autograder/__init__.py", "autograder/engine"):
        command += ["--ro-bind", str(KIT / part), f"{SANDBOXED_KIT}/{part}"]
    return [*command, "--remount-ro", "/", "--chdir", "/tmp", "--"]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def enter_namespaces() -> bool:
    """Give this process's future children user, process, mount and IPC namespaces, where the kernel lets us."""
    if sys.platform != "linux":
        return False
    libc = _libc()
    uid, gid = os.getuid(), os.getgid()
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # the maps below belong to root otherwise
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNS) != 0:
        return False
    try:
        for name, text in (("setgroups", "deny"), ("gid_map", f"{gid} {gid} 1"), ("uid_map", f"{uid} {uid} 1")):
            Path(f"/proc/self/{name}").write_text(text)
    except OSError:
        pass  # namespaces without a name for this user: files cannot be made in them, so /tmp stays the shared one
    return True


def mount_own_proc() -> None:
    """In a new process namespace, show only its own processes in /proc, where the kernel lets us."""
    libc = _libc()
    private = (1 << 14) | (1 << 18)  # MS_REC | MS_PRIVATE
    libc.mount(b"none", b"/", None, private, None)
    libc.mount(b"proc", b"/proc", b"proc", NOSUID_NODEV | 8, None)  # MS_NOEXEC


def mount_fresh_tmp(folders: tuple[str, ...]) -> bool:
    """Put an empty file system of bounded size over each folder; needs namespaces and the rights in them."""
    libc = _libc()
    for folder in folders:
        name = folder.encode()
        libc.umount2(name, MNT_DETACH)
        if libc.mount(b"tmpfs", name, b"tmpfs", NOSUID_NODEV, f"size={TMP_BYTES},mode=700".encode()) != 0:
            return False
    return True


def die_with_parent() -> None:
    if sys.platform == "linux":
        _libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def harden() -> None:
    """No new privileges, no tracing of this process, orphans come to it, and it dies with its parent."""
    if sys.platform != "linux":
        return
    libc = _libc()
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    die_with_parent()
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def drop_capabilities() -> None:
    """Give up every right over the namespaces; none can be had again."""
    if sys.platform == "linux":
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
        _libc().capset(header, (ctypes.c_uint32 * 6)())


def apply_limits(seconds: float, memory_mib: int, file_mib: int, cuda: bool = False) -> None:
    """Limit this process and what it starts; memory is what it may take beyond what it has now.

    With CUDA, whose driver reserves far more than it uses, memory is only watched, and CPU time is not limited.
    """
    memory = (memory_mib << 20) + _data_bytes()
    limits = [
        (resource.RLIMIT_FSIZE, file_mib << 20),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ]
    if not cuda:
        limits.append((resource.RLIMIT_CPU, int(seconds * 2) + 2))
    if sys.platform == "linux" and not cuda:
        limits.append((resource.RLIMIT_DATA, memory))
    for which, value in limits:
        hard = resource.getrlimit(which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))


def _data_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    except OSError:
        return 1 << 30


def over_limit(memory_mib: int, processes: int, own_kib: int) -> str:
    """Which limit the processes below this one break together, in words; empty when none.

    RLIMIT_NPROC does not bind root, and RLIMIT_DATA binds each process alone, so the sum is watched.

    Args:
        own_kib: resident size of a process that has done nothing yet, which is shared with this one.
    """
    below = _descendants()
    if len(below) > processes:
        return f"processes over {processes}"
    pages = 0
    for pid in below:
        try:
            resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            pages += max(0, resident - own_kib * 1024 // resource.getpagesize())
        except (OSError, IndexError):
            continue
    if pages * resource.getpagesize() > memory_mib << 20:
        return f"memory over {memory_mib / 1024:g} GiB"
    return ""


def resident_kib() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024
    except OSError:
        return 0


def _numbers_in_proc() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def kill_everything_else() -> None:
    """Kill and reap every process that descends from this one, also those that left its session."""
    if os.getpid() == 1:
        while True:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return
    while children := _descendants():
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue
        reap()


def _descendants() -> list[int]:
    parent: dict[int, int] = {}
    for pid in _numbers_in_proc():
        try:
            state, above_it = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parent[pid] = int(above_it)
    me, found = int(os.readlink("/proc/self")), []  # the number that /proc knows, which may be another namespace's
    for pid in parent:
        above = pid
        while above in parent and above != me:
            above = parent[above]
        if above == me and pid != me:
            found.append(pid)
    return found


def reap() -> None:
    """Collect children that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
