"""What the kit says in a notebook: small cards, as HTML and as plain text, on light and dark pages alike.

A card has a tone (a coloured bar at its left), a title, labelled rows and a quiet last line. Everything is
escaped, needs no JavaScript, and inherits the page's own text colour. `show` displays it; outside a
notebook it prints.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from textwrap import indent
from typing import Any, Literal

__all__ = ["Card", "Row", "Tone", "show"]

Tone = Literal["good", "bad", "todo", "info", "fault"]

# Okabe-Ito colours: told apart without red and green.
_COLOURS: dict[Tone, str] = {
    "good": "0,158,115",
    "bad": "213,94,0",
    "todo": "86,180,233",
    "info": "140,140,140",
    "fault": "204,121,167",
}
_MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:0.92em;"


@dataclass(frozen=True)
class Row:
    """A labelled line; `code` is shown in a fixed-width font."""

    label: str
    text: str
    code: bool = False


@dataclass(frozen=True)
class Card:
    """One message. `parts` are cards inside this one; `small` is the quiet last line."""

    tone: Tone
    title: str
    rows: tuple[Row, ...] = ()
    parts: tuple[Card, ...] = field(default=())
    small: str = ""

    @property
    def _one_line(self) -> bool:
        return bool(self.title and not self.rows and not self.parts)

    def _repr_html_(self) -> str:
        rgb, block = _COLOURS[self.tone], "span" if self._one_line else "div"
        gap = "margin-left:1em;" if self._one_line else "margin-top:3px;"
        body = "".join(
            (
                f'<{block} style="font-weight:600;">{escape(self.title)}</{block}>' if self.title else "",
                _rows_html(self.rows),
                "".join(part._repr_html_() for part in self.parts),
                f'<{block} style="opacity:0.7;font-size:0.85em;{gap}">{escape(self.small)}</{block}>'
                if self.small
                else "",
            )
        )
        return (
            f'<div style="border-left:4px solid rgb({rgb});background:rgba({rgb},0.09);color:inherit;'
            f'padding:6px 12px;margin:4px 0;border-radius:3px;line-height:1.45;max-width:80em;">{body}</div>'
        )

    def __repr__(self) -> str:
        if self._one_line:
            return " · ".join(filter(None, (self.title, self.small)))
        width = max((len(row.label) for row in self.rows), default=0)
        lines = [self.title] if self.title else []
        for row in self.rows:
            first, *rest = row.text.splitlines() or [""]
            lines.append(f"  {row.label:<{width}}  {first}".rstrip())
            lines += [f"  {'':<{width}}  {line}" for line in rest]
        lines += [indent(repr(part), "  ") for part in self.parts]
        if self.small:
            lines.append(self.small)
        return "\n".join(lines)


def _rows_html(rows: tuple[Row, ...]) -> str:
    if not rows:
        return ""
    cells = []
    for row in rows:
        style = _MONO if row.code else ""
        cells.append(
            '<tr style="background:none;">'
            '<td style="text-align:left;vertical-align:top;padding:1px 14px 1px 0;opacity:0.75;'
            f'white-space:nowrap;border:none;">{escape(row.label)}</td>'
            '<td style="text-align:left;vertical-align:top;padding:1px 0;border:none;white-space:pre-wrap;'
            f'overflow-wrap:anywhere;{style}">{escape(row.text)}</td></tr>'
        )
    table = "border-collapse:collapse;border:none;margin:4px 0 2px 0;font-size:1em;color:inherit;"
    return f'<table style="{table}"><tbody>{"".join(cells)}</tbody></table>'


def show(card: Card) -> None:
    """Display the card once; outside IPython, print it."""
    import IPython

    if IPython.get_ipython() is None:
        print(card)
        return
    display: Any = IPython.display.display
    display(card)
