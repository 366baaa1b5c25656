"""From a reference solution to the skeleton a student gets: every marked region becomes a TODO.

    ### BEGIN SOLUTION               # TODO: implement predict_labels; its docstring says what it takes ...
    nearest = dists.topk(...    ->   raise NotImplementedError("knn.predict_labels: not implemented yet")
    ### END SOLUTION

A marker that is not quite right would publish a solution, so the grammar is strict. A marker stands alone on
its line, spelt as above. A region lies in a function, one region a function; it begins and ends at the same
indentation and is not empty. Any other comment with the word "solution", or more than one #, is an error.
Lines outside the regions are copied as they are, the result must be valid Python, and an import that only
solutions use is an error, because a student would wonder what it is for.

Notebooks are stripped elsewhere; this module knows Python files only.
"""

from __future__ import annotations

import ast
import io
import itertools
import re
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path

from autograder.course import KIT_ROOT
from autograder.engine.errors import DeeprobError

__all__ = ["Region", "StripError", "find_regions", "strip_source", "write_skeletons"]

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
LIKE_A_MARKER = re.compile(r"(?i:solution)|^##|^#\s*(BEGIN|END)\b")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class StripError(DeeprobError):
    """A reference that cannot be made into a skeleton; the message has file, line and what to do."""

    def __init__(self, path: str, line: int, what: str) -> None:
        self.path, self.line = path, line
        super().__init__(f"{path}:{line}: {what}")


@dataclass(frozen=True)
class Region:
    """A marked solution.

    Attributes:
        name: the function it lies in, `predict_labels` or `KnnClassifier.predict`.
        begin: line number of the first marker, from 1.
        end: line number of the second marker.
        indent: the white space before the markers.
    """

    name: str
    begin: int
    end: int
    indent: str


def strip_source(text: str, *, exercise: str, path: str) -> str:
    """The skeleton of a reference.

    Args:
        text: the reference's source.
        exercise: its name, for the message of the NotImplementedError: `"knn"`.
        path: where the source came from, for error messages.

    Raises:
        StripError: a wrong marker, no region at all, a result that is no Python, an import left unused.
    """
    lines = text.split("\n")
    regions = find_regions(text, path)
    if not regions:
        raise StripError(path, 1, f"no solution is marked; put {BEGIN!r} and {END!r} around it.")
    for region in reversed(regions):
        what = f"{exercise}.{region.name.removesuffix('.__init__')}"
        lines[region.begin - 1 : region.end] = [
            f"{region.indent}# TODO: implement {region.name}; its docstring says what it takes and returns.",
            f'{region.indent}raise NotImplementedError("{what}: not implemented yet")',
        ]
    skeleton = "\n".join(lines)
    try:
        tree = ast.parse(skeleton)
    except SyntaxError as e:
        raise StripError(path, e.lineno or 1, f"without its solutions the file is no valid Python: {e.msg}.") from e
    _no_unused_import(tree, path)
    return skeleton


def find_regions(text: str, path: str = "<source>") -> tuple[Region, ...]:
    """The marked regions of a source, in order.

    Raises:
        StripError: the source does not parse, or breaks the grammar of the markers.
    """
    try:
        tree = ast.parse(text)
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (SyntaxError, tokenize.TokenError) as e:
        line = getattr(e, "lineno", None) or 1
        raise StripError(path, line, f"not valid Python: {getattr(e, 'msg', e)}; mend it first.") from e
    lines = text.split("\n")
    regions: list[Region] = []
    opened = 0
    for kind, line in _markers(tokens, lines, path):
        if kind == BEGIN:
            if opened:
                raise StripError(path, line, f"a region begins inside the one of line {opened}; end that first.")
            opened = line
        elif not opened:
            raise StripError(path, line, f"{END!r} ends nothing; put {BEGIN!r} before the solution.")
        else:
            regions.append(_region(tree, lines, opened, line, path))
            opened = 0
    if opened:
        raise StripError(path, opened, f"the region that begins here has no {END!r}; add it after the solution.")
    for earlier, later in itertools.pairwise(regions):
        if earlier.name == later.name:
            raise StripError(
                path, later.begin, f"{later.name} has a region already (line {earlier.begin}); make them one."
            )
    return tuple(regions)


def write_skeletons(check_only: bool = False, root: Path = KIT_ROOT) -> tuple[Path, ...]:
    """Generate `deeprob/exercises/*.py` from `autograder/reference/exercises/*.py`.

    Args:
        check_only: write nothing.
        root: the kit.

    Returns:
        the skeletons that differ from their source, were missing, or have no source; empty when up to date.

    Raises:
        StripError: a reference that cannot be stripped; then nothing is written.
    """
    target = root / "deeprob" / "exercises"
    wanted: dict[Path, bytes] = {}
    for source in sorted((root / "autograder" / "reference" / "exercises").glob("*.py")):
        if source.name != "__init__.py":
            text = source.read_bytes().decode("utf-8")
            name = source.relative_to(root).as_posix()
            skeleton = strip_source(text, exercise=source.stem, path=name)
            wanted[target / source.name] = skeleton.encode("utf-8")
    stale = [p for p in sorted(target.glob("*.py")) if p.name != "__init__.py" and p not in wanted]
    changed = [p for p, data in wanted.items() if not p.exists() or p.read_bytes() != data]
    if not check_only:
        for path in changed:
            path.write_bytes(wanted[path])
        for path in stale:
            path.unlink()
    return tuple(changed + stale)


def _markers(tokens: list[tokenize.TokenInfo], lines: list[str], path: str) -> list[tuple[str, int]]:
    """(marker, line) of every marker; an error for anything that could have been meant as one."""
    found = []
    for token in tokens:
        line, text = token.start[0], token.string.rstrip()
        if token.type != tokenize.COMMENT:
            if BEGIN in text or END in text:
                raise StripError(path, line, "a marker inside a string marks nothing; put it on a line of its own.")
        elif text in (BEGIN, END):
            if lines[line - 1].strip() != text:
                raise StripError(path, line, f"{text!r} stands behind code; give it a line of its own.")
            found.append((text, line))
        elif LIKE_A_MARKER.search(text):
            raise StripError(
                path,
                line,
                f"the comment {text!r} looks like a marker; write {BEGIN!r} or {END!r} exactly, or, if it is "
                'only a comment, with one # and without the word "solution".',
            )
    return found


def _region(tree: ast.Module, lines: list[str], begin: int, end: int, path: str) -> Region:
    indent = _indent(lines[begin - 1])
    if _indent(lines[end - 1]) != indent:
        raise StripError(path, end, f"this marker is indented otherwise than the one of line {begin}; align them.")
    code = [i for i in range(begin + 1, end) if lines[i - 1].strip() and lines[i - 1].lstrip()[0] != "#"]
    if not code:
        raise StripError(path, begin, "the region is empty; put the solution into it or remove the markers.")
    for i in code:
        if not lines[i - 1].startswith(indent):
            raise StripError(
                path,
                i,
                f"this line leaves the block of the region that begins on line {begin}; end that first.",
            )
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, Definition) and node.lineno < begin and (node.end_lineno or 0) >= code[-1]
    ]
    around.sort(key=lambda node: node.lineno)
    if not around or isinstance(around[-1], ast.ClassDef):
        raise StripError(path, begin, "the region lies in no function; markers belong inside a function's body.")
    return Region(".".join(node.name for node in around), begin, end, indent)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _no_unused_import(tree: ast.Module, path: str) -> None:
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }  # names in __all__
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue
        for alias in node.names:
            name = (alias.asname or alias.name).split(".")[0]
            if name not in used:
                raise StripError(
                    path,
                    node.lineno,
                    f"only solutions use the import of {name!r}; import it inside the region, or do without.",
                )


def main() -> int:
    """`python -m autograder.release.strip`: write the skeletons and name those that changed."""
    try:
        changed = write_skeletons()
    except StripError as e:
        print(e, file=sys.stderr)
        return 1
    print("\n".join(str(p) for p in changed) or "all skeletons are up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
