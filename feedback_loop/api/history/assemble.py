"""Mined parts -> one History: commits that the tip reaches, final kinds, adoption's raw material."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from feedback_loop.api.history.commits import Reached
from feedback_loop.api.history.parts import Parts
from feedback_loop.api.history.walk import is_bulk
from feedback_loop.domain.history import (
    BOUNDARY,
    COPY,
    PASSED_OVER,
    Commits,
    Fact,
    Held,
    History,
    LibraryChange,
    Renamed,
    Skipped,
    Touched,
)
from feedback_loop.domain.moment import format_moment
from feedback_loop.engines.mining.resolve import find_duplicates, resolve

if TYPE_CHECKING:
    from feedback_loop.domain.compiled import CompiledLibrary
    from feedback_loop.stores.history_cache import HistoryCache
    from feedback_loop.workspace import Workspace

_IGNORED_REVS = b".git-blame-ignore-revs"
_IGNORED_CAP = 1 << 20


@dataclass(frozen=True)
class Mined:
    """All that was mined. `merges` are the landed ledger's commits, `detectors` names the detector set."""

    reached: Reached
    written: Parts
    landed: Parts | None
    merges: list[str]
    held: tuple[Held, ...]
    detectors: str


def assemble(
    workspace: Workspace, library: CompiledLibrary, mined: Mined, touched: bool, cache: HistoryCache
) -> History:
    """Everything in the order of reports."""
    position = mined.reached.position
    commits, ignored, duplicates = _judged(workspace, mined)
    links = mined.reached.links
    names = tuple(sorted(name for name, state, *_ in library.plans.known if state == "active"))
    stored = ((position[at], name, fact) for at, name, fact in mined.written.facts())
    facts = [_fact(at, name, fact) for at, name, fact in stored if at >= 0]
    landed = _landed(mined, facts)
    texts, unparsed, capped = mined.written.looks(lambda at: position[at] >= 0)
    bulk = sum(position[at] >= 0 for at in mined.written.bulk())
    missing = [position[at] for at in mined.written.not_mined() if position[at] >= 0]
    boundary = (one for one, flags in enumerate(commits.flags) if flags & BOUNDARY)
    blind = frozenset((*duplicates, *ignored, *boundary))
    return History(
        tip=commits.oids[commits.chain[-1]],
        branch=workspace.repository.branch(),
        commits=commits,
        patterns=names,
        written=resolve(facts, commits, ignored, duplicates, links),
        landed=None if landed is None else resolve(landed, commits, ignored, duplicates, links),
        held=mined.held,
        exposure={name: _exposure(mined.written, name, position, commits, blind) for name in names},
        renames=() if mined.landed is None else _renames(mined),
        library=_library_changes(workspace, library.folder, commits, cache),
        touched=_touched(mined.written, position, commits, blind) if touched else None,
        skipped=Skipped(len(ignored), bulk, len(duplicates), len(missing), capped),
        incomplete=_incomplete(commits, len(missing)),
        readable=texts - unparsed,
        blobs=texts,
        detectors=mined.detectors,
        judging=library.judging,
        notes=(*cache.notes, *library.problems),
    )


def _judged(workspace: Workspace, mined: Mined) -> tuple[Commits, frozenset[int], frozenset[int]]:
    """The commits with their last flags, those that are to be ignored, and the duplicates."""
    commits, position = mined.reached.commits, mined.reached.position
    ignored = _ignored(workspace, commits)
    twins = {position[at]: twin for at, twin in mined.written.twins() if position[at] >= 0}
    plain = {at: twin for at, twin in twins.items() if not commits.is_merge(at)}
    duplicates = find_duplicates(commits, plain, mined.reached.links) - ignored
    flags = list(commits.flags)
    for marked, bit in ((ignored, PASSED_OVER), (duplicates, COPY)):
        for one in marked:
            flags[one] |= bit
    return replace(commits, flags=flags), ignored, duplicates


def _fact(at: int, name: str, fact: tuple[object, ...]) -> Fact:
    _, detector, path, sign, kind, line, text = fact
    return Fact(name, detector, at, os.fsdecode(path), line, sign, kind, text)  # type: ignore[arg-type]


def _landed(mined: Mined, written: list[Fact]) -> list[Fact] | None:
    """Facts of the chain: of its plain commits as they were written, of its merges against their parents."""
    if mined.landed is None:
        return None
    commits = mined.reached.commits
    chain = frozenset(commits.chain)
    facts = [fact for fact in written if fact.commit in chain and not commits.is_merge(fact.commit)]
    for at, name, fact in mined.landed.facts():
        commit = commits.index.get(mined.merges[at], -1)
        if commit in chain:
            facts.append(_fact(commit, name, fact))
    return facts


def _exposure(
    parts: Parts, name: str, position: list[int], commits: Commits, blind: frozenset[int]
) -> list[int]:
    """Lines added in the pattern's scope by each commit; none by those that count for nothing."""
    raw = parts.exposure(name)
    lines = [0] * len(commits)
    if len(raw) == len(commits):  # the tip reaches all that was ever seen
        lines = raw
    else:
        for at, added in enumerate(raw):
            if position[at] >= 0:
                lines[position[at]] = added
    for commit in blind:
        lines[commit] = 0
    return lines


def _renames(mined: Mined) -> tuple[Renamed, ...]:
    commits, position = mined.reached.commits, mined.reached.position
    chain = {commit: at for at, commit in enumerate(commits.chain)}
    found = [(position[at], old, new) for at, old, new in mined.written.renames()]
    found = [one for one in found if one[0] in chain and not commits.is_merge(one[0])]
    if mined.landed is not None:
        of_merges = (
            (commits.index.get(mined.merges[at], -1), old, new) for at, old, new in mined.landed.renames()
        )
        found += [one for one in of_merges if one[0] in chain]
    found.sort(key=lambda one: (chain[one[0]], one[1], one[2]))
    return tuple(Renamed(commit, os.fsdecode(old), os.fsdecode(new)) for commit, old, new in found)


def _touched(
    parts: Parts, position: list[int], commits: Commits, blind: frozenset[int]
) -> tuple[Touched, ...]:
    def rows() -> Iterator[Touched]:
        for at, _, path, _, added, _ in parts.touched():
            commit = position[at]
            if commit >= 0 and added and commit not in blind and not is_bulk(added):
                yield Touched(commit, os.fsdecode(path), added)

    return tuple(sorted(rows(), key=lambda one: (commits.order(one.commit), one.path)))


def _ignored(workspace: Workspace, commits: Commits) -> frozenset[int]:
    """Commits that the tip's own `.git-blame-ignore-revs` lists (H27)."""
    objects = workspace.git.objects
    entries = objects.entries_at(commits.oids[commits.chain[-1]], _IGNORED_REVS.decode())
    if not entries:
        return frozenset()
    with objects.blob_stream(lenient=True) as blobs:
        (text,) = blobs.read([entries[0][1]], _IGNORED_CAP)
    words = (
        line.partition(b"#")[0].strip().decode("ascii", "replace") for line in (text or b"").splitlines()
    )
    return frozenset(commits.index[word] for word in words if word in commits.index)


def _incomplete(commits: Commits, missing: int) -> tuple[str, ...]:
    """Why figures may be too low."""
    found = []
    boundary = [one for one in range(len(commits)) if commits.flags[one] & BOUNDARY]
    if boundary:
        first = min(boundary, key=commits.order)
        date = format_moment(max(commits.times[first], 0))[:10]
        found.append(f"history incomplete since {commits.oids[first][:12]} {date}: the clone is shallow")
    if missing:
        found.append(f"not mined: {missing} commits, whose files are not in this partial clone")
    return tuple(found)


def _library_changes(
    workspace: Workspace, folder: str, commits: Commits, cache: HistoryCache
) -> tuple[LibraryChange, ...]:
    """What commits of the chain did to the library's folder; those of older tips are in the cache."""
    history, row = workspace.git.history, ("A", 0, folder)
    tip = commits.oids[commits.chain[-1]]
    known, rows = cache.load([row]).get(row, ("", []))
    if known == tip:
        return tuple(LibraryChange(commits.index[oid], *rest) for oid, *rest in rows)
    chain = {commits.oids[one]: one for one in commits.chain}
    if known not in chain:
        known, rows = "", []
    oids = history.chain_commits(tip, known or None, folder)
    rows = [*rows, *_changes(workspace, commits, [chain[oid] for oid in oids if oid in chain], folder)]
    cache.save({row: (tip, rows)})
    return tuple(LibraryChange(chain[oid], status, path, blob) for oid, status, path, blob in rows)


def _changes(
    workspace: Workspace, commits: Commits, chosen: list[int], folder: str
) -> Iterator[tuple[str, str, str, str]]:
    """(commit, status, path, blob) of these commits of the chain against their first parents."""
    if not chosen:
        return
    firsts = [commits.parents[one][:1] for one in chosen]
    lines = [
        " ".join(commits.oids[one] for one in (commit, *first))
        for commit, first in zip(chosen, firsts, strict=True)
    ]
    for record in workspace.git.history.entries(lines, [f":(top,literal){folder}"]):
        for entry in record.entries:
            path = os.fsdecode(entry.path)
            yield commits.oids[chosen[record.number]], entry.status, path, entry.new_oid
