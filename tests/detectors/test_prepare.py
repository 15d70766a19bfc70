"""What can never run is refused with its place and its reason; the process lives on and says nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from feedback_loop.detectors.kinds import Prepared, UnfitError, prepare
from feedback_loop.detectors.registry import names
from feedback_loop.detectors.structural import GRAMMARS
from feedback_loop.domain.languages import SUFFIXES
from feedback_loop.domain.pattern import AstGrep, Builtin, Expression, Literal, Regex
from tests.repo import ROOT


def refused(expression: Expression) -> tuple[str, str]:
    with pytest.raises(UnfitError) as caught:
        prepare(expression)
    return caught.value.pointer, caught.value.reason


# -- built-in checks -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in names() if name != "python.call"])
def test_every_check_runs_without_parameters_and_with_none(name: str) -> None:
    ready = prepare(Builtin(name))
    assert (ready.spec, ready.languages) == ((name, {}), ("python",))
    assert refused(Builtin(name, '{"x":1}')) == ("/params", f"{name} takes no parameters")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("python.bare_excpt", " (did you mean 'python.bare_except'?)"),
        ("python.nothing_like_it_at_all", ""),
        ("go.bare_except", " (did you mean 'python.bare_except'?)"),
        ("python.registry", ""),
        ("python.os", ""),
        ("python", ""),
    ],
)
def test_no_such_check(name: str, hint: str) -> None:
    pointer, reason = refused(Builtin(name))
    assert pointer == "/builtin"
    assert reason.startswith(f"no built-in check {name!r}")
    assert reason.endswith(hint)


def test_a_check_with_parameters_derives_its_prefilter_from_them() -> None:
    ready = prepare(Builtin("python.call", '{"names":["requests.get"],"with_keywords":{"verify":false}}'))
    assert ready.added_any == (b"get", b"verify")
    assert refused(Builtin("python.call"))[0] == "/params/names"
    assert refused(Builtin("python.call", '{"names":["a"],"nmaes":[]}')) == (
        "/params/nmaes",
        "unknown parameter",
    )


# -- literals --------------------------------------------------------------------------------------


def test_a_literal_is_ready_as_it_is() -> None:
    ready = prepare(Literal(("a.*b", "Übel"), word=True))
    assert ready.spec == ((b"a.*b", "Übel".encode()), True)
    assert (ready.languages, ready.fold) == ((), False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a\nb", "a line break in it: detectors read one line at a time"),
        ("ab\r", "a line break in it: detectors read one line at a time"),
        ("ab", "3 to 200 bytes are allowed, this has 2"),
        ("x" * 201, "3 to 200 bytes are allowed, this has 201"),
        ("é" * 101, "3 to 200 bytes are allowed, this has 202"),
        ("   \t", "nothing but white space"),
    ],
)
def test_unfit_literals(text: str, reason: str) -> None:
    assert refused(Literal(("fine", text))) == ("/texts/1", reason)


# -- regular expressions ---------------------------------------------------------------------------

AROUND = "; `unless` can exclude lines, and an ast-grep rule can look around"
REFUSED = [
    ("ab(?=c)", f"look-ahead is not supported (offset 2){AROUND}"),
    ("ab(?!c)", f"look-ahead is not supported (offset 2){AROUND}"),
    ("(?<=ab)c", f"look-behind is not supported (offset 0){AROUND}"),
    ("(?<!ab)c", f"look-behind is not supported (offset 0){AROUND}"),
    ("[(?=](?=c)", f"look-ahead is not supported (offset 5){AROUND}"),
    (r"\((?=c)", f"look-ahead is not supported (offset 2){AROUND}"),
    (r"\Q(\E(?=c)", f"look-ahead is not supported (offset 5){AROUND}"),
    ("é(?=c)", f"look-ahead is not supported (offset 1){AROUND}"),
    (r"(a)\1", "a back-reference is not supported (offset 3)"),
    (r"(a)\9", "a back-reference is not supported (offset 3)"),
    (r"(?P<n>a)\k<n>", "a back-reference is not supported (offset 8)"),
    (r"(?P<n>a)(?P=n)", "a back-reference is not supported (offset 8)"),
    ("(?>ab)c", "an atomic group is not supported (offset 0)"),
    ("(a)(?(1)b|c)", "a conditional group is not supported (offset 3)"),
    ("ab(?#note)", "a comment is not supported (offset 2)"),
    (r"\Aab", r"\A is not supported (offset 0); use ^ for the beginning of the line"),
    (r"ab\z", r"\z is not supported (offset 2); use $ for the end of the line"),
    (r"ab\Z", r"\Z is not supported (offset 2); use $ for the end of the line"),
    (r"\\\Aab", r"\A is not supported (offset 2); use ^ for the beginning of the line"),
    (r"a\Cb", r"\C is not supported (offset 1)"),
    ("(?m)^a", "the flag m is not needed: one line is the unit (offset 0)"),
    ("a(?im:b)", "the flag m is not needed: one line is the unit (offset 1)"),
    ("a(?i-m:b)", "the flag m is not needed: one line is the unit (offset 1)"),
    ("a{101}", "a count above 100 (offset 1)"),
    ("ab{1,101}", "a count above 100 (offset 2)"),
    ("a{101,}", "a count above 100 (offset 1)"),
    ("(a", "the group is not closed (offset 0)"),
    ("(a(?:b", "the group is not closed (offset 2)"),
    (r"(a\)", "the group is not closed (offset 0)"),
    ("a)", "no group is open here (offset 1)"),
    (r"a\Qb(", r"\Q is not ended by \E (offset 1)"),
    ("a)|(b", "no group is open here (offset 1)"),
    ("x[a", "the set is not closed (offset 1)"),
    ("x[]", "the set is not closed (offset 1)"),
    ("x[^]", "the set is not closed (offset 1)"),
    ("x\\", "nothing follows the backslash (offset 1)"),
    ("(?P<anchor>a)|(?P<anchor>b)", "a second group of the name anchor (offset 14)"),
    ("a**", "RE2: bad repetition operator: ** (offset 1)"),
    ("*a", "RE2: no argument for repetition operator: * (offset 0)"),
    (r"a\g<1>", r"RE2: invalid escape sequence: \g (offset 1)"),
    ("[z-a]", "RE2: invalid character class range: z-a (offset 1)"),
    (r"[\A]", r"RE2: invalid escape sequence: \A (offset 1)"),
    (r"\x{110000}", r"RE2: invalid escape sequence: \x{110000 (offset 0)"),
    ("(?x)a", "RE2: invalid perl operator: (?x (offset 0)"),
    ("(?:x{50}){20}", "too large: its program has 1004 steps of at most 500"),
    ("x" * 1025, "longer than 1024 bytes"),
    ("é" * 513, "longer than 1024 bytes"),
]


@pytest.mark.parametrize(("regex", "reason"), REFUSED)
def test_unfit_expressions(regex: str, reason: str) -> None:
    assert refused(Regex(regex)) == ("/regex", reason)
    assert refused(Regex("fine", unless=regex)) == ("/unless", reason)


@pytest.mark.parametrize(
    "regex",
    [
        "",
        "a*",
        "a?",
        "^",
        "$",
        "^$",
        "$^",
        "a|",
        "(?:)",
        r"\Q\E",
        r"\b",
        r"\B",
        r"a|\b",
        r"\b(?:foo)?",
        r"^\b",
        r"$\b",
    ],
)
def test_what_matches_nothing_at_all_would_match_everywhere(regex: str) -> None:
    reason = "it matches the empty text, so it would be found everywhere or nowhere"
    assert refused(Regex(regex)) == ("/regex", reason)


@pytest.mark.parametrize(
    "regex",
    [
        "[(?=]",
        "[[:alpha:](?=]x",
        "[^](?=]",
        r"[\](?=]",
        r"\\A",
        r"\\Z",
        r"\\1",
        r"\\(a)",
        r"\(a",
        r"\[a",
        r"[)(]x",
        r"\Q(?=a)\1[\E",
        r"\x{2028}x",
        r"x\{200\}",
        "x{100}",
        "x{y",
        "x[{101}]",
        "(?i)m",
        "(?P<m>a)",
        "(?<name>a)",
        "(?s:a.b)",
        "(?U)a+",
        r"\bfoo\b",
        "^foo$",
        r"\p{Greek}",
        "é日😀",
    ],
)
def test_what_only_looks_unfit(regex: str) -> None:
    assert prepare(Regex(regex)).spec[:3] == (regex, False, None)


def test_a_program_is_measured_as_it_will_run() -> None:
    assert prepare(Regex("k" * 200)).spec
    assert refused(Regex("k" * 200, ignore_case=True))[1].startswith(
        "too large"
    )  # the Kelvin sign is a k too


# -- rules for ast-grep ----------------------------------------------------------------------------


def rule(
    value: dict[str, Any],
    language: str = "python",
    *anchor: str,
    utils: dict[str, Any] | None = None,
    constraints: dict[str, Any] | None = None,
) -> AstGrep:
    parts = [json.dumps(one or {}) for one in (value, constraints, utils)]
    return AstGrep(language, *parts, anchor)


def test_every_grammar_is_a_language_and_takes_a_rule() -> None:
    assert set(GRAMMARS) - set(SUFFIXES) == {"tsx"}
    for language in set(GRAMMARS) - {"tsx"}:
        ready: Prepared = prepare(rule({"regex": "x"}, language))
        assert ready.languages == (language,)


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("javscript", "ast-grep does not read 'javscript' (did you mean 'javascript'?)"),
        ("tsx", "ast-grep does not read 'tsx': `typescript` means .tsx files too"),
        ("", "ast-grep does not read '' (known: bash, c, cpp, "),
        ("sql", "ast-grep does not read 'sql' (known: bash, c, cpp, "),
    ],
)
def test_unknown_languages(language: str, reason: str) -> None:
    pointer, told = refused(rule({"pattern": "x"}, language))
    assert pointer == "/language"
    assert told.startswith(reason)


NO_MATCHER = "ast-grep: cannot get matcher `rule` is not configured correctly. "
BAD_PATTERN = NO_MATCHER + "Rule contains invalid pattern matcher. "


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({}, "an empty rule says nothing"),
        ({"kind": "nonsense"}, NO_MATCHER + "Rule contains invalid kind matcher."),
        ({"pattern": ""}, BAD_PATTERN + "No AST root is detected."),
        ({"pattern": "foo(1)\nbar(2)"}, BAD_PATTERN + "Multiple AST nodes are detected."),
        ({"pattern": "$$$"}, BAD_PATTERN + "Standalone multi meta variable"),
        (
            {"pattern": {"context": "foo", "selector": "call"}},
            BAD_PATTERN + "Fails to create Contextual pattern",
        ),
        ({"regex": "(?=a)"}, NO_MATCHER + "Rule contains invalid regex matcher."),
        (
            {"has": {"field": "nope", "kind": "call"}},
            NO_MATCHER + "Relational rule contains invalid field nope.",
        ),
        ({"not": {}}, NO_MATCHER + "Rule must have one positive matcher."),
        ({"matches": "nope"}, NO_MATCHER + "Rule contains invalid matches reference."),
        ({"kind": "call", "nthChild": "x"}, NO_MATCHER + "Rule contains invalid nthChild."),
        ({"kind": "call", "nthChild": -1}, "ast-grep: data did not match any variant"),
        ({"kind": "call", "nthChild": 10**30}, "ast-grep: invalid type: integer"),
        ({"nonsense": 1}, "ast-grep: unknown field `nonsense`, expected one of `pattern`"),
        ({"pattern": None}, "ast-grep: Maybe field cannot be null."),
    ],
)
def test_what_ast_grep_refuses_is_told_in_one_short_line(value: dict[str, Any], reason: str) -> None:
    pointer, told = refused(rule(value))
    assert pointer == "/rule"
    assert told.startswith(reason)
    assert len(told) < 320
    assert "\n" not in told
    assert not any(word in told.lower() for word in ("backtrace", "caused by", "rust", ".rs", "panick"))


def test_a_constraint_on_no_metavariable() -> None:
    pointer, told = refused(rule({"pattern": "f($A)"}, constraints={"B": {"kind": "call"}}))
    assert (pointer, told) == (
        "/rule",
        "ast-grep: cannot get matcher Undefined meta var `B` used in `constraints`.",
    )


@pytest.mark.parametrize("anchor", ["B", "AB", "_A", "A1"])
def test_an_anchor_that_the_rule_does_not_have(anchor: str) -> None:
    told = refused(rule({"pattern": "f($A, $AA)"}, "python", "A", anchor))
    assert told == ("/anchor/1", f"the rule has no metavariable ${anchor}")


def test_anchors_of_one_and_of_several_nodes_and_from_utils() -> None:
    assert prepare(rule({"pattern": "f($A, $$$ARGS)"}, "python", "A", "ARGS")).added_any == ()
    assert prepare(rule({"matches": "u"}, "python", "A", utils={"u": {"pattern": "f($A)"}})).spec


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"kind": "call"}
    for _ in range(depth - 1):
        value = {"not": value}
    return value


def test_sizes() -> None:
    assert prepare(rule(nested(16))).spec
    assert refused(rule(nested(17))) == ("/rule", "nested deeper than 16 levels")
    assert refused(rule(nested(900)))[0] == "/rule"
    assert refused(rule({"pattern": "x" * 8200})) == ("/rule", "larger than 8192 bytes")
    wide = {"any": [{"kind": "call"}] * 62}
    assert prepare(rule(wide)).spec
    assert refused(rule({"any": [{"kind": "call"}] * 63})) == ("/rule", "more than 64 rules in one")
    constrained = {"A": {"all": [wide, {"kind": "call"}]}}
    assert refused(rule({"pattern": "f($A)"}, constraints=constrained))[0] == "/constraints"
    assert refused(rule({"matches": "u"}, utils={"u": nested(17)}))[0] == "/utils"


@pytest.mark.parametrize(
    "utils",
    [
        {"a": {"matches": "a"}},
        {"a": {"matches": "b"}, "b": {"not": {"matches": "a"}}},
        {"a": {"has": {"matches": "a"}}},
        {"a": {"nthChild": {"position": 1, "ofRule": {"matches": "a"}}}},
        {"a": {"kind": "call", "inside": {"kind": "call", "stopBy": {"matches": "a"}}}},
    ],
)
def test_a_rule_that_leads_back_to_itself(utils: dict[str, Any]) -> None:
    assert refused(rule({"kind": "call"}, utils=utils)) == ("/utils/a", "it leads back to itself")


def test_rules_that_multiply() -> None:
    utils: dict[str, Any] = {"u0": {"kind": "call"}}
    for number in range(1, 10):
        utils[f"u{number}"] = {"any": [{"matches": f"u{number - 1}"}] * 2}
    assert prepare(rule({"matches": "u5"}, utils=utils)).spec
    told = refused(rule({"matches": "u9"}, utils=utils))
    assert told == ("/rule", "with all that `matches` brings in, more than 256 rules")


def walking(value: dict[str, Any], *relations: str) -> dict[str, Any]:
    for relation in relations:
        value = {relation: {**value, "stopBy": "end"}}
    return value


def test_relations_without_a_bound_within_one_another() -> None:
    call = {"kind": "call"}
    assert prepare(rule(walking(call, "has", "inside"))).spec
    assert prepare(rule({"all": [walking(call, "has", "has"), walking(call, "inside", "inside")]})).spec
    words = "of stopBy, nthChild and the like within one another would take hours: at most 2"
    assert refused(rule(walking(call, "has", "has", "has"))) == ("/rule", f"3 {words}")
    assert refused(rule(walking(call, "follows", "inside", "has", "precedes"))) == ("/rule", f"4 {words}")
    counted = {"kind": "call", "nthChild": "2n+1"}
    assert refused(rule(walking(counted, "has", "has"))) == ("/rule", f"3 {words}")
    assert (
        refused(rule(walking({"matches": "u"}, "has"), utils={"u": walking(call, "has", "has")}))[0]
        == "/rule"
    )
    bounded = {"has": {"has": {"has": {"has": {"kind": "call"}}, "stopBy": "neighbor"}}}
    assert prepare(rule(bounded)).spec


def test_expressions_within_rules() -> None:
    assert prepare(rule({"kind": "identifier", "regex": r"^\w{100}$"})).spec
    told = refused(rule({"kind": "identifier", "regex": r"(?:\w{20}){6}"}))
    assert told == ("/rule", "regex: counts that multiply to more than 100")
    assert refused(rule({"has": {"regex": "x" * 1025}})) == ("/rule", "regex: longer than 1024 bytes")


@pytest.mark.parametrize(
    ("language", "pattern"),
    [
        ("yaml", "- " * 300 + "a"),
        ("kotlin", '"${' * 1100),
        ("kotlin", {"context": '"${' * 1100, "selector": "x"}),
    ],
)
def test_patterns_that_would_end_the_process(language: str, pattern: object) -> None:
    key = "context" if isinstance(pattern, dict) else "pattern"
    told = refused(rule({"pattern": pattern}, language))
    assert told == ("/rule", f"{key}: ast-grep's parser would break on so deep a text")


HOSTILE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("python", {"pattern": "(" * 4000 + "1" + ")" * 4000}, {}),
    ("python", {"pattern": "(" * 8000}, {}),
    ("javascript", {"pattern": "[" * 4000 + "]" * 4000}, {}),
    ("yaml", {"pattern": "- " * 4000 + "a"}, {}),
    ("yaml", {"pattern": "a:\n" + "".join(" " * at + "b:\n" for at in range(120))}, {}),
    ("kotlin", {"pattern": '"${' * 2000}, {}),
    ("html", {"pattern": "<a>" * 2000}, {}),
    ("bash", {"pattern": "$(" * 2000 + ")" * 2000}, {}),
    ("python", {"pattern": "f(\0)"}, {}),
    ("python", {"matches": "a"}, {"a": {"nthChild": {"position": 1, "ofRule": {"matches": "a"}}}}),
    ("python", {"nthChild": "99999999999999999999n+1"}, {}),
    ("python", {"nthChild": "-2147483648n-2147483648"}, {}),
    ("python", {"regex": r"(?:\pL{100}){100}"}, {}),
    ("python", {"any": [{"regex": rf"\pL{{90}}{at}"} for at in range(8)]}, {}),
    ("nonsense", {"pattern": "f"}, {}),
    ("python", {"range": {"start": {"line": 2**63, "column": 0}, "end": {"line": 0, "column": 0}}}, {}),
]


def test_no_rule_ends_the_process_or_makes_it_talk() -> None:
    """In a process of its own: a crash is this test's failure, and a panic would write to its stderr."""
    program = (
        "import json, sys\n"
        "from feedback_loop.detectors.kinds import UnfitError, prepare\n"
        "from feedback_loop.domain.pattern import AstGrep\n"
        "for language, rule, utils in json.load(sys.stdin):\n"
        "    try:\n"
        "        prepare(AstGrep(language, json.dumps(rule), '{}', json.dumps(utils)))\n"
        "    except UnfitError as error:\n"
        "        assert len(error.reason) < 400 and 'anic' not in error.reason\n"
        "    print('lives')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(HOSTILE),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("lives") == len(HOSTILE)


@pytest.mark.parametrize(
    ("rule", "cap"),
    [
        ({"pattern": "f($A)"}, 1 << 20),
        ({"pattern": "f($A)", "inside": {"kind": "class_body", "stopBy": "end"}}, 1 << 20),
        ({"pattern": "f($A)", "follows": {"kind": "comment", "stopBy": "end"}}, 64 << 10),
        ({"pattern": "f($A)", "nthChild": 2}, 64 << 10),
        (
            {
                "pattern": "f($A)",
                "not": {
                    "inside": {"kind": "program", "stopBy": "end", "has": {"kind": "number", "stopBy": "end"}}
                },
            },
            16 << 10,
        ),
    ],
)
def test_a_rule_that_walks_far_reads_short_texts_only(rule: dict[str, object], cap: int) -> None:
    assert prepare(AstGrep("javascript", json.dumps(rule))).spec[4] == cap
