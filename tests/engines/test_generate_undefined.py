"""Names that nobody defines, imports that nobody uses."""

from __future__ import annotations

import pytest

from feedback_loop.engines.generate.undefined import find_undefined, undefined_names
from tests.engines.unused import unused_imports


@pytest.mark.parametrize(
    "code",
    [
        "",
        "x = = 1",
        "import os\n\nos.getcwd()\n",
        "def f(x, *a, y=1, **k):\n    return [z for z in (x, a, y, k, __name__, __file__)]\n",
        "try:\n    import json\nexcept ImportError:\n    json = None\nprint(json)\n",
        "from os import *\n\ngetcwd()\n",
        "class A:\n    def f(self) -> 'A':\n        return self.g()\n",
        "match [1]:\n    case [x, *rest]:\n        print(x, rest)\n",
    ],
)
def test_nothing_is_undefined(code: str) -> None:
    assert undefined_names(code) == ()


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("print(np.zeros(n), np)", ("n", "np")),
        ("def f():\n    print(x)\n    x = 1\n", ("x",)),
        ("__all__ = ['gone']\n", ("gone",)),
        ("def f() -> 'Path': ...\n", ("Path",)),
        ("@app.post('/x')\nasync def f(file: UploadFile): ...\n", ("UploadFile", "app")),
        ("del x\n", ("x",)),
    ],
)
def test_names_that_nobody_defines(code: str, names: tuple[str, ...]) -> None:
    assert undefined_names(code) == names


def test_an_import_that_is_not_used_is_seen_by_the_tests() -> None:
    code = "import os.path\nimport json as j\nimport re\nfrom a.b import c as d\n\nre.compile('x')\n"
    assert unused_imports(code) == ("a.b.c as d", "json as j", "os.path")
    assert unused_imports("import os\n\nos.getcwd()\n") == ()


def test_a_tree_too_deep_to_walk_tells_nothing_and_is_no_fault() -> None:
    import ast

    deep: ast.expr = ast.Constant(1)
    for _ in range(100_000):
        deep = ast.UnaryOp(ast.USub(), deep)
    tree = ast.Module([ast.Expr(deep)], [])
    assert find_undefined(tree) is None
