"""nbgrader with this engine's scores. `nbgrader_config.py` of a course folder says

    from autograder.release.nbgrader import configure

    configure(get_config())

and `nbgrader autograde`, formgrader's button, `generate_feedback` and `export` then work as they are.
"""

from __future__ import annotations

from typing import Any

from autograder.course import Course, load_course

__all__ = ["configure"]


def configure(c: Any, course: Course | None = None) -> None:
    """Set everything that nbgrader must know.

    Args:
        c: nbgrader's configuration object.
        course: by default the kit's.
    """
    from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, SaveAutoGrades

    from autograder.release.nbgrader.autograde import HandedInExporter, install
    from autograder.release.nbgrader.collect import PlainCollect
    from autograder.release.nbgrader.late import DailyPenalty
    from autograder.release.nbgrader.preprocessors import RebuildNotebook, ShowFindings
    from autograder.release.notebooks import ANSWER

    course = course or load_course()
    install()
    c.CourseDirectory.course_id = course.id
    c.Autograde.exporter_class = HandedInExporter
    c.Autograde.sanitize_preprocessors = [RebuildNotebook, CheckCellMetadata]
    c.Autograde.autograde_preprocessors = [
        ShowFindings,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    c.Autograde.exclude_overwriting = {a.id: [e.file for e in a.exercises] for a in course.assignments}
    c.AssignLatePenalties.plugin_class = DailyPenalty
    c.ExchangeFactory.collect = PlainCollect
    c.ClearSolutions.text_stub = ANSWER  # formgrader's "generate" button leaves our answer cells as they are
