"""Rules read from the syntax tree: forbidden calls, and how deep loops over data are nested.

Only what a question's own definition reaches is judged: its body, and the module's helpers that it names. The source is
parsed, never executed.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from autograder.course import Exercise, Question
from autograder.engine.meter import matching

__all__ = ["broken_rule"]

# Ways to call something without naming it, which would hide it from every reader of the code.
INDIRECT = (
    "eval", "exec", "compile", "__import__", "importlib", "builtins", "torch.ops", "torch._C", "torch._VF", "ctypes",
)  # fmt: skip
LOOPING_CALLS = ("map", "filter", "functools.reduce", "torch.vmap", "torch.func.vmap", "itertools.starmap")
SMALL_RANGE = 8


@dataclass
class _Module:
    """The parts of a parsed module that the rules need."""

    tree: ast.Module
    definitions: dict[str, ast.AST] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.definitions[node.name] = node
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self.definitions[target.id] = node
        self.imports = _imports(self.tree.body)


def broken_rule(source: bytes, exercise: Exercise, question: Question) -> str:
    """The first rule that the code of a question breaks, as a sentence; empty when it keeps them all.

    Raises:
        SyntaxError, ValueError: the source does not parse.
    """
    module = _parsed(source)
    names = _reachable(module, question.name)
    for name in names:
        found = _forbidden_name(module, module.definitions[name], exercise.forbidden)
        if found:
            line, what = found
            return (
                f"{exercise.file}, line {line}: {what} is not allowed in {exercise.name}; "
                "write it out with torch's basic operations."
            )
    if question.loops is None or question.name not in module.definitions:
        return ""
    depth, line = _Loops(module).depth(question.name)
    if depth > question.loops:
        allowed = {0: "without loops", 1: "with one loop", 2: "with two loops"}.get(
            question.loops, f"with at most {question.loops} nested loops"
        )
        seen = "a call of itself" if depth == _UNBOUNDED else f"loops nested {depth} deep"
        if depth == 1:
            seen = "a loop over the data"
        return f"{exercise.file}, line {line}: {question.name} is to be written {allowed}, and here is {seen}."
    return ""


@lru_cache(maxsize=8)
def _parsed(source: bytes) -> _Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return _Module(ast.parse(source))


def _imports(body: list[ast.stmt]) -> dict[str, str]:
    """Local name -> dotted name, for every import below these statements."""
    names: dict[str, str] = {}
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname:
                        names[alias.asname] = alias.name
                    else:
                        top = alias.name.split(".")[0]
                        names[top] = top
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _reachable(module: _Module, start: str) -> list[str]:
    """The module-level definitions that this one uses, itself first."""
    found, queue = [], [start] if start in module.definitions else []
    while queue:
        name = queue.pop()
        if name in found:
            continue
        found.append(name)
        used = {n.id for n in ast.walk(module.definitions[name]) if isinstance(n, ast.Name)}
        queue += sorted(n for n in used if n in module.definitions and n not in found)
    return found


def _dotted(node: ast.AST, imports: dict[str, str]) -> str:
    """`F.relu` -> `torch.nn.functional.relu`; empty when the base is no imported or built-in name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([imports.get(node.id, node.id), *reversed(parts)])


def _forbidden_name(module: _Module, definition: ast.AST, forbidden: tuple[str, ...]) -> tuple[int, str] | None:
    entries = forbidden + INDIRECT
    methods = {e.removeprefix("torch.Tensor."): e for e in forbidden if e.startswith("torch.Tensor.")}
    for node in _in_order(definition):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if matching(alias.name, entries):
                    return node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if matching(f"{node.module}.{alias.name}", entries):
                    return node.lineno, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Attribute | ast.Name):
            name = _dotted(node, module.imports)
            entry = matching(name, entries) if name else None
            if entry:
                return node.lineno, name if entry in INDIRECT else entry
            base = _dotted(node.value, module.imports) if isinstance(node, ast.Attribute) else ""
            if isinstance(node, ast.Attribute) and node.attr in methods and base.split(".")[0] != "torch":
                return node.lineno, f".{node.attr}()"
    return None


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, outer expressions before inner ones, in the order of the source.

    Annotations and docstrings are left out: they call nothing.
    """
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _in_order(child)


_UNBOUNDED = 1000


class _Loops:
    """How deep loops over data are nested in a definition, calls of the module's own functions included."""

    def __init__(self, module: _Module) -> None:
        self.module = module
        self.open: list[str] = []

    def depth(self, name: str) -> tuple[int, int]:
        """(depth, line of the innermost loop)"""
        definition = self.module.definitions[name]
        line = getattr(definition, "lineno", 0)
        if name in self.open:
            return _UNBOUNDED, line
        self.open.append(name)
        try:
            return self._below(definition)
        finally:
            self.open.pop()

    def _below(self, node: ast.AST) -> tuple[int, int]:
        best = (0, getattr(node, "lineno", 0))
        for child in ast.iter_child_nodes(node):
            best = max(best, self._of(child), key=lambda found: found[0])
        return best

    def _of(self, node: ast.AST) -> tuple[int, int]:
        inner = self._below(node)
        own = 0
        if isinstance(node, ast.For | ast.AsyncFor):
            own = 0 if _is_fixed(node.iter) else 1
        elif isinstance(node, ast.While):
            own = 1
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            own = sum(not _is_fixed(g.iter) for g in node.generators)
        elif isinstance(node, ast.Call):
            own = int(_dotted(node.func, self.module.imports) in LOOPING_CALLS)
        elif isinstance(node, ast.Name) and isinstance(self.module.definitions.get(node.id), ast.FunctionDef):
            return self.depth(node.id)
        depth, line = inner
        if own:
            return min(own + depth, _UNBOUNDED), line if depth else getattr(node, "lineno", line)
        return inner


def _is_fixed(iterable: ast.expr) -> bool:
    """A literal tuple or list, or a range of a small constant: not a loop over data."""
    if isinstance(iterable, ast.Tuple | ast.List):
        return not any(isinstance(e, ast.Starred) for e in iterable.elts)
    if isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Name) and iterable.func.id == "range":
        numbers = [a.value for a in iterable.args if isinstance(a, ast.Constant) and type(a.value) is int]
        return len(numbers) == len(iterable.args) and all(abs(n) <= SMALL_RANGE for n in numbers)
    return False
