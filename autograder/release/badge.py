"""The words in double braces that a notebook's text may use, and the Colab badge."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autograder.engine.errors import UsageError

__all__ = ["Notebook", "fill_in"]

COLAB = "https://colab.research.google.com"


@dataclass(frozen=True)
class Notebook:
    """Where a notebook lives: repository `owner/name`, branch, assignment, path in the repository."""

    repository: str
    branch: str
    assignment: str
    notebook: str

    @property
    def badge(self) -> str:
        link = f"{COLAB}/github/{self.repository}/blob/{self.branch}/{self.notebook}"
        return f"[![Open in Colab]({COLAB}/assets/colab-badge.svg)]({link})"


def fill_in(source: str, about: Notebook, where: str) -> str:
    """`source` with `{{repository}}` and its like replaced; an unknown word is an error.

    >>> fill_in("git clone {{repository}}", Notebook("a/b", "main", "p1", "n.ipynb"), "cell 1")
    'git clone a/b'
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in ("badge", "repository", "branch", "assignment", "notebook"):
            raise UsageError(f"{where}: unknown placeholder {{{{{name}}}}}")
        return str(getattr(about, name))

    return re.sub(r"\{\{([a-z]{2,})\}\}", value, source)
