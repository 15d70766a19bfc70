"""The occurrences of a store's events without their entries: the same figures from columns (A33 to A41)."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from feedback_loop.api.metrics.entries import REPEAT_KEYS
from feedback_loop.api.metrics.entry_events import CATEGORY_OF
from feedback_loop.api.metrics.repeats import repeat_key
from feedback_loop.domain.moment import DAY
from feedback_loop.domain.occurrence import Occurrence, Time
from feedback_loop.engines.metrics import join_alike, span
from feedback_loop.formats.metrics_data import MOST, SHAPES
from feedback_loop.stores.event_columns import DIGEST, NO_KEY, Columns, Fact, find_copies, order

VERSION = 1  # of what `describe` says
UNDATED = "undated"


def describe(kind: str, patterns: Sequence[str], data: dict[str, Any]) -> Fact | None:
    """What the event counts for in the figures of `MetricsAnalyzer`, None = nothing.

    The label is kind, pattern, severity, and whether it has no date; as `metric_events.entries_of` and
    `metrics_data.read_occurrences` find them.
    """
    category = CATEGORY_OF.get(kind)
    if category is None:
        return None
    shape = SHAPES[category]
    first = patterns[0] if patterns else None
    severity = data["severity"] if shape.kind == "review" else ""
    undated = UNDATED if data.get("undated") else ""
    label = (shape.kind, (first or "") if shape.pattern else "", severity, undated)
    if not shape.repeats:
        return Fact(label, 1, NO_KEY)
    data[shape.pattern] = first
    key = repeat_key(data, REPEAT_KEYS[category])
    number = min(data.get("count", 1), MOST + 1)
    return Fact(label, number, NO_KEY if key is None else _digest(category, key))


def _digest(category: str, key: tuple[str, ...]) -> bytes:
    return hashlib.blake2b(ascii((category, key)).encode("ascii"), digest_size=DIGEST).digest()


class Joined:
    """Occurrences for the borders that are asked for, made once."""

    def __init__(self, make: Callable[[Sequence[int]], Sequence[Occurrence]]) -> None:
        self._make = make
        self._known: list[tuple[frozenset[int], Sequence[Occurrence]]] = []

    def find(self, cuts: Iterable[int]) -> Sequence[Occurrence]:
        """What `make` gives for these cuts, or gave for more."""
        wanted = frozenset(cuts)
        for known, found in self._known:
            if wanted <= known:
                return found
        found = self._make(sorted(wanted))
        self._known.append((wanted, found))
        return found


class Repeated(NamedTuple):
    """An entry of several events: the first of them, its label, and when they were."""

    place: int
    label: int
    times: tuple[Time, ...]


class Merged:
    """The entries of the columns. Those of one event each are the columns' own places, but for `left_out`.

    `too_many`: an entry counts more than anybody believes, which only reading the entries tells as it must.
    """

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.left_out = find_copies(columns)
        self.labels = columns.labels
        self.repeated = [_repeated(columns, places) for places in _groups(columns, self.left_out)]
        sums = (sum([number for _, number in one.times]) for one in self.repeated)
        self.too_many = max(columns.numbers, default=0) > MOST or any(one > MOST for one in sums)
        self._joined = Joined(lambda cuts: [*self._single(cuts), *join_alike(self._several(), cuts)])

    def occurrences(self, cuts: Iterable[int]) -> Sequence[Occurrence]:
        """All entries, as `join_alike` joins them."""
        return self._joined.find(cuts)

    def _single(self, cuts: Sequence[int]) -> Iterator[Occurrence]:
        columns, width = self.columns, len(cuts) + 1
        cells: dict[int, list[int]] = {}
        rows = zip(columns.moments, columns.label, columns.numbers, self.left_out, strict=True)
        for moment, label, number, left_out in rows:
            if left_out:
                continue
            place = label * width + bisect_right(cuts, moment)
            cell = cells.get(place)
            if cell is None:
                cells[place] = [1, number, moment, moment]
                continue
            cell[0] += 1
            cell[1] += number
            if moment > cell[3]:
                cell[3] = moment
            elif moment < cell[2]:
                cell[2] = moment
        for place, (entries, number, first, last) in cells.items():
            kind, pattern, severity, undated = self.labels[place // width]
            times = ((None, number),) if undated else span(first, last, number)
            yield Occurrence(kind, pattern, times, severity, entries=entries)

    def _several(self) -> Iterator[Occurrence]:
        for one in self.repeated:
            kind, pattern, severity, _ = self.labels[one.label]
            yield Occurrence(kind, pattern, one.times, severity)


# -- which facts are entries, and which are together one -----------------------------------------------


def _groups(columns: Columns, left_out: bytearray) -> list[list[int]]:
    """The places of each key that several have; they are marked as left out."""
    keys = bytes(columns.keys)
    first: dict[bytes, int] = {}
    groups: dict[int, list[int]] = {}
    for place in range(len(left_out)):
        if left_out[place]:
            continue
        key = keys[place * DIGEST : (place + 1) * DIGEST]
        if key == NO_KEY:
            continue
        begin = first.setdefault(key, place)
        if begin != place:
            groups.setdefault(begin, [begin]).append(place)
    for places in groups.values():
        for place in places:
            left_out[place] = 1
    return list(groups.values())


def _repeated(columns: Columns, places: list[int]) -> Repeated:
    """One entry, its repeats by days as `metric_events.entries_of` joins and `metrics_data` reads them."""
    moments, numbers, labels = columns.moments, columns.numbers, columns.labels
    dated = [place for place in places if not labels[columns.label[place]][3]]
    undated = sum([numbers[place] for place in places]) - sum([numbers[place] for place in dated])
    days: dict[int, int] = {}
    for place in dated:
        day = moments[place] // DAY
        days[day] = days.get(day, 0) + numbers[place]
    times: list[Time] = []
    if dated:
        first, last = min([moments[place] for place in dated]), max([moments[place] for place in dated])
        times = [(_moment(day, number, first, last), number) for day, number in sorted(days.items())]
    if undated:
        times.append((None, undated))
    label = columns.label[(dated or places)[0]]
    return Repeated(min(places, key=lambda one: order(columns, one)), label, tuple(times))


def _moment(day: int, number: int, first: int, last: int) -> int:
    if day == last // DAY:
        return last
    return first if number == 1 and day == first // DAY else day * DAY + DAY - 1
