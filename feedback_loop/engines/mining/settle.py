"""What matches mean as far as their commit can tell: edited, moved, deleted, new (H20, H21)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from feedback_loop.domain.changes import FileDiff
from feedback_loop.domain.history import BULK, EDITED, FILE_DELETED, FIXED, INTRODUCED, MOVED, WAIVED
from feedback_loop.engines.mining.files import Match

BULK_LINES = 10_000
_BLOCK = 20  # letters and digits of equal lines around a match, for it to count as moved
_TRIED = 64  # equal lines that are looked at to find where one came from
_BLANKS = b" \t\r\f\v"


class LocalFact(NamedTuple):
    """An occurrence added or removed, by the position of its detector; `path` as git has it."""

    detector: int
    path: bytes
    sign: int
    kind: str
    line: int
    text: bytes


def settle(matches: Sequence[Match], files: Sequence[FileDiff]) -> list[LocalFact]:
    """The facts of one commit, in the order of detector, path and line.

    A match that was removed and added in one hunk was edited; one that was removed here and added elsewhere
    moved, if the equal lines around it hold 20 letters and digits: a swap of two short lines is no move.
    """
    kinds: dict[Match, str] = {}
    hunks = _Hunks(files)
    groups: dict[tuple[int, bytes], list[Match]] = {}
    for match in matches:
        groups.setdefault((match.detector, match.text), []).append(match)
    for group in groups.values():
        if len({match.sign for match in group}) > 1:
            _pair(group, hunks, kinds)
    facts = [
        LocalFact(
            match.detector,
            files[match.file].path,
            match.sign,
            kinds.get(match) or _kind(match, files[match.file]),
            match.line,
            match.text,
        )
        for match in matches
    ]
    return sorted(facts)


def _pair(group: Sequence[Match], hunks: _Hunks, kinds: dict[Match, str]) -> None:
    """First in, first out: of equal lines nobody can say which one went where."""
    gone: dict[tuple[int, int], deque[Match]] = {}
    for one in group:
        if one.sign < 0 and one.hunk >= 0:
            gone.setdefault((one.file, one.hunk), deque()).append(one)
    left = []
    for new in group:
        if new.sign > 0 and new.hunk >= 0:
            here = gone.get((new.file, new.hunk))
            if here:
                kinds[here.popleft()] = kinds[new] = EDITED
            else:
                left.append(new)
    waiting = [one for matches in gone.values() for one in matches]
    for new in left:
        tried = (one for one in waiting[:_TRIED] if (one.file, one.hunk) != (new.file, new.hunk))
        old = next((one for one in tried if hunks.block(one, new) >= _BLOCK), None)
        if old is not None:
            kinds[old] = kinds[new] = MOVED
            waiting.remove(old)


class _Hunks:
    """The lines of a commit's hunks, without blanks that mean nothing, each hunk split once."""

    def __init__(self, files: Sequence[FileDiff]) -> None:
        self._files = files
        self._known: dict[tuple[int, int, int], tuple[int, list[tuple[bytes, int]]]] = {}

    def block(self, old: Match, new: Match) -> int:
        """Letters and digits of the equal lines around two matches; more than enough is not counted."""
        before, at = self._lines(old)
        after, there = self._lines(new)
        if at < 0 or there < 0 or before[at] != after[there]:
            return 0  # an anchor of several lines may begin on a line that stayed
        count = before[at][1]
        for step in (-1, 1):
            one, other = at + step, there + step
            while 0 <= one < len(before) and 0 <= other < len(after) and count < _BLOCK:
                if before[one] != after[other]:
                    break
                count += before[one][1]
                one, other = one + step, other + step
        return count

    def _lines(self, match: Match) -> tuple[list[tuple[bytes, int]], int]:
        """((line, its letters and digits) of the match's side of its hunk, the match's own index or -1)."""
        key = match.file, match.hunk, match.sign
        if key not in self._known:
            rows = self._files[match.file].hunk_rows(match.hunk, match.sign)
            texts = (b" ".join(row.text.split()) for row in rows)
            self._known[key] = (rows[0].line if rows else 0), [(text, _solid(text)) for text in texts]
        first, lines = self._known[key]
        at = match.line - first
        return lines, at if 0 <= at < len(lines) else -1


def _solid(text: bytes) -> int:
    return sum(byte > 127 or chr(byte).isalnum() for byte in text)


def _kind(match: Match, file: FileDiff) -> str:
    if match.fate:
        return match.fate
    if match.sign < 0:
        return FILE_DELETED if file.status == "D" else FIXED
    if file.added > BULK_LINES:
        return BULK
    return WAIVED if match.waived else INTRODUCED


def typed_in_merge(sides: Sequence[Sequence[LocalFact]]) -> list[LocalFact]:
    """What a merge adds against each of its parents: what its author typed (H7).

    Mere resolutions take their lines from a parent, against which they are not added.
    """
    first, *others = sides
    typed = [fact for fact in first if fact.sign > 0 and fact.kind in (INTRODUCED, WAIVED)]
    for side in others:
        there = {(fact.detector, fact.path, fact.line) for fact in side if fact.kind in (INTRODUCED, WAIVED)}
        typed = [fact for fact in typed if (fact.detector, fact.path, fact.line) in there]
    return typed


def change_id(files: Sequence[FileDiff]) -> bytes:
    """What two commits share that make the same change: paths and changed lines without blanks (H22).

    Groups are those of `git patch-id --stable` over the same files without context.
    """
    digest = blake2b(digest_size=8)
    for file in files:
        digest.update(file.old_path + b"\0" + file.path + b"\0")
        for hunk in file.hunks:
            digest.update(file.section[hunk.begin : hunk.end].translate(None, _BLANKS))
    return digest.digest()
