"""Looks for what must not leave the house: by name, by content, in notebooks, by secret.

The bundle is an allow-list, so a finding here means that something else went wrong: a hidden check pasted
into a visible one, a notebook saved with outputs, a solution that became part of a skeleton.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from autograder.course import KIT_ROOT
from autograder.release.secret import SECRET_FILE

__all__ = ["Leak", "Secrets", "audit", "known_secrets"]

PRIVATE_PARTS = {"hidden", "reference", "mutants", "variants", "release", "tests", "source", "submitted", "autograded"}
CACHES = {"__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".git", ".venv"}
PRIVATE_NAMES = {
    "demo.py",
    "demo_class.py",
    "prove.py",
    "mutation.py",
    "replay.py",
    "classroom.py",
    "gradebook.db",
    SECRET_FILE,
    ".env",
    ".netrc",
    "id_rsa",
}
CACHE_SUFFIXES = (".pyc", ".pyo", ".db", ".sqlite", ".orig", ".rej", ".swp", "~")
NOTEBOOK_METADATA = {"kernelspec", "language_info"}
CELL_METADATA = {"tags", "cellView", "jupyter", "collapsed", "deletable", "editable", "nbgrader"}
MARKERS = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
HOME = re.compile(r"(/home/|/Users/|/root/|[A-Za-z]:\\\\?Users\\)[\w.-]+")
KEYS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_\w{40,}"
    r"|\bxox[abpr]-[\w-]{20,}|\bsk-[A-Za-z0-9]{32,}|(?i:password|secret|token)\s*=\s*[\"'][^\"'\s]{8,}[\"']"
)
COMMONPLACE = re.compile(
    r"[\W_]*|(class|def) \w+\(.*\).*:|return [\w., ]+|\w+ = \w+|raise NotImplementedError.*|except \w+( as \w+)?:"
    r"|for [\w, ()]+ in (\w+\.(items|keys|values)\(\)|\((\"\w+\"(, )?)+\)):|if \w+\[\"\w+\"\] == \"\w+\":"
    r"|\w+(, \w+)* = \w+\[\"\w+\"\](, \w+\[\"\w+\"\])*|\w+\.(zero_grad|backward|step|train|eval)\(\)"
)
LONG, SHORT, RUN = 28, 10, 3  # characters of a telling line, of a line in a run, lines of a run


@dataclass(frozen=True)
class Leak:
    """One finding: the file, what kind, and what was seen."""

    path: str
    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.kind}: {self.what}"


@dataclass(frozen=True)
class Secrets:
    """What must not be in a released file.

    Attributes:
        lines: telling line, normalised -> where it comes from.
        runs: several shorter lines in a row, normalised -> where they come from.
        values: strings such as the course's secret -> what they are.
    """

    lines: Mapping[str, str]
    runs: Mapping[tuple[str, ...], str]
    values: Mapping[str, str]


def known_secrets(
    root: Path = KIT_ROOT, files: Mapping[str, bytes] | None = None, values: Mapping[str, str] | None = None
) -> Secrets:
    """Collect the lines of solutions, hidden checks, mutants and variants that are public nowhere.

    Args:
        root: the kit.
        files: the bundle: what its skeletons say is no secret of the solutions; what they, its visible checks
            and its oracles say is no secret of the hidden checks, apart from the hidden checks' titles.
        values: further secret strings and what they are.
    """
    skeletons = _open_lines(files or {}, ("deeprob/exercises/",))
    checks = skeletons | _open_lines(files or {}, ("autograder/checks/", "autograder/oracles/"))
    lines: dict[str, str] = {}
    runs: dict[tuple[str, ...], str] = {}
    for where, text in _private_texts(root):
        known = skeletons if where.startswith("the solution") else checks
        telling = [line for line in _lines(text) if line not in known and not _commonplace(line)]
        lines |= {line: where for line in telling if len(line) >= LONG}
        telling = [line for line in telling if len(line) >= SHORT]
        runs |= {tuple(telling[i : i + RUN]): where for i in range(len(telling) - RUN + 1)}
    lines |= dict.fromkeys(_hidden_titles(root), "a hidden check's title")
    return Secrets(lines, runs, dict(values or {}) | {str(root.resolve()): "the path of this machine"})


def _open_lines(files: Mapping[str, bytes], folders: tuple[str, ...]) -> set[str]:
    texts = (data.decode("utf-8", "replace") for path, data in files.items() if path.startswith(folders))
    return {line for text in texts for line in _lines(text)}


def _hidden_titles(root: Path) -> Iterable[str]:
    for path in sorted((root / "autograder" / "hidden").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                title = (ast.get_docstring(node) or "").split("\n")[0]
                yield from (line for line in (title, f'"""{title}"""') if len(title) >= LONG)


def audit(files: Mapping[str, bytes], secrets: Secrets) -> list[Leak]:
    """Every leak in these files, by path."""
    leaks: list[Leak] = []
    for path, data in sorted(files.items()):
        leaks += _names(path)
        text = data.decode("utf-8", "replace")
        if path.endswith(".ipynb"):
            leaks += _notebook(path, text)
        leaks += _content(path, _words(path, text), secrets)
    return list(dict.fromkeys(leaks))


def _names(path: str) -> list[Leak]:
    parts = PurePosixPath(path).parts
    leaks = [Leak(path, "name", f"{p} is private") for p in parts if p in PRIVATE_PARTS or p in PRIVATE_NAMES]
    leaks += [Leak(path, "cache", p) for p in parts if p in CACHES or p.endswith(CACHE_SUFFIXES)]
    if PurePosixPath(path).is_absolute() or ".." in parts:
        leaks.append(Leak(path, "name", "not a path inside the bundle"))
    return leaks


def _notebook(path: str, text: str) -> list[Leak]:
    try:
        notebook: Any = json.loads(text)
        cells = notebook["cells"]
    except (ValueError, KeyError, TypeError):
        return [Leak(path, "notebook", "not a notebook of format 4")]
    leaks = [Leak(path, "metadata", key) for key in notebook.get("metadata", {}) if key not in NOTEBOOK_METADATA]
    for number, cell in enumerate(cells, 1):
        where = f"cell {number}"
        if cell.get("outputs"):
            leaks.append(Leak(path, "output", f"{where} has {len(cell['outputs'])} outputs"))
        if cell.get("execution_count") is not None:
            leaks.append(Leak(path, "output", f"{where} has an execution count"))
        if cell.get("attachments"):
            leaks.append(Leak(path, "output", f"{where} has attachments"))
        leaks += [
            Leak(path, "metadata", f"{where}: {key}") for key in cell.get("metadata", {}) if key not in CELL_METADATA
        ]
    return leaks


def _content(path: str, text: str, secrets: Secrets) -> list[Leak]:
    leaks = [
        Leak(path, "marker", match.group(0)) for match in MARKERS.finditer(text) if not path.startswith("autograder/")
    ]
    leaks += [Leak(path, "path", match.group(0)) for match in HOME.finditer(text)]
    leaks += [Leak(path, "secret", match.group(0)[:12] + "...") for match in KEYS.finditer(text)]
    leaks += [Leak(path, "secret", what) for value, what in secrets.values.items() if value in text]
    lines = _lines(text)
    for line in lines:
        if line in secrets.lines:
            leaks.append(Leak(path, "content", f"a line of {secrets.lines[line]}: {line[:60]}"))
    for i in range(len(lines) - RUN + 1):
        run = tuple(lines[i : i + RUN])
        if run in secrets.runs:
            leaks.append(Leak(path, "content", f"{RUN} lines of {secrets.runs[run]}: {run[0][:60]}"))
    return leaks


def _words(path: str, text: str) -> str:
    """A notebook's text as its author wrote it, not as JSON."""
    if not path.endswith(".ipynb"):
        return text
    try:
        return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"]) + "\n" + text
    except (ValueError, KeyError, TypeError):
        return text


def _lines(text: str) -> list[str]:
    """Lines with single spaces, without indentation, trailing comments and empty ones."""
    stripped = (re.sub(r"\s+#.*$", "", line.strip()) for line in text.splitlines())
    return [" ".join(line.split()) for line in stripped if line and not line.startswith(("#", "import ", "from "))]


def _commonplace(line: str) -> bool:
    """What any Python file may say: no computation is in it."""
    return COMMONPLACE.fullmatch(line) is not None


def _private_texts(root: Path) -> Iterable[tuple[str, str]]:
    """The text of every private source: solution regions of the references, all of the others' strings and code."""
    base = root / "autograder"
    for path in sorted((base / "reference").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "notebooks" in path.parts:
            text = re.sub(r"^# ?", "", text, flags=re.MULTILINE)
        for region in re.findall(r"### BEGIN SOLUTION[^\n]*\n(.*?)### END SOLUTION", text, re.DOTALL):
            yield f"the solution of {path.stem}", region
    for folder in ("hidden", "mutants", "variants"):
        for path in sorted((base / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            yield f"{folder}/{path.name}", text
            yield f"{folder}/{path.name}", "\n".join(_strings(text))


def _strings(text: str) -> list[str]:
    """String constants (bodies of mutants, sentences, titles of hidden checks), line by line."""
    nodes = ast.walk(ast.parse(text))
    return [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
