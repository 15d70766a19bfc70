"""A scan as a GitLab Code Quality report (FMT-4)."""

from __future__ import annotations

from typing import Any

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import Finding, ScanResult
from feedback_loop.domain.text import visible
from feedback_loop.render.encoders import Encoded, gravest, json_text, said, true_path

_SEVERITIES = {"low": "minor", "medium": "major", "high": "critical", "critical": "blocker"}


def render_gitlab(result: ScanResult, library: CompiledLibrary, exit_code: int) -> Encoded:
    """An array, the gravest first; clean is `[]`. The report has no place for what was not checked."""
    return Encoded(json_text([_issue(finding) for finding in gravest(result.findings)]))


def _issue(finding: Finding) -> dict[str, Any]:
    line, _, end_line, _ = finding.anchors[0]
    return {
        "description": said(finding),
        "check_name": visible(finding.rule_id),
        "fingerprint": finding.fingerprint,
        "severity": "info" if finding.level == "hint" else _SEVERITIES[finding.severity],
        "location": {"path": true_path(finding.path), "lines": {"begin": line, "end": end_line}},
    }
