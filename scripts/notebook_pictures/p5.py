"""The pictures of the P5 notebooks."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.figure import Figure

from scripts.notebook_pictures import p5_accounting, p5_networks


def pictures() -> Iterator[tuple[str, Figure]]:
    yield from p5_accounting.pictures()
    yield from p5_networks.pictures()
