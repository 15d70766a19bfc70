"""`python.call`: the calls that a library's author names."""

from __future__ import annotations

import ast
import json
import textwrap
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.detectors.kinds import UnfitError, prepare
from feedback_loop.detectors.registry import Match
from feedback_loop.detectors.syntax import Module
from feedback_loop.domain.pattern import Builtin
from tests.detectors.check_harness import check_named

CHECK = check_named("python.call")


def found(source: str, *names: str, **params: Any) -> list[Match]:
    """The matches in source order; that the derived prefilter holds in each anchor is checked."""
    params = {"names": list(names), **params}
    text = textwrap.dedent(source)
    ready = prepare(Builtin("python.call", json.dumps(params)))
    matches = list(CHECK.find(Module(ast.parse(text)), params))
    rows = text.encode().split(b"\n")
    for line, column, end_line, end in (anchor for match in matches for anchor in match.anchors):
        assert line == end_line
        assert rows[line - 1][column:end] in ready.added_any
    return sorted(matches, key=lambda match: match.full)


def lines(source: str, *names: str, **params: Any) -> list[int]:
    return [match.full[0] for match in found(source, *names, **params)]


def refused(**params: Any) -> tuple[str, str]:
    with pytest.raises(UnfitError) as caught:
        prepare(Builtin("python.call", json.dumps(params)))
    return caught.value.pointer, caught.value.reason


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "requests.get(x)\n",  # never imported
        "import requests\nrequests.get\n",
        "import requests\nx = requests.get\nx()\n",
        "import requests\nrequests.getter(x)\nrequests.get.x()\n",
        "import requests\nx.get()\nx.requests.get()\nrequests().get()\n",
        "import requests\nrequests = 1\nrequests.get(x)\n",
        "import requests\ndef f(requests):\n    requests.get(x)\n",
        "import requests\nfor requests in x:\n    pass\nrequests.get(x)\n",
        "from requests import *\nget(x)\n",
        "from .requests import get\nget(x)\n",
        "from requests import post as get\nget(x)\n",
        "# import requests; requests.get(x)\n'requests.get(x)'\n",
    ],
)
def test_silent(source: str) -> None:
    assert lines(source, "requests.get") == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("import requests\nrequests.get(x)\n", 2),
        ("import requests as r\nr.get(x)\n", 2),
        ("from requests import get\nget(x)\n", 2),
        ("from requests import get as get\nget(x)\n", 2),
        ("def f():\n    import requests\n    return requests.get(x)\n", 3),
        ("import requests\nx = [requests.get(y) for y in z]\n", 2),
        ("import requests\n(requests.get)(x)\n", 2),
        ("import requests.sessions\nrequests.get(x)\n", 2),
        ("import requests\nrequests.get(x).json()\n", 2),
    ],
)
def test_a_dotted_name_through_imports(source: str, line: int) -> None:
    assert lines(source, "requests.get") == [line]


def test_an_import_under_a_last_word_of_its_own_is_not_looked_for() -> None:
    """The prefilter needs the word on the line (PRE-3)."""
    assert lines("from requests import get as fetch\nfetch(x)\n", "requests.get") == []


@pytest.mark.parametrize("name", ["eval", "builtins.eval"])
def test_builtins_by_their_bare_name_and_by_their_full_one(name: str) -> None:
    assert lines("eval(x)\n", name) == [1]
    assert lines("import builtins\nbuiltins.eval(x)\n", name) == [2]
    assert lines("model.eval()\nself.eval(x)\nx.builtins.eval()\n", name) == []
    assert lines("def eval(x): ...\neval(x)\n", name) == []
    assert lines("def f(eval):\n    eval(x)\neval(y)\n", name) == [3]
    assert lines("from model import eval\neval(x)\n", name) == []


def test_a_bare_name_that_is_no_builtin_is_not_somebodys_function() -> None:
    assert lines("def run(): ...\nrun()\nx.run()\n", "run") == []


def test_several_names() -> None:
    source = "import os, pickle\nos.system(x)\npickle.loads(y)\nos.popen(z)\nos.getcwd()\n"
    assert lines(source, "os.system", "os.popen", "pickle.loads") == [2, 3, 4]


def test_names_of_more_than_ascii() -> None:
    source = "import größe\ngröße.über(länge=1)\n"
    assert lines(source, "größe.über", with_keywords={"länge": None}) == [2]


def test_the_anchor_is_the_last_word_of_the_callee() -> None:
    (match,) = found("import requests\nx = (requests\n  .get)(\n  y)\n", "requests.get")
    assert match.anchors == ((3, 3, 3, 6),)
    assert match.full == (2, 4, 4, 4)


# -- with_keywords ---------------------------------------------------------------------------------


def with_keywords(arguments: str, **wanted: Any) -> bool:
    return lines(f"import m\nm.f({arguments})\n", "m.f", with_keywords=wanted) == [2]


@pytest.mark.parametrize(
    ("arguments", "value", "hit"),
    [
        ("v=False", False, True),
        ("v=True", False, False),
        ("v=0", False, False),
        ("v=None", False, False),
        ("v=x", False, False),
        ("v=not True", False, False),
        ("False", False, False),
        ("w=False", False, False),
        ("", False, False),
        ("**{'v': False}", False, False),
        ("**x", False, False),
        ("1, *x, v=False", False, True),
        ("v=1", 1, True),
        ("v=True", 1, False),
        ("v=1.0", 1, False),
        ("v=-1", -1, True),
        ("v=- 1", -1, True),
        ("v=1.5", 1.5, True),
        ("v='a'", "a", True),
        ("v='a' 'b'", "ab", True),
        ("v=b'a'", "a", False),
        ("v=f'a'", "a", False),
        ("v=x", None, True),
        ("v=None", None, True),
        ("**x", None, False),
    ],
)
def test_with_keywords(arguments: str, value: object, hit: bool) -> None:
    assert with_keywords(arguments, v=value) == hit


def test_one_of_the_keywords_is_enough_and_each_that_is_there_is_an_anchor() -> None:
    wanted = {"shell": True, "verify": None}
    source = (
        "import m\nm.f(\n  a,\n  shell=True,\n  verify=x)\nm.f(shell=False, verify=1)\nm.f(shell=False)\n"
    )
    matches = found(source, "m.f", with_keywords=wanted)
    assert [match.anchors for match in matches] == [
        ((2, 2, 2, 3), (4, 2, 4, 7), (5, 2, 5, 8)),
        ((6, 2, 6, 3), (6, 17, 6, 23)),
    ]


def test_no_keywords_at_all_is_no_condition() -> None:
    assert with_keywords("x")


# -- without_keywords ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "hit"),
    [
        ("", True),
        ("x, u=1", True),
        ("timeout=1", False),
        ("t=1", False),
        ("**x", False),
        ("*x", True),
        ("timeout", True),
    ],
)
def test_without_keywords(arguments: str, hit: bool) -> None:
    source = f"import m\nm.f({arguments})\n"
    assert (lines(source, "m.f", without_keywords=["timeout", "t"]) == [2]) == hit


def test_with_some_and_without_others() -> None:
    source = "import m\nm.f(a=1)\nm.f(a=1, b=2)\nm.f(b=2)\nm.f(a=1, **x)\n"
    assert lines(source, "m.f", with_keywords={"a": 1}, without_keywords=["b"]) == [2]


# -- arguments -------------------------------------------------------------------------------------

CALLS = "import m\nm.f()\nm.f(1)\nm.f(1, 2)\nm.f(1, 2, 3)\nm.f(*x)\nm.f(1, *x)\nm.f(k=1)\nm.f(1, k=2, **x)\n"


@pytest.mark.parametrize(
    ("counts", "hits"),
    [
        ({}, [2, 3, 4, 5, 6, 7, 8, 9]),
        ({"min": 2}, [4, 5]),
        ({"max": 0}, [2, 8]),
        ({"max": 1}, [2, 3, 8, 9]),
        ({"min": 1, "max": 2}, [3, 4, 9]),
        ({"min": 1, "max": 1}, [3, 9]),
    ],
)
def test_arguments_count_the_positional_ones(counts: dict[str, int], hits: list[int]) -> None:
    assert lines(CALLS, "m.f", arguments=counts) == hits


# -- sites -----------------------------------------------------------------------------------------


def test_sites_are_all_calls_of_the_names() -> None:
    module = Module(ast.parse("import m\nm.f(v=1)\nm.f()\nm.g()\n"))
    params = {"names": ["m.f"], "with_keywords": {"v": 1}}
    assert sorted(node.lineno for node in CHECK.sites(module, params)) == [2, 3]


# -- parameters ------------------------------------------------------------------------------------

NAMES = "a list of dotted names is needed, e.g. requests.get"
KEYWORDS = "an object of argument names and their values is needed"
RANGE = "an object with min and max is needed"


@pytest.mark.parametrize(
    ("params", "pointer", "reason"),
    [
        ({}, "/names", NAMES),
        ({"names": []}, "/names", NAMES),
        ({"names": "a.b"}, "/names", NAMES),
        ({"names": ["a", 1]}, "/names", NAMES),
        ({"names": None}, "/names", NAMES),
        ({"names": ["a", "a..b"]}, "/names/1", "'a..b' is no dotted name"),
        ({"names": [""]}, "/names/0", "'' is no dotted name"),
        ({"names": ["a b"]}, "/names/0", "'a b' is no dotted name"),
        ({"names": ["a()"]}, "/names/0", "'a()' is no dotted name"),
        ({"names": ["a"], "keywords": {}}, "/keywords", "unknown parameter"),
        ({"names": ["a"], "with_keywords": ["x"]}, "/with_keywords", KEYWORDS),
        ({"names": ["a"], "with_keywords": {"x y": 1}}, "/with_keywords", KEYWORDS),
        ({"names": ["a"], "with_keywords": {"": 1}}, "/with_keywords", KEYWORDS),
        (
            {"names": ["a"], "with_keywords": {"x": [1]}},
            "/with_keywords/x",
            "a text, a number, true, false or null is needed",
        ),
        (
            {"names": ["a"], "without_keywords": "x"},
            "/without_keywords",
            "a list of argument names is needed",
        ),
        (
            {"names": ["a"], "without_keywords": ["x y"]},
            "/without_keywords",
            "a list of argument names is needed",
        ),
        (
            {"names": ["a"], "without_keywords": [1]},
            "/without_keywords",
            "a list of argument names is needed",
        ),
        ({"names": ["a"], "arguments": [1, 2]}, "/arguments", RANGE),
        ({"names": ["a"], "arguments": {"least": 1}}, "/arguments", RANGE),
        ({"names": ["a"], "arguments": {"min": True}}, "/arguments", RANGE),
        ({"names": ["a"], "arguments": {"min": 1.5}}, "/arguments", RANGE),
        ({"names": ["a"], "arguments": {"min": -1}}, "/arguments", RANGE),
        ({"names": ["a"], "arguments": {"min": 2, "max": 1}}, "/arguments", RANGE),
    ],
)
def test_unfit_parameters(params: dict[str, Any], pointer: str, reason: str) -> None:
    assert refused(**params) == ("/params" + pointer, reason)


def test_the_prefilter_is_the_last_words_and_the_keywords() -> None:
    params = {
        "names": ["a.b.get", "c.get", "print"],
        "with_keywords": {"verify": False},
        "without_keywords": ["t"],
    }
    assert prepare(Builtin("python.call", json.dumps(params))).added_any == (b"get", b"print", b"verify")


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text("ab. ", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab ", max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
keys = st.sampled_from(["names", "with_keywords", "without_keywords", "arguments", "other"])


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(keys, values)
    | st.fixed_dictionaries(
        {"names": st.just(["m.f"])},
        optional={"with_keywords": values, "without_keywords": values, "arguments": values},
    )
)
def test_any_parameters_are_refused_or_usable(params: dict[str, Any]) -> None:
    try:
        prepare(Builtin("python.call", json.dumps(params)))
    except UnfitError as error:
        assert error.pointer.startswith("/params/")
        return
    module = Module(ast.parse("import m\nm.f(1, a=1)\n"))
    assert len(list(CHECK.find(module, json.loads(json.dumps(params))))) <= 1
