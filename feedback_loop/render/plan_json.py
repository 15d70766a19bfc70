"""Plan verdicts as JSON for programs; `schemas/plan.json` describes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from feedback_loop.domain.plan import VERDICTS
from feedback_loop.render.findings_json import finding_fields, place_fields, true_text

if TYPE_CHECKING:
    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.domain.plan import Judged, PlanReport


def report_fields(report: PlanReport, library: CompiledLibrary) -> dict[str, Any]:
    """One plan: items, sums, and what boxes and verdicts disagree on."""
    return {
        **place_fields(report.path),
        "against": true_text(report.against),
        "section": report.section.begin or None,
        "items": [_item(one, library) for one in report.judged],
        "summary": {verdict: report.count(verdict) for verdict in VERDICTS},
        "ticked_not_supported": [true_text(one.item.name) for one in report.unproven],
        "supported_not_ticked": [true_text(one.item.name) for one in report.unclaimed],
        "conflicts": [list(pair) for pair in report.conflicts],
        "notes": [{"line": note.line, "text": true_text(note.text)} for note in report.section.notes],
    }


def check_fields(
    reports: Iterable[PlanReport],
    library: CompiledLibrary,
    unreadable: Iterable[tuple[bytes, str]],
    exit_code: int,
) -> dict[str, Any]:
    """The document of `plan check`; `unreadable` pairs paths with reasons."""
    return {
        "schema_version": 1,
        "plans": [report_fields(report, library) for report in reports],
        "unreadable": [place_fields(path) | {"reason": true_text(reason)} for path, reason in unreadable],
        "not_checked": [true_text(text) for text in library.problems],
        "exit_code": exit_code,
    }


def _item(one: Judged, library: CompiledLibrary) -> dict[str, Any]:
    """`pattern` is null for a name that is not in the library."""
    return {
        "line": one.item.line,
        "name": true_text(one.item.name),
        "pattern": one.pattern or None,
        "checked": one.item.checked,
        "verdict": one.verdict,
        "reason": true_text(one.reason),
        "near": list(one.near),
        "sites": [place_fields(path) | {"line": line} for path, line in one.sites],
        "findings": [finding_fields(finding, library) for finding in one.findings],
    }
