"""Rules read from the syntax tree: forbidden names by any route that can be read, and how deep loops are nested."""

from __future__ import annotations

import time
from dataclasses import replace
from textwrap import dedent

import pytest

from autograder.engine.rules import broken_rule

TORCH = "import torch\n"


@pytest.fixture(scope="module")
def judge(course):
    """Judges code of a kNN question; `loops` is its budget."""
    exercise = course.exercise("knn")

    def broken(code: str, loops: int | None = None) -> str:
        question = replace(course.question("knn.predict_labels"), loops=loops)
        return broken_rule(dedent(code).encode(), exercise, question)

    return broken


FORBIDDEN = {
    "plain": ("import torch\ndef predict_labels(a): return torch.cdist(a, a)", 2, "torch.cdist"),
    "alias": ("import torch as t\ndef predict_labels(a): return t.cdist(a, a)", 2, "torch.cdist"),
    "from_import": ("from torch import cdist as c\ndef predict_labels(a): return c(a, a)", 2, "torch.cdist"),
    "import_inside": ("def predict_labels(a):\n  from numpy import linalg\n  return 1", 2, "numpy.linalg"),
    "import_inside_alias": ("def predict_labels(a):\n  import numpy.linalg as n\n  return 1", 2, "numpy.linalg"),
    "submodule": ("import torch.nn.functional as F\ndef predict_labels(a): return F.pdist(a)", 2, "torch.nn"),
    "functional_namespace": (TORCH + "def predict_labels(a): return torch.functional.cdist(a, a)", 2, "torch.cdist"),
    "method": ("def predict_labels(a): return (a - a).norm()", 1, ".norm()"),
    "through_the_class": (TORCH + "def predict_labels(a): return torch.Tensor.norm(a)", 2, "torch.Tensor.norm"),
    "helper": (TORCH + "def h(a):\n  return torch.dist(a, a)\ndef predict_labels(a): return h(a)", 3, "torch.dist"),
    "helper_of_helper": (TORCH + "def g(a): return torch.norm(a)\ndef h(a): return g(a)\n"
                         "def predict_labels(a): return h(a)", 2, "torch.norm"),
    "module_level_alias": (TORCH + "far = torch.cdist\ndef predict_labels(a): return far(a, a)", 2, "torch.cdist"),
    "default_argument": (TORCH + "def predict_labels(a, f=torch.cdist): return f(a, a)", 2, "torch.cdist"),
    "lambda": (TORCH + "f = lambda a: torch.cdist(a, a)\ndef predict_labels(a): return f(a)", 2, "torch.cdist"),
    "getattr": (TORCH + "def predict_labels(a): return getattr(torch, 'cdist')(a, a)", 2, "torch.cdist"),
    "getattr_computed": (TORCH + "def predict_labels(a): return getattr(torch, 'cd' + 'ist')(a, a)", 2,
                         "getattr with a computed name"),
    "vars": (TORCH + "def predict_labels(a): return vars(torch)['cdist'](a, a)", 2, "vars of a module"),
    "as_an_array": ("def predict_labels(a): return a.numpy()", 1, ".numpy()"),
    "aten": (TORCH + "def predict_labels(a): return torch.ops.aten.cdist(a, a)", 2, "torch.ops.aten.cdist"),
    "aten_by_getattr": (TORCH + "def predict_labels(a): return getattr(torch, 'ops').aten.cdist(a, a)", 2,
                        "torch.ops.aten.cdist"),
    "private": (TORCH + "def predict_labels(a): return torch._euclidean_dist(a, a)", 2, "torch._euclidean_dist"),
    "jit": (TORCH + "f = torch.jit.CompilationUnit('...')\ndef predict_labels(a): return f", 2,
            "torch.jit.CompilationUnit"),
    "eval": ("def predict_labels(a): return eval('1')", 1, "eval"),
    "importlib": ("import importlib\ndef predict_labels(a): return importlib.import_module('numpy')", 2,
                  "importlib.import_module"),
    "builtins": ("import builtins\ndef predict_labels(a): return builtins.eval('1')", 2, "builtins.eval"),
    "globals": ("def predict_labels(a): return globals()['x']", 1, "globals"),
    "aten_of_an_alias": (TORCH + "def predict_labels(a):\n  t = torch\n  return t.ops.aten.cdist(a, a)", 4, ".aten"),
    "array_of_a_tensor": ("def predict_labels(a): return a.__array__()", 1, ".__array__"),
    "imported_within": ("def predict_labels(a):\n  import numpy as np\n  return np.add(a, a)", 2, "numpy"),
    "own_name_beside": (TORCH + "def predict_labels(a):\n  def f(torch): return torch\n  return torch.cdist(a, a)", 4,
                        "torch.cdist"),
    "own_name_of_a_comprehension": (TORCH + "def predict_labels(a):\n  b = [torch for torch in a]\n"
                                    "  return torch.cdist(a, a)", 4, "torch.cdist"),
    "own_name_given_back": (TORCH + "def predict_labels(a):\n  global torch\n  torch = torch\n"
                            "  return torch.cdist(a, a)", 5, "torch.cdist"),
    "dunder": ("def predict_labels(a): return predict_labels.__globals__", 1, "predict_labels.__globals__"),
    "thread": ("import threading\ndef predict_labels(a): return threading.Thread()", 2, "threading.Thread"),
    "hidden_in_an_if": ("if True:\n  np = __import__('numpy')\ndef predict_labels(a): return np.add(a, a)", 2,
                        "__import__"),
    "patched_at_import": ("import sys\nsys.modules['torch'] = None\ndef predict_labels(a): return 1", 2, "sys.modules"),
    "patched_in_a_class": ("class A:\n  import sys\n  sys.settrace(None)\ndef predict_labels(a): return 1", 3,
                           "sys.settrace"),
    "patched_by_a_call": ("import sys\ndef go():\n  sys.settrace(None)\ngo()\ndef predict_labels(a): return 1", 3,
                          "sys.settrace"),
    "the_grader_itself": ("from autograder.engine import meter as m\nm.measure = 1\ndef predict_labels(a): return 1", 2,
                          "autograder.engine.meter.measure"),
}  # fmt: skip


@pytest.mark.parametrize("route", FORBIDDEN)
def test_a_forbidden_name_is_seen_by_any_route_and_told_with_its_line(judge, route):
    code, line, what = FORBIDDEN[route]
    assert judge(code) == (
        f"knn.py, line {line}: {what} is not allowed in knn; write it out with torch's basic operations."
    )


ALLOWED = {
    "annotation": "import numpy as np\ndef predict_labels(a: np.ndarray) -> np.ndarray:\n  b: int = a\n  return b",
    "docstring": "def predict_labels(a):\n  '''not torch.cdist, not eval'''\n  # eval()\n  return 'torch.cdist'",
    "another_question": TORCH + "def other(a): return torch.cdist(a, a)\ndef predict_labels(a): return a",
    "unused_import": "import numpy as np\nfrom torch import nn\ndef predict_labels(a): return a",
    "one_hot": "import torch.nn.functional as F\ndef predict_labels(a): return F.one_hot(a)",
    "one_hot_in_full": TORCH + "def predict_labels(a): return torch.nn.functional.one_hot(a, 10)",
    "similar_names": TORCH + "def predict_labels(a): return torch.normal(a, a) + torch.distributions.Normal(a, a)",
    "own_attribute_dist": "class K:\n  def f(self): self.dist = 1; return self.dist\ndef predict_labels(a): return K()",
    "own_method_norm": "class K:\n  def norm(self): return 1\n  def f(self): return self.norm()\n"
                       "def predict_labels(a): return K()",
    "method_of_an_own_class": "class K:\n  def norm(self): return 1\n  def backward(self): return 2\n"
                              "def predict_labels(a): k = K(); return k.norm() + k.backward()",
    "function_of_a_module": "import math\ndef predict_labels(a): return math.dist((0, 1), (2, 3))",
    "own_name_like_an_import": "import torch.nn.functional as F\n"
                               "def predict_labels(a):\n  F, C = a.shape\n  return F * C",
    "own_name_like_a_builtin": "def predict_labels(a):\n  eval = a.sum()\n  return eval",
    "own_name_like_a_helper": TORCH + "def dists(a): return torch.cdist(a, a)\n"
                              "def predict_labels(a):\n  dists = a.sum()\n  return dists + 1",
    "own_name_like_a_part_of_torch": "def predict_labels(a):\n  N, _C = a.shape\n  return N * _C",
    "parameter_like_an_import": "import numpy as np\ndef predict_labels(np): return np.sum(0)",
    "version": TORCH + "print(torch.__version__)\ndef predict_labels(a): return a",
    "debugging_in_main": "def predict_labels(a): return a\nif __name__ == '__main__':\n  import subprocess\n"
                         "  subprocess.run('ls'); exec('1')",
    "printing_with_numpy": "import numpy as np\nnp.set_printoptions(precision=3)\ndef predict_labels(a): return a",
    "getattr_of_own": "def predict_labels(a):\n  return [getattr(a, n) for n in ('x', 'y')]",
    "no_such_definition": "x = 1",
    "empty": "",
}  # fmt: skip


@pytest.mark.parametrize("style", ALLOWED)
def test_what_calls_nothing_forbidden_is_allowed(judge, style):
    assert judge(ALLOWED[style]) == ""


LOOPS = {
    "none": ("return x @ x.T", 0),
    "for": ("for i in range(n): x[i] = 0", 1),
    "for_in_for": ("for i in range(n):\n    for j in range(n): x[i, j] = 0", 2),
    "three": ("for i in x:\n    for j in x:\n      for k in x: y = k", 3),
    "side_by_side": ("for i in x: y = i\n  for j in x: y = j", 1),
    "while": ("while n: n = n - 1", 1),
    "comprehension": ("return [a for a in x]", 1),
    "nested_comprehension": ("return [a * b for a in x for b in x]", 2),
    "generator": ("return sum(a for a in x)", 1),
    "dict_comprehension": ("return {a: [b for b in x] for a in x}", 2),
    "map": ("return list(map(abs, x))", 1),
    "map_in_for": ("for a in x: y = list(map(abs, a))", 2),
    "vmap": ("return torch.vmap(abs)(x)", 1),
    "reduce": ("return functools.reduce(max, x)", 1),
    "literal_tuple": ("for a in (x, y): n = a\n  return [b for b in [x, y]]", 0),
    "mapped_pair": ("a, b = map(abs, (x, y))\n  return a", 0),
    "small_range": ("for i in range(2): n = i", 0),
    "large_range": ("for i in range(100): n = i", 1),
    "over_a_shape": ("for d in x.shape[1:]: n = n * d\n  for d in x.size(): n = d", 0),
    "over_one_size": ("for i in range(x.shape[0]): n = i", 1),
    "starred_literal": ("for a in [*x]: n = a", 1),
    "zip_of_pairs": ("for a, b in zip((x, y), (n, n)): n = a", 0),
    "zip_with_one_pair": ("for a, b in zip((x, y), x, strict=False): n = a", 0),
    "zip_of_data": ("for a, b in zip(x, y): n = a", 1),
    "enumerate_a_pair": ("for i, a in enumerate((x, y), start=1): n = a", 0),
    "enumerate_data": ("for i, a in enumerate(x): n = a", 1),
    "zip_of_shapes": ("for a, b in zip(x.shape[1:], reversed(y.shape)): n = a", 0),
    "axes": ("for d in range(1, x.dim()): n = d\n  return x.sum(dim=[a for a in range(-1, -x.ndim, -1)])", 0),
    "axes_but_one": ("for _ in range(len(x.shape) - 1): x = x.sum(-1)", 0),
    "as_many_as_data": ("for i in range(len(x)): n = i", 1),
    "while_there_are_axes": ("while x.dim() > 2: x = x.flatten(1, 2)\n  while x.ndim: x = x.sum(0)", 0),
    "while_true": ("while True: n = 1", 1),
    "while_a_constant": ("while 1 < 2: n = 1", 1),
    "while_data": ("while x.dim() > n: n = n + 1", 1),
    "pair_by_name": ("pair = (x, y)\n  return [a.sum() for a in pair]", 0),
    "shape_by_name": ("shape = x.shape\n  for d in shape[1:]: n = d", 0),
    "name_bound_again": ("pair = (x, y)\n  pair = x\n  for a in pair: n = a", 1),
    "name_of_data": ("rows = list(x)\n  for a in rows: n = a", 1),
    "data_of_a_pair": ("pair = (x, y)\n  for a in pair:\n    for b in a: n = b", 1),
    "arguments_of_a_helper": ("def flat(*tensors): return [t.flatten(1) for t in tensors]\n  return flat(x, y)", 0),
    "unpacked_arguments": ("def flat(*tensors): return [t.sum() for t in tensors]\n  return flat(*x)", 1),
    "own_zip": ("zip = lambda a, b: a\n  for a in zip(x, (1, 2)): n = a", 1),
    "own_name_like_a_helper": ("looping = x.sum()\n  return looping", 0),
    "helper_behind_a_name_elsewhere": ("def f(looping): return looping\n  return looping(x)", 1),
    "loop_within_a_function_within": ("def f(a):\n    for b in a: n = b\n  for a in x: f(a)", 2),
    "recursion_within": ("def halve(a): return halve(a[1:]) if n else a\n  return halve(x)", 1000),
    "helper_with_loop": ("return looping(x)", 1),
    "helper_in_loop": ("for a in x: y = looping(a)", 2),
    "helper_passed_on": ("return apply(looping, x)", 1),
}


@pytest.mark.parametrize("style", LOOPS)
def test_loops_are_counted_as_deep_as_they_are_nested(judge, style):
    body, depth = LOOPS[style]
    code = (
        "import functools, torch\ndef looping(x):\n  for a in x: y = a\n  return y\n"
        "def apply(f, x): return f(x)\ndef predict_labels(x, y, n):\n  " + body
    )
    assert judge(code, loops=depth) == ""
    if depth:
        assert "predict_labels is to be written " in judge(code, loops=depth - 1)


def test_what_is_said_of_a_loop_names_line_and_budget(judge):
    code = "def predict_labels(x):\n  for a in x:\n    for b in x:\n      pass"
    said = "knn.py, line 3: predict_labels is to be written {}, and here is loops nested 2 deep."
    assert judge(code, 0) == said.format("without loops")
    assert judge(code, 1) == said.format("with one loop")
    assert judge("def predict_labels(x):\n  return [a for a in x]", 0) == (
        "knn.py, line 2: predict_labels is to be written without loops, and here is a loop over the data."
    )


METHODS = """
import torch

class Pool:
    @staticmethod
    def forward(x): return Pool._rows(x)

    @staticmethod
    def backward(x): return torch.cdist(x, x)

    @staticmethod
    def _rows(x):
        for row in x: pass
"""


def test_a_method_is_judged_by_itself_and_by_what_it_names(course):
    exercise = course.exercise("knn")
    question = course.question("knn.predict_labels")

    def broken(name, code=METHODS, loops=None):
        return broken_rule(code.encode(), exercise, replace(question, id=f"knn.{name}", loops=loops))

    assert broken("Pool.forward") == ""
    assert "line 9: torch.cdist is not allowed" in broken("Pool.backward")
    assert "line 9: torch.cdist is not allowed" in broken("Pool")
    assert "Pool.forward" not in broken("Pool.forward", loops=1)
    inherited = METHODS + "\nclass Fast(Pool): pass\n"
    assert "line 9: torch.cdist is not allowed" in broken("Fast.forward", inherited)
    hidden = METHODS.replace("return Pool._rows(x)", "return Pool.far(x, x)").replace(
        "class Pool:", "class Pool:\n    far = torch.cdist"
    )
    assert "torch.cdist is not allowed" in broken("Pool.forward", hidden)


def test_a_function_wrapped_after_its_definition_does_not_call_itself(judge):
    code = "import torch\ndef predict_labels(x): return x\npredict_labels = torch.no_grad()(predict_labels)"
    assert judge(code, 0) == ""


@pytest.mark.parametrize("code", [
    "def predict_labels(x): return predict_labels(x[1:])",
    "def a(x): return b(x)\ndef b(x): return a(x)\ndef predict_labels(x): return a(x)",
])  # fmt: skip
def test_recursion_is_a_loop_without_end(judge, code):
    assert "predict_labels is to be written with two loops, and here is a call of itself." in judge(code, 2)
    assert judge(code) == ""


def test_many_helpers_that_call_one_another_take_no_time(judge):
    chain = "\n".join(f"def f{i}(): return f{i + 1}() + f{i + 1}()" for i in range(60))
    start = time.perf_counter()
    assert judge(f"{chain}\ndef f60(): return 1\ndef predict_labels(): return f0()", 0) == ""
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("source", [b"def f(:\n", b"x\0", b"# coding: none\n", b"\xe9 = 1", b"(" * 500, b"-" * 10**5])
def test_what_is_no_python_raises_what_the_grader_catches(course, source):
    with pytest.raises((SyntaxError, ValueError, RecursionError, MemoryError)):
        broken_rule(source, course.exercise("knn"), course.question("knn.predict_labels"))


def test_a_warning_of_the_parser_is_not_the_graders(judge):
    assert judge("def predict_labels(x): return '\\d' is x") == ""


def test_many_helpers_that_are_used_at_import_take_no_time(judge):
    count = 3000
    code = "\n".join(f"def f{i}(): return f{(i + 1) % count}" for i in range(count))
    start = time.perf_counter()
    assert judge(f"{code}\ntable = [{', '.join(f'f{i}' for i in range(count))}]") == ""
    assert time.perf_counter() - start < 5
