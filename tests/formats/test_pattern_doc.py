import json
import string
from dataclasses import fields, replace

import pytest
from ast_grep_py import SgRoot
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from feedback_loop.domain.failure import ERROR_TYPES, Failure
from feedback_loop.domain.generation import KINDS, ROLES
from feedback_loop.domain.pattern import (
    AstGrep,
    Builtin,
    Detector,
    Example,
    Literal,
    Origin,
    Pattern,
    Prefilter,
    Regex,
    Section,
    Signature,
    Template,
)
from feedback_loop.domain.problem import Problem
from feedback_loop.domain.text import is_hidden
from feedback_loop.engines.classify.classifier import Classifier
from feedback_loop.formats.detector_doc import canonical
from feedback_loop.formats.pattern_doc import LINE_CAP, format_json, format_prose, parse_pattern, parse_prose
from feedback_loop.formats.schema import schema_text
from feedback_loop.formats.signature_json import signature_fields
from tests.repo import not_endless

NAME = "some_name"
ID = "0d9f7d0e-6a53-4b67-9a0e-2f2f0e3b7c11"
JSON = {"schema_version": 1, "name": NAME, "pattern_id": ID, "severity": "high", "guidance": "Do it."}
PROSE = "# Title\n\nWhy.\n"


def parse(prose: str | bytes = PROSE, **changes: object) -> tuple[Pattern | None, list[Problem]]:
    markdown = prose if isinstance(prose, bytes) else prose.encode()
    return parse_pattern(NAME, markdown, json.dumps(JSON | changes).encode())


def parsed(prose: str | bytes = PROSE, **changes: object) -> Pattern:
    pattern, problems = parse(prose, **changes)
    assert problems == []
    assert pattern is not None
    return pattern


def told(prose: str | bytes = PROSE, **changes: object) -> list[str]:
    pattern, problems = parse(prose, **changes)
    assert pattern is None
    return [str(problem) for problem in problems]


def again(pattern: Pattern) -> Pattern | None:
    halves = format_prose(pattern).encode(), format_json(pattern).encode()
    return parse_pattern(pattern.name, *halves)[0]


# -- written and read back: nothing is lost ------------------------------------------------------

word = st.text("abcXYZ019é日", min_size=1, max_size=5)
phrase = st.lists(
    word | st.sampled_from(["`x`", "*", "#", "C#", "->", "<b>", "&amp;", "1."]), min_size=1, max_size=4
)
line = st.builds(lambda first, rest: " ".join([first, *rest]), word, phrase)
lines = st.lists(line, max_size=3).map(tuple)
code = st.lists(st.text("ab`~#- \t>", max_size=6), max_size=4).map(
    lambda rows: "".join(f"{row}\n" for row in rows)
)
glob = st.text("ab*?[]/.é\n\t", min_size=1, max_size=8)
globs = st.lists(glob, max_size=3).map(tuple)
SMALL = string.ascii_lowercase
name = st.builds(
    str.__add__, st.sampled_from(SMALL), st.text(SMALL + string.digits + "_", min_size=1, max_size=5)
)
tag = st.builds(
    str.__add__,
    st.sampled_from(SMALL + string.digits),
    st.text(SMALL + string.digits + "+#._-", max_size=5),
)
tags = st.lists(tag, max_size=3).map(tuple)
names = st.lists(name, max_size=3).map(tuple)
printable = st.characters(categories=["L", "N", "P", "S"], include_characters=" ")
sentence = st.text(printable, min_size=1, max_size=30).filter(lambda text: not any(map(is_hidden, text)))
level = st.sampled_from(["block", "warn", "hint", "off"])

examples = st.lists(
    st.builds(
        Example,
        code,
        st.sampled_from(["", "python", "javascript", "cobol"]),
        path=st.none() | st.text("ab/._-é=", min_size=1, max_size=8),
        findings=st.none() | st.integers(0, 999_999),
        lines=st.none() | st.lists(st.integers(1, 99), min_size=1, max_size=3).map(tuple),
    ),
    max_size=3,
).map(tuple)
bodies = st.lists(
    line | st.sampled_from(["    code", "- a\n  - b", "```\n## x\n```", "> q", "### deep"]), max_size=3
)
sections = st.builds(
    Section,
    line.map(lambda title: "Notes " + title),
    bodies.map("\n\n".join),
)
texts = st.lists(st.text('abc(. é\t"', min_size=3, max_size=8), min_size=1, max_size=3).map(tuple)
expression = st.text(r"ab.*[]()|\é ", min_size=1, max_size=10)
CAPITALS = string.ascii_uppercase
capital = st.builds(
    str.__add__, st.sampled_from(CAPITALS), st.text(CAPITALS + string.digits + "_", max_size=4)
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | sentence,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(name, inner, max_size=2),
    max_leaves=5,
)
leaf_rules = st.one_of(
    expression.map(lambda text: {"pattern": text}),
    st.builds(lambda one, two: {"pattern": {"context": one, "selector": two}}, expression, name),
    st.builds(lambda kind, regex: {"kind": kind, "regex": regex}, name, expression),
    st.sampled_from([1, "2n+1", {"position": "odd", "reverse": True}]).map(lambda nth: {"nthChild": nth}),
    st.just({"matches": "help"}),
)
rules = st.recursive(
    leaf_rules,
    lambda inner: st.one_of(
        st.builds(lambda key, one: {key: [one, one]}, st.sampled_from(["all", "any"]), inner),
        inner.map(lambda one: {"not": one}),
        st.builds(
            lambda key, one, stop: {key: one | {"stopBy": stop, "field": "body"}},
            st.sampled_from(["inside", "has", "precedes", "follows"]),
            inner,
            st.sampled_from(["neighbor", "end", {"kind": "block"}]),
        ),
    ),
    max_leaves=4,
)
expressions = st.one_of(
    st.builds(Builtin, name.map("python.{}".format), st.dictionaries(name, json_values).map(canonical)),
    st.builds(Literal, texts, st.booleans(), st.booleans()),
    st.builds(Regex, expression, st.booleans(), st.none() | expression),
    st.builds(
        AstGrep,
        st.sampled_from(["python", "javascript", "c++"]),
        rules.map(canonical),
        st.dictionaries(capital, leaf_rules, max_size=2).map(canonical),
        st.just(canonical({"help": {"kind": "call"}})),
        st.lists(capital, max_size=2).map(tuple),
    ),
)
hints = st.lists(expression, max_size=2).map(tuple)
some_detector = st.builds(
    Detector,
    id=name,
    expression=expressions,
    message=sentence,
    level=level,
    languages=tags,
    include=globs,
    exclude=globs,
    fix_hint=st.none() | sentence,
    prefilter=st.none() | st.builds(Prefilter, hints, hints),
    site=st.none() | expressions,
)


def with_fitting_site(one: Detector) -> Detector:
    """A site is of the detector's kind and language, and has no anchor."""
    expression, site = one.expression, one.site
    if site is None or isinstance(expression, Builtin):
        return replace(one, site=None)
    site = site if site.kind == one.kind else expression
    if isinstance(site, AstGrep) and isinstance(expression, AstGrep):
        site = replace(site, language=expression.language, anchor=())
    return replace(one, site=site)


fitting_detectors = some_detector.map(with_fitting_site)
detectors = st.lists(fitting_detectors, max_size=3, unique_by=lambda detector: detector.id).map(tuple)
free = st.none() | st.text("ab{}é\n", max_size=5)
signatures = st.lists(
    st.builds(
        Signature,
        rule=st.just("ruff:E722"),
        exception=st.sampled_from([None, "KeyError", "app.errors.StockError", "Größenfehler"]),
        message=free,
        error_type=st.sampled_from([None, *ERROR_TYPES]),
        entity=st.sampled_from([None, "*", "Product", "order-item", "Prod?ct*"]),
        endpoint=st.sampled_from([None, "*", "* /a", "GET /", "POST /a/{id}/b~c"]),
        field=st.sampled_from([None, "*", "category_id", "first-name", "foreign_key:*", "extra:a?b"]),
        function=free,
    ),
    max_size=2,
).map(tuple)
origins = st.builds(
    Origin,
    kind=st.sampled_from(["pack", "import", "mined", "failure", "manual"]),
    pack=st.none() | word,
    sha256=st.none() | st.just("0a" * 32),
    path=st.none() | st.text("ab/", max_size=5),
    commits=st.lists(word, max_size=2).map(tuple),
    events=st.lists(word, max_size=2).map(tuple),
)
params = st.dictionaries(name | capital, st.sampled_from(KINDS), max_size=3)
templates = st.builds(
    Template, st.sampled_from(ROLES), params.map(lambda one: tuple(sorted(one.items()))), requires=names
)
patterns = st.builds(
    Pattern,
    name=name,
    title=line,
    pattern_id=st.uuids().map(str),
    severity=st.sampled_from(["low", "medium", "high", "critical"]),
    version=st.integers(1, 10**6),
    description=bodies.map("\n\n".join),
    problems=lines,
    bad=examples,
    good=examples,
    benefits=lines,
    tests=examples,
    references=lines,
    other=st.lists(sections, max_size=2).map(tuple),
    guidance=sentence,
    tags=tags,
    languages=tags,
    frameworks=tags,
    include=globs,
    exclude=globs,
    detectors=detectors,
    signatures=signatures,
    template=st.none() | templates,
    related=names,
    conflicts=names,
    supersedes=names,
    owner=st.none() | sentence,
    origin=origins,
)


@settings(max_examples=50, deadline=None)
@given(patterns)
def test_what_is_written_is_read_back(pattern: Pattern) -> None:
    halves = format_prose(pattern).encode(), format_json(pattern).encode()
    found, problems = parse_pattern(pattern.name, *halves)
    assert problems == []
    assert found == pattern


def test_the_generated_patterns_use_every_field() -> None:
    """A field that is forgotten above would never be tested."""
    plain = Pattern(name="aa", title="a", pattern_id=ID)
    given_names = {field.name for field in fields(plain) if field.compare}
    assert given_names <= set(patterns.wrapped_strategy.kwargs)  # type: ignore[attr-defined]


def test_the_generated_detectors_use_every_field() -> None:
    given_names = {field.name for field in fields(Detector)}
    assert given_names == set(some_detector.wrapped_strategy.kwargs)  # type: ignore[attr-defined]


UNSHRUNK = settings(phases=[Phase.generate], database=None)


def test_every_kind_of_detector_is_generated() -> None:
    for kind in ("builtin", "literal", "regex", "ast-grep"):
        found = find(expressions, lambda one, kind=kind: one.kind == kind, settings=UNSHRUNK)
        assert found.kind == kind


FRAGMENTS = [
    *("## Problems", "## Bad example", "## Test", "## ❌ Bad Pattern", "## Other", "## a #", "##", "### x"),
    *(
        "Some\n===",
        "Some\n---",
        "a\nb\n---",
        "---",
        "***",
        "foo #",
        "\\# x",
        "text",
        "  text",
        "",
        "\f",
        "\u00a0",
    ),
    *("- a", "-", "  - b", "1. d", "- --", "- a\n\n  b", "- ```", "  ```", "    code", "> # q", "> ```"),
    *(
        "```python",
        "```",
        "~~~",
        "````",
        "~~~ x=`y",
        "```python path=x findings=2",
        "```py",
        "~~~python path=a`b",
    ),
    *("<!--", "-->", "<div>", "</script>", "<pre>", "[a]: b"),
]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=10), st.sampled_from(["\n", "\r\n", "\r"]))
def test_what_can_be_read_can_be_written_and_read_again(fragments: list[str], end: str) -> None:
    pattern, problems = parse("# T\n\n" + end.join(fragments))
    assert (pattern is None) == bool(problems)
    assert pattern is None or again(pattern) == pattern


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_arbitrary_bytes_never_raise(markdown: bytes, data: bytes) -> None:
    pattern, problems = parse_pattern(NAME, markdown, data)
    assert pattern is None
    assert {problem.path for problem in problems} >= {"patterns/some_name.json"}


# -- forms of markdown ---------------------------------------------------------------------------

FULL = """# Title

Why.

## ❌ Bad Pattern

```py path=a/b.py findings=2 lines=1,3
x
```

~~~
y
~~~

## ✅ Good Pattern

```python
z
```

## Problems

- one
- two

## Own notes

Kept.
"""


def test_emoji_headings_and_info_strings() -> None:
    pattern = parsed(FULL)
    assert pattern.bad == (Example("x\n", "python", "a/b.py", 2, (1, 3)), Example("y\n"))
    assert [one.line for one in pattern.bad] == [8, 12]
    assert pattern.good == (Example("z\n", "python"),)
    assert pattern.problems == ("one", "two")
    assert pattern.other == (Section("Own notes", "Kept."),)
    assert (pattern.title, pattern.description) == ("Title", "Why.")


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends_and_a_byte_order_mark_change_nothing(end: str) -> None:
    assert parsed(("\ufeff" + FULL).replace("\n", end).encode()) == parsed(FULL)


@pytest.mark.parametrize(
    "title",
    ["Bad example", "bad EXAMPLE", "❌ Bad Pattern", "Bad example:", "  Bad   example  ", "Bad Pattern ❌"],
)
def test_titles_of_bad_examples(title: str) -> None:
    assert parsed(f"# T\n## {title}\n```\nx\n```\n").bad == (Example("x\n"),)


def test_another_title_is_a_section_of_its_own() -> None:
    pattern = parsed("# T\n## Really bad example\n```\nx\n```\n")
    assert pattern.bad == ()
    assert pattern.other == (Section("Really bad example", "```\nx\n```"),)


def test_examples_in_lists_and_quotes_count_those_in_comments_do_not() -> None:
    prose = "# T\n## Bad example\n- ```\n  a\n  ```\n\n> ```\n> b\n> ```\n\n<!--\n```\nc\n```\n-->\n"
    assert [one.code for one in parsed(prose).bad] == ["a\n", "b\n"]


@pytest.mark.parametrize(
    "word",
    [
        *("findings=", "findings=-1", "findings=²", "findings=٣", "findings=9999999"),
        *("lines=", "lines=1,", "lines=1;2", "path=", "title=x", "strict"),
    ],
)
def test_an_odd_word_in_an_info_string_is_named_with_its_line(word: str) -> None:
    problems = told(f"# T\n\n## Bad example\n\n```python {word}\nx\n```\n")
    assert problems == [
        f"patterns/some_name.md:5: info string: {word!r} is none of path=PATH, findings=N, lines=N,N"
    ]


def test_a_section_given_twice_by_whatever_name() -> None:
    assert told("# T\n\n## Bad example\n\n## ❌ Bad Pattern\n") == [
        "patterns/some_name.md:5: section '❌ Bad Pattern' is given twice"
    ]


@pytest.mark.parametrize(
    "prose", ["", "no title", "## Problems\n", "```\n# T\n```", "> # T", b"\xef\xbb\xbf"]
)
def test_no_title(prose: str | bytes) -> None:
    assert told(prose) == ["patterns/some_name.md:1: no title: the file must begin with a `# Title` line"]


@pytest.mark.parametrize(
    "char",
    [
        *("\u200b", "\u202e", "\u2066", "\U000e0041", "\ufeff", "\xad", "\x1b", "\x85", "\x7f"),
        *("\u3164", "\u034f", "\U000e0100"),  # these are letters and marks: `isprintable` says yes
    ],
)
def test_hidden_characters_are_named_in_both_halves(char: str) -> None:
    shown = f"hidden character U+{ord(char):04X}"
    assert told(f"# T\n\nfoo{char}{char}bar\n", guidance=f"x{char}", owner=char) == [
        f"patterns/some_name.json:1: /guidance: {shown}",
        f"patterns/some_name.json:1: /owner: {shown}",
        f"patterns/some_name.md:3: {shown}",
    ]


def test_tabs_line_ends_and_emoji_are_not_hidden() -> None:
    prose = "# T ⚠️\n\n\tcode\n"
    assert parsed(prose, signatures=[{"message": "a\n\tb"}]).signatures[0].message == "a\n\tb"


def test_markdown_that_is_too_large_or_no_utf8() -> None:
    assert told(b"#" * ((1 << 20) + 1)) == ["patterns/some_name.md: larger than 1048576 bytes"]
    assert told("# T\n" + "a\n" * LINE_CAP) == ["patterns/some_name.md: more than 10000 lines"]
    assert told(b"# T\n\xff") == ["patterns/some_name.md:2: not UTF-8 (byte 4)"]


def test_a_flood_of_hidden_characters_is_cut() -> None:
    assert 100 <= len(parse_prose(("# T\n" + "\u200b\n" * 9000).encode(), "x.md")[1]) <= 101


def test_a_flood_of_headings_is_read_to_its_end() -> None:
    with not_endless():
        assert len(parsed("# T\n" + "## a\n" * 9000).other) == 9000


# -- the other half ------------------------------------------------------------------------------


def test_all_problems_of_both_halves_are_told_at_once() -> None:
    detector = {"id": "one", "kind": "builtin", "builtin": "python.bare_except", "message": "m"}
    text = json.dumps(JSON | {"name": "other", "severity": "x", "detectors": [detector, detector]}, indent=1)
    pattern, problems = parse_pattern(NAME, b"no title\n\n\xe2\x80\x8b", text.encode(), folder="lib/archive")
    assert pattern is None
    assert [str(problem) for problem in problems] == [
        "lib/archive/some_name.json:3: /name: must equal the file name, 'some_name'",
        "lib/archive/some_name.json:5: /severity: 'x' is not one of low, medium, high, critical",
        "lib/archive/some_name.json:14: /detectors/1: id 'one' is given twice",
        "lib/archive/some_name.md:1: no title: the file must begin with a `# Title` line",
        "lib/archive/some_name.md:3: hidden character U+200B",
    ]


def test_json_that_is_none_hides_no_problem_of_the_markdown() -> None:
    _, problems = parse_pattern(NAME, b"no title", b'{"name": "some_name",}')
    assert [problem.path.rpartition(".")[2] for problem in problems] == ["json", "md"]


@pytest.mark.parametrize("value", [3, None, [], "x", {"detectors": 3}, {"detectors": [3, {"id": 3}]}])
def test_json_of_another_shape_has_problems_and_never_raises(value: object) -> None:
    pattern, problems = parse_pattern(NAME, PROSE.encode(), json.dumps(value).encode())
    assert pattern is None
    assert problems


def test_a_signature_of_nulls_recognises_nothing() -> None:
    assert told(signatures=[{"rule": "ruff:E722", "field": None}, {"field": None}]) == [
        "patterns/some_name.json:1: /signatures/1: recognises nothing"
    ]


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        ({"error_type": "nope"}, "/error_type: 'nope' is not one of database, validation, import, "),
        ({"exception": "not found"}, "/exception: the name of an exception, dotted or not"),
        ({"exception": "app..Error"}, "/exception: the name of an exception"),
        ({"exception": "3Error\n"}, "/exception: the name of an exception"),
        ({"entity": ""}, "/entity: the name of an entity"),
        ({"entity": "Order item"}, "/entity: the name of an entity"),
        ({"endpoint": "/products"}, "/endpoint: * or METHOD /template"),
        ({"endpoint": "post /products"}, "/endpoint: * or METHOD /template"),
        ({"endpoint": "GET /products?all=1"}, "/endpoint: * or METHOD /template"),
        ({"endpoint": "GET http://localhost/products"}, "/endpoint: * or METHOD /template"),
        ({"field": "index:*"}, "/field: the name of a field, *, or kind:glob"),
        ({"field": "unique:"}, "/field: the name of a field, *, or kind:glob"),
    ],
)
def test_a_signature_that_could_never_fit_is_refused(signature: dict[str, str], words: str) -> None:
    (problem,) = told(signatures=[{"message": "m"}, {"exception": "KeyError"} | signature])
    assert problem.startswith(f"patterns/some_name.json:1: /signatures/1{words}")


def test_the_schema_knows_the_kinds_of_errors_that_the_classifier_gives() -> None:
    signature = json.loads(schema_text("pattern"))["$defs"]["signature"]["properties"]
    assert signature["error_type"]["enum"] == list(ERROR_TYPES)


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=9) | st.sampled_from(["a.ValidationError", "ghp_" + "a1B2" * 9]),
    st.sampled_from(
        ["NOT NULL constraint failed: {}.{}", "1 validation error for {}\n{}\n  Field required", "{} {}"]
    ),
    st.text(max_size=9),
    st.text(max_size=9) | st.sampled_from(["ghp_" + "a1B2" * 9, "body.items.0.price"]),
    st.text(max_size=12) | st.text(max_size=12).map("POST /{}".format),
)
def test_what_any_failure_is_classified_as_can_stand_in_a_pattern(
    exception: str, wording: str, one: str, two: str, endpoint: str
) -> None:
    failure = Failure(exception, wording.format(one, two), endpoint)
    signature = signature_fields(Classifier().classify(failure).signature)
    assert parsed(signatures=[signature]).signatures


def test_a_newer_schema_version_is_told_and_nothing_is_read() -> None:
    assert told(schema_version=2, novelty=1) == [
        "patterns/some_name.json:1: /schema_version: version 2 needs a newer feedback-loop"
    ]


def test_defaults_of_what_is_left_out() -> None:
    pattern = parsed(detectors=[{"id": "one", "kind": "builtin", "builtin": "python.xx", "message": "m"}])
    assert pattern == Pattern(
        name=NAME,
        title="Title",
        pattern_id=ID,
        severity="high",
        description="Why.",
        guidance="Do it.",
        detectors=(Detector("one", Builtin("python.xx"), "m", "hint"),),
    )
    assert (pattern.path, pattern.state) == ("patterns/some_name", "active")


def test_a_whole_number_written_as_a_float_is_a_whole_number() -> None:
    assert repr(parsed(version=2.0).version) == "2"


@pytest.mark.parametrize(
    ("template", "problems"),
    [
        (None, []),
        ({"role": "helper"}, []),
        ({"role": "guard", "params": {"items": "sequence", "LARGEST": "number"}, "requires": ["ab"]}, []),
        ({}, ["/template: key 'role' is missing"]),
        ("guard", ['/template: expected object or null, not "guard"']),
        (
            {"role": "gaurd"},
            [
                "/template/role: 'gaurd' is not one of helper, guard, wrap, resource, convert_return, "
                "endpoint, logging (did you mean 'guard'?)"
            ],
        ),
        (
            {"role": "guard", "params": {"a b": "sequence"}},
            [
                "/template/params: key 'a b': the name of a parameter or of a constant of the first Good "
                "example"
            ],
        ),
        (
            {"role": "guard", "params": {"items": "list"}},
            [
                "/template/params/items: 'list' is not one of sequence, mapping, path, text, number, array, "
                "upload, any"
            ],
        ),
        (
            {"role": "guard", "param": {}},
            ["/template/param: unknown key of a template (did you mean 'params'?)"],
        ),
    ],
)
def test_a_template_says_its_role_and_kinds(template: object, problems: list[str]) -> None:
    pattern, found = parse(template=template)
    assert [str(one).partition(": ")[2] for one in found] == problems
    assert (pattern is None) == bool(problems)
    if pattern is not None:
        assert (pattern.template is None) == (template is None)
        assert again(pattern) == pattern


def test_json_is_sorted_and_ends_with_a_newline() -> None:
    text = format_json(replace(parsed(), guidance="é"))
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert "é" in text


# -- detectors -----------------------------------------------------------------------------------

LITERAL = {"id": "one", "kind": "literal", "message": "m", "text": "console.log("}
REGEX = {"id": "one", "kind": "regex", "message": "m", "regex": "a+b"}
CODE = {
    "id": "one",
    "kind": "ast-grep",
    "message": "m",
    "language": "javascript",
    "rule": {"pattern": "f($A)"},
}
CALL = {"id": "one", "kind": "builtin", "message": "m", "builtin": "python.call"}


def detector(value: dict[str, object]) -> Detector:
    (one,) = parsed(detectors=[value]).detectors
    return one


def refused(value: dict[str, object]) -> list[str]:
    """The complaints about one detector, the file's name left out."""
    prefix = "patterns/some_name.json:1: /detectors/0"
    found = told(detectors=[value])
    assert all(problem.startswith(prefix) for problem in found)
    return [problem.removeprefix(prefix).removeprefix(": ") for problem in found]


SITE_OF_ANOTHER_KIND = [
    "/site/text: unknown key of the site of a regex detector",
    "/site: key 'regex' is missing",
]


def nested(depth: int) -> dict[str, object]:
    rule: dict[str, object] = {"kind": "a"}
    for _ in range(depth - 1):
        rule = {"not": rule}
    return rule


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        (LITERAL, Literal(("console.log(",))),
        (LITERAL | {"word": True, "ignore_case": True}, Literal(("console.log(",), True, True)),
        (
            {"id": "one", "kind": "literal", "message": "m", "texts": ["import pdb", "breakpoint("]},
            Literal(("import pdb", "breakpoint(")),
        ),
        (REGEX, Regex("a+b")),
        (REGEX | {"unless": "ab", "ignore_case": True}, Regex("a+b", True, "ab")),
        (CODE, AstGrep("javascript", '{"pattern":"f($A)"}')),
        (
            CODE | {"constraints": {"A": {"regex": "é"}}, "utils": {"u": {"kind": "x"}}, "anchor": ["A"]},
            AstGrep("javascript", '{"pattern":"f($A)"}', '{"A":{"regex":"é"}}', '{"u":{"kind":"x"}}', ("A",)),
        ),
        (CALL, Builtin("python.call")),
        (CALL | {"params": {"b": [1], "a": None}}, Builtin("python.call", '{"a":null,"b":[1]}')),
    ],
)
def test_a_detector_of_each_kind(value: dict[str, object], expression: object) -> None:
    assert detector(value).expression == expression


@settings(max_examples=100, deadline=None)
@given(rules)
def test_a_rule_we_accept_is_one_that_ast_grep_can_read(rule: dict[str, object]) -> None:
    """What it may still object to is a kind or a regex, never a key or a type."""
    assert detector(CODE | {"rule": rule, "utils": {"help": {"kind": "call"}}})
    root = SgRoot("f(x)", "python").root()
    try:
        root.find_all({"rule": rule, "utils": {"help": {"kind": "call"}}})  # type: ignore[call-overload]
    except RuntimeError as error:
        assert "cannot get matcher" in str(error)


def test_a_prefilter_by_hand_is_not_the_same_as_none() -> None:
    assert detector(LITERAL).prefilter is None
    assert detector(LITERAL | {"prefilter": {}}).prefilter == Prefilter()
    said = {"added_any": ["console"], "file_all": ["log", "("]}
    assert detector(LITERAL | {"prefilter": said}).prefilter == Prefilter(("console",), ("log", "("))


@pytest.mark.parametrize(
    ("value", "problems"),
    [
        ({"id": "one", "kind": "regex", "message": "m"}, ["key 'regex' is missing"]),
        (
            {"id": "one", "kind": "literal", "message": "m"},
            ["exactly one of the keys 'text' and 'texts' is needed"],
        ),
        (
            {"id": "one", "kind": "ast-grep", "message": "m"},
            ["key 'language' is missing", "key 'rule' is missing"],
        ),
        ({"id": "one", "kind": "builtin", "message": "m"}, ["key 'builtin' is missing"]),
        ({"id": "one", "message": "m"}, ["key 'kind' is missing"]),
        (
            {"id": "one", "kind": "regexp", "message": "m", "regex": "x"},
            ["/kind: 'regexp' is not one of literal, regex, ast-grep, builtin (did you mean 'regex'?)"],
        ),
        (LITERAL | {"texts": ["abc"]}, ["exactly one of the keys 'text' and 'texts' is needed"]),
        (LITERAL | {"unless": "x"}, ["/unless: unknown key of a literal detector"]),
        (
            REGEX | {"ignorecase": True},
            ["/ignorecase: unknown key of a regex detector (did you mean 'ignore_case'?)"],
        ),
        (REGEX | {"ignore_case": 1}, ["/ignore_case: expected boolean, not 1"]),
        (CALL | {"site": {}}, ["/site: not allowed: a builtin check has sites of its own"]),
        (REGEX | {"site": "x"}, ['/site: expected object, not "x"']),
        (REGEX | {"site": None}, ["/site: expected object, not null"]),
        (REGEX | {"site": {"text": "abc"}}, SITE_OF_ANOTHER_KIND),
        (
            REGEX | {"site": {"regex": "x", "site": {"regex": "x"}}},
            ["/site/site: unknown key of the site of a regex detector"],
        ),
        (REGEX | {"site": {"regex": "x" * 1025}}, ["/site/regex: longer than 1024 characters (1025)"]),
        (REGEX | {"site": {"regex": "é" * 600}}, ["/site/regex: 1200 bytes: at most 1024 are allowed"]),
        (LITERAL | {"site": {}}, ["/site: exactly one of the keys 'text' and 'texts' is needed"]),
        (LITERAL | {"site": {"text": "ab"}}, ["/site/text: 2 bytes: 3 to 200 are allowed"]),
        (LITERAL | {"site": {"texts": ["abc", "é"]}}, ["/site/texts/1: 2 bytes: 3 to 200 are allowed"]),
        (
            CODE | {"site": {"rule": {"kind": "a"}, "language": "go"}},
            ["/site/language: unknown key of the site of an ast-grep detector"],
        ),
        (
            CODE | {"site": {"rule": {"kind": "a"}, "anchor": ["A"]}},
            ["/site/anchor: unknown key of the site of an ast-grep detector"],
        ),
        (
            CODE | {"site": {"rule": {"kind": "a", "fix": "x"}}},
            ["/site/rule/fix: not allowed: a detector finds code and does nothing else"],
        ),
        (CODE | {"site": {"rule": {"matches": "b"}}}, ["/site/rule: matches: no rule 'b' in utils"]),
        (CODE | {"site": {"rule": nested(17)}}, ["/site/rule: nested deeper than 16 levels"]),
        (CODE | {"fix": "g($A)"}, ["/fix: not allowed: a detector finds code and does nothing else"]),
        (CODE | {"url": "x"}, ["/url: not allowed: a detector finds code and does nothing else"]),
        (
            LITERAL | {"prefilter": {"added": []}},
            ["/prefilter/added: unknown key (did you mean 'added_any'?)"],
        ),
        (LITERAL | {"text": "ab"}, ["/text: 2 bytes: 3 to 200 are allowed"]),
        (LITERAL | {"text": "é" * 101}, ["/text: 202 bytes: 3 to 200 are allowed"]),
        (LITERAL | {"text": "x" * 201}, ["/text: longer than 200 characters (201)"]),
        (LITERAL | {"text": "a\nb"}, ["/text: one line of text: a line break is never found"]),
        (REGEX | {"regex": ""}, ["/regex: one line of text that is not empty"]),
        (REGEX | {"regex": "é" * 600}, ["/regex: 1200 bytes: at most 1024 are allowed"]),
        (REGEX | {"unless": "x" * 1025}, ["/unless: longer than 1024 characters (1025)"]),
        (CALL | {"params": []}, ["/params: expected object, not []"]),
        (CALL | {"params": {"a": "x" * 9000}}, ["/params: more than 8192 bytes of JSON"]),
        (CODE | {"anchor": ["$A"]}, ["/anchor/0: a metavariable by its name without $, e.g. A or ARGS"]),
        (
            CODE | {"constraints": {"a": {"kind": "x"}}},
            ["/constraints: key 'a': a metavariable by its name without $, e.g. A or ARGS"],
        ),
    ],
)
def test_a_wrong_detector_is_told_what_its_kind_needs(value: dict[str, object], problems: list[str]) -> None:
    assert refused(value) == problems


@pytest.mark.parametrize(
    ("value", "site"),
    [
        (LITERAL | {"site": {"text": "console"}}, Literal(("console",))),
        (
            LITERAL | {"site": {"texts": ["abc", "xyz"], "word": True, "ignore_case": True}},
            Literal(("abc", "xyz"), True, True),
        ),
        (REGEX | {"site": {"regex": "a", "unless": "b", "ignore_case": True}}, Regex("a", True, "b")),
        (
            CODE | {"anchor": ["A"], "site": {"rule": {"matches": "u"}, "utils": {"u": {"kind": "x"}}}},
            AstGrep("javascript", '{"matches":"u"}', "{}", '{"u":{"kind":"x"}}'),
        ),
    ],
)
def test_a_site_is_an_expression_of_the_detectors_kind_and_language(
    value: dict[str, object], site: object
) -> None:
    assert detector(value).site == site
    assert detector({key: part for key, part in value.items() if key != "site"}).site is None


def test_bytes_of_each_text_are_counted() -> None:
    value = {"id": "one", "kind": "literal", "message": "m"}
    assert refused(value | {"texts": ["abc", "é", "éa"]}) == ["/texts/1: 2 bytes: 3 to 200 are allowed"]
    assert refused(value | {"texts": []}) == ["/texts: [] should be non-empty"]
    assert refused(value | {"texts": ["abc"] * 33}) == ["/texts: more than 32 entries (33)"]


@pytest.mark.parametrize("key", ["fix", "rewriters", "transform", "range", "files", "url"])
def test_parts_of_ast_grep_that_do_more_than_find_are_refused(key: str) -> None:
    words = "not allowed: a detector finds code and does nothing else"
    assert refused(CODE | {"rule": {"pattern": "x", "has": {key: {}}}}) == [f"/rule/has/{key}: {words}"]


@pytest.mark.parametrize(
    ("rule", "problems"),
    [
        ({}, ["/rule: {} should be non-empty"]),
        ([], ["/rule: expected object, not []"]),
        ({"all": []}, ["/rule/all: [] should be non-empty"]),
        ({"any": [{}]}, ["/rule/any/0: {} should be non-empty"]),
        ({"patern": "x"}, ["/rule/patern: unknown key (did you mean 'pattern'?)"]),
        ({"pattern": 3}, ["/rule/pattern: expected string or object, not 3"]),
        ({"pattern": ""}, ["/rule/pattern: '' should be non-empty"]),
        ({"pattern": {"context": "x"}}, ["/rule/pattern: key 'selector' is missing"]),
        (
            {"pattern": {"context": "x", "selector": "y", "strictness": "z"}},
            ["/rule/pattern/strictness: unknown key"],
        ),
        ({"kind": "x", "stopBy": "end"}, ["/rule/stopBy: unknown key"]),
        ({"has": {"kind": "x", "stopBy": "ends"}}, ["/rule/has/stopBy: 'ends' is not one of"]),
        ({"has": {"kind": "x", "stopBy": 3}}, ["/rule/has/stopBy: expected string or object, not 3"]),
        ({"has": {"kind": "x", "stopBy": {}}}, ["/rule/has/stopBy: {} should be non-empty"]),
        ({"kind": "x", "nthChild": 0}, ["/rule/nthChild: 0 is less than the minimum of 1"]),
        ({"kind": "x", "nthChild": {}}, ["/rule/nthChild: key 'position' is missing"]),
        ({"kind": "x", "nthChild": {"position": 1, "ofRule": {}}}, ["/rule/nthChild/ofRule: {} should"]),
        ({"matches": "other"}, ["/rule: matches: no rule 'other' in utils"]),
        (nested(17), ["/rule: nested deeper than 16 levels"]),
        ({"any": [{"kind": "x"}] * 64}, ["/rule: 66 objects and lists, constraints and"]),
        ({"kind": "x", "regex": "y" * 9000}, ["/rule: more than 8192 bytes of JSON"]),
    ],
)
def test_a_rule_is_bounded_and_closed(rule: object, problems: list[str]) -> None:
    found = refused(CODE | {"rule": rule})
    assert len(found) == len(problems)
    assert all(one.startswith(words) for one, words in zip(found, problems, strict=True)), found


def test_the_largest_rules_are_read() -> None:
    assert detector(CODE | {"rule": nested(16)})
    assert detector(CODE | {"rule": {"any": [{"kind": "x"}] * 62}})


@pytest.mark.parametrize(
    "utils",
    [
        {"a": {"has": {"matches": "a"}}},
        {"a": {"inside": {"has": {"matches": "a", "stopBy": "end"}}}},
        {"a": {"any": [{"matches": "b"}]}, "b": {"not": {"matches": "a"}}},
    ],
)
def test_rules_that_lead_back_to_themselves_are_refused(utils: dict[str, object]) -> None:
    """The engine follows the second one until the process is dead."""
    problems = refused(CODE | {"rule": {"matches": "a"}, "utils": utils})
    assert problems == [f"/utils: {name}: matches: it leads back to itself" for name in utils]


def test_rules_may_share_what_they_refer_to() -> None:
    utils = {"a": {"any": [{"matches": "c"}, {"matches": "b"}]}, "b": {"has": {"matches": "c"}}}
    value = CODE | {"rule": {"matches": "a"}, "utils": utils | {"c": {"kind": "x"}}}
    assert detector(value)
    assert refused(CODE | {"utils": utils}) == [
        "/utils: a: matches: no rule 'c' in utils",
        "/utils: b: matches: no rule 'c' in utils",
    ]


def test_a_flood_of_rules_is_read_to_its_end() -> None:
    chain = {f"u{number}": {"matches": f"u{number + 1}"} for number in range(20_000)}
    with not_endless():
        assert refused(CODE | {"utils": chain}) == [
            "/rule: 20002 objects and lists, constraints and utils included: at most 64 are allowed",
            "/rule: more than 8192 bytes of JSON, constraints and utils included",
        ]


words_of_rules = st.sampled_from(
    ["pattern", "kind", "all", "has", "matches", "stopBy", "nthChild", "texts", "context", "a", "utils"]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | words_of_rules,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words_of_rules, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "text",
                "texts",
                "regex",
                "unless",
                "rule",
                "utils",
                "constraints",
                "anchor",
                "params",
                "prefilter",
                "site",
            ]
        ),
        anything,
        max_size=5,
    ),
    st.sampled_from(["literal", "regex", "ast-grep", "builtin"]),
)
def test_a_detector_of_any_shape_is_read_or_refused_with_reasons(value: dict[str, object], kind: str) -> None:
    common = {"id": "one", "kind": kind, "message": "m", "language": "go", "builtin": "python.xx"}
    needed = ("id", "kind", "message", *{"ast-grep": ["language"], "builtin": ["builtin"]}.get(kind, []))
    pattern, problems = parse(detectors=[{key: common[key] for key in needed} | value])
    assert (pattern is None) == bool(problems)
    assert pattern is None or again(pattern) == pattern
