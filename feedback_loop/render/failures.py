"""Anti-patterns of failures: the list, and one with what is behind its figures (C1, C4 to C8, C26)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from feedback_loop.domain.exposure import CLEAN, PREVENTED, RECURRED
from feedback_loop.domain.failure_list import FailureList, FailureRecord
from feedback_loop.domain.failure_scope import ANY
from feedback_loop.domain.generation_figures import Exposed, Shown
from feedback_loop.domain.moment import format_moment
from feedback_loop.domain.pattern import Signature
from feedback_loop.domain.text import counted, visible

SHOWN = 10  # runs, and as many exposures, of one pattern
_PLACES = 6
_HEADS = (
    *("name", "state", "exception", "entity", "endpoint", "field", "constraint"),
    *("runs", "hits", "prevented", "rate", "severity", "last seen"),
)
_NUMBERS = range(7, 12)  # columns that stand right
_CAP = 32  # characters of a column
_KEYS = ("error_type", "exception", "message", "constraint", "entity", "endpoint", "field")


def render_failures(found: FailureList, state: str) -> str:
    """A table of those of this state (`all` = every one), a line for each."""
    shown = _of_state(found, state)
    if not shown:
        return "no anti-pattern of a failure here\n"
    rows = [_HEADS, *map(_row, shown)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEADS))]
    lines = [
        "  ".join(
            cell.rjust(width) if at in _NUMBERS else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([counted(len(shown), "anti-pattern"), *lines]) + "\n"


def _of_state(found: FailureList, state: str) -> list[FailureRecord]:
    return [one for one in found.records if state in ("all", one.state)]


def _row(one: FailureRecord) -> tuple[str, ...]:
    told = one.signatures[0]
    more = f" +{len(one.signatures) - 1}" if len(one.signatures) > 1 else ""
    places = (told.exception or "-", told.entity or ANY, told.endpoint or ANY, told.field or ANY)
    texts = (*places, (told.constraint or "-") + more)
    numbers = (one.runs, one.hits, one.prevented)
    return (
        *(one.name, one.state),
        *(_cut(visible(text)) for text in texts),
        *map(str, numbers),
        f"{one.prevention_rate:.2f}",
        f"{one.severity:.2f}",
        format_moment(one.last)[:10] if one.last is not None else "never",
    )


def _cut(text: str) -> str:
    return text if len(text) <= _CAP else text[: _CAP - 1] + "…"


def failures_fields(found: FailureList, state: str) -> dict[str, Any]:
    """The same for programs, whole values; `signatures` as they stand in the pattern's JSON."""
    return {
        "schema_version": 1,
        "antipatterns": [record_fields(one) for one in _of_state(found, state)],
        "notes": list(found.notes),
    }


def record_fields(one: FailureRecord) -> dict[str, Any]:
    """One of them, without the events behind it."""
    return {
        "name": one.name,
        "state": one.state,
        "signatures": [_signature(told) for told in one.signatures],
        "occurrence_count": one.runs,
        "hits": one.hits,
        "times_prevented": one.prevented,
        "prevention_rate": round(one.prevention_rate, _PLACES),
        "severity_score": round(one.severity, _PLACES),
        "last_seen": None if one.last is None else format_moment(one.last),
    }


def _signature(told: Signature) -> dict[str, str | None]:
    return {name: getattr(told, name) for name in (*_KEYS, "relationship", "function")}


# -- one of them -----------------------------------------------------------------------------------


def render_failure(one: FailureRecord, *, events: bool) -> str:
    """The signatures and the record; with `events` the runs and exposures behind it, the newest first."""
    lines = []
    for told in one.signatures:
        head = "Recognised by "
        lines += [head + visible(told.exception or told.constraint or "its constraint")]
        lines += [f"  {name:<10} {visible(text)}" for name in _KEYS if (text := getattr(told, name))]
        if told.function and told.function != ANY:
            lines.append(f"  {'function':<10} {visible(told.function)}")
    lines.append(f"Record of runs: {record_words(one)}")
    if events:
        lines += _listed("shown by", [_shown(told) for told in one.shown], "run")
        ends = Counter(told.outcome for told in one.exposed)
        outcomes = ", ".join(f"{ends[end]} {end}" for end in (PREVENTED, RECURRED, CLEAN) if ends[end])
        head = f"exposures, {outcomes}" if outcomes else "exposures"
        lines += _listed(head, [_exposed(told) for told in one.exposed], "exposure")
    return "\n".join(lines) + "\n"


def record_words(one: FailureRecord) -> str:
    """`seen in 3 runs (7 hits), last on 2026-11-20; prevented in 2 generations (rate 0.40); …`."""
    if one.last is None and not one.prevented:
        return "never seen"
    last = f", last on {format_moment(one.last)[:10]}" if one.last is not None else ""
    return (
        f"seen in {counted(one.runs, 'run')} ({counted(one.hits, 'hit')}){last}; "
        f"prevented in {counted(one.prevented, 'generation')} (rate {one.prevention_rate:.2f}); "
        f"severity score {one.severity:.2f}"
    )


def _listed(head: str, rows: Sequence[str], noun: str) -> list[str]:
    if not rows:
        return []
    more = [f"  and {counted(len(rows) - SHOWN, f'earlier {noun}')}"] if len(rows) > SHOWN else []
    return [f"{head}:", *(f"  {row}" for row in rows[:SHOWN]), *more]


def _shown(told: Shown) -> str:
    hits = f", {told.hits} hits" if told.hits > 1 else ""
    return f"{format_moment(told.at)[:10]} run {visible(told.run)}{hits} (event {told.event[:12]})"


def _exposed(told: Exposed) -> str:
    generation = f" of generation {visible(told.generation)}" if told.generation else ""
    run = f" run {visible(told.run)}" if told.run else ""
    return (
        f"{format_moment(told.at)[:10]} {told.outcome or 'seen'}:{run}{generation} (event {told.event[:12]})"
    )


def failure_fields(one: FailureRecord) -> dict[str, Any]:
    """The record with all events behind it, for programs."""
    return record_fields(one) | {
        "shown": [
            {"event": told.event, "at": format_moment(told.at), "run": told.run, "hits": told.hits}
            for told in one.shown
        ],
        "exposures": [
            {
                "event": told.event,
                "at": format_moment(told.at),
                "run": told.run or None,
                "generation_id": told.generation or None,
                "outcome": told.outcome or None,
            }
            for told in one.exposed
        ],
    }
