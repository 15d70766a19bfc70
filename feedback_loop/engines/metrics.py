"""How often which pattern was hit in a period, how bad that is, and what was left out (A33 to A37, A41)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from feedback_loop.domain.moment import DAY
from feedback_loop.domain.occurrence import COUNTED, WEIGHTS, Occurrence, Period, Time
from feedback_loop.errors import InputError

DETAILS = 50
_NAMES = {"all": "all", "month": "month", "monthly": "month", "week": "week", "weekly": "week"}
_DAYS = {"month": 30, "week": 7}


@dataclass(frozen=True)
class PatternCount:
    """One pattern in a period: `severity` is the highest that reviews gave it, "" for none."""

    pattern: str
    count: int
    last_seen: int | None
    severity: str


@dataclass(frozen=True)
class Totals:
    """Entries by kind inside the period, and how the dates fell.

    `occurrences` are the repeats of patterns that `count_patterns` sums; all else counts entries:
    `undated` ones have a repeat without a readable date, `outside` ones lie wholly before the period,
    `after` ones have a repeat later than the as-of moment, which is left out.
    """

    entries: Mapping[str, int]
    occurrences: int
    undated: int
    unreadable: int
    outside: int
    after: int


def make_period(name: str, end: int, skew: int = 0) -> Period:
    """The period of that name up to `end`; `skew` = how far ahead a clock is forgiven, in seconds.

    Raises InputError for another name.
    """
    known = _NAMES.get(name)
    if known is None:
        raise InputError(f"unknown period: {name!a}", "one of all, month, week", kind="usage")
    start = end - _DAYS[known] * DAY if known in _DAYS else None
    return Period(known, start, end, end + skew)


def count_patterns(occurrences: Iterable[Occurrence], period: Period) -> list[PatternCount]:
    """Every pattern that was hit in the period, by count (descending) and name."""
    counts: dict[str, int] = {}
    seen: dict[str, int] = {}
    severities: dict[str, str] = {}
    for one in occurrences:
        name = one.pattern
        if not name or one.kind not in COUNTED:
            continue
        held = period.held(one.times)
        if not held:
            continue
        total = counts.get(name, 0)
        for moment, number in held:
            total += number
            if moment is not None and moment > seen.get(name, moment - 1):
                seen[name] = moment
        counts[name] = total
        if one.severity and WEIGHTS[one.severity] > WEIGHTS.get(severities.get(name, ""), 0):
            severities[name] = one.severity
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [PatternCount(name, count, seen.get(name), severities.get(name, "")) for name, count in ordered]


def rank_by_severity(counts: Iterable[PatternCount], library: Mapping[str, str]) -> list[PatternCount]:
    """The counts with a severity each, by severity and count (both descending) and name.

    The severity is the highest of the reviews, else that of `library` (name -> severity), else medium.
    """
    ranked = [
        PatternCount(
            one.pattern, one.count, one.last_seen, one.severity or library.get(one.pattern, "medium")
        )
        for one in counts
    ]
    return sorted(ranked, key=lambda one: (-WEIGHTS[one.severity], -one.count, one.pattern))


def find_details(
    occurrences: Iterable[Occurrence], period: Period, names: Iterable[str]
) -> dict[str, list[Occurrence]]:
    """The first DETAILS entries of each of these patterns that are in the period."""
    found: dict[str, list[Occurrence]] = {name: [] for name in names}
    for one in occurrences:
        chosen = found.get(one.pattern)
        if chosen is None or one.kind not in COUNTED or len(chosen) == DETAILS:
            continue
        if period.held(one.times):
            chosen.append(one)
    return found


def find_earliest(occurrences: Iterable[Occurrence], period: Period) -> int | None:
    """The first dated moment of all the data up to the period's limit."""
    moments = (moment for one in occurrences for moment, _ in one.times if moment is not None)
    return min((moment for moment in moments if moment <= period.limit), default=None)


def find_times(occurrences: Iterable[Occurrence], period: Period) -> dict[str, list[Time]]:
    """Every repeat in the period, by pattern."""
    times: dict[str, list[Time]] = {}
    for one in occurrences:
        if one.pattern and one.kind in COUNTED:
            held = period.held(one.times)
            if held:
                times.setdefault(one.pattern, []).extend(held)
    return times


def sum_up(occurrences: Iterable[Occurrence], period: Period) -> Totals:
    """The period's totals. Entries about generated code are none of them: they report no fault."""
    entries = dict.fromkeys((*COUNTED, "performance"), 0)
    repeats = undated = unreadable = outside = after = 0
    for one in occurrences:
        if one.kind not in entries:
            continue
        held = period.held(one.times)
        if held:
            entries[one.kind] += 1
            undated += None in [moment for moment, _ in held]
            if one.pattern and one.kind in COUNTED:
                repeats += sum([number for _, number in held])
        later = len(held) < len(one.times) and _is_later(one, period)
        after += later
        outside += not held and not later
        unreadable += one.unreadable
    return Totals(entries, repeats, undated, unreadable, outside, after)


def _is_later(one: Occurrence, period: Period) -> bool:
    return any(moment is not None and moment > period.limit for moment, _ in one.times)
