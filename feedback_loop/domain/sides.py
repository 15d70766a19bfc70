"""On which side of an adoption each commit stands (H45, H46): before it, after it, or on neither."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

from feedback_loop.domain.effect import Adoption, EffectOptions
from feedback_loop.domain.history import NO_TIME, Commits
from feedback_loop.domain.moment import DAY

FAR, BEFORE, GUARDED, AFTER, CROSSING, ARCHIVED = range(6)
YEAR = 364 * DAY  # 52 weeks


@dataclass(frozen=True)
class Sides:
    """`place` has one byte for each commit, `of` the commits of each place (of FAR none).

    BEFORE landed up to a year before the adoption; GUARDED the same, in the guard days or as evidence; AFTER
    was written in a tree that had the pattern; CROSSING landed later, written without it (the adopting
    commit itself among them); ARCHIVED landed while it was not in force; FAR is all else.
    """

    place: bytearray
    of: tuple[list[int], ...]


class Sorter:
    """Sorts the commits of one history, as the options say, by one adoption after the other."""

    def __init__(self, commits: Commits, options: EffectOptions) -> None:
        self._commits, self._options = commits, options
        self.end = len(commits.chain) if options.end is None else min(options.end, len(commits.chain))
        # What landed in a stretch of the chain is a slice of this.
        self._landed = sorted(range(len(commits)), key=commits.landing.__getitem__)
        self._landings = list(map(commits.landing.__getitem__, self._landed))
        self._known: dict[object, Sides] = {}
        self._marks: dict[int, bytearray] = {}

    def by_adoption(self, adoption: Adoption) -> Sides:
        """Before and after the adoption."""
        evidence = self._evidence(adoption.pattern)
        key = (adoption.spans, evidence)
        if key not in self._known:  # many patterns are adopted by one commit
            self._known[key] = self._sorted(adoption, evidence)
        return self._known[key]

    def by_version(self, adoption: Adoption, at: int) -> Sides:
        """AFTER: written under `adoption.versions[at]`; BEFORE: under the one before.

        The first version's BEFORE is that of the adoption. A commit is of the newest version in its tree.
        """
        whole = self.by_adoption(adoption)
        place = bytearray(whole.place)
        marks = [self._marked(commit) for _, commit in adoption.versions]
        newest = {
            commit: max((no for no, one in enumerate(marks) if one[commit]), default=0)
            for commit in whole.of[AFTER]
        }
        for commit, number in newest.items():
            place[commit] = AFTER if number == at else BEFORE if number == at - 1 else FAR
        for _, commit in adoption.versions:  # it was written under the version before, and brings the next
            place[commit] = CROSSING
        if at:
            for commit in (*whole.of[BEFORE], *whole.of[GUARDED]):
                place[commit] = FAR
        return _listed(place)

    def _sorted(self, adoption: Adoption, evidence: frozenset[int]) -> Sides:
        chain, landing = self._commits.chain, self._commits.landing
        start = adoption.spans[0][0]
        first, guard = self._reach(start)
        of: tuple[list[int], ...] = ([], [], [], [], [], [])
        for commit in self.landed(first, start):
            of[GUARDED if landing[commit] >= guard or commit in evidence else BEFORE].append(commit)
        for since, until in adoption.spans:
            marks, adopting = self._marked(chain[since]), chain[since]
            for commit in self.landed(since, until):
                # the adopting commit was written in a tree that had no pattern yet
                of[AFTER if marks[commit] and commit != adopting else CROSSING].append(commit)
        for one, other in pairwise((*adoption.spans, (self.end, None))):
            of[ARCHIVED].extend(self.landed(self.end if one[1] is None else one[1], other[0]))
        place = bytearray(len(self._commits))
        for side, commits in enumerate(of):
            for commit in commits:
                place[commit] = side
        return Sides(place, of)

    def landed(self, since: int, until: int | None) -> list[int]:
        """The commits that landed at these positions of the chain, up to the end that is asked about."""
        last = self.end if until is None else min(until, self.end)
        return self._landed[bisect_left(self._landings, since) : bisect_left(self._landings, last)]

    def _reach(self, start: int) -> tuple[int, int]:
        """The positions at which *before* and its guard days begin, `start` that of the adoption."""
        chain, times = self._commits.chain, self._commits.times
        clocks = (times[chain[at]] for at in (*range(start, -1, -1), *range(start, len(chain))))
        moment = next((one for one in clocks if one != NO_TIME), None)
        if moment is None:
            return 0, start
        days = self._options.guard_days
        guard = min(start, self._commits.position(moment - days * DAY)) if days else start
        return min(guard, self._commits.position(moment - YEAR)), guard

    def _marked(self, commit: int) -> bytearray:
        if commit not in self._marks:
            self._marks[commit] = self._commits.descendants(commit)
        return self._marks[commit]

    def _evidence(self, pattern: str) -> frozenset[int]:
        """The commits named, by ids that may be abbreviated to seven digits."""
        oids = self._commits.oids
        named = [one for one in self._options.evidence.get(pattern, ()) if len(one) >= 7]
        parts = tuple(one for one in named if len(one) < len(oids[0]))
        found = {self._commits.index[one] for one in named if one in self._commits.index}
        if parts:
            found.update(number for number, oid in enumerate(oids) if oid.startswith(parts))
        return frozenset(found)


def _listed(place: bytearray) -> Sides:
    of: tuple[list[int], ...] = ([], [], [], [], [], [])
    for commit, side in enumerate(place):
        of[side].append(commit)
    of[FAR].clear()
    return Sides(place, of)
