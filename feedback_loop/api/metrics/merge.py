"""Entries of an export put to those there are, so that what both of them hold counts once (A29)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from feedback_loop.api.metrics.entries import Entry, counted, is_count
from feedback_loop.api.metrics.repeats import Key, repeat_key
from feedback_loop.api.metrics.times import is_day, read_time


def merge_entries(
    there: list[Entry], loaded: Iterable[Entry], fields: tuple[str, ...] | None
) -> Iterator[tuple[Key, Entry]]:
    """Add what is not there yet; gives the entries that grew, with their keys of these `fields`.

    An entry equal to one that is there is left out, each as often as it is there. One with the key of a
    single other is joined with it; where a list has several of a key, they stay entries of their own.
    """
    loaded = list(loaded)
    keys = Counter(_key(entry, fields) for entry in loaded)
    mine: dict[Key, list[Entry]] = {}
    for entry in there:
        if (key := _key(entry, fields)) is not None:
            mine.setdefault(key, []).append(entry)
    equal = Counter(map(_text, there))
    for entry in loaded:
        text = _text(entry)
        if equal[text]:
            equal[text] -= 1
            continue
        key = _key(entry, fields)
        same = mine.get(key, []) if key is not None else []
        if key is None or len(same) != 1 or keys[key] != 1:
            there.append(entry)
        elif _join(same[0], entry):
            yield key, same[0]


def _key(entry: object, fields: tuple[str, ...] | None) -> Key | None:
    return repeat_key(entry, fields) if fields else None


def _text(entry: object) -> str:
    return json.dumps(entry, sort_keys=True, default=repr, skipkeys=True)


def _join(entry: Entry, other: Entry) -> bool:
    """Take over what the other knows; whether the entry has changed.

    Of each day the larger number counts, or both where one had ended before the other began. An entry
    without days has only its count: what of it exceeds the other's falls on its last day.
    """
    before = _text(entry)
    apart = _ends_before(entry, other) or _ends_before(other, entry)
    days, more = _days(entry), _days(other)
    if days is None and more is None:
        counts = counted(entry), counted(other)
        entry["count"] = sum(counts) if apart else max(counts)
    else:
        if days is None:
            daily, undated = _with_count(more or {}, other, entry, apart)
        elif more is None:
            daily, undated = _with_count(days, entry, other, apart)
        else:
            daily = _joined(days, more, apart)
            rests = _undated(entry, days), _undated(other, more)
            undated = sum(rests) if apart else max(rests)
        entry["daily"], entry["count"] = daily, sum(daily.values()) + undated
    times = [time for one in (entry, other) if (time := read_time(one.get("timestamp")))]
    firsts = [time for one in (entry, other) if (time := read_time(one.get("first_seen")))]
    if times:
        entry["timestamp"] = max(times)
    if firsts:
        entry["first_seen"] = min(firsts)
    return _text(entry) != before


def _joined(days: dict[str, int], more: dict[str, int], apart: bool) -> dict[str, int]:
    both = days.keys() & more.keys()
    return {**days, **more} | {
        day: days[day] + more[day] if apart else max(days[day], more[day]) for day in both
    }


def _with_count(days: dict[str, int], dated: Entry, bare: Entry, apart: bool) -> tuple[dict[str, int], int]:
    """Days and undated rest of the one that has days, and what the other, which has none, has more."""
    joined, undated = dict(days), _undated(dated, days)
    excess = counted(bare) - (0 if apart else sum(days.values()) + undated)
    last = read_time(bare.get("timestamp"))
    if excess > 0 and last is None:
        undated += excess
    elif excess > 0 and last is not None:
        joined[last[:10]] = joined.get(last[:10], 0) + excess
    return joined, undated


def _undated(entry: Entry, days: dict[str, int]) -> int:
    return max(0, counted(entry) - sum(days.values()))


def _days(entry: Entry) -> dict[str, int] | None:
    daily = entry.get("daily")
    if not isinstance(daily, dict):
        return None
    return {day: number for day, number in daily.items() if is_day(day) and is_count(number)}


def _ends_before(entry: Entry, other: Entry) -> bool:
    """Whether the last time of the one is before the first of the other, and so nothing is in both."""
    last, first = read_time(entry.get("timestamp")), read_time(other.get("first_seen"))
    return last is not None and first is not None and last < first
