"""What a prefilter is derived from must be there in all that matches: derived texts against matches."""

from __future__ import annotations

import pytest
import re2
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feedback_loop.detectors.kinds import UnfitError, parse, prepare
from feedback_loop.detectors.lines import compiled
from feedback_loop.detectors.literals import folds_case, regex_literals, rule_literals
from feedback_loop.detectors.structural import find_rules
from feedback_loop.domain.pattern import Regex


def literals(regex: str, ignore_case: bool = False) -> list[str]:
    return [text.decode() for text in regex_literals(regex, ignore_case)]


# -- regular expressions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "regex",
    [
        r"\d+",
        "[ab]c",
        "a?b?",
        "(?:abc)?d",
        "(?:abc)*",
        "abc|d",
        "abc|",
        "(?:abc|)x",
        "(?:abc){0,3}",
        "(?i)kiss",
        "x",
        r"[[:alpha:]]abc",
        "abc{,3}",
        "abc[",
        r"\Qabc\E",
        r"\pLabc",
        "(?-i:abc)",
        "[a&&b]abc",
        "|".join(letter + "ord" for letter in "abcdefghijlmnopqr"),
    ],
)
def test_nothing_is_certain(regex: str) -> None:
    assert literals(regex) == []


@pytest.mark.parametrize(
    ("regex", "found"),
    [
        ("import pdb", ["import pdb"]),
        (r"yaml\.load\(", ["yaml.load("]),
        (r"\byaml\s*\.\s*load\(", ["load("]),
        ("ab+cd", ["cd"]),
        ("(?:abc)+d", ["abc"]),
        ("(abc){2,}", ["abc"]),
        ("foo|bar", ["bar", "foo"]),
        ("(?:foo|food)d", ["foo"]),
        ("x(?:foo|ba)y", ["ba", "foo"]),
        ("a(?P<anchor>bcd)e", ["bcd"]),
        ("^abc$", ["abc"]),
        ("[é]bc", ["ébc"]),
        (r"\x41BC\t", ["ABC\t"]),
        (r"\101BC", ["ABC"]),
        ("eval(?:uate)?", ["eval"]),
        ("abcd|abce|abxy", ["ab"]),
        ("|".join(letter + "ord" for letter in "abcdefgh"), [letter + "ord" for letter in "abcdefgh"]),
        ("(" * 90 + "abc" + ")" * 90, ["abc"]),
    ],
)
def test_one_of_these_is_certain(regex: str, found: list[str]) -> None:
    assert literals(regex) == found


@pytest.mark.parametrize(
    ("regex", "found"),
    [
        ("(?i)TODO", ["todo"]),
        ("(?i:TODO)FIX", ["todo"]),
        ("(?i)password", ["word"]),  # for the s a long s may stand
        ("(?i)token", ["to"]),
        ("(?i)xéyz", ["yz"]),
        ("(?i)[ab]cde", ["cde"]),
    ],
)
def test_case_is_folded_only_where_that_is_certain(regex: str, found: list[str]) -> None:
    assert folds_case(regex, False)
    assert literals(regex) == found


def test_ignoring_case_is_a_field_too() -> None:
    assert literals("TODO", ignore_case=True) == ["todo"]
    assert folds_case("TODO", True)
    assert not folds_case("TODO", False)
    assert not folds_case("(?P<hi>TODO)", False)


@pytest.mark.parametrize("text", ["\u212aelvin", "mi\u017ft", "MI\u017fT", "\u212a\u017f", "ki\u017f\u017f"])
@pytest.mark.parametrize("regex", ["(?i)kelvin", "(?i)mist", "(?i)ks", "(?i)kiss", "(?i:k)elvin", "mi(?i)st"])
def test_letters_that_fold_onto_ascii_from_afar(regex: str, text: str) -> None:
    held(regex, False, text.encode())


def held(regex: str, ignore_case: bool, line: bytes) -> bool:
    """That the line, if it matches, holds one of the texts; whether it matches."""
    if compiled(regex, ignore_case).search(line) is None:
        return False
    found = regex_literals(regex, ignore_case)
    looked_in = line.lower() if folds_case(regex, ignore_case) else line
    assert not found or any(text in looked_in for text in found)
    return True


def test_the_letters_from_afar_do_match() -> None:
    assert held("(?i)kelvin", False, "\u212aelvin".encode())
    assert held("mist", True, "mi\u017ft".encode())


words = st.text("abkKsS\u212a\u017fé.", min_size=1, max_size=4).map(re2.escape)
pieces = words | st.sampled_from(["[ab]", "[^x]", "[k]", r"\w", ".", r"\s", "^", "$", r"\b", "[é]", "[s-t]"])
COUNTS = ["?", "*", "+", "{2}", "{0,2}", "{1,2}", "??", "+?"]


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    form = st.sampled_from(["({})", "(?:{})", "(?i:{})", "(?s:{})", "(?P<anchor>{})", "(?-i:{})", "(?U:{})"])
    return (
        st.builds("".join, st.lists(inner, min_size=1, max_size=4))
        | st.builds("|".join, st.lists(inner, min_size=2, max_size=4))
        | st.builds(lambda one, around: around.format(one), inner, form)
        | st.builds(lambda one, count: f"(?:{one}){count}", inner, st.sampled_from(COUNTS))
    )


grown = st.recursive(pieces, _grown, max_leaves=10)
regexes = grown | grown.map("(?i){}".format)


@settings(max_examples=100, deadline=None)
@given(regexes, st.booleans(), st.data())
def test_every_match_holds_one_of_the_texts(regex: str, ignore_case: bool, data: st.DataObject) -> None:
    try:
        prepare(Regex(regex, ignore_case))
    except UnfitError:
        assume(False)
    parts = [*"abkKsS\u212a\u017fé. x", *"".join(char if char.isalnum() else " " for char in regex).split()]
    for text in data.draw(st.lists(st.lists(st.sampled_from(parts), max_size=12).map("".join), min_size=5)):
        held(regex, ignore_case, text.encode())


def test_the_grammar_of_the_property_does_match_now_and_then() -> None:
    """A property about matches says something only if there are matches."""
    tried = [held(regex, False, b"abks") for regex in ("a(?i:B)", "(?i)KS$", "(?:ab|cd)+k", "^a.k")]
    assert all(tried)


# -- rules for ast-grep ----------------------------------------------------------------------------

PYTHON = "python"
GO_MAIN = "package main\nfunc main() {{\n{}\n}}\n"

RULES: list[tuple[str, dict[str, object], str]] = [
    (PYTHON, {"pattern": "yaml.load($A)"}, "x = yaml.load(\n  y\n)\n"),
    (PYTHON, {"pattern": "yaml.load($A)"}, "yaml . load(y)\nyaml\\\n.load(z)\n"),
    (PYTHON, {"pattern": "print($$$A)"}, "print(\n1,\n2)\nprint()\n"),
    (
        PYTHON,
        {"pattern": "def $F($$$A): $$$B"},
        "def f(a):\n  pass\nasync \\\n def g(a): pass\n@d\ndef h(a): pass\n",
    ),
    (
        PYTHON,
        {"pattern": "with open($A) as $B: $$$C"},
        "async \\\n with open(x) as f: pass\nwith open(x) as f: pass\n",
    ),
    (PYTHON, {"pattern": "for $A in range($B): $$$C"}, "async \\\n for a in range(3): pass\n"),
    (PYTHON, {"pattern": "for ($A, $B) in $C: $$$D"}, "async \\\n for (a, b) in c: pass\n"),
    (PYTHON, {"pattern": "import $A"}, "import os\nimport \\\n sys\n"),
    (PYTHON, {"pattern": "from foo import $A"}, "from foo import bar\n"),
    (PYTHON, {"pattern": "raise $A('secret')"}, "raise E('secret')\n"),
    (PYTHON, {"pattern": "$A == None"}, "x == None\n(x\n== None)\n"),
    (PYTHON, {"all": [{"pattern": "open($A)"}, {"not": {"pattern": "open('x')"}}]}, "open(y)\nopen('x')\n"),
    (PYTHON, {"any": [{"pattern": "aaa($A)"}, {"pattern": "bbb($A)"}]}, "aaa(1)\nbbb(2)\n"),
    (PYTHON, {"not": {"pattern": "aaa($A)"}, "kind": "call"}, "bbb(2)\n"),
    (
        PYTHON,
        {"pattern": "foo($A)", "inside": {"pattern": "def bar(): $$$B", "stopBy": "end"}},
        "def bar():\n foo(1)\n",
    ),
    (PYTHON, {"pattern": "f'{$A}'"}, "f'{x}'\n"),
    (PYTHON, {"pattern": "x = 0xFF"}, "x = 0xFF\n"),
    (PYTHON, {"pattern": {"context": "def f(): yield $A", "selector": "yield"}}, "def g():\n  yield 1\n"),
    (PYTHON, {"kind": "call", "regex": "^eval"}, "eval(x)\n"),
    (PYTHON, {"pattern": "$$$"}, ""),
    ("javascript", {"pattern": "document.write($$$A)"}, "document\n.write(1)\ndocument.write(`a\n`)\n"),
    (
        "javascript",
        {"pattern": "function $F($$$A) { $$$B }"},
        "async function f() {}\nfunction g(a) { return 1 }\n",
    ),
    ("javascript", {"pattern": "for (const $A of $B) { $$$C }"}, "for await (const x of y) {}\n"),
    ("javascript", {"pattern": "new Function($$$A)"}, "new\nFunction('x')\n"),
    ("javascript", {"pattern": "throw new Error($A)"}, "throw new Error(`a\nb`)\n"),
    ("javascript", {"pattern": "console.log($$$ARGS)"}, "console.log('a', `${b}`)\n"),
    ("javascript", {"pattern": "if ($A) return $B"}, "function f() { if (x)\nreturn y }\n"),
    (
        "typescript",
        {"pattern": "class $A { $$$B }"},
        "abstract class A { }\nexport class B { }\nclass C { x = 1 }\n",
    ),
    ("go", {"pattern": "defer $A.Close()"}, GO_MAIN.format("defer f.Close()")),
    ("go", {"pattern": "if err != nil { return $A }"}, GO_MAIN.format("if err != nil {\nreturn err }")),
    ("go", {"pattern": "var $A = $B"}, "package main\nvar x = 1\n"),
    ("lua", {"pattern": "function foo() end"}, "local\nfunction foo() end\nfunction foo() end\n"),
    ("scala", {"pattern": "class $A($$$B)"}, "case\n class A(x: Int)\nclass B(x: Int)\n"),
    ("cpp", {"pattern": "int foo();"}, "virtual\nint foo();\n"),
    ("php", {"pattern": "echo $A;"}, "<?php\nECHO 'x';\necho 'y';\nEcho\n'z';\n"),
    ("php", {"pattern": "if ($A) { eval($B); }"}, "<?php\nIF ($a) { eval($b); }\n"),
    ("php", {"pattern": "new Foo($A)"}, "<?php $x = NEW Foo(1);\n"),
    ("rust", {"pattern": "$A.unwrap()"}, "fn f() { x\n.unwrap(); }\n"),
    ("rust", {"pattern": "println!($$$A)"}, 'fn f() { println!("a"); }\n'),
    ("java", {"pattern": "System.out.println($A)"}, "class A { void f() { System.out.println(1); } }\n"),
    ("bash", {"pattern": "rm -rf $A"}, "rm -rf /\n"),
    ("ruby", {"pattern": "puts $A"}, "puts 1\n"),
]


@pytest.mark.parametrize(("language", "rule", "source"), RULES, ids=lambda one: str(one)[:40])
def test_words_of_a_rule_are_in_all_that_it_matches(
    language: str, rule: dict[str, object], source: str
) -> None:
    added_any, file_all = rule_literals(language, rule, anchored=False)
    if source == "":
        assert (added_any, file_all) == ((), ())
        return
    places = find_rules(parse(source.encode()), language, [(rule, {}, {}, ())])[0]
    assert places
    text = source.encode().lower() if language == "php" else source.encode()
    assert all(word in text for word in file_all)
    lines = text.split(b"\n")
    for _, anchors in places:
        assert len(anchors) == 1
        assert anchors[0][0] == anchors[0][2]
        first = lines[anchors[0][0] - 1]
        assert not added_any or any(word in first for word in added_any)


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ({"pattern": "yaml.load($A)"}, (("yaml",), ("yaml", "load"))),
        ({"pattern": "$A.load($B)"}, ((), ("load",))),
        ({"pattern": "import $A"}, (("import",), ("import",))),
        ({"pattern": "def $F(): $$$B"}, ((), ("def",))),
        ({"pattern": "foo($A, 'not words', \"these\", `nor these`)"}, (("foo",), ("foo",))),
        ({"pattern": "foo($$$, $_X, $A1)"}, (("foo",), ("foo",))),
        ({"all": [{"kind": "call"}, {"pattern": "aa($A)"}, {"pattern": "$F(bb)"}]}, (("aa",), ("aa", "bb"))),
        ({"any": [{"pattern": "foo($A)"}]}, ((), ())),
        ({"kind": "call"}, ((), ())),
        ({"pattern": {"context": "foo($A)", "selector": "call"}}, ((), ())),
        ({"pattern": "a(b, c)"}, ((), ())),
        (
            {"pattern": "ab(" + ", ".join(f"w{n}" for n in range(20)) + ")"},
            (("ab",), ("ab", *(f"w{n}" for n in range(7)))),
        ),
    ],
)
def test_words_of_a_rule(rule: dict[str, object], found: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    added_any, file_all = rule_literals(PYTHON, rule, anchored=False)
    assert (tuple(map(bytes.decode, added_any)), tuple(map(bytes.decode, file_all))) == found


def test_a_rule_with_anchors_of_its_own_has_no_word_on_the_added_line() -> None:
    assert rule_literals(PYTHON, {"pattern": "yaml.load($A)"}, anchored=True) == ((), (b"yaml", b"load"))


def test_words_are_folded_where_the_language_folds_keywords() -> None:
    assert rule_literals("php", {"pattern": "echo Foo($A);"}, anchored=False)[1] == (b"echo", b"foo")
    assert rule_literals("go", {"pattern": "Foo($A)"}, anchored=False)[1] == (b"Foo",)
