"""nbgrader's configuration for this course: our engine decides the scores, nbgrader does the rest.

Copy this file into a course folder; `python -m autograder release p1 --course FOLDER` does it for you.
"""

from autograder.release.nbgrader import configure

c = get_config()  # noqa: F821  (nbgrader defines it)
configure(c)
