"""The metrics that a repository's events hold, read no further than what is asked of them."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

from feedback_loop.api.metrics.entry_events import KINDS, entries_of
from feedback_loop.api.metrics.occurrences import VERSION, Merged, describe
from feedback_loop.domain.occurrence import COUNTED, Occurrence, Period, Time
from feedback_loop.domain.problem import Problem
from feedback_loop.stores.event_columns import DIGEST, Columns, order
from feedback_loop.stores.event_files import read_lines
from feedback_loop.stores.event_index import read_columns
from feedback_loop.stores.events import read_events


class Detail(NamedTuple):
    """An entry and the fields of its first event."""

    occurrence: Occurrence
    fields: Mapping[str, Any]


_Asked: TypeAlias = tuple[Period, tuple[tuple[str, str], ...], int]


class StoredMetrics(Mapping[str, Any]):
    """The events of a store in the shape of `MetricsCollector.export_dict()`.

    Its entries are made when one is asked for; `MetricsAnalyzer` does without them, from `merged` (None if
    only the entries tell). `problems` and `notes` are what could not be read, and what befell the cache.

    Raises UserError if the store is a link, MachineFault if its folder cannot be read.
    """

    def __init__(self, root: str, state_dir: str) -> None:
        read = read_columns(root, state_dir, describe, VERSION)
        self.problems: tuple[Problem, ...] = read.problems
        self.notes = read.notes
        self._root = root
        self._paths = [path for path, _ in read.files]
        self._ends = list(accumulate(len(columns) for _, columns in read.files))
        joined = Columns()
        for _, columns in read.files:
            joined.extend(columns)
        merged = Merged(joined)
        self.merged = None if merged.too_many else merged
        self._entries: dict[str, list[dict[str, Any]]] | None = None
        self._found: tuple[_Asked, dict[str, list[Detail]] | None] | None = None  # the last answer

    def __getitem__(self, category: str) -> list[dict[str, Any]]:
        if self._entries is None:
            self._entries = entries_of(read_events(self._root).events)
        return self._entries[category]

    def __iter__(self) -> Iterator[str]:
        return iter(KINDS)

    def __len__(self) -> int:
        return len(KINDS)

    @property
    def patterns(self) -> set[str]:
        """The patterns that events name first."""
        return {label[1] for label in self._facts.labels}

    def occurrences(self, cuts: Iterable[int]) -> Sequence[Occurrence]:
        """As `Merged.occurrences`."""
        return self._facts.occurrences(cuts)

    @property
    def _facts(self) -> Merged:
        assert self.merged is not None, "the entries themselves must be read"
        return self.merged

    def find_details(
        self, period: Period, names: Mapping[str, str], limit: int
    ) -> dict[str, list[Detail]] | None:
        """The first entries in the period of each pattern; `names` leads from those in events to today's.

        None if the files are no longer what they were when they were read.
        """
        asked = period, tuple(sorted(names.items())), limit
        if self._found is None or self._found[0] != asked:
            self._found = asked, self._find_details(period, names, limit)
        return self._found[1]

    def _find_details(
        self, period: Period, names: Mapping[str, str], limit: int
    ) -> dict[str, list[Detail]] | None:
        places = _places(self._facts, period, names)
        times = {one.place: one.times for one in self._facts.repeated}
        chosen: dict[str, list[int]] = {name: [] for name in names.values()}
        for kind in COUNTED:
            for name, there in chosen.items():
                there += _first(self._facts.columns, places.get((name, kind), []), limit - len(there))
        fields = self._fields({place for there in chosen.values() for place in there})
        if fields is None:
            return None
        return {
            name: [Detail(self._occurrence(place, times.get(place)), fields[place]) for place in there]
            for name, there in chosen.items()
        }

    def _occurrence(self, place: int, times: tuple[Time, ...] | None) -> Occurrence:
        columns = self._facts.columns
        kind, pattern, severity, undated = self._facts.labels[columns.label[place]]
        if times is None:
            times = ((None if undated else columns.moments[place], columns.numbers[place]),)
        return Occurrence(kind, pattern, times, severity)

    def _fields(self, places: Collection[int]) -> dict[int, Mapping[str, Any]] | None:
        """The fields of the events at these places, read from their files."""
        columns = self._facts.columns
        lines: dict[str, list[int]] = {}
        for place in places:
            lines.setdefault(self._paths[bisect_right(self._ends, place)], []).append(columns.lines[place])
        found: dict[bytes, Mapping[str, Any]] = {}
        for path, numbers in lines.items():
            for record, _ in read_lines(self._root, path, frozenset(numbers)):
                found[bytes.fromhex(record["id"][: 2 * DIGEST])] = record["data"]
        wanted = {place: order(columns, place)[1] for place in places}
        if not found.keys() >= set(wanted.values()):
            return None
        return {place: found[identity] for place, identity in wanted.items()}


def _places(merged: Merged, period: Period, names: Mapping[str, str]) -> dict[tuple[str, str], list[int]]:
    """Today's name and kind -> the first events of the entries in the period."""
    found: dict[tuple[str, str], list[int]] = {}
    lists = [
        found.setdefault((names[label[1]], label[0]), []) if label[1] in names else None
        for label in merged.labels
    ]
    undated = [bool(label[3]) for label in merged.labels]
    rows = zip(merged.columns.label, merged.columns.moments, merged.left_out, strict=True)
    start, limit = period.start, period.limit
    for place, (label, moment, left_out) in enumerate(rows):
        into = None if left_out else lists[label]
        if into is not None and (undated[label] or (moment <= limit and (start is None or moment > start))):
            into.append(place)
    for one in merged.repeated:
        into = lists[one.label]
        if into is not None and period.held(one.times):
            into.append(one.place)
    return found


def _first(columns: Columns, places: Sequence[int], limit: int) -> list[int]:
    """The first so many events, by time and id."""
    if limit <= 0:
        return []
    if len(places) > limit:  # without an id made for each of a hundred thousand
        last = heapq.nsmallest(limit, map(columns.moments.__getitem__, places))[-1]
        places = [place for place in places if columns.moments[place] <= last]
    return sorted(places, key=lambda place: order(columns, place))[:limit]
