"""How deep loops over data are nested in a definition, calls of the module's own functions included.

A loop over a few things that are written down is none: a literal tuple, the axes of a tensor, the arguments of a
helper. What grows with the data all the same is seen when it runs, by the operations that it dispatches.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from autograder.engine.scopes import COMPREHENSIONS, FUNCTIONS, Function, bound_by, within

__all__ = ["UNBOUNDED", "Loops"]

UNBOUNDED = 1000
SMALL_RANGE = 8
LOOPING_CALLS = (
    "map", "filter", "functools.reduce", "torch.vmap", "torch.func.vmap", "functorch.vmap", "itertools.starmap",
    "itertools.accumulate",
)  # fmt: skip
SORTING_CALLS = ("sorted", "min", "max")  # by a key of each
PASSING_ON = ("zip", "enumerate", "reversed", "list", "tuple", "sorted")


@dataclass
class _Here:
    """The definition whose loops are counted.

    Attributes:
        own: its own names.
        few: names that stand for a few things, for each function of it that is open.
        functions: what the functions within it bring with them, by name.
    """

    own: frozenset[ast.Name] = frozenset()
    few: list[set[str]] = field(default_factory=list)
    functions: dict[str, tuple[int, int]] = field(default_factory=dict)


class Loops:
    """The loops of one module.

    Args:
        tree: the module.
        find: a definition by its name, `softmax_loss` or `Linear.forward`.
        definitions: what the module defines at its top.
        dotted: the full name of what is called, `functools.reduce`, or nothing.
        own: the names that hide what the module defines.
    """

    def __init__(
        self,
        tree: ast.Module,
        find: Callable[[str], ast.AST | None],
        definitions: Mapping[str, ast.AST],
        dotted: Callable[[ast.AST], str],
        own: Callable[[ast.AST], frozenset[ast.Name]],
    ) -> None:
        self._find, self._definitions, self._dotted, self._own_names = find, definitions, dotted, own
        self._unpacked = _are_unpacked(tree)  # arguments may be as many as the data
        self._open: set[str] = set()
        self._known: dict[str, tuple[int, int]] = {}
        self._here = _Here()

    def depth(self, name: str) -> tuple[int, int]:
        """(depth, line of the innermost loop); a function that calls itself is a loop without end."""
        definition = self._find(name)
        assert definition is not None
        line = getattr(definition, "lineno", 0)
        if name in self._open:
            return UNBOUNDED, line
        if name not in self._known:
            self._open.add(name)
            before, self._here = self._here, _Here(self._own_names(definition))
            self._known[name] = self._of(definition)
            self._here = before
            self._open.remove(name)
        return self._known[name]

    def _below(self, node: ast.AST) -> tuple[int, int]:
        best = (0, getattr(node, "lineno", 0))
        called = node.func if isinstance(node, ast.Call) and self._dotted(node.func) in LOOPING_CALLS else None
        for child in ast.iter_child_nodes(node):
            if child is called:  # judged with what it is called with
                continue
            best = max(best, self._of(child), key=lambda found: found[0])
        return best

    def _of(self, node: ast.AST) -> tuple[int, int]:
        if isinstance(node, ast.Name | ast.Attribute) and self._dotted(node) in LOOPING_CALLS:
            return (0 if node in self._here.own else 1), node.lineno  # it will be called under another name
        if isinstance(node, ast.Name):
            return self._of_name(node)
        if isinstance(node, FUNCTIONS):
            inner = self._of_function(node)
        else:
            inner = self._below(node)
        own, (depth, line) = self._loops_here(node), inner
        if own:
            return min(own + depth, UNBOUNDED), line if depth else getattr(node, "lineno", line)
        return inner

    def _of_name(self, name: ast.Name) -> tuple[int, int]:
        """What a name brings with it: the loops of the function that it may call."""
        if name in self._here.own:
            return self._here.functions.get(name.id, (0, name.lineno))
        found = self._definitions.get(name.id)
        if isinstance(found, ast.Assign) and isinstance(found.value, ast.Attribute | ast.Name):
            looping = self._dotted(found.value) in LOOPING_CALLS  # `each = map`
            return int(looping), name.lineno
        return self.depth(name.id) if isinstance(found, ast.FunctionDef) else (0, name.lineno)

    def _of_function(self, function: Function) -> tuple[int, int]:
        name = getattr(function, "name", "")
        if name and self._here.few:  # within another: while it is open, its name is a call of itself
            self._here.functions[name] = (UNBOUNDED, function.lineno)
        self._here.few.append(self._names_of_few(function))
        inner = self._below(function)
        self._here.few.pop()
        if name:
            self._here.functions[name] = inner
        return inner

    def _loops_here(self, node: ast.AST) -> int:
        if isinstance(node, ast.For | ast.AsyncFor):
            return 0 if self._is_few(node.iter) else 1
        if isinstance(node, ast.While):
            sides = [node.test.left, *node.test.comparators] if isinstance(node.test, ast.Compare) else [node.test]
            axes = any(not isinstance(side, ast.Constant) for side in sides)
            return 0 if axes and all(map(self._is_small, sides)) else 1
        if isinstance(node, COMPREHENSIONS):
            return sum(not self._is_few(g.iter) for g in node.generators)
        if isinstance(node, ast.Call) and self._dotted(node.func) in LOOPING_CALLS:
            return 0 if len(node.args) > 1 and all(map(self._is_few, node.args[1:])) else 1
        if isinstance(node, ast.Call) and self._dotted(node.func) == "iter":
            return int(len(node.args) == 2)  # calls a function until it says stop
        if isinstance(node, ast.Call) and self._dotted(node.func) in SORTING_CALLS:
            by_key = any(keyword.arg == "key" for keyword in node.keywords)
            return int(by_key and not (node.args and all(map(self._is_few, node.args))))
        return 0

    def _names_of_few(self, function: Function) -> set[str]:
        """Names of a function that are bound once, to a tuple that is written down, to a shape, or to `*args`."""
        parts = [*within(function)]
        stored = Counter(n.id for n in parts if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load))
        names = set()
        for node in parts:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                name, value = node.targets[0].id, node.value
                if stored[name] == 1 and (isinstance(value, ast.Tuple) or _is_shape(value)) and self._is_few(value):
                    names.add(name)
        rest = function.args.vararg
        if rest is not None and not self._unpacked and rest.arg not in stored:
            names.add(rest.arg)
        return names & bound_by(function)

    def _is_few(self, iterable: ast.AST) -> bool:
        """A literal tuple or list, a shape, a range of axes or of a small constant: not a loop over data."""
        if isinstance(iterable, ast.Name):
            return any(iterable.id in names for names in self._here.few[-1:])
        if isinstance(iterable, ast.Subscript):
            return isinstance(iterable.slice, ast.Slice) and (_is_shape(iterable.value) or self._is_few(iterable.value))
        if _is_shape(iterable):
            return not self._is_of_a_class_here(iterable)
        if isinstance(iterable, ast.Tuple | ast.List):
            return not any(isinstance(e, ast.Starred) for e in iterable.elts)
        if not isinstance(iterable, ast.Call) or not isinstance(iterable.func, ast.Name):
            return False
        if iterable.func in self._here.own or iterable.func.id in self._definitions:
            return False
        if iterable.func.id == "range":
            return bool(iterable.args) and all(map(self._is_small, iterable.args))
        if iterable.func.id == "zip":
            return any(map(self._is_few, iterable.args))
        return iterable.func.id in PASSING_ON and len(iterable.args) == 1 and self._is_few(iterable.args[0])

    def _is_of_a_class_here(self, shape: ast.AST) -> bool:
        """`Box.shape`, which may be anything, where the module defines `Box`."""
        owner = shape
        while isinstance(owner, ast.Attribute | ast.Subscript | ast.Call):
            owner = owner.func if isinstance(owner, ast.Call) else owner.value
        return isinstance(owner, ast.Name) and owner not in self._here.own and owner.id in self._definitions

    def _is_small(self, number: ast.AST) -> bool:
        """A small constant, a number of axes or of a few things, or a sum or difference of such."""
        if isinstance(number, ast.Constant):
            return type(number.value) is int and abs(number.value) <= SMALL_RANGE
        if isinstance(number, ast.UnaryOp):
            return isinstance(number.op, ast.USub) and self._is_small(number.operand)
        if isinstance(number, ast.BinOp):
            return isinstance(number.op, ast.Add | ast.Sub) and all(map(self._is_small, (number.left, number.right)))
        if isinstance(number, ast.Attribute):
            return number.attr == "ndim"
        if not isinstance(number, ast.Call) or number.keywords:
            return False
        if isinstance(number.func, ast.Attribute):
            return number.func.attr in ("dim", "ndimension") and not number.args
        is_len = isinstance(number.func, ast.Name) and number.func.id == "len" and number.func not in self._here.own
        return is_len and len(number.args) == 1 and self._is_few(number.args[0])


def _is_shape(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr == "size" and not node.args
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Slice) and _is_shape(node.value)
    return isinstance(node, ast.Attribute) and node.attr == "shape"


def _are_unpacked(tree: ast.Module) -> bool:
    """Whether something that is no shape may be unpacked into the arguments of a function with `*args`."""
    functions = [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS) and node.args.vararg]
    names = {getattr(function, "name", "") for function in functions}
    for node in ast.walk(tree) if functions else ():
        if isinstance(node, ast.Call) and any(isinstance(a, ast.Starred) and not _is_shape(a.value) for a in node.args):
            of_a_module = isinstance(node.func, ast.Attribute) and node.func.attr not in names
            if not of_a_module and not (isinstance(node.func, ast.Name) and node.func.id in ("print", "zip")):
                return True
    return False
