"""One question's findings as a fragment of HTML, shown by nbgrader below the question's check cell.

It names each check, what was seen and the likely mistake. It holds no code and no input of a check. Styles
are inline and take the page's own text colour, since the page around it is not ours.
"""

from __future__ import annotations

from autograder.engine.results import CheckResult, QuestionResult
from autograder.reports.words import MANY, OUTCOME_WORDS, escape, likely_mistakes, points, stopped_together

__all__ = ["question_card"]

GREEN, RED, GREY = "#1a7f5a", "#b3432b", "#6b7280"


def question_card(question: QuestionResult) -> str:
    """The fragment, one `<div>`: title and points, the checks that did not pass, then the others."""
    passed = [c for c in question.checks if c.passed]
    others = stopped_together(question.checks)
    whole = not others and bool(passed)
    colour = GREEN if whole else (GREY if question.points else RED)
    head = (
        f'<div style="font-weight:600">{escape(question.id, 200)}'
        f'<span style="float:right">{points(question.points)} / {points(question.max_points)}</span></div>'
    )
    mistakes = "".join(
        f'<div style="margin-top:.5em"><b>Likely mistake:</b> {escape(m, 1000)}</div>'
        for m in likely_mistakes(question)[:3]
    )
    body = mistakes + "".join(map(_lines, others))
    if passed:
        titles = "; ".join(escape(c.title, 300) for c in passed)
        body += f'<div style="margin-top:.5em;opacity:.75">{len(passed)} passed: {titles}</div>'
    return (
        '<div class="deeprob-card" style="border:1px solid rgba(128,128,128,.35);'
        f"border-left:4px solid {colour};border-radius:4px;padding:.6em .9em;margin:.3em 0;"
        'font-family:sans-serif;line-height:1.45">'
        f"{head}{body}</div>"
    )


def _lines(checks: list[CheckResult]) -> str:
    """Checks that stopped for the same reason: their titles, and the reason once."""
    first = checks[0]
    words = f"{OUTCOME_WORDS[first.outcome]}"
    if first.outcome == "blocked":
        titles = "; ".join(escape(c.title, 300) for c in checks)
        return f'<div style="margin-top:.5em;opacity:.75">{len(checks)} {words}: {titles}</div>'
    mark = f'<span style="color:{RED}">&#10007;</span>'
    message = f'<div style="margin-left:1.2em;white-space:pre-wrap">{escape(first.message)}</div>'
    if len(checks) >= MANY:
        titles = "; ".join(f"{escape(c.title, 300)}{_hidden(c)}" for c in checks)
        return (
            f'<div style="margin-top:.5em">{mark} {len(checks)} checks: {words}</div>{message if first.message else ""}'
            f'<div style="margin-left:1.2em;opacity:.75">{titles}</div>'
        )
    lines = "".join(
        f'<div style="margin-top:.5em">{mark} {escape(c.title, 300)}{_hidden(c)}: {words}</div>' for c in checks
    )
    return lines + (message if first.message else "")


def _hidden(check: CheckResult) -> str:
    return ' <span style="opacity:.65">(hidden check)</span>' if check.visibility == "hidden" else ""
