"""Whether a file that this Python cannot read is one that a newer Python can.

A student on Python 3.13 may write f"{row["loss"]}", which Python 3.11 takes for a syntax error. That is no mistake of
the student's, so it must never become a zero: the grader says that it is too old for this file.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import lru_cache

__all__ = ["newer_python"]

NEWEST = 20
LONGEST = 2000  # of a line; a search takes as long as its square
ASK = """
import sys
try:
    compile(sys.stdin.buffer.read(), "file", "exec", dont_inherit=True)
    print("yes")
except SyntaxError:
    print("no")
"""
NEW_IN_3_12 = re.compile(r"f-string: (unmatched|expecting '}')|f-string expression part cannot include")
OPEN_IN_F_STRING = re.compile(r"\b[rR]?[fF][rR]?(\"[^\"]*|'[^']*)\{[^}]*$")
NEW_STATEMENTS = (
    ((3, 12), re.compile(r"\s*(type\s+\w+\s*(\[.*)?=|(async\s+)?(def|class)\s+\w+\s*\[)")),
    ((3, 14), re.compile(r"\s*except\s+[\w.]+\s*,|.*\b[rR]?[tT][rR]?[\"']")),
)


def newer_python(source: bytes, error: SyntaxError, version: tuple[int, int] = sys.version_info[:2]) -> str:
    """Which Python reads a file that this one does not: `Python 3.13`, or `a newer Python` where none can be asked.

    Args:
        source: the file.
        error: what this Python says of it.
        version: of this Python.

    Returns:
        An empty string where the error is one in any Python.
    """
    for minor in range(version[1] + 1, NEWEST):
        answer = _asked(f"python3.{minor}", source)
        if answer == "yes":
            return f"Python 3.{minor}"
        if answer == "no" and minor >= 14:  # knows all that is listed here
            return ""
    return "a newer Python" if _looks_newer(error, version) else ""


@lru_cache(maxsize=32)
def _asked(name: str, source: bytes) -> str:
    """`yes` or `no` from another interpreter of this machine, which compiles and runs nothing; empty without one."""
    program = shutil.which(name)
    if program is None:
        return ""
    try:
        asked = subprocess.run([program, "-I", "-S", "-c", ASK], input=source, capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.decode("ascii", "replace").strip() if asked.returncode == 0 else ""


def _looks_newer(error: SyntaxError, version: tuple[int, int]) -> bool:
    """Whether the line of the error uses syntax that came after this Python."""
    line = (error.text or "").rstrip("\n")
    if version < (3, 12):
        if NEW_IN_3_12.match(error.msg):
            return True
        if error.msg.startswith("unterminated string literal") and OPEN_IN_F_STRING.search(line[-LONGEST:]):
            return True
    return any(version < since and statement.match(line) for since, statement in NEW_STATEMENTS)
