"""`history` for programs (H42): one document, or one fact a line.

An infinite bound is null, and so is what is not known. Times are UTC, counts are whole numbers.
"""

from __future__ import annotations

from typing import Any

from feedback_loop import __version__
from feedback_loop.domain.figure import (
    EFFECT,
    EXPOSURE,
    FIXED,
    INTRODUCED,
    OPEN,
    REINTRODUCED,
    RESTORED,
    TIME_TO_FIX,
    TREND,
    WAIVED,
    FigureId,
)
from feedback_loop.domain.history import NO_TIME
from feedback_loop.domain.history_report import HistoryReport, PatternReport, Place, Site
from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.rollup import HotSpot, Row
from feedback_loop.render.effect import code_effect_fields
from feedback_loop.render.encoders import json_text, true_path
from feedback_loop.render.findings_json import place_fields

SCHEMA_VERSION = 1
_MEASURES = (INTRODUCED, FIXED, OPEN, RESTORED, REINTRODUCED, WAIVED, EXPOSURE, EFFECT, TREND, TIME_TO_FIX)


def render_history_json(report: HistoryReport, exit_code: int = 0) -> str:
    """The whole answer; keys sorted, ASCII."""
    fields = history_fields(report) | {"exit_code": exit_code}
    fields["sites"] = [site_fields(site) for site in report.sites]
    fields["standing"] = [site_fields(site) for site in report.standing]
    return json_text(fields)


def render_history_jsonl(report: HistoryReport, exit_code: int = 0) -> str:
    """`"record": "fact"` on each line but the last, which is `"summary"`: a cut stream shows."""
    lines = [{"record": "fact", **site_fields(site)} for site in report.sites]
    lines.append({"record": "summary", **history_fields(report), "exit_code": exit_code})
    return "".join(json_text(line, indent=None) for line in lines)


def history_fields(report: HistoryReport) -> dict[str, Any]:
    """Everything but the sites."""
    period = report.period
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "feedback-loop", "version": __version__},
        "tip": report.tip,
        "branch": report.branch,
        "as_of": _time(report.as_of),
        "complete": report.complete,
        "incomplete_reasons": list(report.incomplete),
        "detectors": report.detectors,
        "period": {
            "name": period.name,
            "from": _time(period.start),
            "to": _time(period.end),
            "misplaced": [_place(one) for one in period.misplaced],
        },
        "commits": _commits(report),
        "patterns": [_pattern(one, period.asked) for one in report.patterns],
        "by": report.by,
        "rows": [_row(row) for row in report.rows],
        "hot_spots": [_spot(spot) for spot in report.hot_spots],
        "lives": {"followed": report.lives, "shared": report.shared, "orphans": report.orphans},
        "coverage": {"readable": report.readable, "blobs": report.blobs},
        "defects": report.defects,
    }


def site_fields(site: Site) -> dict[str, Any]:
    """One fact, or one open occurrence."""
    return {
        **place_fields(site.path.encode("utf-8", "surrogateescape")),
        "pattern": site.pattern,
        "detector": site.detector,
        "line": site.line,
        "commit": _place(site.commit),
        "landed_in": _place(site.landed_in),
        "sign": site.sign,
        "kind": site.kind,
        "open": site.open,
        "fingerprint": site.fingerprint,
    }


def _commits(report: HistoryReport) -> dict[str, Any]:
    commits, skipped = report.commits, report.skipped
    return {
        "considered": commits.considered,
        "total": commits.total,
        "written": commits.written,
        "merges": commits.merges,
        "skipped": {
            "ignored": skipped.ignored,
            "duplicates": skipped.duplicates,
            "bulk_files": skipped.bulk_files,
            "not_mined": skipped.not_mined,
            "capped": skipped.capped,
        },
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "key": true_path(row.key.encode("utf-8", "surrogateescape")),
        "introduced": row.introduced,
        "occurrences": row.occurrences,
        "fixed": row.fixed,
        "added": row.added,
        "patterns": list(row.patterns),
        "at": _time(row.time),
    }


def _pattern(one: PatternReport, asked: str | None) -> dict[str, Any]:
    figures, check, effect = one.figures, one.check, one.effect
    fields = code_effect_fields(effect) if effect else None
    return {
        "name": figures.pattern,
        "ids": {}
        if asked is None
        else {measure: str(FigureId(figures.pattern, measure, asked)) for measure in _MEASURES},
        "adopted": _place(one.adopted),
        "introduced": figures.introduced,
        "occurrences": figures.occurrences,
        "fixed": figures.fixed,
        "restored": figures.restored,
        "reintroduced": figures.reintroduced,
        "same_place": figures.same_place,
        "duplicates": figures.duplicates,
        "waived": figures.waived,
        "open": figures.open,
        "tip_gap": {
            "total": check.gap,
            "landed": check.landed_gap,
            "defect": check.defect,
            "parts": dict(check.parts),
        },
        "exposure": figures.exposure,
        "effect": fields,
        "trend": fields.pop("trend") if fields else None,
        "survival": _survival(one),
    }


def _survival(one: PatternReport) -> dict[str, Any] | None:
    survival, lasted = one.survival, one.durations
    if survival is None or lasted is None:
        return None
    return {
        "n": survival.n,
        "fixed": survival.events,
        "median_days": survival.median,
        "low": survival.low,
        "high": survival.high,
        "file_deleted": lasted.deleted,
        "left_scope": lasted.left,
        "dissolved": lasted.dissolved,
        "backward": lasted.backward,
        "undated": lasted.undated,
    }


def _spot(spot: HotSpot) -> dict[str, Any]:
    return {
        **place_fields(spot.path.encode("utf-8", "surrogateescape")),
        "introduced": spot.introduced,
        "fixed": spot.fixed,
        "added": spot.added,
        "rate": spot.rate,
        "introduced_before": spot.introduced_before,
        "fixed_before": spot.fixed_before,
        "added_before": spot.added_before,
        "rate_before": spot.rate_before,
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {"commit": place.oid, "at": _time(place.time)}


def _time(moment: int | None) -> str | None:
    return None if moment is None or moment == NO_TIME else format_moment(moment)
