"""Plays one small class through the real nbgrader: release, fetch, submit, collect, autograde, feedback, export.

One student goes through the exchange; the others are laid into `submitted/` as an upload would. Each of them did
something to the notebook that nbgrader alone would stumble over, or obey.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.course import KIT_ROOT, load_course
from autograder.engine.sandbox import best_level
from autograder.mutation import load_mutants, mutate
from autograder.release import release

ASSIGNMENT = "p1_classifiers"
DUE = datetime(2030, 2, 5, 23, 59, tzinfo=UTC)
IN_TIME, LATE = "2030-02-05 10:00:00 UTC", "2030-02-07 10:00:00 UTC"  # the second day has begun
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(64)).decode()
CONFIG = """
from autograder.release.nbgrader import configure

c = get_config()
configure(c)
c.Exchange.root = {exchange!r}
c.ShowFindings.sandbox = {sandbox!r}
c.ExchangeCollect.check_owner = False
"""
FORMGRADER = """
import json, sys
from nbconvert.exporters import HTMLExporter
from nbgrader.apps import NbGrader, NbGraderAPI
from nbgrader.server_extensions.formgrader.handlers import template_path
from traitlets.config import Config

app = NbGrader()
app.load_config_file()
api = NbGraderAPI(app.coursedir, app.authenticator, parent=app)
answer = api.autograde("p1_classifiers", sys.argv[1])
config = Config()
config.HTMLExporter.template_name = "formgrade"
config.HTMLExporter.extra_template_basedirs = [template_path]
about = {"assignment_id": "", "notebook_id": "", "submission_id": "", "index": 0, "total": 1, "base_url": ""}
about |= {"student": sys.argv[1], "last_name": "", "first_name": "", "notebook_path": "", "mathjax_url": ""}
path = f"autograded/{sys.argv[1]}/p1_classifiers/knn.ipynb"
page, _ = HTMLExporter(config=config).from_filename(path, resources=about)
print(json.dumps({"answer": answer, "page": page}))
"""


class RoundTrip:
    """A class in a folder, and what became of it.

    Attributes:
        logs: what each nbgrader command wrote, by command.
    """

    def __init__(self, root: Path) -> None:
        self.root, self.course, self.exchange = root, root / "course", root / "exchange"
        self.logs: dict[str, str] = {}
        self.executed = root / "executed"

    def play(self) -> None:
        for folder in (self.course, self.exchange):
            folder.mkdir(parents=True)
        self.exchange.chmod(0o777)
        self._configure(self.course)
        course = load_course()
        assignment = replace(course.assignment("p1"), due=DUE)
        report = release(replace(course, assignments=(assignment,)), assignment, self.course)
        assert report.ok, str(report)
        self.nbgrader(self.course, "release_assignment", ASSIGNMENT)
        self._through_the_exchange("partial")
        self._laid_in("late", LATE, with_knn=True)
        self._broken()
        self._without_notebooks()
        self._tampered()
        self.nbgrader(self.course, "autograde", ASSIGNMENT)
        self.nbgrader(self.course, "generate_feedback", ASSIGNMENT)
        self.nbgrader(self.course, "release_feedback", ASSIGNMENT)
        self.nbgrader(self.course, "export", "--to=grades.csv")

    def nbgrader(self, folder: Path, *command: str) -> None:
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        environment = os.environ | {"PATH": path, "HOME": str(folder), "PYTHONPATH": str(KIT_ROOT)}
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command], cwd=folder, env=environment, capture_output=True, text=True
        )
        self.logs[command[0]] = done.stderr + done.stdout
        assert done.returncode == 0, f"nbgrader {' '.join(command)}: {done.stderr[-3000:]}"

    def formgrader(self, student: str) -> Any:
        """What formgrader's autograde button answers, and the page a grader then sees."""
        environment = os.environ | {"HOME": str(self.course), "PYTHONPATH": str(KIT_ROOT)}
        command = [sys.executable, "-c", FORMGRADER, student]
        done = subprocess.run(command, cwd=self.course, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    def feedback(self, student: str, notebook: str = "knn") -> str:
        return (self.course / "feedback" / student / ASSIGNMENT / f"{notebook}.html").read_text()

    def autograded(self, student: str, notebook: str = "knn") -> Any:
        return json.loads((self.course / "autograded" / student / ASSIGNMENT / f"{notebook}.ipynb").read_text())

    def submitted(self, student: str) -> Path:
        return self.course / "submitted" / student / ASSIGNMENT

    def result(self, student: str) -> Any:
        return json.loads((self.course / "results" / ASSIGNMENT / f"{student}.json").read_text())

    def _configure(self, folder: Path) -> None:
        (folder / "nbgrader_config.py").write_text(CONFIG.format(exchange=str(self.exchange), sandbox=best_level()))

    def _through_the_exchange(self, student: str) -> None:
        """Half right, with outputs, scripts in outputs and answers, and a cell that writes a file when it is run."""
        home = self.root / student
        home.mkdir()
        self._configure(home)
        self.nbgrader(home, "fetch_assignment", ASSIGNMENT)
        folder = home / ASSIGNMENT
        text = (KIT_ROOT / "autograder/reference/exercises/knn.py").read_text()
        for mutant in load_mutants("knn"):
            if mutant.question == "knn.predict_labels" and mutant.id == "ties_to_the_largest_label":
                text = mutate(text, mutant)
        (folder / "knn.py").write_text(text)
        notebook = json.loads((folder / "knn.ipynb").read_text())
        notebook["cells"].insert(3, self._cell_with_outputs())
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                cell["source"] = "My answer, $a<b$. <script>alert('in markdown')</script> [x](javascript:alert(1))"
        (folder / "knn.ipynb").write_text(json.dumps(notebook))
        self.nbgrader(home, "submit", ASSIGNMENT, f"--student={student}")
        self._plant_a_link(student)
        self.nbgrader(self.course, "collect", ASSIGNMENT)

    def _plant_a_link(self, student: str) -> None:
        """What the owner of a folder in the exchange can do: hand in, as a link, what only the instructor can read."""
        (folder,) = (self.exchange / "deeprob" / "inbound").glob(f"{student}+*")
        (folder / "timestamp.txt").chmod(0o644)
        (folder / "timestamp.txt").write_text("before it was due")
        stolen = folder / "linear_classifier.py"
        stolen.unlink()
        stolen.symlink_to(KIT_ROOT / "autograder/reference/exercises/linear_classifier.py")

    def _cell_with_outputs(self) -> dict[str, Any]:
        table = "<table onclick='alert(1)'><tr><td>kept table</td></tr></table><script>alert('in html')</script>"
        data = [
            {"image/png": PNG, "text/plain": "<Figure>"},
            {"text/html": table, "text/plain": "a table"},
            {"application/javascript": "alert('in javascript')"},
            {"image/svg+xml": "<svg onload=\"alert('in svg')\"/>"},
        ]
        outputs = [{"output_type": "display_data", "data": d, "metadata": {}} for d in data]
        outputs.append({"output_type": "stream", "name": "stdout", "text": "kept words\n"})
        source = f"from pathlib import Path\nPath({str(self.executed)!r}).write_text('run')"
        cell = {"cell_type": "code", "id": "planted", "metadata": {}, "source": source, "execution_count": 4}
        return cell | {"outputs": outputs}

    def _laid_in(self, student: str, timestamp: str = IN_TIME, with_knn: bool = False) -> Path:
        folder = self.submitted(student)
        shutil.copytree(self.course / "release" / ASSIGNMENT, folder)
        if with_knn:
            shutil.copy(KIT_ROOT / "autograder/reference/exercises/knn.py", folder / "knn.py")
        (folder / "timestamp.txt").write_text(timestamp)
        (folder / "submission_secret.txt").write_text(student * 16)
        return folder

    def _broken(self) -> None:
        """A notebook that is no JSON, one that is missing, a Python file that does not parse, a right one."""
        folder = self._laid_in("broken", with_knn=True)
        (folder / "knn.ipynb").write_text('{"cells": [<script>')
        (folder / "linear_classifier.ipynb").unlink()
        (folder / "linear_classifier.py").write_text("def svm_loss_naive(W, X")

    def _without_notebooks(self) -> None:
        folder = self._laid_in("scriptonly", with_knn=True)
        for path in folder.glob("*.ipynb"):
            path.unlink()

    def _tampered(self) -> None:
        """No code; claims points in every way a notebook can."""
        folder = self._laid_in("tampered")
        notebook = json.loads((folder / "knn.ipynb").read_text())
        cells = [c for c in notebook["cells"] if "nbgrader" in c["metadata"] and c["cell_type"] == "code"]
        claim = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "12.0"}}
        for cell in cells:
            cell["outputs"] = [claim]
        cells[0]["metadata"]["nbgrader"]["points"] = 1000
        cells[1]["metadata"]["nbgrader"] = "full marks"
        cells[2]["source"] = "12.0"
        notebook["cells"].append(dict(cells[2]))
        cells[3]["metadata"]["nbgrader"]["grade_id"] = "knn-bonus"
        cells[4]["cell_type"] = "markdown"
        notebook["cells"].remove(cells[5])
        cells[6]["metadata"]["nbgrader"] |= {"solution": True, "locked": False, "checksum": "0" * 32}
        (folder / "knn.ipynb").write_text(json.dumps(notebook))
