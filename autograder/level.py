"""Which sandbox may grade whose work: a weak one only when it is asked for by name."""

from __future__ import annotations

from autograder.engine.errors import UsageError
from autograder.engine.sandbox import bubblewrap_problem, resolve_level

__all__ = ["allowed_level"]


def allowed_level(sandbox: str, own: bool = False) -> str:
    """The sandbox's level, for other people's work or for `reference` and `skeleton` alone.

    Raises:
        UsageError: none at all for other people's work, or a weak one that was not asked for by name.
    """
    level = resolve_level(sandbox)
    if own:
        return level
    if level == "none":
        raise UsageError("--sandbox none runs code in the grader itself: only for reference and skeleton")
    if sandbox == "auto" and level != "bubblewrap":
        raise UsageError(
            f"{bubblewrap_problem()}. Without it students' code can read your files and use the network; "
            "to grade all the same, say so: --sandbox process (nbgrader_config.py: c.ShowFindings.sandbox)"
        )
    return level
