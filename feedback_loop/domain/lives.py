"""How long occurrences lived on a branch, and what a path came to be called: values and one pure helper."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from feedback_loop.domain.history import INTRODUCED, Commits, Fact, Renamed


class Life(NamedTuple):
    """One occurrence from its birth on the chain to its end; detectors of one pattern on one line are one.

    `born` and `ended` index the commits of the chain where it landed and was gone, `written` and `mended`
    the commits that wrote and removed it: of a merge those that it brought in, where they can be told (H3).
    `path` is its file's last name, `line` the one where it was last written. `end` is "" while it is open,
    else fixed, reverted, file_deleted, left_scope or dissolved. `again`: introduced with the identity of
    one that was fixed before; `same_place`: introduced in a file where its pattern was fixed within the
    180 days before. `kind` is that of the fact it was born with.
    """

    pattern: str
    detector: str
    path: str
    line: int
    text: bytes
    born: int
    written: int
    ended: int | None
    mended: int | None
    end: str
    again: bool
    same_place: bool
    waived: bool
    inherited: bool
    kind: str = INTRODUCED


class Lives(NamedTuple):
    """All of them in chain order, then by path and line.

    `orphans` are removals without an addition: on complete history a defect. `shared` counts lives with an
    equal line of the same file beside them: the two may have swapped ages, never counts.
    """

    lives: tuple[Life, ...]
    orphans: tuple[Fact, ...]
    shared: int


class Names:
    """What paths were called later, by the renames of the chain."""

    __slots__ = ("_commits", "_renames", "_seen")

    def __init__(self, commits: Commits, renames: Iterable[Renamed]) -> None:
        self._commits = commits
        self._renames: dict[str, list[tuple[int, str]]] = {}
        for renamed in sorted(renames, key=lambda one: commits.landing[one.commit]):
            self._renames.setdefault(renamed.old, []).append((commits.landing[renamed.commit], renamed.new))
        self._seen: list[int] | None = None

    def at(self, path: str, start: int, stop: int | None = None) -> str:
        """What a file called `path` before position `start` is called before `stop` (None = now)."""
        if path not in self._renames:  # nearly all of them
            return path
        while True:
            renames = self._renames.get(path, [])
            place = bisect_left(renames, start, key=lambda one: one[0])
            if place == len(renames) or (stop is not None and renames[place][0] >= stop):
                return path
            start, path = renames[place][0] + 1, renames[place][1]

    def now(self, path: str, commit: int, sign: int = 1) -> str:
        """Today's name of a path that a fact of this commit gives; a removal may give the name before it."""
        return self.at(path, self.since(commit, sign))

    def since(self, commit: int, sign: int = 1) -> int:
        """The first position of the chain whose renames the commit's paths do not know yet.

        A commit of a side branch knows what its newest ancestor on the chain knew.
        """
        landing, chain = self._commits.landing, self._commits.chain
        if chain[landing[commit]] == commit:
            return landing[commit] + (sign > 0)
        if self._seen is None:
            self._seen = _known(self._commits)
        return self._seen[commit] + 1


def _known(commits: Commits) -> list[int]:
    """For each commit the position of its newest ancestor on the chain, itself included; -1 without one."""
    known: list[int] = []
    for commit, parents in enumerate(commits.parents):
        landing = commits.landing[commit]
        own = commits.chain[landing] == commit
        known.append(landing if own else max((known[parent] for parent in parents), default=-1))
    return known
