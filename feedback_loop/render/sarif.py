"""A scan as SARIF 2.1.0 for code scanning (FMT-1, FMT-2).

Standard: https://docs.oasis-open.org/sarif/sarif/v2.1.0/. Times, absolute paths and
`primaryLocationLineHash` are left out on purpose: they would make alerts come back.
"""

from __future__ import annotations

import zlib
from typing import Any

from feedback_loop import __version__
from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import Finding, NotChecked, ScanResult
from feedback_loop.domain.text import visible
from feedback_loop.render.encoders import (
    Encoded,
    gravest,
    json_text,
    prose,
    said,
    unchecked,
    unchecked_words,
)
from feedback_loop.render.findings_markdown import inline

# What GitHub's code scanning takes; a larger upload is refused as a whole.
RESULT_CAP = 25_000
BYTE_CAP = 10_000_000  # compressed
_TAGS = 20
_NOTIFICATIONS = 1000
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"block": "error", "warn": "warning", "hint": "note"}
_PRECISION = {"block": "high", "warn": "medium", "hint": "low"}
_SECURITY = {"low": "2.0", "medium": "5.0", "high": "8.0", "critical": "9.5"}
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/")

_Taken = tuple[Finding, dict[str, Any] | None]  # a finding, and what takes it away


def render_sarif(result: ScanResult, library: CompiledLibrary, exit_code: int) -> Encoded:
    """One run: the gravest findings first, then those that a comment or the baseline takes away."""
    every: list[_Taken] = [(finding, None) for finding in gravest(result.findings)]
    every += [(one.finding, _suppression("inSource", one.reason)) for one in result.suppressed]
    every += [(finding, _suppression("external", "")) for finding in result.baselined]
    kept = every[:RESULT_CAP]
    text = _document(kept, result, library, exit_code)
    while len(text) > BYTE_CAP and len(zlib.compress(text.encode())) > BYTE_CAP:
        kept = kept[: len(kept) // 2]
        text = _document(kept, result, library, exit_code)
    if len(kept) == len(every):
        return Encoded(text)
    return Encoded(text, (f"SARIF: {len(every):,} results, only the {len(kept):,} gravest are written",))


def _document(kept: list[_Taken], result: ScanResult, library: CompiledLibrary, exit_code: int) -> str:
    rules = _rules([finding for finding, _ in kept], library)
    index = {rule_id: number for number, rule_id in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "feedback-loop",
                "semanticVersion": __version__,
                "rules": list(rules.values()),
            }
        },
        "automationDetails": {"id": f"feedback-loop/{result.mode}"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(result, library, exit_code)],
        "results": [_result(finding, index[finding.rule_id], taken) for finding, taken in kept],
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


# -- rules -------------------------------------------------------------------------------------


def _rules(findings: list[Finding], library: CompiledLibrary) -> dict[str, dict[str, Any]]:
    """By rule id: every detector in force, and what the tool itself has found to say."""
    rules = {}
    for one in library.detectors:
        rules[one.rule_id] = _rule(one.rule_id, one.level, one.severity, one.message, one.fix_hint, one.tags)
    for found in findings:
        if found.rule_id not in rules:
            rules[found.rule_id] = _rule(
                found.rule_id, found.level, found.severity, found.message, found.fix_hint, ()
            )
    return rules


def _rule(
    rule_id: str, level: str, severity: str, message: str, fix_hint: str, tags: tuple[str, ...]
) -> dict[str, Any]:
    properties: dict[str, Any] = {"precision": _PRECISION.get(level, "low")}
    if tags:
        properties["tags"] = list(dict.fromkeys(map(visible, tags)))[:_TAGS]
    if "security" in tags:
        properties["security-severity"] = _SECURITY[severity]
    return {
        "id": visible(rule_id),
        "shortDescription": {"text": _plain(message)},
        "fullDescription": {"text": _plain(f"{message}: {fix_hint}")},
        "help": {"text": _plain(fix_hint), "markdown": inline(prose(fix_hint)) or "-"},
        "defaultConfiguration": {"level": _LEVELS.get(level, "none")},
        "properties": properties,
    }


# -- results -----------------------------------------------------------------------------------


def _result(finding: Finding, rule: int, taken: dict[str, Any] | None) -> dict[str, Any]:
    flags = {"moved": finding.moved, "degraded": finding.degraded, "nonlocal": finding.nonlocal_}
    fields: dict[str, Any] = {
        "ruleId": visible(finding.rule_id),
        "ruleIndex": rule,
        "level": _LEVELS[finding.level],
        "message": {"text": _plain(said(finding))},
        "locations": [_location(finding.path, _region(finding))],
        "partialFingerprints": {"feedbackLoop/v1": finding.fingerprint},
        "properties": {
            "severity": finding.severity,
            **{name: True for name, holds in flags.items() if holds},
        },
    }
    return fields | {"suppressions": [taken]} if taken else fields


def _suppression(kind: str, reason: str) -> dict[str, Any]:
    return {"kind": kind, "justification": _plain(reason)} if reason else {"kind": kind}


def _region(finding: Finding) -> dict[str, Any]:
    """The first anchor; its text, if it stands on one line."""
    line, column, end_line, end_column = finding.anchors[0]
    region: dict[str, Any] = {
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
    }
    marked = finding.snippet[column - 1 : end_column - 1]
    if line == end_line and marked:
        region["snippet"] = {"text": visible(marked)}
    return region


def _location(path: bytes, region: dict[str, Any] | None = None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(path), "uriBaseId": "%SRCROOT%"}}
    return {"physicalLocation": physical | {"region": region} if region else physical}


def _uri(path: bytes) -> str:
    """RFC 3986: all bytes but the unreserved ones and the slash as `%XX`, so no part can be a scheme."""
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in path)


def _plain(text: str) -> str:
    """A text without embedded links and placeholders (sections 3.11.5 and 3.11.6); never empty."""
    shown = prose(text).replace("](", "] (")
    return shown.replace("{", "{{").replace("}", "}}") if _has_placeholder(shown) else shown or "-"


def _has_placeholder(text: str) -> bool:
    return any(part[:1].isdigit() and "}" in part for part in text.split("{")[1:])


# -- the run -----------------------------------------------------------------------------------


def _invocation(result: ScanResult, library: CompiledLibrary, exit_code: int) -> dict[str, Any]:
    entries = unchecked(result, library)
    notices = [_not_checked(entry) for entry in entries]
    notices += [_notice("note", f"skipped: {reason}", path) for path, reason in result.skipped]
    left = len(notices) - _NOTIFICATIONS
    if left > 0:
        notices = [*notices[:_NOTIFICATIONS], _notice("note", f"{left} more files are not listed", b"")]
    return {
        "executionSuccessful": exit_code in (0, 1),
        "exitCode": exit_code,
        "toolExecutionNotifications": notices,
    }


def _not_checked(entry: NotChecked) -> dict[str, Any]:
    return _notice("warning", unchecked_words(entry), entry.path)


def _notice(level: str, words: str, path: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = {"level": level, "message": {"text": _plain(words)}}
    return fields | {"locations": [_location(path)]} if path else fields
