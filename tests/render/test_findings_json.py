"""The findings document: valid against its own schema, whatever was scanned."""

from __future__ import annotations

import base64
import json
from typing import Any

import jsonschema

from feedback_loop import __version__
from feedback_loop.domain.compiled import CompiledDetector, CompiledLibrary
from feedback_loop.domain.finding import Finding, NotChecked, ScanResult
from feedback_loop.formats.schema import schema_text
from feedback_loop.render.findings_json import render_findings


def library(problems: tuple[str, ...] = (), disabled: tuple[tuple[str, str], ...] = ()) -> CompiledLibrary:
    detector = CompiledDetector(
        "named", "bare", "python.bare_except", "block", "high", ("python",), (), (), (), (), "m", "f"
    )
    return CompiledLibrary(
        "patterns/", "patterns", 1, "0" * 64, "block", "open", False, (), problems, disabled, [detector]
    )


def scanned(*findings: Finding) -> ScanResult:
    result = ScanResult()
    result.changes = result.files = 1
    result.added_lines = 5
    result.findings += findings
    return result


def finding(path: bytes = b"app.py", pattern: str = "named") -> Finding:
    spans = ((4, 5, 4, 11), (6, 1, 7, 3))
    return Finding(pattern, "bare", "block", "high", path, spans, "why", "how", "    except:", "f" * 32)


def rendered(result: ScanResult, of: CompiledLibrary | None = None) -> dict[str, Any]:
    text = render_findings(result, of or library(), mode="staged", exit_code=1)
    assert text.isascii()
    document: dict[str, Any] = json.loads(text)
    schema = json.loads(schema_text("findings"))
    jsonschema.Draft202012Validator(schema).validate(document)
    return document


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


def test_only_the_repositorys_own_patterns_have_a_document() -> None:
    built_in = library()
    built_in.source = "the built-in library"
    assert rendered(scanned(finding()), built_in)["findings"][0]["doc"] is None
    assert rendered(scanned(finding(pattern="pattern_gate")))["findings"][0]["doc"] is None


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
