"""One function out of an intent, a recipe and templates: nesting, names, binding, and no prompt that breaks it."""

from __future__ import annotations

import ast
import textwrap
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.domain.generation import KINDS, Composition, Intent
from feedback_loop.domain.pattern import Example, Pattern, Template
from feedback_loop.engines.generate.bind import bind
from feedback_loop.engines.generate.compose import compose, size
from feedback_loop.engines.generate.imports import format_imports, parse_imports
from feedback_loop.engines.generate.layout import quoted, signature, without_dead_code
from feedback_loop.engines.generate.names import bound, renamed
from feedback_loop.engines.generate.recipes import RECIPES, Recipe
from feedback_loop.engines.generate.template import Frame, Param, read_template
from feedback_loop.engines.generate.undefined import undefined_names
from feedback_loop.stores.library import load_library
from tests.engines.unused import unused_imports
from tests.repo import ROOT

CORE = [read_template(one) for one in load_library(str(ROOT), "patterns").active]
CORE_FRAMES = [one for one in CORE if isinstance(one, Frame)]
RECIPE = Recipe("r", "What it does.", (), (Param("items", "sequence", "list[int]"),), result="items[0]")


def frame(code: str, role: str = "guard", name: str = "aa", **more: Any) -> Frame:
    kinds = tuple(sorted(more.pop("kinds", {}).items()))
    template = Template(role, kinds, more.pop("requires", ()))
    one = Pattern(
        name, "T", "id", good=(Example(textwrap.dedent(code), "python"),), template=template, **more
    )
    read = read_template(one)
    assert isinstance(read, Frame), read
    return read


def made(recipe: Recipe | None, *frames: Frame, function: str = "made", **more: Any) -> Composition:
    return compose(Intent(more.pop("prompt", ""), function, **more), recipe, frames)


def run(composition: Composition) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(composition.code, "generated", "exec", dont_inherit=True), names)
    assert undefined_names(composition.code) == unused_imports(composition.code) == ()
    return names


# -- scaffolds ---------------------------------------------------------------------------------------


def test_nothing_known_is_a_scaffold_and_says_so() -> None:
    found = made(None, prompt="paint\n the fence")
    assert (found.scaffold, found.used, found.recipe) == (True, (), "")
    assert found.code == (
        "def made():\n"
        '    """A scaffold: what it is to do is still to be written."""\n'
        '    raise NotImplementedError("still to be written: paint the fence")\n'
    )


def test_a_scaffold_has_the_parameters_that_the_objects_call_for() -> None:
    found = made(None, kinds=("path", "array", "path"), returns="json")
    assert (
        "from pathlib import Path\n\nimport numpy as np\n\n\ndef made(path: Path, values: np.ndarray) -> str:"
        in (found.code)
    )
    with pytest.raises(NotImplementedError):
        run(found)["made"](1, 2)


def test_a_scaffold_stands_within_the_templates_and_nothing_follows_it() -> None:
    found = made(None, *CORE_FRAMES, kinds=("upload",), prompt="x")
    assert set(found.used) == {
        *("fastapi_streaming_uploads", "metadata_based_logic", "structured_logging"),
    }
    assert ("specific_exceptions", "the function takes no path that could be its 'path'") in found.rejected
    assert ("temp_file_handling", "the function takes nothing that could be its 'data'") in found.rejected
    function = ast.parse(found.code).body[-1]
    assert isinstance(function, ast.AsyncFunctionDef)
    assert isinstance(function.body[-1], ast.Try)


@pytest.mark.parametrize(
    "body",
    [
        "for y in x:\n    ...\n",
        "while x:\n    x = x[1:]\n    ...\n",
        "while True:\n    if not x:\n        break\n    x = x[1:]\n    ...\n",
        "while True:\n    for y in x:\n        break\n    ...\n",
        "try:\n    ...\nexcept ValueError:\n    x = None\n",
        "try:\n    ...\nfinally:\n    x = None\n",
        "if x:\n    ...\n",
    ],
)
def test_a_scaffold_around_a_loop_raises_once_whether_the_loop_runs_or_not(body: str) -> None:
    code = "def f(x):\n" + textwrap.indent(body, "    ")
    found = made(None, frame(code, "resource", kinds={"x": "sequence"}), kinds=("sequence",))
    assert (found.code.count("raise "), found.scaffold) == (1, True)
    names = run(found)
    for items in ([], [1]):
        with pytest.raises(NotImplementedError):
            names["made"](items)


def test_a_scaffold_around_what_returns_at_its_end_raises_within_it() -> None:
    code = "def f(x):\n    with open(x):\n        for y in x:\n            ...\n        return 1\n"
    found = made(None, frame(code, "resource", kinds={"x": "path"}), kinds=("path",))
    assert found.code.endswith("return 1\n")
    assert found.code.count("raise NotImplementedError(") == 1


def test_a_guard_that_returns_is_left_out_of_a_scaffold() -> None:
    code = "def f(x):\n    if not x:\n        return None\n    ...\n"
    returning = frame(code, kinds={"x": "sequence"})
    raising = frame(code.replace("return None", "raise ValueError"), name="bb", kinds={"x": "sequence"})
    found = made(None, returning, raising, kinds=("sequence",))
    assert (found.used, found.rejected) == (
        ("bb",),
        (("aa", "its guard would answer for what is still to be written"),),
    )


def test_a_guard_against_nan_is_left_out_where_nan_is_to_be_mended() -> None:
    nan = "numpy_nan_inf_handling"
    (guard,) = [one for one in CORE_FRAMES if one.pattern == nan]
    for verb in ("replace", "clean"):
        found = made(None, guard, kinds=("array",), verbs=("process", verb))
        assert (found.used, found.rejected) == ((), ((nan, "its guard would refuse what is to be mended"),))
    assert made(None, guard, kinds=("array",), verbs=("process",)).used == (nan,)


def test_what_a_recipe_needs_and_does_not_get_makes_a_scaffold() -> None:
    uses = Recipe("r", "D.", (), body="chunk\n", around=("aa",), uses=(("aa", "chunk"),))
    other = frame("def f():\n    for part in 'ab':\n        ...\n", "resource")
    assert made(uses).rejected == (("aa", "the ready-made code for r needs its template"),)
    found = made(uses, other)
    assert (found.scaffold, found.used, found.rejected) == (True, ("aa",), ())
    unbound = frame("def f(x):\n    if x:\n        ...\n", "resource", kinds={"x": "path"})
    found = made(Recipe("r", "D.", (), around=("aa",)), unbound)
    assert found.scaffold
    assert found.rejected == (("aa", "the function takes no path that could be its 'x'"),)


def test_an_endpoint_for_uploads_is_no_start_for_another() -> None:
    found = made(None, *CORE_FRAMES, kinds=("path",), prompt="x")
    assert "fastapi" not in found.code
    assert ("fastapi_streaming_uploads", "it takes an upload, and none was asked for") in found.rejected


def test_a_mapping_is_not_taken_for_bytes_because_of_its_name() -> None:
    found = made(None, *CORE_FRAMES, kinds=("mapping",), prompt="x")
    assert "temp_file_handling" not in found.used


def test_a_guard_that_returns_stands_before_no_result_of_another_kind() -> None:
    code = "def f(x):\n    if not x:\n        return None\n    ...\n"
    guard = frame(code, kinds={"x": "sequence"})
    for returns, used in (("int", ()), ("int | None", ("aa",)), ("object", ("aa",))):
        assert made(replace(RECIPE, returns=returns), guard).used == used
    raising = frame(code.replace("return None", "raise ValueError"), kinds={"x": "sequence"})
    assert made(replace(RECIPE, returns="int"), raising).used == ("aa",)


# -- nesting and order -------------------------------------------------------------------------------


def test_templates_nest_from_the_outside_in() -> None:
    found = made(
        RECIPE,
        frame("def f():\n    with open('a'):\n        ...\n", "wrap", "ww"),
        frame(
            "def f(x):\n    if not x:\n        return None\n    ...\n", "guard", "gg", kinds={"x": "sequence"}
        ),
        frame("def f():\n    print('log')\n    ...\n", "logging", "ll"),
        frame("def g(v: int) -> str:\n    # As text.\n    return str(v)\n", "convert_return", "cc"),
    )
    assert found.code == textwrap.dedent('''\
        def g(v: int) -> str:
            # As text.
            return str(v)


        def made(items: list[int]) -> str:
            """What it does."""
            print('log')
            if not items:
                return None
            with open('a'):
                return g(items[0])
    ''')
    assert found.used == ("ww", "gg", "ll", "cc")


def test_guards_and_logs_come_before_what_an_endpoint_does() -> None:
    endpoint = frame(
        "import fastapi\napp = fastapi.FastAPI()\n@app.get('/')\nasync def f(file: str):\n    a = 1\n    try:\n        ...\n"
        "    finally:\n        a = 2\n    return a\n",
        "endpoint",
        "ee",
    )
    log = frame("def f():\n    print('log')\n", "logging", "ll")
    recipe = Recipe("r", "D.", (), around=("ee",))
    found = made(recipe, log, endpoint)
    assert found.used == ("ee", "ll")
    assert found.code.endswith(
        "@app.get('/')\nasync def made(file: str):\n"
        '    """D."""\n'
        "    print('log')\n    a = 1\n    try:\n        pass\n    finally:\n        a = 2\n    return a\n"
    )


def test_the_same_input_gives_the_same_bytes() -> None:
    for recipe in (*RECIPES, None):
        first, second = (made(recipe, *CORE_FRAMES, kinds=KINDS, prompt="x") for _ in range(2))
        assert first == second
        compile(first.code, "x", "exec")
        assert undefined_names(first.code) == unused_imports(first.code) == ()


def test_two_of_what_there_can_be_one_of_and_pairs_in_conflict() -> None:
    resource = "def f():\n    with open('a'):\n        ...\n"
    one, two = (frame(resource, "resource", name) for name in ("one", "two"))
    assert made(None, one, two).rejected == (("two", "its place is taken by one"),)
    guard = frame("def f():\n    len('')\n    ...\n", "guard", "gg", conflicts=("one",))
    assert made(None, one, guard).rejected == (("gg", "it is in conflict with one"),)
    assert made(RECIPE, one).rejected == (("one", "the ready-made code for r has no place for it"),)


def test_what_a_template_requires_is_in_or_it_is_out() -> None:
    one = frame("def f():\n    len('a')\n    ...\n", "guard", "one", requires=("two",))
    two = frame("def f():\n    len('b')\n", "guard", "two", requires=("three",))
    found = made(None, one, two)
    assert (found.used, found.rejected[-1]) == ((), ("one", "it requires two, which is not applied"))


@pytest.mark.parametrize("role", ["guard", "wrap"])
def test_used_is_only_what_is_left_in_the_code(role: str) -> None:
    """All that this template brings stands behind the rest, which returns: nothing of it is reached."""
    late = frame("import os\ndef f(x):\n    ...\n    os.stat(x)\n", role, kinds={"x": "sequence"})
    reason = "what it brings would never be reached"
    found = made(RECIPE, late)
    assert (found.used, found.rejected, "os" in found.code) == ((), (("aa", reason),), False)
    needing = frame("def f():\n    len('a')\n    ...\n", name="bb", requires=("aa",))
    found = made(RECIPE, late, needing)
    assert (found.used, found.rejected) == (
        (),
        (("aa", reason), ("bb", "it requires aa, which is not applied")),
    )
    found = made(replace(RECIPE, around=("aa",)), late)
    assert (found.scaffold, found.used, found.rejected) == (True, (), (("aa", reason),))
    both = frame("def f(x):\n    len(x)\n    ...\n    all(x)\n", role, kinds={"x": "sequence"})
    found = made(RECIPE, both)
    assert (found.used, "len(items)" in found.code, "all(" in found.code) == (("aa",), True, False)


# -- names -------------------------------------------------------------------------------------------


def test_clashing_names_get_others_wherever_they_are_used() -> None:
    """Two constants, two helpers, an import and a local of the same names, and a function called like one."""
    first = frame(
        """\
        import json

        LIMIT = 1


        def helper(x):
            return [LIMIT for LIMIT in (x, 2)] + [LIMIT]


        def f(items):
            size = f"{helper(items)} {LIMIT:>{LIMIT}}"
            json.dumps(size)
            ...
        """,
        kinds={"items": "sequence"},
    )
    second = frame(
        """\
        from json import dumps as json

        LIMIT = 2


        def helper(x, LIMIT=LIMIT):
            return {"LIMIT": LIMIT, "x": x}


        def f(rows):
            size = len(helper(rows))
            assert json(size + LIMIT) == "4"
            ...
        """,
        name="bb",
        kinds={"rows": "sequence"},
    )
    found = made(RECIPE, first, second, function="size")
    assert found.rejected == ()
    names = run(found)
    assert names["size"]([7]) == 7
    assert (names["LIMIT"], names["LIMIT_2"]) == (1, 2)
    assert names["helper"](0) == [0, 2, 1]
    assert names["helper_2"](0) == {"LIMIT": 2, "x": 0}
    assert 'size_2 = f"{helper(items)} {LIMIT:>{LIMIT}}"' in found.code


def test_equal_constants_and_helpers_stand_once() -> None:
    code = "import logging\nlogger = logging.getLogger('x')\ndef f():\n    logger.info('{}')\n    ...\n"
    found = made(RECIPE, frame(code.format(1), "logging"), frame(code.format(2), "logging", "bb"))
    assert found.code.count("getLogger") == found.code.count("import") == 1
    other = frame("logger = 'x'\ndef f():\n    len(logger)\n    ...\n", "logging", "cc")
    assert "logger_2 = 'x'\n" in made(RECIPE, frame(code.format(1), "logging"), other).code


def test_only_what_is_needed_is_written() -> None:
    code = "import os\nimport re\nA = 1\nB = A\nC = 2\ndef unused():\n    return os\ndef f():\n    re.sub('', '', B)\n    ...\n"
    found = made(RECIPE, frame(code))
    assert found.code.startswith("import re\n\nA = 1\nB = A\n\n\ndef made(")


def test_a_name_that_means_something_else_inside_is_no_parameter() -> None:
    code = "def f(x):\n    assert all(items for items in (x,))\n    ...\n"
    found = made(RECIPE, frame(code, kinds={"x": "sequence"}))
    assert found.rejected == (("aa", "'items' means something else in it"),)


def test_an_import_of_a_dotted_module_keeps_its_name_or_stays_out() -> None:
    code = "import os.path\ndef f():\n    os.path.exists('.')\n    ...\n"
    assert "import os.path\n" in made(RECIPE, frame(code)).code
    found = made(RECIPE, frame(code), function="os")
    assert found.rejected == (("aa", "its `import os.path` takes the name 'os', which means something else"),)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 1  # x\n", "y = 1  # x\n"),
        ("a.x = f(x=x)\n", "a.x = f(x=y)\n"),
        ("def f(x):\n    return x\n", "def f(x):\n    return x\n"),
        ("def f(a=x):\n    return x\n", "def f(a=y):\n    return y\n"),
        ("def f():\n    x = 1\n    return x\n", "def f():\n    x = 1\n    return x\n"),
        ("def f():\n    global x\n    x = 1\n", "def f():\n    global y\n    y = 1\n"),
        (
            "class A:\n    x: int\n\n    def f(self):\n        return x\n",
            "class A:\n    x: int\n\n    def f(self):\n        return y\n",
        ),
        ("[x for x in x]\n", "[x for x in y]\n"),
        ("[z for z in a if x]\n", "[z for z in a if y]\n"),
        ("f = lambda x: x, x\n", "f = lambda x: x, y\n"),
        ("def x():\n    return x\n", "def y():\n    return y\n"),
        ("class x(a): pass\n", "class y(a): pass\n"),
        ("try:\n    a\nexcept b as x:\n    x\n", "try:\n    a\nexcept b as y:\n    y\n"),
        ('é = f"{x} x {{x}} {x!r:{x}}"\n', 'é = f"{y} x {{x}} {y!r:{y}}"\n'),
        ("import x\n", "import x as y\n"),
        ("match a:\n    case [x]:\n        x\n", "match a:\n    case [y]:\n        y\n"),
        (
            "match a:\n    case {'b': c, ** x}:\n        x\n",
            "match a:\n    case {'b': c, ** y}:\n        y\n",
        ),
        ("match a:\n    case [b, *x]:\n        x\n", "match a:\n    case [b, *y]:\n        y\n"),
    ],
)
def test_names_are_exchanged_in_their_scope_alone(code: str, expected: str) -> None:
    assert renamed(code, {"x": "y"}) in (expected, ast.unparse(ast.parse(expected)) + "\n")


def test_every_way_to_bind_a_name() -> None:
    code = (
        "a = b, *c = 1, 2\nimport d.e, f as g\nfrom h import i\nfor j in k: pass\nwith l as m: pass\n"
        "def n(o): p = 1\nclass q: r = 1\nif (s := [t for u in v if (w := u)]): pass\n"
        "try: pass\nexcept x as y: pass\nmatch z:\n    case {'a': A, **B}: pass\n    case [C, *D]: pass\n"
    )
    assert bound(ast.parse(code).body) == frozenset("abcdgijmnqswy") | frozenset("ABCD")


# -- binding, limits, text ---------------------------------------------------------------------------


def test_parameters_bind_by_kind_then_by_name() -> None:
    params = [Param("path", "path"), Param("other", "path"), Param("data", "any"), Param("n", "number")]

    def bound_to(**kinds: str) -> dict[str, str] | str:
        return bind(Frame("aa", "guard", params=tuple(Param(*one) for one in kinds.items())), params)

    assert bound_to(other="path", x="path") == {"other": "other", "x": "path"}
    assert bound_to(data="text") == {"data": "data"}
    assert bound_to(path="any") == {"path": "path"}
    assert bound_to(x="any") == {"x": "data"}
    assert bound_to(x="any", y="any") == "the function takes nothing that could be its 'y'"
    assert bound_to(x="array") == "the function takes no array that could be its 'x'"


def test_sizes_are_written_as_people_write_them() -> None:
    sizes = [800 * 1024**2, 2 * 1024**3, 1024, 1000, 1536 * 1024]
    assert list(map(size, sizes)) == ["800 * 1024**2", "2 * 1024**3", "1 * 1024", "1000", "1536 * 1024"]


def test_imports_are_sorted_as_isort_would() -> None:
    lines = [
        "import sys",
        "from b import c, A, B_C",
        "import os.path",
        "from os import sep",
        "import numpy as np",
    ]
    text = format_imports(parse_imports(*lines, "from __future__ import annotations"))
    assert text == (
        "from __future__ import annotations\n\nimport os.path\nimport sys\nfrom os import sep\n\n"
        "import numpy as np\nfrom b import B_C, A, c\n"
    )


def test_a_long_signature_is_broken_as_a_person_would() -> None:
    short, long = ["a" * 20] * 3, ["a" * 30] * 3
    assert signature("def f", short, "int").count("\n") == 1
    assert signature("def " + "f" * 30, short, "int").count("\n") == 3
    assert signature("def f", long, "").endswith(",\n):\n")


@pytest.mark.parametrize(
    ("code", "dead"),
    [
        ("return 1\na()\n", True),
        ("if a:\n    return 1\nelse:\n    raise a\na()\n", True),
        ("if a:\n    return 1\na()\n", False),
        ("with a:\n    return 1\na()\n", True),
        ("try:\n    return 1\nfinally:\n    pass\na()\n", True),
        ("try:\n    return 1\nexcept b:\n    pass\na()\n", False),
        ("while b:\n    return 1\na()\n", False),
        ("while b:\n    continue\n    # why\n    a()\n", True),
        ("while True:\n    b()\na()\n", True),
        ("while True:\n    for c in d:\n        break\na()\n", True),
        ("while True:\n    for c in d:\n        pass\n    else:\n        break\na()\n", False),
        ("while True:\n    if b:\n        break\na()\n", False),
        ("if not 0:\n    return 1\na()\n", True),
        ("if 0:\n    return 1\na()\n", False),
    ],
)
def test_what_is_never_reached_is_left_out(code: str, dead: bool) -> None:
    assert ("a()" not in without_dead_code(code)) == dead


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.characters(), max_size=60)
    | st.sampled_from(['"""', "\\", "'''\"", "\u2028", "\0", "\ud800", "\u202e", "x" * 20_000]),
    st.lists(st.sampled_from(KINDS), max_size=4).map(tuple),
    st.sampled_from(["json", "list", "", "\n"]),
    st.none() | st.integers(1, 2**50),
    st.sampled_from([*RECIPES, None]),
    st.permutations(CORE_FRAMES).flatmap(lambda some: st.integers(0, 9).map(lambda number: some[:number])),
)
def test_no_prompt_and_no_choice_of_templates_breaks_the_code(
    prompt: str,
    kinds: tuple[str, ...],
    returns: str,
    limit: int | None,
    recipe: Recipe | None,
    frames: list[Frame],
) -> None:
    found = made(recipe, *frames, prompt=prompt, kinds=kinds, returns=returns, limit=limit)
    compile(found.code.encode(), "x", "exec")
    assert undefined_names(found.code) == unused_imports(found.code) == ()
    assert found.scaffold == ("NotImplementedError" in found.code)
    told = {*found.used, *(one.pattern for one in found.rejected)}
    assert {one.pattern for one in frames} <= told


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters()))
def test_a_quoted_text_is_one_printable_literal(text: str) -> None:
    literal = quoted(text)
    assert ast.literal_eval(literal) == text
    assert literal.isprintable()
