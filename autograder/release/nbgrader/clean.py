"""What a student's notebook may show in an instructor's browser: words, tables, pictures; nothing that runs.

nbgrader renders a submission's outputs and markdown into formgrader and into the feedback without cleaning
them, so a `<script>` in a notebook would act with the grader's rights. Everything is therefore cleaned before
it is stored: outputs keep plain text, harmless table markup and real PNG, JPEG and GIF pictures, within a
bounded size; markdown keeps its words and its mathematics, but no raw HTML and no link other than to the web.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

import bleach  # type: ignore[import-untyped]

from autograder.engine.results import storable

__all__ = ["Budget", "bounded", "clean_attachments", "clean_html", "clean_markdown", "clean_outputs"]

TEXT_CHARS = 20_000  # of one output
MAX_TAGS = 4_000  # of one output; a table of 60 rows and 20 columns has 2,600
IMAGE_BYTES = 2 * 1024 * 1024  # of one picture
TOTAL_BYTES = 12 * 1024 * 1024  # of all outputs of a notebook
OUTPUTS_PER_CELL = 60
SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}
TABLE_TAGS = ("table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption")
TEXT_TAGS = ("p", "br", "hr", "pre", "code", "b", "i", "em", "strong", "sub", "sup", "ul", "ol", "li", "div")
TAGS = frozenset((*TABLE_TAGS, *TEXT_TAGS, "span", "h1", "h2", "h3", "h4", "h5", "h6"))
WEB = re.compile(r"https?://|mailto:|#|attachment:|data:image/(png|jpeg|gif);base64,", re.IGNORECASE)


class Budget:
    """Bytes that the outputs of one notebook may still take."""

    def __init__(self, left: int = TOTAL_BYTES) -> None:
        self.left = left

    def take(self, size: int) -> bool:
        if size > self.left:
            return False
        self.left -= size
        return True


def bounded(value: Any, limit: int = TEXT_CHARS) -> str:
    """A notebook's string, or list of strings, as one string of at most `limit` characters and a note."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    text = storable(value)
    return text if len(text) <= limit else f"{text[:limit]}\n... {len(text) - limit} more characters left out"


def clean_html(text: str) -> str:
    """HTML with plain markup only: no attribute, no style, no script, no link; empty with more than MAX_TAGS tags.

    What is nested deeply takes time that grows with the square of the depth.
    """
    if text.count("<") > MAX_TAGS:
        return ""
    text = re.sub(r"<(script|style)\b.*?(</\1\s*>|\Z)", "", text, flags=re.IGNORECASE | re.DOTALL)
    return str(bleach.clean(text, tags=TAGS, attributes={}, strip=True, strip_comments=True))


def clean_markdown(text: str) -> str:
    """Markdown in which no HTML can begin and no link leads anywhere but to the web; mathematics stays.

    >>> clean_markdown("If $a<b$ then <img onerror=x>, see [here](javascript:x)")
    'If $a< b$ then < img onerror=x>, see [here](#)'
    """
    text = re.sub(r"<(?=[A-Za-z/!?])", "< ", text)
    return re.sub(r"(\](?:\(|:)\s*)(\S+?)(?=[\s)]|$)", _web_only, text)


def _web_only(match: re.Match[str]) -> str:
    return match.group(0) if WEB.match(match.group(2)) else match.group(1) + "#"


def clean_outputs(outputs: Any, budget: Budget) -> list[dict[str, Any]]:
    """A code cell's outputs, each of them rebuilt from the parts that are known to be harmless."""
    if not isinstance(outputs, list):
        return []
    cleaned = [_output(o, budget) for o in outputs[:OUTPUTS_PER_CELL] if isinstance(o, Mapping)]
    if len(outputs) > OUTPUTS_PER_CELL:
        cleaned.append(_note(f"{len(outputs) - OUTPUTS_PER_CELL} more outputs left out"))
    return [o for o in cleaned if o is not None]


def clean_attachments(attachments: Any, budget: Budget) -> dict[str, dict[str, str]]:
    """The pictures that a markdown cell carries, by plain file names."""
    kept: dict[str, dict[str, str]] = {}
    for name, bundle in attachments.items() if isinstance(attachments, Mapping) else ():
        images = _images(bundle, budget) if isinstance(bundle, Mapping) else {}
        if images and re.fullmatch(r"[\w .-]{1,100}", name):
            kept[name] = images
    return kept


def _output(output: Mapping[str, Any], budget: Budget) -> dict[str, Any] | None:
    kind = output.get("output_type")
    made: dict[str, Any]
    if kind == "stream":
        made = _stream(bounded(output.get("text")), "stderr" if output.get("name") == "stderr" else "stdout")
    elif kind == "error":
        lines = output.get("traceback")
        lines = [bounded(line, 2000) for line in lines[:100]] if isinstance(lines, list) else []
        name, value = bounded(output.get("ename"), 200), bounded(output.get("evalue"), 2000)
        made = {"output_type": "error", "ename": name, "evalue": value, "traceback": lines}
    elif kind in ("display_data", "execute_result"):
        data = output.get("data")
        shown = _bundle(data, budget) if isinstance(data, Mapping) else {}
        if not shown:
            return None
        made = {"output_type": "display_data", "data": shown, "metadata": {}}
    else:
        return None
    words = (made.get("text"), made.get("traceback"), made.get("data", {}).get("text/html"))
    return (
        made
        if budget.take(sum(len(str(w)) for w in words if w))
        else _note("output left out: this notebook's outputs are too large")
    )


def _bundle(data: Mapping[str, Any], budget: Budget) -> dict[str, str]:
    shown: dict[str, str] = _images(data, budget)
    plain = bounded(data.get("text/plain"))
    if shown:
        return shown | ({"text/plain": plain} if plain else {})
    html = data.get("text/html")
    if html is not None and (text := clean_html(bounded(html, 4 * TEXT_CHARS))).strip():
        shown["text/html"] = text
    if plain:
        shown["text/plain"] = plain
    if not shown and data:
        shown["text/plain"] = f"[an output of type {', '.join(bounded(k, 60) for k in list(data)[:3])}, not shown]"
    return shown


def _images(data: Mapping[str, Any], budget: Budget) -> dict[str, str]:
    for kind, signature in SIGNATURES.items():
        text = bounded(data.get(kind), 2 * IMAGE_BYTES)
        if not text:
            continue
        try:
            raw = base64.b64decode(re.sub(r"\s", "", text), validate=True)
        except (binascii.Error, ValueError):
            continue
        if raw.startswith(signature) and len(raw) <= IMAGE_BYTES and budget.take(len(raw)):
            return {kind: base64.b64encode(raw).decode()}
    return {}


def _stream(text: str, name: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def _note(text: str) -> dict[str, Any]:
    return _stream(f"[{text}]\n", "stdout")
