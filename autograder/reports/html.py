"""HTML for people: a page for each submission, and one for the class that says what it misunderstood."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import mean, median

from autograder.course import Assignment
from autograder.engine.results import CheckResult, QuestionResult, SubmissionResult
from autograder.reports.style import page
from autograder.reports.words import (
    MANY,
    OUTCOME_WORDS,
    escape,
    file_stem,
    likely_mistakes,
    never_run,
    percent,
    points,
    stopped_by,
    stopped_together,
)

__all__ = ["class_page", "submission_page"]


def submission_page(assignment: Assignment, result: SubmissionResult, back: str = "") -> str:
    """What one submission got and why.

    Args:
        assignment: for its title.
        result: the submission, graded.
        back: link to the class page; none on a page for the student.
    """
    passed = sum(c.passed for q in result.questions for c in q.checks)
    total = sum(len(q.checks) for q in result.questions)
    name = escape(result.submission, 200)
    parts = [
        f'<p class="soft"><a href="{escape(back)}">{escape(assignment.title, 200)}</a></p>'
        if back
        else f'<p class="soft">{escape(assignment.title, 200)}</p>',
        f"<h1>{name}</h1>",
        _tiles(
            ("points", f"{points(result.score)} / {points(result.max_score)}"),
            ("checks passed", f"{passed} / {total}"),
            ("complete questions", f"{sum(map(_whole, result.questions))} / {len(result.questions)}"),
        ),
    ]
    for exercise in dict.fromkeys(q.id.split(".")[0] for q in result.questions):
        parts.append(f"<h2>{escape(exercise, 100)}</h2>")
        parts += [_question(q) for q in result.questions if q.id.split(".")[0] == exercise]
    files = "".join(
        f"<tr><td>{escape(f.path, 200)}</td><td><code>{escape(f.sha256[:16])}</code></td></tr>" for f in result.files
    )
    parts.append(f'<h2>Graded files</h2><div class="scroll"><table>{files}</table></div>')
    parts.append(
        f"<footer>Sandbox {escape(result.sandbox, 40)}, device {escape(result.device, 40)}, seed "
        f"{escape(result.seed, 64)}, {result.seconds:.1f} s.</footer>"
    )
    return page(f"{result.submission}: {assignment.title}", "\n".join(parts))


def class_page(assignment: Assignment, results: Sequence[SubmissionResult]) -> str:
    """The class: scores, questions, and the checks and mistakes in the order of how many they stopped."""
    scores = [r.score for r in results]
    parts = [
        f"<h1>{escape(assignment.title, 200)}</h1>",
        f'<p class="soft">{escape(assignment.id, 100)}</p>',
        _tiles(
            ("submissions", str(len(results))),
            (f"mean of {points(assignment.max_score)}", points(mean(scores)) if scores else "-"),
            (f"median of {points(assignment.max_score)}", points(median(scores)) if scores else "-"),
        ),
        "<h2>What the class misunderstood</h2>",
        _mistakes(results),
        "<h2>Questions</h2>",
        _questions(assignment, results),
        "<h2>Checks that stopped most submissions</h2>",
        _checks(results),
        "<h2>Submissions</h2>",
        _submissions(results),
    ]
    return page(f"{assignment.title}: the class", "\n".join(parts))


def _question(question: QuestionResult) -> str:
    state = "whole" if _whole(question) else ("" if question.points else "none")
    mistakes = "".join(
        f'<div class="check"><p><b>Likely mistake:</b> {escape(m, 1000)}</p></div>'
        for m in likely_mistakes(question)[:3]
    )
    passed = "".join(_check(c) for c in question.checks if c.passed)
    others = "".join(map(_stopped, stopped_together(question.checks)))
    if passed:
        count = sum(c.passed for c in question.checks)
        others += f'<details class="check"><summary class="good">{count} passed</summary>{passed}</details>'
    return (
        f'<section class="question {state}"><h3><code>{escape(question.id, 200)}</code> '
        f'<span class="right">{points(question.points)} / {points(question.max_points)}</span></h3>'
        f"{mistakes}{others}</section>"
    )


def _stopped(checks: list[CheckResult]) -> str:
    """Checks that stopped for the same reason, and the reason once; those that were not run fold away."""
    if checks[0].outcome == "blocked":
        summary = f'<summary class="soft">{len(checks)} {OUTCOME_WORDS["blocked"]}</summary>'
        return f'<details class="check">{summary}{"".join(map(_check, checks))}</details>'
    message = f'<p class="message">{escape(checks[0].message)}</p>' if checks[0].message else ""
    if len(checks) >= MANY:
        head = f"{len(checks)} checks: {OUTCOME_WORDS[checks[0].outcome]}"
        titles = f'<details class="check"><summary class="bad">{head}</summary>{"".join(map(_check, checks))}</details>'
        return titles + message
    return "".join(map(_check, checks)) + message


def _check(check: CheckResult) -> str:
    tag = ' <span class="tag">hidden</span>' if check.visibility == "hidden" else ""
    mark = '<span class="mark good">&#10003;</span>' if check.passed else '<span class="mark bad">&#10007;</span>'
    outcome = "" if check.passed else f': <span class="bad">{OUTCOME_WORDS[check.outcome]}</span>'
    return f'<div class="check">{mark}{escape(check.title, 300)}{outcome}{tag}</div>'


def _mistakes(results: Sequence[SubmissionResult]) -> str:
    who: dict[tuple[str, str], list[str]] = defaultdict(list)
    for result in results:
        for question in result.questions:
            for mistake in likely_mistakes(question):
                who[question.id, mistake].append(result.submission)
    if not who:
        return '<p class="soft">No mistake was recognised.</p>'
    rows = sorted(who.items(), key=lambda item: (-len(item[1]), item[0]))[:40]
    body = "".join(
        f'<tr><td class="n">{len(names)}</td><td><code>{escape(id, 200)}</code></td>'
        f"<td>{escape(mistake, 600)}</td></tr>"
        for (id, mistake), names in rows
    )
    return _table(("n:submissions", "question", "likely mistake"), body)


def _questions(assignment: Assignment, results: Sequence[SubmissionResult]) -> str:
    earned: dict[str, list[float]] = defaultdict(list)
    attempted: Counter[str] = Counter()
    for question in (q for r in results for q in r.questions):
        earned[question.id].append(question.points)
        attempted[question.id] += any(c.outcome not in ("not_attempted", "blocked") for c in question.checks)
    rows = []
    for q in assignment.questions:
        got = earned[q.id]
        share = mean(got) / q.points if got else 0.0
        rows.append(
            f'<tr><td><code>{escape(q.id, 200)}</code></td><td class="n">{attempted[q.id]}</td>'
            f'<td class="n">{sum(p >= q.points for p in got)}</td>'
            f'<td class="n">{points(mean(got)) if got else "-"} / {points(q.points)}</td>'
            f'<td><div class="bar"><i style="width:{100 * share:.0f}%"></i></div></td></tr>'
        )
    return _table(("question", "n:attempted", "n:complete", "n:mean", ""), "".join(rows))


def _checks(results: Sequence[SubmissionResult]) -> str:
    missed: Counter[tuple[str, str, str]] = Counter()
    apart: Counter[str] = Counter()
    for result in results:
        whole = never_run(result)
        apart.update(list(whole))
        for question, check in stopped_by(result):
            if check.outcome not in ("not_attempted", "blocked") and question.id.split(".")[0] not in whole:
                missed[question.id, check.title, check.visibility] += 1
    said = ", ".join(f"<code>{escape(exercise, 100)}</code> {n}" for exercise, n in apart.items())
    note = f'<p class="soft">Not counted, since the file could not be run at all: {said}.</p>' if said else ""
    if not missed:
        return f'<p class="soft">No attempted check failed.</p>{note}'
    rows = "".join(
        f'<tr><td class="n">{n}</td><td class="n">{percent(n, len(results))}</td>'
        f"<td><code>{escape(id, 200)}</code></td><td>{escape(title, 300)}</td><td>{escape(visibility, 20)}</td></tr>"
        for (id, title, visibility), n in sorted(missed.items(), key=lambda item: (-item[1], item[0]))[:40]
    )
    return _table(("n:stopped", "n:share", "question", "check", ""), rows) + note


def _submissions(results: Sequence[SubmissionResult]) -> str:
    rows = []
    for r in sorted(results, key=lambda r: r.submission):
        share = r.score / r.max_score if r.max_score else 0.0
        link = f'<a href="{escape(file_stem(r.submission))}.html">{escape(r.submission, 200)}</a>'
        outcomes = Counter(c.outcome for q in r.questions for c in q.checks if not c.passed)
        said = ", ".join(f"{n} {OUTCOME_WORDS[o].split(':')[0]}" for o, n in outcomes.most_common())
        rows.append(
            f'<tr><td>{link}</td><td class="n">{points(r.score)}</td>'
            f'<td><div class="bar"><i style="width:{100 * share:.0f}%"></i></div></td><td>{said}</td></tr>'
        )
    return _table(("submission", "n:points", "", "checks that did not pass"), "".join(rows))


def _table(heads: tuple[str, ...], rows: str) -> str:
    cells = "".join(f'<th class="n">{h[2:]}</th>' if h.startswith("n:") else f"<th>{h}</th>" for h in heads)
    return f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>'


def _tiles(*tiles: tuple[str, str]) -> str:
    return '<div class="tiles">' + "".join(f'<div class="tile"><b>{v}</b>{k}</div>' for k, v in tiles) + "</div>"


def _whole(question: QuestionResult) -> bool:
    return question.points >= question.max_points
