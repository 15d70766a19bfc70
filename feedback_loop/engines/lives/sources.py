"""What the commits that a merge brings in wrote: who is behind the facts of the merge (H3)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from feedback_loop.domain.history import EDITED, MOVED, Fact
from feedback_loop.domain.lives import Names

CARRIED = (MOVED, EDITED)

Key = tuple[str, str, bytes]  # pattern, detector, text


def key_of(fact: Fact) -> Key:
    """What makes two lines of one file the same mistake."""
    return fact.pattern, fact.detector, fact.text


def slot_of(fact: Fact, path: str) -> tuple[str, Key, str]:
    """Where the other half of a move is looked for: anywhere, that of an edit in the same file."""
    return fact.kind, key_of(fact), path if fact.kind == EDITED else ""


@dataclass(slots=True, eq=False)
class _Written:
    """An occurrence on a side branch: the fact that wrote it, or took away what the branch began with."""

    fact: Fact


class Sources:
    """What the commits that a merge brings in wrote: the facts behind those of the merge."""

    def __init__(self, facts: Iterable[Fact], names: Names, position: int) -> None:
        self._names, self._position = names, position
        self._standing: defaultdict[tuple[Key, str], deque[_Written]] = defaultdict(deque)
        self._removed: defaultdict[tuple[Key, str], deque[_Written]] = defaultdict(deque)
        for _, group in groupby(sorted(facts, key=attrgetter("commit")), attrgetter("commit")):
            self._write(list(group))

    def added(self, fact: Fact) -> Fact | None:
        """The fact by which a side branch wrote what the merge adds."""
        found = _first(self._standing.get((key_of(fact), fact.path)))
        if found is None:
            return None
        if found.fact.sign > 0:
            return found.fact
        return fact._replace(commit=found.fact.commit)  # moved there, from where the branch had it

    def removed(self, fact: Fact) -> Fact | None:
        """The fact by which a side branch removed what the merge removes."""
        path = self._names.at(fact.path, self._position, self._position + 1)
        found = _first(self._removed.get((key_of(fact), path)))
        return found.fact if found else None

    def _write(self, facts: Sequence[Fact]) -> None:
        """One commit of a side branch; what it takes from another of them never comes as far as the merge."""
        carried: defaultdict[tuple[str, Key, str], deque[_Written]] = defaultdict(deque)
        for fact in sorted(facts, key=attrgetter("sign")):
            since = self._names.since(fact.commit, fact.sign)
            path = self._names.at(fact.path, since, self._position + 1)
            place, slot = (key_of(fact), path), slot_of(fact, path)
            moves = fact.kind in CARRIED
            if fact.sign > 0:
                self._standing[place].append((moves and _first(carried[slot])) or _Written(fact))
                continue
            found = _first(self._standing.get(place))
            if found is None:  # it stood before the branch began
                found = _Written(fact)
                self._removed[place].append(found)
            elif found.fact.sign < 0 and not moves:
                found.fact = fact  # the branch moved it first, and now it is gone
            if moves:
                carried[slot].append(found)


def _first(waiting: deque[_Written] | None) -> _Written | None:
    return waiting.popleft() if waiting else None
