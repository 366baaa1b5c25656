"""What people read: terminal, HTML, CSV, JSON, Gradescope, and the card in nbgrader's feedback.

    paths = report(assignment, results_dir, "html")

A report shows a result; it never changes one. Every string of a submission is bounded and escaped on its way.
"""

from __future__ import annotations

from autograder.reports.card import question_card
from autograder.reports.files import FORMATS, load_results, report, save_result

__all__ = ["FORMATS", "load_results", "question_card", "report", "save_result"]
