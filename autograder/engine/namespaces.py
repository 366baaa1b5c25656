"""What a process gives up before a student's code runs in it: sight of the others, the machine's files, every right.

Each step is taken where the kernel grants it; `isolation.describe` says which it granted.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

from autograder.engine.syscalls import libc

__all__ = [
    "die_with_parent",
    "drop_capabilities",
    "enter_namespaces",
    "harden",
    "mount_fresh_tmp",
    "mount_own_proc",
]

TMP_BYTES = 256 << 20
TMP_FILES = 16384  # each takes memory of the kernel's that its size does not tell
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = 0x20000, 0x08000000, 0x10000000, 0x20000000
MS_RDONLY, NOSUID_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 6, 8, 32, 4096, 1 << 14, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER = 1, 4, 38, 36


def enter_namespaces() -> bool:
    """Give this process's future children user, process, mount and IPC namespaces, where the kernel lets us."""
    if sys.platform != "linux":
        return False
    uid, gid = os.getuid(), os.getgid()
    libc().prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # the maps below belong to root otherwise
    if libc().unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNS) != 0:
        return False
    try:
        for name, text in (("setgroups", "deny"), ("gid_map", f"{gid} {gid} 1"), ("uid_map", f"{uid} {uid} 1")):
            Path(f"/proc/self/{name}").write_text(text)
    except OSError:
        pass  # namespaces without a name for this user: files cannot be made in them, so /tmp stays the shared one
    return True


def mount_own_proc() -> None:
    """In a new process namespace, show only its own processes in /proc and let nothing there be written, where we may.

    User 0 needs no capability to write settings of the machine in /proc/sys, and a grader run by root is user 0.
    """
    libc().mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    libc().mount(b"proc", b"/proc", b"proc", NOSUID_NODEV | MS_NOEXEC, None)
    libc().mount(b"none", b"/proc", None, MS_REMOUNT | MS_BIND | MS_RDONLY | NOSUID_NODEV | MS_NOEXEC, None)


def mount_fresh_tmp(folders: tuple[str, ...]) -> bool:
    """Put an empty file system of bounded size over each folder; needs namespaces and the rights in them."""
    options = f"size={TMP_BYTES},nr_inodes={TMP_FILES},mode=700".encode()
    for folder in folders:
        name = folder.encode()
        libc().umount2(name, MNT_DETACH)
        if libc().mount(b"tmpfs", name, b"tmpfs", NOSUID_NODEV, options) != 0:
            return False
    return True


def die_with_parent() -> None:
    if sys.platform == "linux":
        libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def harden() -> None:
    """No new privileges, no tracing of this process, orphans come to it, and it dies with its parent."""
    if sys.platform != "linux":
        return
    libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    die_with_parent()
    libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc().prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def drop_capabilities() -> None:
    """Give up every right over the namespaces; none can be had again."""
    if sys.platform == "linux":
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
        libc().capset(header, (ctypes.c_uint32 * 6)())
