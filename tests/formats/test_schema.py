import datetime
import json

import jsonschema
import pytest

from feedback_loop.domain.problem import Problem
from feedback_loop.formats.schema import NAMES, check_schema, did_you_mean, schema_text
from feedback_loop.formats.strict_json import PROBLEM_CAP, Document, parse_json

GOOD = {
    "guidance": "Do it.",
    "name": "some_name",
    "pattern_id": "0d9f7d0e-6a53-4b67-9a0e-2f2f0e3b7c11",
    "schema_version": 1,
    "severity": "high",
}


def told(changes: dict[str, object], schema: str = "pattern") -> list[str]:
    """The problems of a good pattern with these changes, one key a line (keys sorted, line 2 the first)."""
    text = json.dumps(GOOD | changes, indent=1, sort_keys=True)
    return [str(problem) for problem in check_schema(parse_json(text.encode(), "x.json"), schema)]


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_that_ships_is_one(name: str) -> None:
    schema = json.loads(schema_text(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:feedback-loop:schema:{name}:1"


def test_a_sound_document_has_no_problems() -> None:
    assert told({}) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"severity": "hihg"},
            "6: /severity: 'hihg' is not one of low, medium, high, critical (did you mean 'high'?)",
        ),
        ({"severity": "x"}, "6: /severity: 'x' is not one of low, medium, high, critical"),
        ({"severity": 3}, "6: /severity: 3 is not one of low, medium, high, critical"),
        ({"severty": 3}, "7: /severty: unknown key (did you mean 'severity'?)"),
        ({"zzz/~": 3}, "7: /zzz~1~0: unknown key"),
        ({"name": "Ab"}, "3: /name: a name is 2 to 64 of a-z, 0-9 and _, and begins with a letter"),
        ({"name": "a1\n"}, "3: /name: a name is 2 to 64 of a-z, 0-9 and _, and begins with a letter"),
        ({"guidance": "one\n"}, "2: /guidance: one line of text that is not empty"),
        ({"guidance": "x" * 201}, "2: /guidance: longer than 200 characters (201)"),
        ({"guidance": ["x"]}, '2: /guidance: expected string, not ["x"]'),
        ({"owner": 1}, "4: /owner: expected string or null, not 1"),
        ({"schema_version": 0}, "5: /schema_version: must be 1, not 0"),
        ({"schema_version": True}, "5: /schema_version: must be 1, not true"),
        ({"version": 0}, "7: /version: 0 is less than the minimum of 1"),
        ({"version": True}, "7: /version: expected integer, not true"),
        ({"tags": ["ok", "a b"]}, "9: /tags/1: a word in lower case of at most 32 characters"),
        ({"paths": {"include": [""]}}, "6: /paths/include/0: '' should be non-empty"),
        ({"tags": ["a"] * 51}, "7: /tags: more than 50 entries (51)"),
        (
            {"detectors": [{"kind": "literal", "id": "aa", "message": "m"}]},
            "3: /detectors/0: exactly one of the keys 'text' and 'texts' is needed",
        ),
        (
            {"detectors": [{"kind": "regex", "id": "aa", "message": "m", "regx": "x", "regex": "x"}]},
            "8: /detectors/0/regx: unknown key of a regex detector (did you mean 'regex'?)",
        ),
        (
            {"detectors": [{"kind": "builtin", "id": "aa", "message": "m", "builtin": "print"}]},
            "4: /detectors/0/builtin: the name of a built-in check, e.g. python.bare_except",
        ),
        (
            {"detectors": [{"kind": "regex", "id": "aa", "message": "m", "regex": "x", "sites": "x"}]},
            "8: /detectors/0/sites: unknown key of a regex detector (did you mean 'site'?)",
        ),
    ],
)
def test_problem(changes: dict[str, object], problem: str) -> None:
    assert told(changes) == ["x.json:" + problem]


def test_each_missing_key_is_named_once() -> None:
    problems = check_schema(parse_json(b"{}", "x.json"), "pattern")
    missing = ["guidance", "name", "pattern_id", "schema_version", "severity"]
    assert [str(one) for one in problems] == [f"x.json:1: key '{key}' is missing" for key in missing]


def test_all_problems_are_told_at_once_in_the_order_of_lines() -> None:
    detector = {"id": "X", "kind": "builtin", "builtin": "python.xx", "message": "m", "levle": 1}
    problems = told({"detectors": [detector], "name": "X", "zz": 1})
    lines = [int(problem.split(":")[1]) for problem in problems]
    assert lines == sorted(lines)
    assert [problem.split(": ")[1] for problem in problems] == [
        "/detectors/0/id",
        "/detectors/0/levle",
        "/name",
        "/zz",
    ]


def test_a_newer_version_is_one_problem_whatever_else_it_holds() -> None:
    assert told({"schema_version": 2, "novelty": {}}) == [
        "x.json:6: /schema_version: version 2 needs a newer feedback-loop"
    ]


@pytest.mark.parametrize("value", [None, 3, "x", []])
def test_a_document_of_another_kind(value: object) -> None:
    shown = json.dumps(value)
    assert check_schema(Document("x.json", value), "pattern") == [
        Problem("x.json", 1, f"expected object, not {shown}")
    ]


def test_dates_as_toml_has_them_are_shown() -> None:
    document = Document("x.toml", {"patterns": datetime.date(2026, 1, 2), "fail-on": datetime.time(1)})
    assert [problem.message for problem in check_schema(document, "settings")] == [
        '/fail-on: "01:00:00" is not one of block, warn, hint, never',
        '/patterns: expected string, not "2026-01-02"',
    ]


def test_long_values_are_cut() -> None:
    assert all(len(problem) < 200 for problem in told({"severity": "x" * 5000, "owner": [1] * 5000}))


def test_of_very_many_problems_a_hundred_are_told() -> None:
    problems = told({f"key{number}": 1 for number in range(50_000)})
    assert len(problems) == PROBLEM_CAP + 1
    assert problems[-1] == "x.json:1: more problems than can be listed"


@pytest.mark.parametrize(
    ("word", "hint"),
    [("blok", " (did you mean 'block'?)"), ("zzz", ""), ("", ""), ("block" * 100, "")],
)
def test_did_you_mean(word: str, hint: str) -> None:
    assert did_you_mean(word, ["block", "warn"]) == hint
