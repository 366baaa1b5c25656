"""Where the student's code runs: the levels of isolation, and the command that starts each.

    bubblewrap  no network, no other processes, read-only system of the few folders that Python needs, private /tmp of
                bounded size, empty environment, no capabilities
    process     a process of its own with the same limits; the file system and the network are those of the user
    none        the grader's own process, as in a notebook; only for one's own code

The first two use process namespaces and a filter of system calls where the kernel grants them. docs/threat_model.md
says what each level holds, `isolation.describe` what it holds on this machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from autograder.engine import cgroup
from autograder.engine.errors import UsageError
from autograder.engine.namespaces import TMP_BYTES

__all__ = ["LEVELS", "best_level", "bubblewrap_problem", "environment", "python_in", "resolve_level", "zygote_command"]

LEVELS = ("auto", "bubblewrap", "process", "none")
KIT = Path(__file__).resolve().parent.parent.parent
OF_THE_GPU = ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "LD_LIBRARY_PATH")
SANDBOXED_KIT = "/sandbox/deeprob-kit"  # where the worker finds the engine
PYTHON = sorted({sys.prefix, sys.base_prefix, sys.exec_prefix, str(Path(sys.executable).parent)})
# Where a check may write inside bubblewrap. What lies in /tmp is hidden by each check's own, and Python must not be.
SCRATCH = "/sandbox/tmp" if any(Path(place).is_relative_to("/tmp") for place in PYTHON) else "/tmp"


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
    group = None if cuda else cgroup.group()  # what a GPU's driver takes of the machine's memory is not known
    before, files = cgroup.behind(group, control) if group else ([], ())
    start = f"from autograder.engine.zygote import main; main({control}, {files})"
    return [*before, *python_in(level, start, cuda)], folder


def python_in(level: str, statement: str, cuda: bool = False) -> list[str]:
    """The command that runs a statement of Python at this level, with the engine at hand."""
    inside = level == "bubblewrap"
    start = f"import sys; sys.path.insert(0, {SANDBOXED_KIT if inside else str(KIT)!r}); {statement}"
    return [*(_bubblewrap(cuda) if inside else ()), sys.executable, "-I", "-B", "-c", start]


def environment(folder: str, cuda: bool = False) -> dict[str, str]:
    """The environment of the student's code: nothing of the grader's, but with CUDA which GPU, and where its driver is.

    Without CUDA there is no GPU: a check on the CPU finds the same machine everywhere.
    """
    gpu = {"CUDA_VISIBLE_DEVICES": ""}
    if cuda:
        gpu = {name: os.environ[name] for name in OF_THE_GPU if name in os.environ}
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": folder or SCRATCH,
        "TMPDIR": folder or SCRATCH,
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "MPLCONFIGDIR": folder or SCRATCH,
        **gpu,
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
    if os.geteuid() == 0:  # settings of the machine, which user 0 may write without a capability
        command += ["--ro-bind", "/proc/sys", "/proc/sys"]
    for place in (SCRATCH, "/dev/shm"):
        command += ["--size", str(TMP_BYTES), "--tmpfs", place]
    if cuda:
        for device in (*sorted(Path("/dev").glob("nvidia*")), Path("/dev/dxg")):  # the second is Windows' (WSL)
            command += ["--dev-bind-try", str(device), str(device)]
        command += ["--ro-bind", "/sys", "/sys"]
        for place in os.environ.get("LD_LIBRARY_PATH", "").split(":"):
            if place and not place.startswith("/usr/") and any(Path(place).glob("libcuda.so*")):
                command += ["--ro-bind", place, place]
    bound = ["/usr"]
    for place in PYTHON:
        if not place.startswith("/usr/") and place != "/usr":
            command += ["--ro-bind", place, place]
            bound.append(place)
    if any(KIT.is_relative_to(place) for place in bound):  # the kit is installed among the packages: hide it there
        command += ["--tmpfs", str(KIT / "autograder")]
    for part in ("deeprob", "autograder/__init__.py", "autograder/engine"):
        command += ["--ro-bind", str(KIT / part), f"{SANDBOXED_KIT}/{part}"]
    return [*command, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", SCRATCH, "--"]
