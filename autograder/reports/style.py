"""The look of the HTML reports: one style sheet, light and dark, no file besides the page."""

from __future__ import annotations

from autograder.reports.words import escape

__all__ = ["page"]

CSS = """
:root { color-scheme: light dark; --ink:#1d2530; --soft:#5b6674; --line:#dde2e8; --paper:#fff; --wash:#f5f7f9;
  --good:#0f7b55; --bad:#b23a22; --warn:#8a6100; --bar:#2f6fb2; }
@media (prefers-color-scheme: dark) { :root { --ink:#e6eaef; --soft:#9aa6b4; --line:#323a44; --paper:#15191e;
  --wash:#1d2329; --good:#4cc295; --bad:#f0886e; --warn:#e0b34d; --bar:#6ba6e6; } }
* { box-sizing: border-box }
body { margin:0; background:var(--paper); color:var(--ink); font:16px/1.5 system-ui, sans-serif }
main { max-width:72rem; margin:0 auto; padding:2rem 1.25rem 4rem }
h1 { font-size:1.5rem; margin:0 0 .25rem } h2 { font-size:1.1rem; margin:2.25rem 0 .75rem }
a { color:inherit } p { margin:.4rem 0 } .soft { color:var(--soft) } .right { float:right }
.good { color:var(--good) } .bad { color:var(--bad) } .warn { color:var(--warn) }
.tiles { display:flex; flex-wrap:wrap; gap:.75rem; margin:1.25rem 0 }
.tile { background:var(--wash); border:1px solid var(--line); border-radius:8px; padding:.7rem 1rem; min-width:8rem }
.tile b { display:block; font-size:1.35rem; font-variant-numeric:tabular-nums }
.scroll { overflow-x:auto }
table { border-collapse:collapse; width:100%; font-size:.92rem; font-variant-numeric:tabular-nums }
th, td { text-align:left; padding:.4rem .6rem; border-bottom:1px solid var(--line); vertical-align:top }
th { color:var(--soft); font-weight:600 } td.n, th.n { text-align:right; white-space:nowrap }
.bar { background:var(--line); border-radius:4px; height:.55rem; min-width:6rem; overflow:hidden;
  margin-top:.45rem }
.bar i { display:block; height:100%; background:var(--bar) }
.question { border:1px solid var(--line); border-left:4px solid var(--soft); border-radius:8px; padding:.8rem 1rem;
  margin:.8rem 0 } .question.whole { border-left-color:var(--good) } .question.none { border-left-color:var(--bad) }
.question h3 { font-size:1rem; margin:0 } .check { margin:.6rem 0 0 }
p.message { margin:.15rem 0 0 1.4rem; white-space:pre-wrap; overflow-wrap:anywhere }
.mark { display:inline-block; width:1.4rem }
.tag { border:1px solid var(--line); border-radius:4px; padding:0 .35rem; font-size:.78rem; color:var(--soft) }
code { font-size:.9em; overflow-wrap:anywhere } footer { margin-top:3rem; color:var(--soft); font-size:.85rem }
@media (min-width:48rem) { td code { white-space:nowrap } }
@media print { .question, tr { break-inside:avoid } }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(title: str, body: str) -> str:
    """A whole page: nothing is loaded from elsewhere, and nothing in it could run."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title, 200)}</title>\n<style>{CSS}</style>\n</head>\n"
        f"<body><main>\n{body}\n</main></body>\n</html>\n"
    )
