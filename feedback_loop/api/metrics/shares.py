"""The entries of a collector as facts by UTC day: how often on each, and when last (A27, A30)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from feedback_loop.api.metrics.entries import CATEGORIES, REPEAT_KEYS, Entry, counted, is_count
from feedback_loop.api.metrics.repeats import Key, repeat_key
from feedback_loop.api.metrics.times import is_day, read_time

# A UTC day, None for what is undated.
Day: TypeAlias = str | None


class Memories:
    """What a collector knows about its entries and they do not say themselves.

    An entry that its owner has replaced by another is not remembered.
    """

    def __init__(self) -> None:
        self._live: dict[int, Entry] = {}
        self._fresh: dict[int, tuple[Entry, dict[str, int]]] = {}
        self._given: dict[int, Entry] = {}
        self._times: dict[int, tuple[Entry, dict[str, str]]] = {}
        self._declared: dict[int, tuple[Entry, tuple[Entry, ...]]] = {}

    def begin(self, entry: Entry) -> None:
        """The entry was logged just now, for the first time."""
        self._live[id(entry)] = entry

    def give(self, entry: Entry) -> None:
        """A part of the entry comes with a time of its own, so that a store may know of it."""
        if self._live.pop(id(entry), None) is entry:
            self._fresh[id(entry)] = entry, dict(entry.get("daily") or {})
        self._given[id(entry)] = entry

    def doubt(self, entry: Entry) -> None:
        """Of no part of the entry is it known any more that it is new."""
        self._live.pop(id(entry), None)
        self._fresh.pop(id(entry), None)
        self._given[id(entry)] = entry

    def is_given(self, entry: Entry) -> bool:
        """Whether any of it came so."""
        return self._given.get(id(entry)) is entry

    def fresh(self, entry: Entry) -> dict[str, int]:
        """How much of an entry that is not live as a whole was logged just now, by day."""
        found = self._fresh.get(id(entry))
        return found[1] if found is not None and found[0] is entry else {}

    def declare(self, entry: Entry, items: Iterable[Entry]) -> None:
        """The plan of this entry has these items: {name, line, checked}."""
        self._declared[id(entry)] = entry, tuple(items)

    def repeat(self, entry: Entry, time: str | None, live: bool) -> None:
        """Another one is about to be added to the entry: keep what that will overwrite."""
        if not live:
            self.give(entry)
        last, time = read_time(entry.get("timestamp")), read_time(time)
        if live and time is not None and not self.is_live(entry):
            fresh = self.fresh(entry)
            self._fresh[id(entry)] = entry, fresh
            fresh[time[:10]] = fresh.get(time[:10], 0) + 1
        if last is None or time is None or last[:10] == time[:10]:
            return
        day = min(last, time)[:10]
        first = read_time(entry.get("first_seen")) or ""
        times = self.times(entry)
        self._times[id(entry)] = entry, times
        times[day] = max(times.get(day, ""), min(last, time), first if first[:10] == day else "")

    def is_live(self, entry: Entry) -> bool:
        """Whether every repeat was seen by this very collector, so that no store can know of it."""
        return self._live.get(id(entry)) is entry

    def times(self, entry: Entry) -> dict[str, str]:
        """The last times of days before the entry's last, as far as they were seen."""
        found = self._times.get(id(entry))
        return found[1] if found is not None and found[0] is entry else {}

    def declared(self, entry: Entry) -> tuple[Entry, ...]:
        """The items of a plan."""
        found = self._declared.get(id(entry))
        return found[1] if found is not None and found[0] is entry else ()


@dataclass
class Group:
    """One fact, in whatever number of entries. `shares` are its number and last time by day.

    `first` is when it was first seen, "" if nobody knows. `whole` = its count has no days, only a last time.
    `live` = all of it was logged just now, `given` = some of it was logged with a time of its own, `fresh` =
    how much of a group that is not live was logged just now.
    """

    category: str
    key: Key
    entry: Entry
    place: int
    declared: tuple[Entry, ...]
    first: str
    live: bool = True
    given: bool = False
    whole: bool = False
    shares: dict[Day, tuple[int, str]] = field(default_factory=dict)
    fresh: Counter[Day] = field(default_factory=Counter)

    @property
    def label(self) -> str:
        """The place of its first entry, for people."""
        return f"{self.category}[{self.place}]"

    @property
    def last(self) -> str:
        """The last time of all."""
        return max(at for _, at in self.shares.values())


def groups_of(data: Mapping[str, object], memories: Memories, strange: list[str]) -> list[Group]:
    """The facts of all categories in their order; what is no entry at all is named in `strange`."""
    found: dict[tuple[str, Key], Group] = {}
    for category in CATEGORIES:
        entries = data.get(category) or []
        if not isinstance(entries, list):
            strange.append(f"{category}: must be a list, not {type(entries).__name__}")
            continue
        for place, entry in enumerate(entries):
            if isinstance(entry, dict):
                _add(found, category, place, entry, memories)
            else:
                strange.append(f"{category}[{place}]: must be an object, not {type(entry).__name__}")
    return list(found.values())


def _add(
    found: dict[tuple[str, Key], Group], category: str, place: int, entry: Entry, memories: Memories
) -> None:
    fields = REPEAT_KEYS.get(category)
    key = repeat_key(entry, fields) if fields else None
    if key is None:
        key = ("", json.dumps(entry, sort_keys=True, default=repr, skipkeys=True))
    group = found.get((category, key))
    if group is None:
        declared = memories.declared(entry)
        group = found[category, key] = Group(category, key, entry, place, declared, _first(entry))
    group.live = group.live and memories.is_live(entry)
    group.fresh.update(memories.fresh(entry))
    group.given = group.given or memories.is_given(entry)
    group.first = min(group.first, _first(entry))
    group.whole = group.whole or not isinstance(entry.get("daily"), dict)
    for day, number, at in _shares(entry, memories.times(entry)) if fields else _share(entry):
        before, last = group.shares.get(day, (0, ""))
        group.shares[day] = before + number, max(last, at)


def _share(entry: Entry) -> Iterator[tuple[Day, int, str]]:
    time = read_time(entry.get("timestamp"))
    yield time[:10] if time else None, 1, time or ""


def _first(entry: Entry) -> str:
    return read_time(entry.get("first_seen")) or ""


def _shares(entry: Entry, times: dict[str, str]) -> Iterator[tuple[Day, int, str]]:
    """What no day accounts for is undated: it came without a time."""
    last, first, count = read_time(entry.get("timestamp")), _first(entry), counted(entry)
    daily: Any = entry.get("daily")
    if not isinstance(daily, dict):
        daily = {last[:10]: count} if last else {}
    for day, number in daily.items():
        if not is_day(day) or not is_count(number):
            continue
        count -= number
        yield day, number, _last_of(day, number, last or "", first, times)
    if count > 0:
        yield None, count, ""


def _last_of(day: str, number: int, last: str, first: str, times: dict[str, str]) -> str:
    """The last time on the day; its last second where nobody has kept that."""
    if last[:10] == day:
        return last
    if day in times:
        return times[day]
    return first if number == 1 and first[:10] == day else f"{day}T23:59:59Z"
