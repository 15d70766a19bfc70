"""The two lanes over one commit's files: lines from the patch itself, all else from old and new blobs.

A file diff is searched only if its patch holds a word that the detector's matches hold (`prefilter`):
that is why history is as fast as git itself. A match that comes or goes where no such word was typed is
not seen; the check against the tip tells how many there are, and `exact` reads every file instead.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from feedback_loop.domain.changes import FileDiff, Row
from feedback_loop.domain.compiled import CompiledDetector
from feedback_loop.domain.history import DISSOLVED, ENTERED_SCOPE, LEFT_SCOPE, SURFACED
from feedback_loop.domain.prefilter import has_word
from feedback_loop.engines.mining.detectors import DetectorSet
from feedback_loop.engines.mining.texts import MARKER, Site, find_in_lines, text_hash

_BOM = b"\xef\xbb\xbf"


class Match(NamedTuple):
    """An occurrence that a commit adds (`sign` 1) or removes; `file` indexes the commit's files.

    `hunk` is that of the changed line that made it come or go, -1 = none did; `fate` is a kind that is
    certain already, else "".
    """

    detector: int
    file: int
    sign: int
    line: int
    hunk: int
    text: bytes
    waived: bool = False
    fate: str = ""


class Wanted(NamedTuple):
    """A file whose blobs must be read, for these detectors; `crossing` are those that it enters or leaves.

    A file that becomes binary leaves all of them, for nobody scans it any more.
    """

    file: int
    detectors: tuple[int, ...]
    crossing: tuple[int, ...]


def find_matches(
    files: Sequence[FileDiff], detectors: DetectorSet, patch: bytes, exact: bool = False
) -> tuple[list[Match], list[Wanted]]:
    """What the lines tell at once, and what has to be asked of blobs. `patch` is that of all the files."""
    matches: list[Match] = []
    wanted: list[Wanted] = []
    everyone = range(len(detectors.detectors))
    likely = frozenset(everyone if exact else _triggered(everyone, patch, detectors))
    for number, file in enumerate(files):
        old = detectors.scope(file.old_path) if file.status != "A" else ()
        new = detectors.scope(file.path) if file.status != "D" else ()
        crossing: tuple[int, ...] = ()
        if _is_binary(file):
            crossing = tuple(sorted({*old, *new}))
        elif file.status in ("R", "C") and old != new:
            crossing = tuple(sorted(set(old) ^ set(new)))
        own = [one for one in (old or new) if one in likely and one not in crossing]
        possible = _possible(file, own, detectors, exact) if own else []
        if not possible and not crossing:
            continue
        marked = MARKER in file.section
        lines = [] if marked else [one for one in possible if detectors.is_line(one)]
        matches += _line_matches(number, file, lines, detectors)
        blobs = tuple(one for one in possible if one not in lines)
        if blobs or crossing:
            wanted.append(Wanted(number, blobs, crossing))
    return matches, wanted


def _is_binary(file: FileDiff) -> bool:
    """Whether a file that stays is binary on one side or both: git shows none of it, and nobody scans it."""
    return file.status in ("M", "R", "C") and not file.hunks and b"\nBinary files " in file.section


def _possible(file: FileDiff, scope: Iterable[int], detectors: DetectorSet, exact: bool) -> list[int]:
    """The detectors that may match on a changed line of the file."""
    if exact:
        return [one for one in scope if file.hunks or not detectors.is_line(one)]
    return _triggered(scope, file.section, detectors) if file.hunks else []


def _triggered(scope: Iterable[int], text: bytes, detectors: DetectorSet) -> list[int]:
    """The detectors of which a word stands in the text. Headers are looked at too: that costs a search."""
    lower = b""
    found = []
    for at in scope:
        one = detectors.detectors[at]
        if one.fold and not lower:
            lower = text.lower()
        if _occurs(*detectors.words(at), lower if one.fold else text):
            found.append(at)
    return found


def _occurs(words: tuple[bytes, ...], follow: bytes | None, text: bytes) -> bool:
    if not words:
        return True
    if follow is None:
        return any(word in text for word in words)
    return any(has_word(word, text, follow) for word in words)


def _line_matches(number: int, file: FileDiff, lines: Sequence[int], detectors: DetectorSet) -> list[Match]:
    if not lines:
        return []
    group = [(at, detectors.detectors[at]) for at in lines]
    dialect = detectors.dialect(file.path)
    rows = [(sign, _plain(row)) for sign, row in _rows(file, [one for _, one in group])]
    found = find_in_lines([row.text for _, row in rows], dialect, group)
    return [
        Match(at, number, sign, row.line, row.hunk, text_hash([row.text]))
        for at, index in found
        for sign, row in (rows[index],)
    ]


def _rows(file: FileDiff, detectors: Sequence[CompiledDetector]) -> list[tuple[int, Row]]:
    """The changed lines that hold a word of a detector; all of them if one of the detectors has none."""
    if not all(one.added_any for one in detectors):
        return [(sign, row) for sign in (-1, 1) for row in file.rows(sign)]
    folded = file.section.lower() if any(one.fold for one in detectors) else b""
    offsets: set[int] = set()
    for one in detectors:
        text = folded if one.fold else file.section
        for literal in one.added_any:
            at = text.find(literal)
            while at >= 0:
                offsets.add(at)
                end = text.find(b"\n", at)
                at = text.find(literal, end) if end >= 0 else -1
    return file.rows_at(offsets)


def _plain(row: Row) -> Row:
    """A mark at the start of a file is no part of its first line."""
    return row._replace(text=row.text.removeprefix(_BOM)) if row.line == 1 else row


# -- blobs -----------------------------------------------------------------------------------------


def compare_sites(
    number: int, file: FileDiff, detector: int, old: Sequence[Site], new: Sequence[Site]
) -> list[Match]:
    """What one detector finds in both blobs -> what came and what went (H17).

    A match comes if one of its anchors meets an added line and the old text has no equal that stayed; one
    that comes or goes with anchors untouched has surfaced or dissolved.
    """
    gone, stayed = _touched(file, old, -1)
    come, rest = _touched(file, new, 1)
    lost = Counter(site.text for site in stayed)
    lost.subtract(site.text for site in rest)
    gained = -lost
    lost = +lost
    matches = [Match(detector, number, -1, site.line, hunk, site.text, site.waived) for site, hunk in gone]
    matches = [one for one in matches if not _take(gained, one.text)]
    fresh = [Match(detector, number, 1, site.line, hunk, site.text, site.waived) for site, hunk in come]
    matches += [one for one in fresh if not _take(lost, one.text)]
    for sites, sign, surplus, fate in ((stayed, -1, lost, DISSOLVED), (rest, 1, gained, SURFACED)):
        matches += [
            Match(detector, number, sign, site.line, -1, site.text, site.waived, fate)
            for site in sites
            if _take(surplus, site.text)
        ]
    return matches


def cross_scope(
    number: int, detector: int, old: Sequence[Site] | None, new: Sequence[Site] | None
) -> list[Match]:
    """All matches of a file that was renamed into the detector's scope (`new`) or out of it (`old`)."""
    left = [(site, -1, LEFT_SCOPE) for site in old or ()]
    entered = [(site, 1, ENTERED_SCOPE) for site in new or ()]
    return [
        Match(detector, number, sign, site.line, -1, site.text, site.waived, fate)
        for site, sign, fate in (*left, *entered)
    ]


def _touched(file: FileDiff, sites: Sequence[Site], sign: int) -> tuple[list[tuple[Site, int]], list[Site]]:
    """(sites with an anchor on a changed line and its hunk, the others)."""
    ranges = [
        (hunk.new_start, hunk.new_count) if sign > 0 else (hunk.old_start, hunk.old_count)
        for hunk in file.hunks
    ]
    starts = [start for start, _ in ranges]
    touched, others = [], []
    for site in sites:
        hunk = next((at for span in site.spans if (at := _meets(span, starts, ranges)) >= 0), -1)
        if hunk >= 0:
            touched.append((site, hunk))
        else:
            others.append(site)
    return touched, others


def _meets(span: tuple[int, int], starts: Sequence[int], ranges: Sequence[tuple[int, int]]) -> int:
    """The hunk with a line of the span, else -1. Hunks are in order and apart."""
    at = bisect_right(starts, span[1]) - 1
    while at >= 0 and starts[at] + ranges[at][1] > span[0]:
        if ranges[at][1]:
            return at
        at -= 1
    return -1


def _take(counts: Counter[bytes], text: bytes) -> bool:
    if counts[text] > 0:
        counts[text] -= 1
        return True
    return False
