"""Rules of ast-grep: git's lines, columns of code points, and every language it reads."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import ast_grep_py
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_loop.detectors.kinds import NotRunError, parse
from feedback_loop.detectors.structural import GRAMMARS, find_heads, find_rules, try_rule
from tests.repo import ROOT

Rule = dict[str, Any]
Span = tuple[int, int, int, int]
CALL: Rule = {"pattern": "foo($A)"}


def places(
    text: bytes, rule: Rule, dialect: str = "python", *anchor: str, **other: Rule
) -> list[tuple[Span, tuple[Span, ...]]]:
    spec = (rule, other.get("constraints", {}), other.get("utils", {}), anchor)
    return find_rules(parse(text), dialect, [spec])[0]


def lines(text: bytes, rule: Rule, dialect: str = "python") -> list[int]:
    return [anchors[0][0] for _, anchors in places(text, rule, dialect)]


# -- places ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [b"", b"\n", b"# foo(1)\n", b"'foo(1)'\n", b"\xef\xbb\xbf", b"\r", b"\0"])
def test_nothing_to_find(text: bytes) -> None:
    assert places(text, CALL) == []


@pytest.mark.parametrize(
    ("text", "span"),
    [
        (b"foo(1)", (1, 1, 1, 7)),
        (b"\n\n  foo(1)\n", (3, 3, 3, 9)),
        (b"if x:\n\tfoo(1)\n", (2, 2, 2, 8)),
        ("x = 'é日😀'; foo('é')\n".encode(), (1, 12, 1, 20)),
        (b"x\r\nfoo(1)\r\n", (2, 1, 2, 7)),
        (b"\xef\xbb\xbffoo(1)\n", (1, 1, 1, 7)),
        (b"x = '\xe9'; foo(1)\n", (1, 10, 1, 16)),
        (b"# coding: latin-1\nx = '\xe9'; foo(1)\n", (2, 10, 2, 16)),
        (b"x\rfoo(1)\n", (1, 3, 1, 9)),
        (b"# x\rfoo(1)\n", (1, 5, 1, 11)),
        (b"\r\r\nx\n\r\rfoo(1)\r", (3, 3, 3, 9)),
        ("é\r日\r😀 = foo(1)\r\n".encode(), (1, 9, 1, 15)),
        (b"x\0\nfoo(1)\n", (2, 1, 2, 7)),
    ],
)
def test_place(text: bytes, span: Span) -> None:
    assert places(text, CALL) == [(span, (span,))]


@pytest.mark.parametrize(
    ("text", "full", "anchor"),
    [
        (b"foo(\n  1)\n", (1, 1, 2, 5), (1, 1, 1, 5)),
        (b"foo(\r\n  1)\r\n", (1, 1, 2, 5), (1, 1, 1, 5)),
        ("é; foo('''😀\n\n''')\n".encode(), (1, 4, 3, 5), (1, 4, 1, 12)),
        (b"foo(\r  1)\n", (1, 1, 1, 10), (1, 1, 1, 10)),
    ],
)
def test_without_anchors_the_first_line_is_the_anchor(text: bytes, full: Span, anchor: Span) -> None:
    assert places(text, CALL) == [(full, (anchor,))]


def test_anchors_are_the_nodes_of_metavariables_in_the_order_asked_for() -> None:
    text = b"foo(a, shell=\n  True)\nfoo(b, shell=False)\n"
    rule = {"pattern": "foo($A, $K=$V)"}
    assert places(text, rule, "python", "V", "A") == [
        ((1, 1, 2, 8), ((2, 3, 2, 7), (1, 5, 1, 6))),
        ((3, 1, 3, 20), ((3, 14, 3, 19), (3, 5, 3, 6))),
    ]


def test_a_metavariable_of_many_nodes_is_many_anchors_without_the_commas() -> None:
    rule = {"pattern": "foo($$$ARGS)"}
    assert places(b"foo(a,\n b, c)\n", rule, "python", "ARGS") == [
        ((1, 1, 2, 7), ((1, 5, 1, 6), (2, 2, 2, 3), (2, 5, 2, 6)))
    ]
    assert places(b"foo()\n", rule, "python", "ARGS") == [((1, 1, 1, 6), ((1, 1, 1, 6),))]


def test_an_anchor_may_be_a_sign() -> None:
    rule = {"kind": "binary_operator", "has": {"field": "operator", "pattern": "$$OP"}}
    assert places(b"x = a % b\n", rule, "python", "OP") == [((1, 5, 1, 10), ((1, 7, 1, 8),))]


@pytest.mark.parametrize(
    ("dialect", "kind", "text", "heads"),
    [
        ("python", "function_definition", "def f(a,\n  b):\n  pass\n", [(1, 2)]),
        ("python", "except_clause", "try:\n  a\nexcept (A,\n  B):\n  b\n", [(3, 4)]),
        ("python", "if_statement", "if a: b\n", [(1, 1)]),
        ("python", "call", "f(\n  1,\n  2)\nf(3)\n", [(1, 3), (4, 4)]),
        ("python", "call", "f(\r  1,\r  2)\n", [(1, 1)]),
        ("javascript", "call_expression", "f(\n  1,\n  (a) => {\n    1\n})\n", [(1, 3)]),
        ("javascript", "call_expression", "f((a) => { a },\n  2)\n", [(1, 2)]),
        ("javascript", "method_definition", "class A {\n  m() {\n  }\n}\n", [(2, 2)]),
        ("typescript", "class_declaration", "class A\n  extends B {\n  m() {}\n}\n", [(1, 2)]),
        ("go", "function_declaration", "func f(a int,\n  b int) {\n  g()\n}\n", [(1, 2)]),
        ("go", "type_declaration", "type T struct {\n  a int\n}\n", [(1, 1)]),
        ("rust", "impl_item", "impl A {\n  fn x() {}\n}\n", [(1, 1)]),
        ("java", "catch_clause", "class A { void f() { try {\n} catch (E e) {\n  g();\n} } }\n", [(2, 2)]),
        ("c", "function_definition", "int f(int a,\n  int b)\n{\n  g();\n}\n", [(1, 2)]),
        ("ruby", "method", "def f(a,\n  b)\n  g\nend\n", [(1, 2)]),
        ("ruby", "if", "if a\n  b\nend\n", [(1, 1)]),
        ("kotlin", "call_expression", "fun f() {\n  x.let {\n    a\n  }\n}\n", [(2, 2)]),
        ("bash", "for_statement", "for x in y; do\n  z\ndone\n", [(1, 1)]),
        ("css", "rule_set", "a,\nb {\n  c: d;\n}\n", [(1, 2)]),
        ("yaml", "block_mapping_pair", "a:\n  - b\n", [(1, 2)]),
    ],
)
def test_a_head_ends_where_a_body_begins(
    dialect: str, kind: str, text: str, heads: list[tuple[int, int]]
) -> None:
    spec = ({"kind": kind}, {}, {}, ())
    assert find_heads(parse(text.encode(), dialect), dialect, [spec]) == [heads]


def test_anchors_out_of_relations_and_utils() -> None:
    text = b"def f():\n  try:\n    pass\n  finally:\n    return 1\n"
    rule = {"kind": "finally_clause", "has": {"pattern": "return $X", "stopBy": "end"}}
    assert places(text, rule, "python", "X") == [((4, 3, 5, 13), ((5, 12, 5, 13),))]
    named = {"matches": "risky"}
    assert places(b"foo(1)\n", named, "python", "A", utils={"risky": CALL}) == [
        ((1, 1, 1, 7), ((1, 5, 1, 6),))
    ]


def test_constraints_narrow() -> None:
    text = b"foo(1)\nfoo('x')\nfoo(y)\n"
    found = places(text, CALL, constraints={"A": {"kind": "string"}})
    assert [full[0] for full, _ in found] == [2]


rows = st.lists(
    st.sampled_from(["foo(1)", "'é日😀'; foo(x)", "# foo(c)", "", "x = (\n foo(2))", "é"]), max_size=6
)
ends = st.lists(st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\r\r", "\r\r\n"]), min_size=6, max_size=6)


@settings(max_examples=150, deadline=None)
@given(rows, ends, st.booleans())
def test_every_call_is_where_its_place_says(rows: list[str], ends: list[str], mark: bool) -> None:
    text = "".join(row + end for row, end in zip(rows, ends, strict=False))
    data = (b"\xef\xbb\xbf" if mark else b"") + text.encode()
    found = places(data, CALL)
    own = text.split("\n")  # as git counts
    for (line, column, end_line, end), anchors in found:
        assert line == end_line
        assert own[line - 1][column - 1 : end - 1].startswith("foo(")
        assert own[line - 1][end - 2] == ")"
        assert anchors == ((line, column, end_line, end),)
    assert len(found) == sum(row.count("foo(") for row in rows[: len(ends)] if not row.startswith("#"))


# -- languages -------------------------------------------------------------------------------------

LANGUAGES = [
    ("javascript", b"// x\neval(a)\n", {"pattern": "eval($A)"}),
    ("typescript", b"const a: number = 1\nlet x = eval(a) as string\n", {"pattern": "eval($A)"}),
    ("typescript", b"\nlet x = <string>y\n", {"kind": "type_assertion"}),
    ("tsx", b"const a = 1\nlet b = <B c={eval(a)}>x</B>\n", {"pattern": "eval($A)"}),
    ("go", b"package main\nfunc f() { panic(1) }\n", {"pattern": "panic($A)"}),
    ("rust", b"fn f() {\n x.unwrap() }\n", {"pattern": "$A.unwrap()"}),
    ("java", b"class A {\n void f() { System.exit(1); } }\n", {"pattern": "System.exit($A)"}),
    ("ruby", b"\neval(x)\n", {"pattern": "eval($A)"}),
    ("bash", b"\nrm -rf $X\n", {"kind": "command", "regex": "^rm -rf"}),
    ("php", b"<?php\neval($x);\n", {"pattern": "eval($A)"}),
    ("c", b"int f() {\n gets(x); }\n", {"kind": "call_expression", "regex": "^gets"}),
    ("cpp", b"int f() {\n delete x; }\n", {"kind": "delete_expression"}),
    ("csharp", b"class A {\n void F() { G(1); } }\n", {"pattern": "G($A)"}),
    ("css", b"a {\n color: red !important }\n", {"kind": "important"}),
    ("html", b"<a>\n<b onclick='x()'></b></a>\n", {"kind": "attribute"}),
    ("json", b'{\n"a": 1}\n', {"kind": "pair"}),
    ("yaml", b"# x\na: 1\n", {"kind": "block_mapping_pair"}),
    ("kotlin", b"fun f() {\n x!!.y() }\n", {"regex": "^x!!$"}),
    ("lua", b"\nloadstring(x)\n", {"pattern": "loadstring($A)"}),
    ("scala", b"object A {\n val x = null }\n", {"regex": "^null$"}),
    ("swift", b"\nlet x = try! f()\n", {"kind": "try_expression"}),
]


@pytest.mark.parametrize(("dialect", "text", "rule"), LANGUAGES, ids=[one[0] for one in LANGUAGES])
def test_every_language(dialect: str, text: bytes, rule: Rule) -> None:
    assert set(lines(text, rule, dialect)) == {2}
    assert try_rule(dialect, (rule, {}, {}, ())) == ""


def test_the_table_has_every_language() -> None:
    assert {language for language, _, _ in LANGUAGES} | {"python"} == set(GRAMMARS)


def test_a_rule_for_typescript_alone_is_silent_in_tsx_and_stops_no_other() -> None:
    casts: Rule = {"kind": "type_assertion"}
    assert lines(b"let x = <T>y\n", casts, "typescript") == [1]
    specs = [(casts, {}, {}, ()), ({"pattern": "eval($A)"}, {}, {}, ())]
    found = find_rules(parse(b"let x = <T>eval(y)</T>\nlet y = eval(z)\n"), "tsx", specs)
    assert [len(one) for one in found] == [0, 1]


def test_a_coding_cookie_is_pythons_business_alone() -> None:
    """A shell reads the bytes, and so does ast-grep: a cookie must not hide them from it."""
    assert lines(b"# coding: utf-7\nrm -rf +AGE-\n", {"pattern": "rm -rf +AGE-"}, "bash") == [2]
    assert lines(b"# coding: utf-16\neval x\n", {"pattern": "eval x"}, "bash") == [2]
    assert lines(b"# coding: cp1252\nfoo('\x80')\n", {"pattern": "foo('\u20ac')"}, "python") == [2]


@pytest.mark.parametrize("cookie", ["utf-7", "utf-16", "unicode_escape"])
def test_a_cookie_that_makes_other_lines_than_git_sees(cookie: str) -> None:
    text = f"# coding: {cookie}\nx = 1+AAo-foo(1)\\nfoo(2)\n".encode()
    with pytest.raises(NotRunError, match="other lines than git sees"):
        places(text, CALL)


# -- several rules ---------------------------------------------------------------------------------

MANY: list[Rule] = [
    {"pattern": "$A.join($B)"},
    {"pattern": "len($A)"},
    {"pattern": "nowhere_at_all($A)"},
    {"pattern": "isinstance($A, $B)"},
    {"pattern": "isinstance($A, ($$$B))"},
    {"kind": "except_clause", "regex": r"^except\s*:"},
    {"pattern": "def $F($$$A): $$$B", "has": {"kind": "return_statement", "stopBy": "end"}},
    {"kind": "function_definition", "not": {"has": {"kind": "return_statement", "stopBy": "end"}}},
    {"pattern": "$A is None"},
    {"pattern": "open($$$A)", "not": {"inside": {"kind": "with_statement", "stopBy": "end"}}},
    {"kind": "call", "has": {"field": "function", "regex": "^(eval|exec)$"}},
    {"kind": "string", "regex": "(?i)error"},
    {"pattern": "$A[0]"},
    {"any": [{"pattern": "import $A"}, {"kind": "import_from_statement"}]},
    {"pattern": "self.$A = $B", "inside": {"kind": "class_definition", "stopBy": "end"}},
    {"kind": "return_statement", "nthChild": {"position": 1, "reverse": True}},
    {"kind": "expression_statement", "follows": {"kind": "if_statement"}},
    {"pattern": {"context": "raise $E from $C", "selector": "raise_statement"}},
    {"regex": "^lambda$"},
]


REAL = [
    Path(sysconfig.get_path("stdlib")) / name
    for name in ("shlex.py", "textwrap.py", "json/decoder.py", "bdb.py")
]


def spans(node: ast_grep_py.SgNode) -> Span:
    place = node.range()
    return place.start.line + 1, place.start.column + 1, place.end.line + 1, place.end.column + 1


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_many_rules_at_once_equal_ast_grep_rule_by_rule(path: Path) -> None:
    text = path.read_bytes()
    root = ast_grep_py.SgRoot(text.decode(), "python").root()
    expected = [[spans(node) for node in root.find_all({"rule": rule})] for rule in MANY]
    found = find_rules(parse(text), "python", [(rule, {}, {}, ()) for rule in MANY])
    assert [[full for full, _ in one] for one in found] == expected
    assert sum(map(len, expected)) > 50


def test_the_table_of_rules_finds_something_with_nearly_each() -> None:
    texts = [path.read_bytes() for path in REAL]
    silent = [rule for rule in MANY if not any(lines(text, rule) for text in texts)]
    assert MANY[2] in silent
    assert len(silent) <= 4


def test_rules_with_and_without_parts_of_their_own() -> None:
    text = b"foo(1)\nfoo('x')\nbar(1)\n"
    specs: list[tuple[Any, ...]] = [
        (CALL, {}, {}, ()),
        (CALL, {"A": {"kind": "string"}}, {}, ("A",)),
        ({"matches": "u"}, {}, {"u": {"pattern": "bar($B)"}}, ("B",)),
        ({"pattern": "baz($A)"}, {}, {}, ()),
    ]
    found = find_rules(parse(text), "python", specs)
    assert [[anchors[0][:2] for _, anchors in one] for one in found] == [
        [(1, 1), (2, 1)],
        [(2, 5)],
        [(3, 5)],
        [],
    ]
    assert find_rules(parse(text), "python", []) == []


# -- what ast-grep cannot do -----------------------------------------------------------------------


def test_a_rule_that_is_refused_at_last_is_told_in_one_line() -> None:
    with pytest.raises(NotRunError) as caught:
        places(b"x\n", {"kind": "nonsense"})
    assert caught.value.reason.startswith("ast-grep: cannot get matcher")
    assert "\n" not in caught.value.reason
    assert "backtrace" not in caught.value.reason


def test_an_interruption_is_no_failure_of_ast_grep(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ast_grep_py, "SgRoot", interrupted)
    with pytest.raises(KeyboardInterrupt):
        places(b"x\n", CALL)


def test_a_panic_is_a_failure_of_ast_grep_and_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        """As pyo3 raises it."""

    def panicking(*_: object) -> None:
        raise PanicException("not implemented: x\n  at src/lib.rs:1")

    monkeypatch.setattr(ast_grep_py, "SgRoot", panicking)
    with pytest.raises(NotRunError, match="ast-grep: not implemented: x"):
        places(b"x\n", CALL)


DEEP = {
    "yaml -": ("yaml", "- " * 5000 + "a\n"),
    "yaml ?": ("yaml", "? " * 5000 + "a\n"),
    "yaml map": ("yaml", "".join(" " * at + "a:\n" for at in range(600)) + " " * 600 + "b\n"),
    "kotlin": ("kotlin", '"${' * 3000),
    "python (": ("python", "(" * 5000 + "1" + ")" * 5000),
    "python if": ("python", "".join(" " * at + "if x:\n" for at in range(1500)) + " " * 1500 + "x\n"),
    "python f": ("python", "f'{" * 3000),
    "json": ("json", "[" * 50_000 + "]" * 50_000),
    "html": ("html", "<div>" * 3000),
    "ruby": ("ruby", "x " + ",".join(f"<<A{at}{'b' * 100}" for at in range(300)) + "\n"),
    "bash": ("bash", "cat " + " ".join(f"<<A{at}{'b' * 100}" for at in range(300)) + "\n"),
    "cpp": ("cpp", 'R"' + "a" * 3000 + "(x)" + "a" * 3000 + '"'),
    "rust": ("rust", "r" + "#" * 3000 + '"x"' + "#" * 3000),
    "scala": ("scala", "".join(" " * at + "object A:\n" for at in range(300))),
    "swift": ("swift", '"\\(' * 3000),
    "javascript": ("javascript", "`${" * 3000),
    "php": ("php", "<?php " + "".join(f"<<<A{at}\n{{$a[" for at in range(300))),
}


@pytest.mark.parametrize("name", DEEP)
def test_no_text_ends_the_process(name: str) -> None:
    """In a process of its own: some of these make the parsers' C code abort."""
    dialect, text = DEEP[name]
    program = (
        "import sys\n"
        "from feedback_loop.detectors.kinds import NotRunError, parse\n"
        "from feedback_loop.detectors.structural import find_rules\n"
        "try:\n"
        "    find_rules(parse(sys.stdin.buffer.read()), sys.argv[1], [({'regex': '^nowhere$'}, {}, {}, ())])\n"
        "except NotRunError as error:\n"
        "    print(error.reason)\n"
        "print('lives')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, dialect],
        input=text.encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    told = done.stdout.decode().splitlines()
    assert told in (["lives"], ["ast-grep: its parser would break on so deep a text", "lives"])


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=80) | st.text("x=:()\n\r\t'\"\\é#{}[]-", max_size=40).map(str.encode),
    st.sampled_from(sorted(GRAMMARS)),
)
def test_arbitrary_bytes_in_any_language_end_in_places_or_a_reason(text: bytes, dialect: str) -> None:
    own = parse(text).lines
    try:
        found = places(text, {"regex": "x|foo"}, dialect)
    except NotRunError as error:
        assert error.reason.startswith("ast-grep: ")
        return
    for full, anchors in found:
        for line, column, end_line, end in (full, *anchors):
            assert 1 <= line <= end_line <= len(own)
            assert column >= 1
            assert end >= 1
