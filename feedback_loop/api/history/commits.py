"""The commits of a repository in columns, from the cache and from what git has beyond it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from feedback_loop.api.history.walk import SLICE
from feedback_loop.domain.history import BOUNDARY, FIX, MERGE, NEVER, NO_TIME, REVERT, Commits
from feedback_loop.engines.mining.resolve import Links, landings

if TYPE_CHECKING:
    from feedback_loop.stores.git_history import LoggedCommit
    from feedback_loop.stores.history_cache import HistoryCache, Key

_LATEST = 253_402_300_799  # the last second of the year 9999
_REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{40,64})\b", re.MULTILINE)
_PICKED = re.compile(r"^\(cherry picked from commit ([0-9a-f]{40,64})\)", re.MULTILINE)
_FIXES = re.compile(r"^Fixes:", re.MULTILINE | re.IGNORECASE)
_FIX_WORDS = re.compile(
    r"\b(?:fix(?:e[sd])?|bug(?:s|fix|fixes)?|hotfix|regression|revert(?:s|ed)?)\b", re.IGNORECASE
)


@dataclass
class Columns:
    """All commits ever seen, in the order in which they came (parents first), in batches of up to 4,000.

    `links` holds (commit it reverts, commit it was picked from), "" = none, by index.
    """

    oids: list[str] = field(default_factory=list)
    parents: list[tuple[int, ...]] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    links: dict[int, tuple[str, str]] = field(default_factory=dict)
    index: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.oids)

    def heads(self) -> list[str]:
        """Those without a child."""
        inner = {parent for parents in self.parents for parent in parents}
        return [oid for number, oid in enumerate(self.oids) if number not in inner]

    def append(self, logged: Iterable[LoggedCommit], shallow: frozenset[str]) -> int:
        """Add what is new; how many that were."""
        index, before = self.index, len(self)
        for one in logged:
            if one.oid in index:
                continue
            number = index[one.oid] = len(self.oids)
            self.oids.append(one.oid)
            self.parents.append(tuple(index[parent] for parent in one.parents if parent in index))
            self.times.append(_seconds(one.time))
            self.flags.append(_flags(one, shallow))
            reverts, picked = _REVERTS.search(one.message), _PICKED.search(one.message)
            if reverts or picked:
                self.links[number] = (reverts[1] if reverts else "", picked[1] if picked else "")
        return len(self) - before

    def batch(self, number: int) -> tuple[Any, ...]:
        """One batch as plain values."""
        part = slice(number * SLICE, (number + 1) * SLICE)
        here = range(*part.indices(len(self)))
        links = {at: self.links[at] for at in here if at in self.links}
        oids = bytes.fromhex("".join(self.oids[part]))
        return oids, self.parents[part], self.times[part], bytes(self.flags[part]), links

    def add_batch(self, batch: tuple[Any, ...]) -> None:
        """The inverse of `batch`; batches come in order."""
        oids, parents, times, flags, links = batch
        size = len(oids) // len(parents) * 2
        text = oids.hex()
        names = [text[at : at + size] for at in range(0, len(text), size)]
        self.index.update(zip(names, range(len(self.oids), len(self.oids) + len(names)), strict=True))
        self.oids += names
        self.parents += parents
        self.times += times
        self.flags += flags
        self.links |= links

    @property
    def batches(self) -> int:
        """How many batches there are."""
        return -(-len(self) // SLICE)


@dataclass(frozen=True)
class Reached:
    """The commits that one tip reaches. `position` gives the index among them of each commit of the columns,
    -1 = the tip does not reach it."""

    commits: Commits
    position: list[int]
    links: Links


def load_columns(cache: HistoryCache, names: frozenset[Key]) -> Columns:
    """The commits that the cache knows."""
    keys = sorted(name for name in names if name[0] == "W" and name[2] == "commits")
    found = cache.load(keys)
    columns = Columns()
    for number, key in enumerate(keys):
        if key[1] != number or key not in found or len(columns) % SLICE:
            return Columns()  # a hole: nothing that follows can be numbered
        columns.add_batch(found[key])
    return columns


def reach(columns: Columns, tip: str) -> Reached:
    """What the tip reaches, in columns of its own."""
    found, chain = landings(columns.parents, columns.index[tip])
    kept = [number for number, landing in enumerate(found) if landing != NEVER]
    if len(kept) == len(columns):
        position = list(range(len(columns)))
        parts = columns.oids, columns.times, columns.parents, found, chain, columns.flags
        commits = Commits(*parts, known=columns.index)
    else:
        position = [-1] * len(columns)
        for number, one in enumerate(kept):
            position[one] = number
        commits = Commits(
            [columns.oids[one] for one in kept],
            [columns.times[one] for one in kept],
            [tuple(position[parent] for parent in columns.parents[one]) for one in kept],
            [found[one] for one in kept],
            [position[one] for one in chain],
            [columns.flags[one] for one in kept],
        )
    links = [(position[one], pair) for one, pair in columns.links.items() if position[one] >= 0]
    reverts = {one: pair[0] for one, pair in links if pair[0]}
    picks = {one: pair[1] for one, pair in links if pair[1]}
    return Reached(commits, position, Links(reverts, picks))


def _seconds(text: str) -> int:
    try:
        seconds = int(text)
    except ValueError:
        return NO_TIME
    return seconds if 0 <= seconds <= _LATEST else NO_TIME


def _flags(one: LoggedCommit, shallow: frozenset[str]) -> int:
    subject = one.message.partition("\n")[0]
    mends = _FIX_WORDS.search(subject) or _FIXES.search(one.message)
    return (
        (MERGE if len(one.parents) > 1 else 0)
        | (BOUNDARY if one.oid in shallow else 0)
        | (FIX if mends else 0)
        | (REVERT if _REVERTS.search(one.message) else 0)
    )
