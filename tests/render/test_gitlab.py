"""GitLab's Code Quality report."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import ScanResult
from feedback_loop.domain.text import visible
from feedback_loop.render.encoders import encode
from tests.render.made import HOSTILE, any_scan, finding, hostile, library, scanned

# https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
REPORT = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string"},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./)"},
                    "lines": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["begin"],
                        "properties": {
                            "begin": {"type": "integer", "minimum": 1},
                            "end": {"type": "integer", "minimum": 1},
                        },
                    },
                },
            },
        },
    },
}


def issues(result: ScanResult, of: CompiledLibrary | None = None) -> list[dict[str, Any]]:
    text = encode("gitlab", result, of or library(), 1).text
    assert text.isascii()
    report: list[dict[str, Any]] = json.loads(text)
    jsonschema.Draft202012Validator(REPORT).validate(report)
    return report


def test_clean_is_an_empty_array() -> None:
    assert encode("gitlab", scanned(), library(), 0).text == "[]\n"


def test_a_finding_is_an_issue() -> None:
    assert issues(scanned(finding("é.py".encode(), spans=((4, 5, 6, 1),), moved=True))) == [
        {
            "description": "why (moved)",
            "check_name": "named/bare",
            "fingerprint": "f" * 32,
            "severity": "critical",
            "location": {"path": "é.py", "lines": {"begin": 4, "end": 6}},
        }
    ]


@pytest.mark.parametrize(
    ("level", "severity", "theirs"),
    [
        ("block", "low", "minor"),
        ("warn", "medium", "major"),
        ("block", "high", "critical"),
        ("warn", "critical", "blocker"),
        ("hint", "critical", "info"),
    ],
)
def test_severity_is_ours_but_a_hint_is_info(level: str, severity: str, theirs: str) -> None:
    assert issues(scanned(finding(level=level, severity=severity)))[0]["severity"] == theirs


def test_the_gravest_come_first() -> None:
    mixed = scanned(finding(b"a", level="hint"), finding(b"b", level="warn"), finding(b"c"))
    assert [one["location"]["path"] for one in issues(mixed)] == ["c", "b", "a"]


def test_hostile_text_is_spelled_out() -> None:
    first, _ = issues(*hostile())
    assert first["description"] == visible(HOSTILE)


@given(any_scan())
@settings(max_examples=100, deadline=None)
def test_any_scan_is_a_report(scan: tuple[ScanResult, CompiledLibrary]) -> None:
    assert len(issues(*scan)) == len(scan[0].findings)
