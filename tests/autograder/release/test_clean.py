"""What a student put into a notebook shows its words and pictures in a browser, and does nothing."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from autograder.release.nbgrader.clean import (
    TEXT_CHARS,
    Budget,
    bounded,
    clean_attachments,
    clean_html,
    clean_markdown,
    clean_outputs,
)

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(100)).decode()


def one(output: dict[str, Any]) -> dict[str, Any]:
    (cleaned,) = clean_outputs([output], Budget())
    return cleaned


def shown(data: dict[str, Any]) -> dict[str, Any]:
    return one({"output_type": "display_data", "data": data, "metadata": {"isolated": True}})["data"]


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<SCRIPT/x>alert(1)</SCRIPT>",
        "<scr<script>ipt>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<svg/onload=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<style>@import 'http://x'</style>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<!--><script>alert(1)</script>-->",
        "<details open ontoggle=alert(1)>",
        "<form action=javascript:alert(1)><button>x",
    ],
)
def test_no_attack_survives_in_html_or_markdown(attack: str) -> None:
    html = clean_html(f"<table><tr><td>{attack}</td></tr></table>")
    rendered = markdown2html_mistune(clean_markdown(f"before {attack} after\n\n{attack}\n"))
    for text in (html.lower(), rendered.lower()):
        for tag in ("<script", "<img", "<svg", "<iframe", "<style", "<math", "<form", "<details", "<!--"):
            assert tag not in text
        assert 'href="javascript' not in text
    assert "onerror=" not in html


@pytest.mark.parametrize(
    "link",
    [
        "[x](javascript:alert(1))",
        "[x]( JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x][y]\n\n[y]: javascript:alert(1)",
        "![x](file:///etc/passwd)",
        "<javascript:alert(1)>",
    ],
)
def test_links_lead_to_the_web_or_nowhere(link: str) -> None:
    rendered = markdown2html_mistune(clean_markdown(link)).lower()
    for scheme in ("javascript", "data:text", "vbscript", "file:"):
        assert f'href="{scheme}' not in rendered
        assert f'src="{scheme}' not in rendered


def test_words_mathematics_links_and_pictures_stay() -> None:
    text = f"So $x<y$, **bold**, see [docs](https://pytorch.org) and ![p](data:image/png;base64,{PNG})"
    cleaned = clean_markdown(text)
    assert cleaned == text.replace("$x<y$", "$x< y$")
    assert clean_markdown("a < b and 3 <= 4") == "a < b and 3 <= 4"


def test_tables_stay_without_attributes() -> None:
    html = '<table border="1" class="dataframe"><tr onclick="x"><th style="a">k</th><td>5</td></tr></table>'
    assert clean_html(html) == "<table><tbody><tr><th>k</th><td>5</td></tr></tbody></table>"


def test_what_has_too_many_tags_shows_its_plain_text() -> None:
    """Deep nesting takes the cleaner time that grows with its square."""
    rows = "<tr>" + "<td>1</td>" * 20 + "</tr>"
    assert clean_html(f"<table>{rows * 60}</table>").count("<td>") == 1200
    nested = {"output_type": "display_data", "data": {"text/html": "<b><i>" * 170_000, "text/plain": "a table"}}
    (shown,) = clean_outputs([nested], Budget())
    assert shown["data"] == {"text/plain": "a table"}


def test_a_picture_stays_and_text_that_claims_to_be_one_does_not() -> None:
    assert shown({"image/png": PNG, "text/plain": "<Figure>"}) == {"image/png": PNG, "text/plain": "<Figure>"}
    fake = base64.b64encode(b'"><script>alert(1)</script>').decode()
    assert shown({"image/png": fake, "text/plain": "p"}) == {"text/plain": "p"}
    assert shown({"image/png": '"><script>', "text/plain": "p"}) == {"text/plain": "p"}


@pytest.mark.parametrize(
    "kind",
    ["application/javascript", "image/svg+xml", "text/latex", "application/vnd.jupyter.widget-view+json"],
)
def test_what_could_run_is_only_named(kind: str) -> None:
    assert shown({kind: "<script>alert(1)</script>"}) == {"text/plain": f"[an output of type {kind}, not shown]"}


def test_an_execute_result_cannot_pass_for_a_score() -> None:
    output = one({"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": "12.0"}})
    assert output["output_type"] == "display_data"


def test_output_is_bounded() -> None:
    long = one({"output_type": "stream", "name": "stdout", "text": "x" * 10**6})
    assert len(long["text"]) < TEXT_CHARS + 100
    assert "980000 more characters left out" in long["text"]
    many = clean_outputs([{"output_type": "stream", "text": "x"}] * 500, Budget())
    assert len(many) == 61
    assert "440 more outputs" in many[-1]["text"]
    spent = clean_outputs([{"output_type": "stream", "text": "x" * 1000}] * 3, Budget(2500))
    assert "too large" in spent[-1]["text"]


@pytest.mark.parametrize(
    "junk", [None, 3, "x", [1, None], [{"output_type": []}], [{"output_type": "stream", "text": 5}]]
)
def test_junk_in_place_of_outputs_is_no_error(junk: object) -> None:
    assert all(isinstance(o, dict) for o in clean_outputs(junk, Budget()))


def test_attachments_are_pictures_with_plain_names() -> None:
    given = {"a.png": {"image/png": PNG}, '"><b>.png': {"image/png": PNG}, "b.png": {"text/html": "<script>"}, "c": 1}
    assert clean_attachments(given, Budget()) == {"a.png": {"image/png": PNG}}


def test_lone_surrogates_do_not_break_anything() -> None:
    assert bounded("a\ud800b") == "a?b"
