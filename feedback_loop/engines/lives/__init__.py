"""How long each occurrence lived: births and ends on the landed ledger, in chain order (H3, H23, H24).

Identity is (detector, path chain, text); equal ones in one file are taken first in, first out, which may
swap their ages but never changes a count. What a merge brought is dated by the chain and credited to the
commits that wrote it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from feedback_loop.domain.history import (
    DISSOLVED,
    EDITED,
    FILE_DELETED,
    FIXED,
    IGNORED,
    INHERITED,
    INTRODUCED,
    LEFT_SCOPE,
    MOVED,
    NO_TIME,
    REVERTED,
    WAIVED,
    Commits,
    Fact,
    History,
    Renamed,
)
from feedback_loop.domain.lives import Life, Lives, Names
from feedback_loop.domain.moment import DAY
from feedback_loop.engines.lives.durations import find_durations
from feedback_loop.engines.lives.sources import CARRIED, Key, Sources, key_of, slot_of

__all__ = ["SAME_PLACE", "find_durations", "follow"]

SAME_PLACE = 180 * DAY
# How a removal ends a life; of kinds that are not here as a fix (a cherry-picked one is one on this branch).
_ENDS = {kind: kind for kind in (REVERTED, FILE_DELETED, LEFT_SCOPE, DISSOLVED)}
_ENDS |= dict.fromkeys((IGNORED, MOVED, EDITED), DISSOLVED)

_Entry = TypeVar("_Entry", Fact, Renamed)


def follow(history: History) -> Lives:
    """The life of every occurrence that the branch ever held.

    Raises ValueError if the landed ledger was not mined.
    """
    if history.landed is None:
        raise ValueError("lives need the landed ledger")
    landing = history.commits.landing
    tree = _Tree(history)
    renames = _by_commit(history.renames, landing)
    facts = _by_commit(history.landed, landing)
    for position, commit in enumerate(history.commits.chain):
        tree.rename(renames.get(position, []))
        if position in facts:
            tree.land(commit, facts[position])
    return Lives(_folded(tree.strands, history.commits), tuple(tree.orphans), tree.shared())


@dataclass(slots=True, eq=False)
class _Strand:
    """What one detector sees of an occurrence: `path` and `line` move with it, `birth` stays."""

    birth: Fact
    kind: str
    written: int
    path: str
    line: int
    again: bool = False
    same_place: bool = False
    shared: bool = False
    ended: int | None = None
    mended: int | None = None
    end: str = ""


class _File:
    """What one file holds, what was fixed in it, and when each pattern was last."""

    __slots__ = ("fixed", "last", "open")

    def __init__(self) -> None:
        self.open: defaultdict[Key, deque[_Strand]] = defaultdict(deque)
        self.fixed: set[Key] = set()
        self.last: dict[str, int] = {}

    def join(self, other: _File) -> None:
        """A file comes to where another one was before."""
        for key, strands in other.open.items():
            self.open[key].extend(strands)
        self.fixed |= other.fixed
        for pattern, moment in other.last.items():
            self.last[pattern] = max(moment, self.last.get(pattern, moment))


class _Tree:
    """The branch as it grows: its files by the names they have now."""

    def __init__(self, history: History) -> None:
        self.strands: list[_Strand] = []
        self.orphans: list[Fact] = []
        self._commits = history.commits
        self._names = Names(history.commits, history.renames)
        self._files: defaultdict[str, _File] = defaultdict(_File)
        merged = [fact for fact in history.written if self._is_brought(fact)]
        self._brought = _by_commit(merged, history.commits.landing)

    def rename(self, renames: Sequence[Renamed]) -> None:
        """Move files to their new names, all at once."""
        moving = [(one.new, self._files.pop(one.old)) for one in renames if one.old in self._files]
        for new, file in moving:
            for strands in file.open.values():
                for strand in strands:
                    strand.path = new
            if new in self._files:
                file.join(self._files[new])
            self._files[new] = file

    def land(self, commit: int, facts: Sequence[Fact]) -> None:
        """What one commit of the chain did, removals first: those are of what was there before it."""
        sources = self._sources(commit)
        carried: defaultdict[tuple[str, Key, str], deque[_Strand]] = defaultdict(deque)
        mended: list[tuple[_File, _Strand]] = []
        for fact in facts:
            if fact.sign > 0:
                continue
            file, strand = self._take(fact)
            if strand is None:
                self.orphans.append(fact)
            elif fact.kind in CARRIED:
                carried[slot_of(fact, strand.path)].append(strand)
            else:
                self._end(strand, fact, sources)
                mended.append((file, strand))
        for fact in facts:
            if fact.sign > 0:
                waiting = carried[slot_of(fact, fact.path)] if fact.kind in CARRIED else None
                self._put(fact, waiting.popleft() if waiting else self._born(fact, sources))
        for strand in (one for waiting in carried.values() for one in waiting):
            strand.ended, strand.mended, strand.end = commit, commit, DISSOLVED
        # Only now: what one commit takes out and puts in again was not fixed before.
        for file, strand in mended:
            if strand.end == FIXED:
                file.fixed.add(key_of(strand.birth))
                file.last[strand.birth.pattern] = self._commits.times[commit]

    def shared(self) -> int:
        """How many strands stood beside an equal one."""
        return len({_place(strand) for strand in self.strands if strand.shared})

    def _take(self, fact: Fact) -> tuple[_File, _Strand | None]:
        """The oldest equal occurrence; its file may be named as it was before this commit, or after it."""
        position = self._commits.landing[fact.commit]
        for path in (self._names.at(fact.path, position, position + 1), fact.path):
            file = self._files[path]
            if waiting := file.open.get(key_of(fact)):
                return file, waiting.popleft()
        return file, None

    def _put(self, fact: Fact, strand: _Strand) -> None:
        strand.path, strand.line = fact.path, fact.line
        waiting = self._files[fact.path].open[key_of(fact)]
        if waiting:
            strand.shared = waiting[-1].shared = True
        waiting.append(strand)

    def _born(self, fact: Fact, sources: Sources | None) -> _Strand:
        source = (sources.added(fact) if sources else None) or fact
        strand = _Strand(fact, source.kind, source.commit, fact.path, fact.line)
        file = self._files[fact.path]
        if source.kind == INTRODUCED:
            strand.again = key_of(fact) in file.fixed
            strand.same_place = self._is_soon(file.last.get(fact.pattern), fact.commit)
        self.strands.append(strand)
        return strand

    def _is_soon(self, fixed: int | None, commit: int) -> bool:
        now = self._commits.times[commit]
        return fixed is not None and NO_TIME not in (fixed, now) and now - fixed <= SAME_PLACE

    def _end(self, strand: _Strand, fact: Fact, sources: Sources | None) -> None:
        source = (sources.removed(fact) if sources else None) or fact
        strand.ended, strand.mended = fact.commit, source.commit
        strand.end = _ENDS.get(source.kind, FIXED)

    def _is_brought(self, fact: Fact) -> bool:
        return self._commits.is_merge(self._commits.landed_in(fact.commit))

    def _sources(self, commit: int) -> Sources | None:
        position = self._commits.landing[commit]
        return Sources(self._brought[position], self._names, position) if position in self._brought else None


def _folded(strands: Iterable[_Strand], commits: Commits) -> tuple[Life, ...]:
    """Detectors of one pattern on one line of one commit are one occurrence: open while one of them is."""
    groups: dict[tuple[str, int, str, int], list[_Strand]] = {}
    for strand in strands:
        groups.setdefault(_place(strand), []).append(strand)
    lives = [_life(sorted(group, key=lambda one: one.birth.detector), commits) for group in groups.values()]
    lives.sort(key=lambda one: (commits.landing[one.born], one.path, one.line, one.pattern, one.detector))
    return tuple(lives)


def _life(group: Sequence[_Strand], commits: Commits) -> Life:
    first = group[0]
    is_open = any(strand.ended is None for strand in group)
    last = max(group, key=lambda one: -1 if one.ended is None else commits.landing[one.ended])
    return Life(
        pattern=first.birth.pattern,
        detector=first.birth.detector,
        path=first.path,
        line=first.line,
        text=first.birth.text,
        born=first.birth.commit,
        written=first.written,
        ended=None if is_open else last.ended,
        mended=None if is_open else last.mended,
        end="" if is_open else last.end,
        again=any(strand.again for strand in group),
        same_place=any(strand.same_place for strand in group),
        waived=all(strand.kind == WAIVED for strand in group),
        inherited=any(strand.kind == INHERITED for strand in group),
        kind=first.kind,
    )


def _place(strand: _Strand) -> tuple[str, int, str, int]:
    birth = strand.birth
    return birth.pattern, birth.commit, birth.path, birth.line


def _by_commit(entries: Iterable[_Entry], landing: Sequence[int]) -> dict[int, list[_Entry]]:
    """By position of the chain, each list in the order given."""
    found: dict[int, list[_Entry]] = {}
    for entry in entries:
        found.setdefault(landing[entry.commit], []).append(entry)
    return found
