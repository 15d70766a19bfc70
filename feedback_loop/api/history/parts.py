"""What was mined, in parts: one for each pattern and batch of commits, as the cache keeps them (H31).

A batch is up to 4,000 commits of a ledger, in the order in which they were first seen. A part knows of how
many of them, from the first on, it has the facts: new commits and changed detectors are mined alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_loop.api.history.walk import SLICE, is_bulk

if TYPE_CHECKING:
    from feedback_loop.stores.history_cache import HistoryCache, Key

WRITTEN, LANDED = "W", "L"


class Work(NamedTuple):
    """A stretch of one batch, and the patterns to be mined in it."""

    ledger: str
    batch: int
    start: int
    end: int
    patterns: tuple[str, ...]


class StoredFact(NamedTuple):
    """A fact as it is kept: `position` in its batch, `path` as git has it."""

    position: int
    detector: str
    path: bytes
    sign: int
    kind: str
    line: int
    text: bytes


@dataclass
class Part:
    """One pattern in one batch. `exposure` has one number a commit; `looks` are (position, texts looked into,
    those that could not be parsed, those over a cap)."""

    covered: int = 0
    facts: list[tuple[Any, ...]] = field(default_factory=list)
    exposure: list[int] = field(default_factory=list)
    looks: list[tuple[int, int, int, int]] = field(default_factory=list)

    def to_tuple(self) -> tuple[Any, ...]:
        """Plain values."""
        return self.covered, self.facts, self.exposure, self.looks

    def extend(self, end: int, facts: list[Any], exposure: list[int], looks: list[Any]) -> None:
        """Add what the commits up to `end` gave."""
        self.covered = end
        self.facts += facts
        self.exposure += exposure
        self.looks += looks


@dataclass
class Shared:
    """What is the same for all patterns: files touched (position, old path, path, status, added, removed),
    renames (position, old, new), change ids by position, commits that could not be mined, and those of file
    diffs too large to count, once for each."""

    covered: int = 0
    renames: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    twins: dict[int, bytes] = field(default_factory=dict)
    not_mined: list[int] = field(default_factory=list)
    bulk: list[int] = field(default_factory=list)

    def to_tuple(self) -> tuple[Any, ...]:
        """Plain values."""
        return self.covered, self.renames, self.twins, self.not_mined, self.bulk


# Of another shape a row is no use: it would not even fail in the same place.
ROW_SHAPE = " ".join(one.name for row in (Part, Shared) for one in fields(row))


class Parts:
    """All parts of one ledger. `keys` name the rows of each pattern, `shared` those of all of them."""

    def __init__(
        self, cache: HistoryCache, names: frozenset[Key], ledger: str, keys: Mapping[str, str], shared: str
    ) -> None:
        self._oids: Sequence[str] = ()
        self._digests: dict[tuple[int, int], bytes] = {}
        self._cache = cache
        self._names = names
        self._ledger = ledger
        self._keys = keys
        self._shared_name = shared
        self._parts: list[dict[str, Part]] = []
        self._shared: list[Shared] = []
        self._touched: dict[Key, tuple[int, Sequence[Any]]] = {}  # of this run: there may be no cache

    def load(self, oids: Sequence[str]) -> None:
        """Read the rows that the cache has of these commits, in the order of the ledger."""
        self._oids = oids
        for batch in range(-(-len(oids) // SLICE)):
            rows = {name: (self._ledger, batch, name) for name in (*self._keys.values(), self._shared_name)}
            found = self._cache.load([row for row in rows.values() if row in self._names])
            found = {row: value[1:] for row, value in found.items() if self._fits(batch, value)}
            values = {name: found.get(rows[row]) for name, row in self._keys.items()}
            self._parts.append({name: Part(*value) if value else Part() for name, value in values.items()})
            shared = found.get(rows[self._shared_name])
            self._shared.append(Shared(*shared) if shared else Shared())

    def _fits(self, batch: int, value: tuple[Any, ...]) -> bool:
        """Whether the row was made for these very commits: another run may have seen others meanwhile."""
        digest, covered = value[0], value[1]
        return isinstance(covered, int) and bool(digest == self._digest(batch, covered))

    def _digest(self, batch: int, covered: int) -> bytes:
        """Of the ids of a batch's first so many commits."""
        key = batch, covered
        if key not in self._digests:
            begin = batch * SLICE
            named = "".join(self._oids[begin : begin + min(covered, SLICE)])
            self._digests[key] = blake2b(named.encode("ascii"), digest_size=16).digest()
        return self._digests[key]

    def pending(self) -> list[Work]:
        """What has to be mined: patterns that are known equally far are walked together."""
        work = []
        count = len(self._oids)
        for batch, parts in enumerate(self._parts):
            end = min(SLICE, count - batch * SLICE)
            groups: dict[int, list[str]] = {}
            for name, part in parts.items():
                if part.covered < end:
                    groups.setdefault(part.covered, []).append(name)
            work += [
                Work(self._ledger, batch, start, end, tuple(names)) for start, names in sorted(groups.items())
            ]
        return work

    def absorb(self, work: Work, result: tuple[Any, ...]) -> dict[Key, Any]:
        """Take in what a walk gave; the rows that are to be kept now."""
        patterns, touched, twins, not_mined = result
        rows: dict[Key, Any] = {}
        for name, (facts, exposure, looks) in patterns.items():
            part = self._parts[work.batch][name]
            part.extend(work.end, facts, exposure, looks)
            rows[self._ledger, work.batch, self._keys[name]] = part.to_tuple()
        shared = self._shared[work.batch]
        shared.twins |= twins
        if work.end > shared.covered:
            begin = shared.covered
            shared.covered = work.end
            shared.renames += [
                (one[0], one[1], one[2]) for one in touched if one[3] == "R" and one[0] >= begin
            ]
            shared.not_mined += [one for one in not_mined if one >= begin]
            shared.bulk += [one[0] for one in touched if is_bulk(one[4]) and one[0] >= begin]
            rows |= self._keep_touched(work, begin, [one for one in touched if one[0] >= begin])
        rows[self._ledger, work.batch, self._shared_name] = shared.to_tuple()
        if not_mined:
            return {}  # a later run may find here what this one missed
        digests = {row: self._digest(work.batch, value[0]) for row, value in rows.items()}
        return {row: (digests[row], *value) for row, value in rows.items()}

    def _keep_touched(self, work: Work, begin: int, touched: list[Any]) -> dict[Key, Any]:
        """Large and seldom wanted: a row of its own for each stretch, which is never read to be extended."""
        row = (self._ledger, work.batch, f"{self._shared_name}:{begin:04}")
        self._touched[row] = (work.end, touched)
        return {row: (work.end, touched)}

    # -- what is there -----------------------------------------------------------------------------

    def facts(self) -> Iterator[tuple[int, str, StoredFact]]:
        """(position in the ledger, pattern, fact)."""
        for batch, parts in enumerate(self._parts):
            for name, part in parts.items():
                for fact in part.facts:
                    yield batch * SLICE + fact[0], name, StoredFact._make(fact)

    def exposure(self, name: str) -> list[int]:
        """Lines added in the pattern's scope, by position in the ledger."""
        known = [parts[name] for parts in self._parts if name in parts]  # no detector, no scope
        return [lines for part in known for lines in part.exposure]

    def looks(self, counts: Callable[[int], bool]) -> tuple[int, int, int]:
        """Texts looked into, unparsed, and over a cap, of the commits at positions that count."""
        sums = [0, 0, 0]
        for batch, parts in enumerate(self._parts):
            for part in parts.values():
                for position, *numbers in part.looks:
                    if counts(batch * SLICE + position):
                        sums = [one + more for one, more in zip(sums, numbers, strict=True)]
        return sums[0], sums[1], sums[2]

    def bulk(self) -> list[int]:
        """Positions of commits with a file diff too large to count, once for each."""
        return [batch * SLICE + one for batch, shared in enumerate(self._shared) for one in shared.bulk]

    def renames(self) -> Iterator[tuple[int, bytes, bytes]]:
        """(position in the ledger, old path, new path)."""
        for batch, shared in enumerate(self._shared):
            for position, old, new in shared.renames:
                yield batch * SLICE + position, old, new

    def twins(self) -> Iterator[tuple[int, bytes]]:
        """(position in the ledger, change id)."""
        for batch, shared in enumerate(self._shared):
            for position, twin in shared.twins.items():
                yield batch * SLICE + position, twin

    def not_mined(self) -> list[int]:
        """Positions of commits whose objects are not in this clone."""
        return [batch * SLICE + one for batch, shared in enumerate(self._shared) for one in shared.not_mined]

    def touched(self) -> Iterator[tuple[Any, ...]]:
        """(position in the ledger, old path, path, status, added, removed) of every file diff in scope."""
        for batch, shared in enumerate(self._shared):
            begin = 0
            while begin < shared.covered:  # each stretch begins where the one before ends
                key = (self._ledger, batch, f"{self._shared_name}:{begin:04}")
                begin, rows = self._touched[key] if key in self._touched else self._kept(key)
                for position, *rest in rows:
                    yield (batch * SLICE + position, *rest)

    def _kept(self, key: Key) -> tuple[int, Sequence[Any]]:
        """(end, touched files) of a stretch as the cache has it."""
        value = self._cache.load([key]).get(key)
        if value is None or not self._fits(key[1], value):
            return SLICE, ()  # somebody deleted it this very moment
        return value[1], value[2]
