"""A scan as JSON for programs (OUT-3); `schemas/findings.json` describes it."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from feedback_loop import __version__
from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import Finding, ScanResult

if TYPE_CHECKING:
    from feedback_loop.domain.finding import Span


def render_findings(result: ScanResult, library: CompiledLibrary, *, mode: str, exit_code: int) -> str:
    """The whole result, hints included; keys sorted, ASCII-safe.

    `base` and `head` are commits of a range: a staged scan has none. What needs a later release
    (suppressions, baseline, moved code) is there and empty.
    """
    document = {
        "schema_version": 1,
        "tool": {"name": "feedback-loop", "version": __version__},
        "mode": mode,
        "base": None,
        "head": None,
        "verdict": _verdict(result, library),
        "library": {
            "source": library.source,
            "patterns": library.patterns,
            "detectors": len(library.detectors),
            "sha256": library.digest,
        },
        "findings": [_finding(finding, library) for finding in result.findings],
        "suppressed": [],
        "baseline": 0,
        "stale": 0,
        "skipped": [_place(path) | {"reason": reason} for path, reason in result.skipped],
        "not_checked": _not_checked(result, library),
        "summary": {
            "files": result.files,
            "added_lines": result.added_lines,
            **{level: result.count(level) for level in ("block", "warn", "hint")},
        },
        "exit_code": exit_code,
    }
    return json.dumps(document, indent=2, sort_keys=True)


def _verdict(result: ScanResult, library: CompiledLibrary) -> str:
    """As the result's own, but a broken library is never clean, nor is a scan of nothing."""
    verdict = result.verdict()
    if verdict == "clean" and _not_checked(result, library):
        return "not_checked"
    return verdict


def _finding(finding: Finding, library: CompiledLibrary) -> dict[str, Any]:
    return {
        **_place(finding.path),
        **_span(finding.anchors[0]),
        "pattern": finding.pattern,
        "detector": finding.detector,
        "level": finding.level,
        "severity": finding.severity,
        "message": finding.message,
        "fix_hint": finding.fix_hint,
        "snippet": finding.snippet,
        "doc": _document(finding, library),
        "fingerprint": finding.fingerprint,
        "anchors": [_span(anchor) for anchor in finding.anchors],
        "moved": False,
        "degraded": False,
        "nonlocal": False,
    }


def _document(finding: Finding, library: CompiledLibrary) -> str | None:
    """Where the lesson is written in this repository; the built-in patterns lie outside of it."""
    own = library.source == library.folder + "/"
    return f"{library.folder}/{finding.pattern}.md" if own and finding.pattern != "pattern_gate" else None


def _span(span: Span) -> dict[str, int]:
    return dict(zip(("line", "column", "end_line", "end_column"), span, strict=True))


def _place(path: bytes) -> dict[str, Any]:
    """The true path; one that is no UTF-8 shows its bad bytes as `\\xNN` and comes in full as base64."""
    try:
        return {"path": path.decode()}
    except UnicodeDecodeError:
        return {"path": path.decode("utf-8", "backslashreplace"), "path_b64": b64encode(path).decode()}


def _not_checked(result: ScanResult, library: CompiledLibrary) -> list[dict[str, Any]]:
    """What no detector saw, detectors that are out of order, and the library's own problems.

    null as path means: in every file; null as detector: nobody in particular.
    """
    whole: dict[str, Any] = {"path": None, "detector": None}
    entries = [whole | {"reason": problem} for problem in library.problems]
    entries += [
        whole | {"detector": rule_id, "reason": f"fails its own example: {reason}"}
        for rule_id, reason in library.disabled
    ]
    if not result.changes:
        entries.append(whole | {"reason": "nothing staged"})
    for entry in result.not_checked:
        place = _place(entry.path) if entry.path else {"path": None}
        entries.append({**place, "detector": entry.detector or None, "reason": entry.reason})
    return entries
