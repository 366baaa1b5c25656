"""Which names of a definition are its own: parameters and what it assigns, as Python resolves them.

A helper of the module, an imported package and a builtin are only meant where no such name hides them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

__all__ = ["COMPREHENSIONS", "FUNCTIONS", "Function", "bound_by", "own_names", "within"]

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
NAMED = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar,
    ast.MatchMapping,
)  # fmt: skip
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def own_names(definition: ast.AST) -> frozenset[ast.Name]:
    """The names below a definition that mean something local of it, of a function within, or of one around that.

    A name that a function imports is none: what it stands for can be read.
    """
    found: set[ast.Name] = set()
    waiting: list[tuple[ast.AST, frozenset[str]]] = [(definition, frozenset())]
    while waiting:
        node, bound = waiting.pop()
        if isinstance(node, ast.Name):
            if node.id in bound:
                found.add(node)
        elif isinstance(node, FUNCTIONS):
            inside = bound | bound_by(node)
            body: Iterable[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else node.body
            waiting += [(part, inside) for part in body]
            waiting += [(part, bound) for part in _outside(node)]
        elif isinstance(node, COMPREHENSIONS):
            first = node.generators[0].iter
            inside = bound | {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
            waiting += [(part, inside) for part in _children(node) if not isinstance(part, ast.comprehension)]
            for generator in node.generators:
                waiting += [(part, bound if part is first else inside) for part in _children(generator)]
        else:
            waiting += [(part, bound) for part in _children(node)]
    return frozenset(found)


def bound_by(function: Function) -> frozenset[str]:
    """The names that a function binds in its own scope."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    bound, released = {a.arg for a in every if a is not None}, set()
    for node in within(function):
        if isinstance(node, ast.Global):
            released.update(node.names)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            released.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, COMPREHENSIONS):
            bound.update(n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
        elif isinstance(node, ast.Name):
            bound.update([] if isinstance(node.ctx, ast.Load) else [node.id])
        elif isinstance(node, NAMED):
            bound.add(getattr(node, "rest" if isinstance(node, ast.MatchMapping) else "name"))
    return frozenset(bound - released - {None})


def within(function: Function) -> Iterator[ast.AST]:
    """What is in the scope of a function: of functions, classes and comprehensions within it only the node itself."""
    waiting: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else [*function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*FUNCTIONS, *COMPREHENSIONS, ast.ClassDef)):
            waiting += _children(node)


def _outside(function: Function) -> list[ast.AST]:
    """The parts of a function that are worked out where it is defined."""
    arguments = function.args
    decorators = [] if isinstance(function, ast.Lambda) else function.decorator_list
    return [*decorators, *arguments.defaults, *filter(None, arguments.kw_defaults)]


def _children(node: ast.AST) -> list[ast.AST]:
    """What is below a node, annotations left out: they call nothing."""
    below = [value for name, value in ast.iter_fields(node) if name not in ("annotation", "returns")]
    return [c for value in below for c in (value if isinstance(value, list) else [value]) if isinstance(c, ast.AST)]
