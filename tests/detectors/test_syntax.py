import ast
import symtable
import sys
import textwrap
from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feedback_loop.detectors.syntax import (
    SCOPES,
    Module,
    before,
    constant,
    keyword_of,
    name_span,
    span,
    walk,
)


def module_of(source: str) -> Module:
    return Module(ast.parse(textwrap.dedent(source)))


def marked(module: Module) -> ast.AST:
    """The argument of the call of `HERE`."""
    (call,) = (node for node in module.nodes(ast.Call) if getattr(node.func, "id", "") == "HERE")
    return call.args[0]


def resolved(source: str) -> str | None:
    module = module_of(source)
    return module.resolve(marked(module))


def value(source: str) -> str | None:
    module = module_of(source)
    found = module.value_of(marked(module))
    return None if found is None else ast.unparse(found)


# -- what a name stands for ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import numpy\nHERE(numpy)", "numpy"),
        ("import numpy\nHERE(numpy.linalg.norm)", "numpy.linalg.norm"),
        ("import numpy as np\nHERE(np.float32)", "numpy.float32"),
        ("import a.b\nHERE(a.b.c)", "a.b.c"),
        ("import a.b\nHERE(a.z)", "a.z"),
        ("import a.b as x\nHERE(x.c)", "a.b.c"),
        ("from a.b import c as d\nHERE(d.e)", "a.b.c.e"),
        ("from a import b, c\nHERE(c)", "a.c"),
        ("import a.b, a.c\nHERE(a.c)", "a.c"),
        ("if x:\n    import a\nelse:\n    import a\nHERE(a)", "a"),
        ("HERE(a)\nimport a", "a"),
        ("HERE(print)", "builtins.print"),
        ("import builtins\nHERE(builtins.print)", "builtins.print"),
        ("def f():\n    import a\n    HERE(a.b)", "a.b"),
        ("def f():\n    import a\n    def g():\n        return lambda: HERE(a.b)", "a.b"),
        ("import a\nclass C:\n    def f(self):\n        HERE(a)", "a"),
        ("class C:\n    import a\n    HERE(a)", "a"),
        ("class C:\n    import a\n    def f(self, x=HERE(a)): pass", "a"),
        ("class C:\n    import a\n    x = [y for y in HERE(a)]", "a"),
        ("import a\n[HERE(a) for b in c if d]", "a"),
        ("import a\n[a for a in HERE(a)]", "a"),
        ("import a\ndef f(a=HERE(a)): pass", "a"),
        ("import a\ndef f(a: HERE(a)) -> int: pass", "a"),
        ("import a\nf = lambda a=HERE(a): a", "a"),
        ("import a\n@HERE(a)\ndef f(a): pass", "a"),
        ("import a\ndef f():\n    a = 1\n    def g():\n        global a\n        HERE(a.b)", "a.b"),
        ("def f():\n    global a\n    import a\nHERE(a)", "a"),
        ("def f():\n    import a\n    def g():\n        nonlocal a\n        HERE(a)", "a"),
        ("def f():\n    a = 1\n    def g():\n        global print\n        HERE(print)", "builtins.print"),
        ("import a\ndef f():\n    global a\n    class C:\n        HERE(a)", "a"),
    ],
)
def test_resolved(source: str, name: str) -> None:
    assert resolved(source) == name


@pytest.mark.parametrize(
    "source",
    [
        "HERE(nothing)",
        "HERE(1)",
        "HERE(f().x)",
        "HERE(a[0].b)",
        "import a\na = 1\nHERE(a)",
        "import a\nimport b as a\nHERE(a)",
        "try:\n    import a\nexcept ImportError:\n    a = None\nHERE(a)",
        "from . import a\nHERE(a)",
        "from .b import a\nHERE(a)",
        "from ..b import a\nHERE(a)",
        "from a import *\nHERE(b)",
        "import a\ndel a\nHERE(a)",
        "import a\ndef f(a):\n    HERE(a)",
        "import a\ndef f(*, a): HERE(a)",
        "import a\ndef f(*a, **b): HERE(a)",
        "import a\ndef f(**a): HERE(a)",
        "import a\ndef f(a, /): HERE(a)",
        "import a\nlambda a: HERE(a)",
        "import a\ndef f():\n    HERE(a)\n    a = 1",
        "import a\nfor a in b: HERE(a)",
        "import a\nwith b as a: HERE(a)",
        "import a\nwith b as (a, c): HERE(a)",
        "import a\ntry:\n    pass\nexcept b as a:\n    HERE(a)",
        "import a\ntry:\n    pass\nexcept* b as a:\n    HERE(a)",
        "import a\nif (a := 1): HERE(a)",
        "import a\na += 1\nHERE(a)",
        "import a\na: int\nHERE(a)",
        "import a\n[HERE(a) for a in b]",
        "import a\n[HERE(a) for b in c for a in d]",
        "import a\n[(a := 1) for b in c]\nHERE(a)",
        "import a\ndef f():\n    [(a := 1) for b in c]\n    HERE(a)",
        "import a\nmatch b:\n    case [*a]: HERE(a)",
        "import a\nmatch b:\n    case {'k': 1, **a}: HERE(a)",
        "import a\nmatch b:\n    case C(x=a): HERE(a)",
        "import a\nmatch b:\n    case int() as a: HERE(a)",
        "import a\ndef f():\n    def a(): pass\n    HERE(a)",
        "import a\nclass a: pass\nHERE(a)",
        "import a\nasync def f():\n    async for a in b: HERE(a)",
        "class C:\n    import a\n    def f(self): HERE(a)",
        "class C:\n    import a\n    x = [HERE(a) for b in c]",
        "class C:\n    import a\n    class D:\n        HERE(a)",
        "import a\ndef f():\n    global a\n    a = 1\nHERE(a)",
        "def f():\n    import a\n    def g():\n        nonlocal a\n        a = 1\n    HERE(a)",
        "def f():\n    import a\n    def g():\n        def h():\n            nonlocal a\n            a = 1\n    HERE(a)",
        "def f():\n    global a\n    HERE(a)",
        "def print(): pass\nHERE(print)",
    ],
)
def test_unresolved(source: str) -> None:
    assert resolved(source) is None


# -- one step of flow ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x = 1 + 2\nHERE(x)", "1 + 2"),
        ("x: int = f()\nHERE(x)", "f()"),
        ("x = 1\ndef f():\n    HERE(x)", "1"),
        ("def f():\n    x = 1\n    HERE(x)\nx = 2", "1"),
        ("def f():\n    x = 1\n    return [HERE(x) for y in z]", "1"),
        ("x = y = 1\nHERE(y)", None),
        ("x, y = z\nHERE(x)", None),
        ("(x) = 1\nHERE(x)", "1"),
        ("x = 1; x = 2\nHERE(x)", None),
        ("HERE(x)\nx = 1", None),
        ("x = 1\nx += 1\nHERE(x)", None),
        ("x = 1\ndel x\nHERE(x)", None),
        ("x: int\nHERE(x)", None),
        ("def f(x=1):\n    HERE(x)", None),
        ("for x in y:\n    HERE(x)", None),
        ("if (x := 1): HERE(x)", None),
        ("import x\nHERE(x)", None),
        ("x.y = 1\nHERE(x.y)", None),
        ("HERE(1)", None),
        ("HERE(nothing)", None),
        ("x = 1\ndef f():\n    global x\n    x = 2\nHERE(x)", None),
        (
            "def f():\n    x = 1\n    def g():\n        def h():\n            nonlocal x\n            x = 2\n    HERE(x)",
            None,
        ),
    ],
)
def test_value_of(source: str, found: str | None) -> None:
    assert value(source) == found


# -- scopes, against the compiler's own symbol table ---------------------------------------------

KINDS = {
    ast.Lambda: "lambda",
    ast.ListComp: "listcomp",
    ast.SetComp: "setcomp",
    ast.DictComp: "dictcomp",
    ast.GeneratorExp: "genexpr",
}
letter = st.sampled_from("abcd")
# Lower-case letters become names at random; each scope of a line is of another kind.
SIMPLE = [
    *(
        "a = b",
        "a += b",
        "a: int = b",
        "import a",
        "import a.b",
        "from x import a as b",
        "(a, *b) = c",
        "del a",
    ),
    *(
        "for a in b: c",
        "with a as b: c",
        "(a := b)",
        "global a",
        "nonlocal a",
        "return",
        "assert a, b",
        "a.b[c] = d",
    ),
    *(
        "[a for b in c if d]",
        "[a for b in c for c in d]",
        "[{a for b in c} for d in a]",
        "{a: b for c in d if (b := a)}",
    ),
    *(
        "(a for b in [c for d in a])",
        "lambda a, *b, c=d, **d: a",
        "[lambda a=b: c for d in a]",
        "{a for a in (lambda a: b)}",
    ),
]
HEADS = [
    *("def a(b=c, *c, d=a, **a):", "def a(b, /):", "async def a(b):", "class a(b, metaclass=c):", "class a:"),
    *(
        "for a in b:",
        "if a:",
        "while a:",
        "with b as (c, d):",
        "try: a\nexcept b as c:",
        "@a\ndef b(c):",
        "@b\nclass c:",
    ),
    *("match a:\n case [b, *c]:", "match a:\n case {1: b, **c}:", "match a:\n case int() as d:"),
]
if sys.version_info < (3, 14):  # there annotations have scopes of their own
    HEADS.append("def a(b: c = d, *c: d) -> a:")


@st.composite
def named(draw: st.DrawFn, templates: list[str]) -> str:
    """A template with its names drawn anew."""
    template = draw(st.sampled_from(templates))
    words = {word: draw(letter) for word in "abcd"}
    tree = [words.get(part, part) for part in _words(template)]
    return "".join(tree)


def _words(text: str) -> Iterator[str]:
    word = ""
    for char in text:
        if char.isalnum() or char == "_":
            word += char
        else:
            yield from (word, char)
            word = ""
    yield word


@st.composite
def blocks(draw: st.DrawFn, depth: int = 3) -> list[str]:
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        if depth and draw(st.booleans()):
            *first, last = draw(named(HEADS)).split("\n")
            inner = " " * (len(last) - len(last.lstrip()) + 1)
            lines += [*first, last, *(inner + line for line in draw(blocks(depth - 1)))]
        else:
            lines.append(draw(named(SIMPLE)))
    return lines


def tables(
    table: symtable.SymbolTable, parents: tuple[symtable.SymbolTable, ...] = ()
) -> Iterator[tuple[symtable.SymbolTable, ...]]:
    yield (*parents, table)
    for child in table.get_children():
        yield from tables(child, (*parents, table))


def key_of(node: ast.AST) -> tuple[str, int]:
    if isinstance(node, ast.Module):
        return "top", 0
    return KINDS.get(type(node)) or node.name, node.lineno  # type: ignore[attr-defined]


def home_in(chain: tuple[symtable.SymbolTable, ...], name: str) -> symtable.SymbolTable | None:
    """The table that binds the name as seen from the last one; None for a builtin or nothing."""
    symbol = chain[-1].lookup(name)
    if symbol.is_local() and len(chain) > 1:
        return chain[-1]
    if symbol.is_free():
        for table in reversed(chain[:-1]):
            if (
                table.get_type() == "function"
                and name in table.get_identifiers()
                and table.lookup(name).is_local()
            ):
                return table
    top = chain[0]
    binders = [table for *_, table in tables(top) if table is top or _declares_global(table, name)]
    return top if any(_binds(table, name) for table in binders) else None


def _declares_global(table: symtable.SymbolTable, name: str) -> bool:
    return name in table.get_identifiers() and table.lookup(name).is_declared_global()


def _binds(table: symtable.SymbolTable, name: str) -> bool:
    if name not in table.get_identifiers():
        return False
    symbol = table.lookup(name)
    return symbol.is_assigned() or symbol.is_imported()


@settings(max_examples=120, deadline=None)
@given(blocks())
def test_scopes_and_lookups_agree_with_the_compiler(lines: list[str]) -> None:
    source = "\n".join(lines)
    try:
        top = symtable.symtable(source, "x", "exec")
    except SyntaxError:
        assume(False)
    chains = {}
    for chain in tables(top):
        chains[(chain[-1].get_name(), chain[-1].get_lineno())] = chain
    assume(len(chains) == len(list(tables(top))))
    module = module_of(source)
    for node in module.nodes(ast.Name):
        scope = module.scope(node)
        chain = chains[key_of(scope)]
        home = home_in(chain, node.id)
        found = module.lookup(node)[0]
        assert (found and key_of(found)) == (home and (home.get_name(), home.get_lineno())), (
            node.id,
            node.lineno,
        )


def test_the_generated_programs_use_every_scope_and_every_form() -> None:
    """What no template holds would never be compared."""
    trees = [ast.parse(f"def f():\n while 1:\n  {line}") for line in SIMPLE]
    trees += [ast.parse("\n".join([*head.split("\n"), "  pass"])) for head in HEADS]
    used = {type(node) for tree in trees for node in ast.walk(tree)}
    assert set(SCOPES) <= used
    assert {
        ast.Global,
        ast.Nonlocal,
        ast.NamedExpr,
        ast.MatchMapping,
        ast.ExceptHandler,
        ast.ImportFrom,
    } <= used


# -- places --------------------------------------------------------------------------------------

SOURCE = """
@decorated(1)
class C(Base, option=inside(2)):
    field = call(3)

    def method(self, x: note(4) = default(5)) -> result(6):
        body(7)
        inner = lambda y=late(8): deep(9)

        def nested():
            innermost(10)

        return [each(11) for z in first(12) for w in second(13)]
"""


def by_number(module: Module) -> dict[int, ast.Call]:
    return {call.args[0].value: call for call in module.nodes(ast.Call)}  # type: ignore[attr-defined]


def test_scope_of_decorators_bases_defaults_annotations_and_iterables() -> None:
    module = module_of(SOURCE)
    scopes = {number: module.scope(call) for number, call in by_number(module).items()}
    named = {number: getattr(scope, "name", type(scope).__name__) for number, scope in scopes.items()}
    assert {number for number, name in named.items() if name == "Module"} == {1, 2}
    assert {number for number, name in named.items() if name == "C"} == {3, 4, 5, 6}
    assert {number for number, name in named.items() if name == "method"} == {7, 8, 12}
    assert (named[9], named[10]) == ("Lambda", "nested")
    assert {number for number, name in named.items() if name == "ListComp"} == {11, 13}


def test_function_is_the_unit_of_flow_and_within_leaves_nested_ones_out() -> None:
    module = module_of(SOURCE)
    calls = by_number(module)
    method = next(node for node in module.nodes(ast.FunctionDef) if node.name == "method")
    assert {number for number, call in calls.items() if module.function(call) is method} == {7, 8, 11, 12, 13}
    assert {call.args[0].value for call in module.within(method, ast.Call)} == {7, 8, 11, 12, 13}  # type: ignore[attr-defined]
    assert {call.args[0].value for call in module.within(module.tree, ast.Call)} == {1, 2, 3, 4, 5, 6}  # type: ignore[attr-defined]
    assert list(module.within(module.tree, ast.Return)) == []


def test_every_node_knows_its_holders() -> None:
    module = module_of(SOURCE)
    for holder in ast.walk(module.tree):
        for child in ast.iter_child_nodes(holder):
            if not isinstance(child, (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)):
                assert module.parent(child) is holder
                assert next(module.ancestors(child)) is holder
                assert list(module.ancestors(child))[-1] is module.tree
    assert module.parent(module.tree) is None
    assert list(module.ancestors(module.tree)) == []
    assert module.scope(module.tree) is module.function(module.tree) is module.tree


def test_nodes_of_a_type_are_all_of_them_holders_first() -> None:
    module = module_of("f(g(h(1)), i())\nj()\nclass C: pass\ndef k(): pass\n")
    assert [ast.unparse(call.func) for call in module.nodes(ast.Call)] == ["f", "g", "h", "i", "j"]
    assert len(module.nodes(ast.Call, ast.FunctionDef, ast.ClassDef)) == 7
    assert module.nodes(ast.Module) == [module.tree]
    assert module.nodes(ast.Await) == []


@settings(max_examples=50, deadline=None)
@given(blocks())
def test_nothing_in_a_program_is_left_out(lines: list[str]) -> None:
    tree = ast.parse("def f():\n while 1:\n  " + "\n  ".join(lines))
    module = Module(tree)
    small = (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
    every = [node for node in ast.walk(tree) if not isinstance(node, small)]
    assert all(node in module.nodes(type(node)) for node in every)
    assert set(walk(tree)) == set(every)


def test_a_tree_as_deep_as_the_parser_allows_is_no_trouble() -> None:
    for source in ("x" + ".a" * 900, "f(" * 90 + ")" * 90, "+".join("x" * 900), "not " * 300 + "x"):
        module = module_of(f"import x\nHERE({source})")
        assert module.function(marked(module)) is module.tree
        assert len(list(walk(module.tree))) > 90


# -- small questions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a.b.c", "c"),
        ("a", "a"),
        ("a . b", "b"),
        ("f().name", "name"),
        ("f(x)", "f(x)"),
        ("é.ñ", "ñ"),
        ("(a\n.b)", "b"),
    ],
)
def test_name_span(source: str, text: str) -> None:
    node = ast.parse(source, mode="eval").body
    line, column, end_line, end = name_span(node)
    assert line == end_line
    assert source.split("\n")[line - 1].encode()[column:end].decode() == text


def test_name_span_of_an_identifier_that_is_shorter_than_its_normal_form() -> None:
    node = ast.parse("x.ﷲ", mode="eval").body
    line, column, _, end = name_span(node)
    assert (line, end) == (1, 5)
    assert 0 <= column <= 2


def test_span_and_before() -> None:
    first, second = ast.parse("(a\n  .b); c").body
    assert span(first) == (1, 0, 2, 5)
    assert before(first, second)
    assert not before(second, first)
    assert not before(first, first)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("1", 1),
        ("-1", -1),
        ("-1.5", -1.5),
        ("'a'", "a"),
        ("b'a'", b"a"),
        ("True", True),
        ("...", ...),
        ("--1", 1),
    ],
)
def test_constant(source: str, found: object) -> None:
    assert constant(ast.parse(source, mode="eval").body) == found


@pytest.mark.parametrize("source", ["a", "1 + 1", "-a", "-True", "-'a'", "+1", "not 1", "f'x'", "-1j"])
def test_no_constant(source: str) -> None:
    assert constant(ast.parse(source, mode="eval").body) is None
    assert constant(None) is None


def test_keyword_of() -> None:
    call = ast.parse("f(1, a=2, **b)", mode="eval").body
    assert isinstance(call, ast.Call)
    found = keyword_of(call, "a")
    assert found is not None
    assert constant(found.value) == 2
    assert keyword_of(call, "b") is None
