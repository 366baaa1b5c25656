"""System calls that no exercise needs: their numbers on each processor, and libc to make one.

The numbers are those of the kernel's own tables (arch/x86/entry/syscalls/syscall_64.tbl,
include/uapi/asm-generic/unistd.h) and never change. Where a processor has no such call, the number is -1.
"""

from __future__ import annotations

import ctypes
from functools import cache

__all__ = ["ARCHITECTURES", "CONDITIONAL", "NEWEST", "REFUSED", "UNKNOWN", "libc", "numbers_on"]

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_*: what the kernel calls them in a filter
NEWEST = 462  # mseal, Linux 6.10: a call above it is newer than this list

# What is refused, by reason.
REFUSED = {
    "another process's memory, descriptors and pages": {
        "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
        "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "process_mrelease": (448, 448),
        "migrate_pages": (256, 238), "move_pages": (279, 239), "mbind": (237, 235),
        "set_mempolicy_home_node": (450, 450),
    },
    "namespaces and mounts": {
        "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
        "chroot": (161, 51), "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430),
        "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    },
    "files past their paths, whole file systems": {
        "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "fanotify_init": (300, 262),
        "fanotify_mark": (301, 263), "quotactl": (179, 60), "quotactl_fd": (443, 443), "acct": (163, 89),
        "swapon": (167, 224), "swapoff": (168, 225), "lookup_dcookie": (212, 18), "uselib": (134, -1),
        "ustat": (136, -1), "sysfs": (139, -1),
    },
    "the kernel": {
        "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "init_module": (175, 105),
        "finit_module": (313, 273), "delete_module": (176, 106), "create_module": (174, -1),
        "get_kernel_syms": (177, -1), "query_module": (178, -1), "kexec_load": (246, 104),
        "kexec_file_load": (320, 294), "reboot": (169, 142), "syslog": (103, 116), "vhangup": (153, 58),
        "nfsservctl": (180, 42), "_sysctl": (156, -1), "lsm_set_self_attr": (460, 460),
    },
    "keys": {"keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218)},
    "clock and names": {
        "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
        "sethostname": (170, 161), "setdomainname": (171, 162),
    },
    "the processor": {"iopl": (172, -1), "ioperm": (173, -1), "modify_ldt": (154, -1)},
    # outlives its process, or is memory that no limit counts
    "shared objects": {
        "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
        "memfd_create": (319, 279), "memfd_secret": (447, 447),
    },
}  # fmt: skip

# What is said not to be there, so that libc does it another way.
UNKNOWN = {
    "clone3": (435, 435), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
}  # fmt: skip

# Calls that are judged by the low 32 bits of an argument, which is all that the kernel reads of it:
# (call, argument, how, values). "only" these values, "never" these, none of these "bits".
NAMESPACE_FLAGS = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
CONDITIONAL = (
    ("clone", 0, "bits", (NAMESPACE_FLAGS,)),
    ("ioctl", 1, "never", (0x5412, 0x541C, 0x541D, 0x5423)),  # TIOCSTI, TIOCLINUX, TIOCCONS, TIOCSETD
    ("socket", 0, "only", (1,)),  # AF_UNIX
    ("socketpair", 0, "only", (1,)),
    ("personality", 0, "only", (0xFFFFFFFF,)),  # asks what it is
    ("prlimit64", 0, "only", (0,)),  # the limits of this process, not of the one that watches it
    ("sched_setscheduler", 0, "only", (0,)),
    ("sched_setparam", 0, "only", (0,)),
    ("sched_setattr", 0, "only", (0,)),
    ("setpriority", 0, "only", (0,)),
    ("setpriority", 1, "only", (0,)),
    ("ioprio_set", 0, "only", (1,)),
    ("ioprio_set", 1, "only", (0,)),
)
OTHERS = {
    "clone": (56, 220), "ioctl": (16, 29), "socket": (41, 198), "socketpair": (53, 199), "personality": (135, 92),
    "prlimit64": (302, 261), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "setpriority": (141, 140), "ioprio_set": (251, 30), "seccomp": (317, 277),
}  # fmt: skip


@cache
def numbers_on(machine: str) -> dict[str, int]:
    """The number of every call of this module on a processor."""
    column = list(ARCHITECTURES).index(machine)
    tables = (*REFUSED.values(), UNKNOWN, OTHERS)
    return {name: numbers[column] for table in tables for name, numbers in table.items()}


@cache
def libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
