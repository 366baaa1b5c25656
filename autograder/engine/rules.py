"""Rules read from the syntax tree: forbidden calls, and how deep loops over data are nested (`loops`).

Only what a question's own definition reaches is judged: its body, and the module's helpers that it names. The source is
parsed, never executed.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from autograder.course import Exercise, Question
from autograder.engine.loops import UNBOUNDED, Loops
from autograder.engine.meter import HARMLESS, matching, with_kin
from autograder.engine.scopes import own_names

__all__ = ["broken_rule"]

# Ways to call something without naming it, or out of sight of the counters, and to change the counters themselves.
INDIRECT = (
    "eval", "exec", "compile", "globals", "__import__", "__builtins__", "importlib", "builtins", "ctypes", "autograder",
    "torch.ops", "torch.jit", "torch.compile", "torch.library", "torch.overrides", "torch.utils._python_dispatch",
    "torch.utils.cpp_extension", "threading", "_thread", "concurrent", "multiprocessing", "subprocess", "os.fork",
    "inspect", "gc.get_objects", "gc.get_referrers", "gc.get_referents",
    "sys.modules", "sys.settrace", "sys.setprofile", "sys.monitoring", "sys._getframe", "sys._current_frames",
)  # fmt: skip
HIDDEN_ATTRIBUTES = (
    "__globals__", "__builtins__", "__subclasses__", "__code__", "__closure__", "__torch_function__",
    "__torch_dispatch__", "__array__", "f_back", "f_globals", "f_locals", "tb_frame", "gi_frame",
)  # fmt: skip
INSIDE_TORCH = ("aten", "prims", "_C", "_VF", "_refs", "_decomp", "_numpy")  # under whatever name the module goes
MAX_DEPTH = 900


@dataclass(eq=False)
class _Module:
    """The parts of a parsed module that the rules need, and what was found out about them."""

    tree: ast.Module
    definitions: dict[str, ast.AST] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    names: dict[ast.AST, set[str]] = field(default_factory=dict)
    judged: dict[tuple[ast.AST, tuple[str, ...]], tuple[int, str] | None] = field(default_factory=dict)
    own: dict[ast.AST, frozenset[ast.Name]] = field(default_factory=dict)
    methods: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.definitions[node.name] = node
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):  # `f = no_grad()(f)` after `def f` leaves the definition in place
                        self.definitions.setdefault(target.id, node)
        self.imports = _imports(self.tree.body)
        classes = [node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)]
        self.methods = {part.name for c in classes for part in c.body if isinstance(part, ast.FunctionDef)}
        self.loops = Loops(self.tree, self.find, self.definitions, self.dotted, self.own_names)

    def own_names(self, definition: ast.AST) -> frozenset[ast.Name]:
        """The names in a definition that hide what the module defines and imports."""
        if definition not in self.own:
            self.own[definition] = own_names(definition)
        return self.own[definition]

    def dotted(self, node: ast.AST, own: frozenset[ast.Name] = frozenset()) -> str:
        """`F.relu` -> `torch.nn.functional.relu`; empty when the base is no imported or built-in name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute | ast.Call):
            if isinstance(node, ast.Attribute):
                parts.append(node.attr)
                node = node.value
            elif _is_getattr(node) and isinstance(node.args[1], ast.Constant):  # getattr(torch, "cdist")
                parts.append(str(node.args[1].value))
                node = node.args[0]
            else:
                return ""
        if not isinstance(node, ast.Name) or node in own:
            return ""
        return ".".join([self.imports.get(node.id, node.id), *reversed(parts)])

    def find(self, name: str) -> ast.AST | None:
        """The definition of `softmax_loss`, or of `Linear.forward` in its class."""
        head, *rest = name.split(".")
        found = self.definitions.get(head)
        for part in rest:
            body = getattr(found, "body", [])
            found = next((d for d in body if isinstance(d, ast.FunctionDef) and d.name == part), None)
        return found


def broken_rule(source: bytes, exercise: Exercise, question: Question) -> str:
    """The first rule that the code of a question breaks, as a sentence; empty when it keeps them all.

    Raises:
        SyntaxError, ValueError: the source does not parse.
    """
    module = _parsed(source)
    start = question.name if module.find(question.name) else question.name.split(".")[0]  # a method may be inherited
    named = (_forbidden_name(module, part, exercise.forbidden) for part in _reachable(module, start))
    found = next(filter(None, named), None) or _hidden_at_import(module)
    if found:
        line, what = found
        return (
            f"{exercise.file}, line {line}: {what} is not allowed in {exercise.name}; "
            "write it out with torch's basic operations."
        )
    if question.loops is None or module.find(question.name) is None:
        return ""
    depth, line = module.loops.depth(question.name)
    if depth > question.loops:
        allowed = {0: "without loops", 1: "with one loop", 2: "with two loops"}.get(
            question.loops, f"with at most {question.loops} nested loops"
        )
        seen = "a call of itself" if depth == UNBOUNDED else f"loops nested {depth} deep"
        if depth == 1:
            seen = "a loop over the data"
        return f"{exercise.file}, line {line}: {question.name} is to be written {allowed}, and here is {seen}."
    return ""


@lru_cache(maxsize=2)
def _parsed(source: bytes) -> _Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _Module(ast.parse(source))


@lru_cache(maxsize=2)
def _hidden_at_import(module: _Module) -> tuple[int, str] | None:
    found = (_forbidden_name(module, part, ()) for part in _at_import(module))
    return next(filter(None, found), None)


def _at_import(module: _Module) -> list[ast.AST]:
    """What runs when the file is imported, whichever question is judged: here nothing may be hidden.

    Plain imports do nothing by themselves; `if __name__ == "__main__":` never runs in grading.
    """
    found: list[ast.AST] = []
    for statement in module.tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            found += [*statement.decorator_list, *statement.args.defaults, *filter(None, statement.args.kw_defaults)]
        elif not isinstance(statement, ast.Import | ast.ImportFrom) and not _is_main_block(statement):
            found.append(statement)
    used = {n.id for part in found for n in ast.walk(part) if isinstance(n, ast.Name)}
    return found + _reachable(module, *sorted(used))


def _is_main_block(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.If) or statement.orelse or not isinstance(statement.test, ast.Compare):
        return False
    return ast.unparse(statement.test) == "__name__ == '__main__'"


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


def _reachable(module: _Module, *starts: str) -> list[ast.AST]:
    """The definitions that these use, themselves included; of a class only the method, where only that is named."""
    found: dict[str, ast.AST] = {}
    queue = list(starts)
    while queue:
        name = queue.pop()
        definition = module.find(name)
        if definition is None or name in found:
            continue
        found[name] = definition
        if definition not in module.names:
            module.names[definition] = _named(module, definition)
        queue += sorted(module.names[definition])
    return list(found.values())


def _named(module: _Module, definition: ast.AST) -> set[str]:
    """What a definition names of the module: `softmax_loss`, and of `Linear.forward(x)` the method."""
    names: set[str] = set()
    own = module.own_names(definition)
    bases: set[ast.AST] = set()
    for node in ast.walk(definition):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value not in own:
            name = f"{node.value.id}.{node.attr}"
            if module.find(name) is not None:
                names.add(name)
                bases.add(node.value)
    return names | {n.id for n in ast.walk(definition) if isinstance(n, ast.Name) and n not in bases and n not in own}


def _attributes_below(node: ast.AST) -> Iterator[ast.AST]:
    """`a.b` and `a` of `a.b.c`; what is forbidden among them the whole name has shown already."""
    while isinstance(node, ast.Attribute):
        node = node.value
        if isinstance(node, ast.Attribute | ast.Name):
            yield node


def _forbidden_name(module: _Module, definition: ast.AST, forbidden: tuple[str, ...]) -> tuple[int, str] | None:
    """The first forbidden name in a definition, with its line; questions share helpers, so it is kept."""
    key = (definition, forbidden)
    if key not in module.judged:
        module.judged[key] = _look_for_forbidden(module, definition, forbidden)
    return module.judged[key]


def _look_for_forbidden(module: _Module, definition: ast.AST, forbidden: tuple[str, ...]) -> tuple[int, str] | None:
    entries = with_kin(forbidden) + INDIRECT
    methods = {e.removeprefix("torch.Tensor."): e for e in forbidden if e.startswith("torch.Tensor.")}
    harmless: set[ast.AST] = set()
    inner: set[ast.AST] = set()  # attributes within a dotted name that was looked at as a whole
    local = module.own_names(definition)
    for node in _in_order(definition):
        if node in harmless:
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            harmless.add(node.func)
        if isinstance(node, ast.Name) and node.id == "getattr":
            return node.lineno, "getattr under another name"
        own = node.name if isinstance(node, ast.FunctionDef) else node.id if isinstance(node, ast.Name) else ""
        if own in HIDDEN_ATTRIBUTES:
            return node.lineno, own  # type: ignore[attr-defined]
        if isinstance(node, ast.Import):
            for alias in node.names:
                if matching(alias.name, entries):
                    return node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if matching(f"{node.module}.{alias.name}", entries):
                    return node.lineno, f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Attribute | ast.Name) or (isinstance(node, ast.Call) and _is_getattr(node)):
            if isinstance(node, ast.Call) and _hides_its_name(module, node):
                return node.lineno, "getattr with a computed name"
            name = "" if node in inner else module.dotted(node, local)
            if not isinstance(node, ast.Call) and node not in inner:
                inner.update(_attributes_below(node))
            if name in HARMLESS:
                harmless.update(ast.walk(node))
                continue
            entry = matching(name, entries) if name else None
            if entry:
                return node.lineno, name if entry in INDIRECT else entry
            if re.match(r"torch\._[a-zA-Z]", name) or (
                isinstance(node, ast.Attribute) and node.attr in HIDDEN_ATTRIBUTES + INSIDE_TORCH
            ):
                return node.lineno, name or f".{node.attr}"  # type: ignore[union-attr]
        elif isinstance(node, ast.Call):
            if _hides_its_name(module, node):
                return node.lineno, "vars of a module"
            method = _method(module, node, local)
            if method in methods:
                return node.lineno, f".{method}()"
    return None


def _is_getattr(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "getattr" and len(call.args) > 1


def _method(module: _Module, call: ast.Call, local: frozenset[ast.Name]) -> str:
    """`norm` of `x.norm()`; empty for functions of modules, and for methods that a class of the file has.

    What is a tensor's all the same is seen when it runs.
    """
    if not isinstance(call.func, ast.Attribute) or call.func.attr in module.methods:
        return ""
    if call.func.attr == "backward" and len(call.args) + len(call.keywords) > 1:
        return ""  # a layer's, of dout and cache
    if isinstance(call.func.value, ast.Name) and call.func.value.id in ("self", "cls"):
        return ""
    base = module.dotted(call.func.value, local).split(".")[0]
    return "" if base and base in {name.split(".")[0] for name in module.imports.values()} else call.func.attr


def _hides_its_name(module: _Module, call: ast.Call) -> bool:
    """getattr(torch, "cd" + "ist"): a name looked up in a module that nobody can read."""
    by_vars = isinstance(call.func, ast.Name) and call.func.id == "vars" and len(call.args) == 1
    if not by_vars and not _is_getattr(call):
        return False
    base = module.dotted(call.args[0]).split(".")[0]
    modules = {name.split(".")[0] for name in module.imports.values()}
    return base in modules and (by_vars or not isinstance(call.args[1], ast.Constant))


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, outer expressions before inner ones, in the order of the source.

    Annotations and docstrings are left out: they call nothing.

    Raises:
        RecursionError: deeper than anybody writes.
    """
    waiting = [(node, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise RecursionError(f"nested deeper than {MAX_DEPTH}")
        yield node
        below = [value for name, value in ast.iter_fields(node) if name not in ("annotation", "returns")]
        children = [c for value in below for c in (value if isinstance(value, list) else [value])]
        waiting += [(c, depth + 1) for c in reversed(children) if isinstance(c, ast.AST) and c._fields]
