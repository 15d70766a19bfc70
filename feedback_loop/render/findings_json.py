"""A scan as JSON for programs (OUT-3); `schemas/findings.json` describes it.

Texts are true, not made safe to show; outside of ASCII they are escaped, so a terminal shows them inert.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from feedback_loop import __version__
from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import OWN, Finding, ScanResult
from feedback_loop.render.encoders import Encoded, json_text, true_path, unchecked

if TYPE_CHECKING:
    from feedback_loop.domain.finding import Span


def render_json(result: ScanResult, library: CompiledLibrary, exit_code: int) -> Encoded:
    """The whole result, hints included."""
    return Encoded(json_text(scan_fields(result, library, exit_code)))


def scan_fields(result: ScanResult, library: CompiledLibrary, exit_code: int) -> dict[str, Any]:
    """The document as a JSON value."""
    return {
        "schema_version": 1,
        "tool": {"name": "feedback-loop", "version": __version__},
        "mode": result.mode,
        "base": result.base,
        "head": result.head,
        "verdict": _verdict(result, library),
        "library": {
            "source": library.source,
            "patterns": library.patterns,
            "detectors": len(library.detectors),
            "sha256": library.digest,
        },
        "findings": [finding_fields(finding, library) for finding in result.findings],
        "suppressed": [
            finding_fields(one.finding, library) | {"reason": true_text(one.reason)}
            for one in result.suppressed
        ],
        "baseline": len(result.baselined),
        "stale": result.stale,
        "skipped": [place_fields(path) | {"reason": reason} for path, reason in result.skipped],
        "not_checked": _not_checked(result, library),
        "summary": {
            "files": result.files,
            "added_lines": result.added_lines,
            **{level: result.count(level) for level in ("block", "warn", "hint")},
        },
        "exit_code": exit_code,
    }


def _verdict(result: ScanResult, library: CompiledLibrary) -> str:
    """As the result's own, but a broken library is never clean, nor is a scan of nothing."""
    verdict = result.verdict()
    if verdict == "clean" and unchecked(result, library):
        return "not_checked"
    return verdict


def finding_fields(finding: Finding, library: CompiledLibrary) -> dict[str, Any]:
    """One finding."""
    return {
        **place_fields(finding.path),
        **_span(finding.anchors[0]),
        "pattern": finding.pattern,
        "detector": finding.detector,
        "level": finding.level,
        "severity": finding.severity,
        "message": true_text(finding.message),
        "fix_hint": true_text(finding.fix_hint),
        "snippet": true_text(finding.snippet),
        "doc": _document(finding, library),
        "fingerprint": finding.fingerprint,
        "anchors": [_span(anchor) for anchor in finding.anchors],
        "moved": finding.moved,
        "degraded": finding.degraded,
        "nonlocal": finding.nonlocal_,
    }


def _document(finding: Finding, library: CompiledLibrary) -> str | None:
    """Where the lesson is written in this repository; the built-in patterns lie outside of it."""
    own = library.source == library.folder + "/"
    lesson = finding.pattern != OWN
    return f"{library.folder}/{finding.pattern}.md" if own and lesson else None


def _span(span: Span) -> dict[str, int]:
    return dict(zip(("line", "column", "end_line", "end_column"), span, strict=True))


def true_text(text: str) -> str:
    r"""Strict readers refuse half a surrogate pair: it appears as `\udcNN`."""
    return text.encode("utf-8", "backslashreplace").decode()


def place_fields(path: bytes) -> dict[str, Any]:
    """The true path; one that is no UTF-8 comes in full as base64 too."""
    try:
        return {"path": path.decode()}
    except UnicodeDecodeError:
        return {"path": true_path(path), "path_b64": b64encode(path).decode()}


def _not_checked(result: ScanResult, library: CompiledLibrary) -> list[dict[str, Any]]:
    """null as path means: in every file; null as detector: nobody in particular."""
    return [
        {
            **(place_fields(entry.path) if entry.path else {"path": None}),
            "detector": entry.detector or None,
            "reason": true_text(entry.reason),
        }
        for entry in unchecked(result, library)
    ]
