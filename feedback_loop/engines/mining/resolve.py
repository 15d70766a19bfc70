"""What facts mean once all commits are known: ignored, duplicate, restored, inherited (H20, H22)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from feedback_loop.domain.history import (
    BOUNDARY,
    DUPLICATE,
    EDITED,
    FIXED,
    IGNORED,
    INHERITED,
    INTRODUCED,
    MOVED,
    NEVER,
    RESTORED,
    REVERTED,
    Commits,
    Fact,
)

# If two detectors of one pattern disagree about one line, the first of these kinds stands for both.
_STRONGEST = {kind: rank for rank, kind in enumerate((EDITED, MOVED, INTRODUCED, FIXED))}


@dataclass(frozen=True)
class Links:
    """What messages say: commit -> the commit it reverts, and the one it was picked from (full ids)."""

    reverts: Mapping[int, str] = field(default_factory=dict)
    picks: Mapping[int, str] = field(default_factory=dict)


def landings(parents: Sequence[tuple[int, ...]], tip: int) -> tuple[list[int], list[int]]:
    """(position in the chain of the commit that first reached it, NEVER if the tip does not; the chain).

    Parents stand before their children.
    """
    chain = [tip]
    while parents[chain[-1]]:
        chain.append(parents[chain[-1]][0])
    chain.reverse()
    found = [NEVER] * len(parents)
    for position, commit in enumerate(chain):
        found[commit] = position
    for commit in range(tip, -1, -1):
        landing = found[commit]
        if landing != NEVER:
            for parent in parents[commit]:
                if landing < found[parent]:
                    found[parent] = landing
    return found, chain


def find_duplicates(commits: Commits, twins: Mapping[int, bytes], links: Links) -> frozenset[int]:
    """Commits that make a change which another one counts for: picked from it, or equal to it.

    A commit that has its twin as an ancestor made the change anew, after somebody had undone it.
    """
    duplicates = {
        commit
        for commit, oid in links.picks.items()
        if (origin := commits.index.get(oid)) is not None and not commits.is_ancestor(origin, commit)
    }
    groups: dict[bytes, list[int]] = {}
    for commit, twin in twins.items():
        groups.setdefault(twin, []).append(commit)
    for group in groups.values():
        counted: list[int] = []
        for commit in sorted(group, key=commits.order) if len(group) > 1 else ():
            if any(not commits.is_ancestor(one, commit) for one in counted):
                duplicates.add(commit)
            elif commit not in duplicates:
                counted.append(commit)
    return frozenset(duplicates)


def resolve(
    facts: Iterable[Fact], commits: Commits, ignored: frozenset[int], duplicates: frozenset[int], links: Links
) -> tuple[Fact, ...]:
    """The facts with their final kinds, one for each pattern and line, in the order of reports."""
    by_commit: dict[int, list[Fact]] = {}
    for fact in facts:
        by_commit.setdefault(fact.commit, []).append(fact)
    plain = {commit: _one_a_line(found) for commit, found in by_commit.items()}
    settled = []
    for commit in sorted(plain, key=commits.order):
        found = plain[commit]
        if commit in ignored:
            found = [fact._replace(kind=IGNORED) for fact in found]
        elif commits.flags[commit] & BOUNDARY:
            found = [fact._replace(kind=INHERITED) if fact.sign > 0 else fact for fact in found]
        elif commit in duplicates:
            found = [fact._replace(kind=DUPLICATE) for fact in found]
        elif commit in links.reverts:
            undone = plain.get(commits.index.get(links.reverts[commit], -1), [])
            found = _reverted(found, undone)
        settled += found
    return tuple(settled)


_PLACE = itemgetter(0, 3, 4, 5)  # pattern, path, line, sign
_ORDER = itemgetter(3, 4, 0, 5, 1)  # path, line, pattern, sign, detector


def _one_a_line(facts: list[Fact]) -> list[Fact]:
    """Detectors of one pattern on one line are one occurrence, that of the first."""
    facts.sort(key=_ORDER)
    kept: dict[tuple[object, ...], Fact] = {}
    for fact in facts:
        place = _PLACE(fact)
        other = kept.setdefault(place, fact)
        if other is not fact and _rank(fact) < _rank(other):
            kept[place] = other._replace(kind=fact.kind)
    return list(kept.values())


def _rank(fact: Fact) -> int:
    return _STRONGEST.get(fact.kind, len(_STRONGEST))


def _reverted(facts: list[Fact], undone: list[Fact]) -> list[Fact]:
    """Facts that undo those of another commit: what came back is restored, what went is reverted."""
    opposite = {(fact.pattern, fact.detector, fact.text, -fact.sign) for fact in undone}
    names = {INTRODUCED: RESTORED, FIXED: REVERTED}
    return [
        fact._replace(kind=names[fact.kind])
        if fact.kind in names and (fact.pattern, fact.detector, fact.text, fact.sign) in opposite
        else fact
        for fact in facts
    ]
