"""One slice of commits walked: git's stream and blobs in, facts of each pattern out, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_loop.api.pause import without_collector
from feedback_loop.domain.changes import FileDiff
from feedback_loop.domain.prefilter import holds_all
from feedback_loop.engines.mining.detectors import DetectorSet
from feedback_loop.engines.mining.files import Match, Wanted, compare_sites, cross_scope, find_matches
from feedback_loop.engines.mining.settle import BULK_LINES, LocalFact, change_id, settle, typed_in_merge
from feedback_loop.engines.mining.texts import Site, find_in_text
from feedback_loop.formats.history_stream import read_files

if TYPE_CHECKING:
    from feedback_loop.formats.history_stream import Record
    from feedback_loop.stores.git import Git
    from feedback_loop.stores.git_objects import BlobStream

SLICE = 4000  # commits for one git process
_PENDING = 4 << 20  # bytes of patches that wait for their blobs
_REMEMBERED = 50_000  # blobs whose matches are kept: the next commit's old side is this one's new side
_BLOB_CAP = 16 << 20


class Task(NamedTuple):
    """What to walk: (position in the slice, commit id, parents' ids); `landed` = against the first parent.

    `absent` are blobs that a partial clone lacks.
    """

    commits: Sequence[tuple[int, str, tuple[str, ...]]]
    landed: bool
    absent: frozenset[str] = frozenset()


@dataclass
class Walked:
    """What a slice gave. Facts are (position, path, sign, kind, line, text) with the detector's position
    before; `touched` (position, old path, path, status, added, removed); `twins` change ids by position.
    `looks` counts, by position and pattern, the texts looked into, those that could not be parsed, and those
    over a cap."""

    facts: list[tuple[int, LocalFact]] = field(default_factory=list)
    touched: list[tuple[int, bytes, bytes, str, int, int]] = field(default_factory=list)
    twins: dict[int, bytes] = field(default_factory=dict)
    looks: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    not_mined: list[int] = field(default_factory=list)

    def to_tuple(self) -> tuple[Any, ...]:
        """Plain values, for a pipe and for the cache."""
        facts = [(at, *fact) for at, fact in self.facts]
        looks = [(*where, *counts) for where, counts in sorted(self.looks.items())]
        return facts, self.touched, self.twins, looks, self.not_mined


class Walk:
    """The walk over one slice with one set of detectors."""

    def __init__(self, git: Git, detectors: DetectorSet, pathspecs: Sequence[str], exact: bool) -> None:
        self._git = git
        self._detectors = detectors
        self._pathspecs = pathspecs
        self._exact = exact

    def run(self, task: Task) -> tuple[Any, ...]:
        """Raises UserError or MachineFault: a slice is mined as a whole or not at all."""
        walked = Walked()
        with without_collector(), self._git.objects.blob_stream() as blobs:
            texts = _Texts(blobs, self._detectors, walked)
            commits = self._present(task, walked)
            if task.landed:
                self._plain([(at, f"{oid} {parents[0]}") for at, oid, parents in commits], walked, texts)
            else:
                plain = [(at, oid) for at, oid, parents in commits if len(parents) < 2]
                self._plain(plain, walked, texts)
                self._merges([one for one in commits if len(one[2]) > 1], walked, texts)
        walked.facts.sort()
        return walked.to_tuple()

    def _present(self, task: Task, walked: Walked) -> list[tuple[int, str, tuple[str, ...]]]:
        """The commits whose blobs are all here; in a partial clone the others are named."""
        commits = list(task.commits)
        if not task.absent or not commits:
            return commits
        lines = [f"{oid} {parents[0]}" if parents else oid for _, oid, parents in commits]
        records = self._git.history.entries(lines, self._pathspecs)
        kept = []
        for commit, record in zip(commits, records, strict=True):
            if any(oid in task.absent for entry in record.entries for oid in (entry.old_oid, entry.new_oid)):
                walked.not_mined.append(commit[0])
            else:
                kept.append(commit)
        return kept

    # -- commits with one parent, and merges against their first -----------------------------------

    def _plain(self, commits: Sequence[tuple[int, str]], walked: Walked, texts: _Texts) -> None:
        pending: list[_Pending] = []
        size = 0
        for at, record in self._records(commits):
            files = read_files(record)
            walked.touched += [_touched(at, file) for file in files]
            matches, wanted = find_matches(files, self._detectors, record.patch, self._exact)
            if wanted:
                pending.append(_Pending(at, files, matches, wanted))
                size += sum(len(files[one.file].section) for one in wanted)
            elif matches:
                _keep(walked, at, files, settle(matches, files))
            if size > _PENDING:
                self._settle(pending, walked, texts)
                pending, size = [], 0
        self._settle(pending, walked, texts)

    def _records(self, commits: Sequence[tuple[int, str]]) -> Iterator[tuple[int, Record]]:
        if not commits:
            return
        lines = [line for _, line in commits]
        for record in self._git.history.patches(lines, self._pathspecs):
            yield commits[record.number][0], record

    def _settle(self, pending: Sequence[_Pending], walked: Walked, texts: _Texts) -> None:
        texts.load(pending)
        for one in pending:
            facts = settle([*one.matches, *texts.matches(one)], one.files)
            if facts:
                _keep(walked, one.at, one.files, facts)

    # -- lines typed in merges ---------------------------------------------------------------------

    def _merges(
        self, merges: Sequence[tuple[int, str, tuple[str, ...]]], walked: Walked, texts: _Texts
    ) -> None:
        """Facts against every parent of those merges that hold what none of their parents has (H7)."""
        if not merges:
            return
        by_hand = self._git.history.merged_by_hand([oid for _, oid, _ in merges], self._pathspecs)
        chosen = [(at, oid, parents) for at, oid, parents in merges if by_hand.get(oid)]
        lines = [(at, f"{oid} {parent}") for at, oid, parents in chosen for parent in parents]
        paths = {at: by_hand[oid] for at, oid, _ in chosen}
        for at, records in groupby(self._records(lines), key=lambda pair: pair[0]):
            sides = [self._side(at, record, paths[at], texts) for _, record in records]
            walked.facts += [(at, fact) for fact in typed_in_merge(sides)]

    def _side(self, at: int, record: Record, paths: frozenset[bytes], texts: _Texts) -> list[LocalFact]:
        files = [file for file in read_files(record) if file.path in paths]
        matches, wanted = find_matches(files, self._detectors, record.patch, self._exact)
        pending = _Pending(at, files, matches, wanted)
        texts.load([pending])
        return settle([*matches, *texts.matches(pending)], files)


class _Pending(NamedTuple):
    """A commit whose files wait for their blobs."""

    at: int
    files: list[FileDiff]
    matches: list[Match]
    wanted: list[Wanted]


class _Texts:
    """What detectors find in blobs; each blob is read and parsed once, as far as memory allows."""

    def __init__(self, blobs: BlobStream, detectors: DetectorSet, walked: Walked) -> None:
        self._blobs = blobs
        self._detectors = detectors
        self._walked = walked
        self._known: dict[tuple[str, str], dict[int, list[Site]]] = {}
        self._outcomes: dict[tuple[str, str], dict[int, str]] = {}

    def load(self, pending: Iterable[_Pending]) -> None:
        """Read all blobs that these commits want and that are not known yet."""
        asked: dict[tuple[str, str], tuple[bytes, set[int]]] = {}
        for one in pending:
            for wanted in one.wanted:
                for oid, path, detectors in self._sides(one.files[wanted.file], wanted):
                    key = oid, self._detectors.dialect(path)
                    missing = detectors - self._known.get(key, {}).keys()
                    if missing:
                        asked.setdefault(key, (path, set()))[1].update(missing)
        if len(self._known) > _REMEMBERED:
            self._known, self._outcomes = {}, {}
            self.load(pending)
            return
        texts = self._blobs.read([oid for oid, _ in asked], _BLOB_CAP)
        for (key, (path, detectors)), text in zip(asked.items(), texts, strict=True):
            self._find(key, path, text, sorted(detectors))

    def _find(self, key: tuple[str, str], path: bytes, text: bytes | None, detectors: Sequence[int]) -> None:
        """Remember what these detectors find, and for those that looked what kept them from it."""
        known, outcomes = self._known.setdefault(key, {}), self._outcomes.setdefault(key, {})
        known.update((at, []) for at in detectors)
        if text is None:
            outcomes.update((at, "large") for at in detectors)
            return
        group = [(at, one) for at in detectors if holds_all(one := self._detectors.detectors[at], text)]
        if group:
            sites = find_in_text(text, path, key[1], group)
            known.update(sites.found)
            outcomes.update((at, sites.blind) for at, _ in group)

    def _sides(self, file: FileDiff, wanted: Wanted) -> list[tuple[str, bytes, set[int]]]:
        """(blob, path, detectors in scope) of the old and the new side, as far as they are there."""
        asked = {*wanted.detectors, *wanted.crossing}
        sides = []
        for oid, path in ((file.old_oid, file.old_path), (file.new_oid, file.path)):
            scope = asked.intersection(self._detectors.scope(path))
            if scope and oid.strip("0"):
                sides.append((oid, path, scope))
        return sides

    def matches(self, pending: _Pending) -> list[Match]:
        """What the blobs tell of a commit whose blobs are loaded."""
        found: list[Match] = []
        for wanted in pending.wanted:
            file = pending.files[wanted.file]
            self._count(pending.at, file, wanted)
            for at in wanted.detectors:
                old, new = (self._sites(file, side, at) for side in (-1, 1))
                found += compare_sites(wanted.file, file, at, old or [], new or [])
            for at in wanted.crossing:
                old, new = (self._sites(file, side, at) for side in (-1, 1))
                found += cross_scope(wanted.file, at, old, new)
        return found

    def _count(self, position: int, file: FileDiff, wanted: Wanted) -> None:
        for oid, path, detectors in self._sides(file, wanted):
            outcomes = self._outcomes.get((oid, self._detectors.dialect(path)), {})
            told: dict[str, set[str]] = {}
            for at in detectors & outcomes.keys():
                told.setdefault(self._detectors.detectors[at].pattern, set()).add(outcomes[at])
            for pattern, found in told.items():
                counts = self._walked.looks.setdefault((position, pattern), [0, 0, 0])
                for place, seen in enumerate((True, "unparsed" in found, "large" in found)):
                    counts[place] += seen

    def _sites(self, file: FileDiff, sign: int, detector: int) -> list[Site] | None:
        oid, path = (file.new_oid, file.path) if sign > 0 else (file.old_oid, file.old_path)
        if detector not in self._detectors.scope(path):
            return None  # the same blob may be known from elsewhere
        return self._known.get((oid, self._detectors.dialect(path)), {}).get(detector)


def _keep(walked: Walked, at: int, files: Sequence[FileDiff], facts: Sequence[LocalFact]) -> None:
    walked.facts += [(at, fact) for fact in facts]
    walked.twins[at] = change_id(files)


def _touched(at: int, file: FileDiff) -> tuple[int, bytes, bytes, str, int, int]:
    return at, file.old_path, file.path, file.status, file.added, file.removed


def is_bulk(added: int) -> bool:
    """Whether a file diff of so many added lines counts for nothing."""
    return added > BULK_LINES
