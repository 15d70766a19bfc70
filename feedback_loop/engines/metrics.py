"""How often which pattern was hit in a period, how bad that is, and what was left out (A33 to A37, A41)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from feedback_loop.domain.moment import DAY
from feedback_loop.domain.occurrence import COUNTED, WEIGHTS, Occurrence, Period, Time
from feedback_loop.errors import InputError

DETAILS = 50
_NAMES = {"all": "all", "month": "month", "monthly": "month", "week": "week", "weekly": "week"}
_DAYS = {"month": 30, "week": 7}
# Kind, pattern, severity, whether the date is unreadable, between which cuts.
_Key: TypeAlias = tuple[str, str, str, bool, int]
PERIODS = tuple(dict.fromkeys(_NAMES.values()))


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


def join_alike(occurrences: Iterable[Occurrence], cuts: Sequence[int]) -> list[Occurrence]:
    """One occurrence for all those that no question tells apart whose borders are among the cuts.

    A cut is the first moment behind a border; they are in order. What happened between two cuts stands at
    the latest moment there that it happened, and 0 times at the earliest. `place` is lost.
    """
    single: dict[_Key, list[int]] = {}
    alike: dict[tuple[object, ...], list[Occurrence]] = {}
    for one in occurrences:
        kind, pattern, times, severity, _, unreadable, entries = one
        if len(times) > 1:
            cells = [-1 if moment is None else bisect_right(cuts, moment) for moment, _ in times]
            alike.setdefault((kind, pattern, severity, unreadable, *dict.fromkeys(cells)), []).append(one)
            continue
        moment, number = times[0]
        key = (kind, pattern, severity, unreadable, -1 if moment is None else bisect_right(cuts, moment))
        at = moment or 0
        cell = single.get(key)
        if cell is None:
            single[key] = [entries, number, at, at]
            continue
        cell[0] += entries
        cell[1] += number
        if at > cell[3]:
            cell[3] = at
        elif at < cell[2]:
            cell[2] = at
    joined = [_joined(together, cuts) for together in alike.values()]
    for (kind, pattern, severity, unreadable, place), (entries, number, first, last) in single.items():
        times = ((None, number),) if place == -1 else span(first, last, number)
        joined.append(Occurrence(kind, pattern, times, severity, 0, unreadable, entries))
    return joined


def span(first: int, last: int, number: int) -> tuple[Time, ...]:
    """The times of what happened so often between two moments, both included."""
    return ((last, number),) if first == last else ((first, 0), (last, number))


def _joined(alike: list[Occurrence], cuts: Sequence[int]) -> Occurrence:
    """Those whose times lie in the same cells."""
    cells: dict[int, list[int]] = {}
    undated = 0
    for one in alike:
        for at, number in one.times:
            if at is None:
                undated += number
                continue
            cell = cells.setdefault(bisect_right(cuts, at), [at, at, 0])
            cell[0] = min(cell[0], at)
            cell[1] = max(cell[1], at)
            cell[2] += number
    times = [time for place in sorted(cells) for time in span(*cells[place])]
    if undated:
        times.append((None, undated))
    return alike[0]._replace(times=tuple(times), place=0, entries=sum([one.entries for one in alike]))


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


def count_steps(occurrences: Iterable[Occurrence], borders: Sequence[int]) -> dict[str, list[int]]:
    """How often each pattern was hit between one border and the next, which is included; borders ascend.

    Undated repeats are in none.
    """
    counts: dict[str, list[int]] = {}
    for one in occurrences:
        if not one.pattern or one.kind not in COUNTED:
            continue
        steps = counts.setdefault(one.pattern, [0] * (len(borders) - 1))
        for moment, number in one.times:
            if moment is not None and borders[0] < moment <= borders[-1]:
                steps[bisect_left(borders, moment) - 1] += number
    return counts


def sum_up(occurrences: Iterable[Occurrence], period: Period) -> Totals:
    """The period's totals. Entries about generated code are none of them: they report no fault."""
    entries = dict.fromkeys((*COUNTED, "performance"), 0)
    repeats = undated = unreadable = outside = after = 0
    for one in occurrences:
        if one.kind not in entries:
            continue
        held = period.held(one.times)
        if held:
            entries[one.kind] += one.entries
            if None in [moment for moment, _ in held]:
                undated += one.entries
            if one.pattern and one.kind in COUNTED:
                repeats += sum([number for _, number in held])
        later = len(held) < len(one.times) and _is_later(one, period)
        if later:
            after += one.entries
        elif not held:
            outside += one.entries
        if one.unreadable:
            unreadable += one.entries
    return Totals(entries, repeats, undated, unreadable, outside, after)


def _is_later(one: Occurrence, period: Period) -> bool:
    return any(moment is not None and moment > period.limit for moment, _ in one.times)
