"""The metrics report as text, markdown and JSON (A43, A44), and what `analyze` prints (A45).

They take what `MetricsAnalyzer.generate_report` and `api.metrics.analysis.analyze` return. Nothing but that
goes in: the same report gives the same bytes. Names are a stranger's text and are escaped for their sink.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from feedback_loop.domain.library_update import LibraryUpdate
from feedback_loop.domain.text import counted, visible
from feedback_loop.render.findings_markdown import code

SCHEMA_VERSION = 1
_RULE = "=" * 60
_LISTED = 10
_SHOWN = 20
_SUMMARY = (
    ("Total Bugs", "total_bugs"),
    ("Test Failures", "total_test_failures"),
    ("Code Reviews", "total_code_reviews"),
    ("Performance Metrics", "total_performance_metrics"),
    ("Deployment Issues", "total_deployment_issues"),
)
# Label, key, and whether it is told when it is 0.
_DATES = (
    ("Undated entries counted", "undated", True),
    ("Outside the period", "outside", False),
    ("After the as-of date", "after_as_of", False),
    ("Unreadable dates", "unreadable_dates", False),
)

Report = Mapping[str, Any]


def render_report_text(report: Report) -> str:
    """The report for a terminal or a file; lists end after ten, their headings give the full number."""
    period = report["period"]
    frequent, ranked = report["high_frequency_patterns"], report["ranked_patterns"]
    lines = [
        _RULE,
        f"METRICS ANALYSIS REPORT - {period['name'].upper()}",
        f"Generated: {report['generated_at']}",
        f"Period: {_span(period)}",
        _RULE,
        "",
        "SUMMARY:",
        *(f"  {label}: {number}" for label, number in report_figures(report)),
        "",
        f"HIGH FREQUENCY PATTERNS: {len(frequent)}",
        *(f"  - {visible(one['pattern'])}: {_times(one)}" for one in frequent[:_LISTED]),
        "",
        f"PATTERNS RANKED BY SEVERITY: {len(ranked)}",
        *(f"  - {_ranked(one)}" for one in ranked[:_LISTED]),
        "",
        _RULE,
    ]
    return "\n".join(lines) + "\n"


def render_report_markdown(report: Report) -> str:
    """The report as a page, with the same figures and lists as the text."""
    frequent, ranked = report["high_frequency_patterns"], report["ranked_patterns"]
    lines = [
        f"# Metrics Analysis Report — {report['period']['name'].capitalize()}",
        "",
        f"_Generated: {report['generated_at']}_",
        "",
        "## Summary",
        "",
        *(f"- **{label}:** {number}" for label, number in report_figures(report)),
        "",
        f"## High Frequency Patterns ({len(frequent)})",
        "",
        *(f"- {code(visible(one['pattern']))} ({_times(one)})" for one in frequent[:_LISTED]),
        *([""] if frequent else []),
        f"## Patterns Ranked by Severity ({len(ranked)})",
        "",
        *(
            f"- {code(visible(one['pattern']))} — {one['severity']} (count: {one['count']})"
            for one in ranked[:_LISTED]
        ),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def render_json(report: Report) -> str:
    """The report, or an analysis, for programs: `schema_version` added, keys sorted, ASCII."""
    return json.dumps({**report, "schema_version": SCHEMA_VERSION}, indent=2, sort_keys=True) + "\n"


def render_analysis(
    analysis: Report, rows: Mapping[str, str] | None = None, generation: Sequence[str] = ()
) -> str:
    """What `analyze` says to people: frequencies, new patterns, before/after, ranking.

    `rows` are shown beside the frequencies, by pattern: `render.sparkline`, for a terminal. `generation`
    are the lines of `render.generation_figures`, where there are any.
    """
    frequent, new = analysis["high_frequency_patterns"], analysis["new_patterns"]
    effects, ranked = analysis["effectiveness"], analysis["ranked_patterns"]
    dates = [f"{label}: {number}" for label, number in _date_counts(analysis["counts"])]
    blocks = [
        [f"Period: {analysis['period']['name']}, {_span(analysis['period'])}", *dates],
        [
            f"High frequency patterns: {len(frequent)}",
            *_capped([_frequent(one) + _row(one, rows) for one in frequent]),
        ],
        [
            f"New patterns: {len(new)}",
            *_capped([_new(one) for one in new]),
        ],
        [
            f"Effectiveness, before/after: {len(effects)}",
            *_capped([f"{visible(name)}: {effect_words(effect)}" for name, effect in effects.items()]),
        ],
        [f"Ranked by severity: {len(ranked)}", *_capped([_ranked(one) for one in ranked])],
        [*generation],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def render_update(update: LibraryUpdate) -> list[str]:
    """What became of the library after an analysis, or would have, in lines."""
    shown = visible(update.shown)
    notes = [f"{shown}: {visible(note)}" for note in update.notes]
    if update.proposals:
        would = "would propose" if update.trial else "proposed, for a person to decide on"
        return [f"{shown}: {would}: {_names(update.added)}"] * bool(update.added) + notes
    parts = {
        "added": update.added,
        "archived, not seen for long": update.archived,
        "restored": update.restored,
    }
    told = [f"{counted(len(update.counted), 'pattern')} counted"] * bool(update.counted)
    told += [f"{words}: {_names(names)}" for words, names in parts.items() if names]
    if not told:
        return [f"{shown} is up to date", *notes]
    return [f"{'would change' if update.trial else 'wrote'} {shown}: {'; '.join(told)}", *notes]


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(visible(name) for name in names[:_SHOWN]) + more


def effect_words(effect: Report) -> str:
    """One pattern before and after in a line; a score never without n and interval (A39)."""
    n = effect["total_occurrences"]
    if effect["p_adjusted"] is None:
        return f"{effect['verdict']} (n = {n})"
    ratio = effect["rate_ratio"]
    return (
        f"{effect['verdict']}, {effect['before']['n']} before and {effect['after']['n']} after (n = {n}), "
        f"rate ratio {_figure(ratio['value'])} ({_figure(ratio['low'])} to {_figure(ratio['high'])}), "
        f"p {_figure(effect['p_adjusted'])}, score {_figure(effect['score'])}"
    )


def report_figures(report: Report) -> Iterator[tuple[str, int]]:
    """Label and number: five sums, then what the dates leave in doubt."""
    yield from ((label, report["summary"][key]) for label, key in _SUMMARY)
    yield from _date_counts(report["counts"])


def _date_counts(counts: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    return ((label, counts[key]) for label, key, always in _DATES if always or counts[key])


def _span(period: Report) -> str:
    return f"{period['from'] or 'no dated entry'} .. {period['to']}"


def _times(one: Report) -> str:
    return f"{one['count']} occurrences"


def _frequent(one: Report) -> str:
    seen = one["last_seen"]
    return f"{visible(one['pattern'])}: {counted(one['count'], 'occurrence')}, " + (
        f"last seen {seen}" if seen else "undated"
    )


def _row(one: Report, rows: Mapping[str, str] | None) -> str:
    row = rows.get(one["pattern"]) if rows else None
    return f"  {row}" if row else ""


def _new(one: Report) -> str:
    state = f", {one['state']}" if one.get("state") else ""
    return f"{visible(one['pattern'])}: {counted(one['count'], 'occurrence')}{state}"


def _ranked(one: Report) -> str:
    return f"{visible(one['pattern'])}: {one['severity']} (count: {one['count']})"


def _capped(lines: Sequence[str]) -> list[str]:
    shown = [f"  {line}" for line in lines[:_SHOWN]]
    return shown + ([f"  {len(lines) - _SHOWN} more: --format json"] if len(lines) > _SHOWN else [])


def _figure(value: float | None) -> str:
    return "inf" if value is None else f"{value:.3g}"
