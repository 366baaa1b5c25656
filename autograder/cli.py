"""The command line: reads the arguments, calls one function, prints, returns the exit code.

Exit codes: 0 all well, 1 something failed, 2 wrong use. A user's mistake is one sentence on stderr, never a traceback.
What only an instructor's copy of the kit has is imported where it is used.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from autograder.engine.errors import DeeprobError, GraderFault, UsageError
from autograder.reports.words import plain

if TYPE_CHECKING:
    from autograder.classroom import ClassOptions

__all__ = ["main"]

OK, FAILED, WRONG_USE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; `arguments` are those of the process by default."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as e:  # argparse has said what is wrong, or printed the help
        return e.code if isinstance(e.code, int) else WRONG_USE
    try:
        result = options.run(options)
        return int(result)
    except ModuleNotFoundError as e:
        return _missing(e)
    except GraderFault as e:
        return _complain(f"the grader itself failed, and nobody's grade follows from it: {e}", FAILED)
    except UsageError as e:
        return _complain(str(e), WRONG_USE)
    except DeeprobError as e:
        return _complain(str(e), FAILED)
    except KeyboardInterrupt:
        return _complain("stopped; what was finished is kept", FAILED)
    except BrokenPipeError:
        return FAILED


def _complain(message: str, code: int) -> int:
    print(f"autograder: {plain(message)}", file=sys.stderr)
    return code


def _missing(error: ModuleNotFoundError) -> int:
    name = error.name or ""
    if name.startswith("autograder"):
        return _complain(f"{name} is not part of the students' kit; this command needs the instructor's", WRONG_USE)
    return _complain(f"the package {name} is missing; `python -m autograder doctor` says how to get it", FAILED)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {message}\nTry `{self.prog} --help`.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="autograder", description="Checks, releases and grades the assignments of the course.")
    commands = parser.add_subparsers(metavar="command", required=True, parser_class=_Parser)

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    p = command("check", _check, "Run the visible checks on your own files.")
    p.add_argument("what", nargs="?", help="p1, knn or knn.predict_labels; by default what lies in this folder")
    p.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    p.add_argument("--json", type=Path, metavar="FILE", help="also write the results to FILE")

    p = command("submit", _submit, "Check that an assignment is complete and write the zip to hand in.")
    p.add_argument("assignment", help="p1 or p1_classifiers")
    p.add_argument("--folder", type=Path, help="where the files are (default: this folder)")
    p.add_argument("--out", type=Path, help="folder for the zip (default: beside the files)")
    p.add_argument("--student", default="", help="your student id (default: as in the notebooks)")
    p.add_argument("--name", default="", help="your name (default: as in the notebooks)")

    command("doctor", _doctor, "Say what is missing on this machine and how to get it.")

    p = command("release", _release, "Build what students get, look for leaks, register it in the gradebook.")
    p.add_argument("assignment")
    p.add_argument("--check", action="store_true", help="only compare with what is there; write nothing")
    _course_option(p)

    p = command("grade", _grade, "Grade submissions and write one JSON for each.")
    _class_options(p)

    p = command("regrade", _regrade, "Grade again what changed, and say who changes, by how much and why.")
    p.add_argument("--preview", action="store_true", help="only say it; write no result")
    _class_options(p)

    p = command("report", _report, "Turn results into pages or tables.")
    p.add_argument("assignment")
    p.add_argument("--format", default="html", help="html, csv, json or gradescope (default: html)")
    p.add_argument("--results", type=Path, metavar="DIR", help="where grade wrote (default: results/<assignment>)")
    p.add_argument("--out", type=Path, metavar="PATH", help="file or folder to write")
    _course_option(p)

    p = command("prove", _prove, "Show that the checks see every known mistake and accept every right answer.")
    p.add_argument("what", nargs="*", help="p1, knn or knn.predict_labels (default: every assignment)")
    p.add_argument("--secrets", type=int, default=0, metavar="N", help="grade right answers under N more secrets")
    p.add_argument("--device", default="cpu")
    p.add_argument("--sandbox", default="auto")

    p = command("demo", _demo, "Play release, hand-in, grading and feedback with a small class.")
    p.add_argument("--folder", type=Path, help="where (default: demo in the kit; it is emptied first)")
    return parser


def _class_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("assignment")
    parser.add_argument(
        "submissions", nargs="*", metavar="SUBMISSION",
        help="folders, zips, or the words reference and skeleton (default: submitted/*/<assignment>)",
    )  # fmt: skip
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="grade N at a time (default: 1)")
    parser.add_argument("--cluster", default="", metavar="ADDRESS", help="grade on a Dask cluster, tcp://host:8786")
    parser.add_argument("--fresh", action="store_true", help="run every check, also what the ledger knows")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    parser.add_argument("--sandbox", default="auto", help="auto, bubblewrap, process or none (default: auto)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the results (default: results/<assignment>)")
    _course_option(parser)


def _course_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--course", type=Path, default=Path(), metavar="DIR", help="nbgrader's course folder (default: this one)"
    )


def _check(options: argparse.Namespace) -> int:
    from autograder.own_check import check_own_files

    results = check_own_files(options.what, options.device, print)
    if options.json:
        _write_json(options.json, [r.to_dict() for r in results])
    return OK if all(r.passed for r in results) else FAILED


def _submit(options: argparse.Namespace) -> int:
    from autograder.submit import submit

    hand_in = submit(options.assignment, options.folder, options.out, student=options.student, name=options.name)
    print(hand_in)
    return OK


def _doctor(options: argparse.Namespace) -> int:
    from autograder.doctor import examine

    healthy = True
    for finding in examine():
        print(finding)
        healthy = healthy and finding.ok
    return OK if healthy else FAILED


def _release(options: argparse.Namespace) -> int:
    from autograder.course import load_course
    from autograder.release import release

    course = load_course()
    report = release(course, course.assignment(options.assignment), options.course, check_only=options.check)
    print(report)
    return OK if report.ok else FAILED


def _grade(options: argparse.Namespace) -> int:
    from autograder.classroom import grade_class

    return grade_class(options.assignment, options.submissions, _class(options))


def _regrade(options: argparse.Namespace) -> int:
    from autograder.classroom import regrade_class

    return regrade_class(options.assignment, options.submissions, _class(options), preview=options.preview)


def _class(options: argparse.Namespace) -> ClassOptions:
    from autograder.classroom import ClassOptions

    return ClassOptions(
        course_dir=options.course,
        jobs=options.jobs,
        device=options.device,
        sandbox=options.sandbox,
        out=options.out,
        cluster=options.cluster,
        fresh=options.fresh,
    )


def _report(options: argparse.Namespace) -> int:
    from autograder.course import load_course
    from autograder.reports.files import report

    assignment = load_course().assignment(options.assignment)
    results = options.results or options.course / "results" / assignment.id
    paths = report(assignment, results, options.format, options.out)
    print(f"{len(paths)} written; open {paths[0]}")
    return OK


def _prove(options: argparse.Namespace) -> int:
    from autograder.course import load_course
    from autograder.prove import prove

    def say(line: str) -> None:
        print(line, flush=True)

    if options.secrets < 0:
        raise UsageError(f"--secrets {options.secrets}: expected a number from 0 up")
    course = load_course()
    parts = [(what, course.part(what)) for what in options.what or [a.short for a in course.assignments]]
    proofs = []
    for what, part in parts:
        name = part.short if what in (part.short, part.id) else what
        proofs.append(
            prove(course, part, say, sandbox=options.sandbox, device=options.device, name=name, secrets=options.secrets)
        )
    for proof in proofs if len(proofs) > 1 else ():
        say(str(proof))
    return OK if all(proof.ok for proof in proofs) else FAILED


def _demo(options: argparse.Namespace) -> int:
    from autograder.demo import demo

    return demo(options.folder)


def _write_json(path: Path, data: Any) -> None:
    try:
        path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    except OSError as e:
        raise UsageError(f"cannot write {path}: {e.strerror}") from e
