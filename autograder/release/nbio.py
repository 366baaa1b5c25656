"""Notebook nodes in and out: the few calls of nbformat (untyped) that everything here needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import nbformat as _nbformat
from nbformat import NotebookNode

__all__ = ["dump_notebook", "make_notebook", "node", "parse_notebook"]

nbformat: Any = _nbformat

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def node(data: Mapping[str, Any]) -> NotebookNode:
    """The mapping, and all mappings in it, with attribute access."""
    made: NotebookNode = nbformat.from_dict(data)
    return made


def make_notebook(cells: Sequence[Mapping[str, Any]]) -> NotebookNode:
    """A valid notebook of format 4.5 with the clean metadata that all of ours have."""
    notebook = node({"cells": list(cells), "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5})
    nbformat.validate(notebook)
    return notebook


def dump_notebook(notebook: NotebookNode) -> bytes:
    """The notebook's one and only bytes: sorted keys, one space of indent, a newline at the end."""
    return (str(nbformat.writes(notebook, indent=1, sort_keys=True)).rstrip("\n") + "\n").encode()


def parse_notebook(data: bytes) -> NotebookNode:
    """A notebook of ours, read back."""
    parsed: NotebookNode = nbformat.reads(data.decode("utf-8"), as_version=4)
    return parsed
