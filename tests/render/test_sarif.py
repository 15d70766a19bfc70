"""SARIF 2.1.0, held against the official schema and against a closed one of our own (data/README.md)."""

from __future__ import annotations

import json
import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import jsonschema
import pytest
from hypothesis import given, settings

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import NotChecked, ScanResult, Suppressed, notice
from feedback_loop.domain.text import visible
from feedback_loop.render import sarif
from feedback_loop.render.encoders import Encoded, encode
from tests.render.made import HOSTILE_PATH, any_scan, finding, hostile, library, scanned

SCHEMAS = ("sarif-schema-2.1.0.json", "sarif-written.json")
DATA = Path(__file__).parent / "data"


@cache
def validators() -> list[Any]:
    schemas = [json.loads((DATA / name).read_text("utf-8")) for name in SCHEMAS]
    return [jsonschema.validators.validator_for(schema)(schema) for schema in schemas]


def checked(written: Encoded) -> dict[str, Any]:
    """The one run of the log; every result points at its own rule."""
    assert written.text.isascii()
    log = json.loads(written.text)
    for validator in validators():
        validator.validate(log)
    run: dict[str, Any] = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    return run


def run_of(result: ScanResult, of: CompiledLibrary | None = None, exit_code: int = 1) -> dict[str, Any]:
    return checked(encode("sarif", result, of or library(), exit_code))


def messages(run: dict[str, Any]) -> list[str]:
    return [one["message"]["text"] for one in run["results"]]


def uri_of(one: dict[str, Any]) -> str:
    uri: str = one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    return uri


def test_clean_has_rules_and_no_results() -> None:
    run = run_of(scanned(), exit_code=0)
    assert run["results"] == []
    assert run["invocations"] == [
        {"executionSuccessful": True, "exitCode": 0, "toolExecutionNotifications": []}
    ]
    assert run["tool"]["driver"]["rules"] == [
        {
            "id": "named/bare",
            "shortDescription": {"text": "m"},
            "fullDescription": {"text": "m: f"},
            "help": {"text": "f", "markdown": "f"},
            "defaultConfiguration": {"level": "error"},
            "properties": {"precision": "high"},
        }
    ]


def test_a_finding_is_a_result_with_its_anchor() -> None:
    assert run_of(scanned(finding(b"src/app.py", nonlocal_=True)))["results"] == [
        {
            "ruleId": "named/bare",
            "ruleIndex": 0,
            "level": "error",
            "message": {"text": "why (not on a line you changed)"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "src/app.py", "uriBaseId": "%SRCROOT%"},
                        "region": {
                            "startLine": 4,
                            "startColumn": 5,
                            "endLine": 4,
                            "endColumn": 11,
                            "snippet": {"text": "except"},
                        },
                    }
                }
            ],
            "partialFingerprints": {"feedbackLoop/v1": "f" * 32},
            "properties": {"severity": "high", "nonlocal": True},
        }
    ]


def test_an_anchor_of_several_lines_has_no_snippet() -> None:
    (one,) = run_of(scanned(finding(spans=((4, 5, 6, 2),))))["results"]
    region = one["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 4, "startColumn": 5, "endLine": 6, "endColumn": 2}


def test_only_security_patterns_have_a_security_severity() -> None:
    (plain,) = run_of(scanned(), library(tags=("core",)))["tool"]["driver"]["rules"]
    (security,) = run_of(scanned(), library(tags=("security", "core")))["tool"]["driver"]["rules"]
    assert plain["properties"] == {"precision": "high", "tags": ["core"]}
    assert security["properties"]["security-severity"] == "8.0"
    (many,) = run_of(scanned(), library(tags=tuple(map(str, range(30)))))["tool"]["driver"]["rules"]
    assert len(many["properties"]["tags"]) == 20


def test_what_the_tool_itself_says_gets_a_rule() -> None:
    run = run_of(scanned(notice("hidden_text", "warn", b"a.py", 3, "why", "how", "0" * 32)))
    rule = run["tool"]["driver"]["rules"][1]
    assert (rule["id"], rule["shortDescription"]["text"]) == ("feedback_loop/hidden_text", "why")


def test_what_was_taken_away_is_there_with_what_took_it() -> None:
    result = scanned()
    result.suppressed += [Suppressed(finding(), "legacy"), Suppressed(finding(), "")]
    result.baselined.append(finding())
    assert [one["suppressions"] for one in run_of(result)["results"]] == [
        [{"kind": "inSource", "justification": "legacy"}],
        [{"kind": "inSource"}],
        [{"kind": "external"}],
    ]


def test_skipped_and_unchecked_files_are_notifications() -> None:
    result = scanned()
    result.skipped.append((b"logo.png", "binary"))
    result.not_checked.append(NotChecked(b"x.py", "named/bare", "time"))
    (invocation,) = run_of(result, library(("patterns/x.json:3: what",)), 3)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [
        (one["level"], one["message"]["text"], uri_of(one) if "locations" in one else None)
        for one in invocation["toolExecutionNotifications"]
    ] == [
        ("warning", "NOT checked: patterns/x.json:3: what", None),
        ("warning", "NOT checked (named/bare): time", "x.py"),
        ("note", "skipped: binary", "logo.png"),
    ]


def test_of_very_many_skipped_files_the_rest_is_counted() -> None:
    result = scanned()
    result.skipped += [(b"%d.png" % number, "binary") for number in range(1002)]
    (invocation,) = run_of(result)["invocations"]
    assert invocation["toolExecutionNotifications"][-1]["message"]["text"] == "2 more files are not listed"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (b"a b.py", "a%20b.py"),
        ("é.py".encode(), "%C3%A9.py"),
        (b"caf\xe9.py", "caf%E9.py"),
        (b"http://evil/x.py", "http%3A//evil/x.py"),
        (b"100%25.py", "100%2525.py"),
        (b"a?b#c.py", "a%3Fb%23c.py"),
        (b"a\\b\n.py", "a%5Cb%0A.py"),
    ],
)
def test_a_path_is_a_relative_reference_and_nothing_else(path: bytes, uri: str) -> None:
    (one,) = run_of(scanned(finding(path)))["results"]
    assert uri_of(one) == uri
    assert unquote_to_bytes(uri) == path
    assert urlsplit(uri)[:2] == ("", "")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("see [docs](https://evil.example)", "see [docs] (https://evil.example)"),
        (r"see [at\](1)", r"see [at\] (1)"),
        ("items[0] is {x}", "items[0] is {x}"),
        ("use {0} or {x}", "use {{0}} or {{x}}"),
    ],
)
def test_a_message_holds_no_link_and_no_placeholder(message: str, text: str) -> None:
    assert messages(run_of(scanned(finding(message=message)))) == [text]


def test_beyond_the_limit_the_gravest_are_kept_and_stderr_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "RESULT_CAP", 3)
    result = scanned(finding(level="hint"), finding(level="warn"), finding(b"b"), finding(b"a"))
    written = encode("sarif", result, library(), 1)
    assert [(one["level"], uri_of(one)) for one in checked(written)["results"]] == [
        ("error", "a"),
        ("error", "b"),
        ("warning", "app.py"),
    ]
    assert written.notes == ("SARIF: 4 results, only the 3 gravest are written",)


def test_a_log_that_does_not_compress_enough_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "BYTE_CAP", 2500)
    different = [
        finding(b"%d.py" % number, message=sha256(b"%d" % number).hexdigest()) for number in range(400)
    ]
    written = encode("sarif", scanned(*different), library(), 1)
    kept = len(checked(written)["results"])
    assert 0 < kept < 400
    assert written.notes == (f"SARIF: 400 results, only the {kept} gravest are written",)


def test_hostile_text_is_inert() -> None:
    run = run_of(*hostile())
    text = json.dumps(run, ensure_ascii=False)
    assert visible(text) == text
    assert not re.search(r"\]\(|(?<!\{)\{\d+\}(?!\})", " ".join(messages(run)))
    assert unquote_to_bytes(uri_of(run["results"][0])) == HOSTILE_PATH
    assert run["tool"]["driver"]["rules"][1]["help"]["markdown"].startswith("```")  # one long code span


@given(any_scan())
@settings(max_examples=50, deadline=None)
def test_any_scan_is_a_log(scan: tuple[ScanResult, CompiledLibrary]) -> None:
    result, of = scan
    run = run_of(result, of)
    assert len(run["results"]) == len(result.findings) + len(result.suppressed) + len(result.baselined)
    paths = sorted(one.path for one in result.findings)
    assert sorted(unquote_to_bytes(uri_of(one)) for one in run["results"][: len(paths)]) == paths


def test_the_schema_refuses_what_sarif_does_not_know() -> None:
    """The check can fail."""
    log = json.loads(encode("sarif", scanned(finding()), library(), 1).text)
    log["runs"][0]["results"][0]["suppression"] = []
    with pytest.raises(jsonschema.ValidationError):
        validators()[0].validate(log)
