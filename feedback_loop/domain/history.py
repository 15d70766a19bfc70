"""What git history says about patterns: commits in columns, and each occurrence added or removed by one.

Two ledgers, because none is exact for both questions. `written` holds what each commit that is no merge
did against its parent, and of merges the lines that stand in none of their parents: who wrote what.
`landed` holds what each commit of the chain (the first-parent line of the tip) did against its first
parent: what the branch held, when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from feedback_loop.domain.cuts import NEVER as NEVER
from feedback_loop.domain.cuts import NO_TIME as NO_TIME
from feedback_loop.domain.cuts import Cuts

# Kinds of facts. Of those that add: INTRODUCED counts; the others say why it is no introduction.
INTRODUCED = "introduced"
FIXED = "fixed"
INHERITED = "inherited"  # added by the first commit that a shallow clone has
IGNORED = "ignored"  # in a commit of .git-blame-ignore-revs
DUPLICATE = "duplicate"  # the same change is counted in another commit (cherry-pick)
RESTORED = "restored"  # added again by the revert of its removal
REVERTED = "reverted"  # removed by the revert of its introduction
EDITED = "edited"  # removed and added in one hunk: re-indented, or its comment changed
MOVED = "moved"  # removed and added elsewhere by the same commit
BULK = "bulk"  # of a file diff that adds more than 10,000 lines
WAIVED = "waived"  # born under a suppression
SURFACED, DISSOLVED = "surfaced", "dissolved"  # came or went although its own lines stayed as they were
ENTERED_SCOPE, LEFT_SCOPE = "entered_scope", "left_scope"  # its file was renamed across a scope
FILE_DELETED = "file_deleted"

MERGE, BOUNDARY, FIX, REVERT, PASSED_OVER, COPY = 1, 2, 4, 8, 16, 32  # bits of `Commits.flags`


class Fact(NamedTuple):
    """One occurrence added (`sign` 1) or removed (-1) by one commit; `commit` indexes `Commits`.

    `path` is git's, undecodable bytes as surrogates (of a file that the commit renames the new one, for a
    removal too); `line` that of the new file, or of the old one for a removal; `text` 8 bytes of the hash
    of the normalised line. Of a merge's fact in the landed ledger the commit is the merge.
    """

    pattern: str
    detector: str
    commit: int
    path: str
    line: int
    sign: int
    kind: str
    text: bytes


class Held(NamedTuple):
    """One occurrence in the tip's own files; `waived` = a suppression takes it away."""

    pattern: str
    detector: str
    path: str
    line: int
    text: bytes
    waived: bool


class Touched(NamedTuple):
    """Lines that one commit adds to one file (of the written ledger, ignored and bulk ones left out)."""

    commit: int
    path: str
    added: int


class Renamed(NamedTuple):
    """A rename by a commit of the chain, against its first parent."""

    commit: int
    old: str
    new: str


class LibraryChange(NamedTuple):
    """What a commit of the chain did to a file of the library's folder: status A, M or D, blob id after it.

    A rename stands as D and A.
    """

    commit: int
    status: str
    path: str
    oid: str


@dataclass(frozen=True)
class Cut:
    """A place in the chain: `position` of its commits lie before; `misplaced` are those on the wrong side."""

    position: int
    misplaced: tuple[int, ...] = ()


@dataclass(frozen=True)
class Span:
    """A stretch of the chain: commits that landed at positions `start` (included) to `end` (not included)."""

    start: int
    end: int

    def holds(self, position: int) -> bool:
        """Whether what landed there belongs to it."""
        return self.start <= position < self.end


@dataclass(frozen=True)
class Commits:
    """The commits that the tip reaches, parents before children, in columns of one length.

    `times` are committer times in seconds, NO_TIME where the clock was absurd. `landing` is the position in
    `chain` of the first commit that reached this one. `chain` indexes the commits of the first-parent
    line, the oldest first. `flags` are bits: MERGE, BOUNDARY (its parents are not in this clone), FIX (its
    subject speaks of a mend), REVERT, PASSED_OVER (listed in `.git-blame-ignore-revs`), COPY (another commit
    counts for its change).
    """

    oids: Sequence[str]
    times: Sequence[int]
    parents: Sequence[tuple[int, ...]]
    landing: Sequence[int]
    chain: Sequence[int]
    flags: Sequence[int]
    known: Mapping[str, int] | None = field(default=None, repr=False, compare=False)  # `index`, if at hand

    def __len__(self) -> int:
        return len(self.oids)

    def is_merge(self, commit: int) -> bool:
        """Whether it has more than one parent."""
        return bool(self.flags[commit] & MERGE)

    def landed_in(self, commit: int) -> int:
        """The commit of the chain that first made this one part of the branch."""
        return self.chain[self.landing[commit]]

    def order(self, commit: int) -> tuple[int, int, str]:
        """The one order of reports: landing, committer time, id. Independent of how history was walked."""
        return self.landing[commit], self.times[commit], self.oids[commit]

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Full id -> index."""
        return self.known or {oid: number for number, oid in enumerate(self.oids)}

    def descendants(self, commit: int) -> bytearray:
        """One byte for each commit: 1 for this one and all that have it as an ancestor."""
        marks = bytearray(len(self.oids))
        marks[commit] = 1
        for number in range(commit + 1, len(self.oids)):
            for parent in self.parents[number]:
                if marks[parent]:
                    marks[number] = 1
                    break
        return marks

    def is_ancestor(self, old: int, new: int) -> bool:
        """Whether `new` is `old` or has it as an ancestor."""
        waiting, seen = [new], {new}
        while waiting:
            number = waiting.pop()
            if number == old:
                return True
            fresh = [parent for parent in self.parents[number] if parent >= old and parent not in seen]
            seen.update(fresh)
            waiting += fresh
        return False

    def cut(self, moment: int) -> Cut:
        """Where the moment cuts the chain, and the commits of it whose clocks say otherwise."""
        wrong = self._cuts.misplaced(moment)
        return Cut(self.position(moment), tuple(self.chain[at] for at in wrong))

    def position(self, moment: int) -> int:
        """Where the moment cuts the chain."""
        return self._cuts.position(moment)

    @cached_property
    def _cuts(self) -> Cuts:
        return Cuts([self.times[one] for one in self.chain])


@dataclass(frozen=True)
class Skipped:
    """Commits that count for nothing, by why: of them no fact is an introduction or a fix."""

    ignored: int = 0
    bulk_files: int = 0
    duplicates: int = 0
    not_mined: int = 0  # their objects are not in this clone
    capped: int = 0  # files or lines too large to be searched


@dataclass(frozen=True)
class History:
    """All that was mined, for one tip and one library. Facts and places are in the order of reports.

    `patterns` are the names mined, active and archived. `exposure` has for each of them one number for each
    commit: lines added in its scope (0 where the commit is ignored or a duplicate, or a merge). `landed` is
    None unless asked for, and so is `touched`. `incomplete` says why figures may be too low ("history
    incomplete since ..."): empty = complete. `blobs` counts the texts that structural detectors looked into,
    once for each pattern and side of a change, `readable` those that parsed. `library` are the changes of
    the library's folder on the chain, oldest first. `judging` is how effects are to be judged: guard days,
    least number of introductions, and the commits that each pattern was made from.
    """

    tip: str
    branch: str
    commits: Commits
    patterns: tuple[str, ...]
    written: tuple[Fact, ...]
    landed: tuple[Fact, ...] | None
    held: tuple[Held, ...]
    exposure: Mapping[str, Sequence[int]]
    renames: tuple[Renamed, ...] = ()
    library: tuple[LibraryChange, ...] = ()
    touched: tuple[Touched, ...] | None = None
    skipped: Skipped = field(default_factory=Skipped)
    incomplete: tuple[str, ...] = ()
    readable: int = 0
    blobs: int = 0
    detectors: str = ""  # hash of the detector set
    judging: tuple[int, int, tuple[tuple[str, tuple[str, ...]], ...]] = (30, 5, ())
    notes: tuple[str, ...] = ()  # what befell the cache

    @property
    def complete(self) -> bool:
        """Whether nothing is missing: only then may silence mean something."""
        return not self.incomplete
