"""A scan as reviewdog's diagnostic format, one object a line (FMT-6)."""

from __future__ import annotations

from typing import Any

from feedback_loop.domain.compiled import CompiledLibrary
from feedback_loop.domain.finding import Finding, ScanResult
from feedback_loop.domain.text import visible
from feedback_loop.render.encoders import Encoded, gravest, json_text, said, true_path
from feedback_loop.render.findings_markdown import inline

_SEVERITIES = {"block": "ERROR", "warn": "WARNING", "hint": "INFO"}


def render_rdjsonl(result: ScanResult, library: CompiledLibrary, exit_code: int) -> Encoded:
    """The gravest first; clean is no line at all."""
    lines = [json_text(_diagnostic(finding), indent=None) for finding in gravest(result.findings)]
    return Encoded("".join(lines))


def _diagnostic(finding: Finding) -> dict[str, Any]:
    return {
        "message": inline(said(finding)),  # reviewdog posts it as markdown
        "location": {"path": true_path(finding.path), "range": _range(finding)},
        "severity": _SEVERITIES[finding.level],
        "source": {"name": "feedback-loop"},
        "code": {"value": visible(finding.rule_id)},
    }


def _range(finding: Finding) -> dict[str, Any]:
    """In bytes of the line's UTF-8; whole lines where the anchor's last line is not at hand."""
    line, column, end_line, end_column = finding.anchors[0]
    if line != end_line or end_column > len(finding.snippet) + 1:
        return {"start": {"line": line}, "end": {"line": end_line}}
    return {
        "start": {"line": line, "column": _byte_column(finding.snippet, column)},
        "end": {"line": line, "column": _byte_column(finding.snippet, end_column)},
    }


def _byte_column(text: str, column: int) -> int:
    return len(text[: column - 1].encode("utf-8", "surrogatepass")) + 1
