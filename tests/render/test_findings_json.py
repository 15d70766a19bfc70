"""A scan as JSON and as JSON lines: complete, true to its schema, and ASCII."""

from __future__ import annotations

import base64
import json
from typing import Any

import jsonschema
from hypothesis import given, settings

from feedback_loop import __version__
from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import NotChecked, ScanResult, Suppressed, notice
from feedback_loop.formats.schema import schema_text
from feedback_loop.formats.strict_json import parse_json
from feedback_loop.render.encoders import encode
from tests.render.made import HOSTILE, any_scan, finding, hostile, library, scanned

SCHEMA = json.loads(schema_text("findings"))
LINE = {"$ref": "#/$defs/line", "$defs": SCHEMA["$defs"]}


def rendered(result: ScanResult, of: CompiledLibrary | None = None, exit_code: int = 1) -> dict[str, Any]:
    text = encode("json", result, of or library(), exit_code).text
    assert text.isascii()
    document: dict[str, Any] = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


def rendered_lines(result: ScanResult, of: CompiledLibrary | None = None) -> list[dict[str, Any]]:
    text = encode("jsonl", result, of or library(), 0).text
    assert text.isascii()
    lines = [json.loads(line) for line in text.removesuffix("\n").split("\n")]
    for line in lines:
        jsonschema.Draft202012Validator(LINE).validate(line)
    return lines


def test_a_clean_scan_has_every_field() -> None:
    assert rendered(scanned()) == {
        "schema_version": 1,
        "tool": {"name": "feedback-loop", "version": __version__},
        "mode": "staged",
        "base": None,
        "head": None,
        "verdict": "clean",
        "library": {"source": "patterns/", "patterns": 1, "detectors": 1, "sha256": "0" * 64},
        "findings": [],
        "suppressed": [],
        "baseline": 0,
        "stale": 0,
        "skipped": [],
        "not_checked": [],
        "summary": {"files": 1, "added_lines": 5, "block": 0, "warn": 0, "hint": 0},
        "exit_code": 1,
    }


def test_a_finding_has_every_field() -> None:
    document = rendered(scanned(finding()))
    assert document["verdict"] == "findings"
    assert document["findings"] == [
        {
            "pattern": "named",
            "detector": "bare",
            "level": "block",
            "severity": "high",
            "path": "app.py",
            "line": 4,
            "column": 5,
            "end_line": 4,
            "end_column": 11,
            "message": "why",
            "fix_hint": "how",
            "snippet": "    except:",
            "doc": "patterns/named.md",
            "fingerprint": "f" * 32,
            "anchors": [
                {"line": 4, "column": 5, "end_line": 4, "end_column": 11},
                {"line": 6, "column": 1, "end_line": 7, "end_column": 3},
            ],
            "moved": False,
            "degraded": False,
            "nonlocal": False,
        }
    ]


def test_flags_are_true_where_they_hold() -> None:
    flagged = rendered(scanned(finding(moved=True, nonlocal_=True), finding(degraded=True)))["findings"]
    assert [(one["moved"], one["degraded"], one["nonlocal"]) for one in flagged] == [
        (True, False, True),
        (False, True, False),
    ]


def test_a_range_has_its_two_ends() -> None:
    result = scanned()
    result.mode, result.base, result.head = "range", "a" * 40, "b" * 40
    document = rendered(result, exit_code=3)
    assert (document["mode"], document["base"], document["head"]) == ("range", "a" * 40, "b" * 40)
    assert document["exit_code"] == 3


def test_what_was_taken_away_is_listed_or_counted() -> None:
    result = scanned()
    result.suppressed += [Suppressed(finding(), "legacy api"), Suppressed(finding(), "")]
    result.baselined += [finding(), finding(), finding()]
    result.stale = 4
    document = rendered(result)
    assert document["verdict"] == "clean"
    assert [one["reason"] for one in document["suppressed"]] == ["legacy api", ""]
    assert (document["suppressed"][0]["path"], document["findings"]) == ("app.py", [])
    assert (document["baseline"], document["stale"]) == (3, 4)


def test_only_the_repositorys_own_patterns_have_a_document() -> None:
    built_in = library()
    built_in.source = "the built-in library"
    assert rendered(scanned(finding()), built_in)["findings"][0]["doc"] is None
    own = notice("hidden_text", "warn", b"a.py", 1, "m", "f", "0" * 32)
    assert rendered(scanned(own))["findings"][0]["doc"] is None


def test_paths_are_true_text_or_come_as_bytes_too() -> None:
    result = scanned(finding("a\n\x1bé.py".encode()), finding(b"caf\xe9.py"))
    result.skipped.append((b"\xff.png", "binary"))
    document = rendered(result)
    first, second = document["findings"]
    assert (first["path"], "path_b64" in first) == ("a\n\x1bé.py", False)
    assert second["path"] == r"caf\xe9.py"
    assert base64.b64decode(second["path_b64"]) == b"caf\xe9.py"
    assert document["skipped"][0]["path"] == r"\xff.png"


def test_everything_unchecked_is_listed_and_never_called_clean() -> None:
    result = scanned()
    result.not_checked += [NotChecked(b"x.py", "named/bare", "time"), NotChecked(b"", "", "memory")]
    broken = library(("patterns/x.json:3: what",), (("named/bare", "nothing is found"),))
    document = rendered(result, broken)
    assert document["verdict"] == "not_checked"
    assert document["not_checked"] == [
        {"path": None, "detector": None, "reason": "patterns/x.json:3: what"},
        {"path": None, "detector": "named/bare", "reason": "fails its own example: nothing is found"},
        {"path": "x.py", "detector": "named/bare", "reason": "time"},
        {"path": None, "detector": None, "reason": "memory"},
    ]
    assert rendered(scanned(), broken)["verdict"] == "not_checked"


def test_a_scan_of_nothing_says_so_in_the_words_of_its_mode() -> None:
    said = {}
    for mode in ("staged", "range", "all", "paths"):
        result = ScanResult()
        result.mode = mode
        said[mode] = rendered(result)["not_checked"][0]["reason"]
    assert said == {
        "staged": "nothing staged",
        "range": "nothing changed",
        "all": "no files",
        "paths": "no files",
    }


def test_lines_carry_the_same_as_the_document() -> None:
    result = scanned(finding(), finding(b"b.py"))
    *findings, summary = rendered_lines(result)
    assert [one.pop("kind") for one in findings] == ["finding", "finding"]
    assert summary.pop("kind") == "summary"
    assert summary | {"findings": findings} == rendered(result, exit_code=0)


def test_a_clean_scan_is_one_line() -> None:
    (line,) = rendered_lines(scanned())
    assert (line["kind"], line["verdict"], "findings" in line) == ("summary", "clean", False)


def test_hostile_text_stays_true_but_for_half_characters() -> None:
    one = rendered(*hostile())["findings"][0]
    assert one["message"] == HOSTILE.replace("\ud800", r"\ud800").replace("\udcff", r"\udcff")


@given(any_scan())
@settings(max_examples=100, deadline=None)
def test_any_scan_is_what_the_schema_says_and_a_strict_reader_takes_it(
    scan: tuple[ScanResult, CompiledLibrary],
) -> None:
    document = rendered(*scan)
    text = encode("json", *scan, 0).text
    assert parse_json(text.encode(), "x").value == document | {"exit_code": 0}
    assert rendered_lines(*scan)[-1]["verdict"] == document["verdict"]
