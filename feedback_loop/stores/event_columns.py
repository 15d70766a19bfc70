"""What figures need of events, a column for each property: a million facts in some fifty megabytes."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from feedback_loop.domain.problem import Problem

DIGEST = 16  # bytes of an id, a key, a run
NO_KEY = bytes(DIGEST)
Label: TypeAlias = tuple[str, ...]
_COLUMNS = (("moments", "q"), ("label", "i"), ("numbers", "i"), ("lines", "I"), ("run_places", "I"))
_DIGESTS = ("ids", "keys", "runs", "buried")


class Fact(NamedTuple):
    """What one event counts for. `label` is what many share; `number` how often it was, up to 2**31 - 1.

    Events of one `key` (DIGEST bytes) are one entry; NO_KEY = an entry of its own.
    """

    label: Label
    number: int
    key: bytes


class Columns:
    """Facts in the order they were added. `label` counts in `labels`.

    `ids`, `keys`, `runs` and `buried` hold DIGEST bytes each. `run_places` are the facts that `runs` are of.
    `lines` are the events' lines in a segment, 0 for files of their own; `buried` what tombstones name.
    """

    __slots__ = (
        "_numbers_of",
        "buried",
        "ids",
        "keys",
        "label",
        "labels",
        "lines",
        "moments",
        "numbers",
        "problems",
        "run_places",
        "runs",
    )

    def __init__(self) -> None:
        self.ids, self.keys, self.runs, self.buried = (bytearray() for _ in _DIGESTS)
        self.moments, self.label, self.numbers = array("q"), array("i"), array("i")
        self.lines, self.run_places = array("I"), array("I")
        self.labels: list[Label] = []
        self.problems: list[Problem] = []
        self._numbers_of: dict[Label, int] = {}

    def __len__(self) -> int:
        return len(self.moments)

    def add(self, identity: str, moment: int, line: int, fact: Fact, run: bytes | None) -> None:
        """One fact more; `identity` is the event's id, `run` the digest of its run."""
        if run is not None:
            self.run_places.append(len(self.moments))
            self.runs += run
        self.ids += bytes.fromhex(identity[: 2 * DIGEST])
        self.keys += fact.key
        self.moments.append(moment)
        label = self._numbers_of.get(fact.label)
        self.label.append(self._label(fact.label) if label is None else label)
        self.numbers.append(fact.number)
        self.lines.append(line)

    def bury(self, identity: str) -> None:
        """A tombstone names this event."""
        self.buried += bytes.fromhex(identity[: 2 * DIGEST])

    def extend(self, other: Columns) -> None:
        """All facts of the other, behind ours."""
        ours = [self._label(label) for label in other.labels]
        base = len(self.moments)
        self.run_places.extend(place + base for place in other.run_places)
        self.label.extend(map(ours.__getitem__, other.label))
        for name in (*_DIGESTS, "moments", "numbers", "lines"):
            getattr(self, name).extend(getattr(other, name))
        self.problems += other.problems

    def _label(self, label: Label) -> int:
        number = self._numbers_of.get(label)
        if number is None:
            number = self._numbers_of[label] = len(self.labels)
            self.labels.append(label)
        return number

    def pack(self) -> tuple[str, bytes]:
        """Head and body, for `unpack` on this machine."""
        parts = [getattr(self, name).tobytes() for name, _ in _COLUMNS]
        parts += [bytes(getattr(self, name)) for name in _DIGESTS]
        problems = [[one.path, one.line, one.message] for one in self.problems]
        sizes = [len(part) for part in parts]
        return json.dumps([self.labels, problems, sizes]), b"".join(parts)


def unpack(head: str, body: bytes) -> Columns:
    """What `pack` gave. Raises ValueError, TypeError or IndexError for anything else."""
    labels, problems, sizes = json.loads(head)
    made = Columns()
    parts = list(_parts(body, sizes))
    for (name, _), part in zip(_COLUMNS, parts[: len(_COLUMNS)], strict=True):
        getattr(made, name).frombytes(part)
    for name, part in zip(_DIGESTS, parts[len(_COLUMNS) :], strict=True):
        getattr(made, name).extend(part)
    for label in labels:
        made._label(tuple(label))
    made.problems = [Problem(*one) for one in problems]
    if not _is_whole(made):
        raise ValueError("columns that do not fit one another")
    return made


def _parts(body: bytes, sizes: Iterable[int]) -> Iterable[memoryview]:
    view, begin = memoryview(body), 0
    for size in sizes:
        yield view[begin : begin + size]
        begin += size
    if begin != len(body):
        raise ValueError("a body of another size")


def _is_whole(made: Columns) -> bool:
    number = len(made)
    columns = (made.label, made.numbers, made.lines)
    return (
        all(len(column) == number for column in columns)
        and len(made.ids) == len(made.keys) == number * DIGEST
        and len(made.runs) == len(made.run_places) * DIGEST
        and (not number or 0 <= min(made.label) <= max(made.label) < len(made.labels))
        and (not made.run_places or max(made.run_places) < number)
    )


def find_copies(columns: Columns) -> bytearray:
    """1 for every copy but the first, for what a tombstone names, for a second report of one run."""
    dead = bytearray(len(columns))
    _mark_copies(columns.ids, bytes(columns.buried), dead)
    _mark_runs(columns, dead)
    return dead


def _mark_copies(ids: bytearray, buried: bytes, dead: bytearray) -> None:
    data = bytes(ids)
    gone = {buried[i : i + DIGEST] for i in range(0, len(buried), DIGEST)}
    seen = {data[i : i + DIGEST] for i in range(0, len(data), DIGEST)}
    if len(seen) == len(dead) and seen.isdisjoint(gone):
        return
    for place in range(len(dead)):
        identity = data[place * DIGEST : (place + 1) * DIGEST]
        if identity in seen and identity not in gone:
            seen.discard(identity)
        else:
            dead[place] = 1


def _mark_runs(columns: Columns, dead: bytearray) -> None:
    runs: dict[bytes, list[int]] = {}
    data = bytes(columns.runs)
    for number, place in enumerate(columns.run_places):
        if not dead[place]:
            runs.setdefault(data[number * DIGEST : (number + 1) * DIGEST], []).append(place)
    for places in runs.values():
        if len(places) > 1:
            for place in sorted(places, key=lambda one: order(columns, one))[1:]:
                dead[place] = 1


def order(columns: Columns, place: int) -> tuple[int, bytes]:
    """As `stores.events.by_time` sorts."""
    return columns.moments[place], bytes(columns.ids[place * DIGEST : (place + 1) * DIGEST])
