"""What is filled into a notebook's text: words in double braces, the Colab badge, pictures.

A picture becomes a data URI: it then shows in Jupyter, Colab, on GitHub and in feedback, offline too, and the
notebook stays one file.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from autograder.engine.errors import UsageError

__all__ = ["Notebook", "fill_in", "put_in_pictures"]

PICTURE_BYTES = 300_000
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


def put_in_pictures(source: str, folder: Path, where: str) -> str:
    """Markdown with `![alt](images/name.png)` replaced by the picture itself, from `folder/images`."""

    def picture(match: re.Match[str]) -> str:
        path = folder / "images" / match.group(2)
        kind = "jpeg" if path.suffix in (".jpg", ".jpeg") else "png"
        if not path.is_file():
            raise UsageError(f"{where}: there is no picture images/{path.name}")
        data = path.read_bytes()
        if len(data) > PICTURE_BYTES:
            raise UsageError(f"{where}: images/{path.name} has {len(data)} bytes, at most {PICTURE_BYTES} are taken")
        return f"{match.group(1)}(data:image/{kind};base64,{base64.b64encode(data).decode()})"

    return re.sub(r"(!\[[^\]]*\])\(images/([\w-]+\.(?:png|jpe?g))\)", picture, source)
