"""`python -m benchmarks`: layers against torch.nn, how long one waits in a notebook, grading against stock nbgrader.

The data set's own figures are separate, because they take minutes: `python -m benchmarks.shapes`, `python -m
benchmarks.ladder`.
"""

import argparse
import platform
from importlib.metadata import version

from benchmarks import grading, layers, notebook


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=30, help="how many to grade (default: 30)")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, torch {version('torch')}, nbgrader {version('nbgrader')}")
    layers.run()
    notebook.run()
    grading.run(options.submissions)


if __name__ == "__main__":
    main()
